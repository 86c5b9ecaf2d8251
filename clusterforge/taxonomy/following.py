"""``clusterforge follow``: a taxonomy begun with a run, and gone on with later rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import Points, Split, Table
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.formats import are
from clusterforge.pipeline.api import load
from clusterforge.pipeline.new_rows import NewRows as NewFile
from clusterforge.pipeline.new_rows import read_rows
from clusterforge.pipeline.result import Run
from clusterforge.registry import Registry
from clusterforge.runs import RunFolder
from clusterforge.runs.files import MANIFEST
from clusterforge.runs.manifest import check_folder
from clusterforge.storage.atomic import check_apart, write_text
from clusterforge.taxonomy.explanations import cut, explained
from clusterforge.taxonomy.fitting import Fitting
from clusterforge.taxonomy.folder import TaxonomyFolder
from clusterforge.taxonomy.labelling import NOISE, Centres
from clusterforge.taxonomy.page import render
from clusterforge.taxonomy.periods import Period, periods
from clusterforge.taxonomy.records import Anchor, Change, Cluster, Generation, How, Taxonomy
from clusterforge.taxonomy.rows import NewRows, Snapshot, both_of, generation, repeated_rows, sample
from clusterforge.taxonomy.succession import Step

GLOB = frozenset("*?[")


@dataclass(frozen=True)
class Followed:
    """A taxonomy, and what has just come to it.

    Parameters
    ----------
    folder
        Its folder.
    taxonomy
        Its clusters.
    generations
        Those that are new.
    page
        The page with all generations.
    """

    folder: Path
    taxonomy: Taxonomy
    generations: tuple[Generation, ...]
    page: Path

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is not the same in the last generation."""
        return self.generations[-1].changed()


def follow(
    folder: str | Path,
    data: str | Path | None = None,
    *,
    by: str | None = None,
    period: Period = "month",
    refit: bool = False,
    label: str | None = None,
    clusterer: str | None = None,
    out: str | Path | None = None,
    run: str | Path | None = None,
    columns: Mapping[str, Any] | None = None,
    html: str | Path | None = None,
    registry: Registry | None = None,
    trust_python: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> Followed:
    """Go on with a taxonomy, or begin one with a run; the clusters keep their ids.

    Parameters
    ----------
    folder
        A taxonomy, or a finished run to begin one with.
    data
        The later rows: a file or folder as :meth:`Run.read` takes it.
    by, period
        Instead of later rows: a column of the run's source with dates, and how long a generation is.
    refit
        Whether the run's clusterer is fitted on the later rows; else it predicts them, and what fits
        nowhere may form new clusters.
    label
        What the generation is called; default: the name of the file.
    clusterer
        Which clustering of a run a taxonomy begins with; default: the one that the report shows first.
    out
        Where a new taxonomy goes; default: ``taxonomies/<name of the run>``.
    run
        Where the run of a taxonomy lies now, if it has moved.
    columns
        As in :meth:`Run.read`.
    html
        Where to write the page as well.
    registry, trust_python
        As in :func:`clusterforge.load`.
    progress
        Told what is done.

    Raises
    ------
    InputError
        Where the rows, the run or the taxonomy are not what they have to be; the taxonomy stays as it was.
    """
    source, begun = Path(folder), TaxonomyFolder(Path(folder)).exists
    if begun and (by or clusterer or out):
        key = "--by" if by else "--clusterer" if clusterer else "--out"
        raise InputError(
            "is for beginning a taxonomy", key=key, remedy="leave it out, or name a run"
        )
    if (data is None) == (by is None):
        raise InputError(
            "needs DATA" if begun else "needs DATA, or --by with a column of the run's own rows",
            file=str(folder),
        )
    if begun:
        target = TaxonomyFolder(source)
    else:
        check_folder(source)
        if data is not None and not os.path.lexists(data) and GLOB.isdisjoint(str(data)):
            raise InputError("does not exist", file=str(data))
        info = RunFolder.open(source).run
        target = TaxonomyFolder(Path(out) if out is not None else Path("taxonomies") / info.name)
        if target.exists:
            raise _exists(target, info.id)
    with target.locked():
        if begun:
            taxonomy = target.read()
            opened = run_of(target, taxonomy, run, registry, trust_python)
        else:
            if target.exists:  # another process has begun it meanwhile
                raise _exists(target, info.id)
            opened = load(source, registry=registry, trust_python=trust_python)
            taxonomy = _begun(opened, clusterer, target)
        if html is not None:
            sources = [*opened.recipe.dataset.paths(), *map(str, (columns or {}).values())]
            check_apart(Path(html), sources if data is None else [*sources, data], "--html")
        fitting = Fitting(opened, taxonomy.clusterer)
        if refit:
            fitting.check()
        if by is not None:
            parts = periods(opened, fitting, taxonomy.clusterer, by, period)
        else:
            assert data is not None
            before = target.generations(taxonomy)
            parts = (_read(opened, data, label, dict(columns or {}), before),)
        snapshots: list[Snapshot] = []
        if begun:
            last = target.snapshot(taxonomy)
        else:
            clusters, last = _first(opened, fitting, taxonomy.clusterer, parts[0] if by else None)
            taxonomy = taxonomy.model_copy(update={"clusters": clusters})
            snapshots.append(last)
            parts = parts[1:] if by else parts
        how: How = "period" if by else "refit" if refit else "predict"
        clusters = taxonomy.clusters
        stored = partial(target.clusterer, taxonomy)
        if by is None:
            parts = tuple(_marked(part, last, opened, fitting) for part in parts)
        for part in parts:
            progress(part.label)
            done = Step(clusters, last, fitting, stored).take(part, how)
            clusters, last = done.clusters, done.snapshot
            snapshots.append(last)
        taxonomy = taxonomy.model_copy(update={"clusters": clusters})
        earlier = target.generations(taxonomy)
        records = tuple(snapshot.record for snapshot in snapshots)
        text = render(taxonomy, (*earlier, *records))
        taxonomy = target.take_up(taxonomy, snapshots, text)
    if html is not None:
        try:
            write_text(Path(html), text)
        except EnvironmentProblem as error:
            error.add_note(f"{target.path} has the new rows; its page: {target.page(taxonomy)}")
            raise
    return Followed(target.path, taxonomy, records, target.page(taxonomy))


def _exists(target: TaxonomyFolder, run_id: str) -> InputError:
    taxonomy, file = target.read(), str(target.path)
    if taxonomy.run_id == run_id:
        remedy = f"go on with it: clusterforge follow {target.path} DATA; or set --out"
        return InputError("holds a taxonomy of this run", file=file, remedy=remedy)
    return InputError(
        f"holds a taxonomy of another run, {os.path.relpath(target.path / taxonomy.run)}",
        file=file,
        remedy="name another folder with --out",
    )


def _marked(rows: NewRows, last: Snapshot, run: Run, fitting: Fitting) -> NewRows:
    """Note that most earlier rows are among later ones, as in an export of all rows until now.

    Raises
    ------
    InputError
        Where the later rows are no others.
    """
    own = [run.embedding(), *([] if fitting.held_out is None else [run.embedding("test")])]
    known = np.zeros(len(rows.points.embedding), dtype=bool)
    sources, same = [], False
    number = last.record.number
    for what, parts in {"the run": own, f"generation {number}": [last.embedding]}.items():
        if what == "the run" or number > 1:
            earlier = np.concatenate([np.asarray(part) for part in parts])
            again, found = repeated_rows(rows.points.embedding, earlier)
            if found:
                known |= again
                same |= len(again) == len(earlier)
                sources.append(what)
    if not sources:
        return rows
    of = " and ".join(sources)
    if known.all():
        said = f"has the same rows as {of}" if same else f"holds rows of {of} alone"
        raise InputError(said, file=rows.source, remedy="name the file of later rows")
    part = f"{known.sum():,} of these {len(known):,} rows are rows of {of}"
    return replace(rows, notes=(*rows.notes, f"{part}: give the later rows alone."))


def _begun(run: Run, clusterer: str | None, target: TaxonomyFolder) -> Taxonomy:
    return Taxonomy(
        name=run.info.name,
        run=os.path.relpath(run.folder.resolve(), target.path.resolve()),
        run_id=run.info.id,
        clusterer=run.files.clusterer(clusterer),
        clusters=(),
        generations=(),
    )


def run_of(
    target: TaxonomyFolder,
    taxonomy: Taxonomy,
    place: str | Path | None,
    registry: Registry | None,
    trust_python: bool,
) -> Run:
    """Return the run that a taxonomy began with."""
    folder = Path(place) if place is not None else target.path / taxonomy.run
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"its run is not at {folder}", file=str(target.path), remedy="name its folder: --run"
        )
    run = load(folder, registry=registry, trust_python=trust_python)
    if run.info.id != taxonomy.run_id:
        raise InputError(
            f"{folder} is another run than the taxonomy began with",
            file=str(target.path),
            remedy="name the folder of that run: --run",
        )
    return run


def later_rows(
    run: Run, data: str | Path, columns: Mapping[str, object]
) -> tuple[NewFile, Split, int]:
    """Return the rows of a file, as a page shows them, and how many are copies that were left out."""
    # A week is compared with rows of which copies were left out, so its own are left out as well.
    own = run.recipe.dataset.given().get("deduplicate")
    read = read_rows(run, data, {**({"deduplicate": own} if own else {}), **columns})
    copies = sum(len(some) for some in read.corpus.left_out if some.same_as is not None)
    return read, replace(read.split, items=run.model.prepared(read.split.items)), copies


def _read(
    run: Run,
    data: str | Path,
    label: str | None,
    columns: Mapping[str, object],
    before: Sequence[Generation],
) -> NewRows:
    """Read and encode rows that are none of the generations before."""
    read, shown, copies = later_rows(run, data, columns)
    if len(shown) < 2:
        raise InputError("holds one row; at least 2 can be followed", file=str(data))
    fingerprint = shown.fingerprint()
    for earlier in before:  # before what takes long
        if earlier.fingerprint == fingerprint:
            raise InputError(
                f"has the same rows as generation {earlier.number} ({earlier.label})",
                file=str(data),
                remedy="name the file of later rows",
            )
    unread: list[str] = []
    points = run.model.points(read.split.items, unread.append)
    of = "copy of another row" if copies == 1 else "copies of other rows"
    notes = (f"{copies:,} {of} {are(copies)} left out, as in the run.",) if copies else ()
    notes = (*notes, *(f"{line}." for line in unread))
    name = label or Path(data).stem or str(data)
    return NewRows(points, shown, name, str(data), notes=notes)


def _first(
    run: Run, fitting: Fitting, clusterer: str, rows: NewRows | None
) -> tuple[tuple[Cluster, ...], Snapshot]:
    """Return the clusters of a run under lasting ids, its numbers; and its first generation.

    Parameters
    ----------
    rows
        The first period; None: the run itself.
    """
    names = run.files.names(clusterer)
    labels = run.labels(clusterer)
    count = int(labels.max(initial=NOISE)) + 1
    clusters = tuple(Cluster(id=i, name=names.get(i), born=1) for i in range(count))
    anchor = Anchor(generation=0, ids={i: (i,) for i in range(count)})
    embedding, ids = run.embedding(), labels
    space = embedding if fitting.before is None else fitting.own_space()
    notes: tuple[str, ...] = ()
    if rows is None:
        points, embedded, drawn = space, embedding, labels
        if fitting.held_out is not None:
            # rows that nothing was fitted on are what later rows can be compared with
            embedded, drawn = run.embedding("test"), fitting.held_out
            points = embedded if fitting.before is None else fitting.own_space("test")
        elif run.info.networks:
            notes = (
                "The run trained a network on the rows that the next generation is compared with: a change "
                "between the two may be that of seen and unseen rows. A test split avoids it.",
            )
        explanations = cut(run.files.explanations.clusterings[clusterer].clusters)
        shown = NewRows(
            Points(embedding),
            Split(
                "train",
                Table(embedding),
                ids=run.files.assignments.ids[run.files.assignments.rows("train")],
            ),
            run.info.name,
            f"run {run.folder.name}",
            notes=notes,
        )
        how: How = "run"
    else:
        assert rows.numbers is not None
        points, embedded = fitting.space(rows.points), rows.points.embedding
        drawn = ids = rows.numbers
        shown, how = rows, "period"
        explanations = explained(rows.split, points, ids)
    sizes = np.bincount(ids[ids >= 0], minlength=count)
    changes = [
        Change(
            id=i,
            kind="same",
            p=None,
            rows_before=0,
            rows=int(sizes[i]),
            share_before=0.0,
            share=float(sizes[i] / max(len(ids), 1)),
        )
        for i in range(count)
        if sizes[i] or rows is not None
    ]
    record = generation(1, shown, how, ids, anchor, changes, None, explanations)
    chosen = sample(len(points), 1)
    centres = Centres.of(points, drawn).over(Centres.of(space, labels))
    return clusters, Snapshot(
        record,
        *both_of(points, embedded, chosen),
        drawn[chosen],
        centres,
        shown.split.ids.astype(str).tolist(),
        ids,
    )
