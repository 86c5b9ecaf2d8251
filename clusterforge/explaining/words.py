"""The words and phrases that tell a cluster of texts from others, in any language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
from clusterforge.texts.function_words import FUNCTION_WORDS, NEGATIONS
from clusterforge.texts.lexicon import word_starts
from clusterforge.texts.scripts import COMPOSED, HAN, UNSPACED

SHOWN = 12
CUT, BUDGET = 2_000, 40_000_000
LONGEST = 40
LIFT = 2.0
SUPPORT = 200
EVERYWHERE = 0.3
HELD = 0.1  # of the texts with the most frequent word
HALF, RISING = 0.5, 1.25
CANDIDATES = 200
SIBLINGS = 0.15
MANY, COMMON, EVEN = 8, 0.01, 0.5
CHUNK = 8_192
WINDOW = 110  # tokens, as Röder et al. 2015 have it for C_V
# Markup, entities (also with their ampersand lost) and addresses are no words.
NO_WORDS = (
    r"<[^<>]{1,500}>|&?lt;/?[a-z][^<>]{0,500}?&?gt;|&#?[0-9a-z]{1,8};|(#[0-9]{1,6}|quot|amp|lt|gt);"
    r"|(https?://|www\.)\S+"
)
UNIT = rf"({UNSPACED}\p{{M}}*)"
APART = rf"({UNSPACED}\p{{M}}*)\s+"  # a space there ends a phrase
PUNCTUATION = r"[^\p{L}\p{M}\p{N}\s'’-]+"  # no pair goes across it
BETWEEN = r"[^\p{L}\p{M}\p{N}-]+"  # hyphens are looked at in each word
NUMBER = r"^\p{N}+$"


Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Occurrences:
    """Where the words of long texts stand, text by text.

    Parameters
    ----------
    text, word, place
        int64 (o,): the text and the word, as in the vocabulary, and the token of the text where it begins.
    """

    text: IntArray
    word: IntArray
    place: IntArray


@dataclass(frozen=True)
class Vocabulary:
    """Which of some texts hold which words and phrases of up to three neighbouring words.

    Parameters
    ----------
    rows
        int64 (m,): the texts that were read.
    words
        The words, then the phrases, each with its words joined.
    parts
        int64 (words, 3): the words of each, -1 where it has fewer.
    holds
        Sparse (m, words), 1 where a text holds a word.
    lengths
        int64 (m,): tokens of each text, those that are no words of the vocabulary among them.
    occurrences
        Where words stand in the texts of more tokens than a window has.
    """

    rows: IntArray
    words: list[str]
    parts: IntArray
    holds: Any
    lengths: IntArray
    occurrences: Occurrences

    def of_clusters(
        self, code: IntArray, clusters: IntArray, near: Sequence[IntArray] | None = None
    ) -> list[tuple[Word, ...]]:
        """Return the words of some clusters, by falling score.

        A word counts once a text. Its score is the share of the cluster's texts that hold it, times
        how many times more often they do than other texts, as log2 (half a text added to both): 0.85
        of that against all other texts and 0.15 against those of the nearest clusters. Of the measures
        tried, class-based TF-IDF among them, it finds most of the words by which people call a class.
        What is not twice as common as elsewhere is dropped: that sorts out what is common everywhere,
        in any language. So does how evenly a frequent word lies over many clusters. What ten times
        fewer texts hold than the most frequent word, such as a misspelling, is left out.

        Parameters
        ----------
        code
            int64 (n,): the position of the cluster of every text, -1 for noise.
        clusters
            Positions of the clusters that are wanted.
        near
            For each of them the positions of the nearest clusters; default: none.
        """
        code = code[self.rows]
        classes, place, sizes = np.unique(code, return_inverse=True, return_counts=True)
        m = len(code)
        member = sparse.csr_matrix((np.ones(m), (place, np.arange(m))), (len(classes), m))
        counts = (member @ self.holds).tocsr()
        everywhere = np.asarray(self.holds.sum(axis=0)).ravel()
        even = self._even(counts, sizes, everywhere)
        position = {int(c): i for i, c in enumerate(classes)}
        words: list[tuple[Word, ...]] = []
        for number, cluster in enumerate(clusters):
            i = position.get(int(cluster))
            if i is None or sizes[i] == m:  # not in the sample, or nothing to tell it from
                words.append(())
                continue
            here, there = counts[i].indices, counts[i].data
            siblings = [
                position[c] for c in (near[number].tolist() if near else ()) if c in position
            ]
            lift = _lift(there, sizes[i], everywhere[here] - there, m - sizes[i])
            strength = np.log2(lift)
            if siblings:
                beside = np.asarray(counts[siblings].sum(axis=0)).ravel()[here]
                apart = np.log2(_lift(there, sizes[i], beside, sizes[siblings].sum()))
                strength = (1 - SIBLINGS) * strength + SIBLINGS * np.maximum(apart, 0)
            score = there / sizes[i] * strength
            good = (lift >= LIFT) & (there >= 1 + sizes[i] // SUPPORT) & ~even[here]
            rising = set(here[lift >= RISING].tolist())
            order = sorted(
                np.flatnonzero(good).tolist(), key=lambda j: (-score[j], self.words[here[j]])
            )[:CANDIDATES]
            rows = {int(here[j]): int(there[j]) for j in order}
            scores = {int(here[j]): float(score[j]) for j in order}
            best = self._without_repeats(rows, rising)
            least = HELD * max((rows[w] for w in best), default=0)
            words.append(
                tuple(
                    Word(word=self.words[w], score=round(scores[w], 6), rows=rows[w])
                    for w in [
                        w for w in best if rows[w] >= least and self.words[w] not in NEGATIONS
                    ][:SHOWN]
                )
            )
        return words

    def _even(self, counts: Any, sizes: IntArray, everywhere: Floats) -> Bools:
        """Return which words and phrases begin or end with one that lies evenly over the clusters.

        That is a word of at least one text in a hundred whose shares of the clusters' texts have the
        perplexity of more than half of the clusters. Few clusters can't tell: then none is.
        """
        even = np.zeros(len(self.words), dtype=bool)
        if len(sizes) < MANY:
            return even
        common = np.flatnonzero((self.parts[:, 1] < 0) & (everywhere >= COMMON * len(self.rows)))
        share = counts[:, common].toarray() / sizes[:, None]  # (clusters, common)
        share /= share.sum(axis=0)
        entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=0)
        even[common] = np.exp(entropy) > EVEN * len(sizes)
        last = np.take_along_axis(self.parts, (self.parts >= 0).sum(axis=1)[:, None] - 1, axis=1)
        return even[self.parts[:, 0]] | even[last[:, 0]]

    def _without_repeats(self, rows: dict[int, int], rising: set[int]) -> list[int]:
        """Return the words in their order; a phrase takes the place of a part that it mostly is.

        Its first and last word must be more frequent here than elsewhere: no "in baghdad".
        """
        place = {self._of(word): word for word in rows}
        replaced: set[int] = set()
        phrases: set[int] = set()
        for word, held in rows.items():
            own = self._of(word)
            if len(own) == 1 or not rising.issuperset((own[0], own[-1])):
                continue
            shorter = [own[i:j] for i in range(len(own)) for j in range(i + 1, len(own) + 1)]
            parts = [place[part] for part in shorter if part != own and part in place]
            mostly = {part for part in parts if held >= HALF * rows[part]}
            if mostly and not replaced.intersection(parts):
                phrases.add(word)
                replaced |= mostly
        return [w for w in rows if w not in replaced and (w in phrases or len(self._of(w)) == 1)]

    def _of(self, word: int) -> tuple[int, ...]:
        return tuple(part for part in self.parts[word].tolist() if part >= 0)


def _lift(inside: Any, size: Any, outside: Any, others: Any) -> Any:
    """Return how many times more often one group of texts holds a word than another."""
    return ((inside + 0.5) / (size + 1)) / ((outside + 0.5) / (others + 1))


def vocabulary(items: Items) -> Vocabulary:
    """Read the words of texts.

    Function words of some languages are no words by themselves, and no phrase begins or ends with one
    or with what stands in a third of all texts; inside of a phrase they may stand. A phrase of two words
    needs two texts that hold it, one of three words three.

    Of each text the first 2,000 characters are read; of more than 40 million characters in all, the
    evenly spaced texts that make up so many.
    """
    rows, texts = _sample(items)
    spread = pc.utf8_normalize(pc.utf8_lower(texts), form="NFKC")
    spread = pc.replace_substring_regex(spread, NO_WORDS, " . ")
    if pc.any(pc.match_substring_regex(spread, UNSPACED)).as_py():
        for apart, composed in COMPOSED.items():
            spread = pc.replace_substring(spread, apart, composed)
        spread = pc.replace_substring_regex(spread, APART, r"\1 . ")
        spread = pc.replace_substring_regex(spread, UNIT, r" \1 ")
    phrases, text_of = _split(spread, PUNCTUATION)
    tokens, phrase_of = _apart(*_split(phrases, BETWEEN))
    size = pc.utf8_length(tokens).to_numpy()
    usable = (size > 0) & (size <= LONGEST)
    tokens, phrase_of = tokens.filter(pa.array(usable)), phrase_of[usable]
    coded, phrase_of = _with_lexicon(tokens.dictionary_encode(), phrase_of)
    text_of = text_of[phrase_of]
    lengths = np.bincount(text_of, minlength=len(rows))
    place = np.arange(len(text_of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    long = lengths > WINDOW
    words: list[str] = coded.dictionary.to_pylist()
    word_of = coded.indices.to_numpy().astype(np.int64)
    single = pc.utf8_length(coded.dictionary).to_numpy() == 1
    unspaced, fragment, han, number = (
        pc.match_substring_regex(coded.dictionary, pattern).to_numpy(zero_copy_only=False)
        for pattern in (UNSPACED, f"^{UNIT}$", f"^{HAN}$", NUMBER)
    )
    is_word = ~number & (~single | unspaced)

    content = is_word & np.array([word not in FUNCTION_WORDS for word in words], dtype=bool)
    content &= ~fragment | han
    real = content[word_of]
    holds = [_holds(text_of[real], word_of[real], len(rows), len(words))]
    far = np.flatnonzero(real & long[text_of])
    standing = [np.stack([text_of[far], word_of[far], place[far]])]
    rare = np.asarray(holds[0].sum(axis=0)).ravel() <= max(1.0, EVERYWHERE * len(rows))
    edge = content & rare & ~fragment
    parts = [np.stack([np.arange(len(words)), *2 * [np.full(len(words), -1)]], axis=1)]
    glue = ["" if one else " " for one in unspaced.tolist()]
    for width in (2, 3):
        ends = len(word_of) - width + 1
        at = np.flatnonzero(
            (phrase_of[width - 1 :] == phrase_of[: max(0, ends)])
            & edge[word_of[: max(0, ends)]]
            & edge[word_of[width - 1 :]]
        )
        at = at[is_word[word_of[at + 1]]]
        keys = np.zeros(len(at), np.int64)
        for i in range(width):
            keys = keys * len(parts[0]) + word_of[at + i]
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        held = _holds(text_of[at], which, len(rows), len(first))
        several = np.flatnonzero(np.asarray(held.sum(axis=0)).ravel() >= width)
        number = np.full(len(first), -1)
        number[several] = len(words) + np.arange(len(several))
        far = np.flatnonzero((number[which] >= 0) & long[text_of[at]])
        standing.append(np.stack([text_of[at[far]], number[which[far]], place[at[far]]]))
        found = np.full((len(several), 3), -1)
        found[:, :width] = word_of[at[first[several]][:, None] + np.arange(width)]
        for own in found[:, :width].tolist():
            pieces = [words[own[0]]]
            for before, after in pairwise(own):
                pieces += [" " if glue[before] or glue[after] else "", words[after]]
            words.append("".join(pieces))
        holds.append(held[:, several])
        parts.append(found)
    text, word, start = np.concatenate(standing, axis=1)
    order = np.argsort(text, kind="stable")
    return Vocabulary(
        rows,
        words,
        np.concatenate(parts),
        sparse.hstack(holds, format="csr"),
        lengths,
        Occurrences(text[order], word[order], start[order]),
    )


def _with_lexicon(tokens: pa.DictionaryArray, phrase_of: IntArray) -> tuple[Any, IntArray]:
    """Return the tokens with those of scripts without spaces joined to words, and the phrase of each."""
    unspaced = pc.match_substring_regex(tokens.dictionary, f"^{UNIT}$")
    word_of = tokens.indices.to_numpy().astype(np.int64)
    unit = unspaced.to_numpy(zero_copy_only=False)[word_of]
    if not unit.any():
        return tokens, phrase_of
    # A run is a stretch of units in a phrase with no other word between.
    run = np.cumsum((np.diff(phrase_of, prepend=-1) != 0) | (np.diff(unit, prepend=False)))
    begins = np.ones(len(unit), dtype=bool)
    begins[unit] = word_starts(word_of[unit], run[unit])
    starts = np.flatnonzero(begins)
    offsets = pa.array(np.append(starts, len(begins)), pa.int32())
    parts = pa.ListArray.from_arrays(offsets, tokens.cast(pa.string()))
    return pc.binary_join(parts, "").dictionary_encode(), phrase_of[starts]


def _apart(tokens: pa.Array, phrase_of: IntArray) -> tuple[pa.Array, IntArray]:
    """Return the tokens with hyphens between words taken apart, and the phrase of each.

    A hyphenated word stays whole where it would lose a part: where one is no word by itself, and where
    most of all that hold one are this word, as those of "factor" may be "two-factor".
    """
    if not pc.any(pc.match_substring(tokens, "-")).as_py():
        return tokens, phrase_of
    coded = tokens.dictionary_encode()
    every = [[part for part in token.split("-") if part] for token in coded.dictionary.to_pylist()]
    times = np.bincount(coded.indices.to_numpy(), minlength=len(every)).tolist()
    held: Counter[str] = Counter()
    for parts, n in zip(every, times, strict=True):
        for part in set(parts):
            held[part] += n
    for parts, n in zip(every, times, strict=True):
        words = [p for p in parts if len(p) > 1 and p not in FUNCTION_WORDS and not p.isnumeric()]
        if words and (len(words) < len(parts) or any(n > HALF * held[p] for p in words)):
            parts[:] = ["-".join(parts)]
    lists = pa.array(every, pa.list_(pa.string())).take(coded.indices)
    return pc.list_flatten(lists), phrase_of[pc.list_parent_indices(lists).to_numpy()]


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
