"""A case: everything a plan is made from, as one value that a what-if can change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from optimizer import canon
from optimizer.canon import SHA256, Hash
from optimizer.domain.check import Check
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.plan.capacity import Capacity, capacity_of, less_closed
from optimizer.plan.problem import Problem, build_problem


@dataclass(frozen=True, slots=True)
class Case:
    """Checks, rules, registers and calendar of one plan.

    Attributes
    ----------
    checks
        On-site checks.
    checks_document
        ``checks.json``, which the plan refers to.
    capacity
        ``None``: what the inspectors of the registers can serve.
    classes
        Label → risk class, where they are known.
    not_before
        First day of visits; ``None``: the start of the calendar.
    drawn_until
        Last day whose teams are drawn; ``None``: none are.
    hash
        The campaign's.
    key
        Of the first draw, by which the teams' open rules are applied; zeros: there is no draw.
    """

    campaign: str
    checks: tuple[Check, ...]
    rules: RuleSet
    registers: Registers
    calendar: Calendar
    checks_document: Document = field(compare=False)
    capacity: Capacity | None = None
    pinned: tuple[Visit, ...] = ()
    cuts: tuple[Cut, ...] = ()
    classes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    not_before: date | None = None
    drawn_until: date | None = None
    hash: Hash = SHA256
    key: bytes = bytes(32)

    @property
    def checks_digest(self) -> str:
        """Digest of ``checks.json``, hex."""
        return canon.digest(canon.canonical(self.checks_document), self.hash)

    def capacity_now(self) -> Capacity:
        """Return what the units can do on each day."""
        capacity = self.capacity or capacity_of(self.registers, self.calendar)
        return less_closed(capacity, self.rules.closed, self.registers.units, self.calendar)

    def problem(self) -> Problem:
        """Return the planner's problem.

        Raises
        ------
        InputError
            With every fault of the checks and pinned visits.
        """
        return build_problem(
            self.checks,
            self.rules,
            campaign=self.campaign,
            registers=self.registers,
            calendar=self.calendar,
            checks_digest=self.checks_digest,
            capacity=self.capacity,
            pinned=self.pinned,
            cuts=self.cuts,
            not_before=self.not_before,
            drawn_until=self.drawn_until,
            hash=self.hash,
        )
