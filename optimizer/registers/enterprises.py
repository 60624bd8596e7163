"""The enterprise register (检查对象名录库)."""

from __future__ import annotations

import re
from itertools import starmap

import numpy as np
import pyarrow.compute as pc

from optimizer.domain.design import LARGEST_WEIGHT
from optimizer.domain.enterprise import Enterprise
from optimizer.registers import uscc
from optimizer.registers.cells import (
    choice,
    degrees,
    list_of,
    matching,
    needed,
    read_text,
    read_yes_no,
    whole,
)
from optimizer.registers.codes import CodeLists, builtin_codes
from optimizer.registers.fault import BadCell
from optimizer.registers.sheet import Keys, Sheet

SIZES = {
    "large": "large",
    "medium": "medium",
    "small": "small",
    "micro": "micro",
    "大型": "large",
    "中型": "medium",
    "小型": "small",
    "微型": "micro",
}
STATUSES = {
    "active": "active",
    "closed": "closed",
    "revoked": "revoked",
    "存续": "active",
    "在业": "active",
    "开业": "active",
    "注销": "closed",
    "吊销": "revoked",
}
FREE_ID = r"[0-9A-Z-]{1,55}"
_ZONE = matching(r"[^+|\x00-\x1f\x7f]{1,60}", "zone-malformed")


def read_enterprises(
    sheet: Sheet, codes: CodeLists, *, identifiers: str, city: str
) -> tuple[list[Enterprise], Keys]:
    """Read the register; faults are left in the sheet.

    Parameters
    ----------
    identifiers
        ``uscc`` or ``free``.
    city
        Area code of the city; only for guessing what a wrong county was meant to be.

    Returns
    -------
    tuple
        Enterprises of the rows without fault, and the identifiers others may refer to.
    """
    if identifiers == "uscc":
        _check_credit_codes(sheet)
    else:
        sheet.read("id", needed(matching(FREE_ID, "id-malformed-free")))
    sheet.mark_twice("id", "enterprise-twice")
    ids = sheet.raw("id")

    def county(text: str) -> str:
        if text not in codes.counties:
            raise BadCell("county-unknown", near=sheet.guess(lambda: codes.near_county(text, city)))
        return text

    def industry(text: str) -> str:
        if text not in codes.classes:
            code = "industry-not-class" if text in codes.industries else "industry-unknown"
            raise BadCell(code, near=sheet.guess(lambda: codes.near_industry(text)))
        return text

    def zones(text: str) -> tuple[str, ...]:
        return tuple(sorted(list_of(_ZONE)(text)))

    columns = (
        ids,
        sheet.read_names("name"),
        sheet.read("county", needed(county)),
        sheet.read("industry", needed(industry)),
        sheet.read("risk", matching("[0-9A-Za-z]{0,8}", "risk-malformed")),
        sheet.read("size", choice(SIZES, "")),
        sheet.read("township", read_text),
        sheet.read("zones", zones),
        sheet.read("major", read_yes_no),
        sheet.read("cross_county", read_yes_no),
        sheet.read("status", choice(STATUSES, "active")),
        sheet.read("lat", degrees(90)),
        sheet.read("lon", degrees(180)),
        sheet.read("weight", whole(1, LARGEST_WEIGHT, 0)),
    )
    _note_outsiders(sheet, columns[2], codes, city)
    keys = sheet.keys()
    if sheet.table_faults or (sheet.bad.any() and not sheet.excluding):
        return [], keys
    if sheet.bad.any():
        good = sheet.good_places()
        columns = tuple([column[i] for i in good] for column in columns)  # type: ignore[assignment]
    return list(starmap(Enterprise, zip(*columns, strict=True))), keys


def _note_outsiders(sheet: Sheet, counties: list[str], codes: CodeLists, city: str) -> None:
    """Warn of enterprises outside the city; codes of a list of one's own tell nothing of it."""
    if not city or codes.areas is not builtin_codes().areas:
        return
    inside = city[:2] if city[2:4] == "00" else city[:4]
    strange = {county for county in set(counties) if county and not county.startswith(inside)}
    if not strange:
        return
    places = [place for place, county in enumerate(counties) if county in strange]
    sheet.warn(places[0], "county", "county-outside-city", count=len(places), city=city)


def _check_credit_codes(sheet: Sheet) -> None:
    if not sheet.has("id"):
        return
    cells = sheet.cells("id")
    lengths = pc.binary_length(cells).to_numpy()
    full = lengths == uscc.LENGTH
    for place in np.flatnonzero(~full):
        text = cells[int(place)].as_py()
        if not text:
            sheet.add(int(place), "id", "cell-missing")
        elif re.fullmatch(r"\d(?:\.\d+)?[eE]\+?\d+", text):
            sheet.add(int(place), "id", "code-as-number")
        elif len(text) == uscc.LENGTH:
            # 18 characters, but not ASCII: full-width forms or Cyrillic look-alikes.
            out = next(i for i, c in enumerate(text) if c not in uscc.ALPHABET)
            sheet.add(int(place), "id", "uscc-alphabet", at=out + 1, character=text[out])
        else:
            sheet.add(int(place), "id", "uscc-length", length=len(text))
    places = np.flatnonzero(full)
    if not len(places):
        return
    joined = "".join(cells.filter(full).to_pylist()) if not full.all() else None
    text = joined if joined is not None else "".join(cells.to_pylist())
    # A cell of 18 bytes may still hold fewer characters: those bytes are outside the alphabet.
    matrix = np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, uscc.LENGTH)
    verdict = uscc.check_codes(matrix)
    for i in np.flatnonzero(verdict.alphabet >= 0):
        code = cells[int(places[i])].as_py()
        if len(code) != uscc.LENGTH:
            sheet.add(int(places[i]), "id", "uscc-length", length=len(code))
            continue
        at = int(verdict.alphabet[i])
        fault = "uscc-area-digits" if code[at] in uscc.ALPHABET else "uscc-alphabet"
        sheet.add(int(places[i]), "id", fault, at=at + 1, character=code[at])
    for i in np.flatnonzero(verdict.wrong):
        digit = chr(int(verdict.expected[i]))
        sheet.add(int(places[i]), "id", "uscc-check-digit", digit=digit)
    odd = np.flatnonzero(verdict.organisation)
    if len(odd):
        sheet.warn(int(places[odd[0]]), "id", "uscc-organisation-digit", count=len(odd))
