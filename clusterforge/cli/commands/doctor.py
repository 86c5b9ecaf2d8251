"""``clusterforge doctor``."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import click

from clusterforge.cli import options, terminal
from clusterforge.cli.commands.list_plugins import (
    problem_record,
    rivalries,
    show_problems,
    show_rivals,
)


@click.command()
@options.as_json
def doctor(as_json: bool) -> None:
    """Show versions, the machine, and broken plugins."""
    from clusterforge.registry import Registry

    registry = Registry.installed()
    facts = [*_software(), *_machine(), *_folders()]
    owners = sorted({str(plugin.distribution) for plugin in registry.plugins})
    facts.append(("plugins", f"{len(registry.plugins)}, from {', '.join(owners)}"))
    if as_json:
        problems = [problem_record(problem) for problem in registry.problems]
        problems += [
            {
                "distribution": plugin.distribution.name,
                "version": plugin.distribution.version,
                "entry_point": plugin.distribution.entry_point,
                "state": plugin.state,
                "reason": reason,
                "remedy": remedy,
            }
            for plugin, reason, remedy in rivalries(registry)
        ]
        terminal.json_result({**dict(facts), "problems": problems})
        return
    terminal.facts(facts, indent="")
    show_problems(registry.problems)
    show_rivals(registry)
    terminal.result()
    terminal.result("a plugin that fails in a run: clusterforge check-plugin KIND:NAME says why")


def _software() -> Iterator[tuple[str, str]]:
    from clusterforge import __version__
    from clusterforge.pipeline.stages import LIBRARIES, library_versions

    yield "clusterforge", __version__
    yield "python", platform.python_version()
    yield "system", f"{platform.system()} {platform.release()} {platform.machine()}"
    known = library_versions()
    for name in LIBRARIES:
        yield name, known.get(name, "not installed")


def _machine() -> Iterator[tuple[str, str]]:
    from clusterforge.pipeline.compute import available_threads

    yield "threads", str(available_threads())
    try:
        import torch

        from clusterforge.kernels.precision import has_bf16
    except Exception as error:  # a broken torch is what a doctor is for
        yield "torch can't be imported", f"{type(error).__name__}: {error}"
        return
    yield "bfloat16 on the CPU", "yes" if has_bf16() else "no"
    if not torch.cuda.is_available():
        yield "CUDA", "no"
        return
    devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    yield "CUDA", f"{torch.version.cuda}: {', '.join(devices)}"


def _folders() -> Iterator[tuple[str, str]]:
    from clusterforge.storage.cache import default_folder

    folder = default_folder()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    yield "cache", f"{folder} ({size / 1e6:,.1f} MB)"
    mirror = os.environ.get("CLUSTERFORGE_MIRROR")
    if not mirror:
        yield "mirror", "none (CLUSTERFORGE_MIRROR is not set)"
        return
    parts = mirror.split(os.pathsep)
    yield "mirror", ", ".join(p if Path(p).is_dir() else f"{p} (no such folder)" for p in parts)
