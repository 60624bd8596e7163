"""The course of a campaign: which steps may follow those that the ledger holds.

The line of a run is `KINDS`. From ``odds`` on it comes again and again: an odds document is drawn
in one or several draws, each with its own ``teams-seed-source``, ``teams-seed`` and ``teams``;
after them comes the next *round*, that begins with ``roster``, or with ``checks`` where the plan
was amended. A round may begin before the draws of the one before are all done, between two
draws or once a source is announced that shows nothing yet: it takes the place of what is not
drawn, and gives a reason.

Beside it stand five more kinds, each only where it means something::

    frame spec seed-source            a commitment; before the seed, or after void, it may be
                                      made again, with a reason
    seed-reveals                      right after a seed source with parties: what they revealed
    seal                              after a commitment, before reveals and seed; again with a
                                      reason
    seed draw                         the draw
    substitute                        at any place after draw
    team-substitute                   at any place after a draw of teams
    open                              once, at any place after draw, where there is a seal
    void                              at any place after a commitment: what was drawn counts for
                                      nothing, and only a new commitment may follow
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.domain.registry import Document

KINDS = (
    "frame",
    "spec",
    "seed-source",
    "seed",
    "draw",
    "checks",
    "problem",
    "roster",
    "plan",
    "odds",
    "teams-seed-source",
    "teams-seed",
    "teams",
)
"""Kinds of a run, in the order in which they must stand: commitments before the seed they bind."""

LATER = ("roster", "odds", "teams-seed-source", "teams-seed", "teams")
"""Kinds of a later round that keeps the plan and is drawn at once."""

REVEALS = {"seed-source": "seed-reveals", "teams-seed-source": "teams-seed-reveals"}
"""What follows a seed source with parties: what they revealed, before the seed is known."""

BESIDE = ("seal", "open", "void", "substitute", "team-substitute")
"""Kinds that stand beside that line."""

BEGIN = ("roster", "checks")
"""Kinds with which a later round begins."""

_AT = {kind: place for place, kind in enumerate(KINDS)}
_SEED, _DRAW, _DRAWN = _AT["seed"], _AT["draw"], len(KINDS)
_BY_DRAW = ("teams-seed", "teams")
"""Kinds whose documents are numbered by the draw; those of the others, by the round."""
_WITHOUT = (*REVEALS, *REVEALS.values())
"""Kinds of the line that publish no document."""


def has_parties(source: Document) -> bool:
    """Return whether a seed source, as announced, waits for parties to reveal."""
    parts = source.get("parts") if source.get("source") == "combined" else [source]
    return isinstance(parts, list) and any(
        isinstance(part, dict) and part.get("source") == "parties" for part in parts
    )


def count_draws(body: Document) -> int:
    """Return how many draws an ``odds`` entry announces: one where it says nothing."""
    draws = body.get("draws")
    return len(draws) if isinstance(draws, list) and draws else 1


@dataclass(frozen=True, slots=True)
class Course:
    """How far a campaign has come.

    Attributes
    ----------
    place
        Of the next kind in `KINDS`, since the last commitment began; ``len(KINDS)`` after teams.
    commitments
        Begun so far.
    sealed, opened, void
        Of the present commitment: a secret is sealed, it was opened, all was declared void.
    waits
        Kind of the reveals that must come before the line goes on, or ``""``.
    revealed
        Whether the parties of the first seed have revealed: no secret is sealed after that, as
        who seals it might choose it by what they revealed.
    round
        Number of the odds document that is being made or drawn, from 1.
    drawn
        Draws of teams done.
    left
        Draws of the present odds document not done.
    amended
        Whether the present round has a plan of its own.
    """

    place: int = 0
    commitments: int = 0
    sealed: bool = False
    opened: bool = False
    void: bool = False
    waits: str = ""
    revealed: bool = False
    round: int = 1
    drawn: int = 0
    left: int = 0
    amended: bool = True

    @property
    def next(self) -> str:
        """The step of the line that comes next."""
        if self.void:
            return KINDS[0]
        if self.waits:
            return self.waits
        if self.place == _DRAWN:
            return "teams-seed-source" if self.left else "roster"
        return KINDS[self.place]

    @property
    def shut(self) -> bool:
        """Whether documents made now are sealed."""
        return self.sealed and not self.opened

    @property
    def whole(self) -> bool:
        """Whether the line is done: no round is begun, and no draw of the last one left."""
        return self.place == _DRAWN and not self.left

    @property
    def complete(self) -> bool:
        """Whether the line is whole and nothing waits for opening."""
        return not (self.void or self.shut) and self.whole

    @property
    def between(self) -> bool:
        """Whether a round may begin: no other is being made, and no seed was shown."""
        return self.place in (_DRAWN, _AT["teams-seed-source"], _AT["teams-seed"])

    def allowed(self) -> tuple[str, ...]:
        """Return the kinds that may come now, that of the line first."""
        found = [self.next]
        if self.void:
            return (self.next,)
        if self.place == _SEED:
            found += ["frame"] if self.revealed else ["seal", "frame"]
        if self.between:
            found += [kind for kind in BEGIN if kind != self.next]
        if self.place > _DRAW:
            found.append("substitute")
            if self.shut:
                found.append("open")
        if self.drawn:
            found.append("team-substitute")
        if self.place >= _SEED:
            found.append("void")
        return tuple(found)

    def begins(self, kind: str) -> bool:
        """Return whether a step of this kind begins a later round."""
        return kind in BEGIN and self.between

    def needs_reason(self, kind: str) -> bool:
        """Return whether a step takes the place of something, and so must give a reason.

        That is so of a commitment made again, of a round that takes the place of draws that are
        left, and of an amended plan.
        """
        if self.begins(kind):
            return kind == "checks" or self.left > 0
        return (kind == "frame" and self.commitments > 0) or (kind == "seal" and self.sealed)

    def document(self) -> str:
        """Return the path of the document that the next step of the line publishes, or ``""``."""
        return self.document_of(self.next)

    def document_of(self, kind: str) -> str:
        """Return the path of the document that a step allowed now publishes, or ``""``."""
        if kind in _WITHOUT or kind not in _AT:
            return ""
        number = self.drawn + 1 if kind in _BY_DRAW else self.round + self.begins(kind)
        return f"transcript/{kind}{f'-{number}' if number > 1 else ''}.json"

    def after(self, kind: str, body: Document) -> Course:
        """Return the course after a step that is allowed.

        Parameters
        ----------
        body
            Says whether parties reveal, and in how many draws odds are drawn.
        """
        if kind == "frame":
            return Course(place=1, commitments=self.commitments + 1)
        if kind == "seal":
            return replace(self, sealed=True)
        if kind == "open":
            return replace(self, opened=True)
        if kind == "void":
            return replace(self, void=True)
        if kind in BESIDE:
            return self
        if kind in REVEALS.values():
            return replace(self, waits="", revealed=True)
        if self.begins(kind):
            number, amended = self.round + 1, kind == "checks"
            return replace(
                self, place=_AT[kind] + 1, waits="", round=number, left=0, amended=amended
            )._past_plan()
        if kind == "odds":
            return replace(self, place=self.place + 1, left=count_draws(body))
        if kind == "teams":
            return replace(self, place=_DRAWN, drawn=self.drawn + 1, left=self.left - 1)
        waits = REVEALS[kind] if kind in REVEALS and has_parties(body) else ""
        return replace(self, place=_AT[kind] + 1, waits=waits)

    def _past_plan(self) -> Course:
        """Return the course without the plan, where the round keeps the one before."""
        skips = self.place == _AT["plan"] and not self.amended
        return replace(self, place=_AT["odds"]) if skips else self
