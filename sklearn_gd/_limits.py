"""The limits of alpha: what the curvatures of the cost say before any descent."""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from sklearn_gd._blas import undisturbed
from sklearn_gd._closed_form import predict_iterations
from sklearn_gd._form import Form
from sklearn_gd._moments import Moments
from sklearn_gd._quadratic import Quadratic, scale_ratio
from sklearn_gd._rows import Rows
from sklearn_gd._spectrum import extreme_eigenvalues, largest_eigenvalue
from sklearn_gd.schedulers import Constant

# The training R² that a good fit may still lack.
GAP_OF_A_GOOD_FIT = 0.001
# A scale sets the limit where the curvatures of the parameters differ by more than this factor.
_ONE_SCALE = 10.0
# Standardising is worth a word where it divides the condition number by more than this.
_WORTH_SCALING = 10.0
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class AlphaLimits:
    """What the data say about the learning rate of plain gradient descent; ``print`` it for a paragraph.

    ``L`` and ``mu`` are the largest and the smallest non-zero eigenvalue of the Hessian of the cost `J`,
    in the coordinates of the descent. NaN stands for what can't be known without the matrix of the moments.

    Attributes
    ----------
    alpha_limit : float
        ``2 / L``: below it plain descent converges at a constant rate, above it the descent diverges.
        Infinity for a cost that is constant.
    alpha_best : float
        ``2 / (L + mu)``: the constant rate that converges fastest in the end.
    condition_number : float
        ``L / mu``: plain descent needs about so many iterations. Infinity where ``mu`` is lost in rounding.
    condition_number_standardized : float
        The same for standardised features (``standardize=True``).
    limiting_feature : str, int or None
        The feature whose scale sets the limit, by name if the features have names; None where all are on one scale.
    constant_features, dependent_features : tuple of str or int
        The features that don't vary, which can't be told from the intercept (without one: that are zero), and those
        that are linear combinations of others, such as duplicates. None of them are listed where there is a penalty
        or no matrix of the moments.
    n_iter_needed : float
        The iterations from zeros to a training R² within 0.001 of the best at ``alpha="auto"``: an integer, infinity,
        or NaN where the targets are not known.

    Notes
    -----
    Nesterov, "Introductory Lectures on Convex Optimization", 2004, theorem 2.1.15.
    """

    alpha_limit: float
    alpha_best: float
    condition_number: float
    condition_number_standardized: float
    limiting_feature: str | int | None
    constant_features: tuple[str | int, ...] = ()
    dependent_features: tuple[str | int, ...] = ()
    n_iter_needed: float = np.nan

    def __str__(self) -> str:
        needed = "" if math.isnan(self.n_iter_needed) else f" {self._needed()}"
        return f"{self.rates()} {self.conditions()}{needed}"

    def rates(self) -> str:
        """Return the sentence on the rates."""
        if np.isinf(self.alpha_limit):
            return "The cost does not depend on the parameters; any alpha will do."
        best = "" if np.isnan(self.alpha_best) else f", fastest at 2/(L+mu)={self.alpha_best:.3g}"
        return f"Plain gradient descent converges for alpha below 2/L={self.alpha_limit:.3g}{best}."

    def conditions(self) -> str:
        """Return the sentences on the columns."""
        sentences = []
        if np.isnan(self.condition_number):
            sentences.append(
                "Row by row the condition number is not known; precompute=True, where the matrix of the moments fits "
                "into memory, would tell."
            )
        elif np.isinf(self.condition_number):
            sentences.append("The condition number L/mu is beyond what floating-point numbers can tell.")
        else:
            sentences.append(f"The condition number L/mu is {self.condition_number:.3g}.")
        if self.limiting_feature is not None:
            sentences.append(f"Column {self.limiting_feature!r} has the largest numbers and sets the limit for all.")
        if self.scaling_helps:
            sentences.append(
                f"Standardised columns have the condition number {self.condition_number_standardized:.3g}: "
                "set standardize=True, or use a StandardScaler."
            )
        elif np.isnan(self.condition_number_standardized) and self.limiting_feature is not None:
            sentences.append("Bring the columns to one scale: set standardize=True, or use a StandardScaler.")
        if self.constant_features:
            sentences.append(f"Constant columns, which tell nothing: {_listed(self.constant_features)}.")
        if self.dependent_features:
            sentences.append(
                f"Columns that others determine, such as duplicates: {_listed(self.dependent_features)}. "
                "The coefficients are not unique; the predictions are."
            )
        return " ".join(sentences)

    @property
    def scaling_helps(self) -> bool:
        """Whether standardising the columns is worth while."""
        return self.condition_number > _WORTH_SCALING * self.condition_number_standardized

    def _needed(self) -> str:
        return f'At alpha="auto", 1/L, a training R² within 0.001 of the best takes {count(self.n_iter_needed)}.'


@undisturbed
def limits_of_moments(moments: Moments, form: Form, names: np.ndarray | None) -> AlphaLimits:
    """Return the limits for a cost from the moments of the data.

    Parameters
    ----------
    moments : Moments
        The moments of the rows ``(x, y)``.
    form : Form
        What is descended on them.
    names : ndarray of str or None
        The features' names.
    """
    quadratic, _ = form.of_moments(moments)
    L, mu = extreme_eigenvalues(quadratic)
    condition_number = standardized = _condition_number(L, mu)
    if not form.standardize:
        standardized = _condition_number(*extreme_eigenvalues(standardized_quadratic(moments, form)))
    return AlphaLimits(
        _over(2.0, L),
        _over(2.0, L + mu),
        condition_number,
        standardized,
        _limiting(quadratic.diagonal, form.fit_intercept, names),
        _named(quadratic.constant & (form.l2 == 0.0), names),
        _named(quadratic.dependent & (form.l2 == 0.0), names),
    )


@undisturbed
def limits_of_rows(rows: Rows, names: np.ndarray | None) -> "AlphaLimits | partial[AlphaLimits]":
    """Return what is known of the limits for a cost row by row; for a few rows, a function that computes the most."""
    limiting_feature = _limiting(rows.diagonal, rows.fit_intercept, names)
    if rows.has_small_row_space:
        return partial(
            _limits_of_few_rows, rows.row_space.quadratic, rows.l2, rows.scaling is not None, limiting_feature
        )
    return AlphaLimits(_over(2.0, largest_eigenvalue(rows)), np.nan, np.nan, np.nan, limiting_feature)


@undisturbed
def _limits_of_few_rows(quadratic: Quadratic, l2: float, is_standardized: bool, limiting_feature) -> AlphaLimits:
    L, mu = extreme_eigenvalues(quadratic)
    if l2 > 0.0:  # the directions that no row touches are curved by the penalty alone
        mu = min(mu, l2)
    condition_number = _condition_number(L, mu)
    return AlphaLimits(
        _over(2.0, L),
        _over(2.0, L + mu),
        condition_number,
        condition_number if is_standardized else np.nan,
        limiting_feature,
    )


def known(limits: "AlphaLimits | partial[AlphaLimits]") -> AlphaLimits:
    """Return the limits, computed if they are not yet."""
    return limits if isinstance(limits, AlphaLimits) else limits()


@undisturbed
def standardized_quadratic(moments: Moments, form: Form) -> Quadratic:
    """Return the cost in standardised coordinates."""
    form = Form(form.n_features, form.one_target, form.fit_intercept, True, form.l2)
    return form.of_moments(moments)[0]


def has_r2(objective: Quadratic | Rows) -> bool:
    """Return whether the targets vary."""
    return objective.constant_cost > np.finfo(np.float64).eps * objective.zero_cost


def reference_cost(objective: Quadratic | Rows, first_cost: float) -> float:
    """Return the cost that a gap is a share of: that of the mean, or for constant targets of zero or of the start."""
    return objective.constant_cost if has_r2(objective) else max(objective.zero_cost, first_cost)


def iterations_at_auto(objective: Quadratic | Rows) -> float:
    """Return the predicted iterations of plain descent from zeros at ``1 / L`` to a good fit."""
    L = largest_eigenvalue(objective)
    return predict_iterations(
        objective,
        np.zeros(objective.shape),
        objective.minimum + GAP_OF_A_GOOD_FIT * reference_cost(objective, objective.zero_cost),
        alpha=1.0 / L if L else 1.0,
        scheduler=Constant(),
        first_iter=0,
        max_iter=0,
    )


def count(n_iter: float) -> str:
    """Return a number of iterations as one says it."""
    if n_iter == np.inf:
        return "infinitely many iterations"
    if n_iter == 1:
        return "1 iteration"
    return f"{n_iter:,} iterations" if n_iter < 1e6 else f"{float(n_iter):.2g} iterations"


def _condition_number(L: float, mu: float) -> float:
    return _over(L, mu) if L else 1.0


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else np.inf


def _limiting(curvatures: np.ndarray, fit_intercept: bool, names: np.ndarray | None) -> str | int | None:
    largest = int(np.argmax(curvatures))
    if scale_ratio(curvatures) <= _ONE_SCALE or largest < fit_intercept:
        return None
    return _name(largest - fit_intercept, names)


def _named(flags: np.ndarray, names: np.ndarray | None) -> tuple[str | int, ...]:
    return tuple(_name(int(index), names) for index in np.flatnonzero(flags))


def _name(index: int, names: np.ndarray | None) -> str | int:
    return index if names is None else str(names[index])


def _listed(names: tuple[str | int, ...]) -> str:
    shown = ", ".join(map(repr, names[:_NAMES_SHOWN]))
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} and {len(names) - _NAMES_SHOWN} more"
