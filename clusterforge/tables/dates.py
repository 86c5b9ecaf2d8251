"""How dates and moments are written: in ISO 8601, as some programs write them, by a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

LOOKED_AT = 200  # different values
FEW = 40  # different values of which most may be dates
_DIGITS = re.compile(r"\D{0,5}\d{1,4}\D{1,12}\d{1,4}")
_LONGEST = 64  # characters of a date
_PARTS = {"Y": 4, "j": 3, **dict.fromkeys("mdyHMS", 2)}
_COMPACT = re.compile(r"(%[YmdyHMSj])+")
UNTIL = "<="
"""What is between a format and the last of its years: what would lie after it is a century earlier."""
_YEAR, _AHEAD, _BEHIND = 365.25 * 86_400, 10, 20  # seconds; years of dates torn apart
_BIRTH = re.compile(
    r"(?i)birth|(^|[^a-z])(born|dob)([^a-z]|$)|geburt|(^|[^a-z])geb([^a-z]|$)|naissance|nacimiento|nascita|"
    r"nascimento|geboorte|urodz|рожд|出生|生年月日|생년월일"
)
_ZONE = r"( ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?))?"
_MILLISECONDS = r"/Date\((-?[0-9]{9,14})([+-][0-9]{4})?\)/"
ISO = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?" + _ZONE + ")?"
    r"|[0-9]{8}T[0-9]{4}([0-9]{2}([.,][0-9]+)?)?" + _ZONE + f"|{_MILLISECONDS})$"
)
"""How dates and moments are written that are recognised."""
_DOTNET = re.compile(_MILLISECONDS)
_BEGINS = re.compile(r"\[?(\d|[^\W\d_]{3,9}[ ,/-]).*\d")  # most texts do not, and formats take long
_END = re.compile(r"(?<=[T, ])24:00(:00)?(?![:\d])")
_UTC = re.compile(r" ?(UTC|GMT)$")
_BEFORE_ZONE = re.compile(r" (?=[+-][0-9:]+$)")
_DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d/%b/%y", "%d/%b/%Y"),
    *("%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d%b%Y", "%B %d, %Y"),
    *("%d %B %Y", "%a, %d %b %Y", "%Y-%m-%d", "%Y年%m月%d日"),
)
_MONTHS = ("%Y-%m", "%m/%Y", "%m.%Y", "%Y/%m", "%b %Y", "%B %Y", "%b-%y", "%b-%Y", "%b/%Y", "%Y-%b")
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
_TIMES = ("", *(f"{between}{clock}" for between in (" ", ", ") for clock in _CLOCKS))
_WHOLE = (
    *("%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"),
    *("%a %b %d %H:%M:%S %z %Y", "%a %b %d %H:%M:%S UTC %Y", "%a %b %d %H:%M:%S %Y %z"),
    *("%a %b %d %Y %H:%M:%S GMT%z", "%d/%b/%Y:%H:%M:%S %z", "[%d/%b/%Y:%H:%M:%S %z]"),
    *("%d-%b-%y %I.%M.%S.%f %p", "%d%b%Y:%H:%M:%S"),
)
_PERIOD = re.compile(
    r"(?i)((19|20)\d\d[-_/ ]?(Q[1-4]|W[0-5]\d)|(Q[1-4]|W[0-5]\d)[-_/ ]?(19|20)\d\d)"
)
_OF_TAIWAN = re.compile(
    r"(?:民國 ?)?(\d{2,3})[-/.年](?:0?[1-9]|1[0-2])[-/.月](?:0?[1-9]|[12]\d|3[01])日?"
)
HUNDRED = 100  # years, since which no year of Taiwan is a short one
_OF_JAPAN = re.compile(r"(?:令和|平成|昭和) ?(?:元|\d{1,2})[年.](?:\d{1,2})[月.]\d{1,2}日?")
_SEASON = re.compile(r"(\d{4})[-/](\d\d)")
_WORDS = re.compile(
    r"(?:([12]?\d|3[01])(\.|er|º)?( de)? )?([^\W\d_]{3,10})\.?( de)? ((19|20)\d\d)( г\.)?"
)
_MONTHS_OF = (
    "january february march april may june july august september october november december "
    "januar jänner februar märz mai juni juli oktober dezember mrz "
    "januari februari maart mars maj mei augusti augustus marts desember mrt "
    "janvier février fevrier avril juin juillet août aout septembre octobre novembre décembre decembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
    "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro "
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
)
"""In some languages: a season and a model of a car have a year behind them, too."""
OF_MONTHS = {name[:end] for name in _MONTHS_OF.split() for end in (None, 3, 4)}
_ZONED = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d?:\d\d(:\d\d([.,]\d+)?)?( [AP]M)? ?([+-]\d\d:?\d\d)? ?"
    r"(\[?[A-Z]\w+/[\w/]+\]?|(?![AP]M)[A-Z]{2,5}([+-]\d{1,2}(:\d\d)?)?)"
)
MOST = 24  # names of months, in full and short
FORMATS = (*(f"{day}{time}" for day in _DAYS for time in _TIMES), *_MONTHS, *_WHOLE)


def moment(text: str) -> float | None:
    """Return a date or moment as seconds since 1970, without a zone in UTC; None where a text is none."""
    if milliseconds := _DOTNET.fullmatch(text):
        return int(milliseconds[1]) / 1000
    try:
        plain = _BEFORE_ZONE.sub("", _UTC.sub("Z", text))
        return _seconds(_parsed(plain, datetime.fromisoformat))
    except ValueError:
        return None


def width(form: str) -> int:
    """Return how many digits a format without anything between its parts has; 0 of another format.

    ``strptime`` takes 1012024 by %d%m%Y for the 10th of January: a text has to have all digits.
    """
    return sum(map(_PARTS.__getitem__, form[1::2])) if _COMPACT.fullmatch(form) else 0


def by_format(text: str, form: str) -> float | None:
    """Return the same of a text that is written by a format, as of ``strptime``, and a last year."""
    if len(text) > _LONGEST:
        return None
    form, _, last = form.partition(UNTIL)
    if (digits := width(form)) and len(text) != digits:
        return None
    try:
        plain = partial(_by_strptime, form=form)
        at = _parsed(text, plain) if "%H:%M" in form else plain(text)
        return _seconds(at.replace(year=at.year - 100) if last and at.year > int(last) else at)
    except ValueError:
        return None


def _by_strptime(text: str, form: str) -> datetime:
    return datetime.strptime(text, form)


def _parsed(text: str, parse: Callable[[str], datetime]) -> datetime:
    """Return a moment, of which 24:00 is the end of its day."""
    if not (end := _END.search(text)):
        return parse(text)
    return parse(f"{text[: end.start()]}00{text[end.start() + 2 :]}") + timedelta(days=1)


def until_today(form: str, seconds: Sequence[float], name: str) -> str:
    """Return a format of years of two digits with this year as the last; empty where all may be as they are.

    Parameters
    ----------
    form, seconds
        The format, and the earliest and latest dates by it: ``strptime`` reads 34 as 2034, and 85 as 1985.
    name
        How their column is called: nobody is born tomorrow.
    """
    now = datetime.now(UTC)
    early, late = ((at - now.timestamp()) / _YEAR for at in (min(seconds), max(seconds)))
    after = late > 0 if _BIRTH.search(name) else late > _AHEAD and early < -_BEHIND
    return f"{form}{UNTIL}{now.year}" if "%y" in form and UNTIL not in form and after else ""


def of_birth(values: Sequence[str], form: str, name: str) -> str:
    """Return a format of dates with this year as the last where days of birth would lie after it."""
    if not form or not _BIRTH.search(name):
        return form
    found = [by_format(value, form) for value in values]
    seconds = [one for one in found if one is not None]
    return (until_today(form, seconds, name) if seconds else "") or form


def unreadable_dates(values: Sequence[str]) -> str | None:
    """Return how to write different texts that are dates which no format reads, as 2024-Q1 and 3 mars 2024.

    The first 200 are looked at.
    """
    looked_at = [value.strip() for value in values[:LOOKED_AT]]
    if len(looked_at) < 2:
        return None
    if all(map(_PERIOD.fullmatch, looked_at)) or _are_seasons(looked_at):
        return "write the first day of each, as 2024-01-01"
    if all(map(_ZONED.fullmatch, looked_at)):
        return "leave out their zones, or write them as 2024-01-31 09:30:00 +01:00"
    years = [match and match[1] for match in map(_OF_TAIWAN.fullmatch, looked_at)]
    if all(years) and max(map(int, filter(None, years))) >= HUNDRED:
        return "write years of Taiwan 1911 years later, as 2018-01-31 for 107/01/31"
    if all(map(_OF_JAPAN.fullmatch, looked_at)):
        return "write the years of the common calendar: 2018 more for 令和, 1988 for 平成, 1925 for 昭和"
    found = [_WORDS.fullmatch(value) for value in looked_at]
    words = {match[4].lower() for match in found if match}
    sure = all(match and (match[1] or match[4].lower() in OF_MONTHS) for match in found)
    return "write them as 2024-01-31" if sure and 1 < len(words) <= MOST else None


def _are_seasons(texts: Sequence[str]) -> bool:
    """Tell whether texts are years and the last digits of the next: 2004-05 is no May among 2005-06."""
    found = [_SEASON.fullmatch(text) for text in texts]
    return len(texts) > 2 and all(
        match and int(match[2]) == (int(match[1]) + 1) % 100 for match in found
    )


def _seconds(at: datetime) -> float:
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()


def date_formats(values: Sequence[str]) -> tuple[str, ...]:
    """Return the formats, as of ``strptime``, by which each of some different texts is a date or moment.

    Several where the texts leave open whether the day or the month comes first; the first 200 are looked at.
    """
    looked_at = [value.strip() for value in values[:LOOKED_AT]]
    if len(looked_at) < 2 or not all(map(_BEGINS.match, looked_at)) or _are_seasons(looked_at):
        return ()
    return tuple(form for form in FORMATS if _fits(looked_at, form))


@dataclass(frozen=True)
class ButForSome:
    """Texts of which most are dates: the first that is none, how many of how many are, by which format.

    ``two`` says that the others are dates as well, with day and month in the other order.
    """

    value: str
    dates: int
    of: int
    form: str = ""
    two: bool = False

    @property
    def remedy(self) -> str:
        """What makes dates of all."""
        if self.two:
            return "some have the day and others the month first: write all in one order"
        return "name such values in na_values"


def dates_but_for_some(different: Any) -> ButForSome | None:
    """Return what keeps different texts from being dates, where at least half of them are; else None."""
    iso = pc.match_substring_regex(different, ISO)
    number, form = pc.sum(iso).as_py() or 0, ""
    if 2 * number < len(different):
        few = different.slice(0, FEW).to_pylist()
        if 2 * sum(bool(_DIGITS.match(text)) for text in few) < len(few):
            return None
        form = max(FORMATS, key=lambda form: sum(fitting(few, form)))
        if not any(fitting(few, form)):
            return None
        different = different.slice(0, LOOKED_AT)
        iso = pa.array(fitting(different.to_pylist(), form))
        number = pc.sum(iso).as_py()
        if 2 * number < len(different) or number < 2:
            return None
    at = pc.index(iso, False).as_py()
    if at < 0:
        return None
    rest = different.filter(pc.invert(iso)).slice(0, LOOKED_AT).to_pylist()
    other = form.translate({ord("d"): "m", ord("m"): "d"})
    two = form != other and all(fitting(rest, other))
    return ButForSome(different[at].as_py(), number, len(different), form, two)


def fitting(values: Sequence[str], form: str) -> list[bool]:
    """Return which texts are dates by a format."""
    return [_fits([value], form) for value in values]


def _fits(values: Sequence[str], form: str) -> bool:
    return all(by_format(value, form) is not None for value in values)
