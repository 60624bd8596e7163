"""What the odds and draws so far give away: workloads, entropy, an insider's best guess."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Document
from optimizer.flow.drawn import Round, Standing
from optimizer.flow.draws import current_odds, read_odds
from optimizer.teams import PartOdds

DENOMINATOR = 10**9
CLASSES = ("nought", "under_half", "under", "even", "over", "over_double")
"""Odds of who may fill a seat, against seats divided by who may: none, and parted by `BOUNDS`."""
BOUNDS = (Fraction(1, 2), Fraction(3, 4), Fraction(5, 4), Fraction(2))


def teams_report(standing: Standing) -> Document:
    """Return what is public of the teams, round by round.

    An insider who knows the odds and all teams drawn before guesses a seat best by its likeliest
    inspector: the largest odds of a seat that are not those of the odds document any more but
    what the draws before have made of them (each draw keeps their mean). Values are decimals as
    text, of 6 places.

    Returns
    -------
    dict
        ``campaign`` and ``rounds``, each with ``units`` and ``draws``. A draw's ``stood_in``
        counts, by ground, the seats for which its lottery named somebody beyond a rule
        (`optimizer.teams.overruns`): ``given_away`` to another, or ``open``, as nobody else may go.
    """
    rounds = [_round(standing, one) for one in standing.rounds]
    return {
        "format": "double-random/teams-report/v1",
        "campaign": standing.ledger.campaign,
        "rounds": rounds,
    }


def _round(standing: Standing, one: Round) -> Document:
    odds = read_odds(standing, one)
    document = standing.parsed(one.odds)
    people = standing.inspectors(one)
    teams = {
        visit: units
        for visit, units in standing.teams().items()
        if any(visit in standing.parsed(draw.teams)["teams"] for draw in one.draws)
    }
    drawn = [draw.span for draw in one.draws]
    scope = drawn if one.replaced else one.spans
    draws = []
    rest: Sequence[PartOdds] = odds.parts
    for number, span in enumerate(one.spans[: len(one.draws) + (not one.replaced)]):
        if number == len(one.draws):
            draws.append(
                {**_guesses(odds.parts, rest, span), "drawn": False, "after": None, "stood_in": []}
            )
            break
        left = current_odds(standing, one, odds, draws=number + 1) or ()
        later = [group for part in left for group in part.groups]
        draws.append(
            {
                **_guesses(odds.parts, rest, span),
                "drawn": True,
                "after": _guess(_largest(left)) if later else None,
                "stood_in": _stood_in(standing.parsed(one.draws[number].teams)),
            }
        )
        rest = left
    return {
        "round": one.number,
        "period": document["period"],
        "replaced": one.replaced,
        "units": [
            _unit(
                unit,
                document,
                _within(odds.parts, scope),
                people,
                teams,
                standing.visits,
                () if one.replaced else _within(rest, one.spans[len(drawn) :]),
            )
            for unit in document["report"]["units"]
        ],
        "draws": draws,
    }


def _stood_in(teams: Document) -> list[Document]:
    entries = teams.get("stood_in", ())
    given = Counter(one["ground"] for one in entries if one["substitute"] is not None)
    kept = Counter(one["ground"] for one in entries if one["substitute"] is None)
    return [
        {"ground": ground, "given_away": given[ground], "open": kept[ground]}
        for ground in sorted(given.keys() | kept.keys())
    ]


def _guesses(committed: Iterable[PartOdds], now: Iterable[PartOdds], span: Span) -> Document:
    return {
        "days": [span.first.isoformat(), span.last.isoformat()],
        "seats": sum(g.seats for part in now for g in part.groups if g.day in span),
        "committed": _guess(_largest(committed, span)),
        "before": _guess(_largest(now, span)),
    }


def _largest(parts: Iterable[PartOdds], span: Span | None = None) -> list[int]:
    """Return the largest odds of each group."""
    return [
        max(row, default=0)
        for part in parts
        for group, row in zip(part.groups, part.odds, strict=True)
        if span is None or group.day in span
    ]


def _guess(largest: Sequence[int]) -> Document | None:
    if not largest:
        return None
    return {
        "mean": _decimal(Fraction(sum(largest), DENOMINATOR * len(largest))),
        "largest": _decimal(Fraction(max(largest), DENOMINATOR)),
        "certain": sum(value == DENOMINATOR for value in largest),
    }


def _unit(
    told: Document,
    document: Document,
    parts: Sequence[PartOdds],
    people: Mapping[str, Inspector],
    teams: Mapping[str, Mapping[str, Sequence[str]]],
    visits: Sequence[Any],
    rest: Sequence[PartOdds],
) -> Document:
    unit = told["unit"]
    own = [part for part in parts if part.unit == unit]
    members = sorted(name for name, person in people.items() if person.unit == unit)
    values = [value for part in own for row in part.odds for value in row]
    duty = {
        entry["day"]: entry["inspectors"] for entry in document["duty"] if entry["unit"] == unit
    }
    classes = [0] * len(CLASSES)
    for part in own:
        for group, row in zip(part.groups, part.odds, strict=True):
            may = sum(
                _may(people[name], group.enterprise, group.skill)
                and people[name].is_present(group.day)
                and (name in duty.get(group.day.isoformat(), ())) == (group.effort == 2)
                for name in members
            )
            found = [value for value in row if value]
            classes[0] += may - len(found)
            for value in found:
                classes[_class(Fraction(value * may, DENOMINATOR * group.seats))] += 1
    expected = {name: Fraction(people[name].workload) for name in members}
    _add_expected(expected, own)
    loads = {name: people[name].workload for name in members}
    for visit in visits:
        for seat in visit.seats:
            if seat.unit == unit:
                for name in teams.get(visit.id, {}).get(unit, ()):
                    loads[name] = loads.get(name, 0) + seat.effort
    whole = {name: Fraction(load) for name, load in loads.items()}
    _add_expected(whole, [part for part in rest if part.unit == unit])
    halves = Counter(round(load) for load in whole.values())
    fields = ("unit", "inspectors", "seats", "spread", "spread_leximin", "entropy",
              "entropy_bound", "largest")  # fmt: skip
    return {
        **{name: told[name] for name in fields},
        "certain": sum(value == DENOMINATOR for value in values),
        "nought": classes[0],
        "chances": dict(zip(CLASSES, classes, strict=True)),
        "expected": [_decimal(min(expected.values())), _decimal(max(expected.values()))],
        "standing": [[load, halves[load]] for load in sorted(halves)],
        "drawn_spread": max(loads.values(), default=0) - min(loads.values(), default=0),
        "loads": [[name, loads[name]] for name in members],
    }


def _within(parts: Iterable[PartOdds], spans: Sequence[Span]) -> tuple[PartOdds, ...]:
    """Return the parts with those groups alone whose day lies in one of the spans."""
    found = []
    for part in parts:
        pairs = [
            (group, row)
            for group, row in zip(part.groups, part.odds, strict=True)
            if any(group.day in span for span in spans)
        ]
        groups, odds = tuple(g for g, _ in pairs), tuple(row for _, row in pairs)
        found.append(replace(part, groups=groups, odds=odds))
    return tuple(found)


def _add_expected(loads: dict[str, Fraction], parts: Iterable[PartOdds]) -> None:
    for part in parts:
        for group, row in zip(part.groups, part.odds, strict=True):
            for name, value in zip(part.inspectors, row, strict=True):
                loads[name] += Fraction(value * group.effort, DENOMINATOR)


def _class(share: Fraction) -> int:
    """Return the class of odds above 0, as a multiple of the even share."""
    return (
        1 + sum(share >= bound for bound in BOUNDS[:2]) + sum(share > bound for bound in BOUNDS[2:])
    )


def _may(person: Inspector, enterprise: str, skill: str) -> bool:
    return (not skill or skill in person.skills) and not any(
        recusal.enterprise == enterprise for recusal in person.recusals
    )


def _decimal(value: Fraction) -> str:
    millionths = (2 * value.numerator * 10**6 + value.denominator) // (2 * value.denominator)
    return f"{millionths // 10**6}.{millionths % 10**6:06d}"
