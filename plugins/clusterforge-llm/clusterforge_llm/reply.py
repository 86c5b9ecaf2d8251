"""What a model replied: a name, or what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from clusterforge_llm.prompt import one_line

LONGEST, REFUSED = 80, 400


class WrongReply(Exception):
    """The reply is not what was asked for; the message says why, for the model and for the user."""


@dataclass(frozen=True)
class Reply:
    """A completion, as it is stored.

    Parameters
    ----------
    content
        What the model wrote.
    tokens_in, tokens_out
        Tokens of the prompt and of the reply, as the endpoint counts them; None where it does not.
    """

    content: str
    tokens_in: int | None
    tokens_out: int | None

    @classmethod
    def read(cls, text: str) -> Reply:
        """Return a reply as an endpoint gives it, a chat completion.

        Raises
        ------
        ValueError
            Where the text is none.
        """
        try:
            body = json.loads(text)
            message = body["choices"][0]["message"]
            content = message.get("content")
            usage = body.get("usage") or {}
            counts = [usage.get(key) for key in ("prompt_tokens", "completion_tokens")]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("no chat completion") from error
        if content is not None and not isinstance(content, str):
            raise ValueError("no chat completion: its content is no text")
        sane = [
            n if isinstance(n, int) and not isinstance(n, bool) and n >= 0 else None for n in counts
        ]
        return cls(content or "", *sane)

    @classmethod
    def stored(cls, text: str) -> Reply | None:
        """Return a reply that ``store`` has written; None where it is damaged."""
        try:
            body = json.loads(text)
            content, *counts = body["content"], body["tokens_in"], body["tokens_out"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
        whole = all(n is None or (isinstance(n, int) and n >= 0) for n in counts)
        return cls(content, *counts) if isinstance(content, str) and whole else None

    def store(self) -> str:
        """Return the reply as JSON."""
        return json.dumps(vars(self), ensure_ascii=False, sort_keys=True)


def name_of(content: str) -> str:
    """Return the name in a reply: one line, cut.

    Raises
    ------
    WrongReply
        Where the reply is not one JSON object with a name and nothing else.
    """
    if not content.strip():
        raise WrongReply("the reply was empty")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise WrongReply("the reply was not JSON") from None
    if not isinstance(body, dict):
        raise WrongReply("the reply was no JSON object")
    if set(body) != {"name"}:
        raise WrongReply('the reply must have the key "name" and no other')
    name = body["name"]
    if not isinstance(name, str):
        raise WrongReply("the name was no text")
    if len(name) > REFUSED:
        raise WrongReply(f"the name had {len(name):,} characters")
    line = one_line(name, LONGEST).strip("\"'` ")
    if not any(c.isalnum() for c in line):
        raise WrongReply("the name had no letters")
    return line
