"""The course of a campaign: which steps may follow those that the ledger holds.

The line of a run is `KINDS`, then any number of whole rounds of `LATER`. Beside it stand four
more kinds, each only where it means something::

    frame spec seed-source            a commitment; before the seed, or after void, it may be
                                      made again, with a reason
    seed-reveals                      right after a seed source with parties: what they revealed
    seal                              after a commitment, before reveals and seed; again with a
                                      reason
    seed draw                         the draw
    substitute                        at any place after draw
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
"""Kinds of each later round of teams, in order; they follow `KINDS` any number of times."""

REVEALS = {"seed-source": "seed-reveals", "teams-seed-source": "teams-seed-reveals"}
"""What follows a seed source with parties: what they revealed, before the seed is known."""

BESIDE = ("seal", "open", "void", "substitute")
"""Kinds that stand beside that line."""

_SEED = KINDS.index("seed")
_DRAW = KINDS.index("draw")
_WITHOUT = (*REVEALS, *REVEALS.values())
"""Kinds of the line that publish no document."""


def kind_at(place: int) -> str:
    """Return the kind that stands at a place of the line."""
    return KINDS[place] if place < len(KINDS) else LATER[(place - len(KINDS)) % len(LATER)]


def has_parties(source: Document) -> bool:
    """Return whether a seed source, as announced, waits for parties to reveal."""
    parts = source.get("parts") if source.get("source") == "combined" else [source]
    return isinstance(parts, list) and any(
        isinstance(part, dict) and part.get("source") == "parties" for part in parts
    )


@dataclass(frozen=True, slots=True)
class Course:
    """How far a campaign has come.

    Attributes
    ----------
    place
        Steps of the line taken since the last commitment began.
    commitments
        Begun so far.
    sealed, opened, void
        Of the present commitment: a secret is sealed, it was opened, all was declared void.
    waits
        Kind of the reveals that must come before the line goes on, or ``""``.
    revealed
        Whether the parties of the first seed have revealed: no secret is sealed after that, as
        who seals it might choose it by what they revealed.
    """

    place: int = 0
    commitments: int = 0
    sealed: bool = False
    opened: bool = False
    void: bool = False
    waits: str = ""
    revealed: bool = False

    @property
    def next(self) -> str:
        """The step of the line that comes next."""
        return KINDS[0] if self.void else self.waits or kind_at(self.place)

    @property
    def shut(self) -> bool:
        """Whether documents made now are sealed."""
        return self.sealed and not self.opened

    @property
    def whole(self) -> bool:
        """Whether the line is done and no later round is begun and not ended."""
        rounds = self.place - len(KINDS)
        return rounds >= 0 and rounds % len(LATER) == 0 and not self.waits

    @property
    def complete(self) -> bool:
        """Whether the line is whole and nothing waits for opening."""
        return not (self.void or self.shut) and self.whole

    def allowed(self) -> tuple[str, ...]:
        """Return the kinds that may come now, that of the line first."""
        found = [self.next]
        if self.void:
            return (self.next,)
        if self.place == _SEED:
            found += ["frame"] if self.revealed else ["seal", "frame"]
        if self.place > _DRAW:
            found.append("substitute")
            if self.shut:
                found.append("open")
        if self.place >= _SEED:
            found.append("void")
        return tuple(found)

    def needs_reason(self, kind: str) -> bool:
        """Return whether a step repeats a commitment, and so must give a reason."""
        return (kind == "frame" and self.commitments > 0) or (kind == "seal" and self.sealed)

    def document(self) -> str:
        """Return the path of the document that the next step of the line publishes, or ``""``."""
        kind = self.next
        turn = "" if self.place < len(KINDS) else f"-{2 + (self.place - len(KINDS)) // len(LATER)}"
        return "" if kind in _WITHOUT else f"transcript/{kind}{turn}.json"

    def after(self, kind: str, body: Document) -> Course:
        """Return the course after a step that is allowed; `body` says whether parties reveal."""
        if kind == "frame":
            return Course(place=1, commitments=self.commitments + 1)
        if kind == "seal":
            return replace(self, sealed=True)
        if kind == "open":
            return replace(self, opened=True)
        if kind == "void":
            return replace(self, void=True)
        if kind == "substitute":
            return self
        if kind in REVEALS.values():
            return replace(self, waits="", revealed=True)
        waits = REVEALS[kind] if kind in REVEALS and has_parties(body) else ""
        return replace(self, place=self.place + 1, waits=waits)
