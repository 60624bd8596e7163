"""Work on units one after the other, or several at once: the same results in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Serial:
    """Maps in this process."""

    def __call__(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[Result]:
        """Return the results in order of the tasks."""
        return map(function, tasks)


class Parallel:
    """Maps over an executor's processes."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def __call__(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[Result]:
        """Return the results in order of the tasks."""
        return self._executor.map(function, tasks, chunksize=4)


@contextmanager
def mapped(workers: int) -> Iterator[Serial | Parallel]:
    """Give a map over tasks that keeps their order, in this process or in several."""
    if workers <= 1:
        yield Serial()
        return
    with ProcessPoolExecutor(workers) as pool:
        yield Parallel(pool)
