"""Documents: files of which each is one text as a whole, with its name and the folder that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from os.path import commonpath
from pathlib import Path

import numpy as np
import pyarrow as pa

from clusterforge import file_keys
from clusterforge.contracts import Preview
from clusterforge.datasets import decoding, signatures
from clusterforge.datasets.file_finding import DataFiles, named_files
from clusterforge.datasets.file_names import splits_called
from clusterforge.datasets.image_folder import look_into, readable
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.table_rows import Format, Rows
from clusterforge.errors import InputError
from clusterforge.file_keys import DOCUMENTS, FILE, FOLDER
from clusterforge.formats import count, first_of

TEXT = "text"
FEWEST, LINES = 20, 40  # files that may be documents, and lines of each on average
LONGEST = 100  # files that are looked at
START = 1 << 16  # bytes of each
NAMED = 3
_MARK = re.compile(r"<(doc|document|article|text|page|entry|record)[\s>]", re.IGNORECASE)
_FRONT = re.compile(r"\s*---[ \t]*\n(?:[\w][\w .-]*:.*\n(?:(?:[ \t#-].*)?\n)*)+---[ \t]*(?:\n|\Z)")
"""The keys above a note or a page: title, tags, date."""


def find_documents(path: str, key: str = "path") -> DataFiles:
    """Look for documents at a path: a file, a pattern, or a folder and those in it.

    Raises
    ------
    InputError
        Where there is none; ``key`` is the parameter to name.
    """
    base, paths = named_files(path, key)
    if not paths:
        every = [file for file in look_into(base).others if file_keys.is_visible(file)]
        there = [file for file in every if file.is_file()]  # no link that leads nowhere
        paths = file_keys.in_order(signatures.documents(there))
        read = {*paths}
        others = [file for file in every if file not in read]
    else:
        others = []
        documents = {*signatures.documents(paths)}
        if other := next((file for file in paths if file not in documents), None):
            raise InputError(
                f"{other} is no document ({', '.join(DOCUMENTS)})",
                key=key,
                remedy="leave whole_files out",
            )
    if not paths:
        raise InputError(f"there is no text ({', '.join(DOCUMENTS)}) in {path}", key=key)
    top = Path(commonpath([file.parent for file in paths]))
    folders = splits_called([one.name for one in top.iterdir() if one.is_dir()])
    by_split: dict[str, list[Path]] = {TRAIN: []}
    columns: dict[Path, dict[str, int | str | None]] = {}
    for file in paths:
        name = readable(file.relative_to(base))
        parts = [readable(Path(part)) for part in file.relative_to(top).parts]
        split = folders.get(parts[0]) if len(parts) > 1 else None
        by_split.setdefault(split or TRAIN, []).append(file)
        below = parts[1:] if split else parts
        columns[file] = {FILE: name, FOLDER: below[0] if len(below) > 1 else None}
    if not by_split[TRAIN]:
        raise InputError(
            f"{path} has a test folder but no train folder",
            key=key,
            remedy=f"to read all files as train, name them: {top}/*/*{paths[0].suffix}",
        )
    return DataFiles("table", by_split, {}, others, partitions=columns)


def read_documents(paths: Sequence[Path], form: Format, start: int = 0) -> Rows:
    """Read files as one text each: columns ``text``, ``file`` and ``folder``.

    Parameters
    ----------
    paths
        The files.
    form
        How they are read, with the columns of each.
    start
        How many rows stand in the splits before.

    Raises
    ------
    InputError
        Where one is empty and may not be, or is in another encoding.
    """
    texts, kept, empty, headed = [], [], [], []
    for path in paths:
        own = form
        if form.several:
            own = replace(form, encoding=decoding.own_encoding(path, form.encoding))
        text = decoding.text(path, own, or_none=form.drop_empty)
        if file_keys.kind(path) == ".md" and (front := _FRONT.match(text)):
            text = text[front.end() :]
            headed.append(path)
        if text.strip():
            texts.append(text)
            kept.append(path)
        else:
            empty.append(path)
    names = [str(form.partitions[path][FILE]) for path in kept]
    columns = {
        TEXT: pa.array(texts, pa.large_string()),
        FILE: pa.array(names, pa.large_string()),
        FOLDER: pa.array([form.partitions[path][FOLDER] for path in kept], pa.large_string()),
    }
    remarks: tuple[str, ...] = ()
    if empty:
        first = first_of([str(form.partitions[path][FILE]) for path in empty], NAMED)
        remarks = (f"{count(len(empty), 'empty file')} left out: {first}",)
    if headed:
        remarks += (
            f"{len(headed):,} of {len(paths):,} files begin with keys (--- … ---), which are left out of "
            "their texts",
        )
    remarks = (*remarks, *_several_within(texts, names))
    at = np.arange(len(kept))
    return Rows(pa.table(columns), np.array(names, dtype=np.str_), start + at, remarks=remarks)


def _several_within(texts: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """Say that files hold several texts each, between the same marks: ``<doc id="1"> … </doc>``."""
    found = []
    for text in texts[:LONGEST]:
        begun = _MARK.match(text.lstrip())
        number = len(re.findall(rf"(?mi)^\s*<{begun[1]}[\s>]", text)) if begun else 0
        found.append((number, begun[1]) if begun and number > 1 else (0, ""))
    many = [
        (number, mark, name) for (number, mark), name in zip(found, names, strict=False) if number
    ]
    if 2 * len(many) > len(found):
        number, mark, name = many[0]
        yield (
            f"{name} holds {number} texts between <{mark}> and </{mark}>, as others do, and is one text: "
            "write each as a line of a jsonl file"
        )


def documents_preview(paths: Sequence[Path], form: Format, rows: int) -> Preview:
    """Return the first documents, with the folders that they stand in where there are some."""
    read = read_documents(paths[:rows], form)
    table = read.table.drop_columns([FILE])
    if table[FOLDER].null_count == len(table):
        table = table.drop_columns([FOLDER])
    return Preview(table, len(paths) if rows < len(paths) else len(table))


def are_documents(files: DataFiles) -> bool:
    """Tell whether each of many txt files seems to be one text: each has several lines, and none many."""
    paths = files.splits[TRAIN]
    if len(paths) < FEWEST or any(file_keys.kind(path) != ".txt" for path in paths):
        return False
    lines = [_filled_lines(path) for path in paths[:: -(-len(paths) // LONGEST)]]
    return float(np.median(lines)) > 1 and float(np.mean(lines)) < LINES


def _filled_lines(path: Path) -> int:
    with decoding.opened(path) as file:
        return sum(bool(line.strip()) for line in file.read(START).splitlines())
