"""The figures of the first page: facts into drawings, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from markupsafe import Markup

from optimizer.publication.charts.bars import Bar, Nested, draw_nested, draw_states
from optimizer.publication.charts.columns import draw_pairs
from optimizer.publication.charts.heat import DayLoad, draw_calendar, draw_grid
from optimizer.publication.charts.strips import Strip, draw_strips
from optimizer.publication.charts.svg import NARROW, WIDE, Svg
from optimizer.publication.facts import Facts
from optimizer.publication.facts.merging import Merging, States
from optimizer.publication.locale_texts import Texts
from optimizer.publication.names import Names
from optimizer.publication.text import fixed, percent, whole

SHOWN_ROWS = 12
"""Rows a chart shows before the rest is folded away."""

MOST_TIMES = 12
"""Visits at one enterprise that get a column of their own."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart in two widths."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True)
class Folded:
    """The first rows of a chart, and the others in a drawing of their own."""

    first: Figure
    rest: Figure | None
    rest_count: int


def figure(
    draw: Callable[[float], Svg], ident: str, title: tuple[str, str], desc: tuple[str, str]
) -> Figure:
    """Draw one chart in two widths.

    Parameters
    ----------
    draw
        From the width.
    ident
        Of the drawing within its page.
    title, desc
        For readers who do not see it.
    """
    wide, narrow = (
        draw(width).render(f"{ident}-{name}", title, desc)
        for width, name in ((WIDE, "w"), (NARROW, "n"))
    )
    return Figure(wide, narrow)


def folded(
    rows: Sequence[Row],
    draw: Callable[[Sequence[Row], float], Svg],
    ident: str,
    title: tuple[str, str],
    desc: tuple[str, str],
) -> Folded:
    """Draw the first rows of a chart, and the others in a drawing of their own."""
    # A rest of one or two rows is not worth a click.
    cut = len(rows) if len(rows) <= SHOWN_ROWS + 2 else SHOWN_ROWS
    first, rest = rows[:cut], rows[cut:]
    return Folded(
        figure(lambda width: draw(first, width), ident, title, desc),
        figure(lambda width: draw(rest, width), f"{ident}-rest", title, desc) if rest else None,
        len(rest),
    )


def bar_cell(value: int, top: int) -> Markup:
    """Return a table cell's number with a small bar of its size."""
    bar = Svg(100, 10)
    bar.rect(0, 0, 100 * value / (top or 1), 10, "c-inside")
    return Markup('{}<span class="beside">{}</span>').format(bar.inline("bar"), whole(value))


def total_figure(merging: Merging, texts: Texts) -> Figure:
    """Draw all visits: unmerged, merged inside departments, this plan, lower bound."""
    total = merging.total
    bars = [
        Bar(texts.pair("merge.state.unmerged"), total.unmerged, "c-before"),
        Bar(
            texts.pair("merge.state.inside"),
            total.by_department,
            "c-inside",
            _change(total.by_department, total.unmerged),
        ),
        Bar(
            texts.pair("merge.state.plan"),
            total.plan,
            "c-plan",
            _plan_note(merging, texts),
        ),
        Bar(texts.pair("merge.state.bound"), total.bound or 0, "c-bound"),
    ]
    desc = texts.pair(
        "merge.chart.desc",
        unmerged=whole(total.unmerged),
        inside=whole(total.by_department),
        plan=whole(total.plan),
        bound=whole(total.bound or 0),
    )
    return figure(
        lambda width: draw_states(bars, width), "c-total", texts.pair("merge.heading"), desc
    )


def _plan_note(merging: Merging, texts: Texts) -> tuple[str, str]:
    change = percent(merging.total.plan - merging.total.unmerged, merging.total.unmerged)
    if not merging.left_out_count:
        return change, change
    zh, en = texts.pair("merge.left", n=whole(merging.left_out_count))
    return f"{change} · {zh}", f"{change} · {en}"


def _change(after: int, before: int) -> tuple[str, str]:
    shown = percent(after - before, before)
    return shown, shown


def states_figure(
    rows: Sequence[States], name: Callable[[str], str], ident: str, texts: Texts
) -> Folded:
    """Draw a line for each department or county."""
    nested = [
        Nested(
            name(row.key),
            row.unmerged,
            row.by_department,
            row.plan,
            row.bound,
            None
            if row.joint is None
            else texts.pair("merge.joint", share=percent(row.joint, row.plan, 0)),
        )
        for row in rows
    ]
    top = max((row.unmerged for row in rows), default=1)
    return folded(
        nested,
        lambda part, width: draw_nested(part, width, top),
        f"c-{ident}",
        texts.pair(f"merge.by.{ident}"),
        texts.pair("merge.rows.desc", rows=len(rows)),
    )


def calendar_figure(days: Sequence[DayLoad], texts: Texts) -> Figure:
    """Draw the year."""
    worst = max(
        days,
        key=lambda d: Fraction(d.used, d.capacity) if d.capacity else Fraction(0),
        default=None,
    )
    top = percent(worst.used, worst.capacity) if worst else "–"
    day = worst.day.isoformat() if worst else "–"
    return figure(
        lambda width: draw_calendar(days, width),
        "c-year",
        texts.pair("year.chart"),
        texts.pair("year.chart.desc", top=top, day=day),
    )


def counties_figure(facts: Facts, names: Names, texts: Texts) -> Folded | None:
    """Draw counties by months; ``None`` where there is nothing to compare."""
    months = [m.month for m in facts.months]
    busiest = sorted(facts.counties.items(), key=lambda row: (-sum(row[1].values()), row[0]))
    rows = [(names.area(code), line) for code, line in busiest]
    if not rows or not months:
        return None
    return folded(
        rows,
        lambda part, width: draw_grid(part, months, width),
        "c-counties",
        texts.pair("year.counties"),
        texts.pair("year.counties.desc", rows=len(rows), months=len(months)),
    )


def frequency_bins(merging: Merging) -> list[tuple[str, int, int]]:
    """Return ``(visits, enterprises before, after)``, the many in one last bin."""
    top = max(merging.frequencies, default=1)
    bins = [
        (str(times), *merging.frequencies.get(times, (0, 0)))
        for times in range(1, min(top, MOST_TIMES) + 1)
    ]
    more = [pair for times, pair in merging.frequencies.items() if times > MOST_TIMES]
    if more:
        bins.append((f"{MOST_TIMES + 1}+", sum(p[0] for p in more), sum(p[1] for p in more)))
    return bins


def histogram_figure(merging: Merging, texts: Texts) -> Figure:
    """Draw how many enterprises get how many visits."""
    bins = frequency_bins(merging)
    return figure(
        lambda width: draw_pairs(bins, width),
        "c-burden",
        texts.pair("burden.chart"),
        texts.pair("burden.chart.desc"),
    )


def distinct_figure(distinct: dict[str, object], texts: Texts) -> Figure:
    """Draw how many enterprises the draw touches, against independent draws and the bound."""
    drawn, ours = (int(str(distinct[key])) for key in ("drawn", "enterprises"))
    independent, bound = (Fraction(str(distinct[key])) for key in ("independent", "bound"))
    bars = [
        Bar(texts.pair("draw.distinct.sum"), drawn, "c-before"),
        Bar(texts.pair("draw.distinct.independent"), round(independent), "c-inside"),
        Bar(texts.pair("draw.distinct.ours"), ours, "c-plan", _change(ours, drawn)),
        Bar(texts.pair("draw.distinct.bound"), round(bound), "c-bound"),
    ]
    desc = texts.pair(
        "draw.distinct.desc",
        sum=whole(drawn),
        independent=fixed(independent, 0),
        ours=whole(ours),
        bound=fixed(bound, 0),
    )
    return figure(
        lambda width: draw_states(bars, width), "c-distinct", texts.pair("draw.distinct"), desc
    )


def strips_figure(facts: Facts, names: Names, texts: Texts) -> Folded | None:
    """Draw the workloads of the drawn period; ``None`` where nobody serves."""
    strips = [Strip(names.unit(load.unit), load.expected, load.drawn) for load in facts.loads]
    if not strips:
        return None
    top = max(
        max(max((value for value, _ in s.drawn), default=1), -(-s.expected[1] // 1)) for s in strips
    )
    return folded(
        strips,
        lambda part, width: draw_strips(part, width, top),
        "c-teams",
        texts.pair("teams.chart"),
        texts.pair("teams.chart.desc", rows=len(strips)),
    )
