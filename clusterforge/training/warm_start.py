"""Starting from the weights of an earlier run."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file

from clusterforge.contracts.training import Network
from clusterforge.errors import InputError
from clusterforge.training.tensors import load_module

FILE = "state.safetensors"
OWN = "network."


def warm_start(network: Network, place: Path) -> None:
    """Load a network's weights; those the network does not have are left out.

    Parameters
    ----------
    network
        The network, new.
    place
        A safetensors file, or a folder with ``state.safetensors``.

    Raises
    ------
    InputError
        Where there is no such file, or a weight is missing or has another shape.
    """
    file = place / FILE if place.is_dir() else place
    if not file.is_file():
        raise InputError(
            f"there are no weights at {file}",
            key="weights",
            remedy=f"name a {FILE}, or an encoder's folder of an earlier run",
        )
    try:
        stored = load_file(file)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{file} can't be read: {error}", key="weights") from None
    arrays = {key.removeprefix(OWN): value for key, value in stored.items()}
    for name, value in network.state_dict().items():
        if name not in arrays:
            raise InputError(
                f"{file} has no {name!r}",
                key="weights",
                remedy="give this encoder the parameters of the one it was trained as",
            )
        if tuple(arrays[name].shape) != tuple(value.shape):
            raise InputError(
                f"{name!r} is {_size(arrays[name].shape)} in {file} and {_size(value.shape)} here",
                key="weights",
                remedy="give this encoder the same layers and dim, on rows of the same shape",
            )
    load_module(network, arrays)


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "one number"
