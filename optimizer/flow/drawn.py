"""What of the teams is committed and drawn so far, read from a campaign's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.ledger import Course, Entry, Ledger
from optimizer.plan import restore_inspectors, restore_visits
from optimizer.teams import Came, Muster, chances_after
from optimizer.teams import as_drawn as named_by_lot

CHANGES = "transcript/team-substitutions.json"
"""Substitutions of inspectors that were sealed, published at the opening."""


@dataclass(frozen=True, slots=True)
class DrawDone:
    """One draw of teams.

    Attributes
    ----------
    number
        From 1, over the whole campaign.
    span
        Days whose teams it drew.
    seed, teams
        Paths of its documents.
    entry
        Of the ledger, that publishes the teams.
    """

    number: int
    span: Span
    seed: str
    teams: str
    entry: int


@dataclass(frozen=True, slots=True)
class Round:
    """An odds document with the plan and roster that it refers to, and its draws so far.

    Attributes
    ----------
    number
        From 1.
    checks, problem, plan, roster, odds
        Paths.
    spans
        Days of each draw, in order.
    entry
        Of the ledger, with which it began.
    replaced
        Whether a later round took the place of the draws that were left.
    """

    number: int
    checks: str
    problem: str
    plan: str
    roster: str
    odds: str
    spans: tuple[Span, ...]
    entry: int
    draws: tuple[DrawDone, ...] = ()
    replaced: bool = False

    @property
    def left(self) -> tuple[Span, ...]:
        """Days of the draws not done; none where a later round took their place."""
        return () if self.replaced else self.spans[len(self.draws) :]


def read_rounds(entries: Sequence[Entry], documents: Mapping[str, bytes]) -> tuple[Round, ...]:
    """Return the rounds of a commitment whose odds are committed.

    Parameters
    ----------
    entries
        Of the ledger, since the present commitment began.
    documents
        Path → bytes; what waits for opening is among them.
    """
    rounds: list[Round] = []
    at: dict[str, str] = {}
    course, begun = Course(), 0
    for entry in entries:
        kind, path = entry.kind, course.document_of(entry.kind)
        if course.begins(kind) and rounds:
            begun = entry.index
            rounds[-1] = replace(rounds[-1], replaced=course.left > 0)
        if kind == "odds":
            odds = canon.parse(documents[path])
            rounds.append(
                Round(
                    course.round,
                    at["checks"],
                    at["problem"],
                    at["plan"],
                    at["roster"],
                    path,
                    spans_of(odds),
                    begun or entry.index,
                )
            )
        elif kind == "teams":
            last = rounds[-1]
            number, span = course.drawn + 1, last.spans[len(last.draws)]
            done = DrawDone(number, span, at["teams-seed"], path, entry.index)
            rounds[-1] = replace(last, draws=(*last.draws, done))
        at[kind] = path or at.get(kind, "")
        course = course.after(kind, entry.body)
    return tuple(rounds)


def present(ledger: Ledger) -> tuple[Entry, ...]:
    """Return the entries since the present commitment began."""
    first = max(entry.index for entry in ledger.entries if entry.kind == "frame")
    return ledger.entries[first:]


def spans_of(odds: Document) -> tuple[Span, ...]:
    """Return the days of each draw of an odds document."""
    pairs = odds.get("draws", [odds["period"]])
    return tuple(Span(date.fromisoformat(a), date.fromisoformat(b)) for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Standing:
    """The teams as they stand: what was drawn, and who stepped in.

    Attributes
    ----------
    ledger
        The whole ledger.
    documents
        Path → bytes.
    rounds
        In order.
    substitutions
        Of inspectors, in ledger order: ``visit``, ``unit``, ``absent``, ``substitute``,
        ``reason`` and the ``entry``.
    """

    ledger: Ledger
    documents: Mapping[str, bytes]
    rounds: tuple[Round, ...]
    substitutions: tuple[Document, ...] = ()

    @classmethod
    def read(cls, documents: Mapping[str, bytes]) -> Standing:
        """Read what a publication's files hold, or a campaign's with what waits for opening."""
        ledger = Ledger.read(documents["ledger/entries.jsonl"])
        entries = present(ledger)
        done = [
            {"entry": entry.index, **entry.body["substitution"]}
            for entry in entries
            if entry.kind == "team-substitute" and "substitution" in entry.body
        ]
        if CHANGES in documents:
            done += canon.parse(documents[CHANGES])["substitutions"]
        done.sort(key=lambda one: int(one["entry"]))
        return cls(ledger, documents, read_rounds(entries, documents), tuple(done))

    def parsed(self, path: str) -> Any:
        """Return a document, read."""
        return canon.parse(self.documents[path])

    @property
    def draws(self) -> tuple[tuple[Round, DrawDone], ...]:
        """Every draw done, with its round."""
        return tuple((one, draw) for one in self.rounds for draw in one.draws)

    @property
    def drawn_until(self) -> date | None:
        """The last day whose teams are drawn."""
        return max((draw.span.last for _, draw in self.draws), default=None)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Visits of the plan that stands."""
        return restore_visits(self.parsed(self.latest("plan")))

    def latest(self, name: str) -> str:
        """Return the path of the ``checks``, ``problem`` or ``plan`` that stands."""
        path = f"transcript/{name}.json"
        return str(getattr(self.rounds[-1], name)) if self.rounds else path

    def inspectors(self, round: Round) -> dict[str, Inspector]:
        """Return the inspectors of a round's roster."""
        return restore_inspectors(self.parsed(round.roster))

    def seeds(self) -> list[Document]:
        """Return what the seeds before showed."""
        paths = ["transcript/seed.json", *(draw.seed for _, draw in self.draws)]
        return [self.parsed(path)["source"] for path in paths]

    def teams(
        self, *, as_drawn: bool = False, until: int | None = None
    ) -> dict[str, dict[str, list[str]]]:
        """Return visit → unit → inspectors, in the order of seats.

        Parameters
        ----------
        as_drawn
            As the lotteries named them, without anyone who goes in another's place.
        until
            As they stood before this entry of the ledger.
        """
        found: dict[str, dict[str, list[str]]] = {}
        end = len(self.ledger) if until is None else until
        for _, draw in self.draws:
            if draw.entry < end:
                document = self.parsed(draw.teams)
                found.update((named_by_lot(document) if as_drawn else document)["teams"])
        for one in () if as_drawn else self.substitutions:
            if one["entry"] < end:
                members = found[one["visit"]][one["unit"]]
                members[members.index(one["absent"])] = one["substitute"]
        return found

    def came(self, round: Round) -> tuple[Came, ...]:
        """Return the seats that stand-ins took since a round's odds were committed."""
        places = [one for one in self.substitutions if one["entry"] > round.entry] + self.stood_in(
            round
        )
        return tuple((one["visit"], one["unit"], one["substitute"]) for one in places)

    def stood_in(self, round: Round) -> list[Document]:
        """Return who goes for whom the draws of a round took beyond a rule."""
        return [
            one
            for draw in round.draws
            for one in self.parsed(draw.teams).get("stood_in", ())
            if one["substitute"] is not None
        ]

    def draw_of(self, visit: str) -> tuple[Round, DrawDone] | None:
        """Return the draw that drew a visit's teams, with its round."""
        for one, draw in self.draws:
            if visit in self.parsed(draw.teams)["teams"]:
                return one, draw
        return None

    def key_of(self, draw: DrawDone) -> Key:
        """Return the key of a draw."""
        return Key.fromhex(self.parsed(draw.seed)["key"], self.ledger.hash)

    def undrawn_before(self, first: date, visits: Sequence[Visit]) -> int:
        """Count the visits before a period whose teams are not drawn: no later period reaches them.

        Parameters
        ----------
        first
            First day of the period.
        visits
            Of the plan that the period's odds are for.
        """
        drawn = self.drawn_until or date.min
        return sum(drawn < visit.day < first for visit in visits)

    def muster(self, round: Round, key: Key) -> Muster:
        """Return who is where, as stand-ins for visits of a round's odds are found.

        Parameters
        ----------
        key
            Of the draw that draws, or drew, these visits.
        """
        visits = {visit.id: visit for visit in self.visits}
        return Muster(
            key,
            self.teams(),
            visits,
            self.inspectors(round),
            round.spans[0].first,
            self.days_served(until=round.entry),
            chances_after(self.parsed(self.rounds[-1].odds), visits, self.drawn_until),
            "not_twice" in self.parsed("transcript/problem.json")["rules"]["team"],
        )

    def served(self, *, until: int | None = None) -> dict[str, int]:
        """Return inspector → half-days drawn so far, with whoever stepped in.

        Parameters
        ----------
        until
            As of `teams`.
        """
        effort = {(v.id, s.unit): s.effort for v in self.visits for s in v.seats}
        served: dict[str, int] = {}
        for visit, units in self.teams(until=until).items():
            for unit, people in units.items():
                for person in people:
                    served[person] = served.get(person, 0) + effort[visit, unit]
        return served

    def latest_teams(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return unit and enterprise → who went to its latest visit drawn so far."""
        about = {visit.id: visit for visit in self.visits}
        drawn = sorted(self.teams().items(), key=lambda item: about[item[0]].day)
        return {
            (unit, about[visit].enterprise): tuple(people)
            for visit, units in drawn
            for unit, people in units.items()
        }

    def days_served(self, *, until: int | None = None) -> dict[str, list[date]]:
        """Return inspector → the day of each visit drawn so far, with whoever stepped in.

        Parameters
        ----------
        until
            As of `teams`.
        """
        day = {visit.id: visit.day for visit in self.visits}
        days: dict[str, list[date]] = {}
        for visit, units in self.teams(until=until).items():
            for people in units.values():
                for person in people:
                    days.setdefault(person, []).append(day[visit])
        return days
