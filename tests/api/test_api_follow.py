"""Plans made again while requests come in: they end, and every promise stands."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import MakeServer, Server
from test_api_jobs import ask_plan, claimed, job
from test_api_servers import held, hold_to_the_rules, planned, wanted

from api.jobs.perform import TRIES, perform
from api.settings import Settings
from optimizer.plan import PlanState

BASE = "/v1/campaigns/test-2026"


class Traffic:
    """Requests without a pause, from a thread: what was granted, check by check."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stop = threading.Event()
        self._grown = threading.Condition()
        self.granted: dict[str, str] = {}
        self.thread = threading.Thread(target=self._send)

    def _send(self) -> None:
        dice = random.Random(5)
        number = 0
        while not self._stop.is_set():
            number += 1
            month = dice.randrange(3, 10)
            body = wanted(
                dice.randrange(60),
                dice.choice(["H-1", "F-1", "M-1"]),
                source=dice.choice(["daily", "complaint", "transferred"]),
                earliest=f"2026-{month:02}-03",
                due=f"2026-{month + 1:02}-20",
                check=f"C-{number}",
            )
            answer = self._server.write("/v1/requests", json=body)
            assert answer.status_code in (201, 409), answer.text
            if answer.status_code == 201:
                with self._grown:
                    self.granted[answer.json()["check"]] = answer.json()["day"]
                    self._grown.notify_all()

    def wait(self, more: int) -> None:
        """Wait until so many more were granted."""
        with self._grown:
            wanted = len(self.granted) + more
            assert self._grown.wait_for(lambda: len(self.granted) >= wanted, 60)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Send while the block runs."""
        self.thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self.thread.join()


class Busy:
    """Progress that lets a few requests through at every stage."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def stage(self, name: str) -> None:
        self._traffic.wait(2)

    def step(self, done: int, total: int, note: str = "") -> None:
        pass


def test_a_replan_ends_under_steady_traffic(settings: Settings, make_server: MakeServer) -> None:
    """Plan after plan is made at the first try while requests are granted without a pause; all
    that was promised stands on its day, no rule is broken by the verifier's code, and the server
    holds the same as one that starts now."""
    server = make_server(settings)
    planned(server, 60)
    traffic = Traffic(server)
    with traffic.flowing():
        for number in (1, 2):
            ask_plan(server)
            perform(server.service, claimed(server), Busy(traffic))
            done = job(server, number)
            assert (done["state"], done["problem"]) == ("done", None)
            made = server.get(done["result"]["plan"]).json()
            assert made["version"] == number + 1
            assert made["followed"] >= 2
    hold_to_the_rules(server, traffic.granted)
    a, b = held(server), held(make_server(settings))
    assert a.mark == b.mark
    assert a.state.visits == b.state.visits
    logged = server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]
    told = [entry["body"]["followed"] for entry in logged if entry["kind"] == "plan-version"]
    assert told[0] == 0
    assert all(told[1:])


def test_what_cannot_be_followed_is_planned_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the new plan left no room for a promise it is made again, around it; a few times."""
    planned(server, 60)
    traffic = Traffic(server)
    adopt, left = PlanState.adopt, TRIES - 1

    def full(self: PlanState, *args: object) -> bool:
        nonlocal left
        left -= 1
        return adopt(self, *args) if left < 0 else False  # type: ignore[arg-type]

    monkeypatch.setattr(PlanState, "adopt", full)
    with traffic.flowing():
        ask_plan(server)
        perform(server.service, claimed(server), Busy(traffic))
        assert job(server, 1)["state"] == "done"
        left = 1000
        ask_plan(server)
        perform(server.service, claimed(server), Busy(traffic))
    failed = job(server, 2)
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "/problems/plan-superseded")
    hold_to_the_rules(server, traffic.granted)
