"""Parameters of the generator, as a scenario or the program gives them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from optimizer.errors import InputError
from optimizer.io.seeds import read_fraction
from optimizer.registers.fault import make_fault
from optimizer.registers.near import nearest
from scenarios.generator.profiles import PROFILES, Profile

LARGEST_SCALE = 100


def read_parameters(parameters: Mapping[str, Any]) -> tuple[Profile, Fraction]:
    """Return the scaled profile that the parameters name, and the scale.

    Raises
    ------
    InputError
        With every fault.
    """
    where = "generator.parameters"
    faults = [
        make_fault("generator-parameter", where, None, stray, str(parameters[stray]))
        for stray in sorted(set(parameters) - {"preset", "scale"})
    ]
    name = str(parameters.get("preset", ""))
    if name not in PROFILES:
        known, near = ", ".join(PROFILES), nearest(name, sorted(PROFILES))
        faults.append(
            make_fault("generator-preset", where, None, "preset", name, known=known, near=near)
        )
    text = str(parameters.get("scale", "1"))
    scale = read_fraction(text)
    if scale is None or not 0 < scale <= LARGEST_SCALE:
        faults.append(make_fault("generator-scale", where, None, "scale", text, most=LARGEST_SCALE))
    if faults or scale is None:
        raise InputError(faults)
    return PROFILES[name].scaled(scale), scale
