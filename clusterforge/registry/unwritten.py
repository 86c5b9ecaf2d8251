"""Methods that a class has to write itself for what its spec promises: the contract has no answer."""

from __future__ import annotations

from collections.abc import Collection

from clusterforge.specs import ClustererSpec, EncoderSpec, Spec


def unwritten(spec: Spec, target: type) -> str:
    """Say what the class of a clusterer or of a frozen encoder lacks of its contract; empty where nothing.

    Without it the plugin would fail only after its fit, or on new rows.
    """
    from clusterforge.contracts import Clusterer, Encoder

    base: type
    if isinstance(spec, ClustererSpec):
        base, written = Clusterer, _written(target, Clusterer)
        needed, why = _of_clusterer(spec)
    elif isinstance(spec, EncoderSpec) and not spec.trained:
        base, written = Encoder, _written(target, Encoder)
        needed, why = _of_encoder(spec, written)
    else:
        return ""
    if not issubclass(target, base):
        return f"{target.__name__} is no subclass of clusterforge.contracts.{base.__name__}"
    *others, last = [name for name in needed if name not in written] or [""]
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{target.__name__} does not write {names}, which {why} needs" if last else ""


def _of_clusterer(spec: ClustererSpec) -> tuple[tuple[str, ...], str]:
    """Return what a clusterer has to write, and what needs it."""
    if spec.predicts == "none":
        return ("fit",), "a clusterer"
    # The encoder's own assignment is all that one with a head answers by.
    stored = () if spec.needs_head else ("state", "restore")
    return ("fit", "predict", *stored), f'predicts = "{spec.predicts}"'


def _of_encoder(spec: EncoderSpec, written: Collection[str]) -> tuple[tuple[str, ...], str]:
    """Return what an encoder has to write, and what needs it."""
    if not spec.inductive:
        needed = () if "encode" in written else ("fit_encode",)
        return needed, "an encoder that is not inductive"
    if "fit" in written or "fit_encode" in written:
        return ("encode", "state", "restore"), "an inductive encoder that learns"
    return ("encode",), "an inductive encoder"


def _written(target: type, base: type) -> set[str]:
    """Return what the classes above a contract's base have written."""
    classes = target.__mro__
    above = classes[: classes.index(base)] if base in classes else classes
    return {name for each in above for name in vars(each)}
