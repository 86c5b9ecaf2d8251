"""What is said of new rows: what a run would say of the same file, without what is about splits."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import clusterforge
from clusterforge.cli.main import main
from clusterforge.errors import InputError
from clusterforge.models.rows import ReadingRemark
from clusterforge.models.usable_rows import RowsLeftOut
from clusterforge.pipeline.result import Run
from clusterforge.recipe import Recipe

Make = Callable[..., Run]
TEXTS = ["red apple pie", "green pear tart", "blue sky sea", "warm sun beach"]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(encoder: str, **dataset: Any) -> Run:
        recipe = {
            "name": "old",
            "dataset": {"use": "files", "path": str(tmp_path / "old.csv"), **dataset},
            "encoder": [{"use": encoder}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
            "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
            "report": {"projection": "none"},
        }
        return clusterforge.run(recipe, out=tmp_path / "run", cache=False)

    return made


def said(run: Run, path: Path, **columns: str) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run.read(path, **columns)
    assert all(issubclass(one.category, ReadingRemark) for one in caught)
    return [str(one.message).removeprefix(f"{path}: ") for one in caught]


def table(*rows: str) -> str:
    lines = [f"{row * 5 % 13},{row * 7 % 13},{'uv'[row % 2]}" for row in range(12)]
    return "\n".join(["a,b,c", *(rows or lines)]) + "\n"


def test_types_that_are_said_leave_those_of_other_columns(make: Make, tmp_path: Path) -> None:
    lines = [f"{row % 3},2024-01-{row + 1:02d}" for row in range(12)]
    (tmp_path / "old.csv").write_text(table(*lines).replace("a,b,c", "code,day"))
    run, new = make("table", features="all", types={"code": "category"}), tmp_path / "new.csv"
    new.write_text("code,day\n1,25/01/2024\n2,26/01/2024\n")
    rows = run.read(new, types={"day": "%d/%m/%Y"})
    assert [column.kind for column in rows.items.columns] == ["category", "date"]


def test_numbers_that_begin_anew_do_so_in_new_rows(make: Make, tmp_path: Path) -> None:
    lines = [f"{row * 97 % 360},{row % 5}" for row in range(12)]
    (tmp_path / "old.csv").write_text(table(*lines).replace("a,b,c", "wind_dir,speed"))
    run = make("table", features="all", types={"wind_dir": "cycle 360"})
    (tmp_path / "new.csv").write_text("wind_dir,speed\n359,1\n1,1\n180,1\n")
    vectors = run.encode(run.read(tmp_path / "new.csv").items)
    assert np.linalg.norm(vectors[0] - vectors[1]) < np.linalg.norm(vectors[0] - vectors[2]) / 10


def test_answers_as_numbers_are_refused_with_what_the_run_has(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(table())
    run, new = make("table", features="all"), tmp_path / "new.csv"
    new.write_text("a,b,c\n1,2,0\n3,5,1\n")
    remedy = r'write its values as the run has them \(u, v\), and set types = \{c = "category"\}'
    with pytest.raises(InputError, match=remedy):
        run.predict(run.read(new, types={"c": "number"}).items)


def test_signs_for_no_value_follow_a_column_that_is_called_otherwise(
    make: Make, tmp_path: Path
) -> None:
    lines = [f"{text} {row},{row}" for row, text in enumerate(TEXTS * 3)]
    (tmp_path / "old.csv").write_text(table(*lines).replace("a,b,c", "text,other"))
    run = make("tfidf", text="text", na_values={"text": ("?",), "other": ("0",)})
    new = tmp_path / "new.csv"
    new.write_text("body\nred apple\n?\nblue sea\n")
    with pytest.warns(RowsLeftOut, match="1 of 3 rows"):
        rows = run.read(new, text="body")
    assert len(rows) == 2


def test_units_and_signs_for_no_value_are_those_of_the_run(make: Make, tmp_path: Path) -> None:
    lines = [f'"$1,0{row + 10}.50",{row}' for row in range(12)]
    (tmp_path / "old.csv").write_text(table(*lines).replace("a,b,c", "price,n"))
    run = make("table", features="all", units=("$",), thousands=",", na_values={"n": ("9",)})
    new = tmp_path / "new.csv"
    new.write_text('n,price\n9,$20.00\n3,"($1,000.00)"\n')
    values = run.read(new).items.values
    np.testing.assert_array_equal(values, [[np.nan, 20], [3, -1000]])
    new.write_text("n,price\n3,€20.00\n")
    with pytest.raises(InputError, match=r"'€20.00' is no number with .* units = \[\"\$\"\]"):
        run.read(new)


def test_a_table_without_names_needs_those_of_the_run(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(table())
    run, new = make("table", features="all"), tmp_path / "new.csv"
    new.write_text("1,2,u\n3,5,v\n4,6,v\n")
    for columns in ({}, {"header": False}):
        with pytest.raises(InputError, match="the run needs a, b, c"):
            run.read(new, **columns)


def test_of_tables(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(table())
    run, new = make("table", features="all"), tmp_path / "new.csv"
    new.write_text(table())
    assert said(run, new) == []
    new.write_text(table("1,2,u", ",,", "3,5,v"))
    (blank,) = said(run, new)
    assert blank.startswith("1 of the 3 rows has no value in any feature, the first is row 2")
    new.write_text(table(*(f",{row},u" for row in range(5))))
    assert said(run, new) == ["column 'a' has no value in any of the 5 rows"]
    new.write_text(table("1,,u", "2,,v"))  # a coincidence
    assert said(run, new) == []


def test_of_folders_of_tables(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(table())
    run, new = make("table", features="all"), tmp_path / "new"
    new.mkdir()
    (new / "a.csv").write_text(table())
    (new / "my_test.csv").write_text("\n".join(table().splitlines()[:-1]))
    (new / "notes.md").write_text("x")
    assert said(run, new) == ["other files of the folder are not read: notes.md"]


def test_of_texts(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("text\n" + "".join(f"{text}\n" for text in TEXTS * 5))
    run, new = make("tfidf", text="text"), tmp_path / "new.csv"
    new.write_text("text,n\nnan,1\ncafÃ© by the sea,2\n ,3\nblue sky,4\n")
    left_out, gaps, misread = said(run, new)
    assert left_out == "1 of 4 rows has no value in 'text', the first is row 3; left out"
    assert gaps.startswith("column 'text' holds 'nan' or the like in 1 row (row 1)")
    assert misread.startswith("column 'text' holds in 1 row what is left of characters")
    with pytest.warns(ReadingRemark, match="nan"), pytest.warns(RowsLeftOut):
        run.predict_file(new, tmp_path / "out.csv")


def test_of_texts_that_the_run_cleans(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("text\n" + "".join(f"<p>{text}\n" for text in TEXTS * 5))
    run, new = make("tfidf", text="text", clean=["strip-html"]), tmp_path / "new.csv"
    new.write_text("text\n" + "".join(f"{text} &amp; more\n" for text in TEXTS))
    assert said(run, new) == []


def test_of_ids_that_are_not_there_or_repeat(make: Make, tmp_path: Path) -> None:
    old = "\n".join(["name,text", *(f"{'abcd'[n]},{text}" for n, text in enumerate(TEXTS))])
    (tmp_path / "old.csv").write_text(old + "\n")
    run, new = make("tfidf", text="text", id="name"), tmp_path / "new.csv"
    for text, problem in (
        ("text\nred pear\nblue beach\n", "there is no column 'name'"),
        ("name,text\na,red pear\na,blue beach\n", "column 'name' has 'a' 2 times"),
        (
            "name,text\na,red pear\n,blue beach\n",
            "column 'name' has 1 row without an id, the first is row 2",
        ),
    ):
        new.write_text(text)
        assert said(run, new) == [f"{problem}: rows are called by their positions"]
        with pytest.warns(ReadingRemark):
            assert run.read(new).ids.tolist() == [0, 1]
        with pytest.warns(ReadingRemark):
            assert run.predict_file(new, tmp_path / "out.csv").rows == 2
        with pytest.raises(InputError, match=problem):
            run.read(new, id="name")


def test_of_embeddings(make: Make, tmp_path: Path) -> None:
    old = "".join(f'{text},"[{row % 2}, {row}.5]"\n' for row, text in enumerate(TEXTS * 5))
    (tmp_path / "old.csv").write_text(f"text,v\n{old}")
    run, new = make("flatten", text="text", embedding="v"), tmp_path / "new.csv"
    new.write_text('text,v\none,"[0, 0]"\ntwo,"[1, 2]"\n')
    (zeros,) = said(run, new)
    assert zeros.startswith(
        "1 row has a vector of zeros alone, the first is row 1: make these anew"
    )
    new.write_text('text,v\none,"[0, 0, 1]"\ntwo,"[1, 2, 1]"\n')
    with pytest.raises(
        InputError, match=r"new.csv: embedding: .* 3 numbers, those of the run have 2"
    ):
        run.read(new)


def test_of_images(make: Make, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (new / "2024").mkdir(parents=True)
    for number in range(12):
        Image.new("RGB", (4, 4), (20 * number, 0, 0)).save(old / f"{number}.png")
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(new / "2024" / "a.png")
    (new / "v.mov").write_bytes(b"x")
    run = make("flatten", path=str(old))
    outside, transparent = said(run, new)  # and 2024 is no class
    assert outside == "1 row left out, not an image: v.mov"
    assert transparent.startswith("1 of 1 images: transparent, put on background = #ffffff; if")
    (new / "2024" / "b.png").write_bytes(b"x")
    left_out, *others = said(run, new)
    assert left_out.startswith("1 of 2 images can't be read")
    assert left_out.endswith("left out")
    assert others == [outside, transparent]


def test_an_array_of_another_width_is_named(make: Make, tmp_path: Path) -> None:
    np.save(tmp_path / "old.npy", np.arange(48.0).reshape(12, 4))
    (tmp_path / "new").mkdir()
    np.save(tmp_path / "new" / "new.npy", np.zeros((3, 5)))
    run = make("scale", path=str(tmp_path / "old.npy"))
    with pytest.raises(InputError, match=r"new: has rows of 5 numbers, those of the run have 4"):
        run.read(tmp_path / "new")


def test_rows_of_an_array_without_a_value_are_left_out(make: Make, tmp_path: Path) -> None:
    np.save(tmp_path / "old.npy", np.arange(48.0).reshape(12, 4))
    np.save(tmp_path / "new.npy", [[1.0, 2, 3, 4], [np.nan, 2, 3, 4], [5, 6, 7, 8]])
    run = make("scale", path=str(tmp_path / "old.npy"))

    with pytest.warns(
        RowsLeftOut, match=r"1 of 3 rows has no value in 'values.0', the first is row 2"
    ):
        rows = run.read(tmp_path / "new.npy")

    assert rows.ids.tolist() == [0, 2]


def test_new_rows_are_labelled_by_the_clusterer_that_the_report_shows_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = np.arange(60) % 3
    rows = np.random.default_rng(0).normal(size=(60, 4)) + 9 * np.eye(4)[of]
    np.save(tmp_path / "rows.npy", rows)
    np.save(tmp_path / "labels.npy", of)
    dataset = {"use": "files", "path": str(tmp_path / "rows.npy"), "features": "all"}
    two, three = (
        {"use": "kmeans", "id": i, "n_clusters": n} for i, n in (("two", 2), ("three", 3))
    )
    recipe = {
        "name": "old",
        "dataset": {**dataset, "label": str(tmp_path / "labels.npy"), "test_fraction": 0.3},
        "encoder": [{"use": "scale"}],
        "clusterer": [two, three],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    new, out = tmp_path / "rows.npy", tmp_path / "out.csv"

    assert run.files.clusterer() == run.labelling() == "three"
    assert set(run.predict(rows)) == set(run.labels()) == {0, 1, 2}
    assert run.score("accuracy") == 1
    assert run.predict_file(new, out).clusterer == "three"
    begun = clusterforge.follow(run.folder, new, out=tmp_path / "taxonomy").taxonomy
    assert begun.clusterer == "three"
    monkeypatch.setattr(Recipe, "can_predict", lambda recipe, entry: entry.id == "two")
    assert run.predict_file(new, out).clusterer == run.labelling() == "two"
    with pytest.raises(InputError, match="'three' can't label"):
        run.predict(rows)


def test_rows_of_several_splits_are_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(table())
    run, new = make("table", features="all"), tmp_path / "new"
    new.mkdir()
    for split in ("train", "test"):
        (new / f"{split}.csv").write_text(table())
    with pytest.raises(InputError, match=r"several splits \(train, test\)"):
        run.read(new)


def test_arrays_of_images_are_labelled_as_they_were_read(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 60, (40, 8, 9), dtype=np.uint8)
    images[::2] += 180
    np.save(tmp_path / "old.npy", images)
    np.save(tmp_path / "new.npy", images[:6] / 255)
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "old.npy")},
        "encoder": [{"use": "flatten"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "report": {"projection": "pca"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    labels = run.predict(run.read(tmp_path / "old.npy").items)
    assert labels.tolist() == [labels[0], 1 - labels[0]] * 20
    with pytest.raises(InputError, match="more than eight bits"):
        run.read(tmp_path / "new.npy")
    np.save(tmp_path / "new.npy", images[0])
    with pytest.raises(InputError, match="no array of images"):
        run.read(tmp_path / "new.npy")
    np.savez(tmp_path / "new.npz", x_test=images[:4])
    read = run.read(tmp_path / "new.npz", image="x")
    assert run.predict(read.items).tolist() == labels[:4].tolist()


def test_new_rows_in_another_unit_are_said_with_both_ranges(make: Make, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)

    def rows(count: int, share: float = 1, day: str = "{0:02d}/{1:02d}/2024") -> str:
        lines = ["off,paid,day"]
        for _ in range(count):
            off, paid = draw.integers(1, 90) * share, draw.lognormal(3, 1)
            at = day.format(
                draw.integers(1, 29 if day.startswith("{0") else 13), draw.integers(1, 13)
            )
            lines.append(f"{off:.2f},{paid:.2f},{at}")
        return "\n".join(lines)

    (tmp_path / "old.csv").write_text(rows(200))
    run, new = make("table", features="all", types={"day": "%d/%m/%Y"}), tmp_path / "new.csv"
    new.write_text(rows(80))
    assert said(run, new) == []
    new.write_text(rows(80, 0.01))
    assert said(run, new) == [
        "column 'off' (0.01 to 0.89) seems to be in another unit than in train (2 to 89), as shares are of "
        "per cents, whole ones of cents, or metres of cm: write both in one"
    ]
    new.write_text(rows(80, day="{1:02d}/{0:02d}/2024"))
    assert said(run, new) == [
        "no date of column 'day' is after the 12th of a month, as those of train are: if days and months are "
        "exchanged, write both in one form"
    ]


def test_gaps_of_new_rows_that_are_filled_in_are_said(make: Make, tmp_path: Path) -> None:
    ages = [f"{20 + row * 7 % 60},{row % 9}" for row in range(120)]
    (tmp_path / "old.csv").write_text("\n".join(["age,n", *ages]))
    run, new = make("table", features="all"), tmp_path / "new.csv"
    new.write_text("\n".join(["age,n", *ages[:60]]))
    assert said(run, new) == []
    filled = [row if at % 4 else f"0,{row[-1]}" for at, row in enumerate(ages[:60])]
    new.write_text("\n".join(["age,n", *filled]))
    assert said(run, new) == [
        "column 'age' is 0 in about 25% of the rows, in train it is 20 to 79: if that stands for no value, "
        "leave it empty"
    ]


def test_new_rows_that_are_something_else(make: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("\n".join(["text", *TEXTS * 3]) + "\n")
    run = make("tfidf", text="text")
    (tmp_path / "other.csv").write_text("message,id\nred apple,1\nblue sky,2\n")
    with pytest.raises(InputError, match=r"known: id, message; if .* set text = COLUMN$"):
        run.read(tmp_path / "other.csv")
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "photos" / "a.png")
    with pytest.raises(InputError, match="is an image folder, but the run was made of texts"):
        run.read(tmp_path / "photos")


def test_a_column_more_without_names_is_said(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(60, 3)).round(3)
    np.savetxt(tmp_path / "run.csv", np.column_stack([rows, np.arange(60) % 2]), delimiter=",")
    recipe = {
        "dataset": {
            "use": "files", "path": str(tmp_path / "run.csv"), "features": "all", "label": "3",
            "header": False,
        },
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "evaluation": {"refits": 0, "null_draws": 0},
    }  # fmt: skip
    run = clusterforge.run(recipe, out=tmp_path / "a", cache=False)
    for name, new in (
        ("same", np.column_stack([rows, np.arange(60) % 2])),
        ("fewer", rows),
        ("numbered", np.column_stack([np.arange(60), rows, np.arange(60) % 2])),
    ):
        np.savetxt(tmp_path / f"{name}.csv", new, delimiter=",")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run.read(tmp_path / f"{name}.csv")
        said = [str(one.message) for one in caught if "columns without names" in str(one.message)]
        assert bool(said) == (name == "numbered"), name


def test_files_of_one_text_each(make: Make, tmp_path: Path) -> None:
    for n, text in enumerate(TEXTS * 3):
        path = tmp_path / "d" / f"{n}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n\nnumber {n}\n")
    run = make("tfidf", path=str(tmp_path / "d"), whole_files=True)
    labels = run.predict(run.read(tmp_path / "d").items)
    assert labels.tolist() == run.labels("kmeans").tolist()
    (tmp_path / "new.md").write_text(f"# {TEXTS[0]}\n\nnumber 0\n")
    one = run.read(tmp_path / "new.md")
    assert (len(one), one.ids.tolist()) == (1, ["new.md"])
    (tmp_path / "new.csv").write_text("text\nred apple\nblue sea\n")
    assert len(run.read(tmp_path / "new.csv")) == 2


def test_texts_that_a_spreadsheet_would_execute_are_as_they_are_where_that_is_said(
    make: Make, tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text("text\n" + "".join(f"{text}\n" for text in TEXTS * 5))
    make("tfidf", text="text")
    new, out = tmp_path / "new.csv", tmp_path / "out.csv"
    new.write_text("text\n=red apple\n")
    for more, written in (([], "'=red apple"), (["--as-is"], "=red apple")):
        out.unlink(missing_ok=True)
        assert main(["predict", str(tmp_path / "run"), str(new), "--out", str(out), *more]) == 0
        assert out.read_text().splitlines()[1].startswith(f'"{written}"')


def test_what_would_read_new_rows_is_said(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"2024-01-{row + 1:02d},{row % 5}" for row in range(20)]
    (tmp_path / "old.csv").write_text("\n".join(["day,n", *rows]))
    run, new = make("table", features="all"), tmp_path / "new.csv"
    new.write_text("day,n\n25.01.2024,1\n26.01.2024,2\n")
    with pytest.raises(InputError, match=r'set types = \{day = "%d.%m.%Y"\}'):
        run.read(new)
    assert len(run.read(new, types={"day": "%d.%m.%Y"})) == 2
    new.write_text("n\n1\n2\n")
    with pytest.raises(
        InputError, match="no column 'day'; write it into the file, with nothing where"
    ):
        run.read(new)
    with pytest.raises(
        InputError, match="dleimiter: unknown key 'dleimiter'; did you mean 'delimiter'"
    ):
        run.read(new, dleimiter=";")
    new.write_text("day;n\n2024-01-05;1\n")
    where = [str(tmp_path / "run"), str(new), "--set", "dataset.delimiter=;"]
    assert main(["predict", *where]) == 0
