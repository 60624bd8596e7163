"""Plan versions, the live schedule, and requests for a merged schedule."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from api_city import enterprise, files, pack
from conftest import MakeServer, Server

from api.services import live
from api.settings import Settings
from optimizer import canon
from optimizer.ledger import Ledger
from optimizer.plan import PlanState
from optimizer.plan.problem import Row

LAST = enterprise(23)
"""Lies in the zone that is always quiet."""


def planned(server: Server, archive: bytes | None = None) -> dict[str, Any]:
    """Commit, reveal and plan; return the first version."""
    server.commit(archive).raise_for_status()
    server.reveal().raise_for_status()
    answer = plan(server)
    answer.raise_for_status()
    return answer.json()


def plan(server: Server, reason: str = "the year's first plan", **more: Any) -> httpx.Response:
    return server.write("/v1/campaigns/test-2026/plans", json={"reason": reason, **more})


def where(visit: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    return visit["enterprise"], visit["day"], tuple(sorted(visit["checks"]))


def ask(server: Server, number: int, item: str = "H-1", role: str = "admin", **more: Any) -> Any:
    body = {
        "department": {"H": "health", "F": "fire", "M": "market", "O": "market"}[item[0]],
        "enterprise": enterprise(number),
        "item": item,
        "due": "2026-06-30",
        **more,
    }
    headers = {"content-type": "application/json"}
    return server.write("/v1/requests", role, content=json.dumps(body), headers=headers)


def visits(server: Server, query: str = "") -> list[dict[str, Any]]:
    found = server.get(f"/v1/visits?campaign=test-2026&limit=500{query}").json()
    assert found["next"] is None
    return found["items"]


def test_a_plan_keeps_every_check(server: Server) -> None:
    """Each on-site check of the draw is in one visit or left out, and the figures add up."""
    made = planned(server)
    base = "/v1/campaigns/test-2026"
    checks = server.get(f"{base}/documents/transcript/checks.json").json()["checks"]
    document = server.get(made["links"]["document"]).json()
    held = [check for visit in document["visits"] for check in visit["checks"]]
    left = [each["check"] for each in document["left_out"]]
    assert sorted(held + left) == sorted(check["id"] for check in checks)
    assert made["visits"] == len(document["visits"]) == len(visits(server))
    assert made["lower_bound"] <= made["visits"] + made["left_out"]
    assert server.get(base).json()["state"] == "planned"
    entries = Ledger.read(server.get(f"{base}/documents/ledger/entries.jsonl").content).entries
    assert [entry.kind for entry in entries[6:]] == ["problem", "roster", "plan"]
    assert entries[-1].body["sha256"] == made["plan_sha256"]


def test_versions_never_change(server: Server) -> None:
    """A second version names its parent and reason; the first reads as before, byte for byte."""
    made = planned(server)
    before = server.get(made["links"]["self"])
    stood = {where(visit) for visit in visits(server)}
    document = server.get(made["links"]["document"]).content
    server.write(
        "/v1/checks",
        json={
            "campaign": "test-2026",
            "checks": [
                {
                    "id": "T-77",
                    "enterprise": enterprise(3),
                    "item": "H-1",
                    "source": "complaint",
                    "received": "2026-03-05",
                    "due": "2026-04-20",
                }
            ],
        },
    ).raise_for_status()
    second = plan(server, "a complaint came in")
    assert second.status_code == 201
    told = second.json()
    assert (told["version"], told["parent"], told["reason"]) == (2, 1, "a complaint came in")
    held = server.get(told["links"]["document"])
    assert canon.digest(held.content) == told["plan_sha256"]
    assert (held.json()["version"], held.json()["parent"]) == (2, made["plan_sha256"])
    now = visits(server)
    assert "T-77" in {check for visit in now for check in visit["checks"]}
    # Least change: nobody else's visit is moved.
    others = {each for each in stood if each[0] != enterprise(3)}
    assert {where(visit) for visit in now if visit["enterprise"] != enterprise(3)} == others
    again = server.get(made["links"]["self"])
    assert (again.content, again.headers["etag"]) == (before.content, before.headers["etag"])
    assert server.get(made["links"]["document"]).content == document
    listed = server.get("/v1/campaigns/test-2026/plans?limit=1").json()
    assert [item["version"] for item in listed["items"]] == [1]
    assert listed["next"]
    assert server.get("/v1/campaigns/test-2026/plans/3").status_code == 404


def test_a_request_joins_a_visit(server: Server) -> None:
    """Where a visit to the enterprise stands, the answer is its day and what it is joined with."""
    planned(server)
    standing = next(visit for visit in visits(server) if visit["enterprise"] != LAST)
    number = int(standing["enterprise"][1:])
    before = server.get(standing["visit"])
    answer = ask(server, number)
    assert answer.status_code == 201
    told = answer.json()
    assert told["outcome"] == "joined"
    assert (told["visit"], told["day"]) == (standing["visit"], standing["day"])
    assert told["with_checks"] == standing["checks"]
    assert set(told["with"]) <= {"F-1", "M-1"}
    assert answer.headers["location"] == told["visit"]
    after = server.get(told["visit"])
    assert set(after.json()["checks"]) == {*standing["checks"], told["check"]}
    assert "health" in after.json()["departments"]
    assert after.headers["etag"] != before.headers["etag"]
    assert len(visits(server)) == len({visit["number"] for visit in visits(server)})


def test_a_request_gets_a_visit_of_its_own(server: Server) -> None:
    """Where no visit stands, a new one is made within the window."""
    planned(server)
    taken = {visit["enterprise"] for visit in visits(server)}
    number = next(i for i in range(23) if enterprise(i) not in taken)
    count = len(visits(server))
    told = ask(server, number, earliest="2026-05-11", due="2026-05-15").json()
    assert told["outcome"] == "new"
    assert "2026-05-11" <= told["day"] <= "2026-05-15"
    assert told["with"] == []
    shown = server.get(told["visit"]).json()
    assert (shown["enterprise"], shown["checks"]) == (enterprise(number), [told["check"]])
    assert len(visits(server)) == count + 1


def test_a_cap_refuses_with_rule_clause_and_mends(server: Server) -> None:
    """A second planned visit of a department in a year is refused as the design's example says;
    the same request for an exempt source is granted.
    """
    planned(server)
    taken = {visit["enterprise"] for visit in visits(server)}
    number = next(i for i in range(23) if enterprise(i) not in taken)
    days = {"earliest": "2026-05-11", "due": "2026-05-15"}
    assert ask(server, number, **days).status_code == 201
    later = {"earliest": "2026-08-03", "due": "2026-08-07"}
    count = len(visits(server))
    refused = ask(server, number, **later)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["type"] == "/problems/yearly-cap"
    assert problem["rule"] == "cap-department"
    assert problem["clause"] == "measure 4"
    assert problem["mend"] == ["2027-01-01 or later", "exemption by complaint, transferred"]
    assert len(visits(server)) == count
    assert server.get("/v1/checks").json()["items"][-1]["enterprise"] == enterprise(number)
    assert ask(server, number, source="complaint", **later).status_code == 201


def test_a_quiet_period_refuses_all_but_exempt_sources(server: Server) -> None:
    """In the quiet zone a planned request is refused with the rule; a complaint may come."""
    planned(server)
    problem = ask(server, 23).json()
    assert problem["type"] == "/problems/quiet-period"
    assert (problem["rule"], problem["clause"]) == ("quiet-zone", "measure 10")
    assert "exemption by complaint" in problem["mend"]
    assert ask(server, 23, source="transferred").status_code == 409
    assert ask(server, 23, source="complaint").status_code == 201


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"earliest": "2026-05-01", "due": "2026-05-03"}, "no-working-day"),
        ({"item": "O-1"}, "off-site"),
    ],
)
def test_other_refusals(server: Server, more: dict[str, Any], name: str) -> None:
    """Holidays alone in the window, and items that are checked off-site."""
    planned(server)
    answer = ask(server, 1, **more)
    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{name}")


def test_no_inspectors_left(server: Server) -> None:
    """When a unit's days in the window are full, the refusal names the unit."""
    planned(server)
    day = {"earliest": "2026-08-03", "due": "2026-08-03"}
    answers = [ask(server, number, **day) for number in range(0, 20, 2)]
    # Four inspectors with two half-days each make four visits of two inspectors.
    assert [answer.status_code for answer in answers] == [201] * 4 + [409] * 6
    problem = answers[-1].json()
    assert problem["type"] == "/problems/no-capacity"
    assert problem["rule"] == "health-140302"
    assert any("health-140302" in mend for mend in problem["mend"])


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"enterprise": "E9999"}, {"enterprise"}),
        ({"department": "fire"}, {"department"}),
        ({"source": "rumour"}, {"source"}),
        ({"due": "2025-12-31"}, {"due"}),
        ({"due": "2026-02-30", "severity": 9, "item": "H 1"}, {"due", "severity", "item"}),
        (
            {"enterprise": "E9999", "source": "rumour", "department": "fire"},
            {"enterprise", "source", "department"},
        ),
        ({"check": "P-1"}, {"check"}),
        ({"earliest": "2026-06-02", "due": "2026-06-01"}, {"due"}),
        ({"source": "\ud800"}, {"source"}),
        ({"\udfff": 1}, {r"\udfff"}),
    ],
)
def test_faulty_requests(server: Server, more: dict[str, Any], fields: set[str]) -> None:
    """Unknown enterprises, items of other departments and impossible days: 422 with all faults."""
    planned(server)
    answer = ask(server, 1, **more)
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["errors"]} == fields


def test_requests_need_a_plan(server: Server) -> None:
    """Before there is a plan there is nothing to join."""
    assert ask(server, 1).json()["type"] == "/problems/wrong-order"
    server.commit()
    assert ask(server, 1, campaign="test-2026").json()["type"] == "/problems/wrong-order"
    assert ask(server, 1, campaign="none").status_code == 404


def test_a_department_asks_for_itself(server: Server) -> None:
    """A department's key asks and submits for its own items alone, and sees its own visits."""
    planned(server)
    assert ask(server, 1, "H-1", "department").status_code == 403
    own = ask(server, 1, "F-1", "department", source="complaint")
    assert own.status_code == 201
    seen = server.get("/v1/visits?campaign=test-2026&limit=500", "department").json()["items"]
    assert seen
    assert all("fire" in visit["departments"] for visit in seen)
    hidden = [visit for visit in visits(server) if "fire" not in visit["departments"]]
    health = ask(server, 23, source="complaint").json()["visit"]
    for path in [health, *(visit["visit"] for visit in hidden)]:
        assert server.get(path, "department").status_code == 404
    ask(server, 3, source="complaint").raise_for_status()
    checks = server.get("/v1/checks", "department").json()["items"]
    assert {check["department"] for check in checks} == {"fire"}


def test_reserved_visits_survive_the_next_version(server: Server) -> None:
    """What a request was promised keeps its day in every later version."""
    planned(server)
    promised = {}
    for number in range(0, 10, 3):
        told = ask(server, number, source="complaint").json()
        promised[told["check"]] = told["day"]
    for version in (2, 3):
        assert plan(server, "night run").json()["version"] == version
        days = {c: visit["day"] for visit in visits(server) for c in visit["checks"]}
        assert {check: days[check] for check in promised} == promised


def test_requests_from_many_threads_overbook_nothing(server: Server) -> None:
    """Whatever is asked at once, no unit's day holds more than its inspectors can serve, no
    enterprise is visited twice a day, and every grant stands in the schedule.
    """
    planned(server)
    dice = random.Random(7)
    wanted = [
        (
            dice.randrange(23),
            dice.choice(["H-1", "F-1", "M-1"]),
            dice.choice(["daily", "complaint"]),
        )
        for _ in range(40)
    ]
    days = {"earliest": "2026-08-03", "due": "2026-08-05"}

    def send(one: tuple[int, str, str]) -> httpx.Response:
        number, item, source = one
        return ask(server, number, item, source=source, **days)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, wanted))
    assert {answer.status_code for answer in answers} == {201, 409}
    granted = {answer.json()["check"] for answer in answers if answer.status_code == 201}
    used: dict[tuple[str, str], int] = defaultdict(int)
    places = set()
    there: set[str] = set()
    for visit in visits(server):
        there |= set(visit["checks"])
        place = (visit["enterprise"], visit["day"])
        assert place not in places
        places.add(place)
        for seat in visit["seats"]:
            used[seat["unit"], visit["day"]] += seat["inspectors"] * seat["effort"]
    assert granted <= there
    assert max(used.values()) <= 8


def test_two_processes_share_one_schedule(settings: Settings, make_server: MakeServer) -> None:
    """Two servers on one store never give the same capacity twice."""
    first = make_server(settings)
    planned(first)
    second = make_server(settings)
    day = {"earliest": "2026-08-03", "due": "2026-08-03"}
    answers = [
        ask((first, second)[i % 2], number, **day).status_code
        for i, number in enumerate(range(0, 16, 2))
    ]
    assert answers == [201] * 4 + [409] * 4


def schedule_of(server: Server) -> live.Live:
    """Return the live schedule that a server holds, as new as the store."""
    with server.service.store.read() as session:
        return live.current(server.service, session, live.row_of(session, "test-2026"))


def rows(state: PlanState) -> Iterable[tuple[int, Row]]:
    return enumerate(state.problem.rows)


def test_a_request_that_fails_later_leaves_no_trace(server: Server) -> None:
    """A request that the planner grants and the store refuses takes no room and joins nothing."""
    planned(server)
    check = {
        "id": "T-77",
        "enterprise": enterprise(3),
        "item": "H-1",
        "source": "complaint",
        "received": "2026-03-05",
        "due": "2026-04-20",
    }
    sent = {"campaign": "test-2026", "checks": [check]}
    server.write("/v1/checks", json=sent).raise_for_status()
    day = {"earliest": "2026-08-03", "due": "2026-08-03"}
    ask(server, 0, **day).raise_for_status()
    held = schedule_of(server)
    before = dict(held.state.visits), [list(line) for line in held.state.room.left], held.mark
    for number in range(2, 12, 2):
        failed = ask(server, number, check="T-77", **day)
        assert (failed.status_code, failed.json()["type"]) == (409, "/problems/check-exists")
    assert (dict(held.state.visits), held.state.room.left, held.mark) == before
    assert [ask(server, n, **day).status_code for n in (2, 4, 6, 8)] == [201, 201, 201, 409]
    assert schedule_of(server) is held


def test_the_schedule_is_made_again_after_a_restart(
    settings: Settings, make_server: MakeServer
) -> None:
    """A restarted server knows the room that is left as the first one did."""
    first = make_server(settings)
    planned(first)
    day = {"earliest": "2026-08-03", "due": "2026-08-03"}
    ask(first, 0, **day).raise_for_status()
    one = schedule_of(first).state
    first.stop()
    second = make_server(settings)
    other = schedule_of(second).state
    assert one.visits == other.visits
    left = {(row.unit, row.kind, row.skill): one.room.left[r] for r, row in rows(one)}
    for r, row in rows(other):
        if (row.unit, row.kind, row.skill) in left:
            assert left[row.unit, row.kind, row.skill] == other.room.left[r]
    assert [ask(second, n, **day).status_code for n in (2, 4, 6, 8)] == [201, 201, 201, 409]


def test_a_plan_does_not_lose_a_request(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request granted while a plan is being made stands in it, on its day."""
    from api.services import plans

    planned(server)
    solve = plans.replan

    def slow(*args: Any, **kwargs: Any) -> Any:
        made = solve(*args, **kwargs)
        asked.append(ask(server, 1, source="complaint"))
        return made

    asked: list[httpx.Response] = []
    monkeypatch.setattr(plans, "replan", slow)
    answer = plan(server, "night run")
    assert (answer.status_code, answer.json()["followed"]) == (201, 1)
    (granted,) = (each.json() for each in asked)
    days = {check: visit["day"] for visit in visits(server) for check in visit["checks"]}
    assert days[granted["check"]] == granted["day"]


def test_others_are_answered_while_a_plan_is_made(server: Server) -> None:
    """A long computation blocks neither reads nor the event loop."""
    server.commit(pack(files(enterprises=1500, inspectors=30))).raise_for_status()
    server.reveal().raise_for_status()
    done: list[int] = []
    worker = threading.Thread(target=lambda: done.append(plan(server).status_code))
    worker.start()
    answered = 0
    worst = 0.0
    while worker.is_alive():
        began = time.perf_counter()
        path = "/health" if answered % 2 else "/v1/public/campaigns"
        assert server.client.get(path).status_code == 200
        worst = max(worst, time.perf_counter() - began)
        answered += 1
    worker.join()
    assert done == [201]
    assert answered >= 5
    assert worst < 5
