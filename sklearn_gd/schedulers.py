r"""Learning-rate schedules: how the rate changes from iteration to iteration.

A scheduler is any callable ``scheduler(t, max_iter) -> float`` that returns the factor on ``alpha`` for
``t = 0 .. max_iter - 1``:

.. math:: \alpha_t = \alpha \cdot \mathrm{scheduler}(t, \mathrm{max\_iter})

The factor must be finite and non-negative; 1.0 leaves ``alpha`` unchanged.
A plain function works too: ``GDLinearRegressor(scheduler=lambda t, max_iter: 0.9**t)``.
It is called in order, once for each ``t``, with the actual ``max_iter``, so it may keep a count, draw random numbers or
be slow.
The classes below can also be printed, pickled and cloned, used in a grid search (``scheduler__end``),
and called with an array of many ``t`` at once.
Instances of the same class compare equal, and have the same hash, if their parameters are equal; `set_params` changes
both.
"""

import math
from dataclasses import field
from typing import Literal, Protocol, TypeAlias

import numpy as np

from sklearn_gd._plugins import number, plugin, resolve
from sklearn_gd._scikit_learn import Estimator

__all__ = [
    "SCHEDULERS",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseScaling",
    "InverseTime",
    "Linear",
    "OneCycle",
    "Polynomial",
    "Step",
    "Warmup",
]

#: Names of the built-in schedulers, the keys of `SCHEDULERS`.
SchedulerName: TypeAlias = Literal[
    "constant",
    "linear",
    "cosine",
    "exponential",
    "polynomial",
    "step",
    "inverse_time",
    "invscaling",
    "cosine_restarts",
    "one_cycle",
    "warmup",
]


class Scheduler(Protocol):
    """The type of a scheduler: a callable as described at the top of this module."""

    def __call__(self, t: int, max_iter: int, /) -> float:
        """Return the factor on `alpha` at iteration `t`."""
        ...


def _cosine(start: float, end: float, progress: float) -> float:
    """Return the value of half a cosine wave from `start` (progress 0) to `end` (progress 1)."""
    cos = np.cos if isinstance(progress, np.ndarray) else math.cos
    return end + (start - end) * (1.0 + cos(math.pi * progress)) / 2.0


def _where(condition, one, other):
    """Return `one` where the condition holds and `other` elsewhere, for a number or an array of them."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, one, other)
    return one if condition else other


@plugin
class Constant(Estimator):
    """The same rate at every iteration: ``factor = 1``.

    Plain descent on a least-squares cost needs no other: it converges for every ``alpha`` below ``2 / L``.

    Examples
    --------
    >>> from sklearn_gd.schedulers import Constant
    >>> Constant()(500, 1000)
    1.0
    """

    def __call__(self, t: int, max_iter: int) -> float:
        return np.ones(t.shape) if isinstance(t, np.ndarray) else 1.0


@plugin
class Linear(Estimator):
    """A straight line from 1 at ``t = 0`` to `end` at ``t = max_iter``.

    ``factor = 1 + (end - 1) * t / max_iter``

    Parameters
    ----------
    end : float >= 0, default=0.0
        The factor at ``t = max_iter``, one iteration after the last.

    Notes
    -----
    ``LinearLR`` of PyTorch with ``start_factor=1``, ``linear_schedule`` of optax.

    Examples
    --------
    >>> from sklearn_gd.schedulers import Linear
    >>> [Linear()(t, 4) for t in range(4)]
    [1.0, 0.75, 0.5, 0.25]
    """

    end: float = number(0.0, 0, None)

    def __call__(self, t: int, max_iter: int) -> float:
        return 1.0 + (self.end - 1.0) * t / max_iter


@plugin
class Cosine(Estimator):
    """Half a cosine wave from 1 at ``t = 0`` to `end` at ``t = max_iter``.

    ``factor = end + (1 - end) * (1 + cos(pi * t / max_iter)) / 2``

    Parameters
    ----------
    end : float >= 0, default=0.0
        The factor at ``t = max_iter``, one iteration after the last.

    Notes
    -----
    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, equation 5, without restarts:
    ``CosineAnnealingLR`` of PyTorch, ``CosineDecay`` of Keras, ``cosine_decay_schedule`` of optax.

    Examples
    --------
    >>> from sklearn_gd.schedulers import Cosine
    >>> [round(Cosine()(t, 4), 3) for t in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """

    end: float = number(0.0, 0, None)

    def __call__(self, t: int, max_iter: int) -> float:
        return _cosine(1.0, self.end, t / max_iter)


@plugin
class Exponential(Estimator):
    """The rate shrinks by the same factor at every iteration.

    ``factor = gamma**t``

    Taken together, all iterations move no further than ``1 / (1 - gamma)`` iterations at the full rate would:
    with a small `gamma` the descent ends before it reaches the minimum.

    Parameters
    ----------
    gamma : float in (0, 1], default=0.99
        The factor from one iteration to the next.

    Notes
    -----
    ``ExponentialLR`` of PyTorch, ``exponential_decay`` of optax with ``transition_steps=1``.

    Examples
    --------
    >>> from sklearn_gd.schedulers import Exponential
    >>> Exponential(0.9)(2, 1000)
    0.81
    """

    gamma: float = number(0.99, 0, 1, "right")

    def __call__(self, t: int, max_iter: int) -> float:
        return self.gamma**t


@plugin
class Polynomial(Estimator):
    """A power of the remaining iterations, from 1 at ``t = 0`` to `end` at ``t = max_iter``.

    ``factor = end + (1 - end) * (1 - t / max_iter)**power``

    Parameters
    ----------
    power : float > 0, default=1.0
        The exponent: 1 is a straight line; larger values fall faster at first.
    end : float >= 0, default=0.0
        The factor at ``t = max_iter``, one iteration after the last.

    Notes
    -----
    ``PolynomialLR`` of PyTorch, ``PolynomialDecay`` of Keras, ``polynomial_schedule`` of optax.

    Examples
    --------
    >>> from sklearn_gd.schedulers import Polynomial
    >>> [Polynomial(power=2)(t, 4) for t in range(4)]
    [1.0, 0.5625, 0.25, 0.0625]
    """

    power: float = number(1.0, 0, None, "neither")
    end: float = number(0.0, 0, None)

    def __call__(self, t: int, max_iter: int) -> float:
        return self.end + (1.0 - self.end) * (1.0 - t / max_iter) ** self.power


@plugin
class Step(Estimator):
    """The rate drops by `gamma` every `step_size` iterations.

    ``factor = gamma**(t // step_size)``

    Parameters
    ----------
    step_size : int >= 1, default=300
        The number of iterations between two drops.
    gamma : float in (0, 1], default=0.1
        The factor of each drop.

    Notes
    -----
    ``StepLR`` of PyTorch, where `step_size` has no default; this one makes three drops in the default 1000 iterations.

    Examples
    --------
    >>> from sklearn_gd.schedulers import Step
    >>> [Step(step_size=2, gamma=0.5)(t, 6) for t in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    step_size: int = number(300, 1, None)
    gamma: float = number(0.1, 0, 1, "right")

    def __call__(self, t: int, max_iter: int) -> float:
        return self.gamma ** (t // self.step_size)


@plugin
class InverseTime(Estimator):
    """The rate falls like the inverse of time.

    ``factor = 1 / (1 + decay_rate * t / decay_steps)``

    Parameters
    ----------
    decay_rate : float >= 0, default=1.0
        How fast the rate falls: with 1, it is halved in the first `decay_steps` iterations.
    decay_steps : int >= 1, default=100
        The number of iterations that count as one unit of time.

    Notes
    -----
    ``InverseTimeDecay`` of Keras, where neither has a default; these defaults halve the rate in the first 100
    iterations.

    Examples
    --------
    >>> from sklearn_gd.schedulers import InverseTime
    >>> InverseTime(decay_rate=1.0, decay_steps=100)(100, 1000)
    0.5
    """

    decay_rate: float = number(1.0, 0, None)
    decay_steps: int = number(100, 1, None)

    def __call__(self, t: int, max_iter: int) -> float:
        return 1.0 / (1.0 + self.decay_rate * t / self.decay_steps)


@plugin
class InverseScaling(Estimator):
    """The rate falls like a negative power of the iteration number.

    ``factor = 1 / (t + 1)**power_t``

    Parameters
    ----------
    power_t : float >= 0, default=0.25
        The exponent; 0 keeps the rate constant.

    Notes
    -----
    ``learning_rate="invscaling"`` of scikit-learn's ``SGDRegressor``, with the same default. In both, the first update
    is at the full rate.

    Examples
    --------
    >>> from sklearn_gd.schedulers import InverseScaling
    >>> [InverseScaling(power_t=0.5)(t, 16) for t in (0, 3, 15)]
    [1.0, 0.5, 0.25]
    """

    power_t: float = number(0.25, 0, None)

    def __call__(self, t: int, max_iter: int) -> float:
        return 1.0 / (t + 1) ** self.power_t


@plugin
class CosineRestarts(Estimator):
    """Repeated half cosine waves from 1 to `end`, with a restart at 1 after each.

    ``factor = end + (1 - end) * (1 + cos(pi * T_cur / T_i)) / 2``,
    where ``T_cur`` counts the iterations since the last restart
    and ``T_i = T_0 * T_mult**i`` is the length of wave ``i``.

    Parameters
    ----------
    T_0 : int >= 1, default=100
        The number of iterations in the first wave.
    T_mult : int >= 1, default=1
        How many times longer each wave is than the one before it.
    end : float >= 0, default=0.0
        The factor to which each wave falls.

    Notes
    -----
    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, equation 5:
    ``CosineAnnealingWarmRestarts`` of PyTorch, ``CosineDecayRestarts`` of Keras.

    Examples
    --------
    >>> from sklearn_gd.schedulers import CosineRestarts
    >>> [round(CosineRestarts(T_0=2, T_mult=2)(t, 6), 3) for t in range(6)]
    [1.0, 0.5, 1.0, 0.854, 0.5, 0.146]
    """

    T_0: int = number(100, 1, None)
    T_mult: int = number(1, 1, None)
    end: float = number(0.0, 0, None)

    def __call__(self, t: int, max_iter: int) -> float:
        since_restart, length = t % self.T_0 if self.T_mult == 1 else t, self.T_0
        while np.any(later := since_restart >= length):
            since_restart = _where(later, since_restart - length, since_restart)
            length = _where(later, length * self.T_mult, length)
        return _cosine(1.0, self.end, since_restart / length)


@plugin
class OneCycle(Estimator):
    """A rise to the full rate and a fall to almost zero, along two half cosine waves.

    From ``1 / div_factor`` at ``t = 0`` to 1 at ``t = pct_start * max_iter``,
    then to ``1 / (div_factor * final_div_factor)`` at ``t = max_iter``.

    Parameters
    ----------
    pct_start : float in (0, 1), default=0.3
        The fraction of the iterations in which the rate rises.
    div_factor : float >= 1, default=25.0
        The peak rate divided by the initial rate.
    final_div_factor : float >= 1, default=1e4
        The initial rate divided by the final rate.

    Notes
    -----
    Smith and Topin, "Super-Convergence", 2018: ``OneCycleLR`` of PyTorch,
    ``cosine_onecycle_schedule`` of optax, whose boundaries are used here.
    `alpha` is the peak (PyTorch's ``max_lr``); momentum does not change.

    Examples
    --------
    >>> from sklearn_gd.schedulers import OneCycle
    >>> [round(OneCycle(pct_start=0.5)(t, 4), 3) for t in range(4)]
    [0.04, 0.52, 1.0, 0.5]
    """

    pct_start: float = number(0.3, 0, 1, "neither")
    div_factor: float = number(25.0, 1, None)
    final_div_factor: float = number(1e4, 1, None)

    def __call__(self, t: int, max_iter: int) -> float:
        peak = self.pct_start * max_iter
        rise = _cosine(1.0 / self.div_factor, 1.0, t / peak)
        fall = _cosine(1.0, 1.0 / (self.div_factor * self.final_div_factor), (t - peak) / (max_iter - peak))
        return _where(t < peak, rise, fall)


@plugin
class Warmup(Estimator):
    """A linear rise to the full rate, then another scheduler.

    ``factor = start + (1 - start) * t / warmup_steps`` for ``t < warmup_steps``,
    then ``scheduler(t - warmup_steps, max_iter - warmup_steps)``.

    Parameters
    ----------
    scheduler : str or callable, default="constant"
        The scheduler that follows the rise, for the remaining iterations.
    warmup_steps : int >= 1, default=10
        The number of iterations in the rise.
    start : float in (0, 1], default=1/3
        The factor at ``t = 0``. It cannot be 0, because an iteration that moves nothing would end the descent.

    Notes
    -----
    Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 2.2:
    ``LinearLR`` (with its default start) before another scheduler in PyTorch's ``SequentialLR``,
    ``warmup_cosine_decay_schedule`` of optax.

    Examples
    --------
    >>> from sklearn_gd.schedulers import Warmup
    >>> [Warmup("linear", warmup_steps=2, start=0.5)(t, 6) for t in range(6)]
    [0.5, 0.75, 1.0, 0.75, 0.5, 0.25]
    """

    scheduler: SchedulerName | Scheduler = field(default="constant", metadata={"plugin": "scheduler"})
    warmup_steps: int = number(10, 1, None)
    start: float = number(1 / 3, 0, 1, "right")

    def __call__(self, t: int, max_iter: int) -> float:
        rise = self.start + (1.0 - self.start) * t / self.warmup_steps
        if np.all(rising := t < self.warmup_steps):
            return rise
        scheduler = resolve(self.scheduler, SCHEDULERS, "scheduler", "Warmup")
        after = scheduler(_where(rising, 0, t - self.warmup_steps), max_iter - self.warmup_steps)
        return _where(rising, rise, after)


#: Names of the built-in schedulers; a name stands for an instance with the default parameters.
SCHEDULERS: dict[SchedulerName, type[Scheduler]] = {
    "constant": Constant,
    "linear": Linear,
    "cosine": Cosine,
    "exponential": Exponential,
    "polynomial": Polynomial,
    "step": Step,
    "inverse_time": InverseTime,
    "invscaling": InverseScaling,
    "cosine_restarts": CosineRestarts,
    "one_cycle": OneCycle,
    "warmup": Warmup,
}


def is_built_in(scheduler: Scheduler) -> bool:
    """Return whether a scheduler, and any that it contains, is built in, so that it may be called for any iteration."""
    if type(scheduler) is Warmup:
        return is_built_in(resolve(scheduler.scheduler, SCHEDULERS, "scheduler", "Warmup"))
    return type(scheduler) in SCHEDULERS.values()
