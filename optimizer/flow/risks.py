"""Days to come on which a draw could take a stand-in beyond a rule: better committed anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from optimizer.chance import Key
from optimizer.domain.days import Span, calendar_span
from optimizer.domain.registry import Document
from optimizer.flow.drawn import Standing
from optimizer.flow.reveals import may_replace
from optimizer.messages import Words, sentence
from optimizer.teams import TWICE, Muster, neighbours


def at_risk(standing: Standing, inspector: str | None = None) -> list[Document]:
    """Return what the draws left of the odds that stand could do to those who stood in.

    Odds count what was drawn when they were committed, and nobody who stood in since. Odds
    committed anew do; without them the draw gives such a seat to another
    (`optimizer.teams.overruns`), where there is one.

    Parameters
    ----------
    inspector
        Tell of this one alone.

    Returns
    -------
    list
        ``day``, ``visit``, ``unit``, ``inspector`` and ``ground`` (the cap's kind, or ``twice``),
        in order of days; nothing where no draw is left.
    """
    now = standing.rounds[-1]
    seats = [seat for seat in standing.came(now) if inspector in (None, seat[2])]
    if not now.left or not seats:
        return []
    muster = standing.muster(now, Key(bytes(32), standing.ledger.hash))
    here = [
        (visit, unit, name)
        for visit, unit, name in dict.fromkeys(seats)
        if name in muster.teams[visit][unit] and name in muster.inspectors
    ]
    relieved = {
        (one["unit"], one["day"])
        for one in standing.parsed(now.odds).get("bars", {}).get("relieved", ())
    }
    found: dict[tuple[str, str, str, str, str], None] = {}
    for visit, unit, name in here:
        for there, ground in (*_capped(muster, visit, name), *_twice(muster, visit, unit, name)):
            day = muster.visits[there].day.isoformat()
            if ground != TWICE or (unit, day) not in relieved:
                found[day, there, unit, name, ground] = None
    fields = ("day", "visit", "unit", "inspector", "ground")
    return [dict(zip(fields, one, strict=True)) for one in sorted(found)]


def _capped(muster: Muster, visit: str, name: str) -> Iterable[tuple[str, str]]:
    """Yield the visits that, if all fell to somebody, would go past a cap over a stand-in's day."""
    day = muster.visits[visit].day
    for cap in muster.inspectors[name].visit_caps:
        if muster.counted(cap, name, day) + muster.chances(cap, name, day) > cap.most:
            span = calendar_span(cap.kind, day)
            for there, units in muster.ahead.items():
                if muster.visits[there].day in span and any(name in i for i in units.values()):
                    yield there, cap.kind


def _twice(muster: Muster, visit: str, unit: str, name: str) -> Iterable[tuple[str, str]]:
    """Yield the next visit to the enterprise, where its odds name whoever stood in at the last."""
    here = muster.visits[visit]
    if not muster.not_twice or neighbours(muster, here, unit)[1]:
        return
    next_ = min(
        (
            (muster.visits[there].day, there)
            for there, units in muster.ahead.items()
            if unit in units and muster.visits[there].enterprise == here.enterprise
        ),
        default=(date.max, ""),
    )[1]
    if next_ and name in muster.ahead[next_][unit]:
        yield next_, TWICE


def commit_anew(standing: Standing) -> Span | None:
    """Return the days that are not drawn, where odds of theirs may still be committed anew.

    ``None``: none are left, or the seed of the next draw could be known by the ledger's last time.
    """
    now, ledger = standing.rounds[-1], standing.ledger
    if not now.left or not may_replace(ledger, ledger.entries[-1].time):
        return None
    return Span(now.left[0].first, now.left[-1].last)


def overrun_words(entries: Iterable[Document], standing: Standing) -> list[Words]:
    """Return what is to be said of the seats for which nobody else may go, each with its mends.

    Parameters
    ----------
    entries
        Of ``stood_in`` in teams documents.
    """
    visits = {visit.id: visit for visit in standing.visits}
    return [
        sentence(
            f"overrun-{one['ground']}",
            inspector=one["absent"],
            visit=one["visit"],
            unit=one["unit"],
            day=visits[one["visit"]].day.isoformat(),
            enterprise=visits[one["visit"]].enterprise,
        )
        for one in entries
        if one["substitute"] is None
    ]
