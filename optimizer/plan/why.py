"""Why two visits of one enterprise were not merged."""

from __future__ import annotations

from optimizer.domain.registry import Document
from optimizer.plan.board import Board
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import bits
from optimizer.plan.site import Group, Site


def why_apart(board: Board, site: Site, a: tuple[Group, int], b: tuple[Group, int]) -> Document:
    """Return the first reason that keeps two visits of a plan apart.

    Tried in this order: ``incompatible``, ``windows``, ``quiet``, ``never-staffed``
    (with the unit), ``cap`` (with the rule), ``gap``, ``capacity`` (with the unit that lacks room
    on most of the common days), ``pinned``.
    """
    problem = board.problem
    union = a[0].mask | b[0].mask
    if site.clash(union):
        return {"code": "incompatible"}
    windows = -1
    for i in range(len(site.checks)):
        if union >> i & 1:
            windows &= site.windows[i]
    if not windows:
        return {"code": "windows"}
    common = site.common(union)
    if not common:
        return {"code": "quiet"}
    with site.in_passing():
        group = problem.group(site, union)
    if not group.days:
        return {"code": "never-staffed", "unit": short_unit(board, group, common)}
    if any(mask in (a[0].mask, b[0].mask) for mask, _ in site.pinned):
        return {"code": "pinned"}
    others = [v for v in board.placed(site) if v not in (a, b)]
    for visit in (a, b):
        board.take(site, visit[1])
    try:
        days = group.days
        capped = 0
        rule = ""
        for day in bits(days):
            broken = broken_caps(problem, site, [*others, (group, day)])
            if broken:
                capped |= 1 << day
                rule = rule or site.counters[broken[0]].rule
        if not days & ~capped:
            return {"code": "cap", "rule": rule}
        days &= ~capped
        near = board.near(group, others) | (0 if group.exempt else site.near_made)
        if not days & ~near:
            return {"code": "gap"}
        return {"code": "capacity", "unit": _full_unit(board, group, days & ~near)}
    finally:
        for visit in (a, b):
            board.put(site, *visit)


def short_unit(board: Board, group: Group, days: int) -> str:
    """Return the unit that could staff the fewest of these days, the smallest id among equals."""
    problem = board.problem
    return min(
        (
            (problem.staffed(s.unit, s.inspectors, s.effort, s.skills) & days).bit_count(),
            s.unit,
        )
        for s in group.team.seats
    )[1]


def _full_unit(board: Board, group: Group, days: int) -> str:
    """Return the unit that has room on the fewest of these days, the smallest id among equals."""
    room: dict[str, int] = {}
    for row, amount in group.rows:
        unit = board.problem.rows[row].unit
        sets = board.ok[row]
        fits = sets[amount] if amount < len(sets) else 0
        room[unit] = room.get(unit, days) & fits
    return min((fits.bit_count(), unit) for unit, fits in room.items())[1]
