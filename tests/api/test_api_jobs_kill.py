"""Servers, workers and their children are killed in the middle of jobs: none is lost or twice."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_city import DICE, files, pack
from conftest import listen

from api.app import create_app
from api.jobs.child import main
from api.services.keys import new_key
from api.settings import Settings
from api.store.database import local_time
from benchmarks.served import STOPPED, Served, run

KILLS = int(os.environ.get("DOUBLE_RANDOM_KILLS", "8"))
"""More by the environment: each costs the start of a process that loads the planner."""
BASE = "/v1/campaigns/test-2026"


class Working:
    """A worker of its own, as ``double-random work`` starts it."""

    def __init__(self, db: Path) -> None:
        command = [sys.executable, "-m", "optimizer", "work", "--db", str(db), "--stale", "2"]
        with db.with_name("work.log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log)

    def child(self) -> int | None:
        """Return the process in which it computes, if it has one by now."""
        own = self.process.pid
        listed = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        for pid in listed:
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
        return None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def write(client: httpx.Client, path: str, name: str, **more: Any) -> httpx.Response:
    headers = {"idempotency-key": name, **more.pop("headers", {})}
    answer = client.request(more.pop("method", "POST"), path, headers=headers, **more)
    answer.raise_for_status()
    return answer


def prepared(db: Path) -> dict[str, str]:
    """Commit and reveal a campaign; return the headers of an admin."""
    app = create_app(Settings(db=db))
    with app.state.service.store.write() as made:
        other, own = (
            {"authorization": f"Bearer {new_key(made, secrets.token_bytes, role='admin').text}"}
            for _ in range(2)
        )
    client, stop = listen(app)
    try:
        write(
            client,
            "/v1/campaigns",
            "commit",
            content=pack(files(enterprises=200, inspectors=12)),
            headers={**other, "content-type": "application/zip"},
        )
        write(client, f"{BASE}/reveal", "reveal", json={"seed": DICE}, headers=own)
    finally:
        stop()
    return own


def ask(client: httpx.Client, number: int) -> None:
    body = {"reason": f"plan {number}", "effort": 1}
    answer = write(
        client, f"{BASE}/plans", f"p{number}", json=body, headers={"prefer": "respond-async"}
    )
    assert answer.status_code == 202


def every(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found = client.get(path).json()
    assert found["next"] is None
    items: list[dict[str, Any]] = found["items"]
    return items


def all_ended(client: httpx.Client, seconds: float) -> list[dict[str, Any]]:
    until = time.monotonic() + seconds
    while any(
        job["state"] in ("waiting", "running") for job in every(client, "/v1/jobs?limit=500")
    ):
        assert time.monotonic() < until
        time.sleep(0.3)
    return every(client, "/v1/jobs?limit=500")


def look(client: httpx.Client, asked: int) -> None:
    """Each job has ended or is marked, and what was made was made once."""
    jobs = every(client, "/v1/jobs?limit=500")
    assert [job["arguments"]["reason"] for job in jobs] == [f"plan {n}" for n in range(asked)]
    made = [job["result"]["version"] for job in jobs if job["state"] == "done"]
    plans = every(client, f"{BASE}/plans?limit=500")
    assert sorted(made) == [plan["version"] for plan in plans] == list(range(1, len(made) + 1))
    by_reason = {plan["reason"]: plan["version"] for plan in plans}
    for job in jobs:
        assert job["state"] in ("done", "interrupted", "failed")
        reason = job["arguments"]["reason"]
        assert by_reason.get(reason) == (job["result"] or {}).get("version")
        if job["state"] == "interrupted":
            assert job["problem"]["type"] == "/problems/job-interrupted"
        elif job["state"] == "failed":
            # The first plan was interrupted for good, so those behind it have none to follow.
            assert job["problem"]["type"] == "/problems/wrong-order"
    logged = [
        entry["body"]["version"]
        for entry in every(client, "/v1/public/ledger/entries?limit=500")
        if entry["kind"] == "plan-version"
    ]
    assert sorted(logged) == sorted(made)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")
def test_kill_9_loses_no_job_and_doubles_none(tmp_path: Path) -> None:
    """Worker, child, server, or all of them die by SIGKILL at random moments; then all is run."""
    chance = random.Random(7)
    db = tmp_path / "store.sqlite3"
    own = prepared(db)
    server, worker = Served(db, "--workers", "0"), Working(db)
    try:
        for turn in range(KILLS):
            server.client.headers.update(own)
            ask(server.client, turn)
            time.sleep(chance.uniform(0.0, 4.0))
            target = chance.choice(("worker", "child", "server", "both"))
            if target == "child":
                child = worker.child()
                if child is not None:
                    os.kill(child, signal.SIGKILL)
            if target in ("worker", "both"):
                worker.kill()
            if target in ("server", "both"):
                server.kill()
                server.client.close()
                server = Served(db, "--workers", "0")
            if target in ("worker", "both"):
                worker = Working(db)
        server.client.headers.update(own)
        all_ended(server.client, 60 + 20 * KILLS)
        look(server.client, KILLS)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(30) == 0
        assert server.stop() in STOPPED
    finally:
        server.kill()
        server.client.close()
        worker.kill()


def test_a_killed_server_takes_its_worker_along(tmp_path: Path) -> None:
    """The worker that a server started ends with it and gives its job back; the next start runs
    it, once."""
    db = tmp_path / "store.sqlite3"
    own = prepared(db)
    with Served(db) as server:
        server.client.headers.update(own)
        ask(server.client, 0)
        ask(server.client, 1)
        until = time.monotonic() + 60
        while server.client.get("/v1/jobs/1").json()["state"] == "waiting":
            assert time.monotonic() < until
            time.sleep(0.05)
        server.kill()
    with Served(db, "--workers", "2") as server:
        server.client.headers.update(own)
        jobs = all_ended(server.client, 120)
        look(server.client, 2)
        assert [job["state"] for job in jobs] == ["done", "done"]
        assert server.stop() in STOPPED


def test_bad_workers_are_bad_input(tmp_path: Path) -> None:
    """Counts and times that make no sense end with exit code 2."""
    for args in (
        ("serve", "--workers", "-1"),
        ("serve", "--workers", "x"),
        ("work", "--stale", "0"),
    ):
        done = run(*args, "--db", str(tmp_path / "s.sqlite3"), cwd=tmp_path)
        assert done.returncode == 2, args
        assert done.stderr


def test_a_child_that_cannot_open_the_store_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A line of the log with what is wrong, no trace; the worker sees that it ended."""
    settings = Settings(db=tmp_path / "s.sqlite3")
    settings.db.write_text("this is no store")
    ours, theirs = get_context("spawn").Pipe()
    child = get_context("spawn").Process(
        target=main, args=(theirs, settings, local_time, secrets.token_bytes)
    )
    child.start()
    theirs.close()
    child.join(60)
    child.kill()
    assert child.exitcode == 1
    with pytest.raises(EOFError):
        ours.recv()
    said = capfd.readouterr().err.strip().splitlines()
    (line,) = [json.loads(each) for each in said]
    assert line["event"] == "the store could not be opened"
    assert "--db" in line["said"]
