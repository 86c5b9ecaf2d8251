"""The card of an exported model: what it is, how well it does, what to know before it is used."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

from clusterforge.formats import count, number, share
from clusterforge.params import named
from clusterforge.recipe import Entry, Recipe
from clusterforge.report.text import short
from clusterforge.runs import RunFolder
from clusterforge.runs.records import ScoreRecord

MARKUP = re.compile(r"([\\`*_{}\[\]()#|!~$:@])")
MOST = 200  # clusters that the card lists
LONGEST = 600  # characters of a text


def card(folder: RunFolder, recipe: Recipe) -> str:
    """Return the card as Markdown, with its header in YAML.

    Parameters
    ----------
    folder, recipe
        The run. Names of clusters and columns come from its data, and are text here.
    """
    header = yaml.safe_dump(_header(folder, recipe), sort_keys=False, allow_unicode=True)
    parts = [
        f"# {_text(recipe.name)}",
        _text(recipe.description),
        _about(folder, recipe),
        _use(folder),
        "## Scores\n\n" + _scores(folder),
        "## Before you use it\n\n" + "\n".join(f"- {line}" for line in _caveats(folder)),
        *(_clusters(folder, name) for name in folder.metrics.clusterings),
    ]
    return f"---\n{header}---\n\n" + "\n\n".join(part for part in parts if part) + "\n"


def _header(folder: RunFolder, recipe: Recipe) -> dict[str, Any]:
    models, sets = _on_the_hub(*recipe.encoders), _on_the_hub(recipe.dataset)
    content = {"text": "text", "image": "image", "table": "tabular"}[folder.run.data.content]
    results = [
        {
            "task": {"type": "clustering"},
            "dataset": {
                "name": sets[0] if sets else recipe.name,
                "type": sets[0] if sets else "own",
            },
            "metrics": [
                {
                    "type": score.metric,
                    "value": score.value,
                    "name": f"{folder.metrics.metrics[score.metric].title} of {score.clusterer}, "
                    f"{score.split}",
                }
                for score in _headline(folder)
            ],
        }
    ]
    header: dict[str, Any] = {
        "library_name": "clusterforge",
        "tags": ["clusterforge", "clustering", f"{content}-clustering"],
    }
    header |= {"base_model": models} if models else {}
    header |= {"datasets": sets} if sets else {}
    if results[0]["metrics"]:
        header["model-index"] = [{"name": recipe.name, "results": results}]
    return header


def _on_the_hub(*entries: Entry) -> list[str]:
    """Return what entries name of the Hub."""
    return [
        value
        for entry in entries
        for _, value, named_as, _ in named(entry.params)
        if named_as.what == "model" and not value.startswith("/")
    ]


def _about(folder: RunFolder, recipe: Recipe) -> str:
    data = folder.run.data
    chain = " → ".join(entry.plugin.use for entry in recipe.encoders)
    clusterings = [
        f"{count(one.n_clusters, 'cluster')} by `{one.use}`"
        for one in folder.metrics.clusterings.values()
    ]
    kind = {"text": "texts", "image": "images", "table": "rows of a table"}[data.content]
    return (
        f"{'; '.join(clusterings)}, of {data.splits['train'].rows:,} {kind}. "
        f"Encoders: `{chain}`. Made with clusterforge {folder.run.clusterforge}; `recipe.toml` is the recipe."
    )


def _use(folder: RunFolder) -> str:
    rows = {
        "text": '["a text", "another one"]',
        "image": '["an-image.png"]',
        "table": "a_data_frame",
    }[folder.run.data.content]
    return f"""## How to use

```python
import clusterforge
from huggingface_hub import snapshot_download

model = clusterforge.load(snapshot_download("OWNER/NAME", local_dir="FOLDER"))
model.predict({rows})
```

```sh
clusterforge predict FOLDER new.csv --out labelled.csv
clusterforge serve FOLDER
```"""


def _headline(folder: RunFolder) -> list[ScoreRecord]:
    return [score for score in folder.metrics.headline().values() if score.value is not None]


def _scores(folder: RunFolder) -> str:
    lines = ["| clusterer | split | metric | score | 95 % interval | rows | covered |"]
    lines.append("|---|---|---|---|---|---|---|")
    for score in _headline(folder):
        between = ""
        if score.low is not None and score.high is not None:
            between = f"{number(score.low)} to {number(score.high)}"
        assert score.value is not None
        cells = (
            *(_text(score.clusterer), _text(score.split)),
            _text(folder.metrics.metrics[score.metric].title),
            *(number(score.value), between, f"{score.rows:,}", share(score.coverage)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _caveats(folder: RunFolder) -> list[str]:
    run = folder.run
    lines = [
        "Internal scores (silhouette and others without labels) hold for this embedding alone, and are not "
        "comparable with those of other models.",
        "Names and words of clusters come from the training rows, and the fitted state may hold embeddings "
        "of them; the rows themselves are not here. See that you may publish both.",
    ]
    if run.labels_in_training:
        lines.append(
            "True labels were used in training: scores with labels are no unsupervised ones."
        )
    if run.labels_used:
        lines.append(f"Labels were used by: {', '.join(map(_text, run.labels_used))}.")
    lines += [
        f"{_text(entry.use)} brings weights trained on: {_text(entry.weights)}."
        for entry in run.encoders
        if entry.weights
    ]
    for name, one in folder.metrics.clusterings.items():
        if one.predicts == "none":
            lines.append(f"`{name}` can't label new rows.")
        elif one.agreement is not None:
            lines.append(
                f"`{name}` labels new rows by a stand-in ({_text(one.rule)}), which agrees with the "
                f"fit by {number(one.agreement)} (adjusted Rand index)."
            )
        covered = one.coverage("train")
        if covered is not None and covered < 1:
            lines.append(
                f"`{name}` leaves {share(1 - covered)} of the training rows as noise (-1)."
            )
    return lines


def _clusters(folder: RunFolder, clusterer: str) -> str:
    names = folder.names(clusterer)
    sizes = folder.metrics.clusterings[clusterer].sizes["train"]
    order = sorted(names, key=lambda cluster: -sizes.get(cluster, 0))
    lines = [f"## Clusters of {_text(clusterer)}", "", "| cluster | name | training rows |"]
    lines.append("|---|---|---|")
    lines += [f"| {c} | {_text(names[c])} | {sizes.get(c, 0):,} |" for c in order[:MOST]]
    if len(order) > MOST:
        lines += ["", f"and {len(order) - MOST:,} more."]
    return "\n".join(lines)


def _text(text: str) -> str:
    """Return a text on one line that no Markdown or HTML in it can change."""
    return escape(MARKUP.sub(r"\\\1", short(text, LONGEST)), quote=False)
