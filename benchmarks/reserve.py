"""Room that a plan leaves for requests that are still to come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from optimizer.domain.days import Calendar
from optimizer.domain.visit import Visit
from optimizer.errors import Fault, InputError
from optimizer.io.seeds import read_fraction
from optimizer.plan import Capacity


@dataclass(frozen=True, slots=True)
class Reserve:
    """Shares of every unit's half-days; what is left is rounded up.

    Attributes
    ----------
    far
        Kept free on days after the next re-optimising.
    near
        Kept free before it, for what is urgent; what was kept and not asked for is given to
        checks left out.
    """

    far: Fraction = Fraction(0)
    near: Fraction = Fraction(0)

    def __bool__(self) -> bool:
        return bool(self.far or self.near)


def less_reserved(
    capacity: Capacity,
    reserve: Reserve,
    calendar: Calendar,
    standing: Iterable[Visit],
    *,
    first: int,
    near: int,
) -> Capacity:
    """Return the capacity less the reserve, but never less than what stands takes.

    Parameters
    ----------
    first
        Number of the first day that is still open.
    near
        Number of the last day for which `Reserve.near` holds.
    """
    if not reserve:
        return capacity
    taken = _taken(standing, calendar)
    lines = {}
    for unit, line in capacity.capacity.items():
        left = list(line)
        for day in range(first, len(line)):
            share = reserve.near if day <= near else reserve.far
            left[day] = max(ceil(line[day] * (1 - share)), taken.get((unit, day), 0))
        lines[unit] = tuple(left)
    return replace(capacity, capacity=lines)


def spare(capacity: Capacity, calendar: Calendar, standing: Iterable[Visit], *, first: int) -> int:
    """Return the half-days of all units from day number `first` on that no visit takes."""
    taken = _taken(standing, calendar)
    return sum(
        max(room - taken.get((unit, day), 0), 0)
        for unit, line in capacity.capacity.items()
        for day, room in enumerate(line)
        if day >= first
    )


def _taken(standing: Iterable[Visit], calendar: Calendar) -> dict[tuple[str, int], int]:
    """Return (unit, day number) → half-days that visits take."""
    taken: dict[tuple[str, int], int] = {}
    for visit in standing:
        day = calendar.index(visit.day)
        for seat in visit.seats:
            key = (seat.unit, day)
            taken[key] = taken.get(key, 0) + seat.inspectors * seat.effort
    return taken


def read_reserve(far: str, near: str) -> Reserve:
    """Return the reserve that two texts such as ``1/3`` give.

    Raises
    ------
    InputError
        If one is no share from 0 up to, and without, 1.
    """
    shares = [read_fraction(text) for text in (far, near)]
    faults = [
        Fault(
            "reserve-share",
            "--reserve",
            value=text,
            expected="expected a share from 0 up to, and without, 1, such as 1/3",
            mend="Correct it.",
        )
        for text, share in zip((far, near), shares, strict=True)
        if share is None or not 0 <= share < 1
    ]
    if faults:
        raise InputError(faults)
    return Reserve(*(share for share in shares if share is not None))
