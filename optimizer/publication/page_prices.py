"""The page of a what-if: what each rule costs in visits and checks left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from optimizer.domain.registry import Document
from optimizer.publication.charts.diverging import Difference, draw_differences
from optimizer.publication.charts.svg import NARROW, WIDE, Svg
from optimizer.publication.html import Pages
from optimizer.publication.locale_texts import Texts
from optimizer.publication.page_charts import Figure
from optimizer.publication.text import whole

Pair = tuple[str, str]

SAID = 5
"""Changes that are told in a sentence: those that weigh most."""


def page(found: Document) -> bytes:
    """Return the page's bytes: sentences, two charts and a table, both languages, all within.

    Parameters
    ----------
    found
        As `optimizer.plan.prices.price` returns it, with ``campaign``.
    """
    texts = Texts.load()
    now, rows = found["now"], found["changes"]
    labelled = [(_label(row, texts), row) for row in rows]
    # A change without effect has no bar: it is named in a line below.
    weighty = sorted(
        (line for line in labelled if line[1]["more_visits"] or line[1]["more_left_out"]),
        key=lambda line: (-abs(line[1]["more_left_out"]), -abs(line[1]["more_visits"])),
    )
    context = {
        "page_title": texts.pair("price.title"),
        "campaign": found["campaign"],
        "warnings": [],
        "now": {name: whole(now[name]) for name in ("visits", "left_out", "lower_bound", "saved")},
        "said": [_said(label, row, texts) for label, row in weighty[:SAID]],
        "same": _joined([label for label, row in labelled if (label, row) not in weighty]),
        "visits": _figure("more_visits", weighty, texts),
        "left_out": _figure("more_left_out", weighty, texts),
        "lines": [
            {
                "label": label,
                "set": row["set"] if row["kind"] != "set" else "",
                "visits": whole(row["visits"]),
                "more_visits": _signed(row["more_visits"]),
                "left_out": whole(row["left_out"]),
                "more_left_out": _signed(row["more_left_out"]),
                "sure": texts.pair(f"price.sure.{_sure(row)}"),
            }
            for label, row in labelled
        ],
    }
    return Pages(texts, more_style="prices.css").render("prices.html", context)


def _figure(field: str, lines: Sequence[tuple[Pair, Document]], texts: Texts) -> Figure | None:
    bars = [Difference(label, int(row[field])) for label, row in lines]
    if not any(bar.value for bar in bars):
        return None
    title = texts.pair(f"price.chart.{field}")
    told = (
        "；".join(f"{bar.label[0]} {bar.value:+d}" for bar in bars),
        "; ".join(f"{bar.label[1]} {bar.value:+d}" for bar in bars),
    )
    ends = texts.pair(f"price.fewer.{field}"), texts.pair(f"price.more.{field}")
    draw: Callable[[float], Svg] = lambda width: draw_differences(bars, width, ends)  # noqa: E731
    wide, narrow = (
        draw(width).render(f"{field.replace('_', '-')}-{name}", title, told)
        for width, name in ((WIDE, "w"), (NARROW, "n"))
    )
    return Figure(wide, narrow)


def _label(row: Document, texts: Texts) -> Pair:
    """Return what is changed, and to what."""
    if row["kind"] == "set":
        return row["set"], row["set"]
    name = texts.pair("price.every-unit") if row["rule"] == "*" else (row["rule"], row["rule"])
    days = row["set"].partition("=")[2]
    text = f"price.label.{row['kind']}.{row['change']}"
    zh, en = (texts.pair(text, name=each, days=days)[at] for at, each in enumerate(name))
    return zh, en


def _said(label: Pair, row: Document, texts: Texts) -> Pair:
    """Return a change and its effect as a sentence."""
    parts = []
    for field in ("more_left_out", "more_visits"):
        if row[field]:
            way = "up" if row[field] > 0 else "down"
            parts.append(texts.pair(f"price.{way}.{field}", n=whole(abs(row[field]))))
    parts.append(texts.pair(f"price.said.{_sure(row)}"))
    zh, en = zip(*parts, strict=True)
    return f"{label[0]} → {'，'.join(zh)}。", f"{label[1]} → {'; '.join(en)}."


def _sure(row: Document) -> str:
    """Return what the bounds prove of a change."""
    if row["sure"] and row["sure_left_out"]:
        return "both"
    return "sum" if row["sure"] else "left" if row["sure_left_out"] else "none"


def _joined(labels: Sequence[Pair]) -> Pair:
    """Return labels in one line, those of one rule together."""
    return _listed([zh for zh, _ in labels], "：", "、", "；"), _listed(
        [en for _, en in labels], ": ", ", ", "; "
    )


def _listed(labels: Sequence[str], colon: str, comma: str, semicolon: str) -> str:
    of: dict[str, list[str]] = {}
    for label in labels:
        rule, _, change = label.partition(colon)
        of.setdefault(rule, []).append(change)
    return semicolon.join(
        f"{rule}{colon}{comma.join(changes)}" if changes != [""] else rule
        for rule, changes in of.items()
    )


def _signed(value: int) -> str:
    return f"{'+' if value > 0 else '−'}{whole(abs(value))}" if value else "±0"
