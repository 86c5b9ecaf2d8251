"""Tests run side by side, so each keeps to one thread; trackers follow only the runs of their own tests."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("CLUSTERFORGE_PLUGINS", "-clusterforge-mlflow,-clusterforge-tensorboard")
