"""The scenarios that come with the project: what `scenario list` shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.io.tables import read_table
from optimizer.io.yamlfile import read_yaml
from scenarios.generator.profiles import PROFILES

FOLDER = Path(__file__).parent
_KINDS = ("presets", "adverse", "real")


@dataclass(frozen=True, slots=True)
class Listed:
    """One scenario.

    Attributes
    ----------
    kind
        ``preset``, ``adverse`` or ``real``.
    folder
        Where it is committed, below the package; ``""``: it is only generated.
    sizes
        Register → rows, of enterprises and triggered checks.
    """

    name: str
    kind: str
    title: Mapping[str, str]
    folder: str
    generated: bool
    sizes: Mapping[str, int]

    def as_dict(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "title": dict(self.title),
            "folder": self.folder,
            "generated": self.generated,
            "sizes": dict(self.sizes),
        }


def scenarios() -> tuple[Listed, ...]:
    """Return all scenarios: presets, adverse ones, then real ones, by name."""
    found: dict[str, Listed] = {}
    for kind in _KINDS:
        for path in sorted((FOLDER / kind).glob("*/scenario.yaml")):
            value = read_yaml(path, file=path.name, schema="scenario").value
            name = value["name"]
            found[name] = Listed(
                name,
                kind.removesuffix("s"),
                value.get("title", {"en": name, "zh": name}),
                f"scenarios/{kind}/{path.parent.name}",
                name in PROFILES,
                _sizes(name) or _counted(path.parent, value.get("registers", {})),
            )
    for name, profile in PROFILES.items():
        if name not in found:
            found[name] = Listed(name, "adverse", profile.title, "", True, _sizes(name))
    order = {"preset": 0, "adverse": 1, "real": 2}
    return tuple(sorted(found.values(), key=lambda s: (order[s.kind], s.name)))


def _counted(folder: Path, registers: Mapping[str, str]) -> dict[str, int]:
    """Count the rows of committed CSV registers."""
    return {
        key: len(read_table(folder / registers[key]))
        for key in ("enterprises", "triggered")
        if (folder / registers.get(key, "-")).is_file()
    }


def _sizes(name: str) -> dict[str, int]:
    if name not in PROFILES:
        return {}
    profile = PROFILES[name]
    return {"enterprises": profile.enterprises, "triggered": profile.triggered}
