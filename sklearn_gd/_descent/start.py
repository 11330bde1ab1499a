"""The start of a descent: a new one, or the end of an earlier descent to continue from."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from reprlib import repr as shortened

import numpy as np
from sklearn.utils import check_array

from sklearn_gd._cost.penalty import Penalty
from sklearn_gd._data.arrays import at_home
from sklearn_gd._data.numbers import blaming, refuse_times
from sklearn_gd._data.scaling import Scaling


@dataclass(frozen=True, eq=False)
class Start:
    """A point from which a descent continues as if it had never stopped; with only theta, a new start.

    Attributes
    ----------
    theta : ndarray
        The parameters, in the coordinates of the descent.
    n_iter : int
        The number of iterations that led there.
    state : tuple
        The optimizer's state.
    costs : ndarray of shape (n_iter,)
        The costs of the earlier iterates.
    auto_length : float or None
        The value of ``alpha="auto"``, if that was the rate.
    """

    theta: np.ndarray
    n_iter: int = 0
    state: tuple = ()
    costs: np.ndarray = field(default_factory=lambda: np.empty(0))
    auto_length: float | None = None

    @classmethod
    def of(cls, init, shape: tuple[int, ...], random: np.random.RandomState, penalty: Penalty | None = None) -> "Start":
        """Return a new start: zeros, random numbers, or an array of the shape of theta, as the penalty allows."""
        if isinstance(init, str):
            # Zeros are a view of one number, because every fit keeps its start.
            return cls(np.broadcast_to(0.0, shape) if init == "zeros" else _drawn(shape, random, penalty))
        refuse_times(init, "init")
        init = at_home(init)
        with blaming(init, "init"):
            theta = check_array(
                init,
                dtype=np.float64,
                ensure_2d=False,
                ensure_min_samples=0,
                ensure_min_features=0,
                copy=True,
                input_name="init",
            )
        start = cls(_checked(theta, shape, "init has"))
        if penalty is not None and penalty.nearest(theta) is not theta:
            lowest = theta[penalty.first :].min()
            raise ValueError(
                f"init has negative coefficients, the lowest {lowest:.3g}, which positive=True does not allow; "
                "start at 0 or above."
            )
        return start

    def allowed_by(self, penalty: Penalty | None) -> "Start":
        """Return this start, or the nearest one that the penalty allows."""
        return self if penalty is None else replace(self, theta=penalty.nearest(self.theta))

    def of_shape(self, shape: tuple[int, ...]) -> "Start":
        """Return this start after one target has become a column, or a column one target."""
        old = self.theta.shape
        if {old, shape} != {shape[:1], (*shape[:1], 1)}:
            return self
        state = (part.reshape(shape) if getattr(part, "shape", None) == old else part for part in self.state)
        return replace(self, theta=self.theta.reshape(shape), state=tuple(state))


@dataclass(frozen=True, eq=False)
class End:
    """The end of a descent, with everything that must be the same for another one to continue from it.

    Attributes
    ----------
    start : Start
        The start of the next descent.
    theta : ndarray
        Its start if only the coefficients are kept: with `l1` or `positive`, after a last step.
    optimizer, scheduler : callable
        The rules of the descent; with other rules, the state and the number of iterations do not apply.
    scaling : Scaling or None
        The coordinates.
    positive : bool
        Whether the coefficients were kept non-negative.
    coef, intercept : ndarray
        Copies of the fitted attributes.
    """

    start: Start
    theta: np.ndarray
    optimizer: Callable
    scheduler: Callable
    scaling: Scaling | None
    positive: bool
    coef: np.ndarray
    intercept: np.ndarray

    def next(self, problem, settings, coef: np.ndarray, intercept) -> Start | None:
        """Return the start of the next descent; None if the attributes or the coordinates have changed."""
        untouched = np.array_equal(self.coef, coef) and np.array_equal(self.intercept, intercept)
        start = self.start.of_shape(problem.cost.shape)
        same_coordinates = self.scaling == problem.scaling and start.theta.shape == problem.cost.shape
        if not (untouched and same_coordinates):
            return None
        same_rules = self.optimizer == settings.optimizer and self.scheduler == settings.scheduler
        start = start if same_rules else Start(self.theta).of_shape(problem.cost.shape)
        # During a descent an optimizer may leave the region that the constraint allows; a start must not be outside.
        return start if self.positive else start.allowed_by(problem.penalty)


def go_on(end: End | None, problem, settings, coef, intercept) -> Start:
    """Return the start that continues from an end; without one, or if it no longer applies, from the attributes."""
    coef, intercept = _attribute(coef, "coef_"), _attribute(intercept, "intercept_")
    start = end and end.next(problem, settings, coef, intercept)
    if start:
        return start
    shape = (coef.shape[-1] + problem.fit_intercept, *coef.shape[:-1]) if coef.ndim else ()
    column = problem.cost.shape[1:]  # a single target may have become a column, or the reverse
    if coef.size and shape and int(np.prod(shape[1:])) == int(np.prod(column)) == 1:
        coef, shape = coef.reshape(*column, -1), (shape[0], *column)
    _checked(np.empty(shape), problem.cost.shape, "The fit continues from a theta of")
    if intercept.size not in (1, int(np.prod(column))):
        raise ValueError(f"intercept_ has shape {intercept.shape}, but for these data it must have shape {column}.")
    intercept = intercept.reshape(column) if intercept.size > 1 else intercept.ravel()[0]
    return Start(problem.from_user(coef.T, intercept)).allowed_by(problem.penalty)


def _drawn(shape: tuple[int, ...], random: np.random.RandomState, penalty: Penalty | None) -> np.ndarray:
    """Return a random point; with `positive`, coefficients are replaced by their absolute values."""
    theta = random.standard_normal(shape)
    if penalty is not None and penalty.positive:
        np.abs(theta[penalty.first :], out=theta[penalty.first :])
    return theta


def _attribute(value, name: str) -> np.ndarray:
    """Return an attribute that may have been set by hand, or raise ValueError if it does not consist of numbers."""
    value = at_home(value)
    try:
        return check_array(
            value, dtype=np.float64, ensure_2d=False, allow_nd=True, ensure_min_samples=0, input_name=name
        )
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"The fit continues from coef_ and intercept_, but {name} is {shortened(value)}: "
            f"{str(error).rstrip('.')}. Set it to numbers, or set warm_start=False."
        ) from error


def _checked(theta: np.ndarray, shape: tuple[int, ...], source: str) -> np.ndarray:
    if theta.shape != shape:
        raise ValueError(f"{source} shape {theta.shape}, but for these data theta has shape {shape}.")
    return theta
