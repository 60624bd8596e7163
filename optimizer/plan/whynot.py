"""Why a check has no visit: the rules that collide, and the cheapest mends."""

from __future__ import annotations

from datetime import date

from optimizer.domain.registry import Document
from optimizer.domain.rules import QuietRule
from optimizer.plan.board import Board
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import Days, bits, lowest, working_days
from optimizer.plan.merge import days_beside, is_pinned
from optimizer.plan.rulebook import quiet_rules
from optimizer.plan.site import Group, Mask, Site
from optimizer.plan.why import short_unit

SOON = 5
"""Days of an overfull unit that a mend names."""


def why_left_out(board: Board, site: Site, mask: Mask) -> Document:
    """Return the reason why one check (a mask of one bit) is in no visit of the plan.

    The codes, in the order they are tried: ``no-day`` (no working day in the window), ``quiet``
    (the rules named), ``never-staffed`` (the unit named), ``cap`` (rule and clause), ``gap``,
    ``capacity`` (the unit named, with the days on which it lacks least).
    """
    problem = board.problem
    i = lowest(mask)
    group = problem.group(site, mask)
    if not site.windows[i]:
        return {"code": "no-day", "mend": [_due_later(board, site, i)]}
    alone = site.hard[i] & ~site.quiet(mask)
    if not alone:
        rules = _quiet_rules(board, site, i)
        return {
            "code": "quiet",
            "rules": rules,
            "mend": [_due_later(board, site, i), {"mend": "exempt-source"}],
        }
    staffed = group.days
    if not staffed:
        unit = short_unit(board, group, alone)
        return {"code": "never-staffed", "unit": unit, "mend": [_more(board, unit, alone)]}
    others = board.placed(site)
    capped: Days = 0
    broken_rule: tuple[str, str] = ("", "")
    for day in bits(staffed):
        broken = broken_caps(problem, site, [*others, (group, day)])
        if broken:
            capped |= 1 << day
            counter = site.counters[broken[0]]
            broken_rule = broken_rule if broken_rule[0] else (counter.rule, counter.clause)
    if not staffed & ~capped:
        return {
            "code": "cap",
            "rule": broken_rule[0],
            "clause": broken_rule[1],
            "mend": [{"mend": "exempt-source"}, {"mend": "next-year"}],
        }
    free = staffed & ~capped & ~board.near(group, others)
    if not group.exempt:
        free &= ~site.near_made
    if not free:
        return {
            "code": "gap",
            "days": problem.rules.gap_days,
            "mend": [_due_later(board, site, i)],
        }
    unit, days = _tightest(board, group, free)
    return {
        "code": "capacity",
        "unit": unit,
        "mend": [
            {"mend": "more-inspectors", "unit": unit, "days": days},
            _due_later(board, site, i),
        ],
    }


def _due_later(board: Board, site: Site, i: int) -> Document:
    """Name the first day after the window on which the check would fit, if the year has one.

    In a visit of its own or in one that stands, all else being as in the plan.
    """
    problem, check = board.problem, site.checks[i]
    calendar = problem.calendar
    after = max(0, calendar.index(check.due) + 1)
    working = working_days(calendar, problem.maker.not_before) >> after << after
    quiet = _quiet_for(board, site, i)
    days = working
    for active, _ in quiet:
        days &= ~active
    group = problem.group_on(site, 1 << i, days)
    fitting = days_beside(board, site, group, board.room(group))
    for day, mask in list(board.places[site.index].items()):
        sources = {site.checks[j].source for j in bits(mask)}
        shut = any(
            active >> day & 1 and not (rule.planned_rides and not sources.isdisjoint(rule.exempt))
            for active, rule in quiet
        )
        if is_pinned(site, day) or site.clashes[i] & mask:
            continue
        if working >> day & 1 and not shut:
            board.take(site, day)
            joint = problem.group_on(site, mask | 1 << i, 1 << day)
            fitting |= days_beside(board, site, joint, board.room(joint))
            board.put(site, problem.group(site, mask), day)
    if not fitting:
        return {"mend": "next-year"}
    return {"mend": "due-later", "day": _iso(board, lowest(fitting))}


def _quiet_rules(board: Board, site: Site, i: int) -> list[str]:
    return [rule.id for active, rule in _quiet_for(board, site, i) if active & site.windows[i]]


def _quiet_for(board: Board, site: Site, i: int) -> list[tuple[Days, QuietRule]]:
    """Return the quiet rules that a check's source is not exempt from, each with its days."""
    problem = board.problem
    return [
        (problem.maker.active(rule), rule)
        for rule in quiet_rules(problem.rules, site.enterprise, site.section)
        if site.checks[i].source not in rule.exempt
    ]


def _more(board: Board, unit: str, days: Days) -> Document:
    return {"mend": "more-inspectors", "unit": unit, "days": [_iso(board, lowest(days))]}


def _tightest(board: Board, group: Group, days: Days) -> tuple[str, list[str]]:
    """Return the unit that most often lacks room, and the days on which it lacks least."""
    problem = board.problem
    lacking: dict[str, int] = {}
    least: dict[str, list[tuple[int, int]]] = {}
    for day in bits(days):
        short: dict[str, int] = {}
        for row, amount in group.rows:
            gap = amount - board.left[row][day]
            if gap > 0:
                unit = problem.rows[row].unit
                short[unit] = max(short.get(unit, 0), gap)
        for unit, gap in short.items():
            lacking[unit] = lacking.get(unit, 0) + 1
            least.setdefault(unit, []).append((gap, day))
    if not lacking:
        return group.team.lead, []
    unit = min(lacking, key=lambda u: (-lacking[u], u))
    return unit, sorted(_iso(board, day) for _, day in sorted(least[unit])[:SOON])


def _iso(board: Board, day: int) -> str:
    found: date = board.problem.calendar.day(day)
    return found.isoformat()
