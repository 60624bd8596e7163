"""What a process and those it started use together: memory at its peak, and processor time."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

STEP = 1.0
"""Seconds between two looks at the memory: one takes some 15 ms for each process."""


class Together:
    """Looks at this process and some it started, from its beginning to its end.

    Memory is the proportional set size: a page that several processes share counts once. It is
    looked at every `STEP` seconds, so what lasts less may be missed.

    Attributes
    ----------
    peak_kib
        The most all used at one time; 0 where the system does not say.
    others_seconds
        Processor time of the others, user and system; 0 where the system does not say.

    Parameters
    ----------
    others
        Processes, which must live until the end.
    """

    def __init__(self, others: Sequence[int]) -> None:
        self._all = (os.getpid(), *others)
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._before = 0.0
        self.peak_kib = 0
        self.others_seconds = 0.0

    def __enter__(self) -> Together:
        """Begin."""
        self._before = self._cpu()
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._done.set()
        self._watch.join()
        self.others_seconds = self._cpu() - self._before

    def _look(self) -> None:
        while True:
            self.peak_kib = max(self.peak_kib, sum(pss_kib(process) for process in self._all))
            if self._done.wait(STEP):
                return

    def _cpu(self) -> float:
        return sum(cpu_seconds(process) for process in self._all[1:])


def pss_kib(process: int) -> int:
    """Return the proportional set size of a process in KiB; 0 where the system does not say."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def cpu_seconds(process: int) -> float:
    """Return the processor time of a process so far; 0 where the system does not say."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:
        return 0.0
    # The name, in brackets, may hold spaces; user and system time are the 14th and 15th fields.
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
