"""Handing over: the user's own rows with what a clustering says of each, a sheet of the clusters, the model.

Enters: a finished run and its data set. Leaves: files in csv, tsv, jsonl, parquet or xlsx, and the model as a
folder without rows, each whole or not at all. Rows pass through block by block. May import runs, recipe,
models and what stands below them.
"""

from clusterforge.exporting.export import Exported as Exported
from clusterforge.exporting.export import export as export
from clusterforge.exporting.export import export_new as export_new
from clusterforge.exporting.hub_folder import export_model as export_model
from clusterforge.exporting.onnx_file import check_onnx as check_onnx
from clusterforge.exporting.onnx_file import export_onnx as export_onnx
from clusterforge.exporting.row_columns import NEW_COLUMNS as NEW_COLUMNS
from clusterforge.exporting.row_columns import Clusters as Clusters
from clusterforge.exporting.row_columns import Record as Record
from clusterforge.exporting.row_columns import placed as placed
from clusterforge.exporting.sinks import SUFFIXES as SUFFIXES
from clusterforge.exporting.sinks import check_suffix as check_suffix
from clusterforge.exporting.source import Source as Source
