"""Checks (检查任务): one item at one enterprise, planned or triggered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

KINDS = ("planned", "triggered")
SOURCES = (
    "draw",
    "special",
    "daily",
    "complaint",
    "transferred",
    "assigned",
    "monitoring",
    "application",
)
"""The first three are planned (有计划), the others triggered (触发式); a scenario may name more
triggered sources in its rules' exemption codes (such as ``licence`` in Chicago)."""


@dataclass(frozen=True, slots=True)
class TriggeredReport:
    """A triggered check as it was received, before routing."""

    id: str
    enterprise: str
    item: str
    source: str
    received: date
    due: date
    severity: int = 1


@dataclass(frozen=True, slots=True)
class Drawn:
    """An enterprise that the first draw took for an item.

    Attributes
    ----------
    rank
        0-based place among the stratum's tickets.
    order
        Key of the order (`DrawOrder.key`); ``""``: the item.
    """

    item: str
    stratum: str
    enterprise: str
    rank: int
    order: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One item at one enterprise, routed to the units that attend.

    Attributes
    ----------
    id
        ``P…`` for planned, the report's own id for triggered.
    release, due
        Window of days, both included.
    severity
        1 ordinary, 2 serious, 3 urgent; triggered checks are early by it.
    level
        ``county``, ``city`` or ``joint``.
    reason
        Code of the level rule that decided (`optimizer.checks`): ``both-competent``, ``major``,
        ``cross-county``, ``only-county``, ``only-city``, ``item-mode``, ``sector-override``.
    units
        Units that attend, county before city.
    """

    id: str
    enterprise: str
    item: str
    department: str
    kind: str
    source: str
    release: date
    due: date
    units: tuple[str, ...]
    level: str
    reason: str
    way: str = "onsite"
    severity: int = 1
