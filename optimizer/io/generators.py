"""Generators of registers, found by entry point: `optimizer` imports none of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from optimizer.errors import InputError
from optimizer.io.yamlfile import YamlFile
from optimizer.registers.near import nearest

GROUP = "double_random.generators"


def generate(found: YamlFile, out: Path) -> None:
    """Write the registers of the scenario's ``generator:`` block below `out`.

    The entry point is a function ``(parameters: Mapping, seed: int, out: Path) -> None``.

    Raises
    ------
    InputError
        Where there is no such generator, or it refuses its parameters.
    """
    raw: Mapping[str, Any] = found.value["generator"]
    points = {point.name: point for point in entry_points(group=GROUP)}
    if raw["name"] not in points:
        names = sorted(points)
        raise InputError(
            found.fault(
                "generator-unknown", "generator.name", raw["name"],
                known=", ".join(names) or "none", near=nearest(raw["name"], names),
            )
        )  # fmt: skip
    points[raw["name"]].load()(raw.get("parameters", {}), raw["seed"], out)
