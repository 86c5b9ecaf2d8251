"""Where in a plugin's own code an error comes from."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from clusterforge.errors import redacted

LONGEST = 300


def one_line(error: BaseException) -> str:
    """Return the kind and the message of somebody else's exception, whatever it is."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    kind = type(error).__name__
    return f"{kind}: {redacted(text)}"[:LONGEST] if text else kind


def own_place(error: BaseException, modules: Collection[str]) -> str:
    """Return `` at package/file.py:LINE``, the innermost line of the plugin's own; else nothing.

    Parameters
    ----------
    error
        What was raised.
    modules
        Modules of the plugin; every module of their packages is its own.
    """
    for each in _chain(error):
        frames, own = _frames(each, modules)
        if own:
            last = frames[own[-1]]
            return f" at {short(last.tb_frame.f_code.co_filename)}:{last.tb_lineno}"
        if isinstance(each, SyntaxError) and each.filename and each.lineno:
            return f" at {short(each.filename)}:{each.lineno}"
    return ""


def own_traceback(error: BaseException, modules: Collection[str]) -> list[str]:
    """Return the lines of a traceback: the core's last frame before the plugin, then the plugin's."""
    for each in _chain(error):
        frames, own = _frames(each, modules)
        if own:
            indices = {max(own[0] - 1, 0), *own}
            summary = traceback.StackSummary.extract(
                (frames[i].tb_frame, frames[i].tb_lineno) for i in sorted(indices)
            )
            text = "".join([*summary.format(), one_line(each)])
            return text.splitlines()
    return []


def definition(target: object) -> str:
    """Return ``package/file.py:LINE`` where a class or function is defined; empty if not known."""
    try:
        return f"{short(inspect.getfile(target))}:{inspect.getsourcelines(target)[1]}"  # type: ignore[arg-type]
    except (OSError, TypeError, IndentationError):
        return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _frames(
    error: BaseException, modules: Collection[str]
) -> tuple[list[TracebackType], list[int]]:
    """Return the frames of an error's traceback, and the positions of the plugin's own."""
    frames = []
    here = error.__traceback__
    while here is not None:
        frames.append(here)
        here = here.tb_next
    return frames, [i for i, frame in enumerate(frames) if _owned(frame, modules)]


def _owned(frame: TracebackType, modules: Collection[str]) -> bool:
    name: Any = frame.tb_frame.f_globals.get("__name__")
    if not isinstance(name, str):
        return False
    names = {module.partition(":")[0] for module in modules}
    top = name.partition(".")[0]
    if top == "clusterforge":  # of a built-in, its own module and not the core
        return name in names
    return top in {each.partition(".")[0] for each in names}


def short(file: str) -> str:
    """Return a file with its folder, as a module's path reads: ``package/file.py``."""
    return "/".join(Path(file).parts[-2:])
