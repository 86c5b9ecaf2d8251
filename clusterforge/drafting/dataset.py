"""From what the columns look like to the keys of the recipe's data set, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from textwrap import shorten

import numpy as np
import pyarrow as pa

from clusterforge.contracts import Preview, Setting
from clusterforge.drafting.columns import is_within
from clusterforge.drafting.dataset_draft import DatasetDraft, values_of
from clusterforge.drafting.sketch import TITLE, ColumnSketch
from clusterforge.errors import InputError, meant
from clusterforge.file_keys import FOLDER, matches
from clusterforge.formats import count, have
from clusterforge.inline_toml import inline_toml
from clusterforge.specs import Role
from clusterforge.tables import called_id, of_a_run, second_names
from clusterforge.tables.arrow import is_list
from clusterforge.tables.by_name import CYCLE
from clusterforge.tables.type_setting import type_setting
from clusterforge.tables.vector_models import origin
from clusterforge.texts.function_words import QUOTED, not_english
from clusterforge.texts.spellings import (
    SPELLED,
    has_other_forms,
    is_apart,
    is_mixed,
    is_run_together,
    joined,
)

PROFILED, LABELS = 6, 3
BESIDE = 3  # columns by which a table is clustered rather than by texts that most rows lack
SOME = 100  # texts whose letters are looked at
NOT_LATIN = 0x250  # the first letter of another script
EMBEDDING = 64
"""From so many numbers on, an array without names is taken for embeddings."""
_CONTENT: dict[str, Role] = {"text": "text", "image": "image", "features": "table"}
_PROFILE = ("category", "yes-no", "ordinal", "date", "number")
_HTML = re.compile(
    r"</?[a-zA-Z][\w:-]*(\s[^<>=/]*[=/][^<>]*)?\s*/?>|&(#\d{2,6}|#x[0-9a-fA-F]{2,6}|[a-z]{2,6});"
)

_REPLY = re.compile(
    r"repl(y|ies)|respon[sd]|answer|resolution|resolved|closing|close_|developer|owner|agent|seller|official",
    re.IGNORECASE,
)
_FIELDS = "it holds fields: name them, as "


def dataset_draft(
    preview: Preview,
    columns: Sequence[ColumnSketch],
    label: str | None,
    fixed: Mapping[str, Setting],
    prepared: Callable[[Sequence[Setting], list[str]], list[str]],
) -> DatasetDraft:
    """Return the keys for a source.

    Parameters
    ----------
    preview, columns
        The source, and what its columns look like.
    label
        The column of true labels.
    fixed
        The keys that the user has set.
    prepared
        Returns texts as a run reads them with certain keys: cleaned.

    Raises
    ------
    InputError
        Where no column can be clustered, or the label's column is not there.
    """
    of = {column.name: column for column in columns}
    if label is not None and label not in of:
        raise InputError(
            f"there is no column {label!r:.60}",
            key="label",
            remedy=f"{meant(label, of)} columns: {', '.join(list(of)[:20])}".lstrip()
            if of
            else "the data have no columns",
        )
    others = [column for column in columns if column.name != label]
    dropped = values_of(fixed["drop"]) if "drop" in fixed else ()
    columns = [c for c in columns if not any(matches(c.name, str(name)) for name in dropped)]
    if label is None and any(s.key == "whole_files" for s in (*preview.settings, *fixed.values())):
        label = next((c.name for c in columns if c.name == FOLDER and c.may_be_label), None)
    usable = [column for column in columns if column.name != label]
    said = [(role, fixed[key]) for key, role in _CONTENT.items() if key in fixed]
    draft = DatasetDraft(said[0][0], [said[0][1]]) if said else _content(preview, usable)
    if "embedding" in fixed:
        draft.role = "vectors"
    if preview.table is not None and preview.content is None:
        _label(draft, columns, label)
        _id(draft, others, preview)
        draft.drop([name for name in of_a_run(preview.table.column_names) if name != label])
    of_texts = draft.role == "text" or bool(draft.named("text"))
    if of_texts and preview.table is not None:
        _rows_of_texts(draft, preview.table, preview.complete, prepared)
    if draft.role == "vectors" and preview.table is not None:
        _rows_of_vectors(draft, preview.table, fixed)
        few = [c.name for c in columns if c.may_be_label and c.kind == "category"]
        vectors = draft.named("embedding", "features")
        draft.origin = origin(preview.table, str(vectors[0]), few) if len(vectors) == 1 else ""
        draft.hints = [s for s in draft.hints if (s.key, s.value) != ("label", draft.origin)]
    if draft.role == "image":
        reason = "images that can't be decoded are left out, and counted"
        draft.settings.append(Setting("missing", "drop", reason))
    if of_texts:
        used = draft.named()
        told = [c for c in columns if c.kind in _PROFILE and not c.identifies]
        more = [c.name for c in told if c.values > 1]
        draft.profile = tuple(name for name in more if name not in used)[:PROFILED]
    return draft


def _content(preview: Preview, columns: Sequence[ColumnSketch]) -> DatasetDraft:
    kinds: dict[str, list[ColumnSketch]] = {}
    for column in columns:
        kinds.setdefault(column.kind, []).append(column)
    images, vectors, texts = (kinds.get(kind, []) for kind in ("image", "vector", "text"))
    if preview.content == "table":
        width = _width(preview.table)
        return DatasetDraft("vectors" if width >= EMBEDDING else "table")
    if preview.content is not None:
        return DatasetDraft("text" if preview.content == "text" else "image")
    if images:
        draft = DatasetDraft("image", [Setting("image", images[0].name, "the column of images")])
    elif vectors:
        reason = f"{vectors[0].about}: embeddings of your own"
        draft = DatasetDraft("vectors", [Setting("features", (vectors[0].name,), reason)])
        if texts and (main := _main_text(texts, columns)):
            own = Setting("embedding", vectors[0].name, reason)
            draft = DatasetDraft("vectors", [own, _text(main, texts)])
    elif texts and _beside(texts, columns):
        return _table(columns, texts, preview.table)
    elif texts and (main := _main_text(texts, columns)):
        draft = DatasetDraft("text", [_text(main, texts)])
    else:
        return _table(columns, texts, preview.table)
    draft.hints += _instead([text for text in texts if text.name not in draft.named()])
    return draft


def _instead(texts: Sequence[ColumnSketch]) -> list[Setting]:
    return [Setting("text", c.name, f"{c.about}: to cluster by it instead") for c in texts]


def _width(table: pa.Table | None) -> int:
    kind = None if table is None else table.schema.field(0).type
    return kind.list_size if kind is not None and pa.types.is_fixed_size_list(kind) else 1


def _main_text(
    texts: Sequence[ColumnSketch], columns: Sequence[ColumnSketch]
) -> ColumnSketch | None:
    """Return the texts to cluster by: none where they are names in a table of numbers."""
    bodies = [text for text in texts if not TITLE.search(text.name)] or list(texts)
    called = [text for text in bodies if text.called_text]
    # What is said to a text, as a reply to a review, is none of those to cluster by.
    first = [text for text in called if not _REPLY.search(text.name)] or called
    main = max(first or bodies, key=lambda text: text.length)
    numbers = sum(column.kind == "number" or column.signed for column in columns)
    return main if called or numbers < 3 or main.words >= 8 else None


def _beside(texts: Sequence[ColumnSketch], columns: Sequence[ColumnSketch]) -> bool:
    """Tell whether texts are remarks that most rows lack, beside columns that say more of a row."""
    others = [c for c in _features(columns) if not (c.constant or c.called_label)]
    return all(text.sparse for text in texts) and len(others) >= BESIDE


def _text(main: ColumnSketch, texts: Sequence[ColumnSketch]) -> Setting:
    titles = [text.name for text in texts if TITLE.search(text.name) and text is not main]
    if titles:
        return Setting("text", (titles[0], main.name), "a title and its text, joined")
    if len(texts) == 1:
        return Setting("text", main.name, "the column of texts")
    why = "its name says so" if main.called_text else "the longest"
    return Setting("text", main.name, f"of {len(texts)} columns of texts: {why}")


def _table(
    columns: Sequence[ColumnSketch], texts: Sequence[ColumnSketch], table: pa.Table | None
) -> DatasetDraft:
    sequences = [c.name for c in columns if c.kind == "id" and c.length]
    features = _features(columns)
    if all(column.called_label or column.constant for column in features):
        unused = [c for c in columns if c.kind == "unused" and ": " in c.about]
        measures = [c for c in unused if not called_id(c.name)] or unused
        told = measures[0].about if measures else ""
        what, _, remedy = told.partition(": ")
        fields = [c.about.partition(_FIELDS)[2] for c in measures if c.about.startswith(_FIELDS)]
        if told.startswith(_FIELDS):
            remedy = f"name them in features, as {', '.join(fields)}"
        if gaps := {c.name: c.gaps for c in unused if c.gaps}:
            remedy += f": set na_values = {inline_toml(gaps)}"
        if table is not None and (names := second_names(table)):
            remedy = f"row {names[0] + 1} looks like the names of other columns ({', '.join(names[1]):.60}): "
            remedy += "write a second table to a file of its own"
        seen = "; ".join(
            f"{c.name!r:.40}: {shorten(what if c.about == told else c.about, 120, placeholder=' …')}"
            for c in columns[:5]
        )
        raise InputError(
            f"no column can be clustered ({seen})" if seen else "there are no columns",
            remedy=remedy
            or (
                f"if {sequences[0]!r:.60} holds texts without spaces, set text to it"
                if sequences
                else "columns of texts, numbers, categories, dates, images or vectors can"
            ),
        )
    every = _every(features)
    if table is not None and any(is_within(table, column.name) for column in features):
        within = tuple(column.name for column in features)
        every = Setting("features", within, "fields within others")
    draft = DatasetDraft("table", [every])
    if forms := {c.name: c.form for c in columns if c.form and not c.called_label}:
        named = {
            "number": "numbers",
            "category": "codes by their names",
            "ordinal": "words or ranges in their order",
        }
        named |= {
            form: "what begins anew, as degrees do" for form in forms.values() if CYCLE in form
        }
        kinds = dict.fromkeys(named.get(form, "dates") for form in forms.values())
        one = ", in the one form that fits all their values" * ({*kinds} <= {"numbers", "dates"})
        reason = f"{' and '.join(kinds)}{one}"
        draft.settings.append(Setting("types", forms, reason))
    if unanswered := {c.name: c.gaps for c in columns if c.gaps and c.form == "ordinal"}:
        reason = "no answers, which have no place in an order"
        draft.settings.append(Setting("na_values", unanswered, reason))
    if ids := [c.name for c in columns if c.identifies and c not in features]:
        setting = type_setting(ids[0], "category", bool(forms))
        remedy = f"; if {ids[0]!r:.60} holds codes to use, take it out of drop and set {setting}"
        draft.drop(ids, remedy)
    draft.hints += _instead(texts)
    reason = (
        'if these are texts without spaces: to cluster by them, with tfidf and analyzer = "char"'
    )
    draft.hints += [Setting("text", name, reason) for name in sequences]
    return draft


def _features(columns: Sequence[ColumnSketch]) -> list[ColumnSketch]:
    """Return the columns that a table can be clustered by: those of ids where there are no others."""
    usable = [c for c in columns if c.usable]
    return [c for c in usable if not c.identifies] or usable


def _every(features: Sequence[ColumnSketch]) -> Setting:
    return Setting("features", "all", f"{count(len(features), 'column')} of a table")


def _label(draft: DatasetDraft, columns: Sequence[ColumnSketch], label: str | None) -> None:
    used = draft.named()
    called = [c for c in columns if c.called_label and c.name not in used]
    chosen = label or next((c.name for c in called if c.may_be_label), None)
    if chosen is not None:
        source = "as you said" if label else "called like true labels"
        if label == FOLDER:
            source = "the folders"
        reason = f"{source}: for scores alone, nothing is learnt from it"
        draft.settings.append(Setting("label", chosen, reason))
    others = [c for c in called if c.name != chosen]
    draft.drop([c.name for c in others])
    if draft.settings[:1] == [_every(_features(columns))]:
        labels = {chosen, *(c.name for c in others)}
        draft.settings[0] = _every([c for c in _features(columns) if c.name not in labels])
    unread = "it can't be read as it is ({}): write each class as one name"
    draft.hints += [
        Setting("label", c.name, unread.format(c.about)) for c in others if not c.may_be_label
    ]
    if draft.role != "table":
        maybe = [c for c in columns if c.may_be_label and c.name not in {chosen, *used}]
        # Names, if there are some, rather than grades, years and counts.
        names = [c for c in maybe if c.kind in ("category", "ordinal")]
        others = [c for c in maybe if c not in names and (c.kind == "yes-no" or not names)]
        draft.hints += [
            Setting("label", column.name, f"if these are true labels ({column.about})")
            for column in [*names, *others][:LABELS]
        ]


def _id(draft: DatasetDraft, columns: Sequence[ColumnSketch], preview: Preview) -> None:
    ids = [column.name for column in columns if column.kind == "id"]
    ids.sort(key=called_id, reverse=True)
    if not ids:
        return
    if preview.complete:
        draft.settings.append(Setting("id", ids[0], "a different value in each row"))
        ids = ids[1:]
    else:
        reason = "a different value in each row that was looked at"
        draft.hints.append(Setting("id", ids[0], reason))
    draft.drop(ids)


def _rows_of_vectors(draft: DatasetDraft, table: pa.Table, fixed: Mapping[str, Setting]) -> None:
    """Count rows without a vector, or with one that is not finite; those of another file are not seen."""
    said = values_of(fixed["embedding"]) if "embedding" in fixed else ()
    named = said or draft.named("embedding", "features") or table.column_names
    name = str(named[0]) if len(named) == 1 else ""
    if (
        name not in table.column_names
        or not is_list(table[name].type)
        or any(s.key == "missing" for s in draft.settings)
    ):
        return
    column = table[name]
    lists = [vector is not None and np.isfinite(vector).all() for vector in column.to_numpy()]
    empty = len(lists) - sum(map(bool, lists))
    if empty:
        draft.empty += empty
        rows = f"{empty:,} of {len(lists):,} rows {have(empty)}"
        reason = f"{rows} no vector of finite numbers: left out, and counted"
        draft.settings.append(Setting("missing", "drop", reason))


def _rows_of_texts(
    draft: DatasetDraft,
    table: pa.Table,
    complete: bool,
    prepared: Callable[[Sequence[Setting], list[str]], list[str]],
) -> None:
    """Count html and, among the texts as a run reads them, rows without a text and copies."""
    named = draft.named("text") or table.column_names[:1]
    parts = [table[str(name)].to_pylist() for name in named]
    texts = [" ".join(text for text in row if text) for row in zip(*parts, strict=True)]
    tagged = sum(bool(_HTML.search(text)) for text in texts)
    of = f"of {len(texts):,} rows" + ("" if complete else " looked at")
    apart = [text for text in texts if is_apart(text)]
    lost = ", and none more between words, which then run together: write them anew" * (
        2 * sum(is_run_together(joined(text)) for text in apart) > len(apart)
    )
    steps = {
        step: f"{number:,} {of} {what}"
        for step, what, number, share in (
            ("strip-html", "hold html", tagged, 0.01),
            (
                "normalize",
                "have letters of another form",
                sum(has_other_forms(text) or is_mixed(text) for text in texts),
                SPELLED,
            ),
            ("join-letters", f"have a space after each letter{lost}", len(apart), SPELLED),
        )
        if number > share * len(texts)
    }
    if steps:
        spaces = () if [*steps] == ["normalize"] else ("collapse-space",)
        draft.settings.append(Setting("clean", (*steps, *spaces), "; ".join(steps.values())))
    read = prepared(draft.settings, texts)
    filled = [text for text in read if any(c > " " and c.isprintable() for c in text)]
    letters = [c for c in "".join(filled[:SOME]) if c.isalpha()]
    if 2 * sum(ord(c) >= NOT_LATIN for c in letters) > len(letters):
        draft.foreign = "most letters of the texts are not Latin"
    else:
        draft.foreign = _other_languages(filled, of)
    empty, copies = len(texts) - len(filled), len(filled) - len(set(filled))
    draft.empty, draft.copies = empty, copies
    if empty or not complete:
        reason = f"{empty:,} {of} {have(empty)} no text: left out, and counted"
        draft.settings.append(Setting("missing", "drop", reason))
    if copies:
        reason = f"{copies:,} {of} hold a text that another row has: it counts once"
        draft.settings.append(Setting("deduplicate", "exact", reason))


def _other_languages(texts: Sequence[str], of: str) -> str:
    """Say how many texts look not English, where these are more than quotations."""
    found = [text for text in texts if not_english(text)]
    if len(found) <= QUOTED * len(texts):
        return ""
    return f"{len(found):,} {of} look not English ({' '.join(found[0].split())!r:.40})"
