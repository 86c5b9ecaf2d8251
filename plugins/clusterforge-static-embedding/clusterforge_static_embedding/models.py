"""The files of a model: those of WordLlama that pip has installed, or a folder of model2vec."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import FloatArray
from clusterforge.errors import InputError
from clusterforge.hub.installed import checked_file, package_folder
from clusterforge.hub.lookup import find_model

PACKAGE = "wordllama"
WEIGHTS = "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
TOKENIZER = "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68"
KNOWN = {
    "weights/l2_supercat_256.safetensors": WEIGHTS,
    "tokenizers/l2_supercat_tokenizer_config.json": TOKENIZER,
}
REINSTALL = "reinstall wordllama"
FOLDERS = ("", "0_StaticEmbedding")
NAMES = ("embeddings", "embedding.weight")


@dataclass(frozen=True)
class Files:
    """The files of a model: its weights as safetensors, and its tokenizer."""

    weights: Path
    tokenizer: Path

    def vectors(self) -> FloatArray:
        """Return the vector of each token, times its weight where there is one: float32 (tokens, d).

        Raises
        ------
        InputError
            Where the file holds none; the key is ``model``.
        """
        from safetensors.numpy import load_file

        try:
            arrays = load_file(self.weights)
            name = next(name for name in NAMES if name in arrays)
        except MemoryError:
            raise
        except StopIteration:
            raise _unreadable(self.weights, f"it holds none of {', '.join(NAMES)}") from None
        except Exception as error:
            raise _unreadable(self.weights, str(error)) from error
        vectors = arrays[name].astype(np.float32)
        if "mapping" in arrays:  # several tokens share a vector
            vectors = vectors[arrays["mapping"].astype(np.int64)]
        if "weights" in arrays:
            vectors = vectors * arrays["weights"].astype(np.float32)[: len(vectors), None]
        return vectors

    def read_tokenizer(self) -> tuple[Any, int | None]:
        """Return the tokenizer, without padding and limit, and the number of its unknown token."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.tokenizer))
            model = json.loads(self.tokenizer.read_text("utf-8"))["model"]
        except Exception as error:
            raise _unreadable(self.tokenizer, str(error)) from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        named = model.get("unk_token")
        unknown = tokenizer.token_to_id(named) if named else model.get("unk_id")
        return tokenizer, unknown


@cache
def wordllama_files() -> Files:
    """Return WordLlama's files, if their content is known.

    Raises
    ------
    EnvironmentProblem
        Where the package is not installed or holds others.
    """
    what = "wordllama with the weights of static-embedding"
    folder = package_folder(PACKAGE, what, "pip install wordllama, or name a model")
    files = (
        checked_file(folder / name, expected, f"{folder / name} is not the known file", REINSTALL)
        for name, expected in KNOWN.items()
    )
    return Files(*files)


def local_files(model: str, revision: str | None) -> Files:
    """Return the files of a model in a folder or on the Hub.

    Raises
    ------
    InputError
        Where they are not there; the key is ``model``.
    """
    folder = find_model(model, revision)
    for inner in FOLDERS:
        files = Files(folder / inner / "model.safetensors", folder / inner / "tokenizer.json")
        if files.weights.is_file() and files.tokenizer.is_file():
            return files
    raise InputError(
        f"{folder.name} has no model.safetensors with a tokenizer.json",
        key="model",
        remedy="name a model of model2vec",
    )


def _unreadable(path: Path, reason: str) -> InputError:
    short = " ".join(reason.split())[:160]
    return InputError(
        f"{path.name} can't be read as a static embedding ({short})",
        key="model",
        remedy="name a model of model2vec",
    )
