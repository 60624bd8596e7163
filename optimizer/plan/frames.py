"""Plans from tables to tables, a block at a time: for a province, and for researchers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.days import Calendar
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.errors import InputError
from optimizer.plan.blocks import Block, BlockPlan, Places, pack, plan_block, plan_packed, split
from optimizer.plan.collector import give_back
from optimizer.plan.result import decimal
from optimizer.plan.tables import CHECKS, CHUNK, ENTERPRISES, need_columns
from optimizer.progress import SILENT, Progress

MANY = 75_000
"""Checks up to which every block has the effort of a single plan."""

EFFORT, LEAST = 200, 15
"""That effort, and the least of larger tables."""

APART = Fraction(5, 6)
"""Of what the largest blocks have in checks together, as much as may run at one time."""


@dataclass(frozen=True, slots=True, repr=False)
class FramePlan:
    """A plan as tables.

    Attributes
    ----------
    lines
        One line a check, in the order and with the index of the checks given: ``check``,
        ``enterprise``, ``visit``, ``day`` (a time stamp), ``lead``; the last three empty where
        it is left out.
    blocks
        One line a block: ``block`` (its first unit in order of identifier), ``checks``,
        ``visits``, ``left_out``, ``lower_bound``, ``left_proved``.
    """

    lines: pd.DataFrame
    blocks: pd.DataFrame = field(compare=False)

    @property
    def visits(self) -> int:
        """Number of visits."""
        return int(self.blocks["visits"].sum())

    @property
    def left_out(self) -> int:
        """Number of checks left out."""
        return int(self.blocks["left_out"].sum())

    @property
    def lower_bound(self) -> int:
        """No plan has fewer visits and checks left out together."""
        return int(self.blocks["lower_bound"].sum())

    @property
    def left_proved(self) -> int:
        """No plan leaves fewer checks out."""
        return int(self.blocks["left_proved"].sum())

    @property
    def gap(self) -> Fraction:
        """(visits + left out - bound) / bound; 0 where nothing is to be planned."""
        bound = self.lower_bound
        return Fraction(self.visits + self.left_out - bound, bound) if bound else Fraction(0)

    def __repr__(self) -> str:
        return (
            f"FramePlan(checks={len(self.lines)}, blocks={len(self.blocks)}, "
            f"visits={self.visits}, left_out={self.left_out}, bound={self.lower_bound}, "
            f"gap={decimal(self.gap * 100, 2)} %)"
        )


def plan_frame(
    checks: pd.DataFrame,
    enterprises: pd.DataFrame,
    *,
    items: Mapping[str, Item],
    units: Mapping[str, Unit],
    inspectors: Mapping[str, Inspector],
    rules: RuleSet,
    calendar: Calendar,
    visits_made: Sequence[VisitMade] = (),
    sections: Mapping[str, str] = MappingProxyType({}),
    effort: int | None = None,
    executor: Executor | None = None,
    at_once: int | None = None,
    progress: Progress = SILENT,
) -> FramePlan:
    """Plan checks in a table, block by block; no documents, no reasons.

    Parameters
    ----------
    checks
        Columns ``id``, ``enterprise``, ``item``, ``release``, ``due`` (days, as pandas reads
        them), ``units`` (joined by a space); and, if they are there, ``kind``, ``source``,
        ``severity``. All are on site.
    enterprises
        Column ``id``; and, if they are there, ``county``, ``industry``, ``risk``, ``size``,
        ``zones`` (joined by a space), ``township``, ``lat``, ``lon``.
    sections
        Industry code → section, for rules that name sections.
    effort
        Of each block, as of `optimizer.plan.plan_visits`; by default what `effort_for` says.
    executor
        Where blocks are planned: of processes, threads, or ``client.get_executor()`` of
        ``dask.distributed``; ``None``: here. The result does not depend on it.
    at_once
        Blocks that are handed to the executor at one time (its processes): the next one when one
        is done, such that the largest do not all take their memory together. By default all are
        handed over at the beginning.

    Returns
    -------
    FramePlan
        What `optimizer.plan.plan_visits` would plan for each block.

    Raises
    ------
    InputError
        With every fault of the tables, then of the checks of all blocks.
    """
    progress.stage("plan")
    checks = _with_days(need_columns(checks, CHECKS, "checks"), calendar)
    enterprises = need_columns(enterprises, ENTERPRISES, "enterprises")
    parts = split(checks["enterprise"], checks["units"])
    source = _Source(
        checks,
        enterprises,
        _rows_of(checks["enterprise"], enterprises["id"]),
        items,
        units,
        inspectors,
        rules,
        calendar,
        visits_made,
        sections,
        effort_for(len(checks)) if effort is None else effort,
    )
    found: list[BlockPlan | None] = [None] * len(parts)
    planned = _planned(source, parts, executor, at_once)
    # While blocks are planned elsewhere, only what the plan is put together from stays here.
    checks = checks[["id", "enterprise", "units"]]
    del source, enterprises
    for done, (k, plan) in enumerate(planned, start=1):
        found[k] = plan
        progress.step(done, len(parts), f"{len(parts[k])} checks")
    plans = [plan for plan in found if plan is not None]
    faults = [fault for plan in plans for fault in plan.faults]
    if faults:
        raise InputError(faults)
    return _put_together(checks, calendar, parts, plans)


def effort_for(checks: int) -> int:
    """Return the effort of each block of so many checks in all.

    The first moves gain most, so beyond `MANY` checks each block has less of them, and the time
    of a whole province grows with its checks and no faster.
    """
    return min(EFFORT, max(LEAST, EFFORT * MANY // max(checks, 1)))


def _with_days(checks: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """Return the checks with days since the calendar's start."""
    start = pd.Timestamp(calendar.start)
    return checks.assign(
        **{
            name: (pd.to_datetime(checks[name]) - start).dt.days.astype(np.int32)
            for name in ("release", "due")
        }
    )


def _rows_of(named: pd.Series, ids: pd.Series) -> NDArray[np.int32]:
    """Return the row of the enterprise that each check names, -1 where there is none."""
    codes, names = pd.factorize(named)
    rows: NDArray[np.int32] = pd.Index(ids).get_indexer(pd.Index(names)).astype(np.int32)
    return rows[codes]


@dataclass(frozen=True, slots=True)
class _Source:
    checks: pd.DataFrame
    enterprises: pd.DataFrame
    at: NDArray[np.int32]
    items: Mapping[str, Item]
    units: Mapping[str, Unit]
    inspectors: Mapping[str, Inspector]
    rules: RuleSet
    calendar: Calendar
    visits_made: Sequence[VisitMade]
    sections: Mapping[str, str]
    effort: int

    def block(self, rows: Places) -> Block:
        """Return the block of these checks."""
        checks = _compact(self.checks.iloc[rows])
        names = set(checks["enterprise"].unique().tolist())
        at = np.unique(self.at[rows])
        own = {name for text in checks["units"].unique().tolist() for name in text.split()}
        return Block(
            checks,
            _compact(self.enterprises.iloc[at[at >= 0]]),
            self.items,
            tuple(unit for name, unit in sorted(self.units.items()) if name in own),
            tuple(one for _, one in sorted(self.inspectors.items()) if one.unit in own),
            tuple(visit for visit in self.visits_made if visit.enterprise in names),
            self.rules,
            self.calendar,
            self.sections,
            self.effort,
        )


def _compact(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the categories that none of its rows has."""
    return table.assign(
        **{
            name: table[name].cat.remove_unused_categories()
            for name in table.columns
            if isinstance(table[name].dtype, pd.CategoricalDtype)
        }
    ).reset_index(drop=True)


def _planned(
    source: _Source, parts: Sequence[Places], executor: Executor | None, at_once: int | None
) -> Iterator[tuple[int, BlockPlan]]:
    """Yield the place of each block with its plan."""
    sizes = [len(rows) for rows in parts]
    rest = sorted(range(len(sizes)), key=lambda k: (-sizes[k], k))
    if executor is None:
        for k in rest:
            yield k, plan_block(source.block(parts[k]))
        return
    at_once = len(sizes) if at_once is None else max(at_once, 1)
    running: dict[Future[BlockPlan], int] = {}
    most = _most(sizes, at_once)

    def hand_out(packed: Callable[[int], bytes]) -> None:
        while rest and len(running) < at_once:
            k = next_block(rest, sizes, most - sum(sizes[k] for k in running.values()))
            rest.remove(k)
            running[executor.submit(plan_packed, packed(k))] = k

    hand_out(partial(_packed, source, parts))
    # The others wait packed, so that the tables need not stay.
    waiting = {k: _packed(source, parts, k) for k in rest}
    del source
    give_back()  # while blocks are planned
    while running:
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            k = running.pop(done)
            hand_out(waiting.pop)
            yield k, done.result()


def _packed(source: _Source, parts: Sequence[Places], k: int) -> bytes:
    return pack(source.block(parts[k]))


def _most(sizes: Sequence[int], at_once: int) -> Fraction:
    """Return the checks that may be planned at one time.

    All if there are no more blocks than that, else `APART` of what the largest have together; and
    always the largest of all.
    """
    if len(sizes) <= at_once:
        return Fraction(sum(sizes))
    largest = sorted(sizes, reverse=True)[:at_once]
    return max(APART * sum(largest), Fraction(largest[0]))


def next_block(rest: Sequence[int], sizes: Sequence[int], left: Fraction) -> int:
    """Return which of the blocks left begins next, the largest of them first.

    The largest for which so many checks are left of what may be planned at one time; else the
    smallest.
    """
    return next((k for k in rest if sizes[k] <= left), rest[-1])


def _put_together(
    checks: pd.DataFrame, calendar: Calendar, parts: Sequence[Places], plans: Sequence[BlockPlan]
) -> FramePlan:
    day, lead = np.full(len(checks), -1, np.int32), np.full(len(checks), -1, np.int32)
    leaders: dict[str, int] = {}
    for rows, plan in zip(parts, plans, strict=True):
        own = [leaders.setdefault(name, len(leaders)) for name in plan.leads]
        day[rows], lead[rows] = plan.day, np.array([*own, -1], np.int32)[plan.lead]
    visit, visits = _numbered(checks["enterprise"], day)
    stamps = np.datetime64(calendar.start, "s") + np.maximum(day, 0).astype("timedelta64[D]")
    stamps[day < 0] = np.datetime64("NaT")
    lines = pd.DataFrame(
        {
            "check": checks["id"],
            "enterprise": checks["enterprise"],
            "visit": _words(visit, [""], "V{:06d}", visits),
            "day": pd.Series(stamps, checks.index),
            "lead": _words(lead + 1, ["", *leaders]),
        },
        index=checks.index,
    )
    texts = [checks["units"].iloc[rows].unique().tolist() for rows in parts]
    blocks = pd.DataFrame(
        {
            "block": [min(n for text in own for n in text.split()) for own in texts],
            "checks": [len(rows) for rows in parts],
            "visits": [len(np.unique(visit[rows][visit[rows] > 0])) for rows in parts],
            "left_out": [int((plan.day < 0).sum()) for plan in plans],
            "lower_bound": [plan.lower_bound for plan in plans],
            "left_proved": [plan.left_proved for plan in plans],
        }
    )
    return FramePlan(lines, blocks.sort_values("block", ignore_index=True))


def _numbered(enterprise: pd.Series, day: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Return the number of each check's visit, by day and enterprise as in plan.json, and how many.

    0 stands for checks left out.
    """
    at, names = pd.factorize(enterprise, sort=True)
    key = np.where(day < 0, -1, day.astype(np.int64) * max(len(names), 1) + at)
    order = np.argsort(key, kind="stable").astype(np.int32)
    key = key[order]
    number = np.cumsum(np.diff(key, prepend=-1) > 0, dtype=np.int32)
    visit = np.empty(len(day), np.int32)
    visit[order] = number
    return visit, int(number[-1]) if len(number) else 0


def _words(
    codes: NDArray[np.int32], words: list[str], form: str = "", more: int = 0
) -> pd.Categorical[str]:
    """Return words, and so many more that are a number in a form, by their codes."""
    texts = pd.Index(words).append(
        [
            pd.Index([form.format(n) for n in range(at, min(at + CHUNK, more + 1))])
            for at in range(1, more + 1, CHUNK)
        ]
    )
    return pd.Categorical.from_codes(codes, texts)
