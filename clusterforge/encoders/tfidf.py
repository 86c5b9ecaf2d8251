"""Terms weighted by how rare they are, reduced by truncated SVD if wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.frozen_encoders import TfidfParams
from clusterforge.contracts import Context, Encoder, FloatArray, Shortfall, State, View
from clusterforge.encoders.unknown_terms import Counted, Usual, Watched
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import blocks
from clusterforge.texts.scripts import plain
from clusterforge.texts.terms import Terms

MIB = 2**20


class Tfidf(Encoder[TfidfParams]):
    """scikit-learn's ``TfidfVectorizer`` on terms in any script.

    Rows have length 1, and are zero for a text without known terms.

    With ``components``, the rows are projected on the leading right singular vectors, found by
    ARPACK to machine precision, so that the seed does not matter.

    Raises
    ------
    InputError
        From ``fit``, where no term is left, where there are fewer terms or texts than components,
        or where the dense embedding is larger than ``memory``.
    """

    _empty = 0
    _ready: Any = None
    _watched: Watched | None = None

    def fit(self, view: View, context: Context) -> None:
        """Learn vocabulary, weights and components from the train split."""
        texts = _texts(view)
        counted = Counted(self._analyzer())
        vectorizer = self._vectorizer(counted, None)
        try:
            counts = vectorizer.fit_transform(texts)
        except ValueError as error:
            raise self._no_terms(error) from error
        self._terms = [str(term) for term in vectorizer.get_feature_names_out()]
        self._idf = vectorizer.idf_.astype(np.float32)
        least = self.params.min_df
        self._usual = Usual.of(
            counts, counted.sizes, least if isinstance(least, int) else least * len(texts)
        )
        self._components: FloatArray | None = None
        if self.params.components is not None:
            self._components = self._reduce(counts, self.params.components)
        self._ready, self._watched = None, None

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the weighted terms, or their projection: float32 (n, terms or components)."""
        texts = _texts(view)
        width = len(self._terms) if self._components is None else len(self._components)
        self._afford(len(texts), width)
        self._empty = 0
        if self._watched is not None:
            self._watched.reset()
        if not texts:  # which the library refuses
            return np.empty((0, width), dtype=np.float32)
        if self._ready is None:
            self._watched = Watched(self._analyzer(), self._terms, self._usual)
            self._ready = self._vectorizer(self._watched, self._terms)
            self._ready.idf_ = self._idf
        weighted = self._ready.transform(texts)
        self._empty = int((np.diff(weighted.indptr) == 0).sum())
        result = np.empty((len(texts), width), dtype=np.float32)
        for block in blocks(len(texts), len(self._terms)):
            part = weighted[block]
            result[block] = (
                part.toarray() if self._components is None else part @ self._components.T
            )
            context.progress(block.stop, len(texts), "weighting terms")
        return result

    def shortfalls(self) -> tuple[Shortfall, ...]:
        """Return how many texts hold no known term, and how many unusually many unknown ones."""
        problem = "without a known term, and all zero in the embedding"
        empty = (Shortfall(self._empty, problem),) if self._empty else ()
        return (*empty, *(self._watched.shortfalls() if self._watched else ()))

    def state(self) -> State:
        """Return the terms, their weights (terms,) and the components (k, terms): float32; what is usual."""
        arrays: dict[str, npt.NDArray[Any]] = {"idf": self._idf}
        if self._components is not None:
            arrays["components"] = self._components
        return State(arrays, {"terms": self._terms, "usual": vars(self._usual)})

    def restore(self, state: State) -> None:
        """Take up terms, weights, components and what is usual."""
        self._terms, self._idf = list(state.meta["terms"]), state.arrays["idf"]
        self._components = state.arrays.get("components")
        self._usual = Usual(**state.meta["usual"])
        self._ready, self._watched = None, None

    def _analyzer(self) -> Terms:
        params = self.params
        return Terms(params.analyzer, params.ngrams, params.characters, _stops(params))

    def _vectorizer(self, analyzer: Callable[[str], list[str]], terms: list[str] | None) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        params = self.params
        return TfidfVectorizer(
            max_features=params.max_features,
            min_df=params.min_df,
            max_df=params.max_df,
            analyzer=analyzer,
            sublinear_tf=params.sublinear,
            vocabulary=terms,
            dtype=np.float32,
        )

    def _no_terms(self, error: ValueError) -> InputError:
        if "max_df corresponds" in str(error):
            return InputError(
                "a term would have to be in more texts than max_df allows",
                key="min_df",
                remedy="lower it, or raise max_df",
            )
        pruned = "pruning" in str(error)
        return InputError(
            "no term is left of the texts",
            key="min_df" if pruned else None,
            remedy="lower min_df or raise max_df" if pruned else "the texts contain no words",
        )

    def _reduce(self, counts: Any, components: int) -> FloatArray:
        from sklearn.decomposition import TruncatedSVD

        most = min(counts.shape) - 1
        if components > most:
            raise InputError(
                f"{counts.shape[0]} texts with {counts.shape[1]} terms have at most {most} components",
                key="components",
                remedy=f"set {most} or less" if most else "leave it out",
            )
        svd = TruncatedSVD(components, algorithm="arpack", random_state=0).fit(counts)
        return np.ascontiguousarray(svd.components_, dtype=np.float32)

    def _afford(self, rows: int, width: int) -> None:
        size = rows * width * 4 / MIB
        if size > self.params.memory:
            raise InputError(
                f"{rows:,} texts of {width:,} terms take {size:,.0f} MiB, more than "
                f"{self.params.memory:,}",
                key="max_features",
                remedy="lower it, set components, or raise memory",
            )


def _stops(params: TfidfParams) -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    if isinstance(params.stop_words, str):
        return ENGLISH_STOP_WORDS if params.stop_words == "english" else frozenset()
    return frozenset(map(plain, params.stop_words))


def _texts(view: View) -> list[str]:
    return [str(text) for text in view.items.take(np.arange(len(view)))]
