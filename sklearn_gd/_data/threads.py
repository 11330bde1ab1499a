"""BLAS threads, limited to one per call while chunks of data are multiplied in the package's own threads."""

import os
from functools import cache
from threading import Lock, get_ident

from threadpoolctl import ThreadpoolController


class SingleThreaded:
    """A context in which BLAS uses one thread; entering it returns the number of threads that BLAS used before.

    The limit applies to the whole process, so its users are counted: the first sets it and the last lifts it.
    In newer versions of threadpoolctl, a thread that has set a limit is the only one that may change it; because the
    first and the last user may be different threads, each gives up this control at once.
    In a process that is forked in the meantime, only the forking thread can be a user.
    """

    def __init__(self):
        self._lock = Lock()
        self._users = []  # a thread's number for each time that it has entered

    def __enter__(self) -> int:
        with self._lock:
            if not self._users:
                self._n_threads = max((library["num_threads"] for library in _blas().info()), default=1)
                self._limiter = _blas().limit(limits=1)
                _give_up_control()
            self._users.append(get_ident())
            return self._n_threads

    def __exit__(self, *error) -> None:
        with self._lock:
            self._users.remove(get_ident())
            if not self._users:
                self._lift()

    def before_fork(self) -> None:
        """Wait until no thread is setting or lifting the limit."""
        self._lock.acquire()

    def after_fork(self) -> None:
        """Continue in the parent process."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Remove the users that are not in this process, and lift their limit if none are left."""
        others = [user for user in self._users if user != get_ident()]
        self._users = [user for user in self._users if user == get_ident()]
        self._lock.release()
        if others and not self._users:
            self._lift()

    def _lift(self) -> None:
        self._limiter.restore_original_limits()
        _give_up_control()


#: The limit of the process.
SINGLE_THREADED = SingleThreaded()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=SINGLE_THREADED.before_fork,
        after_in_parent=SINGLE_THREADED.after_fork,
        after_in_child=SINGLE_THREADED.after_fork_in_child,
    )


def _give_up_control() -> None:
    """Allow any thread to set or lift limits, if threadpoolctl reserves that for the current one."""
    for library in _blas().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread()


@cache
def _blas() -> ThreadpoolController:
    """Return the controller of the BLAS libraries; finding them takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")
