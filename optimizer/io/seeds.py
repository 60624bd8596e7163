"""Where a seed comes from, as a scenario names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import log2
from typing import Any

from optimizer.draw.sources import Dice, Seed
from optimizer.errors import Fault, InputError
from optimizer.io.yamlfile import YamlFile
from optimizer.registers.fault import make_fault

ENTROPY_BITS = 64
"""Fewest bits a seed must have: with fewer, all seeds can be tried."""
MOST_ROLLS = 1000


@dataclass(frozen=True, slots=True)
class SeedSource:
    """A seed source and, where they are known already, its rolls.

    Attributes
    ----------
    kind
        ``dice`` or ``fixed``.
    sides
        Of each die.
    rolls
        Digits, or numbers joined by ``-`` for dice with more than ten sides; ``""``: not rolled.
    text
        Of a fixed seed, which is a test.
    """

    kind: str = "dice"
    sides: int = 10
    rolls: str = ""
    text: str = ""


def rolls_needed(sides: int) -> int:
    """Return how many rolls give `ENTROPY_BITS` bits; exact."""
    rolls = 1
    while sides**rolls < 2**ENTROPY_BITS:
        rolls += 1
    return rolls


def check_number(seed: Seed, file: str) -> None:
    """Refuse more rolls than give `ENTROPY_BITS` bits: who dislikes a result could roll on."""
    if isinstance(seed, Dice):
        count = len(seed.rolls.split("-") if seed.sides > 10 else seed.rolls)
        wanted = rolls_needed(seed.sides)
        if count > wanted:
            raise InputError(
                make_fault(
                    "seed-number", file, None, "rolls", seed.rolls,
                    count=count, wanted=wanted, sides=seed.sides,
                )
            )  # fmt: skip


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
    strays = sorted(({"sides", "rolls"} if kind == "fixed" else {"text"}) & set(value))
    faults += [found.fault("seed-stray", f"{path}.{s}", value[s], source=kind) for s in strays]
    if kind == "fixed":
        text = value.get("text", "")
        if not re.fullmatch(r"[!-~]{1,200}", text):
            faults.append(found.fault("seed-text", f"{path}.text", text))
        return SeedSource("fixed", text=text), faults
    sides, rolls = value.get("sides", 10), value.get("rolls", "")
    if rolls:
        fault = _rolls_fault(found, f"{path}.rolls", rolls, sides)
        if fault is not None:
            faults.append(fault)
    return SeedSource("dice", sides, rolls), faults


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
