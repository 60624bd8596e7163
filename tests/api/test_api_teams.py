"""Teams over HTTP: odds first, draws in order by another person, stand-ins, all verified."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from conftest import Server

from api.schemas.checks import VisitWanted
from api.security.keys import Caller
from api.services import fixing, requests
from api.services.fixing import HeldError, Hold
from optimizer import flow
from optimizer.errors import InfeasibleError, InputError
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


def visits_of(server: Server) -> list[dict[str, Any]]:
    """The live schedule."""
    return list(server.get("/v1/visits?campaign=test-2026&limit=500").json()["items"])


def shown(rolls: str, **more: Any) -> dict[str, Any]:
    return {"seed": {**DICE, "rolls": rolls}, **more}


def published(server: Server) -> dict[str, bytes]:
    """The campaign's documents, as a folder holds them."""
    listed = server.get("/v1/campaigns/test-2026/documents?limit=500").json()["items"]
    return {
        one["path"]: server.get(f"/v1/campaigns/test-2026/documents/{one['path']}").content
        for one in listed
    }


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
    """A stand-in is drawn and recorded, two characters (生病) are a reason and one is none;
    whoever is in no team cannot be replaced.
    """
    days = sorted({visit["day"] for visit in planned(server)})
    odds = {"period": [days[0], days[-1]], "seed_source": DICE}
    server.write(f"{BASE}/odds", "clerk", json=odds).raise_for_status()
    drawn = server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[2])).json()["teams"]
    for visit, units in sorted(drawn.items()):
        unit, people = sorted(units.items())[0]
        ill = {"visit": visit, "absent": people[0], "reason": "生病"}
        unsaid = server.write(f"{BASE}/substitutions", "clerk", json={**ill, "reason": "病"})
        assert unsaid.status_code == 422
        assert unsaid.json()["errors"][0]["field"] == "reason"
        answer = server.write(f"{BASE}/substitutions", "clerk", json=ill)
        if answer.status_code == 201:
            break
        assert answer.json()["type"] == "/problems/infeasible"
    made = answer.json()
    assert made["unit"] == unit
    assert (made["at_risk"], made["commit_anew"]) == ([], None)
    now = server.get(BASE).json()
    assert (now["stood_in"], now["at_risk"], now["commit_anew"]) == ([], [], None)
    assert now["teams"][visit][unit][0] == made["substitute"]
    assert verify(published(server)).ok
    twice = server.write(f"{BASE}/substitutions", "clerk", json=ill)
    assert twice.json()["errors"][0]["code"] == "not-in-team"
    nobody = server.write(f"{BASE}/substitutions", "clerk", json={**ill, "visit": "V999999"})
    assert nobody.json()["errors"][0]["code"] == "visit-not-drawn"


def test_an_own_view_tells_of_nobody_else(server: Server) -> None:
    """Own odds and own visits, by hand from teams and odds; no colleague, no other enterprise."""
    days = sorted({visit["day"] for visit in planned(server)})
    early = server.get(f"{BASE}/inspectors/I-fire-140302-0", "clerk")
    assert early.status_code == 404
    body = {"period": [days[0], days[-1]], "seed_source": DICE}
    server.write(f"{BASE}/odds", "clerk", json=body).raise_for_status()
    drawn = server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0])).json()["teams"]
    held = published(server)
    (*_, roster) = [json.loads(held[name]) for name in sorted(held) if "/roster" in name]
    people = [one["id"] for one in roster["inspectors"]]
    enterprises = {visit["id"]: visit["enterprise"] for visit in visits_of(server)}
    for me in people:
        answer = server.get(f"{BASE}/inspectors/{me}", "clerk")
        assert answer.status_code == 200, answer.text
        own = {v for v, units in drawn.items() for ids in units.values() if me in ids}
        told = answer.json()
        assert {one["visit"] for one in told["going"]} == own
        assert not [other for other in people if other != me and f'"{other}"' in answer.text]
        away = {one["enterprise"] for one in told["recusals"]}
        named = {e for e in enterprises.values() if f'"{e}"' in answer.text}
        assert named == {enterprises[visit] for visit in own} | (away & named)
        assert all(one["salt"] is None for one in told["recusals"])
    assert server.get(f"{BASE}/inspectors/nobody", "clerk").status_code == 404
    for role, code in (("department", 403), (None, 401)):
        assert server.get(f"{BASE}/inspectors/{people[0]}", role).status_code == code


def test_teams_of_amended_plans(server: Server) -> None:
    """Odds are for the newest version, also the first; drawn days stay; the verifier takes all."""
    visits = planned(server)
    again = {"reason": "a closure", "effort": 1}
    server.write("/v1/campaigns/test-2026/plans", json=again).raise_for_status()
    visits = server.get("/v1/visits?campaign=test-2026&limit=500").json()["items"]
    days = sorted({visit["day"] for visit in visits})
    middle, last = days[len(days) // 2 - 1], days[-1]
    halves = [[days[0], middle], [_next(middle), last]]
    odds = {"period": [days[0], last], "draws": halves, "seed_source": DICE}
    made = server.write(f"{BASE}/odds", "clerk", json=odds)
    assert made.status_code == 201, made.text
    assert made.json()["plan"] == 2
    server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0])).raise_for_status()
    teams = server.get(BASE).json()["teams"]
    assert verify(published(server)).state == {"stage": "under way", "waits": ["teams-seed"]}

    # The second half waits for its seed: a request finds no place in it, until it is drawn.
    sooner = _ask(server, visits[0]["enterprise"], days[0], last)
    assert sooner.status_code == 422
    fixed = [v for v in visits if v["day"] <= last]
    server.write("/v1/campaigns/test-2026/plans", json=again).raise_for_status()
    after = server.get("/v1/visits?campaign=test-2026&limit=500").json()["items"]
    assert [_what(v) for v in after if v["day"] <= last] == [_what(v) for v in fixed]
    anew = {**odds, "period": halves[1], "draws": "daily", "reason": "drawn day by day"}
    unsaid = server.write(f"{BASE}/odds", "clerk", json={**anew, "reason": ""})
    (fault,) = unsaid.json()["errors"]
    assert (fault["code"], fault["file"], fault["field"]) == ("round-reason", "body", "reason")
    assert fault["mend"].startswith("Give it with reason:")
    made = server.write(f"{BASE}/odds", "clerk", json=anew)
    assert made.status_code == 201, made.text
    assert (made.json()["plan"], made.json()["undrawn_before"]) == (3, 0)
    server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[1])).raise_for_status()
    assert verify(published(server)).ok
    now = server.get(BASE).json()
    assert {visit: now["teams"][visit] for visit in teams} == teams
    assert now["rounds"][0]["replaced"]


def test_requests_between_odds_and_draw(server: Server) -> None:
    """What a request changes on days that wait must be in the odds before they are drawn."""
    visits = planned(server)
    days = sorted({visit["day"] for visit in visits})
    daily = {"period": [days[0], days[-1]], "draws": "daily", "seed_source": DICE}
    server.write(f"{BASE}/odds", "clerk", json=daily).raise_for_status()
    for visit in visits:
        if visit["day"] > days[1]:
            granted = _ask(server, visit["enterprise"], days[1], days[-1])
            if granted.status_code == 201:
                break
    day = granted.json()["day"]
    assert day > days[0]
    rolls = iter(f"{n:020}" for n in range(27182818284590452353, 27182818284590452453))
    one = next(d for d in days if d >= day)
    for _ in range(days.index(one)):
        server.write(f"{BASE}/draws", "supervisor", json=shown(next(rolls))).raise_for_status()
    stood = {(v["enterprise"], v["day"], tuple(v["checks"])) for v in visits_of(server)}
    refused = server.write(f"{BASE}/draws", "supervisor", json=shown(next(rolls)))
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/wrong-order"
    assert "commit the odds anew" in refused.json()["detail"]
    left = {**daily, "period": [one, days[-1]], "reason": "a request came"}
    anew = server.write(f"{BASE}/odds", "clerk", json=left)
    assert anew.status_code == 201, anew.text
    made = server.get("/v1/campaigns/test-2026/plans/2").json()
    assert anew.json()["plan"] == 2
    assert (made["as_it_stood"], made["parent"], made["put_off"]) == (True, 1, [])
    assert {(v["enterprise"], v["day"], tuple(v["checks"])) for v in visits_of(server)} == stood
    drawn = server.write(f"{BASE}/draws", "supervisor", json=shown(next(rolls)))
    assert drawn.status_code == 201, drawn.text
    assert verify(published(server)).ok


def test_a_request_that_odds_overtake(server: Server) -> None:
    """It is judged anew behind the days that were fixed while it was on its way."""
    visits = planned(server)
    days = sorted({visit["day"] for visit in visits})
    caller = Caller("0" * 12, "admin")
    wanted = {
        "department": "market",
        "enterprise": visits[0]["enterprise"],
        "item": "M-1",
        "source": "complaint",
        "earliest": days[0],
    }
    asked = [
        requests.ask(server.service, caller, VisitWanted.model_validate({**wanted, "due": due}))
        for due in (days[-1], days[1])
    ]
    odds = {"period": [days[1], days[2]], "seed_source": DICE}
    made = server.write(f"{BASE}/odds", "clerk", json=odds)
    assert made.json()["undrawn_before"] == sum(visit["day"] < days[1] for visit in visits) > 0
    with server.service.store.write() as write:
        assert asked[0](write).day > days[2]
    told = f"teams up to {days[2]} are drawn"
    with pytest.raises(InputError, match=told), server.service.store.write() as write:
        asked[1](write)


def test_days_are_held_while_their_odds_are_computed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile requests take later days, or are told to ask again where none will do; no version
    is written and no other odds are begun. What is given up, or whose server died, holds nothing.
    """
    visits = planned(server)
    days = sorted({visit["day"] for visit in visits})
    odds = {"period": [days[0], days[3]], "draws": "daily", "seed_source": DICE}
    firm = next(visit["enterprise"] for visit in visits if visit["day"] > days[3])
    told: list[Any] = []

    def busy(*_: Any, **__: Any) -> Any:
        told.append(_ask(server, firm, days[0], days[3]))
        told.append(_ask(server, firm, days[0], days[-1]))
        told.append(server.write(f"{BASE}/odds", "admin", json=odds))
        with pytest.raises(HeldError), server.service.store.write() as write:
            fixing.refuse_held(write.session, "test-2026", write.now)
        raise InfeasibleError(())

    with monkeypatch.context() as patched:
        patched.setattr(flow, "commit_round", busy)
        given_up = server.write(f"{BASE}/odds", "clerk", json=odds)
    assert given_up.json()["type"] == "/problems/infeasible"
    assert [answer.status_code for answer in told] == [503, 201, 503]
    assert {told[0].json()["type"], told[2].json()["type"]} == {"/problems/busy"}
    assert told[1].json()["day"] > days[3]
    # The same request with the same key is judged anew, now that its days are free again.
    assert told[0].headers["retry-after"] == "2"
    sent = told[0].request
    key = {name: sent.headers[name] for name in ("idempotency-key", "content-type")}
    again = server.write("/v1/requests", content=sent.content, headers=key)
    assert again.status_code in (201, 409)
    assert again.json().get("type") != "/problems/busy"

    # A server that was killed lets go of nothing; its hold runs out.
    Hold(server.service, "test-2026").take(date.fromisoformat(days[3]))
    assert server.write(f"{BASE}/odds", "clerk", json=odds).status_code == 503
    clock = server.service.store._clock
    clock.moment += fixing.MOST  # type: ignore[attr-defined]
    made = server.write(f"{BASE}/odds", "clerk", json=odds)
    assert made.status_code == 201, made.text


def test_odds_whose_hold_ran_out_are_for_the_visits_or_none(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where requests changed the visits after all, the odds are not written."""
    visits = planned(server)
    days = sorted({visit["day"] for visit in visits})
    odds = {"period": [days[0], days[-1]], "seed_source": DICE}
    commit = flow.commit_round

    def slow(*given: Any, **more: Any) -> Any:
        server.service.store._clock.moment += fixing.MOST  # type: ignore[attr-defined]
        granted = _ask(server, visits[0]["enterprise"], days[0], days[-1])
        assert granted.json()["day"] <= days[-1]
        return commit(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(flow, "commit_round", slow)
        late = server.write(f"{BASE}/odds", "clerk", json=odds)
    assert (late.status_code, late.json()["type"]) == (503, "/problems/busy")
    assert server.get(BASE).json()["rounds"] == []
    assert server.write(f"{BASE}/odds", "clerk", json=odds).status_code == 201


def _what(visit: dict[str, Any]) -> tuple[Any, ...]:
    return visit["enterprise"], visit["day"], sorted(visit["checks"])


def _ask(server: Server, enterprise: str, first: str, due: str) -> Any:
    return server.write(
        "/v1/requests",
        json={
            "department": "market",
            "enterprise": enterprise,
            "item": "M-1",
            "source": "complaint",
            "earliest": first,
            "due": due,
        },
    )


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
