"""Tests run side by side: each keeps to one thread, none is timed, trackers follow only their own runs."""

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("CLUSTERFORGE_PLUGINS", "-clusterforge-mlflow,-clusterforge-tensorboard")

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
