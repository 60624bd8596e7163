"""The bytes of entry codes: one way to write each, nothing else is read, the page's example."""

from __future__ import annotations

import re
import stat
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from api.security.entry_codes import (
    NAME,
    PREFIX,
    EntryCode,
    UnreadableCodeError,
    code_key,
    is_signed,
    read_code,
    sign_code,
)
from optimizer.canon import note
from optimizer.canon.signing import Ed25519Key

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "entry-code.md").read_text("utf-8")
SEED = b"\x07" * 32
SIGNER = note.Signer(NAME, SEED)
EXAMPLE = EntryCode(
    SIGNER.verifier.key_id.hex(),
    b"\x2a" * 8,
    date(2026, 4, 14),
    date(2026, 4, 14),
    812,
    "yangquan-2026",
    "91140300MA0GTEST8X",
)
CODES = st.builds(
    lambda nonce, day, more, visit, campaign, enterprise: EntryCode(
        EXAMPLE.kid, nonce, day, day + timedelta(days=more), visit, campaign, enterprise
    ),
    st.binary(min_size=8, max_size=8),
    st.dates(date(2000, 1, 1), date(2150, 1, 1)),
    st.integers(0, 255),
    st.integers(0, 2**32 - 1),
    st.text(max_size=60),
    st.text(max_size=60),
)


def test_the_worked_example() -> None:
    """Verifier key and code of the page are those of its key and fields, and the code is read."""
    vkey, code = re.findall(r"^(double-random/entry-codes\+\S+|DR1[A-Z2-7]+)$", PAGE, re.M)
    assert vkey == SIGNER.vkey
    assert code == sign_code(EXAMPLE, Ed25519Key(SEED))
    said, signature = read_code(code)
    assert said == EXAMPLE
    assert is_signed(said, signature, vkey)


@given(CODES)
def test_codes_come_back(code: EntryCode) -> None:
    """What was signed is read as it was, typed in small letters and with spaces too."""
    text = sign_code(code, Ed25519Key(SEED))
    assert re.fullmatch(r"[A-Z0-9]+", text)
    said, signature = read_code(text)
    assert said == code
    assert is_signed(said, signature, SIGNER.vkey)
    assert read_code(f" {text[:9].lower()} {text[9:]}\n") == (said, signature)


@given(CODES, st.data())
def test_no_other_code_passes(code: EntryCode, data: st.DataObject) -> None:
    """A code with any letter changed, left out or added is unreadable or not signed."""
    text = sign_code(code, Ed25519Key(SEED))
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=é-"))
    kind = data.draw(st.sampled_from(["change", "drop", "add"]))
    changed = text[:place] + ("" if kind == "drop" else letter) + text[place + (kind != "add") :]
    if changed == text:
        return
    try:
        said, signature = read_code(changed)
    except UnreadableCodeError:
        return
    assert not is_signed(said, signature, SIGNER.vkey)


@given(st.text(max_size=300))
def test_anything_else_is_unreadable(text: str) -> None:
    """Whatever is typed in, the reader gives a code or says that it is none."""
    for each in (text, PREFIX + text):
        try:
            read_code(each)
        except UnreadableCodeError:
            continue
        raise AssertionError(each)


def test_a_code_fits_a_small_qr_code() -> None:
    """With an address before it the example takes 61 modules a side at most, level M."""
    code = sign_code(EXAMPLE, Ed25519Key(SEED))
    made = segno.make(f"HTTPS://JC.EXAMPLE.GOV.CN/E/{code}", error="m")
    assert made.mode == "alphanumeric"
    assert made.symbol_size(border=0)[0] <= 61


def test_of_many_who_make_the_key_one_stands(tmp_path: Path) -> None:
    """Servers that start at once share one key, whole, and readable by its owner alone."""
    path = tmp_path / "s.entry-key"
    found: list[str] = []

    def work(number: int) -> None:
        found.append(code_key(path, lambda size: bytes([number + 1, 9] * (size // 2))).kid)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("seed", [b"\x00" * 32, b"short"])
def test_placeholders_sign_nothing(tmp_path: Path, seed: bytes) -> None:
    """A key that somebody typed in is refused with a word."""
    from optimizer.errors import InputError

    path = tmp_path / "s.entry-key"
    path.write_text(seed.hex())
    path.chmod(0o600)
    with pytest.raises(InputError) as caught:
        code_key(path, lambda size: bytes(size))
    assert caught.value.faults[0].code in ("entry-key-default", "entry-key-malformed")
