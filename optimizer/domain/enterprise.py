"""Enterprises (检查对象)."""

from __future__ import annotations

from dataclasses import dataclass

SIZES = ("large", "medium", "small", "micro")
STATUSES = ("active", "closed", "revoked")


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A legal person, unincorporated body or sole trader that may be inspected.

    Attributes
    ----------
    id
        Unified social credit code, or another identifier of ``[0-9A-Z-]`` if the scenario says so.
    county
        Area code: GB/T 2260 county, or an area of the scenario's own list.
    industry
        GB/T 4754 class code as text, leading zeros kept, or a code of the scenario's own list.
    risk
        Risk class as registered; ``""`` when it is missing. After `flow` has replaced classes by
        opaque labels (a class is not public) it holds the label, ``k1``, ``k2``, …
    zones
        Names of the special zones it lies in, such as the high-tech zone.
    major, cross_county
        Of major effect; operates across counties (measure 1: then the city is competent).
    lat, lon
        Degrees, or ``None``.
    weight
        Whole weight (抽查权数) by which it is drawn where an order asks for it; 0 when missing.
    """

    id: str
    name: str
    county: str
    industry: str
    risk: str = ""
    size: str = ""
    township: str = ""
    zones: tuple[str, ...] = ()
    major: bool = False
    cross_county: bool = False
    status: str = "active"
    lat: float | None = None
    lon: float | None = None
    weight: int = 0
