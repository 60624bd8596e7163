"""A publication of many enterprises up to its draw, to measure the verifiers with.

    PYTHONPATH=. python tests/verifier/large.py OUT [--size 1000000] [--hash sm3]

The registers are made up and not well-mixed: what matters is how much there is to recompute.
Five orders of two departments in 36 counties: rates by county and risk class, whole sizes by
section, levels within counties, one stratum of everyone, and rates by county and size.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

sys.path.insert(0, str(Path(__file__).parent))

from conftest import Tiny, tiny_city
from stages import ABOUT, DAYS, SECRETS, SEED

from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.days import Span
from optimizer.domain.enterprise import Enterprise
from optimizer.flow import Given, commit_step, reveal_step
from optimizer.io.dossier import write_dossier

WINDOW = Span(date(2026, 1, 5), date(2026, 1, 30))
RATES = MappingProxyType({"A": Fraction(3, 100), "B": Fraction(1, 20), "": Fraction(1, 50)})


def orders(size: int) -> tuple[DrawOrder, ...]:
    """Return five orders that reach most enterprises each."""
    weights = {"A": Fraction(1), "B": Fraction(5, 2), "": Fraction(4)}
    return (
        DrawOrder("F-01", "fire", WINDOW, ("county", "risk"), rates=RATES, reserves=2),
        DrawOrder("F-02", "fire", WINDOW, ("section",), size=size // 80, reserves=5),
        DrawOrder(
            "M-01", "market", WINDOW, ("county",), rate=Fraction(1, 40), levels_by="risk",
            weights=weights, reserves=1,
        ),
        DrawOrder("M-02", "market", WINDOW, (), rate=Fraction(1, 30), reserves=3),
        DrawOrder("M-09", "market", WINDOW, ("county", "size"), rate=Fraction(1, 100)),
    )  # fmt: skip


def large_city(size: int, hash: str = "sha256") -> Tiny:
    """Return the tiny city with so many enterprises."""
    city = tiny_city()
    counties = [f"14{n:04d}" for n in range(300, 336)]
    enterprises = {}
    for n in range(size):
        key = f"91140300MA{n:08d}"
        enterprises[key] = Enterprise(
            id=key,
            name="",
            county=counties[n * 7 % 36],
            industry=("5212", "2614")[n % 3 == 0],
            risk=("A", "B", "")[n // 5 % 3],
            size=("small", "large")[n % 2],
            zones=("high-tech",) if n % 4 == 0 else (),
        )
    units = {
        f"{unit.department}-{county}": replace(unit, id=f"{unit.department}-{county}", area=county)
        for unit in city.registers.units.values()
        if unit.level == "county"
        for county in counties
    }
    units |= {key: unit for key, unit in city.registers.units.items() if unit.level == "city"}
    registers = replace(
        city.registers,
        enterprises=enterprises,
        units=units,
        inspectors={},
        triggered=(),
        visits_made=(),
        areas=dict.fromkeys([*counties, "140300"], ""),
        files=(replace(city.registers.files[0], rows=size, excluded=()),),
    )
    return replace(
        city, registers=registers, campaign=Campaign("large-2026", orders(size), hash=hash)
    )


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="a new folder; the publication is OUT/public")
    parser.add_argument("--size", type=int, default=10**6)
    parser.add_argument("--hash", choices=("sha256", "sm3"), default="sha256")
    args = parser.parse_args()
    city = large_city(args.size, args.hash)
    days = {name: Given(city, DAYS[name], {}) for name in ("commit", "reveal")}
    now = commit_step(None, days["commit"], SECRETS, sealed=False, about=ABOUT)
    args.out.mkdir(parents=True)
    write_dossier(args.out, reveal_step(now, days["reveal"], SEED), check=lambda folder: None)


if __name__ == "__main__":
    main()
