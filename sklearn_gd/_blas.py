"""BLAS without interference: the number of its threads, on which last bits depend, never changes during a calculation.

OpenBLAS factorises a matrix of a hundred columns differently with two threads and with one, and the limit on threads
that the pass over the data needs holds for the whole process. So that fits in several threads have the same bits as
one alone, whoever sets the limit, or needs it to stay as it is, holds one lock: for a calculation, not for a fit.
No code of a user's runs inside.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from threading import RLock

from threadpoolctl import ThreadpoolController

#: To be held while BLAS calculates with a large matrix.
UNDISTURBED = RLock()


def undisturbed(function: Callable) -> Callable:
    """Return the function, holding the lock while it runs."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        with UNDISTURBED:
            return function(*args, **kwargs)

    return wrapper


@contextmanager
def single_threaded() -> Iterator[int]:
    """Hold the lock and limit BLAS to one thread; give the number of threads that it had."""
    with UNDISTURBED:
        blas = _blas()
        n_threads = max((library["num_threads"] for library in blas.info()), default=1)
        with blas.limit(limits=1):
            yield n_threads


@cache
def _blas() -> ThreadpoolController:
    """Return the control of the BLAS libraries; finding them takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")
