"""The words of a cluster of texts, by class-based TF-IDF, in any language."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from clusterforge.contracts import IntArray, Items
from clusterforge.explaining.selection import spaced
from clusterforge.runs.records import Word

SHOWN = 12
CUT, BUDGET = 2_000, 40_000_000
LONGEST = 40
LIFT = 2.0
SUPPORT = 200
EVERYWHERE = 0.3
HALF, RISING = 0.5, 1.25
CANDIDATES = 200
CHUNK = 8_192
# Markup, entities (also with their ampersand lost) and addresses are no words.
NO_WORDS = (
    r"<[^<>]{1,500}>|&?lt;/?[a-z][^<>]{0,500}?&?gt;|&#?[0-9a-z]{1,8};|(#[0-9]{1,6}|quot|amp|lt|gt);"
    r"|(https?://|www\.)\S+"
)
UNSPACED = r"(\p{Han}|\p{Hiragana})"  # written without spaces: every character by itself
PUNCTUATION = r"[^\p{L}\p{M}\p{N}\s'’-]+"  # no pair goes across it
BETWEEN = r"[^\p{L}\p{M}\p{N}]+"
NUMBER = r"^\p{N}+$"


@dataclass(frozen=True)
class Vocabulary:
    """Which of some texts hold which words and pairs of neighbouring words.

    Parameters
    ----------
    rows
        int64 (m,): the texts that were read.
    words
        The words, then the pairs, each with its words joined.
    pairs
        int64 (p, 2): the two words of each pair.
    holds
        Sparse (m, words), 1 where a text holds a word.
    """

    rows: IntArray
    words: list[str]
    pairs: IntArray
    holds: Any

    def of_clusters(self, code: IntArray, clusters: IntArray) -> list[tuple[Word, ...]]:
        """Return the words of some clusters, by falling score.

        With f the texts that hold a word, f_c those of them in cluster c, and A the mean number of
        words in a class (a word counts once a text; noise is a class), the class-based TF-IDF is
        f_c / Σ f_c · log(1 + A / f). With few clusters that leaves stop words on top, so it is
        multiplied by log2 of how many times more often a text of the cluster holds the word than
        another text (half a text added to both), and dropped under twice as often: that sorts out
        what is common everywhere, in any language.

        Parameters
        ----------
        code
            int64 (n,): the position of the cluster of every text, -1 for noise.
        clusters
            Positions of the clusters that are wanted.

        References
        ----------
        Grootendorst, "BERTopic: neural topic modeling with a class-based TF-IDF procedure", 2022,
        section 3.3; there a word counts as often as it stands in a text.
        """
        code = code[self.rows]
        classes, place, sizes = np.unique(code, return_inverse=True, return_counts=True)
        m = len(code)
        member = sparse.csr_matrix((np.ones(m), (place, np.arange(m))), (len(classes), m))
        counts = (member @ self.holds).tocsr()
        everywhere = np.asarray(self.holds.sum(axis=0)).ravel()
        average = everywhere.sum() / max(1, len(classes))
        position = {int(c): i for i, c in enumerate(classes)}
        words: list[tuple[Word, ...]] = []
        for cluster in clusters:
            i = position.get(int(cluster))
            if i is None or sizes[i] == m:  # not in the sample, or nothing to tell it from
                words.append(())
                continue
            here, there = counts[i].indices, counts[i].data
            inside = (there + 0.5) / (sizes[i] + 1)
            outside = (everywhere[here] - there + 0.5) / (m - sizes[i] + 1)
            score = there / max(1.0, there.sum()) * np.log1p(average / everywhere[here])
            lift = inside / outside
            score *= np.log2(lift)
            good = (lift >= LIFT) & (there >= 1 + sizes[i] // SUPPORT)
            rising = set(here[lift >= RISING].tolist())
            order = sorted(
                np.flatnonzero(good).tolist(), key=lambda j: (-score[j], self.words[here[j]])
            )[:CANDIDATES]
            rows = {int(here[j]): int(there[j]) for j in order}
            scores = {int(here[j]): float(score[j]) for j in order}
            words.append(
                tuple(
                    Word(word=self.words[w], score=round(scores[w], 6), rows=rows[w])
                    for w in self._without_repeats(rows, rising)[:SHOWN]
                )
            )
        return words

    def _without_repeats(self, rows: dict[int, int], rising: set[int]) -> list[int]:
        """Return the words in their order; a pair takes the place of a word that it mostly is.

        Both words of a pair must be more frequent here than elsewhere: no "in baghdad".
        """
        first = len(self.words) - len(self.pairs)
        replaced: set[int] = set()
        pairs: set[int] = set()
        for word, held in rows.items():
            if word < first:
                continue
            parts = [int(part) for part in self.pairs[word - first]]
            if replaced.intersection(parts) or not rising.issuperset(parts):
                continue
            mostly = {part for part in parts if part in rows and held >= HALF * rows[part]}
            if mostly:
                pairs.add(word)
                replaced |= mostly
        return [w for w in rows if w in pairs or (w < first and w not in replaced)]


def vocabulary(items: Items) -> Vocabulary:
    """Read the words of texts.

    Of each text the first 2,000 characters are read; of more than 40 million characters in all, the
    evenly spaced texts that make up so many.
    """
    rows, texts = _sample(items)
    spread = pc.utf8_normalize(pc.utf8_lower(texts), form="NFKC")
    spread = pc.replace_substring_regex(spread, NO_WORDS, " . ")
    if pc.any(pc.match_substring_regex(spread, UNSPACED)).as_py():
        spread = pc.replace_substring_regex(spread, UNSPACED, r" \1 ")
    phrases, text_of = _split(spread, PUNCTUATION)
    tokens, phrase_of = _split(phrases, BETWEEN)
    size = pc.utf8_length(tokens).to_numpy()
    usable = (size > 0) & (size <= LONGEST)
    tokens, phrase_of = tokens.filter(pa.array(usable)), phrase_of[usable]
    text_of = text_of[phrase_of]
    coded = tokens.dictionary_encode()
    words: list[str] = coded.dictionary.to_pylist()
    word_of = coded.indices.to_numpy().astype(np.int64)
    single = pc.utf8_length(coded.dictionary).to_numpy() == 1
    unspaced = pc.match_substring_regex(coded.dictionary, UNSPACED).to_numpy(zero_copy_only=False)
    number = pc.match_substring_regex(coded.dictionary, NUMBER).to_numpy(zero_copy_only=False)
    is_word = ~number & (~single | unspaced)

    real = is_word[word_of]
    holds = _holds(text_of[real], word_of[real], len(rows), len(words))
    rare = np.asarray(holds.sum(axis=0)).ravel() <= max(1.0, EVERYWHERE * len(rows))
    rare &= is_word
    here = np.flatnonzero(
        (phrase_of[1:] == phrase_of[:-1]) & rare[word_of[1:]] & rare[word_of[:-1]]
    )
    keys, which = np.unique(word_of[here] * len(words) + word_of[here + 1], return_inverse=True)
    pair_holds = _holds(text_of[here], which, len(rows), len(keys))
    several = np.flatnonzero(np.asarray(pair_holds.sum(axis=0)).ravel() >= 2)
    pairs = np.stack(np.divmod(keys[several], max(1, len(words))), axis=1)
    for a, b in pairs.tolist():
        glue = "" if unspaced[a] and unspaced[b] else " "
        words.append(words[a] + glue + words[b])
    both = sparse.hstack([holds, pair_holds[:, several]], format="csr")
    return Vocabulary(rows, words, pairs, both)


def _split(texts: pa.Array, between: str) -> tuple[pa.Array, IntArray]:
    """Return the parts of some texts, and for each the text it is of: int64."""
    lists = pc.split_pattern_regex(texts, between)
    return pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy().astype(np.int64)


def _sample(items: Items) -> tuple[IntArray, pa.Array]:
    """Return some rows, and their texts cut and made fit for UTF-8."""
    parts: list[bytes] = []
    for start, stop in pairwise([*range(0, len(items), CHUNK), len(items)]):
        texts = items.take(np.arange(start, stop))
        parts += [str(text)[:CUT].encode("utf-8", "replace") for text in texts]
    total = sum(map(len, parts))
    rows = spaced(len(parts), len(parts) if total <= BUDGET else len(parts) * BUDGET // total)
    return rows, pa.array([parts[row] for row in rows], pa.binary()).cast(pa.string())


def _holds(rows: npt.NDArray[np.int64], columns: npt.NDArray[Any], n: int, width: int) -> Any:
    """Return a sparse (n, width) matrix with 1 at these places, however often they are named."""
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (n, width))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
