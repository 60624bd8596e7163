"""A generator of cities: registers that look like a prefecture's, the same bytes from a seed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios.generator.parameters import read_parameters
from scenarios.generator.registers import register_files

__all__ = ["generate_city"]


def generate_city(parameters: Mapping[str, Any], seed: int, out: Path) -> None:
    """Write the registers of a simulated city below a folder.

    Parameters
    ----------
    parameters
        ``preset`` (a name of `scenarios.generator.profiles.PROFILES`) and, if wanted, ``scale``
        (an exact number as text, such as ``"0.02"``).
    seed
        The same parameters and seed give the same bytes on every machine.
    out
        Folder to write ``registers/…`` into; files that are there are replaced.

    Raises
    ------
    InputError
        Where a parameter is unknown or malformed.
    """
    profile, _ = read_parameters(parameters)
    for path, data in register_files(profile, seed).items():
        place = out / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
