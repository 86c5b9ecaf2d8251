"""A folder laid out as on the Hub: its configurations, splits and parquet files, read by pyarrow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from clusterforge.datasets.columnar_files import first_rows, open_parquet, plain
from clusterforge.datasets.file_names import check_shards
from clusterforge.datasets.table_rows import unreadable
from clusterforge.errors import InputError, nearest
from clusterforge.hub.dataset_download import names_in_schema

CARD = "README.md"
DEFAULT = "default"
_KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}


@dataclass(frozen=True)
class ParquetConfig:
    """One configuration: the parquet files of each split.

    Parameters
    ----------
    name
        Name of the configuration.
    files
        Files of each split, in order.
    card_names
        Names of classes by column, from the README; those in the files come first.
    """

    name: str
    files: Mapping[str, Sequence[Path]]
    card_names: Mapping[str, tuple[str, ...]]

    @cached_property
    def _opened(self) -> dict[str, list[Any]]:
        return {split: [*map(_open, paths)] for split, paths in self.files.items()}

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each split."""
        return {s: sum(f.metadata.num_rows for f in files) for s, files in self._opened.items()}

    def schema(self, split: str) -> Any:
        """Return the Arrow schema of a split."""
        return self._opened[split][0].schema_arrow

    def class_names(self, split: str) -> dict[str, tuple[str, ...]]:
        """Return the names of classes by column."""
        return {**self.card_names, **names_in_schema(self.schema(split))}

    def size(self, split: str, names: Sequence[str]) -> int:
        """Return the bytes that columns take once they are read."""
        metadata = [file.metadata for file in self._opened[split]]
        groups = [m.row_group(index) for m in metadata for index in range(m.num_row_groups)]
        read = [group.column(at) for group in groups for at in range(group.num_columns)]
        return sum(
            column.total_uncompressed_size
            for column in read
            if column.path_in_schema in names or column.path_in_schema.split(".")[0] in names
        )

    def table(self, split: str, names: Sequence[str]) -> Any:
        """Read columns of a split."""
        files = zip(self.files[split], self._opened[split], strict=True)
        tables = [_read(path, partial(file.read, list(names))) for path, file in files]
        try:
            return plain(pa.concat_tables(tables, promote_options="permissive"))
        except pa.ArrowException as error:
            raise unreadable(self.files[split][0].parent, "parquet", error) from None

    def head(self, split: str, rows: int) -> Any:
        """Return about so many first rows of a split, every column."""
        return _read(self.files[split][0], partial(first_rows, self._opened[split][0], rows))

    def whole(self, split: str) -> Any:
        """Read every column of a split."""
        return self.table(split, self.schema(split).names)


def _open(path: Path) -> Any:
    return _read(path, partial(open_parquet, path))


def _read(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, "parquet", error) from None


def find_config(folder: Path, name: str | None) -> ParquetConfig | None:
    """Return a configuration of a folder, or None where it is not made of parquet files.

    Raises
    ------
    InputError
        Where the configuration is not there, or has to be named.
    """
    card = _card(folder)
    configs = _listed(card.get("configs"))
    declared = _declared(folder, [config for config in configs if "data_files" in config])
    paths = [path for splits in declared.values() for of in splits.values() for path in of]
    if not paths or any(path.suffix != ".parquet" for path in paths):
        return None
    names = (str(c.get("config_name", DEFAULT)) for c in configs if c.get("default") is True)
    chosen = pick_config(declared, name, next(names, None))
    for of_split in declared[chosen].values():
        check_shards(of_split)
    return ParquetConfig(chosen, declared[chosen], _card_names(card, chosen))


def pick_config(names: Iterable[str], name: str | None, default: str | None = None) -> str:
    """Return the configuration that is meant.

    Raises
    ------
    InputError
        Where there is none of that name, or there are several and none is named.
    """
    configs = list(names)
    if name is not None:
        if name not in configs:
            raise InputError(
                f"there is no configuration {name!r}", key="config", remedy=nearest(name, configs)
            )
        return name
    for choice in (default, DEFAULT, configs[0] if len(configs) == 1 else None):
        if choice in configs:
            return str(choice)
    raise InputError(
        "is required: there are several configurations",
        key="config",
        remedy=f"choose one of {', '.join(sorted(configs))}",
    )


def _card(folder: Path) -> Mapping[str, Any]:
    """Return the front matter of the README, empty where there is none that can be read."""
    import yaml  # type: ignore[import-untyped,unused-ignore]

    try:
        text = (folder / CARD).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return {}
    match = re.match(r"---\s*\n(.*?)\n---\s*(\n|$)", text, re.DOTALL)
    try:
        card = yaml.safe_load(match[1]) if match else {}
    except (yaml.YAMLError, RecursionError, ValueError):
        raise InputError(f"the front matter of {folder / CARD} is not YAML", key="path") from None
    return card if isinstance(card, Mapping) else {}


def _listed(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def _declared(
    folder: Path, configs: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, tuple[Path, ...]]]:
    """Return the files of each split of each configuration; where none is declared, by their names."""
    if not configs:
        return {DEFAULT: _undeclared(folder)}
    by_config: dict[str, dict[str, tuple[Path, ...]]] = {}
    for config in configs:
        base = folder / _inside(str(config.get("data_dir") or "."))
        splits: dict[str, tuple[Path, ...]] = {}
        for split, patterns in _patterns(config["data_files"]):
            paths = [path for pattern in patterns for path in _matches(base, pattern)]
            if paths:
                splits[split] = (*splits.get(split, ()), *paths)
        # A mirror may hold some of the configurations only.
        if splits:
            by_config[str(config.get("config_name", DEFAULT))] = splits
    return by_config


def _patterns(data_files: Any) -> list[tuple[str, list[str]]]:
    if isinstance(data_files, Mapping):
        return [(str(split), _strings(paths)) for split, paths in data_files.items()]
    if isinstance(data_files, str) or all(isinstance(item, str) for item in data_files):
        return [("train", _strings(data_files))]
    return [(str(i.get("split", "train")), _strings(i.get("path"))) for i in _listed(data_files)]


def _strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _inside(pattern: str) -> str:
    """Refuse a pattern that leads out of the folder: a README is data, not a path of ours."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise InputError(f"the README names {pattern!r}, outside of its folder", key="path")
    return pattern


def _matches(base: Path, pattern: str) -> list[Path]:
    _inside(pattern)
    return sorted(path for path in base.glob(pattern) if path.is_file())


def _undeclared(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Sort the parquet files of a folder into splits by what their names say."""
    splits: dict[str, list[Path]] = {}
    paths = sorted(folder.rglob("*.parquet"))
    for path in paths:
        place = path.relative_to(folder)
        if not any(part.startswith(".") for part in place.parts):
            splits.setdefault(split_in_name(place.with_suffix("").as_posix()), []).append(path)
    return {split: tuple(found) for split, found in splits.items()}


def split_in_name(name: str) -> str:
    """Return the split that a file's name speaks of; train where it speaks of none."""
    words = re.split(r"[^A-Za-z]+", name.lower())
    for split, keywords in _KEYWORDS.items():
        if any(word in keywords for word in words):
            return split
    return "train"


def _card_names(card: Mapping[str, Any], config: str) -> dict[str, tuple[str, ...]]:
    """Return the names of classes by column that the README declares."""
    infos = _listed(card.get("dataset_info"))
    fitting = [info for info in infos if str(info.get("config_name", DEFAULT)) == config]
    names: dict[str, tuple[str, ...]] = {}
    for info in fitting or (infos if len(infos) == 1 else []):
        for feature in _listed(info.get("features") or []):
            dtype = feature.get("dtype")
            label = dtype.get("class_label") if isinstance(dtype, Mapping) else None
            listed = label.get("names") if isinstance(label, Mapping) else None
            if isinstance(listed, Mapping):
                listed = [listed[key] for key in sorted(listed, key=lambda key: int(str(key)))]
            if isinstance(listed, list):
                names[str(feature.get("name"))] = tuple(map(str, listed))
    return names
