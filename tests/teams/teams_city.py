"""Small registers and visits for the second random, and the plain rules they must keep."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from hypothesis import strategies as st

from benchmarks.teams_check import verified_visits
from optimizer.canon import canonical, digest
from optimizer.domain.days import Span
from optimizer.domain.inspector import CAP_KINDS, Inspector, Recusal, VisitCap
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Seat, Visit
from optimizer.plan import rules_document
from optimizer.teams import Odds, commit_odds
from optimizer.verifier import verify

START = date(2026, 3, 2)
PERIOD = Span(START, START + timedelta(days=30))
RULES = RuleSet(team=TeamRule(lead=1, other=1))
DUTY_KEY = bytes(range(32))
ALWAYS = Span(date(2020, 1, 1), date(2030, 1, 1))


def inspector(name: str, unit: str = "u1", **more: object) -> Inspector:
    """An inspector with a long certificate."""
    values: dict[str, object] = {"valid": ALWAYS, **more}
    return Inspector(name, f"Name {name}", unit, f"cert-{name}", **values)  # type: ignore[arg-type]


def registers(people: Sequence[Inspector]) -> Registers:
    """Registers that hold these people and their units."""
    units = sorted({i.unit for i in people})
    return Registers(
        {},
        {u: Unit(u, f"Unit {u}", "market", "Market", "county", "140302") for u in units},
        {i.id: i for i in sorted(people, key=lambda i: i.id)},
        {},
    )


def plan(*wanted: tuple[int, str, tuple[Seat, ...]]) -> list[Visit]:
    """Visits from (day offset, enterprise, seats), numbered in the plan's order."""
    ordered = sorted(wanted, key=lambda w: (w[0], w[1]))
    return [
        Visit(
            f"V{n:06d}",
            enterprise,
            START + timedelta(days=offset),
            (f"P-{n}",),
            max(seats, key=lambda s: s.inspectors).unit,
            tuple(sorted(seats, key=lambda s: s.unit)),
        )
        for n, (offset, enterprise, seats) in enumerate(ordered, start=1)
    ]


def commit(visits: Sequence[Visit], held: Registers, **more: object) -> Odds:
    """Commit odds with this module's settings."""
    rules = more.pop("rules", RULES)
    values: dict[str, object] = {
        "campaign": "test-2026",
        "plan_digest": "ab" * 32,
        "period": PERIOD,
        "duty_key": DUTY_KEY,
        **more,
    }
    return commit_odds(visits, held, rules, **values)  # type: ignore[arg-type]


@st.composite
def visit_caps(draw: st.DrawFn) -> tuple[VisitCap, ...]:
    """Caps above the day, tight enough to matter in a few days."""
    kinds = draw(st.lists(st.sampled_from(CAP_KINDS), unique=True))
    return tuple(
        VisitCap(kind, draw(st.integers(1, 4)), draw(st.integers(0, 1)))
        for kind in sorted(kinds, key=CAP_KINDS.index)
    )


@st.composite
def cities(
    draw: st.DrawFn,
    *,
    days: int = 3,
    most_people: int = 7,
    most_visits: int = 9,
    full: bool = True,
    caps: bool = False,
) -> tuple[list[Visit], Registers]:
    """Registers of one or two units and visits that they may or may not be able to staff."""
    enterprises = [f"E{n}" for n in range(most_visits)]
    people = []
    for unit in draw(st.sampled_from([("u1",), ("u1", "u2")])):
        for k in range(draw(st.integers(2, most_people))):
            recused = draw(st.lists(st.sampled_from(enterprises), max_size=2, unique=True))
            away = draw(st.sampled_from([None, None, None, *range(days)]))
            people.append(
                inspector(
                    f"{unit}-i{k}",
                    unit,
                    skills=frozenset(draw(st.lists(st.sampled_from("ab"), max_size=2))),
                    recusals=tuple(Recusal(e, "interest") for e in recused),
                    leave=()
                    if away is None
                    else (Span(START + timedelta(days=away), START + timedelta(days=away)),),
                    max_half_days=draw(st.sampled_from([1, 2, 2])),
                    workload=draw(st.integers(0, 6)),
                    visit_caps=draw(visit_caps()) if caps else (),
                )
            )
    units = sorted({i.unit for i in people})
    wanted = []
    for place in draw(
        st.lists(
            st.tuples(st.integers(0, days - 1), st.sampled_from(enterprises)),
            min_size=1,
            max_size=most_visits,
            unique=True,
        )
    ):
        chosen = draw(st.lists(st.sampled_from(units), min_size=1, unique=True))
        seats = []
        for unit in chosen:
            skills = tuple(sorted(draw(st.sets(st.sampled_from("ab"), max_size=1))))
            seats.append(
                Seat(
                    unit,
                    draw(st.integers(max(1, len(skills)), 2)),
                    draw(st.sampled_from([1, 1, 2])) if full else 1,
                    skills,
                )
            )
        wanted.append((*place, tuple(seats)))
    return plan(*wanted), registers(people)


def fillings(
    seats: Sequence[tuple[Visit, Seat]], people: Sequence[Inspector]
) -> Iterator[list[tuple[str, ...]]]:
    """Every way to fill the seats of one unit and day, by plain search.

    Yields
    ------
    list
        For each (visit, seat) an ordered team: skill holders first.
    """

    def teams(visit: Visit, seat: Seat) -> Iterator[tuple[str, ...]]:
        able = [
            i
            for i in people
            if i.unit == seat.unit
            and i.is_present(visit.day)
            and all(r.enterprise != visit.enterprise for r in i.recusals)
        ]
        others = seat.inspectors - len(seat.skills)
        for holders in itertools.permutations(able, len(seat.skills)):
            if all(s in i.skills for s, i in zip(seat.skills, holders, strict=True)):
                rest = [i for i in able if i not in holders]
                for more in itertools.combinations(rest, others):
                    yield tuple(i.id for i in (*holders, *more))

    limit = {i.id: i.max_half_days for i in people}

    def search(n: int, load: Mapping[str, int]) -> Iterator[list[tuple[str, ...]]]:
        if n == len(seats):
            yield []
            return
        visit, seat = seats[n]
        for team in teams(visit, seat):
            now = dict(load)
            for name in team:
                now[name] = now.get(name, 0) + seat.effort
            if all(now[name] <= limit[name] for name in team):
                for rest in search(n + 1, now):
                    yield [team, *rest]

    yield from search(0, {})


def staffable(visits: Sequence[Visit], held: Registers) -> bool:
    """Whether every unit and day can be staffed, by plain search."""
    days: dict[tuple[str, date], list[tuple[Visit, Seat]]] = {}
    for visit in visits:
        for seat in visit.seats:
            days.setdefault((seat.unit, visit.day), []).append((visit, seat))
    people = list(held.inspectors.values())
    return all(next(fillings(seats, people), None) is not None for seats in days.values())


def verifier_books(odds: Odds, rules: RuleSet = RULES) -> verify.Books:
    """The verifier, having read the roster, at the point where it comes to the odds."""
    data = canonical(odds.document)
    books = verify.Books(verify.Memory({"transcript/odds.json": data}), None)
    books.campaign = odds.campaign
    books.doc["roster.json"] = verify.parse(canonical(odds.roster_document), "roster.json")
    books.doc["problem.json"] = {"rules": rules_document(rules)}
    books.doc["draw.json"] = {"key": odds.document["duty_key"]}
    books.bodies["odds"], books.rows["odds"], books.of_first = {}, 1, False
    books.digests["transcript/plan.json"] = odds.document["plan"]
    books.digests["transcript/roster.json"] = digest(canonical(odds.roster_document))
    books.visits = verified_visits(odds)
    return books
