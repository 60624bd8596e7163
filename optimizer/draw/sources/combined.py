"""Sources combined in the safe order: commitments, reveals, then a beacon, a lottery or dice.

The parties' values are fixed before anybody can know what follows, so the last to reveal does not
know the result; and what follows need not be trusted alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.domain.registry import Document
from optimizer.draw.sources.dice import Dice, rolls_needed
from optimizer.draw.sources.fields import make_fault
from optimizer.draw.sources.parties import Parties, PartiesAnnounced
from optimizer.draw.sources.source import MARGIN, Announcement, Seed
from optimizer.errors import Fault, InputError

MOST_PARTS = 8
MOST_MILLIBITS = 256_000
"""More than a key of 256 bits holds is of no use."""


@dataclass(frozen=True, slots=True)
class CombinedAnnounced:
    """Several sources, in the order of time.

    Attributes
    ----------
    parts
        At most one of parties, as the first; no fixed text. Each says when it can be known.

    Raises
    ------
    InputError
        On parts in a wrong order, or whose time is not said.
    """

    parts: tuple[Announcement, ...]

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        if not 2 <= len(self.parts) <= MOST_PARTS:
            faults.append(make_fault("parts-number", "parts", len(self.parts), most=MOST_PARTS))
        before: int | None = None
        for index, part in enumerate(self.parts):
            kind = part.document()["source"]
            if kind in ("fixed", "combined"):
                faults.append(make_fault("parts-kind", f"parts[{index}].source", kind))
                continue
            if kind == "parties" and index:
                faults.append(make_fault("parts-parties-first", f"parts[{index}].source", kind))
            known = part.known()
            if known is None:
                faults.append(make_fault("parts-at", f"parts[{index}].at"))
                continue
            if before is not None and known[0] < before:
                after_reveals = isinstance(self.parts[index - 1], PartiesAnnounced)
                code = "parts-deadline" if after_reveals else "parts-order"
                faults.append(make_fault(code, f"parts[{index}]", kind, margin=MARGIN))
            before = known[0] + (MARGIN * 10**6 if isinstance(part, PartiesAnnounced) else 0)
        documents = [part.document() for part in self.parts]
        faults += [
            make_fault("parts-twice", f"parts[{index}]", document["source"])
            for index, document in enumerate(documents)
            if document["source"] != "dice" and document in documents[:index]
        ]
        if faults:
            raise InputError(faults)

    def document(self) -> Document:
        """Return kind and parts."""
        return {"source": "combined", "parts": [part.document() for part in self.parts]}

    def known(self) -> tuple[int, int]:
        """Return when the first and the last part can be known."""
        spans = [known for part in self.parts if (known := part.known()) is not None]
        return min(first for first, _ in spans), max(last for _, last in spans)


@dataclass(frozen=True, slots=True)
class Combined:
    """Several sources with what each showed.

    Attributes
    ----------
    of
        What was announced.
    parts
        In step with it.
    """

    of: CombinedAnnounced
    parts: tuple[Seed, ...]

    def __post_init__(self) -> None:
        faults = [
            make_fault(
                "dice-number",
                f"parts[{index}].rolls",
                part.rolls,
                wanted=rolls_needed(part.sides),
                sides=part.sides,
            )
            for index, part in enumerate(self.parts)
            if isinstance(part, Dice) and len(part.shown) != rolls_needed(part.sides)
        ]
        marks = [mark for part in self.parts for mark in part.marks()]
        twice = sorted({mark for mark in marks if marks.count(mark) > 1})
        faults += [make_fault("parts-twice", "parts", mark) for mark in twice]
        if faults:
            raise InputError(faults)

    @property
    def test(self) -> bool:
        """No part is a test."""
        return False

    @property
    def parties(self) -> Parties | None:
        """The part of parties, if there is one."""
        return next((part for part in self.parts if isinstance(part, Parties)), None)

    def announced(self) -> Document:
        """Return what was announced."""
        return self.of.document()

    def evidence(self) -> Document:
        """Return the parts with what each showed."""
        return {"source": "combined", "parts": [part.evidence() for part in self.parts]}

    def words(self) -> str:
        """Return the parts' words, separated by spaces."""
        return " ".join(part.words() for part in self.parts)

    def entropy_millibits(self) -> int:
        """Return the sum of the parts, which are independent; at most 256 bits."""
        return min(sum(part.entropy_millibits() for part in self.parts), MOST_MILLIBITS)

    def marks(self) -> tuple[str, ...]:
        """Return the marks of all parts."""
        return tuple(mark for part in self.parts for mark in part.marks())

    def warnings(self) -> tuple[str, ...]:
        """Return nothing: something follows the reveals."""
        return ()
