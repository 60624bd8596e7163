"""A country's enterprises, county by county: the same ones on every machine.

Everything follows from an enterprise's number by integers, so a county is made without the
others. Counties: 31 provinces of 11 cities of 8 counties, of sizes that differ by up to nine
times. Two orders: the market department's by county and risk at 1 to 4 %, the fire department's
by county at 1 % of the three fifths that its item applies to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from optimizer.domain.registry import Document
from optimizer.draw.packed import pack_array
from optimizer.draw.parts import Part, sort_by_cell
from optimizer.frame.leaf import line, part

RISKS = ("k1", "k2", "k3", "k4")
RATES = (Fraction(1, 100), Fraction(2, 100), Fraction(3, 100), Fraction(4, 100))
SHARES = (55, 80, 95, 100)
"""Upper hundredths of each risk class."""
RESERVES = 1
ORDERS = ("F-01", "M-01")
WIDTH = 18
_ROW_GROUP = 1 << 20
_FEWEST, _LEAST = 16, 1000
"""A small country has fewer counties, of a thousand enterprises or so."""
_SALT, _RISK = 32, 64
_LINES = 1 << 13
_PROVINCE = 100
_IDS = pa.binary(WIDTH)


@dataclass(frozen=True, slots=True)
class County:
    """One county: its code, the number of its first enterprise, how many it has."""

    code: str
    first: int
    count: int


def counties(total: int, number: int | None = None) -> list[County]:
    """Return the counties of a country of `total` enterprises, in order of code.

    Parameters
    ----------
    number
        How many counties; by default all, fewer in a small country.
    """
    codes = [
        f"{province:02d}{city:02d}{county:02d}"
        for province in range(11, 42)
        for city in range(1, 12)
        for county in range(1, 9)
    ][: number or max(_FEWEST, total // _LEAST)]
    weights = [1 + hashlib.sha256(code.encode()).digest()[0] % 9 for code in codes]
    ends = [total * upto // sum(weights) for upto in np.cumsum(weights).tolist()]
    return [
        County(code, first, end - first)
        for code, first, end in zip(codes, [0, *ends[:-1]], ends, strict=True)
    ]


def identifiers(county: County) -> NDArray[np.uint8]:
    """Return the county's identifiers in their order, shape (count, 18)."""
    table = np.empty((county.count, WIDTH), dtype=np.uint8)
    table[:, :8] = np.frombuffer(f"91{county.code}".encode(), dtype=np.uint8)
    rest = np.arange(county.first, county.first + county.count, dtype=np.int64)
    for column in range(WIDTH - 1, 7, -1):
        rest, digit = np.divmod(rest, 10)
        table[:, column] = digit + ord("0")
    return table


def positions(county: County) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return each enterprise's risk class and whether the fire department's item applies."""
    number = np.arange(county.first, county.first + county.count, dtype=np.uint64)
    mixed = (number * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    risk = np.searchsorted(SHARES, (mixed % np.uint64(100)).astype(np.int64), side="right")
    return risk.astype(np.int32), (mixed // np.uint64(100)) % np.uint64(5) < 3


def write_county(county: County, folder: Path) -> list[int]:
    """Sort a county by stratum and write it; return its enterprises by risk, then for fire."""
    risk, fire = positions(county)
    codes = np.stack([np.where(fire, 0, -1).astype(np.int32), risk])
    order, _, _ = sort_by_cell(codes)
    ids = identifiers(county)[order]
    table = pa.table(
        {
            "id": _array(ids),
            "F-01": pa.DictionaryArray.from_arrays(
                pa.array(codes[0][order], mask=codes[0][order] < 0), [county.code]
            ),
            "M-01": pa.DictionaryArray.from_arrays(
                pa.array(codes[1][order]), [f"{county.code}|{name}" for name in RISKS]
            ),
        }
    )
    pq.write_table(
        table,
        folder / f"{county.code}.parquet",
        row_group_size=_ROW_GROUP,
        use_dictionary=list(ORDERS),
        compression="lz4",
    )
    return [*np.bincount(risk, minlength=len(RISKS)).tolist(), int(fire.sum())]


def province(total: int) -> tuple[Part, dict[str, list[int]]]:
    """Return a hundred counties in memory, packed and sorted by county and risk; and `counted`."""
    own = counties(total, _PROVINCE)
    ids, bounds, counted = [], [0], {}
    for county in own:
        risk, fire = positions(county)
        ids.append(identifiers(county)[np.argsort(risk, kind="stable")])
        sizes = np.bincount(risk, minlength=len(RISKS)).tolist()
        counted[county.code] = [*sizes, int(fire.sum())]
        bounds += [bounds[-1] + upto for upto in np.cumsum(sizes).tolist()]
    packed = pack_array(_array(np.concatenate(ids)))
    strata = np.cumsum([size > 0 for found in counted.values() for size in found[:-1]]) - 1
    return Part(packed, np.array(bounds), strata.astype(np.int32)[:, None]), counted


def spec_of(counted: dict[str, list[int]], root: str) -> Document:
    """Return ``spec.json`` of both orders; strata without members are none."""
    market = [
        {"stratum": f"{code}|{name}", "population": many, "rate": str(rate)}
        for code, found in counted.items()
        for name, rate, many in zip(RISKS, RATES, found[:-1], strict=True)
        if many
    ]
    fire = [
        {"stratum": code, "population": found[-1], "rate": "1/100"}
        for code, found in counted.items()
        if found[-1]
    ]
    window = ["2026-03-01", "2026-06-30"]
    entries = [
        ("F-01", "fire", ["county"], fire),
        ("M-01", "market", ["county", "risk"], market),
    ]
    return {
        "format": "double-random/spec/v1",
        "campaign": "nation",
        "frame_root": root,
        "mode": "open",
        "seed_source": {"source": "fixed"},
        "binds": {},
        "items": [
            {
                "item": item,
                "department": department,
                "strata_by": fields,
                "reserves": RESERVES,
                "window": window,
                "strata": strata,
            }
            for item, department, fields, strata in entries
        ],
    }


def frame_lines(county: County) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Yield the frame's lines in order of identifier, a chunk at a time, and their bounds.

    The lines are those of ``frame.jsonl``, of the same lengths and fields; salts and commitments
    to risk classes are a counter-based generator's, as only their hashing is measured.
    """
    risk, fire = positions(county)
    ids = identifiers(county)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    samples, places = zip(
        *(_sample(county.code, kind) for kind in range(2 * len(RISKS))), strict=True
    )
    sizes = np.array([len(sample) for sample in samples])
    models = np.stack(
        [np.frombuffer(sample.ljust(int(sizes.max())), dtype=np.uint8) for sample in samples]
    )
    for start in range(0, county.count, _LINES):
        kinds = (risk * 2 + fire)[start : start + _LINES]
        lines = models[kinds]
        noise = np.random.Generator(np.random.Philox(key=county.first + start)).bytes(
            len(kinds) * (_SALT + _RISK) // 2
        )
        raw = np.frombuffer(noise, dtype=np.uint8).reshape(len(kinds), -1)
        hexes = np.empty((len(kinds), _SALT + _RISK), dtype=np.uint8)
        hexes[:, ::2], hexes[:, 1::2] = digits[raw >> 4], digits[raw & 15]
        for kind, (identifier, risk_at, salt) in enumerate(places):
            own = np.flatnonzero(kinds == kind)
            lines[own, identifier : identifier + WIDTH] = ids[start : start + _LINES][own]
            lines[own, risk_at : risk_at + _RISK] = hexes[own, _SALT:]
            lines[own, salt : salt + _SALT] = hexes[own, :_SALT]
        lengths = sizes[kinds]
        within = np.arange(lines.shape[1]) < lengths[:, None]
        yield lines[within], np.concatenate(([0], np.cumsum(lengths)))


def _array(ids: NDArray[np.uint8]) -> pa.Array:
    return pa.Array.from_buffers(_IDS, len(ids), [None, pa.py_buffer(ids.tobytes())])


def _sample(code: str, kind: int) -> tuple[bytes, tuple[int, int, int]]:
    """Return a line of one kind, and where identifier, commitment and salt stand in it."""
    labels = {
        "county": code,
        "risk": RISKS[kind // 2],
        "section": "F",
        "size": "small",
        "zones": "",
    }
    whole = line(
        county=code,
        identifier="I" * WIDTH,
        industry="5212",
        items=part(["F-01", "M-01"] if kind % 2 else ["M-01"]),
        labels=part(labels),
        out="{}",
        risk="r" * _RISK,
        salt="s" * _SALT,
        zones="[]",
    )
    return whole, (whole.index(b"I" * WIDTH), whole.index(b"r" * _RISK), whole.index(b"s" * _SALT))
