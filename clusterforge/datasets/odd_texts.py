"""Texts that are read as they stand and may not be meant so: words for nothing, escapes, texts cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets.class_labels import GAPS
from clusterforge.datasets.encodings import misread
from clusterforge.datasets.table_rows import Rows
from clusterforge.file_keys import IMAGES_AS_TEXT
from clusterforge.formats import count, first_of
from clusterforge.tables import texts
from clusterforge.tables.arrow import decoded, is_text
from clusterforge.texts.spellings import (
    SPELLED,
    has_other_forms,
    is_apart,
    is_mixed,
    is_presented,
    is_run_together,
)

NAMED = 3
MANY = 10  # rows from which on what holds for each is no coincidence
WORDS = frozenset(
    {*GAPS, "undefined", "[deleted]", "[removed]"}
    | {"#ref!", "#name?", "#value!", "#div/0!", "#num!", "#null!"}  # cells that have no value
    | {"#" * width for width in range(4, 13)}  # cells that are too narrow for theirs
)
_SIGNS, MOST = ("?", "-", "--"), 100  # for nothing, where a column has at most so many values
_DOTS = r"^[-–—._?/*]+$"  # for nothing, where it has more: they are texts
NON_ASCII = 200  # texts that tell in which encoding they are
LOOKED_AT = 2_000  # rows that tell how texts are escaped
_STRIP = "strip-html"
_ENTITIES = r"&(#[0-9]{2,6}|#x[0-9a-fA-F]{2,6}|amp|lt|gt|quot|apos|nbsp|[aou]uml);"
_FIELDS = "write the text in them as a column of its own"
_CANT = (
    "(can ?not|can[’']?t|(am |are )?(unable|not able) to|won[’']?t|"
    "(do(es)?n[’']?t|do(es)? not) (have|contain))"
)
_ASKED = (
    "translat|assist|help (you|with (this|that))|fulfil|comply|provide|generat|summari[sz]e|classif|"
    "process (this|that|your)|answer (this|that|your)|enough (context|information)|"
    "(this|that|your) (text|content|request|message|question)"
)
_REFUSAL = (
    rf"(?i)^\W{{0,3}}((i[’']?m |i am )?(very |so |really |truly )?sorry\b|i apologi[sz]e|unfortunately|i )"
    rf".{{0,60}}\b{_CANT}\b.{{0,50}}({_ASKED})"
    r"|^\W{0,3}(as|i am|i[’']m) (an?|just an?) ((large |ai )?language model|ai( (assistant|model))?, )"
)
_ESCAPES = (
    (_ENTITIES, 0.1, "HTML entities", f'set clean = ["{_STRIP}"]'),
    (
        r"^\{'bytes': b['\"]",
        0.5,
        "images as Python shows their bytes",
        "write them to parquet (to_parquet of datasets), or as files",
    ),
    (r"(?s)^\s*(\{\s*[\"'].*\}|\[\s*[\[{].*[\]}]\s*\])\s*$", 0.9, "JSON", _FIELDS),
    (r"^\{\\rtf", 0.5, "RTF", "write them as plain text"),
    (r"^b(\".*\"|'.*')$", 0.5, "bytes as Python shows them", "decode them before they are written"),
    (r"^\[\s*(\".*\"|'.*')\s*\]$", 0.5, "lists of words as Python shows them", "join the words"),
    (
        r"^\s*[+-]?\d[\d.,]*([eE][+-]?\d+)?(\t[^\t]*)*\t\s*[+-]?\d[\d.,]*([eE][+-]?\d+)?(\t[^\t]*)*$",
        0.5,
        "numbers between tabs",
        "call the file .tsv, with skip = the number of lines above the names of columns",
    ),
    (
        r"^From \S+ +(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} ",
        0.001,
        "a mailbox, line by line",
        "write each e-mail as a row of a .csv or .jsonl file (mailbox.mbox of Python)",
    ),
    (
        r"^(Message-ID|Return-Path|Delivered-To|Received|MIME-Version|From|To|Date|Subject|X-[\w-]+):[^\n]*\r?\n"
        r"([ \t][^\n]*\n|[A-Za-z][\w-]*:[^\n]*\n){2,}\r?\n",
        0.5,
        "the headers of e-mails",
        "take the bodies alone (email.message_from_string(text).get_payload())",
    ),
    (
        r"^(<{7} \S|>{7} \S)",
        0,
        "marks of a merge by git that is not resolved",
        "remove them, and one of the two versions between them",
    ),
    (
        r"(?s)^\s*<think(ing)?>.*</think(ing)?>",
        0.05,
        "what a model has thought before its answer",
        "keep what stands behind </think> alone (text.split('</think>')[-1])",
    ),
    (
        r"(?i)\[/(quote|b|i|u|url|img|code|color|size|spoiler)\]",
        0.1,
        "BBCode of a forum",
        "take it out, with what is quoted (re.sub(r'(?s)\\[quote.*?\\[/quote\\]', '', text))",
    ),
    (
        r"(?is)(just a moment|checking your browser|attention required|verify(ing)? (that )?you are "
        r"(a )?human).{0,600}(ray id|security of your connection|enable javascript and cookies)",
        0.01,
        "pages by which a site keeps programs out",
        "leave these rows out, or get the pages anew",
    ),
    (
        r"\[/?(vc_|et_pb_|fusion_|av_|tatsu_|caption|gallery|embed|su_|wpb_|elementor)\w*( [^\]]*)?\]",
        0.05,
        "shortcodes of WordPress",
        "take them out (re.sub(r'\\[/?[a-z_]+[^\\]]*\\]', ' ', text))",
    ),
    (
        _REFUSAL,
        0.02,
        "answers of a language model that it can't do what it was asked",
        "leave these rows out, or have them made anew",
    ),
    (
        r"^<@[\w|.-]+> (has|have|was|set|joined|left|pinned|archived|renamed|added|cleared)\b",
        0.05,
        "what Slack says of its members",
        "leave these rows out (they have a subtype, as channel_join)",
    ),
    (
        r"(?m)^-{3,} ?(Original Message|Ursprüngliche Nachricht) ?-{3,}|^On .{6,100} wrote:$",
        0.25,
        "e-mails that they answer",
        "keep what stands above these alone, if it is what is meant",
    ),
    (
        r"^\W{0,2}\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? .?\d{1,2}:\d{2}.{0,9}[\]-] ?[^:]{1,40}: ",
        0.5,
        "when and by whom they were written, as a chat does",
        "write when, who and what as columns of a csv file, and name the last in text",
    ),
    *((pattern, 0.5, what, remedy) for pattern, what, remedy in IMAGES_AS_TEXT),
    (r"^[A-Za-z0-9+/]{22,}={1,2}$", 0.3, "base64", "decode them"),
    (r"^[^\s]*%20[^\s]*$", 0.5, "the escapes of addresses", "decode them (urllib.parse.unquote)"),
    (r"(=[0-9A-F]{2}){2}", 0.1, "the escapes of e-mails (quoted-printable)", "decode them"),
    (r"\\u[0-9a-fA-F]{4}", 0.1, "escaped characters of JSON", "decode them"),
    (
        r"\pL\\[,;] \pL",
        0.05,
        "backslashes before commas, as a database escapes them",
        "take them out (str.replace of pandas)",
    ),
    (r"(\\x[0-9a-fA-F]{2}){2}", 0.1, "escaped bytes of Python", "decode them"),
    # No \nu of LaTeX, and no C:\new.
    (
        r"\\n([^a-z]|$)|\s[a-z]{2,}[.,!?]?\\n[a-z]",
        0.1,
        "escaped ends of lines",
        "write spaces or ends of lines for them",
    ),
)
"""How texts are escaped, in what share of rows, by what, and what to do."""
_MISREAD = r"\x{FFFD}|[\x{80}-\x{84}\x{86}-\x{9F}]|Ã[\x{80}-\x{BF}]|â€[\x{90}-\x{BF}™œžŸ“”˜¦¢]"
_LOST = "|".join(
    (
        r"^[^\pL]*\?{2,}\s+\?{2,}[^\pL]*$",  # of no letter in the encoding
        r"\?{3,}\s+\?{3,}",
        r"(^|\s)[^\s/=&?]*\pL\?\p{Ll}[^\s/=&?]*(\s|$)",  # of some, but not in addresses
        r"(^|\s)\?\p{Ll}{3}",
    )
)
_WRONGLY_READ = (
    (
        _MISREAD,
        0,
        "column {name!r:.60} holds in {rows} what is left of characters that were read in another encoding "
        "({place}: {text!r:.40}); write the file anew from its source",
    ),
    (
        r" ##\w+( \S+){0,9} ##\w",
        0,
        "column {name!r:.60} holds pieces of words in {rows} ({place}: {text!r:.40}), as a tokenizer makes "
        "them: write the texts themselves, or replace ' ##' by nothing",
    ),
    (
        r"\(cid:\d+\)\s?\(cid:\d+\)",
        0,
        "column {name!r:.60} holds numbers of glyphs in place of letters in {rows} ({place}: {text!r:.40}), "
        "as of a PDF whose fonts do not tell them: leave these rows out, or read their pages by OCR",
    ),
    (
        _LOST,
        0.05,
        "column {name!r:.60} has ? in place of letters in {rows} ({place}: {text!r:.40}): if they "
        "were lost when the texts were written in an encoding without them, write the file anew from its "
        "source, as UTF-8",
    ),
    (
        "^\ufeff",
        0,
        "column {name!r:.60} begins with a byte order mark in {rows} ({place}), as where files were joined: "
        "is a header among the rows?",
    ),
)
"""What texts hold that were read or written wrongly, in more than what share of rows, and what to say."""
_SPELLINGS = (
    (
        has_other_forms,
        "letters of another form (mathematical, of full width or in circles)",
        "normalize",
        'set clean = ["normalize"]',
    ),
    (
        is_mixed,
        "Cyrillic or Greek letters in place of Latin ones that look like them",
        "normalize",
        'set clean = ["normalize"]',
    ),
    (
        is_presented,
        "letters of Arabic in the forms of their places, as a PDF gives them, and may be in reverse order",
        "",
        "get these texts anew, or write unicodedata.normalize('NFKC', text), with text[::-1] where they are",
    ),
    (
        is_apart,
        "letters with a space between each",
        "join-letters",
        'set clean = ["join-letters", "collapse-space"]',
    ),
    (
        is_run_together,
        "words that run together, without spaces",
        "",
        "get these texts anew, or divide them into words (wordninja.split of Python for English)",
    ),
)
"""How words are written otherwise, the step of cleaning that mends it, and what to do."""
REMEDY = "if that stands for no value, leave it empty, or name it in na_values"


def stand_ins(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts hold words that mostly stand for no value: nan, None, N/A.

    Parameters
    ----------
    rows
        The train split.
    names
        The columns.
    """
    found: dict[str, str] = {}
    words = pa.array(sorted(WORDS), pa.large_string())  # not above: it imports pandas
    for name in names:
        column = decoded(rows.table[name])
        if not is_text(column.type):
            continue
        values = texts(column)
        known = pc.is_in(pc.utf8_lower(values), value_set=words)
        signs = pc.match_substring_regex(values, _DOTS)
        different = values.unique().drop_null() if pc.any(signs).as_py() else ()
        if len(different) > MOST:
            known = pc.or_kleene(known, signs)
        elif len(different) and (sign := lone_sign(different)):
            known = pc.or_kleene(known, pc.equal(values, sign))
        if number := pc.sum(known).as_py():
            row = pc.index(known, True).as_py()
            word = column[row].as_py().strip()
            found[name] = f"{word!r} or the like in {count(number, 'row')} ({rows.place(row)})"
    if found:
        name, *others = (f"{name!r:.60}" for name in found)
        more = f", as do {first_of(others, NAMED)}" if others else ""
        yield f"column {name} holds {next(iter(found.values()))}{more}: {REMEDY}"


def lone_sign(different: Any) -> str | None:
    """Return ``?`` or ``-`` where it alone of several different values has neither letter nor digit."""
    plain = pc.match_substring_regex(different, r"[\p{L}\p{N}]")
    signs = different.filter(pc.invert(plain)).to_pylist()
    return signs[0] if len(signs) == 1 and signs[0] in _SIGNS and len(different) > 2 else None


def several_in_one(different: Sequence[str]) -> str | None:
    """Return a value that holds several of few answers, as ``Action|Drama``; None where most hold one.

    Parameters
    ----------
    different
        The different values, of which the first are looked at.
    """
    few = different[:LOOKED_AT]
    for sign in ("|", ";", ","):
        parts = [[part.strip() for part in value.split(sign)] for value in few if value]
        joined = [len(some) for some in parts if len(some) > 1]
        # As many in each are parts of one thing: Boston, MA.
        if 2 * len(joined) < len(few) or len({len(some) for some in parts}) < 2:
            continue
        answers = {part for some in parts for part in some}
        thousands = sign == "," and all(map(str.isdecimal, answers))
        spaced = sign == "," and any(", " in value for value in few)
        if spaced and 2 * len(answers) > len(few):  # Lee, John, Jr
            continue
        if 2 < len(answers) < len(few) + (sign == "|") and not thousands:
            return next(value for value in few if sign in value)
    return None


def _wrongly_read(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts were read in another encoding, or joined with byte order marks."""
    for pattern, share, wording in _WRONGLY_READ:
        for name in names:
            values = decoded(rows.table[name])
            found = pc.match_substring_regex(values, pattern)
            number = pc.sum(found).as_py() or 0
            if number > share * len(values) and (not share or number >= NAMED):
                row = pc.index(found, True).as_py()
                said = {"rows": count(number, "row"), "place": rows.place(row)}
                text = texts(values.slice(row, 1))[0].as_py()
                yield wording.format(name=name, text=text, **said)


def of_texts(rows: Rows, names: Sequence[str], clean: Sequence[str]) -> Iterator[str]:
    """Say what of the columns of texts may not be meant."""
    yield from stand_ins(rows, names)
    known = dict(_misread(rows, names))
    yield from known.values()
    yield from _wrongly_read(rows, [name for name in names if name not in known])
    yield from _spelled(rows, names, clean)
    yield from _escaped(rows, names, clean)


def _misread(rows: Rows, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield columns of texts that were read in another encoding than they are in, and what to say."""
    for name in names:
        first = texts(rows.table[name].slice(0, LOOKED_AT))
        beyond = pc.fill_null(pc.invert(pc.string_is_ascii(first)), False)
        some = first.filter(beyond).to_pylist()
        found = misread(some[:NON_ASCII]) if len(some) >= NAMED else None
        if found:
            row = pc.index(beyond, True).as_py()
            meant, read_in = found
            way = f".encode({read_in!r}).decode({meant!r})"
            shown = some[0].encode(read_in, "ignore").decode(meant, "ignore")
            yield (
                name,
                f"the texts of column {name!r:.60} seem to be in {meant}, and were read as {read_in} "
                f"({rows.place(row)}: {some[0]!r:.40} for {shown!r:.40}): write the file anew from its "
                f"source, or each text{way}",
            )


def _escaped(rows: Rows, names: Sequence[str], clean: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts are written as some program escapes them, by the first of their rows."""
    for name in names:
        first = texts(rows.table[name].slice(0, LOOKED_AT))
        for pattern, share, what, remedy in _ESCAPES[_STRIP in clean :]:
            found = pc.match_substring_regex(first, pattern)
            if len(first) and (pc.sum(found).as_py() or 0) >= max(2, share * len(first)):
                row = pc.index(found, True).as_py()
                yield (
                    f"the texts of column {name!r:.60} hold {what} ({rows.place(row)}: "
                    f"{first[row].as_py()!r:.40}): {remedy}"
                )
                break


def _spelled(rows: Rows, names: Sequence[str], clean: Sequence[str]) -> Iterator[str]:
    """Say in which columns of texts words are written otherwise: in bold, s p a c e d, runtogether."""
    for name in names:
        first = texts(rows.table[name].slice(0, LOOKED_AT)).to_pylist()
        for is_one, what, step, remedy in _SPELLINGS:
            if step in clean:
                continue
            found = [row for row, text in enumerate(first) if text and is_one(text)]
            if len(found) >= max(NAMED, SPELLED * len(first)):
                yield (
                    f"{len(found):,} of {len(first):,} texts of column {name!r:.60} have {what} "
                    f"({rows.place(found[0])}: {first[found[0]].strip()!r:.40}), and no encoder of words "
                    f"knows them: {remedy}"
                )
