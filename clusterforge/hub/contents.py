"""The content of files and folders as a hash. Light: it imports no library of networks.

Public: a plugin that brings weights of its own may use these functions.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

OTHER_FORMATS = {"onnx", "openvino", "coreml", "flax", "tf"}


def content_digest(path: Path) -> str:
    """Return the sha256 of a file, or of a folder's files by relative path, as 64 hex digits.

    Hidden files, and folders that hold a model once more for another library (``onnx``, …), don't
    count. A file is read once per process unless its size or time changes.

    Raises
    ------
    FileNotFoundError
        Where there is neither a file nor a folder.
    """
    if not path.is_dir():
        return file_digest(path)
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        hidden = any(part.startswith(".") for part in parts) or OTHER_FORMATS & set(parts[:-1])
        if not hidden and file.is_file():
            digest.update(f"{'/'.join(parts)}|{file_digest(file)}|".encode())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of one file, as 64 hex digits."""
    stat = path.stat()
    return _digest(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, time: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
