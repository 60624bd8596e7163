"""Registers: what is read, what is left out, what refers to what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.domain.days import Span
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import Recusal, VisitCap
from optimizer.errors import InputError
from optimizer.registers import (
    RawTable,
    RegisterMapping,
    build_registers,
    make_codes,
    make_table,
    read_registers,
)
from optimizer.registers.uscc import check_digit, organisation_digit

HEADS = {
    "enterprises": ("id", "name", "county", "industry", "risk", "zones"),
    "units": ("id", "name", "department", "department_name", "level", "area"),
    "inspectors": (
        "id", "name", "unit", "certificate", "valid_from", "valid_to",
        "skills", "leave", "recusals",
    ),
    "items": ("id", "name", "department", "incompatible", "skills"),
    "triggered": ("id", "enterprise", "item", "source", "received", "due"),
    "visits_made": ("enterprise", "date", "department"),
}  # fmt: skip


def code(number: int) -> str:
    body = f"MA{number:06d}"
    head = "91140302" + body + organisation_digit(body)
    return head + check_digit(head)


def good_rows() -> dict[str, list[tuple[str, ...]]]:
    return {
        "enterprises": [
            (code(i), f"企业{i}", "140302", "5212", "AB"[i % 2], "乙区、甲区" if i == 1 else "")
            for i in range(6)
        ],
        "units": [
            ("market-city", "市局", "market", "市场监管", "city", "140300"),
            ("market-140302", "区局", "market", "市场监管", "县级", "140302"),
            ("fire-140302", "大队", "fire", "消防", "县级", "140302"),
        ],
        "inspectors": [
            ("I1", "甲", "market-140302", "C1", "2024/1/1", "2028年12月31日", "食品；电梯",
             "2026/2/1/2026/2/3;2026-05-01;2026.6.1至20260603", f"{code(1)}:近亲属;{code(2)}"),
            ("I2", "乙", "fire-140302", "C2", "2024-01-01", "2028-12-31", "", "", ""),
        ],
        "items": [
            ("M-01", "登记", "market", "F-01", "食品"),
            ("M-02", "食品", "market", "", ""),
            ("F-01", "消防", "fire", "", ""),
        ],
        "triggered": [
            ("T2", code(3), "M-02", "投诉举报", "2026-01-05", "2026-02-05"),
            ("T1", code(0), "F-01", "assigned", "2026-01-05", "2026-02-05"),
        ],
        "visits_made": [(code(2), "2026-01-06", "fire"), (code(0), "2026-01-05", "market")],
    }  # fmt: skip


def tables(rows: Mapping[str, list[tuple[str, ...]]]) -> dict[str, RawTable]:
    return {name: make_table(name, HEADS[name], found) for name, found in rows.items()}


def test_values_are_read_in_order_of_identifier() -> None:
    """Chinese and English words, all forms of dates and lists, defaults, sorted mappings."""
    made = build_registers(tables(good_rows()), city="140300")
    assert list(made.enterprises) == sorted(code(i) for i in range(6))
    assert made.enterprises[code(1)] == Enterprise(
        code(1), "企业1", "140302", "5212", "B", zones=("乙区", "甲区")
    )
    assert list(made.units) == ["fire-140302", "market-140302", "market-city"]
    assert made.units["market-140302"].level == "county"
    inspector = made.inspectors["I1"]
    assert inspector.valid == Span(date(2024, 1, 1), date(2028, 12, 31))
    assert inspector.skills == {"食品", "电梯"}
    assert inspector.leave == (
        Span(date(2026, 2, 1), date(2026, 2, 3)),
        Span(date(2026, 5, 1), date(2026, 5, 1)),
        Span(date(2026, 6, 1), date(2026, 6, 3)),
    )
    assert inspector.recusals == (Recusal(code(1), "family"), Recusal(code(2), "interest"))
    assert [report.id for report in made.triggered] == ["T1", "T2"]
    assert [visit.enterprise for visit in made.visits_made] == [code(0), code(2)]
    assert made.sections["5212"] == "F"
    assert made.areas["140302"] == "城区"
    assert [(f.register, f.rows, f.excluded) for f in made.files][:2] == [
        ("enterprises", 6, ()),
        ("units", 3, ()),
    ]


def test_incompatible_items_are_made_symmetric() -> None:
    """If one item excludes the other, the other excludes it."""
    items = build_registers(tables(good_rows()), city="140300").items
    assert items["M-01"].incompatible == {"F-01"}
    assert items["F-01"].incompatible == {"M-01"}
    assert items["M-02"].incompatible == frozenset()


def test_registers_do_not_depend_on_the_order_of_rows() -> None:
    """Rows in another order give the same values."""
    turned = {name: rows[::-1] for name, rows in good_rows().items()}
    first = build_registers(tables(good_rows()), city="140300")
    second = build_registers(tables(turned), city="140300")
    for name in ("enterprises", "units", "inspectors", "items", "triggered", "visits_made"):
        assert getattr(first, name) == getattr(second, name)
        assert list(getattr(first, name)) == list(getattr(second, name))


def test_excluded_rows_take_along_what_refers_to_them() -> None:
    """A faulty unit takes its inspectors; a faulty enterprise its reports; all on record."""
    rows = good_rows()
    rows["units"][2] = ("fire-140302", "大队", "fire", "消防", "县级", "999999")
    rows["enterprises"][3] = (code(3), "企业3", "140399", "5212", "A", "")
    with pytest.raises(InputError) as caught:
        build_registers(tables(rows), city="140300")
    # Without exclusion a reference to a faulty row is no second fault.
    assert [(f.file, f.row, f.code) for f in caught.value.faults] == [
        ("enterprises", 5, "county-unknown"),
        ("units", 4, "area-unknown"),
    ]
    made = build_registers(tables(rows), city="140300", exclude_faulty=True)
    assert {f.register: f.excluded for f in made.files} == {
        "enterprises": ((5, "county-unknown"),),
        "units": ((4, "area-unknown"),),
        "inspectors": ((3, "refers-to-excluded"),),
        "items": ((4, "refers-to-excluded"),),
        "triggered": ((2, "refers-to-excluded"), (3, "refers-to-excluded")),
        "visits_made": ((2, "refers-to-excluded"),),
    }
    assert set(made.inspectors) == {"I1"}
    assert made.triggered == ()
    assert made.items["M-01"].incompatible == frozenset()
    assert all(f.rows == len(rows[f.register]) for f in made.files)


def test_nothing_left_is_a_fault() -> None:
    """Excluding every row of a needed register is refused."""
    rows = good_rows()
    rows["units"] = [(*row[:5], "999999") for row in rows["units"]]
    with pytest.raises(InputError) as caught:
        build_registers(tables(rows), city="", exclude_faulty=True)
    assert "all-excluded" in {fault.code for fault in caught.value.faults}


SPOILT = {
    "enterprises": [("county", "000000"), ("industry", "x"), ("name", ""), ("id", "1")],
    "units": [("level", "x"), ("area", "x"), ("department", "a b")],
    "inspectors": [("valid_to", "2020-01-01"), ("leave", "x"), ("unit", "")],
    "items": [("skills", "a;b;c"), ("department", "x")],
    "triggered": [("due", "2020-01-01"), ("source", "x"), ("item", "x")],
    "visits_made": [("date", "x"), ("department", "x")],
}
spoils = st.dictionaries(
    st.tuples(st.sampled_from(sorted(SPOILT)), st.integers(0, 5)), st.integers(0, 3), max_size=5
)


@settings(max_examples=60, deadline=None)
@given(spoils)
def test_excluding_gives_what_the_good_rows_alone_give(spoils: dict[tuple[str, int], int]) -> None:
    """Reading with exclusion equals reading a register from which those rows were deleted."""
    rows = good_rows()
    for (register, place), kind in spoils.items():
        column, text = SPOILT[register][kind % len(SPOILT[register])]
        found = list(rows[register][place % len(rows[register])])
        found[HEADS[register].index(column)] = text
        rows[register][place % len(rows[register])] = tuple(found)
    reading = read_registers(tables(rows), city="140300", exclude_faulty=True)
    strict = read_registers(tables(rows), city="140300")
    assert (strict.registers is None) == bool(strict.faults)
    if reading.registers is None:
        assert any(fault.code == "all-excluded" for fault in reading.faults)
        return
    excluded = {f.register: {row for row, _ in f.excluded} for f in reading.registers.files}
    kept = {
        name: [row for i, row in enumerate(found, 2) if i not in excluded[name]]
        for name, found in rows.items()
    }
    # What an item is not compatible with, and whom an inspector must avoid, may be left out.
    kept["items"] = [(*r[:3], r[3] if r[3] in {k[0] for k in kept["items"]} else "", r[4])
                     for r in kept["items"]]  # fmt: skip
    known = {row[0] for row in kept["enterprises"]}
    kept["inspectors"] = [
        (*r[:8], ";".join(p for p in r[8].split(";") if p.split(":")[0] in known))
        for r in kept["inspectors"]
    ]
    again = build_registers(tables(kept), city="140300")
    for name in ("enterprises", "units", "items", "triggered", "visits_made"):
        assert getattr(again, name) == getattr(reading.registers, name)
    assert list(again.inspectors) == list(reading.registers.inspectors)


def test_every_fault_of_every_register_is_found_at_once() -> None:
    """A fault in each register gives a fault of each register."""
    rows = good_rows()
    for register, ((column, text), *_) in SPOILT.items():
        found = list(rows[register][0])
        found[HEADS[register].index(column)] = text
        rows[register][0] = tuple(found)
    faults = read_registers(tables(rows), city="140300").faults
    assert {fault.file for fault in faults} >= set(SPOILT)
    assert all(fault.row == 2 for fault in faults)


def test_mapping_gives_headings_and_words_a_meaning() -> None:
    """A bureau's own headings and words are read as ours; faults show the bureau's."""
    rows = good_rows()
    heads = ("信用代码", "单位", "县", "门类代码", "等级", "片区")
    turned = [
        (*row[:2], "城里" if i else "城外", *row[3:]) for i, row in enumerate(rows["enterprises"])
    ]
    found = tables(rows) | {"enterprises": make_table("enterprises", heads, turned)}
    names = ("id", "name", "county", "industry", "risk", "zones")
    mapping = {
        "enterprises": RegisterMapping(
            dict(zip(heads, names, strict=True)), {"county": {"城里": "140302"}}
        )
    }
    (fault,) = read_registers(found, city="140300", mapping=mapping).faults
    assert (fault.code, fault.field, fault.value) == ("county-unknown", "县", "城外")
    mapping["enterprises"].values["county"]["城外"] = "140303"  # type: ignore[index]
    made = build_registers(found, city="140300", mapping=mapping)
    assert [e.county for e in made.enterprises.values()].count("140302") == 5


def test_own_code_lists_and_free_identifiers() -> None:
    """A city outside China brings its own lists and identifiers."""
    rows = good_rows()
    rows["enterprises"] = [
        ("LIC-1", "Café", "ward-1", "R1", "1", ""),
        ("LIC-2", "Bar", "ward-2", "R1", "", ""),
    ]
    rows["units"] = [("health-ward-1", "North", "health", "Health", "county", "ward-1")]
    rows["inspectors"] = [
        ("I1", "A", "health-ward-1", "C1", "2011-01-01", "2013-12-31", "", "", "LIC-1")
    ]
    rows["items"] = [("H-01", "Canvass", "health", "", "")]
    del rows["triggered"], rows["visits_made"]
    codes = make_codes(areas={"ward-1": "1", "ward-2": "2"}, industries={"R1": ("Restaurant", "R")})
    made = build_registers(tables(rows), codes=codes, identifiers="free", city="chicago")
    assert made.sections == {"R1": "R"}
    assert list(made.enterprises) == ["LIC-1", "LIC-2"]
    rows["enterprises"][1] = ("lic 2", "Bar", "ward-3", "R2", "", "")
    faults = read_registers(tables(rows), codes=codes, identifiers="free", city="chicago").faults
    assert [f.code for f in faults] == ["id-malformed-free", "county-unknown", "industry-unknown"]


def test_unknown_columns_are_a_warning() -> None:
    """Columns nobody asked for are named and do no harm."""
    rows = good_rows()
    found = tables(rows)
    found["units"] = make_table(
        "units", (*HEADS["units"], "电话"), [(*row, "110") for row in rows["units"]]
    )
    reading = read_registers(found, city="140300")
    assert reading.registers is not None
    assert [(w.code, w.value) for w in reading.warnings] == [("column-unknown", "电话")]


def test_sources_of_the_rule_set_are_known() -> None:
    """A word among the rule set's exempt sources is a source; without it, it is a fault."""
    rows = good_rows()
    rows["triggered"][0] = (*rows["triggered"][0][:3], "licence", *rows["triggered"][0][4:])
    assert read_registers(tables(rows), city="140300").faults[0].code == "word-unknown"
    made = build_registers(tables(rows), city="140300", exempt_sources=["licence"])
    assert made.triggered[1].source == "licence"


def test_visit_caps_are_read_and_faults_named() -> None:
    """Caps on visits over time; an empty cell is no cap; what is no count is named."""
    rows = good_rows()
    mine, made = rows["inspectors"], tables(rows)
    heads = (*HEADS["inspectors"], "max_week", "max_month", "visits_week")
    more = [(*mine[0], "3", "", "2"), (*mine[1], "", "9", "")]
    made["inspectors"] = make_table("inspectors", heads, more)
    found = build_registers(made, city="140300").inspectors
    assert found["I1"].visit_caps == (VisitCap("week", 3, 2),)
    assert found["I2"].visit_caps == (VisitCap("month", 9),)
    more = [(*mine[0], "-3", "", "2"), (*mine[1], "", "9", "some")]
    made["inspectors"] = make_table("inspectors", heads, more)
    with pytest.raises(InputError) as caught:
        build_registers(made, city="140300")
    assert [(f.row, f.field, f.code) for f in caught.value.faults] == [
        (2, "max_week", "number-range"),
        (3, "visits_week", "number-malformed"),
    ]
