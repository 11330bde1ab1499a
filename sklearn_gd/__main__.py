"""``python -m sklearn_gd``: the versions, and a short demonstration on the diabetes data."""

import argparse
import platform
import textwrap

import numpy as np
import scipy
import sklearn
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor, __version__, show_versions

# The width of a full bar, and the number of decades of J - J* that it stands for.
_WIDTH, _DECADES = 36, 9


def main() -> None:
    """Parse the command line, and run what it asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m sklearn_gd",
        description="Linear regression by batch gradient descent. Without options, fit the diabetes data of "
        "scikit-learn and print the cost after 0, 1, 10, ... iterations, R2 next to that of LinearRegression, "
        "and the diagnosis.",
        epilog="In Python: from sklearn_gd import GDLinearRegressor; help(GDLinearRegressor).",
    )
    parser.add_argument("--version", action="version", version=f"sklearn_gd {__version__}")
    parser.add_argument(
        "--show-versions", action="store_true", help="print the versions of the libraries, for a bug report, and exit"
    )
    if parser.parse_args().show_versions:
        show_versions()
    else:
        demonstrate()


def demonstrate() -> None:
    """Print the versions, one line per decade of iterations, R² next to LinearRegression's, and the diagnosis."""
    libraries = {"scikit-learn": sklearn, "numpy": np, "scipy": scipy}
    versions = ", ".join(f"{name} {library.__version__}" for name, library in libraries.items())
    print(f"sklearn_gd {__version__} with {versions}, Python {platform.python_version()}\n")

    X, y = load_diabetes(return_X_y=True)
    exact = LinearRegression().fit(X, y)
    minimum = np.mean((exact.predict(X) - y) ** 2) / 2.0
    model = GDLinearRegressor(standardize=True, max_iter=10_000, tol=None).fit(X, y)
    above = model.cost_history_ - minimum
    print(f"Gradient descent on the diabetes data, {X.shape[0]} x {X.shape[1]}, alpha={model.alpha_:.3g}:\n")
    print(f"{'iteration':>9}  {'cost J':>9}  {'above J*':>8}")
    for n_iter in (0, 1, 10, 100, 1000, 10_000):
        decades = np.log10(max(above[n_iter] / above[0], 10.0**-_DECADES)) + _DECADES
        bar = "#" * round(_WIDTH * decades / _DECADES)
        print(f"{n_iter:>9,}  {model.cost_history_[n_iter]:9.2f}  {max(above[n_iter], 0.0):8.1e}  {bar}".rstrip())
    print("\nThe length of a bar is the logarithm of J - J*, where J* is the exact minimum.")
    print(f"R2 {model.score(X, y):.6f}, LinearRegression {exact.score(X, y):.6f}\n")
    print(textwrap.fill(str(model.diagnosis_).replace("²", "2"), width=88))


if __name__ == "__main__":
    main()
