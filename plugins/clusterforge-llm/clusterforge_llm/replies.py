"""Replies that are there already: in a file that the recipe names, in the run's folder, or in the cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clusterforge.contracts import Context
from clusterforge.contracts import Replies as Kept
from clusterforge.errors import InputError
from clusterforge_llm.plugin import LlmParams
from clusterforge_llm.reply import Reply


@dataclass(frozen=True)
class Replies:
    """Replies by the hash of address and request.

    Parameters
    ----------
    file
        Those of the file that the recipe names.
    kept
        Those of this run and of the cache; None where there is no place for them.
    """

    file: Mapping[str, str]
    kept: Kept | None

    @classmethod
    def of(cls, params: LlmParams, context: Context) -> Replies:
        """Return the replies at hand.

        Raises
        ------
        InputError
            Where the file that the recipe names holds none.
        """
        return cls(_read(params.replies) if params.replies else {}, context.replies)

    def load(self, key: str) -> Reply | None:
        """Return the reply to a request; None: ask."""
        text = self.kept.load(key) if self.kept else None
        reply = Reply.stored(text) if text is not None else None
        if reply is None and (text := self.file.get(key)) is not None:
            reply = Reply.stored(text)
            if reply and self.kept:
                self.kept.save(key, text)
        return reply

    def save(self, exchange: Mapping[str, Reply]) -> None:
        """Store the replies that led to a name."""
        for key, reply in exchange.items():
            if self.kept:
                self.kept.save(key, reply.store())


def _read(path: str) -> dict[str, str]:
    try:
        replies = json.loads(Path(path).read_bytes())["replies"]
        if all(isinstance(reply, str) for reply in replies.values()):
            return dict(replies)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    raise InputError(
        f"{path} holds no replies",
        key="replies",
        remedy="name the file names/replies.json of a run",
    )
