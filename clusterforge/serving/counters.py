"""What an endpoint has done, as Prometheus reads it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram of seconds."""


@dataclass
class Counters:
    """Counts since the start.

    Parameters
    ----------
    accepted
        Requests for a prediction that were not refused when they came.
    in_flight
        Those of them that have no answer yet.
    rows
        Rows answered.
    codes
        Answers to requests for a prediction, by HTTP status.
    seconds
        Answers by duration: one count for each bound, and one beyond them.
    total
        Seconds of all answers together.
    """

    accepted: int = 0
    in_flight: int = 0
    rows: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    seconds: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def answered(self, code: int, seconds: float) -> None:
        """Count an answer to a request for a prediction."""
        self.codes[code] += 1
        self.seconds[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def text(self, waiting: int, batches: int) -> str:
        """Return everything in Prometheus's text format.

        Parameters
        ----------
        waiting, batches
            Requests that wait for the model, and how often it has computed.
        """
        codes = [(f'{{code="{code}"}}', n) for code, n in sorted(self.codes.items())]
        errors = sum(count for code, count in self.codes.items() if code >= 400)
        buckets, below = [], 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.seconds, strict=True):
            below += count
            buckets.append((f'_bucket{{le="{bound}"}}', below))
        histogram = [*buckets, ("_sum", round(self.total, 6)), ("_count", below)]
        families = (
            ("requests_total", "counter", "Requests for a prediction, by status.", codes),
            ("errors_total", "counter", "Those of them with a status of 400 or more.", errors),
            ("accepted_total", "counter", "Those that were accepted.", self.accepted),
            ("rows_total", "counter", "Rows answered.", self.rows),
            ("batches_total", "counter", "Computations; several requests share one.", batches),
            ("in_flight", "gauge", "Accepted requests without an answer.", self.in_flight),
            ("waiting", "gauge", "Requests that wait for the model.", waiting),
            ("request_seconds", "histogram", "Time to the answer.", histogram),
        )
        lines: list[str] = []
        for name, kind, about, values in families:
            name = f"clusterforge_{name}"
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
            samples = values if isinstance(values, list) else [("", values)]
            lines += [f"{name}{suffix} {value}" for suffix, value in samples]
        return "\n".join((*lines, ""))
