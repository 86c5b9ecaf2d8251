"""Run the recipe over five seeds, beside k-means on the pixels, and write the README's table.

``python plugins/clusterforge-infonce/measure.py`` owns its figures; nobody types one. The seeds are
not those that the recipe's settings were chosen with.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from pathlib import Path
from statistics import mean
from typing import Any

import clusterforge

HERE = Path(__file__).parent
README = HERE / "README.md"
TABLE = re.compile(r"(<!-- written by measure\.py -->\n```text\n).*?(^```$)", re.M | re.S)
SEEDS = range(10, 15)
SPLITS = ("train", "test")


def main() -> None:
    """Measure, and replace the table."""
    recipe = tomllib.loads((HERE / "recipe.toml").read_text("utf-8"))
    flatten, siamese = recipe["encoder"]
    (phase,) = siamese["phase"]
    contrastive = {**siamese, "phase": [{**phase, "loss": "contrastive"}]}
    chains = {
        "pixels": [flatten],
        "contrastive": [flatten, contrastive],
        "infonce": [flatten, siamese],
    }
    lines = [f"{'k-means on':<12}" + "".join(f"  {split:<23}" for split in SPLITS).rstrip()]
    for name, chain in chains.items():
        found = [accuracies({**recipe, "encoder": chain, "seed": seed}) for seed in SEEDS]
        cells = []
        for split in SPLITS:
            values = [one[split] for one in found]
            cells.append(f"  {mean(values):.3f} ({min(values):.3f} to {max(values):.3f})")
        lines.append(f"{name:<12}" + "".join(cells))
    table = "\n".join(lines)
    page = README.read_text("utf-8")
    README.write_text(TABLE.sub(lambda match: f"{match[1]}{table}\n{match[2]}", page), "utf-8")


def accuracies(recipe: dict[str, Any]) -> dict[str, float]:
    """Run a recipe and return the accuracy of each split."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = {**recipe, "metric": [{"use": "accuracy"}]}
        scores = clusterforge.run(wanted, out=f"{folder}/run", cache=False).scores
    return {score.split: score.value for score in scores}


if __name__ == "__main__":
    main()
