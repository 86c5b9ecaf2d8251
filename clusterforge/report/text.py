"""Text from users and data sets made safe to show: it is hostile until it has been here."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Characters that end a script element or a line of JavaScript, as JSON escapes.
IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def clean(text: str) -> str:
    """Put U+FFFD in the place of control characters and lone surrogates."""
    return UNSHOWABLE.sub("\ufffd", text)


def short(text: str, length: int) -> str:
    """Return a cleaned text on one line, cut to a length in characters, not behind the dot of a name."""
    text = clean(" ".join(text.split()))
    return text if len(text) <= length else text[: length - 1].rstrip(" ·") + "…"


def embedded(value: Any) -> str:
    """Return JSON that can stand in a script element of a page.

    Raises
    ------
    ValueError
        Where the value holds nan or infinity.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(IN_SCRIPT)


def compressed(data: bytes) -> str:
    """Return bytes as gzip in base64, as a script element of a page holds them."""
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()
