"""Sealed campaigns over HTTP: nobody but the roles named knows, and each reading is in the log."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from api_city import files, pack
from conftest import MakeServer, Server
from test_api_jobs import claimed, ended
from working import working

from api.jobs.perform import perform
from api.services.publications import check_publication
from api.settings import Settings
from api.store.audit import audit_store
from optimizer import flow
from optimizer.errors import InfeasibleError
from optimizer.progress import SILENT

BASE = "/v1/campaigns/test-2026"


def sealed_files() -> dict[str, str]:
    made = files()
    made["scenario.yaml"] = made["scenario.yaml"].replace("  seed:", "  mode: sealed\n  seed:")
    return made


CHECK = {
    "enterprise": "E0001",
    "item": "F-1",
    "source": "complaint",
    "received": "2026-04-01",
    "due": "2026-05-20",
}
DICE = {"source": "dice", "sides": 10}
ROLLS = ("16180339887498948482", "57721566490153286060", "14142135623730950488")


def readings(server: Server) -> list[dict[str, Any]]:
    entries = server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]
    lines = [json.loads(entry["line"]) for entry in entries]
    return [line["body"] for line in lines if line["kind"] == "reading"]


def drawn(server: Server) -> None:
    server.commit(pack(sealed_files())).raise_for_status()
    server.write(f"{BASE}/seal", "clerk", json={}).raise_for_status()
    server.reveal().raise_for_status()


def test_only_named_roles_read_and_each_reading_is_logged(server: Server) -> None:
    """Others are refused and leave no entry; of a result in an own proof the log says not whose."""
    drawn(server)
    for role in ("clerk", "department", "auditor"):
        refused = server.get(f"{BASE}/result", role)
        assert (refused.status_code, refused.json()["roles"]) == (403, ["admin", "supervisor"])
    assert server.get(f"{BASE}/result", None).status_code == 401
    assert readings(server) == []
    told = server.get(f"{BASE}/result").json()
    server.get(f"{BASE}/result", "supervisor").raise_for_status()
    sample = told["items"][0]["strata"][0]["sample"][0]
    proof = f"{BASE}/enterprises/{sample}/own-proof"
    assert server.get(f"{proof}?of=result", "auditor").status_code == 403
    text = server.get(f"{proof}?of=result").text
    assert text.startswith("c2sp.org/tlog-proof@v1")
    assert [(body["role"], body["what"]) for body in readings(server)] == [
        ("admin", "result"),
        ("supervisor", "result"),
        ("admin", "own-proof"),
    ]
    assert sample not in json.dumps(readings(server))
    unknown = server.get(f"{BASE}/enterprises/E9999/own-proof?of=result")
    assert unknown.json()["type"] == "/problems/not-found"
    # What it can be drawn for is no result: readers of transcripts may hand it out.
    assert server.get(proof, "auditor").status_code == 200
    assert server.get(f"{BASE}/enterprises/{sample}/proof", "clerk").status_code == 200
    assert len(readings(server)) == 3


def test_nothing_else_tells(server: Server) -> None:
    """No document, list or public answer names an enterprise before the opening; nothing that
    would is planned, asked or published.
    """
    drawn(server)
    listed = server.get(f"{BASE}/documents", "auditor").json()["items"]
    paths = [each["path"] for each in listed]
    assert "transcript/draw.json" not in paths
    assert "transcript/frame.jsonl" not in paths
    told = "".join(server.get(f"{BASE}/documents/{path}", "auditor").text for path in paths)
    for path in ("", "/plans"):
        told += server.get(BASE + path, "auditor").text
    told += server.get("/v1/public/ledger/entries?limit=500", None).text
    told += server.get("/v1/public/campaigns", None).text
    told += server.get("/v1/visits?campaign=test-2026", "auditor").text
    assert "frame_root" in told
    assert "E00" not in told
    for path in ("transcript/draw.json", "transcript/frame.jsonl", "secret.json", "drawn.csv"):
        assert server.get(f"{BASE}/documents/{path}").status_code == 404
    asked = {"department": "fire", "enterprise": "E0001", "item": "F-1", "source": "complaint"}
    asked |= {"campaign": "test-2026", "earliest": "2026-04-01", "due": "2026-05-20"}
    for path, body in (
        ("/v1/requests", asked),
        ("/v1/checks", {"campaign": "test-2026", "checks": [CHECK]}),
    ):
        refused = server.write(path, json=body)
        assert refused.status_code == 409
        assert refused.json()["type"] in ("/problems/sealed", "/problems/wrong-order")
    published = server.write(f"{BASE}/publication", method="PUT", headers={"if-match": "*"})
    assert published.json()["type"] == "/problems/wrong-order"


def test_steps_of_a_sealed_campaign(
    server: Server, settings: Settings, make_server: MakeServer
) -> None:
    """Commit, seal, reveal and open, each in its place, two persons, over a restart; what is
    opened verifies, is published, and the store passes its audit.
    """
    made = server.commit(pack(sealed_files()))
    assert (made.status_code, made.json()["mode"]) == (201, "sealed"), made.text
    early = server.reveal()
    assert [fault["code"] for fault in early.json()["errors"]] == ["step-first"]
    assert server.get(f"{BASE}/result").json()["type"] == "/problems/wrong-order"
    assert server.write(f"{BASE}/seal", "department", json={}).status_code == 403
    again = {"idempotency-key": "seal"}
    first = server.write(f"{BASE}/seal", "clerk", json={}, headers=again)
    assert (first.status_code, first.json()["open_after"]) == (200, "2026-05-29"), first.text
    repeat = server.write(f"{BASE}/seal", "clerk", json={}, headers=again)
    assert repeat.content == first.content
    second = server.write(f"{BASE}/seal", "clerk", json={})
    assert [fault["code"] for fault in second.json()["errors"]] == ["step-done"]
    assert server.reveal("clerk").json()["type"] == "/problems/same-person"
    other = make_server(settings)
    shown = other.reveal()
    assert (shown.status_code, shown.json()["state"]) == (200, "revealed"), shown.text
    assert "distinct" not in shown.json()
    result = other.get(f"{BASE}/result").json()
    assert [each.differences for each in audit_store(settings)] == [[]] * 8
    assert other.write(f"{BASE}/opening", "clerk", json={}).status_code == 403
    unsaid = other.write(f"{BASE}/opening", "supervisor", json={})
    assert [fault["code"] for fault in unsaid.json()["errors"]] == ["open-early"]
    opened = other.write(f"{BASE}/opening", "supervisor", json={"reason": "all visits are over"})
    assert opened.status_code == 200, opened.text
    after = other.get(f"{BASE}/result", "auditor").json()
    assert after["items"] == result["items"]
    assert after["distinct"] == result["distinct"]
    own = other.get(f"{BASE}/result", "department").json()["items"]
    assert [each["item"] for each in own] == ["F-1"]
    assert len(readings(other)) == 1
    check_publication(other.service, "test-2026")
    etag = other.get(BASE).headers["etag"]
    path = f"{BASE}/publication"
    assert other.write(path, method="PUT", headers={"if-match": etag}).status_code == 200
    public = "/v1/public/campaigns/test-2026/documents"
    assert other.get(f"{public}/transcript/draw.json", None).status_code == 200
    assert [each.differences for each in audit_store(settings)] == [[]] * 8


def test_open_campaigns_are_not_sealed(server: Server) -> None:
    """Sealing and opening an open campaign is refused; its own proofs are given."""
    server.commit().raise_for_status()
    for path in ("seal", "opening"):
        answer = server.write(f"{BASE}/{path}", json={})
        assert answer.json()["type"] == "/problems/wrong-order"
    server.reveal().raise_for_status()
    for of in ("frame", "result"):
        given = server.get(f"{BASE}/enterprises/E0001/own-proof?of={of}", "clerk")
        assert given.text.startswith("c2sp.org/tlog-proof@v1"), given.text
    assert readings(server) == []


def shown(rolls: str) -> dict[str, Any]:
    return {"seed": {**DICE, "rolls": rolls}}


def told_to(server: Server, role: str | None) -> str:
    """All that a role reads of the campaign, of jobs and of the log, as one text."""
    told = server.get("/v1/public/ledger/entries?limit=500", None).text
    told += server.get("/v1/public/campaigns", None).text
    if role is None:
        return told
    for path in (
        BASE,
        f"{BASE}/plans",
        f"{BASE}/plans/1",
        f"{BASE}/plans/1/left-out",
        f"{BASE}/teams",
        f"{BASE}/result",
        f"{BASE}/sealed",
        f"{BASE}/sealed/transcript/plan.json",
        f"{BASE}/alerts",
        f"{BASE}/statistics",
        f"{BASE}/filings",
        "/v1/visits?campaign=test-2026",
        "/v1/jobs",
        "/v1/jobs/1",
    ):
        told += server.get(path, role).text
    listed = server.get(f"{BASE}/documents?limit=500", role)
    for each in listed.json().get("items", ()):
        told += each["path"] + server.get(f"{BASE}/documents/{each['path']}", role).text
    return told


def test_plan_and_teams_stay_shut_and_are_ordinary_once_opened(
    server: Server, settings: Settings, make_server: MakeServer
) -> None:
    """Two persons who may know make plan, odds, draws and stand-ins, over a restart; nobody else
    learns an enterprise, an inspector or a day of them; each reading is in the log. After the
    opening the visits are the live schedule, requests and later plans go on from it, odds and
    draws too, and the verifier takes all of it.
    """
    drawn(server)
    year = {"reason": "the year", "effort": 1}
    for role in ("clerk", "department"):
        assert server.write(f"{BASE}/plans", role, json=year).status_code == 403
    early = server.get(f"{BASE}/teams")
    assert early.json()["type"] == "/problems/wrong-order"
    made = server.write(f"{BASE}/plans", json=year)
    assert (made.status_code, made.json()["sealed"]) == (201, True), made.text
    assert "E00" not in made.text
    again = server.write(f"{BASE}/plans", json=year)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/sealed")
    plan = server.get(made.json()["links"]["document"], "supervisor").json()
    days = sorted({visit["day"] for visit in plan["visits"]})
    middle, after = days[len(days) // 2 - 1], days[len(days) // 2]

    other = make_server(settings)
    odds = {"period": [days[0], days[-1]], "seed_source": DICE}
    odds["draws"] = [[days[0], middle], [_next(middle), days[-1]]]
    assert other.write(f"{BASE}/teams/odds", "clerk", json=odds).status_code == 403
    fixed = other.write(f"{BASE}/teams/odds", "supervisor", json=odds)
    assert fixed.status_code == 201, fixed.text
    same = other.write(f"{BASE}/teams/draws", "supervisor", json=shown(ROLLS[0]))
    assert same.json()["type"] == "/problems/same-person"
    assert other.write(f"{BASE}/teams/draws", "clerk", json=shown(ROLLS[0])).status_code == 403
    done = other.write(f"{BASE}/teams/draws", json=shown(ROLLS[0]))
    assert done.status_code == 201, done.text
    assert "I-" not in fixed.text + done.text
    teams = other.get(f"{BASE}/teams").json()["teams"]
    assert teams.keys() == {v["id"] for v in plan["visits"] if v["day"] <= middle}
    for visit, units in sorted(teams.items()):
        ill = {"visit": visit, "absent": sorted(units.values())[0][0], "reason": "ill today"}
        stood_in = other.write(f"{BASE}/teams/substitutions", "supervisor", json=ill)
        if stood_in.status_code == 201:
            break
        assert stood_in.json()["type"] == "/problems/infeasible"
    assert "I-" not in stood_in.text
    me = next(ids[0] for units in teams.values() for ids in units.values())
    assert other.get(f"{BASE}/teams/inspectors/{me}", "clerk").status_code == 403
    assert other.get(f"{BASE}/teams/inspectors/nobody", "supervisor").status_code == 404
    own = other.get(f"{BASE}/teams/inspectors/{me}", "supervisor")
    assert own.json()["inspector"] == me
    shut = readings(other)
    read = {"transcript/plan.json", "teams", "teams/inspectors"}
    assert read <= {body["what"] for body in shut}
    for role in ("clerk", "auditor", "department", None):
        told = told_to(other, role)
        assert "E00" not in told
        assert "I-fire" not in told
        assert not [day for day in days if day in told and day not in str(odds["draws"])]
    assert len(readings(other)) == len(shut)
    for path in ("secret.json", "secrets.json", "risk-labels.json", "campaign.json"):
        assert other.get(f"{BASE}/sealed/{path}").status_code == 404
    assert "transcript/odds.json" in other.get(f"{BASE}/sealed").text
    assert [each.differences for each in audit_store(settings)] == [[]] * 8

    teams = other.get(f"{BASE}/teams").json()["teams"]
    opened = other.write(f"{BASE}/opening", "supervisor", json={"reason": "half of it is over"})
    assert (opened.status_code, opened.json()["state"]) == (200, "planned"), opened.text
    assert other.get(f"{BASE}/sealed").json()["type"] == "/problems/wrong-order"
    listed = other.get("/v1/visits?campaign=test-2026&limit=500", "clerk").json()["items"]
    assert [(v["id"], v["enterprise"], v["day"], v["checks"]) for v in listed] == [
        (v["id"], v["enterprise"], v["day"], v["checks"]) for v in plan["visits"]
    ]
    first = other.get(f"{BASE}/plans/1", "clerk").json()
    assert (first["reason"], first["visits"]) == ("the year", len(listed))
    assert other.get(f"{BASE}/teams", "clerk").json()["teams"] == teams
    check_publication(other.service, "test-2026")

    # From here on as any campaign: a request behind the fixed days, a plan, odds, the last draw.
    asked = {"department": "health", "enterprise": "E0005", "item": "H-1", "source": "complaint"}
    asked |= {"campaign": "test-2026", "earliest": days[0], "due": "2026-12-18"}
    granted = other.write("/v1/requests", json=asked)
    assert granted.status_code == 201, granted.text
    assert granted.json()["day"] > days[-1]
    later = other.write(f"{BASE}/plans", "clerk", json={"reason": "complaints", "effort": 1})
    assert (later.status_code, later.json()["version"]) == (201, 2), later.text
    last = granted.json()["day"]
    left = {"period": [after, last], "seed_source": DICE, "reason": "a request came"}
    anew = other.write(f"{BASE}/teams/odds", "clerk", json=left)
    assert (anew.status_code, anew.json()["plan"]) == (201, 2), anew.text
    drawn_now = other.write(f"{BASE}/teams/draws", "supervisor", json=shown(ROLLS[1]))
    assert drawn_now.status_code == 201, drawn_now.text
    check_publication(other.service, "test-2026")
    assert [each.differences for each in audit_store(settings)] == [[]] * 8


def test_a_sealed_plan_as_a_job(server: Server, settings: Settings) -> None:
    """A worker makes it as well; who may not know cannot ask, and a second one is refused at once,
    as is one before the draw.
    """
    server.commit(pack(sealed_files())).raise_for_status()
    year = {"json": {"reason": "the year", "effort": 1}, "headers": {"prefer": "respond-async"}}
    server.write(f"{BASE}/seal", "clerk", json={}).raise_for_status()
    assert server.write(f"{BASE}/plans", **year).json()["type"] == "/problems/wrong-order"
    server.reveal().raise_for_status()
    assert server.write(f"{BASE}/plans", "clerk", **year).status_code == 403
    asked = server.write(f"{BASE}/plans", "supervisor", **year)
    assert (asked.status_code, asked.json()["kind"]) == (202, "solve"), asked.text
    with working(settings):
        done = ended(server, 1)
    assert (done["state"], done["result"]) == ("done", {"version": 1, "plan": BASE})
    assert "E00" not in json.dumps(done)
    again = server.write(f"{BASE}/plans", "supervisor", **year)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/sealed")
    assert server.get(f"{BASE}/sealed/transcript/plan.json").json()["visits"]


def test_why_a_sealed_plan_failed_is_sealed(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job's problem names nobody; who may know asks again and is told, on record."""
    drawn(server)

    def fail(*_: Any, **__: Any) -> Any:
        raise InfeasibleError(["the unit of E0001 has nobody left"])

    monkeypatch.setattr(flow, "plan_step", fail)
    body = {"reason": "the year", "effort": 1}
    asynchronous = {"prefer": "respond-async"}
    server.write(f"{BASE}/plans", json=body, headers=asynchronous).raise_for_status()
    perform(server.service, claimed(server), SILENT)
    failed = server.get("/v1/jobs/1", "clerk")
    assert (failed.json()["state"], failed.json()["problem"]["type"]) == (
        "failed",
        "/problems/sealed",
    )
    assert "E0001" not in failed.text
    assert readings(server) == []
    refused = server.write(f"{BASE}/plans", "supervisor", json=body)
    assert "E0001" in refused.text
    assert [(body["role"], body["what"]) for body in readings(server)] == [
        ("supervisor", "refusal")
    ]


def test_the_first_plan_after_the_opening(server: Server) -> None:
    """A campaign that was opened without a plan is planned like any other."""
    drawn(server)
    server.write(f"{BASE}/opening", json={"reason": "nothing is secret"}).raise_for_status()
    made = server.write(f"{BASE}/plans", "clerk", json={"reason": "the year", "effort": 1})
    assert (made.status_code, made.json()["sealed"]) == (201, False), made.text
    assert server.get(made.headers["location"]).json()["visits"] > 0
    again = server.write(f"{BASE}/plans", "clerk", json={"reason": "once more", "effort": 1})
    assert again.json()["version"] == 2
    check_publication(server.service, "test-2026")


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
