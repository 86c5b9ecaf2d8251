"""A drafted recipe runs as it stands, whatever the data are, and gives a reason for each decision."""

from __future__ import annotations

import csv
import json
import random
import re
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_digits

import clusterforge
from clusterforge.contracts import Context, Corpus
from clusterforge.drafting import default_file, init
from clusterforge.drafting.choice import chain
from clusterforge.errors import InputError
from clusterforge.pipeline.api import check
from clusterforge.recipe import read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.hooks import Found
from docs.support_texts import COLUMNS, rows
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]
QUICK = (
    "evaluation.null_draws=0",
    "evaluation.refits=0",
    "report.projection=none",
    "compute.threads=1",
)
FILLED = '[[encoder]]\nuse = "tfidf"\n[[clusterer]]\nuse = "kmeans"\nn_clusters = 2\n'
WORDS = (
    "late parcel refund card login code crash plan address voucher invoice device " * 2
).split()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, with the built-in plugins alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    monkeypatch.setenv("CLUSTERFORGE_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def table(n: int = 40) -> pa.Table:
    """Two groups of texts with a number, a category, a label and an id."""
    rng = random.Random(0)
    groups = [i % 2 for i in range(n)]
    texts = [
        " ".join(rng.choices(WORDS[g * 6 : g * 6 + 6], k=5)) + f" {i}" for i, g in enumerate(groups)
    ]
    return pa.table(
        {
            "ticket": [f"T{i}" for i in range(n)],
            "size": [g * 5 + rng.random() for g in groups],
            "colour": [rng.choice(["red", "green"]) for _ in groups],
            "body": texts,
            "class": [("bad", "good")[g] for g in groups],
        }
    )


def corpus() -> Corpus:
    """Return the data of the recipe in the file, as a run loads them."""
    entry = resolve(read("r.toml"), REGISTRY).dataset
    return entry.plugin.load()(entry.params).load(Context())


def drafted(data: str, **options: object) -> dict:
    """Return the tables of a draft, as they stand in the file."""
    draft = clusterforge.init(data, "r.toml", **options)
    assert draft.toml == Path("r.toml").read_text()
    return tomllib.loads(draft.toml)


def write(name: str, data: pa.Table) -> None:
    kind = name.split(".")[1]
    plain = data.to_pylist()
    vectors = (
        np.random.default_rng(0).normal(size=(len(plain), 4))
        + np.arange(len(plain))[:, None] % 2 * 9
    )
    if kind == "csv":
        with pa.output_stream(name, compression="gzip" if name.endswith("gz") else None) as stream:
            pacsv.write_csv(data, stream)
    elif kind == "tsv":
        pacsv.write_csv(data, name, pacsv.WriteOptions(delimiter="\t"))
    elif kind == "jsonl":
        Path(name).write_text("".join(json.dumps(row) + "\n" for row in plain))
    elif kind == "json":
        Path(name).write_text(json.dumps(plain))
    elif kind == "parquet":
        pq.write_table(data, name)
    elif kind == "feather":
        feather.write_feather(data, name)
    elif kind == "npy":
        np.save(name, vectors)
    elif kind == "npz":
        np.savez(name, x=vectors)
    elif kind == "txt":
        Path(name).write_text("\n".join(data["body"].to_pylist()))


@pytest.mark.parametrize(
    "name",
    ["d.csv", "d.csv.gz", "d.tsv", "d.jsonl", "d.json", "d.parquet", "d.feather", "d.npy", "d.npz", "d.txt"],
)  # fmt: skip
def test_every_kind_of_file(name: str) -> None:
    write(name, table())
    found = drafted(name)

    assert len(corpus().train) == 40
    if name[2:] not in ("npy", "npz", "txt"):
        assert (found["dataset"]["text"], found["dataset"]["id"]) == ("body", "ticket")
        assert found["dataset"]["label"] == "class"
        assert found["profile"]["columns"] == ["size", "colour"]


def test_a_table_without_texts_and_a_label_of_ones_own() -> None:
    data = (
        table()
        .drop_columns(["body"])
        .append_column("kind", pa.array([f"k{i % 2}" for i in range(40)]))
    )
    write("d.csv", data)
    found = drafted("d.csv", label="kind")

    assert found["dataset"] == {
        **{"use": "files", "path": "d.csv", "features": "all", "label": "kind", "id": "ticket"},
        "drop": ["class"],
    }
    assert found["encoder"][0]["use"] == "table"
    clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)


def test_the_users_own_tickets_with_empty_bodies_and_copies() -> None:
    written = [row for row, _ in rows(150, 1)]
    with Path("tickets.csv").open("w", newline="") as file:
        out = csv.DictWriter(file, COLUMNS)
        out.writeheader()
        out.writerows(written)
    bodies = [row["body"] for row in written if row["body"].strip()]
    found = drafted("tickets.csv")["dataset"]

    assert (found["missing"], found["deduplicate"]) == ("drop", "exact")
    toml = Path("r.toml").read_text()
    assert f"# {150 - len(bodies)} of 150 rows have no text" in toml
    assert (
        f"# {len(bodies) - len(set(bodies))} of 150 rows hold a text that another row has" in toml
    )
    run = clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)
    assert run.info.data.splits["train"].rows == len(set(bodies))


@pytest.mark.parametrize(
    "options", [{}, {"settings": ["clean=['strip-html', 'collapse-space', 'lower']"]}]
)
def test_rows_are_counted_as_a_run_reads_them(options: dict) -> None:
    bodies = [f"<p>{a} {b}</p>" for a in WORDS[:11] for b in WORDS[:11]]
    bodies += ["<br>", "<p> </p>", f"{WORDS[0]} <b>{WORDS[1]}</b>"]
    Path("tickets.csv").write_text("body\n" + "\n".join(bodies) + "\n")
    found = drafted("tickets.csv", **options)["dataset"]

    assert (found["missing"], found["deduplicate"]) == ("drop", "exact")
    toml = Path("r.toml").read_text()
    assert "# 2 of 124 rows have no text" in toml
    assert "# 1 of 124 rows hold a text that another row has" in toml
    run = clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)
    assert run.info.data.splits["train"].rows == 121


def test_numbers_of_customers_are_no_profile() -> None:
    bodies = [f"{a} {b} {c}" for a in WORDS[:11] for b in WORDS[:11] for c in WORDS[:3]]
    lines = [f"{body},{i * 7 % 300:06d},{i % 3},{i * 5 % 280}" for i, body in enumerate(bodies)]
    Path("d.csv").write_text("\n".join(["body,customer id,shop id,minutes", *lines]))
    assert drafted("d.csv")["profile"]["columns"] == ["shop id", "minutes"]


def test_the_recipe_of_the_readme_reads_them_too() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    recipe = next(b for b in readme.read_text().split("```toml\n")[1:] if "tickets.csv" in b)
    Path("r.toml").write_text(recipe.partition("[[encoder]]")[0] + FILLED)
    Path("tickets.csv").write_text("body\n" + "late parcel\n" * 3 + '""\n')
    assert len(corpus().train) == 3


def test_a_folder_of_images_one_of_them_broken() -> None:
    for i in range(12):
        folder = Path("photos", "ab"[i % 2])
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8 + i, 9), i % 2 * 200 + i).save(folder / f"{i}.png")
    Path("photos/a/broken.png").write_bytes(b"no image")
    found = drafted("photos")

    assert found["dataset"] == {
        **{"use": "files", "path": "photos", "missing": "drop", "resize": [32, 32]}
    }
    text = Path("r.toml").read_text()
    assert "# 1 row of train left out, unreadable" in text
    assert "not installed: efficientnet-lite0 of the package clusterforge-efficientnet" in " ".join(
        line.strip(" #") for line in text.splitlines()
    )
    run = clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)
    assert run.info.data.splits["train"].rows == 12


def test_pixels_are_drawn_together_before_they_are_clustered() -> None:
    digits = load_digits()
    for i in range(400):
        folder = Path("digits", f"of {digits.target[i]}")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[i] * 15).astype(np.uint8)).save(folder / f"{i}.png")
    found = drafted("digits")

    assert found["encoder"] == [
        {"use": "flatten"},
        {"use": "pca", "components": 10, "whiten": True},
    ]
    run = clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)
    assert 6 <= len(set(run.labels().tolist())) <= 14
    (accuracy,) = [s.value for s in run.metrics.scores if s.metric == "accuracy"]
    assert accuracy > 0.6


def test_days_in_another_form_are_no_ids() -> None:
    days = [f"{i % 28 + 1:02}/0{i // 28 + 1}/2024" for i in range(40)]
    lines = [f"{i % 2 * 9 + i % 5},{i % 3},{day}" for i, day in enumerate(days)]
    Path("visits.csv").write_text("\n".join(["a,b,day", *lines]))
    found = drafted("visits.csv")

    assert found["dataset"]["features"] == "all"
    assert found["dataset"]["types"] == {"day": "%d/%m/%Y"}
    written = Path("r.toml").read_text()
    assert 'types = {day = "%d/%m/%Y"}' in written
    clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)


def test_vectors_that_a_csv_file_holds_as_text() -> None:
    rng = random.Random(0)
    vectors = [[round(rng.gauss(i % 3 * 4, 1), 3) for _ in range(8)] for i in range(40)]
    with Path("alone.csv").open("w") as file:
        csv.writer(file).writerows([["v"], *([str(vector)] for vector in vectors)])
    with Path("texts.csv").open("w") as file:
        texts = [f"a note of topic {i % 3}, {i}" for i in range(40)]
        csv.writer(file).writerows([["note", "v"], *zip(texts, map(str, vectors), strict=True)])

    assert drafted("alone.csv")["dataset"]["features"] == ["v"]
    run = clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)
    assert np.load(next(Path("run/encoders").rglob("train.npy"))).shape == (40, 8)
    assert len(run.labels()) == 40
    Path("r.toml").unlink()
    found = drafted("texts.csv")["dataset"]
    assert (found["embedding"], found["text"]) == ("v", "note")


def test_a_value_that_a_key_can_not_have_is_refused_like_in_a_recipe() -> None:
    Path("d.csv").write_text("size,a\n" + "".join(f"{i % 7},{i % 5}\n" for i in range(40)))
    with pytest.raises(InputError, match="features: must be 'all' or a list, not \"size\""):
        init("d.csv", "-", settings=["features=size"])


def test_a_name_on_the_hub() -> None:
    folder = Path("mirror/org/set/data")
    folder.mkdir(parents=True)
    for split in ("train", "test"):
        pq.write_table(table(), folder / f"{split}-00000-of-00001.parquet")
    found = drafted("org/set")

    assert (
        found["dataset"].items()
        >= {**{"use": "huggingface", "path": "org/set", "text": "body", "test": "test"}}.items()
    )
    clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)


@pytest.mark.parametrize(
    ("text", "encoding", "keys"),
    [
        ("a;b\n1,5;2\n3;4\n5;7\n", "utf-8", {"delimiter": ";"}),
        ("5.1,3.5\n4.9,3.0\n7.1,3.1\n", "utf-8", {"header": False}),
        ("name,b\nzoë,2\nzoë,4\néva,6\néva,7\n", "cp1252", {"encoding": "cp1252"}),
        ("a,b\n1,2\n3,4\n5,6\n", "utf-16-le", {"encoding": "utf-16-le"}),
    ],
)
def test_what_a_reader_refuses_is_set(text: str, encoding: str, keys: dict) -> None:
    Path("d.csv").write_bytes(text.encode(encoding))
    assert drafted("d.csv")["dataset"].items() >= keys.items()


def test_a_first_row_that_may_be_names_is_asked_about() -> None:
    Path("d.csv").write_text("T-0001,good\nT-0002,bad\nT-0003,fine\nT-0004,so so\n")
    with pytest.raises(InputError, match="'T-0001' is of the form of the values"):
        drafted("d.csv")


def test_halves_are_looked_at() -> None:
    pq.write_table(pa.table({"a": np.tile(np.float16([1.5, 2, 7, 3]), 10)}), "d.parquet")
    assert drafted("d.parquet")["dataset"]["features"] == "all"


def test_a_sheet_without_names_of_columns_is_set() -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    for row in ((5.1, 3.5, "x"), (4.9, 3.0, "y"), (4.7, 3.1, "x"), (4.6, 3.6, "y")):
        book.active.append(row)
    book.save("d.xlsx")
    assert drafted("d.xlsx")["dataset"]["header"] is False


def test_commas_at_the_end_and_texts_of_one_word() -> None:
    Path("d.csv").write_text("a,b,,\n1,2,,\n3,4,,\n5,4,,\n")
    assert drafted("d.csv")["dataset"]["features"] == "all"
    Path("t.csv").write_text("text\nrefund\nvoucher\nlogin\n")
    Path("r.toml").unlink()
    assert drafted("t.csv")["dataset"]["text"] == "text"


def test_a_title_is_joined_and_names_are_no_texts() -> None:
    data = table().append_column("subject", pa.array([f"about case {i}" for i in range(40)]))
    write("d.jsonl", data)
    assert drafted("d.jsonl")["dataset"]["text"] == ["subject", "body"]

    names = [f"Braund, Mr. Owen {i}" for i in range(40)]
    people = {
        "Name": names,
        **{c: [i % 7 + 0.5 for i in range(40)] for c in ("Age", "Fare", "Sib")},
    }
    pq.write_table(pa.table(people), "p.parquet")
    Path("r.toml").unlink()
    assert drafted("p.parquet")["dataset"]["features"] == "all"
    assert '# text = "Name"' in Path("r.toml").read_text()


def test_vectors_of_ones_own_come_before_texts() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 16)).tolist()
    pq.write_table(table().append_column("embedding", pa.array(vectors)), "d.parquet")
    found = drafted("d.parquet")

    clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)
    assert found["dataset"].items() >= {"embedding": "embedding", "text": "body"}.items()
    assert found["encoder"] == [{"use": "scale", "kind": "unit"}]


def test_files_that_are_set_are_found_from_the_recipe() -> None:
    Path("d").mkdir()
    Path("r").mkdir()
    write("d/d.csv", table())
    write("d/t.csv", table(6))
    np.save("d/v.npy", np.random.default_rng(0).normal(size=(40, 3)))
    clusterforge.init("d/d.csv", "r/r.toml", settings=["embedding=d/v.npy", "label=class"])
    found = tomllib.loads(Path("r/r.toml").read_text())["dataset"]
    assert (found["path"], found["embedding"], found["label"]) == (
        "../d/d.csv",
        "../d/v.npy",
        "class",
    )
    check("r/r.toml")
    clusterforge.init("d/d.csv", "r/s.toml", settings=["test=d/t.csv"])
    assert tomllib.loads(Path("r/s.toml").read_text())["dataset"]["test"] == "../d/t.csv"


def test_codes_in_columns_called_like_categories_are_said_to_be_some() -> None:
    lines = [f"{1 + k % 2},{k % 7},{k * 7 % 5}" for k in range(40)]
    Path("d.csv").write_text("\n".join(["Geschlecht,region,q1", *lines]))
    assert drafted("d.csv")["dataset"]["types"] == {"Geschlecht": "category", "region": "category"}
    assert not corpus().remarks


def test_answers_are_clustered_where_most_rows_have_no_text() -> None:
    lines = [
        f"{k % 5},{k % 3},{k * 7 % 11},{'' if k % 5 else f'we liked it {k} times'}"
        for k in range(40)
    ]
    Path("d.csv").write_text("\n".join(["q1,q2,q3,comment", *lines]))
    draft = clusterforge.init("d.csv")
    assert tomllib.loads(draft.toml)["dataset"]["features"] == "all"
    assert '# text = "comment"' in draft.toml
    Path("e.csv").write_text(
        "\n".join(["q1,q2,q3,comment", *(f"{k},a,b,we liked it {k} times" for k in range(40))])
    )
    assert tomllib.loads(clusterforge.init("e.csv").toml)["dataset"]["text"] == "comment"


def test_a_large_file_is_looked_at_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusterforge.drafting.draft.ROWS", 30)
    write("d.parquet", table())
    draft = clusterforge.init("d.parquet")

    assert (draft.rows, draft.looked_at, draft.path) == (40, 30, None)
    assert "40 rows, of which the first 30 were looked at" in draft.toml
    found = tomllib.loads(draft.toml)["dataset"]
    assert found["missing"] == "drop"  # the rows not looked at may have no text
    assert "id" not in found  # or an id twice


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
        | st.sampled_from(['"', "'''", "\x1b[31m", "a\nb", "#", "]", "id", "features", "use", "\u202e"]),
        min_size=1,
        max_size=4,
        unique=True,
    )
)  # fmt: skip
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_name_of_a_column_breaks_the_recipe(tmp_path: Path, names: list[str]) -> None:
    column = [float(i % 5) + 0.5 for i in range(12)]
    pq.write_table(pa.table(dict.fromkeys(["x", *names], column)), tmp_path / "d.parquet")
    draft = clusterforge.init("d.parquet", registry=REGISTRY)

    assert tomllib.loads(draft.toml)["dataset"] == {**BARE, "path": "d.parquet"}
    assert draft.toml.replace("\n", "").isprintable()


REGISTRY = Registry.installed()
BARE = {"use": "files", "features": "all"}


@pytest.mark.parametrize("name", ['a"b.csv', "~x.csv", "ünï 'code'.csv", "[1].csv", "-x.csv"])
def test_no_name_of_a_file_breaks_the_recipe(name: str) -> None:
    write("d.csv", table())
    Path("d.csv").rename(name)
    Path("below").mkdir()
    clusterforge.init(name, "below/r.toml")
    assert check("below/r.toml").known
    assert default_file(name).stem.isascii()


def test_proposals_are_valid_parameters() -> None:
    proposing = [plugin for plugin in REGISTRY.plugins if plugin.spec.proposals]
    assert proposing
    for plugin in proposing:
        for proposal in plugin.spec.proposals:
            for count in (proposal.fewest, 40_000):
                chosen = {s.key: s.value for s in proposal.settings(count)}
                plugin.spec.params.model_validate(chosen)


def test_the_best_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("clusterforge_hdbscan", "clusterforge_umap", "clusterforge_minilm"):
        pytest.importorskip(package)
    monkeypatch.delenv("CLUSTERFORGE_PLUGINS")
    write("d.csv", table(120))
    found = drafted("d.csv")

    assert [one["use"] for one in found["encoder"]] == ["minilm"]
    assert found["clusterer"] == [{"use": "kmeans", "n_clusters": "auto"}]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (120, [("umap", {}), ("hdbscan", {"min_cluster_size": 10})]),
        (20_000, [("umap", {}), ("hdbscan", {"min_cluster_size": 50})]),
        (100_000, [("umap", {}), ("hdbscan", {"min_cluster_size": 250})]),
        (1_000_000, [("kmeans", {"n_clusters": "auto"})]),
    ],
)
def test_the_number_of_rows_decides(
    rows: int, expected: list[tuple[str, dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("clusterforge_hdbscan", "clusterforge_umap"):
        pytest.importorskip(package)
    monkeypatch.delenv("CLUSTERFORGE_PLUGINS")
    chosen = chain("image", rows, Registry.installed())[1:]
    found = [(one.use, {s.key: s.value for s in one.settings}) for one in chosen]
    assert [use for use, _ in found] == [use for use, _ in expected]
    assert all(found[-1][1][key] == value for key, value in expected[-1][1].items())
    for role in ("text", "table", "vectors"):
        assert [one.use for one in chain(role, rows, Registry.installed())[1:]] == ["kmeans"]
    with_more = "with 100 rows or more: encoder umap and clusterer hdbscan" if rows < 100 else ""
    assert chosen[-1].with_more == with_more


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("code\nab1\nab2\nab3\n", "no column can be clustered"),
        ("a,b\n1,2\n", r"d\.csv has 1 usable row, and clusters need two or more"),
        ("a,b\n", r"^d\.csv has no rows, only names of columns: 'a', 'b'$"),
        ("a,b\n1,x\n1,x\n", "no column can be clustered .'a': one value; 'b': one value"),
        ('a,b\n1,"2\n', "never closed"),
    ],
)
def test_what_can_not_be_clustered_leaves_no_file(text: str, problem: str) -> None:
    Path("d.csv").write_text(text)
    with pytest.raises(InputError, match=problem):
        drafted("d.csv")
    assert not Path("r.toml").exists()


def test_a_label_that_is_not_there() -> None:
    write("d.csv", table())
    with pytest.raises(InputError, match="there is no column 'klass'"):
        drafted("d.csv", label="klass")


def test_the_command(cli: Cli) -> None:
    write("tickets.csv", table())
    first = cli("init", "tickets.csv")
    assert first.out == "clusterforge run tickets.toml\n"
    assert "clusters the " in first.err.splitlines()[1]
    assert first.err.splitlines()[-1].startswith("wrote tickets.toml")
    again = cli("init", "tickets.csv")
    assert (again.status, again.err) == (
        2,
        "error: tickets.toml: exists; name another file with --out\n",
    )
    assert cli("init", "tickets.csv", "--out", "-").out.count("[dataset]") == 1
    said = cli("init", "tickets.csv", "--out", "-", "--set", "features=all").out
    assert tomllib.loads(said)["dataset"]["features"] == "all"
    assert cli("init", "gone.csv").status == 2
    assert cli("init", "tickets.xlsx").err == (
        "error: tickets.xlsx does not exist; did you mean 'tickets.csv'?\n"
    )


def test_a_decimal_comma_is_set() -> None:
    rows = "".join(f"1.{row * 37 % 1000:03},{row:02};{'xy'[row % 2]}\n" for row in range(40))
    Path("d.csv").write_text(f"amount;kind\n{rows}")
    draft = clusterforge.init("d.csv")
    assert tomllib.loads(draft.toml)["dataset"] | {"path": ""} == {
        "use": "files",
        "path": "",
        "delimiter": ";",
        "decimal": ",",
        "thousands": ".",
        "features": "all",
    }
    assert [column.kind for column in draft.columns] == ["number", "category"]


def test_a_decimal_comma_is_set_beside_gaps_and_three_decimals() -> None:
    rows = "".join(f"{'NA' if row == 7 else f'1,{row + 200}'};{row % 5}\n" for row in range(40))
    Path("d.csv").write_text(f"height;n\n{rows}")
    assert drafted("d.csv")["dataset"]["decimal"] == ","


def test_what_the_user_says_of_a_column_stands_beside_what_is_found_of_others() -> None:
    day = [f"{n % 28 + 1:02d}.{n % 12 + 1:02d}.2026" for n in range(40)]
    code = [f"{n:04d}-x" for n in range(40)]
    write("d.csv", pa.table({"day": day, "code": code, "n": [n % 7 for n in range(40)]}))

    draft = clusterforge.init("d.csv", settings=['types={code="category"}'])
    dataset = tomllib.loads(draft.toml)["dataset"]
    assert dataset["types"] == {"day": "%d.%m.%Y", "code": "category"}
    assert "drop" not in dataset
    assert "id" not in dataset


@pytest.mark.parametrize(
    ("form", "about"),
    [
        ("{}.99 ± 0.10", "write each in a column of its own"),
        ("+01{},1", "write each in a column of its own"),
        ("np.float64({}.5)", "write each with float()"),
        ("{}.5;?", "name such values in na_values"),
        ("{}h 20m", "set number in types"),
        ("{}:15:32", "set number in types"),
        ("~{} km", "remove signs and units"),
        ("{}/80", "write each in a column of its own"),
        ("52°{}'12\"N", "write decimal degrees"),
        ("05 {} 31.94", "write each in a column of its own"),
    ],
)
def test_measurements_are_no_ids(form: str, about: str) -> None:
    forms = form.split(";")
    values = [forms[i % len(forms)].format(10 + i) for i in range(40)]
    write("d.parquet", pa.table({"v": values, "x": np.arange(40) % 7, "y2": np.arange(40) % 5}))

    assert drafted("d.parquet")["dataset"]["features"] == "all"
    listed = " ".join(Path("r.toml").read_text().replace("\n#", " ").split())
    assert '"v" unused:' in listed
    assert about in listed


@pytest.mark.parametrize(
    "form", ["A{}", "{}a", "192.168.0.{}", "+49 30 1234{}", "{}-45-77", "v1.{}.3"]
)
def test_codes_are_ids(form: str) -> None:
    values = [form.format(10 + i) for i in range(40)]
    write("d.parquet", pa.table({"v": values, "x": np.arange(40) % 7, "y2": np.arange(40) % 5}))

    assert drafted("d.parquet")["dataset"]["id"] == "v"


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("2024-01-{:02d} 10:00:00 UTC", "date"),
        ("{:02d}/Jan/24 3:00 PM", "date: dates as"),
        ("Wed Jan {:02d} 10:00:24 +0000 2018", "date: dates as"),
    ],
)
def test_moments_are_no_texts(form: str, kind: str) -> None:
    values = [form.format(1 + i % 28) for i in range(40)]
    write("d.parquet", pa.table({"v": values, "x": np.arange(40) % 7, "y2": np.arange(40) % 5}))

    assert drafted("d.parquet")["dataset"]["features"] == "all"
    assert f'"v"  {kind}' in Path("r.toml").read_text()


def test_amounts_are_no_ids() -> None:
    rows = "".join(f"{row},EUR {row}.50,{row}%,USR{row:03},{row % 2}\n" for row in range(7, 47))
    Path("d.csv").write_text(f"n,price,share,user,kind\n{rows}")
    kinds = [column.kind for column in clusterforge.init("d.csv").columns]
    assert kinds == ["id", "number", "number", "id", "number"]
    assert drafted("d.csv")["dataset"]["units"] == ["EUR", "%"]


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        ("{} km/h", {"units": ["km/h"]}),
        ("{}.99 zł", {"units": ["zł"]}),
        ("{}m", {"units": ["m"]}),
        ("$1,2{}.50", {"units": ["$"], "thousands": ","}),
        ("($2,1{}.50)", {"units": ["$"], "thousands": ","}),
        ("1.0{},5 €", {"units": ["€"], "thousands": ".", "decimal": ","}),
        ("7,{} %", {"units": ["%"], "decimal": ","}),
        ("1,2{},000", {"thousands": ","}),
        ("1’2{}.50", {"thousands": "'"}),
        ("1\u202f2{},50", {"thousands": " ", "decimal": ","}),
        ("1.2{},50-", {"thousands": ".", "decimal": ","}),
        ("١٬٢{}٫٥", {"thousands": ","}),
    ],
)
def test_amounts_are_numbers_by_keys_that_read_them(form: str, keys: dict[str, object]) -> None:
    values = [form.format(10 + row) for row in range(40)]
    write("d.parquet", pa.table({"v": values, "x": np.arange(40) % 7}))

    dataset = drafted("d.parquet")["dataset"]
    assert {
        key: dataset[key] for key in ("units", "thousands", "decimal") if key in dataset
    } == keys
    v = clusterforge.init("d.parquet").columns[0]
    assert v.kind == "number"


@pytest.mark.parametrize("odd", [None, [np.nan] * 8, [1.0, None] * 4])
def test_vectors_of_which_one_is_missing(odd: list[float] | None) -> None:
    vectors = [odd if row == 5 else [float(row), *range(7)] for row in range(40)]
    texts = [f"some words of text {row}" for row in range(40)]
    pq.write_table(pa.table({"v": vectors, "t": texts}), "d.parquet")
    dataset = tomllib.loads(clusterforge.init("d.parquet").toml)["dataset"]
    assert (dataset["embedding"], dataset["missing"]) == ("v", "drop")


def test_bytes_that_are_no_images_are_not_used() -> None:
    texts = [f"some words of text {row}" for row in range(40)]
    pq.write_table(pa.table({"v": [b"12345678"] * 40, "t": texts}), "d.parquet")
    assert tomllib.loads(clusterforge.init("d.parquet").toml)["dataset"]["text"] == "t"


def test_paths_of_images_that_are_there() -> None:
    Path("img").mkdir()
    for row in range(12):
        Image.fromarray(np.full((8, 8), row * 20, np.uint8)).save(f"img/{row}.png")
    lines = "".join(
        f"img/{row}.png,{'ab'[row % 2]},some words of text {row}\n" for row in range(12)
    )
    Path("d.csv").write_text("file,label,caption\n" + lines)
    dataset = tomllib.loads(clusterforge.init("d.csv").toml)["dataset"]
    assert (dataset["image"], dataset["label"]) == ("file", "label")
    assert "text" not in dataset
    for name, form in (("e.csv", "{}.png"), ("f.csv", "img/Photo of {}.png")):
        lines = "".join(f"{form.format(row)},{row % 2}\n" for row in range(12))
        Path(name).write_text(f"file,label\n{lines}")
    assert '\nimage = "file"' in clusterforge.init("e.csv").toml
    with pytest.raises(InputError, match="names of images that are not there"):
        clusterforge.init("f.csv")
    for form in ("{}.png", "img/{}.png"):
        lines = "".join(f"{form.format(row)},{row % 3}\n" for row in (99, *range(12)))
        Path("g.csv").write_text(f"file,kind\n{lines}")
        read = clusterforge.init("g.csv")
        assert '\nimage = "file"' in read.toml
        assert "1 of the 13 rows of train has no image; left out" in read.remarks


def test_an_array_of_true_and_false_is_used() -> None:
    np.save("d.npy", np.arange(240).reshape(20, 12) % 3 > 0)
    drafted("d.npy")
    assert '"values"  vector: 12 numbers in each row' in Path("r.toml").read_text()


def test_a_vector_that_is_empty_is_said_with_its_row() -> None:
    lists = [[0.5, float(n), 1.0] if n != 7 else [] for n in range(20)]
    write(
        "d.parquet", pa.table({"body": [f"text number {n} of some" for n in range(20)], "v": lists})
    )
    assert "3 numbers in many rows, 0 in row 8" in clusterforge.init("d.parquet").toml.replace(
        "\n#  ", ""
    )


def test_a_mistyped_path_of_a_file_is_not_looked_for_on_the_hub() -> None:
    with pytest.raises(InputError, match=r"data/nosuch\.xlsx does not exist"):
        clusterforge.init("data/nosuch.xlsx")


def test_vectors_that_numpy_has_cut_are_no_ids() -> None:
    lines = (f"text number {n} of some,[0.{n} 1.5 ... -0.5]" for n in range(20))
    Path("d.csv").write_text("body,emb\n" + "\n".join(lines))
    assert "id" not in drafted("d.csv")["dataset"]
    assert "whose numbers were left out when they were written" in Path("r.toml").read_text()


def test_placeholders_are_no_html() -> None:
    lines = (f"see you on day {n}, <Media omitted> by the phone" for n in range(20))
    Path("d.txt").write_text("\n".join(lines))
    assert "clean" not in drafted("d.txt")["dataset"]


@pytest.mark.parametrize("form", ["−{}.5", "{}.5-", "({}.5)", "{}٫٥"])
def test_numbers_with_other_signs_and_digits_are_said_to_be_some(form: str) -> None:
    values = [form.format(10 + row) for row in range(40)]
    write("d.parquet", pa.table({"v": values, "x": np.arange(40) % 7}))

    assert drafted("d.parquet")["dataset"]["types"] == {"v": "number"}
    first = corpus().splits["train"].items
    assert abs(float(np.asarray(first.take([0]))[0, 0])) == 10.5


@pytest.mark.parametrize("form", ["'00{}", "({})", "{}-"])
def test_codes_with_signs_around_them_are_no_numbers(form: str) -> None:
    values = [form.format(10 + row) for row in range(40)]
    write("d.parquet", pa.table({"v": values, "x": np.arange(40) % 7, "z": np.arange(40) % 3}))

    assert "types" not in drafted("d.parquet")["dataset"]


def test_nobody_is_born_after_today() -> None:
    days = [f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/{(30 + n) % 100:02d}" for n in range(76)]
    write("d.csv", pa.table({"born": days, "n": [n % 7 for n in range(76)]}))

    said = f"%d/%m/%y<={date.today().year}"
    assert drafted("d.csv")["dataset"]["types"] == {"born": said}
    items = corpus().splits["train"].items
    written = [items.columns[0].written(float(row[0])) for row in np.asarray(items.take([0, 75]))]
    assert written == ["1930-01-01", "2005-04-20"]


def test_durations_are_numbers_of_seconds() -> None:
    waits = pa.array(np.arange(30) * 63, pa.duration("s"))
    write("d.parquet", pa.table({"wait": waits, "a": np.arange(30) % 7}))

    assert drafted("d.parquet")["dataset"]["features"] == "all"
    assert '"wait"  number: 30 different values, 0 to 1,827' in Path("r.toml").read_text()


def test_files_of_a_folder_that_do_not_go_together() -> None:
    Path("f").mkdir()
    Path("f/a.csv").write_text("day,x\n" + "2024-01-05,1\n" * 3)
    Path("f/b.csv").write_text("day,x\n" + "05.02.2024,1\n" * 3)

    with pytest.raises(InputError, match=r"column 'day' is date32\[day\] in f/a.csv and string"):
        drafted("f")


def test_a_field_of_objects_is_named() -> None:
    data = [{"n": i, "data": {"text": f"some text here {i}"}} for i in range(20)]
    Path("d.json").write_text(json.dumps(data))

    assert drafted("d.json", settings=["text=data.text"])["dataset"]["text"] == "data.text"
    Path("d.json").write_text(json.dumps([{"n": i % 9, "data": {"m": i}} for i in range(20)]))
    assert "it holds fields: name them, as 'data.m'" in clusterforge.init("d.json").toml


def test_a_sheet_that_is_called_by_a_year_is_written_in_quotes() -> None:
    Path("d.csv").write_text("a\n1\n")

    with pytest.raises(InputError) as caught:
        init("d.csv", settings=["table=2025"])
    assert caught.value.problem == "must be text, not 2025"
    assert str(caught.value.remedy).startswith("write it in quotes: '\"2025\"'")


def test_the_letters_of_a_language_tell_the_encoding() -> None:
    lines = "".join(f"заказ не пришёл вовремя {i},{i % 3}\n" for i in range(30))
    Path("d.csv").write_bytes(f"body,n\n{lines}".encode("cp1251"))

    assert drafted("d.csv")["dataset"]["encoding"] == "cp1251"
    assert "is not utf-8 (line 2) but reads like Russian in cp1251" in Path("r.toml").read_text()


def test_an_encoding_that_nothing_tells_is_a_guess() -> None:
    Path("d.csv").write_bytes("name,b\nzoë,2\nzoe,4\neva,6\néva,7\n".encode("cp1252"))

    assert drafted("d.csv")["dataset"]["encoding"] == "cp1252"
    assert "do not tell what it is in: a guess" in Path("r.toml").read_text()


@pytest.mark.parametrize("values", [[0.0, 1.0, 2.0, None], ["a", "b", None]])
def test_labels_with_gaps_are_labels(values: list) -> None:
    labels = [values[i % len(values)] for i in range(60)]
    write("d.csv", pa.table({"a": np.arange(60) / 7, "b": np.arange(60) % 17, "label": labels}))

    assert drafted("d.csv")["dataset"]["label"] == "label"


@pytest.mark.parametrize("options", [{}, {"label": "y"}])
@pytest.mark.parametrize("y", [[-1, 1], [[0, 1, 0], [1, 0, 0]]])
def test_labels_that_can_not_be_read_are_no_features(y: list, options: dict) -> None:
    x = np.random.default_rng(0).normal(size=(60, 5))
    np.savez("d.npz", x=x, y=np.array([y[i % 2] for i in range(60)]))

    found = drafted("d.npz", **options)["dataset"]
    assert "label" not in found
    assert found["drop"] == ["y"]
    assert '# label = "y"' in Path("r.toml").read_text()


def test_labels_as_an_array_of_one_column() -> None:
    x = np.random.default_rng(0).normal(size=(60, 5))
    np.savez("d.npz", x=x, y=np.arange(60)[:, None] % 3)

    assert drafted("d.npz")["dataset"]["label"] == "y"


def test_numbers_of_tokens_are_no_embeddings() -> None:
    texts = pa.table(
        {
            "text": [f"my text number {i} is here" for i in range(30)],
            "input_ids": [list(range(16))] * 30,
            "attention_mask": [[1] * 16] * 30,
        }
    )
    write("d.parquet", texts)

    found = drafted("d.parquet")["dataset"]
    assert found["text"] == "text"
    assert "embedding" not in found


def test_entities_of_html_are_cleaned() -> None:
    texts = [f"Tom &amp; Jerry it&#39;s number {i}" for i in range(20)]
    write("d.csv", pa.table({"text": texts}))

    assert drafted("d.csv")["dataset"]["clean"] == ["strip-html", "collapse-space"]


def test_places_of_points_are_no_labels() -> None:
    rng = np.random.default_rng(0)
    write("d.csv", pa.table({name: rng.integers(0, 40, 90) for name in ("x", "y", "z")}))
    found = drafted("d.csv")["dataset"]
    assert "label" not in found
    assert "drop" not in found


@pytest.mark.parametrize(
    ("text", "reply"),
    [("content", "replyContent"), ("text", "reply_text"), ("body", "resolution_notes")],
)
def test_what_answers_a_text_is_not_clustered(text: str, reply: str) -> None:
    texts = [f"my {word} came late and cold" for word in WORDS] * 3
    replies = [
        f"Dear customer, thank you for what you wrote of {n}, we will mend it"
        for n in range(len(texts))
    ]
    write("d.csv", pa.table({text: texts, reply: replies}))
    assert drafted("d.csv")["dataset"]["text"] == text


@pytest.mark.parametrize("share", [1, 2])
def test_letters_with_spaces_between_are_joined(share: int) -> None:
    texts = [f"order number {'abcdefghijklmnopqrst'[i]} is late" for i in range(20)]
    apart = [" ".join(text) if i % share == 0 else text for i, text in enumerate(texts)]
    write("d.csv", pa.table({"text": apart}))

    assert drafted("d.csv")["dataset"]["clean"] == ["join-letters", "collapse-space"]
    assert list(corpus().splits["train"].items.take(np.arange(20))) == texts


def test_letters_apart_of_which_words_can_not_be_told_are_said() -> None:
    texts = [" ".join(f"thecardwaschargedtwiceonmondaymorningfor{word}") for word in WORDS] * 3
    write("d.csv", pa.table({"text": [f"{text} {'abc'[n % 3]}" for n, text in enumerate(texts)]}))
    toml = clusterforge.init("d.csv").toml
    assert "and none more between words, which then run together: write them anew" in " ".join(
        line.lstrip("# ") for line in toml.splitlines()
    )


@pytest.mark.parametrize("size", [-1, 64])
def test_vectors_as_bytes_have_a_remedy(size: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 16)).astype(np.float32)
    data = pa.array([vector.tobytes() for vector in vectors], pa.binary(size))
    write("d.parquet", pa.table({"e": data}))

    with pytest.raises(InputError, match=r"as those of 16 numbers.*numpy.frombuffer"):
        drafted("d.parquet")


@pytest.mark.parametrize("turned", [True, False])
def test_a_column_that_names_models_of_vectors_is_no_label(turned: bool) -> None:
    rng = np.random.default_rng(0)
    vectors, which = (
        rng.normal(size=(80, 16)) + 3 * np.eye(16)[rng.integers(0, 3, 80)],
        np.arange(80) % 2,
    )
    turn = np.linalg.qr(rng.normal(size=(16, 16)))[0] if turned else np.eye(16)
    vectors = np.where(which[:, None] == 1, vectors @ turn + 2 * turned, vectors)
    names = np.array(["small", "ada"])[which]
    write("d.parquet", pa.table({"model": names, "embedding": [*vectors]}))

    toml = clusterforge.init("d.parquet").toml
    assert ('label = "model"' in toml) is not turned
    assert ("if it names what made them" in toml) is turned


def test_pixels_without_signs_between_them_are_vectors() -> None:
    pixels = [" ".join(str((i * 7 + j) % 256) for j in range(16)) for i in range(30)]
    write("d.csv", pa.table({"emotion": np.arange(30) % 7, "pixels": pixels}))

    assert drafted("d.csv")["dataset"]["features"] == ["pixels"]


def test_codes_of_a_column_called_like_ids_are_no_amounts() -> None:
    numbers = [f"{'C' * (i % 9 == 0)}{536000 + i}" for i in range(40)]
    write("d.parquet", pa.table({"InvoiceNo": numbers, "x": np.arange(40) % 7}))

    assert drafted("d.parquet")["dataset"]["id"] == "InvoiceNo"


def test_a_long_text_with_backslashes_is_no_path() -> None:
    texts = [f'{{"ops": "{"lamp " * 60}\\n{i}"}}' for i in range(20)]
    write("d.csv", pa.table({"body": texts}))

    assert drafted("d.csv")["dataset"]["text"] == "body"


def test_one_column_is_written_in_the_singular() -> None:
    write("d.csv", pa.table({"x": np.arange(20) % 7 / 2}))
    drafted("d.csv")

    assert "# 1 column of a table" in Path("r.toml").read_text()


def test_folders_that_are_labels_are_said() -> None:
    for name in ("cat", "dog"):
        (Path("d") / name).mkdir(parents=True)
        for n in range(6):
            Image.new("L", (8, 8), n * 40).save(f"d/{name}/{n}.png")

    assert "class_folders" not in drafted("d")["dataset"]
    hint = (
        "# the folders are labels, for scores alone (2 classes: cat, dog); uncomment if they are none\n"
        "# class_folders = false\n"
    )
    assert hint in Path("r.toml").read_text()


def test_names_rather_than_numbers_may_be_labels() -> None:
    texts = [f"some words of text {row}" for row in range(40)]
    some = {"year": np.arange(40) % 4, "paid": np.arange(40) % 2 == 0, "team": ["a", "b"] * 20}
    write("d.parquet", pa.table({"t": texts, **some}))
    drafted("d.parquet")
    listed = [line for line in Path("r.toml").read_text().splitlines() if "# label" in line]
    assert [line.split('"')[1] for line in listed] == ["team", "paid"]

    write("e.parquet", pa.table({"t": texts, "stars": np.arange(40) % 5}))
    assert '# label = "stars"' in clusterforge.init("e.parquet").toml


def test_columns_are_counted_without_the_labels_and_a_key_has_a_line_of_its_own() -> None:
    columns = {name: np.arange(40) * 1.5 % step for name, step in (("a", 7), ("b", 5), ("c", 11))}
    write("d.parquet", pa.table({**columns, "target": np.arange(40) % 3}))
    assert (
        'features = "all"                # 3 columns of a table'
        in clusterforge.init("d.parquet").toml
    )

    texts = [f"some words of text {row}" for row in range(40)]
    teams = [f"team of the {kind} side" for kind in ("northern", "southern", "eastern", "western")]
    write("e.parquet", pa.table({"t": texts, "team of those who answer": teams * 10}))
    lines = clusterforge.init("e.parquet").toml.splitlines()
    at = lines.index('# label = "team of those who answer"')
    assert " ".join(lines[at - 2 : at]).startswith("# if these are true labels (4 different values")


def test_which_columns_of_a_table_are_used_is_said() -> None:
    columns = {f"x{step}": np.arange(40) * 1.5 % step for step in (5, 7, 11)}
    ids = [f"A-{row:05d}" for row in range(40)]
    write("d.parquet", pa.table({"key": ids, **columns, "target": np.arange(40) % 3}))
    assert clusterforge.init("d.parquet", label="target").summary == (
        "40 rows, 5 columns (id, 4 × number)",
        "clusters the columns 'x5', 'x7', 'x11'; label 'target'",
        "not used: 'key' (id)",
    )
    draft = clusterforge.init("d.parquet", settings=['features=["x7"]', "label=target"])
    assert draft.summary[1] == "clusters the columns 'x7'; label 'target'"
    assert draft.summary[2].startswith("not used: 'key' (id), 'x5' (number)")


def test_labels_that_are_lists_are_said() -> None:
    texts = [f"some words of text {row}" for row in range(40)]
    write("d.parquet", pa.table({"t": texts, "label": [["a"], ["b"]] * 20}))

    draft = clusterforge.init("d.parquet")
    assert '# label = "label"  # it can\'t be read as it is (lists)' in draft.toml
    assert draft.summary == (
        "40 rows, 2 columns (text, unused)",
        "clusters the texts 't'; no label",
    )


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("when", "{} mars 2024;{} mai 2024"),
        ("when", "2024-W{}"),
        ("embedding", "tensor([0.{}, 0.25, 0.125, 0.5, 1.5, 2.5, 3.5])"),
        ("place", "POINT (12.{} 52.25)"),
        ("size", "{}x20x30 cm"),
    ],
)
def test_dates_in_words_vectors_and_places_are_no_ids(name: str, form: str) -> None:
    forms = form.split(";")
    values = [forms[n % len(forms)].format(10 + n % 18) for n in range(36)][:18]
    write("d.parquet", pa.table({name: values, "x": np.arange(18) % 7, "y2": np.arange(18) % 5}))

    assert "id" not in drafted("d.parquet")["dataset"]
    assert f'"{name}"  unused: ' in Path("r.toml").read_text()


def test_sequences_may_be_texts() -> None:
    rng = random.Random(0)
    dna = ["".join(rng.choices("ACGT", k=20 + n)) for n in range(40)]
    write("d.parquet", pa.table({"dna": dna, "x": np.arange(40) % 7}))
    drafted("d.parquet")
    written = Path("r.toml").read_text()
    assert '\n# text = "dna"\n' in written
    assert "# if these are texts without spaces" in written

    write("e.parquet", pa.table({"dna": dna}))
    with pytest.raises(InputError, match="if 'dna' holds texts without spaces, set text to it"):
        clusterforge.init("e.parquet")
    assert clusterforge.init("e.parquet", settings=["text=dna"]).toml

    hashes = pa.table({"key": [f"{n:032x}" for n in range(40)], "x": np.arange(40) % 7})
    write("f.parquet", hashes)
    assert "# text" not in clusterforge.init("f.parquet").toml


def test_an_export_of_a_run_is_clustered_without_its_clusters() -> None:
    own = {"x": np.arange(40) % 7, "colour": ["red", "blue"] * 20}
    added = {"cluster": np.arange(40) % 3, "name": ["a", "b"] * 20, "confidence": np.arange(40) / 9}
    write("d.parquet", pa.table({**own, **added, "nearest": [0, 1] * 20, "outlier": [0.5, 1] * 20}))

    left = ["cluster", "name", "confidence", "nearest", "outlier"]
    assert drafted("d.parquet")["dataset"]["drop"] == left


GERMAN = "das Paket ist nicht da und ich warte"
ENGLISH = "the parcel is late and I have been told to wait in Los Angeles"


@pytest.mark.parametrize(
    ("german", "said"), [(20, "20 of 20"), (2, "2 of 20"), (1, None), (0, None)]
)
def test_texts_of_other_languages_are_said(german: int, said: str | None) -> None:
    texts = [f"{GERMAN if n < german else ENGLISH} {n}" for n in range(20)]
    write("d.csv", pa.table({"text": texts}))

    remarks = clusterforge.init("d.csv").remarks
    assert [said] * (said is not None) == [one[: len(said or "")] for one in remarks]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Paketim iki hafta geçmesine rağmen hâlâ gelmedi", True),
        ("Paket saya belum sampai padahal sudah diterima", True),
        ("Moja paczka nie dotarła", True),
        ("red woollen scarf size M", False),
        ("Los Angeles Café El Toro", False),
        ("Apple iPhone 14 Pro Max 256 GB deep purple", False),
    ],
)
def test_short_texts_of_other_languages_are_said(text: str, said: bool) -> None:
    write("d.csv", pa.table({"text": [f"{text} {n}" for n in range(20)]}))

    assert ("look not English" in clusterforge.init("d.csv").toml) == said


@pytest.mark.parametrize(("text", "said"), [("посылка ещё не пришла", True), ("große Übel", False)])
def test_letters_that_are_not_latin_are_said(text: str, said: bool) -> None:
    write("d.csv", pa.table({"text": [f"{text} {n}" for n in range(20)]}))

    assert ("most letters of the texts are not Latin" in clusterforge.init("d.csv").toml) == said


def test_a_field_of_several_kinds_is_no_matter_where_texts_are_clustered() -> None:
    rows = [
        {"body": f"{WORDS[n % 12]} {n} again", "edited": n if n % 3 else False} for n in range(40)
    ]
    Path("d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    assert drafted("d.jsonl")["dataset"]["text"] == "body"
    assert len(corpus().splits["train"]) == 40


def test_texts_within_fields_are_found_next_to_vectors_some_of_which_are_missing() -> None:
    vectors = [None if n == 3 else [float(n)] * 8 for n in range(40)]
    fields = [
        {"text": f"the {WORDS[n % 12]} came back {n} days late", "page": n} for n in range(40)
    ]
    pq.write_table(pa.table({"vector": vectors, "payload": fields}), "d.parquet")

    found = drafted("d.parquet")["dataset"]
    assert (found["text"], found["embedding"], found["missing"]) == (
        "payload.text",
        "vector",
        "drop",
    )
    assert len(corpus().splits["train"]) == 39


def test_texts_within_fields_give_way_to_others() -> None:
    fields = [
        {"about": f"a long story of the {WORDS[n % 12]} and of {n} others"} for n in range(40)
    ]
    pq.write_table(
        pa.table({"text": [f"my {WORDS[n % 12]} is {n}" for n in range(40)], "user": fields}),
        "d.parquet",
    )

    assert drafted("d.parquet")["dataset"]["text"] == "text"


def test_vectors_alone_some_of_which_are_missing() -> None:
    vectors = [None if n == 3 else [float(n)] * 8 for n in range(40)]
    pq.write_table(pa.table({"vector": vectors}), "d.parquet")

    assert drafted("d.parquet")["dataset"]["missing"] == "drop"
    assert len(corpus().splits["train"]) == 39


def test_a_row_of_units_is_no_value() -> None:
    rows = "".join(f"{n * 7 % 10},{n % 3 + 0.5}\n" for n in range(40))
    Path("d.csv").write_text(f"t,h\n°C,%\n{rows}")

    found = drafted("d.csv")["dataset"]
    assert (found["na_values"], found["features"]) == (["°C", "%"], "all")
    assert [column.kind for column in corpus().splits["train"].items.columns] == ["number"] * 2


def test_names_next_to_amounts_with_signs_are_no_texts() -> None:
    paid = [f"{n * 37 % 4000 / 7:.2f} €" for n in range(400)]
    data = {"firm": [f"Miller and Sons {n}" for n in range(400)], "n": [n % 7 for n in range(400)]}
    data |= {"m": [n % 5 for n in range(400)], "paid": paid, "due": paid[::-1]}
    write("d.csv", pa.table(data))

    assert drafted("d.csv")["dataset"]["features"] == "all"


def test_ids_that_some_rows_lack_are_no_features() -> None:
    ids = [None if n % 40 == 3 else 10_000 + n for n in range(400)]
    write("d.csv", pa.table({"CustomerID": ids, "n": [n % 7 for n in range(400)]}))

    found = drafted("d.csv")["dataset"]
    assert (found["features"], found["drop"]) == ("all", ["CustomerID"])


def test_a_few_answers_that_are_repeated_are_categories() -> None:
    posted = [f"{n % 4 + 1} days ago" for n in range(100)]
    bodies = [f"{WORDS[n % 12]} {WORDS[n % 7]} and more of {n}" for n in range(100)]
    write("d.csv", pa.table({"posted": posted, "body": bodies}))

    assert [c.kind for c in clusterforge.init("d.csv").columns] == ["category", "text"]


def test_points_between_thousands_of_a_later_column_are_found() -> None:
    rows = "".join(f"{n},{n % 90 + 10};{n + 1}.{n + 100},50\n" for n in range(40))
    Path("d.csv").write_text(f"a;b\n{rows}")

    found = drafted("d.csv")["dataset"]
    assert (found["decimal"], found["thousands"]) == (",", ".")


@pytest.mark.parametrize(
    ("days", "form"),
    [
        (range(1, 25), "%d.%m.%Y"),
        (range(1, 25), "%m/%d/%Y"),
        (range(1, 12), None),  # the day or the month may come first
    ],
)
def test_dates_of_one_form_are_dates(days: range, form: str | None) -> None:
    paid = [
        date(2026, 1 + n % 11, days[n % len(days)]).strftime(form or "%d/%m/%Y") for n in range(300)
    ]
    write("d.csv", pa.table({"paid": paid, "n": [n % 7 for n in range(300)]}))

    found = drafted("d.csv")["dataset"]
    assert found.get("types") == (form and {"paid": form})
    kinds = {c.name: c.kind for c in corpus().splits["train"].items.columns}
    assert (kinds.get("paid") == "date") == (form is not None)


def test_dates_of_which_one_is_none_are_said_alone() -> None:
    paid = [*(f"{n % 28 + 1:02d}.{n % 12 + 1:02d}.2026" for n in range(299)), "soon"]
    write("d.csv", pa.table({"paid": paid, "n": [n % 7 for n in range(300)]}))

    assert "types" not in drafted("d.csv")["dataset"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("text=nosuch", "text: there is no column 'nosuch'"),
        ('text=["body","nosuch"]', "text: there is no column 'nosuch'"),
        ("text=size", "text: column 'size' holds double, not text"),
        ("text=meta.n", "text: column 'meta.n' holds int64, not text"),
        ("embedding=nosuch", "embedding: there is no column 'nosuch'"),
        ('drop=["nosuch"]', "drop: there is no column 'nosuch'"),
    ],
)
def test_a_column_that_the_user_names_wrongly_is_refused_as_by_check(
    settings: str, problem: str
) -> None:
    write("d.parquet", table().append_column("meta", pa.array([{"n": i} for i in range(40)])))
    with pytest.raises(InputError, match=re.escape(problem)):
        drafted("d.parquet", settings=(settings,))


def test_a_text_file_has_no_columns_to_name() -> None:
    write("d.txt", table())
    with pytest.raises(InputError, match="text: a txt file, one text per line, does not use it"):
        drafted("d.txt", settings=("text=body",))


def test_lines_of_text_have_embeddings_of_another_file() -> None:
    write("d.txt", table())
    write("v.npy", table())
    found = drafted("d.txt", settings=("embedding=v.npy",))
    assert found["dataset"]["embedding"] == "v.npy"


@pytest.mark.parametrize("settings", [(), ("text=body",)])
def test_embeddings_that_the_user_names_are_encoded_by_nothing_else(
    settings: tuple[str, ...],
) -> None:
    write("d.csv", table())
    write("v.npy", table())
    found = drafted("d.csv", settings=("embedding=v.npy", *settings))
    assert (found["dataset"]["embedding"], found["dataset"]["text"]) == ("v.npy", "body")
    assert [encoder["use"] for encoder in found["encoder"]] == ["scale"]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (
            {"messages": [{"role": "user", "content": "my card {} was charged twice"}] * 2},
            "messages.content",
        ),
        (
            {"body": {"choices": [{"message": {"content": "the card {} was charged"}}]}},
            "body.choices.0.message.content",
        ),
        ({"tokens": ["the", "card", "{}", "was", "charged", "to", "me", "twice"]}, "tokens"),
    ],
)
def test_texts_within_lists_are_found(row: dict[str, object], text: str) -> None:
    Path("d.jsonl").write_text(
        "".join(f"{json.dumps(row)}\n".replace("{}", str(n)) for n in range(20))
    )
    assert drafted("d.jsonl")["dataset"]["text"] == text


def test_vectors_within_lists_are_found() -> None:
    rows = ({"data": [{"embedding": [n * k % 7 + 0.5 for k in range(9)]}]} for n in range(20))
    Path("d.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert drafted("d.jsonl")["dataset"]["features"] == ["data.0.embedding"]


def test_fields_that_are_called_by_ids_are_rows() -> None:
    talks = [
        {
            "title": f"how to cook soup number {n}",
            "mapping": {f"m-{n}-{k}": {"text": "hi"} for k in range(4)},
        }
        for n in range(20)
    ]
    Path("d.json").write_text(json.dumps(talks))
    draft = clusterforge.init("d.json")
    assert any(
        "'mapping', it holds 80 fields, each in few rows, as ids are ('m-0-0'): write each as a row "
        "(jq -c '..|.mapping?|select(.)|.[]' FILE > rows.jsonl)" in line
        for line in draft.summary
    )


def test_images_as_base64_are_no_texts() -> None:
    rows = [{"sku": f"S{i}", "picture": f"{'iVBORw0KGgo'}{i:09}{'A' * 200}"} for i in range(40)]
    Path("d.json").write_text(json.dumps(rows))
    with pytest.raises(InputError, match=r"images as base64\); write them as files"):
        drafted("d.json")
    Path("d.json").write_text(json.dumps([{**row, "n": i % 9} for i, row in enumerate(rows)]))
    found = drafted("d.json")
    assert found["dataset"]["id"] == "sku"
    assert "text = " not in Path("r.toml").read_text()


def test_a_text_of_what_can_not_be_seen_is_left_out() -> None:
    texts = [f"some longer text about thing {i}" for i in range(20)]
    Path("d.txt").write_text("\n".join([*texts, "\u200b"]))
    assert drafted("d.txt")["dataset"]["missing"] == "drop"


def test_columns_that_are_dropped_are_not_counted() -> None:
    Path("d.csv").write_text("a,b,c\n" + "".join(f"{i % 7},{i % 5},{i % 3}\n" for i in range(20)))
    assert "# 2 columns of a table" in clusterforge.init("d.csv", settings=['drop=["c"]']).toml


def test_codes_that_are_left_out_are_used_as_the_recipe_says() -> None:
    rows = [f"{i % 7},{(i % 590 * 7919) % 89989:05},{1 + i % 28:02}.02.2024" for i in range(600)]
    Path("d.csv").write_text("\n".join(["a,zip,day", *rows]))
    draft = clusterforge.init("d.csv")
    said = " ".join(draft.toml.replace("#   ", "").split())

    assert 'take it out of drop and set zip = "category" within types drop = ["zip"]' in said
    assert not draft.remarks
    recipe = Path("r.toml")
    recipe.write_text(
        draft.toml.replace('drop = ["zip"]', "").replace("types = {", 'types = {zip = "category", ')
    )
    checked = clusterforge.check(recipe)
    assert checked.recipe.dataset.params.model_dump()["types"]["zip"] == "category"


def test_crosses_and_blanks_are_no_constants() -> None:
    Path("d.csv").write_text("a,b\n" + "x,\n,x\n" * 9)
    assert drafted("d.csv")["dataset"]["features"] == "all"


def test_a_word_among_different_dates_makes_no_id_of_them() -> None:
    days = [f"{1 + i:02}.02.2024" for i in range(20)]
    Path("d.csv").write_text(
        "at,n\n" + "".join(f"{day},{i % 7}\n" for i, day in enumerate([*days, "soon"]))
    )

    draft = clusterforge.init("d.csv")
    assert "unused: dates, but for 'soon'" in " ".join(draft.toml.split())
    assert any("20 of 21 different values are dates" in remark for remark in draft.remarks)


def test_numbers_with_a_word_below_the_rows_that_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clusterforge.drafting.draft.ROWS", 30)
    Path("d.csv").write_text(
        "age,n\n" + "".join(f"{20 + i % 9},{i % 7}\n" for i in range(40)) + "n.v.,1\n"
    )
    toml = " ".join(clusterforge.init("d.csv").toml.replace("#", "").split())
    assert "numbers as texts: is there a word in a row further below?" in toml


def test_amounts_called_like_texts_are_numbers() -> None:
    counts = [f"{at * at * 40 + 80:,} ratings" for at in range(40)]
    write("d.csv", pa.table({"product": [f"Lamp {at}" for at in range(40)], "reviews": counts}))
    dataset = drafted("d.csv")["dataset"]
    assert dataset["units"] == ["ratings"]
    assert dataset["thousands"] == ","
    assert dataset["features"] == "all"


@pytest.mark.parametrize("shift", [0.0, -0.5])
def test_several_vectors_in_each_row_are_no_image(shift: float) -> None:
    arrays = np.random.default_rng(0).random((20, 8, 16)) + shift
    write("d.parquet", pa.table({"emb": arrays.tolist(), "n": [*range(10)] * 2}))
    assert ("image" in drafted("d.parquet")["dataset"]) == (shift == 0)


def test_sparse_vectors_and_tables_below_each_other_are_refused_with_what_to_write() -> None:
    rows = [{"indices": [1, 5, at], "values": [0.1, 0.2, 0.3]} for at in range(7, 20)]
    Path("d.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with pytest.raises(InputError, match="part of sparse vectors") as caught:
        init("d.jsonl")
    assert caught.value.remedy == "write whole ones"
    days = "".join(f"{at:04d},{at * 7 % 31}\n" for at in range(30))
    Path("d.csv").write_text(f"day,users\n{days}page,views\n/a,3\n/b,4\n")
    with pytest.raises(InputError) as caught:
        init("d.csv")
    assert "row 31 looks like the names of other columns (page, views)" in str(caught.value.remedy)


def test_the_package_that_is_not_installed_comes_with_its_command() -> None:
    write("d.csv", pa.table({"t": [f"some words of text {row}" for row in range(40)]}))
    own = [p for p in Registry.installed("").plugins if p.distribution.ours]
    registry = Registry([Found(plugin.spec, plugin.distribution) for plugin in own])

    [said] = [
        line for line in clusterforge.init("d.csv", registry=registry).summary if "pip" in line
    ]

    assert said.startswith("not installed: minilm of the package clusterforge-minilm, which embeds")
    assert said.endswith("/plugins/clusterforge-minilm")


def test_labels_by_folder_are_printed() -> None:
    for i in range(6):
        folder = Path("d", ("cat", "dog")[i % 2])
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8 + i, 9), i * 40).save(folder / f"{i}.png")

    assert clusterforge.init("d").summary[1:3] == (
        "clusters the images; label by folder: 'cat', 'dog'",
        "labels are for scores alone, nothing is learnt from them; if the folders are none: "
        "class_folders = false",
    )
    without = clusterforge.init("d", settings=["class_folders=false"]).summary
    assert without[1] == "clusters the images; no label"


def test_columns_are_shown_as_the_recipe_reads_them() -> None:
    days = [f"{1 + i % 28:02}.{1 + i % 12:02}.2025" for i in range(40)]
    columns = {"nr": [f"K{i}" for i in range(40)], "Datum": days, "n": [i % 7 for i in range(40)]}
    write("d.csv", pa.table({**columns, "s": [str(i % 9) for i in range(40)]}))

    draft = clusterforge.init("d.csv")

    assert draft.summary[0].startswith("40 rows, 4 columns (id, date, ")
    assert "'Datum'" in draft.summary[1]
    assert '#   "Datum"  date: dates as 01.01.2025, read by types\n' in draft.toml
    assert next(c.kind for c in draft.columns if c.name == "Datum") == "date"


def test_fields_that_are_named_are_what_is_clustered(tmp_path: Path) -> None:
    rows = [
        {"item": {"visits": row % 7, "spend": row * 3 % 11}, "name": f"n{row}"} for row in range(40)
    ]
    data = tmp_path / "d.jsonl"
    data.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    draft = init(str(data), settings=('features=["item.visits", "item.spend"]',))

    said = "\n".join(draft.summary)
    assert "clusters the columns 'item.visits', 'item.spend'" in said
    assert "'item' (unused)" not in said


def test_models_of_cars_may_be_the_label() -> None:
    rng = np.random.default_rng(0)
    model = np.arange(120) % 6
    vectors = (10 * rng.normal(size=(6, 8)))[model] + 0.3 * rng.normal(size=(120, 8))
    write("d.parquet", pa.table({"model": [f"car {i}" for i in model], "v": [*vectors]}))

    toml = clusterforge.init("d.parquet").toml
    assert 'label = "model"' in toml
    assert "if it names what made them" not in toml


def test_files_of_one_text_each_are_drafted_so(tmp_path: Path) -> None:
    for name, body in zip("ab", ("late parcel", "card refund"), strict=True):
        for n in range(12):
            path = tmp_path / "d" / name / f"{n}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{body} {n}\n\nplease help\n")
    dataset = drafted("d")["dataset"]
    assert (dataset["whole_files"], dataset["label"]) == (True, "folder")
    read = corpus()
    assert (len(read.train), read.label_names) == (24, ("a", "b"))
    assert read.train.ids[0] == "a/0.txt"
    for data, whole in (("d/*/*.txt", True), ("d/a/1.txt", False)):
        table = tomllib.loads(clusterforge.init(data, None).toml)["dataset"]
        assert (table.get("whole_files", False), "label" in table) == (whole, whole)


def test_words_and_ranges_of_a_known_order_are_ordinals() -> None:
    words, ages = ["never", "often", "always", "rarely"], ["65+", "18-24", "25-64", "under 18"]
    rows = range(40)
    columns = {"use": [words[i % 4] for i in rows], "age": [ages[i // 3 % 4] for i in rows]}
    write("d.csv", pa.table({**columns, "town": ["abcd"[i // 2 % 4] for i in rows]}))

    recipe = drafted("d.csv")
    assert recipe["dataset"]["types"] == {"use": "ordinal", "age": "ordinal"}
    assert "never, rarely, often, always" in clusterforge.init("d.csv").toml


def test_no_answers_beside_words_in_an_order_are_gaps() -> None:
    words = ["Agree", "Disagree", "Neutral", "Don't know", "Strongly agree"]
    write(
        "d.csv",
        pa.table({"q": [words[i % 5] for i in range(40)], "n": [i * 7 % 11 for i in range(40)]}),
    )

    dataset = drafted("d.csv")["dataset"]
    assert (dataset["types"], dataset["na_values"]) == ({"q": "ordinal"}, {"q": ["Don't know"]})
    run = clusterforge.run("r.toml", overrides=QUICK, out="run", cache=False)
    assert run.info.data.features[0].categories == (
        "Disagree",
        "Neutral",
        "Agree",
        "Strongly agree",
    )
