"""The same bits in each fit alone, the same numbers beside others, and BLAS as it was found."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from sklearn_gd import GDLinearRegressor
from sklearn_gd._data.threads import SINGLE_THREADED

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def data(m, n, store=np.asarray, seed=0):
    """Return features and targets."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n)) * (rng.random((m, n)) < 0.5)
    return store(X), X @ rng.normal(size=n) + rng.normal(size=m)


def blas_threads():
    """Return the number of threads of each BLAS."""
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


# Sizes at which BLAS would use several threads for products, factorisations and eigenvalues.
CASES = [
    (data(100_000, 10), {}),
    (data(5000, 150), {}),
    (data(1500, 200), {"optimizer": "adam", "max_iter": 50}),
    (data(1500, 200), {"alpha": 0.05, "max_iter": 2000, "tol": None}),
    (data(150, 700), {}),
    (data(150, 700), {"l2": 0.1, "standardize": True}),
    (data(2000, 300, sp.csr_array), {"precompute": False, "optimizer": "nesterov", "max_iter": 50}),
]


def fit(case):
    """Return all that a fit says."""
    (X, y), options = case
    model = GDLinearRegressor(**options).fit(X, y)
    diagnosis = model.diagnosis_
    return (
        model.coef_,
        model.intercept_,
        model.cost_history_,
        model.alpha_,
        diagnosis.gap,
        diagnosis.alpha_limit,
        diagnosis.condition_number,
        diagnosis.message,
    )


@pytest.fixture(scope="module", autouse=True)
def _several_threads():
    """Give BLAS two threads at least, whatever the environment says: with one there is nothing to find as it was."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    before = blas_threads()

    def set_threads(numbers):
        for library, n_threads in zip(libraries, numbers, strict=True):
            library.set_num_threads(n_threads)

    def elsewhere(numbers):  # what a thread that lives on has set, no other one can change
        with ThreadPoolExecutor(1) as executor:
            executor.submit(set_threads, numbers).result()

    elsewhere([max(2, n_threads) for n_threads in before])
    yield
    elsewhere(before)


@pytest.fixture(scope="module")
def alone(_several_threads):
    """Return the fits, one after the other."""
    with pytest.warns(ConvergenceWarning):  # some are cut short on purpose
        return [fit(case) for case in CASES]


def assert_same_bits(fits, others):
    """Assert that all numbers are equal to the last bit."""
    for one, other in zip(fits, others, strict=True):
        for part, counterpart in zip(one, other, strict=True):
            assert_array_equal(part, counterpart)


@quiet
def test_refits(alone):
    """A second fit is the first one."""
    assert_same_bits([fit(case) for case in CASES], alone)


@quiet
def test_threads(alone):
    """Fits in several threads at once are those that run alone, to rounding, and leave BLAS as they found it."""
    before = blas_threads()
    with ThreadPoolExecutor(4) as executor:
        for seed in range(2):
            order = np.random.default_rng(seed).permutation(len(CASES))
            fits = dict(zip(order, executor.map(lambda i: fit(CASES[i]), order), strict=True))
            for i, expected in enumerate(alone):
                for one, other in zip(fits[i][:-1], expected[:-1], strict=True):
                    # With one thread and with two, BLAS rounds differently; the condition numbers are below 1e5 here.
                    # A perfect fit's cost is the rounding of the first one.
                    scale = np.abs(other).max() if np.ndim(other) else 1e-3
                    assert_allclose(one, other, rtol=1e-10, atol=1e-12 * scale)
    assert blas_threads() == before


def test_the_last_user_lifts_the_limit():
    """Where two threads overlap, the limit stays for the second, and ends with it, whichever was the first."""
    before, together, apart = blas_threads(), Barrier(2), Barrier(2)

    def first():
        with SINGLE_THREADED:
            together.wait()
        apart.wait()  # and lives on

    def second():
        with SINGLE_THREADED as n_threads:
            together.wait()
            apart.wait()
            assert set(blas_threads()) == {1}
            return n_threads

    with ThreadPoolExecutor(2) as executor:
        tasks = executor.submit(first), executor.submit(second)
        assert tasks[1].result() == max(before)
        assert blas_threads() == before


def test_limit_is_lifted():
    """The limit is restored after use and after an error, also by threads that are not the main one."""
    before = blas_threads()

    def use(error):
        with SINGLE_THREADED as n_threads:
            assert n_threads == max(before)
            assert set(blas_threads()) == {1}
            raise error

    for error in (KeyboardInterrupt, ValueError):
        with pytest.raises(error):
            use(error)
        assert blas_threads() == before
        with ThreadPoolExecutor(1) as executor, pytest.raises(error):
            executor.submit(use, error).result()
        assert blas_threads() == before


@quiet
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_n_jobs(n_jobs):
    """The number of threads that read the data does not matter."""
    (X, y), options = CASES[0]
    one, other = (GDLinearRegressor(n_jobs=jobs, **options).fit(X, y) for jobs in (None, n_jobs))
    assert_array_equal(one.coef_, other.coef_)


def test_beside_a_limit_of_the_user():
    """Within a limit that this thread has set BLAS has one thread all the same, and both limits are lifted in turn."""
    before = blas_threads()
    with threadpool_limits(limits=max(before) + 1, user_api="blas"):
        with SINGLE_THREADED:
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {max(before) + 1}
    assert blas_threads() == before
