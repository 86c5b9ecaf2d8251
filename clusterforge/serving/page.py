"""The page at ``/``: how the endpoint is called."""

from __future__ import annotations

import json
from html import escape

from clusterforge.serving.predictor import Predictor

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff }
pre { background: #f3f4f6; padding: 1rem; border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere }
table { border-collapse: collapse } td { padding: .25rem 1.5rem .25rem 0; vertical-align: top }
"""
LONGEST = 1200  # characters of an example: an image in base64 may have many more


def page(predictor: Predictor, url: str) -> str:
    """Return the page.

    Parameters
    ----------
    predictor
        What answers.
    url
        The address that was asked for, with a slash at its end.
    """
    body = json.dumps(predictor.example).replace("'", "'\\''")
    if len(body) > LONGEST:
        body = f"{body[:LONGEST]} …"
    call = f"curl {url}predict -H 'Content-Type: application/json' -d '{body}'"
    limits, clusters = predictor.limits, predictor.clusters
    facts = {
        "POST /predict": "one or several rows; the answer has one object per row, in the same order",
        "GET /health": "200 while requests are accepted, 503 while the server stops",
        "GET /metrics": "counts and times for Prometheus",
        "limits": f"{limits.body:g} MB, {limits.rows:,} rows and {limits.seconds:g} s per request; "
        f"{limits.queue:,} requests at the same time",
    }
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(text)}</td></tr>"
        for name, text in facts.items()
    )
    title = escape(predictor.run)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{clusters.count:,} clusters of <code>{escape(predictor.clusterer)}</code>"
        f", served by clusterforge.</p><pre>{escape(call)}</pre><table>{rows}</table></body></html>"
    )
