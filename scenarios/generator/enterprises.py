"""The enterprises of a simulated city: where, what, how large, how risky."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optimizer.registers import builtin_codes
from scenarios.generator.chance import SIGMA, Chance, Ints
from scenarios.generator.creditcodes import credit_codes
from scenarios.generator.names import enterprise_names
from scenarios.generator.profiles import Profile
from scenarios.generator.tables import Area, areas, rows

RISKS = ("A", "B", "C", "D", "")
SIZES = ("large", "medium", "small", "micro")
STATUSES = ("active", "closed", "revoked")
ENTERPRISE, SOLE, COOPERATIVE = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """Enterprises as columns of n values.

    Attributes
    ----------
    area
        Index into the counties and the zone (`areas` without the city itself).
    industry
        Index into `classes`.
    kind
        1 enterprise, 2 sole trader, 3 cooperative.
    risk, size, status
        Indices into `RISKS`, `SIZES`, `STATUSES`.
    lat, lon
        Millionths of a degree.
    """

    ids: list[str]
    names: list[str]
    area: Ints
    industry: Ints
    kind: Ints
    risk: Ints
    size: Ints
    status: Ints
    township: list[str]
    in_zone: NDArray[np.bool_]
    major: NDArray[np.bool_]
    cross: NDArray[np.bool_]
    lat: Ints
    lon: Ints

    def __len__(self) -> int:
        return len(self.ids)


@lru_cache(maxsize=1)
def classes() -> tuple[tuple[str, str], ...]:
    """Return (class code, section) of every class a simulated enterprise may have."""
    codes = builtin_codes()
    known = {r["section"] for r in rows("sections.csv")}
    return tuple(
        (code, codes.sections[code])
        for code in sorted(codes.classes)
        if codes.sections[code] in known
    )


def make_city(profile: Profile, seed: int) -> City:
    """Generate the enterprises of a profile."""
    n = profile.enterprises
    section_rows = rows("sections.csv")
    counties = areas(profile.region)[1:]
    area = Chance(seed, "area").pick([a.share for a in counties], n)
    section = Chance(seed, "section").pick([int(r["share"]) for r in section_rows], n)
    industry = _industries(seed, section, [r["section"] for r in section_rows])
    table = {
        name: np.array([int(r[name]) for r in section_rows], dtype=np.int64)
        for name in ("sole", "mu", "sigma", "small", "medium", "large")
    }
    kind = np.where(Chance(seed, "sole").happens(table["sole"][section], n), SOLE, ENTERPRISE)
    farm = section == 0
    kind[farm & (kind == ENTERPRISE) & Chance(seed, "cooperative").happens(700, n)] = COOPERATIVE
    size = _sizes(seed, section, kind, table)
    risk = _risks(seed, section, size, section_rows)
    status = Chance(seed, "status").pick([972, 19, 9], n)
    zone = np.array([a.kind == "zone" for a in counties])[area]
    in_zone = zone | Chance(seed, "in zone").happens(15, n)
    company = kind == ENTERPRISE
    big = (size == 0) | ((section == 1) & (size <= 1))
    major = company & (big | Chance(seed, "major").happens(4, n))
    cross = company & Chance(seed, "cross").happens(np.where(size <= 1, 120, 8), n)
    place = Chance(seed, "township").below(
        np.array([max(1, len(a.townships)) for a in counties], dtype=np.int64)[area], n
    )
    townships = [a.townships or ("",) for a in counties]
    lat, lon = _coordinates(counties, seed, area, place)
    codes = np.array([int(a.code) for a in counties], dtype=np.int64)
    return City(
        ids=credit_codes(kind, codes[area], Chance(seed, "serial").order(n)),
        names=enterprise_names(profile.region, seed, area, section, kind),
        area=area,
        industry=industry,
        kind=kind,
        risk=risk,
        size=size,
        status=status,
        township=[townships[a][p] for a, p in zip(area.tolist(), place.tolist(), strict=True)],
        in_zone=in_zone,
        major=major,
        cross=cross,
        lat=lat,
        lon=lon,
    )


def _industries(seed: int, section: Ints, letters: list[str]) -> Ints:
    """Pick a class in each section; the weights of `classes.csv` go to the longest prefix."""
    listed = {r["prefix"]: int(r["weight"]) for r in rows("classes.csv")}
    longest = {
        code: max((p for p in listed if code.startswith(p)), key=len, default="")
        for code, _ in classes()
    }
    shared: dict[str, int] = {}
    for prefix in longest.values():
        shared[prefix] = shared.get(prefix, 0) + 1
    made = np.zeros(len(section), dtype=np.int64)
    for number, letter in enumerate(letters):
        own = [i for i, (_, s) in enumerate(classes()) if s == letter]
        # A class that no prefix names is rare: two ten-thousandths of a prefix of weight 1.
        weights = []
        for i in own:
            prefix = longest[classes()[i][0]]
            weights.append(10_000 * listed[prefix] // shared[prefix] if prefix else 200)
        here = np.flatnonzero(section == number)
        picked = Chance(seed, f"industry {letter}").pick(weights, len(here))
        made[here] = np.array(own, dtype=np.int64)[picked]
    return made


def _sizes(seed: int, section: Ints, kind: Ints, table: dict[str, Ints]) -> Ints:
    """Give lognormal staff numbers the size classes of the statistical standard.

    `mu` and `sigma` are those of the logarithm of a company's staff, in thousandths; a sole trader
    is smaller by 1.6 in the logarithm.
    """
    noise = Chance(seed, "staff").normal(len(section))
    log_staff = table["mu"][section] + table["sigma"][section] * noise // SIGMA
    log_staff = log_staff - np.where(kind == SOLE, 1600, 0)
    size = np.full(len(section), 3, dtype=np.int64)
    for label, name in ((2, "small"), (1, "medium"), (0, "large")):
        size[log_staff >= _logs(table[name])[section]] = label
    size[(kind == SOLE) & (size < 2)] = 2
    return size


_LN = {10: 2303, 20: 2996, 50: 3912, 100: 4605, 200: 5298, 300: 5704, 1000: 6908}
"""Thousandths of the natural logarithm of every threshold in ``sections.csv``."""


def _logs(thresholds: Ints) -> Ints:
    return np.array([_LN[t] for t in thresholds.tolist()], dtype=np.int64)


def _risks(seed: int, section: Ints, size: Ints, table: list[dict[str, str]]) -> Ints:
    """Give a risk class by section; small ones lack it more often."""
    made = np.zeros(len(section), dtype=np.int64)
    for number, row in enumerate(table):
        weights = np.array([int(row[k]) for k in ("a", "b", "c", "d", "missing")])
        for micro in (False, True):
            here = np.flatnonzero((section == number) & ((size == 3) == micro))
            tilted = weights * ([5, 5, 5, 5, 6] if micro else [5, 5, 5, 5, 1])
            label = f"risk {row['section']} {micro}"
            made[here] = Chance(seed, label).pick(tilted, len(here))
    return made


def _coordinates(
    counties: tuple[Area, ...], seed: int, area: Ints, place: Ints
) -> tuple[Ints, Ints]:
    """Scatter enterprises around the centre of their township."""
    n = len(area)
    known = np.array([a.lat > 0 for a in counties])[area]
    made = []
    for axis in ("lat", "lon"):
        spread = Chance(seed, f"coordinate {axis}").normal(n) * 9_000 // SIGMA
        centre = np.array([getattr(a, axis) for a in counties], dtype=np.int64)[area]
        width = np.array([12_000 if len(a.townships) < 8 else 70_000 for a in counties])[area]
        turn = (place * 5 + (3 if axis == "lon" else 0)) % 9 - 4
        made.append(np.where(known, centre + width * turn // 4 + spread, 0))
    return made[0], made[1]
