"""From a level to the units that attend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optimizer.checks.level import Level, level_of
from optimizer.domain.campaign import Campaign
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.errors import Fault, InputError

_ATTENDING = {"county": ("county",), "city": ("city",), "joint": ("county", "city")}


class Routes:
    """Finds the units of checks and gathers what is missing.

    Parameters
    ----------
    units
        The register of units; one for each department, level and area.
    rules
        The level rule in force.
    """

    def __init__(self, units: Mapping[str, Unit], rules: RuleSet) -> None:
        self._rule = rules.level
        self._county = {(u.department, u.area): u.id for u in units.values() if u.level == "county"}
        self._city = {u.department: u.id for u in units.values() if u.level == "city"}
        self._missing: dict[tuple[str, str, str], tuple[Item, Level]] = {}

    def route(self, item: Item, enterprise: Enterprise) -> tuple[Level, tuple[str, ...]]:
        """Return the level and the units that attend, county before city.

        A unit that does not exist is left out and remembered for `refuse_missing`.
        """
        level = level_of(item, enterprise, self._rule)
        units = []
        for attending in _ATTENDING[level.level]:
            if attending == "county":
                area = enterprise.county
                unit = self._county.get((item.department, area))
            else:
                area = ""
                unit = self._city.get(item.department)
            if unit is None:
                self._missing.setdefault((item.id, attending, area), (item, level))
            else:
                units.append(unit)
        return level, tuple(units)

    def refuse_missing(self) -> None:
        """Raise an `InputError` that names every item and county without a unit, if any."""
        faults = [
            Fault(
                "unit-missing",
                "units",
                field="area" if area else "level",
                value=area or attending,
                expected=(
                    f"item {item.id} goes to the {attending} unit of department {item.department}"
                    + (f" in county {area}" if area else "")
                    + f" ({level.reason}); expected such a unit"
                ),
                mend="Add the unit, or let another level do the item.",
            )
            for (_, attending, area), (item, level) in sorted(self._missing.items())
        ]
        if faults:
            raise InputError(faults)


def check_routes(registers: Registers, campaign: Campaign, rules: RuleSet) -> None:
    """Refuse a campaign some of whose possible checks have no unit, before anything is drawn.

    Every enterprise that an order could draw and every triggered check is routed, those excluded
    from the draw included.

    Raises
    ------
    InputError
        Naming item and county of each missing unit.
    """
    routes = Routes(registers.units, rules)
    alike = _alike(registers.enterprises.values())
    for key in sorted({order.item for order in campaign.orders} & set(registers.items)):
        item = registers.items[key]
        for enterprise in alike:
            section = registers.sections.get(enterprise.industry, "")
            if not item.industries or any(
                prefix == section or enterprise.industry.startswith(prefix)
                for prefix in item.industries
            ):
                routes.route(item, enterprise)
    for report in registers.triggered:
        routes.route(registers.items[report.item], registers.enterprises[report.enterprise])
    routes.refuse_missing()


def _alike(enterprises: Iterable[Enterprise]) -> list[Enterprise]:
    """Return one active enterprise of each kind that routing and population can tell apart."""
    found: dict[tuple[str, str, bool, bool], Enterprise] = {}
    for enterprise in enterprises:
        if enterprise.status == "active":
            kind = (
                enterprise.county,
                enterprise.industry,
                enterprise.major,
                enterprise.cross_county,
            )
            found.setdefault(kind, enterprise)
    return list(found.values())
