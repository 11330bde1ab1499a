"""Data, peers and tables that several test modules share."""

import functools
import os
import re

# scikit-learn's checks of array API input want it; SciPy reads it once, when it is imported.
os.environ["SCIPY_ARRAY_API"] = "1"
# Figures without windows.
os.environ["MPLBACKEND"] = "Agg"

import joblib
import numpy as np
import pytest
from hypothesis import settings

# Calls for type checkers, half of which are wrong.
collect_ignore = ["typing"]

# The same examples on every run; new ones, and more, by pytest's option --hypothesis-profile=explore.
settings.register_profile("steady", derandomize=True, max_examples=50, deadline=None)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads its options
def pytest_cmdline_main(config):
    """Spread the tests of whole folders over the cores, where pytest-xdist is; ``-n 0`` keeps them in one process.

    A file is done before workers have started, and a debugger needs the process of its own.
    """
    option = config.option
    if not config.pluginmanager.hasplugin("xdist") or option.numprocesses is not None:
        return
    is_worker = hasattr(config, "workerinput")
    folders = all((config.invocation_params.dir / arg).is_dir() for arg in config.args)
    # Beyond four, the longest tests and the start of the workers are most of the time.
    n_workers = min(joblib.cpu_count(), 4)
    if folders and n_workers > 1 and not (is_worker or option.usepdb or option.collectonly or option.capture == "no"):
        option.numprocesses = n_workers
        if option.dist == "no":  # "worksteal": whole stretches of files, so that few fixtures of modules are made twice
            option.dist = "worksteal"
        # Threads of BLAS that wait for a core of another worker's cost more than they give.
        os.environ.setdefault("OMP_NUM_THREADS", str(joblib.cpu_count() // n_workers))
        os.environ.setdefault("PYTHONHASHSEED", "0")  # sets print alike, in the names of tests, in all workers


def pytest_itemcollected(item):
    """Take addresses out of the names of tests, which pytest-xdist compares from one worker to the other."""
    item._nodeid = re.sub(r" at 0x[0-9a-f]+", "", item.nodeid)


@pytest.fixture(scope="session")
def diabetes():
    """Return the diabetes data, standardised, read-only."""
    from sklearn.datasets import load_diabetes  # here, because the process that distributes the tests does not need it
    from sklearn.preprocessing import StandardScaler

    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    X.flags.writeable = y.flags.writeable = False
    return X, y


@pytest.fixture(scope="module")
def one_parser():
    """Let all figures share one parser of mathtext, which keeps what it has parsed: most of their labels are alike."""
    from matplotlib.backends import backend_agg

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend_agg, "MathTextParser", functools.cache(backend_agg.MathTextParser))
        yield


@pytest.fixture(scope="session")
def textbook():
    """Return the textbook's loop."""
    return textbook_descent


def textbook_descent(X, y, *, alpha, max_iter, optimizer=None, scheduler=None, tol=None, fit_intercept=True):
    """Return theta and the costs of gradient descent as the textbooks write it, row by row on raw `X`."""
    X = np.column_stack([np.ones(len(X)), X]) if fit_intercept else np.asarray(X, dtype=float)
    theta, state = np.zeros((X.shape[1], *y.shape[1:])), ()
    costs = [np.sum((X @ theta - y) ** 2) / (2 * len(y))]
    for t in range(max_iter):
        gradient = X.T @ (X @ theta - y) / len(y)
        rate = alpha * (scheduler(t, max_iter) if scheduler else 1.0)
        if optimizer is None:
            moved = theta - rate * gradient
        else:
            moved, *state = (
                result if isinstance(result := optimizer(theta, gradient, rate, *state), tuple) else (result,)
            )
        move, theta = np.max(np.abs(moved - theta)), moved
        costs.append(np.sum((X @ theta - y) ** 2) / (2 * len(y)))
        if tol is not None and move <= tol:
            break
    return theta, np.array(costs)
