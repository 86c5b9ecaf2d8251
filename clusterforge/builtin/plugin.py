"""The specs of built-in plugins, built in the same way for all."""

from __future__ import annotations

from clusterforge.params import Params

SUFFIXES = {"losses": "Loss", "pairs": "Source", "augmentations": "Augmentation"}


def plugin(module: str, name: str, params: type[Params]) -> tuple[str, str, type[Params], str, str]:
    """Return what a spec begins with: name, summary, parameters, target and source.

    The parameters' docstring gives the summary and, in a paragraph of its own, the source. The class of
    the target is called like the plugin, and so is its file where ``module`` names the folder alone.
    """
    summary, _, source = (params.__doc__ or name).partition("\n\n")
    folder, _, file = module.partition(".")
    title = "".join(word.capitalize() for word in name.split("-")) + SUFFIXES.get(folder, "")
    target = f"clusterforge.{folder}.{file or name.replace('-', '_')}:{title}"
    return name, summary, params, target, " ".join(source.split())
