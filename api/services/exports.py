"""Statistics, exports and calendars of a campaign; a department's key sees its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.security.keys import Caller
from api.services import alerts, outcomes, supervised
from api.services.entries import person
from api.services.service import Service
from api.store.tables import AlertRow, OutcomeRow, PlanRow, VisitRow
from optimizer.domain.outcome import OUTCOMES
from optimizer.publication.calendar import Appointment, calendar_bytes
from optimizer.publication.exports import Export, Field
from optimizer.publication.names import Names
from optimizer.publication.sheet import Cell
from optimizer.supervision import ALERTS, Entry, Visited, statistics
from optimizer.supervision.entries import FITS

VISITS = (
    Field("campaign", "抽查计划", "campaign"),
    Field("plan", "计划版本", "plan version", whole=True),
    Field("visit", "检查编号", "visit number", whole=True),
    Field("enterprise", "统一社会信用代码", "enterprise", width=22),
    Field("enterprise_name", "检查对象", "enterprise name", width=30),
    Field("county", "属地代码", "county"),
    Field("county_name", "属地", "county name"),
    Field("day", "检查日期", "day"),
    Field("lead", "牵头执法主体", "lead unit"),
    Field("departments", "部门", "departments", width=24),
    Field("units", "执法主体", "units", width=30),
    Field("checks", "检查任务", "checks", width=30),
    Field("items", "抽查事项", "items", width=24),
    Field("sources", "检查来源", "sources"),
    Field("exempt", "频次豁免代码", "exemption"),
    Field("inspectors", "执法人员", "inspectors", width=24),
    Field("entered", "入企扫码次数", "entries", whole=True),
    Field("entered_with_code", "有效扫码次数", "entries with a code that holds", whole=True),
    Field("outcomes", "已录结果数", "outcomes", whole=True),
    Field("alerts", "预警数", "alerts", whole=True),
)
OUTCOME_FIELDS = (
    Field("number", "编号", "number", whole=True),
    Field("campaign", "抽查计划", "campaign"),
    Field("visit", "检查编号", "visit number", whole=True),
    Field("enterprise", "统一社会信用代码", "enterprise", width=22),
    Field("enterprise_name", "检查对象", "enterprise name", width=30),
    Field("county", "属地代码", "county"),
    Field("day", "检查日期", "day"),
    Field("check", "检查任务", "check"),
    Field("item", "事项代码", "item"),
    Field("item_name", "抽查事项", "item name", width=24),
    Field("department", "部门", "department"),
    Field("outcome", "结果代码", "outcome"),
    Field("outcome_zh", "检查结果", "outcome in Chinese", width=24),
    Field("outcome_en", "检查结果(英文)", "outcome in English", width=24),
    Field("done", "是否实施", "carried out", whole=True),
    Field("fault", "是否发现问题", "fault found", whole=True),
    Field("revision", "修订次数", "revision", whole=True),
    Field("inspector", "执法人员", "inspector"),
    Field("note", "说明", "note", width=30),
    Field("reason", "更正或未实施原因", "reason", width=30),
    Field("told_at", "告知时间", "told at", width=24),
    Field("recorded_at", "录入时间", "recorded at", width=24),
)
ALERT_FIELDS = (
    Field("number", "编号", "number", whole=True),
    Field("campaign", "抽查计划", "campaign"),
    Field("rule", "预警代码", "rule"),
    Field("title_zh", "预警内容", "title in Chinese", width=30),
    Field("title_en", "预警内容(英文)", "title in English", width=30),
    Field("clause", "依据条款", "clause"),
    Field("severity", "严重程度", "severity", whole=True),
    Field("state", "状态", "state"),
    Field("visit", "检查编号", "visit number", whole=True),
    Field("enterprise", "统一社会信用代码", "enterprise", width=22),
    Field("day", "日期", "day"),
    Field("departments", "部门", "departments", width=24),
    Field("raised_at", "预警时间", "raised at", width=24),
    Field("acknowledged_at", "处置时间", "acknowledged at", width=24),
    Field("acknowledged_by", "处置人", "acknowledged by"),
    Field("reason", "处置说明", "reason", width=30),
)
TABLES = {"visits": VISITS, "outcomes": OUTCOME_FIELDS, "alerts": ALERT_FIELDS}
"""Every export with its fields; names are never changed once published."""


def figures(service: Service, session: Session, caller: Caller, name: str) -> dict[str, Any]:
    """Return the campaign's statistics.

    Raises
    ------
    ProblemError
        If it has no plan.
    """
    rows = _planned(session, name)
    visits = supervised.visited(service, session, rows)
    entries = supervised.entries(service, session, name)
    latest = outcomes.latest(session, name)
    mine = alerts.listed(session, caller, name)
    found = statistics(
        visits,
        entered=_entered(entries),
        outcomes={check: row.outcome for check, row in latest.items()},
        department="" if caller.sees_everything else caller.department,
    )
    by_rule = [
        {
            "code": rule.code,
            "zh": rule.zh,
            "en": rule.en,
            "open": sum(a.alert == rule.code and a.state == "open" for a in mine),
            "acknowledged": sum(a.alert == rule.code and a.state != "open" for a in mine),
        }
        for rule in ALERTS.values()
    ]
    plan = rows[0].plan if rows else None
    off = offsite_figures(service, session, caller, name, latest)
    return {"campaign": name, "plan": plan, **found, "offsite": off, "alerts": by_rule}


def offsite_figures(
    service: Service,
    session: Session,
    caller: Caller,
    name: str,
    latest: Mapping[str, OutcomeRow],
) -> dict[str, int]:
    """Count the checks off site: they make no visit (measure 12)."""
    mine = [
        check
        for check, _, department, _ in supervised.offsite(service, session, name)
        if caller.sees_everything or department == caller.department
    ]
    codes = [OUTCOMES[latest[check].outcome] for check in mine if check in latest]
    return {
        "checks": len(mine),
        "done": sum(code.done for code in codes),
        "faults": sum(code.fault for code in codes),
        "closed": sum(code.code == "no-fault" for code in codes),
    }


def _entered(entries: Iterable[Entry]) -> dict[str, bool]:
    """Return `Visited.key` → whether somebody had a code that holds."""
    found: dict[str, bool] = {}
    for entry in entries:
        if entry.visit is not None:
            key = entry.visit.key
            found[key] = found.get(key, False) or entry.code in FITS
    return found


def _planned(session: Session, name: str) -> list[VisitRow]:
    if session.scalar(select(PlanRow.version).where(PlanRow.campaign == name).limit(1)) is None:
        raise ProblemError("wrong-order", f"the campaign {name} must be planned first")
    return supervised.in_force(session, name)


def table(service: Service, session: Session, caller: Caller, name: str, which: str) -> Export:
    """Return a table of `TABLES`, of what the caller may see."""
    if which == "visits":
        title, rows = ("入企检查", "Visits"), _visits(service, session, caller, name)
    elif which == "outcomes":
        title, rows = ("检查结果", "Outcomes"), _outcomes(service, session, caller, name)
    else:
        title = ("监督预警", "Alerts")
        rows = [_alert(row) for row in alerts.listed(session, caller, name)]
    return Export(which, title, TABLES[which], tuple(rows))


def _own(caller: Caller, rows: Iterable[VisitRow]) -> list[VisitRow]:
    return [r for r in rows if caller.sees_everything or caller.department in r.departments]


def _visits(
    service: Service, session: Session, caller: Caller, name: str
) -> list[tuple[Cell, ...]]:
    registers = supervised.registers_of(service, name)
    names = Names(registers)
    rows = _own(caller, _planned(session, name))
    visits = supervised.visited(service, session, rows)
    scans = supervised.entries(service, session, name)
    latest = outcomes.latest(session, name)
    raised: dict[tuple[str, str | None], int] = {}
    for alert in alerts.listed(session, caller, name):
        at = (alert.enterprise, alert.day)
        raised[at] = raised.get(at, 0) + 1
    entered: dict[str, list[Entry]] = {}
    for entry in scans:
        if entry.visit is not None:
            entered.setdefault(entry.visit.key, []).append(entry)
    found: list[tuple[Cell, ...]] = []
    for row, visit in zip(rows, visits, strict=True):
        mine = entered.get(visit.key, [])
        people = [
            who
            for unit in visit.units
            for who in visit.team.get(unit, ())
            if person(who, caller, registers) is not None
        ]
        found.append(
            (
                name,
                row.plan,
                row.number,
                row.enterprise,
                names.enterprise(row.enterprise),
                visit.county,
                names.area(visit.county),
                row.day,
                row.lead,
                ";".join(row.departments),
                ";".join(visit.units),
                ";".join(row.checks),
                ";".join(sorted({task.item for task in visit.tasks})),
                ";".join(sorted({task.source for task in visit.tasks})),
                row.exempt,
                ";".join(people),
                len(mine),
                sum(entry.code in FITS for entry in mine),
                sum(check in latest for check in row.checks),
                raised.get((row.enterprise, row.day), 0),
            )
        )
    return found


def _outcomes(
    service: Service, session: Session, caller: Caller, name: str
) -> list[tuple[Cell, ...]]:
    registers = supervised.registers_of(service, name)
    names = Names(registers)
    rows = [
        row
        for row in outcomes.latest(session, name).values()
        if caller.sees_everything or row.department == caller.department
    ]
    rows.sort(key=lambda row: row.number)
    return [_outcome(row, names, person(row.inspector, caller, registers) or "") for row in rows]


def _outcome(row: OutcomeRow, names: Names, inspector: str) -> tuple[Cell, ...]:
    code = OUTCOMES[row.outcome]
    return (
        row.number,
        row.campaign,
        "" if row.visit is None else row.visit,
        row.enterprise,
        names.enterprise(row.enterprise),
        names.county(row.enterprise),
        row.day,
        row.check,
        row.item,
        names.item(row.item),
        row.department,
        row.outcome,
        code.zh,
        code.en,
        int(code.done),
        int(code.fault),
        row.revision,
        inspector,
        row.note,
        row.reason,
        row.told_at or "",
        row.recorded_at,
    )


def _alert(row: AlertRow) -> tuple[Cell, ...]:
    rule = ALERTS[row.alert]
    return (
        row.number,
        row.campaign,
        row.alert,
        rule.zh,
        rule.en,
        rule.clause,
        row.severity,
        row.state,
        "" if row.visit is None else row.visit,
        row.enterprise,
        row.day or "",
        ";".join(row.departments),
        row.raised_at,
        row.acknowledged_at or "",
        row.acknowledged_by or "",
        row.reason or "",
    )


def unit_calendar(
    service: Service, session: Session, caller: Caller, name: str, unit: str
) -> bytes:
    """Return the visits of a unit as a calendar.

    Raises
    ------
    ProblemError
        If there is no such unit, or it is another department's.
    """
    registers = supervised.registers_of(service, name)
    found = registers.units.get(unit)
    if found is None or not (caller.sees_everything or found.department == caller.department):
        raise ProblemError("not-found", f"there is no unit {unit[:60]}")
    rows = _planned(session, name)
    visits = supervised.visited(service, session, rows)
    kept = [(r, v) for r, v in zip(rows, visits, strict=True) if unit in v.units]
    return _calendar(service, session, caller, name, kept, title=found.name)


def inspector_calendar(
    service: Service, session: Session, caller: Caller, name: str, inspector: str
) -> bytes:
    """Return the visits that an inspector was drawn for as a calendar.

    Raises
    ------
    ProblemError
        If there is no such inspector for the caller.
    """
    registers = supervised.registers_of(service, name)
    found = registers.inspectors.get(inspector)
    if found is None or person(inspector, caller, registers) is None:
        raise ProblemError("not-found", "there is no such inspector")
    rows = _planned(session, name)
    visits = supervised.visited(service, session, rows)
    kept = [
        (row, visit)
        for row, visit in zip(rows, visits, strict=True)
        if any(inspector in people for people in visit.team.values())
    ]
    return _calendar(service, session, caller, name, kept, title=found.name)


def _calendar(
    service: Service,
    session: Session,
    caller: Caller,
    name: str,
    visits: Sequence[tuple[VisitRow, Visited]],
    *,
    title: str,
) -> bytes:
    registers = supervised.registers_of(service, name)
    names = Names(registers)
    changed = session.scalar(select(func.max(PlanRow.made_at)).where(PlanRow.campaign == name))
    assert changed is not None
    appointments = []
    for row, visit in visits:
        items = sorted({task.item for task in visit.tasks})
        lines = [f"事项：{'、'.join(names.item(item) for item in items)}"]
        for unit in visit.units:
            people = [
                registers.inspectors[who].name
                for who in visit.team.get(unit, ())
                if person(who, caller, registers) is not None
            ]
            lines.append(f"{names.unit(unit)}：{'、'.join(people) or '人员未定'}")
        lines.append(f"{name} / {row.id}")
        appointments.append(
            Appointment(
                f"{name}.{row.enterprise}.{row.day}",
                date.fromisoformat(row.day),
                f"入企检查：{names.enterprise(row.enterprise)}",
                f"{names.area(visit.county)} {names.enterprise(row.enterprise)}",
                tuple(lines),
            )
        )
    return calendar_bytes(
        appointments,
        name=title,
        changed=datetime.fromisoformat(changed),
        host=service.store.log.origin.replace("/", "."),
    )
