"""Reports of benchmarks: one shape as JSON, one as a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found.

    Attributes
    ----------
    bench
        Its name.
    command
        Command line that repeats it.
    rows
        All with the same fields.
    notes
        What is compared, and what was left out; for the reader of the table.
    failed
        Whether something that was measured did not come to its end; the notes say what.
    """

    bench: str
    command: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    failed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return ``{"bench", "machine", "command", "rows", "notes"}``."""
        return {
            "bench": self.bench,
            "machine": machine(),
            "command": self.command,
            "rows": [dict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    def as_table(self) -> str:
        """Return rows as aligned text, numbers to the right, then the notes."""
        if not self.rows:
            return "\n".join(("no rows", *self.notes))
        heads = list(self.rows[0])
        cells = [[_cell(row[head]) for head in heads] for row in self.rows]
        right = [
            all(isinstance(row[head], int | float | None) for row in self.rows) for head in heads
        ]
        widths = [
            max(len(line[column]) for line in [heads, *cells]) for column in range(len(heads))
        ]
        lines = [_line(line, widths, right) for line in [heads, *cells]]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*lines, "", *(f"  {note}" for note in self.notes)]).rstrip()


def machine() -> dict[str, Any]:
    """Return what speed depends on: processor, cores, system, Python."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    aligned = (
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(aligned).rstrip()
