"""Tests run side by side: each keeps to one thread, none is timed, trackers follow only their own runs."""

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("CLUSTERFORGE_PLUGINS", "-clusterforge-mlflow,-clusterforge-tensorboard")
# A first import in a process of its own is for the tests that are about it: the others start with an
# empty cache, and would each import every installed plugin package twice.
os.environ.setdefault("CLUSTERFORGE_IMPORT_LIMIT", "0")

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
