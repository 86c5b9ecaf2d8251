import base64
import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from clusterforge.report import curves
from clusterforge.report.build import figures_of
from clusterforge.report.figures import Figure
from clusterforge.report.figures.canvas import DPI, PAGE, TEXT, label, paler
from clusterforge.report.folder import read
from clusterforge.report.matching import all_clusters
from clusterforge.report.palette import COLOURS, NOISE, colour

from .conftest import HOSTILE, png, write_json

SPLITS = {"train": 1437, "test": 360}


def picture(seed: int) -> str:
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8), dtype=np.uint8)
    return base64.b64encode(png(pixels)).decode()


def evaluate(folder: Path) -> Path:
    """Add what the evaluation and the explanations of a run leave."""
    assignments = read(folder).assignments
    assert assignments is not None
    clusterers: dict[str, Any] = {}
    explained: dict[str, Any] = {}
    rng = np.random.default_rng(0)
    for name, labels in assignments.clusters.items():
        splits = {}
        for i, split in enumerate(assignments.splits):
            here = labels[assignments.split == i]
            values = np.where(here < 0, np.nan, rng.uniform(-0.2, 0.9, len(here)))
            path = folder / "evaluation" / name
            path.mkdir(parents=True, exist_ok=True)
            np.save(path / f"{split}.silhouette.npy", values.astype(np.float32))
            ids = [int(i) for i in np.unique(here[here >= 0])]
            splits[split] = {
                "clusters": [{"cluster": i, "rows": 9, "stability": 0.5} for i in ids],
                "coverage_curve": {
                    "by": "membership",
                    "points": [{"coverage": c / 10, "accuracy": 1 - c / 50} for c in range(1, 11)],
                },
                "by_length": [
                    {
                        "from": 10 * i,
                        "to": 10 * i + 9,
                        "rows": 5,
                        "accuracy": 0.5,
                        "silhouette": 0.1,
                    }
                    for i in range(4)
                ],
            }
        clusterers[name] = {"splits": splits}
        explained[name] = {
            "left_out": 0,
            "clusters": [
                {
                    "cluster": int(i),
                    "rows": 5,
                    "typical": [{"image": picture(j)} for j in range(3)],
                    "mean_image": picture(9),
                    "words": [{"word": HOSTILE[j], "score": 1.0 / (j + 1)} for j in range(5)],
                }
                for i in np.unique(labels[labels >= 0])[:4]
            ],
        }
    lengths = {"unit": "characters", "median": 5, "edges": [0, 4, 8], "counts": [3, 5]}
    counted = [{"name": name, "rows": 7} for name in assignments.classes]
    data = {split: {"classes": counted, "lengths": lengths} for split in assignments.splits}
    write_json(folder / "evaluation.json", {"data": data, "clusterers": clusterers})
    made = {"stage": "encoder.1.dec", "split": "test", "error": 0.01}
    pairs = [{**made, "original": picture(i), "reconstruction": picture(i + 1)} for i in range(8)]
    write_json(folder / "explanations.json", {"clusterers": explained, "reconstructions": pairs})
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["phases"] = [
        {"stage": "encoder.1.autoencoder", "phase": phase, "rows": 500, "clusters": 10}
        | {"silhouette": 0.1 * i, "accuracy": 0.3 * i}
        for i, phase in enumerate(("input", "pretrain", "cluster"))
    ]
    write_json(folder / "metrics.json", metrics)
    return folder


def drawn(folder: Path) -> list[Figure]:
    return figures_of(folder, read(folder))


@pytest.fixture
def unwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn, but neither laid out nor rendered: what takes the time."""
    from matplotlib.figure import Figure as Drawing

    monkeypatch.setattr(Drawing, "savefig", lambda _, file, **options: file.write(b"<svg ></svg>"))
    monkeypatch.setattr(Drawing, "get_layout_engine", lambda _: None)


@pytest.fixture(scope="module")
def seen(digits_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judged run over digits with its figures; not to be changed."""
    import shutil

    folder = Path(shutil.copytree(digits_source, tmp_path_factory.mktemp("seen") / "run"))
    drawn(evaluate(folder))
    return folder


def stems(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "figures").glob("*.png"))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "figures").iterdir()}


def svg(folder: Path, stem: str) -> str:
    return (folder / "figures" / f"{stem}.svg").read_text("utf-8")


WANTED = {
    "pipeline": "run.json",
    "map": "projection.parquet",
    "map-true-labels": "projection.parquet",
    "map-dbscan": "projection.parquet",
    "sizes-kmeans": "assignments.parquet",
    "confusion-kmeans-test": "assignments.parquet",
    "silhouette-kmeans-test": "evaluation",
    "stability-kmeans": "evaluation.json",
    "coverage-kmeans": "evaluation.json",
    "by-length-kmeans": "evaluation.json",
    "classes": "evaluation.json",
    "lengths": "evaluation.json",
    "words-kmeans": "explanations.json",
    "members-kmeans": "explanations.json",
    "reconstructions-encoder.1.dec": "explanations.json",
    "loss-encoder.1.autoencoder-pretrain": "history.json",
    "details-dbscan-k-distance": "metrics.json",
    "details-hierarchical-merges": "metrics.json",
    "phases-encoder.1.autoencoder": "metrics.json",
    "network-encoder.1.autoencoder": "run.json",
}


@pytest.mark.usefixtures("unwritten")
def test_every_figure_is_drawn_and_left_out_without_its_data(digits: Path) -> None:
    evaluate(digits)
    assert set(drawn(digits)) >= set(WANTED)
    for source in sorted(set(WANTED.values()) - {"run.json"}):
        path, away = digits / source, digits / "away"
        path.rename(away)
        left = {str(figure) for figure in drawn(digits)}
        assert not {stem for stem, of in WANTED.items() if of == source} & left, source
        assert "pipeline" in left
        away.rename(path)
    write_json(digits / "run.json", {})
    assert not {"pipeline", "network-encoder.1.autoencoder"} & set(drawn(digits))


def test_both_files_of_a_figure_can_be_read(seen: Path) -> None:
    made = stems(seen)
    assert set(files(seen)) == {f"{s}.{kind}" for s in made for kind in ("png", "svg")}
    for stem in made:
        root = ElementTree.fromstring(svg(seen, stem))
        tags = [element.tag.rpartition("}")[2] for element in root.iter()]
        assert not {"script", "foreignObject", "a"} & set(tags)
        assert tags.count("title") == tags.count("desc") == 1
        assert "text" in tags
        assert "<!DOCTYPE" not in svg(seen, stem)
        for element in root.iter():
            for name, value in element.attrib.items():
                if name.endswith("href"):
                    assert re.match(r"#|data:image/png;base64,", value)
                assert not re.search(r"url\((?!#)", value)
        with Image.open(seen / "figures" / f"{stem}.png") as shown:
            assert shown.width <= PAGE * DPI
            assert len(set(shown.convert("L").tobytes())) > 8


def test_text_is_large_enough_for_print(seen: Path) -> None:
    for stem in stems(seen):
        sizes = re.findall(r"font(?:-size)?: [^;\"]*?([\d.]+)px", svg(seen, stem))
        assert sizes, stem
        assert min(map(float, sizes)) >= TEXT, stem


def test_the_same_run_gives_the_same_bytes(seen: Path, digits: Path) -> None:
    drawn(evaluate(digits))
    assert files(digits) == files(seen)


def test_maps_are_light(make_texts: Callable[..., Path]) -> None:
    folder = make_texts(rows=10_000)
    made = drawn(folder)
    assert "map-kmeans" in made
    for stem in made:
        if stem.startswith("map"):
            assert svg(folder, stem).count("<image") >= 1
        assert (folder / "figures" / f"{stem}.svg").stat().st_size < 1_000_000


def test_hostile_names_stay_text(texts: Path) -> None:
    names = [*HOSTILE, "$x^2$", "<b>", "a\nb", "\u202eabc", "שלום", "W" * 500, "_hidden", ""]
    run = json.loads((texts / "run.json").read_text())
    run["stages"] = [{"stage": f"encoder.{i}.{n}", "seconds": 1} for i, n in enumerate(names)]
    run["stages"].insert(0, {"stage": "dataset.x", "seconds": 1})
    run["networks"] = {
        n: {"parameters": 3, "layers": [{"name": n, "type": n, "shape": [3], "parameters": 3}]}
        for n in names
    }
    write_json(texts / "run.json", run)
    made = drawn(evaluate(texts))
    assert "pipeline" in made
    text = "".join(svg(texts, stem) for stem in made)
    assert "<b>" not in text
    assert "\u202e" not in text
    assert "mathdefault" not in text
    shown = "".join(ElementTree.fromstring(svg(texts, "pipeline")).itertext())
    assert "$x^2$" in shown
    assert "</script><script>" in shown
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", stem) for stem in made)


@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize("wrong", [[], "text", 3, {"data": [1], "clusterers": {"kmeans": []}}])
def test_damaged_values_are_left_out(digits: Path, wrong: object) -> None:
    whole = set(drawn(digits))
    for name in ("evaluation.json", "explanations.json"):
        write_json(digits / name, wrong if isinstance(wrong, dict) else {"data": wrong,
                   "clusterers": {"kmeans": wrong}, "reconstructions": wrong})  # fmt: skip
    path = digits / "evaluation" / "kmeans"
    path.mkdir(parents=True)
    (path / "test.silhouette.npy").write_bytes(b"\x93NUMPY nothing")
    np.save(path / "train.silhouette.npy", np.zeros(3, np.float32))
    assert set(drawn(digits)) == whole


def test_a_cluster_has_one_colour_in_all_figures(seen: Path) -> None:
    run = read(seen)
    assert run.assignments is not None
    clusters = all_clusters(run.assignments)["kmeans"]
    paint = {i: colour(clusters.colours[i]) for i in clusters.ids}
    for stem in ("map-kmeans", "sizes-kmeans", "silhouette-kmeans-train", "stability-kmeans"):
        text = svg(seen, stem)
        assert all(tint in text for tint in paint.values()), stem
        foreign = set(COLOURS) - set(paint.values())
        assert not [tint for tint in foreign if tint in text], stem
    bars = {c: t for c, t in zip(paint, paint.values(), strict=True) if c < 4}
    words = svg(seen, "words-kmeans")
    assert [tint for tint in paint.values() if tint in words] == list(bars.values())
    assert {colour(c) for c in clusters.matched.values()} <= set(COLOURS[:10])


def test_more_pictures_than_a_figure_holds(make_texts: Callable[..., Path]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    folder = make_texts(rows=900)
    path = folder / "assignments.parquet"
    table = parquet.read_table(path)
    many = pa.array(np.arange(900) % 300 - 1, pa.int64())
    parquet.write_table(table.set_column(table.column_names.index("kmeans"), "kmeans", many), path)
    made = drawn(evaluate(folder))
    assert {"map-kmeans", "sizes-kmeans", "silhouette-kmeans-train"} <= set(made)
    listed = "".join(ElementTree.fromstring(svg(folder, "map-kmeans")).itertext())
    assert "and 276 more" in listed
    told = "".join(ElementTree.fromstring(svg(folder, "silhouette-kmeans-train")).itertext())
    assert "the 20 largest of 299 clusters" in told


def test_figures_that_are_not_drawn_any_more_go(digits: Path) -> None:
    from clusterforge.report import write_report

    (digits / "figures").mkdir()
    for name in ("confusion-old.png", "mine.png", "notes.txt"):
        (digits / "figures" / name).write_bytes(b"old")
    (digits / "report.html").write_bytes(b'<a href="figures/confusion-old.png">PNG</a> \xff')
    write_report(digits)
    names = {path.name for path in (digits / "figures").iterdir()}
    assert "confusion-old.png" not in names
    assert {"mine.png", "notes.txt", "map.png"} <= names


@pytest.mark.usefixtures("unwritten")
def test_figure_says_what_it_shows(digits: Path) -> None:
    for figure in drawn(evaluate(digits)):
        assert figure.heading
        assert len(figure.alt) > 20
        assert figure.alt != figure.heading


def test_errors_and_further_marks_are_drawn(tmp_path: Path) -> None:
    from clusterforge.report.figures import curve

    line = curves.Series("gap", [1.0, 2.0, 3.0], [1.0, 2.0, 2.5])
    chart = curves.Curve("gap", "Gap", "k", "gap", [line], mark=2.0, mark_label="two")
    curve(tmp_path, chart)
    plain = (tmp_path / "gap.svg").read_text()
    wider = curves.Series(line.name, line.x, line.y, error=[0.1, 0.2, 0.1])
    more = curves.Curve("gap", "Gap", "k", "gap", [wider], mark=2.0, mark_label="two",
                        also=(curves.Mark(3.0, "three"),))  # fmt: skip
    figure = curve(tmp_path, more)
    text = (tmp_path / "gap.svg").read_text()
    assert ">three<" in text
    assert "three marked" in figure.alt
    assert text.count("<path") > plain.count("<path") + 2


def test_a_loss_of_one_term_is_one_line(seen: Path) -> None:
    root = ElementTree.fromstring(svg(seen, "loss-encoder.1.autoencoder-pretrain"))
    assert "loss = reconstruction" in "".join(root.itertext())


MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "none": np.eye(3).tolist(),
}


def lab(tint: str, sight: str) -> np.ndarray:
    """CIELAB (D65) of a colour as seen with a dichromacy (Machado et al. 2009, severity 1)."""
    value = np.array([int(tint[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(MACHADO[sight]) @ linear, 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = np.array(to_xyz) @ linear / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", list(MACHADO))
def test_colours_can_be_told_apart(sight: str) -> None:
    shown = [lab(tint, sight) for tint in COLOURS]
    ten = [float(np.linalg.norm(shown[i] - shown[j])) for i in range(10) for j in range(i)]
    assert min(ten) > 15
    neighbours = [float(np.linalg.norm(a - b)) for a, b in pairwise(shown[:20])]
    assert min(neighbours) > 10
    noise = lab(NOISE, sight)
    assert min(float(np.linalg.norm(noise - other)) for other in shown[:16]) > 8


def test_labels() -> None:
    assert label("_a\n b", 10) == " _a b"
    assert label("\u202eabc" + "d" * 40, 5) == "abcd…"
    assert paler("#000000", 0.5) == "#808080"
    assert paler("#102030", 1) == "#102030"
