"""The rules that keep a check out: a smallest set of them, proved by solving again without each.

The enterprise's visits may all be made anew, those of other enterprises stay. Rules are dropped
one by one; one is kept only if, without it and those dropped before, the check and all that the
enterprise's visits hold now would find their days. What is left collides, and nothing of it is
idle. Where two rules keep the check out alike one of them is left; whether a rule of the set is
all that stands in the way is asked once more, with every other rule in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.errors import InputError
from optimizer.plan.case import Case
from optimizer.plan.columns import Placement, place_exactly
from optimizer.plan.days import bits
from optimizer.plan.result import Plan
from optimizer.plan.rulebook import closes
from optimizer.plan.single import near_case, share_of, without_limit

PART_CHECKS = 8
"""Most checks, the one asked for among them, of the visits made anew where not all can be."""

NO_LIMIT = 10**6
"""A cap that no visits reach."""

Rule = tuple[str, str]
"""Kind and what it is of: ``("cap", "cap-total")``, ``("unit", "fire-140302")``."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Why a check is in no visit.

    Attributes
    ----------
    rules
        A set of rules that collide; empty where no day works at all, whatever the rules.
    minimal
        Whether it is proved that these rules alone leave the check no day, and that any of them
        less would.
    enough
        Those of `rules` which alone it is enough to lift, every other rule being in force.
    fits
        Groups and days of a placement that keeps every rule, where the plan missed one.
    scope
        ``enterprise``; or ``part`` where the enterprise has too many checks to prove so much: then
        only some of its visits may be made anew (`Trial.free`), the check joins one of the others
        as it stands; or ``check``: all its visits stay.
    """

    rules: tuple[Rule, ...]
    minimal: bool
    enough: tuple[Rule, ...]
    fits: Document | None
    scope: str


class Trial:
    """Places one check of an enterprise beside a plan, as often as is asked, under other rules.

    Parameters
    ----------
    case, plan
        As they stand; the check is in no visit.

    Attributes
    ----------
    case
        What concerns the enterprise: its checks, and the units that they name.
    own
        Its visits in the plan.
    free
        Those of them that may be made anew.
    scope
        As in `Collision`.
    """

    def __init__(self, case: Case, plan: Plan, check: Check) -> None:
        enterprise = check.enterprise
        self.check = check
        self.case = near_case(case, {enterprise})
        self.own = tuple(v for v in plan.visits if v.enterprise == enterprise)
        self.asked = {check.id, *(c for visit in self.own for c in visit.checks)}
        self.scope = "enterprise"
        self._others = tuple(v for v in plan.visits if v.enterprise != enterprise)
        self.free = self.own
        if self.place().status == "unknown":
            self.free, self.scope = self._nearest(), "part"
            if not self.free or self.place().status == "unknown":
                self.free, self.scope = (), "check"

    def _nearest(self) -> tuple[Visit, ...]:
        """Return the visits nearest to the check's window that together hold few checks."""
        first, last = self.check.release, self.check.due
        pinned = {visit.day for visit in self.case.pinned}
        chosen, count = [], 1

        def distance(visit: Visit) -> tuple[int, date]:
            return max((first - visit.day).days, (visit.day - last).days, 0), visit.day

        for visit in sorted(self.own, key=distance):
            if visit.day not in pinned and count + len(visit.checks) <= PART_CHECKS:
                chosen.append(visit)
                count += len(visit.checks)
        return tuple(visit for visit in self.own if visit in chosen)

    def place(
        self,
        dropped: Collection[Rule] = (),
        *,
        case: Case | None = None,
        alone: Collection[str] = (),
        least: bool = False,
    ) -> Placement:
        """Place the check.

        Parameters
        ----------
        dropped
            Rules that do not hold.
        case
            Instead of `case`: with other checks, rules or inspectors.
        alone
            Units whose room is not taken by other enterprises' visits.
        least
            Whether the enterprise's visits are to be few.
        """
        base, others = opened(case or self.case, dropped), self._others
        if alone:
            others = tuple(
                replace(v, seats=tuple(s for s in v.seats if s.unit not in alone)) for v in others
            )
        share = share_of(base, others, {self.check.enterprise})
        if self.scope == "enterprise":
            return self._search(relaxed(share, self.check.id, dropped), least=least)
        for option, joined in self._options(share):
            changed = relaxed(option, self.check.id, dropped)
            found = self._search(changed, least=least, joined=joined)
            if found.status != "infeasible":
                return found
        return found

    def _search(self, share: Case, *, least: bool, joined: bool = False) -> Placement:
        try:
            problem = share.problem()
        except InputError:
            if joined:  # the visit that stands cannot take the check
                return Placement("infeasible")
            raise
        site = problem.sites[0]
        if joined:
            for mask, day in site.pinned:
                holds = any(site.checks[i].id == self.check.id for i in bits(mask))
                if holds and not problem.group(site, mask).open >> day & 1:
                    return Placement("infeasible")
        mask = sum(1 << i for i, check in enumerate(site.checks) if check.id in self.asked)
        return place_exactly(problem, {0: mask}, least=least)

    def _options(self, share: Case) -> Iterator[tuple[Case, bool]]:
        """Yield the check in each visit that stands but may change, then with those made anew."""
        held = {visit.day for visit in share.pinned}
        stay = tuple(visit for visit in self.own if visit not in self.free)
        for visit in stay:
            if visit.day not in held:
                joined = replace(visit, checks=tuple(sorted((*visit.checks, self.check.id))))
                yield replace(share, pinned=tuple(joined if v is visit else v for v in stay)), True
        yield replace(share, pinned=stay), False

    def document(self, placement: Placement) -> Document:
        """Return where the check is in a placement, and all visits of the enterprise there."""
        names = sorted(c.id for c in self.case.checks)
        visits = [
            {
                "day": self.case.calendar.day(day).isoformat(),
                "checks": [names[i] for i in bits(group.mask)],
            }
            for group, day in placement.visits[0]
        ]
        (here,) = (v for v in visits if self.check.id in v["checks"])
        return {**here, "visits": visits}


def collision(trial: Trial) -> Collision:
    """Return a minimal set of rules that keep the check out."""
    first = trial.place()
    if first.status == "optimal":
        first = trial.place(least=True)
    if first.status == "optimal":
        return Collision((), True, (), trial.document(first), trial.scope)
    rules = candidates(trial)
    minimal = first.status == "infeasible"
    dropped: list[Rule] = []
    for rule in rules:
        found = trial.place([*dropped, rule])
        if found.status == "infeasible":
            dropped.append(rule)
        elif found.status == "unknown":
            minimal = False
    kept = tuple(rule for rule in rules if rule not in dropped)
    told = [_told(trial, rule, dropped) for rule in kept]
    lifted = zip(kept, told, strict=True)
    enough = [said for rule, said in lifted if trial.place([rule]).status == "optimal"]
    return Collision(tuple(told), minimal, tuple(enough), None, trial.scope)


def _told(trial: Trial, rule: Rule, dropped: Sequence[Rule]) -> Rule:
    """Say of a unit whether its days are full or whether it could never staff the visit."""
    kind, name = rule
    if kind != "unit":
        return rule
    empty = trial.place(dropped, alone={name})
    return "capacity" if empty.status == "optimal" else "staffing", name


def candidates(trial: Trial) -> list[Rule]:
    """Return every rule that could keep the check out, those tried first that say least."""
    share, enterprise = trial.case, trial.check.enterprise
    own = [c for c in share.checks if c.id in trial.asked]
    items = sorted({c.item for c in own})
    units = sorted({u for c in own for u in c.units})
    registers = share.registers
    rules: list[Rule] = []
    own_cuts = [cut for cut in share.cuts if enterprise in cut.enterprises]
    if any(cut.reason == "drawn" for cut in own_cuts) or (
        share.pinned and trial.scope == "enterprise"
    ):
        rules.append(("pinned", ""))
    recused = any(
        r.enterprise == enterprise for i in registers.inspectors.values() for r in i.recusals
    )
    if recused or any(cut.reason != "drawn" for cut in own_cuts):
        rules.append(("recusal", ""))
    if any(registers.items[i].incompatible for i in items):
        rules.append(("incompatible", ""))
    rules += [("item-cap", i) for i in items if registers.items[i].yearly_cap is not None]
    if share.rules.gap_days > 1:
        rules.append(("gap", ""))
    rules += [("cap", cap.id) for cap in share.rules.caps]
    rules += [("quiet", quiet.id) for quiet in share.rules.quiet]
    if share.capacity is None:  # else what is published of it is less these days already
        asked = [registers.units[unit] for unit in units]
        rules += [
            ("closed", rule.id)
            for rule in share.rules.closed
            if any(closes(rule, unit) for unit in asked)
        ]
    rules += [("unit", unit) for unit in units]
    rules.append(("window", ""))
    return rules


def opened(case: Case, dropped: Collection[Rule]) -> Case:
    """Return a case without the rules dropped that close units.

    Where only capacities are published, less the days closed, a unit has no end but with them.
    """
    names = {name for kind, name in dropped if kind == "closed"}
    if case.capacity is not None and any(kind == "unit" for kind, _ in dropped):
        names = {rule.id for rule in case.rules.closed}
    if not names:
        return case
    closed = tuple(rule for rule in case.rules.closed if rule.id not in names)
    return replace(case, rules=replace(case.rules, closed=closed))


def relaxed(case: Case, check: str, dropped: Collection[Rule]) -> Case:
    """Return a case in which some rules do not hold."""
    if not dropped:
        return case
    names: dict[str, set[str]] = {}
    for kind, name in dropped:
        names.setdefault(kind, set()).add(name)
    rules = replace(
        case.rules,
        # One that does not hold still stands in the place of those it replaces.
        caps=tuple(
            replace(cap, limit=NO_LIMIT, limits=MappingProxyType({}))
            if cap.id in names.get("cap", ())
            else cap
            for cap in case.rules.caps
        ),
        quiet=tuple(
            replace(quiet, month_days=None, spans=(), weekdays=(), yearly=())
            if quiet.id in names.get("quiet", ())
            else quiet
            for quiet in case.rules.quiet
        ),
        gap_days=0 if "gap" in names else case.rules.gap_days,
    )
    items = dict(case.registers.items)
    for name in names.get("item-cap", ()):
        items[name] = replace(items[name], yearly_cap=None)
    if "incompatible" in names:
        items = {i: replace(item, incompatible=frozenset()) for i, item in items.items()}
    registers = replace(case.registers, items=MappingProxyType(items))
    if "recusal" in names:
        people = {i: replace(p, recusals=()) for i, p in registers.inspectors.items()}
        registers = replace(registers, inspectors=MappingProxyType(people))
        case = replace(case, cuts=tuple(cut for cut in case.cuts if cut.reason == "drawn"))
    if "window" in names:
        first, last = case.calendar.start, case.calendar.last
        checks = tuple(
            replace(c, release=first, due=last) if c.id == check else c for c in case.checks
        )
        case = replace(case, checks=checks)
    if "pinned" in names:
        cuts = tuple(cut for cut in case.cuts if cut.reason != "drawn")
        case = replace(case, pinned=(), cuts=cuts)
    skills = {s for c in case.checks for s in registers.items[c.item].skills}
    capacity = without_limit(case.capacity_now(), names.get("unit", ()), skills)
    return replace(case, rules=rules, registers=registers, capacity=capacity)
