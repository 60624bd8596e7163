"""The page of an entry code: what a phone shows at the door, and what is printed for the visit."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from optimizer.publication.html import Pages
from optimizer.publication.locale_texts import Texts

Pair = tuple[str, str]
Told = Mapping[str, Any]


def check_page(told: Told) -> bytes:
    """Return the page that says whether a visit is authorised.

    Parameters
    ----------
    told
        What a check of the code answers: ``authorised``, ``words``, ``today``, and as far as it is
        told ``days``, ``enterprise``, ``units``, ``items``, ``inspectors``.
    """
    words = told["words"]
    verdict = {"yes": told["authorised"], "words": (words["zh"], words["en"])}
    asked = [("entrycode.asked", [_same(told["today"])])]
    return _render(facts=[*_facts(told), *asked], verdict=verdict)


def code_page(told: Told, *, letters: str, qr: str) -> bytes:
    """Return the page that is printed: the QR code, and what it stands for.

    Parameters
    ----------
    letters
        The code.
    qr
        The QR code as SVG.
    """
    image = f"data:image/svg+xml;base64,{base64.b64encode(qr.encode()).decode()}"
    return _render(facts=_facts(told), letters=letters, qr=image)


def _facts(told: Told) -> list[tuple[str, list[Pair]]]:
    texts = Texts.load()
    found: list[tuple[str, list[Pair]]] = []
    if "enterprise" in told:
        firm = told["enterprise"]
        found.append(("entrycode.enterprise", [_same(firm["name"]), _same(firm["id"])]))
    if "days" in told:
        days = sorted(set(told["days"]))
        found.append(("entrycode.day", [_same(" – ".join(days))]))
    if "departments" in told:
        names = [_same(one["name"]) for one in told["departments"]]
        found.append(("entrycode.departments", names))
    if "units" in told:
        rows = []
        for one in told["units"]:
            zh, en = texts.pair("entrycode.people", count=one["inspectors"])
            rows.append((f"{one['name']}：{zh}", f"{one['name']}: {en}"))
        found.append(("entrycode.units", rows))
    if "items" in told:
        found.append(("entrycode.items", [_same(one["name"]) for one in told["items"]]))
    if "inspectors" in told:
        count = texts.pair("entrycode.people", count=told["inspectors"])
        found.append(("entrycode.inspectors", [count]))
    return found


def _render(**context: Any) -> bytes:
    texts = Texts.load()
    whole: dict[str, Any] = {
        "page_title": texts.pair("entrycode.title"),
        "alt": texts.pair("entrycode.qr"),
        "verdict": None,
        "qr": "",
        "letters": "",
    }
    return Pages(texts, more_style="entrycode.css").render("entrycode.html", {**whole, **context})


def _same(value: object) -> Pair:
    return str(value), str(value)
