"""The how-to page: its commands run in order against a real server, and it names what there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from api.app import ROUTERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "api.md").read_text("utf-8")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def test_the_commands_run_in_order(tmp_path: Path) -> None:
    """Every shell block of the page ends well, in one shell, with curl against the server."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    blocks = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
    assert len(blocks) >= 8
    port = str(free_port())
    script = "".join(blocks).replace("8000", port)
    (client,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    (tmp_path / "client.py").write_text(client.replace("8000", port), "utf-8")
    shutil.copytree(ROOT / "scenarios" / "presets", tmp_path / "scenarios" / "presets")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Whatever happens, the server that the page starts ends with the shell.
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"trap 'kill %1' EXIT\n{script}"],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    log = (tmp_path / "serve.log").read_text() if (tmp_path / "serve.log").exists() else ""
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}\n{log[-2000:]}"
    refused = json.loads((tmp_path / "refused.json").read_text())
    assert refused["rule"]
    assert refused["clause"]
    assert refused["mend"]
    assert json.loads((tmp_path / "draw.json").read_text())["items"]
    assert '"outcome":"' in done.stdout
    assert '"version":2' in done.stdout
    assert re.search(r"(joined|new) 2026-0\d-\d\d with", done.stdout)
    assert re.search(r"^/problems/[a-z-]+ \[", done.stdout, re.M)
    assert '"counts":{"kept":' in done.stdout
    assert '"why_day":{' in done.stdout
    assert re.search(r"202 /v1/jobs/\d+", done.stdout)
    assert re.search(r"^event: done$", done.stdout, re.M)
    assert '"state":"cancelled"' in done.stdout or "/problems/job-ended" in done.stdout


def test_every_resource_is_on_the_page() -> None:
    """The page names every resource of the API, so that none is added unsaid."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.path.startswith("/v1/"):
                parts = [part for part in route.path.split("/")[2:] if not part.startswith("{")]
                assert parts[-1] in PAGE, route.path


def test_every_setting_is_on_the_page() -> None:
    """The options of `double-random serve` that a user sets are on the page."""
    for option in ("--port", "--host", "--db", "--new-key", "--department", "--workers", "--stale"):
        assert option in PAGE
