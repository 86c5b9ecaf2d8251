"""Data sets read by the Hub's own library: from its cache, from the Hub, or from a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.hub.lookup import COMMIT, asking, one_line, unreachable

TIMEOUT = 5.0
"""Seconds that the Hub is given for its first answer."""


@dataclass(frozen=True)
class LoadedConfig:
    """One configuration, memory-mapped by the Hub's library.

    Parameters
    ----------
    name
        Name of the configuration.
    splits
        A ``datasets.Dataset`` for each split.
    """

    name: str
    splits: Mapping[str, Any]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each split."""
        return {split: len(data) for split, data in self.splits.items()}

    def schema(self, split: str) -> Any:
        """Return the Arrow schema of a split."""
        return self.splits[split].data.table.schema

    def class_names(self, split: str) -> dict[str, tuple[str, ...]]:
        """Return the names of classes by column."""
        return names_in_features(self.splits[split].features.to_dict())

    def table(self, split: str, names: Sequence[str]) -> Any:
        """Return columns of a split."""
        return self.splits[split].data.table.select(list(names))

    def head(self, split: str, rows: int) -> Any:
        """Return so many first rows of a split, every column."""
        return self.whole(split).slice(0, rows)

    def whole(self, split: str) -> Any:
        """Return every column of a split."""
        return self.splits[split].data.table


def from_files(config: str, files: Mapping[str, Sequence[Path]]) -> LoadedConfig:
    """Have parquet files that are too big for memory mapped from the library's cache."""
    named = {split: [str(path) for path in paths] for split, paths in files.items()}
    from pyarrow.dataset import ParquetFragmentScanOptions

    options = ParquetFragmentScanOptions(page_checksum_verification=True)
    return _loaded(
        config,
        lambda datasets: datasets.load_dataset(
            "parquet", data_files=named, fragment_scan_options=options
        ),
    )


def from_folder(folder: Path, config: str | None) -> LoadedConfig:
    """Read a local folder that is not made of parquet files."""
    return _loaded(config, lambda datasets: datasets.load_dataset(str(folder), config))


def from_cache(
    path: str, config: str | None, revision: str | None
) -> tuple[LoadedConfig, str | None] | None:
    """Return what the library prepared earlier and its commit; None where there is nothing."""

    def prepared(datasets: Any) -> Any:
        from datasets.packaged_modules.cache.cache import Cache

        name = path.split("/")[-1]
        return Cache(
            dataset_name=name, repo_id=path, config_name=config, version="auto", hash="auto"
        ).as_dataset()

    try:
        loaded = _loaded(config, prepared)
    except InputError:
        return None
    files = next(iter(loaded.splits.values())).cache_files
    folder = Path(files[0]["filename"]).parent.name if files else ""
    commit = folder if COMMIT.fullmatch(folder) else None
    return None if revision and revision != commit else (loaded, commit)


def from_hub(
    path: str, config: str | None, revision: str | None
) -> tuple[LoadedConfig, str | None]:
    """Fetch a data set from the Hub.

    Returns
    -------
    config, revision
        The data and their commit.

    Raises
    ------
    InputError
        Where the Hub knows no such data set, configuration or revision.
    EnvironmentProblem
        Where the Hub can't be reached.
    """
    with _quiet(), asking(path, revision, "data set"):
        from huggingface_hub import HfApi

        # Once, with a short patience: the library itself tries for half a minute.
        commit = HfApi().dataset_info(path, revision=revision, timeout=TIMEOUT).sha
    return _loaded(
        config, lambda lib: lib.load_dataset(path, config, revision=commit), path
    ), commit


def _loaded(
    config: str | None, load: Callable[[Any], Any], path: str | None = None
) -> LoadedConfig:
    """Call the library; ``path`` is given where it may use the network."""
    with _quiet() as datasets:
        from datasets.exceptions import DatasetGenerationError, DatasetsError

        try:
            splits = load(datasets)
        except DatasetGenerationError as error:
            cause = error.__cause__ or error
            if isinstance(cause, OSError):
                problem = f"the data can't be prepared: {one_line(cause)}"
                raise EnvironmentProblem(problem) from None
            raise InputError(one_line(cause), key="path") from None
        except (DatasetsError, ValueError, FileNotFoundError, pa.ArrowException) as error:
            problem = one_line(error)
            key = "config" if "onfig" in problem.split(".")[0] else "path"
            raise InputError(problem, key=key) from None
        except Exception as error:
            if path is not None:
                raise unreachable(path, "data set", error) from None
            if isinstance(error, OSError):
                raise EnvironmentProblem(f"the data can't be read: {one_line(error)}") from None
            raise
    first = next(iter(splits.values()))
    return LoadedConfig(config or first.info.config_name or "default", splits)


def names_in_features(features: Any) -> dict[str, tuple[str, ...]]:
    """Return the names of classes by column, from the Hub's JSON form of features."""
    if not isinstance(features, Mapping):
        return {}
    return {
        name: tuple(map(str, feature["names"]))
        for name, feature in features.items()
        if isinstance(feature, Mapping)
        and feature.get("_type") == "ClassLabel"
        and isinstance(feature.get("names"), list)
    }


def names_in_schema(schema: Any) -> dict[str, tuple[str, ...]]:
    """Return the names of classes by column, from an Arrow schema that the Hub's library wrote."""
    try:
        info = json.loads((schema.metadata or {})[b"huggingface"])["info"]
        return names_in_features(info["features"])
    except (ValueError, KeyError, TypeError):
        return {}


@contextmanager
def _quiet() -> Iterator[Any]:
    """Import the library without telemetry; while it works, show none of its bars and warnings."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_UPDATE_DOWNLOAD_COUNTS", "0")
    import datasets

    bars = datasets.are_progress_bars_disabled()
    level = datasets.logging.get_verbosity()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    try:
        yield datasets
    finally:
        datasets.logging.set_verbosity(level)
        if not bars:
            datasets.enable_progress_bars()
