"""What every built-in plugin declares alike."""

from __future__ import annotations

from clusterforge.params import Params

SUFFIXES = {"losses": "Loss", "pairs": "Source", "augmentations": "Augmentation"}


def plugin(folder: str, name: str, params: type[Params]) -> tuple[str, str, type[Params], str, str]:
    """Return what a spec begins with: name, summary, parameters, target and source.

    The parameters' docstring gives the summary and, in a paragraph of its own, the source. File and
    class of the target are called like the plugin.
    """
    summary, _, source = (params.__doc__ or name).partition("\n\n")
    title = "".join(word.capitalize() for word in name.split("-")) + SUFFIXES.get(folder, "")
    target = f"clusterforge.{folder}.{name.replace('-', '_')}:{title}"
    return name, summary, params, target, " ".join(source.split())
