"""Tests run side by side: each keeps to one thread, none is timed, trackers follow only their own runs."""

import gc
import logging
import os
import sys

import pytest
from hypothesis import settings

# Compiled modules are kept: otherwise each of sixty processes compiles the thousands that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("CLUSTERFORGE_PLUGINS", "-clusterforge-mlflow,-clusterforge-tensorboard")
# A first import in a process of its own is for the tests that are about it: the others start with an
# empty cache, and would each import every installed plugin package twice.
os.environ.setdefault("CLUSTERFORGE_IMPORT_LIMIT", "0")

# No test cuts the power, and a run syncs eighty files: half a second on some disks.
os.fsync = lambda _: None

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the order of collection: xdist would begin with the files of most tests.

    That leaves the longest test, alone in its file, for the end, and one worker idle meanwhile.
    """
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have a test of a limit of its own: those that take longest."""
    longest = {item.path for item in items if item.get_closest_marker("timeout")}
    items.sort(key=lambda item: item.path not in longest)
    gc.freeze()  # collections need not look at libraries again and again
    # A test attaches handlers, six times, to each logger that passes nothing on: torch has sixty.
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("torch.") and isinstance(logger, logging.Logger):
            logger.propagate = True
