"""Scans and outcomes over HTTP: never lost, looked at at once, corrected by new entries."""

from __future__ import annotations

from datetime import date, timedelta
from json import dumps
from typing import Any

from conftest import Server
from visits_city import (
    BASE,
    NAME,
    alerts,
    clock_at,
    entries_of,
    issue,
    own_items,
    people,
    planned,
    rules,
    scan,
    triggered,
)

from optimizer.canon import canonical, digest


def coded(server: Server, visit: dict[str, Any], **more: Any) -> Any:
    """Issue a code, go to the visit's day, scan with it."""
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T10:05:00")
    return scan(server, visit, code=code, **more)


def test_a_scan_as_it_should_be(server: Server) -> None:
    """Somebody of the team, with the code, on the day: recorded, in the log, and no alert."""
    visit = planned(server, drawn=True)[0]
    who = people(server, visit)[0]
    made = coded(server, visit, inspector=who)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["code"], told["alerts"], told["inspector"]) == ("authorised", [], who)
    assert told["place"] == {"text": "厂区北门"}
    assert rules(server) == []
    (entry,) = entries_of(server, "scan")
    assert entry["body"]["commitment"] == told["commitment"]
    assert who not in entry["line"]
    listed = server.get(f"{visit['visit']}/scans").json()["items"]
    assert [one["number"] for one in listed] == [told["number"]]
    assert listed[0]["inspector"] == who


def test_the_commitment_is_of_what_was_recorded(server: Server) -> None:
    """With the salt that the store keeps, the log's digest is that of the scan, byte for byte."""
    from api.store.tables import ScanRow

    visit = planned(server, drawn=True)[0]
    who = people(server, visit)[0]
    told = coded(server, visit, inspector=who).json()
    with server.service.store.read() as session:
        row = session.get(ScanRow, told["number"])
        assert row is not None
        document = {
            "campaign": NAME,
            "visit": visit["number"],
            "enterprise": visit["enterprise"],
            "inspector": who,
            "code": "authorised",
            "code_id": row.code_id,
            "at": row.at,
            "place": {"text": "厂区北门"},
            "items": own_items(visit),
            "note": "",
        }
        assert digest(row.salt + canonical(document)) == told["commitment"]


def test_what_is_wrong_is_recorded_and_alerted(server: Server) -> None:
    """No code, wrong day, a stranger, a further item, twice: each is kept, with its alert."""
    found = planned(server, drawn=True)
    visit = found[0]
    team = people(server, visit)
    code = issue(server, visit).json()["code"]
    other = issue(server, triggered(server, "E0007", "2026-07-01")).json()["code"]
    day = date.fromisoformat(visit["day"])
    clock_at(server, f"{day + timedelta(days=1)}T09:00:00")

    def alerted(**more: Any) -> list[str]:
        answer = scan(server, visit, **more)
        assert answer.status_code == 201, answer.text
        return [alert["rule"] for alert in answer.json()["alerts"]]

    assert alerted(inspector=team[0], code=code) == []
    assert alerted(inspector=team[0], code=code) == ["scanned-twice"]
    assert alerted(inspector=team[1]) == ["no-code"]
    tomorrow = f"{day + timedelta(days=1)}T08:00:00"
    assert alerted(inspector=team[1], code=code, at=tomorrow) == ["wrong-day", "repeated-visit"]
    strangers = sorted(set(inspectors(visit)) - set(team))
    assert alerted(inspector=strangers[0], code=code) == ["not-in-team"]
    assert alerted(inspector="nobody", code=code) == ["not-in-team", "no-certificate"]
    assert alerted(inspector=team[1], code=code, items=["H-1"]) == ["other-item", "scanned-twice"]
    assert alerted(inspector=team[1], code="rubbish") == ["no-code", "scanned-twice"]
    assert alerted(inspector=team[1], code=other) == ["no-code", "scanned-twice"]
    assert [a["facts"]["code"] for a in alerts(server, query="&rule=no-code")] == [
        "none",
        "unreadable",
        "other-visit",
    ]
    assert len(server.get(f"{visit['visit']}/scans").json()["items"]) == 9
    for alert in alerts(server):
        assert alert["clause"]
        assert alert["title"]["zh"]
        assert alert["enterprise"] == visit["enterprise"]
        assert alert["visit"] in (None, visit["visit"])
        assert not {*team, "nobody"} & set(str(alert).split("'"))


def inspectors(visit: dict[str, Any]) -> list[str]:
    return [f"I-{seat['unit']}-{n}" for seat in visit["seats"] for n in range(4)]


def test_a_scan_that_comes_late_says_so(server: Server) -> None:
    """Two days after the entry the scan is taken all the same; a time ahead is refused."""
    visit = planned(server, drawn=True)[0]
    who = people(server, visit)[0]
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{date.fromisoformat(visit['day']) + timedelta(days=2)}T10:05:00")
    answer = scan(server, visit, inspector=who, code=code)
    assert [alert["rule"] for alert in answer.json()["alerts"]] == ["late-upload"]
    ahead = f"{date.fromisoformat(visit['day']) + timedelta(days=3)}T10:05:00"
    refused = scan(server, visit, inspector=who, code=code, at=ahead, items=["F-1", "Z-9"])
    assert refused.status_code == 422
    assert [fault["code"] for fault in refused.json()["errors"]] == ["time-ahead", "unknown-item"]


def test_a_later_code_makes_up_for_nothing(server: Server) -> None:
    """A code that is issued after the entry does not hold for it, whatever time is written; on the
    next day there is none.
    """
    visit = planned(server, drawn=True)[0]
    who = people(server, visit)[0]
    clock_at(server, f"{visit['day']}T18:00:00")
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{date.fromisoformat(visit['day']) + timedelta(days=1)}T08:00:00")
    assert issue(server, visit).json()["type"] == "/problems/day-past"
    answer = scan(server, visit, inspector=who, code=code, at=f"{visit['day']}T16:00:00")
    assert answer.json()["code"] == "issued-later"
    assert [alert["rule"] for alert in answer.json()["alerts"]] == ["no-code"]


def test_the_day_is_that_of_the_city(server: Server) -> None:
    """A zone written differently names the same moment, so it cannot shift the day."""
    visit = planned(server, drawn=True)[0]
    who = people(server, visit)[0]
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T10:05:00")
    before = date.fromisoformat(visit["day"]) - timedelta(days=1)
    body = {
        "inspector": who,
        "at": f"{before}T22:00:00-04:00",
        "place": {"latitude": 37.86, "longitude": 113.58},
        "items": own_items(visit),
        "code": code,
    }
    answer = server.write(f"{visit['visit']}/scans", "clerk", json=body)
    assert answer.json()["alerts"] == []
    assert answer.json()["day"] == visit["day"]
    naive = server.write(
        f"{visit['visit']}/scans", "clerk", json={**body, "at": f"{visit['day']}T10:00:00"}
    )
    assert naive.json()["errors"][0]["field"] == "at"
    nowhere = server.write(f"{visit['visit']}/scans", "clerk", json={**body, "place": {}})
    assert nowhere.status_code == 422


def test_another_department_scans_with_the_code_alone(server: Server) -> None:
    """To a foreign department a visit does not exist, unless it holds the visit's own code: then
    the entry is kept, and alerted.
    """
    planned(server, drawn=True)
    visit = triggered(server)
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T10:05:00")
    who = "I-fire-140302-0"
    assert scan(server, visit, "department", inspector=who).status_code == 404
    answer = scan(server, visit, "department", inspector=who, code=code)
    assert answer.status_code == 201
    assert [alert["rule"] for alert in answer.json()["alerts"]] == ["not-in-team"]
    assert [a["rule"] for a in alerts(server, "department")] == []
    assert scan(server, visit, "auditor", inspector=who, code=code).status_code == 403


def test_a_team_that_is_not_drawn_yet(server: Server) -> None:
    """Until the team is drawn, people of the units that attend may come, and no others."""
    planned(server)
    visit = triggered(server)
    assert coded(server, visit, inspector="I-health-140303-0").json()["alerts"] == []
    answer = scan(server, visit, inspector="I-health-140302-0")
    assert "not-in-team" in [alert["rule"] for alert in answer.json()["alerts"]]


def test_an_entry_that_nobody_planned(server: Server) -> None:
    """What an enterprise reports is kept without a visit, and alerted as entry without a code."""
    planned(server)
    clock_at(server, "2026-05-06T12:00:00")
    body = {
        "enterprise": "E0003",
        "at": "2026-05-06T09:30:00+08:00",
        "department": "market",
        "note": "12345 来电",
    }
    made = server.write(f"{BASE}/entries", "clerk", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["visit"] is None
    assert [alert["rule"] for alert in made.json()["alerts"]] == ["no-code", "no-visit"]
    assert server.write(f"{BASE}/entries", "department", json=body).status_code == 403
    unknown = server.write(f"{BASE}/entries", "clerk", json={**body, "enterprise": "E9999"})
    assert unknown.json()["errors"][0]["code"] == "unknown-enterprise"
    assert server.write("/v1/campaigns/none/entries", "clerk", json=body).status_code == 404


def test_a_scan_is_taken_once(server: Server) -> None:
    """The same key and body give the same scan; nothing is recorded twice."""
    visit = planned(server, drawn=True)[0]
    who = people(server, visit)[0]
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T10:05:00")
    body = {
        "inspector": who,
        "at": f"{visit['day']}T10:00:00+08:00",
        "place": {"text": "门口"},
        "items": own_items(visit),
        "code": code,
    }
    key = {"idempotency-key": "scan-1"}
    one = server.write(f"{visit['visit']}/scans", "clerk", json=body, headers=key)
    two = server.write(f"{visit['visit']}/scans", "clerk", json=body, headers=key)
    assert one.content == two.content
    assert len(entries_of(server, "scan")) == 1
    assert rules(server) == []


def outcome(server: Server, visit: dict[str, Any], role: str = "clerk", **more: Any) -> Any:
    one = {"check": visit["checks"][0], "outcome": "no-fault", **more}
    return server.write(f"{visit['visit']}/outcomes", role, json={"outcomes": [one]})


def test_outcomes_once_and_corrected(server: Server) -> None:
    """A check has one outcome; a correction names the one before, with a reason, and both stay."""
    visit = planned(server, drawn=True)[0]
    early = outcome(server, visit)
    assert early.json()["type"] == "/problems/wrong-order"
    coded(server, visit, inspector=people(server, visit)[0]).raise_for_status()
    made = outcome(server, visit)
    assert made.status_code == 201, made.text
    first = made.json()["items"][0]
    assert (first["revision"], first["title"]["zh"]) == (1, "未发现问题")
    twice = outcome(server, visit, outcome="ordered-to-mend")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/outcome-exists")
    assert twice.json()["corrects"] == first["number"]
    bare = outcome(server, visit, outcome="ordered-to-mend", corrects=first["number"])
    assert bare.status_code == 422
    more = {"outcome": "ordered-to-mend", "reason": "a fault was overlooked"}
    fixed = outcome(server, visit, corrects=first["number"], **more)
    assert fixed.json()["items"][0]["revision"] == 2
    stale = outcome(server, visit, corrects=first["number"], **more)
    assert stale.json()["type"] == "/problems/outcome-exists"
    listed = server.get(f"{visit['visit']}/outcomes").json()["items"]
    assert [(o["outcome"], o["corrects"]) for o in listed] == [
        ("no-fault", None),
        ("ordered-to-mend", first["number"]),
    ]
    logged = entries_of(server, "outcome")
    assert [entry["body"]["commitment"] for entry in logged] == [o["commitment"] for o in listed]
    assert "no-fault" not in "".join(entry["line"] for entry in logged)


def test_faulty_outcomes_are_refused_whole(server: Server) -> None:
    """A check of another visit, a correction of nothing, a code that is none: nothing is kept."""
    found = planned(server, drawn=True)
    visit, other = found[0], found[1]
    coded(server, visit, inspector=people(server, visit)[0]).raise_for_status()
    good = {"check": visit["checks"][0], "outcome": "no-fault"}
    for bad, code in (
        ({"check": other["checks"][0], "outcome": "no-fault"}, "check-not-here"),
        ({**good, "corrects": 9, "reason": "what was before"}, "corrects-nothing"),
        ({**good, "outcome": "fine"}, "literal-error"),
        ({**good, "outcome": "not-done"}, "value-error"),
    ):
        rows = [bad] if bad["check"] == good["check"] else [good, bad]
        answer = server.write(f"{visit['visit']}/outcomes", "clerk", json={"outcomes": rows})
        assert answer.status_code == 422, bad
        assert answer.json()["errors"][0]["code"] == code
    twice = server.write(f"{visit['visit']}/outcomes", "clerk", json={"outcomes": [good, good]})
    assert twice.status_code == 422
    assert server.get(f"{visit['visit']}/outcomes").json()["items"] == []
    listed = server.get("/v1/public/outcome-codes", None).json()["items"]
    assert {"no-fault", "ordered-to-mend", "first-time-minor"} <= {o["code"] for o in listed}
    assert all(o["zh"] and o["en"] for o in listed)


def test_checks_off_site_need_no_visit(server: Server) -> None:
    """Their outcomes belong to the campaign: no entry, no alert; checks on site are not there."""
    visit = planned(server)[0]
    documents = server.get(f"{BASE}/documents/transcript/checks.json").json()
    off = [check["id"] for check in documents["offsite"]]
    assert len(off) == 2
    path = f"{BASE}/outcomes"
    wrong = {"outcomes": [{"check": visit["checks"][0], "outcome": "no-fault"}]}
    refused = server.write(path, "clerk", json=wrong)
    assert refused.json()["errors"][0]["code"] == "check-not-here"
    rows = [
        {"check": off[0], "outcome": "no-fault"},
        {"check": off[1], "outcome": "ordered-to-mend"},
    ]
    assert server.write(path, "department", json={"outcomes": rows}).status_code == 403
    made = server.write(path, "clerk", json={"outcomes": rows})
    assert made.status_code == 201, made.text
    assert [one["visit"] for one in made.json()["items"]] == [None, None]
    again = server.write(path, "clerk", json={"outcomes": rows[:1]})
    assert again.json()["type"] == "/problems/outcome-exists"
    assert rules(server) == []
    assert server.write(f"{BASE}/sweeps", "supervisor").json()["items"] == []
    told = server.get(f"{BASE}/statistics").json()["offsite"]
    assert told == {"checks": 2, "done": 2, "faults": 1, "closed": 1}
    assert server.get(f"{BASE}/statistics", "department").json()["offsite"]["checks"] == 0
    export = server.get(f"{BASE}/exports/outcomes.csv").text
    assert all(check in export for check in off)


def test_outcomes_without_an_entry_are_alerted(server: Server) -> None:
    """A visit with outcomes that nobody entered with a code is an entry without a code."""
    visit = planned(server)[0]
    clock_at(server, f"{visit['day']}T17:00:00")
    assert outcome(server, visit).status_code == 201
    assert rules(server) == ["no-code"]
    assert alerts(server)[0]["facts"] == {"code": "none", "outcome": True}
    assert alerts(server)[0]["visit"] == visit["visit"]


def test_departments_record_their_own_outcomes(server: Server) -> None:
    """A department's key records and reads outcomes of its own checks only."""
    found = planned(server)
    joint = next((v for v in found if len(v["departments"]) > 1), None)
    assert joint is not None, "the test city has joint visits"
    clock_at(server, f"{joint['day']}T17:00:00")
    theirs = next(c for c in joint["checks"] if "F-1" not in c)
    mine = next(c for c in joint["checks"] if "F-1" in c)
    assert outcome(server, joint, "department", check=theirs).status_code == 403
    assert outcome(server, joint, "department", check=mine).status_code == 201
    assert outcome(server, joint, "clerk", check=theirs).status_code == 201
    seen = server.get(f"{joint['visit']}/outcomes", "department").json()["items"]
    assert [one["check"] for one in seen] == [mine]


def test_a_visit_that_was_made_keeps_its_place(server: Server) -> None:
    """A later plan leaves a visit that was entered where it was, with its scans."""
    found = planned(server, drawn=True)
    for visit in found[:6]:
        coded(server, visit, inspector=people(server, visit)[0]).raise_for_status()
    again = server.write(f"{BASE}/plans", json={"reason": "night run", "effort": 3})
    again.raise_for_status()
    now = server.get(f"/v1/visits?campaign={NAME}&limit=500").json()["items"]
    places = {(v["enterprise"], v["day"]): v for v in now}
    for visit in found[:6]:
        stands = places[visit["enterprise"], visit["day"]]
        assert stands["checks"] == visit["checks"]
        assert stands["number"] != visit["number"]
        assert len(server.get(f"{stands['visit']}/scans").json()["items"]) == 1


def test_hostile_bodies_are_refused_in_order(server: Server) -> None:
    """Times that no calendar holds, places that are nowhere, texts that no store holds: 422."""
    visit = planned(server)[0]
    clock_at(server, f"{visit['day']}T10:05:00")
    good = {
        "inspector": "I-fire-140302-0",
        "at": f"{visit['day']}T10:00:00+08:00",
        "place": {"text": "门口"},
        "items": own_items(visit),
    }
    bad: list[dict[str, Any]] = [
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-12:00"},
        {"place": {"latitude": float("nan"), "longitude": 0}},
        {"place": {"latitude": 1e308, "longitude": 0}},
        {"place": {"text": "a\x00b"}},
        {"note": "\ud800"},
        {"items": []},
        {"items": ["F-1"] * 101},
        {"code": 7},
    ]
    for more in bad:
        answer = server.write(
            f"{visit['visit']}/scans",
            "clerk",
            content=dumps({**good, **more}),
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 422, (more, answer.text)
    assert entries_of(server, "scan") == []
    for cursor in ("MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA", "LTE", "InQi"):
        answer = server.get(f"{BASE}/alerts?cursor={cursor}")
        assert answer.json()["type"] == "/problems/bad-request", cursor
    assert server.get(f"/v1/visits/{2**31 - 1}/scans").status_code == 404
