"""The page of the teams' report: how even the work is, and what an insider could guess."""

from __future__ import annotations

from optimizer.domain.registry import Document
from optimizer.publication.html import Pages
from optimizer.publication.locale_texts import Texts

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
        "rounds": [
            {
                "number": one["round"],
                "period": " – ".join(one["period"]),
                "units": [[_same(unit[name]) for name in COLUMNS] for unit in one["units"]],
                "draws": [_draw(draw) for draw in one["draws"]],
            }
            for one in found["rounds"]
        ],
    }
    return Pages(texts).render("teams.html", context)


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
