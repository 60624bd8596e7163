"""The teams: drawn from the committed odds once the seed is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from optimizer.chance import Key, sub_key
from optimizer.domain.days import Span
from optimizer.domain.inspector import CAP_KINDS
from optimizer.domain.registry import Document
from optimizer.teams.marginals import DENOMINATOR
from optimizer.teams.odds import Odds, PartOdds
from optimizer.teams.processes import mapped
from optimizer.teams.rounding import round_odds
from optimizer.teams.rows import Rows, make_rows
from optimizer.teams.transcript import TEAMS_FORMAT, span_pair

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Teams:
    """Who goes.

    Attributes
    ----------
    teams
        Visit → unit → inspectors: for each of the seat's skills, in order, its holder, then the
        others sorted.
    document
        teams.json.
    span
        Days drawn; ``None``: the whole period.
    rest
        The undrawn visits with the odds they have now: for the draw of the next days.
    """

    campaign: str
    teams: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)
    odds: Odds = field(repr=False)
    key: bytes = field(repr=False)
    document: Document = field(repr=False)
    span: Span | None = field(default=None, repr=False)
    rest: tuple[PartOdds, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        seats = sum(len(ids) for units in self.teams.values() for ids in units.values())
        people = len({i for units in self.teams.values() for ids in units.values() for i in ids})
        return (
            f"Teams({self.campaign!r}, {self.span or self.odds.period}: {len(self.teams)} visits, "
            f"{seats} seats, {people} inspectors)"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a seat: visit, day, enterprise, unit, inspector, skill, effort."""
        import pandas as pd

        columns = ("visit", "day", "enterprise", "unit", "inspector", "skill", "effort")
        rows = []
        for visit in self.odds.visits:
            for seat in visit.seats if visit.id in self.teams else ():
                for place, inspector in enumerate(self.teams[visit.id][seat.unit]):
                    skill = seat.skills[place] if place < len(seat.skills) else ""
                    rows.append(
                        (
                            visit.id,
                            visit.day.isoformat(),
                            visit.enterprise,
                            seat.unit,
                            inspector,
                            skill,
                            seat.effort,
                        )
                    )
        return pd.DataFrame(rows, columns=list(columns))


def draw_teams(
    odds: Odds,
    *,
    seed_key: bytes,
    span: Span | None = None,
    rest: Sequence[PartOdds] | None = None,
    workers: int = 1,
) -> Teams:
    """Draw who goes: each (inspector, visit) with exactly the odds committed.

    Parameters
    ----------
    odds
        As committed.
    seed_key
        32 bytes: the ``key`` of teams-seed.json.
    span
        Draw only the visits of these days; by default all that are left.
    rest
        What the draw before left (`Teams.rest`); by default nothing of `odds` is drawn yet.
    workers
        Processes. The teams are the same with any number.
    """
    parts = odds.parts if rest is None else tuple(rest)
    tasks = [
        (part, sub_key(seed_key, "teams", f"{part.unit}/{part.effort}"), span) for part in parts
    ]
    chosen = {g.visit for part in parts for g in part.groups if span is None or g.day in span}
    seated: dict[str, dict[str, list[str]]] = {v.id: {} for v in odds.visits if v.id in chosen}
    left: list[PartOdds] = []
    with mapped(workers) as run:
        for part, (drawn, after) in zip(parts, run(_draw, tasks), strict=True):
            groups = [g for g in part.groups if span is None or g.day in span]
            for group, members in zip(groups, drawn, strict=True):
                team = seated[group.visit].setdefault(part.unit, [])
                team.extend(part.inspectors[i] for i in members)
            if after.groups:
                left.append(after)
    teams = MappingProxyType(
        {
            visit: MappingProxyType({unit: tuple(ids) for unit, ids in sorted(units.items())})
            for visit, units in seated.items()
        }
    )
    document: Document = {
        "format": TEAMS_FORMAT,
        "campaign": odds.campaign,
        "odds": odds.digest,
        **({} if span is None else {"days": span_pair(span)}),
        "key": seed_key.hex(),
        "teams": {
            visit: {unit: list(ids) for unit, ids in units.items()}
            for visit, units in teams.items()
        },
    }
    return Teams(odds.campaign, teams, odds, seed_key, document, span, tuple(left))


def _draw(task: tuple[PartOdds, Key, Span | None]) -> tuple[list[list[int]], PartOdds]:
    return draw_part(*task)


def draw_part(
    part: PartOdds, key: bytes, span: Span | None = None
) -> tuple[list[list[int]], PartOdds]:
    """Draw one part, or the days of a span of it.

    Parameters
    ----------
    part
        As committed, or as a draw of earlier days left it.
    key
        The part's key of this draw.
    span
        Days to be drawn; by default all.

    Returns
    -------
    tuple
        For each group of those days the places of its inspectors in ``part.inspectors``,
        ascending; and the other groups with the odds they have now.
    """
    whole = part.committed or part
    left = {(g.visit, g.skill) for g in part.groups}
    undrawn = np.array([(g.visit, g.skill) in left for g in whole.groups], dtype=bool)
    now = np.array([span is None or g.day in span for g in part.groups], dtype=bool)
    odds = np.array(part.odds, dtype=np.int64).reshape(len(part.groups), len(part.inspectors))
    found = round_odds(odds, _rows(whole).of(undrawn), now, denominator=DENOMINATOR, key=key)
    drawn = [np.flatnonzero(row).tolist() for row in found[now]]
    after = replace(
        part,
        groups=tuple(g for g, out in zip(part.groups, now.tolist(), strict=True) if not out),
        odds=tuple(map(tuple, found[~now].tolist())),
        committed=whole,
    )
    return drawn, after


def _rows(part: PartOdds) -> Rows:
    """Return the rows that the odds as committed call for."""
    days = sorted({g.day for g in part.groups})
    day = {d: n for n, d in enumerate(days)}
    visit = {v: n for n, v in enumerate(dict.fromkeys(g.visit for g in part.groups))}
    full = np.array([g.effort == 2 for g in part.groups], dtype=bool)
    odds = np.array(part.odds, dtype=np.int64).reshape(len(part.groups), len(part.inspectors))
    caps = np.where(full[:, None], 1, np.array(part.caps, dtype=np.int64)[None, :])
    limits = []
    for limit in part.limits:
        inside = [day[d] for d in days if d in limit.span]
        if inside:
            kind = Rows.FIRST_LIMIT + CAP_KINDS.index(limit.kind)
            limits.append((limit.inspector, kind, inside[0], inside[-1], limit.cap))
    return make_rows(
        odds,
        [visit[g.visit] for g in part.groups],
        [day[g.day] for g in part.groups],
        caps,
        limits,
    )
