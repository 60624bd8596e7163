"""Teams over HTTP: odds first, draws in order by another person, stand-ins, all verified."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from conftest import Server

from optimizer.canon import canonical, digest
from optimizer.ledger import Ledger
from optimizer.verifier.verify import verify

BASE = "/v1/campaigns/test-2026/teams"
DICE = {"source": "dice", "sides": 10}
ROLLS = ("16180339887498948482", "57721566490153286060", "14142135623730950488")


def planned(server: Server) -> list[dict[str, Any]]:
    """Commit, reveal and plan; return the visits."""
    server.commit().raise_for_status()
    server.reveal().raise_for_status()
    made = server.write("/v1/campaigns/test-2026/plans", json={"reason": "first plan", "effort": 1})
    made.raise_for_status()
    return list(server.get("/v1/visits?campaign=test-2026&limit=500").json()["items"])


def shown(rolls: str, **more: Any) -> dict[str, Any]:
    return {"seed": {**DICE, "rolls": rolls}, **more}


def published(server: Server) -> dict[str, bytes]:
    """The campaign's documents with a manifest, as a folder holds them."""
    listed = server.get("/v1/campaigns/test-2026/documents").json()["items"]
    files = {
        one["path"]: server.get(f"/v1/campaigns/test-2026/documents/{one['path']}").content
        for one in listed
        if one["path"].startswith(("transcript/", "ledger/"))
    }
    files["manifest.json"] = canonical(
        {
            "format": "double-random/manifest/v1",
            "campaign": "test-2026",
            "files": {path: digest(data) for path, data in sorted(files.items())},
        }
    )
    return files


def test_a_month_is_committed_and_drawn_in_two_halves(server: Server) -> None:
    """The verifier takes every stage; what is out of order is refused, with the reason."""
    visits = planned(server)
    days = sorted({visit["day"] for visit in visits})
    first, middle, last = days[0], days[len(days) // 2 - 1], days[-1]
    after = days[len(days) // 2]
    early = server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0]))
    assert early.status_code == 422
    assert early.json()["errors"][0]["code"] == "draw-none"

    between = [first, middle], [_next(middle), last]
    odds = {"period": [first, last], "draws": list(between), "seed_source": DICE}
    gap = {**odds, "draws": [[first, middle], [_next(_next(middle)), last]]}
    refused = server.write(f"{BASE}/odds", "clerk", json=gap)
    assert refused.json()["errors"][0]["code"] == "draws-part"
    made = server.write(f"{BASE}/odds", "clerk", json=odds)
    assert made.status_code == 201, made.text
    assert made.json()["draws"] == list(between)
    assert made.json()["report"]["visits"] == len(visits)
    assert verify(published(server)).state == {"stage": "under way", "waits": ["teams-seed"]}

    same = server.write(f"{BASE}/draws", "clerk", json=shown(ROLLS[0]))
    assert same.json()["type"] == "/problems/same-person"
    other = server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0], days=between[1]))
    assert other.json()["errors"][0]["code"] == "draw-order"
    done = server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0]))
    assert done.status_code == 201, done.text
    assert len(done.json()["teams"]) == sum(visit["day"] <= middle for visit in visits)
    assert done.json()["left"] == [between[1]]
    assert after > middle

    again = server.write(f"{BASE}/odds", "clerk", json={**odds, "period": [after, last]})
    assert again.json()["errors"][0]["code"] == "round-reason"
    used = server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0]))
    assert used.json()["errors"][0]["code"] == "seed-used"
    server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[1])).raise_for_status()
    report = verify(published(server))
    assert (report.ok, report.state) == (True, None), report.first_fault
    assert len(server.get(BASE).json()["teams"]) == len(visits)
    kinds = [e.kind for e in Ledger.read(published(server)["ledger/entries.jsonl"]).entries]
    assert kinds[-3:] == ["teams-seed-source", "teams-seed", "teams"]


def test_who_cannot_come_is_replaced_once(server: Server) -> None:
    """A stand-in is drawn and recorded; whoever is in no team cannot be replaced."""
    days = sorted({visit["day"] for visit in planned(server)})
    odds = {"period": [days[0], days[-1]], "seed_source": DICE}
    server.write(f"{BASE}/odds", "clerk", json=odds).raise_for_status()
    drawn = server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[2])).json()["teams"]
    for visit, units in sorted(drawn.items()):
        unit, people = sorted(units.items())[0]
        ill = {"visit": visit, "absent": people[0], "reason": "ill since the morning"}
        answer = server.write(f"{BASE}/substitutions", "clerk", json=ill)
        if answer.status_code == 201:
            break
        assert answer.json()["type"] == "/problems/infeasible"
    made = answer.json()
    assert made["unit"] == unit
    now = server.get(BASE).json()
    assert now["teams"][visit][unit][0] == made["substitute"]
    assert verify(published(server)).ok
    twice = server.write(f"{BASE}/substitutions", "clerk", json=ill)
    assert twice.json()["errors"][0]["code"] == "not-in-team"
    nobody = server.write(f"{BASE}/substitutions", "clerk", json={**ill, "visit": "V999999"})
    assert nobody.json()["errors"][0]["code"] == "visit-not-drawn"


def test_a_later_plan_version_is_refused_with_a_word(server: Server) -> None:
    """The ledger holds version 1: every step says so, and how to go on; nothing moves."""
    days = sorted({visit["day"] for visit in planned(server)})
    odds = {"period": [days[0], days[-1]], "seed_source": DICE}
    server.write(f"{BASE}/odds", "clerk", json=odds).raise_for_status()
    again = {"reason": "a closure", "effort": 1}
    server.write("/v1/campaigns/test-2026/plans", json=again).raise_for_status()
    ill = {"visit": "V000001", "absent": "I-1", "reason": "ill since the morning"}
    before = published(server)["ledger/entries.jsonl"]
    for path, role, body in (
        ("odds", "clerk", {**odds, "reason": "a new plan"}),
        ("draws", "supervisor", shown(ROLLS[0])),
        ("substitutions", "clerk", ill),
    ):
        answer = server.write(f"{BASE}/{path}", role, json=body)
        assert answer.status_code == 409, path
        assert answer.json()["type"] == "/problems/wrong-order"
        assert "version 2 stands" in answer.json()["detail"]
        assert "`double-random teams`" in answer.json()["detail"]
    assert published(server)["ledger/entries.jsonl"] == before
    assert verify(published(server)).ok


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
