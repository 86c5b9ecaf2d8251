"""What a file is by its first bytes, where its name says something else."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable
from pathlib import Path

from clusterforge import file_keys
from clusterforge.errors import InputError

PATH, FIRST = "path", 512
POINTER = b"version https://git-lfs"
PICKLE = "a pickle of Python; write its arrays as .npz, in a program that trusts it"
_BEGIN = {
    b"\x1f\x8b": "compressed by gzip; add .gz to its name",
    b"PK\x03\x04": "a zip archive; unpack it",
    b"PAR1\x15": "a parquet file; call it .parquet",
    b"SQLite format 3\0": "an sqlite database; call it .sqlite",
    b"ARROW1\0\0": "an Arrow file; call it .arrow",
    b"\x93NUMPY": "a numpy array; call it .npy",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an .xls workbook, or one with a password; save it as .xlsx without "
    "a password",
    **dict.fromkeys((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), PICKLE),
    b"%PDF-": "a PDF; write its text to a file",
    b"{\\rtf": "rich text (RTF); save it as plain text (.txt, UTF-8)",
    POINTER: "what Git LFS keeps in place of the file; run git lfs pull",
}
_PAGE = (b"<!doctype html", b"<html")
_ABOUT = ("readme", "license", "licence", "changelog", "notice", "citation")
"""Files that say something of the others."""
_PAGES = (".html", ".htm")
_SAVED = re.compile(r"(.+)([_-](files|Dateien|fichiers|archivos|bestanden|arquivos)|\.files)")
"""The folder in which a browser keeps what belongs to a page that it has saved."""
_TAR, _TAR_AT = b"ustar", 257
GEOJSON = "write the properties of its features to a .csv file"
_REMEDIES = (
    (".zip .tar .tgz .7z .rar .xz", "unpack it"),
    (".xls .xlsm .xlsb .ods .numbers", "save it as .xlsx or .csv"),
    (".pkl .pickle .h5 .hdf5 .mat .rds .rdata .sav .dta .sas7bdat", "write it as .parquet"),
    (".orc .avro .duckdb .arff .h5ad .loom .mtx .nc .tfrecord .msgpack", "write it as .parquet"),
    (".pdf", "write its text to a .txt or .csv file, or its pages as .png"),
    (".dcm .dng .svg .cr2 .cr3 .nef .arw .orf .rw2 .raf", "convert it to .png"),
    (".czi .nd2 .lif .svs .nii .fits", "convert it to .tif"),
    (".mp4 .mov .avi .mkv", "write frames of it as .png"),
    (".wav .mp3 .flac .m4a .ogg", "write its features as .npy"),
    (
        ".js",
        "if it is JSON behind a name and =, remove what stands before the first [ or {, call it .json",
    ),
    (".xml .yaml .yml .sql", "write its rows to a .csv or .jsonl file"),
    (
        ".vtt .srt .ass .sbv",
        "write what is said, without numbers and times, to a .txt or .csv file",
    ),
    (".vec .glove", 'call it .txt to see what it holds; write vectors as .npy (features = "all")'),
    (".ipynb", "write its cells as rows of a .csv or .jsonl file"),
    (".kml .gpx .shp .gpkg .fit .tcx", "write its rows to a .csv file"),
    (".eml .mbox .msg .ics", "write its texts to a .csv or .jsonl file"),
    (".fasta .fa .fastq", "write each sequence as a row of a .csv file"),
    (".vcf .gct .maf .bed .gff", "call it .tsv if it is a table"),
    (".psv", 'call it .csv, and set delimiter = "|"'),
    (".geojson", GEOJSON),
    (".pt .pth .safetensors", "write the array as .npy"),
    (".doc .docx", "write its text to a .txt or .csv file"),
    (
        ".md .html .htm",
        "set whole_files = true if each such file is one text",
    ),
    (
        ".libsvm .svm .svmlight",
        "write an npz file of x and y, from load_svmlight_file of scikit-learn",
    ),
    (
        ".log .text .dat .data .asc",
        "call it .txt if each line is a text, .csv if it is a table",
    ),
)
_NAMES = {suffix: remedy for suffixes, remedy in _REMEDIES for suffix in suffixes.split()}
"""What to do with a file of a kind that is not read, by its suffix."""


def faulty_file(problem: str, remedy: str | None = None) -> InputError:
    """Return the error for a file that can't be read as it is, and what to do to it."""
    return InputError(problem, key=PATH, remedy=remedy)


def check_start(path: Path, data: bytes, within: str = "") -> None:
    """Refuse a text file whose first bytes are those of something else.

    Parameters
    ----------
    path
        The file.
    data
        Its first 512 bytes, decompressed.
    within
        What it is compressed by.

    Raises
    ------
    InputError
        With what it is, and what to do.
    """
    text = data.removeprefix(BOM_UTF8).lstrip()
    if re.match(rb"(?i)(%[^\n]*\n\s*)*@relation\s", text):
        arff = "write it as .parquet (scipy.io.arff.loadarff)"
        raise faulty_file(f"{path} is an ARFF file of Weka", arff)
    if file_keys.kind(path) in file_keys.CSV and text.startswith((b'{"', b"[{")):
        raise faulty_file(f"{path} is JSON", "call it .json, or .jsonl if each line is a row")
    if file_keys.kind(path) == ".txt" and text.startswith(b"<?xml"):
        raise faulty_file(f"{path} is XML", _NAMES[".xml"])
    what = next((what for start, what in _BEGIN.items() if data.startswith(start)), None)
    if file_keys.IMAGES.match(data):
        what = "an image; give it its own suffix, as .png or .jpg"
    if data[_TAR_AT:].startswith(_TAR):
        what = "a tar archive; unpack it"
    elif file_keys.kind(path) not in _PAGES and data.lstrip().lower().startswith(_PAGE):
        what = "a web page, not the file; download the file itself"
        if b"<table" in data.lower():
            what = "a table of HTML; open it in a spreadsheet program, and save it as .csv or .xlsx"
    if what is not None:
        is_, _, remedy = what.partition("; ")
        remedy = "unpack it" if within else remedy
        inside = f", within {within}" if within else ""
        raise faulty_file(f"{path} is {is_}{inside}", remedy)


def in_place_of(path: Path) -> InputError | None:
    """Return the error for what stands in place of a file: a pointer, a web page; None for others."""
    data = _start(path)
    if not data.lstrip().lower().startswith((POINTER, *_PAGE)):
        return None
    try:
        check_start(path, data)
    except InputError as error:
        return error
    return None


def _start(path: Path) -> bytes:
    """Return the first bytes of a file; none of one that can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(FIRST)
    except OSError:
        return b""


def is_about_others(path: Path) -> bool:
    """Tell whether a file says something of the others, as a readme does."""
    return path.stem.lower() in _ABOUT


def documents(paths: Iterable[Path]) -> list[Path]:
    """Return the files of which each may be one text: by their suffixes, or those of text that have none.

    What a browser has saved with a page, as frames of advertising, is none.
    """
    listed = [*paths]
    there = {*listed}
    folders = {folder for path in listed for folder in path.parents}
    parts = {
        folder
        for folder in folders
        if (saved := _SAVED.fullmatch(folder.name))
        and any(folder.parent / f"{saved[1]}{suffix}" in there for suffix in _PAGES)
    }
    listed = [path for path in listed if parts.isdisjoint(path.parents)]
    every = [path for path in listed if not is_about_others(path)] or listed
    called = [path for path in every if file_keys.kind(path) in file_keys.DOCUMENTS]
    return called or [path for path in every if not path.suffix and _is_text(path)]


def _is_text(path: Path) -> bool:
    data = _start(path)
    return bool(data) and b"\0" not in data and not file_keys.IMAGES.match(data)


def remedy(path: Path, *, several: bool = True) -> str | None:
    """Say what to do with a file, or several, of a kind that is not read; None where nothing is known."""
    if not path.suffix and path.is_file() and file_keys.IMAGES.match(_start(path)):
        return "it is an image: give it and others like it their suffix, as .png or .jpg"
    if path.suffix.lower() in file_keys.COMPRESSED and not Path(path.stem).suffix:
        return f"say in its name what it holds, as {path.stem:.40}.jsonl{path.suffix}"
    if not path.suffix and path.is_file() and _start(path)[:2] in _BEGIN:
        return f"it is {PICKLE}"
    if several and not path.suffix and path.is_file() and b"\0" not in _start(path):
        return "set whole_files = true if each file is one text"
    return next((_NAMES[end] for end in map(str.lower, path.suffixes[::-1]) if end in _NAMES), None)
