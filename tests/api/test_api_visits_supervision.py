"""Filings, alerts, statistics, exports and calendars over HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any

import icalendar
import openpyxl
import pyarrow.parquet as pq
import pytest
from api_city import files, pack
from conftest import Server
from visits_city import (
    BASE,
    NAME,
    alerts,
    clock_at,
    entries_of,
    file_plan,
    issue,
    people,
    planned,
    rules,
    scan,
    triggered,
    visits,
)

from api.services import exports
from optimizer.canon import digest
from optimizer.domain.outcome import OUTCOMES
from optimizer.supervision import FIELDS


def visited(server: Server, visit: dict[str, Any], outcome: str = "no-fault") -> None:
    """Issue a code, scan, and record one outcome for every check."""
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T10:05:00")
    scan(server, visit, inspector=people(server, visit)[0], code=code).raise_for_status()
    rows = [{"check": check, "outcome": outcome} for check in visit["checks"]]
    path = f"{visit['visit']}/outcomes"
    server.write(path, "clerk", json={"outcomes": rows}).raise_for_status()


def test_a_filing_is_a_document_in_the_log(server: Server) -> None:
    """What was filed, check by check with its day, is a document whose digest is in the log."""
    found = planned(server)
    (entry,) = entries_of(server, "filing")
    (listed,) = server.get(f"{BASE}/filings").json()["items"]
    data = server.get(listed["document"]).content
    assert digest(data) == listed["sha256"] == entry["body"]["sha256"]
    days = server.get(listed["document"]).json()["days"]
    assert days == {check: visit["day"] for visit in found for check in visit["checks"]}
    again = file_plan(server, reason="changed").json()
    assert again["filing"] == 2
    page = server.get(f"{BASE}/filings?limit=1").json()
    assert [one["filing"] for one in page["items"]] == [1]
    rest = server.get(f"{BASE}/filings?cursor={page['next']}").json()
    assert [one["filing"] for one in rest["items"]] == [2]
    assert rules(server) == []


def test_a_plan_that_is_filed_late(server: Server) -> None:
    """Filed behind the end of January, or not filed by then: an alert, once."""
    planned(server, filed=False)
    assert server.write(f"{BASE}/sweeps", "supervisor").json()["items"] == []
    clock_at(server, "2026-02-01T09:00:00")
    (late,) = server.write(f"{BASE}/sweeps", "supervisor").json()["items"]
    assert (late["rule"], late["facts"]["filed"]) == ("late-plan", None)
    assert late["clause"] == "第四条"
    file_plan(server).raise_for_status()
    assert rules(server) == ["late-plan"]
    assert server.write(f"{BASE}/sweeps", "supervisor").json()["items"] == []
    assert server.write(f"{BASE}/sweeps", "clerk").status_code == 403


def test_alerts_are_acknowledged_by_a_supervisor(server: Server) -> None:
    """Acknowledging needs a supervisor, If-Match and a reason, and stands in the log."""
    visit = planned(server, drawn=True)[0]
    clock_at(server, f"{visit['day']}T10:05:00")
    made = scan(server, visit, inspector=people(server, visit)[0]).json()
    path = made["alerts"][0]["alert"]
    read = server.get(path, "supervisor")
    etag = read.headers["etag"]
    assert server.get(path, headers={"if-none-match": etag}).status_code == 304
    body = {"reason": "the phone was broken; recorded on paper"}
    put = f"{path}/acknowledgement"

    def acknowledge(role: str = "supervisor", **headers: str) -> Any:
        return server.write(put, role, method="PUT", json=body, headers=headers)

    assert acknowledge("clerk", **{"if-match": etag}).status_code == 403
    assert acknowledge().json()["type"] == "/problems/precondition-required"
    assert acknowledge(**{"if-match": '"alert.1.7"'}).status_code == 412
    done = acknowledge(**{"if-match": etag})
    assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
    assert acknowledge(**{"if-match": etag}).status_code == 412
    (entry,) = entries_of(server, "alert-acknowledged")
    assert entry["body"]["reason"] == body["reason"]
    assert alerts(server, query="&state=open") == []
    assert len(alerts(server, query="&state=acknowledged&rule=no-code")) == 1
    wrong = server.get(f"{BASE}/alerts?rule=nothing")
    assert wrong.json()["type"] == "/problems/bad-request"
    assert server.write(f"{BASE}/sweeps", "supervisor").json()["items"] == []


def test_alerts_come_page_by_page(server: Server) -> None:
    """Pages of one give every alert once, in order; a department sees those that concern it."""
    found = planned(server, drawn=True)
    triggered(server)
    for visit in visits(server)[:3]:
        clock_at(server, f"{visit['day']}T10:05:00")
        scan(server, visit, inspector="nobody").raise_for_status()
    whole = alerts(server)
    assert [a["rule"] for a in whole] == ["no-code", "not-in-team", "no-certificate"] * 3
    read, cursor = [], ""
    while cursor is not None:
        page = server.get(f"{BASE}/alerts?limit=1{cursor and '&cursor=' + cursor}").json()
        read += page["items"]
        cursor = page["next"]
    assert read == whole
    assert len(alerts(server, "department")) == sum(
        3 * ("fire" in visit["departments"]) for visit in found[:3]
    )


def test_visits_over_the_cap_and_too_soon(server: Server) -> None:
    """A department that enters twice where its cap is one, two days apart, sets off both alerts."""
    found = planned(server, drawn=True)
    visit = next(v for v in found if "fire" in v["departments"] and not v["exempt"])
    visited(server, visit)
    assert rules(server) == []
    # The planner would refuse it: it stands in the store as if someone had written it there.
    from sqlalchemy import select

    from api.store.tables import VisitRow

    with server.service.store.write() as write:
        row = write.session.scalars(
            select(VisitRow).where(VisitRow.number == visit["number"])
        ).one()
        values = {c.key: getattr(row, c.key) for c in VisitRow.__table__.columns}
        later = f"{visit['day'][:8]}{int(visit['day'][8:]) + 1:02d}"
        write.session.add(VisitRow(**{**values, "number": 9999, "id": "X-1", "day": later}))
    second = {**visit, "visit": "/v1/visits/9999", "number": 9999, "day": later}
    clock_at(server, f"{later}T10:05:00")
    told = scan(server, second, inspector=people(server, visit)[0], at=f"{later}T10:00:00").json()
    found_rules = [alert["rule"] for alert in told["alerts"]]
    assert "over-cap" in found_rules
    assert "repeated-visit" in found_rules
    over = [alert for alert in told["alerts"] if alert["rule"] == "over-cap"]
    fire = next(a for a in over if a["facts"]["counted"] == "fire")
    assert (fire["facts"]["visits"], fire["facts"]["limit"]) == (2, 1)
    assert (fire["facts"]["cap"], fire["facts"]["source"]) == ("cap-department", "measure 4")
    assert fire["visit"] == "/v1/visits/9999"
    soon = next(alert for alert in told["alerts"] if alert["rule"] == "repeated-visit")
    assert soon["facts"] == {"before": visit["day"], "least_days": 3, "same_visit": False}


def test_statistics_add_up(server: Server) -> None:
    """Every figure is what the lists say; outcomes are counted by code, faults as a hit rate."""
    found = planned(server, drawn=True)
    for visit, outcome in zip(found, ("no-fault", "ordered-to-mend", "not-found"), strict=False):
        visited(server, visit, outcome)
    clock_at(server, f"{found[3]['day']}T10:05:00")
    scan(server, found[3], inspector=people(server, found[3])[0]).raise_for_status()
    told = server.get(f"{BASE}/statistics").json()
    total = told["total"]
    checks = sum(len(visit["checks"]) for visit in found)
    assert set(total) == {*FIELDS, "hit_rate"}
    assert (total["visits"], total["checks"]) == (len(found), checks)
    assert total["saved"] == checks - len(found)
    assert total["merged"] == sum(len(visit["checks"]) > 1 for visit in found)
    assert total["joint"] == sum(len(visit["departments"]) > 1 for visit in found)
    assert (total["entered"], total["without_code"]) == (4, 1)
    done = len(found[0]["checks"]) + len(found[1]["checks"])
    assert total["hit_rate"] == f"{len(found[1]['checks'])}/{done}"
    assert total["done"] == done
    codes = {one["code"]: one["checks"] for one in told["outcomes"]}
    assert codes["not-found"] == len(found[2]["checks"])
    assert sum(codes.values()) == sum(len(visit["checks"]) for visit in found[:3])
    for rows in told["by"].values():
        assert sum(row["checks"] for row in rows) == checks
    months = {row["key"]: row["visits"] for row in told["by"]["month"]}
    assert sum(months.values()) == len(found)
    mine = server.get(f"{BASE}/statistics", "department").json()
    assert {row["key"] for row in mine["by"]["department"]} == {"fire"}
    assert mine["total"]["visits"] == sum("fire" in visit["departments"] for visit in found)
    assert {one["code"]: one["open"] for one in told["alerts"]}["no-code"] == 1


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_exports_hold_the_same_in_every_kind(server: Server) -> None:
    """CSV, Excel and Parquet of a table have the same rows; names and codes are explained."""
    found = planned(server, drawn=True)
    visited(server, found[0])
    clock_at(server, f"{found[1]['day']}T10:05:00")
    scan(server, found[1], inspector="nobody").raise_for_status()
    for table, fields in exports.TABLES.items():
        base = f"{BASE}/exports/{table}"
        flat = read_csv(server.get(f"{base}.csv").content)
        assert list(flat[0]) == [field.name for field in fields]
        columns = pq.read_table(io.BytesIO(server.get(f"{base}.parquet").content))
        assert columns.column_names == [field.name for field in fields]
        shown = [
            {k: "" if v is None else str(v) for k, v in row.items()} for row in columns.to_pylist()
        ]
        assert shown == flat
        book = openpyxl.load_workbook(io.BytesIO(server.get(f"{base}.xlsx").content))
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        assert list(rows[1]) == [field.zh for field in fields]
        assert [["" if cell is None else str(cell) for cell in row] for row in rows[2:]] == [
            list(row.values()) for row in flat
        ]
    listed = read_csv(server.get(f"{BASE}/exports/visits.csv").content)
    assert [row["visit"] for row in listed] == [str(visit["number"]) for visit in found]
    assert listed[0]["inspectors"].split(";") == people(server, found[0])
    assert (listed[0]["entered"], listed[0]["entered_with_code"]) == ("1", "1")
    assert int(listed[1]["alerts"]) == 3
    outcomes = read_csv(server.get(f"{BASE}/exports/outcomes.csv").content)
    assert {row["outcome_zh"] for row in outcomes} == {OUTCOMES["no-fault"].zh}
    answer = server.get(f"{BASE}/exports/visits.csv")
    same = {"if-none-match": answer.headers["etag"]}
    assert server.get(f"{BASE}/exports/visits.csv", headers=same).status_code == 304
    assert 'filename="test-2026-visits.csv"' in answer.headers["content-disposition"]
    assert server.get(f"{BASE}/exports/keys.csv").status_code == 422
    assert server.get(f"{BASE}/exports/visits.pdf").status_code == 422


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t=", " ="])
def test_no_export_holds_a_formula(server: Server, lead: str) -> None:
    """Names and notes that look like formulas come out as text, and as they were."""
    evil = f"{lead}cmd|' /C calc'!A0"
    scenario = files()
    name = evil.strip() if lead.strip() else evil
    text = scenario["registers/enterprises.csv"].replace("企业0,", f'"{name}",')
    scenario["registers/enterprises.csv"] = text
    server.commit(pack(scenario)).raise_for_status()
    server.reveal().raise_for_status()
    server.write(f"{BASE}/plans", json={"reason": "plan", "effort": 1}).raise_for_status()
    file_plan(server).raise_for_status()
    visit = next(v for v in visits(server) if v["enterprise"] == "E0000")
    clock_at(server, f"{visit['day']}T17:00:00")
    row = {"check": visit["checks"][0], "outcome": "no-fault", "note": evil}
    server.write(f"{visit['visit']}/outcomes", json={"outcomes": [row]}).raise_for_status()
    read = read_csv(server.get(f"{BASE}/exports/outcomes.csv").content)
    assert read[0]["note"] == f"'{evil.strip()}"
    assert all(cell[:1] not in "=+-@\t\r" or not cell for one in read for cell in one.values())
    data = server.get(f"{BASE}/exports/outcomes.xlsx").content
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    table = pq.read_table(io.BytesIO(server.get(f"{BASE}/exports/outcomes.parquet").content))
    assert table.column("note")[0].as_py() == evil.strip()


def test_personal_data_stays_with_its_department(server: Server) -> None:
    """A department's key reads its own visits, and of joint ones only its own people."""
    found = planned(server, drawn=True)
    mine = read_csv(server.get(f"{BASE}/exports/visits.csv", "department").content)
    assert [row["visit"] for row in mine] == [
        str(visit["number"]) for visit in found if "fire" in visit["departments"]
    ]
    seen = {who for row in mine for who in row["inspectors"].split(";") if who}
    assert seen
    assert all(who.startswith("I-fire") for who in seen)
    all_of = read_csv(server.get(f"{BASE}/exports/visits.csv", "auditor").content)
    assert any("I-market" in row["inspectors"] for row in all_of)
    other = server.get(f"{BASE}/calendar/inspectors/I-market-140302-0.ics", "department")
    assert other.status_code == 404
    assert server.get(f"{BASE}/calendar/units/market-140302.ics", "department").status_code == 404
    own = server.get(f"{BASE}/calendar/units/fire-140302.ics", "department")
    assert own.status_code == 200
    assert "人员" in own.text
    joint = next(v for v in found if {"fire", "market"} <= set(v["departments"]))
    clock_at(server, f"{joint['day']}T10:05:00")
    market = next(who for who in people(server, joint) if "market" in who)
    scan(server, joint, inspector=market).raise_for_status()
    listed = server.get(f"{joint['visit']}/scans", "department").json()["items"]
    assert [one["inspector"] for one in listed] == [None]


def test_calendars_hold_the_visits(server: Server) -> None:
    """A unit's and an inspector's calendar have their visits, a day each, under lasting names."""
    found = planned(server, drawn=True)
    unit = found[0]["seats"][0]["unit"]
    answer = server.get(f"{BASE}/calendar/units/{unit}.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    wanted = [v for v in found if unit in {seat["unit"] for seat in v["seats"]}]
    assert sorted(str(e["dtstart"].dt) for e in events) == sorted(v["day"] for v in wanted)
    assert len({str(event["uid"]) for event in events}) == len(wanted)
    assert all((e["dtend"].dt - e["dtstart"].dt).days == 1 for e in events)
    who = people(server, found[0])[0]
    data = server.get(f"{BASE}/calendar/inspectors/{who}.ics").content
    own = icalendar.Calendar.from_ical(data).walk("VEVENT")
    mine = [v for v in found if who in people(server, v)]
    assert sorted(str(e["dtstart"].dt) for e in own) == sorted(v["day"] for v in mine)
    assert data == server.get(f"{BASE}/calendar/inspectors/{who}.ics").content
    assert server.get(f"{BASE}/calendar/units/none.ics").status_code == 404
    assert server.get(f"{BASE}/calendar/inspectors/none.ics").status_code == 404


def test_before_there_is_a_plan(server: Server) -> None:
    """Without a plan each says that one must be made first; without a campaign, that none is."""
    server.commit().raise_for_status()
    for path in ("statistics", "exports/visits.csv", "calendar/units/fire-140302.ics"):
        assert server.get(f"{BASE}/{path}").json()["type"] == "/problems/wrong-order", path
        gone = server.get(f"/v1/campaigns/none/{path}")
        assert gone.status_code == 404
    assert file_plan(server).json()["type"] == "/problems/wrong-order"
    swept = server.write(f"{BASE}/sweeps", "supervisor")
    assert swept.json()["type"] == "/problems/wrong-order"
    assert alerts(server) == []
    assert NAME in BASE
