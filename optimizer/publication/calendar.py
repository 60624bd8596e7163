"""Calendars (iCalendar, RFC 5545) of visits: whole days, for a unit or an inspector."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from optimizer.publication.text import clean

MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A visit in a calendar.

    Attributes
    ----------
    ident
        What tells it from every other, the same each time the calendar is made: a calendar that
        is read again changes its appointments and doubles none.
    what
        In a line.
    where
        Name of the place.
    more
        Further lines.
    """

    ident: str
    day: date
    what: str
    where: str
    more: tuple[str, ...] = ()


def calendar_bytes(
    appointments: Iterable[Appointment], *, name: str, changed: datetime, host: str
) -> bytes:
    """Return a calendar file; the same appointments give the same bytes.

    Parameters
    ----------
    changed
        When the schedule last changed; aware.
    host
        Name of the store, behind the ``@`` of every appointment's id.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//double-random//visits//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", clean(name))
    stamp = changed.astimezone(UTC).replace(microsecond=0)
    for one in sorted(appointments, key=lambda each: (each.day, each.ident)):
        event = Event()
        event.add("uid", f"{one.ident}@{host}")
        event.add("dtstamp", stamp)
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("summary", clean(one.what))
        event.add("location", clean(one.where))
        event.add("description", "\n".join(clean(line) for line in one.more))
        # It takes no part of the day: several visits stand on one.
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
