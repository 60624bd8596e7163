"""The frame: lines, root, eligibility."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import date

import pytest
from frame_city import (
    MASTER,
    make_campaign,
    make_enterprise,
    make_order,
    make_registers,
    make_rules,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.canon import canonical, merkle, parse
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.errors import InputError
from optimizer.frame import Frame, build_frame, label_risk


def built(registers: Registers, campaign=None, rules=None) -> Frame:
    """Label and build."""
    given = (registers, campaign or make_campaign(), rules or make_rules())
    labelled, campaign, rules, classes = label_risk(*given, MASTER)
    return build_frame(labelled, campaign, rules, salt_master=MASTER, risk_class_of=classes)


def test_worked_line() -> None:
    """One line has exactly the bytes that the format page describes."""
    registers = make_registers([make_enterprise(6, name="甲", risk="B")])
    frame = built(registers)

    def keyed(text: str) -> bytes:
        return hmac.new(MASTER, text.encode(), hashlib.sha256).digest()

    risk_salt = keyed("risk/v1:E-0006")[:16].hex()
    expected = {
        "id": "E-0006",
        "county": "140301",
        "industry": "5212",
        "zones": ["belt", "high-tech"],
        "items": ["M-01"],
        "out": {},
        "labels": {
            "county": "140301",
            "risk": "k1",
            "size": "large",
            "section": "F",
            "zone": "belt+high-tech",
        },
        "salt": keyed("leaf/v1:E-0006")[:16].hex(),
        "risk": hashlib.sha256(f"double-random/risk/v1:{risk_salt}:B".encode()).hexdigest(),
    }
    assert frame.lines == (canonical(expected),)
    assert frame.root == hashlib.sha256(b"\x00" + frame.lines[0]).hexdigest()


zone_names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, categories=["L"]))


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            make_enterprise,
            st.integers(0, 9999),
            county=st.sampled_from(["140301", "140302"]),
            zones=st.lists(zone_names, max_size=3, unique=True).map(tuple),
            status=st.sampled_from(["active", "closed", "revoked"]),
            size=st.sampled_from(["", "large", "micro"]),
        ),
        max_size=12,
        unique_by=lambda enterprise: enterprise.id,
    )
)
def test_lines_are_canonical_sorted_and_hashed(enterprises) -> None:
    """Each line is its own canonical form; lines ascend by id; the root is theirs."""
    frame = built(make_registers(enterprises))
    assert [canonical(parse(line)) for line in frame.lines] == list(frame.lines)
    ids = [parse(line)["id"] for line in frame.lines]
    assert ids == sorted(enterprise.id for enterprise in enterprises) == list(frame.ids)
    assert frame.root == merkle.root(map(merkle.leaf_hash, frame.lines)).hex()
    assert frame.document["size"] == len(enterprises)


def test_eligible_agrees_with_the_lines() -> None:
    """Positions and labels that the draw reads say the same as the published lines."""
    items = (
        Item("A-1", "a", "market", industries=("F",)),
        Item("B-1", "b", "fire", industries=("62", "A")),
        Item("C-1", "c", "fire"),
    )
    enterprises = [
        make_enterprise(n, status="closed" if n % 7 == 0 else "active") for n in range(100)
    ]
    orders = (make_order("A-1"), make_order("B-1", "fire"), make_order("C-1", "fire"))
    frame = built(make_registers(enterprises, items), make_campaign(*orders))
    records = [parse(line) for line in frame.lines]
    for order in orders:
        said = [n for n, record in enumerate(records) if order.key in record["items"]]
        assert frame.eligible[order.key].tolist() == said
    for field, (codes, values) in frame.labels.items():
        assert [values[code] for code in codes] == [r["labels"][field] for r in records]
    for record in records:
        number = int(record["id"][2:])
        may = {0: {"A-1", "C-1"}, 1: {"B-1", "C-1"}, 2: {"B-1", "C-1"}}[number % 3]
        assert set(record["items"]) == (set() if number % 7 == 0 else may)
        assert record["out"] == (dict.fromkeys(may, "closed") if number % 7 == 0 else {})


def test_document_lists_the_registers() -> None:
    """`frame.json` names each register file, sorted, with rows left out and why."""
    document = built(make_registers([make_enterprise(1)])).document
    assert [file["register"] for file in document["registers"]] == ["enterprises", "items"]
    assert document["registers"][0]["excluded"] == [[7, "uscc-length"]]
    assert parse(canonical(document)) == document


def test_order_of_rows_does_not_matter() -> None:
    """The same enterprises in another order give the same frame."""
    enterprises = [make_enterprise(n) for n in range(20)]
    forward, backward = built(make_registers(enterprises)), built(make_registers(enterprises[::-1]))
    assert forward.lines == backward.lines
    assert forward.root == backward.root


def test_another_salt_master_hides_again() -> None:
    """With another master every leaf hash is another, though the register is the same."""
    registers = make_registers([make_enterprise(n, risk="") for n in range(5)])
    frames = [
        build_frame(registers, make_campaign(), make_rules(), salt_master=master, risk_class_of={})
        for master in (MASTER, bytes(32))
    ]
    assert not set(frames[0].leaf_hashes) & set(frames[1].leaf_hashes)


@pytest.mark.parametrize("identifier", ["e-1", "E 1", "E:1", "", "E" * 56, "Ｅ1", "E-1\n"])
def test_identifiers_that_could_imitate_are_refused(identifier: str) -> None:
    """An identifier outside `[0-9A-Z-]{1,55}` is refused by name."""
    enterprise = replace(make_enterprise(1), id=identifier)
    with pytest.raises(InputError) as caught:
        built(make_registers([enterprise]))
    assert [fault.field for fault in caught.value.faults] == ["id"]


def test_several_orders_for_one_item_have_keys_of_their_own() -> None:
    """Two half-years of one item stand side by side under their own names."""
    spring = make_order(id="M-01-spring")
    autumn = replace(
        spring, id="M-01-autumn", window=type(spring.window)(date(2026, 9, 1), date(2026, 11, 30))
    )
    frame = built(make_registers([make_enterprise(1)]), make_campaign(spring, autumn))
    assert parse(frame.lines[0])["items"] == ["M-01-autumn", "M-01-spring"]


def test_repr_is_one_line() -> None:
    """A frame prints itself in one line."""
    text = repr(built(make_registers([make_enterprise(1)])))
    assert text.startswith("<Frame frame-2026: 1 enterprises")
    assert "\n" not in text
