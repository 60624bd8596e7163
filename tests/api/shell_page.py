"""The shell blocks of a how-to page, run in one shell against the server that the page starts."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.served import clock_from

ROOT = Path(__file__).parents[2]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return str(door.getsockname()[1])


def run_page(blocks: list[str], folder: Path, port: str, *, begin: str = "") -> str:
    """Run the blocks in order, with curl, beside the presets; return what they printed.

    Parameters
    ----------
    begin
        The time at which the page is run, RFC 3339, if another than now.
    """
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    script = "".join(blocks).replace("8000", port)
    shutil.copytree(ROOT / "scenarios" / "presets", folder / "scenarios" / "presets")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    modules = os.environ.get("PYTHONPATH", "")
    if begin:
        clock = clock_from(begin, folder)
        shown = clock / "date"
        shown.write_text(f'#!/bin/sh\nexec {shutil.which("date")} -d "{begin}" "$@"\n')
        shown.chmod(0o755)
        path, modules = (f"{clock}{os.pathsep}{old}" for old in (path, modules))
    # Whatever happens, the server that the page starts ends with the shell.
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"trap 'kill %1' EXIT\n{script}"],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": modules, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    log = (folder / "serve.log").read_text() if (folder / "serve.log").exists() else ""
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}\n{log[-2000:]}"
    return done.stdout
