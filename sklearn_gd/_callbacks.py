"""scikit-learn's callbacks, from 1.9 on: a fit as tasks, of which they are told, and which they may end."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import sklearn

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """What stands in for scikit-learn's before 1.9."""

        def set_callbacks(self, *callbacks):
            """Raise, because there is nothing that would call them."""
            raise NotImplementedError(f"Callbacks need scikit-learn 1.9 or newer; this is {sklearn.__version__}.")


# A progress bar takes time that is quadratic in the number of tasks: where each step is not one, a percent of them is.
_MOST_TASKS, _PERCENT = 1000, 100
# What scikit-learn keeps on an estimator during a fit, to tear the callbacks down at its end.
STATE = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


class Tasks:
    """The tasks of a fit: one for each chunk of large data, below a task "read", and one for each step, or so many.

    Parameters
    ----------
    estimator : estimator
        The one that is fitted, which has callbacks.
    step : str
        The name of a step's task.
    n_steps : int
        The most steps. A task is one of them, or a percent if there are more than 1000.
    X, y, sample_weight
        The data, for the callbacks that want them.

    Attributes
    ----------
    every : int
        The steps of a task.
    """

    def __init__(self, estimator, step: str, n_steps: int, X=None, y=None, sample_weight=None):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._step, self.every = step, 1 if n_steps <= _MOST_TASKS else -(-n_steps // _PERCENT)
        self._n_tasks = -(-n_steps // self.every)
        self._root = self._task = None

    @classmethod
    def of(cls, estimator, *args) -> "Tasks | None":
        """Return the tasks of a fit; None, which costs nothing, without callbacks."""
        return cls(estimator, *args) if getattr(estimator, "_skl_callbacks", None) else None

    def track(self, chunks: Iterable, n_chunks: int) -> Iterator:
        """Yield what is made of chunks of data, each of which is a task where there are several."""
        if n_chunks == 1 or self._root:
            yield from chunks
            return
        self._root = self._begin_fit(self._n_tasks + 1)
        read = self._begin(self._root, "read", n_chunks)
        chunks = iter(chunks)
        for _ in range(n_chunks):
            task = self._begin(read, "chunk")
            yield next(chunks)
            task.call_on_fit_task_end(**self._told)
        read.call_on_fit_task_end(**self._told)

    def begin_step(self) -> None:
        """Begin the task of the next steps."""
        if self._root is None:
            self._root = self._begin_fit(self._n_tasks)
        self._task = self._begin(self._root, self._step)

    def end_step(self, fitted: Callable[[], dict[str, Any]]) -> bool:
        """End the task of some steps, and return whether a callback ends the fit.

        Parameters
        ----------
        fitted : callable
            Returns the attributes that the estimator would have if it ended here, if a callback wants to see it.
        """
        return self._task.call_on_fit_task_end(**self._told, reconstruction_attributes=fitted)

    def steps(self, results: Iterator, n_steps: int, fitted: Callable[[Any], dict[str, Any]]) -> Iterator:
        """Yield the results of some steps, until a callback ends the fit; `fitted` makes attributes of a result."""
        for number in range(1, n_steps + 1):
            if (number - 1) % self.every == 0:
                self.begin_step()
            result = next(results)
            yield result
            if (number % self.every == 0 or number == n_steps) and self.end_step(partial(fitted, result)):
                return

    def end(self) -> None:
        """End the fit, when the estimator has its attributes."""
        self._root.call_on_fit_task_end(**self._told, reconstruction_attributes={})

    def _begin_fit(self, n_tasks: int):
        root = self._told["estimator"]._init_callback_context(max_subtasks=n_tasks)
        return root.call_on_fit_task_begin(**self._told)

    def _begin(self, parent, name: str, n_tasks: int = 0):
        return parent.subcontext(task_name=name, max_subtasks=n_tasks).call_on_fit_task_begin(**self._told)
