"""`gradient_descent`: gradient descent on any differentiable function, following SciPy's conventions."""

import difflib
import inspect
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, SupportsFloat, TypeAlias, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult, approx_fprime
from sklearn.utils import check_scalar

from sklearn_gd._descent.loop import Iterate, descend, first_iterate
from sklearn_gd._descent.settings import Settings
from sklearn_gd.optimizers import Optimizer, OptimizerName
from sklearn_gd.schedulers import Scheduler, SchedulerName

if TYPE_CHECKING:
    # That of scipy-stubs which `scipy.optimize.minimize` returns, and so a method of it too.
    from scipy.optimize._minimize import OptimizeResult as ResultOfMinimize

    class DescentResult(ResultOfMinimize):
        """`OptimizeResult`, with what a descent has besides."""

        cost_history: np.ndarray
        path: np.ndarray

else:
    DescentResult = OptimizeResult

Minimised: TypeAlias = Callable[..., SupportsFloat | tuple[SupportsFloat, ArrayLike]]
Gradient: TypeAlias = Callable[..., ArrayLike]


class FromMinimize(TypedDict, total=False):
    """What `scipy.optimize.minimize` hands to every method, beside what this one needs."""

    hess: object
    hessp: object
    bounds: object
    constraints: object


# The step of a central difference that balances the errors of truncation (nudge**2) and rounding (eps / nudge).
_NUDGE = float(np.finfo(np.float64).eps ** (1.0 / 3.0))
# The descent stopped because of a small rate, not at a minimum, if the best step along the gradient exceeds this
# multiple of tol.
_SHORT_STEP = 100.0
# Power iterations for the largest curvature at such a stop; its inverse is a safe rate there.
_POWER_STEPS = 10
_STATUS = {"converged": 0, "max_iter": 1, "diverged": 2, "stalled": 3, "lost": 4, "stopped": 99}


def gradient_descent(
    fun: Minimised,
    x0: ArrayLike | Sequence[SupportsFloat],
    args: tuple[object, ...] = (),
    *,
    jac: Gradient | bool | None = None,
    alpha: float | None = None,
    optimizer: OptimizerName | Optimizer = "gd",
    scheduler: SchedulerName | Scheduler = "constant",
    max_iter: int = 1000,
    tol: float | None = 1e-4,
    callback: Callable[..., object] | None = None,
    maxiter: int | None = None,
    disp: bool = False,
    **unused: Unpack[FromMinimize],
) -> DescentResult:
    r"""Minimise a differentiable function by gradient descent.

    Starting from `x0`, each iteration moves all variables at once against the gradient,

    .. math:: x_j := x_j - \alpha \frac{\partial f}{\partial x_j}

    until none moves by more than `tol`. This is the loop of `GDLinearRegressor`, for any function.
    If `alpha` is small enough, it ends at the local minimum downhill from `x0`.

    Parameters
    ----------
    fun : callable
        The function to minimise, ``fun(x, *args) -> float``, with `x` of shape (n,).
        With ``jac=True`` it returns its value and its gradient as a pair.
    x0 : array-like of shape (n,)
        The initial guess; a number is treated as an array of one element.
    args : tuple, default=()
        Extra arguments passed to `fun` and `jac`.
    jac : callable, True or None, default=None
        The gradient, ``jac(x, *args) -> array of shape (n,)``. True if `fun` returns the gradient too.
        None estimates it by central differences (`scipy.optimize.approx_fprime`) with a step of about 6e-6 of each
        variable, which takes ``2 n + 2`` calls of `fun` per gradient.
    alpha : float > 0
        The learning rate, in the unit of ``x**2 / f``. It has no default, because nothing is known about the function.
        Plain descent with a constant rate can only settle at a minimum where the curvature is below ``2 / alpha``.
    optimizer : str or callable, default="gd"
        The update rule; see `sklearn_gd.optimizers`.
    scheduler : str or callable, default="constant"
        The factor on `alpha` at iteration ``t``; see `sklearn_gd.schedulers`.
    max_iter : int >= 1, default=1000
        Maximum number of iterations.
    tol : float >= 0 or None, default=1e-4
        The descent stops when no variable moves by more than `tol` in one iteration, in the unit of `x`.
        None disables this criterion.
    callback : callable, default=None
        Called after each iteration: as ``callback(intermediate_result=...)``, with an `OptimizeResult` that has `x` and
        `fun`, if its only parameter is named ``intermediate_result``; otherwise as ``callback(x)``. The descent stops
        if it raises StopIteration.
    maxiter : int >= 1, default=None
        SciPy's name for `max_iter`; it takes precedence.
    disp : bool, default=False
        Whether to print the message at the end, as SciPy's methods do.
    **unused
        Further arguments that `scipy.optimize.minimize` passes to every method. Bounds and constraints raise an error;
        second derivatives are ignored.

    Returns
    -------
    result : OptimizeResult
        ``x``, the last iterate, or the best one if the descent diverged;
        ``fun`` and ``jac``, the value and the gradient there; ``nit``, the number of iterations; ``nfev`` and ``njev``,
        the numbers of calls of `fun` and `jac`; ``success``; ``status``; ``message``; ``cost_history`` of shape
        (nit + 1,), the values from `x0` to the last iterate; ``path`` of shape (nit + 1, n), the iterates.

        ``success`` is True if ``status`` is 0: the stopping criterion was met near a minimum. Otherwise ``status`` is

        - 1 if `max_iter` was reached;
        - 2 if the descent diverged: its values overflowed, or it ended above its start;
        - 3 if the stopping criterion was met although the best step along the gradient is longer than ``100 * tol``,
          because the rate is small, or although there is no minimum along the gradient;
        - 4 if the gradient was no longer finite; `x` is then the best iterate;
        - 99 if the callback raised StopIteration.

        `x` is always finite.

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid, `fun` does not return a number, the gradient does not have the shape of `x`,
        or either of them is not finite at `x0`.

    Notes
    -----
    Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees", 1847.

    Examples
    --------
    >>> from sklearn_gd import gradient_descent
    >>> result = gradient_descent(lambda a: a**2, 2.0, alpha=0.1)
    >>> bool(result.success), result.path[:3].ravel().round(6).tolist()
    (True, [2.0, 1.6, 1.28])

    As a method of SciPy:

    >>> from scipy.optimize import minimize, rosen, rosen_der
    >>> options = {"alpha": 0.001, "optimizer": "momentum"}
    >>> options |= {"max_iter": 5000, "tol": 1e-7}
    >>> result = minimize(
    ...     rosen,
    ...     [-1.0, 1.5],
    ...     jac=rosen_der,
    ...     method=gradient_descent,
    ...     options=options,
    ... )
    >>> result.x.round(2).tolist()
    [1.0, 1.0]
    """
    _refuse(unused)
    if alpha is None:
        raise TypeError(
            "gradient_descent needs alpha, the learning rate, which has no default: start with a small one, such as "
            "alpha=0.01, and raise it while the function still falls; plain descent needs alpha below 2 / curvature."
        )
    max_iter = max_iter if maxiter is None else maxiter
    check_scalar(alpha, "alpha", (int, float, np.number), min_val=0.0, include_boundaries="neither")
    check_scalar(max_iter, "max_iter", (int, np.integer), min_val=1)
    if tol is not None:
        check_scalar(tol, "tol", (int, float, np.number), min_val=0.0)
    x = np.atleast_1d(np.array(x0, dtype=np.float64))
    if x.ndim != 1 or not x.size or not np.isfinite(x).all():
        raise ValueError(f"x0 must be a number or a one-dimensional array of finite numbers. Got {x0!r} instead.")
    options = {"alpha": float(alpha), "optimizer": optimizer, "scheduler": scheduler, "max_iter": max_iter, "tol": tol}
    settings = Settings.of("gradient_descent", options)
    function = Function(fun, jac, args)
    notify = _notifier(callback)

    with np.errstate(over="ignore", invalid="ignore"):  # a diverging descent overflows
        iterate = best = first = first_iterate(function, x)
        for name, value in (("function", first.cost), ("gradient", first.gradient)):
            if not np.isfinite(value).all():
                raise ValueError(f"The {name} is {value} at x0={x0!r}; start where it is finite.")
        path, costs, status = [first.theta], [first.cost], None
        for iterate in descend(function, first, settings, cost_bound=float(np.finfo(np.float64).max)):
            path.append(iterate.theta)
            costs.append(iterate.cost)
            status = iterate.status
            if iterate.cost < best.cost:
                best = iterate
            if status != "diverged" and not np.isfinite(iterate.gradient).all():
                status = "diverged" if iterate.cost > costs[0] else "lost"
                break
            if notify(iterate) and status is None:
                status = "stopped"
                break
        has_moved = np.abs(path[-1] - path[0]).max() > _NUDGE * max(np.abs(path[0]).max(), 1.0)  # not just by rounding
        if status == "max_iter" and costs[-1] > costs[0] and has_moved:
            status = "diverged"
        end = best if status in ("diverged", "lost") else iterate
        stall = _stall(function, end, alpha, tol, plain=settings.is_plain) if status == "converged" else ""
        status = "stalled" if stall else status
    result = DescentResult(
        x=end.theta.copy(),
        fun=end.cost,
        jac=end.gradient.copy(),
        nit=len(costs) - 1,
        nfev=function.n_calls,
        njev=function.n_gradients,
        success=status == "converged",
        status=_STATUS[status],
        message=_message(status, costs, alpha, tol, stall),
        cost_history=np.array(costs),
        path=np.array(path),
    )
    if disp:
        print(f"{result.message}\n    fun={result.fun:g}, nit={result.nit}, nfev={result.nfev}, njev={result.njev}")
    return result


class Function:
    """The function as an objective for the loop; it counts its calls."""

    def __init__(self, fun: Minimised, jac: Gradient | bool | None, args: tuple[object, ...]) -> None:
        if not callable(fun):
            raise TypeError(f"fun must be callable. Got {fun!r} instead.")
        if not (callable(jac) or jac is None or isinstance(jac, bool | np.bool_)):
            raise ValueError(f"jac must be a callable, True or None. Got {jac!r} instead.")
        self._fun, self._jac, self._args = fun, jac, args if isinstance(args, tuple) else (args,)
        self.n_calls = self.n_gradients = 0

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the value and the gradient; infinity and NaN if they overflow."""
        x = x.copy()  # the function may keep or change it
        try:
            if self._jac is True:
                self.n_calls += 1
                self.n_gradients += 1
                value, gradient = self._fun(x, *self._args)
                return _number(value), self._checked(gradient, x)
            value = self.value(x)
            if not math.isfinite(value):
                return value, np.full_like(x, np.nan)
            if self._jac:
                self.n_gradients += 1
                return value, self._checked(self._jac(x, *self._args), x)
            nudge = _NUDGE * np.maximum(np.abs(x), 1.0)
            slopes = [approx_fprime(x, self.value, signed) for signed in (nudge, -nudge)]
            return value, (slopes[0] + slopes[1]) / 2.0
        except OverflowError:  # Python's floats raise where NumPy's are infinite
            return math.inf, np.full_like(x, np.nan)

    def value(self, x: np.ndarray) -> float:
        """Return the value alone."""
        self.n_calls += 1
        value = self._fun(x.copy(), *self._args)
        return _number(value[0] if self._jac is True else value)

    def _checked(self, gradient, x: np.ndarray) -> np.ndarray:
        gradient = np.atleast_1d(np.asarray(gradient, dtype=np.float64))
        if gradient.shape != x.shape:
            raise ValueError(f"The gradient must have the shape of x, {x.shape}. Got {gradient.shape} instead.")
        return gradient.copy()


def _number(value) -> float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise ValueError(f"fun must return a real number. Got {value!r} instead.")
    return float(array.reshape(()))


# The penalties and the constraint of GDLinearRegressor, which a function brings itself.
_PENALTIES = {"l1", "l2", "positive"}


def _refuse(unused: dict) -> None:
    """Raise for arguments that would change the problem, and for unknown names."""
    for name in ("bounds", "constraints"):
        value = unused.pop(name, None)
        if value is not None and not (isinstance(value, tuple | list) and not value):
            raise ValueError(f"gradient_descent does not support {name}.")
    known = inspect.signature(gradient_descent).parameters.keys() - {"unused"}
    for name in sorted(unused.keys() & _PENALTIES):
        raise TypeError(
            f"gradient_descent has no option {name}: add a penalty that has a gradient, such as l2, to fun; "
            f"for l1 and positive, which need proximal steps, use GDLinearRegressor."
        )
    for name in sorted(unused.keys() - {"hess", "hessp"}):
        closest = difflib.get_close_matches(name, known, n=1)
        meant = f"; did you mean {closest[0]}?" if closest else f"; its options are {', '.join(sorted(known))}."
        raise TypeError(f"gradient_descent has no option {name}{meant}")


def _notifier(callback: Callable | None) -> Callable:
    """Return a function that passes an iterate to the callback, and returns whether the callback stops the descent."""
    if callback is None:
        return lambda iterate: False
    by_name = set(inspect.signature(callback).parameters) == {"intermediate_result"}  # as SciPy tells them apart

    def notify(iterate) -> bool:
        try:
            if by_name:
                callback(intermediate_result=OptimizeResult(x=iterate.theta.copy(), fun=iterate.cost))
            else:
                callback(iterate.theta.copy())
        except StopIteration:
            return True
        return False

    return notify


def _stall(function: Function, end: Iterate, alpha: float, tol: float, *, plain: bool) -> str:
    """Return the reason why the descent stopped short of a minimum, or an empty string if it seems to be at one.

    Along the gradient ``g`` the curvature is ``k = g' H g / g' g``, and the best step is ``g / k``.
    """
    x, g = end.theta, end.gradient
    size = float(np.abs(g).max())
    if size == 0.0:
        return ""
    nudge = _NUDGE * max(float(np.abs(x).max()), 1.0)

    def hessian_product(direction: np.ndarray) -> np.ndarray:
        ahead, behind = (function.value_and_gradient(x + signed * direction)[1] for signed in (nudge, -nudge))
        return (ahead - behind) / (2.0 * nudge)

    direction = g / size
    curvature = float(direction @ hessian_product(direction) / (direction @ direction))
    if curvature <= 0.0:
        return "the function does not curve upwards along its gradient, so this is not a minimum"
    best_step = size / curvature
    if not best_step > _SHORT_STEP * tol + nudge:
        return ""
    far = f"the best step along the gradient would move one of them by {best_step:.3g}"
    L = curvature
    for _ in range(_POWER_STEPS if plain else 0):
        direction = hessian_product(direction)
        direction = direction / (np.linalg.norm(direction) or 1.0)
        L = max(L, float(direction @ hessian_product(direction)))
    if plain and alpha < 0.5 / L:
        return f"{far}: alpha={alpha:.3g}, times the scheduler's factor, is too small; try alpha={1.0 / L:.3g}"
    return f"{far}: lower tol, or set it to None" + (", or use an optimizer with momentum" if plain else "")


def _message(status: str, costs: list[float], alpha: float, tol: float | None, stall: str) -> str:
    n_iter = len(costs) - 1
    if status in ("converged", "stalled"):
        stop = f"at iteration {n_iter} no variable moved by more than tol={tol:g}"
        return f"The descent stalled: {stop}, but {stall}." if stall else f"The descent converged: {stop}."
    if status == "diverged":
        where = f"rose from {costs[0]:.3g} to {costs[-1]:.3g}" if costs[-1] < math.inf else "overflowed"
        return (
            f"The descent diverged: alpha={alpha:.3g} is too large. The function {where} by iteration {n_iter}; "
            f"x is the best iterate, number {np.argmin(costs)}."
        )
    if status == "lost":
        return (
            f"The gradient was not finite at iteration {n_iter}, although the function was; x is the best iterate, "
            f"number {np.argmin(costs)}."
        )
    if status == "max_iter":
        moving = "" if tol is None else f" while a variable still moved by more than tol={tol:g}"
        return f"The descent ran out of max_iter={n_iter} iterations{moving}."
    return f"The callback stopped the descent at iteration {n_iter}."
