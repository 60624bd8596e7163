"""Planned and triggered checks in one list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from optimizer.checks.route import Routes
from optimizer.domain.campaign import Campaign
from optimizer.domain.check import Check, Drawn, TriggeredReport
from optimizer.domain.days import Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.errors import Fault, InputError


@dataclass(frozen=True, slots=True, repr=False)
class CheckList:
    """All checks of a campaign.

    Attributes
    ----------
    campaign
        Identifier of the campaign.
    onsite
        Checks that need a visit, by id.
    offsite
        Checks that make no visit (measure 12), by id.
    """

    campaign: str
    onsite: tuple[Check, ...]
    offsite: tuple[Check, ...]

    def __repr__(self) -> str:
        planned = sum(check.kind == "planned" for check in self.onsite)
        return (
            f"<CheckList {self.campaign}: {len(self.onsite)} on site ({planned} planned, "
            f"{len(self.onsite) - planned} triggered), {len(self.offsite)} off site>"
        )

    def document(self, draw_digest: str) -> Document:
        """Return ``checks.json``.

        Parameters
        ----------
        draw_digest
            Digest of ``draw.json``, hex.
        """
        return {
            "format": "double-random/checks/v1",
            "campaign": self.campaign,
            "draw": draw_digest,
            "checks": [check_entry(check) for check in self.onsite],
            "offsite": [check_entry(check) for check in self.offsite],
        }


def make_checks(
    drawn: Iterable[Drawn],
    registers: Registers,
    campaign: Campaign,
    rules: RuleSet,
    *,
    horizon: Span | None = None,
) -> CheckList:
    """Turn what was drawn and what was reported into checks with level, reason and units.

    Parameters
    ----------
    drawn
        The first draw's sample.
    registers
        Items, enterprises, units, triggered reports.
    campaign
        The orders' windows.
    rules
        The level rule and the exempt sources.
    horizon
        Days of the plan. The window of a triggered check is brought into it: received earlier,
        it is released on the first day; due later, it is due on the last.

    Raises
    ------
    InputError
        On a check for which no unit exists, and a triggered check none of whose days lies in the
        horizon: every fault.
    """
    routes = Routes(registers.units, rules)
    faults: list[Fault] = []
    checks = _planned(drawn, registers, campaign, routes)
    for report in registers.triggered:
        if horizon is not None and (report.due < horizon.first or report.received > horizon.last):
            faults.append(_outside(report, horizon))
        else:
            checks.append(_triggered(report, registers, routes, horizon))
    try:
        routes.refuse_missing()
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    checks.sort(key=lambda check: check.id)
    off = [check.way == "offsite" and rules.offsite_first for check in checks]
    return CheckList(
        campaign.id,
        tuple(check for check, away in zip(checks, off, strict=True) if not away),
        tuple(check for check, away in zip(checks, off, strict=True) if away),
    )


def _planned(
    drawn: Iterable[Drawn], registers: Registers, campaign: Campaign, routes: Routes
) -> list[Check]:
    orders = {order.key: order for order in campaign.orders}
    checks = []
    for one in drawn:
        order = orders[one.order or one.item]
        item = registers.items[one.item]
        level, units = routes.route(item, registers.enterprises[one.enterprise])
        checks.append(
            Check(
                id=f"P-{order.key}-{one.enterprise}",
                enterprise=one.enterprise,
                item=item.id,
                department=item.department,
                kind="planned",
                source="draw",
                release=order.window.first,
                due=order.window.last,
                units=units,
                level=level.level,
                reason=level.reason,
                way=item.way,
            )
        )
    return checks


def _triggered(
    report: TriggeredReport, registers: Registers, routes: Routes, horizon: Span | None
) -> Check:
    item = registers.items[report.item]
    level, units = routes.route(item, registers.enterprises[report.enterprise])
    days = horizon or Span(report.received, report.due)
    return Check(
        id=report.id,
        enterprise=report.enterprise,
        item=item.id,
        department=item.department,
        kind="triggered",
        source=report.source,
        release=max(report.received, days.first),
        due=min(report.due, days.last),
        units=units,
        level=level.level,
        reason=level.reason,
        way=item.way,
        severity=report.severity,
    )


def _outside(report: TriggeredReport, horizon: Span) -> Fault:
    return Fault(
        "window-outside-horizon",
        "triggered",
        field="due" if report.due < horizon.first else "received",
        value=f"{report.received.isoformat()}/{report.due.isoformat()}",
        expected=f"check {report.id}: expected days within {horizon}",
        mend="Correct the dates, or take the check out of this plan.",
    )


def check_entry(check: Check) -> dict[str, Any]:
    """Return a check as ``checks.json`` lists it."""
    return {
        "id": check.id,
        "enterprise": check.enterprise,
        "item": check.item,
        "kind": check.kind,
        "source": check.source,
        "release": check.release.isoformat(),
        "due": check.due.isoformat(),
        "severity": check.severity,
        "level": check.level,
        "reason": check.reason,
        "units": list(check.units),
    }
