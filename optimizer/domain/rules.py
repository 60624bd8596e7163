"""Rules that differ from place to place: data, each with its legal source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from optimizer.domain.days import Span, YearDays

CAP_KEYS = ("department", "level", "area", "item", "sector", "risk")
"""What a cap may count by. An enterprise has one sector and one risk class, so counts by these are
one count each; where they apply and how much is said by `CapRule.industries` and `limits`."""

MAX_KAPPA = Fraction(3)
"""Largest weight of evenness against entropy in the teams' odds (``kappa``); both verifiers hold
odds to it."""


@dataclass(frozen=True, slots=True)
class CapRule:
    """Most visits at one enterprise in a calendar year (年度频次上限; measure 4).

    Attributes
    ----------
    by
        Keys of `CAP_KEYS`: a count for each combination of them among the units that attend and
        the items checked; ``()``: one count over all.
    limit
        The cap where `limits` names no other.
    limits
        Limit by risk class (or label); ``""`` stands for a missing class.
    industries, zones, enterprises, sizes, risks
        The enterprises it applies to; each that is not empty narrows it. Industries are GB/T 4754
        prefixes or section letters.
    departments, levels, areas, items
        What is counted: checks of these departments and items, by units of these levels and areas.
        Empty: all.
    replaces
        Caps that do not hold for what this one counts, be they stricter or not.
    """

    id: str
    by: tuple[str, ...]
    limit: int
    limits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    departments: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    source: str = ""
    levels: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuietRule:
    """Days on which planned checks do not enter: quiet period (企业安静期; measure 10).

    Attributes
    ----------
    zones, enterprises, industries
        Whom it covers: any that matches one of them. All empty: everyone.
    month_days
        Recurring days of the month, such as (1, 20) for the 1st to the 20th; or ``None``.
    spans
        Dated days.
    weekdays
        Recurring days of the week, 1 (Monday) to 7 (Sunday).
    yearly
        Days that come again each year.
    exempt
        Sources that may enter all the same.
    planned_rides
        Whether a planned check may ride on an exempt visit of a quiet day (default: no).
    replaces
        Quiet rules that do not hold for an enterprise that this one covers.
    """

    id: str
    zones: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    month_days: tuple[int, int] | None = None
    spans: tuple[Span, ...] = ()
    exempt: tuple[str, ...] = ()
    planned_rides: bool = False
    source: str = ""
    weekdays: tuple[int, ...] = ()
    yearly: tuple[YearDays, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedRule:
    """Days on which units send nobody: a county's festival, training, a unit's own holiday.

    Attributes
    ----------
    units, departments, levels, areas
        The units it closes; each that is not empty narrows it. All empty: every unit.
    month_days, spans, weekdays, yearly
        As of a quiet rule.
    """

    id: str
    units: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    month_days: tuple[int, int] | None = None
    spans: tuple[Span, ...] = ()
    weekdays: tuple[int, ...] = ()
    yearly: tuple[YearDays, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why visits of an exempt source may exceed a cap.

    Attributes
    ----------
    reason
        In words, as it stands beside every visit that has the code.
    """

    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class TeamRule:
    """Fewest inspectors: of the lead unit, and of each unit that joins.

    Attributes
    ----------
    not_twice
        Whether nobody of a unit goes to an enterprise twice running, while enough others of the
        unit may go.
    """

    lead: int = 2
    other: int = 1
    source: str = ""
    not_twice: bool = False


@dataclass(frozen=True, slots=True)
class LevelRule:
    """Which level inspects (measure 1).

    Attributes
    ----------
    both
        Where city and county are competent: ``county`` by default.
    major, cross_county
        For enterprises of major effect or across counties: ``city`` by default.
    overrides
        Department → ``county``, ``city`` or ``joint``: what a higher authority ruled.
    """

    both: str = "county"
    major: str = "city"
    cross_county: str = "city"
    overrides: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force for one plan.

    Attributes
    ----------
    closed
        Days on which units send nobody.
    exempt_sources
        Sources of checks whose visits may exceed a cap (measure 4): the exemption codes.
    exemptions
        Exemption code → its reason and legal source; empty, or one for each of `exempt_sources`.
    exempt_uses_cap
        Whether an exempt visit uses up the caps of the visits that are not (default: no).
    joint_counts_each
        Whether a joint visit counts once for each department in a cap over all departments
        (default: it counts once).
    rider_counts
        Whether a planned check that rides on an exempt visit counts for its department's cap
        (default: yes; it makes no new visit, so it never counts for a cap over all).
    gap_days
        Least days between two visits at one enterprise; exempt visits are free of it.
    offsite_first
        Off-site items make no visit (measure 12).
    sources
        Legal source by field of this class, for the settings that are no rule of their own.
    """

    name: str = "default"
    source: str = ""
    caps: tuple[CapRule, ...] = ()
    quiet: tuple[QuietRule, ...] = ()
    team: TeamRule = TeamRule()
    level: LevelRule = LevelRule()
    exempt_sources: tuple[str, ...] = (
        "complaint",
        "transferred",
        "assigned",
        "monitoring",
        "application",
    )
    exempt_uses_cap: bool = False
    joint_counts_each: bool = False
    rider_counts: bool = True
    gap_days: int = 0
    offsite_first: bool = True
    closed: tuple[ClosedRule, ...] = ()
    exemptions: Mapping[str, Exemption] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
