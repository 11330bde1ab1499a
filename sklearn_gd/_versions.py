"""`show_versions`: the details of the installation that belong in a bug report."""

import platform
import sys
from importlib.metadata import packages_distributions, version

from threadpoolctl import threadpool_info

_DEPENDENCIES = ("sklearn", "numpy", "scipy", "joblib", "threadpoolctl")
# The libraries whose data a fit accepts, and those that the extras install.
_OPTIONAL = (
    "pandas",
    "polars",
    "pyarrow",
    "dask",
    "distributed",
    "torch",
    "cupy",
    "matplotlib",
    "rich",
    "skops",
    "skl2onnx",
    "onnxruntime",
    "shap",
    "mlflow",
)


def show_versions() -> None:
    """Print the versions of Python, this package and the libraries that it works with, for a bug report.

    Optional libraries are looked up without being imported. BLAS is listed with the kernels that it chose for the
    processor and its number of threads, because the last bits of a result depend on both.

    See Also
    --------
    sklearn.show_versions : Versions of scikit-learn and its dependencies.

    Examples
    --------
    >>> import sklearn_gd
    >>> sklearn_gd.show_versions()  # doctest: +ELLIPSIS
    sklearn_gd: ...
    python: ...
    """
    from sklearn_gd import __version__  # here, because the package imports this module

    rows = [
        ("sklearn_gd", __version__),
        ("python", sys.version.replace("\n", " ")),
        ("platform", platform.platform()),
    ]
    distributions = packages_distributions()
    for module in (*_DEPENDENCIES, *_OPTIONAL):
        names = distributions.get(module)
        rows.append((module, version(names[0]) if names else "not installed"))
    for pool in threadpool_info():
        details = (pool["version"], pool.get("architecture"), f"{pool['num_threads']} threads")
        rows.append((pool["internal_api"], ", ".join(detail for detail in details if detail)))
    for name, found in rows:
        print(f"{name}: {found}")
