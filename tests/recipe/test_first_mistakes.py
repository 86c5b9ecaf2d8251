"""What is said to somebody who names the wrong thing, or writes half a recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

import clusterforge
from clusterforge.errors import InputError, near_file, nearest
from clusterforge.recipe import read
from clusterforge.recipe.shipped import LISTED
from clusterforge.registry import Registry


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "support.toml").write_text("seed = 1\n")
    (tmp_path / "support.csv").write_text("message,age\na,1\n")
    (tmp_path / "support.xlsx").write_bytes(b"PK\x03\x04\xff\xfe")
    (tmp_path / "large.csv").write_text("message\n" + "a parcel\n" * 120_000)
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("suport.toml", "suport.toml: there is no such file; did you mean 'support.toml'?"),
        ("suport", "suport: there is no such file; did you mean 'support.toml'?"),
        ("support", "support: there is no such file; did you mean 'support.toml'?"),
        ("same.toml", f"same.toml: there is no such file; {LISTED}"),
        ("support.csv", "support.csv: is data, not a recipe; clusterforge init support.csv"),
        ("support.xlsx", "support.xlsx: is data, not a recipe; clusterforge init support.xlsx"),
        ("large.csv", "large.csv: is data, not a recipe; clusterforge init large.csv"),
        ("photos", "photos: is a folder, not a recipe; of data: clusterforge init photos"),
    ],
)
def test_what_was_meant_is_said(name: str, said: str, here: Path) -> None:
    with pytest.raises(InputError) as refused:
        read(name)
    assert str(refused.value) == said


@pytest.mark.parametrize("part", ["dataset", "encoder", "clusterer"])
def test_a_missing_part_shows_the_lines_to_write(part: str) -> None:
    recipe = {
        "dataset": {"use": "digits"},
        "encoder": [{"use": "flatten"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    }
    del recipe[part]
    with pytest.raises(InputError, match=rf"^{part}: is missing .*; write the lines \[+{part}\]+"):
        clusterforge.check(recipe)


def test_only_names_that_are_alike_are_suggested() -> None:
    assert nearest("message", ["age", "id"]) == "known: age, id"
    assert nearest("mesage", ["age", "message"]).startswith("did you mean 'message'?")


@pytest.mark.parametrize(
    ("name", "files", "said"),
    [
        ("same.toml", ["s.toml"], ""),
        ("nofile.csv", ["next.csv", "no.csv"], ""),
        ("tickest.csv", ["tickets.csv", "ticks.csv"], "did you mean 'tickets.csv'?"),
        ("neu.csv", ["new.csv", "no.csv"], "did you mean 'new.csv'?"),
        ("tickets.cvs", ["tickets.csv"], "did you mean 'tickets.csv'?"),
        ("Tickets", ["tickets.toml"], "did you mean 'tickets.toml'?"),
        ("a", ["a.csv", "a.toml"], "did you mean 'a.csv' or 'a.toml'?"),
        ("a", ["b"], ""),
        ("ag_news", ["c_new.csv"], ""),
    ],
)
def test_only_files_that_are_called_alike_are_suggested(
    name: str, files: list[str], said: str
) -> None:
    assert near_file(name, files) == said


def test_data_that_were_typed_have_no_key(here: Path) -> None:
    (here / "empty.csv").write_text("")
    with pytest.raises(InputError, match=r"^empty\.csv is empty"):
        clusterforge.init("empty.csv")


def test_keys_of_the_plugin_that_was_there_before_are_named_as_its_own(here: Path) -> None:
    (here / "own.toml").write_text(
        '[dataset]\nuse = "digits"\n[[encoder]]\nuse = "pca"\n'
        '[[clusterer]]\nuse = "dbscan"\neps = 0.5\n'
    )
    with pytest.raises(InputError) as refused:
        clusterforge.check("own.toml", overrides=["clusterer.0.use=kmeans"])
    assert str(refused.value) == (
        "own.toml: clusterer.0.eps: kmeans has no such key, it is one of dbscan; remove it; keys of "
        "kmeans: batches, choose_by, k_max, max_iter, method, n_clusters, restarts, start, tol; to "
        "replace the table as a whole: --set 'clusterer.0={use=\"kmeans\", n_clusters=…}'"
    )
    whole = ['clusterer.0={use="kmeans", n_clusters=3}']
    assert clusterforge.check("own.toml", overrides=whole).recipe.clusterers[0].id == "kmeans"


def test_a_key_of_another_plugin_in_a_file_is_removed(here: Path) -> None:
    (here / "own.toml").write_text(
        '[dataset]\nuse = "digits"\n[[encoder]]\nuse = "pca"\nperplexity = 5\n'
    )
    with pytest.raises(InputError) as refused:
        clusterforge.check("own.toml", overrides=['clusterer=[{use="dbscan"}]'])
    assert str(refused.value).endswith(
        "pca has no such key, it is one of tsne; remove it; keys of pca: components, whiten"
    )


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"dataset": [{"use": "digits"}]}, "dataset: stands once, .*; write \\[dataset]$"),
        ({"report": [{"figures": True}]}, "report: stands once, .*; write \\[report]$"),
        ({"clusterer": {"use": "kmeans"}}, "clusterer: can stand several .*\\[\\[clusterer]]$"),
        ({"clusterer": [{"use": "kmeans", "n_clusters": 5.0}]}, "not 5.0; write 5$"),
        (
            {"encoder": [{"use": "autoencoder", "schedule": {}}]},
            "encoder.0.schedule: has no key 'use'; write use = one of constant, cosine, linear",
        ),
    ],
)
def test_what_was_meant_can_be_written(tables: dict[str, object], said: str) -> None:
    recipe = {
        "dataset": {"use": "digits"},
        "encoder": [{"use": "flatten"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    }
    with pytest.raises(InputError, match=said):
        clusterforge.check({**recipe, **tables})


def test_a_name_of_a_package_that_is_not_installed_is_meant() -> None:
    with pytest.raises(InputError, match=r"did you mean 'leiden'\? there are none"):
        Registry([]).find("clusterer", "leidn")
