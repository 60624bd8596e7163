"""Units (执法主体): a department at one level in one area."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("city", "county", "township")


@dataclass(frozen=True, slots=True)
class Unit:
    """A department at one level in one area, with its inspectors.

    Attributes
    ----------
    id
        Such as ``market-140302``.
    department
        Identifier of the line (条线) it belongs to, such as ``market``; caps count by it.
    level
        One of `LEVELS`.
    area
        Area code: of the city for a city unit, of the county for a county unit.
    """

    id: str
    name: str
    department: str
    department_name: str
    level: str
    area: str
