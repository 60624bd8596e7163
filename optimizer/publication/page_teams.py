"""The page of the teams' report: how even the work is, and what an insider could guess."""

from __future__ import annotations

from fractions import Fraction

from optimizer.domain.registry import Document
from optimizer.publication.charts.shares import CLASSES, Share, draw_shares
from optimizer.publication.charts.strips import Strip, draw_strips
from optimizer.publication.html import Pages
from optimizer.publication.locale_texts import Texts
from optimizer.publication.page_charts import Folded, folded

Pair = tuple[str, str]
COLUMNS = ("unit", "inspectors", "seats", "spread", "spread_leximin", "drawn_spread", "entropy",
           "entropy_bound", "largest", "certain", "nought")  # fmt: skip


def page(found: Document) -> bytes:
    """Return the page's bytes, both languages, all within.

    Parameters
    ----------
    found
        As `optimizer.flow.teams_report` returns it.
    """
    texts = Texts.load()
    context = {
        "page_title": texts.pair("teamsreport.title"),
        "campaign": found["campaign"],
        "columns": [(f"teamsreport.{name}", "" if name == "unit" else "n") for name in COLUMNS],
        "guesses": [("teamsreport.days", ""), *((f"teamsreport.{name}", "n") for name in GUESSES)],
        "overruns": [
            ("teamsreport.days", ""),
            ("teamsreport.ground", ""),
            ("teamsreport.given_away", "n"),
            ("teamsreport.open", "n"),
        ],
        "classes": [(style, f"teamsreport.class.{k}") for k, style in enumerate(CLASSES)],
        "rounds": [
            {
                "number": one["round"],
                "period": " – ".join(one["period"]),
                "units": [[_same(unit[name]) for name in COLUMNS] for unit in one["units"]],
                "draws": [_draw(draw) for draw in one["draws"]],
                "beyond": [
                    [
                        _same("/".join(draw["days"])),
                        texts.pair(f"teamsreport.ground.{of['ground']}"),
                        _same(of["given_away"]),
                        _same(of["open"]),
                    ]
                    for draw in one["draws"]
                    for of in draw["stood_in"]
                ],
                "work": _work(one, texts),
                "chances": _chances(one, texts),
            }
            for one in found["rounds"]
        ],
    }
    return Pages(texts).render("teams.html", context)


def _work(one: Document, texts: Texts) -> Folded | None:
    """Draw expected and drawn workloads, a line a unit."""
    strips = [
        Strip(
            unit["unit"],
            (Fraction(unit["expected"][0]), Fraction(unit["expected"][1])),
            tuple((load, number) for load, number in unit["standing"]),
        )
        for unit in one["units"]
    ]
    if not strips:
        return None
    top = max(max(strip.drawn[-1][0], -(-strip.expected[1] // 1)) for strip in strips)
    return folded(
        strips,
        lambda part, width: draw_strips(part, width, int(top)),
        f"t-work-{one['round']}",
        texts.pair("teamsreport.work"),
        texts.pair("teamsreport.work.desc", rows=len(strips)),
    )


def _chances(one: Document, texts: Texts) -> Folded | None:
    """Draw how many odds lie near the even chance, a line a unit."""
    rows = [Share(unit["unit"], tuple(unit["chances"].values())) for unit in one["units"]]
    if not rows:
        return None
    classes = [texts.pair(f"teamsreport.class.{k}") for k in range(len(CLASSES))]
    return folded(
        rows,
        lambda part, width: draw_shares(part, width, classes),
        f"t-chances-{one['round']}",
        texts.pair("teamsreport.chances"),
        texts.pair("teamsreport.chances.desc", rows=len(rows)),
    )


GUESSES = ("seats", "committed", "before", "most", "after")


def _draw(draw: Document) -> list[Pair]:
    committed, before, after = draw["committed"], draw["before"], draw["after"]
    return [
        _same("/".join(draw["days"])),
        _same(draw["seats"]),
        _same(committed["mean"] if committed else ""),
        _same(before["mean"] if before else ""),
        _same(before["largest"] if before else ""),
        _same(after["mean"] if after else ""),
    ]


def _same(value: object) -> Pair:
    return str(value), str(value)
