"""The how-to page: its commands run in order against a real server, and it names what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from fastapi.routing import APIRoute
from shell_page import ROOT, free_port, run_page

from api.app import ROUTERS

PAGE = (ROOT / "docs" / "how-to" / "api.md").read_text("utf-8")


def test_the_commands_run_in_order(tmp_path: Path) -> None:
    """Every shell block of the page ends well, in one shell, with curl against the server."""
    blocks = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
    assert len(blocks) >= 8
    port = free_port()
    (client,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    (tmp_path / "client.py").write_text(client.replace("8000", port), "utf-8")
    printed = run_page(blocks, tmp_path, port)
    refused = json.loads((tmp_path / "refused.json").read_text())
    assert refused["rule"]
    assert refused["clause"]
    assert refused["mend"]
    assert json.loads((tmp_path / "draw.json").read_text())["items"]
    assert '"outcome":"' in printed
    assert '"version":2' in printed
    assert re.search(r"(joined|new) 2026-0\d-\d\d with", printed)
    assert re.search(r"^/problems/[a-z-]+ \[", printed, re.M)
    assert '"counts":{"kept":' in printed
    assert '"why_day":{' in printed
    assert re.search(r"202 /v1/jobs/\d+", printed)
    assert re.search(r"^event: done$", printed, re.M)
    assert '"state":"cancelled"' in printed or "/problems/job-ended" in printed


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
