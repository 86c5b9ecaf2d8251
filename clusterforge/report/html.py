"""Pages of one file that need no network: one environment and one frame for reports and comparisons."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import CodeType

from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    select_autoescape,
)
from jinja2.bccache import Bucket
from markupsafe import Markup

from clusterforge.formats import count, duration, interval, number, share, signed, spread
from clusterforge.report.paths import Paths
from clusterforge.report.text import clean, short


class CompiledTemplates(BytecodeCache):
    """What templates were compiled to, for the other pages that a process writes."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Put the code of a template into its bucket, if it is here."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a bucket."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


def environment(
    package: str = "clusterforge.report", *, paths: Paths | None = None, **values: object
) -> Environment:
    """Return an environment for the templates of a package, which may use those of the report.

    Parameters
    ----------
    package
        Its folder ``templates`` holds them.
    paths
        Paths that every text leaves out but for their ends; by default, the home folder alone.
    values
        What all of them may use.
    """
    paths = paths or Paths()
    loaders = [PackageLoader(name) for name in dict.fromkeys((package, "clusterforge.report"))]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        bytecode_cache=COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: paths.text(clean(value)) if type(value) is str else value,
    )
    filters = (count, duration, interval, moment, number, share, short, signed, spread, unbroken)
    environment.filters |= {function.__name__: function for function in filters}
    environment.globals |= values
    return environment


def page(
    environment: Environment,
    template: str,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    **values: object,
) -> str:
    """Return a page with its styles and scripts in it, and a policy that lets nothing else run.

    Parameters
    ----------
    environment, template
        The template; it extends ``base.html``.
    styles, scripts
        Files next to the templates.
    values
        What the template gets.
    """
    style, script = (_joined(environment, names) for names in (styles, scripts))
    text = environment.get_template(template).render(
        style=Markup(style),  # noqa: S704 our own files
        script=Markup(script),  # noqa: S704 our own files
        style_hash=_hash(style),
        script_hash=_hash(script) if scripts else "",
        **values,
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def moment(value: str) -> str:
    """Write an ISO 8601 time for people."""
    moment = datetime.fromisoformat(value)
    zone = "UTC" if moment.utcoffset() == timedelta(0) else moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M} {zone}".strip()


def unbroken(name: str) -> str:
    """Write a name so that no line begins with the dot between two parts."""
    return name.replace(" · ", "\u00a0· ")


def _joined(environment: Environment, names: Sequence[str]) -> str:
    """Return files one after the other, without indents: a ninth of the scripts."""
    assert environment.loader is not None
    texts = (environment.loader.get_source(environment, name)[0] for name in names)
    return "\n".join(line.lstrip() for text in texts for line in text.strip("\n").split("\n"))


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
