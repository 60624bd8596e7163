"""The second verifier, `verify.js`, asked beside the first: both must say the same."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BATCH = Path(__file__).parent / "batch.js"


def find_node() -> str | None:
    """Return the path of an installed node, or ``None``."""
    return os.environ.get("NODE") or shutil.which("node") or shutil.which("nodejs")


def timeless(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report without the times, in which no two runs agree."""
    checks = [{k: v for k, v in check.items() if k != "seconds"} for check in report["checks"]]
    return {**report, "checks": checks}


class Second:
    """One process of `verify.js` that verifies publications in memory, one after another."""

    def __init__(self, node: str) -> None:
        self._process = subprocess.Popen(
            [node, str(BATCH)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._kept: dict[str, bytes] = {}

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Hand over files once that most publications to come share."""
        self._kept = dict(files)
        self._write({"keep": [[name, _text(data)] for name, data in files.items()]})

    def ask(
        self,
        files: Mapping[str, bytes],
        *,
        vkey: str | None = None,
        seen: Iterable[bytes] = (),
        witnesses: Iterable[str] = (),
        plan: bool = False,
    ) -> None:
        """Begin to verify a publication, or with `plan` a plan alone."""
        told = [
            [name, None if self._kept.get(name) == data else _text(data)]
            for name, data in files.items()
        ]
        more = {"seen": [*map(_text, seen)], "witnesses": [*witnesses]}
        self._write({"files": told, "vkey": vkey, **more, "plan": plan})

    def ask_proof(self, data: bytes, *, vkey: str | None = None) -> None:
        """Begin to verify an enterprise's own proof."""
        self._write({"proof": _text(data), "vkey": vkey})

    def answer(self) -> dict[str, Any]:
        """Return the report of the oldest publication asked for."""
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def part(self, name: str, *given: bytes) -> Any:
        """Return what one part of verify.js makes of some bytes."""
        self._write({"part": name, "with": [_text(data) for data in given]})
        return self.answer()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
