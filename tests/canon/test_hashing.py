"""The two hash functions against published vectors and other programs."""

from __future__ import annotations

import hashlib
import hmac
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import gmalg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import hashing
from optimizer.canon.hashing import HASHES, SHA256, SM3

VECTORS = json.loads(Path("tests/vectors/gm.json").read_text("utf-8"))["sm3"]["vectors"]


def by_gmalg(data: bytes) -> bytes:
    """SM3 by a library that shares no code with OpenSSL."""
    state = gmalg.SM3()
    state.update(data)
    return state.value()


@pytest.fixture(params=["hashlib", "cryptography"])
def sm3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[hashing.Hash]:
    """SM3 as hashlib has it, and as it is where hashlib lacks it."""
    if request.param == "cryptography":

        def without(name: str, *data: bytes) -> None:
            raise ValueError(f"unsupported hash type {name}")

        monkeypatch.setattr(hashlib, "new", without)
    elif "sm3" not in hashlib.algorithms_available:
        pytest.skip("this build of hashlib has no SM3")
    hashing._empty_sm3.cache_clear()
    yield SM3
    hashing._empty_sm3.cache_clear()


@pytest.mark.parametrize(("data", "digest"), VECTORS)
def test_published_digests(data: str, digest: str, sm3: hashing.Hash) -> None:
    """GB/T 32905-2016, appendix A, and others."""
    assert sm3.hex(bytes.fromhex(data)) == digest
    assert sm3.digest(bytes.fromhex(data)).hex() == digest


def test_every_length_of_a_block(sm3: hashing.Hash) -> None:
    """Padding at each length around a block, whole and in parts, is another library's."""
    for length in range(200):
        data = bytes(range(256))[:length]
        state = sm3.start(data[: length // 3])
        other = state.copy()
        state.update(data[length // 3 :])
        assert state.digest() == state.digest() == by_gmalg(data)
        assert other.hexdigest() == by_gmalg(data[: length // 3]).hex()


@given(st.binary(max_size=150), st.binary(max_size=80))
def test_hmac_is_that_of_the_rfc(key: bytes, data: bytes) -> None:
    """HMAC by its definition, for keys shorter and longer than a block."""
    assert SHA256.hmac(key, data) == hmac.digest(key, data, "sha256")
    block = (key if len(key) <= 64 else by_gmalg(key)).ljust(64, b"\0")
    inner = by_gmalg(bytes(byte ^ 0x36 for byte in block) + data)
    assert SM3.hmac(key, data) == by_gmalg(bytes(byte ^ 0x5C for byte in block) + inner)


def test_hmac_where_hashlib_lacks_it(sm3: hashing.Hash) -> None:
    """The same HMAC, whoever has the hash."""
    data = bytes(range(99))
    inner = by_gmalg(bytes(64).replace(b"\0", b"\x36") + data)
    assert sm3.hmac(b"", data) == by_gmalg(bytes(64).replace(b"\0", b"\x5c") + inner)


def test_a_hash_is_its_name() -> None:
    """Two values of one name are equal and survive a process border."""
    for name, hash in HASHES.items():
        again = pickle.loads(pickle.dumps(hash))
        assert again == hash
        assert hash.name == name
        assert again.digest(b"abc") == hash.digest(b"abc")
    assert SHA256 != SM3
    assert SHA256.hex(b"abc") == hashlib.sha256(b"abc").hexdigest()
