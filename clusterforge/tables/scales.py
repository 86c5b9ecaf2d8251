"""Words and ranges whose order is known: ``never`` to ``always``, ``S`` to ``XL``, ``18-24`` to ``65+``."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from itertools import pairwise
from math import inf

FEWEST, MOST = 3, 40
"""Values of a scale: two have no order that matters."""
_SCALES = (
    "strongly disagree|completely disagree|totally disagree, disagree, "
    "somewhat disagree|slightly disagree|tend to disagree, "
    "neither agree nor disagree|neutral|undecided|neither, "
    "somewhat agree|slightly agree|tend to agree, agree, "
    "strongly agree|completely agree|totally agree",
    "very dissatisfied|completely dissatisfied|extremely dissatisfied, dissatisfied|unsatisfied, "
    "somewhat dissatisfied|slightly dissatisfied, neither satisfied nor dissatisfied|neutral|neither, "
    "somewhat satisfied|slightly satisfied, satisfied, "
    "very satisfied|completely satisfied|extremely satisfied",
    "never, almost never|hardly ever|very rarely, rarely|seldom, occasionally|once in a while, "
    "sometimes|about half the time, often|frequently, usually|most of the time, "
    "very often|almost always|very frequently, always|all of the time|all the time",
    "never, less than once a year, yearly|once a year|annually, monthly|once a month, weekly|once a week, "
    "daily|every day|once a day, hourly",
    "not at all, slightly|a little|a little bit|a bit, somewhat, moderately|a moderate amount|fairly, "
    "quite a bit|quite, very|very much|a lot, extremely|a great deal|completely",
    "no, maybe|perhaps|not sure|unsure|partly, yes",
    "first, second, third, fourth, fifth",
    "1st, 2nd, 3rd, 4th, 5th, 6th, 7th, 8th, 9th, 10th, 11th, 12th",
    "not at all, several days, more than half the days, nearly every day",
    "very unlikely|extremely unlikely, unlikely, somewhat unlikely, neutral|neither likely nor unlikely, "
    "somewhat likely, likely, very likely|extremely likely",
    "terrible|awful|very poor|very bad, poor|bad, fair|average|ok|okay|acceptable, good, very good, "
    "excellent|outstanding",
    "none|no, very low, low, medium|moderate|middle|mid|normal|average, high, very high, extreme",
    "none|no, minimal|very mild, mild|minor|slight|low, moderate|medium|normal, severe|serious|major|high, "
    "very severe|critical|extreme|urgent",
    "trivial|lowest|very low, minor|low, medium|normal, major|high, "
    "critical|urgent|highest|very high, blocker",
    "info|informational, low, medium, high, critical",
    "very small|tiny, small, medium|middle, large|big, very large|extra large|huge",
    "xxs, xs, s, m, l, xl, xxl|2xl, xxxl|3xl, xxxxl|4xl",
    "much worse|far worse, worse, slightly worse|somewhat worse, the same|same|about the same|unchanged, "
    "slightly better|somewhat better, better, much better|far better",
    "very negative, negative, neutral|mixed, positive, very positive",
    "very slow, slow, medium|moderate|normal, fast, very fast",
    "cold, cool, mild, warm, hot",
    "infant|baby|toddler, child, teenager|teen|adolescent, young adult, adult, middle-aged, senior|elderly",
    "beginner|novice, elementary|basic, intermediate, advanced, expert|proficient|native",
    "bronze, silver, gold, platinum, diamond",
    "f-, f, f+, e-, e, e+, d-, d, d+, c-, c, c+, b-, b, b+, a-, a, a+",
    "d, c, cc, ccc-, ccc, ccc+, b-, b, b+, bb-, bb, bb+, bbb-, bbb, bbb+, a-, a, a+, aa-, aa, aa+, aaa",
    "primary|primary school|elementary school, secondary|middle school, high school|secondary school, "
    "some college|college|tertiary, associate|associate's|associate degree|associate's degree, "
    "bachelor|bachelors|bachelor's|bachelor's degree|undergraduate|graduate, "
    "master|masters|master's|master's degree|postgraduate, phd|doctorate|doctoral|doctoral degree|doctoral",
    "stimme überhaupt nicht zu|stimme gar nicht zu|trifft überhaupt nicht zu|trifft gar nicht zu, "
    "stimme nicht zu|trifft nicht zu, stimme eher nicht zu|trifft eher nicht zu, "
    "teils/teils|teils teils|teils|weder noch|neutral, stimme eher zu|trifft eher zu, "
    "stimme zu|trifft zu, stimme voll zu|stimme voll und ganz zu|trifft voll zu|trifft voll und ganz zu",
    "nie|niemals, sehr selten|fast nie, selten, gelegentlich, manchmal, oft|häufig, "
    "sehr oft|sehr häufig|meistens, "
    "immer",
    "keine|kein, sehr niedrig|sehr gering, niedrig|gering|leicht, mittel|mäßig|normal, hoch|stark|schwer, "
    "sehr hoch|sehr stark",
    "sehr schlecht|ungenügend, schlecht|mangelhaft, ausreichend, befriedigend|mittel, gut, "
    "sehr gut, ausgezeichnet",
    "pas du tout d'accord|tout à fait en désaccord, pas d'accord|en désaccord, plutôt pas d'accord, "
    "ni d'accord ni pas d'accord|neutre, plutôt d'accord, d'accord, tout à fait d'accord",
    "jamais, très rarement|presque jamais, rarement, parfois|de temps en temps, souvent, "
    "très souvent, toujours",
    "aucun|aucune, très faible, faible|bas|basse|petit, moyen|moyenne|modéré, élevé|élevée|fort|haut|grand, "
    "très élevé|très élevée|très fort",
    "totalmente en desacuerdo|muy en desacuerdo, en desacuerdo, "
    "ni de acuerdo ni en desacuerdo|neutral, de acuerdo, totalmente de acuerdo|muy de acuerdo",
    "nunca, casi nunca, rara vez|raramente, a veces|algunas veces, a menudo|frecuentemente, "
    "casi siempre, siempre",
    "muy bajo|muy baja, bajo|baja, medio|media|moderado, alto|alta, muy alto|muy alta",
)
"""Each from the least to the greatest; words for one step are divided by ``|``."""
_NO_ANSWER = re.compile(
    "(i )?(do not|don['’]?t) know|dk(/na)?|(prefer|rather) not( to)? (say|answer)|refused( to answer)?|"
    "refuse to answer|no (answer|response|opinion|data)|not (applicable|specified|stated|asked)|"
    "does not apply|unknown|missing|wei(ß|ss) nicht|keine angabe|k\\. ?a\\.|ne sa(it|is) pas|sans réponse|"
    "non renseigné|no sabe|no contesta|ns/nc"
)
_DEGREES = (
    "not at all",
    "not|not very|hardly",
    "slightly|a little|a bit|minimally",
    "somewhat|moderately|fairly|neutral",
    "",
    "quite|rather",
    "very|highly",
    "extremely|completely",
)
"""What stands before a word, as in *very useful*, and makes it less or more."""
_NUMBER = r"(?:(?:^|(?<=[\[(,\s]))-)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_IN_BRACKETS = r"(?:(?:^|(?<=[\[(,\s]))-)?\d+(?:\.\d+)?"
_TIMES = {"k": 1e3, "m": 1e6, "": 1.0}
_CURRENCY = re.compile(r"[$€£¥]|\b(?:usd|eur|gbp)\b")
_BELOW = re.compile(
    "<=?|≤|under|below|less than|fewer than|lower than|younger than|up to|at most|unter|bis|bis zu|"
    "moins de|menos de"
)
_ABOVE = re.compile(
    ">=?|≥|over|above|more than|greater than|older than|at least|über|ab|mehr als|plus de|más de"
)
_MORE = (
    r"\+|plus|(?:or|and|&) (?:more|over|above|older|up|greater|higher)"
    "|und (?:mehr|älter)|et plus|[oy] más"
)
_LESS = r"(?:or|and) (?:less|under|below|fewer|younger|lower)|und weniger|et moins"
_AFTER = re.compile(
    rf"(?P<more>{_MORE})?(?P<less>{_LESS})? ?(?P<unit>[^\W\d]*\.?) ?(?P<over>{_MORE})?(?P<fewer>{_LESS})?"
)
_TO = re.compile(r"-|–|—|\.\.|,|to|bis|a|à|and|<=? ?[a-z]\w* ?<=?")
_LEVEL = re.compile(r"(stage|level|grade|tier|phase|degree|stadium|stufe) ?(\d+|[ivx]+)([a-d]?)")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_NUMBERED = re.compile(r"\(?(\d+)\)? ?[-–.:=)] ?(\D.*)|(\d+) \((\D.*)\)|(\d+)")


def in_order(values: Collection[str]) -> tuple[str, ...] | None:
    """Return values from the least to the greatest where they are words or ranges of a known order.

    Parameters
    ----------
    values
        The different values of a column.
    """
    if not FEWEST <= len(values) <= MOST:
        return None
    plain = {value: " ".join(value.casefold().replace("_", " ").split()) for value in values}
    if len({*plain.values()}) < len(plain):
        return None
    for places in (_of_words, _of_degrees, _of_numbered, _of_levels, _of_ranges):
        found = places([*plain.values()])
        if found is not None and len({*found}) == len(plain):
            return tuple(value for _, value in sorted(zip(found, plain, strict=True)))
    return None


def no_answers(values: Collection[str]) -> tuple[str, ...]:
    """Return the values of a column that are no answer of a survey: don't know, prefer not to say."""
    return tuple(value for value in values if _NO_ANSWER.fullmatch(value.strip().lower()))


Place = tuple[float, ...]
"""Where a value stands in its scale."""


@cache
def _scales() -> tuple[dict[str, int], ...]:
    return tuple(
        {word: at for at, step in enumerate(scale.split(", ")) for word in step.split("|")}
        for scale in _SCALES
    )


def _of_words(plain: list[str]) -> list[Place] | None:
    if all(len(word) == 1 and word in "abcdef" for word in plain):  # may be names of anything
        return None
    for scale in _scales():
        if all(word in scale for word in plain):
            return [(scale[word],) for word in plain]
    return None


def _of_degrees(plain: list[str]) -> list[Place] | None:
    """Return the places of one word with others before it: not useful, useful, very useful."""
    word = min(plain, key=len).split(" ")[-1]
    degrees = {one: at for at, step in enumerate(_DEGREES) for one in step.split("|")}
    before = [text.removesuffix(word).strip() for text in plain if text.endswith(word)]
    if not word.isalpha() or len(before) < len(plain) or any(one not in degrees for one in before):
        return None
    return [(degrees[one],) for one in before]


def _of_numbered(plain: list[str]) -> list[Place] | None:
    """Return the places of numbers whose meaning some say: 1 - not at all, 2, 3, 4, 5 - very."""
    found = [_NUMBERED.fullmatch(text) for text in plain]
    if not all(found):
        return None
    words = [one[2] or one[4] or "" for one in found if one]
    alone = words.count("")
    if not alone and _of_words(words) is None and _of_degrees(words) is None:
        return None  # 1 - Sales, 2 - Research
    return (
        [(float(one[1] or one[3] or one[5]),) for one in found if one]
        if alone < len(words)
        else None
    )


def _of_levels(plain: list[str]) -> list[Place] | None:
    """Return the places of stages and levels with numbers: stage I, stage IIa."""
    found = [_LEVEL.fullmatch(text) for text in plain]
    if not all(found) or len({one[1] for one in found if one}) > 1:
        return None
    numbers = [one[2] for one in found if one]
    if any(not n.isdecimal() and n not in _ROMAN for n in numbers):
        return None
    return [
        (int(one[2]) if one[2].isdecimal() else _ROMAN.index(one[2]) + 1, ord(one[3] or " "))
        for one in found
        if one
    ]


def _of_ranges(plain: list[str]) -> list[Place] | None:
    """Return the places of ranges that do not overlap, of which some may be open or one number."""
    found, units, wide = [], set(), 0
    for text in plain:
        bounds = _bounds(_CURRENCY.sub("", text).strip())
        if bounds is None:
            return None
        low, high, unit = bounds
        units |= {unit.rstrip("s.")} - {""}
        wide += low < high
        found.append((low, high))
    ordered = sorted(found)
    apart = all(one[1] <= two[0] for one, two in pairwise(ordered))
    return [*found] if wide and apart and len(units) <= 1 else None


def _bounds(text: str) -> tuple[float, float, str] | None:
    """Return the least and the greatest number of a range, and its unit; None where a text is none."""
    bracketed = text[:1] in "[(" and text[-1:] in "])"
    number = _IN_BRACKETS if bracketed else _NUMBER
    numbers = [*re.finditer(rf"({number})(?: ?([km])(?!\w))?", text)]
    if not 1 <= len(numbers) <= 2:
        return None
    values = [float(one[1].replace(",", "")) * _TIMES[one[2] or ""] for one in numbers]
    before, after = text[: numbers[0].start()].strip(" [("), text[numbers[-1].end() :].strip(" ])%")
    if len(numbers) == 2:
        between = text[numbers[0].end() : numbers[1].start()].strip(" %")
        ends = before in ("", "from", "between", "von") and _TO.fullmatch(between) is not None
        named = after == "" or after.isalpha()
        return (values[0], values[1], after) if ends and named and values[0] < values[1] else None
    found = _AFTER.fullmatch(after)
    below, above = _BELOW.fullmatch(before), _ABOVE.fullmatch(before)
    if found is None or not (before == "" or below or above):
        return None
    low = -inf if below or found["less"] or found["fewer"] else values[0]
    return low, inf if above or found["more"] or found["over"] else values[0], found["unit"]
