"""What happened in a descent on least squares, and what to do about it."""

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal

import numpy as np

from sklearn_gd._advice import Descent, event, remedy
from sklearn_gd._limits import GAP_OF_A_GOOD_FIT, AlphaLimits, known


def _of_limits(name: str) -> property:
    return property(lambda diagnosis: getattr(diagnosis.limits, name), doc=f"`AlphaLimits.{name}`.")


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The end of a descent, measured against the exact minimum; ``print`` it for a paragraph.

    Attributes
    ----------
    status : {"converged", "stalled", "max_iter", "diverged", "early_stopped"}
        ``"converged"``: the stop rule fired, and the gap is at most 0.001.
        ``"stalled"``: the stop rule fired, but the gap is above 0.001.
        ``"max_iter"``: the iterations ran out; only with a gap above 0.001 is there a warning,
        and with early stopping only if the validation cost was still falling.
        ``"diverged"``: the cost left every bound, or a bad fit ended above its initial cost.
        ``"early_stopped"``: the validation cost no longer fell.
    gap : float
        The training R² that `coef_` lacks: ``(J - J*) / J(mean of y)``, ``J*`` being the exact minimum of the cost.
        Targets that are constant have no R²; the gap is a share of the cost at zero, or at the initial guess if that
        is larger.
    gap_is_lower_bound : bool
        Whether the gap is only known to be at least so large, because row by row the minimum is not known.
        The bound is the larger one of ``|dJ/dtheta|**2 / (2 L)`` and what up to ten steps of conjugate gradients gain.
    alpha : float
        The learning rate that was used.
    n_iter_needed : float
        The iterations, since the schedule began, after which the gap is at most 0.001 at this alpha and scheduler:
        counted where the descent got there, otherwise predicted for plain descent: an integer, or infinity.
        A scheduler that depends on `max_iter` is stretched to as many.
        NaN where it can't be predicted: for other optimizers, row by row, and for a scheduler of your own that fails
        beyond `max_iter`.
    warn : bool
        Whether the fit is bad, so that the user must be warned.
    alpha_limit, alpha_best, condition_number, condition_number_standardized, limiting_feature, constant_features, \
dependent_features
        Those of `AlphaLimits`.
    message : str
        What happened, why, and what to do about it.

    Notes
    -----
    What the fit itself does not need, the eigenvalues, is computed when it is first asked for.
    """

    status: Literal["converged", "stalled", "max_iter", "diverged", "early_stopped"]
    # scikit-learn's HTML has room for 30 characters, so only the status is in the representation.
    gap: float = field(repr=False)
    gap_is_lower_bound: bool = field(repr=False)
    alpha: float = field(repr=False)
    n_iter_needed: float = field(repr=False)
    warn: bool = field(repr=False)
    _event: str = field(repr=False)
    _remedy: str = field(repr=False)
    _limits: "AlphaLimits | partial[AlphaLimits]" = field(repr=False)

    @cached_property
    def limits(self) -> AlphaLimits:
        """The limits of alpha."""
        return known(self._limits)

    alpha_limit = _of_limits("alpha_limit")
    alpha_best = _of_limits("alpha_best")
    condition_number = _of_limits("condition_number")
    condition_number_standardized = _of_limits("condition_number_standardized")
    limiting_feature = _of_limits("limiting_feature")
    constant_features = _of_limits("constant_features")
    dependent_features = _of_limits("dependent_features")

    @property
    def message(self) -> str:
        """What happened, why, and what to do about it."""
        sentences = [self._event, self._remedy, self.limits.rates(), self.limits.conditions()]
        return " ".join(filter(None, sentences))

    def __str__(self) -> str:
        return self.message


def diagnose(descent: Descent) -> Diagnosis:
    """Return the diagnosis of a descent."""
    path, costs = descent.path, descent.path.costs
    last, gap_of_last = len(costs) - 1, descent.gap(len(costs) - 1)
    bad = not gap_of_last <= GAP_OF_A_GOOD_FIT
    if path.status == "diverged" or (bad and costs[last] > descent.first_cost):
        status, kept = "diverged", path.i_best
    else:
        status = "stalled" if bad and path.status == "converged" else path.status
        kept = last if path.validation_costs is None else path.i_best
    gap = gap_of_last if kept == last else descent.gap(kept)
    n_iter_needed = descent.iterations_to(GAP_OF_A_GOOD_FIT)
    if path.validation_costs is not None:  # what the training cost lacks is no fault where the validation cost rises
        bad = bad and path.i_best == last
    warn = status in ("stalled", "diverged") or (status == "max_iter" and bad)
    limits = known(descent.limits) if warn else descent.limits
    return Diagnosis(
        status=status,
        gap=gap,
        gap_is_lower_bound=bool(np.isnan(descent.objective.minimum)),
        alpha=descent.alpha,
        n_iter_needed=n_iter_needed,
        warn=warn,
        _event=event(descent, status, gap, bad=bad),
        _remedy=remedy(descent, limits, status, n_iter_needed) if warn else "",
        _limits=limits,
    )
