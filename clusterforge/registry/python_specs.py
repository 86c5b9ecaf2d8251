"""What a class, a function or an object of Python would say of itself if it had a spec.

One of our own contract classes brings its parameter model. Of anything else, the parameters are
those of its signature. Where the guess is wrong, an attribute ``clusterforge_spec``, a dict with
fields of the kind's spec, says what is right.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from clusterforge.errors import InputError, nearest
from clusterforge.params import Params
from clusterforge.registry.hooks import CONTENTS
from clusterforge.registry.signatures import AnyParams, params_of, roles, seeded, signature
from clusterforge.specs import (
    ALL_TYPES,
    ClustererSpec,
    EncoderSpec,
    Kind,
    MetricSpec,
    NamerSpec,
    PairSourceSpec,
    Spec,
    noun,
)

FACTS = "clusterforge_spec"
ADAPTERS = {
    "encoder": "EstimatorEncoder",
    "clusterer": "EstimatorClusterer",
    "metric": "FunctionMetric",
}
CONTRACTS = {
    "Dataset": "dataset",
    "Encoder": "encoder",
    "TrainedEncoder": "encoder",
    "Loss": "loss",
    "Clusterer": "clusterer",
    "Metric": "metric",
    "Namer": "namer",
    "PairSource": "pairs",
    "Augmentation": "augmentation",
}
CONTRACT_MODULES = ("clusterforge.contracts", "clusterforge.contracts.training")


def plugin_name(attribute: str) -> str:
    """Return the name of a class as a plugin's name: ``MiniBatchKMeans`` → ``mini-batch-k-means``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", attribute)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "unnamed"


def any_spec(kind: Kind, name: str) -> Spec:
    """Return the spec of something that was not imported: nothing about it is ruled out."""
    head = name, "Python code, not imported.", AnyParams, ""
    if kind == "encoder":
        return EncoderSpec(*head, takes=CONTENTS)
    return ClustererSpec(*head, predicts="exact") if kind == "clusterer" else ALL_TYPES[kind](*head)


def spec_of(kind: Kind, target: Any, place: str) -> Spec:
    """Return the spec of a class, a function or an object.

    Parameters
    ----------
    kind
        What the recipe uses it as.
    target
        The class, function or object.
    place
        Where it comes from, ``module:Class``.

    Raises
    ------
    InputError
        Where it can't be a plugin of this kind.
    """
    contract = _contract(target)
    if contract not in (None, kind):
        raise InputError(f"{place} is a {noun(contract)}, not a {noun(kind)}")
    if contract:
        spec = _of_contract(kind, target, place)
    elif kind in READERS:
        spec = READERS[kind](target, place)
    else:
        raise InputError(
            f"{place} is not a class of the contract",
            remedy="a data set, a loss or a namer must be one",
        )
    return _corrected(spec, getattr(target, FACTS, {}), place)


def adapter_of(kind: Kind, target: Any) -> type[Any]:
    """Return a class of our contract: the target itself, or an adapter around it."""
    if _contract(target):
        contract_class: type[Any] = target
        return contract_class
    adapter = getattr(importlib.import_module("clusterforge.adapters"), ADAPTERS[kind])
    takes = {"takes": roles(target)} if kind == "metric" else {}
    return type(adapter.__name__, (adapter,), {"target": staticmethod(target), **takes})


def _contract(target: Any) -> str | None:
    """Return the kind whose contract a class keeps, or None."""
    if not isinstance(target, type):
        return None
    for name in CONTRACT_MODULES:
        # A class that builds on a contract has imported it: nothing heavy is imported here.
        module = sys.modules.get(name)
        for base, kind in CONTRACTS.items():
            contract = getattr(module, base, None)
            if contract is not None and issubclass(target, contract):
                return kind
    return None


def _head(target: Any, place: str, params: type[Params]) -> tuple[str, str, type[Params], str]:
    """Return what every spec begins with: name, summary, parameters and target."""
    about = (inspect.getdoc(target) or place).strip().splitlines()[0]
    return plugin_name(place.rpartition(":")[2]), about, params, place


def _of_contract(kind: Kind, target: type[Any], place: str) -> Spec:
    head = _head(target, place, _model(target, place))
    if kind == "encoder":
        trained = not hasattr(target, "encode")
        return EncoderSpec(*head, takes=CONTENTS, stochastic=True, trained=trained, outputs=None)
    if kind == "clusterer":
        predicts = (
            target.predict is not importlib.import_module(CONTRACT_MODULES[0]).Clusterer.predict
        )
        return ClustererSpec(*head, stochastic=True, predicts="exact" if predicts else "none")
    if kind == "metric":
        return MetricSpec(*head, direction="none")
    if kind == "namer":
        return NamerSpec(*head, stochastic=True)
    return PairSourceSpec(*head, needs_points=True) if kind == "pairs" else ALL_TYPES[kind](*head)


def _model(target: type[Any], place: str) -> type[Params]:
    """Return the parameter model that a contract class names: ``class Near(Clusterer[NearParams])``."""
    for base in target.__mro__:
        for generic in vars(base).get("__orig_bases__", ()):
            for argument in get_args(generic):
                if isinstance(argument, type) and issubclass(argument, Params):
                    return argument
    name = place.rpartition(":")[2]
    raise InputError(
        f"{place} declares no parameters",
        remedy=f"write class {name}(…[{name}Params]), or …[Params]",
    )


def _encoder(target: Any, place: str) -> Spec:
    if not (hasattr(target, "transform") or hasattr(target, "fit_transform")):
        raise InputError(f"{place} can't encode", remedy="an encoder has fit and transform")
    wants = signature(target.fit).get("y") if hasattr(target, "fit") else None
    supervised = wants is not None and wants.default is wants.empty
    return EncoderSpec(
        *_head(target, place, params_of(target, place, uses_labels=supervised)),
        takes=CONTENTS,
        inductive=hasattr(target, "transform"),
        stochastic=seeded(target),
    )


def _clusterer(target: Any, place: str) -> Spec:
    if not (hasattr(target, "fit_predict") or hasattr(target, "fit")):
        raise InputError(f"{place} can't cluster", remedy="a clusterer has fit_predict, or fit")
    predicts = hasattr(target, "predict")
    return ClustererSpec(
        *_head(target, place, params_of(target, place)),
        predicts="exact" if predicts else "none",
        rule="the class's own predict" if predicts else "",
        stochastic=seeded(target),
    )


def _metric(target: Any, place: str) -> Spec:
    arguments = roles(target)
    if "labels" not in arguments.values():
        raise InputError(f"{place} can't score", remedy="a metric is called with X and labels")
    params = params_of(target, place, without=frozenset(arguments))
    truth = "truth" in arguments.values()
    return MetricSpec(*_head(target, place, params), direction="none", needs_labels=truth)


READERS: dict[Kind, Callable[[Any, str], Spec]] = {
    "encoder": _encoder,
    "clusterer": _clusterer,
    "metric": _metric,
}


def _corrected(spec: Spec, facts: Any, place: str) -> Spec:
    """Return the spec with what the class itself says of it."""
    if not facts:
        return spec
    if not isinstance(facts, Mapping):
        raise InputError(f"{FACTS} of {place} must be a dict")
    allowed = {field.name for field in fields(spec)} - {"name", "params", "target"}
    hints = get_type_hints(type(spec))
    changes = {}
    for key, value in facts.items():
        if key not in allowed:
            raise InputError(
                f"{FACTS} of {place}: unknown key {key!r}", remedy=nearest(key, allowed)
            )
        try:
            changes[key] = TypeAdapter(hints[key]).validate_python(value, strict=key != "takes")
        except ValidationError as error:
            wrong = f"{key}: {error.errors()[0]['msg']}"
            if key == "takes":
                wrong = f"takes must be {' or '.join(sorted(CONTENTS))}, in a list"
            raise InputError(f"{FACTS} of {place}: {wrong}") from None
    return replace(spec, **changes)
