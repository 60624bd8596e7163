"""The register of units (执法主体)."""

from __future__ import annotations

from optimizer.domain.unit import Unit
from optimizer.registers.cells import choice, matching, needed
from optimizer.registers.codes import CodeLists
from optimizer.registers.fault import BadCell
from optimizer.registers.sheet import Keys, Sheet

LEVELS = {
    "city": "city",
    "county": "county",
    "township": "township",
    "市级": "city",
    "县级": "county",
    "乡镇": "township",
}
PLAIN_ID = r"[0-9A-Za-z-]{1,40}"


def read_units(sheet: Sheet, codes: CodeLists, *, city: str) -> tuple[list[Unit], Keys, Keys]:
    """Read the register; faults are left in the sheet.

    Returns
    -------
    tuple
        Units of the rows without fault, identifiers of units, identifiers of departments.
    """

    def area(text: str) -> str:
        if text != city and text not in codes.areas:
            raise BadCell("area-unknown", near=sheet.guess(lambda: codes.near_county(text, city)))
        return text

    plain = needed(matching(PLAIN_ID, "id-malformed"))
    ids = sheet.read("id", plain)
    sheet.mark_twice("id", "id-twice")
    names = sheet.read_names("name")
    departments = sheet.read("department", plain)
    titles = sheet.read_names("department_name")
    levels = sheet.read("level", choice(LEVELS))
    areas = sheet.read("area", needed(area))
    _check_places(sheet, departments, levels, areas, city)
    _check_titles(sheet, departments, titles)
    made = [
        Unit(ids[i], names[i], departments[i], titles[i], levels[i], areas[i])
        for i in sheet.good_places()
    ]
    return made, sheet.keys(), sheet.keys("department")


def _check_places(
    sheet: Sheet, departments: list[str], levels: list[str], areas: list[str], city: str
) -> None:
    """A city unit serves the city, a county unit a county, one unit each of a department."""
    seen: dict[tuple[str, str, str], int] = {}
    for i in sheet.good_places():
        if levels[i] == "city" and city and areas[i] != city:
            sheet.add(i, "area", "unit-area-city", city=city)
            continue
        if levels[i] == "township":
            continue
        key = (departments[i], levels[i], areas[i])
        first = seen.setdefault(key, i)
        if first != i:
            sheet.add(i, "area", "unit-place-twice", first=int(sheet.table.rows[first]))


def _check_titles(sheet: Sheet, departments: list[str], titles: list[str]) -> None:
    """A department has one name: the one that stands first."""
    seen: dict[str, str] = {}
    for i in sheet.good_places():
        first = seen.setdefault(departments[i], titles[i])
        if first != titles[i]:
            sheet.add(i, "department_name", "department-name-differs", first=first)
