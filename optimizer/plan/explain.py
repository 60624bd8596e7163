"""Why a visit is as it is, and why each two visits of an enterprise are two."""

from __future__ import annotations

from itertools import combinations

from optimizer.domain.registry import Document
from optimizer.plan.board import Board
from optimizer.plan.days import Days, bits, lowest
from optimizer.plan.merge import days_beside
from optimizer.plan.rulebook import quiet_rules
from optimizer.plan.site import Group, Mask, Site
from optimizer.plan.why import why_apart

Placed = tuple[Group, int]


def explain_pairs(board: Board, site: Site, names: dict[int, str]) -> list[Document]:
    """Return the reason for every two visits of an enterprise, in order of day.

    A reason of ``capacity`` carries ``day``: the common day on which least is lacking, and
    ``lacking`` half-days or inspectors there. ``possible``: a day has room for both together, which
    the planner missed; ``day`` names it. ``windows`` says when the first window ``ends`` and the
    last ``begins``, ``incompatible`` the pairs of ``items``, ``quiet`` the ``rules``, ``gap`` its
    ``days``.

    Parameters
    ----------
    names
        Day → identifier of the visit.
    """
    found = []
    for a, b in combinations(board.placed(site), 2):
        reason = why_apart(board, site, a, b)
        if reason["code"] == "capacity":
            reason = _where(board, site, a, b, reason)
        else:
            reason = {**reason, **_more(board, site, a[0].mask | b[0].mask, str(reason["code"]))}
        found.append({"visits": [names[a[1]], names[b[1]]], "reason": reason})
    return found


def _more(board: Board, site: Site, mask: Mask, code: str) -> Document:
    """Return what else there is to say of a reason that does not lie in full days."""
    problem, own = board.problem, list(bits(mask))
    if code == "windows":
        ends, begins = (
            min(site.checks[i].due for i in own),
            max(site.checks[i].release for i in own),
        )
        return {"ends": ends.isoformat(), "begins": begins.isoformat()}
    if code == "incompatible":
        pairs = {
            tuple(sorted((site.items[i].id, site.items[j].id)))
            for i in own
            for j in bits(site.clashes[i] & mask)
        }
        return {"items": [list(pair) for pair in sorted(pairs)]}
    if code == "quiet":
        windows: Days = -1
        for i in own:
            windows &= site.windows[i]
        rules = [
            rule.id
            for rule in quiet_rules(problem.rules, site.enterprise, site.section)
            if problem.maker.active(rule) & windows
            and not all(site.checks[i].source in rule.exempt for i in own)
        ]
        return {"rules": rules}
    return {"days": problem.rules.gap_days} if code == "gap" else {}


def _where(board: Board, site: Site, a: Placed, b: Placed, reason: Document) -> Document:
    problem = board.problem
    for visit in (a, b):
        board.take(site, visit[1])
    group = problem.group(site, a[0].mask | b[0].mask)
    days = _allowed(board, site, group)
    room = board.room(group) & days
    try:
        if room:
            return {"code": "possible", "day": _iso(board, lowest(room))}
        lacks = []
        for day in bits(days):
            short = [
                (amount - board.left[row][day], problem.rows[row].unit, row)
                for row, amount in group.rows
                if board.left[row][day] < amount
            ]
            if short:
                most, unit, row = max(short)
                lacks.append((most, day, unit, problem.rows[row].kind))
        if not lacks:
            return reason
        most, day, unit, kind = min(lacks)
        return {**reason, "unit": unit, "day": _iso(board, day), "lacking": most, "of": kind}
    finally:
        for visit in (a, b):
            board.put(site, *visit)


def _allowed(board: Board, site: Site, group: Group) -> Days:
    """Return the days that windows, quiet rules, staffing, caps and gap leave a group."""
    days = group.days if group.exempt else group.days & ~site.near_made
    return days_beside(board, site, group, days)


def explain_day(board: Board, site: Site, day: int) -> Document:
    """Return why a visit takes place on its day.

    ``code``: ``pinned``; ``only-day``; ``earliest``, the first day that is open to it;
    ``quietest``, no such day is emptier for its units; else ``free-choice``. The numbers say how
    many days each rule leaves, one after the other: working days in all windows, without quiet
    days, with the inspectors there, after caps and gap, with room beside the other visits.
    """
    mask = board.take(site, day)
    try:
        return _day_reason(board, site, board.problem.group(site, mask), day)
    finally:
        board.put(site, board.problem.group(site, mask), day)


def _day_reason(board: Board, site: Site, group: Group, day: int) -> Document:
    windows: Days = -1
    for i in bits(group.mask):
        windows &= site.windows[i]
    allowed = _allowed(board, site, group)
    room = allowed & board.room(group)
    loads = sorted((_load(board, group, d), d) for d in bits(room))
    if any(pin == day for _, pin in site.pinned):
        code = "pinned"
    elif room == 1 << day:
        code = "only-day"
    elif room and lowest(room) == day:
        code = "earliest"
    elif loads and loads[0][0] == _load(board, group, day):
        code = "quietest"
    else:
        code = "free-choice"
    return {
        "code": code,
        "working_days_in_windows": windows.bit_count(),
        "without_quiet_days": site.common(group.mask).bit_count(),
        "staffed": group.days.bit_count(),
        "after_caps_and_gap": allowed.bit_count(),
        "with_room": room.bit_count(),
        "load_percent": _load(board, group, day),
        "days_less_loaded": sum(1 for load, _ in loads if load < _load(board, group, day)),
        "first_day": _iso(board, lowest(room)) if room else None,
        "last_day": _iso(board, room.bit_length() - 1) if room else None,
    }


def _load(board: Board, group: Group, day: int) -> int:
    """Return how full the fullest of the group's rows is on a day without it, in percent."""
    fullest = 0
    for row, _ in group.rows:
        room = board.problem.rows[row].room[day]
        if room:
            fullest = max(fullest, 100 * (room - board.left[row][day]) // room)
    return fullest


def _iso(board: Board, day: int) -> str:
    return board.problem.calendar.day(day).isoformat()
