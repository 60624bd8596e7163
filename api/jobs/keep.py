"""The worker processes that a server starts beside itself, and starts again when they end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence

from api.logs import LOGGER

PAUSE = 2.0
"""Seconds before a worker that ended is started again."""
PATIENCE = 20.0
"""Seconds that a worker has to give its job back when the server stops."""


class Workers:
    """A few workers, each in a process of its own; to be closed.

    They hold the other end of a pipe, and end when it closes. So they never outlive the server,
    not even one that was killed.

    Parameters
    ----------
    options
        What ``double-random work`` is told, such as the store.
    count
        How many workers.
    """

    def __init__(self, options: Sequence[str], count: int) -> None:
        self._command = (sys.executable, "-m", "optimizer", "work", "--with-parent", *options)
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._keep, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _keep(self) -> None:
        while not self._closing.is_set():
            process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            )
            while process.poll() is None and not self._closing.wait(0.2):
                pass
            if process.poll() is None:
                _end(process)
            else:
                LOGGER.error("a worker ended", extra={"code": process.returncode})
                self._closing.wait(PAUSE)

    def close(self) -> None:
        """Ask the workers to stop, and wait until they have."""
        self._closing.set()
        for thread in self._threads:
            thread.join()


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
