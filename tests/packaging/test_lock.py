"""The lock of continuous integration names what the constraints name, each with hashes."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def versions(lines: list[str]) -> dict[str, str]:
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(one.name): str(one.specifier) for one in requirements}


def test_the_lock_has_a_hash_for_each_constraint() -> None:
    entries = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", "").splitlines()
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)
    locked = versions([entry.partition(" ")[0] for entry in entries])
    assert locked == versions((ROOT / "constraints.txt").read_text("utf-8").splitlines())
