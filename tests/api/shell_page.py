"""The shell blocks of a how-to page, run in one shell against the server that the page starts."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return str(door.getsockname()[1])


CLOCK = """\
import sys
from datetime import datetime
from importlib.machinery import PathFinder

ahead = datetime.fromisoformat("{begin}") - datetime.now().astimezone()


class Clock:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "api.store.database":
            return None
        spec = PathFinder.find_spec(name, path)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            real = module.local_time

            def local_time():
                return real() + ahead

            local_time.__module__, local_time.__qualname__ = name, "local_time"
            module.local_time = local_time

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Clock)
"""
"""Read by Python at its start: the service's clock goes on from another time."""


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
        clock = folder / "clock"
        clock.mkdir()
        (clock / "sitecustomize.py").write_text(CLOCK.format(begin=begin))
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
