"""Count the iterations of each optimizer and scheduler on a table of problems; write them to docs/which-optimizer.md.

    python benchmarks/which_optimizer.py

What is counted is the first iterate whose gap, the training R² still to be gained, is at most 0.001 and stays so
until the end: an optimizer that swings has not arrived at the first crossing. Everything but the optimizer or the
scheduler is the default, ``alpha="auto"`` included; ``tol=None`` lets each descent go on to its end.
Nothing is timed, so another machine prints the same table.
"""

import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GDLinearRegressor
from sklearn_gd.optimizers import OPTIMIZERS, Momentum
from sklearn_gd.schedulers import Step

PAGE = Path(__file__).parents[1] / "docs" / "which-optimizer.md"
BUDGETS = (1_000, 10_000)


def problems():
    """Return the problems by name: `X`, `y` and options of the regressor."""
    rng = np.random.default_rng(0)
    X, y = load_diabetes(return_X_y=True)
    diabetes = StandardScaler().fit_transform(X)
    size = rng.uniform(800, 4000, 100).round()
    bedrooms = np.clip((size / 700 + rng.normal(0, 1, 100)).round(), 1, 6)
    houses = np.column_stack([size, bedrooms])
    price = 50_000 + 150 * size - 5_000 * bedrooms + rng.normal(0, 40_000, 100)
    rotation, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    ill = rng.normal(size=(1_000, 10)) * np.geomspace(1, 1e-2, 10) @ rotation.T
    noisy = rng.normal(size=(200, 20))
    plain = rng.normal(size=(1_000, 10))
    targets = diabetes @ rng.normal(size=(10, 3)) * 30 + rng.normal(0, 30, (len(y), 3))
    ill_theta = rotation @ (rng.choice([-1, 1], 10) / np.geomspace(1, 1e-2, 10))
    return {
        "independent columns, 1000 x 10": (plain, 1 + plain @ rng.normal(size=10) + rng.normal(size=1_000), {}),
        "20 features, mostly noise, 200 x 20": (noisy, noisy[:, 0] + rng.normal(0, 3, 200), {}),
        "diabetes, standardised": (diabetes, y, {}),
        "diabetes, three targets": (diabetes, targets, {}),
        "houses, `standardize=True`": (houses, price, {"standardize": True}),
        "houses, raw": (houses, price, {}),
        "a valley, not along the axes, 1000 x 10": (ill, ill @ ill_theta + rng.normal(size=1_000), {}),
    }


def arrival(X, y, options, max_iter):
    """Return the first iterate from which on the gap is at most 0.001, or None; and the condition number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of them do not arrive; that is what the table says
        model = GDLinearRegressor(**options, max_iter=max_iter, tol=None).fit(X, y)
    errors = LinearRegression().fit(X, y).predict(X) - y
    best = np.sum(errors**2) / (2 * len(y))
    constant = np.sum((y - y.mean(axis=0)) ** 2) / (2 * len(y))
    far = np.flatnonzero(~((model.cost_history_ - best) / constant <= 1e-3))
    arrived = far[-1] + 1 if len(far) else 0
    return (int(arrived) if arrived <= max_iter else None), model.diagnosis_.condition_number


def count(X, y, options):
    """Return the cell of one descent: the iterations with the smallest budget that is enough."""
    for max_iter in BUDGETS:
        iterations, _ = arrival(X, y, options, max_iter)
        if iterations is not None:
            return f"{iterations:,}"
    return f"> {BUDGETS[-1]:,}"


def table(rules, heads):
    """Return the rows of a table: a problem each, with a column for each rule."""
    lines = ["| problem | `L/mu` | " + " | ".join(heads) + " |", "|---" * (len(heads) + 2) + "|"]
    for name, (X, y, options) in problems().items():
        _, condition = arrival(X, y, options, 1)
        condition = f"{condition:,.3g}" if condition < 1e4 else f"{condition:.0e}".replace("e+0", "e")
        cells = [count(X, y, options | rule) for rule in rules]
        lines.append(f"| {name} | {condition} | " + " | ".join(cells) + " |")
        print(lines[-1])
    return "\n".join(lines)


def main():
    """Write both tables between their marks."""
    page = PAGE.read_text(encoding="utf-8")
    schedulers = {
        '`"constant"`': "constant",
        '`"cosine"`': "cosine",
        '`"linear"`': "linear",
        '`"exponential"`': "exponential",
        '`"inverse_time"`': "inverse_time",
        '`"invscaling"`': "invscaling",
        "`Step(300, 0.5)`": Step(300, 0.5),
        '`"one_cycle"`': "one_cycle",
        '`"warmup"`': "warmup",
    }
    tables = {
        "optimizers": table(
            [{"optimizer": name} for name in OPTIMIZERS] + [{"optimizer": Momentum(0.99)}],
            [f'`"{name}"`' for name in OPTIMIZERS] + ["`Momentum(0.99)`"],
        ),
        "schedulers": table([{"scheduler": rule} for rule in schedulers.values()], list(schedulers)),
    }
    for name, text in tables.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        head, _, rest = page.partition(begin)
        page = head + begin + text + end + rest.partition(end)[2]
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
