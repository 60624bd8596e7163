"""What the presets differ in; all else is one generator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from optimizer.domain.days import Span


def _span(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@dataclass(frozen=True, slots=True)
class Profile:
    """A city to generate.

    Attributes
    ----------
    enterprises, triggered, visits_before
        How many; `visits_before` counts visits made before the horizon or early in it.
    all_departments
        Every department and item of the tables, or the few marked small.
    staff
        Per mille of the departments' staff in the table.
    load_target
        Per mille of a unit's half-days that its expected checks, unmerged, may ask for in its
        busiest month; the number of inspectors on the rota follows from it.
    peak_share
        Per mille of the expected unmerged work that remains once visits merge.
    region
        Where: a key of `scenarios.generator.tables.areas`.
    inspection_days
        Units with little work go out on some days of the week only (入企检查日).
    windows
        Key of the item table → days.
    rest_since
        Enterprises with a visit since then are left out of the draws of once-a-year items.
    times
        Act → RFC 3339 time.
    one_day
        All triggered checks arrive on this day, due five working days later.
    one_inspector
        Every unit has a single inspector.
    quiet_all
        The quiet period covers every enterprise on every day.
    """

    name: str
    title: Mapping[str, str]
    enterprises: int
    triggered: int
    visits_before: int
    all_departments: bool
    staff: int
    horizon: Span
    windows: Mapping[str, Span]
    visits_from: date
    visits_to: date
    rest_since: date
    times: Mapping[str, str]
    region: str = "city"
    load_target: int = 600
    peak_share: int = 700
    inspection_days: bool = False
    one_day: date | None = None
    one_inspector: bool = False
    quiet_all: bool = False
    conflicting: bool = False
    campaign: str = ""
    seeds: tuple[str, str] = ("31415926535897932384", "27182818284590452353")
    about: Mapping[str, str] = field(default_factory=dict)

    def scaled(self, scale: Fraction) -> Profile:
        """Return the city `scale` times as large; departments, items and days stay."""
        if scale == 1:
            return self

        def times(n: int) -> int:
            return int(n * scale + Fraction(1, 2))

        return replace(
            self,
            enterprises=max(1, times(self.enterprises)) if self.enterprises else 0,
            triggered=times(self.triggered),
            visits_before=times(self.visits_before),
            staff=times(self.staff),
        )


_SMALL = Profile(
    name="small",
    title={"en": "A small city", "zh": "小城示例"},
    enterprises=2000,
    triggered=50,
    visits_before=90,
    all_departments=False,
    staff=230,
    horizon=_span("2026-01-01", "2026-12-31"),
    windows={
        "Q1": _span("2026-01-05", "2026-03-31"),
        "Q2": _span("2026-04-01", "2026-06-30"),
        "Q3": _span("2026-07-01", "2026-09-30"),
        "Q4": _span("2026-10-08", "2026-12-18"),
        "H1": _span("2026-01-05", "2026-06-30"),
        "H2": _span("2026-07-01", "2026-12-18"),
        "S": _span("2026-04-01", "2026-09-30"),
        "Y": _span("2026-01-05", "2026-12-18"),
    },
    visits_from=date(2025, 7, 1),
    visits_to=date(2025, 12, 19),
    rest_since=date(2025, 7, 1),
    times={
        "committed": "2025-12-22T09:00:00+08:00",
        "revealed": "2025-12-26T10:00:00+08:00",
        "planned": "2025-12-29T09:00:00+08:00",
        "odds": "2025-12-29T15:00:00+08:00",
        "teams": "2025-12-31T10:00:00+08:00",
    },
)

_YANGQUAN = Profile(
    name="yangquan",
    title={"en": "Yangquan, simulated at full size", "zh": "阳泉市（全规模模拟）"},
    enterprises=120_000,
    triggered=5_600,
    visits_before=7_500,
    all_departments=True,
    staff=1000,
    horizon=_span("2026-02-01", "2026-12-31"),
    windows={
        "Q1": _span("2026-02-02", "2026-03-31"),
        "Q2": _span("2026-04-01", "2026-06-30"),
        "Q3": _span("2026-07-01", "2026-09-30"),
        "Q4": _span("2026-10-08", "2026-12-18"),
        "H1": _span("2026-02-02", "2026-06-30"),
        "H2": _span("2026-07-01", "2026-12-18"),
        "S": _span("2026-04-01", "2026-09-30"),
        "Y": _span("2026-02-02", "2026-12-18"),
    },
    visits_from=date(2025, 7, 1),
    visits_to=date(2026, 1, 30),
    rest_since=date(2025, 7, 1),
    times={
        "committed": "2026-01-26T09:00:00+08:00",
        "revealed": "2026-01-28T10:00:00+08:00",
        "planned": "2026-01-30T09:00:00+08:00",
        "odds": "2026-01-30T15:00:00+08:00",
        "teams": "2026-01-31T10:00:00+08:00",
    },
    load_target=800,
    peak_share=650,
    inspection_days=True,
    seeds=("14142135623730950488", "16180339887498948482"),
)

PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        _SMALL,
        _YANGQUAN,
        replace(
            _YANGQUAN,
            name="province",
            title={"en": "A province of 117 counties", "zh": "一个省（117个县）"},
            region="province",
            enterprises=4_000_000,
            triggered=200_000,
            visits_before=250_000,
            inspection_days=False,
        ),
        replace(
            _SMALL,
            name="crowded",
            title={"en": "Capacity nearly full", "zh": "力量几乎用满"},
            enterprises=8000,
            triggered=200,
            # All planned work of a half-year in three weeks.
            windows={
                key: _span("2026-04-07", "2026-04-28")
                if key in ("Q1", "Q2", "H1", "S", "Y")
                else _span("2026-09-07", "2026-09-24")
                for key in _SMALL.windows
            },
            load_target=1000,
            peak_share=520,
            staff=1,
        ),
        replace(
            _SMALL,
            name="all-quiet",
            title={"en": "Every day is quiet", "zh": "全年安静期"},
            enterprises=400,
            triggered=40,
            visits_before=0,
            quiet_all=True,
        ),
        replace(
            _SMALL,
            name="one-inspector",
            title={"en": "One inspector in each unit", "zh": "每个单位仅一名执法人员"},
            enterprises=300,
            triggered=10,
            visits_before=0,
            one_inspector=True,
        ),
        replace(
            _SMALL,
            name="one-day",
            title={"en": "All triggered checks on one day", "zh": "触发式检查集中在一天"},
            enterprises=1000,
            triggered=300,
            visits_before=0,
            one_day=date(2026, 3, 16),
        ),
        replace(
            _SMALL,
            name="conflict",
            title={"en": "Rules that collide", "zh": "规则相互冲突"},
            enterprises=400,
            triggered=30,
            visits_before=0,
            conflicting=True,
        ),
        replace(
            _SMALL,
            name="empty",
            title={"en": "No enterprise at all", "zh": "空名录库"},
            enterprises=0,
            triggered=0,
            visits_before=0,
        ),
    )
}
