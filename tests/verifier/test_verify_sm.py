"""SM3 and SM2 of both verifiers: published vectors, other programs, and what must be refused."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
from pathlib import Path

import gmalg
import pytest
from second import Second

from optimizer.verifier import verify

VECTORS = json.loads(Path("tests/vectors/gm.json").read_text("utf-8"))
SIGNED = VECTORS["sm2_sign"]
PUBLIC = bytes.fromhex("04" + SIGNED["public_x"] + SIGNED["public_y"])
MESSAGE = bytes.fromhex(SIGNED["message_hex"])
SIGNATURE = bytes.fromhex(SIGNED["r"] + SIGNED["s"])
N, P = verify._SM2_N, verify._SM2_P


def ours(data: bytes) -> str:
    """SM3 as verify.py carries it, whatever hashlib has."""
    state = verify.Sm3()
    state.update(data)
    return state.digest().hex()


@pytest.mark.parametrize(("data", "digest"), VECTORS["sm3"]["vectors"])
def test_sm3_vectors(data: str, digest: str, second: Second) -> None:
    """GB/T 32905-2016, appendix A, and others."""
    assert ours(bytes.fromhex(data)) == verify.SM3.hex(bytes.fromhex(data)) == digest
    assert second.part("sm3", bytes.fromhex(data)) == digest


def test_sm3_at_every_length(second: Second) -> None:
    """Both are another library's at every length around a block, whole and in parts."""
    rng = random.Random(1)
    for length in (*range(200), 1000, 4097):
        data = rng.randbytes(length)
        state = gmalg.SM3()
        state.update(data)
        wanted = state.value().hex()
        assert ours(data) == second.part("sm3", data) == wanted
        cut = rng.randrange(length + 1)
        parts = verify.Sm3()
        parts.update(data[:cut])
        before = parts.copy()
        parts.update(data[cut:])
        assert parts.digest() == parts.digest() == bytes.fromhex(wanted)
        assert before.digest().hex() == ours(data[:cut])


def test_sm3_where_hashlib_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter without SM3 takes the one the file carries."""

    def without(name: str) -> None:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(hashlib, "new", without)
    found = verify.empty_sm3()
    assert isinstance(found, verify.Sm3)
    monkeypatch.setattr(verify, "EMPTY_SM3", found)
    assert verify.SM3.hex(b"abc") == VECTORS["sm3"]["vectors"][0][1]
    assert verify.SM3.start(b"ab").copy().digest().hex() == ours(b"ab")


def holds(second: Second, public: bytes, message: bytes, signature: bytes) -> bool:
    """What both verifiers say of a signature."""
    found = verify.sm2_holds(public, message, signature)
    assert second.part("sm2", public, message, signature) is found
    return found


def test_sm2_vector(second: Second) -> None:
    """GB/T 32918.5-2017, appendix A.2: what is signed, and its signature."""
    identity = bytes.fromhex(SIGNED["id_hex"])
    assert identity == verify.SM2_ID
    wanted = SIGNED["e"].lower()
    assert verify.sm2_hash(PUBLIC, MESSAGE).hex() == wanted
    assert second.part("sm2hash", PUBLIC, MESSAGE, identity) == wanted
    assert holds(second, PUBLIC, MESSAGE, SIGNATURE)
    assert not verify.sm2_holds(PUBLIC, MESSAGE, SIGNATURE, b"ALICE123@YAHOO.COM")
    assert second.part("sm2", PUBLIC, MESSAGE, SIGNATURE, b"ALICE123@YAHOO.COM") is False


def test_sm2_of_another_library(second: Second) -> None:
    """Random keys and messages signed by a library hold; with a bit turned, none does."""
    rng = random.Random(2)
    for _ in range(6):
        private = rng.randrange(1, N - 1).to_bytes(32, "big")
        public = gmalg.SM2().generate_pk(private)
        signer = gmalg.SM2(private, verify.SM2_ID, public, rnd_fn=rng.getrandbits)
        message = rng.randbytes(rng.randrange(200))
        signature = b"".join(part.rjust(32, b"\0") for part in signer.sign(message))
        assert holds(second, public, message, signature)
        where, bit = rng.randrange(64), 1 << rng.randrange(8)
        bent = signature[:where] + bytes([signature[where] ^ bit]) + signature[where + 1 :]
        assert not holds(second, public, message, bent)
        assert not holds(second, public, message + b"\0", signature)
        assert not holds(second, PUBLIC, message, signature)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl program here")
def test_sm2_of_openssl(second: Second, tmp_path: Path) -> None:
    """A key and a signature made by OpenSSL hold, taken from their DER."""
    key, message = tmp_path / "key.pem", b"double-random/tiny-2026\n13\nAA==\n"
    run = subprocess.run(
        [
            *[
                "openssl",
                "genpkey",
                "-algorithm",
                "EC",
                "-pkeyopt",
                "ec_paramgen_curve:SM2",
                "-out",
            ],
            key,
        ],
        capture_output=True,
        check=False,
    )
    if run.returncode:
        pytest.skip("this openssl has no SM2")
    public = subprocess.run(
        ["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout[-65:]
    sign = ["openssl", "dgst", "-sm3", "-sign", key, "-sigopt", "distid:1234567812345678"]
    made = subprocess.run(sign, input=message, capture_output=True, check=True).stdout
    r_end = 4 + made[3]
    r, s = made[4:r_end], made[r_end + 2 :]
    signature = b"".join(int.from_bytes(x, "big").to_bytes(32, "big") for x in (r, s))
    assert holds(second, public, message, signature)
    assert not holds(second, public, message[:-1], signature)


def test_sm2_refuses_what_is_out_of_range(second: Second) -> None:
    """r and s of 0, n or more, with r + s = n; keys off the curve or written otherwise."""
    r, s = int(SIGNED["r"], 16), int(SIGNED["s"], 16)
    for one, other in ((0, s), (r, 0), (N, s), (r, N), (r, N - r), (0, 0), (2**256 - 1, s)):
        signature = one.to_bytes(32, "big") + other.to_bytes(32, "big")
        assert not holds(second, PUBLIC, MESSAGE, signature)
    # The same residues, written larger: only one way of writing a signature holds.
    if r + N < 2**256:
        assert not holds(second, PUBLIC, MESSAGE, (r + N).to_bytes(32, "big") + SIGNATURE[32:])
    x, y = PUBLIC[1:33], PUBLIC[33:]
    one_more = (int.from_bytes(y, "big") + 1).to_bytes(32, "big")
    compressed = bytes([2 + y[-1] % 2]) + x
    beyond = (P + 5).to_bytes(32, "big")
    for public in (
        b"\4" + x + one_more,
        b"\6" + x + y,
        x + y,
        compressed,
        PUBLIC[:-1],
        b"\0",
        b"",
        b"\4" + bytes(64),
        b"\4" + x + beyond,
        b"\4" + beyond + y,
    ):
        assert verify.sm2_point(public) is None
        assert not holds(second, public, MESSAGE, SIGNATURE)
    for signature in (b"", SIGNATURE[:-1], SIGNATURE + b"\0", bytes(64), b"\xff" * 64):
        assert not holds(second, PUBLIC, MESSAGE, signature)


def test_sm2_where_points_meet(second: Second) -> None:
    """Keys G and −G, where sums double, cancel and pass through infinity: as a library says."""
    x, y = verify._SM2_G
    generator = b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    minus = b"\4" + x.to_bytes(32, "big") + (P - y).to_bytes(32, "big")
    rng = random.Random(3)
    for private, public in ((1, generator), (N - 2, None), (2, None)):
        secret = private.to_bytes(32, "big")
        shown = public or gmalg.SM2().generate_pk(secret)
        signer = gmalg.SM2(secret, verify.SM2_ID, shown, rnd_fn=rng.getrandbits)
        signature = b"".join(part.rjust(32, b"\0") for part in signer.sign(MESSAGE))
        assert holds(second, shown, MESSAGE, signature)
        assert not holds(second, minus, MESSAGE, signature)
    # s · (1 + d) = −r · d: the sum is infinity, which has no x to compare.
    private = 77
    shown = gmalg.SM2().generate_pk(private.to_bytes(32, "big"))
    sum_to_nothing = -5 * private * pow(1 + private, -1, N) % N
    assert not holds(
        second, shown, MESSAGE, (5).to_bytes(32, "big") + sum_to_nothing.to_bytes(32, "big")
    )
    assert verify._sm2_add(verify._SM2_G, (x, P - y)) is None
    assert verify._sm2_add(None, None) is None
    double = verify._sm2_add(verify._SM2_G, verify._SM2_G)
    assert verify._sm2_add(double, (x, P - y)) == (x, y)
