"""What monitoring reads: counts and times of a server, as Prometheus' text.

What happens in memory (requests, waits, connections) is counted. What stands in the store (jobs,
log, alerts, reservations) is read at the scrape, so it is right whichever process answers.

Several server processes count in files of one folder (prometheus_client's multiprocess mode), and
whichever is asked gives the sum; the folder is made and removed by the process that starts them.
No label holds an identifier: a route is its template, and a method nobody knows is ``other``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError

from api.services.jobs import STATES
from api.store import log
from api.store.database import Database
from api.store.tables import AlertRow, JobRow, ReservationRow

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable that names the folder; set, if at all, before this module is loaded."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
_WAITS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30)


class Metrics:
    """The metrics of one application.

    Parameters
    ----------
    store
        Whose connections and waits are watched, and what is read at a scrape.
    """

    def __init__(self, store: Database) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._store = store
        self._folder = os.environ.get(FOLDER)
        self._registry = CollectorRegistry()
        own: dict[str, Any] = {"namespace": "double_random", "registry": self._registry}
        self._requests = Counter(
            "http_requests", "Requests answered.", ("route", "method", "status"), **own
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "Time until a request was answered to its end.",
            ("route", "method"),
            buckets=_SECONDS,
            **own,
        )
        self._waits = Histogram(
            "write_wait_seconds",
            "Time that a write waited for the store's lock.",
            buckets=_WAITS,
            **own,
        )
        self._conflicts = Counter("write_conflicts", "Writes that found the lock taken.", **own)
        self._retries = Counter(
            "write_retries",
            "Further tries for SQLite's lock.",
            **own,
        )
        self._refused = Counter("write_refusals", "Writes refused: they waited too long.", **own)
        self._used = Gauge(
            "store_connections_used",
            "Connections to the store in use now.",
            multiprocess_mode="livesum",
            **own,
        )
        self._watch_connections()
        store.waits = self

    def _watch_connections(self) -> None:
        event.listen(self._store.engine, "checkout", lambda *_: self._used.inc())
        event.listen(self._store.engine, "checkin", lambda *_: self._used.dec())

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request.

        Parameters
        ----------
        route
            Its template, such as ``/v1/visits/{number}``; ``""`` where no route is so called.
        """
        route = route or "none"
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)

    def begun(self, seconds: float, *, contended: bool, retries: int) -> None:
        """Count a write that got the lock; see `api.store.waits`."""
        self._waits.observe(seconds)
        if contended:
            self._conflicts.inc()
        if retries:
            self._retries.inc(retries)

    def gave_up(self) -> None:
        """Count a write that was refused."""
        self._refused.inc()

    def text(self) -> bytes:
        """Return all metrics, of all processes, in Prometheus' text format."""
        registry = self._registry
        if self._folder is not None:
            _forget_dead(Path(self._folder))
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        stored = CollectorRegistry()
        stored.register(Stored(self._store))
        return generate_latest(registry) + generate_latest(stored)


class Stored(Collector):
    """What the store says: one state of it."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """Read the store; one that cannot be read says so, and hides nothing else."""
        about = GaugeMetricFamily(
            "double_random_build_info", "Version of the program.", labels=["version", "store"]
        )
        kind = self._store.engine.dialect.name
        about.add_metric([version("double-random"), kind], 1)
        yield about
        try:
            found = list(self._read())
        except SQLAlchemyError:
            found = []
        yield GaugeMetricFamily(
            "double_random_store_up", "Whether the store can be read.", value=int(bool(found))
        )
        yield from found

    def _read(self) -> Iterator[Metric]:
        with self._store.read() as session:
            by_state = select(JobRow.state, func.count()).group_by(JobRow.state)
            counted: dict[str, int] = {row[0]: row[1] for row in session.execute(by_state)}
            jobs = GaugeMetricFamily("double_random_jobs", "Jobs by state.", labels=["state"])
            for state in STATES:
                jobs.add_metric([state], counted.get(state, 0))
            yield jobs
            yield GaugeMetricFamily(
                "double_random_ledger_entries", "Entries of the log.", value=log.size(session)
            )
            yield GaugeMetricFamily(
                "double_random_alerts_open",
                "Alerts that nobody has acknowledged.",
                value=session.scalar(
                    select(func.count()).select_from(AlertRow).where(AlertRow.state == "open")
                ),
            )
            yield CounterMetricFamily(
                "double_random_reservations",
                "Visits reserved by requests.",
                value=session.scalar(select(func.count()).select_from(ReservationRow)),
            )


def _forget_dead(folder: Path) -> None:
    """Drop what a process that ended without a word still shows as going on."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rsplit("_", 1)[1])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            continue
