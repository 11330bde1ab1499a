"""scikit-learn's classes and decorators, with the types they lack; at runtime they are the originals."""

from collections.abc import Callable
from functools import cache
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Self, TypeVar

from numpy import ndarray
from sklearn.base import _fit_context
from sklearn.utils._param_validation import validate_parameter_constraints
from sklearn.utils.metaestimators import available_if as _available_if

from sklearn_gd._typing import Matrix

__all__ = [
    "Estimator",
    "FittedLinearRegression",
    "MetadataRouter",
    "Regressor",
    "Tags",
    "available_if",
    "check_given",
    "checks_parameters",
]

F = TypeVar("F", bound=Callable[..., object])
Owner = TypeVar("Owner")

if TYPE_CHECKING:
    # Stand-ins for checkers that find no types of scikit-learn, because it has no py.typed. Where a checker does find
    # them, the wildcard imports replace the stand-ins, so that an estimator can be passed as a `BaseEstimator`: mypy
    # takes the first definition of a name, pyright the last.
    from sklearn.base import *  # noqa: F403
    from sklearn.linear_model import *  # noqa: F403

    class BaseEstimator:
        """The base class of estimators."""

    class RegressorMixin:
        """The base class of regressors."""

    class LinearRegression:
        """Least squares."""

    class InputTags:
        """What features an estimator takes."""

        sparse: bool

    class TargetTags:
        """What targets an estimator takes."""

        multi_output: bool

    class Tags:
        """What an estimator takes."""

        input_tags: InputTags
        target_tags: TargetTags
        array_api_support: bool

    class MetadataRouter:
        """How metadata travel."""

    from sklearn.base import *  # noqa: F403
    from sklearn.linear_model import *  # noqa: F403

    class Estimator(BaseEstimator):
        """`BaseEstimator`: an object with parameters."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """Return the parameters by name, those of nested objects too."""
            ...

        def set_params(self, **params: object) -> Self:
            """Set parameters by name."""
            ...

        def __sklearn_tags__(self) -> Tags:
            """Return what the estimator takes."""
            ...

    class Regressor(RegressorMixin):
        """`RegressorMixin`, and what is asked for by metadata routing."""

        n_features_in_: int
        feature_names_in_: ndarray

        def set_fit_request(self, *, sample_weight: bool | str | None = ...) -> Self:
            """Say whether `fit` is given `sample_weight`."""
            ...

        def set_score_request(self, *, sample_weight: bool | str | None = ...) -> Self:
            """Say whether `score` is given `sample_weight`."""
            ...

    class FittedLinearRegression(LinearRegression, Estimator):
        """`LinearRegression`, fitted."""

        coef_: ndarray
        intercept_: float | ndarray
        n_features_in_: int
        feature_names_in_: ndarray

        def predict(self, X: Matrix) -> ndarray:
            """Return the predictions."""
            ...

else:
    from sklearn.base import BaseEstimator as Estimator
    from sklearn.base import RegressorMixin as Regressor
    from sklearn.linear_model import LinearRegression as FittedLinearRegression
    from sklearn.utils import Tags
    from sklearn.utils.metadata_routing import MetadataRouter


def checks_parameters(fit: F) -> F:
    """Decorate a `fit` so that it first checks the parameters against `_parameter_constraints`."""
    return _fit_context(prefer_skip_nested_validation=True)(fit)


def check_given(estimator) -> None:
    """Check the parameters that are not at their default; the check of all of them would take as long as a small fit.

    An estimator has it in place of scikit-learn's `_validate_params`, which raises the same errors.
    """
    defaults = _valid_defaults(type(estimator))
    given = {name: value for name in defaults if (value := getattr(estimator, name)) is not defaults[name]}
    validate_parameter_constraints(estimator._parameter_constraints, given, caller_name=type(estimator).__name__)


@cache
def _valid_defaults(kind: type) -> dict[str, Any]:
    """Return the default values of the parameters of a class; `Parameter.empty` if there is none, or it is invalid."""

    def valid(name: str, default: object) -> object:
        try:
            validate_parameter_constraints(kind._parameter_constraints, {name: default}, caller_name=kind.__name__)
        except ValueError:
            return Parameter.empty
        return default

    parameters = signature(kind).parameters.values()
    return {one.name: valid(one.name, one.default) for one in parameters if one.kind is not one.VAR_KEYWORD}


def available_if(check: Callable[[Owner], bool]) -> Callable[[F], F]:
    """Decorate a method that an object has only if a check returns True."""
    return _available_if(check)
