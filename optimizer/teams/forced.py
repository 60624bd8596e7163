"""Why odds are certain: each forced zero or one with the rule that forces it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.teams.network import fill, forced_pairs
from optimizer.teams.seats import Part

CAUSES = ("only", "day", "limit", "others")


@dataclass(frozen=True, slots=True)
class ForcedOdds:
    """Odds that are the same in every way to fill the seats.

    Attributes
    ----------
    goes
        Whether the inspector fills the seat in any case, or in none.
    cause
        Of a one: ``only``: all who may fill the group's seats must (by skill, recusal, leave,
        certificate or duty, there are no more), else ``others``: the others who may are needed
        elsewhere. Of a zero: ``day`` or ``limit``: what the inspector may do that day, or in that
        week, month or year, is taken by other visits in any case; else ``others``: the seats are.
    """

    unit: str
    visit: str
    skill: str
    inspector: str
    goes: bool
    cause: str


def list_forced(parts: Sequence[Part]) -> Iterator[ForcedOdds]:
    """Yield every forced pair of parts whose seats can be filled, by part, group and inspector.

    Whoever may not fill a seat by eligibility is no pair, and not listed.
    """
    for part in parts:
        fixed = forced_pairs(part, fill(part))
        eligible = np.bincount(part.pair_group, minlength=len(part.groups))
        limit_full = fixed.limits_full
        for n in np.flatnonzero(fixed.pairs >= 0).tolist():
            g, day = part.pair_group[n], part.row_day[part.pair_row[n]]
            group, goes = part.groups[g], bool(fixed.pairs[n])
            if goes:
                cause = "only" if eligible[g] == group.seats else "others"
            elif fixed.days_full[day]:
                cause = "day"
            else:
                limit, cause = int(part.day_limit[day]), "others"
                while limit >= 0:
                    cause = "limit" if limit_full[limit] else cause
                    limit = int(part.limit_above[limit])
            name = part.inspectors[part.pair_inspector[n]]
            yield ForcedOdds(part.unit, group.visit, group.skill, name, goes, cause)
