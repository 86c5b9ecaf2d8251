"""Handing over: the user's own rows with what a clustering says of each, a sheet of the clusters, the model.

Enters: a finished run and its data set. Leaves: files in csv, tsv, jsonl, parquet or xlsx, and the model as a
folder without rows, each whole or not at all. Rows pass through block by block. May import runs, recipe,
models and what stands below them.
"""

from clusterforge.exporting.export import Exported, export, export_new
from clusterforge.exporting.hub_folder import export_model
from clusterforge.exporting.onnx_file import check_onnx, export_onnx
from clusterforge.exporting.row_columns import NEW_COLUMNS, Clusters, Record, placed
from clusterforge.exporting.sinks import SUFFIXES, check_suffix
from clusterforge.exporting.source import Source

__all__ = [
    "NEW_COLUMNS",
    "SUFFIXES",
    "Clusters",
    "Exported",
    "Record",
    "Source",
    "check_onnx",
    "check_suffix",
    "export",
    "export_model",
    "export_new",
    "export_onnx",
    "placed",
]
