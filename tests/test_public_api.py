"""The public names: what is there, what it looks like, and that nothing else leaks out."""

import inspect
import math
import re
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.utils import get_tags

import sklearn_gd
from sklearn_gd import _path, displays, optimizers, schedulers
from sklearn_gd._data.arrays import SUPPORTED
from sklearn_gd._verdict import diagnosis, limits

ROOT = Path(__file__).parents[1]


def test_public_names():
    """The package has these names and no others."""
    assert set(sklearn_gd.__all__) == {
        "AlphaLimits",
        "DescentPath",
        "Diagnosis",
        "GDLinearRegressor",
        "GDLinearRegressorCV",
        "Moments",
        "__version__",
        "alpha_limits",
        "descent_path",
        "gradient_descent",
        "optimizers",
        "rolling_moments",
        "schedulers",
        "show_versions",
        "suggest_alphas",
        "suggest_l1",
    }
    assert all(hasattr(sklearn_gd, name) for name in sklearn_gd.__all__)
    public = {name for name in vars(sklearn_gd) if not name.startswith("_")} - {"displays"}  # there once imported
    assert public == set(sklearn_gd.__all__) - {"__version__"}


ESTIMATORS = [sklearn_gd.GDLinearRegressor, sklearn_gd.GDLinearRegressorCV]


@pytest.mark.parametrize(("estimator", "first"), zip(ESTIMATORS, ["alpha", "alphas"], strict=True))
def test_signature(estimator, first):
    """The rates come first and alone; everything else is given by name."""
    parameters = inspect.signature(estimator).parameters.values()
    assert [parameter.name for parameter in parameters if parameter.kind is not parameter.KEYWORD_ONLY] == [first]


METHODS = [
    getattr(estimator, name)
    for estimator in ESTIMATORS
    for name in ("__init__", "fit", "partial_fit", "fit_moments", "predict")
    if hasattr(estimator, name)
]
FUNCTIONS = [
    sklearn_gd.Moments.of,
    sklearn_gd.Moments.of_batches,
    sklearn_gd.Moments.select,
    sklearn_gd.Moments.score,
    sklearn_gd.alpha_limits,
    sklearn_gd.gradient_descent,
    sklearn_gd.rolling_moments,
    sklearn_gd.suggest_alphas,
    sklearn_gd.suggest_l1,
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


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_parameter_is_documented(estimator):
    """The docstring of the class names each parameter, and each attribute that a fit adds."""
    X = np.linspace(-1.0, 1.0, 10)[:, np.newaxis]
    model = estimator().fit(X, X[:, 0])
    fitted = {name for name in dir(model) if name.endswith("_") and not name.startswith("_")}
    assert {*model.get_params(), *fitted} <= documented(inspect.getdoc(estimator))
    assert {"coef_", "diagnosis_"} <= fitted


@pytest.mark.parametrize(
    "function",
    [one for one in METHODS if one.__name__ != "__init__"] + FUNCTIONS,
    ids=lambda function: function.__name__,
)
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


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_tags(estimator):
    """scikit-learn is told what a fit takes: sparse features, several targets, arrays of other namespaces."""
    tags = get_tags(estimator())
    assert tags.input_tags.sparse
    assert tags.target_tags.multi_output
    assert getattr(tags, "array_api_support", SUPPORTED) == SUPPORTED
    assert tags.estimator_type == "regressor"


def defaults(function):
    """Return the parameters that have defaults."""
    parameters = inspect.signature(function).parameters.items()
    return {name: one.default for name, one in parameters if one.default is not one.empty}


CLASSES = [
    *ESTIMATORS,
    *(getattr(displays, name) for name in displays.__all__),
    *optimizers.OPTIMIZERS.values(),
    *schedulers.SCHEDULERS.values(),
]


@pytest.mark.parametrize("documented", [*CLASSES, *FUNCTIONS, sklearn_gd.descent_path], ids=lambda one: one.__name__)
def test_defaults_are_those_of_the_docstring(documented):
    """What a docstring tells as a default is one; so no default changes unseen."""
    makers = [maker for name, maker in inspect.getmembers(documented, callable) if name.startswith("from_")]
    actual = {name: default for one in [*makers, documented] for name, default in defaults(one).items()}
    told = re.findall(r"^(\w[^\n]*?) : [^\n]*default=([^\n]+)$", inspect.getdoc(documented), flags=re.MULTILINE)
    for names, default in told:
        for name in names.split(", "):
            assert repr(actual[name]) == repr(eval(default, vars(math))), name


@pytest.mark.parametrize(
    "other",
    [sklearn_gd.GDLinearRegressorCV, sklearn_gd.alpha_limits, sklearn_gd.descent_path, sklearn_gd.gradient_descent],
    ids=lambda one: one.__name__,
)
def test_defaults_are_the_same_everywhere(other):
    """An option is the same where it is left out: in a fit, in a search, and in what looks at the data before."""
    ours, theirs = defaults(sklearn_gd.GDLinearRegressor), defaults(other)
    common = ours.keys() & theirs.keys() - {"alpha"}  # which nobody can give a function that is not known
    assert len(common) > 3
    assert {name: ours[name] for name in common} == {name: theirs[name] for name in common}


@pytest.mark.parametrize(
    "made", [kind for kind in CLASSES if hasattr(kind, "get_params")], ids=lambda kind: kind.__name__
)
def test_notebooks_show_what_parameters_mean(made):
    """scikit-learn's HTML has, for each parameter, its description and a link to the reference."""
    instance = made()
    if not hasattr(sklearn.utils, "_repr_html"):
        pytest.skip("scikit-learn before 1.8 has no descriptions")
    html = instance._repr_html_()
    assert html.count('class="param-doc-description"') == len(instance.get_params(deep=False))
    module = made.__module__.partition("._")[0]
    assert f"/generated/{module}.{made.__name__}.html" in html


LEAN = """
import sys, numpy as np, sklearn_gd
from sklearn_gd import GDLinearRegressor, displays
GDLinearRegressor().fit(np.eye(3), np.ones(3)).score(np.eye(3), np.ones(3))
sklearn_gd.show_versions()
print({"dask", "matplotlib", "polars", "pytest"} & set(sys.modules))
sys.modules["matplotlib"] = None
try:
    displays.SchedulerDisplay.from_schedulers("linear")
except ImportError as error:
    print(error)
"""


def test_import_is_lean():
    """The package, its displays, a fit in memory and the versions load no optional library.

    scikit-learn looks for pandas by itself. Without matplotlib a display says what to install.
    """
    printed = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, text=True, check=True).stdout
    assert printed.endswith("\nset()\nDisplays need matplotlib: python -m pip install matplotlib\n")


@pytest.mark.parametrize(("name", "rule"), [*optimizers.OPTIMIZERS.items(), *schedulers.SCHEDULERS.items()])
def test_every_rule_is_in_the_pages(name, rule):
    """A name in the package's tables is in those for users, in the reference and in the playground."""
    kind = "optimizer" if name in optimizers.OPTIMIZERS else "scheduler"
    places = {
        "README.md": rf'^\| `{kind}` \|.*`"{name}"`',
        "docs/optimizers-and-schedulers.md": rf'^\| `"{name}"` \| `{rule.__name__}` \|',
        f"docs/api/{kind}s.rst": rf"^   {rule.__name__}$",
        "docs/playground.html": rf"^  {name}: .*=>",
    }
    missing = [
        file for file, line in places.items() if not re.search(line, (ROOT / file).read_text(encoding="utf-8"), re.M)
    ]
    assert not missing, f'"{name}" ({rule.__name__}) is missing in {", ".join(missing)}'
