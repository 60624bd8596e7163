"""The teams: drawn from the committed odds once the seed is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pandas as pd

from optimizer.chance import sub_key
from optimizer.domain.days import Span
from optimizer.domain.registry import Document
from optimizer.teams.marginals import DENOMINATOR
from optimizer.teams.odds import Odds, PartOdds
from optimizer.teams.rounding import round_odds
from optimizer.teams.transcript import TEAMS_FORMAT


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
    """

    campaign: str
    teams: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)
    odds: Odds = field(repr=False)
    key: bytes = field(repr=False)
    document: Document = field(repr=False)
    rest: tuple[PartOdds, ...] = field(repr=False, default=())

    def __repr__(self) -> str:
        seats = sum(len(ids) for units in self.teams.values() for ids in units.values())
        people = len({i for units in self.teams.values() for ids in units.values() for i in ids})
        return (
            f"Teams({self.campaign!r}, {self.odds.period}: {len(self.teams)} visits, "
            f"{seats} seats, {people} inspectors)"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a seat: visit, day, enterprise, unit, inspector, skill, effort."""
        columns = ("visit", "day", "enterprise", "unit", "inspector", "skill", "effort")
        rows = []
        for visit in self.odds.visits:
            for seat in visit.seats:
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
    rest: tuple[PartOdds, ...] | None = None,
) -> Teams:
    """Draw who goes: each (inspector, visit) with exactly the odds committed.

    Parameters
    ----------
    odds
        As committed.
    seed_key
        32 bytes: the ``key`` of teams-seed.json.
    """
    # PLACEHOLDER until the rounding of teams-core
    seated: dict[str, dict[str, list[str]]] = {
        v.id: {} for v in odds.visits if span is None or v.day in span
    }
    left = []
    for part in odds.parts if rest is None else rest:
        key = sub_key(seed_key, "teams", f"{part.unit}/{part.effort}")
        late = [k for k, g in enumerate(part.groups) if span is not None and g.day > span.last]
        if late:
            left.append(
                replace(
                    part,
                    groups=tuple(part.groups[k] for k in late),
                    odds=tuple(part.odds[k] for k in late),
                )
            )
        for group, drawn in zip(part.groups, draw_part(part, key), strict=True):
            if span is None or group.day in span:
                seated[group.visit].setdefault(part.unit, []).extend(
                    part.inspectors[i] for i in drawn
                )
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
        "key": seed_key.hex(),
        "teams": {
            visit: {unit: list(ids) for unit, ids in units.items()}
            for visit, units in teams.items()
        },
    }
    if span is not None:
        document["days"] = [span.first.isoformat(), span.last.isoformat()]
    return Teams(odds.campaign, teams, odds, seed_key, document, tuple(left))


def draw_part(part: PartOdds, key: bytes) -> list[list[int]]:
    """Draw one part: for each group the places of its inspectors in ``part.inspectors``."""
    days = {day: n for n, day in enumerate(sorted({g.day for g in part.groups}))}
    names = list(dict.fromkeys(g.visit for g in part.groups))
    visits = {visit: n for n, visit in enumerate(names)}
    return round_odds(
        part.odds,
        [visits[g.visit] for g in part.groups],
        [days[g.day] for g in part.groups],
        part.caps,
        denominator=DENOMINATOR,
        key=key,
    )
