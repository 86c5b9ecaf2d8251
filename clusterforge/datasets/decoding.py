"""Bytes and text of files: compressed or not, in any encoding."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from clusterforge.datasets import encodings
from clusterforge.datasets.signatures import FIRST, check_start, faulty_file
from clusterforge.datasets.table_rows import Format
from clusterforge.errors import InputError
from clusterforge.file_keys import COMPRESSED, TABBED, kind
from clusterforge.formats import count

START = 1 << 16
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",  # begins as that of UTF-16
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BLOCK = 1 << 20
_SEPARATOR_LINE, _SHORT = re.compile(rb'"?sep=(?P<separator>[ -~\t])"?(?=[\r\n])'), 16
_CESU = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
LINE_END = re.compile(r"\r\n|\r|\n")


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; none at the end."""


def opened(path: Path) -> Any:
    """Open a file for reading its bytes, decompressed."""
    file = path.open("rb")
    compression = COMPRESSED.get(path.suffix.lower())
    read: Any = file
    if compression is not None:
        read = io.BufferedReader(pa.input_stream(file, compression=compression), START)
    try:
        check_start(path, read.peek(FIRST)[:FIRST], compression or "")
    except InputError:
        file.close()
        raise
    return read


def csv_text(path: Path, form: Format) -> Any:
    """Open a csv file for reading its text as UTF-8, without what is no row; lines keep their numbers.

    Neither a byte order mark, nor comments, nor the text of a first line ``sep=;`` is read, and of what
    is to be skipped its line ends alone.
    """
    first = _separator_line(path, form)
    file = _utf8(path, form)
    if first:
        file.read(len(first[0]))
    if form.skip:
        file = _Stream(file, _below(file, form.skip))
    if form.comment:
        file = _Stream(file, _uncommented(file, form, separator(path, form)))
    return file


def separator(path: Path, form: Format) -> str:
    """Return what stands between the values of a csv file."""
    return form.delimiter or named_separator(path, form) or ("\t" if kind(path) in TABBED else ",")


def named_separator(path: Path, form: Format) -> str | None:
    """Return the delimiter that a first line ``sep=;`` names, as spreadsheets write and read it."""
    first = _separator_line(path, form)
    return first["separator"].decode() if first else None


def _separator_line(path: Path, form: Format) -> re.Match[bytes] | None:
    with _utf8(path, form) as file:
        return _SEPARATOR_LINE.match(file.read(_SHORT))


def _utf8(path: Path, form: Format) -> Any:
    """Open a text file for reading its text as UTF-8, whatever it is in, without a byte order mark."""
    check_encoding(path, form.encoding)
    file = opened(path)
    if not _is_utf8(form.encoding):
        return _Stream(file, _recoded(file, path, form.encoding))
    if file.peek(3)[:3] == codecs.BOM_UTF8:
        file.read(3)
    return file


def start(path: Path, form: Format) -> str:
    """Return the beginning of a csv file, as :func:`csv_text` reads it."""
    with csv_text(path, form) as file:
        data: bytes = file.read(START)
    return data.decode("utf-8", errors="replace")


def text(path: Path, form: Format, *, or_none: bool = False) -> str:
    """Return the text of a file, without a byte order mark.

    Raises
    ------
    InputError
        Where it is empty and may not be, or not in the encoding.
    """
    check_encoding(path, form.encoding)
    with opened(path) as file:
        data: bytes = file.read()
    try:
        decoded = data.decode(form.encoding).removeprefix("\ufeff")
    except UnicodeError:
        raise not_encoded(path, form.encoding) from None
    if not (decoded.strip() or or_none):
        raise empty(path)
    return decoded


def lines(path: Path, form: Format) -> list[str]:
    """Return the lines of a text file, whichever line ends it has."""
    return LINE_END.split(text(path, form, or_none=form.drop_empty))


def empty(path: Path, skip: int = 0) -> InputError:
    """Return what to raise where a file holds nothing, or nothing below lines that are skipped."""
    if skip:
        return InputError(f"{path} has no rows below {count(skip, 'line')}", key="skip")
    other = ', or, of several files, remove it or set missing = "drop"' * (kind(path) == ".txt")
    return faulty_file(f"{path} is empty", f"write its texts to it{other}" if other else None)


def own_encoding(path: Path, encoding: str) -> str:
    """Return what one of several files is certainly in, whatever the others are: by its mark, or as UTF-8.

    Letters of UTF-8 are none in an encoding of one byte for each.
    """
    with opened(path) as file:
        first: bytes = file.read(START)
    marks = {codecs.BOM_UTF8: "utf-8", **_BOMS}
    if marked := next((name for mark, name in marks.items() if first.startswith(mark)), None):
        return marked
    check_encoding(path, encoding)
    one_byte = len(bytes(range(128, 256)).decode(encoding, "replace")) == 128
    if one_byte and not first.isascii():
        with suppress(UnicodeError):
            codecs.getincrementaldecoder("utf-8")().decode(first)
            return "utf-8"
    return encoding


def check_encoding(path: Path, encoding: str) -> None:
    """Check that an encoding exists, and that a file in UTF-16 is not read as UTF-8.

    Raises
    ------
    InputError
        With the key ``encoding`` and what to set it to.
    """
    try:
        codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError):
        raise InputError(
            f"there is no encoding {encoding!r}",
            key="encoding",
            remedy='"utf-8", "cp1252", "latin-1" and "utf-16" are common',
        ) from None
    with opened(path) as file:
        first: bytes = file.read(START)
    if not _is_utf8(encoding):
        if first.startswith(codecs.BOM_UTF8):
            raise _to_set(f"{path} is not {encoding}: it begins with the mark of utf-8", "utf-8")
        return
    marks = (name for mark, name in _BOMS.items() if first.startswith(mark))
    wide = next(marks, None) or _unmarked(first)
    if wide:
        raise _to_set(f"{path} is {wide}", wide)


def _to_set(problem: str, encoding: str) -> InputError:
    remedy = f'set it to "{encoding}"'
    return InputError(problem, key="encoding", remedy=remedy, options=(encoding,))


def _unmarked(data: bytes) -> str | None:
    """Return the kind of UTF-16 that bytes without a mark are: every other byte is mostly zero."""
    half = len(data) // 2
    if half < 2:
        return None
    zeros = [data[side::2].count(0) / half for side in (0, 1)]
    if max(zeros) > 0.5 and min(zeros) < 0.1:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    return None


def not_encoded(path: Path, encoding: str) -> InputError:
    """Return what to raise where a file is not in an encoding: the first such line, and what it may be in."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, before, rest = 1, False, b""
    with opened(path) as file:
        try:
            while data := file.read(START):
                text = decoder.decode(data)
                line += text.count("\n")
                before = before or not text.isascii()
        except UnicodeError as error:
            if isinstance(error, UnicodeDecodeError):
                data, at = error.object, error.start
                line += data[:at].count(b"\n")
                before = before or not data[:at].isascii()
                rest = data[data.rfind(b"\n", 0, at) + 1 :] + file.read(START)
    what, key = f"{path} is not {encoding} (line {line})", "encoding"
    if before and _is_utf8(encoding) and not _CESU.search(rest):
        remedy = "all before is: write that line anew, or set it to what the whole file is in"
        return InputError(what, key=key, remedy=remedy)
    if _is_utf8(encoding) and _CESU.search(rest):
        return faulty_file(
            f"{what}: it is CESU-8, as some databases write emoji",
            "write it anew: open(…, 'rb').read().decode('utf-8', 'surrogatepass')"
            ".encode('utf-16', 'surrogatepass').decode('utf-16')",
        )
    seen = encodings.sample(rest[: rest.rfind(b"\n") + 1] or rest)
    known = encodings.named(seen)
    if known and not _same(known[0], encoding):
        found, language = known
        what += f" but reads like {language} in {found}" if language else f" but {found}"
        return _to_set(what, found)
    others = [other for other in encodings.possible(seen) if not _same(other, encoding)]
    listed = " or ".join(f'"{other}"' for other in [*others, "utf-16"][:2])
    return InputError(
        f"{what}, and its letters do not tell what it is in",
        key=key,
        remedy=f"name the actual one, such as {listed}",
        options=tuple(others),
    )


def _is_utf8(encoding: str) -> bool:
    return _same(encoding, "utf-8")


def _same(encoding: str, other: str) -> bool:
    names = (codecs.lookup(one).name.removesuffix("-sig") for one in (encoding, other))
    return len({*names}) == 1


class _Stream(io.RawIOBase):
    """The text that is made of a file, in pieces as they are asked for.

    Parameters
    ----------
    file
        What is closed with it.
    blocks
        The text, block by block.
    """

    def __init__(self, file: Any, blocks: Iterator[bytes]) -> None:
        self._file, self._blocks, self._rest = file, blocks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._rest], len(self._rest)
        while (size < 0 or length < size) and (block := next(self._blocks, None)) is not None:
            parts.append(block)
            length += len(block)
        whole = b"".join(parts)
        cut = len(whole) if size < 0 else size
        self._rest = whole[cut:]
        return whole[:cut]

    def close(self) -> None:
        self._file.close()
        super().close()


def _blocks(file: Readable) -> Iterator[bytes]:
    return iter(partial(file.read, _BLOCK), b"")


_QUOTED = rb'(?:[^"]++|"")*+(?P<end>"?)'
_REST = re.compile(_QUOTED)


def _uncommented(file: Readable, form: Format, delimiter: str) -> Iterator[bytes]:
    """Yield text without the lines that begin with a mark: they are empty, so that lines keep their numbers.

    Within quotes a mark is a character like others; a quoted value may go on in the next block.
    """
    mark, between = re.escape((form.comment or "").encode()), re.escape(delimiter.encode())
    pattern = rb"(?:^|(?<=[\r\n]))" + mark + rb"[^\r\n]*"
    if form.quotes:
        pattern += rb"|(?:^|(?<=[\r\n]|" + between + rb'))"(?P<value>' + _QUOTED + rb")"
    parts, line, quoted = re.compile(pattern), b"", False

    def kept(part: re.Match[bytes]) -> bytes:
        nonlocal quoted
        value = part.groupdict().get("value")
        if value:
            quoted = not part["end"]
        return part.group() if value or part.group().startswith(b'"') else b""

    for data in chain(_blocks(file), [b""]):
        lines, start = line + data, 0
        cut = lines.rfind(b"\n") + 1 if data else len(lines)
        lines, line = lines[:cut], lines[cut:]
        if quoted:
            rest = _REST.match(lines)
            assert rest is not None
            start, quoted = rest.end(), not rest["end"]
        yield lines[:start] + parts.sub(kept, lines[start:])


def _below(file: Readable, lines: int) -> Iterator[bytes]:
    """Yield text below some lines: these are empty, so that lines keep their numbers."""
    yield b"\n" * lines
    data = file.read(_BLOCK)
    end = b"\r" if b"\r" in data and b"\n" not in data else b"\n"
    while lines and data:
        parts = data.split(end, lines)
        lines -= len(parts) - 1
        data = parts[-1] if not lines else file.read(_BLOCK)
    yield data
    yield from _blocks(file)


def _recoded(file: Readable, path: Path, encoding: str) -> Iterator[bytes]:
    """Yield text in some encoding as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(file.read(_BLOCK)).removeprefix("\ufeff").encode("utf-8")
        for data in chain(_blocks(file), [b""]):
            yield decoder.decode(data, final=not data).encode("utf-8")
    except UnicodeError:
        raise not_encoded(path, encoding) from None
