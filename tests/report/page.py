"""A page taken apart."""

from __future__ import annotations

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from clusterforge.report.map_data import KINDS

GZIP = "application/gzip"
VOID = {"meta", "input", "img", "br", "hr", "link"}


class Page(HTMLParser):
    """A page; every element must be closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.parts = ""
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    @classmethod
    def of(cls, folder: Path) -> Page:
        return cls((folder / "report.html").read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw.append((self.open[-1], data))
        else:
            self.parts += f" {data}"

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        return re.sub(r" (?=[,.:;])", "", " ".join(self.parts.split()))

    def script(self, kind: str) -> str:
        """Return the text of the script of a type."""
        kinds = [attrs.get("type") for tag, attrs in self.tags if tag == "script"]
        return [text for tag, text in self.raw if tag == "script"][kinds.index(kind)]

    @property
    def data(self) -> dict:
        data = json.loads(self.script("application/json"), parse_constant=pytest.fail)
        scripts = [text for tag, text in self.raw if tag == "script"]
        kinds = [attrs.get("type") for tag, attrs in self.tags if tag == "script"]
        packed = [text for kind, text in zip(kinds, scripts, strict=True) if kind == GZIP]
        return data | {"rows": unpacked(packed[0]) | lines(packed[1:])}


def lines(packed: list[str]) -> dict[str, list[str]]:
    """Return ids and texts, as ``lines.packed_lines`` packs them."""
    split = "\n".join(gzip.decompress(base64.b64decode(of)).decode() for of in packed).split("\n")
    pairs = [line.partition("\t") for line in split]
    return {"ids": [name for name, _, _ in pairs], "texts": [text for _, _, text in pairs]}


def unpacked(packed: str) -> dict:
    """Undo ``map_data.packed``."""
    data = gzip.decompress(base64.b64decode(packed))
    start = 4 + int.from_bytes(data[:4], "little")
    columns = json.loads(data[4:start])
    for name, of in columns.items():
        if isinstance(of, dict):
            kind = next(code for code, word in KINDS.items() if word == of["kind"])
            array = np.frombuffer(data, f"<{kind}", of["length"], start + of["at"])
            columns[name] = array.tolist()
    return columns
