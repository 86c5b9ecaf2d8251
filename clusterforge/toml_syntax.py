"""What to write where a recipe is not TOML, or a value is written as other languages write it."""

from __future__ import annotations

import ast
import re
from typing import Any

from clusterforge.inline_toml import inline_key, inline_toml

IN_SHELL = "in a shell within single quotes"
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NOTHING = frozenset({"none", "null", "nil", "~"})
_ZEROS = re.compile(r"([+-]?)0+(\d[\d_]*(\.\d+)?)")
_DECIMALS = re.compile(r"[+-]?(\d+,\d+|\.\d+|\d+\.)")
_YAML = re.compile(r"(?:- *)?[\"']?([\w.-]+)[\"']?\s*:\s*(.*)")
_HEADER = re.compile(r"\[{1,2}\s*([^\[\]]*?)\s*\]{1,2}\s*(#.*)?")
_CURLY = frozenset("“”„‟‘’‚«»")
_TWICE = ("overwrite", "twice", "immutable", "Duplicate")
_BACKSLASH = ("hex value", "'\\'", "Unescaped")
_PART = "write what is within { } on one line, without a comma before }"
_REMEDIES = {
    "Expected ']'": "close the name of the table: [dataset]",
    "Illegal character '\\n'": "close the quotes of the text on its line",
    "Invalid initial character": _PART,
    "inline table": _PART,
    "Invalid value": "put each text in quotes, and write true and false in small letters",
    "Invalid statement": "write key = value on each line, and # before what is a comment",
}


def syntax_remedy(text: str, problem: str) -> str | None:
    """Say how to mend a recipe that is not TOML.

    Parameters
    ----------
    text
        The recipe.
    problem
        What the parser says, with the line.
    """
    found = re.search(r"at line (\d+)", problem)
    if found is None:
        return "close what is open: each [, each { and all quotes"
    line = text.split("\n")[int(found[1]) - 1].strip()
    if any(words in problem for words in _BACKSLASH):
        return "in a path write / for each \\, or put it in single quotes"
    if any(words in problem for words in _TWICE):
        return _twice(line, problem)
    if "Expected '='" in problem:
        return _no_key(line)
    if not _CURLY.isdisjoint(line):
        return 'write straight quotes: "'
    key, equals, value = (part.strip() for part in line.partition("="))
    if equals and ("Invalid value" in problem or "Expected newline" in problem):
        return _no_value(key, value)
    return next((remedy for words, remedy in _REMEDIES.items() if words in problem), None)


def value_remedy(text: str, *, is_list: bool = False) -> str | None:
    """Say how TOML has a value that is written as other languages have it; None where it is text.

    Parameters
    ----------
    text
        The value.
    is_list
        Whether a list is wanted: a text alone is one in it.
    """
    if text.lower() in _NOTHING:
        return "leave the key out: there is no such value"
    value = _meant(text)
    if is_list and not isinstance(value, list):
        value = [text if value is None else value]
    if value is None:
        return None
    zeros = "numbers have no leading zeros: " * bool(_ZEROS.fullmatch(text))
    try:
        return f"{zeros}write {inline_toml(value)}{f' ({IN_SHELL})' * isinstance(value, list)}"
    except TypeError:
        return None


def _meant(text: str) -> Any:
    """Return the value that is meant; None where it is text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if zeros := _ZEROS.fullmatch(text):
        return ast.literal_eval(f"{zeros[1].strip('+')}{zeros[2]}")
    if _DECIMALS.fullmatch(text):
        return float(text.replace(",", "."))
    if text[:1] not in ("(", "[") or text[-1:] not in (")", "]"):
        return None
    try:
        return [*ast.literal_eval(text)]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return [word.strip(" '\"") for word in text[1:-1].split(",") if word.strip()]


def _twice(line: str, problem: str) -> str:
    if named := re.search(r"inline table key '(.*)'", problem):
        return f"{named[1]} stands twice: keep one"
    if header := _HEADER.fullmatch(line):
        return f"{header[1]} stands twice: write it once, with all that belongs to it"
    key, _, value = (part.strip() for part in line.partition("="))
    first, dot, rest = key.partition(".")
    if dot:
        return f"{first} stands there already: write {rest} = {value:.60} within it"
    if value.startswith("{"):
        return f"{key} stands twice: write all within one, {key} = {{…, …}}"
    return f"{key} stands twice: keep one of the lines"


def _no_key(line: str) -> str:
    """Say how to write a line whose key is not followed by ``=``."""
    key, equals, value = (part.strip() for part in line.partition("="))
    if yaml := _YAML.fullmatch(line):
        return f"write {yaml[1]} = {_as_toml(yaml[2])}"
    if value.startswith("{"):
        return "write key = value, within { } too"
    if equals:
        return f"write the key in quotes: {inline_key(key)} = {value:.60}"
    return "write key = value, and # before what is a comment"


def _no_value(key: str, value: str) -> str:
    """Say how to write what stands behind ``key =``."""
    if value.startswith("=") or not value or value.startswith("#"):
        return f"write {key} = and a value"
    bare = value.partition(" #")[0].strip()
    if bare.lower() in _NOTHING:
        return "leave the line out: there is no such value"
    if bare[0] in "\"'":
        return "write nothing behind the value, and each key on a line of its own"
    if re.search(r"\s[\w.-]+\s*=", bare):
        return "write each key on a line of its own"
    if bare[0] in "[{" and _meant(bare) is None:
        return "put each text within it in quotes"
    text = "text needs quotes: " * (_meant(bare) is None)
    zeros = "numbers have no leading zeros: " * bool(_ZEROS.fullmatch(bare))
    return f"{text}{zeros}write {key} = {_as_toml(bare)}"


def _as_toml(text: str) -> str:
    """Return a value of another language as TOML has it."""
    meant = _meant(text)
    if meant is None:
        meant = text.strip("\"'")
        if re.fullmatch(r"[+-]?(\d+(\.\d+)?|\d*\.\d+)", text):
            return text
    try:
        return inline_toml(meant)[:60]
    except TypeError:
        return "…"
