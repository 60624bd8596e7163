"""Where a seed comes from, as a scenario names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import log2
from typing import Any

from optimizer.domain.registry import Document
from optimizer.draw.sources import (
    ENTROPY_BITS,
    EVIDENCE,
    Dice,
    Seed,
    announced_part,
    is_shown,
    make_announcement,
    make_source,
    rolls_needed,
)
from optimizer.errors import Fault, InputError
from optimizer.io.yamlfile import YamlFile
from optimizer.registers.fault import make_fault

MOST_ROLLS = 1000
_FIELDS = {
    "dice": {"sides", "at", "rolls"},
    "fixed": {"text"},
    "drand": {"chain", "round", *EVIDENCE["drand"]},
    "lottery": {"inputs", *EVIDENCE["lottery"]},
    "parties": {"parties", "deadline", "absent", "hash", *EVIDENCE["parties"]},
    "combined": {"parts"},
}


@dataclass(frozen=True, slots=True)
class SeedSource:
    """A seed source and, where it is known already, what it showed.

    Attributes
    ----------
    kind
        One of `optimizer.draw.sources.EVIDENCE`.
    sides
        Of each die.
    rolls
        Digits, or numbers joined by ``-`` for dice with more than ten sides; ``""``: not rolled.
    text
        Of a fixed seed, which is a test.
    announced
        The source's document, where kind and sides do not say all of it.
    evidence
        The same with what it showed; ``None``: nothing yet.
    """

    kind: str = "dice"
    sides: int = 10
    rolls: str = ""
    text: str = ""
    announced: Document | None = None
    evidence: Document | None = None


def check_enough(seed: Seed, file: str) -> None:
    """Refuse a seed of too little chance, and dice rolled another number of times than counts.

    Parameters
    ----------
    file
        File, option or request's part that gives the seed.

    Raises
    ------
    InputError
        On less than `ENTROPY_BITS` bits: all seeds can be tried. On more rolls than give so
        many: who dislikes a result could roll on.
    """
    if isinstance(seed, Dice):
        count, wanted = len(seed.shown), rolls_needed(seed.sides)
        if count > wanted:
            raise InputError(
                make_fault(
                    "seed-number", file, None, "rolls", seed.rolls,
                    count=count, wanted=wanted, sides=seed.sides,
                )
            )  # fmt: skip
        if count < wanted:
            bits = f"{count * log2(seed.sides):.1f}"
            raise InputError(
                make_fault(
                    "seed-short", file, None, "rolls", seed.rolls, count=count, bits=bits,
                    wanted=wanted, sides=seed.sides, least=ENTROPY_BITS,
                )
            )  # fmt: skip
    elif not seed.test and seed.entropy_millibits() < 1000 * ENTROPY_BITS:
        bits = f"{seed.entropy_millibits() / 1000:.1f}"
        raise InputError(
            make_fault("seed-entropy", file, None, "source", bits=bits, least=ENTROPY_BITS)
        )


def read_seed_source(
    found: YamlFile, path: str, value: dict[str, Any] | None
) -> tuple[SeedSource, list[Fault]]:
    """Read a ``seed:`` block, already checked against the schema.

    Returns
    -------
    tuple
        The source, and its faults.
    """
    if value is None:
        return SeedSource(), []
    faults: list[Fault] = []
    kind = value["source"]
    strays = sorted(set(value) - _FIELDS[kind] - {"source"})
    faults += [found.fault("seed-stray", f"{path}.{s}", value[s], source=kind) for s in strays]
    if kind == "fixed":
        text = value.get("text", "")
        if not re.fullmatch(r"[!-~]{1,200}", text):
            faults.append(found.fault("seed-text", f"{path}.text", text))
        return SeedSource("fixed", text=text), faults
    if kind != "dice" or "at" in value:
        if faults:
            return SeedSource(kind), faults
        return _read_other(found, path, value)
    sides, rolls = value.get("sides", 10), value.get("rolls", "")
    if rolls:
        fault = _rolls_fault(found, f"{path}.rolls", rolls, sides)
        if fault is not None:
            faults.append(fault)
    return SeedSource("dice", sides, rolls), faults


def _read_other(
    found: YamlFile, path: str, value: Mapping[str, Any]
) -> tuple[SeedSource, list[Fault]]:
    """Read a source through its own class; its faults get their place in the file."""
    kind = value["source"]
    try:
        announced = make_announcement(announced_part(value)).document()
        evidence = None
        if is_shown(value):
            seed = make_source(value)
            check_enough(seed, found.file)
            evidence = seed.evidence()
    except InputError as error:
        return SeedSource(kind), [_placed(found, path, fault) for fault in error.faults]
    rolls = evidence["rolls"] if evidence and kind == "dice" else ""
    source = SeedSource(kind, value.get("sides", 10), rolls, "", announced, evidence)
    return source, []


def _placed(found: YamlFile, path: str, fault: Fault) -> Fault:
    place = f"{path}.{fault.field}" if fault.field else path
    return replace(fault, file=found.file, row=found.line_of(place), field=place)


def _rolls_fault(found: YamlFile, path: str, rolls: str, sides: int) -> Fault | None:
    parts = rolls.split("-") if sides > 10 else list(rolls)
    if len(parts) > MOST_ROLLS:
        return found.fault("seed-long", path, rolls, count=len(parts), most=MOST_ROLLS)
    low, high = (0, 9) if sides == 10 else (1, sides)
    for place, part in enumerate(parts, 1):
        if not (part.isascii() and part.isdigit()) or (len(part) > 1 and part[0] == "0"):
            form = "numbers joined by -" if sides > 10 else "digits"
            return found.fault("seed-rolls", path, rolls, form=form, place=place, roll=part)
        if not low <= int(part) <= high:
            return found.fault(
                "seed-die", path, rolls, place=place, roll=part, low=low, high=high, sides=sides
            )
    wanted = rolls_needed(sides)
    if len(parts) > wanted:
        # Were the number open, whoever dislikes a result could roll on.
        return found.fault("seed-number", path, rolls, count=len(parts), wanted=wanted, sides=sides)
    if len(parts) < wanted:
        bits = f"{len(parts) * log2(sides):.1f}"
        return found.fault(
            "seed-short", path, rolls, count=len(parts), bits=bits, wanted=wanted,
            sides=sides, least=ENTROPY_BITS,
        )  # fmt: skip
    return None


def read_fraction(text: str) -> Fraction | None:
    """Read an exact number: ``3/100``, ``0.03``, ``3%`` or ``3‰``; ``None`` where it is none."""
    scale = {"%": 100, "‰": 1000}.get(text[-1:], 1)
    body = text[:-1].strip() if scale > 1 else text
    body = body.strip()
    if len(body) > 30 or any(c not in "0123456789./-" for c in body) or not body.isascii():
        return None
    try:
        return Fraction(body) / scale
    except (ValueError, ZeroDivisionError):
        return None
