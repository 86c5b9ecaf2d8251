"""The remedy for columns of dates in another form can be followed, whatever the column is called."""

from __future__ import annotations

import tomllib

import pytest

from clusterforge.datasets.nearly_dates import typed


@pytest.mark.parametrize("name", ["day", 'the "day"', "Tag, 1", "d\u00e9but"])
def test_setting_is_read_back(name: str) -> None:
    assert tomllib.loads(typed(name, "%d/%m/%Y")) == {"types": {name: "%d/%m/%Y"}}


def test_name_that_no_line_holds_is_not_cut() -> None:
    assert typed("x" * 100, "number") == 'its type in types to "number"'
