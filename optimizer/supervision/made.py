"""Visits and entries as supervision sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from optimizer.domain.inspector import Inspector


@dataclass(frozen=True, slots=True)
class Task:
    """A check of a visit.

    Attributes
    ----------
    units
        That attend for it.
    """

    id: str
    item: str
    department: str
    kind: str
    source: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit as the schedule holds it.

    Attributes
    ----------
    county
        Area code of the enterprise's county.
    exempt
        Exemption code; ``""`` if it counts against caps.
    units
        That send somebody.
    team
        Unit → its inspectors; a unit whose team is not drawn is missing.
    """

    enterprise: str
    county: str
    day: date
    tasks: tuple[Task, ...]
    exempt: str
    units: tuple[str, ...]
    team: Mapping[str, tuple[str, ...]]

    @property
    def key(self) -> str:
        """What tells it from every other visit of the campaign: one enterprise, one day."""
        return f"{self.enterprise} {self.day.isoformat()}"

    @property
    def departments(self) -> tuple[str, ...]:
        """Departments of its checks, sorted."""
        return tuple(sorted({task.department for task in self.tasks}))


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's entry, as it was scanned or reported.

    Attributes
    ----------
    number
        Of the scan; later ones are larger.
    day
        On which it happened.
    visit
        The visit that it was made for, if there is one.
    in_force
        Whether that visit stands in the schedule in force.
    inspector
        Identifier as given; ``""`` where nobody is named.
    holder
        The inspector of that identifier in the register, if there is one.
    code
        What became of the code shown: ``authorised``, ``wrong-day``, ``none``, ``forged``, ….
    items
        Checked, as given.
    late
        Whether it was uploaded long after it happened.
    """

    number: int
    enterprise: str
    day: date
    visit: Visited | None
    in_force: bool
    inspector: str
    holder: Inspector | None
    code: str
    items: tuple[str, ...]
    late: bool
