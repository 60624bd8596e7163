"""The verifiers' BLS12-381, against vectors from outside and a library, in both languages."""

from __future__ import annotations

import functools
import hashlib
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from bls_library import (
    G1,
    G2,
    G1_to_pubkey,
    G2_to_signature,
    add,
    b,
    b2,
    curve_order,
    hash_to_G1,
    hash_to_G2,
    is_on_curve,
    multiply,
    normalize,
)
from bls_library import field_modulus as prime
from conftest import NEEDED, NODE
from second import Second

from optimizer.verifier import verify

VECTORS = json.loads(Path("tests/vectors/drand.json").read_text("utf-8"))
HASHES = json.loads(Path("tests/vectors/rfc9380_g1.json").read_text("utf-8"))
CHAINS = {chain["chain"]: chain for chain in VECTORS["chains"]}
TAGS = {1: b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"}
TAGS[2] = TAGS[1].replace(b"G1", b"G2")
WRITE = {1: G1_to_pubkey, 2: G2_to_signature}
BASE = {1: G1, 2: G2}
HASH = {1: hash_to_G1, 2: hash_to_G2}


@pytest.fixture
def both(request: pytest.FixtureRequest):
    """Ask both verifiers one thing: they must agree, and the common answer comes back."""
    other: Second | None = None
    if NODE is not None or NEEDED:
        other = request.getfixturevalue("second")

    def ask(part: str, *given: Any) -> Any:
        if part == "drand":
            found: Any = verify.drand_holds(*given)
        else:
            made = {"point": verify.bls_point, "curve": verify.hash_to_curve}[part](*given)
            found = made and [[str(number) for number in pair] for pair in made]
        if other is not None:
            assert other.part(part, *map(_bytes, given)) == found
        return found

    return ask


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def asked(entry: dict[str, Any]) -> tuple[str, bytes, int, bytes, bytes]:
    """What `drand_holds` is asked for an entry of the vectors."""
    chain = CHAINS[entry["chain"]]
    return (
        chain["scheme"],
        bytes.fromhex(chain["public_key"]),
        entry["round"],
        bytes.fromhex(entry["signature"]),
        bytes.fromhex(entry.get("previous_signature") or ""),
    )


@functools.cache
def signed(degree: int, secret: int, message: bytes) -> tuple[bytes, bytes]:
    """(key, signature) of a message, by the library."""
    point = multiply(HASH[degree](message, TAGS[degree], hashlib.sha256), secret)
    key = multiply(BASE[3 - degree], secret)
    return bytes(WRITE[3 - degree](key)), bytes(WRITE[degree](point))


def message_of(number: int, before: bytes = b"") -> bytes:
    """What a round signs."""
    return hashlib.sha256(before + number.to_bytes(8, "big")).digest()


def numbers(point: Any) -> list[list[str]]:
    """A point of the library as the verifiers write it."""
    made = []
    for part in normalize(point):
        coefficients = getattr(part, "coeffs", None) or (part.n, 0)
        made.append([str(int(c)) for c in coefficients])
    return made


def test_true_rounds_hold_and_false_ones_do_not(both) -> None:
    """Every entry of the vectors: rounds of the beacons hold, false ones are refused."""
    for entry in VECTORS["rounds"]:
        assert both("drand", *asked(entry)) is True, entry
        randomness = hashlib.sha256(bytes.fromhex(entry["signature"])).hexdigest()
        assert randomness == entry["randomness"]
    for entry in VECTORS["negative"]:
        assert both("drand", *asked(entry)) is False, entry


def test_the_chain_with_the_wrong_tag_is_refused(both) -> None:
    """A signature that is good under G2's tag on G1 is not taken, under any name of a scheme."""
    secret, number = 12345, 7
    key, _ = signed(1, secret, message_of(number))
    point = multiply(hash_to_G1(message_of(number), TAGS[2], hashlib.sha256), secret)
    signature = bytes(G1_to_pubkey(point))
    for scheme in ("bls-unchained-on-g1", "bls-unchained-g1-rfc9380", "pedersen-bls-unchained"):
        assert both("drand", scheme, key, number, signature, b"") is False


def test_examples_of_rfc_9380(both) -> None:
    """J.9.1, both coordinates."""
    for entry in HASHES["hash_to_curve_G1"]:
        found = both("curve", entry["msg"].encode(), HASHES["dst"].encode(), 1)
        assert found == [[str(int(entry["P_x"], 16)), "0"], [str(int(entry["P_y"], 16)), "0"]]


@pytest.mark.parametrize("degree", [1, 2])
def test_messages_hash_as_the_library_hashes_them(both, degree: int) -> None:
    """Random messages of many lengths, on both groups."""
    rng = random.Random(degree)
    for length in (0, 1, 32, 55, 64, 200):
        message = rng.randbytes(length)
        found = both("curve", message, TAGS[degree], degree)
        assert found == numbers(HASH[degree](message, TAGS[degree], hashlib.sha256))


@pytest.mark.parametrize("degree", [1, 2])
def test_random_points_are_read(both, degree: int) -> None:
    """Points that the library wrote are read as they were; their mirror images too."""
    rng = random.Random(10 + degree)
    for _ in range(6):
        point = multiply(BASE[degree], rng.randrange(1, curve_order))
        data = bytes(WRITE[degree](point))
        assert both("point", data, degree) == numbers(point)
        mirrored = both("point", bytes([data[0] ^ 0x20]) + data[1:], degree)
        assert mirrored[0] == numbers(point)[0]
        assert mirrored[1] != numbers(point)[1]


@pytest.mark.parametrize("degree", [1, 2])
def test_random_signatures(both, degree: int) -> None:
    """Signatures of the library hold; for another round, key or message they do not."""
    scheme = {1: "bls-unchained-g1-rfc9380", 2: "pedersen-bls-unchained"}[degree]
    rng = random.Random(20 + degree)
    for _ in range(2):
        secret, number = rng.randrange(1, curve_order), rng.randrange(1, 2**64)
        key, signature = signed(degree, secret, message_of(number))
        other_key, other = signed(degree, secret + 1, message_of(number))
        assert both("drand", scheme, key, number, signature, b"") is True
        assert both("drand", scheme, key, number - 1 or 2, signature, b"") is False
        assert both("drand", scheme, other_key, number, signature, b"") is False
        assert both("drand", scheme, key, number, other, b"") is False
        negative = bytes([signature[0] ^ 0x20]) + signature[1:]
        assert both("drand", scheme, key, number, negative, b"") is False


def test_chained_rounds_sign_the_one_before(both) -> None:
    """In a chained scheme the signature before is part of the message, and must be there."""
    before = b"\x07" * 96
    key, signature = signed(2, 99, message_of(5, before))
    assert both("drand", "pedersen-bls-chained", key, 5, signature, before) is True
    assert both("drand", "pedersen-bls-chained", key, 5, signature, before[:-1]) is False
    assert both("drand", "pedersen-bls-chained", key, 5, signature, b"") is False
    assert both("drand", "pedersen-bls-unchained", key, 5, signature, before) is False


def _outside(degree: int) -> bytes:
    """A point of the curve whose order is not the group's."""
    rng = random.Random(30 + degree)
    template = bytes(WRITE[degree](BASE[degree]))
    while True:
        last = rng.randrange(prime).to_bytes(48, "big")
        head = bytes(48) if degree == 2 else b""
        data = bytearray(head + last)
        data[0] |= template[0] & 0xC0
        x = int.from_bytes(last, "big")
        curve = (x, 0)
        square = verify._plus2(
            verify._times2(verify._times2(curve, curve), curve), verify._B[degree]
        )
        y = verify._root2(square, degree)
        if y is not None:
            kind = type(BASE[degree][0])
            point = tuple(kind(p if degree == 2 else p[0]) for p in (curve, y, (1, 0)))
            assert is_on_curve(point, b if degree == 1 else b2)
            assert numbers(multiply(point, curve_order))[0] != ["0", "0"]
            return bytes(data)


@pytest.mark.parametrize("degree", [1, 2])
def test_points_that_are_none(both, degree: int) -> None:
    """Infinity, points off the curve or out of the subgroup, other forms and lengths: no points."""
    good = bytes(WRITE[degree](multiply(BASE[degree], 5)))
    length = 48 * degree
    infinite = bytes([0xC0]) + bytes(length - 1)
    too_large = bytes([0x80 | (prime >> 376)]) + prime.to_bytes(48, "big")[1:] + good[48:]
    off = next(
        data
        for k in range(50)
        for data in [good[:-1] + bytes([k])]
        if both("point", data, degree) is None
    )
    outside = _outside(degree)
    for data in (
        b"",
        good[:-1],
        good + b"\0",
        good * 2,
        bytes(length),
        b"\xff" * length,
        infinite,
        bytes([0xE0]) + bytes(length - 1),
        bytes([good[0] & 0x7F]) + good[1:],  # not marked as compressed
        too_large,
        off,
        outside,
    ):
        assert both("point", data, degree) is None, data.hex()
    scheme = {1: "bls-unchained-g1-rfc9380", 2: "pedersen-bls-unchained"}[degree]
    key, signature = signed(degree, 77, message_of(3))
    for data in (infinite, outside, too_large, b""):
        assert both("drand", scheme, key, 3, data, b"") is False
    other = bytes([0xC0]) + bytes(48 * (3 - degree) - 1)
    # With an infinite key and an infinite signature the equation would hold for any message.
    assert both("drand", scheme, other, 3, infinite, b"") is False
    assert both("drand", scheme, _outside(3 - degree), 3, signature, b"") is False


@pytest.mark.parametrize("number", [-(2**70), -1, 0, 2**64, 2**200])
def test_rounds_that_are_none(both, number: int) -> None:
    """A round's number is from 1 to 2^64 - 1."""
    key, signature = signed(1, 77, message_of(3))
    assert both("drand", "bls-unchained-g1-rfc9380", key, number, signature, b"") is False


def test_sum_of_points_in_every_case() -> None:
    """Infinity, a point and itself, a point and its mirror image."""
    two, three = (verify.bls_point(bytes(G1_to_pubkey(multiply(G1, k))), 1) for k in (2, 3))
    one = verify._G1
    minus = (one[0], verify._minus2((0, 0), one[1]))
    assert verify._add_on(one, one) == two
    assert verify._add_on(one, two) == three
    assert verify._add_on(one, minus) is None
    assert verify._add_on(None, one) == verify._add_on(one, None) == one
    assert numbers(add(G1, G1)) == [[str(n) for n in pair] for pair in two]


def test_a_round_takes_a_moment() -> None:
    """A round is verified in well under two seconds of plain Python."""
    verify.drand_holds.cache_clear()
    begun = time.process_time()
    assert verify.drand_holds(*asked(VECTORS["rounds"][0]))
    assert time.process_time() - begun < 2
