"""Triggered checks (触发式检查) and visits already made (已实施检查)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from optimizer.domain.check import TriggeredReport
from optimizer.domain.days import Span
from optimizer.domain.visit import VisitMade
from optimizer.registers.cells import choice, matching, needed, read_date, whole
from optimizer.registers.fault import BadCell
from optimizer.registers.sheet import Keys, Sheet
from optimizer.registers.units import PLAIN_ID

TRIGGERED_SOURCES = {
    "complaint": "complaint",
    "transferred": "transferred",
    "assigned": "assigned",
    "monitoring": "monitoring",
    "application": "application",
    "投诉举报": "complaint",
    "转办线索": "transferred",
    "交办任务": "assigned",
    "数据监测": "monitoring",
    "企业申请": "application",
}
PLANNED_SOURCES = {
    "daily": "daily",
    "draw": "draw",
    "special": "special",
    "日常检查": "daily",
    "随机抽查": "draw",
    "专项检查": "special",
}


def read_triggered(
    sheet: Sheet,
    enterprises: Keys,
    items: Keys,
    sources: Iterable[str],
    *,
    horizon: Span | None = None,
) -> list[TriggeredReport]:
    """Read the triggered checks; faults are left in the sheet.

    Parameters
    ----------
    sources
        Words of the rule set beside those that every rule set knows.
    horizon
        Days that are planned; a check that has none of them is a fault.
    """

    def identifier(text: str) -> str:
        if text.startswith("P-"):
            raise BadCell("triggered-id-reserved")
        return matching(PLAIN_ID, "id-malformed")(text)

    ids = sheet.read("id", needed(identifier))
    sheet.mark_twice("id", "id-twice")
    enterprise = sheet.read_references("enterprise", enterprises, "enterprise-unknown")
    item = sheet.read_references("item", items, "item-unknown")
    source = sheet.read("source", choice(TRIGGERED_SOURCES | {s: s for s in sources}))
    received = sheet.read("received", needed(read_date))
    due = sheet.read("due", needed(read_date))
    severity = sheet.read("severity", whole(1, 3, 1))
    for i in sheet.good_places():
        if due[i] < received[i]:
            sheet.add(i, "due", "due-before-received", received=received[i].isoformat())
        elif horizon is not None and due[i] < horizon.first:
            sheet.add(i, "due", "due-before-horizon", first=horizon.first.isoformat())
        elif horizon is not None and received[i] > horizon.last:
            sheet.add(i, "received", "received-after-horizon", last=horizon.last.isoformat())
    made = [
        TriggeredReport(
            ids[i],
            enterprise[i],
            item[i],
            source[i],
            received[i],
            due[i],
            cast("int", severity[i]),
        )
        for i in sheet.good_places()
    ]
    return sorted(made, key=lambda report: report.id)


def read_visits_made(
    sheet: Sheet,
    enterprises: Keys,
    departments: Keys,
    sources: Iterable[str],
    units: Keys,
    items: Keys,
) -> list[VisitMade]:
    """Read the visits made before the plan; faults are left in the sheet."""
    words = PLANNED_SOURCES | TRIGGERED_SOURCES | {s: s for s in sources}
    enterprise = sheet.read_references("enterprise", enterprises, "enterprise-unknown")
    day = sheet.read("date", needed(read_date))
    department = sheet.read_references("department", departments, "department-unknown")
    source = sheet.read("source", choice(words, "daily"))
    unit = sheet.read_references("unit", units, "unit-unknown", optional=True)
    item = sheet.read_references("item", items, "item-unknown", optional=True)
    made = [
        VisitMade(enterprise[i], day[i], department[i], source[i], unit[i], item[i])
        for i in sheet.good_places()
    ]
    return sorted(made, key=lambda v: (v.enterprise, v.day, v.department, v.source, v.unit, v.item))
