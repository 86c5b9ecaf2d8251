"""``clusterforge serve RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal, waiting
from clusterforge.formats import count

if TYPE_CHECKING:
    from clusterforge.serving import Server

RANGE = click.FloatRange(min=0, min_open=True)


@click.command(
    epilog=options.examples(
        "clusterforge serve runs/first",
        "clusterforge serve runs/first --host 0.0.0.0 --port 9000 --max-rows 100",
    )
)
@click.argument("run", shell_complete=completion.folders)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; 0.0.0.0: whoever reaches this machine can ask.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port; 0: a free one.",
)
@options.clusterer(
    help="Clusterer that answers; default: the one the report shows first that can label new rows."
)
@click.option("--max-body", type=RANGE, metavar="MB", help="Megabytes of a request; default: 8.")
@click.option("--max-rows", type=click.IntRange(1), help="Rows of a request; default: 1,000.")
@click.option(
    "--max-requests", type=click.IntRange(1), help="Requests at the same time; default: 100."
)
@click.option(
    "--max-time", type=RANGE, metavar="SECONDS", help="Seconds of a request; default: 30."
)
@click.option(
    "--stop-within",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Seconds that accepted requests have after a signal; default: 30.",
)
@options.trust_python
@options.as_json
def serve(
    run: str,
    host: str,
    port: int,
    clusterer: str | None,
    max_body: float | None,
    max_rows: int | None,
    max_requests: int | None,
    max_time: float | None,
    stop_within: float | None,
    trust_python: bool,
    as_json: bool,
) -> None:
    """Answer requests for the clusters of new rows over HTTP.

    RUN is the folder of a finished run, a curation or an exported model. POST /predict takes JSON: texts,
    rows or images in base64, one or many; GET / shows an example call, GET /health and GET /metrics are
    for machines. SIGTERM and Ctrl+C stop it: what was accepted is finished, new requests are refused with
    status 503; a second signal ends it at once.
    """
    terminal.note(f"loading {run}")
    options.quiet_libraries()
    from clusterforge.pipeline.api import load
    from clusterforge.serving import Limits, serve

    limits = {
        "body": max_body,
        "rows": max_rows,
        "queue": max_requests,
        "seconds": max_time,
        "stop": stop_within,
    }
    done = serve(
        load(run, trust_python=trust_python),
        host=host,
        port=port,
        clusterer=clusterer,
        limits=Limits.model_validate({k: v for k, v in limits.items() if v is not None}),
        ready=lambda server: _ready(server, as_json=as_json),
    )
    terminal.note(f"stopped: {count(done.answered, 'request')} to /predict accepted and answered")


def _ready(server: Server, *, as_json: bool) -> None:
    waiting.end()
    clusters = server.application.predictor.clusters
    if as_json:
        from clusterforge.cli.outputs.runs import ServeOutput

        terminal.json_result(
            ServeOutput(url=server.url, clusterer=clusters.clusterer, clusters=clusters.count)
        )
        return
    terminal.note(f"{count(clusters.count, 'cluster')} of {clusters.clusterer}; Ctrl+C stops")
    reach = "only this machine" if server.local else "whoever reaches this machine"
    terminal.note(f"{reach} can ask, without a password")
    terminal.result(server.url)
