"""The stages of `benchmarks.nation`, each run in a process of its own."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.nation_frame import (
    County,
    counties,
    frame_lines,
    identifiers,
    positions,
    province,
    spec_of,
    write_county,
)
from optimizer.canon import canonical, digest
from optimizer.canon.spans import Span, join, leaf_hashes, make_span
from optimizer.domain.registry import Document
from optimizer.draw import draw_stream, strata_names, ticket
from optimizer.draw.seed import draw_seed
from optimizer.draw.sources import Fixed
from optimizer.io.parts import ParquetPart

CHECKED = 3
"""Counties drawn anew by the definition, to hold the result to."""
_PROVINCE = 4_000_000
"""Enterprises of a province, drawn from memory beside the country."""


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run one stage; in a process of its own."""
    folder = Path(job["folder"])
    own = [county for county in counties(job["enterprises"]) if county.count]
    run: Callable[..., dict[str, Any]] = {
        "commit": _commit,
        "root": _root,
        "read": _read,
        "draw": _draw,
        "province": _province,
    }[job["stage"]]
    with ThreadPoolExecutor(job["workers"]) as executor:
        return run(own, folder, executor)


class _Clock:
    """Seconds by the wall and of the processor, all threads together."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def found(self) -> dict[str, float]:
        return {
            "seconds": time.perf_counter() - self._begun[0],
            "cpu_seconds": time.process_time() - self._begun[1],
        }


def _commit(own: list[County], folder: Path, executor: ThreadPoolExecutor) -> dict[str, Any]:
    clock = _Clock()
    found = executor.map(lambda county: write_county(county, folder), own)
    counted = dict(zip([county.code for county in own], found, strict=True))
    size = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    (folder / "counted.json").write_text(json.dumps(counted), "utf-8")
    return {**clock.found(), "mib": size >> 20}


def _root(own: list[County], folder: Path, executor: ThreadPoolExecutor) -> dict[str, Any]:
    fast = _has_instructions() or None

    def span(county: County) -> tuple[Span, float, float]:
        spans, hashing, making, begin = [], 0.0, 0.0, county.first
        before = time.thread_time()
        for data, bounds in frame_lines(county):
            begun = time.thread_time()
            spans.append(make_span(begin, leaf_hashes(data, bounds, fast=fast), fast=fast))
            begin += len(bounds) - 1
            making += begun - before
            before = time.thread_time()
            hashing += before - begun
        return join(spans), hashing, making

    clock = _Clock()
    spans, hashing, making = zip(*executor.map(span, own), strict=True)
    root = join(spans).root.hex()
    spec = spec_of(json.loads((folder / "counted.json").read_text("utf-8")), root)
    (folder / "spec.json").write_bytes(canonical(spec))
    # By the wall, making and hashing take turns; hashing has its share of it.
    share = sum(hashing) / (sum(hashing) + sum(making))
    return {
        "seconds": clock.found()["seconds"] * share,
        "cpu_seconds": sum(hashing),
        "making": sum(making),
        "root": root,
    }


def _province(own: list[County], folder: Path, executor: ThreadPoolExecutor) -> dict[str, Any]:
    total = min(_PROVINCE, own[-1].first + own[-1].count)
    part, counted = province(total)
    spec = spec_of(counted, "")
    spec = {**spec, "items": spec["items"][1:]}
    key = hashlib.sha256(b"province").digest()
    best: dict[str, float] = {}
    items: list[Document] = []
    for _ in range(4):  # the first loads the compiled loops
        clock = _Clock()
        items = draw_stream([part], spec, key)
        times = clock.found()
        best = min(best or times, times, key=lambda one: one["cpu_seconds"])
    code, last = next(iter(counted)), list(counted)[-1]
    checks = [
        _agrees(c, items, key) for c in counties(total, len(counted)) if c.code in (code, last)
    ]
    return {
        **best,
        "enterprises": total,
        "workers": 1,
        "strata": len(items[0]["strata"]),
        "agrees": all(agrees and many for agrees, many in checks),
    }


def _has_instructions() -> bool:
    try:
        import optimizer.canon.fast_tree  # noqa: F401 - it says by itself
    except ImportError:
        return False
    return True


def _sources(own: list[County], folder: Path) -> list[ParquetPart]:
    return [ParquetPart(str(folder / f"{county.code}.parquet")) for county in own]


def _read(own: list[County], folder: Path, executor: ThreadPoolExecutor) -> dict[str, Any]:
    spec = json.loads((folder / "spec.json").read_text("utf-8"))
    names = strata_names(spec)
    clock = _Clock()
    count = sum(executor.map(lambda one: sum(map(len, one.parts(names))), _sources(own, folder)))
    assert count == own[-1].first + own[-1].count
    return clock.found()


def _draw(own: list[County], folder: Path, executor: ThreadPoolExecutor) -> dict[str, Any]:
    spec = json.loads((folder / "spec.json").read_text("utf-8"))
    seed = draw_seed(
        Fixed("nation"),
        campaign="nation",
        frame_root=spec["frame_root"],
        spec_digest=digest(canonical(spec)),
    )
    key = bytes.fromhex(seed["key"])
    clock = _Clock()
    items = draw_stream(_sources(own, folder), spec, key, executor=executor)
    times = clock.found()
    chosen = own[:: max(1, len(own) // CHECKED)][:CHECKED]
    checks = [_agrees(county, items, key) for county in chosen]
    sha256 = hashlib.sha256()
    for item in items:
        for stratum in item["strata"]:
            sha256.update(canonical(stratum))
    return {
        **times,
        "agrees": all(agrees for agrees, _ in checks),
        "checked_counties": len(checks),
        "checked": sum(many for _, many in checks),
        "counties": len(own),
        "strata": sum(len(item["strata"]) for item in items),
        "drawn": sum(stratum["size"] for item in items for stratum in item["strata"]),
        "digest": sha256.hexdigest(),
    }


def _agrees(county: County, items: list[Document], key: bytes) -> tuple[bool, int]:
    """Draw a county's strata by the definition; return whether all are the same, and how many."""
    risk, fire = positions(county)
    ids = [row.tobytes().decode() for row in identifiers(county)]
    members = {f"{county.code}|k{n + 1}": np.flatnonzero(risk == n) for n in range(4)}
    members[county.code] = np.flatnonzero(fire)
    agrees, many = True, 0
    for stratum in (s for item in items for s in item["strata"] if s["stratum"] in members):
        names = [ids[place] for place in members[stratum["stratum"]].tolist()]
        names.sort(key=lambda name: ticket(key, name))
        taken = stratum["sample"] + stratum["reserves"]
        agrees &= names[: len(taken)] == taken and len(stratum["sample"]) == stratum["size"]
        many += 1
    return agrees, many
