"""A trained encoder as a plain encoder: what the pipeline sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import (
    Context,
    Encoder,
    FitReport,
    FloatArray,
    Layered,
    Shortfall,
    State,
    Trainable,
    View,
)
from clusterforge.contracts.context import silent
from clusterforge.contracts.training import Inputs, Loss, Network, TrainedEncoder
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.phases import TrainedParams
from clusterforge.specs import PairSourceSpec
from clusterforge.training.backbone import WithBackbone, can_decode, describe
from clusterforge.training.course import Course
from clusterforge.training.inputs import ROWS, Examples, StreamedInputs, Subset, embed, rows_of
from clusterforge.training.loop import restored_head, train
from clusterforge.training.parts import MakePart, Part
from clusterforge.training.ranks import normalised_together, training
from clusterforge.training.seeds import seeded
from clusterforge.training.steps import CudaRecorder
from clusterforge.training.tensors import load_module, module_state, warm_start


class Encoding(nn.Module):
    """A network whose forward pass is the embedding that clusterers get.

    Parameters
    ----------
    network
        The network, in evaluation mode.
    shape
        Shape of a row: (d,), or (channels, height, width).
    image_range
        The range that pixels have to be in.
    """

    def __init__(
        self, network: Network, shape: tuple[int, ...], image_range: tuple[float, float]
    ) -> None:
        super().__init__()
        self.network, self.shape, self.image_range = network, shape, image_range

    def forward(self, rows: Tensor) -> Tensor:
        """Return the embedding of rows: float32 (n, dim)."""
        return self.network.encode(rows).float()


class NetworkEncoder(Encoder[TrainedParams]):
    """Trains a plugin's network through its phases, and encodes with it.

    Parameters
    ----------
    plugin
        Network and phases.
    make
        Gives what the phases name.
    backbone
        The encoder named by ``backbone``, if any.
    of_items
        Whether the network takes the raw rows, whatever encoders stand before it.
    """

    def __init__(
        self,
        plugin: TrainedEncoder[Any],
        make: MakePart,
        backbone: Encoder[Any] | None = None,
        *,
        of_items: bool = False,
    ) -> None:
        super().__init__(plugin.params)
        self.of_items = of_items
        self.plugin, self.make, self.backbone = plugin, make, backbone
        self.network: Network | None = None
        self._report = FitReport()
        self._shape: tuple[int, ...] = ()
        self._head: Part[Loss[Any]] | None = None
        self._head_at: tuple[int, int] | None = None

    def fit(self, view: View, context: Context) -> None:
        """Train through all phases, going on from a checkpoint where there is one."""
        if len(view) < 2:
            raise InputError(
                f"it can't train on {count(len(view), 'row')}", remedy="give it at least 2"
            )
        device = torch.device(context.device)
        # The checkpoint and the progress are the outer network's.
        below = replace(context, checkpoint=None, memory=None, progress=silent)
        if self.backbone:
            self.backbone.fit(view, below)
        rows = self._examples(view, below)
        held_out = self._examples(view.validation, below) if view.validation else None
        self._build(self._row_shape(rows.inputs, device), context.seed, device)
        assert self.network is not None
        if self.params.weights:
            warm_start(self.network, Path(self.params.weights))
        ranks = training()
        course = Course(
            network=self.network.to(device),
            phases=self.params.phases,
            make=self.make,
            train=rows,
            validation=held_out,
            n_classes=view.n_classes,
            context=context,
            backbone_factor=self.params.backbone.lr_factor if self.params.backbone else 1.0,
            recorder=CudaRecorder(device) if device.type == "cuda" and not ranks else None,
            ranks=ranks,
        )
        with normalised_together(course.network, ranks):
            train(course)
        self._head, self._head_at = course.head, course.head_at
        several = len(self.params.phases) > 1
        self._report = FitReport(
            warnings=tuple(course.warnings),
            history=tuple(course.history),
            layers=describe(self.network, Subset(rows.inputs, torch.arange(2))),
            pairs=tuple(course.pairs),
            ends=tuple(course.ends),
            sample=course.sample.numpy() if several else None,
            after=tuple(course.after) if several else (),
        )

    def report(self) -> FitReport:
        """Return the epochs, warnings, layers and pairs, and what each phase made of some rows."""
        return self._report

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of a view: float32 (n, d)."""
        if self.network is None:
            raise RuntimeError("call fit or restore first")
        device = torch.device(context.device)
        if isinstance(self.network, WithBackbone) and not len(view):
            # A backbone can make nothing of no rows; what stands on it knows the width.
            one = torch.zeros(1, *self._shape, device=device)
            with torch.no_grad():
                width = self.network.to(device).eval().top.encode(one).shape[1]
            return np.empty((0, width), dtype=np.float32)
        inputs = self._inputs(self._below(view, context), context, again=False)
        if not self._trains_backbone and tuple(inputs.shape) != self._shape:
            raise InputError(
                f"rows have shape {tuple(inputs.shape)}, it was trained on {self._shape}"
            )
        # One pass over the rows: float32 costs little, and bfloat16 would leave 3 digits of the
        # embedding. A large backbone is another matter.
        precision = context.precision if self._trains_backbone else "float32"
        z = embed(self.network.to(device), inputs, device, precision)
        return np.ascontiguousarray(z.cpu().numpy())

    def shortfalls(self) -> Sequence[Shortfall]:
        """Return what the backbone did not read."""
        return self.backbone.shortfalls() if self.backbone else ()

    def reconstruct(self, view: View, context: Context) -> FloatArray | None:
        """Return what the decoder makes of the embedding, in the space of ``View.rows``.

        Returns
        -------
        float32 (n, d) or None
            Pixels are in [0, 1], channels last. None without a decoder, and with a backbone: there the
            decoder gives back what the backbone made, not the rows.
        """
        if self.network is None or self.backbone or not can_decode(self.network):
            return None
        device = torch.device(context.device)
        z = torch.from_numpy(self.encode(view, context)).to(device)
        low, high = self.plugin.image_range() or (0.0, 1.0)
        self.network.eval()
        with torch.no_grad():
            parts = [self.network.decode(part).float() for part in torch.split(z, ROWS)]
        found = torch.cat(parts)
        if found.ndim == 4:  # (n, c, h, w)
            found = (found.permute(0, 2, 3, 1) - low) / (high - low)
        return np.ascontiguousarray(found.flatten(1).cpu().numpy())

    def assign(self, embedding: FloatArray) -> FloatArray | None:
        """Return the head's soft assignment: float32 (n, k); None without a head."""
        if self._head is None:
            return None
        with torch.no_grad(), self._head as head:
            device = next((p.device for p in head.parameters()), torch.device("cpu"))
            parts = [
                head.assign(z.to(device)) for z in torch.split(torch.from_numpy(embedding), ROWS)
            ]
        if any(part is None for part in parts):
            return None
        return np.ascontiguousarray(
            torch.cat([part for part in parts if part is not None]).float().cpu().numpy()
        )

    def state(self) -> State:
        """Return weights, the shape of a row, and the head."""
        if self.network is None:
            raise RuntimeError("call fit first")
        state = module_state(self.network).within("network")
        if self._head is not None:
            with self._head as head:
                state |= head.state().within("head")
        if self.backbone:
            state |= self.backbone.state().within("backbone")
        return state | State(meta={"shape": list(self._shape), "head": list(self._head_at or ())})

    def restore(self, state: State) -> None:
        """Take up weights and head."""
        if self.backbone:
            self.backbone.restore(state.part("backbone"))
        self._build(tuple(state.meta["shape"]), 0, torch.device("cpu"))
        assert self.network is not None
        load_module(self.network, state.part("network").arrays)
        if state.meta["head"]:
            phase, loss = self._head_at = tuple(state.meta["head"])
            self._head = restored_head(
                self.make, self.params.phases, (phase, loss), state.part("head")
            )

    def encoding(self) -> Encoding:
        """Return the network's way from rows to the embedding as a module of its own.

        Raises
        ------
        InputError
            Where it has a backbone: what that reads is no tensor of numbers.
        """
        if self.network is None:
            raise RuntimeError("call fit or restore first")
        if self.backbone is not None:
            raise InputError("its backbone does not read numbers, so it can't be written as ONNX")
        low, high = self.plugin.image_range() or (0.0, 1.0)
        return Encoding(self.network.cpu().eval(), self._shape, (low, high))

    @property
    def _trains_backbone(self) -> bool:
        return bool(self.params.backbone and self.params.backbone.trainable)

    @cached_property
    def _trainable(self) -> Trainable:
        below: object = self.backbone
        stated = self.params.backbone
        if stated and stated.last_layers is not None:
            if isinstance(below, Layered):
                return below.upper(stated.last_layers)
            raise InputError(
                f"the last layers of encoder {stated.use!r} can't be trained alone",
                key="backbone.last_layers",
                remedy="leave it out",
            )
        if isinstance(below, Trainable):
            return below
        name = stated.use if stated else ""
        raise InputError(
            f"encoder {name!r} can't be trained as a backbone",
            key="backbone.use",
            remedy="set trainable = false",
        )

    def _below(self, view: View, context: Context) -> View:
        """The view behind a backbone whose output is fixed."""
        if self.backbone is None or self._trains_backbone:
            return view
        return replace(view, embedding=self.backbone.encode(view, context))

    def _inputs(self, view: View, context: Context, *, again: bool) -> Inputs:
        device = torch.device(context.device)
        if self._trains_backbone:
            rows = self._trainable.inputs(view.items, context, again=again)
            return StreamedInputs(rows.batch, len(view), (), device, lengths=rows.lengths)
        view = replace(view, embedding=None) if self.of_items else view
        return self.plugin.inputs(view, device) or rows_of(view, device, self.plugin.image_range())

    def _examples(self, view: View, context: Context) -> Examples:
        below = self._below(view, context)
        points: Callable[[], FloatArray] = below.rows
        if self._trains_backbone and self._needs_points():
            # Before training moves the backbone; a run that goes on must see the same vectors.
            assert self.backbone is not None
            before = self.backbone.encode(view, context)
            points = lambda: before  # noqa: E731
        incoming = below.embedding is not None
        inputs = self._inputs(below, context, again=True)
        return Examples(inputs, view.labels, points, incoming)

    def _needs_points(self) -> bool:
        sources = [self.make("pairs", p.pairs).plugin.spec for p in self.params.phases if p.pairs]
        return any(isinstance(spec, PairSourceSpec) and spec.needs_points for spec in sources)

    def _row_shape(self, inputs: Inputs, device: torch.device) -> tuple[int, ...]:
        """Shape of the rows that the plugin's network takes."""
        if not self._trains_backbone:
            return tuple(inputs.shape)
        module = self._trainable.module().to(device).eval()
        with torch.no_grad():
            return tuple(module(inputs.take(torch.arange(2))).shape[1:])

    def _build(self, shape: tuple[int, ...], seed: int, device: torch.device) -> None:
        with seeded(device, seed, "weights"):
            self.network = self.plugin.build(shape)
        if self._trains_backbone:
            self.network = WithBackbone(self._trainable.module(), self.network)
        self._shape = shape
