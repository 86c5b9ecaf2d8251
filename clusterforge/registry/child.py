"""A process that answers questions one after another, each within a limit of time.

Questions and answers are lines of JSON. Anything else that the process prints goes to its stderr.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from threading import Timer
from typing import IO, Any


class Ended(Exception):
    """The process gave no answer; the message says how it ended."""


class Child:
    """The process, as seen from here; it is started at once and ends with this one.

    Parameters
    ----------
    module
        Run as ``python -m module``; it calls :func:`answer`.
    limit
        Seconds that one answer may take.

    Raises
    ------
    OSError
        Where no process can be started.
    """

    def __init__(self, module: str, limit: float) -> None:
        self.limit, self.late = limit, False
        self.last: list[str] = []  # the last line that it printed, once it has ended
        self.printed: IO[str] = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        path = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self.process = subprocess.Popen(  # noqa: S603 this Python
            [sys.executable, "-P", "-m", module],
            # Another order of hashes shows what rests on it.
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "4321"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.printed,
            text=True,
            start_new_session=True,  # an interrupt of the terminal is for us
        )
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None

    def ask(self, question: object) -> Any:
        """Return the answer to a question.

        Raises
        ------
        Ended
            Where there is none, or not within the limit.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = Timer(self.limit, self._stop)
        timer.start()
        try:
            print(json.dumps(question), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if line:
            return json.loads(line)
        self.close()
        if self.late:
            raise Ended(f"it did not answer within {self.limit:g} s")
        raise Ended(
            ": ".join([f"it ended the process (status {self.process.returncode})", *self.last])
        )

    def close(self) -> None:
        """End it."""
        atexit.unregister(self.close)
        try:
            self.process.communicate(timeout=min(self.limit, 5))
        except subprocess.TimeoutExpired:  # a plugin may have left a thread that never ends
            self.process.kill()
            self.process.communicate()
        if not self.printed.closed:
            self.printed.seek(0)
            self.last = self.printed.read().strip().splitlines()[-1:]
            self.printed.close()

    def kill(self) -> None:
        """End it whatever it does."""
        self.process.kill()
        self.close()

    def _stop(self) -> None:
        self.late = True
        self.process.kill()


def answer(reply: Callable[[Any], object]) -> None:
    """Be the process: answer questions until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(reply(json.loads(line))), file=answers, flush=True)
    os._exit(0)  # threads that a plugin left are no reason to wait
