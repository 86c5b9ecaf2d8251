"""Checks of what a plugin declares, its spec and its parameters, and of what importing it brings."""

from __future__ import annotations

import abc
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from math import isfinite
from time import perf_counter
from typing import Any

from pydantic import ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from clusterforge.contracts import Clusterer, Dataset, Encoder, Metric, Namer
from clusterforge.costs import Cost, Size
from clusterforge.errors import InputError
from clusterforge.params import Params, named
from clusterforge.phases import TrainedParams
from clusterforge.registry import Distribution
from clusterforge.registry.blame import short
from clusterforge.registry.discovery import HEAVY
from clusterforge.specs import EncoderSpec
from clusterforge.testing.check import Failure, check, failing, require, require_json, skip_if
from clusterforge.testing.subject import Subject, global_random
from clusterforge.testing.watch import watched

SUMMARY = 100
MOMENT = 0.5  # seconds
SUFFIXES = {"loss": "Loss", "pairs": "Source", "augmentation": "Augmentation"}
BOUNDS = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "enum", "const"}
JSON_TYPES = (bool, int, float, str, type(None))


@check()
def summary_one_line(subject: Subject[Any]) -> None:
    """Lists and reports show the summary of a plugin on one line."""
    summary = subject.spec.summary
    require(summary.isprintable(), "the summary holds line breaks or control characters")
    require(len(summary) <= SUMMARY, f"the summary has {len(summary)} characters, not {SUMMARY}")


@check()
def name_law(subject: Subject[Any]) -> None:
    """Whoever reads a recipe finds the code by its name: the class is called like it."""
    name, found = subject.spec.name, subject.spec.target.partition(":")[2]
    title = "".join(part.capitalize() for part in name.split("-"))
    title += SUFFIXES.get(subject.spec.kind, "")
    require(found == title, f"the class of {name!r} is called {title}, not {found}")


@check()
def constructor_stores(subject: Subject[Any]) -> None:
    """The core makes plugins to ask them things, so that making one must be free of work."""
    target = subject.target  # to import it is no part of the constructor
    with watched() as deeds, global_random(1) as touched:
        times = [perf_counter()]
        for _ in range(2):  # what it imports comes the first time
            made = target(subject.params)
            times.append(perf_counter())
    spent = min(times[1] - times[0], times[2] - times[1])
    require(getattr(made, "params", None) is subject.params, "it does not keep its params")
    require(not deeds, f"its constructor {' and '.join(deeds)}")
    require(not touched, f"its constructor moves the global state of {', '.join(touched)}")
    require(spent <= MOMENT, f"its constructor takes {spent:.1f} s")


@check()
def params_documented(subject: Subject[Any]) -> None:
    """`describe`, the docs and editors show what each parameter says of itself."""
    bare = [name for name, field in _own(subject.spec.params) if not field.description]
    require(not bare, f"no description: {', '.join(bare)}")


@check()
def params_bounded(subject: Subject[Any]) -> None:
    """A number out of range is to be refused before anything runs, with the range in the message."""
    properties = _schema(subject)["properties"] if _own(subject.spec.params) else {}
    loose = [
        name for name, _ in _own(subject.spec.params) if any(_unbounded(properties.get(name, {})))
    ]
    require(not loose, f"a number without bounds (ge, gt, le, lt): {', '.join(loose)}")


@check()
def params_json(subject: Subject[Any]) -> None:
    """Parameters are stored with the run and are part of a stage's key, as JSON values."""
    _schema(subject)
    for name, value in dict(subject.params).items():
        require(_is_json(value), f"{name} holds a {type(value).__name__}, which JSON has not")
    require_json(subject.params.model_dump(mode="json"), "it")


@check()
def params_defaults_valid(subject: Subject[Any]) -> None:
    """A default that its own bounds refuse fails only when a stored run is read again."""
    model = subject.spec.params
    config = ConfigDict(validate_default=True)
    # In the model's own module, where its annotations mean something.
    body = {"model_config": config, "__module__": model.__module__}
    strict: Any = type(model.__name__, (model,), body)
    given = {name: getattr(subject.params, name) for name in subject.params.model_fields_set}
    try:
        strict.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Failure(f"the default of {place} is not valid: {first['msg']}") from error


@check()
def files_declared(subject: Subject[Any]) -> None:
    """A file that a parameter names is hashed, if it is a `LocalPath` or `HubName`: else it may change."""
    known = {key.partition(".")[0] for key, *_ in named(subject.params)}
    bare = [
        name
        for name, value in dict(subject.params).items()
        if isinstance(value, str) and name not in known and _is_path(value)
    ]
    require(not bare, f"{', '.join(bare)} names a file and is no LocalPath")


def _is_path(value: str) -> bool:
    return len(value) < 4096 and os.sep in value and os.path.exists(value)


@check()
def costs_finite(subject: Subject[Any]) -> None:
    """What a run costs is said before it begins, and what can't fit is refused, from declared costs."""
    spec = subject.spec
    skip_if(spec.costs is None, "it does not say what it costs")
    for rows in (2, 1_000_000):
        size = Size(rows, rows, 64, (8, 8, 1), 200.0, bases=(Cost(1.0),))
        try:
            cost = spec.costs(subject.params, size) if spec.costs else None
        except InputError:
            continue
        values = [value for value in vars(cost or Cost()).values() if value is not None]
        require(
            all(isfinite(value) and value >= 0 for value in values),
            f"the cost of {rows:,} rows is {cost}",
        )


@check()
def alternatives_valid(subject: Subject[Any]) -> None:
    """An alternative is written into the recipe, so that its values have to be valid there."""
    size = Size(1_000_000, 1_000_000, 64, (8, 8, 1), 200.0)
    alternatives = subject.spec.alternatives(subject.params, size)
    skip_if(not alternatives, "it has no alternatives")
    for alternative in alternatives:
        require(bool(alternative.effect), f"{dict(alternative.values)} does not say what it does")
        values = json.dumps({**subject.given, **alternative.values})
        with failing(f"{dict(alternative.values)} is not valid: {{}}"):
            subject.spec.params.model_validate_json(values)


@check()
def params_frozen(subject: Subject[Any]) -> None:
    """A stage's key is made of its parameters, so that nobody may change them afterwards."""
    fields = list(subject.spec.params.model_fields)
    skip_if(not fields, "it has no parameters")
    try:
        setattr(subject.params.model_copy(), fields[0], getattr(subject.params, fields[0]))
    except ValidationError:
        return
    raise Failure(f"{fields[0]} can be set")


@check()
def params_unknown_refused(subject: Subject[Any]) -> None:
    """A misspelt key of a recipe is an error, never silently left out."""
    try:
        subject.spec.params.model_validate_json(json.dumps({**subject.given, "no-such-key": 1}))
    except ValidationError:
        return
    raise Failure("a key that it does not have is accepted")


def _own(model: type[Params]) -> list[tuple[str, FieldInfo]]:
    """Return the fields that the plugin declares itself."""
    ours = TrainedParams.model_fields if issubclass(model, TrainedParams) else {}
    return [(name, field) for name, field in model.model_fields.items() if name not in ours]


def _schema(subject: Subject[Any]) -> Mapping[str, Any]:
    with failing("it has no JSON Schema: {}"):
        return dict(subject.spec.params.model_json_schema())


def _unbounded(field: Any) -> Iterator[bool]:
    """Yield True for each number in a schema that has no bound at all."""
    if isinstance(field, Mapping):
        if field.get("type") in ("integer", "number"):
            yield not BOUNDS & field.keys()
        for name, value in field.items():
            if name not in ("default", "examples", "enum"):
                yield from _unbounded(value)
    elif isinstance(field, list):
        for value in field:
            yield from _unbounded(value)


def _is_json(value: Any) -> bool:
    if isinstance(value, Params):
        return all(_is_json(item) for item in {**dict(value), **(value.model_extra or {})}.values())
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    return isinstance(value, JSON_TYPES)


LOOK = """
import importlib, json, sys
before, package = set(sys.modules), sys.argv[1].partition(".")[0]
brought = {}

class Imports:
    def find_spec(self, name, path=None, target=None):
        top, frame, place = name.partition(".")[0], sys._getframe(1), ""
        while frame is not None and top not in brought:
            if frame.f_globals.get("__name__", "").partition(".")[0] == package:
                place = f"{frame.f_code.co_filename}:{frame.f_lineno}"  # in the end, of the outermost
            frame = frame.f_back
        brought.setdefault(top, place)

sys.meta_path.insert(0, Imports())
importlib.import_module(sys.argv[1])
there = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps({name: brought.get(name, "") for name in there}), file=sys.stderr)
"""
CONTRACTS = {
    "dataset": Dataset,
    "encoder": Encoder,
    "clusterer": Clusterer,
    "metric": Metric,
    "namer": Namer,
}


@check()
def hooks_light(subject: Subject[Any]) -> None:
    """Every command imports the hooks of every package, and has to stay instant."""
    light(subject.plugin.distribution)


def light(distribution: Distribution) -> None:
    """Require that the hook module of a package imports nothing heavy."""
    module = distribution.module.partition(":")[0]
    _require_light(module, HEAVY | {"numpy"})


@check("dataset")
def dataset_module_light(subject: Subject[Any]) -> None:
    """`check` imports the module of a data set and has to stay quick."""
    module = subject.spec.target.partition(":")[0]
    _require_light(module, HEAVY - {"pyarrow"})


def _require_light(module: str, heavy: frozenset[str]) -> None:
    brought = {name: place for name, place in imported(module).items() if name in heavy}
    if brought:
        place = next(filter(None, brought.values()), "")
        raise Failure(f"importing {module} brings {', '.join(sorted(brought))}", place)


@check()
def target_loads(subject: Subject[Any]) -> None:
    """The class that the spec names has to be there and to follow the contract of its kind."""
    base = _contract(subject)
    with failing("{}"):
        target = subject.plugin.load()
    require(issubclass(target, base), f"{target.__name__} is no subclass of {base.__name__}")
    missing = sorted(getattr(target, "__abstractmethods__", ()))
    require(not inspect.isabstract(target), f"{target.__name__} lacks {', '.join(missing)}")


def _contract(subject: Subject[Any]) -> abc.ABCMeta:
    spec = subject.spec
    if spec.kind in CONTRACTS and not (isinstance(spec, EncoderSpec) and spec.trained):
        return CONTRACTS[spec.kind]
    from clusterforge.contracts import training

    return {
        "encoder": training.TrainedEncoder,
        "loss": training.Loss,
        "pairs": training.PairSource,
        "augmentation": training.Augmentation,
    }[spec.kind]


@cache
def imported(module: str) -> Mapping[str, str]:
    """Return the top-level modules that importing one brings, in a process of its own.

    Each with ``package/file.py:LINE``, where the package of that one begins to import it.
    """
    done = subprocess.run(  # noqa: S603 this Python
        [sys.executable, "-c", LOOK, module],
        env={**os.environ, "PYTHONPATH": search_path()},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
    require(done.returncode == 0, f"{module} can't be imported on its own: {lines[-1]}")
    return {name: short(place) for name, place in sorted(json.loads(lines[-1]).items())}


def search_path() -> str:
    """Return this process's module path for another one."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)
