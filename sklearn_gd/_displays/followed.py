"""The descent to plot: a descent on data, or a repetition of that of a fitted estimator."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sklearn_gd._cost.problem import Problem
from sklearn_gd._data.moments import Moments
from sklearn_gd._descent.run import Run, auto_rate, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._displays.canvas import number, plain
from sklearn_gd._path import descent_path
from sklearn_gd._regressor import GDLinearRegressor
from sklearn_gd._regressor_cv import GDLinearRegressorCV
from sklearn_gd._verdict.limits import AlphaLimits, limits_of
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS


class LikePipeline(Protocol):
    """scikit-learn's `Pipeline`, of which the last step is drawn."""

    @property
    def named_steps(self) -> object:
        """The steps by name."""
        ...


Fitted: TypeAlias = GDLinearRegressor | GDLinearRegressorCV | LikePipeline
FittedSearch: TypeAlias = GDLinearRegressorCV | LikePipeline

# At most this many iterates are drawn.
_ITERATES = 2000
_OPTIONS = set(inspect.signature(descent_path).parameters) - {"X", "y", "alphas", "sample_weight", "thin", "precompute"}


@dataclass(frozen=True, eq=False)
class Source:
    """The problem, start and options of the descents in a plot of data.

    Attributes
    ----------
    owner : str
        The name of the display, for error messages.
    problem : Problem
        The problem, from the moments of the data.
    start : Start
        The initial guess.
    options : dict
        All options except the learning rate.
    """

    owner: str
    problem: Problem
    start: Start
    options: dict

    @classmethod
    def of(cls, owner: str, X, y, sample_weight, alpha: float | str = "auto", /, **options) -> "Source":
        """Return the source for data or moments, with the options of `descent_path`; the rate is only validated."""
        if unknown := options.keys() - _OPTIONS:
            raise TypeError(f"{owner} has no option {min(unknown)!r}; its options are {', '.join(sorted(_OPTIONS))}.")
        if y is None and not isinstance(X, Moments):
            raise TypeError(f"{owner} needs y, the targets.")
        model = GDLinearRegressor(alpha, precompute=True, **options)
        problem = model._problem(X, y, sample_weight)
        start = Start.of(model.init, problem.cost.shape, check_random_state(model.random_state), problem.penalty)
        return cls(owner, problem, start, model.get_params(deep=False))

    def settings(self, alpha: float | str) -> Settings:
        """Return the settings at a rate."""
        return Settings.of(self.owner, {**self.options, "alpha": alpha})

    @property
    def auto(self) -> float:
        """The value of ``alpha="auto"``."""
        gradient = self.problem.cost.value_and_gradient(self.start.theta)[1]
        return auto_rate(self.problem, self.start, self.settings("auto"), gradient)

    @cached_property
    def limits(self) -> AlphaLimits:
        """The limits of alpha."""
        return limits_of(self.problem, self.start.theta)

    @property
    def alpha_limit(self) -> float:
        """The limit ``2 / L``; NaN for optimizers other than plain descent, to which it does not apply."""
        return self.limits.alpha_limit if self.settings("auto").is_plain else math.nan

    def run(self, alpha: float | str) -> Run:
        """Return the descent at a rate, with iterates to draw."""
        return followed(self.problem, self.start, self.settings(alpha))


def followed(problem: Problem, start: Start, settings: Settings) -> Run:
    """Return a descent with its iterates; for a long descent only some of them, but always the last."""
    keep_every = _keep_every(settings)
    descent = run(problem, start, settings, keep_every=keep_every)
    if (len(descent.costs) - 1) % keep_every:
        descent.thetas.append(descent.last)
    return descent


def numbers_of(descent: Run) -> np.ndarray:
    """Return the iteration numbers of the iterates that a descent has kept."""
    last = len(descent.costs) - 1
    kept = np.arange(0, last + 1, _keep_every(descent.settings))
    return kept if kept[-1] == last else np.append(kept, last)


def _keep_every(settings: Settings) -> int:
    return max(math.ceil(settings.max_iter / _ITERATES), 1)


def again(model: GDLinearRegressor) -> tuple[Problem, Run]:
    """Repeat the last descent of a fitted estimator and keep its iterates, which a fit does not.

    It has the same start, the same rates and the same end as the fit.
    """
    problem, descent = model.diagnosis_._problem, model.diagnosis_._run
    if problem is None:
        raise ValueError("The plot needs the moments, which a fit row by row does not have; fit with precompute=True.")
    first, rates = descent.start.n_iter, descent.rates

    def recorded(t: int, max_iter: int) -> float:
        return float(rates[t - first]) if t - first < len(rates) else 0.0

    settings = replace(descent.settings, alpha=1.0, scheduler=recorded, max_iter=len(rates), tol=None)
    problem = replace(problem)  # a copy, so that its results are not kept
    return problem, followed(problem, descent.start, settings)


def fitted(estimator, kinds: tuple[type, ...] = (GDLinearRegressor, GDLinearRegressorCV)):
    """Return the fitted regressor or search, or the one at the end of a pipeline; raise for anything else."""
    model = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    if not isinstance(model, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        remedy = "" if not hasattr(model, "best_estimator_") else "; pass its best_estimator_"
        if isinstance(model, GDLinearRegressor):
            remedy = "; for a single fit, use from_data(X, y)"
        raise TypeError(
            f"The display needs a fitted {names}, or a pipeline that ends with one. Got "
            f"{type(model).__name__} instead{remedy}."
        )
    check_is_fitted(model, "coef_")
    return model


def regressor_of(estimator) -> GDLinearRegressor:
    """Return the fitted regressor: the estimator itself, the last step of a pipeline, or the best one of a search."""
    model = fitted(estimator)
    return model.best_estimator_ if isinstance(model, GDLinearRegressorCV) else model


def one_target(problem: Problem, owner: str) -> None:
    """Raise ValueError if `y` has columns."""
    if problem.cost.theta_star.ndim > 1:
        raise ValueError(f"{owner} needs one target, but y has columns; pass one of them, such as y[:, 0].")


def title_of(settings: Settings, alpha: float) -> str:
    """Return the name of a descent: its rate, and its optimizer and scheduler if they are not the default ones."""
    rules = [] if settings.is_plain else [_word(settings.optimizer, OPTIMIZERS)]
    rules += [] if settings.is_constant else [_word(settings.scheduler, SCHEDULERS)]
    return ", ".join([*rules, rf"$\alpha = {number(alpha)}$"])


def _word(plugin: Callable, known: Mapping[str, type]) -> str:
    names = [name for name, kind in known.items() if type(plugin) is kind]
    return names[0] if names else plain(getattr(plugin, "__name__", type(plugin).__name__))
