"""The public names: what is there, what it looks like, and that nothing else leaks out."""

import inspect
import re
import subprocess
import sys
import typing

import pytest

import sklearn_gd
from sklearn_gd import _path
from sklearn_gd._verdict import diagnosis, limits


def test_public_names():
    """The package has these names and no others."""
    assert set(sklearn_gd.__all__) == {
        "GDLinearRegressor",
        "GDLinearRegressorCV",
        "Moments",
        "__version__",
        "alpha_limits",
        "descent_path",
        "gradient_descent",
        "optimizers",
        "schedulers",
        "suggest_alphas",
    }
    assert all(hasattr(sklearn_gd, name) for name in sklearn_gd.__all__)
    public = {name for name in vars(sklearn_gd) if not name.startswith("_")} - {"displays"}  # there once imported
    assert public == set(sklearn_gd.__all__) - {"__version__"}


def test_signature():
    """`alpha` comes first and alone; everything else is given by name."""
    parameters = inspect.signature(sklearn_gd.GDLinearRegressor).parameters.values()
    assert [parameter.name for parameter in parameters if parameter.kind is not parameter.KEYWORD_ONLY] == ["alpha"]


METHODS = [
    getattr(sklearn_gd.GDLinearRegressor, name) for name in ("__init__", "fit", "partial_fit", "fit_moments", "predict")
]
FUNCTIONS = [
    sklearn_gd.Moments.of,
    sklearn_gd.Moments.of_batches,
    sklearn_gd.alpha_limits,
    sklearn_gd.gradient_descent,
    sklearn_gd.suggest_alphas,
]


@pytest.mark.parametrize("function", METHODS + FUNCTIONS, ids=lambda function: function.__name__)
def test_signatures_are_annotated(function):
    """Every parameter of a public function or method has a type that can be resolved."""
    function = inspect.unwrap(function)
    parameters = inspect.signature(function).parameters.values()
    named = {parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD}
    assert named - {"self"} <= set(typing.get_type_hints(function))


def documented(doc):
    """Return the names that the sections of a docstring describe."""
    return {
        name for line in re.findall(r"^\**(\w[^\n]*?)(?: : |$)", doc, flags=re.MULTILINE) for name in line.split(", ")
    }


def test_every_parameter_is_documented():
    """The docstring of the class names each parameter, and each attribute that a fit adds."""
    model = sklearn_gd.GDLinearRegressor().fit([[0.0], [1.0]], [0.0, 1.0])
    fitted = {name for name in dir(model) if name.endswith("_") and not name.startswith("_")}
    assert {*model.get_params(), *fitted} <= documented(inspect.getdoc(sklearn_gd.GDLinearRegressor))
    assert {"coef_", "diagnosis_"} <= fitted


@pytest.mark.parametrize("function", METHODS[1:] + FUNCTIONS, ids=lambda function: function.__name__)
def test_every_argument_is_documented(function):
    """So do the docstrings of methods and functions."""
    assert set(inspect.signature(function).parameters) - {"self"} <= documented(inspect.getdoc(function))


@pytest.mark.parametrize(
    "kind",
    [diagnosis.Diagnosis, limits.AlphaLimits, _path.DescentPath, sklearn_gd.Moments],
    ids=lambda kind: kind.__name__,
)
def test_every_fact_is_documented(kind):
    """So do those of the objects that functions and fits return."""
    public = {name for name in [*dir(kind), *kind.__dataclass_fields__] if not name.startswith("_")}
    undocumented = public - documented(inspect.getdoc(kind))
    assert all(inspect.getdoc(getattr(kind, name)) for name in undocumented)


def test_import_is_lean():
    """Importing the package loads none of the optional libraries; scikit-learn looks for pandas by itself."""
    code = "import sys, sklearn_gd; print({'dask', 'matplotlib', 'polars', 'pytest'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
