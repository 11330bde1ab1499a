"""The threads of BLAS: limited to one each while chunks of data are multiplied in threads of our own."""

import os
from functools import cache
from threading import Lock, get_ident

from threadpoolctl import ThreadpoolController


class SingleThreaded:
    """A context in which BLAS has one thread; entering it gives the number of threads that BLAS had.

    The limit holds for the whole process. So its users are counted: the first sets it, the last one lifts it.
    Newer versions of threadpoolctl let no other thread change what one thread has set and still might lift;
    as the first and the last user may be two threads, each gives up that right at once.
    A process that is forked in the meantime has none of the users but the thread that forks, if it is one.
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
        """Let nobody be about to set or to lift the limit."""
        self._lock.acquire()

    def after_fork(self) -> None:
        """Go on, in the process that forked."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Forget the users that are not in this process, and lift their limit if there are no others."""
        others = [user for user in self._users if user != get_ident()]
        self._users = [user for user in self._users if user == get_ident()]
        self._lock.release()
        if others and not self._users:
            self._lift()

    def _lift(self) -> None:
        self._limiter.restore_original_limits()
        _give_up_control()


#: The one limit of the process.
SINGLE_THREADED = SingleThreaded()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=SINGLE_THREADED.before_fork,
        after_in_parent=SINGLE_THREADED.after_fork,
        after_in_child=SINGLE_THREADED.after_fork_in_child,
    )


def _give_up_control() -> None:
    """Let any thread set or lift limits, if threadpoolctl has this one alone do so."""
    for library in _blas().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread()


@cache
def _blas() -> ThreadpoolController:
    """Return the control of the BLAS libraries; finding them takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")
