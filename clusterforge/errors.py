"""The exceptions of clusterforge, each with the exit status that the command line gives it.

A message is one line that says what is wrong and what to do. Anything that is not a
:class:`ClusterforgeError` is a bug of ours and ends with status 1.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from os import PathLike
from pathlib import Path, PurePath
from unicodedata import normalize

NOT_USED = " does not use it"
LONGEST, NAME = 600, 60
"""Characters of a message, and of each name that it lists."""


def bounded(text: str, longest: int = LONGEST) -> str:
    """Return a text without its middle where it is longer than a message may be."""
    if len(text) <= longest:
        return text
    end = longest // 4
    return f"{text[: longest - end]} … {text[-end:]}"


_SECRETS = re.compile(
    # A scheme of any length would make the time quadratic in that of a word.
    r"(?P<url>[a-z][a-z0-9+.-]{0,30}://)[^\s/@]+(?=@)"
    r"|(?P<query>[?&;#](?:(?:[\w-]|%5f|%2d)*(?:[_-]|%5f|%2d))?"
    r"(?:api|access|auth|client|secret|refresh|id)?"
    r"(?:token|key|secret|password|passwd|pwd|signature|sig|auth|credential|"
    r"j?session(?:id)?)=)[^&\s#\"']+"
    r"|(?P<header>\bbearer\s+)[a-z0-9._~+/=-]{16,}"
    r"|\b(?:hf_|gh[pousr]_|github_pat_|glpat-|sk-(?:proj-|ant-)?)[a-z0-9_]{16,}[\w-]*"
    r"|\bxox[abeprs]-[a-z0-9-]{16,}|\bnpm_[a-z0-9]{36}|\bAIza[\w-]{35}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """Return a text without passwords and tokens in addresses, and without keys of well-known services.

    Examples
    --------
    >>> redacted("https://ann:1234@host/a?token=abc&page=2")
    'https://…@host/a?token=…&page=2'
    """
    return _SECRETS.sub(lambda found: f"{found[found.lastgroup] if found.lastgroup else ''}…", text)


class ClusterforgeError(Exception):
    """Base of all errors that have a message for the user.

    One that is too long loses its middle; passwords and tokens in it are left out.
    """

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(bounded(redacted(message)))


class InputError(ClusterforgeError):
    """The user's recipe, parameter or data is wrong (exit status 2).

    Parameters
    ----------
    problem
        What is wrong, in one line.
    key
        The key it concerns. A plugin gives its own parameter's name (``"text"``); the core puts
        the place of the plugin's table before it (``dataset.text``).
    remedy
        What to do instead, in one line.
    file
        The file it concerns; the core fills in the recipe.
    options
        Values of the key with which it may work, the likeliest first; for what writes recipes.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        key: str | None = None,
        remedy: str | None = None,
        file: str | None = None,
        options: tuple[str | bool | int | tuple[str, ...], ...] = (),
    ) -> None:
        super().__init__(problem)
        self.problem, self.file = str(self.args[0]), file
        self.key = None if key is None else bounded(redacted(key))
        self.remedy = None if remedy is None else bounded(redacted(remedy))
        self.options = options

    def within(self, *, file: str | None = None, table: str | None = None) -> InputError:
        """Return the same error placed in a file and a table of the recipe."""
        key = ".".join(part for part in (table, self.key) if part) or None
        return type(self)(
            self.problem,
            key=key,
            remedy=self.remedy,
            file=self.file or file,
            options=self.options,
        )

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.file, self.key) if part)
        text = f"{place}: {self.problem}" if place else self.problem
        return f"{text}; {self.remedy}" if self.remedy else text


class UnusedKey(InputError):
    """A key says how something is read that the data are not: ``an image folder does not use it``."""

    @property
    def what(self) -> str:
        """What the data are."""
        return self.problem.removesuffix(NOT_USED)


class NoColumn(InputError):
    """The data have no column of a name."""


class RecipeError(InputError):
    """The recipe does not say something that can be run (exit status 2)."""


class EnvironmentProblem(ClusterforgeError):
    """Disk, memory, a lock or a name on the Hub that can't be reached (exit status 3)."""

    exit_code = 3


class PluginError(ClusterforgeError):
    """A plugin that is not ours failed (exit status 4)."""

    exit_code = 4


class Undefined(Exception):
    """Raised by a metric where the score is not defined; the message is the reason.

    It never reaches the user as an error: the score is null with this reason.
    """


MOST = 40  # names that a message lists
NEAR = 3  # files that may be meant
CLOSE, FILE_CLOSE = 0.65, 0.75  # share of letters in common, from which on a name may be meant
FEW_LETTERS = 4


def nearest(name: str, known: Iterable[str]) -> str:
    """Say what exists and what comes nearest to a name that does not, in one line.

    Examples
    --------
    >>> nearest("kmean", ["kmeans", "dbscan"])
    "did you mean 'kmeans'? known: dbscan, kmeans"
    """
    names = _listed(known)
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    listed = f"known: {', '.join(names[:MOST])}{more}" if names else "there are none"
    return " ".join(filter(None, (meant(name, names), listed)))


def path_of(given: object, what: str) -> Path:
    """Return what a program gives as a file or folder, as a path.

    Raises
    ------
    InputError
        Where it is something else.
    """
    if not isinstance(given, str | PathLike):
        kind = "None" if given is None else type(given).__name__
        raise InputError(f"{what} is the name of a file or folder, not {kind}", key=what)
    return Path(given)


def meant(name: str, known: Iterable[str]) -> str:
    """Ask whether the nearest name was meant; empty where none is near.

    Examples
    --------
    >>> meant("kmean", ["kmeans", "dbscan"]), meant("birch", ["kmeans", "dbscan"])
    ("did you mean 'kmeans'?", '')
    """
    names, letters = _listed(known), _letters(name)
    match = [one for one in names if letters and _letters(one) == letters]
    match = match or get_close_matches(bounded(name, NAME), names, n=1, cutoff=CLOSE)
    if not match:
        return ""
    # A blank that is none, or an accent that is a character of its own, looks the same.
    alike = normalize("NFKC", match[0]) == normalize("NFKC", bounded(name, NAME))
    shown = ascii(match[0]) if alike else f"'{match[0]}'"
    return f"did you mean {shown}?"


def near_file(name: str, files: Iterable[str]) -> str:
    """Ask whether the file with the nearest name was meant; empty where none is near.

    What is before the suffix has to be near: a suffix alone makes two short names look alike.

    Examples
    --------
    >>> near_file("tickest.csv", ["tickets.csv"]), near_file("same.toml", ["s.toml"])
    ("did you mean 'tickets.csv'?", '')
    >>> near_file("tickets", ["tickets.csv", "tickets.toml"])
    "did you mean 'tickets.csv' or 'tickets.toml'?"
    """
    stem = PurePath(name).stem
    by_stem = {file: PurePath(file).stem for file in sorted(files)}
    near = [file for file, own in by_stem.items() if own.casefold() == stem.casefold()]
    if not near:
        cutoff = CLOSE if len(stem) <= FEW_LETTERS else FILE_CLOSE  # one letter is much of a few
        stems = get_close_matches(stem, set(by_stem.values()), cutoff=cutoff)
        near = get_close_matches(name, [f for f, own in by_stem.items() if own in stems], n=1)
    return f"did you mean {' or '.join(map(repr, near[:NEAR]))}?" if near else ""


def _listed(names: Iterable[str]) -> list[str]:
    """Return names as they are listed: short, and numbers first and by size."""
    short = (bounded(name, NAME) or "''" for name in names)
    return sorted(short, key=lambda one: (not one.isdecimal(), len(one) * one.isdecimal(), one))


def _letters(name: str) -> str:
    """Return the letters and digits of a name, in lower case."""
    return "".join(c for c in name.casefold() if c.isalnum())


REFUSED = {
    errno.ENOSPC: "free some space there",
    errno.EDQUOT: "free some space, or have the quota raised",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "make the file system writable, or name a folder on another one",
    errno.EIO: "check the disk, or name a folder on another one",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.EACCES: "change its permissions, or name another folder",
    errno.EPERM: "change its permissions, or name another folder",
}
"""What a disk refuses, and what to do about it."""

_WORDS = {number: os.strerror(number).lower() for number in list(REFUSED)[:5]}
"""How libraries that raise classes of their own quote the system; other texts are too common."""


def of_the_disk(error: BaseException, place: object = None) -> EnvironmentProblem | None:
    """Return an error as a problem of the disk, whatever class the library raised; None: it is none.

    Parameters
    ----------
    error
        The error; those that it was raised from count too.
    place
        What was to be read or written; default: the file that the error names.
    """
    for one in _causes(error):
        number = one.errno if isinstance(one, OSError) else None
        if number not in REFUSED:
            text = str(one).lower()
            number = next((code for code, words in _WORDS.items() if words in text), None)
        if number is not None:
            where = place or (one.filename if isinstance(one, OSError) else None)
            text = f"{os.strerror(number)}; {REFUSED[number]}"
            return EnvironmentProblem(f"{where}: {text}" if where else text)
    return None


def unwritable(
    place: object, error: OSError, problem: str = "can't be written"
) -> EnvironmentProblem:
    """Return an error of the system as what keeps a file or folder from being written, and what to do."""
    said = f"{place}: {problem}"
    return of_the_disk(error, said) or EnvironmentProblem(f"{said} ({error.strerror or error})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(
        words in text for words in ("out of memory", "can't allocate memory")
    )
