"""A worker: claims a job at a time, has it computed in a child, and shows that it lives.

The child can be killed at any moment, since it writes nothing before the job's last transaction.
So a cancelled job ends within a second, however deep in a computation it is, and the worker's
signs of life do not depend on the computation.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from api.jobs.child import main
from api.logs import LOGGER
from api.services import claims
from api.services.claims import Claim, LostError
from api.settings import Settings
from api.store.database import Clock, Database, Token
from api.store.tables import JobRow

TICK = 0.2
"""Seconds between looks for a job; at most so long a job waits for a free worker."""
BEAT = 1.0
"""Seconds between signs of life."""
IDLE = 120.0
"""Seconds after which a child without work is let go, with all it keeps in memory."""


class Worker:
    """Runs jobs until it is stopped.

    Parameters
    ----------
    store
        An open store of `settings`.
    clock, token
        Time and chance, for the child.
    name
        How the worker is called on its jobs.
    stopping
        Whether it has been asked to stop.
    stale
        Seconds without a sign of life after which another worker's job is taken over. They are
        counted here, by watching: no clocks of two machines are compared.
    """

    def __init__(
        self,
        settings: Settings,
        store: Database,
        *,
        clock: Clock,
        token: Token,
        name: str,
        stopping: Callable[[], bool],
        stale: float,
    ) -> None:
        self._settings = settings
        self._store = store
        self._edge = (clock, token)
        self._name = name
        self._stopping = stopping
        self._stale = stale
        self._child: tuple[BaseProcess, Connection] | None = None
        self._held: Claim | None = None
        self._said = ""
        self._progress: dict[str, Any] | None = None
        self._seen: dict[tuple[int, int, int], float] = {}
        self._beaten = self._used = time.monotonic()

    def run(self) -> None:
        """Work until asked to stop; then give back what is held."""
        try:
            while not self._stopping():
                try:
                    self._turn()
                except DBAPIError as error:
                    # A busy or full store: what is held stays held, and the next turn tries again.
                    LOGGER.error("worker", extra={"error": type(error.orig).__name__})
                    time.sleep(BEAT)
                self._wait()
        finally:
            held, self._held = self._held, None
            self._drop_child()
            if held is not None:
                try:
                    with self._store.write() as write:
                        claims.give_back(write, held, counted=False)
                except DBAPIError as error:
                    # It is taken over once its signs of life are missed.
                    LOGGER.error("worker", extra={"error": type(error.orig).__name__})

    def _turn(self) -> None:
        if self._held is not None:
            self._follow(self._held)
        if self._held is None:
            self._take_over()
            self._begin()

    def _wait(self) -> None:
        """Wait for the child to say something, or for the next look."""
        if self._child is not None and self._held is not None:
            wait([self._child[1], self._child[0].sentinel], TICK)
        else:
            time.sleep(TICK)

    def _begin(self) -> None:
        """Claim a job, if one waits, and hand it to the child."""
        with self._store.read() as session:
            if claims.next_waiting(session) is None:
                if self._child is not None and time.monotonic() - self._used > IDLE:
                    self._drop_child()
                return
        with self._store.write() as write:
            held = claims.claim(write, self._name)
        if held is None:
            return
        self._held, self._progress = held, None
        self._beaten = time.monotonic()
        if self._child is None or not self._child[0].is_alive():
            self._drop_child()
            self._child = self._start_child()
        try:
            self._child[1].send(held)
        except OSError:
            # The child ended just now; `_follow` sees it.
            self._child[0].join()

    def _start_child(self) -> tuple[BaseProcess, Connection]:
        # A fresh interpreter: a copy of this one would share its connections to the store.
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        child = context.Process(
            target=main, args=(theirs, self._settings, *self._edge), daemon=True
        )
        child.start()
        theirs.close()
        return child, ours

    def _follow(self, held: Claim) -> None:
        """Hear the child, and show that the job is alive; let it go if it is not ours any more."""
        # What was said counts until it is written: a store that is full does not take it at once.
        said = self._said or self._hear()
        if said == "ended":
            self._held, self._used = None, time.monotonic()
        elif said in ("later", "again", "died"):
            self._said = said
            if said != "again":
                self._drop_child()
            with self._store.write() as write:
                claims.give_back(write, held, counted=said != "later")
            self._held, self._said = None, ""
        elif time.monotonic() - self._beaten >= BEAT:
            try:
                with self._store.write() as write:
                    claims.beat(write, held, self._progress)
                self._progress, self._beaten = None, time.monotonic()
            except LostError:
                self._held = None
                self._drop_child()

    def _hear(self) -> str:
        """Return what the child said, ``died``, or ``""`` while it is at work."""
        if self._child is None:
            return "died"
        child, pipe = self._child
        try:
            while pipe.poll():
                said = pipe.recv()
                if isinstance(said, str):
                    return said
                self._progress = said
        except (EOFError, OSError):
            return "died"
        return "" if child.is_alive() or pipe.poll() else "died"

    def _take_over(self) -> None:
        """Let jobs wait again whose worker has shown no sign of life for too long."""
        now = time.monotonic()
        with self._store.read() as session:
            running = session.execute(
                select(JobRow.number, JobRow.fence, JobRow.beat).where(JobRow.state == "running")
            ).all()
        self._seen = {
            (number, fence, beat): self._seen.get((number, fence, beat), now)
            for number, fence, beat in running
        }
        for (number, fence, _), since in self._seen.items():
            if now - since > self._stale:
                with self._store.write() as write:
                    if claims.give_back(write, Claim(number, fence), counted=True):
                        LOGGER.info("job taken over", extra={"job": number})

    def _drop_child(self) -> None:
        if self._child is not None:
            child, pipe = self._child
            self._child = None
            child.kill()
            child.join()
            pipe.close()
