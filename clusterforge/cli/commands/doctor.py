"""``clusterforge doctor``."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import click

from clusterforge.cli import options, terminal
from clusterforge.cli.commands.list_plugins import show_problems


@click.command(epilog=options.examples("clusterforge doctor"))
@options.as_json
def doctor(as_json: bool) -> None:
    """Show versions, the machine, and broken plugins."""
    from clusterforge.registry import Registry

    registry = Registry.installed(again=True)
    problems = [*registry.problems, *registry.rivalries()]
    facts = [*_software(), *_machine(), *_folders()]
    owners = sorted({str(plugin.distribution) for plugin in registry.plugins})
    facts.append(("plugins", f"{len(registry.plugins)}, from {', '.join(owners)}"))
    facts.append(("trackers", ", ".join(str(t.distribution) for t in registry.trackers) or "none"))
    if as_json:
        from clusterforge.cli.outputs.plugins import DoctorOutput

        found = {"facts": dict(facts), "problems": problems}
        terminal.json_result(DoctorOutput.model_validate(found))
        return
    terminal.facts(facts, indent="")
    show_problems(problems)
    terminal.result()
    terminal.result("a plugin that fails in a run: clusterforge check-plugin KIND:NAME says why")


def _software() -> Iterator[tuple[str, str]]:
    from clusterforge import __version__
    from clusterforge.pipeline.keys import LIBRARIES, library_versions

    yield "clusterforge", __version__
    yield "python", platform.python_version()
    yield "system", f"{platform.system()} {platform.release()} {platform.machine()}"
    versions = library_versions()
    for name in LIBRARIES:
        yield name, versions.get(name, "not installed")


def _machine() -> Iterator[tuple[str, str]]:
    from clusterforge.models.compute import available_threads

    yield "threads", str(available_threads())
    try:
        import torch

        from clusterforge.numerics.precision import has_bf16
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
    from clusterforge.hub.lookup import VARIABLE, mirrors
    from clusterforge.registry import cache_folder

    folder = cache_folder()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    yield "cache", f"{folder} ({size / 1e6:,.1f} MB)"
    folders = [f"{p}" if p.is_dir() else f"{p} (no such folder)" for p in mirrors()]
    yield "mirror", ", ".join(folders) or f"none ({VARIABLE} is not set)"
