"""What a path of the user's means: files of one kind, or a folder of images, split by split."""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from os.path import commonpath
from pathlib import Path
from typing import Literal

from clusterforge import file_keys
from clusterforge.datasets import signatures
from clusterforge.datasets.array_files import TRAIN, idx_labels, npz_splits
from clusterforge.datasets.file_names import bare, check_shards, split_called, splits_called
from clusterforge.datasets.image_folder import IMAGES, ImageFolder, hidden, look_into
from clusterforge.datasets.partitions import Partitions, is_partition, partitions
from clusterforge.datasets.saved_folders import saved_files
from clusterforge.datasets.signatures import PATH
from clusterforge.errors import InputError, near_file
from clusterforge.formats import count

_OF_NOTION = re.compile(r" [0-9a-f]{32}(_all)?$")
_VERSIONED = (
    ("_delta_log", "Delta Lake"),
    (".hoodie", "Hudi"),
    ("metadata/snap-*.avro", "Iceberg"),
)
_PATTERN = frozenset("*?[")
ADDRESS = re.compile(r"(?:^|/)(https?|ftp|s3|gs|az|abfss?|hf|hdfs):/+([^/].*)", re.IGNORECASE)
MANY = 5  # files below for each one of a folder, from which on they may be what is meant
_NO_FILES: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a pipe, not a file"),
    (stat.S_ISCHR, "a device, not a file"),
    (stat.S_ISBLK, "a device, not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
)

Sort = Literal["table", "images"]


@dataclass(frozen=True)
class DataFiles:
    """The files behind a path.

    Parameters
    ----------
    sort
        What they are.
    splits
        The files of each split, in order.
    roots
        For images, the folders that each split's class folders stand in: ``test`` and ``testing``.
    others
        The files of the folder that are not read.
    hidden
        For images, how many hidden files and folders are passed over.
    partitions
        For tables, the columns that the folders of the files give, as text.
    """

    sort: Sort
    splits: Mapping[str, Sequence[Path]]
    roots: Mapping[str, Sequence[Path]]
    others: Sequence[Path] = ()
    hidden: int = 0
    partitions: Partitions = field(default_factory=dict)

    def sums(self, of_file: Callable[[Path], int]) -> dict[str, int]:
        """Return the sum of a number of each file, split by split."""
        return {split: sum(map(of_file, paths)) for split, paths in self.splits.items()}

    def parts_below(self, split: str, path: Path) -> tuple[str, ...]:
        """Return the parts of where an image of a split stands below the folder of the classes."""
        roots = (root.parts for root in self.roots[split])
        root = next(root for root in roots if path.parts[: len(root)] == root)
        return path.parts[len(root) :]

    def name(self, split: str, path: Path) -> Path:
        """Return what an image of a split is called: with its root where the split has several."""
        roots = self.roots[split]
        if len(roots) > 1:
            return path.relative_to(roots[0].parent)
        return Path(*self.parts_below(split, path))


def find(path: str, key: str = "path") -> DataFiles:
    """Look at a path.

    Raises
    ------
    InputError
        Where nothing is there, or nothing that can be read; ``key`` is the parameter to name.
    """
    place = Path(path)
    try:
        if place.is_dir():
            return _folder(place, key)
        if _is_file(place, key):
            return _files([place], key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{path!r:.200} can't be read: {why}", key=key) from None
    base, matches = named_files(path, key)
    _check_versions(_above(matches), key)
    found = _files(matches, key)
    return found if found.sort == "images" else _partitioned(found, base, key)


def without_empty(found: DataFiles) -> DataFiles:
    """Return tables without files of no byte beside others, as parts of Spark may be."""
    train = found.splits[TRAIN]
    if found.sort != "table" or file_keys.kind(train[0]) not in file_keys.CSV or len(train) == 1:
        return found
    empty = [path for path in train if not path.stat().st_size]
    if not empty or len(empty) == len(train):
        return found
    left_out = {*empty}
    splits = {**found.splits, TRAIN: [path for path in train if path not in left_out]}
    return replace(found, splits=splits, others=[*found.others, *empty])


def named_files(path: str, key: str) -> tuple[Path, list[Path]]:
    """Return the folder that a path begins with, and the files that it names; none of a folder.

    Raises
    ------
    InputError
        Where nothing is there; ``key`` is the parameter to name.
    """
    place = Path(path)
    if place.is_dir():
        return place, []
    if _is_file(place, key):
        return place.parent, [place]
    if _PATTERN & set(path):
        matches = _glob(place)
        if not matches:
            raise InputError(f"no file matches {path!r}", key=key)
        return _fixed(place)[0], matches
    address = ADDRESS.search(path)
    if address:
        raise InputError(
            f"{address[1]}://{address[2]:.200} is an address, not a file",
            key=key,
            remedy="download the file, and name it",
        )
    raise InputError(f"{path} does not exist", key=key, remedy=_near(place))


def _is_file(path: Path, key: str) -> bool:
    """Tell whether a file is there.

    Raises
    ------
    InputError
        Where something else is there: a pipe, a device, a socket, a link that leads nowhere.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise InputError(f"{path} is a link to a file that is not there", key=key) from None
        return False
    if not stat.S_ISREG(mode):
        what = next((what for test, what in _NO_FILES if test(mode)), "no file")
        raise InputError(f"{path} is {what}", key=key, remedy="write it to a file first")
    return True


def _glob(pattern: Path) -> list[Path]:
    base, rest = _fixed(pattern)
    some = (p for p in base.glob(rest) if p.is_file() and not p.name.startswith("~$"))
    if any(part.startswith(".") for part in Path(rest).parts):
        return file_keys.in_order(some)
    # Those of checkpoints and archivers are passed over, as they are in folders.
    shown = (p for p in some if not any(map(hidden, _parts(p.relative_to(base)))))
    return file_keys.in_order(shown)


def _parts(path: Path) -> Iterator[Path]:
    """Yield a path and the folders in it."""
    return (place for place in (path, *path.parents) if place.name)


def _fixed(pattern: Path) -> tuple[Path, str]:
    """Return the folder that a pattern begins with, and what follows."""
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if _PATTERN & set(part))
    return Path(*parts[:first]) if first else Path(), str(Path(*parts[first:]))


def _partitioned(found: DataFiles, base: Path, key: str) -> DataFiles:
    """Return the tables of a folder or pattern with the columns that their folders give."""
    every = [path for paths in found.splits.values() for path in paths]
    return replace(found, partitions=partitions(every, base, key))


def _near(path: Path) -> str | None:
    """Say what the folder holds that comes nearest."""
    try:
        names = [other.name for other in path.parent.iterdir() if other.suffix != ".toml"]
    except OSError:
        return f"neither does {path.parent}"
    return near_file(path.name, names) or None


def _files(paths: list[Path], key: str) -> DataFiles:
    suffixes = Counter(map(file_keys.kind, paths))
    if len(suffixes) > 1 and not set(suffixes) <= set(IMAGES):
        listed = ", ".join(sorted(suffixes))
        raise InputError(f"files of different kinds: {listed}", key=key, remedy="name one kind")
    suffix = next(iter(suffixes))
    if suffix in IMAGES:
        return DataFiles(
            "images",
            {"train": paths},
            {"train": [Path(commonpath([path.parent for path in paths]))]},
        )
    _check_once(paths, key)
    if len(paths) == 1 and suffix == ".npz":
        splits = npz_splits(paths[0])
        return DataFiles("table", dict.fromkeys(splits if TRAIN in splits else (TRAIN,), paths), {})
    if not any(map(_is_table, paths)):
        packed = f"texts also compressed ({' '.join(file_keys.COMPRESSED)})"
        raise InputError(
            f"{paths[0]} is not of a supported kind",
            key=key,
            remedy=signatures.remedy(paths[0], several=len(paths) > 1)
            or f"supported: {' '.join(file_keys.TABLES)}, {packed}, and images",
        )
    return DataFiles("table", {"train": paths}, {})


def _check_once(paths: Sequence[Path], key: str) -> None:
    """Refuse a file that is there twice: compressed too, or behind a link."""
    first: dict[object, Path] = {}
    for path in paths:
        stem = path.with_suffix("") if path.suffix.lower() in file_keys.COMPRESSED else path
        status = path.stat()
        for mark in (stem, (status.st_dev, status.st_ino)):
            other = first.setdefault(mark, path)
            if other != path:
                raise InputError(
                    f"{other} and {path.name} are the same file", key=key, remedy="name one of them"
                )


def _is_table(path: Path) -> bool:
    compressed = path.suffix.lower() in file_keys.COMPRESSED
    packed = (*file_keys.TEXTS, file_keys.IDX)
    return file_keys.kind(path) in (packed if compressed else file_keys.TABLES)


def _visible(folder: Path) -> list[Path]:
    return file_keys.in_order(filter(file_keys.is_visible, folder.iterdir()))


def _above(paths: Sequence[Path]) -> set[Path]:
    """Return the folders that files stand in, and those that these stand in."""
    return {
        folder for parent in {path.parent for path in paths} for folder in (parent, *parent.parents)
    }


def _check_versions(folders: Iterable[Path], key: str) -> None:
    """Refuse the folder of a table whose files hold earlier versions of rows, too."""
    for folder in folders:
        for name, kind in _VERSIONED:
            if any(folder.glob(name)):
                raise InputError(
                    f"{folder} is a table of {kind}, whose files hold earlier versions of rows, too",
                    key=key,
                    remedy="write its present rows to parquet files, and name these",
                )


def _folder(folder: Path, key: str) -> DataFiles:
    _check_versions([folder], key)
    saved = saved_files(folder, key)
    if saved:
        return DataFiles("table", saved, {})
    named: dict[str, list[Path]] = {}
    folders = [path for path in _visible(folder) if path.is_dir()]
    for name, split in splits_called([path.name for path in folders]).items():
        named.setdefault(split, []).append(folder / name)
    whole = look_into(folder)
    if whole.images:
        beside = (path for path in whole.others if path.parent == folder)
        tables = [path for path in beside if file_keys.kind(path) in file_keys.SHEETS]
        if len(tables) > len(whole.images):
            patterns = (f"{folder}/*{path.suffix}" for path in (tables[0], whole.images[0]))
            raise InputError(
                f"{folder} has {count(len(tables), 'table')} and {count(len(whole.images), 'image')}",
                key=key,
                remedy=f"name those that are meant: {key} = "
                + " or ".join(f'"{p}"' for p in patterns),
            )
        return _image_splits(folder, whole, named, key)
    files = [p for p in _below(folder) if _is_table(p)]
    split_of = {
        path: split
        for split, roots in named.items()
        for path in chain.from_iterable(map(_below, roots))
        if _is_table(path)
    }
    files += split_of
    labels = {*map(idx_labels, files)}
    files = [path for path in files if path not in labels]
    if not files:
        raise _nothing_read(folder, whole.others, key)
    _check_below(folder, files, whole.others, key)
    _check_matrix(folder, whole.others, key)
    _check_notion(folder, files, whole.others)
    check_shards(files, key)
    by_split: dict[str, list[Path]] = {}
    called = {path: bare(path) for path in files}
    by_name = splits_called([*called.values()])
    for path in files:
        name = split_of.get(path) or by_name.get(called[path], "train")
        by_split.setdefault(name, []).append(path)
    listing = _files(files, key)
    if "train" not in by_split:
        deep = any(path.parent != folder for path in files)
        pattern = folder / ("**/*" if deep else "*")
        raise InputError(
            f"{folder} has a test file but no train file",
            key=key,
            remedy=f"to read all files as train, name them: {pattern}{files[0].suffix}",
        )
    train_first = sorted(by_split, key=lambda split: (split != "train", split))
    by_split = {split: by_split[split] for split in train_first}
    read = {*files, *labels}
    others = [path for path in whole.others if path not in read]
    return _partitioned(DataFiles(listing.sort, by_split, {}, others), folder, key)


def _nothing_read(folder: Path, others: Sequence[Path], key: str) -> InputError:
    """Return the error for a folder without anything that is read: what of it may be meant, and how."""
    tables = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_table(path)]
    _check_versions(_above(tables), key)
    documents = signatures.documents(others)
    if documents and {*tables} <= {*documents}:
        every = f"{folder}/**/*{documents[0].suffix}"
        lines = file_keys.kind(documents[0]) in file_keys.TEXTS
        return InputError(
            f"{folder} has {count(len(documents), 'file')} of texts ({documents[0].relative_to(folder)})",
            key="whole_files",
            remedy="set it to true if each file is one text"
            + f', or {key} = "{every}" if each line is one' * lines,
            options=(True,),
        )
    # As the Hub has them: with its files of train and test, one is a data set.
    whole_set = next((path.parent for path in tables if split_called(bare(path)) == TRAIN), None)
    named = (path for path in others if not signatures.is_about_others(path))
    named_first = sorted(named, key=lambda path: not path.suffix)
    known = ((path, signatures.remedy(path)) for path in named_first)
    there = next((f"{path.name}: {what}" for path, what in known if what), None)
    remedy = there or "put images into one folder for each class, or name a file"
    if tables:
        remedy = f"name the files of its folders: {folder}/**/*{tables[0].suffix}"
    if whole_set:
        remedy = f'name one of its folders: {key} = "{whole_set}"'
    return InputError(f"there is nothing in {folder} that can be read", key=key, remedy=remedy)


def _check_matrix(folder: Path, others: Sequence[Path], key: str) -> None:
    """Refuse tables beside a matrix whose rows and columns they name."""
    matrix = next((path for path in others if ".mtx" in path.name.lower()), None)
    if matrix is not None:
        raise InputError(
            f"{folder} holds a matrix ({matrix.name}), and tables that name its rows and columns",
            key=key,
            remedy="write it with these as one .parquet, a row for each thing (genes by cells is turned: "
            "scipy.io.mmread(…).T)",
        )


def _check_notion(folder: Path, files: Sequence[Path], others: Sequence[Path]) -> None:
    """Refuse the lists of an export of Notion where its pages lie beside them."""
    pages = [path for path in others if path.suffix == ".md" and _OF_NOTION.search(path.stem)]
    if len(pages) > len(files) and all(_OF_NOTION.search(path.stem) for path in files):
        raise InputError(
            f"{folder} is an export of Notion: {count(len(pages), 'page')}, and lists of them",
            key="whole_files",
            remedy=f"set it to true to read the pages, or name a list in path ({files[0].name})",
            options=(True,),
        )


def _check_below(folder: Path, files: Sequence[Path], others: Sequence[Path], key: str) -> None:
    """Refuse few files where many more lie in folders below: texts beside lists, days beside users."""
    kinds = {*map(file_keys.kind, files)}
    suffix = kinds.pop()
    if kinds or suffix not in (".txt", ".json"):
        return
    below = [path for path in others if file_keys.kind(path) == suffix and path not in {*files}]
    if len(below) <= MANY * len(files):
        return
    patterns: dict[str, Path] = {}
    for path in below:
        first, *deeper = path.relative_to(folder).parts[:-1]
        split = split_called(first) if deeper else None
        parts = [first if split else "*", *["*" for _ in deeper], f"*{suffix}"]
        patterns.setdefault(split or "train", folder.joinpath(*parts))
    patterns.setdefault("train", folder / "**" / f"*{suffix}")
    listed = f'{key} = "{patterns["train"]}"'
    if key == PATH and "test" in patterns:
        listed += f', test = "{patterns["test"]}"'
    raise InputError(
        f"{folder} has {count(len(files), f'{suffix} file')}, and {len(below):,} more in folders below are "
        f"not read ({below[0].relative_to(folder)})",
        key=key,
        remedy=f'name those that are meant: {listed}, or "{files[-1].parent}/*{suffix}"'
        + "; whole_files = true where each file is one text" * (suffix == ".txt"),
    )


def _below(folder: Path) -> Iterator[Path]:
    """Yield the visible files of a folder, and of those in it named for a column and a value: ``_week=1``."""
    yield from (path for path in _visible(folder) if path.is_file())
    for path in file_keys.in_order(folder.iterdir()):
        if is_partition(path.name) and not path.name.startswith(".") and path.is_dir():
            yield from _below(path)


def _image_splits(
    folder: Path, whole: ImageFolder, named: Mapping[str, Sequence[Path]], key: str
) -> DataFiles:
    """Return the images of a folder: of its folders named for splits, or all as one."""
    if not named:
        every = {"train": whole.images}
        return DataFiles("images", every, {"train": [folder]}, whole.others, whole.hidden)
    if "train" not in named:
        raise InputError(f"{folder} has a test folder but no train folder", key=key)
    splits = {
        split: [path for path in whole.images if any(map(path.is_relative_to, roots))]
        for split, roots in named.items()
    }
    for split, paths in splits.items():
        if not paths:
            raise InputError(f"there are no images in {named[split][0]}", key=key)
    used = {path for paths in splits.values() for path in paths}
    others = [*whole.others, *(path for path in whole.images if path not in used)]
    return DataFiles("images", splits, named, others, whole.hidden)
