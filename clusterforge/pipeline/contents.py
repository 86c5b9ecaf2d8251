"""The content of what parameters name, for the keys of stages."""

from __future__ import annotations

from pathlib import Path

from clusterforge.errors import InputError
from clusterforge.hub.contents import content_digest
from clusterforge.hub.lookup import locate_model
from clusterforge.params import Params, named


def contents(params: Params) -> dict[str, str]:
    """Return the sha256 of each file, folder and model that parameters name, by dotted key.

    A path where there is nothing is empty text: whether that is an error is for the plugin to say.

    Raises
    ------
    InputError
        Where a name is not one on the Hub, or the Hub does not know it.
    EnvironmentProblem
        Where a model is not on this machine and the Hub can't be reached.
    """
    found = {}
    for key, value, mark, revision in named(params):
        try:
            place = locate_model(value, revision) if mark.what == "model" else Path(value)
        except InputError as error:
            raise InputError(error.problem, key=key, remedy=error.remedy) from error
        found[key] = content_digest(place) if place.exists() else ""
    return found
