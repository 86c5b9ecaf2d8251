"""The command ``clusterforge``: its commands, its exit status and the one line of an error."""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click

from clusterforge import __version__
from clusterforge.cli import completion as completions
from clusterforge.cli import terminal
from clusterforge.cli.unplaced import unplaced
from clusterforge.cli.waiting import waiting
from clusterforge.cli.watch import watched
from clusterforge.errors import ClusterforgeError, of_the_disk
from clusterforge.interrupts import SIGNALS, exceptions, finish, signal_of

PROGRAM = "clusterforge"
BUG, USAGE, ENVIRONMENT = 1, 2, 3
SIGNALLED = 128  # and the number of the signal
UNREAD = SIGNALLED + 13  # SIGPIPE, which Python has as an exception
COMMANDS = (
    *("init", "run", "sweep", "check", "recipes", "report", "compare", "edit", "predict", "export"),
    *("serve", "follow", "replay", "profile", "verify", "list-plugins", "describe", "new-plugin"),
    *("check-plugin", "doctor", "schema", "completion"),
)
MEANT = {
    **dict.fromkeys(("name", "rename"), ": clusterforge edit RUN --rename CLUSTER --as NAME"),
    **dict.fromkeys(("train", "fit"), ": clusterforge run RECIPE"),
    **dict.fromkeys(("new", "create"), ": clusterforge init DATA"),
}
"""What other programs call a command of ours."""
_NO_COMMAND = re.compile(r"No such command '([^']*)'$")
OF_PATHS = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)
LONG = errno.ENAMETOOLONG


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def clusterforge(debug: bool) -> None:
    """Cluster text, images and tables with neural networks: one recipe, every part a plugin."""


for name in COMMANDS:
    function = name.replace("-", "_")
    command: click.Command = getattr(
        import_module(f"clusterforge.cli.commands.{function}"), function
    )
    assert command.callback is not None
    command.callback = terminal.results_only()(waiting(name)(command.callback))
    clusterforge.add_command(command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0 done; 1 a bug of ours; 2 the user's input; 3 the environment; 4 a plugin that is not
        ours; 5 a change that ``follow --fail-on`` names, or a replay that diverged; 130, 143 and 129 for
        SIGINT, SIGTERM and SIGHUP; 141 where the reader of stdout has gone before the work was done.
    """
    # Its plugins are of no use here, and one unreadable entry_points.txt ends pydantic's search for them.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    args, debug = _debug(list(sys.argv[1:] if argv is None else argv))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        # Of the process that is the command, not of one that calls this function.
        with watched() if argv is None and hasattr(os, "fork") else exceptions():
            answering = completions.VARIABLE in os.environ
            status = completions.answer(clusterforge) if answering else _invoke(args)
            sys.stdout.flush()
            finish()
            return status
    except BaseException as error:
        if debug:
            for line in traceback.format_exc().splitlines():
                terminal.note(line)
        return _explain(error, args)


def _invoke(args: list[str]) -> int:
    if not args:
        args = ["--help"]
    try:
        with clusterforge.make_context(PROGRAM, args) as context:
            clusterforge.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    return 0


def _debug(args: list[str]) -> tuple[list[str], bool]:
    """Take ``--debug`` from wherever it stands: a message asks to run again with it."""
    end = args.index("--") if "--" in args else len(args)
    remaining = [arg for arg in args[:end] if arg != "--debug"]
    return remaining + args[end:], len(remaining) < end


def _explain(error: BaseException, args: Sequence[str] = ()) -> int:
    """Print what a user needs to know of an error and return the exit status."""
    if isinstance(error, ClusterforgeError):
        terminal.error(error)
        for hint in getattr(error, "__notes__", ()):
            terminal.note(hint)
        return error.exit_code
    if isinstance(error, click.UsageError):
        command = " ".join([PROGRAM, *(arg for arg in args[:1] if arg in COMMANDS)])
        command = error.ctx.command_path if error.ctx else command
        text = error.format_message().rstrip(".")
        if missing := _NO_COMMAND.match(text):
            text += MEANT.get(missing[1], "")
        text += unplaced(text, args)
        terminal.error(f"{text}; see {command} --help")
        return USAGE
    if isinstance(error, click.ClickException):
        terminal.error(error.format_message())
        return USAGE
    if isinstance(error, KeyboardInterrupt | click.Abort):
        number = signal_of(error)
        with suppress(OSError):  # the terminal has gone
            terminal.note("; ".join([SIGNALS[number][1], *getattr(error, "__notes__", ())]))
        return SIGNALLED + number
    if isinstance(error, BrokenPipeError):
        # Whoever read stdout has gone; the interpreter must not try to flush it again.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    place = (error.filename or "stdout") if isinstance(error, OSError) else None
    if problem := of_the_disk(error, place):
        terminal.error(problem)
        return problem.exit_code
    if isinstance(error, OF_PATHS) or (isinstance(error, OSError) and error.errno == LONG):
        terminal.error(f"{place}: {error.strerror}")
        return ENVIRONMENT
    if isinstance(error, MemoryError):
        terminal.error("memory ran out")
        return ENVIRONMENT
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    terminal.note(f"clusterforge: internal error: {text}; run again with --debug for the traceback")
    return BUG
