from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clusterforge.cli.comparison import values
from clusterforge.comparison.findings import Change
from tests.cli.conftest import Cli
from tests.comparison.conftest import score, write_run

ROOT = str(Path(__file__).parents[2])
TRUTH = [0] * 20 + [1] * 20
MOVED = [0] * 18 + [1] * 20 + [0, 0]
LOOK = """
import json, sys
from clusterforge.cli.main import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""
WHOLE = """\
A  a  toy, seed 0, 2026-11-28 00:53
B  b  toy, seed 1, 2026-11-28 00:53

kmeans: from A to B 90.0 % of 40 shared rows stay in the matching cluster (ARI
0.631); Accuracy on test is 0.950 ± 0.071 over 2 seeds.
  A and B are repetitions: one recipe, the same rows, seeds 0 and 1.

What changed
  recipe  seed  0 → 1

kmeans: scores on test
                  A      B   B − A  apart
Accuracy ↑    1.000  0.900  −0.100     no
Silhouette ↑  0.500  0.500            – a
  mean ± sd of the seeds: Accuracy 0.950 ± 0.071, Silhouette 0.500 ± 0.000
  apart: the 95 % interval of the difference, the same resampled rows for both,
  leaves out 0.
  a  The embeddings are not the same: an internal score describes the shape of
     an embedding, so it can't be compared across two. The difference means
     nothing.

kmeans: clusters of A and B
  40 rows in both (test 40)
  90.0 % stay in the matching cluster; ARI 0.631; NMI 0.531
  kept: 0 → 0, 1 → 1
            B 0  B 1
  A 0 cats   18    2
  A 1 dogs    2   18
  4 rows moved (test 4): 4 made wrong
    test 18: A 0 → B 1, cats: made wrong
      [bold]text[/bold] 18
    test 38: A 1 → B 0, dogs: made wrong
      [bold]text[/bold] 38
    test 19: A 0 → B 1, cats: made wrong
      [bold]text[/bold] 19
    test 39: A 1 → B 0, dogs: made wrong
      [bold]text[/bold] 39
"""


@pytest.fixture
def two(tmp_path: Path) -> tuple[str, str]:
    """Two seeds of a recipe; the texts try to move the cursor."""
    texts = [f"[bold]text[/bold]\x1b[2J {i}" for i in range(40)]
    write_run(tmp_path / "a", {"kmeans": TRUTH}, TRUTH, texts=texts)
    write_run(tmp_path / "b", {"kmeans": MOVED}, TRUTH, seed=1, embedding="o", texts=texts)
    return "a", "b"


def test_two_seeds(cli: Cli, two: tuple[str, str]) -> None:
    done = cli("compare", *two)

    assert (done.status, done.err) == (0, "")
    assert done.out == WHOLE


def test_what_an_edit_has_left_alone_has_no_tables(cli: Cli, tmp_path: Path) -> None:
    write_run(tmp_path / "a", {"x": TRUTH}, TRUTH)
    write_run(
        tmp_path / "b",
        {"edited": MOVED, "x": TRUTH},
        TRUTH,
        by_hand="edited",
        recipe={"edits": f"/a/long/way/to{'/some/folder' * 6}/edits.toml"},
    )
    out = cli("compare", str(tmp_path / "a"), str(tmp_path / "b")).out
    assert "clusters of A x and B edited" in out
    assert "x: from A to B 100 % of 40 shared rows stay" in out
    assert "x: scores on test" not in out
    assert "x: clusters of A and B" not in out
    assert "/some/folder/edits.toml\n" in out


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        (f"../..{'/folder' * 9}/a.csv", f"../..{'/folder' * 9}/b.csv", "…/a.csv → …/b.csv"),
        (f'["/d{"/x" * 30}/1.csv"]', f'["/d{"/x" * 30}/2.csv"]', '…/1.csv"] → …/2.csv"]'),
        ("/" + "one two " * 9 + "three", "/" + "one two " * 9 + "four", "… three → … four"),
        ("none", "/a" * 30 + "/b.csv", "none → /a/a/a/a/a/a/a…a/a/a/a/a/a/a/a/a/a/a/a/b.csv"),
        ("12", "13", "12 → 13"),
    ],
)
def test_long_values_are_cut_to_where_they_differ(one: str, other: str, shown: str) -> None:
    assert values(Change(where="recipe", key="dataset.path", values=(one, other)), "AB") == shown


def test_three_runs_with_the_same_clustering_keep_its_scores(cli: Cli, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        labels = {"x": TRUTH, "y": MOVED if name == "a" else TRUTH}
        scores = [score(of, "accuracy", 0.5) for of in labels]
        write_run(tmp_path / name, labels, TRUTH, scores=scores)
    out = cli("compare", *(str(tmp_path / name) for name in ("a", "b", "c"))).out
    assert "x: scores on test" in out
    assert "y: scores on test" in out


def test_lines_are_no_wider_than_the_terminal(cli: Cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for seed in range(5):
        labels = {name: rng.integers(-1, 9, 300).tolist() for name in ("kmeans", "dbscan")}
        scores = [
            score(name, metric, 0.5, low=0.4, high=0.6)
            for name in labels
            for metric in ("accuracy", "nmi", "ari", "calinski-harabasz", "davies-bouldin")
        ]
        write_run(
            tmp_path / f"r{seed}",
            labels,
            rng.integers(0, 3, 300).tolist(),
            seed=seed,
            scores=scores,
        )

    for runs in (("r0", "r1"), ("r0",), tuple(f"r{i}" for i in range(5))):
        done = cli("compare", *runs)
        assert done.status == 0
        assert max(map(len, done.out.splitlines())) <= 80


def test_json_is_one_object(cli: Cli, two: tuple[str, str]) -> None:
    done = cli("compare", *two, "--json")

    value = json.loads(done.out)
    assert list(value) == ["runs", "repetitions", "notes", "changes", "panels"]
    assert value["panels"][0]["pairs"][0]["alignment"]["stayed"] == 36
    assert "\x1b" not in done.out


def test_html_is_written_and_no_other_file_written_over(
    cli: Cli, two: tuple[str, str], tmp_path: Path
) -> None:
    done = cli("compare", *two, "--html", "page.html")
    assert done.out.endswith("\npage: page.html\n")
    assert cli("compare", *two, "--html", "page.html").status == 0

    before = (tmp_path / "a" / "run.json").read_bytes()
    done = cli("compare", *two, "--html", "a/run.json")
    assert (done.status, done.err) == (
        2,
        "error: --html: a/run.json exists; name another file\n",
    )
    assert (tmp_path / "a" / "run.json").read_bytes() == before
    assert cli("compare", *two, "--html", "a").status == 2
    os.mkfifo("pipe")  # nobody would ever write to it
    assert cli("compare", *two, "--html", "pipe").status == 2
    assert cli("compare", *two, "--html", "").err.startswith("error: --html: names no file;")


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (["a"], "error: a: there is only one clustering: kmeans; name a second run"),
        (["a", "a"], "error: a is named twice"),
        (["a", ":kmeans"], "error: :kmeans: does not exist"),
        (["a", "none"], "error: none: does not exist"),
        (["a", "b:kmean"], "error: b: there is no clusterer 'kmean'; did you mean 'kmeans'?"),
    ],
)
def test_what_can_not_be_compared_gives_one_line(
    cli: Cli, two: tuple[str, str], runs: list[str], message: str
) -> None:
    done = cli("compare", *runs)

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(message)
    assert done.err.count("\n") == 1


def test_comparing_imports_neither_torch_nor_scikit_learn(
    two: tuple[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, "compare", *two],
        cwd=tmp_path,
        env={"PYTHONPATH": ROOT, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    status, modules = json.loads(done.stderr.splitlines()[-1])
    assert status == 0
    assert not {"torch", "sklearn", "matplotlib"} & set(modules)


def test_the_function_is_no_module() -> None:
    """A package of the name of the function would take its place once it is imported."""
    import clusterforge
    import clusterforge.comparison
    from clusterforge import compare

    assert compare is clusterforge.compare is clusterforge.comparison.compare
