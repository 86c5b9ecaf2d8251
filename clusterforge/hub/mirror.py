"""Mirrors of the Hub: folders that hold ``<org>/<name>``, for machines without the internet."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CLUSTERFORGE_MIRROR"


def mirrors() -> list[Path]:
    """Return the folders of ``CLUSTERFORGE_MIRROR``, in order, whether or not they are there."""
    listed = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [Path(folder).expanduser() for folder in listed if folder]
