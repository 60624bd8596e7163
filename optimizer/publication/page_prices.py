"""The page of a what-if: what each rule costs in visits and checks left out."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.domain.registry import Document
from optimizer.publication.charts.diverging import Difference, draw_differences
from optimizer.publication.charts.svg import NARROW, WIDE, Svg
from optimizer.publication.html import Pages
from optimizer.publication.locale_texts import Texts
from optimizer.publication.page_charts import Figure
from optimizer.publication.text import whole

Pair = tuple[str, str]


def page(found: Document) -> bytes:
    """Return the page's bytes: two charts and a table, both languages, nothing from outside.

    Parameters
    ----------
    found
        As `optimizer.plan.prices.price` returns it, with ``campaign``.
    """
    texts = Texts.load()
    now, rows = found["now"], found["changes"]
    labels = [_label(row, texts) for row in rows]
    lines = [
        (
            label,
            row["set"],
            whole(row["visits"]),
            _signed(row["more_visits"]),
            whole(row["left_out"]),
            _signed(row["more_left_out"]),
            texts.pair("price.sure") if row["sure"] else "",
        )
        for label, row in zip(labels, rows, strict=True)
    ]
    context = {
        "page_title": texts.pair("price.title"),
        "campaign": found["campaign"],
        "warnings": [],
        "now": {name: whole(now[name]) for name in ("visits", "left_out", "lower_bound", "saved")},
        "visits": _figure("more_visits", rows, labels, texts),
        "left_out": _figure("more_left_out", rows, labels, texts),
        "lines": lines,
        "columns": [
            ("price.change", ""),
            ("price.setting", ""),
            ("price.visits", "n"),
            ("price.more", "n"),
            ("price.left-out", "n"),
            ("price.more", "n"),
            ("price.proved", ""),
        ],
    }
    return Pages(texts).render("prices.html", context)


def _figure(field: str, rows: list[Document], labels: list[Pair], texts: Texts) -> Figure:
    bars = [Difference(label, int(row[field])) for label, row in zip(labels, rows, strict=True)]
    title = texts.pair(f"price.chart.{field}")
    told = "; ".join(f"{bar.label[1]} {bar.value:+d}" for bar in bars)
    draw: Callable[[float], Svg] = lambda width: draw_differences(bars, width)  # noqa: E731
    wide, narrow = (
        draw(width).render(f"{field.replace('_', '-')}-{name}", title, (told, told))
        for width, name in ((WIDE, "w"), (NARROW, "n"))
    )
    return Figure(wide, narrow)


def _label(row: Document, texts: Texts) -> Pair:
    if row["kind"] == "set":
        return row["set"], row["set"]
    zh, en = texts.pair(f"price.kind.{row['kind']}")
    rule = {"zh": row["rule"], "en": row["rule"]}
    if row["rule"] == "*":
        rule["zh"], rule["en"] = texts.pair("price.every-unit")
    elif row["kind"] == "gap":
        rule = {"zh": "", "en": ""}
    how = texts.pair(f"price.{row['change']}")
    en = f"{en} {rule['en']}".strip()
    return f"{zh}{rule['zh']}：{how[0]}", f"{en}: {how[1]}"


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "0"
