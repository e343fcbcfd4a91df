"""What is counted: requests by route, method and status, how long they took, open streams.

serving/metrics.py answers `/metrics` with the sum of all processes.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Anything else is what a client made up: it must not make labels without end.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counters of one process; in files where PROMETHEUS_MULTIPROC_DIR names a folder."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter(
            "houselist_http_requests", "Requests answered.", labels, registry=self._registry
        )
        self._seconds = Histogram(
            "houselist_http_request_seconds",
            "Time to the last byte of the answer, or to the first of a stream.",
            ("method", "route"),
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self.streams = Gauge(
            "houselist_event_streams",
            "Event streams that are open.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        # Looking a child up by its labels costs more than counting, so children are kept.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answer. `route` is the template, never the path, so that labels stay few."""
        method = method if method in _METHODS else "other"
        child = self._children.get((method, route, status))
        if child is None:
            child = (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(method, route),
            )
            self._children[method, route, status] = child
        child[0].inc()
        child[1].observe(seconds)

    def render(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self._registry)
