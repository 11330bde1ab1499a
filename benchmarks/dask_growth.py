"""Measure how a fit of Dask collections grows, and print the lines of docs/dask.md; three minutes on two cores.

    python -m pip install ".[dask,bench]" && python benchmarks/dask_growth.py

The blocks are in the memory of the workers before a measurement begins, so that it is one of the fit.
Times are the shortest of some turns, as what else runs on the machine only adds to them; bytes are those that workers
have received from each other, as they log them.
"""

import logging
import statistics
import time
import warnings
from functools import partial

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster, wait
from threadpoolctl import threadpool_limits

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments

N_TURNS = 7


def data(n_rows, block, n_features):
    """Return features and targets in the memory of the workers."""
    X = da.random.default_rng(0).normal(size=(n_rows, n_features), chunks=(block, n_features))
    y = X @ np.linspace(-1.0, 1.0, n_features) + da.random.default_rng(1).normal(size=n_rows, chunks=block)
    X, y = X.persist(), y.persist()
    wait([X, y])
    return X, y


def once(function):
    """Return the time of a call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def seconds(function, n_turns=N_TURNS):
    """Return the shortest time of some calls."""
    return min(once(function) for _ in range(n_turns))


def received(client):
    """Return the bytes that the workers have received from each other since they were asked last."""

    def count(dask_worker):
        log = dask_worker.transfer_incoming_log
        total = sum(transfer["total"] for transfer in log)
        log.clear()
        return total

    return sum(client.run(count).values())


def distributed_iteration(X, y):
    """Return what one iteration of a descent on the cluster does: it goes through the rows, and back."""
    theta = np.zeros(X.shape[1])

    def iterate():
        return theta - 0.1 * (X.T @ (X @ theta - y) / len(y)).compute()

    return iterate


def growth_with_workers():
    """Time a fit and a search on one worker and on two, in turns, beside what else could be done."""
    n_rows, n_features, block = 800_000, 100, 50_000
    with cluster(1) as one, cluster(2) as two, Client(one) as one, Client(two) as two:
        works = {}
        for n_workers, client in ((1, one), (2, two)):
            with client.as_current():
                X, y = data(n_rows, block, n_features)
                works[n_workers, "fit"] = partial(GDLinearRegressor().fit, X, y)
                works[n_workers, "search, 20 rates x 5 folds"] = partial(GDLinearRegressorCV(20).fit, X, y)
                works[n_workers, "score"] = partial(GDLinearRegressor().fit(X, y).score, X, y)
                works[n_workers, "one distributed iteration"] = distributed_iteration(X, y)
                works[n_workers, "Dask's own X.sum()"] = X.sum().compute
        times = {work: [] for work in works}
        for _ in range(N_TURNS):
            for (n_workers, name), function in works.items():
                with {1: one, 2: two}[n_workers].as_current():
                    times[n_workers, name].append(once(function))
    best = {work: min(turns) for work, turns in times.items()}
    print(f"\n{n_rows:,} rows, {n_features} features, {n_rows // block} blocks")
    print(f"  {'':28} 1 worker  2 workers  ratio  2 workers, times the fit")
    for (n_workers, name), seconds_of_two in best.items():
        if n_workers == 2:
            ratio, share = best[1, name] / seconds_of_two, seconds_of_two / best[2, "fit"]
            print(f"  {name:28} {best[1, name]:7.3f}s {seconds_of_two:8.3f}s {ratio:7.2f} {share:8.2f}")


def beside_dask_ml():
    """Time dask-ml's LinearRegression beside a fit, with each of its solvers that runs."""
    try:
        from dask_ml.linear_model import LinearRegression
    except ImportError as error:
        print(f"\ndask-ml: {error}")
        return
    print("\n200,000 rows, 50 features, 8 blocks, 2 workers: seconds, times the fit, coefficients off by")
    with cluster(2) as workers, Client(workers):
        X, y = data(200_000, 25_000, 50)
        ours = GDLinearRegressor(tol=1e-9).fit(X, y)
        fit = seconds(partial(ours.fit, X, y))
        print(f"  {'GDLinearRegressor':28} {fit:8.3f} {1.0:6.1f}")
        for solver in ("admm", "newton", "lbfgs", "gradient_descent"):
            model = LinearRegression(solver=solver, C=1e12)  # C is the inverse of the penalty; 100 iterations at most
            try:
                time_of_fit = seconds(partial(model.fit, X, y), n_turns=2)
            except Exception as error:  # what does not run is said
                print(f"  dask-ml {solver}: {type(error).__name__}: {error}")
                continue
            error = np.abs(model.coef_ - ours.coef_).max()
            print(f"  {'dask-ml, ' + solver:28} {time_of_fit:8.3f} {time_of_fit / fit:6.1f} {error:.0e}")


def growth_with_rows():
    """Count the bytes moved for more rows in as many blocks, for more blocks, and for more features."""
    print("\nbytes moved between two workers in a fit: at most each block's moments once")
    with cluster(2) as workers, Client(workers) as client:
        for n_rows, block, n_features in [
            (64_000, 1_000, 50),
            (640_000, 10_000, 50),
            (1_280_000, 10_000, 50),
            (640_000, 10_000, 100),
        ]:
            X, y = data(n_rows, block, n_features)
            received(client)  # of the making of the data
            counts = []
            for _ in range(N_TURNS):
                GDLinearRegressor().fit(X, y)
                counts.append(received(client))
            n_blocks, size = n_rows // block, 8 * (n_features + 1) ** 2
            print(
                f"  {n_rows:9,} rows x {n_features:3}, {X.nbytes / 1e6:6.1f} MB in {n_blocks:3} blocks: "
                f"{statistics.median(counts) / 1e6:6.2f} MB, of {n_blocks * size / 1e6:5.2f} MB in the blocks' matrices"
            )


def cost_of_a_row():
    """Time one core on blocks in memory, for the arithmetic of many machines."""
    rng = np.random.default_rng(0)
    print("\none core, a block of 1,000,000 rows at 20 features, of 100,000 at others")
    for n_features in (20, 50, 100, 200):
        n_rows = 1_000_000 if n_features == 20 else 100_000
        X, y = rng.normal(size=(n_rows, n_features)), rng.normal(size=n_rows)
        with threadpool_limits(1):
            one = seconds(partial(Moments.of_arrays, X, y, n_jobs=1))
        print(f"  {n_features:4} features: {1e9 * one / n_rows:7.1f} ns for each row, {X.nbytes / 1e9 / one:5.2f} GB/s")
    A = Moments.of_arrays(rng.normal(size=(1000, 100)), rng.normal(size=1000))
    print(f"  adding two moments of 100 features: {1e6 * seconds(partial(A.__add__, A), 100):.0f} us")


def size_of_blocks():
    """Compare the processor time of the moments of the same rows in blocks of several sizes, in Dask's threads."""
    n_rows, n_features = 1_000_000, 20
    A = np.random.default_rng(0).normal(size=(n_rows, n_features))
    works = {"in memory": lambda: Moments.of(A, A[:, 0])}
    for block in (1_000, 10_000, 100_000, 250_000):
        X = da.from_array(A, chunks=(block, n_features), name=False).persist()
        works[block] = partial(Moments.of, X, X[:, 0])
        works[block, "sum"] = X.sum().compute
    used = dict.fromkeys(works, np.inf)
    for _ in range(N_TURNS):
        for work, function in works.items():
            start = time.process_time()
            function()
            used[work] = min(used[work], time.process_time() - start)
    print(f"\n{n_rows:,} rows, {n_features} features, threads: processor time over that of the rows in memory")
    for block in [work for work in works if isinstance(work, int)]:
        extra = 1e3 * (used[block] - used["in memory"]) * block / n_rows
        ratio, size = used[block] / used["in memory"], 8e-6 * block * n_features
        print(
            f"  blocks of {block:7,} rows, {size:5.2f} MB: {ratio:5.1f}, "
            f"{extra:.1f} ms more for each block; Dask's own X.sum(): {used[block, 'sum'] / used['in memory']:.1f}"
        )


def cluster(n_workers):
    """Return a cluster on this machine, a thread for each worker."""
    return LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.ERROR)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    cost_of_a_row()
    size_of_blocks()
    growth_with_workers()
    growth_with_rows()
    beside_dask_ml()
    print(f"\n{time.perf_counter() - start:.0f} s in all")
