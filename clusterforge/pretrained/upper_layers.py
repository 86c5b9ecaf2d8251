"""The last layers of a transformer over texts, as a network of their own.

What the layers below make of a text never changes while the last ones are trained, so it is computed
once, and a step costs the layers that learn alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, IntArray, Items
from clusterforge.errors import InputError
from clusterforge.numerics.stored_rows import StoredRows, spilled
from clusterforge.pretrained.by_length import ByLength
from clusterforge.pretrained.models import TextModel, inference, ready_on
from clusterforge.pretrained.tokens import Tokens, batches, tokenize, tokenize_all, tokens_per_step

IN_MEMORY = 256e6  # bytes of states; more lie in a file
CHUNK = 4_096  # texts whose states are computed together
TOLERANCE = 1e-3  # between the divided network and the whole one
TRIED = ("a", "two words, and a few more")


class Given(nn.Module):
    """Stands in place of layers whose output is there already."""

    states: Tensor

    def forward(self, *_: Any, **__: Any) -> Tensor:
        """Return the states that were set: (b, t, d)."""
        return self.states


class UpperNetwork(nn.Module):
    """The last layers, pooling and what follows.

    Parameters
    ----------
    whole
        The network of a :class:`TextModel`; what stays of it is copied.
    layers
        How many of its last layers.
    """

    def __init__(self, whole: nn.Module, layers: int) -> None:
        super().__init__()
        upper, _ = _divided(whole, slice(-layers, None))
        _transformer(upper).embeddings = Given()
        self.network = copy.deepcopy(upper)
        self.given = _transformer(self.network).embeddings

    def forward(self, x: Mapping[str, Tensor]) -> Tensor:
        """Return the embedding of states ``states`` (b, t, d) with ``attention_mask`` (b, t): (b, dim)."""
        self.given.states = x["states"]
        mask = x["attention_mask"]
        embedded: Tensor = self.network(
            {"input_ids": torch.zeros_like(mask), "attention_mask": mask}
        )
        return embedded


class LowerNetwork(nn.Module):
    """The first layers: a dict of token tensors in, states (b, t, d) out. Weights are shared.

    Parameters
    ----------
    whole
        The network of a :class:`TextModel`.
    layers
        How many of its last layers are left out.
    """

    def __init__(self, whole: nn.Module, layers: int) -> None:
        super().__init__()
        self.network, kept = _divided(whole, slice(None, -layers))
        kept[-1].register_forward_hook(self._note)
        self._states: Tensor | None = None

    def forward(self, x: Mapping[str, Tensor]) -> Tensor:
        """Return what the last of these layers gives."""
        self.network(x)
        states, self._states = self._states, None
        assert states is not None
        return states

    def _note(self, _module: nn.Module, _inputs: Any, output: Any) -> None:
        self._states = output[0] if isinstance(output, tuple) else output


class UpperLayers:
    """The last layers of a text model, to be trained.

    Parameters
    ----------
    model
        The whole model.
    layers
        How many of its last layers.
    count
        Is told how many texts are longer than the model's limit.

    Raises
    ------
    InputError
        Where it has no more layers than that, or is built in a way that can't be divided.
    """

    def __init__(self, model: TextModel, layers: int, count: Callable[[int], None]) -> None:
        have = len(layer_stack(model.network)[1])
        if layers >= have:
            raise InputError(
                f"the model has {have} layers",
                key="backbone.last_layers",
                remedy=f"set {have - 1} or less, or leave it out to train all of them",
            )
        self.model, self.count = model, count
        self._module = ByLength(UpperNetwork(model.network, layers)).eval()
        self._lower = LowerNetwork(model.network, layers).eval()
        self._check()

    def module(self) -> nn.Module:
        """Return the network: states and a mask in, (b, d) out."""
        return self._module

    def inputs(self, items: Items, context: Context, *, again: bool) -> States:
        """Return the states of texts: all of them now, where they are read ``again`` and again."""
        tokens = tokenize_all(self.model, items)
        self.count(tokens.longer)
        states = States(tokens, self._lower, context)
        return states.kept() if again else states

    def _check(self) -> None:
        x = tokenize(self.model, TRIED).batch(np.arange(len(TRIED)))
        with torch.no_grad():
            whole = self.model.network(x)
            try:
                mask = x["attention_mask"]
                ours = self._module({"states": self._lower(x), "attention_mask": mask})
            except Exception as error:  # whatever a structure that is another one raises
                raise _undivided(self.model) from error
        if ours.shape != whole.shape or float((ours - whole).abs().max()) > TOLERANCE:
            raise _undivided(self.model)


@dataclass(frozen=True)
class States:
    """What the lower layers make of texts.

    Parameters
    ----------
    tokens
        The texts.
    lower
        The lower layers.
    context
        Where they run.
    values
        float16 (tokens, d), where they are there already.
    """

    tokens: Tokens
    lower: LowerNetwork
    context: Context
    values: np.ndarray[Any, np.dtype[np.float16]] | StoredRows | None = None

    @property
    def lengths(self) -> IntArray:
        """Tokens of each text: int64 (n,)."""
        return self.tokens.lengths

    def batch(self, rows: IntArray) -> dict[str, Tensor]:
        """Return the states of texts, filled up to the longest: ``states`` (b, t, d) and the mask."""
        if self.values is None:
            return self._computed(rows)
        mask, source = self.tokens.places(rows)
        values = np.zeros((*mask.shape, self.values.shape[1]), dtype=np.float32)
        values[mask] = self.values[source]
        return {
            "states": torch.from_numpy(values),
            "attention_mask": torch.from_numpy(mask.astype(np.int64)),
        }

    def kept(self) -> States:
        """Return the same with every state computed, in memory or, where they are many, in a file."""
        parts = self._all()
        first = next(parts)
        shape = (int(self.tokens.starts[-1]), first.shape[1])

        def every() -> Iterator[np.ndarray[Any, np.dtype[np.float16]]]:
            yield first
            yield from parts

        if 2 * shape[0] * shape[1] > IN_MEMORY:
            return States(
                self.tokens, self.lower, self.context, spilled(every(), shape, np.float16)
            )
        return States(self.tokens, self.lower, self.context, np.concatenate(list(every())))

    def _all(self) -> Iterator[np.ndarray[Any, np.dtype[np.float16]]]:
        """Yield the states of the texts in their order, some thousand texts at a time."""
        lengths, starts = self.tokens.lengths, self.tokens.starts
        budget = tokens_per_step(self.context.device)
        for start in range(0, len(lengths), CHUNK):
            stop = min(start + CHUNK, len(lengths))
            values: np.ndarray[Any, np.dtype[np.float16]] | None = None
            for part in batches(lengths[start:stop], budget):
                x = self._computed(part + start)
                mask, source = self.tokens.places(part + start)
                made = x["states"].cpu().numpy()[mask]
                if values is None:
                    size = int(starts[stop] - starts[start])
                    values = np.empty((size, made.shape[1]), dtype=np.float16)
                values[source - starts[start]] = made
            assert values is not None
            self.context.progress(stop, len(lengths), "layers that stay as they are")
            yield values

    def _computed(self, rows: IntArray) -> dict[str, Tensor]:
        device = torch.device(self.context.device)
        x = {name: value.to(device) for name, value in self.tokens.batch(rows).items()}
        with inference(self.context):
            states = ready_on(self.lower, device)(x).float()
        return {"states": states, "attention_mask": x["attention_mask"]}


def layer_stack(network: nn.Module) -> tuple[str, nn.ModuleList]:
    """Return the path and the list of a transformer's layers.

    Raises
    ------
    InputError
        Where there is not exactly one such list.
    """
    transformer = _transformer(network)
    count = getattr(transformer.config, "num_hidden_layers", None)
    found = [
        (path, module)
        for path, module in network.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == count
    ]
    if len(found) != 1 or not isinstance(getattr(transformer, "embeddings", None), nn.Module):
        raise InputError(
            f"the layers of {type(transformer).__name__} can't be told apart",
            key="backbone.last_layers",
            remedy="leave it out to train the whole model",
        )
    return found[0]


def _divided(whole: nn.Module, kept: slice) -> tuple[nn.Module, nn.ModuleList]:
    """Return a network with some of the layers of another, whose weights it shares, and these layers."""
    network = copy.deepcopy(whole, {id(p): p for p in whole.parameters()})
    path, stack = layer_stack(network)
    parent, _, name = path.rpartition(".")
    setattr(network.get_submodule(parent), name, stack[kept])
    return network, stack[kept]


def _transformer(network: nn.Module) -> Any:
    return cast(Any, network).model[0].model


def _undivided(model: TextModel) -> InputError:
    return InputError(
        f"{type(_transformer(model.network)).__name__} can't be divided into layers that stay and "
        "layers that learn",
        key="backbone.last_layers",
        remedy="leave it out to train the whole model",
    )
