"""The newest checkpoint, kept outside the store: a restored backup cannot fork the log unseen."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - not on Windows, where one server has the store alone
    fcntl = None  # type: ignore[assignment]


class Apart:
    """A file that only ever changes to a larger checkpoint, but where the log says otherwise.

    Parameters
    ----------
    size_of
        Opens a signed checkpoint and returns its size.
    """

    def __init__(self, path: Path, size_of: Callable[[bytes], int]) -> None:
        self._path = path
        self._size_of = size_of
        self._threads = threading.Lock()
        self._last = (b"", 0)

    def read(self) -> bytes | None:
        """Return the checkpoint, or ``None`` before the first."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, signed: bytes, size: int) -> None:
        """Replace the checkpoint by one of `size` entries, unless what is there has as many."""
        with self._alone():
            known = self.read()
            if known is not None and self._known_size(known) >= size:
                return
            self._put(signed, size)

    def supersede(self, known: bytes, signed: bytes, size: int) -> None:
        """Replace the checkpoint `known` by one of a log that says that it goes on without it."""
        with self._alone():
            if self.read() == known:
                self._put(signed, size)

    def _put(self, signed: bytes, size: int) -> None:
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("wb") as file:
            file.write(signed)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._last = (signed, size)

    def _known_size(self, signed: bytes) -> int:
        """Return the size of a checkpoint; one that was kept here need not be verified again."""
        return self._last[1] if signed == self._last[0] else self._size_of(signed)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the only right to compare and swap, among threads and server processes."""
        with self._threads, self._path.with_name(f"{self._path.name}.lock").open("wb") as file:
            if fcntl is not None:
                # Released when the file is closed, also by a crash.
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
