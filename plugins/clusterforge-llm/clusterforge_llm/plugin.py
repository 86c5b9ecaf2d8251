"""Parameters and spec of the namer ``llm``."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import model_validator

from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, LocalPath, Params, Unit
from clusterforge.specs import NamerSpec

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SECRETS = ("key", "token", "secret", "password", "authorization", "bearer")


class LlmParams(Params):
    """A name for each cluster by a language model behind an OpenAI-compatible endpoint."""

    model: str = Field(min_length=1, max_length=200, description="Name of the model.")
    base_url: str = Field(
        "http://localhost:11434/v1",
        description="Where the endpoint is, up to the part before /chat/completions.",
    )
    key_variable: str = Field(
        "", description="Environment variable that holds the key; none: no key is sent."
    )
    language: str = Field(
        "", max_length=40, description="Language of the names; none: that of the rows."
    )
    typical: int = Field(
        6,
        ge=0,
        le=50,
        description="Typical members in a prompt, at most.",
        json_schema_extra=Unit("rows"),
    )
    borderline: int = Field(
        2,
        ge=0,
        le=50,
        description="Borderline members in a prompt, at most.",
        json_schema_extra=Unit("rows"),
    )
    chars: int = Field(
        300,
        ge=20,
        le=10_000,
        description="Longer members are cut.",
        json_schema_extra=Unit("characters"),
    )
    words: int = Field(
        10, ge=0, le=50, description="Words or columns of a cluster in a prompt, at most."
    )
    siblings: int = Field(4, ge=0, le=20, description="Sibling clusters in a prompt, at most.")
    temperature: Annotated[float, Field(ge=0, le=2)] | Literal["default"] = Field(
        0.0, description="Of sampling; default: the endpoint's."
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of sampling, sent with each request.")
    format: Literal["schema", "object", "none"] = Field(
        "schema",
        description="What is asked of the endpoint besides the prompt: that the reply keeps the JSON schema, "
        "that it is a JSON object, or nothing.",
    )
    reply_tokens: int = Field(
        200,
        ge=16,
        le=100_000,
        description="Most tokens of a reply; models that reason before they reply need more.",
        json_schema_extra=Unit("tokens"),
    )
    reply_limit: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens", description="What the endpoint calls that limit."
    )
    max_calls: int = Field(
        1000, ge=0, le=1_000_000, description="Most requests of a run, retries included."
    )
    max_tokens: int | None = Field(
        None,
        ge=0,
        le=10**12,
        description="Most tokens of a run, in prompts and replies; none: no limit.",
        json_schema_extra=Unit("tokens"),
    )
    max_cost: float | None = Field(
        None,
        ge=0,
        le=1e9,
        description="Most money of a run, in the currency of the prices; none: no limit.",
    )
    input_price: float | None = Field(
        None, ge=0, le=1e6, description="Price of a million tokens of prompts."
    )
    output_price: float | None = Field(
        None, ge=0, le=1e6, description="Price of a million tokens of replies."
    )
    timeout: float = Field(
        60.0,
        gt=0,
        le=3600,
        description="Longest wait for a reply.",
        json_schema_extra=Unit("seconds"),
    )
    retries: int = Field(
        3, ge=0, le=20, description="Further tries where the endpoint is busy, fails or is silent."
    )
    patience: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="Longest wait before a further try; an endpoint that asks for more is not asked again.",
        json_schema_extra=Unit("seconds"),
    )
    corrections: int = Field(
        1, ge=0, le=5, description="Further tries where the reply is not what was asked for."
    )
    concurrency: int = Field(4, ge=1, le=64, description="Requests at a time.")
    on_failure: Literal["words", "error"] = Field(
        "words",
        description="Clusters without a reply are named by their words, with a warning; or the run ends.",
    )
    replies: LocalPath | None = Field(
        None, description="File names/replies.json of a run, whose replies are reused."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_secrets(cls, table: Any) -> Any:
        """Refuse keys in a recipe; a message must not repeat them, so the whole table is at fault."""
        if not isinstance(table, dict):
            return table
        for name in table.keys() - cls.model_fields.keys():
            if any(part in SECRETS for part in re.split(r"[^a-z]+", str(name).lower())):
                raise ValueError(
                    f"has {name!r}: a key must not stand in a recipe; put it into an environment variable "
                    'and name that: key_variable = "LLM_KEY"'
                )
        variable, url = table.get("key_variable"), table.get("base_url")
        if isinstance(variable, str) and variable and not VARIABLE.fullmatch(variable):
            raise ValueError(
                "key_variable must be the name of an environment variable (letters, digits, _), not a key"
            )
        if isinstance(url, str) and (problem := _problem(url)):
            raise ValueError(f"base_url {problem}")
        return table

    @model_validator(mode="after")
    def _priced(self) -> LlmParams:
        if self.max_cost is not None and None in (self.input_price, self.output_price):
            raise ValueError("max_cost needs input_price and output_price, per million tokens")
        return self


def _problem(url: str) -> str | None:
    """Say what is wrong with a URL, without repeating it."""
    if "@" in url:
        return "must not hold a user or a key; name the key's environment variable: key_variable"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii():
        return "must begin with http:// or https:// and a host"
    if parts.query or parts.fragment or not url.isprintable() or " " in url:
        return "must end with its path, without ? or #"
    return None


@hookimpl
def clusterforge_namers() -> tuple[NamerSpec, ...]:
    """Return the namer of this package."""
    return (
        NamerSpec(
            "llm",
            "A language model behind an OpenAI-compatible endpoint, hosted or local, with a budget.",
            LlmParams,
            "clusterforge_llm.llm:Llm",
            sends_rows_to="base_url",
        ),
    )
