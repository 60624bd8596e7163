"""Rounds of many enterprises, county by county: side by side, and the same at any worker count.

A county's units serve its own enterprises only, so that counties meet in the units of the city
alone. Of what these have left each county gets its own days, other ones in each phase; it searches
with a room of its own, and after each phase all rooms are put together. What is a part and what
is its share depends on the problem, never on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.plan.kernel.arena import copied, view
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.desk import make_desk
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.room import R_BASE, Room
from optimizer.plan.kernel.ruin import make_ruin, rebuild
from optimizer.plan.kernel.search import make_chain
from optimizer.plan.kernel.share import (
    close_off,
    cost_among,
    lift_all,
    put_all,
    raise_prices,
    visits_of,
)
from optimizer.plan.kernel.table import T_DAYS, T_ROWS, Table, rows_of
from optimizer.plan.problem import Problem
from optimizer.plan.site import Site

PHASES, FEWER = 6, 2
"""How often the parts are put together, and parted anew; and where there is less than a round for
each enterprise, as putting together would then take as long as the rounds."""

PARTS = 2
"""Of the counties. With more, each has so few days of the city's units that visits for which these
come too hardly find another day."""

PATIENCE = 20
"""A part of its rounds that may go to one enterprise in a row without gain."""

Sites = NDArray[np.int64]


def parts_of(sites: Sequence[Site], phase: int) -> list[Sites]:
    """Return the places of the enterprises of each part: whole counties, shared out by chance.

    The same county comes to stand with others in other phases. Each goes to the smallest part.
    """
    by_county: dict[str, list[int]] = {}
    for k, site in enumerate(sites):
        by_county.setdefault(site.enterprise.county, []).append(k)
    state, order = 1 + phase, []
    for name in sorted(by_county):
        state = stir(state)
        order.append((state, name))
    parts: list[list[int]] = [[] for _ in range(PARTS)]
    for _, name in sorted(order):
        min(parts, key=len).extend(by_county[name])
    return [np.array(sorted(own), np.int64) for own in parts if own]


@dataclass(frozen=True, slots=True)
class Shared:
    """Rows of units that serve several parts.

    Attributes
    ----------
    rows
        (K,).
    users
        For each the parts that it serves.
    """

    rows: Sites
    users: tuple[tuple[int, ...], ...]

    def kept(self, part: int, phase: int, days: int) -> NDArray[np.bool_]:
        """Return the days of each row that are a part's in a phase, (K, days)."""
        turn = np.arange(days) + phase
        found = np.zeros((len(self.rows), days), np.bool_)
        for k, users in enumerate(self.users):
            if part in users:
                found[k] = turn % len(users) == users.index(part)
        return found


def units_by_county(sites: Sequence[Site]) -> dict[str, set[str]]:
    """Return the units that the checks of each county's enterprises ask for."""
    found: dict[str, set[str]] = {}
    for site in sites:
        own = found.setdefault(site.enterprise.county, set())
        for _, units in site.parts:
            own.update(units)
    return found


def shared_rows(
    problem: Problem,
    sites: Sequence[Site],
    parts: Sequence[Sites],
    units: Mapping[str, Iterable[str]],
) -> Shared:
    """Return the rows of units that the checks of several parts ask for.

    Parameters
    ----------
    parts
        Of whole counties.
    units
        Of each county, see `units_by_county`.
    """
    users: dict[str, set[int]] = {}
    for p, own in enumerate(parts):
        for county in {sites[k].enterprise.county for k in own.tolist()}:
            for unit in units[county]:
                users.setdefault(unit, set()).add(p)
    rows = [
        (r, tuple(sorted(users[unit])))
        for r, (unit, _) in enumerate(rows_of(problem))
        if len(users.get(unit, ())) > 1
    ]
    return Shared(np.array([r for r, _ in rows], np.int64), tuple(own for _, own in rows))


def rounds_by_county(
    problem: Problem,
    sites: Sequence[Site],
    table: Table,
    groups: Groups,
    room: Room,
    best: Any,
    rounds: int,
    workers: int,
) -> int:
    """Take off and place again within each part, in phases; see `kernel.ruin.rebuild`.

    Parameters
    ----------
    sites
        In order of the table.
    room
        Changed; it has no more checks left out afterwards, and with as many no more visits.
    rounds
        Of all parts and phases together, shared out by what the enterprises are in excess.
    workers
        Threads.

    Returns
    -------
    int
        Rounds made.
    """
    whole = np.arange(len(sites))
    desk = make_desk(table)
    before, stood = cost_among(table, room, whole, best)[:2], visits_of(table, room, whole)
    units, made = units_by_county(sites), 0
    phases = PHASES if rounds >= len(sites) else FEWER
    with ThreadPoolExecutor(max(1, min(workers, PARTS))) as pool:
        for phase in range(phases):
            parts = parts_of(sites, phase)
            shared = shared_rows(problem, sites, parts, units)
            over = [cost_among(table, room, own, best)[2] for own in parts]
            each = [rounds // phases * o // max(sum(over), 1) for o in over]

            jobs = [
                pool.submit(
                    _search,
                    table,
                    groups,
                    room,
                    best,
                    own,
                    shared.rows,
                    shared.kept(p, phase, int(table[T_DAYS])),
                    phase,
                    phases,
                    each[p],
                )
                for p, own in enumerate(parts)
            ]
            found = [job.result() for job in jobs]
            lift_all(table, room, whole)
            for part in found:
                put_all(table, room, part.visits, desk)
                raise_prices(table, room, part.base)
                made += part.rounds
    if before < cost_among(table, room, whole, best)[:2]:
        lift_all(table, room, whole)
        put_all(table, room, stood, desk)
    return made


@dataclass(frozen=True, slots=True)
class _Found:
    visits: Any
    base: Any
    rounds: int


def _search(
    table: Table,
    groups: Groups,
    room: Room,
    best: Any,
    own: Sites,
    rows: Sites,
    kept: NDArray[np.bool_],
    phase: int,
    phases: int,
    rounds: int,
) -> _Found:
    """Make the rounds of one part in one phase, in a room of its own."""
    mine = copied(room)
    close_off(table, mine, rows, kept)
    made = rebuild(
        table,
        groups,
        mine,
        make_desk(table),
        make_chain(table),
        make_ruin(table),
        best,
        own,
        rounds,
        phase * rounds,
        phases * rounds,
        1 + rounds // PATIENCE,
        True,
        11 + phase,
    )
    base = view(mine, R_BASE, int(table[T_ROWS])).copy()
    return _Found(visits_of(table, mine, own), base, int(made))
