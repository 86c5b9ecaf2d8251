"""Replies of services outside, in the stage's folder and in the cache, by the content of the request."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from threading import Lock

from clusterforge.errors import ClusterforgeError
from clusterforge.runs.records import Record

FILE = "replies.json"


class _Reply(Record):
    reply: str


class _Replies(Record):
    replies: dict[str, str]


class FolderReplies:
    """What was replied in a stage: its own file holds all that it used, the cache that of all runs.

    Parameters
    ----------
    folder
        The stage's folder; what an interrupted run has left there is reused. None: there is no stage.
    shared
        Where the replies of all runs are; None: nowhere.
    """

    def __init__(self, folder: Path | None, shared: Path | None) -> None:
        self.folder, self.shared = folder, shared
        self.used: dict[str, str] = {}
        self.earlier: dict[str, str] = {}
        self.lock = Lock()
        if folder is not None and (folder / FILE).is_file():
            with suppress(ClusterforgeError):
                self.earlier = _Replies.read(folder / FILE).replies

    def load(self, key: str) -> str | None:
        """Return a reply of this stage, or of another run."""
        reply = self.used.get(key, self.earlier.get(key))
        if reply is None and self.shared is not None and (place := self._place(key)).is_file():
            with suppress(ClusterforgeError):
                reply = _Reply.read(place).reply
        if reply is not None:
            with self.lock:
                self.used[key] = reply
        return reply

    def save(self, key: str, reply: str) -> None:
        """Store a reply; an interrupted run finds it again."""
        with self.lock:
            self.used[key] = reply
            self.write()
        if self.shared is not None:
            with suppress(ClusterforgeError, OSError):  # the cache is a convenience
                _Reply(reply=reply).write(self._place(key))

    def write(self) -> None:
        """Write what was used into the stage's folder, if there is any."""
        if self.used and self.folder is not None:
            _Replies(replies=dict(sorted(self.used.items()))).write(self.folder / FILE)

    def _place(self, key: str) -> Path:
        assert self.shared is not None
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.shared / name[:2] / f"{name}.json"
