"""A finished run behind an HTTP endpoint: new rows in JSON enter, their clusters in JSON leave.

Enters: a run, a curation or an exported model, and requests. Leaves: answers with the columns of
``predict --out``, health, and metrics as Prometheus reads them. May import pipeline and what stands below it;
HTTP itself is starlette's and uvicorn's (``pip install 'clusterforge[serve]'``).
"""

from clusterforge.serving.limits import Limits
from clusterforge.serving.server import Served, Server, serve

__all__ = ["Limits", "Served", "Server", "serve"]
