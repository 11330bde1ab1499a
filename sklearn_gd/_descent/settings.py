"""The options of a descent, written down once."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real
from typing import Any, Literal

import numpy as np
from sklearn.base import clone

from sklearn_gd._plugins import checked, without_check
from sklearn_gd.optimizers import OPTIMIZERS, GradientDescent, ignores_axes, rate_is_a_length
from sklearn_gd.schedulers import SCHEDULERS, Constant, is_built_in


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options: ``theta = optimizer(theta, gradient, alpha_t)``, ``alpha_t = alpha * scheduler(t, max_iter)``.

    Attributes
    ----------
    alpha : float or "auto"
        The learning rate.
    optimizer, scheduler : callable
        The update rule and the schedule; the modules `optimizers` and `schedulers` describe their contracts.
    max_iter : int
        Maximum number of iterations.
    tol : float or None
        The descent stops when no parameter moves by more than `tol`; None disables this criterion.
    n_iter_no_change : int or None
        The number of consecutive iterates without a new lowest validation cost after which early stopping ends the
        descent; None only records that cost.
    horizon : int or None
        The ``max_iter`` that the scheduler receives if the descent is cut short; None means `max_iter`.
    """

    alpha: float | Literal["auto"]
    optimizer: Callable
    scheduler: Callable[[int, int], float]
    max_iter: int
    tol: float | None
    n_iter_no_change: int | None = 5
    horizon: int | None = None

    @classmethod
    def of(cls, owner: str, options: Mapping[str, Any]) -> "Settings":
        """Return the settings among the options, with names replaced by instances, or raise for invalid plug-ins."""
        plugins = {
            name: checked(options[name], known, name, owner)
            for name, known in (("optimizer", OPTIMIZERS), ("scheduler", SCHEDULERS))
        }
        _check_goes_with_penalty(plugins["optimizer"], options)
        return cls(**{name: options[name] for name in cls.__annotations__ if name in options} | plugins)

    def afresh(self) -> "Settings":
        """Return the settings for another descent; user-defined rules are cloned, because they may have a state."""
        rules = {}
        if type(self.optimizer) not in OPTIMIZERS.values():
            rules["optimizer"] = clone(self.optimizer, safe=False)
        if not self.is_foreseeable:
            rules["scheduler"] = clone(self.scheduler, safe=False)
        return replace(self, **rules) if rules else self

    @property
    def is_plain(self) -> bool:
        """Whether it is plain gradient descent."""
        return type(self.optimizer) is GradientDescent

    @property
    def ignores_axes(self) -> bool:
        """Whether a descent without penalties is the same in all orthonormal coordinates."""
        return ignores_axes(self.optimizer)

    @property
    def is_constant(self) -> bool:
        """Whether the rate never changes."""
        return type(self.scheduler) is Constant

    @property
    def is_foreseeable(self) -> bool:
        """Whether the scheduler may be called for any iteration at any time, which user-defined ones may not."""
        return is_built_in(self.scheduler)

    @cached_property
    def _schedule(self) -> Callable[[int, int], float]:
        return without_check(self.scheduler)

    def rate(self, t: int) -> float:
        """Return ``alpha_t``, or raise ValueError if the scheduler's factor is not a finite number of at least 0."""
        factor = self._schedule(t, self.horizon or self.max_iter)
        if isinstance(factor, Real) and 0.0 <= factor < math.inf:
            return self.alpha * factor
        raise ValueError(
            f"The scheduler {self.scheduler!r} returned {factor!r} at iteration t={t}; "
            "it must return the factor on alpha, a finite number of at least 0."
        )

    def rates(self, t: np.ndarray) -> np.ndarray:
        """Return ``alpha_t`` for several iterations; a user-defined scheduler is called for each, in order."""
        if self.is_constant:
            return np.full(len(t), self.alpha)
        if self.is_foreseeable:
            return self.alpha * self.scheduler(t, self.horizon or self.max_iter)
        return np.array([self.rate(int(one)) for one in t])


def _check_goes_with_penalty(optimizer: Callable, options: Mapping[str, Any]) -> None:
    """Raise ValueError for a penalty without a gradient and an optimizer that would leave its minimum again."""
    if not rate_is_a_length(optimizer):
        return
    given = [f"{name}={options[name]}" for name in ("l1", "positive") if np.any(options.get(name, False))]
    if given:
        raise ValueError(
            f"optimizer={options['optimizer']!r} does not support {' and '.join(given)}: the length of its steps does "
            "not depend on the gradient, so coefficients would leave 0 again; "
            'try optimizer="nesterov", "momentum" or "gd".'
        )
