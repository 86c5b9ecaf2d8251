"""Reading at a glance: what a reader refuses for want of a key is read with the value that it offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Preview, Setting
from clusterforge.errors import InputError


def preview(params: FilesParams, read: Callable[[FilesParams], Preview]) -> Preview:
    """Return what ``read`` returns, with the keys that it needed.

    Raises
    ------
    InputError
        What the reader says, where no value of a key helps.
    """
    settings: list[Setting] = []
    while True:
        try:
            return replace(read(params), settings=tuple(settings))
        except InputError as error:
            key = error.key or ""
            if not error.options or key in (setting.key for setting in settings):
                raise
            settings.append(Setting(key, error.options[0], error.problem))
            params = params.model_copy(update={key: error.options[0]})
