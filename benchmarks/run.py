"""Time this package beside its peers, print the table, and write it to docs/performance.md.

    python -m pip install ".[bench]" && python benchmarks/run.py

Another file may be named to write to, for a comparison with another version of the package.
With ``--device cuda`` it times fits of tensors on a GPU instead, and only prints.
Every fit is brought to within 0.001 of the best training R², or the table says that it was not.
The contenders of a work take turns, each after a pause: OpenBLAS's threads go on spinning for a tenth of a second
after a call, and would slow down whoever comes next. Times are medians.
"""

import argparse
import gc
import platform
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import device
import numpy as np
import scipy.sparse as sp
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, LassoCV, LinearRegression, Ridge, RidgeCV, SGDRegressor
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
GOOD = 0.001
FLOOR = "X.T @ X"
OURS = "GDLinearRegressor"
SEARCH, SHUFFLED = "GDLinearRegressorCV, 20 alphas", "GDLinearRegressorCV, 20 alphas, shuffled folds"


class Naive:
    """The loop of the textbooks, two passes over the data for each iteration."""

    def __init__(self, alpha, max_iter):
        self.alpha, self.max_iter = alpha, max_iter

    def fit(self, X, y):
        """Descend."""
        self.coef_, self.intercept_ = np.zeros(X.shape[1]), 0.0
        for _ in range(self.max_iter):
            r = X @ self.coef_ + self.intercept_ - y
            self.coef_ = self.coef_ - self.alpha * (X.T @ r) / len(y)
            self.intercept_ = self.intercept_ - self.alpha * r.mean()
        return self

    def predict(self, X):
        """Return the hypothesis."""
        return X @ self.coef_ + self.intercept_


class Mlxtend:
    """mlxtend's gradient descent, which sums the gradients: its eta is alpha / m."""

    def __init__(self, alpha, max_iter):
        self.alpha, self.max_iter = alpha, max_iter

    def fit(self, X, y):
        """Descend."""
        from mlxtend.regressor import LinearRegression

        model = LinearRegression(
            method="sgd", eta=self.alpha / len(y), epochs=self.max_iter, minibatches=1, random_seed=0
        )
        self.predict = model.fit(X, y).predict
        return self


def intelex():
    """Return scikit-learn-intelex's LinearRegression."""
    from sklearnex.linear_model import LinearRegression

    return LinearRegression()


def dense(m: int, n: int):
    """Return independent normal features and targets with noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, n))
    return X, X @ rng.normal(size=n) + rng.normal(size=m)


def sparse(m: int, n: int, n_entries: int):
    """Return features with uniform entries at random places, and targets with a tenth of noise."""
    rng = np.random.default_rng(0)
    places = rng.integers(0, m, n_entries, dtype=np.int32), rng.integers(0, n, n_entries, dtype=np.int32)
    X = sp.csr_array((rng.random(n_entries), places), shape=(m, n))
    y = X @ rng.normal(size=n)
    return X, y + 0.1 * y.std() * rng.normal(size=m) + 3.0


def r2(model, X, y) -> float:
    """Return the training R²."""
    return 1.0 - np.mean((model.predict(X) - y) ** 2) / np.var(y)


def first_good(fits, X, y, best):
    """Return the first of some models, cheapest first, whose fit is good, or the last of them."""
    for model in fits:
        if best - r2(model.fit(X, y), X, y) <= GOOD:
            break
    return model


def iterations_to_good(X, y, best, **options) -> int:
    """Return the iterations after which our descent is within 0.001 of the best R²."""
    costs = GDLinearRegressor(max_iter=5000, **options).fit(X, y).cost_history_
    return int(np.argmax(1.0 - costs / (np.var(y) / 2.0) >= best - GOOD)) or len(costs) - 1


def measure(contenders: dict[str, Callable], pause: float, repeats: int) -> dict[str, float]:
    """Return the median seconds of each contender, the contenders taking turns.

    Fits of a millisecond are timed twice in a row, and the second counts: the first one fetches code and data into
    the caches, which the contender before has filled with its own.
    """
    seconds = {name: [] for name in contenders}
    for repeat in range(repeats):
        for name, run in contenders.items():
            if repeat >= 3 and sum(seconds[name]) > 20.0:
                continue  # a slow one has had its turns
            time.sleep(pause)
            for _ in range(2 if repeats > 20 else 1):
                start = time.perf_counter()
                run()
                elapsed = time.perf_counter() - start
            seconds[name].append(elapsed)
    return {name: float(np.median(times)) for name, times in seconds.items()}


def compare(title, X, y, models, references, *, floor=True, repeats=9, pause=0.3, best=None) -> list[str]:
    """Return the rows of a work's table: each contender as a ratio to each of the references."""
    available, missing, gaps = {}, [], {}
    best = r2(LinearRegression().fit(X, y), X, y) if best is None else best
    for name, model in models.items():
        try:
            gaps[name] = best - r2(model().fit(X, y), X, y)
            available[name] = lambda model=model: model().fit(X, y)
        except ImportError as error:
            missing.append(f"{name}: left out, {error}")
    if floor:
        available[FLOOR] = lambda: X.T @ X
    gc.collect()
    seconds = measure(available, pause, repeats)
    references = [name for name in references if name in seconds]
    rows = [f"\n## {title}\n", f"| fit | {' | '.join(f'/ {name}' for name in references)} | seconds | R² lacking |"]
    rows.append("|---" * (len(references) + 3) + "|")
    for name, time_ in sorted(seconds.items(), key=lambda item: item[1]):
        ratios = " | ".join(f"{time_ / seconds[reference]:.2f}" for reference in references)
        gap = "" if name == FLOOR else f"{gaps[name]:.1e}" + ("" if gaps[name] <= GOOD else ": not within 0.001")
        rows.append(f"| {name} | {ratios} | {time_:.4f} | {gap} |")
    rows += [f"- {line}" for line in missing]
    print("\n".join(rows), flush=True)
    return rows


def in_turns(title, X, y, models, *, repeats=5, pause=0.1) -> list[str]:
    """Return the rows of a table of fits of which the first is the reference; nothing is asked of their R²."""
    seconds = measure({name: partial(model.fit, X, y) for name, model in models.items()}, pause, repeats)
    reference = next(iter(models))
    rows = [f"\n## {title}\n", f"| fit | / {reference} | seconds |", "|---|---|---|"]
    rows += [f"| {name} | {time_ / seconds[reference]:.2f} | {time_:.4f} |" for name, time_ in seconds.items()]
    print("\n".join(rows), flush=True)
    return rows


def peers(alpha: float, max_iter: int) -> dict[str, Callable]:
    """Return the fits that every dense work has."""
    return {
        "LinearRegression": LinearRegression,
        "Ridge": Ridge,
        "scikit-learn-intelex LinearRegression": intelex,
        f"naive loop, {max_iter} iterations": lambda: Naive(alpha, max_iter),
        f"mlxtend LinearRegression, {max_iter} epochs": lambda: Mlxtend(alpha, max_iter),
    }


def sgd_for(X, y, best):
    """Return the cheapest SGDRegressor that comes within 0.001, of some numbers of epochs."""
    epochs = (1, 3, 10, 30, 100)
    model = first_good((SGDRegressor(alpha=0.0, max_iter=k, tol=None, random_state=0) for k in epochs), X, y, best)
    return {f"SGDRegressor, {model.max_iter} epochs": lambda: SGDRegressor(**model.get_params())}


def diabetes() -> list[str]:
    """Compare on the diabetes data, standardised."""
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    best = r2(LinearRegression().fit(X, y), X, y)
    rows = []
    for n_iter, reference in ((1000, "Ridge"), (100_000, "naive loop, 100000 iterations")):
        ours = {OURS: lambda n_iter=n_iter: GDLinearRegressor(0.1, max_iter=n_iter, tol=None)}
        repeats = 31 if n_iter == 1000 else 5
        title = f"Diabetes, 442 x 10, standardised, alpha=0.1, exactly {n_iter:,} iterations"
        rows += compare(
            title, X, y, ours | peers(0.1, n_iter) | sgd_for(X, y, best), [reference], repeats=repeats, pause=0.01
        )
    return rows


def tall(m: int, n: int) -> list[str]:
    """Compare on dense data, with defaults."""
    X, y = dense(m, n)
    best = r2(LinearRegression().fit(X, y), X, y)
    model = GDLinearRegressor().fit(X, y)
    models = {OURS: GDLinearRegressor} | peers(model.alpha_, model.n_iter_) | sgd_for(X, y, best)
    return compare(f"{m:,} x {n:,}, defaults", X, y, models, [FLOOR, "scikit-learn-intelex LinearRegression"])


def wide() -> list[str]:
    """Compare on dense data with fewer rows than features."""
    X, y = dense(200, 20_000)
    model = GDLinearRegressor().fit(X, y)
    models = {OURS: lambda: GDLinearRegressor(max_iter=1000)} | peers(model.alpha_, model.n_iter_)
    models |= sgd_for(X, y, 1.0)
    del models["scikit-learn-intelex LinearRegression"]
    rows = compare("200 x 20,000, max_iter=1000", X, y, models, ["Ridge"], floor=False)
    return [*rows, "- scikit-learn-intelex LinearRegression: left out, it had not ended after two minutes."]


def sparse_work(m: int, n: int, n_entries: int) -> list[str]:
    """Compare on sparse data; the conjugate gradients of Ridge at the loosest tolerance that is good."""
    X, y = sparse(m, n, n_entries)
    best = r2(Ridge(alpha=1e-10, solver="sparse_cg", tol=1e-8, max_iter=5000).fit(X, y), X, y)
    options = {"optimizer": "nesterov", "standardize": True, "tol": None}
    n_iter = iterations_to_good(X, y, best, **options)
    tols = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4)
    ridge = first_good((Ridge(alpha=1e-10, solver="sparse_cg", tol=tol) for tol in tols), X, y, best)
    sgd = sgd_for(X, y, best)
    by_cg = f"Ridge(solver='sparse_cg'), tol={ridge.tol:g}"
    models = {
        OURS: lambda: GDLinearRegressor(max_iter=n_iter, **options),
        by_cg: lambda: Ridge(**ridge.get_params()),
    } | sgd
    title = f'Sparse {m:,} x {n:,}, {n_entries:,} entries, optimizer="nesterov", standardize=True, {n_iter} iterations'
    return compare(title, X, y, models, [by_cg, *sgd], floor=False, repeats=5, pause=0.05, best=best)


def search(m: int, references: list[str]) -> list[str]:
    """Compare searches for the learning rate, or the penalty, on 5 folds."""
    X, y = dense(m, 50)
    folds, penalties = KFold(5, shuffle=True, random_state=0), np.geomspace(1e-3, 1e3, 20)
    models = {SEARCH: lambda: GDLinearRegressorCV(20), SHUFFLED: lambda: GDLinearRegressorCV(20, cv=folds)}
    if m <= 100_000:
        models |= {
            "RidgeCV, 20 penalties": lambda: RidgeCV(penalties),
            "GridSearchCV(Ridge), 20 penalties": lambda: GridSearchCV(Ridge(), {"alpha": penalties}),
            "GridSearchCV(GDLinearRegressor), 20 alphas": lambda: GridSearchCV(
                GDLinearRegressor(), {"alpha": GDLinearRegressorCV(20).fit(X[:1000], y[:1000]).alphas_}
            ),
        }
    return compare(f"Searches on {m:,} x 50, 5 folds", X, y, models, references)


def penalised() -> list[str]:
    """Time fits and searches with `l1` beside scikit-learn's coordinate descent."""
    X, y = dense(1_000_000, 50)
    fits = {"Lasso": Lasso(0.01), "GDLinearRegressor(l1=0.01)": GDLinearRegressor(l1=0.01), OURS: GDLinearRegressor()}
    rows = in_turns("l1 on 1,000,000 x 50", X, y, fits)
    search = GDLinearRegressorCV(l1="auto", optimizer="nesterov")
    few = load_diabetes(return_X_y=True)
    for data in ((StandardScaler().fit_transform(few[0]), few[1]), (X[:100_000], y[:100_000])):
        title = f"Searches of 100 penalties on {len(data[1]):,} x {data[0].shape[1]}, 5 folds"
        rows += in_turns(title, *data, {"LassoCV": LassoCV(), str(search): search})
    return rows


def many_columns() -> list[str]:
    """Time searches with fewer rows than features, and fits of many targets."""
    searches = {
        "GridSearchCV(Ridge), 20 penalties": GridSearchCV(Ridge(), {"alpha": np.geomspace(1e-3, 1e3, 20)}),
        SEARCH: GDLinearRegressorCV(20),
        f"{SEARCH}, early_stopping=True": GDLinearRegressorCV(20, early_stopping=True),
    }
    rows = []
    for m, n in ((69, 145), (200, 2_000), (1_000, 5_000)):
        rows += in_turns(f"Searches on {m:,} x {n:,}, 5 folds", *dense(m, n), searches, repeats=3)
    X, _ = dense(400, 100)
    Y = np.random.default_rng(0).normal(size=(400, 1_000))
    return rows + in_turns("1,000 targets, 400 x 100", X, Y, {"Ridge": Ridge(), OURS: GDLinearRegressor()})


def search_memory(m: int) -> list[str]:
    """Measure the memory beside the data of a search on a memory map."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        X = np.memmap(Path(folder) / "X", dtype=np.float64, mode="w+", shape=(m, 50))
        for start in range(0, m, 100_000):
            X[start : start + 100_000] = rng.normal(size=(100_000, 50))
        y = X[:, 0] + rng.normal(size=m)
        rows = [f"\n## Memory of a search on a memory map of {m:,} x 50, 20 alphas, 5 folds\n"]
        splitter = KFold(5, shuffle=True, random_state=0)
        works = {
            "consecutive folds": lambda: GDLinearRegressorCV(20).fit(X, y),
            "shuffled folds": lambda: GDLinearRegressorCV(20, cv=splitter).fit(X, y),
            "scikit-learn's splitter alone, shuffled": lambda: [len(train) for train, _ in splitter.split(X)],
        }
        for name, work in works.items():
            tracemalloc.start()
            work()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            rows.append(f"- {name}: {peak / 1e6:.1f} MB at the peak, {peak / X.nbytes:.1%} of the data")
    print("\n".join(rows), flush=True)
    return rows


def million_iterations() -> list[str]:
    """Time a million iterations, and one of the loop."""
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    runs = {"a million iterations of gradient descent": {"max_iter": 10**6}}
    runs |= {f"10,000 iterations of {name}": {"max_iter": 10**4, "optimizer": name} for name in ("momentum", "adam")}
    seconds = measure(
        {
            what: lambda options=options: GDLinearRegressor(0.1, tol=None, **options).fit(X, y)
            for what, options in runs.items()
        },
        0.05,
        7,
    )
    rows = ["\n## Iterations on 10 features\n"]
    rows += [
        f"- {what}: {time_:.3f} s, {time_ / runs[what]['max_iter'] * 1e6:.2f} microseconds each"
        for what, time_ in seconds.items()
    ]
    print("\n".join(rows))
    return rows


def verdicts() -> list[str]:
    """Time bad fits beside a good one, and a grid of both: what a verdict costs."""
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    good = "a good fit: the defaults"
    fits = {
        good: {},
        "alpha=1e-7: stalls at once": {"alpha": 1e-7},
        "alpha=1e-3: runs out of iterations": {"alpha": 1e-3},
        "alpha=0.6: diverges": {"alpha": 0.6},
        'alpha=1e-4, scheduler="cosine"': {"alpha": 1e-4, "scheduler": "cosine"},
        'alpha=0.01, scheduler="cosine"': {"alpha": 0.01, "scheduler": "cosine"},
    }
    seconds = measure(
        {what: lambda options=options: GDLinearRegressor(**options).fit(X, y) for what, options in fits.items()},
        0.01,
        31,
    )
    rows = [
        "\n## What a verdict costs: diabetes, 442 x 10, standardised\n",
        "| fit | / good | seconds |",
        "|---|---|---|",
    ]
    rows += [f"| {what} | {time_ / seconds[good]:.2f} | {time_:.4f} |" for what, time_ in seconds.items()]

    def grid(alphas) -> None:
        search = {"alpha": alphas, "scheduler": ["constant", "cosine", "linear"]}
        GridSearchCV(GDLinearRegressor(), search, cv=5).fit(X, y)

    alphas = {"good": np.geomspace(0.2, 0.4, 7), "mostly bad": np.geomspace(1e-6, 1.0, 7)}
    grids = measure({name: lambda some=some: grid(some) for name, some in alphas.items()}, 0.1, 7)
    rows.append(
        f"\n- GridSearchCV over 7 alphas x 3 schedulers x 5 folds: {grids['mostly bad']:.2f} s where most are bad, "
        f"{grids['good']:.2f} s where all are good: {grids['mostly bad'] / grids['good']:.2f} x."
    )
    print("\n".join(rows), flush=True)
    return rows


def threads() -> list[str]:
    """Time fits one after the other, and in two threads at once."""
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)

    def fits(n_threads: int) -> None:
        with ThreadPoolExecutor(n_threads) as executor:
            options = {"optimizer": "nesterov", "max_iter": 300, "tol": None}
            list(executor.map(lambda _: GDLinearRegressor(**options).fit(X, y), range(200)))

    seconds = measure({str(n): lambda n=n: fits(n) for n in (1, 2)}, 0.3, 5)
    rows = [
        "\n## 200 fits of 442 x 10, 300 Nesterov iterations\n",
        f"- in one thread {seconds['1']:.2f} s, in two {seconds['2']:.2f} s: {seconds['2'] / seconds['1']:.2f} x.",
    ]
    print("\n".join(rows), flush=True)
    return rows


def main() -> None:
    """Run all works and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("page", nargs="?", type=Path, default=PAGE, help="the file to write")
    parser.add_argument("--device", help="time fits on this device instead, such as cuda")
    arguments = parser.parse_args()
    if arguments.device:
        device.main(arguments.device)
        return
    warnings.simplefilter("ignore")  # peers that do not converge are told in the table
    rows = diabetes() + million_iterations() + verdicts() + threads()
    for m, n in ((1_000_000, 10), (1_000_000, 50), (200_000, 300), (20_000, 2000)):
        rows += tall(m, n)
    rows += wide()
    rows += sparse_work(100_000, 100_000, 1_000_000)
    rows += sparse_work(200_000, 2_000, 2_000_000)
    rows += search(100_000, ["GridSearchCV(Ridge), 20 penalties", "RidgeCV, 20 penalties"])
    rows += search(1_000_000, [FLOOR])
    rows += penalised() + many_columns()
    rows += search_memory(2_000_000)
    versions = []
    for package in ("numpy", "scipy", "scikit-learn", "scikit-learn-intelex", "mlxtend"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"no {package}")
    intro = [
        "# Performance",
        "",
        'Written by `python benchmarks/run.py`; the peers come with `pip install ".[bench]"`.',
        "The first columns are ratios of medians from one run, the contenders taking turns.",
        "Each fit is brought to within 0.001 of the best training R², or the table says that it is not.",
        "Before each fit there is a pause, in which the threads of OpenBLAS come to rest:",
        "they go on spinning for about 0.1 s after a product of matrices, and take a core from what follows at once.",
        "Fits of a millisecond run twice in a row, and the second is timed: the first fills the caches.",
        "",
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {', '.join(versions)}.",
    ]
    arguments.page.write_text("\n".join(intro + rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
