"""The two notices as pages: a public letter with its tables, cut where they grow long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from optimizer.publication.facts import Facts
from optimizer.publication.given import Documents, PublicationInput
from optimizer.publication.locale_texts import Texts
from optimizer.publication.sheet import Column, Sheet
from optimizer.publication.text import whole

SHOWN_ROWS = 300
"""Rows of a table in a page; its workbook is complete."""


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column's heading in both languages, and the classes that lay it out."""

    heading: tuple[str, str]
    kind: str


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """The first rows of a sheet."""

    title: tuple[str, str]
    columns: tuple[ShownColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    total_text: str
    shown: str


def _shown_column(column: Column, sheet: Sheet, place: int) -> ShownColumn:
    kinds = []
    if sheet.rows and isinstance(sheet.rows[0][place], int):
        kinds.append("n")
    if column.width >= 30:
        kinds.append("long")
    elif column.width >= 24:
        kinds.append("mid")
    elif column.width >= 22:
        kinds.append("code")
    return ShownColumn((column.zh, column.en), " ".join(kinds))


def _shown_sheet(sheet: Sheet) -> ShownSheet:
    rows = tuple(
        tuple(whole(cell) if isinstance(cell, int) else cell for cell in row)
        for row in sheet.rows[:SHOWN_ROWS]
    )
    columns = tuple(_shown_column(c, sheet, i) for i, c in enumerate(sheet.columns))
    return ShownSheet(
        sheet.title, columns, rows, len(sheet.rows), whole(len(sheet.rows)), whole(len(rows))
    )


def notice_title(kind: str, given: PublicationInput, facts: Facts, texts: Texts) -> tuple[str, str]:
    """Return the title of the notice ``plan`` or ``results``."""
    key, year = f"notice.{kind}.title", plan_year(facts)
    return (
        texts.pair(key, title=given.title.get("zh", ""), year=year)[0],
        texts.pair(key, title=given.title.get("en", given.title.get("zh", "")), year=year)[1],
    )


def plan_year(facts: Facts) -> str:
    """Return the year, or years, of the horizon."""
    if not facts.days:
        return ""
    first, last = facts.days[0].day.year, facts.days[-1].day.year
    return str(first) if first == last else f"{first}—{last}"


def notice_context(
    kind: str,
    given: PublicationInput,
    documents: Documents,
    facts: Facts,
    sheets: Sequence[Sheet],
    texts: Texts,
    warnings: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Return everything the template shows for the notice ``plan`` or ``results``."""
    paragraphs = _plan_text if kind == "plan" else _results_text
    entry_kind = "plan" if kind == "plan" else "teams"
    times = [e["time"] for e in documents.entries if e["kind"] == entry_kind]
    return {
        "page_title": notice_title(kind, given, facts, texts),
        "campaign": given.campaign,
        "warnings": warnings,
        "paragraphs": paragraphs(documents, facts, texts),
        "published": times[-1][:10] if times else "–",
        "sheets": [_shown_sheet(sheet) for sheet in sheets],
        "workbook": f"notice-{kind}.xlsx",
    }


def _plan_text(documents: Documents, facts: Facts, texts: Texts) -> list[Markup]:
    t = texts.show
    return [
        t("notice.plan.intro", year=plan_year(facts)),
        t(
            "notice.plan.p1",
            items=whole(len(facts.items)),
            departments=whole(len(facts.departments)),
            frame=whole(documents.frame["size"]),
            drawn=whole(sum(item.sampled for item in facts.items)),
        ),
        t(
            "notice.plan.p2",
            visits=whole(facts.merging.total.plan),
            joint=whole(facts.merging.joint_visits),
        ),
        t("notice.plan.p3"),
        t("notice.plan.p4"),
    ]


def _results_text(documents: Documents, facts: Facts, texts: Texts) -> list[Markup]:
    t = texts.show
    period = documents.odds.get("period") or ["–", "–"]
    return [
        t("notice.results.intro", year=plan_year(facts)),
        t(
            "notice.results.p1",
            drawn=whole(sum(item.sampled for item in facts.items)),
            enterprises=whole(documents.draw["distinct"]["enterprises"]),
        ),
        t("notice.results.p2", **{"from": period[0], "to": period[1]}),
        t("notice.results.p3"),
    ]
