"""Dates with years of two digits of which some lie far ahead: said, with a format that ends this year."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Context, Corpus
from clusterforge.datasets.files import Files

YEAR = date.today().year


def read(folder: Path, name: str, years: list[int], form: str) -> Corpus:
    rows = "".join(f"13/05/{year % 100:02d},{n % 3}\n" for n, year in enumerate(years))
    (folder / "d.csv").write_text(f"{name},n\n{rows}")
    params = {"path": "d.csv", "features": "all", "types": {name: form}}
    return Files(FilesParams.model_validate(params, context={"folder": folder})).load(Context())


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("born", [YEAR - 90, YEAR - 40, YEAR - 20]),
        ("Geburtsdatum", [YEAR + 1, YEAR - 20]),
        ("paid", [YEAR + 30, YEAR - 40]),
    ],
)
def test_the_format_that_is_offered_takes_none_after_this_year(
    tmp_path: Path, name: str, years: list[int]
) -> None:
    (said,) = read(tmp_path, name, years, "%d/%m/%y").remarks
    assert said.startswith(f"dates of column '{name}' reach by %d/%m/%y to 20")
    offered = tomllib.loads(said.rpartition("set ")[2].removesuffix(" within types"))[name]

    again = read(tmp_path, name, years, offered)
    assert again.remarks == ()
    items = again.splits["train"].items
    days = [items.columns[0].written(float(row[0])) for row in items.take([*range(len(years))])]
    assert max(map(str, days)) <= f"{YEAR}-12-31"


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("born", [YEAR - 50, YEAR - 1]),
        ("due", [YEAR - 15, YEAR + 15]),
        ("ends", [YEAR, YEAR + 30]),
        ("stubborn", [YEAR, YEAR + 5]),
    ],
)
def test_nothing_is_said_of_others(tmp_path: Path, name: str, years: list[int]) -> None:
    assert read(tmp_path, name, years, "%d/%m/%y").remarks == ()


@pytest.mark.parametrize("form", ["%d/%m/%Y<=2026", "%d/%m/%y<=26", "%d/%m/%y<=2026x"])
def test_a_last_year_has_four_digits_and_years_two(tmp_path: Path, form: str) -> None:
    with pytest.raises(ValueError, match="types"):
        read(tmp_path, "d", [2000, 2001], form)
