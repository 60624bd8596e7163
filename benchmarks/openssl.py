"""The machine's raw SHA-256 speed: messages of 64 bytes a second."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import time
from typing import NamedTuple

_BYTES = 64


class RawSpeed(NamedTuple):
    """Messages of 64 bytes hashed a second on one core, and how that was found."""

    per_second: float
    source: str


def raw_speed(seconds: int = 1) -> RawSpeed:
    """Ask ``openssl speed``; where there is none, time a loop over hashlib.

    Parameters
    ----------
    seconds
        For how long.
    """
    program = shutil.which("openssl")
    if program:
        options = ["speed", "-evp", "sha256", "-bytes", str(_BYTES), "-seconds", str(seconds)]
        done = subprocess.run(
            [program, *options, "-mr"], capture_output=True, text=True, check=False
        )
        found = re.search(r"^\+F:\d+:sha256:([0-9.]+)", done.stdout, re.MULTILINE)
        if done.returncode == 0 and found:
            return RawSpeed(float(found[1]) / _BYTES, "openssl " + " ".join(options))
    return RawSpeed(_loop(seconds), "a loop over hashlib (there is no openssl program)")


def _loop(seconds: int) -> float:
    block, sha256, batch = bytes(_BYTES), hashlib.sha256, 10_000
    begun, done = time.perf_counter(), 0
    while (past := time.perf_counter() - begun) < seconds:
        for _ in range(batch):
            sha256(block).digest()
        done += batch
    return done / past
