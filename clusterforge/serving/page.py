"""The page at ``/``: how the endpoint is called."""

from __future__ import annotations

import json
from html import escape

from clusterforge.formats import count
from clusterforge.serving.predictor import Predictor

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2.5rem auto; padding: 0 16px;
  color: #1c1f24; background: #fff; color-scheme: light dark }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere }
h2 { font-size: 17px; margin: 28px 0 8px }
p { margin: 0; color: #596069 }
pre { background: #f3f4f6; margin: 0; padding: 14px 16px; border-radius: 8px; white-space: pre-wrap;
  overflow-wrap: anywhere }
pre, code { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 24px; margin: 0 }
dt { font-weight: 600; white-space: nowrap } dd { margin: 0 }
@media (max-width: 480px) { dl { display: block } dd { margin: 0 0 10px } }
@media (prefers-color-scheme: dark) {
  body { color: #e6e8eb; background: #15171b } p { color: #a3a9b2 } pre { background: #22262c }
}
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
    call = f"curl {url}predict \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"
    limits, clusters = predictor.limits, predictor.clusters
    facts = {
        "POST /predict": "one or several rows; the answer has one object per row, in the same order",
        "GET /health": "200 while requests are accepted, 503 while the server stops",
        "GET /metrics": "counts and times for Prometheus",
        "Limits": f"{limits.body:g} MB, {count(limits.rows, 'row')} and {limits.seconds:g} s per request; "
        f"{count(limits.queue, 'request')} at the same time",
    }
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts.items()
    )
    title = escape(predictor.run)
    head = (
        f'<meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
    )
    lead = f"{count(clusters.count, 'cluster')} of <code>{escape(predictor.clusterer)}</code>"
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{title}</h1>'
        f"<p>{lead}, served by clusterforge.</p><h2>Ask for the clusters of new rows</h2>"
        f"<pre>{escape(call)}</pre><h2>What it answers</h2><dl>{rows}</dl></body></html>"
    )
