"""How to go on with what has stopped, as a line below the error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clusterforge.errors import EnvironmentProblem
from clusterforge.interrupts import cause


@contextmanager
def hinted(hint: Callable[[], str | None]) -> Iterator[None]:
    """Say how to go on where a signal, or the environment, ends what is done.

    Parameters
    ----------
    hint
        Called then; None where there is nothing to go on with.
    """
    try:
        yield
    except BaseException as error:
        ended = cause(error)
        if isinstance(ended, KeyboardInterrupt | EnvironmentProblem) and (said := hint()):
            ended.add_note(said)
        if ended is error:
            raise
        raise ended from error
