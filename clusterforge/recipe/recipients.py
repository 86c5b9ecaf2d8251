"""Where the plugins of a recipe send rows to."""

from __future__ import annotations

from urllib.parse import urlsplit

from clusterforge.recipe.model import Entry
from clusterforge.specs import NamerSpec

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def host(entry: Entry) -> str:
    """Return the host and port that a namer sends rows to; empty where nothing leaves the process."""
    key = entry.spec(NamerSpec).sends_rows_to
    url = urlsplit(str(dict(entry.params)[key])) if key else None
    if url is None or not url.hostname:
        return ""
    name = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{name}:{url.port}" if url.port else name


def on_this_machine(host: str) -> bool:
    """Tell whether a host is this machine."""
    return host.rpartition(":")[0].strip("[]") in LOOPBACK or host.strip("[]") in LOOPBACK
