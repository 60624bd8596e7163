"""Seeds as they are given on the command line."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from optimizer.draw import Dice, Fixed, Seed, make_source
from optimizer.errors import InputError
from optimizer.io.seeds import check_enough
from optimizer.registers.fault import make_fault

LARGEST_FILE = 10**6
"""Bytes of a file with evidence."""


def read_seed(text: str, option: str) -> Seed:
    """Read ``31415…`` (ten-sided dice), ``dice6:31415…``, ``fixed:TEXT`` or a file of evidence.

    A file's name ends in ``.json``; it holds the source's document with what it showed.

    Raises
    ------
    InputError
        On anything else, on evidence that its source cannot show, and on too little of it.
    """
    file = text if text.endswith(".json") else option
    try:
        seed = make_source(_evidence(text)) if file is text else _parse(text)
    except InputError as error:
        raise InputError(replace(fault, file=file) for fault in error.faults) from None
    check_enough(seed, file)
    return seed


def _parse(text: str) -> Seed:
    if text.startswith("fixed:"):
        return Fixed(text.removeprefix("fixed:"))
    named = re.fullmatch(r"dice(\d{1,4}):(.*)", text)
    if named:
        return Dice(named[2], sides=int(named[1]))
    return Dice(text)


def _evidence(name: str) -> dict[str, Any]:
    try:
        with Path(name).open("rb") as file:
            found = json.loads(file.read(LARGEST_FILE))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError(make_fault("seed-file", name))
    return found
