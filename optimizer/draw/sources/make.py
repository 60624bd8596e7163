"""Seed sources from their documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optimizer.draw.sources.combined import Combined, CombinedAnnounced
from optimizer.draw.sources.dice import Dice, DiceAnnounced
from optimizer.draw.sources.drand import Drand, DrandAnnounced
from optimizer.draw.sources.fields import check_fields, make_fault, records, within
from optimizer.draw.sources.fixed import Fixed, FixedAnnounced
from optimizer.draw.sources.lottery import Lottery, LotteryAnnounced
from optimizer.draw.sources.parties import Parties, PartiesAnnounced
from optimizer.draw.sources.source import ENTROPY_BITS, Announcement, Seed
from optimizer.errors import InputError

_ANNOUNCED: Mapping[str, Callable[[Mapping[str, Any]], Announcement]] = MappingProxyType(
    {
        "dice": DiceAnnounced.read,
        "fixed": FixedAnnounced.read,
        "drand": DrandAnnounced.read,
        "lottery": LotteryAnnounced.read,
        "parties": PartiesAnnounced.read,
    }
)
_SHOWN: Mapping[str, Callable[[Mapping[str, Any]], Seed]] = MappingProxyType(
    {
        "dice": Dice.read,
        "fixed": Fixed.read,
        "drand": Drand.read,
        "lottery": Lottery.read,
        "parties": Parties.read,
    }
)
KINDS = (*_SHOWN, "combined")
"""Kinds of seed sources."""
EVIDENCE = MappingProxyType(
    {
        "dice": ("rolls",),
        "fixed": ("text",),
        "drand": ("signature", "previous_signature", "randomness"),
        "lottery": ("results",),
        "parties": ("reveals",),
        "combined": (),
    }
)
"""Kind → fields that hold what it showed; the first of them must be there. All other fields of a
source are announced before."""


def make_announcement(value: Mapping[str, Any]) -> Announcement:
    """Return the source that `value` announces, without anything it showed.

    Raises
    ------
    InputError
        On an unknown kind, on fields that are missing, too many or wrong, and on lotteries that
        cannot give `ENTROPY_BITS` bits.
    """
    made = read_announcement(value)
    parts = made.parts if isinstance(made, CombinedAnnounced) else (made,)
    if all(isinstance(part, LotteryAnnounced) for part in parts):
        found = sum(p.entropy_millibits() for p in parts if isinstance(p, LotteryAnnounced))
        if found < 1000 * ENTROPY_BITS:
            bits = f"{found / 1000:.1f}"
            raise InputError(make_fault("seed-entropy", "source", bits=bits, least=ENTROPY_BITS))
    return made


def read_announcement(value: Mapping[str, Any]) -> Announcement:
    """Return what `make_announcement` does, or a part of it, of however little chance."""
    kind = value.get("source")
    if kind == "combined":
        check_fields(value, {"parts": list})
        made = []
        for index, part in enumerate(records(value["parts"], "parts")):
            with within(f"parts[{index}]"):
                made.append(read_announcement(_no_combined(part)))
        return CombinedAnnounced(tuple(made))
    if not isinstance(kind, str) or kind not in _ANNOUNCED:
        raise _unknown(kind)
    return _ANNOUNCED[kind](value)


def make_source(evidence: Mapping[str, Any]) -> Seed:
    """Return the seed source that `evidence` describes.

    Parameters
    ----------
    evidence
        As a scenario or a seed document writes it: ``source``, and what that kind shows.

    Raises
    ------
    InputError
        On an unknown kind, missing or further fields, values the kind cannot show, signatures
        that do not hold.
    """
    kind = evidence.get("source")
    if kind == "combined":
        announcement = read_announcement(announced_part(evidence))
        assert isinstance(announcement, CombinedAnnounced)
        made = []
        for index, part in enumerate(evidence["parts"]):
            with within(f"parts[{index}]"):
                made.append(_follow(part))
        return Combined(announcement, tuple(made))
    if not isinstance(kind, str) or kind not in _SHOWN:
        raise _unknown(kind)
    return _SHOWN[kind](evidence)


def announced_part(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source's document without what it showed."""
    kind = value.get("source")
    shown = EVIDENCE.get(kind, ()) if isinstance(kind, str) else ()
    made = {name: item for name, item in value.items() if name not in shown}
    if kind == "combined" and isinstance(value.get("parts"), list):
        made["parts"] = [
            announced_part(part) if isinstance(part, dict) else part for part in value["parts"]
        ]
    return made


def is_shown(value: Mapping[str, Any]) -> bool:
    """Return whether a source's document holds all that it has to show."""
    kind = value.get("source")
    if kind == "combined":
        parts = value.get("parts")
        return isinstance(parts, list) and all(
            isinstance(part, dict) and is_shown(part) for part in parts
        )
    shown = EVIDENCE.get(kind, ()) if isinstance(kind, str) else ()
    return bool(shown) and bool(value.get(shown[0]))


def _no_combined(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if part.get("source") == "combined":
        raise InputError(make_fault("parts-kind", "source", "combined"))
    return part


def _follow(part: Mapping[str, Any]) -> Seed:
    return Parties.read(part, alone=False) if part.get("source") == "parties" else make_source(part)


def _unknown(kind: object) -> InputError:
    return InputError(make_fault("seed-source-unknown", "source", kind, known=", ".join(KINDS)))
