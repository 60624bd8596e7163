"""SIGTERM ends the real server in order; all that it says meanwhile is lines of JSON."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from api_city import files, pack
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from api.settings import Settings
from api.store.engine import WRITE, make_engine
from api.store.tables import CampaignRow
from benchmarks.served import STOPPED, Served


def connections(client: httpx.Client) -> float:
    """Return how many connections to the store the server has in use."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "double_random_store_connections_used"
    )


def answering(server: Served) -> set[int]:
    """Return the processes that have answered a request."""
    text = server.log.read_text("utf-8")
    whole = text[: text.rfind("\n") + 1]  # the last line may be half written
    lines = [json.loads(line) for line in whole.splitlines()]
    return {line["process"] for line in lines if line["event"] == "request"}


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_stop_finishes_what_was_begun(settings: Settings, processes: str) -> None:
    """A write that waits for the store when SIGTERM comes is made, answered and logged."""
    folder = settings.log_key.parent
    store = settings.url or settings.db
    options = ("--workers", "0", "--processes", processes)
    with Served(store, *options, home=folder) as server, ThreadPoolExecutor() as pool:
        key = server.printed
        server.client.headers["authorization"] = f"Bearer {key}"
        while len(answering(server)) < int(processes):
            # A connection each; a process that begins needs the store, which is held below.
            httpx.get(f"{server.url}/healthz", trust_env=False, timeout=60)
        engine = make_engine(settings)
        with engine.connect().execution_options(**{WRITE: True}) as held, held.begin():
            waiting = pool.submit(
                httpx.post,
                f"{server.url}/v1/campaigns",
                content=pack(files()),
                headers={
                    "authorization": f"Bearer {key}",
                    "idempotency-key": "commit",
                    "content-type": "application/zip",
                    "x-request-id": "begun-before",
                },
                timeout=60,
                trust_env=False,
            )
            while connections(server.client) < 1:
                time.sleep(0.02)
            server.client.close()
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert server.process.poll() is None
            assert not waiting.done()
        answer = waiting.result()
        assert answer.status_code == 201
        assert server.process.wait(60) in STOPPED
        with engine.connect() as connection:
            assert connection.scalars(select(CampaignRow.id)).all() == ["test-2026"]
        engine.dispose()
    lines = [json.loads(line) for line in server.log.read_text("utf-8").splitlines()]
    for line in lines:
        assert datetime.fromisoformat(line["time"]).tzinfo is not None
        assert line["level"] in ("info", "warning", "error")
        assert type(line["process"]) is int
    assert any(line["event"].startswith("listening on http://") for line in lines)
    (told,) = [line for line in lines if line.get("request") == "begun-before"]
    assert (told["event"], told["status"], told["route"]) == ("request", 201, "/v1/campaigns")
    assert key.rsplit("_", 1)[1] not in server.log.read_text("utf-8")


def test_neither_entry_codes_nor_keys_in_paths_are_logged(tmp_path: Path) -> None:
    """Who puts a secret into the address finds it in no log."""
    with Served(tmp_path / "store.sqlite3", "--workers", "0") as server:
        key = server.printed
        for path in (f"/nowhere/{key}", "/E/DR1.SECRETCODE", "/v1/public/entry-codes/SECRETCODE"):
            server.client.get(path, params={"key": key})
        assert server.stop() in STOPPED
    log = server.log.read_text("utf-8")
    assert key.rsplit("_", 1)[1] not in log
    assert "SECRETCODE" not in log
    paths = [json.loads(line).get("path") for line in log.splitlines()]
    assert {"/E/***", "/v1/public/entry-codes/***"} <= set(paths)
