"""A folder with a pre-trained model: reading it with ``transformers``.

Public: a plugin that brings weights of its own may use these functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from clusterforge.errors import InputError

WEIGHTS = ("*.safetensors", "*.bin")


def weight_files(folder: Path) -> list[Path]:
    """Return the files with weights at the top of a model's folder; safetensors win."""
    for pattern in WEIGHTS:
        found = sorted(folder.glob(pattern))
        if found:
            return found
    return []


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep ``transformers`` from writing bars and notes, and put its settings back."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def read_model(folder: Path) -> tuple[Any, frozenset[str]]:
    """Load a model's network in float32.

    Code that comes with a model is never run. Parts that the folder has no weights for are drawn
    from a fixed seed, so that they are the same each time.

    Returns
    -------
    model
        A ``PreTrainedModel``, on the CPU, not in training mode.
    missing
        Names of the parameters that the folder has no weights for; all belong to a pooler.

    Raises
    ------
    InputError
        Where the folder is no model that ``transformers`` can read, or lacks weights; ``key`` is
        ``model``.
    """
    from transformers import AutoModel

    model, missing = _load(AutoModel, folder)
    return model.float().eval(), missing


def require_weights(model: Any) -> None:
    """Refuse a model, read by another library, whose folder lacks weights but for its pooler.

    Raises
    ------
    InputError
        Where it does; ``key`` is ``model``.
    """
    _load(type(model), Path(model.name_or_path))


def _load(family: Any, folder: Path) -> tuple[Any, frozenset[str]]:
    with quiet_transformers(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            model, info = family.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, output_loading_info=True
            )
        except MemoryError:
            raise
        except Exception as error:
            raise unreadable(folder, error) from error
    missing = frozenset(str(name) for name in info["missing_keys"])
    mismatched = frozenset(str(name) for name in info.get("mismatched_keys", ()))
    lost = sorted(name for name in missing | mismatched if "pooler" not in name.split("."))
    if lost:
        raise InputError(
            f"{folder.name} has no weights for {len(lost)} parts of its network, such as {lost[0]}",
            key="model",
            remedy="download the model again, or name another one",
        )
    return model, missing


def unreadable(folder: Path, error: Exception) -> InputError:
    """Return the error for a model that a library refuses, with the library's reason in short."""
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    return InputError(
        f"{folder.name} can't be read as a model ({reason})",
        key="model",
        remedy="name a complete model folder, or a model on the Hub",
    )
