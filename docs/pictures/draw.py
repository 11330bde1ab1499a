"""Draw the pictures of the pages: ``python docs/pictures/draw.py`` writes them beside this file.

Those of pictures.md are the first figures of the blocks that come before them. home.png is drawn here, and card.png, the
picture that a link to the site shows elsewhere.
"""

import re
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd.displays import CostCurveDisplay, DescentPathDisplay

HERE = Path(__file__).parent


def draw_page() -> None:
    """Draw the pictures of pictures.md."""
    page, namespace = (HERE.parent / "pictures.md").read_text(encoding="utf-8"), {}
    for block, name in re.findall(r"```python\n(.*?)```(?:\n\n!\[[^]]*\]\(pictures/(.*?)\))?", page, flags=re.DOTALL):
        plt.close("all")
        exec(block, namespace)
        if name:
            plt.figure(1).savefig(HERE / name, pil_kwargs={"optimize": True})


def draw_home() -> None:
    """Draw four rates on the bowl, and their cost curves; and the same with a name, in the shape of a social card."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-0.7, 2.3, 40)
    y = 1 + 2 * x + rng.normal(0, 0.5, 40)
    X = x[:, np.newaxis]
    alphas = np.array([0.01, 0.5, 0.9, 1.04]) * alpha_limits(X).alpha_limit
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), dpi=110, layout="constrained")
    DescentPathDisplay.from_data(X, y, alphas=alphas, ax=left)
    for alpha in alphas:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # two of them are bad on purpose
            model = GDLinearRegressor(alpha, max_iter=40, tol=None).fit(X, y)
        CostCurveDisplay.from_estimator(model, ax=right)
    right.get_legend().remove()
    figure.savefig(HERE / "home.png", pil_kwargs={"optimize": True})
    figure.suptitle("sklearn_gd: linear regression by gradient descent", fontsize="x-large")
    figure.set_size_inches(12.0, 6.3)  # 1200 x 630 pixels
    figure.savefig(HERE.parent / "_static" / "card.png", dpi=100, pil_kwargs={"optimize": True})


if __name__ == "__main__":
    draw_page()
    draw_home()
