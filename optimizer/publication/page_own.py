"""An inspector's own page: my chances, my days, how my work stands to the unit's."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from optimizer.domain.registry import Document
from optimizer.messages import listed, sentence
from optimizer.publication.charts.own_days import OwnDay, draw_own_days
from optimizer.publication.charts.strips import Strip, draw_strips
from optimizer.publication.html import Pages
from optimizer.publication.locale_texts import Texts
from optimizer.publication.page_charts import Figure, figure
from optimizer.publication.text import fixed, percent

Pair = tuple[str, str]
SEATS = ("day", "visit", "seat", "chance", "state")
GOING = ("day", "visit", "enterprise", "half_days", "how")


def page(found: Document) -> bytes:
    """Return the page's bytes, both languages, all within.

    Parameters
    ----------
    found
        As `optimizer.flow.own_view` returns it.
    """
    texts = Texts.load()
    context = {
        "page_title": texts.pair("own.title"),
        "campaign": found["campaign"],
        "inspector": found["inspector"],
        "unit": found["unit"],
        "seats": [(f"own.{name}", "n" if name == "chance" else "") for name in SEATS],
        "going": [(f"own.{name}", "n" if name == "half_days" else "") for name in GOING],
        "visits": [_going(one, texts) for one in found["going"]],
        "recused": [(f"own.{name}", "") for name in ("enterprise", "ground")],
        "recusals": [[_same(one["enterprise"]), _ground(one, texts)] for one in found["recusals"]],
        "rounds": [_round(one, found["unit"], texts) for one in reversed(found["rounds"])],
    }
    return Pages(texts).render("own.html", context)


def _ground(one: Document, texts: Texts) -> Pair:
    if not one["grounds"]:
        return texts.pair("own.ground.shut")
    words = listed([sentence(f"ground-{kind}") for kind in one["grounds"]])
    return words.zh, str(words)


def _round(one: Document, unit: str, texts: Texts) -> Document:
    seats = [(day["day"], seat) for day in one["days"] for seat in day["seats"]]
    work = one["workload"]
    return {
        "number": one["round"],
        "period": " – ".join(one["period"]),
        "replaced": one["replaced"],
        "carried": _half_days(work["carried"]),
        "expected": _half_days(work["expected"]),
        "mean": _half_days(work["mean"]),
        "visits": fixed(sum((Fraction(day["expected"]) for day in one["days"]), Fraction(0)), 2),
        "people": work["inspectors"],
        "days": _days_figure(one, texts) if one["days"] else None,
        "range": _range_figure(one, unit, texts) if "least" in work else None,
        "seats": [
            [
                _same(day),
                _same(seat["visit"]),
                _seat(seat, texts),
                _same(percent(Fraction(seat["odds"]))),
                texts.pair(f"own.state.{seat['state']}"),
            ]
            for day, seat in seats
        ],
    }


def _days_figure(one: Document, texts: Texts) -> Figure:
    days = []
    for day in one["days"]:
        states = {seat["state"] for seat in day["seats"]}
        state = next((s for s in ("going", "open") if s in states), "not")
        days.append(OwnDay(date.fromisoformat(day["day"]), Fraction(day["expected"]), state))
    return figure(
        lambda width: draw_own_days(days, width),
        f"own-days-{one['round']}",
        texts.pair("own.days"),
        texts.pair("own.days.desc", n=len(days)),
    )


def _range_figure(one: Document, unit: str, texts: Texts) -> Figure:
    work = one["workload"]
    least, greatest, mine = (Fraction(work[name]) for name in ("least", "greatest", "expected"))
    # The own dot among the unit's range; nobody else's.
    strip = Strip(unit, (least, greatest), ((round(mine), 1),))
    top = max(1, -(-greatest // 1))
    return figure(
        lambda width: draw_strips([strip], width, int(top)),
        f"own-work-{one['round']}",
        texts.pair("own.work"),
        texts.pair("own.work.desc", mine=fixed(mine, 1), mean=fixed(Fraction(work["mean"]), 1)),
    )


def _seat(seat: Document, texts: Texts) -> Pair:
    if seat["skill"]:
        return texts.pair("own.seat.skill", skill=seat["skill"])
    if seat["seats"] == 1:
        return texts.pair("own.seat.one")
    return texts.pair("own.seat.any", n=seat["seats"])


def _going(one: Document, texts: Texts) -> list[Pair]:
    how = texts.pair("own.how.stands-in" if one["stands_in"] else "own.how.drawn")
    return [
        _same(one["day"]),
        _same(one["visit"]),
        _same(one["enterprise"]),
        _same(one["half_days"]),
        how,
    ]


def _half_days(text: str) -> str:
    return fixed(Fraction(text), 2)


def _same(value: object) -> Pair:
    return str(value), str(value)
