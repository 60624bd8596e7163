"""Seeds as they are given on the command line."""

from __future__ import annotations

import re
from dataclasses import replace

from optimizer.draw import Dice, Fixed, Seed
from optimizer.errors import Fault, InputError
from optimizer.io.seeds import check_number

ENTROPY_MILLIBITS = 64_000
"""Fewest thousandths of a bit a seed must have: with fewer, all seeds can be tried."""


def read_seed(text: str, option: str) -> Seed:
    """Read ``31415…`` (ten-sided dice), ``dice6:31415…`` or ``fixed:TEXT``.

    Raises
    ------
    InputError
        On anything else, on rolls the dice cannot show, and on too few or too many of them.
    """
    try:
        seed = _parse(text)
    except InputError as error:
        raise InputError(replace(fault, file=option) for fault in error.faults) from None
    check_number(seed, option)
    if not seed.test and seed.entropy_millibits() < ENTROPY_MILLIBITS:
        raise InputError(
            Fault(
                "seed-entropy",
                option,
                value=text,
                expected=f"expected at least 64 bits, these rolls give "
                f"{seed.entropy_millibits() / 1000:.1f}",
                mend="Roll more dice: twenty with ten sides, or twenty-five with six.",
            )
        )
    return seed


def _parse(text: str) -> Seed:
    if text.startswith("fixed:"):
        return Fixed(text.removeprefix("fixed:"))
    named = re.fullmatch(r"dice(\d{1,4}):(.*)", text)
    if named:
        return Dice(named[2], sides=int(named[1]))
    return Dice(text)
