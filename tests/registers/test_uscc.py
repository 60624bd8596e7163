"""Social credit codes against the outside world."""

from __future__ import annotations

import numpy as np
import pytest
import stdnum.cn.uscc
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.registers import make_table, read_registers
from optimizer.registers.uscc import (
    ALPHABET,
    check_codes,
    check_digit,
    organisation_digit,
)

# Public codes of GB 32100, and false ones, as in public lists and in python-stdnum.
VALID = ("914403001922038216", "91440300192317458F", "91440300708461136T", "91110000600037341L")
INVALID = ("9111010866932312XB", "91440101190486013X", "A1110000600037341L")

bodies = st.builds(
    lambda head, area, rest: head + area + rest,
    st.text("0123456789", min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)


def matrix(codes: list[str]) -> np.ndarray:
    return np.frombuffer("".join(codes).encode(), dtype=np.uint8).reshape(-1, 18)


@pytest.mark.parametrize("code", VALID)
def test_public_codes_are_right(code: str) -> None:
    """Codes of known firms pass, inner organisation digit included."""
    verdict = check_codes(matrix([code]))
    assert verdict.alphabet[0] == -1
    assert not verdict.wrong[0]
    assert not verdict.organisation[0]
    assert check_digit(code) == code[-1]
    assert organisation_digit(code[8:]) == code[16]


@pytest.mark.parametrize("code", INVALID)
def test_false_codes_are_refused(code: str) -> None:
    """Codes known to be false do not pass."""
    verdict = check_codes(matrix([code]))
    assert verdict.wrong[0] or verdict.alphabet[0] >= 0


@settings(deadline=None)
@given(bodies)
def test_check_digit_is_that_of_python_stdnum(body: str) -> None:
    """Ours and python-stdnum's check digit are the same for every body."""
    ours = check_digit(body)
    assert ours == stdnum.cn.uscc.calc_check_digit(body)
    assert stdnum.cn.uscc.is_valid(body + ours)


@settings(deadline=None)
@given(st.lists(st.text(ALPHABET + "IOSVZ", min_size=18, max_size=18), min_size=1, max_size=20))
def test_column_agrees_with_python_stdnum(codes: list[str]) -> None:
    """Whole columns are judged as python-stdnum judges each code with a numeric head."""
    codes = ["91" + code[2:] for code in codes]
    verdict = check_codes(matrix(codes))
    for i, code in enumerate(codes):
        good = verdict.alphabet[i] == -1 and not verdict.wrong[i]
        assert good == stdnum.cn.uscc.is_valid(code)


@settings(deadline=None)
@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, other: str) -> None:
    """No single slip of the pen passes: 31 is a prime."""
    code = body + check_digit(body)
    spoilt = code[:place] + other + code[place + 1 :]
    verdict = check_codes(matrix([spoilt]))
    good = verdict.alphabet[0] == -1 and not verdict.wrong[0]
    assert good == (spoilt == code)


def test_inner_digit_is_a_warning_only() -> None:
    """A code whose organisation digit is off, but whose own is right, is used."""
    body = "91140302" + "MA0TEXT1" + ("0" if organisation_digit("MA0TEXT1") != "0" else "1")
    code = body + check_digit(body)
    tables = {
        "enterprises": make_table(
            "enterprises",
            ("id", "name", "county", "industry"),
            [(code, "甲", "140302", "5212")],
        ),
    }
    reading = read_registers(tables, city="140300")
    assert [fault.code for fault in reading.warnings] == ["uscc-organisation-digit"]
    assert {fault.code for fault in reading.faults} == {"register-missing"}
