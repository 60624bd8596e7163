"""One enterprise as the planner sees it: its checks, their days, and the counts it is under."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar

from optimizer.domain.check import Check
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.plan.days import Days
from optimizer.plan.seats import Part, Team

Mask = int
"""A set of an enterprise's checks; bit i stands for its i-th check."""

MANY = 64
"""Checks of an enterprise from which on those of one kind are looked at together."""


class Count(NamedTuple):
    """What one visit adds to one counter."""

    counter: int
    counted: int
    free: int


@lru_cache(maxsize=1 << 12)
def _counts(values: tuple[tuple[int, int, int], ...]) -> tuple[Count, ...]:
    """Return counts, equal ones as one value: there are few, and groups by the thousand."""
    return tuple([Count(*own) for own in values])


class Group(NamedTuple):
    """Checks that might share one visit.

    Attributes
    ----------
    days
        Days on which the units could send their seats.
    lone
        Those of them that the published capacities, and visits made before, leave to it if it is
        the only visit: what the bound calls a group's days.
    open
        Those of them on which who is recused may stay away, cuts leave room, and no cap is broken
        by it alone.
    rows
        ``(row, amount)`` of the capacity it takes on its day; see `optimizer.plan.board`.
    counts
        What it adds to the enterprise's counters.
    """

    mask: Mask
    days: Days
    lone: Days
    open: Days
    exempt: bool
    rows: tuple[tuple[int, int], ...]
    counts: tuple[Count, ...]
    team: Team


@dataclass(frozen=True, slots=True)
class Counter:
    """A count of the visits of one calendar year at one enterprise.

    The rule: counted + free ≤ the year's limit, whenever something is counted.

    Attributes
    ----------
    kind
        ``department``, ``all`` or ``item``.
    rule
        The cap rule's identifier; of an item, its own.
    clause
        Where the rule stands.
    members
        Checks that make a visit one of this counter.
    departments
        Of kind ``all``: the checks of each department, where a joint visit counts once for each.
    limits
        By year of the horizon, less what the visits made used up.
    """

    kind: str
    rule: str
    clause: str
    department: str
    members: Mask
    departments: tuple[Mask, ...]
    limits: tuple[int, ...]
    rider_counts: bool
    exempt_uses: bool

    def of(self, mask: Mask, exempt_checks: Mask) -> tuple[int, int]:
        """Return what a visit with the checks `mask` adds: counted, free."""
        here = mask & self.members
        if not here:
            return 0, 0
        if self.kind == "item":
            return here.bit_count(), 0
        exempt = bool(mask & exempt_checks)
        if self.kind == "department":
            if not exempt or (self.rider_counts and here & ~exempt_checks):
                return 1, 0
            return 0, int(self.exempt_uses)
        weight = sum(1 for own in self.departments if own & here) if self.departments else 1
        if exempt:
            return 0, weight if self.exempt_uses else 0
        return weight, 0


class Kinds(NamedTuple):
    """The checks of an enterprise with many, each kind with its checks: there are few kinds."""

    parts: tuple[tuple[Part, Mask], ...]
    hard: tuple[tuple[Days, Mask], ...]
    clashes: tuple[tuple[Mask, Mask], ...]


_Key = TypeVar("_Key", bound=Hashable)


def kinds_of(parts: Sequence[Part], hard: Sequence[Days], clashes: Sequence[Mask]) -> Kinds | None:
    """Return the kinds of an enterprise's checks, or ``None`` where that is no help."""
    if len(parts) < MANY:
        return None
    found = Kinds(_members(parts), _members(hard), _members(clashes))
    return found if sum(map(len, found)) < len(parts) else None


def _members(values: Sequence[_Key]) -> tuple[tuple[_Key, Mask], ...]:
    places: dict[_Key, list[int]] = {}
    for i, value in enumerate(values):
        places.setdefault(value, []).append(i)
    return tuple((value, mask_of(own)) for value, own in places.items())


def mask_of(places: Sequence[int]) -> Mask:
    """Return the checks at these places, in ascending order, as a set; in one pass over them."""
    flags = bytearray(places[-1] // 8 + 1) if places else bytearray()
    for i in places:
        flags[i // 8] |= 1 << i % 8
    return int.from_bytes(flags, "little")


@dataclass(slots=True)
class Site:
    """An enterprise with on-site checks. Fixed once built; only the memo of groups grows.

    Attributes
    ----------
    windows
        Working days of each check's window.
    hard
        Those of them that no quiet rule keeps out for good.
    rides
        Quiet days on which a check may only ride, with the checks that let others ride.
    clashes
        For each check those whose item is incompatible with its own.
    exempt_checks
        Checks whose source is exempt.
    near_made
        Days too near to a visit made, for visits that are not exempt.
    recused
        Unit → its inspectors who must not come here.
    cut_rows
        ``(unit, skill, row)`` of the cuts that name this enterprise.
    kinds
        Its checks by kind, where it has many.
    """

    index: int
    enterprise: Enterprise
    section: str
    checks: tuple[Check, ...]
    parts: tuple[Part, ...]
    items: tuple[Item, ...]
    windows: tuple[Days, ...]
    hard: tuple[Days, ...]
    rides: tuple[tuple[Days, Mask], ...]
    clashes: tuple[Mask, ...]
    exempt_checks: Mask
    counters: tuple[Counter, ...]
    near_made: Days
    recused: Mapping[str, tuple[str, ...]]
    cut_rows: tuple[tuple[str, str, int], ...]
    pinned: tuple[tuple[Mask, int], ...] = ()
    groups: dict[Mask, Group] = field(default_factory=dict)
    kinds: Kinds | None = None

    @property
    def all(self) -> Mask:
        """All checks."""
        return (1 << len(self.checks)) - 1

    @contextmanager
    def in_passing(self) -> Iterator[None]:
        """Forget the groups that are tried meanwhile: few of them become visits."""
        known = self.groups
        self.groups = dict(known)
        try:
            yield
        finally:
            self.groups = known

    def counts(self, mask: Mask) -> tuple[Count, ...]:
        """Return what a visit with the checks `mask` adds to the counters."""
        if not self.counters:
            return ()
        found = []
        for c, counter in enumerate(self.counters):
            counted, free = counter.of(mask, self.exempt_checks)
            if counted or free:
                found.append((c, counted, free))
        return _counts(tuple(found))

    def quiet(self, mask: Mask) -> Days:
        """Return the days on which the checks `mask` cannot share a visit for quiet alone."""
        kept_out = 0
        for active, hosts in self.rides:
            if mask & ~hosts and not mask & hosts:
                kept_out |= active
        return kept_out

    def parts_of(self, mask: Mask) -> frozenset[Part]:
        """Return what the checks `mask` ask of a team."""
        if mask.bit_count() == 1:
            return frozenset((self.parts[mask.bit_length() - 1],))
        if self.kinds:
            return frozenset([part for part, own in self.kinds.parts if own & mask])
        parts, found = self.parts, []
        while mask:
            low = mask & -mask
            found.append(parts[low.bit_length() - 1])
            mask ^= low
        return frozenset(found)

    def together(self, mask: Mask) -> tuple[frozenset[Part], Days]:
        """Return `parts_of` and `common`; no days where two of `mask` clash. In one pass."""
        if self.kinds or mask.bit_count() < 2:
            return self.parts_of(mask), 0 if self.clash(mask) else self.common(mask)
        parts, hard, clashes, found = self.parts, self.hard, self.clashes, []
        days, clash, rest = -1, 0, mask
        while rest:
            low = rest & -rest
            i = low.bit_length() - 1
            found.append(parts[i])
            days &= hard[i]
            clash |= clashes[i]
            rest ^= low
        if clash & mask:
            days = 0
        return frozenset(found), days & ~self.quiet(mask) if self.rides else days

    def common(self, mask: Mask) -> Days:
        """Return the days that all windows and quiet rules of `mask` leave."""
        if mask.bit_count() == 1:
            days = self.hard[mask.bit_length() - 1]
            return days & ~self.quiet(mask) if self.rides else days
        days = -1
        if self.kinds:
            for open_days, own in self.kinds.hard:
                if own & mask:
                    days &= open_days
            return days & ~self.quiet(mask) if self.rides else days
        rest = mask
        while rest:
            low = rest & -rest
            days &= self.hard[low.bit_length() - 1]
            rest ^= low
        return days & ~self.quiet(mask) if self.rides else days

    def clash(self, mask: Mask) -> bool:
        """Return whether two of `mask` must not share a visit."""
        if mask.bit_count() == 1:
            return False
        if self.kinds:
            return any(apart & mask and own & mask for apart, own in self.kinds.clashes)
        rest = mask
        while rest:
            low = rest & -rest
            if self.clashes[low.bit_length() - 1] & mask:
                return True
            rest ^= low
        return False
