"""Keys that know their hash function."""

from __future__ import annotations

import hashlib
import pickle

import gmalg
import pytest

from optimizer.canon.hashing import SHA256, SM3
from optimizer.chance import Key, Stream, hash_of, sub_key


def by_gmalg(data: bytes) -> bytes:
    state = gmalg.SM3()
    state.update(data)
    return state.value()


def test_bare_bytes_are_a_key_of_sha256() -> None:
    """What was made before keys knew their hash is what it was."""
    bare = bytes(range(32))
    text = f"double-random/rounding/v1:{bare.hex()}:M-01".encode()
    assert sub_key(bare, "rounding", "M-01") == hashlib.sha256(text).digest()
    assert hash_of(bare) is SHA256
    assert sub_key(Key(bare), "rounding", "M-01") == sub_key(bare, "rounding", "M-01")


def test_all_that_comes_of_a_key_has_its_hash() -> None:
    """Sub-keys of sub-keys, and the stream, by another library's SM3."""
    key = Key.fromhex("5a" * 32, SM3)
    own = sub_key(sub_key(key, "duty", "u/2026-01-05"), "order", "")
    assert hash_of(own) is SM3
    wanted: bytes = key
    for label, name in (("duty", "u/2026-01-05"), ("order", "")):
        wanted = by_gmalg(f"double-random/{label}/v1:{wanted.hex()}:{name}".encode())
    assert own == wanted
    block = by_gmalg(wanted + bytes(8))
    stream = Stream(own)
    assert [stream.word() for _ in range(5)] == [
        int.from_bytes(block[at : at + 6], "big") for at in range(0, 30, 6)
    ]
    block = by_gmalg(wanted + bytes(7) + b"\1")
    assert stream.word() == int.from_bytes(block[:6], "big")


def test_a_key_survives_a_process_border() -> None:
    """Its hash goes with it."""
    again = pickle.loads(pickle.dumps(Key(bytes(32), SM3)))
    assert again == bytes(32)
    assert hash_of(again) == SM3


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_is_32_bytes(size: int) -> None:
    """Any other length is refused, wherever a key is asked for."""
    for use in (Key, hash_of, Stream, lambda key: sub_key(key, "a", "b")):
        with pytest.raises(ValueError, match="32 bytes"):
            use(bytes(size))
