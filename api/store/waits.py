"""How long writes wait for the store's one write lock: told to whoever watches."""

from __future__ import annotations

from typing import Protocol


class Waits(Protocol):
    """Hears of every write that begins, or gives up before it could."""

    def begun(self, seconds: float, *, contended: bool, retries: int) -> None:
        """Hear of a write that has the lock.

        Parameters
        ----------
        seconds
            How long it waited.
        contended
            Whether another write held the lock when it came.
        retries
            How often it tried again (SQLite; PostgreSQL wakes who waits).
        """
        ...

    def gave_up(self) -> None:
        """Hear of a write that was refused, since it waited too long."""
        ...


class Silent:
    """Watches nothing."""

    def begun(self, seconds: float, *, contended: bool, retries: int) -> None:
        """Do nothing."""

    def gave_up(self) -> None:
        """Do nothing."""
