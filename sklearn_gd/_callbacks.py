"""scikit-learn's callbacks (1.9 or later): a fit as a tree of tasks, whose ends are reported to callbacks."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import sklearn

if TYPE_CHECKING:

    class CallbackSupportMixin:
        """scikit-learn's, with types."""

        def set_callbacks(self, *callbacks: object) -> Self:
            """Set what is told of the tasks of a fit."""
            ...

else:
    try:
        from sklearn.callback import CallbackSupportMixin
    except ImportError:

        class CallbackSupportMixin:
            """A substitute for scikit-learn's class before version 1.9."""

            def set_callbacks(self, *callbacks):
                """Raise NotImplementedError, because callbacks would never be called."""
                raise NotImplementedError(f"Callbacks need scikit-learn 1.9 or newer; this is {sklearn.__version__}.")


# A progress bar takes time that is quadratic in the number of tasks: above _MOST_TASKS steps, a task is a percent of
# them.
_MOST_TASKS, _PERCENT = 1000, 100
# The attributes that scikit-learn keeps on an estimator during a fit, to tear down the callbacks at the end.
STATE = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


class Tasks:
    """The tasks of a fit: one for each chunk of large data, below a task "read", and one for each group of steps.

    Parameters
    ----------
    estimator : estimator
        The estimator that is fitted, which has callbacks.
    step : str
        The name of the tasks of the steps.
    n_steps : int
        The maximum number of steps. A task is one step, or a percent of the steps if there are more than 1000.
    X, y, sample_weight
        The data, for callbacks that use them.

    Attributes
    ----------
    every : int
        The number of steps in a task.
    """

    def __init__(self, estimator, step: str, n_steps: int, X=None, y=None, sample_weight=None):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._step, self.every = step, 1 if n_steps <= _MOST_TASKS else -(-n_steps // _PERCENT)
        self._n_tasks = -(-n_steps // self.every)
        self._root = self._task = None

    @classmethod
    def of(cls, estimator, *args) -> "Tasks | None":
        """Return the tasks of a fit; None, which takes no time, without callbacks."""
        return cls(estimator, *args) if getattr(estimator, "_skl_callbacks", None) else None

    def track(self, chunks: Iterable, n_chunks: int) -> Iterator:
        """Yield the results of chunks of data; if there are several chunks, each is a task."""
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
            Returns the attributes that the estimator would have if it ended here, for callbacks that use it.
        """
        return self._task.call_on_fit_task_end(**self._told, reconstruction_attributes=fitted)

    def watch(self, fitted: Callable[[Any], dict[str, Any]], result, ended: bool) -> bool:
        """End the task of some steps, begin that of the next, and return whether a callback ends the fit.

        `fitted` turns a result into the attributes for `end_step`; after the last step, `ended` is True.
        """
        stop = self.end_step(partial(fitted, result))
        if not (stop or ended):
            self.begin_step()
        return stop

    def steps(self, results: Iterator, n_steps: int, fitted: Callable[[Any], dict[str, Any]]) -> Iterator:
        """Yield the results of the steps until a callback ends the fit; `fitted` turns a result into attributes."""
        for number in range(1, n_steps + 1):
            if (number - 1) % self.every == 0:
                self.begin_step()
            result = next(results)
            yield result
            if (number % self.every == 0 or number == n_steps) and self.end_step(partial(fitted, result)):
                return

    def end(self) -> None:
        """End the fit, after the estimator has its attributes."""
        self._root.call_on_fit_task_end(**self._told, reconstruction_attributes={})

    def _begin_fit(self, n_tasks: int):
        root = self._told["estimator"]._init_callback_context(max_subtasks=n_tasks)
        return root.call_on_fit_task_begin(**self._told)

    def _begin(self, parent, name: str, n_tasks: int = 0):
        return parent.subcontext(task_name=name, max_subtasks=n_tasks).call_on_fit_task_begin(**self._told)
