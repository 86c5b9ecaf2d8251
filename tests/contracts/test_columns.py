import math

import numpy as np
import pytest

from clusterforge.contracts import Column, SomeItems, Table, columns_of, lost_in_float32, numbers


def test_values_are_written_as_their_source_has_them() -> None:
    colour = Column("colour", "category", ("blue", "red"))
    assert [colour.written(v) for v in (0, 1, -1, math.nan)] == ["blue", "red", None, None]
    day, moment = Column("day", "date"), 1_700_000_000
    assert day.written(moment - moment % 86_400) == "2023-11-14"
    assert day.written(moment) == "2023-11-14 22:13:20"
    assert day.written(-86_400 * 365) == "1969-01-01"
    assert Column("at", "time").written(3661) == "01:01:01"
    assert Column("x").written(0.5) == 0.5


def test_columns_go_with_their_rows() -> None:
    table = Table(np.arange(6.0).reshape(3, 2), numbers("ab"))
    some = SomeItems(table, np.array([2, 0]))
    assert columns_of(some) == table.columns
    assert some.take(np.array([0])).tolist() == [[4, 5]]
    with pytest.raises(ValueError, match="2 columns, 1 are described"):
        Table(table.values, numbers("a"))


def test_what_float32_does_not_tell_apart_is_noticed() -> None:
    rng = np.random.default_rng(0)
    seconds = 1.7e9 + rng.uniform(0, 180, (150, 1))
    year = 1.7e9 + rng.uniform(0, 3e7, (150, 1))
    rows = np.hstack(
        [seconds, year, rng.normal(size=(150, 1)), np.full((150, 1), 1.7e9), seconds * 1e40]
    )
    assert lost_in_float32(rows) == [0, 4]
    assert lost_in_float32(rows[:, :4].astype(np.float32)) == []
