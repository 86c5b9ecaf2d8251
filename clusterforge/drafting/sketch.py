"""What one column of a source looks like, and what becomes of it by what is said of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from clusterforge.contracts import ColumnKind
from clusterforge.tables import called_id

Kind = ColumnKind | Literal["text", "vector", "image", "id", "unused"]

MOST_CLASSES = 200
TITLE = re.compile(r"subject|title|headline|heading|summary", re.IGNORECASE)
NAMES_TEXT = re.compile(
    r"body|text|message|content|description|comment|review|abstract|question|utterance|sentence|note|tweet|"
    r"post|feedback|document|transcript",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ColumnSketch:
    """What a column looks like.

    Parameters
    ----------
    name
        Its name.
    kind
        What it holds.
    about
        What was seen, in a few words.
    values
        How many different values were seen; 0 where they were not counted.
    words, length
        Of texts, and of ids that may be some, the mean numbers of words and characters.
    may_be_label
        Whether few values repeat, as those of true labels do, and can be read as labels.
    called_label
        Whether its name, or the source, says that it holds labels.
    signed
        Whether it holds numbers with signs and units, which are no features as they are.
    constant
        Whether it has one value, and no gap beside it.
    form
        The one format by which all of its texts are dates, or ``number`` where all are numbers to be said to
        be some, or ``category`` where they are codes; empty where there is none, or several.
    sparse
        Whether most rows have no text.
    gaps
        The values that keep it from being a column of numbers, where they are few, or that are no answer
        beside words in an order.
    """

    name: str
    kind: Kind
    about: str
    values: int = 0
    words: float = 0.0
    length: float = 0.0
    may_be_label: bool = False
    called_label: bool = False
    signed: bool = False
    constant: bool = False
    form: str = ""
    sparse: bool = False
    gaps: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether a table can be clustered by it."""
        return self.kind not in ("text", "image", "id", "unused", "vector") or bool(self.form)

    @property
    def called_text(self) -> bool:
        """Whether its name says that it holds texts."""
        return bool(NAMES_TEXT.search(self.name) or TITLE.search(self.name))

    @property
    def identifies(self) -> bool:
        """Whether its numbers are ids that may repeat, as those of customers are."""
        return self.kind == "number" and self.values > MOST_CLASSES and called_id(self.name)


def as_said(column: ColumnSketch, kind: str | Sequence[str]) -> ColumnSketch:
    """Return a column as the user says what it is: a kind, the format of a date, or values in their order."""
    if not isinstance(kind, str):
        kind = "ordinal"
    known = "date" if "%" in kind else kind.partition(" ")[0]
    return replace(column, kind=cast(Kind, known), about="as you said", signed=False, form="")


def as_typed(column: ColumnSketch) -> ColumnSketch:
    """Return a column as the recipe reads it, which sets its form in ``types``."""
    if column.kind != "unused":
        return column
    kind: Kind = "number" if column.form == "number" else "date"
    return replace(column, kind=kind, about=f"{column.about.partition(': ')[0]}, read by types")
