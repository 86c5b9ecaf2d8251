"""The report of a run: figures and one HTML page that opens with no network."""

from clusterforge.report.build import write_report

__all__ = ["write_report"]
