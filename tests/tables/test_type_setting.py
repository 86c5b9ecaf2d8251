"""The setting of a type that a message proposes can be pasted, whatever the column is called."""

from __future__ import annotations

import tomllib

import pytest

from clusterforge.tables.type_setting import type_setting, types_setting


@pytest.mark.parametrize("name", ["day", 'the "day"', "Tag, 1", "d\u00e9but"])
def test_setting_is_read_back(name: str) -> None:
    assert tomllib.loads(type_setting(name, "%d/%m/%Y", False)) == {"types": {name: "%d/%m/%Y"}}


def test_name_that_no_line_holds_is_not_cut() -> None:
    assert type_setting("x" * 100, "number", False) == 'its type in types to "number"'


def test_setting_is_added_to_those_that_there_are() -> None:
    added = types_setting({"a b": "category", "c": "date"}, True)
    assert added == '"a b" = "category", c = "date" within types'
