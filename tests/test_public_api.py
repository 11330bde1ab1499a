"""The public names: what is there, what it looks like, and that nothing else leaks out."""

import inspect
import subprocess
import sys
import typing

import pytest

import sklearn_gd


def test_public_names():
    """The package has these names and no others."""
    assert set(sklearn_gd.__all__) == {"GDLinearRegressor", "__version__", "optimizers", "schedulers"}
    assert all(hasattr(sklearn_gd, name) for name in sklearn_gd.__all__)
    public = {name for name in vars(sklearn_gd) if not name.startswith("_")}
    assert public == set(sklearn_gd.__all__) - {"__version__"}


def test_signature():
    """`alpha` comes first and alone; everything else is given by name."""
    parameters = inspect.signature(sklearn_gd.GDLinearRegressor).parameters.values()
    assert [parameter.name for parameter in parameters if parameter.kind is not parameter.KEYWORD_ONLY] == ["alpha"]


@pytest.mark.parametrize("method", ["__init__", "fit", "predict"])
def test_signatures_are_annotated(method):
    """Every parameter of a public method has a type that can be resolved."""
    function = inspect.unwrap(getattr(sklearn_gd.GDLinearRegressor, method))
    hints = typing.get_type_hints(function)
    assert set(inspect.signature(function).parameters) - {"self"} <= set(hints)


def test_every_parameter_is_documented():
    """The docstring of the class names each parameter, and each attribute that a fit adds."""
    doc = inspect.getdoc(sklearn_gd.GDLinearRegressor)
    model = sklearn_gd.GDLinearRegressor().fit([[0.0], [1.0]], [0.0, 1.0])
    for name in [*model.get_params(), *(name for name in vars(model) if name.endswith("_"))]:
        assert f"\n{name} : " in doc, name


def test_import_is_lean():
    """Importing the package loads none of the optional libraries; scikit-learn looks for pandas by itself."""
    code = "import sys, sklearn_gd; print({'dask', 'matplotlib', 'polars', 'pytest'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
