"""The parameters of a class or a function, read off its signature."""

from __future__ import annotations

import inspect
import json
import re
import warnings
from typing import Any

from pydantic import ConfigDict, create_model

from clusterforge.errors import InputError
from clusterforge.params import Field, Params
from clusterforge.registry.blame import one_line

ROLES = {
    **dict.fromkeys(("X", "embedding"), "embedding"),
    **dict.fromkeys(("labels", "labels_pred", "y_pred"), "labels"),
    **dict.fromkeys(("truth", "labels_true", "y_true"), "truth"),
}
IN_ORDER = ("embedding", "labels", "truth")
Parameters = dict[str, inspect.Parameter]


class AnyParams(Params):
    """Parameters of a class that was not imported: whatever the recipe says."""

    model_config = ConfigDict(extra="allow")


class ObjectParams(Params):
    """An object brings its parameters along; what it looked like is all that can be stored."""

    object: str = Field("", description="What the object was: its class and parameters.")


def roles(metric: Any) -> dict[str, str]:
    """Return which parameter of a metric takes what: the embedding, labels, the truth.

    By name (``X``, ``labels``, ``labels_true`` …); what is required and has another name takes what
    is left, in the order embedding, labels, truth.
    """
    parameters = signature(_called(metric))
    named = {name: ROLES[name] for name in parameters if name in ROLES}
    left = [role for role in IN_ORDER if role not in named.values()]
    if "truth" in named.values():
        left = [role for role in left if role != "embedding"]  # it compares two labellings
    required = [
        name
        for name, p in parameters.items()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD and name not in named
    ]
    return named | dict(zip(required, left, strict=False))


def _called(metric: Any) -> Any:
    """Return what is called with rows and labels: the function, or ``__call__`` of an instance."""
    if not isinstance(metric, type):
        return metric
    for base in metric.__mro__:
        if "__call__" in vars(base):
            return vars(base)["__call__"].__get__(object())
    return None


def signature(function: Any) -> Parameters:
    """Return the parameters that can be given by name; none where there is no signature."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    barred = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
    return {name: p for name, p in parameters.items() if p.kind not in barred and name[0] != "_"}


def seeded(target: Any) -> bool:
    """Return whether the seed matters: that of an object may be anywhere in it."""
    return not isinstance(target, type) or "random_state" in signature(target)


def params_of(
    target: Any, place: str, *, uses_labels: bool = False, without: frozenset[str] = frozenset()
) -> type[Params]:
    """Return a parameter model with the keywords of a signature; their types are not known."""
    has_signature = isinstance(target, type) or inspect.isroutine(target)
    parameters = signature(target) if has_signature else {}
    base: type[Params] = Params if has_signature else ObjectParams
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        base = AnyParams
    keywords: Any = {
        name: (Any, ... if p.default is p.empty else Field(_shown(p.default)))
        for name, p in parameters.items()
        if name not in without and p.kind is not p.VAR_KEYWORD
    }
    if uses_labels:
        base = type(base.__name__, (base,), {"uses_labels": property(lambda self: True)})
    with warnings.catch_warnings():
        # A parameter may be named as a method of pydantic's that nobody calls: copy, json.
        warnings.filterwarnings("ignore", message="Field name .* shadows")
        try:
            model: type[Params] = create_model(
                f"{place.rpartition(':')[2]}Params", __base__=base, **keywords
            )
        except Exception as error:  # model_config
            raise InputError(
                f"{place} has arguments that can't be keys ({one_line(error)[:100]})",
                remedy="rename them, or wrap it",
            ) from error
    return model


def _shown(default: Any) -> Any:
    """Return a default as a JSON value; only what a recipe says is ever passed on."""
    try:
        return json.loads(json.dumps(default, allow_nan=False))
    except (TypeError, ValueError):
        return re.sub(r" at 0x[0-9a-f]+", "", repr(default))
