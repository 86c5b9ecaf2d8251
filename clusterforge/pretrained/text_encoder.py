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
from clusterforge.pretrained.text_network import TextModel


class TextEncoder(Encoder[P]):
    """A frozen text encoder that another encoder may train as its backbone.

    ``batch``, ``max_length`` and ``prompt`` are read from the parameters where these have them.
    """

    def __init__(self, params: P) -> None:
        super().__init__(params)
        self._model: TextModel | None = None
        self._expected: str | None = None

    @abstractmethod
    def folder(self) -> Path:
        """Return the folder of the model, found or downloaded."""

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
            max_length=self._max_length(model),
            batch=getattr(self.params, "batch", None),
            prompt=self._prompt(model),
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
            max_length=self._max_length(model),
            prompt=self._prompt(model),
        ).batch

    def state(self) -> State:
        """Return which model it was; the weights stay where they are."""
        name = getattr(self.params, "model", self.folder().name)
        return State(meta={"model": name, "weights": content_digest(self.folder())})

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

    def _max_length(self, model: TextModel) -> int | None:
        return model.max_length(getattr(self.params, "max_length", None))

    def _prompt(self, model: TextModel) -> str:
        prompt = getattr(self.params, "prompt", None)
        return model.prompt if prompt is None else str(prompt)
