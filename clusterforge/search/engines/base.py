"""What an engine is, and the simplest one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from clusterforge.registry import Registry
from clusterforge.search.trial import Outcome, Setting, Task, Worker


@dataclass(frozen=True)
class Ended:
    """A task that an engine has ended.

    Parameters
    ----------
    task
        The task.
    outcome
        What it gave; None where its worker has died.
    death
        How the worker has died, in a few words.
    """

    task: Task
    outcome: Outcome | None
    death: str = ""


class Engine(ABC):
    """Where trials run; a context manager that starts and stops its workers.

    Parameters
    ----------
    setting
        What all trials share.
    workers
        How many run at the same time.
    """

    name: ClassVar[str]

    def __init__(self, setting: Setting, workers: int) -> None:
        self.setting, self.workers = setting, workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the workers, and what they are working on."""
        return

    @abstractmethod
    def submit(self, task: Task) -> None:
        """Begin a task; as many may be under way as there are workers."""

    @abstractmethod
    def wait(self, seconds: float | None = None) -> list[Ended]:
        """Return what has ended since, at least one unless the time is over.

        Raises
        ------
        EnvironmentProblem
            Where the machine of a trial is at fault.
        """


class InProcess(Engine):
    """Runs one trial after the other, in this process."""

    name = "local"

    def __init__(self, setting: Setting, registry: Registry) -> None:
        super().__init__(setting, 1)
        self._worker = Worker(setting, registry)
        self._task: Task | None = None

    def submit(self, task: Task) -> None:
        """Remember the task; :meth:`wait` does it."""
        self._task = task

    def wait(self, seconds: float | None = None) -> list[Ended]:
        """Do the task."""
        if self._task is None:
            return []
        task, self._task = self._task, None
        return [Ended(task, self._worker.run(task))]
