"""Days: the horizon of a plan and which of its days are working days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)

    def __len__(self) -> int:
        return max(0, (self.last - self.first).days + 1)

    def __str__(self) -> str:
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


def calendar_span(kind: str, day: date) -> Span:
    """Return the week (ISO 8601: Monday to Sunday), month or year that holds a day.

    Parameters
    ----------
    kind
        ``week``, ``month`` or ``year``.
    """
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(monday, monday + timedelta(days=6))
    if kind == "month":
        later = day.replace(day=28) + timedelta(days=4)
        return Span(day.replace(day=1), later - timedelta(days=later.day))
    return Span(date(day.year, 1, 1), date(day.year, 12, 31))


@dataclass(frozen=True, slots=True)
class YearDays:
    """Days that come again each year, such as ``03-01`` to ``03-15``, both included.

    Attributes
    ----------
    first, last
        ``MM-DD``; a last day before the first lies in the next year.
    """

    first: str
    last: str

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        here = day.isoformat()[5:]
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The horizon of a plan: consecutive days, each a working day or not.

    Day *index* everywhere means days since `start`.

    Attributes
    ----------
    start
        First day.
    working
        One flag a day, in order.
    source
        Where the flags come from, such as the State Council notice's number.
    """

    start: date
    working: tuple[bool, ...]
    source: str = ""

    @property
    def last(self) -> date:
        """Last day of the horizon."""
        return self.start + timedelta(days=len(self.working) - 1)

    def index(self, day: date) -> int:
        """Return days since `start`; may lie outside the horizon."""
        return (day - self.start).days

    def day(self, index: int) -> date:
        """Return the date of a day index."""
        return self.start + timedelta(days=index)

    def is_working(self, day: date) -> bool:
        """Return whether `day` lies in the horizon and is a working day."""
        i = self.index(day)
        return 0 <= i < len(self.working) and self.working[i]

    def __len__(self) -> int:
        return len(self.working)


def make_calendar(
    span: Span,
    *,
    holidays: Iterable[date] = (),
    makeup_days: Iterable[date] = (),
    source: str = "",
) -> Calendar:
    """Build a calendar: Monday to Friday work, less `holidays`, plus `makeup_days` (调休上班)."""
    off, on = frozenset(holidays), frozenset(makeup_days)
    flags = tuple((day.weekday() < 5 and day not in off) or day in on for day in span)
    return Calendar(span.first, flags, source)


def year_days_of(text: str) -> YearDays:
    """Return the days of ``03-01/03-15`` or of a single ``MM-DD``.

    Raises
    ------
    ValueError
        If a day is in no year.
    """
    first, _, last = text.partition("/")
    for day in (first, last or first):
        date.fromisoformat(f"2000-{day}")  # a leap year, so that 02-29 is a day
    return YearDays(first, last or first)
