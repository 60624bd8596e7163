"""Parameters of the generator, as a scenario or the program gives them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from optimizer.errors import Fault, InputError
from optimizer.io.seeds import read_fraction
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
    faults = [
        Fault(
            "generator-parameter",
            "generator.parameters",
            field=stray,
            value=str(parameters[stray]),
            expected="expected preset and scale, nothing else",
            mend="Remove it, or correct its name.",
        )
        for stray in sorted(set(parameters) - {"preset", "scale"})
    ]
    name = str(parameters.get("preset", ""))
    if name not in PROFILES:
        near = nearest(name, sorted(PROFILES))
        faults.append(
            Fault(
                "preset-unknown",
                "generator.parameters",
                field="preset",
                value=name,
                expected=f"expected one of {', '.join(PROFILES)}",
                mend=f"Perhaps {near} is meant." if near else "Choose one of them.",
            )
        )
    scale = read_fraction(str(parameters.get("scale", "1")))
    if scale is None or not 0 < scale <= LARGEST_SCALE:
        faults.append(
            Fault(
                "scale-range",
                "generator.parameters",
                field="scale",
                value=str(parameters["scale"]),
                expected=f"expected a number above 0 and up to {LARGEST_SCALE}, such as 0.02",
                mend="Correct it.",
            )
        )
    if faults or scale is None:
        raise InputError(faults)
    return PROFILES[name].scaled(scale), scale
