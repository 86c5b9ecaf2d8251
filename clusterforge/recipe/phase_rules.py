"""What the phases of a trained encoder can't use, and what they need and don't get."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clusterforge.errors import InputError
from clusterforge.params import Params
from clusterforge.phases import Optimisation, TrainedParams, Use
from clusterforge.specs import EncoderSpec, Kind, LossSpec, Spec

FindSpec = Callable[[Kind, Use], Spec]


def phase_problems(params: TrainedParams, spec: Spec, find: FindSpec) -> Iterator[InputError]:
    """Yield what is wrong with phases; keys are relative to the encoder's table.

    Parameters
    ----------
    params
        The encoder's parameters.
    spec
        The encoder's spec.
    find
        Gives the spec of what a phase names.
    """
    if params.phase:
        for key in sorted(_set(params) & params.only_in_own_phases):
            yield InputError(
                "applies to the encoder's own phases only, and this recipe defines others",
                key=key,
                remedy="leave it out, or set it on a loss of a phase",
            )
    below = params.backbone
    if below and not below.trainable:
        for key, what in (
            ("lr_factor", "no learning rate"),
            ("last_layers", "no layers that learn"),
        ):
            if key in below.model_fields_set:
                yield InputError(
                    f"a fixed backbone has {what}", key=f"backbone.{key}", remedy="leave it out"
                )
    keys = Optimisation.model_fields.keys()
    used: set[str] = set()
    unused: dict[str, str] = {}
    for number, (stated, phase) in enumerate(zip(params.stated_phases, params.phases, strict=True)):
        place = f"phase.{number}." if params.phase else ""
        losses = [find("loss", use) for use in phase.loss]
        for loss in losses:
            assert isinstance(loss, LossSpec)
            yield from _missing(loss, spec, f"{place}loss")
        useless = {}
        if all(loss.batch == "items" for loss in losses if isinstance(loss, LossSpec)):
            useless["pairs"] = "no loss takes pairs, triplets or views"
        if not phase.validated:
            useless["validation"] = "validation needs patience or a plateau"
        for key in sorted(_set(stated) & useless.keys() if params.phase else ()):
            yield InputError(useless[key], key=f"{place}{key}", remedy="leave it out")
        used |= {
            key for key in keys - useless.keys() if getattr(phase, key) == getattr(params, key)
        }
        unused |= useless
    for key in sorted(_set(params) & keys - used):
        why = unused.get(key, "every phase sets its own")
        yield InputError(f"no phase uses it: {why}", key=key, remedy="leave it out")


def _set(params: Params) -> set[str]:
    """Return the keys that say something other than their default."""
    fields = type(params).model_fields
    return {key for key in params.model_fields_set if getattr(params, key) != fields[key].default}


def _missing(loss: LossSpec, encoder: Spec, key: str) -> Iterator[InputError]:
    assert isinstance(encoder, EncoderSpec)
    if encoder.outputs is None:
        return  # the network itself will tell
    if missing := sorted(loss.needs_outputs - encoder.outputs):
        yield InputError(
            f"loss {loss.name!r} needs {' and '.join(missing)} besides the embedding, but "
            f"encoder {encoder.name!r} returns "
            f"{' and '.join(sorted(encoder.outputs)) or 'nothing'}",
            key=key,
            remedy="use an encoder whose network returns them",
        )
