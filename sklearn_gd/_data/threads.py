"""The threads of BLAS: limited to one each while chunks of data are multiplied in threads of our own."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController


class SingleThreaded:
    """A context in which BLAS has one thread; entering it gives the number of threads that BLAS had.

    The limit holds for the whole process. So its users are counted: the first sets it, the last one lifts it.
    Threadpoolctl lets no other thread change what one thread has set and still might lift;
    so both are done in a thread that ends at once, because the first and the last user may be two threads.
    """

    def __init__(self):
        self._lock = Lock()
        self._n_users = 0

    def __enter__(self) -> int:
        with self._lock:
            if self._n_users == 0:
                self._n_threads = max((library["num_threads"] for library in _blas().info()), default=1)
                self._limiter = _elsewhere(lambda: _blas().limit(limits=1))
            self._n_users += 1
            return self._n_threads

    def __exit__(self, *error) -> None:
        with self._lock:
            self._n_users -= 1
            if self._n_users == 0:
                _elsewhere(self._limiter.restore_original_limits)


#: The one limit of the process.
SINGLE_THREADED = SingleThreaded()


def _elsewhere(function):
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function).result()


@cache
def _blas() -> ThreadpoolController:
    """Return the control of the BLAS libraries; finding them takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")
