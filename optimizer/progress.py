"""Progress of long work: a protocol, silent by default."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told about a long run as it goes on; must not influence its result."""

    def stage(self, name: str) -> None:
        """Say that the stage called `name` begins."""

    def step(self, done: int, total: int, note: str = "") -> None:
        """Say that `done` of `total` steps of the present stage are done."""


class Silent:
    """The default: says nothing."""

    def stage(self, name: str) -> None:
        """Ignore the stage."""

    def step(self, done: int, total: int, note: str = "") -> None:
        """Ignore the step."""


SILENT: Progress = Silent()
