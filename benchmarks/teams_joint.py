"""Small and mid-size units drawn many times: whole outcomes, single pairs, pairs of inspectors.

On units whose outcomes can all be listed, the entropy of the outcome drawn is held against the
most that any lottery with the same odds can have; on larger ones odds are tested.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from benchmarks.exact_city import FALSE_ALARM, Verdict, hotelling
from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector, Recusal, VisitCap
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Seat, Visit
from optimizer.teams import Odds, PartOdds, commit_odds
from optimizer.teams.lottery import draw_part

D = 10**9
_CLOSE = 10_000
MONDAY = date(2026, 3, 2)
Matrix = NDArray[np.float64]


def unit_of(
    people: Sequence[dict[str, Any]], visits: Sequence[tuple[int, int, tuple[str, ...]]]
) -> PartOdds:
    """Commit the odds of one unit.

    Parameters
    ----------
    people
        What is unusual about each: fields of `Inspector`.
    visits
        Day, inspectors, skills asked for.
    """
    always = Span(date(2020, 1, 1), date(2030, 1, 1))
    inspectors = {
        f"i{k:02d}": Inspector(f"i{k:02d}", "", "u", "", always, **more)
        for k, more in enumerate(people)
    }
    planned = [
        Visit(
            f"V{n:03d}",
            f"E{n:03d}",
            MONDAY + timedelta(days=day),
            ("P",),
            "u",
            (Seat("u", many, 1, skills),),
        )
        for n, (day, many, skills) in enumerate(sorted(visits))
    ]
    odds: Odds = commit_odds(
        planned,
        Registers({}, {"u": Unit("u", "", "d", "", "county", "140302")}, inspectors, {}),
        RuleSet(team=TeamRule(lead=1, other=1)),
        campaign="bench",
        plan_digest="00" * 32,
        period=Span(MONDAY, MONDAY + timedelta(days=27)),
        duty_key=bytes(32),
    )
    (part,) = odds.parts
    return part


def small_units() -> Iterator[tuple[str, PartOdds]]:
    """Yield ten units whose outcomes can be listed."""
    skilled = {"skills": frozenset("a")}
    half = {"max_half_days": 1}
    away = {"leave": (Span(MONDAY, MONDAY),)}
    recused = {"recusals": (Recusal("E000", "family"),)}
    yield "two visits, five people", unit_of([{}] * 5, [(0, 2, ()), (0, 2, ())])
    yield "three visits on one day", unit_of([{}] * 4, [(0, 2, ()), (0, 2, ()), (0, 1, ())])
    yield "three days", unit_of([{}] * 4, [(0, 2, ()), (1, 2, ()), (2, 2, ())])
    yield (
        "one half-day each",
        unit_of([half] * 5, [(0, 2, ()), (0, 2, ()), (1, 2, ())]),
    )
    yield (
        "a day at full capacity",
        unit_of([half] * 4, [(0, 2, ()), (0, 2, ()), (1, 2, ())]),
    )
    yield "a skill", unit_of([skilled, skilled, {}, {}, {}], [(0, 2, ("a",)), (1, 2, ("a",))])
    yield (
        "workloads carried over",
        unit_of([{"workload": w} for w in (0, 1, 3, 4)], [(0, 2, ()), (1, 2, ()), (2, 1, ())]),
    )
    yield (
        "recusal and leave",
        unit_of([recused, away, {}, {}], [(0, 2, ()), (0, 1, ()), (1, 2, ())]),
    )
    yield (
        "skills at full capacity",
        unit_of([half | skilled, half | skilled, half, half], [(0, 2, ("a",)), (0, 2, ("a",))]),
    )
    capped = {"visit_caps": (VisitCap("week", 1),)}
    yield "a cap a week", unit_of([capped, capped, {}, {}], [(0, 2, ()), (1, 2, ()), (2, 1, ())])


def middle_units() -> Iterator[tuple[str, PartOdds]]:
    """Yield units as large as a county's."""
    people = [
        {
            "skills": frozenset("a") if k % 3 == 0 else frozenset(),
            "workload": k % 4,
            "max_half_days": 1 if k % 5 == 4 else 2,
            "leave": (Span(MONDAY, MONDAY + timedelta(days=1)),) if k == 7 else (),
        }
        for k in range(12)
    ]
    asked = [(n % 5, 2 + (n % 4 == 0), ("a",) if n % 6 == 5 else ()) for n in range(15)]
    yield "12 people, 15 visits", unit_of(people, asked)
    tight = [(n % 3, 2, ("a",) if n % 4 == 3 else ()) for n in range(24)]
    some = [p | {"max_half_days": 2, "leave": ()} for p in people[:9]]
    yield "9 people, 24 visits on 3 days: 16 of 18 half-days each", unit_of(some, tight)
    capped = [
        p | {"visit_caps": (VisitCap("week", 3),)} if k % 2 else p for k, p in enumerate(people)
    ]
    yield "12 people, 15 visits, caps a week", unit_of(capped, asked)


def outcomes(part: PartOdds) -> Matrix:
    """List every way to fill the seats: one row an outcome, one column a pair (group, inspector).

    Every way that keeps the rules and uses pairs with odds above 0.
    """
    pairs = pairs_of(part)
    place = {pair: n for n, pair in enumerate(pairs)}
    found: list[list[int]] = []
    spans = {limit: limit.span for limit in part.limits}

    def go(g: int, chosen: list[tuple[int, int]]) -> None:
        if g == len(part.groups):
            found.append([place[pair] for pair in chosen])
            return
        group = part.groups[g]
        able = [i for i, value in enumerate(part.odds[g]) if value]
        for team in combinations(able, group.seats):
            if all(_may(i, g, chosen) for i in team):
                go(g + 1, [*chosen, *((g, i) for i in team)])

    def _may(i: int, g: int, chosen: list[tuple[int, int]]) -> bool:
        mine = [part.groups[h] for h, j in chosen if j == i]
        group = part.groups[g]
        if any(h.visit == group.visit for h in mine):
            return False
        if sum(h.day == group.day for h in mine) >= part.caps[i]:
            return False
        return all(
            sum(h.day in span for h in mine) < limit.cap
            for limit, span in spans.items()
            if limit.inspector == i and group.day in span
        )

    go(0, [])
    table = np.zeros((len(found), len(pairs)))
    for row, ones in enumerate(found):
        table[row, ones] = 1.0
    return table


def pairs_of(part: PartOdds) -> list[tuple[int, int]]:
    """Return (group, inspector) of all odds above 0."""
    return [(g, i) for g, row in enumerate(part.odds) for i, value in enumerate(row) if value]


def most_entropy(table: Matrix, odds: Matrix) -> float:
    """Return the largest entropy, in bits, of a law on the rows whose means are the odds.

    The dual of the entropy: log-partition less mean, made least.
    """

    def dual(x: Matrix) -> tuple[float, Matrix]:
        weights = table @ x
        whole = logsumexp(weights)
        return float(whole - odds @ x), table.T @ np.exp(weights - whole) - odds

    options = {"gtol": 1e-7, "maxiter": 500}
    best = minimize(dual, np.zeros(len(odds)), jac=True, method="BFGS", options=options)
    return float(best.fun) / math.log(2)


def draw_many(part: PartOdds, name: str, draws: int) -> NDArray[np.bool_]:
    """Return what was drawn with `draws` fixed keys: one row a draw, one column a pair."""
    place = {pair: n for n, pair in enumerate(pairs_of(part))}
    drawn = np.zeros((draws, len(place)), dtype=np.bool_)
    for number in range(draws):
        key = hashlib.sha256(f"exactness teams {name} {number}".encode()).digest()
        for g, members in enumerate(draw_part(part, key)[0]):
            for i in members:
                drawn[number, place[g, i]] = True
    return drawn


@dataclass(frozen=True, slots=True)
class Joint:
    """How unpredictable whole outcomes of a unit are.

    Attributes
    ----------
    listed, even, seen
        Outcomes that keep the rules; those of them in which everyone's workload is the floor or
        the ceiling of what the odds make them expect, as the lottery promises; those drawn.
    entropy
        Of the outcome drawn, bits: of the frequencies, plus (seen − 1) / (2 · draws) nats, by
        which frequencies fall short on average (Miller 1955).
    most, most_listed
        The most that a lottery with these odds can have on the even outcomes, and on all.
    """

    listed: int
    even: int
    seen: int
    entropy: float
    most: float
    most_listed: float

    @property
    def ratio(self) -> float:
        """Entropy over the most."""
        return self.entropy / self.most if self.most else 1.0


def joint(part: PartOdds, name: str, draws: int) -> Joint:
    """Draw a small unit many times; every outcome must keep the rules and be even.

    Raises
    ------
    ValueError
        If one is not.
    """
    table = outcomes(part)
    pairs = pairs_of(part)
    whole = np.array([part.odds[g][i] for g, i in pairs], dtype=np.int64)
    even = np.ones(len(table), dtype=np.bool_)
    for i in range(len(part.inspectors)):
        mine = np.array([j == i for _, j in pairs])
        low, rest = divmod(int(whole[mine].sum()), D)
        load = table[:, mine].sum(axis=1)
        # Odds are rounded to 10^-7: what is whole but for that counts as whole.
        low, rest = (low + 1, 0) if D - rest < _CLOSE else (low, rest)
        even &= (load >= low) & (load <= low + (rest > _CLOSE))
    listed = {row.tobytes() for row in table[even].astype(np.bool_)}
    rows, counts = np.unique(draw_many(part, name, draws), axis=0, return_counts=True)
    if any(row.tobytes() not in listed for row in rows):
        raise ValueError(f"{name}: an outcome breaks a rule or is not even")
    share = counts / draws
    plain = -float(np.sum(share * np.log2(share)))
    entropy = plain + (len(rows) - 1) / (2 * draws * math.log(2))
    odds = whole / D
    return Joint(
        len(table),
        int(even.sum()),
        len(rows),
        entropy,
        most_entropy(table[even], odds),
        most_entropy(table, odds),
    )


@dataclass(frozen=True, slots=True)
class Singles:
    """Odds held to what was drawn.

    Attributes
    ----------
    largest
        Largest difference between frequency and odds.
    pairs
        Two inspectors who can go to one visit together.
    together
        Least and largest of: how often two go together, over the product of their frequencies.
    """

    verdict: Verdict
    largest: float
    pairs: int
    together: tuple[float, float]

    @property
    def holds(self) -> bool:
        """Whether chance explains the differences."""
        return self.verdict.p >= FALSE_ALARM


def singles(
    part: PartOdds, name: str, draws: int, *, odds: PartOdds | None = None, batch: int = 100
) -> Singles:
    """Draw a unit many times; compare every pair's frequency with its odds.

    Hotelling's T² of the counts in batches (which are nearly normal), on the directions that vary.

    Parameters
    ----------
    odds
        Held to these; ``None``: to those drawn from.
    batch
        Draws whose counts make one vector; divides `draws`.
    """
    drawn = draw_many(part, name, draws)
    pairs = pairs_of(part)
    due = np.array([(odds or part).odds[g][i] / D for g, i in pairs])
    share = drawn.mean(axis=0)
    counts = drawn.reshape(-1, batch, len(pairs)).sum(axis=1)
    by_visit: dict[str, dict[int, list[int]]] = {}
    for n, (g, i) in enumerate(pairs):
        by_visit.setdefault(part.groups[g].visit, {}).setdefault(i, []).append(n)
    ratios = []
    for members in by_visit.values():
        inside = {i: drawn[:, columns].any(axis=1) for i, columns in members.items()}
        for a, b in combinations(inside, 2):
            alone = inside[a].mean() * inside[b].mean()
            if alone:
                ratios.append(float((inside[a] & inside[b]).mean() / alone))
    return Singles(
        hotelling(counts - batch * due),
        float(np.abs(share - due).max()),
        len(ratios),
        (min(ratios), max(ratios)),
    )
