"""How numbers and lists are written for people: one form on the terminal, in reports and in comparisons.

Plain Python; imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence

NONE = "–"
MINUS = "−"
EQUAL_TO_ZERO = 1e-12


def number(value: float | None, digits: int = 3) -> str:
    """Write a score.

    With the three digits of a score, a value next to 0 keeps its magnitude.

    Examples
    --------
    >>> number(0.7931), number(12.34), number(1234.5), number(0.0000321), number(-0.25)
    ('0.793', '12.3', '1,234', '3.2e−05', '−0.250')
    >>> number(7), number(None)
    ('7', '–')
    """
    if value is None:
        return NONE
    if isinstance(value, int) or abs(value) >= 1000:
        text = f"{value:,.0f}"
    elif digits >= 3 and EQUAL_TO_ZERO < abs(value) < 0.5 * 10**-digits:
        text = f"{value:.1e}"
    elif abs(value) >= 10:
        text = f"{value:.1f}"
    else:
        text = f"{value:z.{digits}f}"
    return text.replace("-", MINUS)


def signed(value: float | None) -> str:
    """Write a difference with its sign; empty where there is none.

    Examples
    --------
    >>> signed(0.0213), signed(-0.1), signed(0.0), signed(None)
    ('+0.021', '−0.100', '0.000', '')
    """
    if value is None:
        return ""
    size = round(abs(value), 3)
    return f"{'' if not size else '+' if value > 0 else MINUS}{number(size)}"


def spread(mean: float, sd: float) -> str:
    """Write mean ± standard deviation, the latter with as many digits as a score.

    Examples
    --------
    >>> spread(0.8312, 0.00214)
    '0.831 ± 0.002'
    """
    return f"{number(mean)} ± {number(round(sd, 3))}"


def share(fraction: float | None) -> str:
    """Write a fraction as per cent; only all is 100 %, only none is 0 %.

    Examples
    --------
    >>> share(0.9312), share(1.0), share(0.99999), share(0.0001), share(None)
    ('93.1 %', '100 %', '> 99.9 %', '< 0.1 %', '–')
    """
    if fraction is None:
        return NONE
    if 0.9995 <= fraction < 1:
        return "> 99.9 %"
    if 0 < fraction < 0.0005:
        return "< 0.1 %"
    percent = 100 * round(fraction, 3) + 0.0  # as the score itself is rounded; + 0 makes 0 of -0
    return f"{percent:.0f} %" if percent in (0, 100) else f"{percent:.1f} %"


def duration(seconds: float | None) -> str:
    """Write a duration.

    Examples
    --------
    >>> duration(0.04), duration(7.25), duration(12.8), duration(75), duration(4000)
    ('< 0.1 s', '7.2 s', '13 s', '1 min 15 s', '1 h 6 min')
    """
    if seconds is None:
        return NONE
    if seconds < 0.1:
        return "< 0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def size_of(size: float) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size_of(300), size_of(40_300_000), size_of(1.24e9), size_of(1.2e12)
    ('< 1 MB', '40 MB', '1.2 GB', '1.2 TB')
    """
    for unit, name in ((1e12, "TB"), (1e9, "GB")):
        if size >= 0.9995 * unit:
            return f"{size / unit:.1f} {name}"
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "< 1 MB"


def interval(low: float | None, high: float | None) -> str:
    """Write an interval; empty where there is none.

    Examples
    --------
    >>> interval(0.731, 0.7599), interval(-0.02, 0.1), interval(None, None)
    ('0.731–0.760', '−0.020 to 0.100', '')
    """
    if low is None or high is None:
        return ""
    return f"{number(low)}{' to ' if low < 0 else '–'}{number(high)}"


def have(n: float) -> str:
    """Write the verb that goes with a number of things.

    Examples
    --------
    >>> have(1), have(2)
    ('has', 'have')
    """
    return "has" if n == 1 else "have"


def are(n: float) -> str:
    """Write the verb that says what a number of things is.

    Examples
    --------
    >>> are(1), are(2)
    ('is', 'are')
    """
    return "is" if n == 1 else "are"


def count(n: float, noun: str) -> str:
    """Write how many there are; ``noun`` in the singular.

    Examples
    --------
    >>> count(1, "row"), count(1797, "row"), count(2, "branch"), count(2, "copy"), count(2, "key")
    ('1 row', '1,797 rows', '2 branches', '2 copies', '2 keys')
    """
    plural = f"{noun}es" if noun.endswith(("s", "x", "nch", "rch", "tch", "sh")) else f"{noun}s"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        plural = f"{noun[:-1]}ies"
    return f"{n:,} {noun if n == 1 else plural}"


def few_of(parts: Sequence[str], most: int) -> str:
    """List the first of some parts, with dots where there are more.

    Examples
    --------
    >>> few_of(["a", "b", "c"], 2), few_of(["a"], 2)
    ('a, b …', 'a')
    """
    return ", ".join(parts[:most]) + " …" * (len(parts) > most)


def first_of(parts: Sequence[str], most: int) -> str:
    """List the first of some parts, and say how many more there are.

    Examples
    --------
    >>> first_of(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(parts) - most:,} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more
