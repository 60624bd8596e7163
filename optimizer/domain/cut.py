"""Cuts: sets of visits that one unit cannot staff in time, handed back to the planner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """Visits whose seats a unit cannot all fill on a day, or on any of some days.

    As long as the seats stay as they are, these visits cannot all take place on `day`: at least
    one of them must move, or ask for fewer inspectors. Visits are renumbered by every plan, so
    `enterprises` is what names them (an enterprise has at most one visit a day).

    Attributes
    ----------
    skill
        The skill that is short, or ``""`` when it is inspectors as such.
    possible, asked
        Seats of these visits that can be filled together, and seats asked for.
    visits, enterprises
        The visits by number in the plan that was tried, and their enterprises, in step.
    reason
        What is short: ``skill``, ``recusal``, ``apart``, ``absence``, ``certificate``,
        ``full-day`` or ``capacity`` (a Hall violator of the day); ``drawn``: the day's teams are;
        ``week``, ``month`` or ``year``: caps on visits leave nobody for the one visit named.
    days
        How many days it holds on, from `day` on.
    """

    unit: str
    day: date
    skill: str
    possible: int
    asked: int
    visits: tuple[str, ...]
    enterprises: tuple[str, ...]
    reason: str = "capacity"
    days: int = 1
