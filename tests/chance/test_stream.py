"""The counter stream and sub-keys, against their written definition."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.chance import Stream, sub_key

KEYS = st.binary(min_size=32, max_size=32)


def words(key: bytes, count: int) -> list[int]:
    """The definition, written another way: blocks as big numbers, shifted."""
    out: list[int] = []
    k = 0
    while len(out) < count:
        block = int(hashlib.sha256(key + k.to_bytes(8, "big")).hexdigest(), 16)
        out += [(block >> (256 - 48 * (i + 1))) % 2**48 for i in range(5)]
        k += 1
    return out[:count]


@given(KEYS)
def test_words(key: bytes) -> None:
    """Words are five 48-bit big-endian numbers a block."""
    stream = Stream(key)
    assert [stream.word() for _ in range(17)] == words(key, 17)


@given(KEYS, st.lists(st.integers(1, 2**48), min_size=1, max_size=30))
def test_below_rejects(key: bytes, limits: list[int]) -> None:
    """`below` takes the first word under the largest multiple of m, and gives it mod m."""
    stream, source = Stream(key), iter(words(key, 5000))
    for m in limits:
        expected = next(w for w in source if w < 2**48 - 2**48 % m) % m
        assert stream.below(m) == expected


def test_worked_example() -> None:
    """The first words and a sub-key of the key SHA-256("abc"), fixed for other languages."""
    key = hashlib.sha256(b"abc").digest()
    assert Stream(key).word() == int(hashlib.sha256(key + bytes(8)).hexdigest()[:12], 16)
    text = b"double-random/rounding/v1:" + key.hex().encode() + b":M-01"
    assert sub_key(key, "rounding", "M-01") == hashlib.sha256(text).digest()
    assert sub_key(key, "rounding", "甲") == hashlib.sha256(text[:-4] + "甲".encode()).digest()


def test_below_is_even() -> None:
    """30,000 draws below 7: chi-square under the 99.99 % point of 6 degrees of freedom."""
    stream = Stream(hashlib.sha256(b"even").digest())
    counts = Counter(stream.below(7) for _ in range(30_000))
    expected = 30_000 / 7
    assert set(counts) == set(range(7))
    assert sum((n - expected) ** 2 / expected for n in counts.values()) < 27.9


def test_refusals() -> None:
    """Keys of another length, limits out of range and labels with a slash are refused."""
    with pytest.raises(ValueError, match="32 bytes"):
        Stream(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        sub_key(b"short", "rounding", "x")
    with pytest.raises(ValueError, match="label"):
        sub_key(bytes(32), "rounding/v1", "x")
    for m in (0, -1, 2**480 + 1):
        with pytest.raises(ValueError, match="2\\^480"):
            Stream(bytes(32)).below(m)
