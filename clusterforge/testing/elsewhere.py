"""Another process that restores plugins from their stored state, as seen from here.

It is started once and lives as long as the process that asks; jobs and replies are lines of JSON.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import fields
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from clusterforge.specs import Spec
from clusterforge.testing.check import Failure
from clusterforge.testing.imports import search_path

if TYPE_CHECKING:
    from clusterforge.testing.subject import Subject

SERVER = "clusterforge.testing.restoring"
ANSWER = "answer.npz"
LIMIT = 60.0  # seconds


class Elsewhere:
    """The other process, as seen from here."""

    def __init__(self) -> None:
        self.said: IO[str] = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", SERVER],
            # Another order of hashes shows what rests on it.
            env={**os.environ, "PYTHONPATH": search_path(), "PYTHONHASHSEED": "4321"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        self.late = False
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None

    def ask(self, job: dict[str, Any]) -> None:
        """Have a job done.

        Raises
        ------
        Failure
            Where it could not be done, or not within the limit.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        limit = Timer(LIMIT, self._stop)
        limit.start()
        try:
            print(json.dumps(job), file=self.process.stdin, flush=True)
            reply = self.process.stdout.readline()
        except BrokenPipeError:
            reply = ""
        finally:
            limit.cancel()
        if not reply:
            self.close()
            if self.late:
                raise Failure(f"restored in another process, it gave no answer in {LIMIT:g} s")
            self.said.seek(0)
            last = (self.said.read().strip().splitlines() or ["without a word"])[-1]
            raise Failure(f"the other process ended: {last}")
        problem = json.loads(reply)
        if problem:
            raise Failure(f"it can't be restored in another process: {problem}")

    def close(self) -> None:
        """End it."""
        atexit.unregister(self.close)
        try:
            self.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:  # a plugin may have left a thread that never ends
            self.process.kill()
            self.process.communicate()

    def _stop(self) -> None:
        self.late = True
        self.process.kill()


_HELD: list[Elsewhere] = []


def answer_elsewhere(subject: Subject[Any], folder: Path) -> dict[str, Any]:
    """Return what a plugin answers that another process restored from the state in a folder."""
    if not (_HELD and _HELD[-1].alive):
        _HELD[:] = [Elsewhere()]
    _HELD[-1].ask(
        {
            "spec": spec_record(subject.spec),
            "params": subject.given,
            "content": subject.wanted,
            "folder": str(folder),
        }
    )
    with np.load(folder / ANSWER, allow_pickle=False) as stored:
        return dict(stored)


def spec_record(spec: Spec) -> dict[str, Any]:
    """Return a spec as JSON values; its parameter model by name."""
    record = {field.name: getattr(spec, field.name) for field in fields(spec)}
    record["params"] = [spec.params.__module__, spec.params.__qualname__]
    if "takes" in record:
        record["takes"] = sorted(record["takes"])
    return {"kind": spec.kind, **record}
