"""Parameters that move in proportion, because their columns are multiples of each other."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Families:
    """The map from the moves of some parameters, the leaders, to those of all: ``move_j = factor_j * z[leader_j]``.

    The parameters of columns that are multiples of each other, such as duplicates, or constants next to the intercept,
    have proportional gradients. Matrix products may round equal rows differently, so values that must be equal are
    computed once, for the leader, and copied.

    Attributes
    ----------
    leaders : ndarray of shape (n_leaders,)
        The parameters that lead a family, which may have no other members.
    member_of : ndarray of shape (n_parameters,)
        The number of the leader of each parameter, among the leaders.
    factor : ndarray of shape (n_parameters,)
        The multiple; 0 for columns of zeros, whose parameters do not move.
    """

    leaders: np.ndarray
    member_of: np.ndarray
    factor: np.ndarray

    @classmethod
    def of(
        cls,
        S: np.ndarray,
        mean: np.ndarray,
        constant: np.ndarray,
        dependent: np.ndarray,
        fit_intercept: bool,
        eps: float,
    ) -> "Families | None":
        """Return the families of the columns with these moments, or None if there are none.

        Without an intercept, `S` is taken about zero, and `mean` is not used.
        """
        if not (constant.any() or dependent.any()):
            return None
        first, n = int(fit_intercept), len(S) + fit_intercept
        variance, mean = np.diagonal(S), mean if fit_intercept else np.zeros(len(S))
        tol = 8.0 * n * eps
        leader, factor = np.arange(n), np.ones(n)
        for j in np.flatnonzero(constant):
            leader[first + j], factor[first + j] = 0, mean[j] if fit_intercept else 0.0
        others = np.flatnonzero(~constant & ~dependent)
        for j in np.flatnonzero(dependent):
            ratio = S[j, others] / variance[others]
            multiple = variance[j] - ratio * S[j, others] <= tol * variance[j]
            # A mean near zero has the rounding of the numbers that were averaged.
            multiple &= np.abs(mean[j] - ratio * mean[others]) <= tol * (np.abs(mean[j]) + np.sqrt(variance[j]))
            if multiple.any():
                k = int(np.argmax(multiple))
                k, ratio = first + others[k], ratio[k]
                kin = factor[(leader == k) & (factor != 0.0)]  # 1, and 1/3 for duplicates of a third
                leader[first + j], factor[first + j] = k, _in_few_digits(ratio, kin, tol)
        leads = (leader == np.arange(n)) & (factor != 0.0)
        if not fit_intercept:
            leads[constant] = False
        leaders = np.flatnonzero(leads)
        if not leaders.size:  # all columns are zero, and nothing moves
            return None
        member_of = np.where(leads[leader], np.searchsorted(leaders, leader), 0)
        return cls(leaders, member_of, factor)

    def expand(self, leading: np.ndarray, axis: int = 0) -> np.ndarray:
        """Return the moves of all parameters along an axis, from those of the leaders."""
        factor = self.factor if axis == -1 else self.factor.reshape(-1, *[1] * (leading.ndim - 1))
        return leading.take(self.member_of, axis=axis) * factor


def _in_few_digits(ratio: float, kin: np.ndarray, tol: float) -> float:
    """Return a ratio as a simple multiple of another one, such as 1, -3 or 0.5 times it, if that is as accurate.

    The products of duplicates may be rounded differently although their ratio is 1. A number is simple if it has at
    most half as many digits as are known of the ratio, which is rarely so by chance.
    """
    fraction, exponent = np.frexp(ratio / kin)
    digits = 2.0 ** (int(-np.log2(tol)) // 2)
    simple = np.ldexp(np.round(fraction * digits) / digits, exponent) * kin
    true = np.abs(simple - ratio) <= tol * np.abs(ratio)
    return simple[np.argmax(true)] if true.any() else ratio
