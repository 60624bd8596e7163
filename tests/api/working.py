"""A worker on a test's store, in a thread of the test, with its child process."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from api_city import Ticking

from api.jobs.worker import Worker
from api.settings import Settings
from api.store.database import open_database


@contextmanager
def working(settings: Settings, *, name: str = "w", stale: float = 15.0) -> Iterator[Worker]:
    """Have a worker at work while the block runs."""
    stop = threading.Event()
    clock = Ticking()
    # The server's own clock ticks too: what a worker writes comes after all that was there.
    clock.moment += timedelta(days=1)
    store = open_database(settings, clock=clock, token=secrets.token_bytes)
    worker = Worker(
        settings,
        store,
        clock=clock,
        token=secrets.token_bytes,
        name=name,
        stopping=stop.is_set,
        stale=stale,
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        thread.join()
        store.close()
