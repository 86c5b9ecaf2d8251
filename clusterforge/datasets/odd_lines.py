"""Lines of a text file that may be no texts of their own: JSON, rows of a table, fields of records, parts."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from clusterforge.formats import first_of

_VECTOR = re.compile(r"\S+([ \t]+[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?){8,}\s*")
_ELEMENT = re.compile(r"<([A-Za-z][\w:.-]*)(\s[^<>]*)?>")
_BLANKS = re.compile(r"[^\t]*\S  +\S+  +\S[^\t]*\t")
_FIELD = re.compile(
    r"\s{0,8}(?:- )?\"?(?P<key>[^\s:\"<>][^:\"]{0,39})\"?:\s|"  # score: 5, also of YAML and JSON
    r"(?P<medline>[A-Z][A-Z0-9]{1,3}) {0,2}- |"  # TI  - and PMID- of PubMed and RIS
    r"(?P<refer>%[A-Z0-9@!]) |(?P<bibtex>@\w+)[{(]|\s{0,8}(?P<value>[\w-]+)\s*= ?[\"{\d]|"
    r"(?P<card>[A-Z][A-Z-]+)[;:]|(?P<game>\[\w+) \"|(?P<gedcom>\d (?:@\w+@ )?[A-Z]{3,4})\b|"
    r"(?P<two>[A-Z][A-Z0-9])(?: |$)"  # of the Web of Science
)
_LEVEL = re.compile(r"\W*(debug|info|warn|error|fatal|trace|critical|notice)", re.IGNORECASE)
_NAMED = re.compile(r'\s*"[^"]+"\s*:')
_SIGN = re.compile(  # 1, pos ::, DESC:manner, INFO:, <ann>, [ann]
    r"\s*(-?\d{1,3}\s+(?=[^\W\d])|\w{1,20} ?(::|\|\|\||: )|[A-Z]{2,12}:\w{1,12}\s|"
    r"<[^<>]{1,30}>\s|\[[^\[\]]{1,30}\]\s)"
)
_CLOCKS = re.compile(r"\s*[-+]?\d\S*(\s+([01]?\d|2[0-3]):[0-5]\d)+\s*")
_SPARSE = re.compile(r"\s*[-+]?\d\S*(\s+\d{1,12}:[-+]?\d[-+\d.eE]*)+\s*")
_NUMBERS = re.compile(r"\s*[-+]?\d[-+\d.eE:]*(\s+[-+]?\d[-+\d.eE:]*)*\s*")
_PLAIN_COMMAS = re.compile(r",(?= )|(?<=\d),(?=\d{3}\b)")
_RULE = re.compile(r"\s*(%|([-=_*#~+$/])\2+|\*( \*)+)\s*")
_QUOTED = re.compile(r'\s*".*"\s*')


def _sparse(line: str) -> bool:
    """Tell whether a line is a label and numbers by places, which increase."""
    if not _SPARSE.fullmatch(line):
        return False
    places = [int(pair.partition(":")[0]) for pair in line.split()[1:]]
    return places == sorted({*places})


_ALONE = "each line of {} holds numbers alone, and is one text: is it a table? call it .csv"
_FORMS: tuple[tuple[Callable[[str], object], int, str], ...] = (
    (_CLOCKS.fullmatch, 0, _ALONE),
    (
        _sparse,
        0,
        "each line of {} is a label and numbers by their places (LIBSVM), and is one text: write an npz file "
        "of x and y, from load_svmlight_file of scikit-learn: np.savez(…, x=x.toarray(), y=y)",
    ),
    (_NUMBERS.fullmatch, 0, _ALONE),
    (  # The first line may say how many there are.
        _VECTOR.fullmatch,
        1,
        "each line of {} is a word and a vector of numbers, and is one text: write the numbers as an npy "
        'file (features = "all"), or words and numbers as the columns of a csv file',
    ),
    (
        _QUOTED.fullmatch,
        1,
        "the lines of {} are within quotes, which are part of the texts: call it .csv",
    ),
)
"""What lines may be, from the first or second on, and what to say."""
_MOMENT = re.compile(
    r"\W{0,2}(\d{1,4}[-./]\d{1,2}[-./]\d{1,4},?[T\s]+|[A-Z][a-z]{2} +\d{1,2} )\d{1,2}[:.]\d\d"
)
_SEQUENCES = re.compile(r">.*|\s*[A-Za-z*.-]+\s*")
SHORTEST = 10  # letters of the longest sequence
_OF_RULES = "-+|=: \t"
FASTTEXT = "__label__"
HEADERS = (
    "text",
    "texts",
    "body",
    "comment",
    "comments",
    "content",
    "message",
    "review",
    "sentence",
)
FEWEST, LOOKED_AT = 10, 1000  # lines that tell whether they are rows of a table
MOST_SIGNS, FEW_OF_A_SIGN = 60, 10
MOST_IN_BLOCKS = 6  # lines, of several lengths
FEW_LINES = 3  # among which the first moment stands
MOST_IN_A_TABLE = 0.8  # of lines, where others stand above or below


def odd_lines(name: str, lines: Sequence[str], numbers: Sequence[int]) -> tuple[str, ...]:
    """Say that lines look like something else than one text each: JSON, rows of a table, numbers.

    Parameters
    ----------
    name
        What the file is called.
    lines, numbers
        The first lines that are not blank, and where they stand.
    """
    what = ""
    if lines and all(_is_json(line) for line in lines[:FEWEST]):
        what = f"each line of {{}} is JSON: call it {'.jsonl' if len(lines) > 1 else '.json'}"
    elif len(lines) >= FEWEST:
        what = next(_looks(lines, numbers), "")
    return (what.replace("{}", name, 1),) if what else ()


def _looks(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[str]:
    """Yield what many lines may be, each before what is less certain."""
    yield from _table(lines)
    yield from _printed(lines, numbers)
    yield from (what for is_one, first, what in _FORMS if all(map(is_one, lines[first:])))
    others = [len(line.strip()) for line in lines if not line.startswith(">")]
    names = len(others) < len(lines) and max(others, default=0) >= SHORTEST
    if names and all(map(_SEQUENCES.fullmatch, lines)):
        yield (
            "the lines of {} look like FASTA, and each is one text: write each sequence in one line, "
            "with its name, as the columns of a csv file"
        )
    if fields := _fields(lines):
        yield (
            f"the lines of {{}} look like the fields of records ({first_of(fields, FEW_LINES)}), and each "
            "is one text: write one record a line, as jsonl or csv"
        )
    else:
        yield from _labelled(lines)
    if all(line.startswith(FASTTEXT) for line in lines):
        yield (
            f"the lines of {{}} begin with labels ({lines[0].split()[0]:.40}), which are part of the "
            "texts: write them as a column of a csv file"
        )
    marks = Counter(line.strip() for line in lines if _RULE.fullmatch(line))
    for mark, number in marks.most_common(1):
        if FEWEST <= number <= len(lines) / 3:
            size = len(lines) // number - 1
            yield (
                f"lines of {mark[:20]!r} stand between blocks of {size} lines in {{}}, and each line is one "
                "text: if each block is one, write it in one line"
            )
    yield from _going_on(lines)
    yield from _blocks(lines, numbers)
    if width := _width(lines, numbers):
        yield (
            f"the lines of {{}} look like parts of texts, broken at {width} characters, and each is one "
            "text: write each paragraph in one line, and leave out numbers of pages"
        )
    if lines[0].strip().lower() in HEADERS:
        yield f"the first line of {{}} is {lines[0]!r}, read as a text: remove it if it is a header"


def _printed(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[str]:
    """Say that lines are of JSON or XML over several lines, or of printed pages."""
    named = sum(map(bool, map(_NAMED.match, lines)))
    if lines[0].strip()[:1] in ("[", "{") and 5 * named > len(lines):
        yield "the lines of {} look like JSON over several lines, and each is one text: call it .json"
    begun = _ELEMENT.fullmatch(lines[0].strip()) is not None
    if begun and 2 * sum(line.lstrip().startswith("<") for line in lines) > len(lines):
        yield (
            f"the lines of {{}} look like elements of XML or HTML ({lines[0].strip():.40}), and each is one "
            "text: write the text of each record as a row of a .csv or .jsonl file"
        )
    pages = [at for at, line in enumerate(lines) if "\f" in line]
    if len(pages) > 1:
        yield (
            f"form feeds divide {{}} into pages of a printed text (line {numbers[pages[0]] + 1:,}), and each "
            "line is one text: write each paragraph in one line, and leave out heads and numbers of pages"
        )


def _labelled(lines: Sequence[str]) -> Iterator[str]:
    """Say that lines begin with one of a few signs that may be labels or names: ``pos ::``, ``<ann>``."""
    signs = Counter(one[0].strip() for one in map(_SIGN.match, lines) if one)
    if (
        signs.total() < len(lines)
        or not 1 < len(signs) <= MOST_SIGNS
        or all(map(_LEVEL.match, signs))
    ):
        return
    if len(lines) >= FEW_OF_A_SIGN * len(signs):
        listed = first_of([f"{sign!r:.20}" for sign in sorted(signs)], FEW_LINES)
        yield (
            f"each line of {{}} begins with one of {len(signs)} signs ({listed}), which are part of the "
            "texts: if they are labels or names, write them as a column of a csv file"
        )


def _going_on(lines: Sequence[str]) -> Iterator[str]:
    """Say that lines without a moment, among others that begin with one, may go on from those above."""
    rest = [line for line in lines if not _MOMENT.match(line)]
    if 0 < 2 * len(rest) < len(lines) and any(map(_MOMENT.match, lines[:FEW_LINES])):
        yield (
            "most lines of {} begin with a moment and others do not "
            f"({rest[-1].strip()!r:.40}), and each is one text: if these go on from the line above, join "
            "them to it"
        )


def _blocks(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[str]:
    """Say that blank lines stand between blocks of lines: words of sentences, subtitles, records."""
    gaps = [at for at, (one, other) in enumerate(pairwise(numbers), 1) if other > one + 1]
    blocks = [end - start for start, end in pairwise([0, *gaps])]
    several = sum(size > 1 for size in blocks)
    if len(blocks) >= FEWEST and 10 * several >= 9 * len(blocks):
        usual = sorted(blocks)[len(blocks) // 2]
        # A few texts among many may be empty, words with their tags are in blocks.
        if usual > MOST_IN_BLOCKS and len({len(line.split()) for line in lines}) > 1:
            return
        yield (
            f"blank lines stand between blocks of {usual} lines in {{}}, and each line is one text: if each "
            "block is one, write it in one line"
        )


def _width(lines: Sequence[str], numbers: Sequence[int]) -> int:
    """Return the width at which lines are broken, 0 if they are not: what goes on would not have fitted.

    The words of other lines would have: lines of one length that are texts of their own differ in that.
    """
    width = sorted(map(len, lines))[int(0.95 * (len(lines) - 1))]
    words = [line.split()[0] for line in lines]
    on = [
        at
        for at, (above, below) in enumerate(pairwise(numbers))
        if below == above + 1 and words[at + 1][0].islower() and " " in lines[at]
    ]
    full, by_chance = (
        sum(len(lines[at]) + 1 + len(words[(at + step) % len(words)]) > width for at in on)
        for step in (1, 2)
    )
    broken = 10 * len(on) > 3 * len(lines) and 20 * full >= 19 * len(on)
    return width if broken and full - by_chance >= len(on) / 20 and len(lines) >= 2 * FEWEST else 0


def _table(lines: Sequence[str]) -> Iterator[str]:
    """Say that lines look like rows of a table: as many delimiters in each but those that are drawn."""
    comments = next((at for at, line in enumerate(lines) if not line.startswith("#")), 0)
    lines, below = lines[comments:], ", below lines that begin with #," if comments else ""
    for delimiter in "\t,;|\x01~^":
        if delimiter == ",":  # in sentences, and in times as 09:12:33,627
            numbers = {_PLAIN_COMMAS.sub("", line).count(",") for line in lines}
        else:
            ended = all(line.endswith(delimiter) for line in lines[1:])
            numbers = {
                (line.removesuffix(delimiter) if ended else line).count(delimiter) for line in lines
            }
        if comments and numbers == {1}:  # a title of a text, and commas in it
            continue
        if delimiter == "\t" and len(numbers) > 1:
            ((number, alike),) = Counter(line.count(delimiter) for line in lines).most_common(1)
            if number > 1 and alike >= max(FEWEST, MOST_IN_A_TABLE * len(lines)):
                yield (
                    f"{alike:,} of {len(lines):,} lines of {{}} have {number} × {delimiter!r}, and each is "
                    "one text: is it a table? call it .tsv, with skip = the number of lines above the names "
                    "of columns"
                )
        if len(numbers) == 1 and 0 not in numbers:
            if delimiter == "\t" and all(_BLANKS.match(line) for line in lines):
                yield (
                    "the lines of {} have blanks between their values, and each is one text: write csv, as "
                    "pandas.read_csv(…, sep=r'\\s+', header=None).to_csv(…, index=False) does"
                )
            suffix = ".tsv" if delimiter == "\t" else ".csv"
            yield (
                f"each line of {{}}{below} has {numbers.pop()} × {delimiter!r} and is one text: is it a "
                f"table? call it {suffix}"
            )
    rows = [line.count("|") for line in lines[:-1] if "--" not in line or line.strip(_OF_RULES)]
    if len(rows) < len(lines) - 1 and len({*rows}) == 1 and rows[0]:
        yield (
            "the lines of {} are a table drawn with | and -, and each is one text: write it as a csv file, "
            "without the lines between names and rows"
        )


def _fields(lines: Sequence[str]) -> list[str]:
    """Return the names at the beginnings of lines that come again and again in one order; none of a dialogue.

    Lines that go on from those above begin with blanks.
    """
    found = [one[one.lastgroup or 0] for one in map(_FIELD.match, lines) if one]
    often = {name for name, number in Counter(found).items() if number >= FEWEST / 2}
    names = [name for name in found if name in often]
    going_on = sum(line[:2].isspace() and not _FIELD.match(line) for line in lines)
    runs = [name for name, _ in groupby(names)]
    if len(names) + going_on < 0.8 * len(lines) or not 2 < len(often) <= len(runs) / 2:
        return []
    pairs = Counter(pairwise(runs))
    usual = sum(max(n for (one, _), n in pairs.items() if one == name) for name in {*runs[:-1]})
    return [*dict.fromkeys(runs)] if usual >= 0.8 * (len(runs) - 1) else []


def _is_json(line: str) -> bool:
    if not line.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False
