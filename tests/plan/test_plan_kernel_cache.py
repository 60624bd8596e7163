"""What is compiled is kept on disk, and never outlives a change of what it calls."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KERNEL = Path(__file__).parents[2] / "optimizer" / "plan" / "kernel" / "jit.py"
CALLER = """
from kernel.callee import value
from kernel.jit import jit

@jit
def ask() -> int:
    return value()
"""
CALLEE = """
from kernel.jit import jit

@jit
def value() -> int:
    return {}
"""


def test_a_change_of_a_callee_is_seen(tmp_path: Path) -> None:
    """A caller in an unchanged file gives what its callee in another file says now."""
    pytest.importorskip("numba")
    folder = tmp_path / "kernel"
    folder.mkdir()
    (folder / "__init__.py").write_text("", "utf-8")
    (folder / "jit.py").write_bytes(KERNEL.read_bytes())
    (folder / "caller.py").write_text(CALLER, "utf-8")
    told = []
    for number in (1, 2, 2):
        (folder / "callee.py").write_text(CALLEE.format(number), "utf-8")
        program = "from kernel.caller import ask; print(ask(), sum(ask.stats.cache_hits.values()))"
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout.split())
    assert told == [["1", "0"], ["2", "0"], ["2", "1"]]
