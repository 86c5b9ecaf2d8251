"""What a recipe costs is told before anything is computed, and what can't fit is refused or made to fit."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clusterforge.builtin.encoder_costs import conv_autoencoder
from clusterforge.builtin.trained_encoders import ConvAutoencoderParams
from clusterforge.costs import Cost, Size
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.pipeline import api, execute, limits, machine
from clusterforge.pipeline.estimate import DataSize, Estimate, estimate
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.limits import Plan, planned
from clusterforge.pipeline.machine import Speed
from clusterforge.pipeline.score import default_metrics
from clusterforge.pipeline.training_cost import training_below
from clusterforge.recipe import read, resolve
from clusterforge.registry import Registry
from clusterforge.runs import RunFolder

REGISTRY = Registry.installed("")
SPEED = Speed(1.0, 1e11, 1e11)
WARD = {"use": "hierarchical", "n_clusters": 8, "linkage": "ward"}
AVERAGE = {**WARD, "linkage": "average"}
KMEANS = {"use": "kmeans", "n_clusters": 8}


def recipe(clusterer: dict[str, Any], rows: int = 300_000, **tables: Any) -> Any:
    blobs = {"use": "blobs", "rows": rows, "dimensions": 64}
    raw = {"dataset": blobs, "encoder": [{"use": "scale"}], "clusterer": [clusterer], **tables}
    return resolve(read(raw), REGISTRY)


def size(rows: int) -> DataSize:
    return DataSize(rows, rows // 5, "table", (64,), None)


def plan(clusterer: dict[str, Any], rows: int = 300_000, **compute: Any) -> Plan:
    return planned(recipe(clusterer, rows, compute=compute), REGISTRY, size(rows), Path())


def estimated(clusterer: dict[str, Any], rows: int, **tables: Any) -> Estimate:
    return estimate(recipe(clusterer, rows, **tables), REGISTRY, size(rows), SPEED)


def test_each_stage_of_a_run_has_an_estimate() -> None:
    found = estimated(KMEANS, 1_000)
    assert [stage.stage for stage in found.stages] == [
        "dataset.blobs",
        "encoder.0.scale",
        "clusterer.0.kmeans",
        "projection.tsne",
        "scores.kmeans",
        "evaluation.kmeans",
        "evaluation.data",
        "explanations",
        "namer.words",
        "report",
    ]
    assert not found.unknown
    assert found.memory >= max(stage.memory or 0 for stage in found.stages)
    assert found.line().startswith("about ")


def test_ten_times_the_rows_cost_more() -> None:
    few, many = estimated(KMEANS, 10_000), estimated(KMEANS, 100_000)
    assert many.seconds > 2 * few.seconds
    assert many.memory > few.memory
    assert many.disk > 5 * few.disk


def test_epochs_cost_in_proportion() -> None:
    def seconds(epochs: int) -> float:
        network = {"use": "autoencoder", "epochs": epochs}
        stages = estimated(KMEANS, 20_000, encoder=[network]).stages
        return next(s.seconds or 0 for s in stages if s.stage == "encoder.0.autoencoder")

    assert seconds(90) - seconds(10) == pytest.approx(8 * (seconds(20) - seconds(10)))


def test_a_backbone_costs_what_its_trained_layers_cost() -> None:
    def often(**own: object) -> float:
        backbone = {"use": "sentence-transformer", "model": "a/b", **own}
        plugin = REGISTRY.find("encoder", "adapted")
        params = plugin.spec.params.model_validate({"backbone": backbone, "epochs": 4})
        below = Cost(network=1e9, width=384, layers=6)
        return training_below(params, Size(1_000, 0), below, REGISTRY).network / 1e9

    assert often(trainable=False) == pytest.approx(1)
    assert often() > 24  # four epochs of two views, forward and back
    assert often(last_layers=3) - 1 == pytest.approx((often() - 1) / 2)


def test_of_a_plugin_that_says_nothing_the_cost_is_unknown() -> None:
    known = recipe(KMEANS)
    (entry,) = known.clusterers
    silent = replace(entry.plugin, spec=replace(entry.plugin.spec, costs=None))
    unknown = replace(known, clusterers=(replace(entry, plugin=silent),))
    found = estimate(unknown, REGISTRY, size(1_000), SPEED)
    assert found.unknown == ("clusterer.0.kmeans", "evaluation.kmeans")
    assert found.line().endswith(", without clusterer.0.kmeans, evaluation.kmeans")


def test_what_memory_does_not_hold_is_refused_with_the_number(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "available_memory", lambda: 2_000_000_000)
    wide = {**AVERAGE, "max_rows_full": 300_000}
    with pytest.raises(InputError) as refused:
        plan(wide)
    assert refused.value.key == "clusterer.0.hierarchical"
    assert refused.value.problem == "takes about 721.0 GB of memory, and there are 2.0 GB"
    # More memory than the machine has is no remedy.
    assert refused.value.remedy == ("set clusterer.0.sample = 5000 or dataset.limit for fewer rows")


def test_a_larger_limit_is_proposed_where_the_machine_has_as_much(monkeypatch: Any) -> None:
    for free, proposed in ((10**10, True), (10**9, False), (None, True)):
        monkeypatch.setattr(limits, "available_memory", lambda free=free: free)
        with pytest.raises(InputError) as refused:
            plan(KMEANS, 1_000_000, memory="1GB")
        remedy = refused.value.remedy or ""
        assert ('compute.memory = "' in remedy) == proposed


def test_files_read_in_blocks_are_proposed_where_they_would_fit() -> None:
    proposal = ", or give the numbers as parquet files, which are read in blocks"
    for memory, proposed in (("2GB", True), ("200MB", False)):
        with pytest.raises(InputError) as refused:
            plan(KMEANS, 10_000_000, memory=memory)
        assert (refused.value.remedy or "").endswith(proposal) == proposed


def test_files_read_in_blocks_are_not_proposed_for_rows_that_are_read_whole(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(limits, "is_large", lambda rows, columns: False)
    with pytest.raises(InputError) as refused:
        plan(KMEANS, 10_000_000, memory="2GB")
    assert "parquet" not in (refused.value.remedy or "")


def test_within_a_time_sampled_metrics_are_chosen(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "speed_of", lambda recipe: SPEED)
    kmeans = {**KMEANS, "restarts": 1, "method": "mini-batch"}
    tables = {"evaluation": {"refits": 0}, "report": {"projection": "none"}}
    costly = estimated(kmeans, 100_000, **tables)
    scores = next(stage for stage in costly.stages if stage.stage == "scores.kmeans")
    assert scores.seconds is not None
    assert scores.seconds > costly.seconds / 2
    limited = recipe(kmeans, 100_000, compute={"within": "30s"}, **tables)
    found = planned(limited, REGISTRY, size(100_000), Path())
    assert found.estimate is not None
    assert found.estimate.seconds <= 30 < costly.seconds
    (line,) = found.choices
    assert line.startswith(
        "metric.silhouette.rows = 20000 (silhouette of a sample of 20,000 rows): about "
    )
    again = resolve(read(found.recipe.given()), REGISTRY)
    rows = {entry.id: entry.params.model_dump().get("rows") for entry in again.metrics}
    assert rows["silhouette"] == 20_000
    assert set(rows) == {entry.id for entry in default_metrics(REGISTRY)}


@pytest.mark.parametrize("clusterer", [AVERAGE, {**AVERAGE, "connectivity": "full"}])
def test_what_can_not_fit_is_refused_at_once(clusterer: dict[str, Any]) -> None:
    start = time.process_time()
    with pytest.raises(InputError, match=r"300,000 rows holds 360\.0 GB of distances"):
        plan(clusterer)
    assert time.process_time() - start < 2


def test_within_a_memory_alternatives_are_chosen_and_said() -> None:
    found = plan(AVERAGE, memory="8GB")
    assert found.recipe.clusterers[0].params.model_dump()["sample"] == 20_000
    assert found.estimate is not None
    assert found.estimate.memory <= 8e9
    (line,) = found.choices
    assert line.startswith(
        "clusterer.0.sample = 20000 (clusters 20,000 rows; the others are assigned to these): about "
    )
    assert found.recipe.compute.chosen == (line,)
    again = resolve(read(found.recipe.given()), REGISTRY)
    assert again.clusterers[0].params == found.recipe.clusterers[0].params


def test_within_a_time_the_costliest_is_changed_first(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "speed_of", lambda recipe: SPEED)
    spectral = {"use": "spectral", "n_clusters": 8}
    whole = plan(spectral, 40_000)
    assert whole.estimate is not None
    assert not whole.choices
    found = plan(spectral, 40_000, within="30s")
    keys = [line.partition(" ")[0] for line in found.choices]
    assert "clusterer.0.sample" in keys
    assert keys[0] == "evaluation.rows"
    assert found.estimate is not None
    assert found.estimate.seconds <= 30 < whole.estimate.seconds


def test_a_time_that_nothing_fits_into_is_refused() -> None:
    with pytest.raises(InputError, match=r"the run takes about .* at least") as refused:
        plan({**WARD, "n_clusters": 3}, within="1s")
    assert refused.value.key == "compute.within"


def test_without_the_size_of_the_data_nothing_is_chosen() -> None:
    assert planned(recipe(KMEANS), REGISTRY, None, Path()).estimate is None
    limited = recipe(KMEANS, compute={"within": "5min"})
    with pytest.raises(InputError, match="not known before they are loaded"):
        planned(limited, REGISTRY, None, Path())


def test_a_full_disk_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "free_disk", lambda folder: 1_000_000)
    with pytest.raises(EnvironmentProblem, match="and 1 MB are free"):
        plan(KMEANS)


def test_the_machine_is_measured() -> None:
    measured = machine.speed("cpu", "float32", 1)
    assert 0.01 < measured.core < 100
    assert measured.network == measured.products > 1e8
    assert (machine.available_memory() or 0) > 0
    assert (machine.free_disk(Path("not/there")) or 0) > 0
    products = machine.measure_products("cpu", 64)
    assert set(products) == {"products", "network"}


def test_costs_add_up() -> None:
    both = Cost(1.0, memory=5.0, width=3) + Cost(2.0, 4.0, memory=2.0).times(2)
    assert both == Cost(5.0, 8.0, memory=5.0, width=3)
    assert Size(3, 2).every == 5


def test_a_run_says_what_is_to_come_and_what_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Collecting(Observer):
        def __init__(self) -> None:
            self.estimates: list[str] = []

        def run_estimated(self, text: str) -> None:
            self.estimates.append(text)

    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(execute, "SAID", 0.0)
    blobs = {"use": "blobs", "rows": 60}
    small = {
        "dataset": blobs,
        "encoder": [{"use": "scale"}],
        "clusterer": [{**AVERAGE, "n_clusters": 3, "max_rows_full": 10, "sample": 10}],
        "evaluation": {"null_draws": 0},
        "report": {"projection": "none"},
        "compute": {"chosen": ["clusterer.0.sample = 10 (a sample): less"]},
    }
    observer = Collecting()
    for name in ("first", "second"):
        done = api.run(small, out=tmp_path / name, observer=observer, registry=REGISTRY)
    warnings = RunFolder.open(done.folder).run.warnings
    assert "clusterer.0.sample = 10 (a sample): less" in warnings[0]
    first, second = observer.estimates
    assert first.startswith("still to come: about ")
    assert second.endswith(", 4 stages reused")


@pytest.mark.parametrize(
    ("limit", "used", "prefix"),
    [
        ("memory.max", "memory.current", ""),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
    ],
)
def test_the_page_cache_of_a_control_group_is_free(
    tmp_path: Path, limit: str, used: str, prefix: str
) -> None:
    (tmp_path / limit).write_text("1000\n")
    (tmp_path / used).write_text("900\n")
    assert machine._left_in(tmp_path, limit, used) == 100
    stat = f"anon 300\n{prefix}inactive_file 400\n{prefix}active_file 150\nshmem 50\n"
    (tmp_path / "memory.stat").write_text(stat)
    assert machine._left_in(tmp_path, limit, used) == 650


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GB", 2e9), ("2 GB", 2e9), ("2gb", 2e9), ("1.5 GiB", 1.5 * 2**30), (" 500 mb ", 5e8)],
)
def test_sizes_are_read_as_they_are_written(text: str, size: float) -> None:
    from clusterforge.recipe.tables import Compute

    compute = Compute.model_validate({"memory": text, "within": "5 Min"})
    assert compute.within == "5min"

    assert compute.bytes == size


@pytest.mark.parametrize("text", ["2", "GB", "2 G", "0GB", "-1GB", "2GB2", "²GB", "2 XB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    from pydantic import ValidationError

    from clusterforge.recipe.tables import Compute

    with pytest.raises(ValidationError, match="must be a size"):
        Compute.model_validate({"memory": text})


def test_convolutions_that_are_pooled_cost_their_full_size():
    images = Size(100, 0, width=784, shape=(28, 28, 1))
    strided, pooled = (
        conv_autoencoder(ConvAutoencoderParams.model_validate({"pooling": pooling}), images)
        for pooling in ("stride", "max")
    )
    assert strided is not None
    assert pooled is not None
    assert 2 * strided.network < pooled.network < 4 * strided.network


def test_a_clusterer_that_chooses_their_number_is_counted_with_some_clusters() -> None:
    def judging(n_clusters: int | str) -> float:
        stages = estimated(KMEANS | {"n_clusters": n_clusters}, 10_000).stages
        return next(s.seconds or 0 for s in stages if s.stage == "evaluation.kmeans")

    assert judging(10) < judging("auto") < judging(40)
