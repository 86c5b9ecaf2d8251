"""Run folders: the names of their files, typed records, one reader, and the manifest.

Enters: what the pipeline has worked out, as records and arrays. Leaves: a folder, and the same records
read back. Everything that shows, compares or goes on with a run reads it through :class:`RunFolder`.
May import contracts, specs, formats, errors and storage.
"""

from clusterforge.runs.assignments import UNLABELLED, Assignments
from clusterforge.runs.folder import RunFolder
from clusterforge.runs.items import Item, ShownItems
from clusterforge.runs.map_data import MapData

__all__ = ["UNLABELLED", "Assignments", "Item", "MapData", "RunFolder", "ShownItems"]
