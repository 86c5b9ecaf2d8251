import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.report import curves, scores, thumbnails
from clusterforge.report.folder import Assignments, RunFolder
from clusterforge.report.matching import all_clusters, confusion
from clusterforge.report.palette import COLOURS, NOISE, colour
from clusterforge.report.text import clean, embedded, short
from clusterforge.report.thumbnails import sheets
from clusterforge.report.verdict import verdict


def told(*rows: tuple, **run: object) -> RunFolder:
    """Scores as (clusterer, split, metric, value, coverage)."""
    keys = ("clusterer", "split", "metric", "value", "coverage")
    about = {"n": 10, "noise": "excluded", "exact": True, "direction": "higher", "labels": True}
    listed = [dict(zip(keys, row, strict=True)) | about for row in rows]
    return RunFolder(run=dict(run), metrics={"scores": listed, "clusterers": {}})


def test_verdict_prefers_held_out_rows_and_accuracy() -> None:
    run = told(
        ("a", "train", "accuracy", 0.9, 1.0),
        ("b", "train", "accuracy", 0.1, 1.0),
        ("a", "test", "accuracy", 0.5, 1.0),
        ("b", "test", "accuracy", 0.6, 1.0),
        ("a", "test", "silhouette", 0.8, 1.0),
    )
    assert verdict(run).sentence == (
        "b agrees best with the true labels: accuracy 0.600 on test (10 rows), ahead of a (0.500)."
    )


def test_verdict_is_not_won_by_leaving_rows_out() -> None:
    run = told(("a", "test", "nmi", 0.5, 1.0), ("b", "test", "nmi", 0.99, 0.1))
    sentence = verdict(run).sentence
    assert sentence.startswith("a agrees best")
    assert sentence.endswith("b has 0.990, but only on 10.0 % of the rows.")


def test_verdict_of_ties_and_nothing() -> None:
    tied = told(("a", "test", "nmi", 0.5, 1.0), ("b", "test", "nmi", 0.5, 1.0))
    assert "level with b" in verdict(tied).sentence
    assert "No clusterer has a score" in verdict(told(("a", "x", "nmi", None, 0.0))).sentence


def test_caveats_say_what_labels_did() -> None:
    run = told(
        ("a", "test", "nmi", 0.5, 1.0),
        labels_in_training=True,
        labels_used=["training of encoder.1.siamese", "balanced"],
        data={"notes": ["balanced"]},
    )
    caveats = verdict(run).caveats
    assert caveats[0].startswith("Labels were used in training")
    assert caveats[1] == "Labels were used for this: training of encoder.1.siamese."
    assert caveats[2].startswith("The rows were drawn in equal numbers")


def test_best_follows_the_direction_and_ties_mark_nobody() -> None:
    run = told(
        ("a", "t", "davies-bouldin", 1.0, 1.0),
        ("b", "t", "davies-bouldin", 2.0, 1.0),
        ("a", "t", "nmi", 0.5, 1.0),
        ("b", "t", "nmi", 0.5, 1.0),
    )
    for score in run.metrics["scores"][:2]:
        score["direction"] = "lower"
    (table,) = scores.tables(run)
    assert [name for name, _, _ in table.columns] == ["nmi", "davies-bouldin"]
    best = {row.clusterer: [cell.best for cell in row.cells if cell] for row in table.rows}
    assert best == {"a": [False, True], "b": [False, False]}


def test_null_shows_its_reason() -> None:
    run = told(("a", "t", "nmi", None, 0.0))
    run.metrics["scores"][0] |= {"reason": "one cluster only"}
    cell = scores.tables(run)[0].rows[0].cells[0]
    assert cell is not None
    assert cell.text == "–"
    assert "one cluster only" in cell.title
    assert scores.undefined(run) == run.metrics["scores"]


def assigned(truth: list[int], **clusters: list[int]) -> Assignments:
    return Assignments(
        splits=["train"],
        split=np.zeros(len(truth), np.int64),
        classes=["x", "y"],
        truth=np.array(truth),
        clusters={name: np.array(labels) for name, labels in clusters.items()},
    )


def test_confusion_counts_and_agrees_with_hungarian() -> None:
    rows = assigned([0, 0, 0, 1, 1, -1], a=[7, 7, 3, 3, -1, 7])
    matrix = confusion(rows, "a", 0)
    assert matrix is not None
    assert matrix.columns == ["7", "3", "noise"]
    assert matrix.counts.tolist() == [[2, 1, 0], [0, 1, 1]]
    assert matrix.agreeing == 3
    np.testing.assert_allclose(matrix.shares, [[2 / 3, 1 / 3, 0], [0, 0.5, 0.5]], rtol=1e-6)
    assert all_clusters(rows)["a"].colours == {7: 0, 3: 1}


def test_surplus_clusters_get_colours_of_their_own() -> None:
    found = all_clusters(assigned([0, 0, 1, 1, 1], a=[0, 0, 1, 2, 2]))["a"]
    assert found.matched == {0: 0, 2: 1}
    assert found.colours == {0: 0, 2: 1, 1: 2}


def test_confusion_of_many_clusters_keeps_every_row() -> None:
    labels = list(range(100)) * 2
    matrix = confusion(assigned([0, 1] * 100, a=labels), "a", 0)
    assert matrix is not None
    assert matrix.columns[-1] == "60 more"
    assert matrix.counts.sum() == 200


def test_a_split_without_clusters_has_no_confusion() -> None:
    assert confusion(assigned([0, 1], a=[-2, -2]), "a", 0) is None


def test_colours_differ_and_noise_is_grey() -> None:
    assert colour(-1) == NOISE
    shown = [colour(i) for i in range(120)]
    assert shown[: len(COLOURS)] == list(COLOURS)
    assert len(set(shown)) == 120
    assert NOISE not in shown


def test_log_scale_only_for_positive_values_over_two_decades() -> None:
    def chart(*values: float) -> curves.Curve:
        epochs = [
            {"stage": "s", "phase": "p", "epoch": i, "values": {"loss": v, "lr": 1e-9}}
            for i, v in enumerate(values)
        ]
        return curves.losses(RunFolder(run={}, history=epochs))[0]

    assert chart(101.0, 1.0).log
    assert not chart(99.0, 1.0).log
    assert not chart(1000.0, 0.0).log
    assert [line.name for line in chart(1.0).series] == ["loss"]


@given(st.text())
def test_embedded_text_survives_and_can_not_leave_its_script(text: str) -> None:
    import json

    out = embedded({"text": text})
    assert not set("<>&\u2028\u2029") & set(out)
    assert json.loads(out) == {"text": text}


@given(st.text(alphabet=st.characters(categories=["Cc", "Cs", "L", "Zs"])), st.integers(2, 20))
def test_cleaned_text_is_printable_and_short(text: str, length: int) -> None:
    clean(text).encode("utf-8")
    assert len(short(text, length)) <= length


def test_nan_can_not_be_embedded() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded(float("nan"))


def png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_thumbnails_keep_their_places() -> None:
    items = [
        None,
        png(np.full((8, 8), 50, np.uint8)),
        b"broken",
        png(np.full((8, 8), 90, np.uint8)),
    ]
    made = sheets(items)
    assert made is not None
    assert (made.place.tolist(), made.tile, made.columns) == ([-1, 0, -1, 1], 8, 2)
    assert (made.kind, len(made.pictures)) == ("png", 1)
    turned = sheets(items, np.array([3, 2, 1, 0]))
    assert turned is not None
    assert turned.place.tolist() == [-1, 1, -1, 0]
    assert sheets([None, "text"]) is None


def test_many_noisy_thumbnails_are_shrunk_to_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "LOSSLESS_BUDGET", 300_000)
    monkeypatch.setattr(thumbnails, "BUDGET", 1_000_000)
    monkeypatch.setattr(thumbnails, "EACH", 1024)
    rng = np.random.default_rng(0)
    items = [png(rng.integers(0, 255, (32, 32, 3), np.uint8)) for _ in range(40)] * 100
    made = sheets(items)
    assert made is not None
    assert sum(map(len, made.pictures)) < 1.4 * 1_000_000
    assert (made.kind, made.each, len(made.pictures)) == ("webp", 1024, 4)
    assert made.tile < 32
    assert len(set(made.place.tolist())) == 4000
