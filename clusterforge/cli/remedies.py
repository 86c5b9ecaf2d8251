"""Remedies as commands without a recipe take them: ``--set delimiter=,`` for a key of ``[dataset]``."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

from clusterforge.errors import InputError
from clusterforge.toml_syntax import IN_SHELL

_VALUE = r"\"[^\"]*\"|\[[^\]]*\]|\{[^}]*\}|[\w.+-]*\w"
_SETTING = re.compile(rf"(?:\b(?:set|and) )?\b(\w+) = ({_VALUE})(?! within)")

_LIST = re.compile(rf"write (\[.*\]) \({IN_SHELL}\)")


def as_options(text: str) -> str:
    """Return a message with options in place of the keys that it says to set.

    Examples
    --------
    >>> as_options('set delimiter = ";" and decimal = ","')
    "--set 'delimiter=;' --set decimal=,"
    """
    return _SETTING.sub(_option, text)


def _option(setting: re.Match[str]) -> str:
    from clusterforge.builtin.datasets import FilesParams

    key, value = setting.groups()
    if key not in FilesParams.model_fields:
        return setting[0]
    text = tomllib.loads(f"text = {value}")["text"] if value.startswith('"') else value
    return f"--set {shlex.quote(f'{key}={text if text.isprintable() else value}')}"


@contextmanager
def for_options() -> Iterator[None]:
    """Word the remedies of errors as options."""
    try:
        yield
    except InputError as error:
        if error.remedy is None:
            raise
        remedy = as_options(error.remedy)
        if error.key and (listed := _LIST.match(remedy)):
            key = error.key.rpartition(".")[2]
            remedy = f"write --set {shlex.quote(f'{key}={listed[1]}')}"
        raise type(error)(
            error.problem, key=error.key, remedy=remedy, file=error.file, options=error.options
        ) from None
