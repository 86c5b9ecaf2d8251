"""In which encoding bytes are: the one in which their letters are those of one language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CLEAR, FEWEST, AHEAD = 0.95, 5, 0.1
"""The share of letters that fit, how many there have to be, and how far behind others are."""
DIFFERENT = 6  # letters beyond ASCII, of which texts are misread and no list of signs
PLAUSIBLE = 0.7  # share of characters that fit, of texts that were read rightly
SAMPLE = 1 << 13  # bytes of lines that are looked at
LONGEST = 300  # characters of a text that tell whether it is plausible
COMMON = ("utf-8", "cp1252", "mac_roman", "cp850")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_OF_ONE_BYTE = (
    "cp1252",
    "latin_1",
    "cp1251",
    "koi8_r",
    "cp866",
    "cp437",
    "cp850",
    "mac_roman",
    "cp1250",
)
_OF_MORE = ("gb18030", "cp932", "cp949", "big5")
"""In which encodings texts of another are read by mistake."""


@dataclass(frozen=True)
class _Language:
    """A language, the encodings that its files have, and its letters beyond ASCII.

    Parameters
    ----------
    encodings
        The usual one first.
    letters
        Lower case.
    frequent
        Those of which most texts are, where an alphabet fills its encoding.
    """

    name: str
    encodings: tuple[str, ...]
    letters: str
    frequent: str = ""


_WEST = ("cp1252", "mac_roman", "cp850")
_EAST = ("cp1250", "cp852", "iso8859_2")
_CYRILLIC = ("cp1251", "koi8_r", "cp866")
_SIGNS = frozenset("’‘“”„–—…«»€£°©®™§·•º²³\u00a0¿¡")
_LANGUAGES = (
    _Language("German", _WEST, "äöüß"),
    _Language("French", _WEST, "àâæçéèêëîïôœùûü"),
    _Language("Spanish", _WEST, "áéíóúñü"),
    _Language("Portuguese", _WEST, "áâãàçéêíóôõú"),
    _Language("Italian", _WEST, "àèéìíòóùú"),
    _Language("Dutch", _WEST, "ëéèïóöü"),
    _Language("Danish or Norwegian", _WEST, "æøåéö"),
    _Language("Swedish or Finnish", _WEST, "åäöé"),
    _Language("Polish", _EAST, "ąćęłńóśźż"),
    _Language("Czech", _EAST, "áčďéěíňóřšťúůýž"),
    _Language("Slovak", _EAST, "áäčďéíĺľňóôŕšťúýž"),
    _Language("Hungarian", _EAST, "áéíóöőúüű"),
    _Language("Romanian", _EAST, "ăâîşţ"),
    _Language("Croatian or Slovenian", _EAST, "čćđšž"),
    _Language("Turkish", ("cp1254",), "çğıöşüâîİ"),
    _Language("Russian", _CYRILLIC, "абвгдежзийклмнопрстуфхцчшщъыьэюяё", "оеаинтсрвл"),
    _Language("Ukrainian", ("cp1251",), "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "оаинвтеірс"),
    _Language("Greek", ("cp1253",), "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ", "αοιετσνηυρ"),
    _Language("Hebrew", ("cp1255",), "אבגדהוזחטיךכלםמןנסעףפץצקרשת", "יוהלאתרבמש"),
    _Language("Arabic", ("cp1256",), "ابتثجحخدذرزسشصضطظعغفقكلمنهويىءأإآؤئة", "اليمونتربه"),
)


def named(data: bytes) -> tuple[str, str] | None:
    """Return the encoding that bytes are clearly in, and the language that tells; None where nothing does.

    Parameters
    ----------
    data
        Whole lines of a text, as :func:`sample` returns them.
    """
    if _decoded(data, "utf-8") is not None:
        return "utf-8", ""
    fits = {
        (e, one.name): _fit(_decoded(data, e), one) for one in _LANGUAGES for e in one.encodings
    }
    (encoding, language), best = max(fits.items(), key=lambda pair: pair[1])
    own = _decoded(data, encoding)
    others = [fit for (e, _), fit in fits.items() if _decoded(data, e) != own]
    if best > CLEAR and max(others) < best - AHEAD:
        return encoding, language
    return next(((e, name) for e, name, fit in _of_two_bytes(data) if fit > CLEAR), None)


def sample(data: bytes) -> bytes:
    """Return lines with bytes beyond ASCII, as many as are looked at."""
    found = b""
    for line in data.splitlines(keepends=True):
        if len(found) < SAMPLE and not line.isascii():
            found += line[:SAMPLE]
    return found


def misread(texts: Sequence[str]) -> tuple[str, str] | None:
    """Return the encoding that texts are in, and the one that they were read in; None where in the same.

    Parameters
    ----------
    texts
        Some with characters beyond ASCII.
    """
    odd = [text for text in texts if not _is_plausible(text[:LONGEST])]
    if 2 * len(odd) < len(texts):
        return None
    beyond = [c for text in odd for c in text if not c.isascii()]
    letters = {c for c in beyond if c.isalpha()}
    of_words = len(letters) >= DIFFERENT and 2 * sum(map(str.isalpha, beyond)) > len(beyond)
    for read_in in (*_OF_ONE_BYTE, *_OF_MORE):
        known = [data for data in (_encoded(text, read_in) for text in odd) if data is not None]
        if not known or 2 * len(known) < len(texts):
            continue
        data = b"\n".join(known)[:SAMPLE]
        data = data[: data.rfind(b"\n")] if len(data) == SAMPLE else data
        if _decoded(data, "utf-8") is not None:
            return "utf-8", read_in
        found = named(data) if of_words and read_in in _OF_ONE_BYTE else None
        meant = found and _decoded(data, found[0])
        if found and meant != _decoded(data, read_in) and not _may_be_any(meant or "", data):
            return found[0], read_in
    return None


def _is_plausible(text: str) -> bool:
    """Tell whether what stands beyond ASCII in a text goes with some language, or is signs."""
    return max(_fit(text, one, fewest=0) for one in _LANGUAGES) > PLAUSIBLE


def _may_be_any(text: str, data: bytes) -> bool:
    """Tell whether characters of two bytes may be one beyond ASCII with a letter behind, as of any text."""
    return len(text) < len(data) and sum(b > 127 for b in data) < len(_ASCII_LETTER.findall(data))


def possible(data: bytes) -> list[str]:
    """Return the common encodings that bytes can be in."""
    return [encoding for encoding in COMMON if _decoded(data, encoding) is not None]


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeError:
        return None


def _fit(text: str | None, language: _Language, fewest: int = FEWEST) -> float:
    """Return how well a text goes with a language: the share of characters beyond ASCII that do.

    No capital follows a small letter, and no letter of another script one of ASCII.
    """
    letters = frozenset(language.letters)
    latin = not language.frequent
    if text is None:
        return 0.0
    good = frequent = signs = total = 0
    before = " "
    for c, after in zip(text, f"{text[1:]} ", strict=True):
        if not c.isascii():
            total += 1
            alone = not (before.isalpha() or after.isalpha())
            if c in _SIGNS:
                signs += alone or not c.isalpha()
            elif {c, c.lower()} & letters and not (c.isupper() and before.islower()):
                mixed = (before + after).isascii() and (before + after).strip().isalpha()
                good += latin or not mixed
                frequent += c.lower() in language.frequent
        before = c
    if good < fewest or (language.frequent and frequent < good / 2):
        return 0.0
    return (good + signs) / max(1, total)


def _of_two_bytes(data: bytes) -> Iterator[tuple[str, str, float]]:
    """Yield the encodings of East Asia, each with the share of its everyday characters in bytes."""
    for encoding, language, ranges in (
        ("cp932", "Japanese", (("ぁ", "ヿ"), ("一", "龠"))),
        ("euc_jp", "Japanese", (("ぁ", "ヿ"), ("一", "龠"))),
        ("cp949", "Korean", (("가", "힣"),)),
        ("gb18030", "Chinese", (("一", "龠"),)),
        ("big5", "Chinese", (("一", "龠"),)),
    ):
        text = _decoded(data, encoding)
        characters = [c for c in text or "" if c.isalpha() and not c.isascii()]
        if len(characters) < FEWEST:
            continue
        everyday = [c for c in characters if any(a <= c <= z for a, z in ranges)]
        if language == "Chinese":  # the first of two levels holds the characters of everyday
            low, high = (0xB0, 0xD7) if encoding == "gb18030" else (0xA4, 0xC6)
            codes = [c.encode("gb2312" if low == 0xB0 else "big5", "ignore") for c in everyday]
            firsts = zip(everyday, codes, strict=True)
            everyday = [c for c, code in firsts if code and low <= code[0] <= high]
        kana = sum("ぁ" <= c <= "ヿ" for c in everyday)
        if language == "Japanese" and 5 * kana < len(everyday):
            continue
        yield encoding, language, len(everyday) / len(characters)
