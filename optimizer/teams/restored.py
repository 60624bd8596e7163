"""Back from odds.json to the odds, as a later draw needs them: nothing is solved again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from optimizer.canon import Hash, canonical, digest
from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.teams.odds import Odds, PartOdds, limits_above
from optimizer.teams.seats import Group, groups_of


def restore_odds(
    document: Document,
    visits: Sequence[Visit],
    inspectors: Mapping[str, Inspector],
    *,
    hash: Hash,
) -> Odds:
    """Return the odds that odds.json tells of.

    Parameters
    ----------
    document
        A document that the ledger holds: it is believed.
    visits
        Of the plan that it refers to, in order.
    inspectors
        Of the roster that it refers to.
    hash
        The campaign's.
    """
    first, last = (date.fromisoformat(day) for day in document["period"])
    period = Span(first, last)
    chosen = tuple(visit for visit in visits if visit.day in period)
    groups: dict[tuple[str, str, str], Group] = {
        (g.visit, unit, g.skill): g for unit, own in groups_of(chosen, None).items() for g in own
    }
    parts = tuple(
        _part(
            part,
            tuple(groups[one["visit"], part["unit"], one["skill"]] for one in part["groups"]),
            [inspectors[name] for name in part["inspectors"]],
            first,
        )
        for part in document["parts"]
    )
    found = digest(canonical(document), hash)
    return Odds(document["campaign"], period, chosen, parts, document, {}, found)


def _part(
    part: Document, groups: tuple[Group, ...], people: Sequence[Inspector], start: date
) -> PartOdds:
    return PartOdds(
        part["unit"],
        part["effort"],
        tuple(part["inspectors"]),
        groups,
        tuple(tuple(one["odds"]) for one in part["groups"]),
        tuple(1 if part["effort"] == 2 else i.max_half_days for i in people),
        limits_above(groups, people, start) if part["effort"] == 0 else (),
    )
