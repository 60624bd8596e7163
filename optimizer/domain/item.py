"""Items (抽查事项): what is checked, by whom, on what basis."""

from __future__ import annotations

from dataclasses import dataclass

WAYS = ("onsite", "offsite")
MODES = ("auto", "county", "city", "joint")


@dataclass(frozen=True, slots=True)
class Item:
    """One inspection item of one department.

    Attributes
    ----------
    levels
        Competent levels, a subset of ``("city", "county")``.
    way
        ``onsite`` or ``offsite`` (measure 12: an off-site check makes no visit).
    inspectors
        Inspectors needed when its unit leads the visit; at least 2.
    effort
        Half-days at the enterprise: 1 or 2.
    skills
        Each skill named here needs one holder among the unit's inspectors in the visit.
    yearly_cap
        Most checks of this item at one enterprise a year, or ``None``.
    industries
        GB/T 4754 prefixes (sections allowed) of the enterprises it applies to; empty: all.
    incompatible
        Items it may not share a visit with; made symmetric by the registers.
    mode
        ``auto``: by the level rule; ``county``: city draws, county inspects (市抽县查);
        ``city``: the city inspects; ``joint``: both attend (市县联查).
    """

    id: str
    name: str
    department: str
    basis: str = ""
    levels: tuple[str, ...] = ("county",)
    way: str = "onsite"
    inspectors: int = 2
    effort: int = 1
    skills: tuple[str, ...] = ()
    yearly_cap: int | None = None
    industries: tuple[str, ...] = ()
    incompatible: frozenset[str] = frozenset()
    mode: str = "auto"
