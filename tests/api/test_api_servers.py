"""Several server processes on one store: one schedule, whoever answers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from api_city import enterprise, files, pack
from conftest import MakeServer, Server

from api.services import live, visit_rows
from api.settings import Settings
from benchmarks.checker import check_plan
from benchmarks.served import STOPPED, Served

DAYS = {"earliest": "2026-08-03", "due": "2026-08-07"}


def wanted(number: int, item: str = "H-1", **more: Any) -> dict[str, Any]:
    department = {"H": "health", "F": "fire", "M": "market"}[item[0]]
    place = {"enterprise": enterprise(number), "item": item, "department": department}
    return {"campaign": "test-2026", **place, **DAYS, **more}


def planned(server: Server, enterprises: int = 24) -> None:
    server.commit(pack(files(enterprises=enterprises))).raise_for_status()
    server.reveal().raise_for_status()
    server.write("/v1/campaigns/test-2026/plans", json={"reason": "year"}).raise_for_status()


def held(server: Server) -> live.Live:
    with server.service.store.read() as session:
        return live.current(server.service, session, live.row_of(session, "test-2026"))


def hold_to_the_rules(server: Server, granted: Mapping[str, str]) -> None:
    """Check the store's schedule with the verifier's code, and that it holds every grant."""
    service = server.service
    with service.store.read() as session:
        row = live.row_of(session, "test-2026")
        visits = visit_rows.standing(session, "test-2026", row.plan)
        arguments = live.arguments(service, session, "test-2026", visits)
    days = {check: visit.day for visit in visits for check in visit.checks}
    assert check_plan(arguments, days).visits == len(visits)
    assert {check: days[check].isoformat() for check in granted} == dict(granted)


def test_a_server_follows_what_another_granted(
    settings: Settings, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each grants in turn, new visits and joined ones; each knows the other's without reading the
    schedule anew, and both hold the same as a server that starts now.
    """
    first = make_server(settings)
    planned(first)
    second = make_server(settings)
    assert held(first).mark == held(second).mark
    with monkeypatch.context() as patched:
        patched.setattr(live, "_make", None)  # to make it again would fail
        outcomes = [
            (first, second)[turn % 2].write("/v1/requests", json=wanted(number, item))
            for turn, (number, item) in enumerate(
                (n, item) for n in (0, 2, 4, 6, 8) for item in ("H-1", "F-1", "M-1")
            )
        ]
        a, b = held(first), held(second)
    told = [answer.json().get("outcome", answer.status_code) for answer in outcomes]
    assert {"new", "joined"} <= set(told)
    third = held(make_server(settings))
    for other in (b, third):
        assert a.mark == other.mark
        assert a.state.visits == other.state.visits
        assert {k: sorted(c.id for c in v) for k, v in a.state.checks.items()} == {
            k: sorted(c.id for c in v) for k, v in other.state.checks.items()
        }
    rows = {(r.unit, r.kind, r.skill): n for n, r in enumerate(b.state.problem.rows)}
    for n, row in enumerate(a.state.problem.rows):
        if (row.unit, row.kind, row.skill) in rows:
            place = rows[row.unit, row.kind, row.skill]
            assert a.state.room.left[n] == b.state.room.left[place]


def test_far_behind_is_made_again(
    settings: Settings, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that missed more than it may follow reads the schedule, and then knows the same."""
    monkeypatch.setattr(live, "FEW", 2)
    first, second = make_server(settings), make_server(settings)
    planned(first)
    held(second)
    for number in (0, 2, 4, 6):
        first.write("/v1/requests", json=wanted(number)).raise_for_status()
    assert second.write("/v1/requests", json=wanted(8)).status_code == 201
    assert held(first).state.visits == held(second).state.visits


def test_racing_requests_overdraw_nothing(
    settings: Settings, make_server: MakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Hundreds of requests for little room, at two servers from eight clients: afterwards every
    rule holds by the verifier's code, and the schedule is what the answers said.
    """
    servers = [make_server(settings) for _ in range(2)]
    planned(servers[0], 60)
    for server in servers:
        # FastAPI readies a route at its first request, and hushes warnings meanwhile, which no
        # two threads of one process may do at once.
        assert server.write("/v1/requests", json={}).status_code == 422
    dice = random.Random(11)
    asked = [
        wanted(
            dice.randrange(60),
            dice.choice(["H-1", "F-1", "M-1"]),
            source=dice.choice(["daily", "complaint", "transferred"]),
            earliest=f"2026-0{dice.randrange(6, 9)}-03",
            due=f"2026-09-{dice.randrange(10, 30)}",
            check=f"C-{n}",
        )
        for n in range(240)
    ]

    def send(pair: tuple[int, dict[str, Any]]) -> httpx.Response:
        return servers[pair[0] % 2].write("/v1/requests", json=pair[1])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, enumerate(asked)))
    failed = [
        (r.__dict__["error"], r.__dict__["place"]) for r in caplog.records if r.msg == "failed"
    ]
    assert failed == []
    assert {answer.status_code for answer in answers} == {201, 409}
    granted = {a.json()["check"]: a.json()["day"] for a in answers if a.status_code == 201}
    assert len(granted) > 40
    hold_to_the_rules(servers[0], granted)


def test_processes_behind_one_port(settings: Settings, make_server: MakeServer) -> None:
    """`serve --processes 2` answers on one port from two processes that know each other's
    grants; the same idempotency key gives the same answer, whichever process it reaches.
    """
    made = make_server(settings)
    planned(made)
    db = settings.url or settings.db
    with Served(db, "--processes", "2", home=settings.log_key.parent) as server:
        pid = server.process.pid

        def send(n: int) -> tuple[int, str, dict[str, str]]:
            # A connection of its own: the system gives it to either process.
            with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
                answer = client.post(
                    "/v1/requests",
                    json=wanted(n // 2 % 20, check=f"D-{n // 2}", source="complaint"),
                    headers={**made.auth("admin"), "idempotency-key": f"d{n // 2}"},
                )
            return answer.status_code, answer.text, dict(answer.headers)

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(send, range(48)))
        assert server.stop() in STOPPED
        assert pid == server.process.pid
    for one, two in zip(answers[::2], answers[1::2], strict=True):
        assert one[:2] == two[:2]
    granted = [status for status, _, _ in answers]
    assert set(granted) <= {201, 409}
    assert 201 in granted
