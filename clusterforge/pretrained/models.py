"""Pre-trained models, read from a folder by ``transformers`` and ``sentence-transformers``.

Public: a plugin with weights of its own may read them as the built-in encoders do.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, Encoder, State
from clusterforge.contracts.corpus import P
from clusterforge.errors import InputError
from clusterforge.hub.contents import content_digest

M = TypeVar("M")
PoolingMode = Literal["mean", "cls", "max"]

UNLIMITED = 10**9
LOCAL: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}


class PretrainedEncoder(Encoder[P], Generic[P, M]):
    """An encoder whose weights stay in the folder that they were read from."""

    _expected: str | None = None
    _model: M | None = None

    @abstractmethod
    def folder(self) -> Path:
        """Return the folder of the model, found or downloaded."""

    @abstractmethod
    def read(self, folder: Path) -> M:
        """Read the model in a folder."""

    def verified_folder(self) -> Path:
        """Return the folder, once its content is that of the fit."""
        folder = self.folder()
        if self._expected not in (None, content_digest(folder)):
            raise InputError(
                f"the model in {folder} is not the one that was used before",
                key="model",
                remedy="restore the earlier weights, or run again",
            )
        return folder

    def _ready(self) -> M:
        if self._model is None:
            self._model = self.read(self.verified_folder())
        return self._model

    def state(self) -> State:
        """Return which model it was; the weights stay where they are."""
        return State(meta={"weights": content_digest(self.folder())})

    def restore(self, state: State) -> None:
        """Remember which weights are expected; they are compared when they are read."""
        self._expected = state.meta["weights"]


@contextmanager
def inference(context: Context) -> Iterator[None]:
    """Run networks without gradient, under autocast where the context's precision is bfloat16."""
    device, half = torch.device(context.device).type, context.precision == "bfloat16"
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=half):
        yield


def ready_on(network: nn.Module, device: torch.device) -> nn.Module:
    """Return a network on a device in evaluation mode; one that is so already costs nothing.

    To ask every part of a network costs a tenth of the time of one short text.
    """
    first = next(network.parameters(), None)
    if first is None or first.device != device:
        network.to(device)
    return network.eval() if network.training else network


class TextNetwork(nn.Module):
    """A ``SentenceTransformer`` as a function: a dict of token tensors in, (b, d) out.

    Parameters
    ----------
    model
        The ``SentenceTransformer``.
    normalize
        Whether rows are scaled to length 1 at the end.
    prompt_length
        Tokens of the prompt before each text, which some models leave out of their pooling.
    """

    def __init__(self, model: Any, normalize: bool, prompt_length: int | None) -> None:
        super().__init__()
        self.model, self.normalize, self.prompt_length = model, normalize, prompt_length

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the embedding of tokenised texts: float32 (b, d)."""
        features: dict[str, object] = {**inputs, "modality": "text"}
        if self.prompt_length is not None:
            features["prompt_length"] = self.prompt_length
        embedding: Tensor = self.model(features)["sentence_embedding"].float()
        embedding = embedding[:, : self.model.truncate_dim]
        return nn.functional.normalize(embedding, dim=-1) if self.normalize else embedding


@dataclass(frozen=True)
class TextModel:
    """A network over texts with what is needed to feed it.

    Parameters
    ----------
    network
        Called with a dict of token tensors, it gives (b, d).
    tokenizer
        A ``PreTrainedTokenizerBase``.
    max_length
        Tokens kept of a text, special ones included; None keeps all.
    prompt
        What stands before each text.
    unit
        Whether embeddings have length 1.
    """

    network: nn.Module
    tokenizer: Any
    max_length: int | None
    prompt: str = ""
    unit: bool = False


def read_sentence_transformer(
    folder: Path,
    normalize: bool | None = None,
    prompt: str | None = None,
    max_length: int | None = None,
) -> TextModel:
    """Read a model of ``sentence-transformers``, with all its modules and settings.

    Parameters
    ----------
    folder
        The model. One without ``modules.json`` is a transformer with mean pooling.
    normalize
        True: rows of length 1. False: without the model's own last normalisation. None: as the
        model has it.
    prompt
        Put before each text; None: the model's own default prompt.
    max_length
        Tokens kept of a text; None: as many as the model says, and has positions for.

    Raises
    ------
    InputError
        Where the folder is no model that the library can read without running code that comes with
        it, or lacks weights (``key`` is ``model``), or has fewer positions (``max_length``).
    """

    def load() -> Any:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Normalize

        model = SentenceTransformer(str(folder), device="cpu", **LOCAL)
        if normalize is False and isinstance(model[-1], Normalize):
            model.pop(-1)
        return model

    return _text_model(folder, load, bool(normalize), prompt, max_length)


def read_transformer(
    folder: Path, mode: PoolingMode, normalize: bool, max_length: int | None = None
) -> TextModel:
    """Read a plain transformer and pool its last hidden states; of one with a decoder, its encoder.

    Raises
    ------
    InputError
        As for :func:`read_sentence_transformer`.
    """

    def load() -> Any:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

        first = Transformer(
            str(folder),
            model_kwargs=dict(LOCAL),
            processor_kwargs=dict(LOCAL),
            config_kwargs=dict(LOCAL),
        )
        pooling = Pooling(first.get_embedding_dimension(), mode)
        return SentenceTransformer(modules=[first, pooling], device="cpu")

    return _text_model(folder, load, normalize, "", max_length)


def _text_model(
    folder: Path,
    load: Callable[[], Any],
    normalize: bool,
    prompt: str | None,
    max_length: int | None,
) -> TextModel:
    from sentence_transformers.sentence_transformer.modules import Normalize

    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # parts without weights, such as an unused pooler
        try:
            model = load().float().eval()
            tokenizer = model.tokenizer
        except MemoryError:
            raise
        except Exception as error:
            raise unreadable(folder, error) from error
    if not hasattr(tokenizer, "model_input_names"):
        raise InputError(
            f"{folder.name} has a custom tokenizer, {type(tokenizer).__name__}",
            key="model",
            remedy="name a model with a transformer",
        )
    first = model[0]
    require_weights(first.model)
    if first.model.config.is_encoder_decoder and hasattr(first.model, "decoder"):
        first.model = first.model.get_encoder()
    text = model.prompts.get(model.default_prompt_name or "", "") if prompt is None else prompt
    length = model.preprocess([""], prompt=text).get("prompt_length") if text else None
    kept = _kept_tokens(first.model, model.max_seq_length, max_length)
    unit = normalize or (isinstance(model[-1], Normalize) and model.truncate_dim is None)
    return TextModel(TextNetwork(model, normalize, length), tokenizer, kept, text, unit)


def _kept_tokens(transformer: Any, limit: int | None, wanted: int | None) -> int | None:
    """Return the tokens kept of a text: as many as wanted, or as the model says and can read."""
    bounds = [] if limit is None or limit >= UNLIMITED else [limit]
    positions = getattr(transformer.config, "max_position_embeddings", None)  # T5 has none
    if isinstance(positions, int) and positions > 0:
        # RoBERTa and its kin count positions from the padding token's number on.
        offset = getattr(getattr(transformer, "embeddings", None), "padding_idx", None)
        positions = positions if offset is None else positions - offset - 1
        bounds.append(positions)
        if wanted is not None and wanted > positions:
            raise InputError(
                f"the model reads at most {positions} tokens, not {wanted}",
                key="max_length",
                remedy=f"set {positions} or less, or leave it out",
            )
    return min(bounds, default=None) if wanted is None else wanted


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries from writing bars and notes, and put their settings back."""
    from transformers.utils import logging as notes

    logger = logging.getLogger("sentence_transformers")
    level, verbosity, bars = logger.level, notes.get_verbosity(), notes.is_progress_bar_enabled()
    logger.setLevel(logging.CRITICAL)
    notes.set_verbosity(notes.CRITICAL)
    notes.disable_progress_bar()
    try:
        yield
    finally:
        logger.setLevel(level)
        notes.set_verbosity(verbosity)
        if bars:
            notes.enable_progress_bar()


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
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            model, info = family.from_pretrained(folder, **LOCAL, output_loading_info=True)
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
