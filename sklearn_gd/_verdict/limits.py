"""The limits of alpha: what the curvatures of the cost show before any descent."""

import math
from dataclasses import dataclass

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.touched import touched_extremes
from sklearn_gd._verdict.columns import largest_column

# Standardising is recommended if it divides the condition number by more than this.
_WORTH_SCALING = 10.0
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class AlphaLimits:
    r"""The limits that the data set for the learning rate of plain descent; ``print`` shows them as a paragraph.

    ``L`` and ``mu`` are the largest and the smallest non-zero eigenvalue of the Hessian of the cost `J`, in the
    coordinates of the descent. Directions in which the descent does not move are left out: those that only a penalty
    curves, if the start is 0 there.
    NaN means that a value cannot be known without the matrix of the moments.

    Attributes
    ----------
    alpha_limit : float
        ``2 / L``: at a constant rate, plain descent converges below this limit and diverges above it.
        Infinity for a constant cost.
    alpha_best : float
        ``2 / (L + mu)``: the constant rate with the fastest asymptotic convergence.
    condition_number : float
        ``L / mu``: plain descent needs about this many iterations. Infinity if ``mu`` is lost in rounding.
    condition_number_standardized : float
        The condition number with standardised features (``standardize=True``).
    limiting_feature : str, int or None
        The feature that has the largest values and sets the limit, by name if the features have names.
        None if all features are on the same scale, or none of them stands out, judging by means and mean squares.
    constant_features, dependent_features : tuple of str or int
        The features that do not vary, and so cannot be told from the intercept (without an intercept, those that are
        zero), and the features that are linear combinations of others, such as duplicates. Both are empty with a
        penalty, with `positive`, and without the matrix of the moments.
    scaling_keeps_the_minimum : bool
        Whether standardising the features leaves the minimum the same: with an intercept and without a penalty.
    n_iter_needed : float
        The number of iterations from zeros to a training R² within 0.001 of the best at ``alpha="auto"``: an integer,
        infinity, or NaN if the targets are not known.

    Notes
    -----
    Nesterov, "Introductory Lectures on Convex Optimization", 2004, theorem 2.1.15.

    Examples
    --------
    >>> from sklearn_gd import alpha_limits
    >>> X = [[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]]
    >>> limits = alpha_limits(X, fit_intercept=False)
    >>> print(limits.rates().replace(", ", ",\n"))
    Plain gradient descent converges for alpha below 2/L=1,
    fastest at 2/(L+mu)=0.8.
    >>> f"{limits.condition_number:.3g}"
    '4'
    """

    alpha_limit: float
    alpha_best: float
    condition_number: float
    condition_number_standardized: float
    limiting_feature: str | int | None
    constant_features: tuple[str | int, ...] = ()
    dependent_features: tuple[str | int, ...] = ()
    scaling_keeps_the_minimum: bool = True
    n_iter_needed: float = np.nan

    def __str__(self) -> str:
        needed = "" if math.isnan(self.n_iter_needed) else f" {self._needed()}"
        return f"{self.rates()} {self.conditions()}{needed}"

    def rates(self) -> str:
        """Return the sentence about the rates."""
        if np.isinf(self.alpha_limit):
            return "The cost does not depend on the parameters; any alpha will do."
        limit, best = told_apart(self.alpha_limit, self.alpha_best)
        if np.isnan(self.alpha_best):
            fastest = ""
        else:
            fastest = f", fastest at 2/(L+mu)={best}" if best != limit else ", fastest at 2/(L+mu), just below it"
        return f"Plain gradient descent converges for alpha below 2/L={limit}{fastest}."

    def conditions(self) -> str:
        """Return the sentences about the condition number and the columns."""
        sentences = []
        if np.isnan(self.condition_number):
            sentences.append(
                "Row by row, the condition number is not known; set precompute=True to compute it, if the matrix of "
                "the moments fits into memory."
            )
        elif np.isinf(self.condition_number):
            sentences.append("The condition number L/mu is too large to compute in floating-point arithmetic.")
        else:
            sentences.append(f"The condition number L/mu is {self.condition_number:.3g}.")
        if self.limiting_feature is not None:
            sentences.append(f"Column {self.limiting_feature!r} has the largest values and sets the limit for all.")
        how = "set standardize=True, or use a StandardScaler"
        if self.scaling_helps:
            known = f"Standardised columns have condition number {self.condition_number_standardized:.3g}"
            changes = f"{known}, but standardising changes the model."
            sentences.append(f"{known}: {how}." if self.scaling_keeps_the_minimum else changes)
        elif np.isnan(self.condition_number_standardized) and self.limiting_feature is not None:
            sentences.append(f"Bring the columns to the same scale{f': {how}' * self.scaling_keeps_the_minimum}.")
        if self.constant_features:
            sentences.append(f"Constant columns, which carry no information: {_listed(self.constant_features)}.")
        if self.dependent_features:
            sentences.append(
                f"Columns that are determined by others, such as duplicates: {_listed(self.dependent_features)}. "
                "The coefficients are not unique; the predictions are."
            )
        return " ".join(sentences)

    @property
    def scaling_helps(self) -> bool:
        """Whether standardising the columns is worthwhile."""
        return self.condition_number > _WORTH_SCALING * self.condition_number_standardized

    def _needed(self) -> str:
        return f'With alpha="auto", 1/L, a training R² within 0.001 of the best takes {count(self.n_iter_needed)}.'


def limits_of(problem: Problem, theta: np.ndarray | None = None) -> AlphaLimits:
    """Return the limits of alpha for a problem and a descent that starts at `theta`; None means zeros."""
    cost, names = problem.cost, problem.data.feature_names
    L, mu = touched_extremes(problem, theta)
    condition_number, standardized = _condition_number(L, mu), np.nan
    if problem.standardize:
        standardized = condition_number
    elif problem.standardized is not None:
        standardized = _condition_number(*touched_extremes(problem.standardized, theta))
    largest = largest_column(problem)
    return AlphaLimits(
        _over(2.0, L),
        _over(2.0, L + mu),
        condition_number,
        standardized,
        None if largest is None else _name(largest, names),
        _named(cost.constant & problem.is_least_squares, names),
        _named(cost.dependent & problem.is_least_squares, names),
        problem.scaling_keeps_the_minimum,
    )


def told_apart(*numbers: float) -> list[str]:
    """Return numbers to be compared as text: with three digits, or one or two more if they would look the same.

    Numbers that are closer still have the same text, so words must tell them apart.
    """
    unequal = len(set(numbers))
    written = [[f"{number:.{digits}g}" for number in numbers] for digits in (3, 4, 5)]
    return next((some for some in written if len(set(some)) == unequal), written[0])


def count(n_iter: float) -> str:
    """Return a number of iterations in words."""
    if n_iter == np.inf:
        return "infinitely many iterations"
    if n_iter == 1:
        return "1 iteration"
    return f"{n_iter:,} iterations" if n_iter < 1e6 else f"{float(n_iter):.2g} iterations"


def _condition_number(L: float, mu: float) -> float:
    return _over(L, mu) if L else 1.0


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else np.inf


def _named(flags: np.ndarray, names: tuple[str, ...]) -> tuple[str | int, ...]:
    return tuple(_name(int(index), names) for index in np.flatnonzero(flags))


def _name(index: int, names: tuple[str, ...]) -> str | int:
    return names[index] if names else index


def _listed(names: tuple[str | int, ...]) -> str:
    shown = ", ".join(map(repr, names[:_NAMES_SHOWN]))
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} and {len(names) - _NAMES_SHOWN} more"
