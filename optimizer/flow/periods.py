"""Periods of odds, and the days of their draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from optimizer.domain.days import Span
from optimizer.domain.visit import Visit
from optimizer.errors import InputError
from optimizer.flow.drawn import Standing
from optimizer.registers.fault import make_fault

VERB = "double-random teams"


def part_period(period: Span, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans of several draws that part a period, none for a single draw.

    Raises
    ------
    InputError
        Where they leave days out, overlap or stand in another order.
    """
    if not spans or (len(spans) == 1 and spans[0] == period):
        return ()
    first = period.first
    for span in spans:
        if span.first != first or span.last < span.first:
            words = ",".join(str(one) for one in spans)
            raise InputError(
                make_fault("draws-part", VERB, None, "--draws", words, period=str(period))
            )
        first = span.last + timedelta(days=1)
    if first != period.last + timedelta(days=1):
        words = ",".join(str(one) for one in spans)
        raise InputError(make_fault("draws-part", VERB, None, "--draws", words, period=str(period)))
    return tuple(spans)


def even_spans(period: Span, visits: Sequence[Visit], *, weekly: bool) -> tuple[Span, ...]:
    """Return the spans of a draw a day, or a week (ISO 8601), each with visits.

    Days without visits go with the next that has some, those at the end with the last.
    """
    ends: dict[tuple[int, int], date] = {}
    for day in sorted({visit.day for visit in visits if visit.day in period}):
        year, week, weekday = day.isocalendar()
        ends[(year, week) if weekly else (day.toordinal(), weekday)] = day
    lasts = [*list(ends.values())[:-1], period.last]
    firsts = [period.first, *(day + timedelta(days=1) for day in lasts[:-1])]
    return tuple(Span(a, b) for a, b in zip(firsts, lasts, strict=True))


def check_period(standing: Standing, period: Span, visits: Sequence[Visit]) -> None:
    """Refuse a period that begins before all that is drawn has ended, or holds no visit.

    Raises
    ------
    InputError
        In such a case.
    """
    until = standing.drawn_until
    last = until or date.min
    if period.first > last and any(visit.day in period for visit in visits):
        return
    code = "period-drawn" if period.first <= last else "period-empty"
    months = ", ".join(sorted({f"{v.day:%Y-%m}" for v in visits if v.day > last})) or "none"
    raise InputError(
        make_fault(code, "--period", value=str(period), last=until or "", months=months)
    )
