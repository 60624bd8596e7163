"""Uploaded tables that swell as they are read are read once elsewhere, with little to harm.

A workbook of two kilobytes can name a cell in its last row and column, and its reader then wants
half a terabyte; a Parquet file repeats one value a billion times. No size that a file states tells
it. So a process of its own reads each such file first, with a bound on memory and time; what ends
it is a fault of that file, and the server goes on. What it has read, the server can read too.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from api.settings import MIB, Settings
from optimizer.errors import Fault, InputError

SWELLING = (".csv.gz", ".xlsx", ".parquet")


def swelling_faults(folder: Path, settings: Settings) -> list[Fault]:
    """Return the fault of the first file that cannot be read within the limits.

    What else is wrong with a file, the reader of registers says in its own words.
    """
    paths = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name.lower().endswith(SWELLING)
    )
    if not paths:
        return []
    limits = (str(settings.max_reading // MIB), str(settings.max_reading_seconds))
    command = [sys.executable, "-m", __spec__.name, *limits, str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            input="\n".join(paths).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            # The time of the processor is bounded inside; this is for one that waits.
            timeout=4 * settings.max_reading_seconds + 60,
        )
        told, ended = done.stdout, done.returncode == 0
    except subprocess.TimeoutExpired as error:
        told, ended = error.stdout or b"", False
    if ended:
        return []
    begun = told.decode().splitlines()
    return [
        Fault(
            "archive-bomb",
            "upload",
            field=begun[-1][:200] if begun else "",
            expected=f"expected a table that is read within {limits[0]} MiB and {limits[1]} s",
            mend="Save the table again with its own rows and columns alone, or as CSV.",
        )
    ]


def _read(most_mib: int, seconds: int, folder: Path, paths: Sequence[str]) -> None:
    """Read each file, after saying its name; ends the process where a limit is met."""
    from optimizer.io.tables import read_table

    try:
        import resource
    except ImportError:
        pass
    else:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        pages = Path("/proc/self/statm")
        held = int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 0
        most = held + most_mib * MIB
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for path in paths:
        sys.stdout.write(path + "\n")
        sys.stdout.flush()
        try:
            read_table(folder / path)
        except InputError:
            continue


if __name__ == "__main__":
    _read(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.stdin.read().split("\n"))
