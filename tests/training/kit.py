"""Building encoders without the registry, small data, and a checkpoint in memory."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from clusterforge.builtin import trained_encoders
from clusterforge.contracts import Context, Encoder, Epoch, Images, Items, State, Table, View
from clusterforge.models.build import uses_labels
from clusterforge.params import Field, Params
from clusterforge.phases import Use
from clusterforge.recipe import Entry
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported
from clusterforge.specs import Kind, Spec
from clusterforge.training import NetworkEncoder
from clusterforge.training.parts import Part

ENCODERS = {spec.name: spec for spec in trained_encoders.SPECS}
REGISTRY = Registry.installed(limit="").naming(Imported())


def load(spec: Spec) -> Any:
    module, name = spec.target.split(":")
    return getattr(importlib.import_module(module), name)


def make_part(kind: Kind, use: Use) -> Part[Any]:
    plugin = REGISTRY.find(kind, use.use)
    return Part(plugin, plugin.load()(plugin.spec.params.model_validate(use.own)))


def make(name: str, below: Encoder[Any] | None = None, **params: Any) -> NetworkEncoder:
    spec = ENCODERS[name]
    own = spec.params.model_validate(params)
    return NetworkEncoder(load(spec)(own), make_part, below, of_items=bool(spec.also_reads))


def needs_labels(name: str, **params: Any) -> bool:
    plugin = REGISTRY.find("encoder", name)
    entry = Entry("encoder.0", name, plugin, plugin.spec.params.model_validate(params))
    return uses_labels(entry, REGISTRY)


def digits(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    data = load_digits()
    return (data.data[:rows] / 16).astype(np.float32), data.target[:rows].astype(np.int64)


def digit_images(rows: int = 200) -> Images:
    data = load_digits()
    return Images((data.images[:rows] * 15).astype(np.uint8)[..., None])


def view(rows: int = 400, *, labels: bool = False, embedding: bool = True) -> View:
    x, y = digits(rows)
    return View(
        Table(x),
        embedding=x if embedding else None,
        labels=y if labels else None,
        n_classes=10 if labels else None,
    )


@dataclass
class Memory:
    """A checkpoint that keeps every state it was given."""

    states: list[State] = field(default_factory=list)
    start: State | None = None

    def load(self) -> State | None:
        return self.start

    def save(self, state: State) -> None:
        self.states.append(
            State({k: np.array(v) for k, v in state.arrays.items()}, dict(state.meta))
        )


@dataclass(frozen=True)
class Streamed:
    """The same items, but read when they are needed."""

    inner: Items
    in_memory: bool = False

    @property
    def content(self) -> Any:
        return self.inner.content

    @property
    def shape(self) -> Any:
        return self.inner.shape

    def __len__(self) -> int:
        return len(self.inner)

    def take(self, rows: Any) -> Any:
        return self.inner.take(rows)


def same_state(a: State, b: State) -> bool:
    return set(a.arrays) == set(b.arrays) and all(
        a.arrays[name].dtype == b.arrays[name].dtype
        and a.arrays[name].tobytes() == b.arrays[name].tobytes()
        for name in a.arrays
    )


def without_seconds(history: Sequence[Epoch]) -> list[Epoch]:
    return [
        replace(line, values={k: v for k, v in line.values.items() if k != "seconds"})
        for line in history
    ]


class WordsParams(Params):
    dim: int = Field(6, description="Width.")


class Letters:
    """How often each text has each letter."""

    lengths = None

    def __init__(self, items: Items) -> None:
        self.items = items

    def batch(self, rows: Any) -> dict[str, Tensor]:
        counts = np.zeros((len(rows), 26), dtype=np.float32)
        for number, text in enumerate(self.items.take(rows)):
            for letter in text:
                counts[number, ord(letter) - 97] += 1
        return {"counts": torch.from_numpy(counts)}


class Words(Encoder[WordsParams]):
    """A tiny trainable backbone: the mean of random vectors of a text's letters."""

    def __init__(self, params: WordsParams) -> None:
        super().__init__(params)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(1)
            self.letters = nn.Sequential(nn.Linear(26, params.dim), nn.Dropout(0.2))

    def module(self) -> nn.Module:
        class Counts(nn.Module):
            def __init__(self, letters: nn.Module) -> None:
                super().__init__()
                self.letters = letters

            def forward(self, x: Mapping[str, Tensor]) -> Tensor:
                return self.letters(x["counts"])  # type: ignore[no-any-return]

        return Counts(self.letters)

    def inputs(self, items: Items, context: Context, *, again: bool) -> Letters:
        return Letters(items)

    def encode(self, view: View, context: Context) -> Any:
        rows = Letters(view.items).batch(np.arange(len(view)))
        with torch.no_grad():
            return self.letters.eval()(rows["counts"]).numpy()
