"""The item list (随机抽查事项清单)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.unit import Unit
from optimizer.registers.cells import choice, list_of, matching, needed, read_text, whole
from optimizer.registers.codes import CodeLists
from optimizer.registers.fault import BadCell
from optimizer.registers.sheet import Keys, Sheet
from optimizer.registers.units import PLAIN_ID

LEVELS = {"city": "city", "county": "county", "市级": "city", "县级": "county"}
WAYS = {"onsite": "onsite", "offsite": "offsite", "现场": "onsite", "非现场": "offsite"}
MODES = {
    "auto": "auto",
    "county": "county",
    "city": "city",
    "joint": "joint",
    "自动": "auto",
    "市抽县查": "county",
    "市级检查": "city",
    "市县联查": "joint",
}
_MODE_NEEDS = {"auto": (), "county": ("county",), "city": ("city",), "joint": ("city", "county")}


def note_skills_nobody_has(
    sheet: Sheet, items: Iterable[Item], inspectors: Iterable[Inspector], units: Iterable[Unit]
) -> None:
    """Warn of skills that no inspector of the item's department has."""
    department = {unit.id: unit.department for unit in units}
    held = {(department.get(i.unit, ""), skill) for i in inspectors for skill in i.skills}
    place = {text: i for i, text in enumerate(sheet.raw("id"))}
    for item in items:
        for skill in item.skills:
            if (item.department, skill) not in held:
                sheet.warn(place[item.id], "skills", "skill-nobody", department=item.department)


def read_items(sheet: Sheet, departments: Keys, codes: CodeLists) -> tuple[list[Item], Keys]:
    """Read the list; faults are left in the sheet; `incompatible` is made symmetric.

    An item that is incompatible with an excluded one stays: without the other it does no harm.
    """
    listed = frozenset(sheet.raw("id"))

    def levels(text: str) -> tuple[str, ...]:
        found = set(list_of(choice(LEVELS))(text)) or {"county"}
        return tuple(level for level in ("city", "county") if level in found)

    def industry(text: str) -> str:
        known = codes.industries
        if text not in known and not any(code.startswith(text) for code in known):
            raise BadCell("industry-prefix-unknown", part=text)
        return text

    def other_item(text: str) -> str:
        if text not in listed:
            raise BadCell("item-unknown-part", part=text)
        return text

    ids = sheet.read("id", needed(matching(PLAIN_ID, "id-malformed")))
    sheet.mark_twice("id", "id-twice")
    names = sheet.read_names("name")
    own = sheet.read_references("department", departments, "department-unknown")
    basis = sheet.read("basis", read_text)
    competent = sheet.read("levels", levels)
    ways = sheet.read("way", choice(WAYS, "onsite"))
    inspectors = sheet.read("inspectors", whole(2, 50, 2))
    effort = sheet.read("effort", whole(1, 2, 1))
    skills = sheet.read("skills", list_of(read_text))
    caps = sheet.read("yearly_cap", whole(1, 366, None))
    industries = sheet.read("industries", list_of(industry))
    incompatible = sheet.read("incompatible", list_of(other_item))
    modes = sheet.read("mode", choice(MODES, "auto"))
    for i in sheet.good_places():
        if len(skills[i]) > cast("int", inspectors[i]):
            sheet.add(i, "skills", "skills-too-many", inspectors=inspectors[i])
        if ids[i] in incompatible[i]:
            sheet.add(i, "incompatible", "incompatible-self")
        lacking = [level for level in _MODE_NEEDS[modes[i]] if level not in competent[i]]
        if lacking:
            sheet.add(i, "mode", "mode-needs-level", level=", ".join(lacking))
    keys = sheet.keys()
    apart: dict[str, set[str]] = {}
    for i in sheet.good_places():
        for other in incompatible[i]:
            if other in keys.good:
                apart.setdefault(ids[i], set()).add(other)
                apart.setdefault(other, set()).add(ids[i])
    made = [
        Item(
            ids[i],
            names[i],
            own[i],
            basis[i],
            competent[i],
            ways[i],
            cast("int", inspectors[i]),
            cast("int", effort[i]),
            tuple(sorted(skills[i])),
            caps[i],
            tuple(sorted(industries[i])),
            frozenset(apart.get(ids[i], ())),
            modes[i],
        )
        for i in sheet.good_places()
    ]
    return made, keys
