"""Names for identifiers, from the registers; the identifier itself where there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.unit import Unit

_SIZES = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}


@dataclass(frozen=True, slots=True)
class Names:
    """Looks names up; never raises for an unknown identifier."""

    registers: Registers
    _departments: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        units = self.registers.units.values()
        object.__setattr__(
            self, "_departments", {unit.department: unit.department_name for unit in units}
        )

    def enterprise(self, ident: str) -> str:
        """Return the enterprise's name."""
        found = self.registers.enterprises.get(ident)
        return found.name if found else ident

    def county(self, enterprise: str) -> str:
        """Return the area code of an enterprise's county, or ``""``."""
        found = self.registers.enterprises.get(enterprise)
        return found.county if found else ""

    def area(self, code: str) -> str:
        """Return the area's name."""
        return self.registers.areas.get(code, code)

    def unit(self, ident: str) -> str:
        """Return the unit's name."""
        found = self.registers.units.get(ident)
        return found.name if found else ident

    def unit_of(self, ident: str) -> Unit | None:
        """Return the unit's record, if there is one."""
        return self.registers.units.get(ident)

    def department(self, ident: str) -> str:
        """Return the department's name."""
        return self._departments.get(ident, ident)

    def item(self, ident: str) -> str:
        """Return the item's name."""
        found = self.registers.items.get(ident)
        return found.name if found else ident

    def item_of(self, ident: str) -> Item | None:
        """Return the item's record, if there is one."""
        return self.registers.items.get(ident)

    def industry(self, code: str) -> str:
        """Return the industry's or section's name, with its code."""
        name = self.registers.industries.get(code, "")
        return f"{name}（{code}）" if name else code

    def label(self, field_name: str, value: str) -> str:
        """Return how one part of a stratum's name reads in Chinese.

        Risk classes are not public: their opaque labels are shown as they are.
        """
        if field_name == "county":
            return self.area(value)
        if field_name == "risk":
            return f"风险标签 {value}" if value else "未分级"
        if field_name == "size":
            return _SIZES.get(value, value) or "规模未登记"
        if field_name == "section":
            return self.industry(value)
        return value or "非特殊区域"

    def stratum(self, fields: list[str], stratum: str) -> str:
        """Return how a stratum's name reads in Chinese."""
        if not fields:
            return "全部"
        parts = stratum.split("|")
        if len(parts) != len(fields):
            return stratum
        return " · ".join(self.label(f, v) for f, v in zip(fields, parts, strict=True))
