"""Each kind of file and defect in the list gives exactly the rows or the message that the docs show."""

from importlib.util import find_spec

import pytest

from .cases import CASES
from .cases.case import outcome


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_happens(case, tmp_path):
    if case.needs and find_spec(case.needs) is None:
        pytest.skip(f"{case.needs} is not installed")
    case.write(tmp_path)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size < 1_000_000
    assert outcome(tmp_path, case.params) == case.expected


def test_names_are_unique():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
