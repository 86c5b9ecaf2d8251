"""Neural clustering of text, images and tables as one recipe.

``clusterforge.init(data)`` drafts a recipe; ``clusterforge.run(recipe)`` runs one and returns a
:class:`Run`; ``clusterforge.check(recipe)`` validates one and estimates what it costs;
``clusterforge.load(folder)`` opens a finished one; ``clusterforge.sweep(recipe)`` tries
many values of one; ``clusterforge.compare(run, run)`` sets several next to each other;
``clusterforge.edit(run, edits)`` applies a person's edits; ``clusterforge.export(folder, "rows.xlsx")``
writes the data with their clusters; ``clusterforge.serve(folder)`` answers over HTTP;
``clusterforge.replay(folder)`` computes a run once more;
``clusterforge.verify(folder)`` says whether files are what was written; ``clusterforge.plugins()``
lists what a recipe can name; :class:`ClusterPipeline` is a recipe as a scikit-learn estimator.
Importing this package imports neither torch nor scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clusterforge.comparison import Comparison, compare
    from clusterforge.drafting import init
    from clusterforge.estimator import ClusterPipeline
    from clusterforge.pipeline.api import check, export, load, profile, run
    from clusterforge.pipeline.curate import edit
    from clusterforge.pipeline.replaying import replay
    from clusterforge.pipeline.result import Run
    from clusterforge.registry.listing import plugins
    from clusterforge.search.api import sweep
    from clusterforge.serving import serve
    from clusterforge.taxonomy.following import follow
    from clusterforge.verification import verify

__version__ = "0.1.0"
__all__ = [
    "ClusterPipeline",
    "Comparison",
    "Run",
    "__version__",
    "check",
    "compare",
    "edit",
    "export",
    "follow",
    "init",
    "load",
    "plugins",
    "profile",
    "replay",
    "run",
    "serve",
    "sweep",
    "verify",
]

_LAZY = {
    "ClusterPipeline": "clusterforge.estimator",
    "Comparison": "clusterforge.comparison",
    "check": "clusterforge.pipeline.api",
    "compare": "clusterforge.comparison",
    "follow": "clusterforge.taxonomy.following",
    "init": "clusterforge.drafting",
    "edit": "clusterforge.pipeline.curate",
    "export": "clusterforge.pipeline.api",
    "load": "clusterforge.pipeline.api",
    "plugins": "clusterforge.registry.listing",
    "profile": "clusterforge.pipeline.api",
    "replay": "clusterforge.pipeline.replaying",
    "run": "clusterforge.pipeline.api",
    "Run": "clusterforge.pipeline.result",
    "serve": "clusterforge.serving",
    "sweep": "clusterforge.search.api",
    "verify": "clusterforge.verification",
}


if not TYPE_CHECKING:  # so that a type checker knows a misspelt name

    def __getattr__(name: str) -> Any:
        if name in _LAZY:
            return getattr(import_module(_LAZY[name]), name)
        raise AttributeError(f"module 'clusterforge' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
