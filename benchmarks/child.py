"""One measurement in a process of its own, so that its peak of memory is its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from optimizer.errors import CheckFailedError


def measure(module: str, job: Mapping[str, Any], *, seconds: float | None = None) -> dict[str, Any]:
    """Run ``module.measured(job)`` in a new process.

    Parameters
    ----------
    module
        Name of a module of `benchmarks`.
    job
        Plain JSON values.
    seconds
        After which the process is ended; ``None``: never.

    Returns
    -------
    dict
        What the function returned, with ``peak_mib``: peak resident memory of the process.

    Raises
    ------
    CheckFailedError
        Where the process failed, with the end of what it said, or came to no end.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.child", module, json.dumps(job)],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        text = f"{module} {json.dumps(job)} came to no end within {seconds:.0f} s"
        raise CheckFailedError(text) from None
    if done.returncode:
        raise CheckFailedError(f"{module} {json.dumps(job)} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(module: str, job: str) -> None:
    """Measure and print one line of JSON."""
    measured: Callable[[Mapping[str, Any]], dict[str, Any]] = import_module(module).measured
    found = measured(json.loads(job))
    # A function that goes on after what it measures says its own peak.
    print(json.dumps({"peak_mib": round(peak_kib() / 2**10, 1), **found}))


def peak_kib(process: int | str = "self") -> int:
    """Return the peak resident memory of this process, or of one it started, in KiB."""
    # On Linux ru_maxrss begins with the peak of the process that started this one.
    status = Path(f"/proc/{process}/status")
    if status.exists():
        for line in status.read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    who = resource.RUSAGE_SELF if process == "self" else resource.RUSAGE_CHILDREN
    peak = resource.getrusage(who).ru_maxrss
    return peak // 2**10 if sys.platform == "darwin" else peak


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
