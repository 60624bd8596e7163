"""What several processes use together is looked at from outside."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.together import STEP, Together, cpu_seconds, pss_kib

BUSY = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ninput()"
"""Works for half a second of the processor, says so, and waits."""

MAPS = (
    "import mmap, sys\nfile = open(sys.argv[1], 'rb')\n"
    "piece = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n"
    "piece.find(b'y')\nprint(flush=True)\ninput()"
)
"""Maps a file, reads it through, says so, and waits."""

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="the system does not say"
)


@needs_proc
def test_shared_pages_count_once(tmp_path: Path) -> None:
    """Two processes that map one file have half of it each."""
    size = 32 * 2**20
    path = tmp_path / "piece"
    path.write_bytes(b"x" * size)
    before = pss_kib(os.getpid())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as piece:
        assert piece.find(b"y") == -1
        alone = pss_kib(os.getpid()) - before
        with subprocess.Popen(
            [sys.executable, "-c", MAPS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdin is not None
            assert other.stdout is not None
            other.stdout.readline()
            together = pss_kib(os.getpid()) - before
            other.stdin.write(b"\n")
    assert alone > 0.9 * size / 2**10
    assert together < 0.7 * alone


@needs_proc
def test_memory_and_time_of_others_are_theirs() -> None:
    """The peak is that of both; the time of this process is not counted."""
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        with Together([other.pid]) as together:
            other.stdout.readline()
            time.sleep(2 * STEP)
        other.stdin.write(b"\n")
    assert 0.3 < together.others_seconds < 5
    assert together.peak_kib > pss_kib(os.getpid()) / 2


def test_a_process_that_is_gone_uses_nothing() -> None:
    assert pss_kib(2**22 + 1) == 0
    assert cpu_seconds(2**22 + 1) == 0
