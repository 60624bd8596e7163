"""``problem.json``: what the rules need, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from optimizer.canon import SHA256, Hash, hash_field
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar
from optimizer.domain.item import Item
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import CapRule, ClosedRule, QuietRule, RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.plan.capacity import Capacity


def _cap(cap: CapRule) -> Document:
    narrower = ("levels", "areas", "items", "zones", "enterprises", "sizes", "risks", "replaces")
    return {
        "id": cap.id,
        "by": list(cap.by),
        "limit": cap.limit,
        "limits": dict(cap.limits),
        "departments": list(cap.departments),
        "industries": list(cap.industries),
        "source": cap.source,
    } | _given({name: list(getattr(cap, name)) for name in narrower})


def _quiet(quiet: QuietRule) -> Document:
    return {
        "id": quiet.id,
        "zones": list(quiet.zones),
        "enterprises": list(quiet.enterprises),
        "industries": list(quiet.industries),
        "month_days": list(quiet.month_days) if quiet.month_days else None,
        "spans": [str(span) for span in quiet.spans],
        "exempt": list(quiet.exempt),
        "planned_rides": quiet.planned_rides,
        "source": quiet.source,
    } | _given(
        {
            "weekdays": list(quiet.weekdays),
            "yearly": [str(days) for days in quiet.yearly],
            "replaces": list(quiet.replaces),
        }
    )


def _closed(rule: ClosedRule) -> Document:
    return {
        "id": rule.id,
        "units": list(rule.units),
        "departments": list(rule.departments),
        "levels": list(rule.levels),
        "areas": list(rule.areas),
        "month_days": list(rule.month_days) if rule.month_days else None,
        "spans": [str(span) for span in rule.spans],
        "weekdays": list(rule.weekdays),
        "yearly": [str(days) for days in rule.yearly],
        "source": rule.source,
    }


def _given(fields: Mapping[str, Any]) -> Document:
    """Return the fields that say something; the others are left out of the document."""
    return {name: value for name, value in fields.items() if value}


def rules_document(rules: RuleSet) -> Document:
    """Return a rule set in the shape of the rule file.

    Every setting of the first format is written out; what came later stands only where it is used.
    """
    return {
        "format": "double-random/rules/v1",
        "name": rules.name,
        "source": rules.source,
        "caps": [_cap(cap) for cap in rules.caps],
        "quiet": [_quiet(quiet) for quiet in rules.quiet],
        "team": {
            "lead": rules.team.lead,
            "other": rules.team.other,
            "source": rules.team.source,
        }
        | _given({"not_twice": rules.team.not_twice}),
        "level": {
            "both": rules.level.both,
            "major": rules.level.major,
            "cross_county": rules.level.cross_county,
            "overrides": dict(rules.level.overrides),
            "source": rules.level.source,
        },
        "exempt_sources": list(rules.exempt_sources),
        "exempt_uses_cap": rules.exempt_uses_cap,
        "joint_counts_each": rules.joint_counts_each,
        "rider_counts": rules.rider_counts,
        "gap_days": rules.gap_days,
        "offsite_first": rules.offsite_first,
    } | _given(
        {
            "closed": [_closed(rule) for rule in rules.closed],
            "exemptions": {
                code: {"reason": exemption.reason, "source": exemption.source}
                for code, exemption in sorted(rules.exemptions.items())
            },
            "sources": dict(sorted(rules.sources.items())),
        }
    )


def calendar_document(calendar: Calendar) -> Document:
    """Return the calendar as ``problem.json`` holds it."""
    return {
        "start": calendar.start.isoformat(),
        "working": "".join("1" if flag else "0" for flag in calendar.working),
    }


def problem_document(
    *,
    campaign: str,
    checks_digest: str,
    calendar: Calendar,
    rules: RuleSet,
    registers: Registers,
    items: Mapping[str, Item],
    units: Mapping[str, Unit],
    capacity: Capacity,
    skills: Mapping[str, set[str]],
    enterprises: Sequence[str],
    made: Sequence[VisitMade],
    not_before: date | None = None,
    hash: Hash = SHA256,
) -> Document:
    """Return the document a verifier checks the plan against.

    Parameters
    ----------
    items, units, enterprises
        Those that an on-site check names.
    skills
        Unit → skills its checks ask for.
    """
    none = (0,) * len(calendar)
    sized = any(cap.sizes for cap in rules.caps)

    def by_skill(lines: Mapping[str, Mapping[str, Sequence[int]]]) -> Document:
        return {
            u: {s: list(lines.get(u, {}).get(s, none)) for s in sorted(skills[u])} for u in units
        }

    def by_unit(lines: Mapping[str, Sequence[int]]) -> Document:
        return {u: list(lines.get(u, none)) for u in units}

    document: dict[str, Any] = {
        "format": "double-random/problem/v1",
        "campaign": campaign,
        "checks": checks_digest,
        "calendar": calendar_document(calendar),
        "rules": rules_document(rules),
        "items": {
            i: {
                "department": item.department,
                "inspectors": item.inspectors,
                "effort": item.effort,
                "skills": sorted(set(item.skills)),
                "incompatible": sorted(other for other in item.incompatible if other in items),
                "yearly_cap": item.yearly_cap,
            }
            for i, item in items.items()
        },
        "units": {
            u: {"department": unit.department, "level": unit.level, "area": unit.area}
            for u, unit in units.items()
        },
        "present": by_unit(capacity.present),
        "full": by_unit(capacity.full),
        "capacity": by_unit(capacity.capacity),
        "skill_present": by_skill(capacity.skill_present),
        "skill_capacity": by_skill(capacity.skill_capacity),
        "enterprises": {
            e: {
                "county": registers.enterprises[e].county,
                "risk": registers.enterprises[e].risk,
                "industry": registers.enterprises[e].industry,
                "section": registers.sections.get(registers.enterprises[e].industry, ""),
                "zones": list(registers.enterprises[e].zones),
            }
            | ({"size": registers.enterprises[e].size} if sized else {})
            for e in enterprises
        },
        "visits_made": [
            {
                "enterprise": v.enterprise,
                "day": v.day.isoformat(),
                "department": v.department,
                "source": v.source,
            }
            | _given(_made_by(v, registers.units))
            for v in sorted(
                made,
                key=lambda v: (
                    (v.enterprise, v.day, v.department, v.source),
                    # Not by the unit, which is not published: the order must tell nothing of it.
                    sorted(_made_by(v, registers.units).items()),
                ),
            )
        ],
    }
    if not_before is not None:
        document["not_before"] = not_before.isoformat()
    return document | hash_field(hash)


def _made_by(visit: VisitMade, units: Mapping[str, Unit]) -> Document:
    """Return what caps by level, area and item ask of a visit made, where the register says it."""
    unit = units.get(visit.unit)
    place = {"level": unit.level, "area": unit.area} if unit is not None else {}
    return place | {"item": visit.item}


def cut_document(cut: Cut) -> Document:
    """Return a cut as ``plan.json`` names it among the solver's settings."""
    return {
        "unit": cut.unit,
        "day": cut.day.isoformat(),
        **({"days": cut.days} if cut.days > 1 else {}),
        "skill": cut.skill,
        "possible": cut.possible,
        "asked": cut.asked,
        "enterprises": list(cut.enterprises),
        "reason": cut.reason,
    }
