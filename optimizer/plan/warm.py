"""Beginning from a plan that stands: what still keeps the rules stays where it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from optimizer.domain.visit import Visit
from optimizer.plan.board import Board
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import bits
from optimizer.plan.site import Site


def keep(board: Board, visits: Sequence[Visit], left_out: Collection[str]) -> list[Site]:
    """Put the visits of an earlier plan in place wherever they still may stand.

    A visit stays if its checks are still asked for, its day has room (cuts included), and caps
    and gap are kept. An enterprise that loses a visit, or has a check the earlier plan did not
    know, loses all its visits that are not pinned: it is to be solved again.

    Parameters
    ----------
    board
        With the pinned visits in place.
    visits
        Of the earlier plan, in its order.
    left_out
        Checks that it left out: they alone are no reason to solve an enterprise again.

    Returns
    -------
    list of Site
        Those to be solved again, in order; none of their free visits is in place.
    """
    problem = board.problem
    before: dict[str, list[Visit]] = {}
    for visit in visits:
        before.setdefault(visit.enterprise, []).append(visit)
    again: list[Site] = []
    for site in problem.sites:
        place = {check.id: i for i, check in enumerate(site.checks)}
        pinned = {day for _, day in site.pinned}
        held = 0
        for mask, _ in site.pinned:
            held |= mask
        kept = True
        for visit in before.get(site.enterprise.id, ()):
            day = problem.calendar.index(visit.day)
            if day in pinned:
                continue
            own = [place[check] for check in visit.checks if check in place]
            mask = sum(1 << i for i in own)
            if mask & held:
                # Pinned on another day now: what is left of it is to be placed anew.
                kept = kept and not mask & ~held
                continue
            kept = kept and len(own) == len(visit.checks) and _stays(board, site, mask, day)
        missing = site.all
        for mask in board.places[site.index].values():
            missing &= ~mask
        new = any(site.checks[i].id not in left_out for i in bits(missing))
        if not kept or new:
            board.clear(site)
            again.append(site)
    return again


def _stays(board: Board, site: Site, mask: int, day: int) -> bool:
    group = board.problem.group(site, mask)
    others = board.placed(site)
    if not board.room(group) & ~board.near(group, others) & (1 << day):
        return False
    if broken_caps(board.problem, site, [*others, (group, day)]):
        return False
    board.put(site, group, day)
    return True
