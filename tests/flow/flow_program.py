"""Running the program and reading what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "scenarios" / "presets" / "small"


def program(*words: str | Path, env: Mapping[str, str] | None = None) -> tuple[int, Any, str]:
    """Run the program in a process of its own; return exit code, JSON and words."""
    done = subprocess.run(
        [sys.executable, "-m", "optimizer", *map(str, words), "--json"],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    """Return path → bytes of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
