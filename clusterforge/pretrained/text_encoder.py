"""The base of encoders that send texts through a pre-trained transformer.

The smallest complete one, with weights from its own package::

    class Tiny(TextEncoder[TinyParams]):
        def folder(self):
            return Path(my_package.__file__).parent / "model"

        def read(self, folder):
            return read_sentence_transformer(folder)
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path

from torch import Tensor, nn

from clusterforge.contracts import Context, Encoder, FloatArray, IntArray, Items, State, View
from clusterforge.contracts.corpus import P
from clusterforge.errors import InputError
from clusterforge.hub.contents import content_digest
from clusterforge.pretrained.text_batches import encode_texts, tokenize_all
from clusterforge.pretrained.text_model import TextModel


class TextEncoder(Encoder[P]):
    """A frozen text encoder that another encoder may train as its backbone."""

    def __init__(self, params: P) -> None:
        super().__init__(params)
        self._model: TextModel | None = None
        self._expected: str | None = None

    @abstractmethod
    def folder(self) -> Path:
        """Return the folder of the model, found or downloaded."""

    @property
    def batch(self) -> int | None:
        """Texts of mean length in a step; None: as many as suit the device."""
        return None

    @abstractmethod
    def read(self, folder: Path) -> TextModel:
        """Read the model in a folder."""

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of the texts: float32 (n, d)."""
        model = self._ready()
        return encode_texts(
            model.network,
            model.tokenizer,
            view.items,
            context,
            max_length=model.max_length,
            batch=self.batch,
            prompt=model.prompt,
        )

    def module(self) -> nn.Module:
        """Return the network: a dict of token tensors in, (b, d) out."""
        return self._ready().network

    def inputs(self, items: Items) -> Callable[[IntArray], dict[str, Tensor]]:
        """Return a function from rows to the network's input; texts are tokenised once."""
        model = self._ready()
        return tokenize_all(
            model.tokenizer,
            items,
            max_length=model.max_length,
            prompt=model.prompt,
        ).batch

    def state(self) -> State:
        """Return which model it was; the weights stay where they are."""
        return State(meta={"weights": content_digest(self.folder())})

    def restore(self, state: State) -> None:
        """Remember which weights are expected; they are compared when they are read."""
        self._expected = state.meta["weights"]

    def _ready(self) -> TextModel:
        if self._model is None:
            folder = self.folder()
            if self._expected not in (None, content_digest(folder)):
                raise InputError(
                    f"the model in {folder} is not the one that was used before",
                    key="model",
                    remedy="put the earlier weights back, or run again",
                )
            self._model = self.read(folder)
        return self._model
