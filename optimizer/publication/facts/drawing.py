"""The first draw by item and by department: population, rate, sampled, expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from optimizer.domain.registry import Document


@dataclass(frozen=True, slots=True)
class StratumDraw:
    """One stratum as drawn."""

    stratum: str
    population: int
    probability: Fraction
    sample: tuple[str, ...]
    reserves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemDraw:
    """One item as ordered and drawn.

    Attributes
    ----------
    number
        1-based place in the spec; the task's number in the notices.
    order
        The order's own key where several are for one item, else ``""``.
    """

    number: int
    item: str
    order: str
    department: str
    strata_by: tuple[str, ...]
    window: tuple[str, str]
    strata: tuple[StratumDraw, ...]

    @property
    def population(self) -> int:
        """Eligible enterprises."""
        return sum(s.population for s in self.strata)

    @property
    def sampled(self) -> int:
        """Enterprises drawn."""
        return sum(len(s.sample) for s in self.strata)

    @property
    def expected(self) -> Fraction:
        """Expected number drawn, exactly."""
        return sum((s.probability * s.population for s in self.strata), Fraction(0))

    @property
    def rates(self) -> tuple[Fraction, Fraction]:
        """Least and greatest inclusion probability among the strata."""
        found = [s.probability for s in self.strata] or [Fraction(0)]
        return min(found), max(found)


@dataclass(frozen=True, slots=True)
class DepartmentDraw:
    """All items of one department together; an enterprise counts once for each item."""

    department: str
    items: int
    population: int
    sampled: int
    expected: Fraction


def _key(entry: Document) -> str:
    return str(entry.get("order") or entry["item"])


def item_draws(spec: Document, draw: Document) -> tuple[ItemDraw, ...]:
    """Join what was ordered with what was drawn, in the order of the spec."""
    drawn: Mapping[str, Document] = {_key(entry): entry for entry in draw["items"]}
    return tuple(
        ItemDraw(
            number=number,
            item=order["item"],
            order=order.get("order", ""),
            department=order["department"],
            strata_by=tuple(order["strata_by"]),
            window=(order["window"][0], order["window"][1]),
            strata=tuple(
                StratumDraw(
                    s["stratum"],
                    s["population"],
                    Fraction(s["probability"]),
                    tuple(s["sample"]),
                    tuple(s["reserves"]),
                )
                for s in drawn[_key(order)]["strata"]
            ),
        )
        for number, order in enumerate(spec["items"], start=1)
    )


def department_draws(items: Sequence[ItemDraw]) -> tuple[DepartmentDraw, ...]:
    """Add the items up by department, most drawn first."""
    grouped: dict[str, list[ItemDraw]] = {}
    for item in items:
        grouped.setdefault(item.department, []).append(item)
    rows = (
        DepartmentDraw(
            department,
            len(group),
            sum(i.population for i in group),
            sum(i.sampled for i in group),
            sum((i.expected for i in group), Fraction(0)),
        )
        for department, group in grouped.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.sampled, row.department)))
