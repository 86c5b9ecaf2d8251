import base64
import gzip
import hashlib
import json
import re
import shutil
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from clusterforge.errors import InputError
from clusterforge.report import write_report
from clusterforge.report.columns import KINDS
from clusterforge.report.folder import read

VOID = {"meta", "input", "img", "br", "hr", "link"}
URLS = {"src", "href", "srcset", "action", "formaction", "poster", "data", "xlink:href"}


class Page(HTMLParser):
    """A page taken apart; every element must be closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw.append((self.open[-1], data))
        else:
            self.text += f" {data}"

    @property
    def data(self) -> dict:
        kinds = [attrs.get("type") for tag, attrs in self.tags if tag == "script"]
        scripts = [text for tag, text in self.raw if tag == "script"]
        data = json.loads(scripts[kinds.index("application/json")], parse_constant=pytest.fail)
        if data["map"]:
            data["map"] |= unpacked(scripts[kinds.index("application/gzip")])
            for i, clusterer in enumerate(data["map"]["clusterers"]):
                clusterer["labels"] = data["map"][f"labels{i}"]
        return data


def unpacked(packed: str) -> dict:
    """Undo ``columns.packed``."""
    data = gzip.decompress(base64.b64decode(packed))
    start = 4 + int.from_bytes(data[:4], "little")
    columns = json.loads(data[4:start])
    for name, of in columns.items():
        if isinstance(of, dict):
            kind = next(code for code, word in KINDS.items() if word == of["kind"])
            array = np.frombuffer(data, f"<{kind}", of["length"], start + of["at"])
            columns[name] = array.tolist()
    return columns


def report(folder: Path, figures: bool = False) -> Page:
    write_report(folder, figures=figures)
    return Page((folder / "report.html").read_text("utf-8"))


def squeezed(text: str) -> str:
    return re.sub(r" (?=[,.:;])", "", " ".join(text.split()))


def test_says_what_the_run_is_worth(digits: Path) -> None:
    text = squeezed(report(digits).text)
    assert "labels used in training no" in text
    assert "kmeans agrees best with the true labels: accuracy 0.744 and NMI 0.716 on test" in text
    assert re.search(r"dbscan has 0\.\d+, but only on 71\.7 % of the rows\.", text)
    assert "1 warning dbscan calls more than a tenth of the rows noise" in text
    assert "dbscan, test, calinski-harabasz: one cluster only" in text
    assert "Estimated from a sample of the rows: silhouette." in text
    assert "approximate: label of the nearest core point if it is within eps, else noise" in text
    assert "agreement on held-out rows 0.941 ARI" in text
    assert "encoder.0 Linear 64 × 256 16,640" in text
    assert "encoder.0.flatten reused" in text
    assert 'n_clusters = "classes"' in text
    assert "torch 2.13.0" in text


@pytest.mark.parametrize("run", ["digits", "texts"])
def test_is_well_formed_and_asks_nothing_of_the_network(
    run: str, request: pytest.FixtureRequest
) -> None:
    page = report(request.getfixturevalue(run))
    for tag, attrs in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        assert not [name for name in attrs if name.startswith("on") or name == "style"], tag
        for name in URLS & set(attrs):
            assert re.match(r"data:image/png;base64,|figures/[\w.-]+$|#\w+$", attrs[name] or ""), (
                attrs
            )
    for kind, text in page.raw:
        assert "url(" not in text or kind == "script"
        assert "@import" not in text
    code = [text for kind, text in page.raw if kind == "script"][-1]
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|innerHTML|eval\(", code)


def test_the_policy_allows_just_these_scripts_and_styles(digits: Path) -> None:
    page = report(digits)
    policy = next(a["content"] for _, a in page.tags if "http-equiv" in a)
    assert "default-src 'none'" in policy
    for kind, text in (page.raw[0], page.raw[-1]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_hostile_text_stays_text(texts: Path) -> None:
    page = report(texts)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 3
    assert tags.count("style") == 1
    assert not {"b", "i"} & {t for t, a in page.tags if a.get("onerror")}
    html = (texts / "report.html").read_text("utf-8")
    assert "alert(1)" in page.text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", html)
    data = next(text for kind, text in page.raw if text.startswith("{"))
    assert not set("<>&") & set(data)
    assert "</script><script>alert(1)</script> number 0" in page.data["map"]["texts"]
    assert "日本語のテキスト 🎉 ünïcödé number 9" in page.data["map"]["texts"]
    assert page.data["map"]["classes"][2] == "</style><script>alert(2)</script>"
    assert "{{ 7 * 7 }} {% raw %}" in page.data["map"]["texts"][6]


def test_figures_are_there_and_can_be_read(texts: Path, digits: Path) -> None:
    from PIL import Image

    for folder in (texts, digits):
        page = report(folder, figures=True)
        hrefs = {a.get("href") or "#" for _, a in page.tags}
        linked = {href for href in hrefs if not href.startswith("#")}
        files = {f"figures/{path.name}" for path in (folder / "figures").iterdir()}
        assert linked == files
        assert {"figures/map.png", "figures/map.svg"} <= files
        for path in (folder / "figures").iterdir():
            if path.suffix == ".svg":
                root = ElementTree.parse(path).getroot()
                names = {element.tag.rpartition("}")[2] for element in root.iter()}
                assert "path" in names
                assert not {"script", "foreignObject"} & names
            else:
                with Image.open(path) as picture:
                    assert len(set(picture.convert("L").tobytes())) > 8
                    assert "Software" not in picture.info


def test_the_map_is_small_as_svg(digits: Path) -> None:
    write_report(digits)
    assert (digits / "figures" / "map.svg").stat().st_size < 1_000_000
    assert "<image" in (digits / "figures" / "map.svg").read_text()


def test_the_same_run_gives_the_same_bytes(digits: Path, tmp_path: Path) -> None:
    import matplotlib as mpl

    other = Path(shutil.copytree(digits, tmp_path / "elsewhere"))
    write_report(digits)
    with mpl.rc_context({"svg.hashsalt": "other", "axes.facecolor": "black"}):
        before = dict(mpl.rcParams)
        write_report(other)
        assert dict(mpl.rcParams) == before
    made = [path for path in sorted(digits.rglob("*")) if path.is_file()]
    assert len(made) > 20
    for path in made:
        assert path.read_bytes() == (other / path.relative_to(digits)).read_bytes(), path.name


OPTIONAL = (
    "metrics.json",
    "history.json",
    "recipe.toml",
    "assignments.parquet",
    "projection.parquet",
    "projection.json",
    "data",
)


@pytest.mark.parametrize("missing", [*OPTIONAL, "all"])
def test_what_is_missing_is_left_out(texts: Path, missing: str) -> None:
    for name in OPTIONAL if missing == "all" else [missing]:
        path = texts / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    page = report(texts)
    ids = {attrs["id"] for tag, attrs in page.tags if tag == "h2" and attrs.get("id")}
    gone = {
        "metrics.json": {"scores"},
        "history.json": {"training"},
        "assignments.parquet": {"clusters"},
        "projection.parquet": {"map"},
        "all": {"scores", "training", "clusters", "map"},
    }.get(missing, set())
    assert ids == {"scores", "map", "clusters", "training", "networks", "run"} - gone
    page.data  # noqa: B018


def test_a_bare_run_json_is_enough(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    assert "No clusterer has a score" in report(tmp_path).text


def test_without_labels_the_silhouette_decides(make_texts: Callable[..., Path]) -> None:
    page = report(make_texts(labelled=False))
    text = squeezed(page.text)
    assert "kmeans was scored without labels: silhouette 0.410 on train" in text
    assert "internal score, which rises when an embedding collapses" in text
    assert "nothing: there are none" in text
    assert "truth" not in page.data["map"]
    first, second = page.data["map"]["clusterers"]
    assert {first["colours"][str(i)] for i in range(3)} == set(second["colours"].values())


def test_clusters_and_classes_share_colours(digits: Path) -> None:
    shown = report(digits).data["map"]
    for clusterer in shown["clusterers"]:
        for cluster, of_class in clusterer["matched"].items():
            if cluster in clusterer["colours"]:
                assert clusterer["colours"][cluster] == shown["classColours"][of_class]
    kmeans = shown["clusterers"][0]
    rows = zip(kmeans["labels"], shown["truth"], strict=True)
    agreeing = sum(kmeans["matched"].get(str(label)) == truth for label, truth in rows)
    assert agreeing > 0.75 * len(shown["truth"])


def test_nan_in_a_file_is_no_nan_in_the_page(digits: Path) -> None:
    history = json.loads((digits / "history.json").read_text())
    history[3]["values"]["loss"] = float("nan")
    history[4]["values"]["loss"] = float("inf")
    (digits / "history.json").write_text(json.dumps(history))
    (loss, *_), *_ = (chart["series"] for chart in report(digits).data["charts"])
    assert 4 not in loss["x"]
    assert len(loss["x"]) == 38


def test_a_damaged_file_is_named(digits: Path) -> None:
    (digits / "assignments.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match=r"assignments\.parquet"):
        write_report(digits)
    with pytest.raises(InputError, match=r"run\.json"):
        write_report(digits / "figures")


def table_of(path: Path, **columns: object) -> None:
    table = parquet.read_table(path)
    for name, value in columns.items():
        there = table.column_names.index(name)
        table = table.set_column(there, name, pa.array([value] * len(table)))
    parquet.write_table(table, path)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("assignments.parquet", {"split": None}),
        ("assignments.parquet", {"split": 1}),
        ("assignments.parquet", {"kmeans": "x"}),
        ("assignments.parquet", {"kmeans": [1]}),
        ("projection.parquet", {"x": "x"}),
        ("projection.parquet", {"split": 1}),
    ],
)
def test_columns_of_another_kind_give_one_line(
    digits: Path, name: str, columns: dict[str, object]
) -> None:
    table_of(digits / name, **columns)
    with pytest.raises(InputError, match=r"its files don't fit together") as told:
        read(digits)
    assert "\n" not in str(told.value)


def test_objects_of_another_shape_are_left_out(digits: Path) -> None:
    table_of(digits / "assignments.parquet", label=1)
    (digits / "projection.json").write_text("[1]")
    (digits / "history.json").write_text('"x"')
    (digits / "run.json").write_text('{"data": {"splits": [1]}}')
    (digits / "metrics.json").write_text('{"clusterers": {"kmeans": "x"}, "scores": 3}')
    found = read(digits)
    assert (found.splits, found.clusterers, found.scores, found.history) == ({}, {}, [], [])
    assert found.assignments is not None
    assert found.assignments.classes == []


def test_no_rows_are_no_assignments(digits: Path) -> None:
    place = digits / "assignments.parquet"
    parquet.write_table(parquet.read_table(place).slice(0, 0), place)
    assert read(digits).assignments is None
    write_report(digits)


def test_values_of_rows_beyond_1_are_unknown(digits: Path) -> None:
    found = read(digits).assignments
    assert found is not None
    test = int((found.split == found.splits.index("test")).sum())
    place = digits / "evaluation" / "kmeans"
    place.mkdir(parents=True, exist_ok=True)
    np.save(place / "test.silhouette.npy", np.array([3e38, -1.0] + [0.5] * (test - 2), np.float32))
    values = read(digits).rows["kmeans"]["silhouette"][found.split == found.splits.index("test")]
    assert np.isnan(values[0])
    assert values[1:3].tolist() == [-1.0, 0.5]


def test_needs_neither_pyplot_nor_the_pipeline(digits: Path) -> None:
    import subprocess

    code = (
        "import sys; from pathlib import Path; from clusterforge.report import write_report\n"
        f"write_report(Path({str(digits)!r}))\n"
        "heavy = {'sklearn', 'matplotlib.pyplot', 'clusterforge.pipeline',"
        " 'clusterforge.registry', 'clusterforge.cli'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ten_thousand_rows_are_quick_and_small(make_texts: Callable[..., Path]) -> None:
    folder = make_texts(rows=10_000)
    start = time.process_time()
    write_report(folder)
    assert time.process_time() - start < 8
    assert (folder / "report.html").stat().st_size < 5_000_000
