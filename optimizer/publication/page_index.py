"""The first page: what was drawn, how merging saved visits, and how to check all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from optimizer.canon import hash_named
from optimizer.domain.registry import Document
from optimizer.publication.charts.heat import LEVELS, level_step
from optimizer.publication.facts import Facts
from optimizer.publication.facts.drawing import DepartmentDraw
from optimizer.publication.facts.merging import States
from optimizer.publication.given import Documents, PublicationInput
from optimizer.publication.locale_texts import Texts
from optimizer.publication.names import Names
from optimizer.publication.notice import rate_range
from optimizer.publication.page_charts import (
    SHOWN_ROWS,
    bar_cell,
    calendar_figure,
    counties_figure,
    distinct_figure,
    frequency_bins,
    histogram_figure,
    states_figure,
    strips_figure,
    total_figure,
)
from optimizer.publication.reason_texts import mend_text, reason_text
from optimizer.publication.rule_texts import rule_rows
from optimizer.publication.text import fixed, percent, shorten, whole

MOST_DETAILS = 100
"""Checks left out that the page lists one by one."""

MOST_TABLE_ROWS = 400
"""Rows of any table on the page; documents and workbooks hold all."""

Columns = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its name and a note."""

    key: str
    value: str
    note: Markup
    kind: str = ""


def index_context(
    given: PublicationInput,
    documents: Documents,
    facts: Facts,
    names: Names,
    texts: Texts,
    warnings: Sequence[tuple[str, str]],
    files: Sequence[str],
) -> dict[str, Any]:
    """Return everything the template shows."""
    title = given.title.get("zh", given.campaign), given.title.get("en", given.campaign)
    context: dict[str, Any] = {
        "page_title": _titled(texts, title),
        "meta": _meta(given, documents, facts),
        "warnings": warnings,
        "about": given.about,
        "tiles": _tiles(documents, facts, texts),
        "files": files,
        "rules_name": documents.problem["rules"].get("name", ""),
        "rules": rule_rows(documents.problem["rules"], names, texts),
    }
    context |= _hero(facts)
    context |= _merge_part(facts, names, texts)
    context |= _year_part(facts, names, texts)
    context |= _burden_part(facts, texts)
    context |= _draw_part(documents.draw, facts, names, texts)
    context |= _teams_part(documents.odds, facts, names, texts)
    context |= _reasons_part(documents, facts, names, texts)
    context |= _verify_part(documents, texts)
    sections = ("merge", "year", "burden", "draw", "teams", "reasons", "rules", "verify")
    context["sections"] = (("about",) if given.about else ()) + sections
    return context


def _titled(texts: Texts, title: tuple[str, str]) -> tuple[str, str]:
    zh = texts.pair("page.title", title=title[0])[0]
    return zh, texts.pair("page.title", title=title[1])[1]


def _meta(given: PublicationInput, documents: Documents, facts: Facts) -> list[tuple[str, str]]:
    rows = [("page.meta.campaign", given.campaign)]
    if facts.days:
        horizon = f"{facts.days[0].day.isoformat()} – {facts.days[-1].day.isoformat()}"
        rows.append(("page.meta.horizon", horizon))
    if period := documents.odds.get("period"):
        rows.append(("page.meta.period", f"{period[0]} – {period[1]}"))
    if documents.entries:
        rows.append(("page.meta.recorded", documents.entries[-1]["time"]))
    return rows


def _hero(facts: Facts) -> dict[str, Any]:
    merging = facts.merging
    if not merging.total.plan:
        return {"hero": None, "bound_line": None}
    hero = {
        "visits": whole(merging.total.plan),
        "enterprises": whole(merging.enterprises),
        "saved": percent(merging.saved),
    }
    gap = merging.gap
    bound_line = (
        {"bound": whole(merging.total.bound or 0), "gap": percent(gap, places=2) if gap else ""}
        if gap is not None
        else None
    )
    return {"hero": hero, "bound_line": bound_line}


def _tiles(documents: Documents, facts: Facts, texts: Texts) -> list[Tile]:
    merging, total = facts.merging, facts.merging.total
    checks = documents.checks
    everyone = [*checks["checks"], *checks["offsite"]]
    planned = sum(1 for check in everyone if check["kind"] == "planned")
    t = texts.show
    return [
        Tile("tile.enterprises", whole(documents.frame["size"]), t("tile.enterprises.note")),
        Tile("tile.planned", whole(planned), t("tile.planned.note")),
        Tile("tile.triggered", whole(len(everyone) - planned), t("tile.triggered.note")),
        Tile("tile.offsite", whole(len(checks["offsite"])), t("tile.offsite.note")),
        Tile(
            "tile.visits", whole(total.plan), t("tile.joint", n=whole(merging.joint_visits)), "key"
        ),
        Tile(
            "tile.saved",
            percent(merging.saved),
            t("tile.saved.note", before=whole(total.unmerged), after=whole(total.plan)),
            "key",
        ),
        Tile(
            "tile.gap",
            percent(merging.gap, places=2) if merging.gap is not None else "–",
            t("tile.gap.note", bound=whole(total.bound or 0)),
        ),
        Tile(
            "tile.left",
            whole(merging.left_out_count),
            t("tile.left.note"),
            "bad" if merging.left_out_count else "",
        ),
    ]


def _merge_part(facts: Facts, names: Names, texts: Texts) -> dict[str, Any]:
    def part(ident: str, rows: Sequence[States], name: Callable[[str], str]) -> dict[str, Any]:
        bounded = any(row.bound is not None for row in rows)
        joined = any(row.joint is not None for row in rows)
        columns = [
            (f"col.{ident}", ""),
            ("merge.state.unmerged", "n"),
            ("merge.state.inside", "n"),
            ("merge.state.plan", "n"),
        ]
        columns += [("merge.state.bound", "n")] if bounded else []
        columns += [("col.joint", "n")] if joined else []
        columns.append(("col.saved", "n"))
        table = [
            [
                name(row.key),
                whole(row.unmerged),
                whole(row.by_department),
                whole(row.plan),
                *([whole(row.bound or 0)] if bounded else []),
                *([whole(row.joint or 0)] if joined else []),
                percent(row.unmerged - row.plan, row.unmerged),
            ]
            for row in rows[:MOST_TABLE_ROWS]
        ]
        charts = states_figure(rows[:MOST_TABLE_ROWS], name, ident, texts)
        return {"name": ident, "columns": columns, "rows": table, "charts": charts}

    parts = [
        part("department", facts.merging.departments, names.department),
        part("county", facts.merging.counties, names.area),
    ]
    return {
        "merge_total": total_figure(facts.merging, texts),
        "merge_parts": [p for p in parts if p["rows"]],
    }


def _year_part(facts: Facts, names: Names, texts: Texts) -> dict[str, Any]:
    step = level_step(facts.days)
    shades: list[tuple[str, tuple[str, str]]] = [("q0", texts.pair("year.legend.none"))]
    for level in range(1, LEVELS + 1):
        shown = f"≤ {step * level}%"
        shades.append((f"q{level}", (shown, shown)))
    shades.append(("off", texts.pair("year.legend.off")))
    shades.extend(
        (f"quiet-{kind}", texts.pair(f"year.legend.quiet-{kind}"))
        for kind in ("all", "part")
        if any(day.quiet == kind for day in facts.days)
    )
    return {
        "shades": shades,
        "calendar": calendar_figure(facts.days, texts),
        "month_columns": [
            ("col.month", ""),
            ("col.workdays", "n"),
            ("col.visits", "n"),
            ("col.used", "n"),
            ("col.capacity", "n"),
            ("col.load", "n"),
        ],
        "month_rows": [
            [
                f"{m.month[0]}-{m.month[1]:02d}",
                whole(m.working_days),
                whole(m.visits),
                whole(m.used),
                whole(m.capacity),
                percent(m.used, m.capacity),
            ]
            for m in facts.months
        ],
        "counties": counties_figure(facts, names, texts),
    }


def _burden_part(facts: Facts, texts: Texts) -> dict[str, Any]:
    found = facts.merging.frequencies
    often = [sum(pair[i] for n, pair in found.items() if n > 1) for i in (0, 1)]
    most = [max((n for n, pair in found.items() if pair[i]), default=0) for i in (0, 1)]
    return {
        "burden": {
            "before": whole(often[0]),
            "after": whole(often[1]),
            "mbefore": whole(most[0]),
            "mafter": whole(most[1]),
        },
        "histogram": histogram_figure(facts.merging, texts),
        "histogram_rows": [[b[0], whole(b[1]), whole(b[2])] for b in frequency_bins(facts.merging)],
    }


def _draw_part(draw: Document, facts: Facts, names: Names, texts: Texts) -> dict[str, Any]:
    top = max((line.sampled for line in facts.departments), default=1)

    def row(line: DepartmentDraw) -> list[str]:
        return [
            names.department(line.department),
            whole(line.items),
            whole(line.population),
            percent(line.sampled, line.population, 2),
            bar_cell(line.sampled, top),
            fixed(line.expected, 1),
        ]

    columns: Columns = [
        ("col.department", ""),
        ("col.items", "n"),
        ("col.population", "n"),
        ("col.rate", "n"),
        ("col.sampled", "n"),
        ("col.exp", "n"),
    ]
    rows = [row(line) for line in facts.departments]
    cut = len(rows) if len(rows) <= SHOWN_ROWS + 2 else SHOWN_ROWS
    simulated = draw["distinct"].get("simulation")
    return {
        "department_columns": columns,
        "department_rows": rows[:cut],
        "department_rest": rows[cut:MOST_TABLE_ROWS],
        "item_columns": [
            ("col.item", ""),
            ("col.department", ""),
            ("col.population", "n"),
            ("col.rate", "n"),
            ("col.sampled", "n"),
            ("col.exp", "n"),
        ],
        "item_rows": [
            [
                names.item(i.item),
                names.department(i.department),
                whole(i.population),
                rate_range(i.rates),
                whole(i.sampled),
                fixed(i.expected, 1),
            ]
            for i in facts.items[:MOST_TABLE_ROWS]
        ],
        "distinct": distinct_figure(draw["distinct"], texts),
        "simulation": simulated
        and {
            "draws": whole(simulated["draws"]),
            "mean": fixed(Fraction(simulated["mean"]), 1),
            "error": fixed(Fraction(simulated["standard_error"]), 2),
        },
    }


def _teams_part(odds: Document, facts: Facts, names: Names, texts: Texts) -> dict[str, Any]:
    def span(low: str, high: str) -> str:
        return low if low == high else f"{low} – {high}"

    period = odds.get("period") or ["", ""]
    return {
        "strips": strips_figure(facts, names, texts),
        "period": {
            "from": period[0],
            "to": period[1],
            "visits": whole(len(facts.teams)),
            "seats": whole(sum(load.seats for load in facts.loads)),
        },
        "team_columns": [
            ("col.unit", ""),
            ("col.inspectors", "n"),
            ("col.seats", "n"),
            ("col.expected", "n"),
            ("col.drawn", "n"),
        ],
        "team_rows": [
            [
                names.unit(load.unit),
                whole(load.inspectors),
                whole(load.seats),
                span(fixed(load.expected[0], 2), fixed(load.expected[1], 2)),
                span(str(load.drawn[0][0]), str(load.drawn[-1][0])) if load.drawn else "–",
            ]
            for load in facts.loads[:MOST_TABLE_ROWS]
        ],
    }


def _reasons_part(documents: Documents, facts: Facts, names: Names, texts: Texts) -> dict[str, Any]:
    def rows(found: Sequence[tuple[str, int]]) -> list[list[Any]]:
        return [[texts.named("reason", code), whole(number)] for code, number in found]

    checks = {check["id"]: check for check in documents.checks["checks"]}
    found = documents.plan["left_out"]
    details = [
        [
            names.enterprise(check["enterprise"]),
            names.item(check["item"]),
            reason_text(entry["reason"], names, texts),
            mend_text(entry["reason"], names, texts),
        ]
        for entry in found[:MOST_DETAILS]
        for check in [checks[entry["check"]]]
    ]
    return {
        "details": details,
        "details_more": {"total": whole(len(found)), "shown": whole(MOST_DETAILS)}
        if len(found) > MOST_DETAILS
        else None,
        "left_out": rows(facts.merging.left_out),
        "pairs": rows(facts.merging.unmerged_pairs),
    }


def _verify_part(documents: Documents, texts: Texts) -> dict[str, Any]:
    seed = documents.seed
    hash = hash_named(documents.frame)
    digests = {entry["kind"]: entry["body"] for entry in documents.entries}
    commitments: list[tuple[str, Any, bool]] = [
        ("verify.root", documents.frame["root"], True),
        ("verify.spec", documents.draw["spec"], True),
        ("verify.source", _seed_source(seed, texts), False),
        ("verify.seedtext", seed["text"], True),
        ("verify.key", seed["key"], True),
        ("verify.teamskey", documents.teams_seed["key"], True),
        ("verify.vkey", documents.vkey.strip(), True),
    ]
    ledger = [
        [
            str(entry["index"]),
            entry["time"],
            texts.named("kind", entry["kind"]),
            shorten(digests[entry["kind"]].get(hash.name, ""), 20),
        ]
        for entry in documents.entries[:MOST_TABLE_ROWS]
    ]
    return {
        "commitments": commitments,
        "ledger": ledger,
        "checkpoint": documents.checkpoint,
        "hash_title": hash.title,
    }


def _seed_source(seed: Document, texts: Texts) -> tuple[str, str]:
    source, bits = seed["source"], seed["entropy_millibits"] // 1000
    if source["source"] == "dice":
        return texts.pair(
            "verify.source.dice", sides=source["sides"], rolls=source["rolls"], bits=str(bits)
        )
    if source["source"] == "fixed":
        return texts.pair("verify.source.fixed", text=source["text"])
    zh, en = _source_words(source, texts)
    return f"{zh}（{bits} 比特）", f"{en} ({bits} bits)"


def _source_words(source: Document, texts: Texts) -> tuple[str, str]:
    """Return a source other than a fixed one in Chinese and English words."""
    kind = source["source"]
    if kind == "combined":
        words = [_source_words(part, texts) for part in source["parts"]]
        return "；".join(zh for zh, _ in words), "; then ".join(en for _, en in words)
    if kind == "drand":
        beacon = source["chain"]["metadata"]["beaconID"]
        return texts.pair("verify.source.drand", chain=beacon, round=str(source["round"]))
    if kind == "lottery":
        shown = "; ".join(
            f"{one['name']}: {'.'.join(map(str, numbers))}"
            for one, numbers in zip(source["inputs"], source["results"], strict=True)
        )
        return texts.pair("verify.source.lottery", shown=shown)
    if kind == "parties":
        shown = ", ".join(f"{one['party']} {one['outcome']}" for one in source["reveals"])
        return texts.pair("verify.source.parties", shown=shown)
    return texts.pair("verify.source.part", sides=source["sides"], rolls=source["rolls"])
