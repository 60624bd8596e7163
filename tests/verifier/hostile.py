"""Hostile publications: values that languages read differently, and bytes that are hardly JSON."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from mutate import Path, put, read, shape, walk

from optimizer.verifier import verify

BIG = 2**53 - 1
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, BIG, -BIG, 10**9, 10**15,
    "", " ", "0", "1", "x", "__proto__", "constructor", "toString", "P-", "V000001", "\x00", "\x1f",
    "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "\uffff", "\U00010000", "\U0010ffff", "企业" * 40,
    "\U0001f600" * 71, "a" * 74, "a" * 73, '"' * 80, "\\", "\n", "a\nb", "９", "\u0660", "İ", "ß",
    "2026-02-29", "2024-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "2026-13-01", "2026-1-1",
    "2026-01-05\n", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.1234567Z", "2026-01-06T00:00:00.5+05:99",
    "1/0", "0/1", "2/4", "1/1", "999999999999999/999999999999998", "-0.500000", "1.0000000",
    "01-01/12-31", "12-31/01-01", "exact", "caps", "draw", "complaint", "joint", "fixed", "dice",
    "0" * 64, "F" * 64, "0" * 4000, "1" * 4000, "1" * 4001,
    [], [[]], [True], [1], [0], [None], [""], ["a", "a"], ["\uffff", "\U00010000"],
    ["\U00010000", "\uffff"], [1, 31], [31, 1], [["x"]], ["2026-01-05", "2026-01-05"],
    {}, {"": 0}, {"10": 1, "9": 2}, {"__proto__": {"x": 1}}, {"constructor": 1}, {"code": "quiet"},
    {"code": "windows", "9": 1, "10": 1}, {"\uffff": 1, "\U00010000": 2}, {"x": True}, {"x": 1},
    {"weights": {}, "of": 1}, {"weights": {"P-M-01-E-00": BIG}, "of": BIG},
)  # fmt: skip
"""Values of all kinds: `put` at any place they are wrong there, or right by chance."""

TEXTS = (
    b"", b"\n", b" ", b"0", b"-0", b"-", b"01", b"1.0", b"1e2", b"1E400", b"9007199254740992",
    b"-9007199254740993", b"1" * 5000, b"NaN", b"Infinity", b"-Infinity", b"nul", b"truex",
    b"{", b"[", b"{}{}", b"[1,]", b'{"a":1,}', b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}',
    b'{"b":1,"a":2}', b'{"a": 1}', b"[1 2]", b"{1:2}", b'{"a"}', b'{"a":}', b'"', b'"\\', b'"\\u',
    b'"\\u12"', b'"\\uzzzz"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\ude00"', b'"\\/"',
    b'"\\x41"', b'"\\u0041"', b'"\\u001F"', b'"\\u000a"', b'"\t"', b'"\n', b"\xff",
    b"\xef\xbb\xbf{}",
    b'"\x80"', b'"\xc0\x80"', b'"\xc3"', b'"\xe4\xb8"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"',
    b'"\xf0\x9f\x98', b"\x00", b"[" * 99999, b'{"a":' * 99999, b"[" * 500 + b"]" * 500,
    b'"' + b"a" * 100000 + b'"', b'"' + "企".encode() * 5000 + b'"', b"# no JSON", b"'a'",
    b"{'a':1}", b"[1]//", b"\r\n{}", b"\x0c{}", "\u3000{}".encode(),
)  # fmt: skip
"""Bytes of documents, or parts of documents, that are no JSON or none in canonical form."""


def write(path: str, value: Any) -> bytes:
    """Write a document as `verify.py` wants it, whatever it holds."""

    def line(item: Any) -> bytes:
        return verify._UNSORTED.encode(verify._utf16_order(item)).encode()

    if path.endswith("l"):
        return b"".join(line(item) + b"\n" for item in value)
    return line(value)


def values(path: str, data: bytes, samples: int, seed: int) -> Iterator[tuple[Path, Any, bytes]]:
    """(place, value, bytes): at some places of each shape, some of the values above."""
    document = read(path, data)
    rng = random.Random(seed)
    places: dict[str, list[Path]] = {}
    for place, _ in walk(document):
        if place:
            places.setdefault(shape(place), []).append(place)
    for _, found in sorted(places.items()):
        for new in rng.sample(VALUES, samples):
            place = rng.choice(found)
            if rng.random() < 0.1 and isinstance(at(document, place), dict):
                new = {
                    **at(document, place),
                    rng.choice(("__proto__", "10", "9", "\uffff", "")): new,
                }
            yield place, new, write(path, put(document, place, new))


def at(value: Any, place: Path) -> Any:
    """Return what stands at a place."""
    for part in place:
        value = value[part]
    return value


def texts(data: bytes, samples: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(what, bytes): a document with bytes changed, cut off, put in, doubled."""
    rng = random.Random(seed)
    for _ in range(samples):
        k, n = rng.randrange(len(data) + 1), rng.randrange(1, 40)
        junk = rng.choice(TEXTS)
        value = data.find(b":", k) + 1 or k
        yield from (
            ("bent", data[:k] + bytes([rng.randrange(256)]) + data[k + 1 :]),
            ("cut off", data[:k]),
            ("left out", data[:k] + data[k + n :]),
            ("doubled", data[: k + n] + data[k:]),
            ("put in", data[:k] + junk + data[k:]),
            ("put in as a value", data[:value] + junk + data[value:]),
            ("before", junk + data),
            ("behind", data + junk),
        )
    for junk in TEXTS:
        yield "instead", junk
