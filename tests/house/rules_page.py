"""Writes the tables of `docs/rules.md` from the rule values and `rules.yaml` beside this file."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import yaml

from optimizer.domain.item import Item
from optimizer.domain.rules import (
    CapRule,
    ClosedRule,
    Exemption,
    LevelRule,
    QuietRule,
    RuleSet,
    TeamRule,
)
from optimizer.io.yamlfile import load_schema
from optimizer.plan import plan_visits

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
WORDS = Path(__file__).with_name("rules.yaml")
START, END = "<!-- written by `make docs` -->\n", "<!-- end of what is written -->\n"
SECTIONS: dict[str, tuple[str, type | None]] = {
    "": ("Rule set", RuleSet),
    "caps": ("Caps: `caps[]`", CapRule),
    "quiet": ("Quiet days: `quiet[]`", QuietRule),
    "closed": ("Units closed: `closed[]`", ClosedRule),
    "team": ("Whole teams: `team`", TeamRule),
    "level": ("Level: `level`", LevelRule),
    "exemptions": ("Exemption codes: `exemptions{}`", Exemption),
    "items": ("Items: the register of items", None),
    "plan": ("Given with a plan: keywords of `plan_visits`", None),
}
ITEM_RULES = ("inspectors", "effort", "skills", "yearly_cap", "incompatible")
KEYWORDS = ("pinned", "cuts", "not_before")
"""Keywords of `plan_visits` that bind the plan; the others are what it is made from, or effort."""


def rule_fields() -> Iterator[tuple[str, str, str]]:
    """Yield section, field and default of every rule: of the values, of files, of a plan."""
    for section, (_, kind) in SECTIONS.items():
        if kind is not None:
            for field in fields(kind):
                yield section, field.name, _default(field)
    found = load_schema("rules")["properties"]
    for name in found:
        if name not in {field.name for field in fields(RuleSet)}:
            yield "", name, "needed" if name == "format" else "none"
    for field in fields(Item):
        if field.name in ITEM_RULES:
            yield "items", field.name, _default(field)
    for name, parameter in inspect.signature(plan_visits).parameters.items():
        if name in KEYWORDS:
            yield "plan", name, _shown(parameter.default)


def words() -> dict[str, dict[str, dict[str, str]]]:
    """Return section → field → what it means, where it was seen, the test that stands for it."""
    found: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(WORDS.read_text("utf-8"))
    return {("" if name == "rule_set" else name): told for name, told in found.items()}


def tables() -> str:
    """Return the generated part of the page."""
    told = words()
    rows: dict[str, list[str]] = {}
    for section, name, default in rule_fields():
        entry = told[section][name]
        cells = (f"`{name}`", entry["means"], default, entry["seen"], f"`{entry['test']}`")
        rows.setdefault(section, []).append(f"| {' | '.join(cells)} |")
    parts = []
    for section, (title, _) in SECTIONS.items():
        head = "| field | meaning | default | legal source, or where seen | test |\n"
        parts.append(
            f"## {title}\n{head}| --- | --- | --- | --- | --- |\n" + "\n".join(rows[section])
        )
    return "\n\n".join(parts) + "\n"


def page() -> str:
    """Return the page with its tables as they are now; the words around them stay."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    return before + START + tables() + END + rest.partition(END)[2]


def _default(field: Any) -> str:
    if field.default is not MISSING:
        return _shown(field.default)
    if field.default_factory is not MISSING:
        return _shown(field.default_factory())
    return "needed"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple) and value:
        return ", ".join(map(str, value))
    if isinstance(value, TeamRule | LevelRule):
        return "below"
    return str(value) if isinstance(value, int) or (isinstance(value, str) and value) else "none"
