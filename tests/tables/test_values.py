from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from clusterforge.contracts import UNSEEN, Column
from clusterforge.errors import InputError
from clusterforge.tables import OddValues, described, matrix, recoded, unseen, with_fill

UTC = dt.UTC


def one(values: object, column: Column) -> list[float]:
    return matrix(pa.table({column.name: values}), [column])[:, 0].tolist()


def test_a_category_of_another_table_keeps_its_code() -> None:
    train = pa.table({"c": ["a", "b", None, "b"]})
    columns = described(train, ["c"]).columns
    assert columns[0].categories == ("a", "b")
    np.testing.assert_array_equal(
        matrix(pa.table({"c": ["b", "z", " a ", "", None]}), columns)[:, 0],
        [1, -1, 0, np.nan, np.nan],
    )


def test_numbers_written_in_other_ways_are_the_same_category() -> None:
    column = Column("c", "category", ("1", "2"))
    assert one([1, 2, 3], column) == [0, 1, -1]
    assert one([1.0, 2.0, 2.5], column) == [0, 1, -1]
    np.testing.assert_array_equal(one([1.0, None], column), [0, np.nan])
    assert one(["2", "1"], column) == [1, 0]


def test_seconds_of_dates() -> None:
    moment = dt.datetime(2024, 2, 29, 12, tzinfo=UTC)
    seconds = moment.timestamp()
    column = Column("d", "date")
    assert one(["2024-02-29 12:00:00"], column) == [seconds]
    assert one([moment], column) == [seconds]
    assert one([moment.replace(tzinfo=None)], column) == [seconds]
    assert one([moment.date()], column) == [seconds - 43_200]
    assert one([int(seconds)], column) == [seconds]
    assert one(["29/02/2024"], Column("d", "date", format="%d/%m/%Y")) == [seconds - 43_200]
    last = Column("d", "date", format="%d/%m/%y<=2026")
    days = [dt.datetime(year, 5, 13, tzinfo=UTC).timestamp() for year in (1934, 2002, 2026)]
    assert one(["13/05/34", "13/05/02", "13/05/26"], last) == days
    assert one([dt.time(1, 2, 3)], Column("t", "time")) == [3723]
    assert one(["01:02", "1:02:03"], Column("t", "time")) == [3720, 3723]
    assert one([dt.timedelta(minutes=1)], Column("n")) == [60]
    assert one(pa.array([1, 2], pa.duration("ns")), Column("n")) == [1e-9, 2e-9]


def test_large_integers_and_decimals_keep_what_float64_has() -> None:
    table = pa.table({"n": [1_700_000_001, 1_700_000_002], "f": pa.array([1.5, 2.5], pa.float32())})
    columns = described(table, ["n", "f"]).columns
    assert matrix(table, columns).tolist() == [[1_700_000_001, 1.5], [1_700_000_002, 2.5]]
    assert matrix(table, columns[1:]).dtype == np.float32


def test_a_value_that_is_no_number_is_named() -> None:
    with pytest.raises(InputError, match="column 'n', row 2: 'abc' is no number"):
        one(["1", "abc"], Column("n"))


def test_lists_are_a_column_for_each_place() -> None:
    table = pa.table({"e": [[1.0, 2.0], [3.0, 4.0]], "e.1x": [5, 6]})
    found = described(table, ["e", "e.1x"]).columns
    assert [column.name for column in found] == ["e.0", "e.1", "e.1x"]
    assert matrix(table, found).tolist() == [[1, 2, 5], [3, 4, 6]]


def test_fills_are_the_mean_and_the_most_frequent() -> None:
    columns = (Column("x"), Column("c", "category", ("a", "b")))
    values = np.array([[1.0, 1], [3.0, 1], [np.nan, 0]])
    assert [column.fill for column in with_fill(columns, values)] == [2.0, 1.0]


def test_rows_are_recoded_by_the_names_of_columns_and_categories() -> None:
    here = (Column("c", "category", ("z", "b")), Column("x"))
    into = (Column("x"), Column("c", "category", ("a", "b")))
    values = np.array([[0.0, 5], [1, 6], [np.nan, 7], [-1, 8]])
    np.testing.assert_array_equal(
        recoded(values, here, into), [[5, -1], [6, 1], [7, np.nan], [8, -1]]
    )
    with pytest.raises(InputError, match="no column 'x'"):
        recoded(values[:, :1], here[:1], into)


def test_a_table_read_in_blocks_counts_rows_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusterforge.tables.values.BLOCK", 2)
    table = pa.table(
        {"c": [" b", "a", None, "b", "new"], "t": ["1:00", "2:00", "3:00", "4:00", "x"]}
    )
    category = Column("c", "category", ("a", "b"))
    codes = matrix(table, [category])[:, 0]
    assert codes[[0, 1, 3, 4]].tolist() == [1, 0, 1, UNSEEN]
    assert np.isnan(codes[2])
    with pytest.raises(InputError, match="row 5: 'x' is no time"):
        matrix(table, [category, Column("t", "time")])


def test_a_block_in_which_all_lists_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusterforge.tables.values.BLOCK", 2)
    table = pa.table({"v": [[1.0, 2.0], None, None, None, [3.0, 4.0]]})
    gap = [np.nan, np.nan]
    columns = described(table, ["v"]).columns
    np.testing.assert_array_equal(matrix(table, columns), [[1, 2], gap, gap, gap, [3, 4]])
    np.testing.assert_array_equal(matrix(table.slice(1, 1), columns), [gap])


def test_short_parts_of_date_formats() -> None:
    table = pa.table({"d": ["2026-11-28 10:30:00"]})
    (short,) = described(table, ["d"], {"d": "%F %T"}).columns
    (long,) = described(table, ["d"], {"d": "%Y-%m-%d %H:%M:%S"}).columns
    assert matrix(table, [short]) == matrix(table, [long])


def test_values_of_no_kind_are_named_beside_those_that_are_gaps_already() -> None:
    with pytest.raises(OddValues) as caught:
        matrix(pa.table({"t": [719, 960]}), [Column("t", kind="time")])
    error = caught.value
    assert (error.remedy or "").startswith('set na_values = {t = ["960"]}, say in types')
    known = {"*": ["?"], "t": ["-1"]}
    joined = error.remedy_beside(known) or ""
    assert joined.startswith('set na_values = {"*" = ["?"], t = ["-1", "960"]}, say in types')
    without_key = error.remedy_beside(None) or ""
    assert without_key.startswith("leave such values empty, say in types")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("1.0", "train writes '1' for '1.0'"),
        (
            "Cafe\u0301",
            "train writes 'Caf\u00e9' with other characters, which look the same (NFC, NFD)",
        ),
    ],
)
def test_values_that_train_writes_otherwise(value: str, hint: str) -> None:
    columns = [Column("c", "category", ("1", "Caf\u00e9"))]
    table = pa.table({"c": [value]})
    (remark,) = unseen(table, columns, matrix(table, columns))
    assert remark.endswith(hint)


def test_times_as_numbers_are_read_as_in_train():
    of_train = pa.table({"t": [93015, 5, 235959]})
    new = pa.table({"t": [930, 1500, 5, 2359]})
    (column,) = described(of_train, ["t"], {"t": "time"}).columns
    assert matrix(new, [column])[:, 0].tolist() == [570, 900, 5, 1439]
    # New rows of a csv file are text, and their types are the formats of the run.
    assert described(new, ["t"], {"t": column.format}).columns == (column,)
    written = pa.table({"t": ["930", "1500", "5", "09:30"]})
    assert matrix(written, [column])[:, 0].tolist() == [570, 900, 5, 34200]

    (short,) = described(new, ["t"], {"t": "time"}).columns
    assert matrix(new, [short])[:, 0].tolist() == [34200, 54000, 300, 86340]
    with pytest.raises(InputError, match="93015"):
        matrix(of_train, [short])
