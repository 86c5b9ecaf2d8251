"""A transformer over texts with its pooling, as one network.

Public: a plugin with weights of its own may read them as the built-in encoders do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from clusterforge.errors import InputError
from clusterforge.pretrained.model_files import (
    quiet_transformers,
    read_model,
    read_tokenizer,
    unreadable,
)

PoolingMode = Literal["mean", "cls", "max"]

LEGACY_POOLING: Mapping[str, PoolingMode] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
}
PLAIN_TRANSFORMER: Mapping[str, Any] = {
    "do_lower_case": False,
    "transformer_task": "feature-extraction",
    "module_output_name": "token_embeddings",
    "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
}
ACTIVATIONS: Mapping[str, type[nn.Module]] = {
    "torch.nn.modules.activation.Tanh": nn.Tanh,
    "torch.nn.modules.activation.ReLU": nn.ReLU,
    "torch.nn.modules.activation.GELU": nn.GELU,
    "torch.nn.modules.linear.Identity": nn.Identity,
}
UNLIMITED = 10**9


class Pooling(nn.Module):
    """One vector for a text from the vectors of its tokens: (b, t, h) to (b, h · modes)."""

    def __init__(self, modes: Sequence[PoolingMode]) -> None:
        super().__init__()
        self.modes = tuple(modes)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Pool ``hidden`` (b, t, h) where ``mask`` (b, t) is 1."""
        return torch.cat([self._pool(mode, hidden, mask) for mode in self.modes], dim=-1)

    def _pool(self, mode: PoolingMode, hidden: Tensor, mask: Tensor) -> Tensor:
        if mode == "cls":
            return hidden[torch.arange(len(hidden), device=hidden.device), mask.argmax(dim=1)]
        weight = mask[..., None]
        if mode == "max":
            return hidden.masked_fill(weight == 0, -torch.inf).amax(dim=1)
        weight = weight.to(hidden.dtype)
        return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)


class Normalize(nn.Module):
    """Rows of length 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x`` (b, d) divided by its rows' Euclidean length."""
        return nn.functional.normalize(x, dim=-1)


class TextNetwork(nn.Module):
    """Transformer, pooling and what comes after: a dict of token tensors in, (b, d) out.

    Parameters
    ----------
    transformer
        A ``PreTrainedModel``.
    pooling
        The pooling.
    after
        Layers on the pooled vector.
    """

    def __init__(
        self, transformer: nn.Module, pooling: Pooling, after: Sequence[nn.Module] = ()
    ) -> None:
        super().__init__()
        self.transformer, self.pooling = transformer, pooling
        self.after = nn.Sequential(*after)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the embedding of tokenised texts: (b, d)."""
        hidden = self.transformer(**inputs).last_hidden_state.float()
        embedding: Tensor = self.after(self.pooling(hidden, inputs["attention_mask"]))
        return embedding


class LibraryNetwork(nn.Module):
    """A model of ``sentence_transformers`` with modules that are not read here directly."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the embedding of tokenised texts: (b, d)."""
        embedding: Tensor = self.model(dict(inputs))["sentence_embedding"]
        return embedding.float()


@dataclass(frozen=True)
class TextModel:
    """A network over texts with what is needed to feed it.

    Parameters
    ----------
    network
        Called with a dict of token tensors, it gives (b, d).
    tokenizer
        A ``PreTrainedTokenizerBase``.
    limit
        The most tokens of a text that the model reads by default.
    positions
        The most tokens it can read at all; None where there is no bound.
    prompt
        The model's own default prompt.
    """

    network: nn.Module
    tokenizer: Any
    limit: int | None
    positions: int | None
    prompt: str = ""

    def max_length(self, wanted: int | None) -> int | None:
        """Return the tokens to keep of a text.

        Raises
        ------
        InputError
            Where more are wanted than the model has positions for; ``key`` is ``max_length``.
        """
        if wanted is None:
            return self.limit
        if self.positions is not None and wanted > self.positions:
            raise InputError(
                f"the model reads at most {self.positions} tokens, not {wanted}",
                key="max_length",
                remedy=f"set {self.positions} or less, or leave it out",
            )
        return wanted


def read_transformer(folder: Path, modes: Sequence[PoolingMode], normalize: bool) -> TextModel:
    """Read a plain transformer and pool its last hidden states.

    Of an encoder with a decoder, the encoder is used.
    """
    model, _ = read_model(folder)
    network = model.get_encoder() if model.config.is_encoder_decoder else model
    tokenizer = read_tokenizer(folder)
    positions = _positions(model, tokenizer)
    after = [Normalize()] if normalize else []
    return TextModel(TextNetwork(network, Pooling(modes), after), tokenizer, positions, positions)


def read_sentence_transformer(folder: Path, normalize: bool | None = None) -> TextModel:
    """Read a model of ``sentence_transformers``, with its own pooling and prompt.

    Transformer, Pooling, Dense and Normalize are read here, which spares six seconds of import;
    with any other module ``sentence_transformers`` itself is used. A folder without
    ``modules.json`` is a transformer with mean pooling, as it is there.

    Parameters
    ----------
    folder
        The model.
    normalize
        True: rows of length 1. False: without the model's own last normalisation. None: as the
        model has it.
    """
    settings = _json(folder / "config_sentence_transformers.json")
    prompt = (settings.get("prompts") or {}).get(settings.get("default_prompt_name") or "", "")
    after, modes = _layers(folder)
    if modes is None:
        return _by_library(folder, normalize, prompt)
    if normalize is False and after and isinstance(after[-1], Normalize):
        after.pop()
    if normalize and not (after and isinstance(after[-1], Normalize)):
        after.append(Normalize())
    plain = read_transformer(folder, modes, normalize=False)
    assert isinstance(plain.network, TextNetwork)
    network = TextNetwork(plain.network.transformer, plain.network.pooling, after)
    limit = _json(folder / "sentence_bert_config.json").get("max_seq_length") or plain.limit
    return TextModel(network, plain.tokenizer, limit, plain.positions, prompt)


def _layers(folder: Path) -> tuple[list[nn.Module], tuple[PoolingMode, ...] | None]:
    """Return what comes after pooling, and the pooling; None where a module is not known here."""
    path = folder / "modules.json"
    if not path.is_file():
        return [], ("mean",)
    unknown: tuple[list[nn.Module], None] = ([], None)
    modules = json.loads(path.read_text("utf-8"))
    kinds = [_kind(module) for module in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or modules[0].get("path"):
        return unknown
    transformer = _json(folder / "sentence_bert_config.json")
    known = {"max_seq_length", *PLAIN_TRANSFORMER}
    if transformer.keys() - known or any(
        transformer.get(name, value) != value for name, value in PLAIN_TRANSFORMER.items()
    ):
        return unknown
    if _json(folder / "config.json").get("is_encoder_decoder"):
        return unknown
    pooling = _json(folder / modules[1]["path"] / "config.json")
    if not pooling.get("include_prompt", True):
        raise InputError(
            f"{folder.name} leaves its prompt out of pooling, which can't be done here",
            key="model",
            remedy="name another model",
        )
    modes = _pooling_modes(pooling)
    after: list[nn.Module] = []
    for kind, module in zip(kinds[2:], modules[2:], strict=True):
        layer = _layer(kind, folder / module["path"])
        if layer is None:
            return unknown
        after.append(layer)
    return after, modes


def _kind(module: Mapping[str, Any]) -> str:
    path = str(module.get("type", ""))
    return path.rpartition(".")[2] if path.startswith("sentence_transformers.") else path


def _pooling_modes(config: Mapping[str, Any]) -> tuple[PoolingMode, ...] | None:
    named = config.get("pooling_mode")
    if named is None:
        chosen = [name for name, on in config.items() if name.startswith("pooling_mode_") and on]
        if not set(chosen) <= LEGACY_POOLING.keys():
            return None
        return tuple(mode for key, mode in LEGACY_POOLING.items() if key in chosen) or ("mean",)
    known: Mapping[str, PoolingMode] = {mode: mode for mode in LEGACY_POOLING.values()}
    wanted = [named] if isinstance(named, str) else named
    return tuple(known[mode] for mode in wanted) if set(wanted) <= known.keys() else None


def _layer(kind: str, folder: Path) -> nn.Module | None:
    config = _json(folder / "config.json")
    names = {config.get(f"module_{end}_name") for end in ("input", "output")}
    if names - {None, "sentence_embedding"}:
        return None
    if kind == "Normalize":
        return Normalize()
    weights = folder / "model.safetensors"
    activation = ACTIVATIONS.get(config.get("activation_function", ""))
    if kind != "Dense" or config.get("use_residual") or not weights.is_file() or not activation:
        return None
    from safetensors.torch import load_file

    linear = nn.Linear(config["in_features"], config["out_features"], config.get("bias", True))
    linear.load_state_dict(
        {name.removeprefix("linear."): value.float() for name, value in load_file(weights).items()}
    )
    return nn.Sequential(linear, activation())


def _by_library(folder: Path, normalize: bool | None, prompt: str) -> TextModel:
    with quiet_transformers():
        try:
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, trust_remote_code=False
            ).float()
        except Exception as error:
            raise unreadable(folder, error) from error
    last = list(model._modules)[-1]
    if normalize is False and type(model[int(last)]).__name__ == "Normalize":
        del model._modules[last]
    tokenizer = model.tokenizer
    if not hasattr(tokenizer, "model_input_names"):
        raise InputError(
            f"{folder.name} has a tokenizer of its own kind, {type(tokenizer).__name__}",
            key="model",
            remedy="name a model with a transformer",
        )
    network: nn.Module = LibraryNetwork(model)
    if normalize:
        network = nn.Sequential(network, Normalize())
    limit = model.max_seq_length
    return TextModel(network, tokenizer, _bounded(limit), None, prompt)


def _positions(model: Any, tokenizer: Any) -> int | None:
    """Return how many tokens the model has positions for; None without a bound."""
    positions = getattr(model.config, "max_position_embeddings", None)
    bounds = [_bounded(tokenizer.model_max_length)]
    if isinstance(positions, int) and positions > 0:
        # RoBERTa and its kin count positions from the padding token's number on.
        offset = getattr(getattr(model, "embeddings", None), "padding_idx", None)
        bounds.append(positions if offset is None else positions - offset - 1)
    known = [bound for bound in bounds if bound is not None]
    return min(known) if known else None


def _bounded(length: Any) -> int | None:
    return int(length) if length is not None and length < UNLIMITED else None


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise unreadable(path, error) from error
    return value if isinstance(value, dict) else {}
