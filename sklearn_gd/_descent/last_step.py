"""The proximal step that makes the zeros of an iterate exact if the optimizer's own steps do not."""

from dataclasses import dataclass

import numpy as np

from sklearn_gd._cost.composite import Composite
from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.settings import Settings


@dataclass(frozen=True, eq=False)
class LastStep:
    """``prox(theta - alpha g)``, taken from an iterate that is kept.

    The gradient mapping leads an optimizer to the minimum, but its velocity carries coefficients past 0.
    The rate is at most ``1 / L``, at which a proximal step never raises the cost, whatever the optimizer's rate.

    Attributes
    ----------
    cost : Composite
        The cost.
    alpha : float
        The rate.
    """

    cost: Composite
    alpha: float

    @classmethod
    def of(cls, problem: Problem, settings: Settings, alpha: float) -> "LastStep | None":
        """Return the last step of a descent; None without a penalty, or if every step is proximal."""
        if problem.penalty is None or settings.is_plain:
            return None
        L = problem.cost.L
        return cls(problem.cost, min(alpha, 1.0 / L) if L else alpha)

    def __call__(self, theta: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the parameters after the step, read-only, and the cost there."""
        _, gradient = self.cost.value_and_gradient(theta)
        theta = self.cost.penalty.step(theta, gradient, self.alpha)
        theta.flags.writeable = False
        return theta, self.cost.value_and_gradient(theta)[0]
