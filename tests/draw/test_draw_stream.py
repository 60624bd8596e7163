"""The draw of a frame in parts is the draw of the frame, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster
from draw_city import make_case, make_order
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.canon import SHA256, SM3, canonical
from optimizer.domain.campaign import Campaign
from optimizer.domain.days import Span
from optimizer.draw import Dice, draw_enterprises, make_spec
from optimizer.draw.given import FrameLike
from optimizer.draw.parts import make_part, strata_names
from optimizer.draw.spec import Spec
from optimizer.draw.stream import draw_stream
from optimizer.errors import InputError
from optimizer.io.parts import ParquetPart, part_table

ORDERS = (
    make_order(reserves=2),
    make_order("F-01", "fire", size=1, strata_by=("county",), reserves=1),
    make_order("F-02", "fire", rate=Fraction(1, 3), strata_by=()),
    make_order(rate=Fraction(1, 7), strata_by=("size",), id="M-01-autumn", reserves=3),
    make_order("F-03", "fire", rate=Fraction(0), strata_by=("risk",)),
)
ROLLS = "31415926535897932384"


class Large:
    """A frame of any size in arrays: what the draw needs, without the lines."""

    campaign = "large-2026"
    root = hashlib.sha256(b"large").hexdigest()
    hash = SHA256

    def __init__(self, count: int, strata: int) -> None:
        number = np.arange(count, dtype=np.int64)
        self.ids = tuple(f"9114{n:014d}" for n in range(count))
        counties = tuple(f"{140000 + n}" for n in range(strata // 4))
        self.labels = {
            "county": ((number * 7919 % len(counties)).astype(np.int32), counties),
            "risk": ((number // 3 % 4).astype(np.int32), ("k1", "k2", "k3", "k4")),
        }
        everyone = np.arange(count, dtype=np.int32)
        self.eligible = {"M-01": everyone, "F-01": everyone[number % 5 > 0]}


def large_case(count: int, strata: int = 400) -> tuple[FrameLike, Spec]:
    """Two orders over `strata` strata and over one."""
    span = Span(date(2026, 3, 1), date(2026, 6, 30))
    rates = {f"k{n}": Fraction(n, 100) for n in range(1, 5)}
    both = (
        make_order(strata_by=("county", "risk"), rates=rates, reserves=3, window=span),
        make_order("F-01", "fire", rate=Fraction(1, 50), strata_by=(), window=span),
    )
    frame = Large(count, strata)
    return frame, make_spec(frame, Campaign(frame.campaign, both))


def spread(frame: FrameLike, spec: Spec, number: int) -> list[np.ndarray]:
    """Deal the frame's positions to `number` parts, neighbours apart."""
    return [np.arange(k, len(frame.ids), number) for k in range(number)]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(3, 150), st.integers(1, 6), st.sampled_from([0.0, 0.1, 1.0]))
def test_any_parts_and_any_cut_give_the_draw(count: int, number: int, slack: float) -> None:
    """However the frame is dealt out, whatever the first cuts, in any order of the parts."""
    frame, spec = make_case(count, *ORDERS, industries={"F-02": ("F", "H")})
    if count % 2:
        frame = replace(frame, hash=SM3)
        spec = make_spec(frame, Campaign(frame.campaign, spec.orders, hash="sm3"))
    draw = draw_enterprises(frame, spec, seed=Dice(ROLLS))
    parts = [make_part(frame, spec, members=own) for own in spread(frame, spec, number)]
    key = bytes.fromhex(draw.document["key"])
    for own in (parts, parts[::-1]):
        items = draw_stream(own, spec.document, key, slack=slack)
        assert canonical(items) == canonical(draw.document["items"])


@contextmanager
def dask_executor(workers: int) -> Iterator[Executor]:
    """The executor of a cluster of `workers` in this process."""
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory):
    """10^6 enterprises in 400 strata: spec, key, items of the draw, sources in memory and files."""
    frame, spec = large_case(1_000_000)
    draw = draw_enterprises(frame, spec, seed=Dice(ROLLS))
    folder = tmp_path_factory.mktemp("parts")
    names = strata_names(spec.document)
    county = frame.labels["county"][0]
    for k in range(8):
        part = make_part(frame, spec, members=np.flatnonzero(county % 8 == k))
        pq.write_table(part_table(names, part), folder / f"{k}.parquet", row_group_size=40_000)
    sources = [ParquetPart(str(path)) for path in sorted(folder.glob("*.parquet"))]
    key = bytes.fromhex(draw.document["key"])
    return spec.document, key, draw.document["items"], make_part(frame, spec), sources


def test_a_province_in_memory_and_from_files(province) -> None:
    """10^6 enterprises, in one part, one file a county, one row group a part: the same bytes."""
    spec, key, items, whole, sources = province
    assert canonical(draw_stream([whole], spec, key)) == canonical(items)
    assert canonical(draw_stream(sources, spec, key)) == canonical(items)
    one_by_one = [
        ParquetPart(source.path, (group,))
        for source in sources
        for group in range(pq.ParquetFile(source.path).num_row_groups)
    ]
    assert len(one_by_one) > 20
    assert canonical(draw_stream(one_by_one, spec, key)) == canonical(items)


def test_no_executor_changes_the_draw(province) -> None:
    """Threads, processes, and dask.distributed with one worker or two: the same bytes."""
    spec, key, items, _, sources = province
    for make in (
        lambda: ThreadPoolExecutor(3),
        lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
        lambda: dask_executor(1),
        lambda: dask_executor(2),
    ):
        with make() as executor:
            found = draw_stream(sources, spec, key, executor=executor)
        assert canonical(found) == canonical(items)


def test_files_of_any_order_and_kind(tmp_path: Path) -> None:
    """Rows unsorted, plain texts for strata, fixed-size identifiers, columns in any order."""
    frame, spec = make_case(500, *ORDERS)
    draw = draw_enterprises(frame, spec, seed=Dice(ROLLS))
    key = bytes.fromhex(draw.document["key"])
    names = strata_names(spec.document)
    table = part_table(names, make_part(frame, spec))
    mixed = table.take(pa.array(np.random.default_rng(3).permutation(len(table))))
    plain = pa.table({name: mixed.column(name).cast(pa.string()) for name in table.column_names})
    fixed = plain.set_column(0, "id", pc.cast(plain.column("id"), pa.binary()).cast(pa.binary(8)))
    assert (np.char.str_len(np.array(frame.ids)) == 8).all()
    for number, one in enumerate((mixed, plain, fixed, plain.select(plain.column_names[::-1]))):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(one, path, row_group_size=170)
        items = draw_stream([ParquetPart(str(path))], spec.document, key)
        assert canonical(items) == canonical(draw.document["items"])


def test_parts_that_are_not_the_frame_are_refused(tmp_path: Path) -> None:
    """A part too many or too few, an enterprise twice, a stratum or column that is not there."""
    frame, spec = make_case(90, make_order(rate=Fraction(1), strata_by=("size",)))
    names = strata_names(spec.document)
    parts = [make_part(frame, spec, members=own) for own in spread(frame, spec, 3)]

    def codes(sources) -> set[str]:
        with pytest.raises(InputError) as error:
            draw_stream(sources, spec.document, bytes(32))
        return {fault.code for fault in error.value.faults}

    assert codes(parts[:2]) == codes([]) == codes([*parts, parts[0]]) == {"parts-population"}
    # Two of one size stand for two others of the same size, so that only the names tell.
    twice = make_part(frame, spec, members=np.array([*range(28), 14, 15]))
    assert frame.labels["size"][0][[14, 15]].tolist() == frame.labels["size"][0][[28, 29]].tolist()
    assert codes([twice, make_part(frame, spec, members=np.arange(30, 90))]) == {
        "parts-enterprise-twice"
    }
    more = {**spec.document, "hash": "sha512", "items": [{**spec.document["items"][0], "deal": 1}]}
    with pytest.raises(InputError) as error:
        draw_stream(parts, more, bytes(32))
    assert [fault.field for fault in error.value.faults] == ["hash", "items[0].deal"]
    path = tmp_path / "part.parquet"
    table = part_table(names, parts[0])
    wrong = {
        "parts-column": table.drop_columns(["M-01"]),
        "parts-stratum": table.set_column(1, "M-01", pa.array(["tiny"] * len(table))),
        "parts-id": table.set_column(0, "id", pa.array([""] * len(table))),
    }
    for code, one in wrong.items():
        pq.write_table(one, path)
        assert codes([ParquetPart(str(path))]) == {code}
