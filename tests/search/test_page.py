"""The page of a sweep: what it says, and that nothing in it is markup but ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clusterforge.cli.sweeps import show_top
from clusterforge.search.folder import SweepFolder
from clusterforge.search.page import render
from clusterforge.search.page.axes import axes
from clusterforge.search.page.curves import curves
from clusterforge.search.page.importance import importance
from clusterforge.search.page.measures import measures
from clusterforge.search.pareto import best_trial
from clusterforge.search.records import AxisRecord, ObjectiveValue
from tests.report.page import Page
from tests.search.records import ANY, DIM, ERROR, HOSTILE, LR, STABILITY, K, made, objective, twelve

RECIPE = 'name = "best"\n'


def page(*args, **options) -> Page:
    sweep, trials = made(*args, **options)
    return Page(render(sweep, trials, RECIPE))


def test_says_what_is_best_how_sure_and_what_it_cost() -> None:
    text = page(60, [K, LR]).text
    assert "is best by stability" in text
    assert "60 combinations drawn at random of n_clusters (\u20684\u2069, \u20686\u2069" in text
    assert "Next by stability is trial" in text
    assert "10 min 0 s on 2 workers; stages that were there already have saved 1 min 20 s" in text
    assert "The labels were not used to choose" in text
    assert 'name = "best"' in text


def test_paths_are_shortened() -> None:
    axis = AxisRecord(key="dataset.path", values=("/mnt/disk/a/rows.csv", "/mnt/disk/b/rows.csv"))
    sweep, trials = made(20, [axis])
    text = render(sweep, trials, 'path = "/mnt/disk/a/rows.csv"\n')
    assert "/mnt/disk" not in text
    assert "…/a/rows.csv" in text


@pytest.mark.parametrize("many", [1, 4, 150])
@pytest.mark.parametrize("of", [[K], [LR], twelve()], ids=["options", "range", "twelve"])
def test_any_size_is_whole(many: int, of: list[AxisRecord]) -> None:
    made_page = page(many, of)
    rows = [attrs for tag, attrs in made_page.tags if tag == "tr" and "data-i" in attrs]
    assert sorted(int(attrs["data-i"] or -1) for attrs in rows) == list(range(many))
    assert sum("hidden" in attrs for attrs in rows) == max(0, many - 100)


def test_hostile_values_are_only_text() -> None:
    sweep, trials = made(40, [ANY, K], name="</title><script>alert(1)</script>", failed=[3])
    text = render(sweep, trials, "# </pre><script>alert(2)</script>")
    assert "<script>alert" not in text
    assert "\x07" not in text
    assert Page(text).script("application/json")
    titles = axes(sweep, trials)[0].options
    assert len(set(titles)) == len(titles) == len(HOSTILE)
    assert "autoencoder layers [64]" in titles


def test_all_failed_but_one() -> None:
    text = page(9, [K, LR], failed=range(1, 9)).text
    assert "No other trial can be compared with it" in text
    assert "8 of 9 trials, with no result" in text
    assert "4 trials clusterer.0: can't fit </b> 1 1, 3, 5, 7" in text


def test_trials_without_a_value_say_why() -> None:
    text = page(30, [K, LR], undefined=range(10), labelled=False).text
    assert "10 of 30 without a value by stability" in text
    assert "no stability: there are fewer than two clusters" in text
    assert "What the labels say" not in text
    sweep, trials = made(9, [K, LR])
    trials[3] = trials[3].model_copy(update={"degenerate": "one cluster has all rows"})
    assert "not judged: one cluster has all rows" in Page(render(sweep, trials, RECIPE)).text


def test_several_objectives_have_a_front() -> None:
    sweep, trials = made(40, [K, LR], (STABILITY, ERROR))
    text = Page(render(sweep, trials, RECIPE)).text
    assert "Pareto front" in text
    assert f"among {len(sweep.front)} trials that none beats in stability and" in text


def test_the_first_screen_says_nothing_absurd() -> None:
    few = AxisRecord(key="clusterer.0.n_clusters", values=(2, 3, 4))
    unset = AxisRecord(key="clusterer.0.eps", values=(0.5,))
    sweep, trials = made(40, [few, LR, unset], (STABILITY, objective("ari", "ARI", labels=True)))
    # The more clusters the worse, and few trials set the third key.
    trials = [
        trial.model_copy(
            update={
                "values": {k: v for k, v in trial.values.items() if k != unset.key},
                "objectives": {
                    "stability": ObjectiveValue(value=1.0 / float(str(trial.values[few.key]))),
                    "ari": ObjectiveValue(value=0.5),
                },
            }
        )
        for trial in trials
    ]
    best = best_trial(trials, sweep.objectives)
    assert best is not None
    text = Page(render(sweep.model_copy(update={"best": best.number}), trials, RECIPE)).text
    assert "n_clusters = 2 is the smallest" not in text
    assert "all with n_clusters \u20682\u2069" in text
    assert "eps \u2068\u2013" not in text
    assert "its ARI is too good for rows without labels" in text


def test_keys_are_short_where_that_is_clear() -> None:
    keys = ["encoder.0.lr", "encoder.1.lr", "encoder.1.dim", "clusterer.0", "seed"]
    records = [AxisRecord(key=key, values=(1, 2)) for key in keys]
    found = axes(*made(12, records))
    assert [a.title for a in found] == [
        "encoder.0.lr",
        "encoder.1.lr",
        "dim",
        "clusterer.0",
        "seed",
    ]


def test_numbers_are_in_order_and_ranges_are_continuous() -> None:
    of_list, of_range = axes(*made(50, [AxisRecord(key="a", values=(8, 2, 0.5)), LR]))
    assert of_list.options == ("0.5", "2", "8")
    assert of_range.options == ()
    assert of_range.log


def test_importance_is_the_main_effect_of_a_balanced_grid() -> None:
    rng = np.random.default_rng(1)
    sweep, trials = made(40, [K, DIM])
    grid = [
        trial.model_copy(update={"values": {K.key: 4 + 2 * (i % 4), DIM.key: 8 * (1 + i // 8)}})
        for i, trial in enumerate(trials)
    ]
    first, second = axes(sweep, grid)
    judge = measures(sweep, grid)[0]
    values = np.array([5.0 * (i % 4) + rng.normal() for i in range(40)])
    judge = type(judge)("x", "x", "higher", "chooses", "", tuple(values))
    means = [values[i::4].mean() for i in range(4)]
    within = sum(((values[i::4] - means[i]) ** 2).sum() for i in range(4)) / 36
    part = importance(first, judge)
    assert part == pytest.approx(1 - within / values.var(ddof=1))
    assert part is not None
    assert part > 0.9
    assert (importance(second, judge) or 0) < 0.1
    flat = type(judge)("x", "x", "higher", "chooses", "", (1.0,) * 40)
    assert importance(first, flat) is None


def test_objectives_are_held_against_the_labels() -> None:
    sweep, trials = made(80, [K, LR], (STABILITY, ERROR))
    text = Page(render(sweep, trials, RECIPE)).text
    first = sweep.against_labels[0]
    assert first.correlation is not None
    assert f"stability chooses {first.correlation:.2f} {first.choice:.3f} {first.best:.3f}" in text


def test_curves_keep_the_other_keys_fixed() -> None:
    sweep, trials = made(24, [K, DIM])
    grid = [
        trial.model_copy(update={"values": {K.key: 4 + 2 * (i % 4), DIM.key: 8 * (1 + i // 4 % 3)}})
        for i, trial in enumerate(trials)
    ]
    of_axes, of_measures = axes(sweep, grid), measures(sweep, grid)
    found = {curve.title: curve for curve in curves(of_axes, of_measures, grid, 0)}
    assert set(found) == {"stability", "Silhouette", "elbow: inertia"}
    elbow = found["elbow: inertia"]
    assert sorted(series.name for series in elbow.series) == ["dim 16", "dim 24", "dim 8"]
    assert all(series.x == (4, 6, 8, 10) for series in elbow.series)
    random = {curve.title for curve in curves(*_parts(made(60, [K, LR])), 0)}
    assert random == {"stability", "Silhouette"}  # inertia of other embeddings is not comparable


def _parts(of):
    sweep, trials = of
    return axes(sweep, trials), measures(sweep, trials), trials


def test_the_terminal_says_what_to_try_next(capsys: pytest.CaptureFixture[str]) -> None:
    sweep, trials = made(60, [K, LR], [ERROR])
    step = "n_clusters = 4 is the smallest value tried, and it matters: try smaller ones."
    assert step in Page(render(sweep, trials, RECIPE)).text
    done = SweepFolder(Path("nowhere"))
    done.__dict__ |= {"sweep": sweep, "trials": tuple(trials)}  # as if they had been read

    show_top(done)

    assert step in " ".join(capsys.readouterr().out.split())
