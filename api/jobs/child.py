"""The process in which jobs are computed: it can be killed at any moment without harm."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

from sqlalchemy.exc import SQLAlchemyError

from api.answers import PASSING, as_problem
from api.logs import LOGGER, log_to_stderr
from api.middleware import place_of
from api.services.claims import Claim
from api.services.service import Service
from api.settings import Settings
from api.store.database import Clock, Token, open_database
from api.store.engine import StoreBusyError
from optimizer.errors import DoubleRandomError

NICE = 10
"""Requests come first: the process steps back where the processor is wanted by others."""


class Told:
    """Progress that is sent to the worker, which writes it with its next sign of life."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._stage = ""

    def stage(self, name: str) -> None:
        """Say that the stage called `name` begins."""
        self._stage = name
        self.step(0, 0)

    def step(self, done: int, total: int, note: str = "") -> None:
        """Say that `done` of `total` steps of the present stage are done."""
        self._pipe.send({"stage": self._stage, "done": done, "total": total})


def main(pipe: Connection, settings: Settings, clock: Clock, token: Token) -> None:
    """Run every claim that comes through the pipe, and say how it went.

    ``ended``; ``later``, where the store takes no writes at the moment; ``again``, where something
    else kept the end from being written.
    """
    # A stop is the worker's to decide, also where the terminal sends it to both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    log_to_stderr()
    # The planner takes a while to load, and only this process needs it.
    from api.jobs.perform import perform

    try:
        store = open_database(settings, clock=clock, token=token)
    except (DoubleRandomError, SQLAlchemyError, StoreBusyError, OSError) as error:
        # The worker sees the end and gives the job back; a trace would tell nobody what to do.
        said = str(error) if isinstance(error, DoubleRandomError) else ""
        told = {"error": type(error).__name__, "said": said, "place": place_of(error)}
        LOGGER.error("the store could not be opened", extra=told)
        raise SystemExit(1) from None
    service = Service(settings, store, token)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            claim: Claim = pipe.recv()
            try:
                perform(service, claim, Told(pipe))
            except Exception as error:
                # The store was busy, full or away: to be tried again, by another run.
                found = as_problem(error)
                passing = found is not None and found.kind.name in PASSING
                LOGGER.error(
                    "job put off",
                    extra={
                        "job": claim.number,
                        "error": type(error).__name__,
                        "place": place_of(error),
                    },
                )
                time.sleep(1)
                pipe.send("later" if passing else "again")
            else:
                pipe.send("ended")


def _end_with_parent() -> None:
    """End at once when the worker has: nobody would hear, and its job will be run by another."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
