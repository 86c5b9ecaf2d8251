"""Which parameters name files, folders and models."""

from __future__ import annotations

from typing import Literal

from clusterforge.builtin.frozen_encoders import SentenceTransformerParams
from clusterforge.params import Field, HubName, LocalPath, Named, Params, named

PATH, MODEL = Named("path"), Named("model")


class Inner(Params):
    weights: LocalPath | None = None


class Outer(Params):
    model: HubName = Field("org/net", description="A model.")
    revision: str | None = None
    start: LocalPath | Literal["none"] = "none"
    many: tuple[LocalPath, ...] = ()
    plain: str = "./no-path"
    inner: tuple[Inner, ...] = ()
    by_name: dict[str, LocalPath] = Field({}, description="By name.")


def test_defaults_count_and_words_do_not() -> None:
    assert list(named(Outer())) == [("model", "org/net", MODEL, None)]


def test_values_are_found_however_deep() -> None:
    params = Outer(
        revision="v2",
        start="/a",
        many=("/b", "/c"),
        inner=(Inner(), Inner(weights="/d")),
        by_name={"x": "/e"},
    )
    assert [found[:3] for found in named(params)] == [
        ("model", "org/net", MODEL),
        ("start", "/a", PATH),
        ("many.0", "/b", PATH),
        ("many.1", "/c", PATH),
        ("inner.1.weights", "/d", PATH),
        ("by_name.x", "/e", PATH),
    ]
    assert next(named(params))[3] == "v2"


def test_a_type_with_a_description_of_its_own_is_known() -> None:
    ((key, value, mark, _),) = named(SentenceTransformerParams(model="org/net"))
    assert (key, value, mark) == ("model", "org/net", MODEL)
