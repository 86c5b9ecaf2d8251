from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.contracts import Table
from clusterforge.contracts.training import Batch
from clusterforge.params import Params
from clusterforge.phases import AugmentUse, PairsUse, Phase
from clusterforge.specs import LossSpec
from clusterforge.training.batches import Batches, slices
from clusterforge.training.inputs import Examples, SplitScope, StreamedInputs, TensorInputs
from clusterforge.training.parts import Part
from tests.losses.batches import Same
from tests.training.kit import digits, make_part

CPU = torch.device("cpu")
AUGMENT = {"use": "augment"}


@given(st.integers(1, 300), st.integers(1, 64))
def test_slices_cover_every_row_once_and_leave_no_row_alone(n, size):
    cut = slices(n, size)
    assert [i for part in cut for i in range(n)[part]] == list(range(n))
    lengths = [part.stop - part.start for part in cut]
    assert max(lengths) <= size + 1
    if size > 1 and n > 1:
        assert min(lengths) > 1


def batches(
    kinds: set[str], pairs: Any, rows: int = 60, n_views: int = 2, augment: Any = None, **more: Any
) -> Batches:
    x, y = digits(rows)
    y = np.where(np.arange(rows) % 7 == 0, -1, y)
    inputs = more.pop("inputs", TensorInputs(torch.from_numpy(x)))
    examples = Examples(inputs, y, lambda: x, incoming=True)
    phase = more.pop("phase", Phase(loss="triplet", batch=16))
    specs: list[Any] = [
        LossSpec(kind, "", Params, "", batch=kind, n_views=n_views, needs_labels=True)
        for kind in kinds or {"items"}
    ]
    scope = SplitScope(Same(), examples, 10, seed=0, device=CPU, precision="float32", rows=rows)
    source = make_part("pairs", PairsUse.model_validate(pairs)) if pairs else None
    if source:
        source.made.setup(scope)

    def augmentation() -> Part[Any]:
        part = make_part("augmentation", augment or phase.augment or AugmentUse())
        part.made.setup(inputs)
        return part

    return Batches(
        scope,
        phase,
        specs,
        source=source,
        augmentation=augmentation,
        **more,
    )


def test_the_steps_of_an_epoch_are_counted_once(monkeypatch):
    made = batches({"pairs"}, {"use": "labels"})
    source: Any = made.source.made  # type: ignore[union-attr]
    asked = []
    anchors = source.anchors
    monkeypatch.setattr(source, "anchors", lambda: asked.append(1) or anchors())
    for _ in made.taken(np.random.default_rng(0)):
        assert made.steps() == 4
    assert len(asked) == 1


def all_seen(made: Batches, seed: int = 0) -> list[Batch]:
    return [made.see(job, x) for job, x in made.taken(np.random.default_rng(seed))]


def test_pairs_of_labels_are_half_same_half_different_and_leave_out_the_unlabelled():
    x, _ = digits(60)
    made = batches({"pairs"}, {"use": "labels"})
    seen = all_seen(made)
    assert sum(len(b.rows) for b in seen) == made.rows < 60
    for batch in seen:
        assert batch.partner is not None
        assert batch.same is not None
        assert batch.labels is not None
        assert abs(float(batch.same.mean()) - 0.5) <= 0.5 / len(batch.rows) + 1e-6
        where = [int(np.flatnonzero((x == p.numpy()).all(1))[0]) for p in batch.partner.z]
        _, y = digits(60)
        same = y[where] == batch.labels.numpy()
        assert (same == batch.same.bool().numpy()).all()
        assert torch.equal(batch.z, torch.from_numpy(x)[batch.rows])


def test_pairs_and_triplets_may_share_a_phase():
    for batch in all_seen(batches({"pairs", "triplets"}, {"use": "neighbors", "k": 3})):
        assert batch.partner is not None
        assert batch.positive is not None
        assert batch.negative is not None
        assert batch.same is not None
        like = batch.same.bool()
        assert torch.equal(batch.partner.z[like], batch.positive.z[like])
        assert torch.equal(batch.partner.x[~like], batch.negative.x[~like])


def test_augmented_triplets_are_views_of_the_row_and_of_another():
    quiet = AugmentUse(noise=0.0, dropout=0.0)
    x, _ = digits(60)
    for batch in all_seen(batches({"triplets"}, AUGMENT, augment=quiet)):
        rows = torch.from_numpy(x)[batch.rows]
        assert torch.equal(batch.z, rows)
        assert torch.equal(batch.positive.z, rows)
        assert torch.equal(batch.negative.x, rows.roll(1, 0))


@pytest.mark.parametrize("n_views", [2, 3])
def test_views_are_whole_batches_of_random_views_of_each_row(n_views):
    x, _ = digits(60)
    seen = all_seen(
        batches({"views"}, AUGMENT, n_views=n_views, augment=AugmentUse(noise=0.0, dropout=0.2))
    )
    assert sum(len(b.rows) for b in seen) == 60
    for batch in seen:
        rows = torch.from_numpy(x)[batch.rows]
        assert len(batch.views) == n_views
        assert batch.views[0].z is batch.z
        assert (batch.partner, batch.positive, batch.negative, batch.same) == (None,) * 4
        assert torch.equal(batch.target, rows)
        for view in batch.views:
            assert view.x.shape == rows.shape
            kept = view.x != 0
            assert torch.equal(view.x[kept], rows[kept])
            assert 0.7 < float(kept.sum() / (rows != 0).sum()) < 0.9
        assert not torch.equal(batch.views[0].x, batch.views[1].x)


def test_views_of_a_source_are_positives_and_may_share_a_phase_with_pairs():
    x, _ = digits(60)
    near = {"use": "neighbors", "k": 3, "mutual": False}
    for kinds in ({"views"}, {"views", "pairs", "triplets"}):
        for batch in all_seen(batches(kinds, near, n_views=3)):
            others = [view.x for view in batch.views]
            assert torch.equal(others[0], torch.from_numpy(x)[batch.rows])
            for other in others[1:]:
                where = torch.cdist(other, torch.from_numpy(x)).argmin(dim=1)
                order = torch.cdist(others[0], torch.from_numpy(x)).argsort(dim=1)
                assert (order[:, 1:4] == where[:, None]).any(dim=1).all()
            assert (batch.negative is None) == (kinds == {"views"})


def test_without_an_augmentation_views_are_left_to_the_network():
    made = batches({"views"}, AUGMENT)
    made.augmentation = lambda: None
    for batch in all_seen(made):
        assert torch.equal(batch.views[0].x, batch.views[1].x)


def test_noise_sets_values_to_zero_and_keeps_the_clean_input():
    phase = Phase(loss="reconstruction", batch=60)
    (batch,) = all_seen(batches(set(), None, phase=phase, noise=0.5))
    x, _ = digits(60)
    clean = torch.from_numpy(x)[batch.rows]
    assert torch.equal(batch.target, clean)
    changed = batch.x != clean
    assert (batch.x[changed] == 0).all()
    assert 0.4 < float(changed.sum() / (clean != 0).sum()) < 0.6
    (held,) = all_seen(batches(set(), None, phase=phase, held_out=True))
    assert (held.rows == -1).all()


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_an_augmented_row_is_a_view_and_the_view_is_what_is_reconstructed(noise):
    x, _ = digits(60)
    phase = Phase(loss="reconstruction", batch=16, augment=AugmentUse(noise=0.5))
    for batch in all_seen(batches(set(), None, phase=phase, noise=noise)):
        rows = torch.from_numpy(x)[batch.rows]
        assert batch.x.shape == rows.shape
        assert not torch.allclose(batch.target, rows)
        assert torch.equal(batch.target, batch.x) == (noise == 0)
        assert torch.equal(batch.x[batch.x != 0], batch.target[batch.x != 0])
    for batch in all_seen(batches(set(), None, phase=phase, held_out=True)):
        assert any(torch.equal(batch.x[0], row) for row in torch.from_numpy(x))


def test_the_order_depends_on_the_generator_alone():
    made = batches(set(), None)
    first, again, other = (torch.cat([b.rows for b in all_seen(made, seed)]) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(first.sort().values, torch.arange(60))


def test_streamed_rows_are_the_rows_in_memory():
    x, _ = digits(60)
    table = Table(x)
    streamed = StreamedInputs(lambda rows: torch.from_numpy(table.take(rows)), 60, (64,), CPU)
    for kinds, pairs in ((set(), None), ({"triplets"}, {"use": "neighbors", "k": 3})):
        ours = all_seen(batches(kinds, pairs, inputs=streamed))
        theirs = all_seen(batches(kinds, pairs))
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert torch.equal(a.z, b.z)
            assert torch.equal(a.rows, b.rows)


def test_an_error_while_reading_ahead_reaches_the_loop():
    def broken(rows: object) -> torch.Tensor:
        raise OSError("gone")

    made = batches(set(), None, inputs=StreamedInputs(broken, 60, (64,), CPU))
    with pytest.raises(OSError, match="gone"):
        all_seen(made)
