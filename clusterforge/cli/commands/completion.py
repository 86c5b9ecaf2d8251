"""``clusterforge completion SHELL``."""

from __future__ import annotations

import click

from clusterforge.cli import completion as completions
from clusterforge.cli import options, terminal


@click.command(epilog=options.examples('eval "$(clusterforge completion bash)"'))
@click.argument("shell", type=options.Word(completions.SHELLS))
def completion(shell: str) -> None:
    """Print the script for Tab completion in a shell.

    Add one line to the start-up file of your shell. ~/.bashrc and ~/.zshrc: the line
    below, with bash or zsh. ~/.config/fish/config.fish: clusterforge completion fish | source
    """
    terminal.text_result(completions.script(shell))
