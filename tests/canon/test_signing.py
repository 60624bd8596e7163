"""SM2 beside Ed25519 in notes: vectors, another program's keys, key holders, what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import gmalg
import pytest

from optimizer.canon import note
from optimizer.canon.signing import ED25519, SM2, SM2_ID, Ed25519Key
from optimizer.errors import CheckFailedError, InputError

SIGNED = json.loads(Path("tests/vectors/gm.json").read_text("utf-8"))["sm2_sign"]
PUBLIC = bytes.fromhex("04" + SIGNED["public_x"] + SIGNED["public_y"])
MESSAGE = bytes.fromhex(SIGNED["message_hex"])
SIGNATURE = bytes.fromhex(SIGNED["r"] + SIGNED["s"])
P = 2**256 - 2**224 - 2**96 + 2**64 - 1


class Sm2Key:
    """An SM2 key in memory, for tests: a library signs."""

    algorithm = SM2

    def __init__(self, private: bytes) -> None:
        self._library = gmalg.SM2(private, SM2_ID)
        self.public = gmalg.SM2().generate_pk(private)

    def sign(self, message: bytes) -> bytes:
        return b"".join(part.rjust(32, b"\0") for part in self._library.sign(message))


def test_the_standards_signature_holds() -> None:
    """GB/T 32918.5-2017, appendix A.2; not with any byte changed."""
    assert SM2.holds(PUBLIC, MESSAGE, SIGNATURE)
    for at in (0, 31, 32, 63):
        bent = bytearray(SIGNATURE)
        bent[at] ^= 1
        assert not SM2.holds(PUBLIC, MESSAGE, bytes(bent))
    assert not SM2.holds(PUBLIC, MESSAGE + b".", SIGNATURE)


def test_malformed_keys_and_signatures_do_not_hold() -> None:
    """Points off the curve, numbers out of range, other lengths, a sum that is infinity."""
    x, y = PUBLIC[1:33], PUBLIC[33:]
    y_more = (int.from_bytes(y, "big") + 1).to_bytes(32, "big")
    for public in (
        b"",
        PUBLIC[1:],
        b"\2" + x,
        b"\6" + x + y,
        b"\4" + x + y_more,
        b"\4" + bytes(64),
        b"\4" + (P + 2).to_bytes(32, "big") + y,
    ):
        assert not SM2.holds(public, MESSAGE, SIGNATURE)
    for signature in (b"", SIGNATURE[1:], bytes(64), bytes(32) + SIGNATURE[32:], b"\xff" * 64):
        assert not SM2.holds(PUBLIC, MESSAGE, signature)
    order = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
    private = 77
    public = gmalg.SM2().generate_pk(private.to_bytes(32, "big"))
    r, s = 5, -5 * private * pow(1 + private, -1, order) % order
    assert not SM2.holds(public, MESSAGE, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_a_note_signed_with_sm2_opens() -> None:
    """The verifier key names type, key and key id as the format page says; the note opens."""
    key = Sm2Key(bytes(31) + b"\7")
    signer = note.Signer("double-random/tiny", key)
    name, key_id, encoded = signer.vkey.split("+", 2)
    data = base64.b64decode(encoded)
    assert data == b"\xffdouble-random/sm2-sm3/v1" + key.public
    assert key_id == hashlib.sha256(b"double-random/tiny\n" + data).hexdigest()[:8]
    verifier = note.Verifier.parse(signer.vkey)
    assert (verifier.name, verifier.algorithm, verifier.public) == (name, SM2, key.public)
    signed = note.sign("a text\n", signer)
    assert note.verify(signed, [verifier]).signers == ("double-random/tiny",)
    with pytest.raises(CheckFailedError, match="does not hold"):
        note.verify(signed.replace(b"text", b"test"), [verifier])


def test_both_algorithms_under_one_note() -> None:
    """A log that changes its key can sign with both; each verifier finds its own."""
    old, new = note.Signer("log", bytes(32)), note.Signer("log", Sm2Key(bytes(31) + b"\7"))
    signed = note.sign("a text\n", old, new)
    for signer in (old, new):
        assert note.verify(signed, [signer.verifier]).signers == ("log",)


def test_a_holder_is_all_a_signer_needs() -> None:
    """A seed, and an object that holds it, sign alike."""
    seed = bytes(range(32))
    holder = Ed25519Key(seed)
    assert note.Signer("log", holder).vkey == note.Signer("log", seed).vkey
    assert note.sign("t\n", note.Signer("log", holder)) == note.sign(
        "t\n", note.Signer("log", seed)
    )
    assert ED25519.holds(holder.public, b"m", holder.sign(b"m"))


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" + PUBLIC,
        b"\xffdouble-random/sm2-sm3/v2" + PUBLIC,
        b"\xffdouble-random/sm2-sm3/v1" + PUBLIC[1:],
        b"\1" + PUBLIC,
        b"\2" + bytes(32),
    ],
)
def test_keys_of_other_types_are_refused(data: bytes) -> None:
    """An unknown type, or a key of another length, is no verifier key of ours."""
    key_id = hashlib.sha256(b"log\n" + data).hexdigest()[:8]
    with pytest.raises(InputError, match="Ed25519 or SM2"):
        note.Verifier.parse(f"log+{key_id}+{base64.b64encode(data).decode()}")
