#!/usr/bin/env python3
"""Recomputes a publication of a double-random campaign from its documents alone.

Usage::

    python3 -I -S verify.py DIR [--vkey KEY] [--seen CHECKPOINT] [--json]
    python3 -I -S verify.py --plan DIR [--json]
    python3 -I -S verify.py --proof FILE [--vkey KEY] [--json]

One file, the standard library, Python 3.8 or newer; it shares no code with the program that made
the publication and was written from the format pages alone (publication.md, plan.md, teams.md).
It prints what was checked and the first thing that is wrong, with the file and the place in it.
Exit code 0: everything holds; 1: something does not; 2: wrong usage. With --plan it checks a plan
alone, from checks.json, problem.json and plan.json in DIR or DIR/transcript; with --proof an
enterprise's own proof. A publication under way holds if what is there holds: what waits is said.

What it cannot know: whether the registers tell the truth (they are not public; their digests
are), whether dice and lotteries showed what is written (witnesses saw them; a beacon's round is
signed, and its signature is verified here), and whether the log key in the folder is the bureau's
own: take the key from elsewhere and give it with --vkey. Nor whether the ledger was written in the
order it says: keep the checkpoint signed before the seed was known (or take a witness's) and give
it with --seen.
"""
# This file must run on Python 3.8: no strict zip, no newer spellings.
# ruff: noqa: B905, N818, RUF007, UP006, UP007, UP017, UP031, UP035, UP037, UP045

from __future__ import annotations

import argparse
import base64
import binascii
import collections
import copy
import hashlib
import heapq
import json
import math
import os
import re
import stat
import struct
import sys
import time
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Set,
    Tuple,
    Union,
)

# ======================================================================================
# Results and faults
# ======================================================================================


class Check(NamedTuple):
    """One section of the verification: what it found and how long it took."""

    name: str
    ok: bool
    detail: str
    seconds: float


class Report(NamedTuple):
    """Whether everything holds, what was checked, and the first fault or ``None``.

    `state` says what a publication under way waits for, or why it is void; ``None`` for a whole
    one.
    """

    ok: bool
    checks: List[Check]
    first_fault: Optional[Dict[str, str]]
    state: Optional[Dict[str, Any]] = None

    def as_dict(self) -> Dict[str, Any]:
        """Return plain JSON values."""
        checks = [
            {"name": c.name, "ok": c.ok, "detail": c.detail, "seconds": round(c.seconds, 3)}
            for c in self.checks
        ]
        found = {"ok": self.ok, "checks": checks, "first_fault": self.first_fault}
        return found if self.state is None else dict(found, state=self.state)


class Fault(Exception):
    """The first thing that is wrong: file, place in it, what."""

    def __init__(self, file: str, place: str, what: str) -> None:
        super().__init__(file, place, what)
        self.file, self.place, self.what = file, place, what


def need(condition: bool, file: str, place: str, what: str) -> None:
    """Raise a fault unless `condition` holds."""
    if not condition:
        raise Fault(file, place, what)


def same(found: Any, wanted: Any, file: str, place: str, what: str) -> None:
    """Raise a fault unless the published value is the recomputed one, of the same type."""
    if found != wanted or type(found) is not type(wanted):
        raise Fault(
            file, place, "%s: published %s, recomputed %s" % (what, show(found), show(wanted))
        )


def show(value: Any) -> str:
    """Return a short text of a value."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return json.dumps(text[:70] + "…" if len(text) > 73 else text, ensure_ascii=False)


# ======================================================================================
# hashes: SHA-256, and SM3 (GB/T 32905-2016), which hashlib lacks in some builds
# ======================================================================================

_WORD = 0xFFFFFFFF
_SM3_START = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
    0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip


def _turned(word: int, by: int) -> int:
    """Return a word of 32 bits turned left."""
    return (word << by | word >> (32 - by)) & _WORD


# T_j, turned left by j.
_SM3_ROUNDS = [_turned(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64)]
_SM3_WORDS = struct.Struct(">16I")


def _sm3_block(state: Tuple[int, ...], data: bytes) -> Tuple[int, ...]:
    """Return the state after a block of 64 bytes. Words are cut to 32 bits where it matters."""
    word, rounds = _WORD, _SM3_ROUNDS
    w = list(_SM3_WORDS.unpack(data))
    for j in range(16, 68):
        x, y = w[j - 3], w[j - 13]
        x = w[j - 16] ^ w[j - 9] ^ (x << 15 | x >> 17) & word
        w.append(
            (x ^ (x << 15 | x >> 17) ^ (x << 23 | x >> 9) ^ (y << 7 | y >> 25) ^ w[j - 6]) & word
        )
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        turned = (a << 12 | a >> 20) & word
        one = turned + e + rounds[j] & word
        one = (one << 7 | one >> 25) & word
        if j < 16:
            first, second = a ^ b ^ c, e ^ f ^ g
        else:
            first, second = a & b | c & (a | b), g ^ e & (f ^ g)
        first += d + (one ^ turned) + (w[j] ^ w[j + 4])
        second = second + h + one + w[j] & word
        second = (second ^ (second << 9 | second >> 23) ^ (second << 17 | second >> 15)) & word
        b, f = (b << 9 | b >> 23) & word, (f << 19 | f >> 13) & word
        a, b, c, d, e, f, g, h = first & word, a, b, c, second, e, f, g
    return tuple(x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h)))


class Sm3:
    """SM3 in the shape of hashlib's hashes."""

    def __init__(self) -> None:
        self.state: Tuple[int, ...] = _SM3_START
        self.rest, self.length = b"", 0

    def update(self, data: bytes) -> None:
        """Read on."""
        self.length += len(data)
        data = self.rest + data
        end = len(data) - len(data) % 64
        for at in range(0, end, 64):
            self.state = _sm3_block(self.state, data[at : at + 64])
        self.rest = data[end:]

    def digest(self) -> bytes:
        """Return the digest, 32 bytes."""
        last = self.copy()
        bits = (8 * self.length).to_bytes(8, "big")
        last.update(b"\x80" + bytes((55 - self.length) % 64) + bits)
        return struct.pack(">8I", *last.state)

    def copy(self) -> "Sm3":
        """Return another that has read the same."""
        other = Sm3()
        other.state, other.rest, other.length = self.state, self.rest, self.length
        return other


class Hash:
    """A hash function under the name that documents give it."""

    def __init__(self, name: str, start: Callable[[bytes], Any]) -> None:
        self.name = name
        self.start = start  # from some data to what has read it, can be copied and reads on

    def digest(self, data: bytes) -> bytes:
        """Return the digest, 32 bytes."""
        found: bytes = self.start(data).digest()
        return found

    def hex(self, data: bytes) -> str:
        """Return the digest in lower-case hex."""
        return self.digest(data).hex()


def empty_sm3() -> Any:
    """Return hashlib's SM3, many times as fast as ours, where it is built in."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return Sm3()


EMPTY_SM3 = empty_sm3()


def start_sm3(data: bytes) -> Any:
    """Return SM3 that has read some data."""
    state = EMPTY_SM3.copy()
    state.update(data)
    return state


SHA256 = Hash("sha256", hashlib.sha256)
SM3 = Hash("sm3", start_sm3)
HASHES = {"sha256": SHA256, "sm3": SM3}


# ======================================================================================
# canon: strict JSON, canonical form (RFC 8785)
# ======================================================================================

MAX_INTEGER = 2**53 - 1


def _unique(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("an object with a key twice")
    return record


def _no_float(text: str) -> Any:
    raise ValueError("%s is not an integer" % text[:30])


def _integer(text: str) -> int:
    if len(text) > 17 or text == "-0" or abs(int(text)) > MAX_INTEGER:
        raise ValueError("integer %s is beyond 2^53 - 1 or is -0" % text[:20])
    return int(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=_no_float,
    parse_constant=_no_float,
    parse_int=_integer,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_UNSORTED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=False)


def _utf16_order(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _utf16_order(value[key]) for key in keys}
    if isinstance(value, list):
        return [_utf16_order(item) for item in value]
    return value


def said(error: Exception) -> str:
    """Return an error of reading JSON in the words that every Python before 3.13 has."""
    if isinstance(error, json.JSONDecodeError) and error.msg.startswith("Illegal trailing comma"):
        rest = error.doc[error.pos + 1 :]
        at = len(error.doc) - len(rest.lstrip(" \t\n\r"))
        named = "property name enclosed in double quotes" if error.doc[at] == "}" else "value"
        return str(json.JSONDecodeError("Expecting " + named, error.doc, at))
    return str(error)


LARGEST = 5 * 10**8  # bytes of one JSON document, or of one line of several
TOO_LARGE = "is larger than %d bytes: no document is read beyond that" % LARGEST


def parse(data: bytes, file: str, place: str = "") -> Any:
    """Read a canonical JSON document; any other bytes are a fault."""
    need(len(data) <= LARGEST, file, place, TOO_LARGE)
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
        # Code points sort like UTF-16 units unless some need two of them.
        if not text.isascii() and max(text) > "\uffff":
            again = _UNSORTED.encode(_utf16_order(value))
        else:
            again = _ENCODER.encode(value)
    except (ValueError, RecursionError) as error:
        raise Fault(file, place, "no strict JSON: %s" % said(error)[:120]) from None
    need(again == text, file, place, "the bytes are not the canonical form (RFC 8785) of the value")
    return value


# ======================================================================================
# shapes: what a document may look like, before anything is read from it
# ======================================================================================


class Wrong(Exception):
    """A value has not the shape it should have; the path is gathered from the inside out."""

    def __init__(self, what: str, *path: Union[str, int]) -> None:
        super().__init__(what)
        self.what = what
        self.path: List[Union[str, int]] = list(path)

    def place(self) -> str:
        """Return the path as text, such as ``items[0].rate``."""
        return path_text(reversed(self.path))


def path_text(path: Iterable[Union[str, int]]) -> str:
    """Return a JSON path as text, such as ``items[0].rate``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += "[%d]" % part
        else:
            text += "." + part if text else part
    return text


Rule = Callable[[Any], None]


def obj(fields: Dict[str, Rule], optional: Optional[Dict[str, Rule]] = None) -> Rule:
    """Return a rule: an object with exactly these fields."""
    extra = optional or {}
    names = set(fields)

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise Wrong("must be an object, is %s" % show(value))
        if value.keys() != names:
            for name in sorted(names - value.keys()):
                raise Wrong("is missing", name)
            for name in sorted(value.keys() - names - extra.keys()):
                raise Wrong("is not a field of this format", name)
        for name, item in value.items():
            try:
                (fields.get(name) or extra[name])(item)
            except Wrong as wrong:
                wrong.path.append(name)
                raise

    return check


def table(key: Rule, item: Rule) -> Rule:
    """Return a rule: an object whose keys and values keep these rules."""

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise Wrong("must be an object, is %s" % show(value))
        for name, inner in value.items():
            try:
                key(name)
                item(inner)
            except Wrong as wrong:
                wrong.path.append(name)
                raise

    return check


def arr(item: Rule) -> Rule:
    """Return a rule: a list of such items."""

    def check(value: Any) -> None:
        if type(value) is not list:
            raise Wrong("must be a list, is %s" % show(value))
        for index, inner in enumerate(value):
            try:
                item(inner)
            except Wrong as wrong:
                wrong.path.append(index)
                raise

    return check


def tup(*items: Rule) -> Rule:
    """Return a rule: a list of exactly these items."""

    def check(value: Any) -> None:
        if type(value) is not list or len(value) != len(items):
            raise Wrong("must be a list of %d, is %s" % (len(items), show(value)))
        for index, (rule, inner) in enumerate(zip(items, value)):
            try:
                rule(inner)
            except Wrong as wrong:
                wrong.path.append(index)
                raise

    return check


def asc(item: Rule) -> Rule:
    """Return a rule: a list of such texts, sorted, none twice."""
    inner = arr(item)

    def check(value: Any) -> None:
        inner(value)
        for index in range(1, len(value)):
            if not value[index - 1] < value[index]:
                raise Wrong("must be sorted, none twice", index)

    return check


LONGEST = 10**6  # letters of a text
NESTED = 100  # lists and objects inside one another, where any value may stand


def not_too_long(value: str) -> None:
    """Rule: a text that every reader can hold."""
    if len(value) > LONGEST:
        raise Wrong("is longer than %d letters" % LONGEST)


def text(pattern: str = "", what: str = "text") -> Rule:
    """Return a rule: a text, of the pattern if one is given."""
    match = re.compile(pattern, re.ASCII).fullmatch if pattern else None

    def check(value: Any) -> None:
        if type(value) is not str or (match is not None and not match(value)):
            raise Wrong("must be %s, is %s" % (what, show(value)))
        not_too_long(value)

    return check


def whole(low: int = 0, high: int = MAX_INTEGER) -> Rule:
    """Return a rule: an integer in these bounds."""

    def check(value: Any) -> None:
        if type(value) is not int or not low <= value <= high:
            raise Wrong("must be a whole number from %d to %d, is %s" % (low, high, show(value)))

    return check


def one_of(*values: Any) -> Rule:
    """Return a rule: one of these values."""

    def check(value: Any) -> None:
        if not any(type(value) is type(v) and value == v for v in values):
            raise Wrong("must be one of %s, is %s" % (show(list(values)), show(value)))

    return check


def null_or(rule: Rule) -> Rule:
    """Return a rule: null or such a value."""

    def check(value: Any) -> None:
        if value is not None:
            rule(value)

    return check


def boolean(value: Any) -> None:
    """Rule: true or false."""
    if type(value) is not bool:
        raise Wrong("must be true or false, is %s" % show(value))


def anything(value: Any) -> None:
    """Rule: any value, not too long or deep; information that nothing is computed from."""
    depth, level = 0, [value]
    while level:
        for item in level:
            for some in item if type(item) is dict else (item,):
                if type(some) is str:
                    not_too_long(some)
        nested = [item for item in level if type(item) in (list, dict)]
        depth += bool(nested)
        if depth > NESTED:
            raise Wrong("is nested more than %d deep" % NESTED)
        level = [i for item in nested for i in (item.values() if type(item) is dict else item)]


_DAYS: Dict[str, int] = {}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def day_number(value: Any) -> int:
    """Return the ordinal of an ISO date."""
    number = _DAYS.get(value) if type(value) is str else None
    if number is None:
        if type(value) is not str or not _DATE.fullmatch(value):
            raise Wrong("must be a date such as 2026-03-01, is %s" % show(value))
        try:
            number = date(int(value[:4]), int(value[5:7]), int(value[8:])).toordinal()
        except ValueError:
            raise Wrong("is no date: %s" % show(value)) from None
        if len(_DAYS) < 100000:
            _DAYS[value] = number
    return number


def a_day(value: Any) -> None:
    """Rule: an ISO date."""
    day_number(value)


def span(value: Any) -> None:
    """Rule: two dates, in order."""
    tup(a_day, a_day)(value)
    if value[0] > value[1]:
        raise Wrong("must not end before it begins")


TEXT = text()
HEX = text(r"[0-9a-f]{64}", "64 lower-case hex digits")
CAMPAIGN = text(r"[0-9a-z-]{1,60}", "a campaign's id")
OTHER_HASH = one_of(SM3.name)  # SHA-256 goes without saying
ENTERPRISE = text(r"[0-9A-Z-]{1,55}", "an enterprise's id")
ID = text(r"[0-9A-Za-z-]{1,40}", "an id")
CHECK_ID = text(r"[0-9A-Za-z-]{1,100}", "a check's id")
VISIT_ID = text(r"V[0-9]{6,}", "a visit's id")
RATIO = text(r"(0|[1-9][0-9]{0,14})(/[1-9][0-9]{0,14})?", "a fraction such as 3/100")
DECIMAL = text(r"-?(0|[1-9][0-9]*)\.[0-9]{6}", "a decimal with 6 places")


def ratio(value: str, file: str, place: str) -> Fraction:
    """Return a fraction that is written reduced."""
    number = Fraction(value)
    need(str(number) == value, file, place, "the fraction %s is not reduced" % value)
    return number


def decimal(numerator: int) -> str:
    """Return millionths as text with 6 places."""
    return "%d.%06d" % divmod(numerator, 10**6)


# ======================================================================================
# chance: sub-keys, stream, tickets
# ======================================================================================


class Key(bytes):
    """A key, which everything that comes of it is hashed with the hash of."""

    hash: Hash

    @staticmethod
    def of(data: bytes, hashed: Hash) -> "Key":
        """Return bytes as a key."""
        key = Key(data)
        key.hash = hashed
        return key


def sub_key(key: Key, label: str, name: str) -> Key:
    """Return the key of one use."""
    data = "double-random/%s/v1:%s:%s" % (label, key.hex(), name)
    return Key.of(key.hash.digest(data.encode()), key.hash)


class Stream:
    """48-bit words of a key, five from each counted block."""

    def __init__(self, key: Key) -> None:
        self.key, self.block = key, 0
        self.words: List[int] = []

    def word(self) -> int:
        """Return the next word."""
        if not self.words:
            data = self.key.hash.digest(self.key + self.block.to_bytes(8, "big"))
            self.block += 1
            self.words = [int.from_bytes(data[i : i + 6], "big") for i in (24, 18, 12, 6, 0)]
        return self.words.pop()

    def below(self, m: int) -> int:
        """Return a uniform integer below m, by rejection; over 2^48 by several words."""
        words = max(1, ((m - 1).bit_length() + 47) // 48)
        space = 1 << 48 * words
        while True:
            number = 0
            for _ in range(words):
                number = number << 48 | self.word()
            if number < space - space % m:
                return number % m


def tickets_of(key: Key, names: Iterable[str]) -> List[bytes]:
    """Return the tickets of some names."""
    midstate = key.hash.start(key.hex().encode())
    tickets = []
    for name in names:
        state = midstate.copy()
        state.update(name.encode())
        tickets.append(state.digest())
    return tickets


def by_ticket(key: Key, names: Iterable[str]) -> List[str]:
    """Return the names in order of ticket, then name."""
    listed = list(names)
    return [name for _, name in sorted(zip(tickets_of(key, listed), listed))]


# ======================================================================================
# Merkle tree (RFC 9162) and Ed25519 (RFC 8032)
# ======================================================================================


def merkle_root(leaves: Iterable[bytes], hashed: Hash) -> bytes:
    """Return the root over the leaves' data."""
    digest = hashed.digest
    level = [digest(b"\x00" + leaf) for leaf in leaves]
    if not level:
        return digest(b"")
    while len(level) > 1:
        above = [digest(b"\x01" + a + b) for a, b in zip(level[::2], level[1::2])]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_Point = Tuple[int, int, int, int]


def _add(a: _Point, b: _Point) -> _Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % _P
    f = (a[1] + a[0]) * (b[1] + b[0]) % _P
    g = 2 * a[3] * b[3] * _D % _P
    h = 2 * a[2] * b[2] % _P
    p, q, r, s = f - e, h - g, h + g, f + e
    return (p * q % _P, r * s % _P, q * r % _P, p * s % _P)


def _twice(a: _Point) -> _Point:
    x, y, z = a[0], a[1], a[2]
    e, f = x * x % _P, y * y % _P
    h, g = e + f, e - f
    i = h - (x + y) * (x + y) % _P
    j = 2 * z * z % _P + g
    return (i * j % _P, g * h % _P, j * g % _P, i * h % _P)


def _both_times(one: int, a: _Point, other: int, b: _Point) -> _Point:
    """Return one · a + other · b, with one row of doublings for both."""
    table = (None, a, b, _add(a, b))
    result = (0, 1, 1, 0)
    for bit in range(max(one.bit_length(), other.bit_length()) - 1, -1, -1):
        result = _twice(result)
        addend = table[(one >> bit & 1) + 2 * (other >> bit & 1)]
        if addend is not None:
            result = _add(result, addend)
    return result


def _point(data: bytes) -> Optional[_Point]:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
    1,
    46827403850823179245072216630277197565144205554125654976674165829533817101731,
)


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an Ed25519 signature holds (RFC 8032, 5.1.7, without cofactor)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _L:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    minus = (_P - key[0], key[1], key[2], _P - key[3])
    left = _both_times(scalar, _BASE, int.from_bytes(hashed, "little") % _L, minus)
    return (left[0] - commitment[0] * left[2]) % _P == 0 and (
        left[1] - commitment[1] * left[2]
    ) % _P == 0


# ======================================================================================
# BLS12-381: the signatures of drand's rounds (RFC 9380, draft-irtf-cfrg-bls-signature)
# ======================================================================================

# Numbers of Fp² are pairs (a, b) for a + b·u, u² = -1; those of Fp have b = 0, so that one code
# serves both groups. Points are affine pairs, None is the point at infinity. Numbers of Fp¹² are
# polynomials of w below degree 12, w⁶ = 1 + u, held in one integer of twelve fields: one product
# of integers is a product of polynomials. Nothing here is secret, so time may depend on values.
_Two = Tuple[int, int]
_Curve = Optional[Tuple[_Two, _Two]]
_BLS_X = 0xD201000000010000  # the curve's parameter is -_BLS_X


def _numbers(text: str) -> List[int]:
    return [int(word, 16) for word in text.split()]


_BLS_P, _A1, _B1, *_BASES = _numbers(
    """
1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab
144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac98936f8da0e0f97f5cf428082d584c1d
12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0
17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb
08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1
024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8
13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e
0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801
0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be
"""
)
_BLS_R = _BLS_X**4 - _BLS_X**2 + 1  # the groups' order
_G1 = ((_BASES[0], 0), (_BASES[1], 0))
_G2 = ((_BASES[2], _BASES[3]), (_BASES[4], _BASES[5]))
# Of the group over Fp and of that over Fp²: b of the curve; then for hashing (RFC 9380, 8.8) A, B
# and Z of the isogenous curve and the cofactor.
_B = {1: (4, 0), 2: (4, 4)}
_SSWU = {
    1: ((_A1, 0), (_B1, 0), (11, 0), _BLS_X + 1),
    2: (
        (0, 240),
        (1012, 1012),
        (_BLS_P - 2, _BLS_P - 1),
        int(
            "bc69f08f2ee75b3584c6a0ea91b352888e2a8e9145ad7689986ff031508ffe1329c2f178731db956"
            "d82bf015d1212b02ec0ec69d7477c1ae954cbc06689f6a359894c0adebbf6b4e8020005aaa95551",
            16,
        ),
    ),
}
# The isogenies (RFC 9380, E.2 and E.3): numerator and denominator of x, then of y, which is still
# to be multiplied by y; the lowest coefficient first. Over Fp² each has two lines, a and b.
_ISO1 = _numbers(
    """
11a05f2b1e833340b809101dd99815856b303e88a2d7005ff2627b56cdb4e2c85610c2d5f2e62d6eaeac1662734649b7
17294ed3e943ab2f0588bab22147a81c7c17e75b2f6a8417f565e33c70d1e86b4838f2a6f318c356e834eef1b3cb83bb
d54005db97678ec1d1048c5d10a9a1bce032473295983e56878e501ec68e25c958c3e3d2a09729fe0179f9dac9edcb0
1778e7166fcc6db74e0609d307e55412d7f5e4656a8dbf25f1b33289f1b330835336e25ce3107193c5b388641d9b6861
e99726a3199f4436642b4b3e4118e5499db995a1257fb3f086eeb65982fac18985a286f301e77c451154ce9ac8895d9
1630c3250d7313ff01d1201bf7a74ab5db3cb17dd952799b9ed3ab9097e68f90a0870d2dcae73d19cd13c1c66f652983
d6ed6553fe44d296a3726c38ae652bfb11586264f0f8ce19008e218f9c86b2a8da25128c1052ecaddd7f225a139ed84
17b81e7701abdbe2e8743884d1117e53356de5ab275b4db1a682c62ef0f2753339b7c8f8c8f475af9ccb5618e3f0c88e
80d3cf1f9a78fc47b90b33563be990dc43b756ce79f5574a2c596c928c5d1de4fa295f296b74e956d71986a8497e317
169b1f8e1bcfa7c42e0c37515d138f22dd2ecb803a0c5c99676314baf4bb1b7fa3190b2edc0327797f241067be390c9e
10321da079ce07e272d8ec09d2565b0dfa7dccdde6787f96d50af36003b14866f69b771f8c285decca67df3f1605fb7b
6e08c248e260e70bd1e962381edee3d31d79d7e22c837bc23c0bf1bc24c6b68c24b1b80b64d391fa9c8ba2e8ba2d229
8ca8d548cff19ae18b2e62f4bd3fa6f01d5ef4ba35b48ba9c9588617fc8ac62b558d681be343df8993cf9fa40d21b1c
12561a5deb559c4348b4711298e536367041e8ca0cf0800c0126c2588c48bf5713daa8846cb026e9e5c8276ec82b3bff
b2962fe57a3225e8137e629bff2991f6f89416f5a718cd1fca64e00b11aceacd6a3d0967c94fedcfcc239ba5cb83e19
3425581a58ae2fec83aafef7c40eb545b08243f16b1655154cca8abc28d6fd04976d5243eecf5c4130de8938dc62cd8
13a8e162022914a80a6f1d5f43e7a07dffdfc759a12062bb8d6b44e833b306da9bd29ba81f35781d539d395b3532a21e
e7355f8e4e667b955390f7f0506c6e9395735e9ce9cad4d0a43bcef24b8982f7400d24bc4228f11c02df9a29f6304a5
772caacf16936190f3e0c63e0596721570f5799af53a1894e2e073062aede9cea73b3538f0de06cec2574496ee84a3a
14a7ac2a9d64a8b230b3f5b074cf01996e7f63c21bca68a81996e1cdf9822c580fa5b9489d11e2d311f7d99bbdcc5a5e
a10ecf6ada54f825e920b3dafc7a3cce07f8d1d7161366b74100da67f39883503826692abba43704776ec3a79a1d641
95fc13ab9e92ad4476d6e3eb3a56680f682b4ee96f7d03776df533978f31c1593174e4b4b7865002d6384d168ecdd0a
1
90d97c81ba24ee0259d1f094980dcfa11ad138e48a869522b52af6c956543d3cd0c7aee9b3ba3c2be9845719707bb33
134996a104ee5811d51036d776fb46831223e96c254f383d0f906343eb67ad34d6c56711962fa8bfe097e75a2e41c696
cc786baa966e66f4a384c86a3b49942552e2d658a31ce2c344be4b91400da7d26d521628b00523b8dfe240c72de1f6
1f86376e8981c217898751ad8746757d42aa7b90eeb791c09e4a3ec03251cf9de405aba9ec61deca6355c77b0e5f4cb
8cc03fdefe0ff135caf4fe2a21529c4195536fbe3ce50b879833fd221351adc2ee7f8dc099040a841b6daecf2e8fedb
16603fca40634b6a2211e11db8f0a6a074a7d0d4afadb7bd76505c3d3ad5544e203f6326c95a807299b23ab13633a5f0
4ab0b9bcfac1bbcb2c977d027796b3ce75bb8ca2be184cb5231413c4d634f3747a87ac2460f415ec961f8855fe9d6f2
987c8d5333ab86fde9926bd2ca6c674170a05bfe3bdd81ffd038da6c26c842642f64550fedfe935a15e4ca31870fb29
9fc4018bd96684be88c9e221e4da1bb8f3abd16679dc26c1e8b6e6a1f20cabe69d65201c78607a360370e577bdba587
e1bba7a1186bdb5223abde7ada14a23c42a0ca7915af6fe06985e7ed1e4d43b9b3f7055dd4eba6f2bafaaebca731c30
19713e47937cd1be0dfd0b8f1d43fb93cd2fcbcb6caf493fd1183e416389e61031bf3a5cce3fbafce813711ad011c132
18b46a908f36f6deb918c143fed2edcc523559b8aaf0c2462e6bfe7f911f643249d9cdf41b44d606ce07c8a4d0074d8e
b182cac101b9399d155096004f53f447aa7b12a3426b08ec02710e807b4633f06c851c1919211f20d4c04f00b971ef8
245a394ad1eca9b72fc00ae7be315dc757b3b080d4c158013e6632d3c40659cc6cf90ad1c232a6442d9d3f5db980133
5c129645e44cf1102a159f748c4a3fc5e673d81d7e86568d9ab0f5d396a7ce46ba1049b6579afb7866b1e715475224b
15e6be4e990f03ce4ea50b3b42df2eb5cb181d8f84965a3957add4fa95af01b2b665027efec01c7704b456be69c8b604
16112c4c3a9c98b252181140fad0eae9601a6de578980be6eec3232b5be72e7a07f3688ef60c206d01479253b03663c1
1962d75c2381201e1a0cbd6c43c348b885c84ff731c4d59ca4a10356f453e01f78a4260763529e3532f6102c2e49a03d
58df3306640da276faaae7d6e8eb15778c4855551ae7f310c35a5dd279cd2eca6757cd636f96f891e2538b53dbf67f2
16b7d288798e5395f20d23bf89edb4d1d115c5dbddbcd30e123da489e726af41727364f2c28297ada8d26d98445f5416
be0e079545f43e4b00cc912f8228ddcc6d19c9f0f69bbb0542eda0fc9dec916a20b15dc0fd2ededda39142311a5001d
8d9e5297186db2d9fb266eaac783182b70152c65550d881c5ecd87b6f0f5a6449f38db9dfa9cce202c6477faaf9b7ac
166007c08a99db2fc3ba8734ace9824b5eecfdfa8d0cf8ef5dd365bc400a0051d5fa9c01a58b1fb93d1a1399126a775c
16a3ef08be3ea7ea03bcddfabba6ff6ee5a4375efa1f4fd7feb34fd206357132b920f5b00801dee460ee415a15812ed9
1866c8ed336c61231a1be54fd1d74cc4f9fb0ce4c6af5920abc5750c4bf39b4852cfe2f7bb9248836b233d9d55535d4a
167a55cda70a6e1cea820597d94a84903216f763e13d87bb5308592e7ea7d4fbc7385ea3d529b35e346ef48bb8913f55
4d2f259eea405bd48f010a01ad2911d9c6dd039bb61a6290e591b36e636a5c871a5c29f4f83060400f8b49cba8f6aa8
accbb67481d033ff5852c1e48c50c477f94ff8aefce42d28c0f9a88cea7913516f968986f7ebbea9684b529e2561092
ad6b9514c767fe3c3613144b45f1496543346d98adf02267d5ceef9a00d9b8693000763e3b90ac11e99b138573345cc
2660400eb2e4f3b628bdd0d53cd76f2bf565b94e72927c1cb748df27942480e420517bd8714cc80d1fadc1326ed06f7
e0fa1d816ddc03e6b24255e0d7819c171c40f65e273b853324efcd6356caa205ca2f570f13497804415473a1d634b8f
1
"""
)
_ISO2 = _numbers(
    """
5c759507e8e333ebb5b7a9a47d7ed8532c52d39fd3a042a88b58423c50ae15d5c2638e343d9c71c6238aaaaaaaa97d6
5c759507e8e333ebb5b7a9a47d7ed8532c52d39fd3a042a88b58423c50ae15d5c2638e343d9c71c6238aaaaaaaa97d6
0
11560bf17baa99bc32126fced787c88f984f87adf7ae0c7f9a208c6b4f20a4181472aaa9cb8d555526a9ffffffffc71a
11560bf17baa99bc32126fced787c88f984f87adf7ae0c7f9a208c6b4f20a4181472aaa9cb8d555526a9ffffffffc71e
8ab05f8bdd54cde190937e76bc3e447cc27c3d6fbd7063fcd104635a790520c0a395554e5c6aaaa9354ffffffffe38d
171d6541fa38ccfaed6dea691f5fb614cb14b4e7f4e810aa22d6108f142b85757098e38d0f671c7188e2aaaaaaaa5ed1
0
0
1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaa63
c
1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaa9f
1
0
1530477c7ab4113b59a4c18b076d11930f7da5d4a07f649bf54439d87d27e500fc8c25ebf8c92f6812cfc71c71c6d706
1530477c7ab4113b59a4c18b076d11930f7da5d4a07f649bf54439d87d27e500fc8c25ebf8c92f6812cfc71c71c6d706
0
5c759507e8e333ebb5b7a9a47d7ed8532c52d39fd3a042a88b58423c50ae15d5c2638e343d9c71c6238aaaaaaaa97be
11560bf17baa99bc32126fced787c88f984f87adf7ae0c7f9a208c6b4f20a4181472aaa9cb8d555526a9ffffffffc71c
8ab05f8bdd54cde190937e76bc3e447cc27c3d6fbd7063fcd104635a790520c0a395554e5c6aaaa9354ffffffffe38f
124c9ad43b6cf79bfbf7043de3811ad0761b0f37a1e26286b0e977c69aa274524e79097a56dc4bd9e1b371c71c718b10
0
1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffa8fb
1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffa8fb
0
1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffa9d3
12
1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaa99
1
0
"""
)
_ISOGENY: Dict[int, Tuple[Tuple[_Two, ...], ...]] = {
    1: tuple(
        tuple((a, 0) for a in _ISO1[first:last])
        for first, last in ((0, 12), (12, 23), (23, 39), (39, 55))
    ),
    2: tuple(
        tuple(zip(_ISO2[first:last:2], _ISO2[first + 1 : last : 2]))
        for first, last in ((0, 8), (8, 14), (14, 22), (22, 30))
    ),
}


def _times2(a: _Two, b: _Two) -> _Two:
    return (a[0] * b[0] - a[1] * b[1]) % _BLS_P, (a[0] * b[1] + a[1] * b[0]) % _BLS_P


def _plus2(a: _Two, b: _Two) -> _Two:
    return (a[0] + b[0]) % _BLS_P, (a[1] + b[1]) % _BLS_P


def _minus2(a: _Two, b: _Two) -> _Two:
    return (a[0] - b[0]) % _BLS_P, (a[1] - b[1]) % _BLS_P


def _over2(a: _Two) -> _Two:
    """Return 1 / a."""
    norm = pow(a[0] * a[0] + a[1] * a[1], -1, _BLS_P)
    return a[0] * norm % _BLS_P, -a[1] * norm % _BLS_P


def _root2(a: _Two, degree: int) -> Optional[_Two]:
    """Return a square root in the field of this degree, or ``None``."""
    quarter = (_BLS_P + 1) // 4
    if degree == 1:
        found = (pow(a[0], quarter, _BLS_P), 0)
        return found if _times2(found, found) == a else None
    # With |a| the root of the norm, the root of a is c + b/(2c)·u with c² = (±|a| + a₀)/2.
    size = pow(a[0] * a[0] + a[1] * a[1], quarter, _BLS_P)
    for sign in (size, -size):
        half = (a[0] + sign) * ((_BLS_P + 1) // 2) % _BLS_P
        c = pow(half, quarter, _BLS_P)
        if c:
            found = (c, a[1] * pow(2 * c, -1, _BLS_P) % _BLS_P)
        else:
            found = (0, pow(-a[0], quarter, _BLS_P))
        if _times2(found, found) == a:
            return found
    return None


def _odd2(a: _Two) -> int:
    """Return the sign of RFC 9380, 4.1."""
    return (a[0] or a[1]) & 1


def _chord(a: Tuple[_Two, _Two], b: Tuple[_Two, _Two]) -> Optional[_Two]:
    """Return the slope of the line through two points of a curve, or ``None`` where it is steep."""
    if a[0] != b[0]:
        return _times2(_minus2(b[1], a[1]), _over2(_minus2(b[0], a[0])))
    if a[1] != b[1] or a[1] == (0, 0):
        return None
    square = _times2(a[0], a[0])
    return _times2(_plus2(square, _plus2(square, square)), _over2(_plus2(a[1], a[1])))


def _add_on(a: _Curve, b: _Curve) -> _Curve:
    if a is None or b is None:
        return a or b
    slope = _chord(a, b)
    if slope is None:
        return None
    x = _minus2(_minus2(_times2(slope, slope), a[0]), b[0])
    return x, _minus2(_times2(slope, _minus2(a[0], x)), a[1])


def _times_on(number: int, a: _Curve) -> _Curve:
    result: _Curve = None
    for bit in bin(number)[2:]:
        result = _add_on(result, result)
        if bit == "1":
            result = _add_on(result, a)
    return result


def bls_point(data: bytes, degree: int) -> Optional[Tuple[_Two, _Two]]:
    """Return the point of 48 or 96 bytes in the group over Fp or Fp², or ``None``.

    Only the one compressed form counts; the point at infinity and points outside the subgroup of
    prime order are none.
    """
    if len(data) != 48 * degree or data[0] >> 6 != 0b10:
        return None
    parts = [int.from_bytes(data[i : i + 48], "big") for i in range(0, 48 * degree, 48)]
    parts[0] &= 2**381 - 1
    if max(parts) >= _BLS_P:
        return None
    x = (parts[-1], parts[0] if degree == 2 else 0)
    y = _root2(_plus2(_times2(_times2(x, x), x), _B[degree]), degree)
    if y is None:
        return None
    minus = _minus2((0, 0), y)
    if ((y[1], y[0]) > (minus[1], minus[0])) != bool(data[0] & 0x20):
        y = minus
    return (x, y) if _times_on(_BLS_R, (x, y)) is None else None


def expand_message(message: bytes, tag: bytes, length: int) -> bytes:
    """Return expand_message_xmd with SHA-256 (RFC 9380, 5.3.1)."""
    tag += bytes([len(tag)])
    head = SHA256.digest(bytes(64) + message + length.to_bytes(2, "big") + b"\0" + tag)
    block, made = bytes(32), b""
    for k in range(1, -(-length // 32) + 1):
        mixed = bytes(a ^ b for a, b in zip(head, block))
        block = SHA256.digest(mixed + bytes([k]) + tag)
        made += block
    return made[:length]


def hash_to_curve(message: bytes, tag: bytes, degree: int) -> _Curve:
    """Return the point of a message (RFC 9380: SHA-256, SSWU, random oracle)."""
    data = expand_message(message, tag, 128 * degree)
    numbers = [int.from_bytes(data[i : i + 64], "big") % _BLS_P for i in range(0, len(data), 64)]
    total: _Curve = None
    for k in (0, 1):
        u = (numbers[k * degree], numbers[2 * k + 1] if degree == 2 else 0)
        total = _add_on(total, _map_to_curve(u, degree))
    return _times_on(_SSWU[degree][3], total)


def _map_to_curve(u: _Two, degree: int) -> _Curve:
    """Return the point of a number of the field: simplified SWU, then the isogeny."""
    a, b, z, _ = _SSWU[degree]
    zu = _times2(z, _times2(u, u))
    rest = _plus2(_times2(zu, zu), zu)
    if rest == (0, 0):
        x = _times2(b, _over2(_times2(z, a)))
    else:
        x = _times2(_minus2((0, 0), _times2(b, _over2(a))), _plus2((1, 0), _over2(rest)))
    y = _root2(_plus2(_times2(_plus2(_times2(x, x), a), x), b), degree)
    if y is None:
        x = _times2(zu, x)
        y = _root2(_plus2(_times2(_plus2(_times2(x, x), a), x), b), degree)
    assert y is not None
    if _odd2(y) != _odd2(u):
        y = _minus2((0, 0), y)
    values = []
    for row in _ISOGENY[degree]:
        value = (0, 0)
        for coefficient in reversed(row):
            value = _plus2(_times2(value, x), coefficient)
        values.append(value)
    if values[1] == (0, 0) or values[3] == (0, 0):
        return None
    return (
        _times2(values[0], _over2(values[1])),
        _times2(y, _times2(values[2], _over2(values[3]))),
    )


_FIELD = 96  # bytes of a field: twelve products of two numbers below p


def _pack(coefficients: Iterable[int]) -> int:
    return int.from_bytes(b"".join(c.to_bytes(_FIELD, "little") for c in coefficients), "little")


def _unpack(number: int, count: int) -> List[int]:
    data = number.to_bytes(_FIELD * count, "little")
    return [int.from_bytes(data[i : i + _FIELD], "little") for i in range(0, len(data), _FIELD)]


def _times12(a: int, b: int) -> int:
    c = _unpack(a * b, 23)
    for k in range(22, 11, -1):  # w¹² = 2 w⁶ - 2
        c[k - 6] += 2 * c[k]
        c[k - 12] -= 2 * c[k]
    return _pack(value % _BLS_P for value in c[:12])


def _line(slope: _Two, at: Tuple[_Two, _Two], where: Tuple[_Two, _Two]) -> int:
    """Return the line through a point of the second group, taken at one of the first.

    Factors that the final power takes to 1 are left out: a + b·u is (a - b) + b·w⁶.
    """
    (x, _), (y, _) = where
    here = _minus2(_times2(slope, at[0]), at[1])
    there = (-slope[0] * x, -slope[1] * x)
    made = [0] * 12
    made[0], made[6] = (here[0] - here[1]), here[1]
    made[2], made[8] = (there[0] - there[1]), there[1]
    made[3] = y
    return _pack(value % _BLS_P for value in made)


def pairings_cancel(pairs: Iterable[Tuple[Tuple[_Two, _Two], Tuple[_Two, _Two]]]) -> bool:
    """Return whether the product of e(p, q) is 1, with one final power for all.

    Each p is of the group over Fp, each q of that over Fp², of prime order and not infinite.
    """
    moved = [(p, q, q) for p, q in pairs]
    f = 1
    for bit in bin(_BLS_X)[3:]:
        f = _times12(f, f)
        for again in (True, False) if bit == "1" else (True,):
            for k, (p, q, now) in enumerate(moved):
                other = now if again else q
                slope = _chord(now, other)
                assert slope is not None  # no multiple so small of a point of order r is infinite
                f = _times12(f, _line(slope, now, p))
                after = _add_on(now, other)
                assert after is not None
                moved[k] = (p, q, after)
    # f^((p¹²-1)/r) is 1 if and only if g = f^((p²+1)(p⁴-p²+1)/r) lies in Fp⁶, where the power p⁶
    # changes nothing: there the odd powers of w are absent. And w^(p²) is w times a number of Fp.
    turn = pow(2, (_BLS_P - 1) // 6, _BLS_P)
    frobenius = _pack(c * pow(turn, k, _BLS_P) % _BLS_P for k, c in enumerate(_unpack(f, 12)))
    f = _times12(f, frobenius)
    powers = [1, f]
    for _ in range(14):
        powers.append(_times12(powers[-1], f))
    g = 1
    for digit in "%x" % ((_BLS_P**4 - _BLS_P**2 + 1) // _BLS_R):
        for _ in range(4):
            g = _times12(g, g)
        g = _times12(g, powers[int(digit, 16)])
    return g != 0 and not any(_unpack(g, 12)[1::2])


# drand's schemes: degree of the field of the signatures' group, tag of the hash, whether a round
# signs the one before. The closed scheme bls-unchained-on-g1 signs on G1 with the tag of G2,
# against RFC 9380: it is not accepted.
_TAG = "BLS_SIG_BLS12381G%d_XMD:SHA-256_SSWU_RO_NUL_"
DRAND_SCHEMES = {
    "pedersen-bls-chained": (2, True),
    "pedersen-bls-unchained": (2, False),
    "bls-unchained-g1-rfc9380": (1, False),
}


@lru_cache(maxsize=64)
def drand_holds(scheme: str, key: bytes, number: int, signature: bytes, before: bytes) -> bool:
    """Return whether a round of a drand chain is signed by the chain's key.

    Parameters
    ----------
    scheme
        One of `DRAND_SCHEMES`.
    key, signature
        Compressed points.
    number
        Of the round, from 1.
    before
        The signature of the round before, in a chained scheme (the group's hash before the first
        round); else empty.
    """
    degree, chained = DRAND_SCHEMES.get(scheme, (0, False))
    if not degree or not 1 <= number < 2**64 or chained != bool(before):
        return False
    signed, public = bls_point(signature, degree), bls_point(key, 3 - degree)
    if signed is None or public is None:
        return False
    message = SHA256.digest(before + number.to_bytes(8, "big"))
    hashed = hash_to_curve(message, (_TAG % degree).encode(), degree)
    if hashed is None:
        return False
    if degree == 1:  # e(-signature, G2) · e(hash, key) = 1
        return pairings_cancel([((signed[0], _minus2((0, 0), signed[1])), _G2), (hashed, public)])
    minus = (_G1[0], _minus2((0, 0), _G1[1]))  # e(-G1, signature) · e(key, hash) = 1
    return pairings_cancel([(minus, signed), (public, hashed)])


# ======================================================================================
# SM2 signatures with SM3 (GB/T 32918.2-2016), on the curve of GB/T 32918.5-2017
# ======================================================================================

_SM2_P = 2**256 - 2**224 - 2**96 + 2**64 - 1
_SM2_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_SM2_A = _SM2_P - 3
_SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_Affine = Optional[Tuple[int, int]]  # None is the point at infinity
_SM2_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SM2_ID = b"1234567812345678"  # who signs, as GM/T 0009-2012 says where nobody else is named


def _sm2_add(a: _Affine, b: _Affine) -> _Affine:
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % _SM2_P == 0:
            return None
        slope = (3 * a[0] * a[0] + _SM2_A) * pow(2 * a[1], -1, _SM2_P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _SM2_P)
    x = (slope * slope - a[0] - b[0]) % _SM2_P
    return (x, (slope * (a[0] - x) - a[1]) % _SM2_P)


def sm2_point(public: bytes) -> _Affine:
    """Return the point of a public key, 04 ‖ x ‖ y, or ``None`` if it is none of the curve."""
    if len(public) != 65 or public[0] != 4:
        return None
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    if x >= _SM2_P or y >= _SM2_P or (y * y - (x * x + _SM2_A) * x - _SM2_B) % _SM2_P:
        return None
    return (x, y)  # the curve's order is prime: every point of it but infinity will do


def sm2_hash(public: bytes, message: bytes, signer: bytes = SM2_ID) -> bytes:
    """Return what is signed: SM3(Z ‖ message), Z = SM3(bits of id ‖ id ‖ a ‖ b ‖ G ‖ public)."""
    numbers = (_SM2_A, _SM2_B, *_SM2_G)
    curve = b"".join(number.to_bytes(32, "big") for number in numbers)
    z = SM3.digest((8 * len(signer)).to_bytes(2, "big") + signer + curve + public[1:])
    return SM3.digest(z + message)


def sm2_holds(public: bytes, message: bytes, signature: bytes, signer: bytes = SM2_ID) -> bool:
    """Return whether a signature r ‖ s, 32 bytes each, holds (GB/T 32918.2-2016, 7.1)."""
    key = sm2_point(public)
    if key is None or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    both = (r + s) % _SM2_N
    if not (0 < r < _SM2_N and 0 < s < _SM2_N and both):
        return False
    # s · G + both · key, with one row of doublings for both.
    addends = (None, _SM2_G, key, _sm2_add(_SM2_G, key))
    found: _Affine = None
    for bit in range(255, -1, -1):
        found = _sm2_add(found, found)
        found = _sm2_add(found, addends[(s >> bit & 1) + 2 * (both >> bit & 1)])
    if found is None:
        return False
    hashed = int.from_bytes(sm2_hash(public, message, signer), "big")
    return (hashed + found[0] - r) % _SM2_N == 0


# ======================================================================================
# reading: a folder, or documents in memory
# ======================================================================================


class Folder:
    """A publication on disk."""

    def __init__(self, root: Union[str, "os.PathLike[str]"]) -> None:
        self.root = os.fspath(root)

    def names(self) -> List[str]:
        """Return the paths of all files, with ``/``."""
        found: List[str] = []
        for where, folders, files in os.walk(self.root):
            links = [name for name in folders if os.path.islink(os.path.join(where, name))]
            paths = (os.path.relpath(os.path.join(where, n), self.root) for n in files + links)
            found.extend(path.replace(os.sep, "/") for path in paths)
        return sorted(found)

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        path = os.path.join(self.root, *name.split("/"))
        try:
            found = os.lstat(path)
            need(stat.S_ISREG(found.st_mode), name, "", "is not a plain file")
            # Before it is read: a gigabyte of nothing takes memory too.
            need(not name.endswith(".json") or found.st_size <= LARGEST, name, "", TOO_LARGE)
            with open(path, "rb") as file:
                return file.read()
        except (OSError, ValueError) as error:
            raise Fault(
                name, "", "cannot be read: %s" % (getattr(error, "strerror", "") or error)
            ) from None


class Memory:
    """A publication in memory: path → bytes."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def names(self) -> List[str]:
        """Return all paths."""
        return sorted(self.files)

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        if name not in self.files:
            raise Fault(name, "", "cannot be read: no such file")
        return self.files[name]


class Books:
    """What has been read and recomputed so far; each section adds to it."""

    def __init__(
        self, source: Union[Folder, Memory, "Round", "Other"], vkey: Optional[str]
    ) -> None:
        self.source, self.vkey = source, vkey
        self.seen: List[Tuple[str, bytes]] = []  # earlier checkpoints that somebody kept
        self.witnesses: List[str] = []  # verifier keys of whom has cosigned one of them
        self.file = ""  # what is being checked, for faults nobody foresaw
        self.hash = SHA256  # until the manifest names another
        self.listed = SHA256  # what the manifest's own digests are made with
        self.campaign = ""
        self.alone = False  # only the plan: no frame, sample, roster or ledger to compare with
        self.files: Dict[str, str] = {}
        self.digests: Dict[str, str] = {}
        self.bodies: Dict[str, Any] = {}
        self.rows: Dict[str, int] = {}  # line of each of these entries
        self.course = Course()
        self.secret: Optional[Key] = None  # once it is opened
        self.substitutes: List[Tuple[int, Any]] = []  # index in the ledger, body
        self.proof: Optional[Proof] = None  # where one enterprise's proof is checked
        self.tree = (0, b"")  # size and root of the checkpoint in it
        self.stand_ins: List[Tuple[int, Any]] = []  # the same of inspectors
        self.rounds: List[OddsRound] = []  # of odds
        self.version, self.parent = 1, ""  # of the plan: what the ledger asks for
        self.exchanged: List[Tuple[int, str, str, Any]] = []  # line, checks in turn, place's order
        self.final: Optional[Later] = None  # once all draws are checked
        self.of_first = True  # while the first draw of the first odds is looked at
        self.turn = 0  # which of the draws from the odds
        self.rest: Any = None  # odds of what these draws left
        self.times: Dict[str, int] = {}  # of the ledger's entries, in microseconds since 1970
        self.rolled: List[str] = []  # what seeds showed so far
        self.kept: set[str] = set()  # documents of earlier commitments
        self.doc: Dict[str, Any] = {}
        self.frame: Dict[str, Any] = {}
        self.members: Dict[Tuple[str, str], List[str]] = {}
        self.combinations: Dict[Tuple[Tuple[str, ...], ...], int] = {}
        self.weights: Dict[str, int] = {}
        self.places: Dict[str, Tuple[Tuple[str, ...], ...]] = {}  # where draws hang together
        self.earlier: List[Tuple[Books, bool]] = []  # draws before this one, and which count
        self.is_earlier = False
        self.stands_alone = False  # another draw, without its ledger
        self.separate: List[Books] = []  # draws whose samples are planned here too
        self.campaigns: List[str] = []  # of other draws
        self.sampled: Dict[str, Tuple[Any, str]] = {}
        self.own_plans = 0  # planned checks that no draw made
        self.onsite: Dict[str, Any] = {}
        self.problem: Optional[Problem] = None
        self.visits: List[Visit] = []
        self.due: List[Visit] = []
        self.before: Dict[str, List[str]] = {}  # person → days drawn before the odds of this round

    @property
    def shut(self) -> bool:
        """Whether what was drawn waits for opening."""
        spec = self.doc.get("spec.json")
        sealed = self.course.sealed if spec is None else spec["mode"] == "sealed"
        return sealed and self.secret is None and not self.alone and not self.stands_alone

    def waiting(self, section: str) -> str:
        """Return what a section waits for, in words, or nothing."""
        kind = NEEDS.get(section, "")
        if self.alone or not kind:
            return ""
        if kind not in self.bodies:
            return "waits: %s is not in the ledger yet" % kind
        return "waits for opening" if self.shut and section not in TOLD_SHUT else ""

    def state(self) -> Optional[Dict[str, Any]]:
        """Return what a publication under way waits for, or why it is void."""
        if self.alone:
            return None
        if self.course.void:
            return {"stage": "void", "reason": self.bodies["void"]["reason"]}
        waits = []
        if self.shut:
            waits.append("open" if self.course.sealed else "seal")
        if not self.course.whole():
            waits.append(self.course.line()[0])
        return {"stage": "under way", "waits": waits} if waits else None

    def held_proof(self) -> Proof:
        """Return the proof that is checked."""
        assert self.proof is not None
        return self.proof

    def held(self) -> Problem:
        """Return the problem that the plan is held to."""
        assert self.problem is not None
        return self.problem

    def data(self, name: str) -> bytes:
        """Return a file's bytes; its digest must be the manifest's."""
        self.file = name
        data = self.source.read(name)
        found = self.hash.hex(data)
        if name in self.files:
            listed = found if self.listed is self.hash else self.listed.hex(data)
            same(listed, self.files[name], name, "", "digest (manifest.json)")
        self.digests[name] = found
        return data

    def open(self, name: str, rule: Rule, form: str, old: Optional[Rule] = None) -> Any:
        """Read a document of `transcript/`, check its shape, format and campaign.

        With `old`, `rule` is the shape of the second version and `old` that of the first.
        """
        path = "transcript/" + name
        value = parse(self.data(path), path)
        wanted = "double-random/%s/v1" % form
        if old is not None and type(value) is dict:
            if value.get("format") == wanted:
                rule = old
            else:
                wanted = wanted[:-1] + "2"
                same(value.get("format"), wanted, path, "format", "format")
        self.shape(path, value, rule)
        same(value["format"], wanted, path, "format", "format")
        same(value["campaign"], self.campaign, path, "campaign", "campaign")
        self.doc[name] = value
        return value

    def key(self, text: str) -> Key:
        """Return the key that a document writes in hex."""
        return Key.of(bytes.fromhex(text), self.hash)

    def names_hash(self, path: str, value: Any, place: str = "hash") -> None:
        """Check that a document names the hash; SHA-256 goes without saying."""
        wanted = None if self.hash is SHA256 else self.hash.name
        same(value.get("hash"), wanted, path, place, "hash of all else")

    def shape(self, path: str, value: Any, rule: Rule, line: str = "") -> None:
        """Check a shape."""
        try:
            rule(value)
        except Wrong as wrong:
            raise Fault(path, (line + " " + wrong.place()).strip(), wrong.what) from None

    def refers(self, name: str, field: str, target: str) -> None:
        """Check that a document's field is another document's digest."""
        same(
            self.doc[name][field],
            self.digests["transcript/" + target],
            "transcript/" + name,
            field,
            "digest of transcript/" + target,
        )


# ======================================================================================
# manifest: every file, and nothing else
# ======================================================================================

MANIFEST = obj(
    {
        "format": TEXT,
        "campaign": CAMPAIGN,
        "files": table(TEXT, HEX),
    },
    {"hash": OTHER_HASH},
)


def check_manifest(books: Books) -> str:
    """Every file has the digest of the manifest, and no file is missing or added."""
    name = books.file = "manifest.json"
    value = parse(books.source.read(name), name)
    books.shape(name, value, MANIFEST)
    same(value["format"], "double-random/manifest/v1", name, "format", "format")
    books.campaign = value["campaign"]
    books.hash = books.listed = HASHES[value.get("hash", "sha256")]
    files = value["files"]
    for path in files:
        parts = path.split("/")
        odd = (
            "\\" in path or ":" in path or "\0" in path or any(p in ("", ".", "..") for p in parts)
        )
        need(not odd, name, "files." + path, "is not a plain path below the folder")
    names = [path for path in books.source.names() if path != name]
    for path in names:
        need(path in files, path, "", "is not in manifest.json")
    for path in files:
        need(path != name, name, "files." + path, "the manifest cannot list itself")
        found = books.hash.hex(books.source.read(path))
        same(found, files[path], path, "", "digest (manifest.json)")
    books.files = dict(files)
    return "%d files" % len(files)


# ======================================================================================
# ledger: entries, order, times, root, signature
# ======================================================================================

KINDS = (
    ("frame", "transcript/frame.json"),
    ("spec", "transcript/spec.json"),
    ("seed-source", ""),
    ("seed", "transcript/seed.json"),
    ("draw", "transcript/draw.json"),
    ("checks", "transcript/checks.json"),
    ("problem", "transcript/problem.json"),
    ("roster", "transcript/roster.json"),
    ("plan", "transcript/plan.json"),
    ("odds", "transcript/odds.json"),
    ("teams-seed-source", ""),
    ("teams-seed", "transcript/teams-seed.json"),
    ("teams", "transcript/teams.json"),
)
PLACE = {kind: place for place, (kind, _) in enumerate(KINDS)}
DRAWN = len(KINDS)  # place after a draw of teams
# Of these the documents are numbered by the draw; of the others after the draw, by the round.
BY_DRAW = ("teams-seed-source", "teams-seed-reveals", "teams-seed", "teams")
REVEALS = {"seed-source": "seed-reveals", "teams-seed-source": "teams-seed-reveals"}
ENTRY = obj(
    {"body": table(TEXT, anything), "campaign": TEXT, "index": whole(), "kind": TEXT, "time": TEXT}
)
# Hours and a zone's minutes are held here: what Python makes of 24:00 and +05:60 hangs on its age.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:[0-5]\d)",
    re.ASCII,
)


def instant(value: str, file: str, place: str) -> datetime:
    """Return the moment of an RFC 3339 text with zone."""
    match = _TIME.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        zone = "+00:00" if match.group(3) == "Z" else match.group(3)
        fraction = (match.group(2) or "0").ljust(6, "0")
        moment = datetime.fromisoformat("%s.%s%s" % (match.group(1), fraction, zone))
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise Fault(file, place, "must be a time with zone, is %s" % show(value)) from None


def a_reason(value: Any) -> None:
    """Rule: some words, not too many."""
    TEXT(value)
    if not 2 <= len(value) <= 500:
        raise Wrong("must be a reason of 2 to 500 letters, is %s" % show(value))


AGAIN = obj({"reason": a_reason})
DRAWS = arr(span)
SUBSTITUTION = obj(
    {
        "enterprise": ENTERPRISE,
        "order": ID,
        "reason": one_of("closed", "not-found", "moved"),
        "reserve": ENTERPRISE,
        "stratum": TEXT,
    }
)
STAND_IN = obj({"absent": ID, "reason": a_reason, "substitute": ID, "unit": ID, "visit": VISIT_ID})
BODIES = {
    "seal": obj({"commitment": HEX, "open_after": a_day}, {"again": AGAIN}),
    "open": obj({"secret": HEX}, {"early": AGAIN}),
    "void": obj({"reason": a_reason}),
}
SEALED_BODY = obj({"sealed": HEX})
ODDS_LEAVES = obj({"root": HEX})
PLAIN_BODIES = {
    "substitute": obj({"substitution": SUBSTITUTION}),
    "team-substitute": obj({"substitution": STAND_IN}),
}
SEED_AT, DRAW_AT = PLACE["seed"], PLACE["draw"]
ENTRIES = "ledger/entries.jsonl"
LINES, TOLD, CHANGES, STAND_INS = (
    "transcript/frame.jsonl",
    "transcript/draw-sealed.json",
    "transcript/substitutions.json",
    "transcript/team-substitutions.json",
)


class Course:
    """How far the ledger has come since the last commitment, and what may come next."""

    def __init__(self) -> None:
        self.place, self.commitments = 0, 0
        self.sealed = self.opened = self.void = False
        self.waits = ""  # kind of the reveals that must come before the line goes on
        self.revealed = False  # by the parties of the first seed
        self.source: Any = None  # of the teams' next seed, as announced
        self.reveals: Any = None  # of its parties
        self._restart()

    def _restart(self) -> None:
        self.round = 1  # number of the odds that are made or drawn
        self.drawn = self.left = 0  # draws of teams: in all, and left of these odds
        self.amended = True  # whether the round has a plan of its own

    def line(self) -> Tuple[str, str, int]:
        """Return kind, document and number (of round or draw) of the next entry of the line."""
        if self.void:
            kind = KINDS[0][0]
        elif self.waits:
            kind = self.waits
        elif self.place == DRAWN:
            kind = "teams-seed-source" if self.left else "roster"
        else:
            kind = KINDS[self.place][0]
        return (kind, *self.named(kind))

    def named(self, kind: str) -> Tuple[str, int]:
        """Return document and number of an entry that comes now."""
        if kind == "frame":
            return "transcript/frame.json", 1
        if kind not in PLACE and kind not in REVEALS.values():
            return "", 1
        number = self.drawn + 1 if kind in BY_DRAW else self.round + self.begins(kind)
        document = KINDS[PLACE[kind]][1] if kind in PLACE else ""
        if document and number > 1:
            document = "%s-%d.json" % (document[: -len(".json")], number)
        return document, number

    def begins(self, kind: str) -> bool:
        """Return whether an entry begins a later round of odds."""
        between = self.place in (DRAWN, PLACE["teams-seed-source"], PLACE["teams-seed"])
        return kind in ("roster", "checks") and between

    def allowed(self) -> List[str]:
        """Return the kinds that may come next, that of the line first."""
        found = [self.line()[0]]
        if self.void:
            return found
        if self.place == SEED_AT:
            # Who seals a secret once the parties have revealed might choose it by that.
            found += ["frame"] if self.revealed else ["seal", "frame"]
        found += [kind for kind in ("roster", "checks") if self.begins(kind) and kind != found[0]]
        if self.place > DRAW_AT:
            found.append("substitute")
            if self.sealed and not self.opened:
                found.append("open")
        if self.drawn:
            found.append("team-substitute")
        if self.place >= SEED_AT:
            found.append("void")
        return found

    def take(self, kind: str, body: Any) -> None:
        """Take an entry; after a source with parties what they reveal must come."""
        if kind == "frame":
            self.place, self.commitments = 1, self.commitments + 1
            self.sealed = self.opened = self.void = self.revealed = False
            self.waits = ""
            self._restart()
        elif kind in ("seal", "open", "void"):
            self.sealed = self.sealed or kind == "seal"
            self.opened = self.opened or kind == "open"
            self.void = self.void or kind == "void"
        elif kind in REVEALS.values():
            self.waits, self.revealed, self.reveals = "", True, body
        elif kind in PLACE:
            if self.begins(kind):
                self.round, self.amended, self.left, self.waits = (
                    self.round + 1,
                    kind == "checks",
                    0,
                    "",
                )
            self.place = PLACE[kind] + 1
            if kind == "roster" and not self.amended:
                self.place = PLACE["odds"]
            if kind == "odds":
                draws = body.get("draws")
                self.left = len(draws) if type(draws) is list and draws else 1
            if kind == "teams":
                self.drawn, self.left = self.drawn + 1, self.left - 1
            if kind in REVEALS:
                self.waits = REVEALS[kind] if has_parties(body) else ""
                self.source, self.reveals = body, None

    def whole(self) -> bool:
        """Return whether no round of odds is begun, and no draw of the last one left."""
        return self.place == DRAWN and not self.left


class OddsRound(NamedTuple):
    """A round of the ledger: its odds, and the draws from them so far."""

    number: int
    row: int  # line of its first entry
    amended: bool  # whether it has a plan of its own
    draws: List[int]  # numbers of those whose seed is there
    ended: List[int]  # of those whose teams are there

    def documents(self) -> List[str]:
        """Return the names of the documents that it has of its own."""
        made = ("checks", "problem", "plan") if self.amended else ()
        return [*made, "roster", "odds"]


class Listed(NamedTuple):
    """An entry and its place in the course."""

    place: int
    kind: str
    time: str
    body: Any
    document: str
    which: int  # number of its round or draw
    begins: bool  # whether a later round begins with it
    sealed: bool  # what it publishes waits for opening

    @property
    def row(self) -> str:
        """Return its line, for faults."""
        return "line %d" % (self.place + 1)


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def micros(value: str) -> int:
    """Return a moment as microseconds since 1970; its form has been checked."""
    return (instant(value, "", "") - EPOCH) // timedelta(microseconds=1)


def check_ledger(books: Books) -> str:
    """The entries stand in order, name the documents' digests, and are what was signed."""
    name = ENTRIES
    data = books.data(name)
    need(data.endswith(b"\n"), name, "", "must end in a newline")
    lines = data.split(b"\n")[:-1]
    attempts: List[List[Listed]] = []
    before: Optional[datetime] = None
    course = books.course
    for index, line in enumerate(lines):
        row = "line %d" % (index + 1)
        entry = parse(line, name, row)
        books.shape(name, entry, ENTRY, row)
        kind, document, which = course.line()
        same(entry["index"], index, name, row + " index", "index")
        same(entry["campaign"], books.campaign, name, row + " campaign", "campaign")
        if entry["kind"] not in course.allowed():
            same(entry["kind"], kind, name, row + " kind", "kind at this place")
        if entry["kind"] != kind:
            document, which = course.named(entry["kind"])
        kind = entry["kind"]
        moment = instant(entry["time"], name, row + " time")
        need(before is None or moment >= before, name, row + " time", "time goes back")
        before = moment
        check_beside(books, course, kind, entry, row)
        if kind == "frame":
            attempts.append([])
        shut = kind != "frame" and course.sealed and not course.opened
        time_ = entry["time"]
        begins = course.begins(kind)
        attempts[-1].append(
            Listed(index, kind, time_, entry["body"], document, which, begins, shut)
        )
        course.take(kind, entry["body"])
    need(course.void or course.place >= SEED_AT, name, "", "must hold a whole commitment")
    for number, attempt in enumerate(attempts[:-1], 1):
        check_superseded(books, number, attempt)
    check_published(books, attempts[-1])
    check_checkpoint(books, lines)
    words = "%d entries, root and signature hold" % len(lines)
    if len(attempts) > 1:
        words += "; %d earlier commitments" % (len(attempts) - 1)
    if books.substitutes:
        words += "; %d substitutions" % len(books.substitutes)
    if books.stand_ins:
        words += "; %d inspectors replaced" % len(books.stand_ins)
    if course.void:
        words += "; declared void: " + books.bodies["void"]["reason"]
    return words


def check_beside(books: Books, course: Course, kind: str, entry: Any, row: str) -> None:
    """The body of an entry beside the line, and what a repeated commitment must say."""
    name, body = ENTRIES, entry["body"]
    if kind in BODIES:
        books.shape(name, body, BODIES[kind], row + " body")
    if kind in PLAIN_BODIES:
        shut = course.sealed and not course.opened
        books.shape(name, body, SEALED_BODY if shut else PLAIN_BODIES[kind], row + " body")
    if kind == "odds" and "draws" in body:
        books.shape(name, body["draws"], DRAWS, row + " body.draws")
        check_parting(body["draws"], name, row + " body.draws")
    if kind == "odds" and "leaves" in body:
        shut = course.sealed and not course.opened
        need(shut, name, row + " body.leaves", "stands only where the odds are sealed")
        books.shape(name, body["leaves"], ODDS_LEAVES, row + " body.leaves")
    begins = course.begins(kind)
    if kind in ("frame", "seal") or begins:
        second = course.commitments > 0 if kind == "frame" else course.sealed
        if begins:
            second = kind == "checks" or course.left > 0
        if second:
            need("again" in body, name, row + " body.again", "a second commitment gives no reason")
            books.shape(name, body["again"], AGAIN, row + " body.again")
        else:
            need("again" not in body, name, row + " body.again", "nothing was committed before")
    if begins and course.place == PLACE["teams-seed"]:
        check_given_up(books, course, entry["time"], row)


def check_given_up(books: Books, course: Course, moment: str, row: str) -> None:
    """A draw is given up only before its seed can be known, or where it can have none."""
    name, source = ENTRIES, course.source
    books.shape(name, source, SEED_SOURCE, row + " source given up")
    # What parties committed to they may have revealed, whether that was recorded or not.
    books.rolled += marks_of(source, pledges=True)
    if course.reveals is not None:
        books.shape(name, course.reveals, RECORD, row + " reveals given up")
        parts = source["parts"] if source["source"] == "combined" else [source]
        anew = any(part["source"] == "parties" and part["absent"] == "anew" for part in parts)
        if anew and any(one["outcome"] != "revealed" for one in course.reveals["reveals"]):
            return
    known = known_of(source)
    fine = known is None or micros(moment) < known
    need(fine, name, row + " time", "the seed of the draw given up can be known by then")


def known_of(source: Any) -> Optional[int]:
    """Return when the first of a source can be known, in microseconds, if it says."""
    parts = source["parts"] if source["source"] == "combined" else [source]
    moments = [known[0] for known in map(known_between, parts) if known is not None]
    return min(moments) if moments else None


def check_parting(draws: Any, file: str, place: str) -> None:
    """The days of several draws follow each other without a gap."""
    need(len(draws) > 1, file, place, "must be several draws")
    for index, (before, after) in enumerate(zip(draws, draws[1:]), 1):
        fine = day_number(after[0]) == day_number(before[1]) + 1
        need(fine, file, "%s[%d]" % (place, index), "must begin on the day after the draw before")


def opened_secret(books: Books, attempt: List[Listed]) -> Optional[Key]:
    """Return the secret that a commitment was opened with: it must be the one sealed."""
    name, seal = ENTRIES, None
    for entry in attempt:
        seal = entry if entry.kind == "seal" else seal
        if entry.kind == "open" and seal is not None:
            secret = books.key(entry.body["secret"])
            found = sub_key(secret, "seal", books.campaign).hex()
            place = entry.row + " body.secret"
            what = "the secret does not match its commitment (%s)" % seal.row
            same(seal.body["commitment"], found, name, place, what)
            return secret
    return None


def numbered(kind: str, which: int) -> str:
    """Return the name of an entry of a round or draw."""
    return kind if which == 1 else "%s-%d" % (kind, which)


def check_published(books: Books, attempt: List[Listed]) -> None:
    """The documents of the present commitment are those of the ledger, and no others."""
    name = ENTRIES
    books.secret = opened_secret(books, attempt)
    listed = set()
    begun: Optional[Listed] = None  # the entry with which the present round began
    for entry in attempt:
        body, document = entry.body, entry.document
        key = numbered(entry.kind, entry.which)
        if entry.kind == "open":
            after, early = books.bodies["seal"]["open_after"], "early" in body
            what = "opens on or before %s without a reason" % after
            need(early or entry.time[:10] > after, name, entry.row + " body", what)
            what = "is not early"
            need(not early or entry.time[:10] <= after, name, entry.row + " body.early", what)
        if entry.begins:
            begun = entry
        if entry.kind == "odds":
            amended = entry.which == 1 or (begun is not None and begun.kind == "checks")
            row = entry.place + 1 if begun is None else begun.place + 1
            books.rounds.append(OddsRound(entry.which, row, amended, [], []))
        if entry.kind == "teams-seed":
            books.rounds[-1].draws.append(entry.which)
        if entry.kind == "teams":
            books.rounds[-1].ended.append(entry.which)
        if entry.kind == "substitute":
            books.substitutes.append((entry.place, body))
        elif entry.kind == "team-substitute":
            books.stand_ins.append((entry.place, body))
        else:
            books.bodies[key], books.rows[key] = body, entry.place + 1
            books.times[key] = micros(entry.time)
        if document:
            listed.add(document)
            same(body.get("document"), document, name, entry.row + " body.document", "document")
            if not entry.sealed:
                found = books.hash.hex(books.data(document))
                books.file = name
                field, what = books.hash.name, "digest of " + document
                same(body.get(field), found, name, entry.row + " body." + field, what)
            else:
                check_sealed(books, entry, document, books.secret)
    told = "draw" in books.bodies and books.course.sealed
    opened = books.secret is not None
    for path, wanted in (
        (TOLD, told),
        (CHANGES, opened and any("sealed" in body for _, body in books.substitutes)),
        (STAND_INS, opened and any("sealed" in body for _, body in books.stand_ins)),
    ):
        if wanted != (path in books.files):
            raise Fault(path, "", "is missing" if wanted else "is not in the ledger")
    for path in books.files:
        if re.fullmatch(r"transcript/[a-z-]+(-[0-9]+)?\.json", path, re.ASCII):
            stem = re.sub(r"-[0-9]+\.json", ".json", path)
            known = any(stem == document for _, document in KINDS)
            need(path in listed or not known, path, "", "is not in the ledger")
        if path.startswith("superseded/"):
            need(path in books.kept, path, "", "is not in the ledger")


def check_sealed(books: Books, entry: Listed, document: str, secret: Optional[Key]) -> None:
    """A document that waits for opening is hidden, or is the one that was sealed."""
    name, body, place = ENTRIES, entry.body, entry.row + " body.sealed"
    for field in HASHES:
        need(field not in body, name, entry.row + " body." + field, "tells of a sealed document")
    if secret is None:
        books.shape(name, body.get("sealed"), HEX, place)
        need(document not in books.files, document, "", "is sealed: it waits for opening")
        return
    found = sub_key(secret, "sealed", "%s:%s" % (document, books.hash.hex(books.data(document))))
    books.file = name
    same(body.get("sealed"), found.hex(), name, place, "commitment to " + document)


def check_superseded(books: Books, number: int, attempt: List[Listed]) -> None:
    """What is kept of an earlier commitment is what the ledger holds of it."""
    name = ENTRIES
    secret = opened_secret(books, attempt)
    for entry in attempt:
        body, document = entry.body, entry.document
        told = body.get("told") if entry.kind == "draw" else None
        for place, path, some in (("", document, body), (".told", TOLD, told)):
            if not path or type(some) is not dict:
                continue
            same(
                some.get("document"), path, name, entry.row + " body%s.document" % place, "document"
            )
            kept = path.replace("transcript/", "superseded/%d/" % number, 1)
            books.kept.add(kept)
            source = body.get("source")
            seed = entry.kind in ("seed", "teams-seed") and source is None
            if kept not in books.files:
                must = entry.kind in ("frame", "spec") or seed
                need(not must, kept, "", "is missing: an earlier commitment is kept")
            elif entry.sealed and some is body:
                need(secret is not None, kept, "", "is sealed, and was never opened")
                assert secret is not None
                key = "%s:%s" % (path, books.hash.hex(books.data(kept)))
                books.file = name
                found = sub_key(secret, "sealed", key).hex()
                same(body.get("sealed"), found, name, entry.row + " body.sealed", "commitment")
            else:
                found = books.hash.hex(books.data(kept))
                books.file = name
                field = books.hash.name
                at = entry.row + " body%s.%s" % (place, field)
                same(some.get(field), found, name, at, "digest of " + kept)
            if entry.kind in ("seed", "teams-seed") and some is body:
                # Rolls that were seen once bind no later commitment.
                if seed:
                    shown = parse(books.data(kept), kept)
                    source = shown.get("source") if type(shown) is dict else None
                books.rolled += marks_of(source)
        if entry.kind in REVEALS:
            # What parties committed to they may have revealed, whether that was recorded or not.
            books.rolled += marks_of(body, pledges=True)


def marks_of(source: Any, pledges: bool = False) -> List[str]:
    """Return what a source showed that no later seed may show again, whatever its shape.

    With `pledges`, only what parties committed to.
    """
    if type(source) is not dict:
        return []
    found = [] if pledges else [source.get("rolls")]
    chain = source.get("chain")
    if type(chain) is dict and not pledges:
        found.append("%s:%s" % (chain.get("hash"), source.get("round")))
    fields = (("parties", "commitment"),)
    for field, name in fields if pledges else (("inputs", "name"), *fields):
        many = source.get(field)
        if type(many) is list:
            found += [one.get(name) for one in many if type(one) is dict]
    parts = source.get("parts") if source.get("source") == "combined" else None
    if type(parts) is list:
        for part in parts:
            simple = type(part) is dict and part.get("source") != "combined"
            found += marks_of(part, pledges) if simple else []
    return [mark for mark in found if type(mark) is str]


def has_parties(source: Any) -> bool:
    """Return whether a seed source waits for parties to reveal, whatever its shape."""
    parts = source.get("parts") if source.get("source") == "combined" else [source]
    return type(parts) is list and any(
        type(part) is dict and part.get("source") == "parties" for part in parts
    )


def check_checkpoint(books: Books, lines: List[bytes]) -> None:
    """The signed note over origin, size and root holds under the log's key."""
    origin = "double-random/" + books.campaign
    file = "ledger/log.vkey"
    key = read_vkey(read_text(books.data(file), file), file, origin, books.vkey)
    file = "ledger/checkpoint.txt"
    size, root = open_note(books.data(file), file, origin, key)
    same(size, str(len(lines)), file, "line 2", "size")
    found = base64.b64encode(merkle_root(lines, books.hash)).decode()
    same(root, found, file, "line 3", "root of the entries")
    for file, data in books.seen:
        size, root = open_note(data, file, origin, key)
        kept = lines[: int(size)] if re.fullmatch(r"[1-9][0-9]{0,8}", size) else []
        need(str(len(kept)) == size, file, "line 2", "is no size up to the ledger's")
        found = base64.b64encode(merkle_root(kept, books.hash)).decode()
        same(root, found, file, "line 3", "the ledger was rewritten: root of its first entries")
    for witness in books.witnesses:
        check_witness(books, witness)


def check_witness(books: Books, vkey: str) -> None:
    """A witness has cosigned one of the checkpoints (C2SP tlog-cosignature), all of which hold."""
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)", vkey.strip())
    key = unbase64(match.group(3)) if match else None
    if match is None or key is None or len(key) != 33 or key[0] != COSIGNER_TYPE:
        raise Fault("--witness", "", "is no Ed25519 verifier key of a witness")
    name = match.group(1)
    same(match.group(2), key_id(name, key).hex(), "--witness", "", "key id")
    found = 0
    for file, data in [("ledger/checkpoint.txt", books.data("ledger/checkpoint.txt")), *books.seen]:
        signed, signatures = split_note(data, file)
        for whose, raw in signatures:
            if whose == name and raw[:4] == key_id(name, key):
                time = int.from_bytes(raw[4:12], "big")
                message = ("cosignature/v1\ntime %d\n" % time).encode() + signed.encode()
                holds = len(raw) == 76 and ed25519_holds(key[1:], message, raw[12:])
                need(holds, file, "signature", "the cosignature of %s does not hold" % show(name))
                found += 1
    need(found > 0, "--witness", "", "no checkpoint has a cosignature of %s" % show(name))


COSIGNER_TYPE = 4
MOST_SIGNATURES = 100  # of a note: each takes milliseconds
SM2_TYPE = b"\xffdouble-random/sm2-sm3/v1"


def holds_of(key: bytes) -> Optional[Callable[[bytes, bytes], bool]]:
    """Return what tells whether a signature over a message holds under a key with its type."""
    if len(key) == 33 and key[0] == 1:
        return lambda message, signature: ed25519_holds(key[1:], message, signature)
    public = key[len(SM2_TYPE) :]
    if key.startswith(SM2_TYPE) and sm2_point(public) is not None:
        return lambda message, signature: sm2_holds(public, message, signature)
    return None


def key_id(origin: str, key: bytes) -> bytes:
    """Return the first four bytes of a named key's SHA-256, as C2SP recommends: a name for it."""
    return hashlib.sha256(origin.encode() + b"\n" + key).digest()[:4]


def read_vkey(written: str, file: str, origin: str, given: Optional[str]) -> bytes:
    """Return the key of a verifier key: it must be of this log, and the one given if one is."""
    vkey = written.rstrip("\n")
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)", vkey)
    key = unbase64(match.group(3)) if match else None
    if match is None or key is None or holds_of(key) is None:
        raise Fault(file, "", "is no Ed25519 or SM2 verifier key")
    same(match.group(1), origin, file, "", "name of the key")
    same(match.group(2), key_id(origin, key).hex(), file, "", "key id")
    if given is not None:
        same(vkey, given.strip(), file, "", "the key given with --vkey")
    return key


def open_note(data: bytes, file: str, origin: str, key: bytes) -> Tuple[str, str]:
    """Return size and root, as text, of a checkpoint whose signature holds."""
    known, holds = key_id(origin, key), holds_of(key)
    assert holds is not None
    signed, written = split_note(data, file)
    signatures = [raw[4:] for name, raw in written if name == origin and raw[:4] == known]
    need(bool(signatures), file, "signature", "no signature by the key in log.vkey")
    rows = signed.split("\n")
    need(len(rows) == 4 and rows[3] == "", file, "", "must hold origin, size and root")
    same(rows[0], origin, file, "line 1", "origin")
    for signature in signatures:
        found = holds(signed.encode(), signature)
        need(found, file, "signature", "the signature does not hold")
    return rows[1], rows[2]


def split_note(data: bytes, file: str) -> Tuple[str, List[Tuple[str, bytes]]]:
    """Return the text of a signed note, and name and bytes of each of its signatures."""
    note = read_text(data, file)
    head, gap, tail = note.rpartition("\n\n")
    need(bool(gap) and tail.endswith("\n"), file, "", "is no signed note")
    signatures = []
    written = tail[:-1].split("\n")
    need(len(written) <= MOST_SIGNATURES, file, "signature", "has more than 100 signatures")
    for line in written:
        parts = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/]+=*)", line)
        raw = unbase64(parts.group(2)) if parts else None
        if parts is None or raw is None:
            raise Fault(file, "signature", "is no signature line: %s" % show(line))
        signatures.append((parts.group(1), raw))
    return head + "\n", signatures


def read_text(data: bytes, file: str) -> str:
    """Return text in UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault(file, "", "is not text in UTF-8") from None


def unbase64(value: str) -> Optional[bytes]:
    """Return the bytes of strict base64, or ``None``."""
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == value else None


# ======================================================================================
# frame and spec: every leaf, the root, the populations
# ======================================================================================

STRATUM_FIELDS = ("county", "risk", "size", "section", "zone")


def frame_of(hashed: Hash) -> Rule:
    """Return a rule: the frame of a campaign with this hash."""
    return obj(
        {
            "format": TEXT,
            "campaign": TEXT,
            "hash": one_of(hashed.name),
            "size": whole(),
            "root": HEX,
            "registers": arr(
                obj(
                    {
                        "register": TEXT,
                        "file": TEXT,
                        hashed.name: HEX,
                        "rows": whole(),
                        "excluded": arr(tup(whole(1), TEXT)),
                    }
                )
            ),
        }
    )


LEAF = obj(
    {
        "county": TEXT,
        "id": ENTERPRISE,
        "industry": TEXT,
        "items": asc(ID),
        "labels": obj(dict.fromkeys(STRATUM_FIELDS, TEXT)),
        "out": table(ID, one_of("closed", "capped", "rested")),
        "risk": HEX,
        "salt": text(r"[0-9a-f]{32}", "32 lower-case hex digits"),
        "zones": asc(TEXT),
    },
    {"weight": whole(1, 10**6)},
)


def few(low: int, high: int, item: Rule) -> Rule:
    """Return a rule: a list of such items, so many."""
    inner = arr(item)

    def check(value: Any) -> None:
        inner(value)
        if not low <= len(value) <= high:
            raise Wrong("must hold %d to %d, holds %d" % (low, high, len(value)))

    return check


def a_moment(value: Any) -> None:
    """Rule: a time with zone."""
    TEXT(value)
    try:
        instant(value, "", "")
    except Fault as fault:
        raise Wrong(fault.what) from None


def a_name(value: Any) -> None:
    """Rule: a name of a drawing."""
    TEXT(value)
    if not 1 <= len(value) <= 200:
        raise Wrong("must have 1 to 200 letters, has %d" % len(value))


MISSING = obj({"party": ID, "outcome": TEXT})
REVEAL = obj(
    {
        "party": ID,
        "outcome": one_of("revealed", "late", "false"),
        "value": HEX,
        "time": a_moment,
    }
)


def a_reveal(value: Any) -> None:
    """Rule: what a party revealed, or that it did not."""
    missing = type(value) is dict and value.get("outcome") == "missing"
    (MISSING if missing else REVEAL)(value)


RECORD = obj({"reveals": arr(a_reveal)})
# Seed sources: by kind what is announced, then what they show.
POINT = text("[0-9a-f]{96}([0-9a-f]{96})?", "a compressed point in hex")
ANNOUNCED: Dict[str, Tuple[Dict[str, Rule], Dict[str, Rule]]] = {
    "dice": ({"sides": whole(2, 1000)}, {"at": a_moment}),
    "fixed": ({}, {}),
    "drand": (
        {
            "chain": obj(
                {
                    "public_key": POINT,
                    "period": whole(1, 10**5),
                    "genesis_time": whole(0, 10**11),
                    "hash": HEX,
                    "groupHash": HEX,
                    "schemeID": TEXT,
                    "metadata": obj({"beaconID": ID}),
                }
            ),
            "round": whole(1, 10**10),
        },
        {},
    ),
    "lottery": (
        {
            "inputs": few(
                1,
                20,
                obj(
                    {
                        "name": a_name,
                        "at": a_moment,
                        "count": whole(1, 20),
                        "low": whole(0, 10**6),
                        "high": whole(0, 10**6),
                    }
                ),
            )
        },
        {},
    ),
    "parties": (
        {
            "parties": few(2, 50, obj({"party": ID, "commitment": HEX})),
            "deadline": a_moment,
            "absent": one_of("anew", "go-on"),
        },
        {"hash": OTHER_HASH},
    ),
}
SHOWN: Dict[str, Tuple[Dict[str, Rule], Dict[str, Rule]]] = {
    "dice": ({"rolls": TEXT}, {}),
    "fixed": ({"text": TEXT}, {}),
    "drand": ({"signature": POINT}, {"previous_signature": POINT}),
    "lottery": ({"results": arr(few(1, 20, whole(0, 10**6)))}, {}),
    "parties": (
        {
            "reveals": arr(a_reveal),
        },
        {},
    ),
}


def source_rule(shown: bool, part: bool = False) -> Rule:
    """Return a rule: a seed source, as announced or with what it showed; alone or a part."""
    rules = {}
    for kind in ANNOUNCED:
        named, more = ANNOUNCED[kind]
        then, later = SHOWN[kind] if shown else ({}, {})
        rules[kind] = obj({"source": TEXT, **named, **then}, {**more, **later})
    if part:
        del rules["fixed"]
    else:
        rules["combined"] = obj({"source": TEXT, "parts": few(2, 8, source_rule(shown, True))})

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise Wrong("must be an object, is %s" % show(value))
        kind = value.get("source")
        rule = rules.get(kind) if type(kind) is str else None
        if rule is None:
            raise Wrong("is no kind of seed source here: %s" % show(kind), "source")
        rule(value)

    return check


SEED_SOURCE = source_rule(False)
SPEC = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "frame_root": HEX,
        "mode": one_of("open", "sealed"),
        "seed_source": SEED_SOURCE,
        "binds": obj({"calendar": HEX, "rules": HEX}),
        "items": arr(
            obj(
                {
                    "item": ID,
                    "department": ID,
                    "strata_by": arr(one_of(*STRATUM_FIELDS)),
                    "reserves": whole(),
                    "window": span,
                    "strata": arr(
                        obj(
                            {"stratum": TEXT, "population": whole(1)},
                            {"rate": RATIO, "size": whole()},
                        )
                    ),
                },
                {
                    "order": ID,
                    "levels": obj(
                        {"by": one_of(*STRATUM_FIELDS), "weights": table(TEXT, RATIO)},
                        {"rate": RATIO, "size": whole()},
                    ),
                    "design": one_of("pivotal"),
                    "rounding": one_of("controlled"),
                },
            )
        ),
    },
    {
        "after": arr(
            obj(
                {"campaign": CAMPAIGN, "frame": HEX, "spec": HEX, "seed": HEX, "draw": HEX},
                {"counted": one_of(False)},
            )
        ),
        "theta": RATIO,
        "draws": arr(
            obj({"campaign": CAMPAIGN, "frame": HEX, "spec": HEX, "seed": HEX, "draw": HEX})
        ),
        "hash": OTHER_HASH,
    },
)


def order_key(order: Any) -> str:
    """Return the key of an order: its own id, or its item's."""
    key: str = order.get("order", order["item"])
    return key


def check_frame(books: Books) -> str:
    """Every leaf is well-formed and in order, and their root is the committed one."""
    spec = books.open("spec.json", SPEC, "spec")
    frame = books.open("frame.json", frame_of(books.hash), "frame")
    name = LINES
    if books.shut:
        need(name not in books.files, name, "", "is sealed: it waits for opening")
        check_registers(frame, frame["size"])
        return "%d enterprises by frame.json; their lines wait for opening" % frame["size"]
    data = books.data(name)
    need(not data or data.endswith(b"\n"), name, "", "must end in a newline")
    lines = data.split(b"\n")[:-1]
    del data
    orders = {order_key(order): order["strata_by"] for order in spec["items"]}
    by_weight = {order_key(order) for order in spec["items"] if "design" in order}
    chained = books.is_earlier or "after" in spec
    shared: Dict[Tuple[Tuple[str, ...], ...], Tuple[Tuple[str, ...], ...]] = {}
    before = ""
    for number, line in enumerate(lines):
        row = "line %d" % (number + 1)
        leaf = parse(line, name, row)
        books.shape(name, leaf, LEAF, row)
        identity, labels = leaf["id"], leaf["labels"]
        need(identity > before, name, row + " id", "the lines must be sorted by id, none twice")
        before = identity
        same(labels["county"], leaf["county"], name, row + " labels.county", "county")
        same(labels["zone"], "+".join(leaf["zones"]), name, row + " labels.zone", "joined zones")
        for item in leaf["out"]:
            need(item in orders, name, "%s out.%s" % (row, item), "is no order of spec.json")
            need(item not in leaf["items"], name, "%s out.%s" % (row, item), "is in items as well")
        places: List[Tuple[str, ...]] = []
        weighed = not by_weight.isdisjoint(leaf["items"])
        asked = "is missing, but an order draws by it" if weighed else "no order draws by it"
        need(weighed == ("weight" in leaf), name, row + " weight", asked)
        if weighed:
            books.weights[identity] = leaf["weight"]
        for index, item in enumerate(leaf["items"]):
            place = "%s items[%d]" % (row, index)
            need(item in orders, name, place, "is no order of spec.json")
            stratum = "|".join([labels[field] for field in orders[item]]) if orders[item] else "all"
            # Where members have weights, those alike in weight are alike in chance.
            alone = (str(leaf["weight"]),) if item in by_weight else ()
            places.append((item, stratum, *alone))
            books.members.setdefault((item, stratum), []).append(identity)
        combination = tuple(places)
        if chained:
            books.places[identity] = shared.setdefault(combination, combination)
        books.combinations[combination] = books.combinations.get(combination, 0) + 1
        books.frame[identity] = (
            leaf["county"],
            sys.intern(leaf["industry"]),
            labels["section"],
            labels["risk"],
            tuple(leaf["zones"]),
            sys.intern(labels["size"]),
        )
    check_registers(frame, len(lines))
    path = "transcript/frame.json"
    same(frame["size"], len(lines), path, "size", "number of lines of frame.jsonl")
    same(frame["root"], merkle_root(lines, books.hash).hex(), path, "root", "root of frame.jsonl")
    return "%d enterprises, root holds" % len(lines)


def check_registers(frame: Any, size: int) -> None:
    """The registers' rows, less those left out, are the frame's."""
    path = "transcript/frame.json"
    named = {register["register"] for register in frame["registers"]}
    need("enterprises" in named, path, "registers", "the register of enterprises is missing")
    for index, register in enumerate(frame["registers"]):
        at = "registers[%d]" % index
        need(register["register"] in named, path, at + ".register", "stands there twice")
        named.discard(register["register"])
        left = [row for row, _ in register["excluded"]]
        inside = all(1 < row <= register["rows"] + 1 for row in left)
        need(inside, path, at + ".excluded", "names a row that the register has not")
        if register["register"] == "enterprises":
            kept = register["rows"] - len(set(left))
            same(kept, size, path, at + ".rows", "rows less those excluded, against the frame")


def check_spec(books: Books) -> str:
    """The spec names the frame, and its populations are those of the frame."""
    name = books.file = "transcript/spec.json"
    spec = books.doc["spec.json"]
    books.names_hash(name, spec)
    same(
        spec["frame_root"], books.doc["frame.json"]["root"], name, "frame_root", "root of the frame"
    )
    source = spec["seed_source"]
    body, row = books.bodies["seed-source"], "line %d body" % books.rows["seed-source"]
    same(body, source, ENTRIES, row, "seed source of spec.json")
    if spec["mode"] == "open":
        need(not books.course.sealed, name, "mode", "is open, and a secret was sealed")
    else:
        unsealed = "seed" in books.bodies and not books.course.sealed
        need(not unsealed, name, "mode", "is sealed, and no secret was sealed before the seed")
    seen: Dict[str, int] = {}
    previous = ""
    for i, order in enumerate(spec["items"]):
        at = "items[%d]" % i
        key = order_key(order)
        need(key > previous, name, at + ".item", "orders must be sorted by key, none twice")
        need(order.get("order") != order["item"], name, at + ".order", "is the item's own id")
        previous = key
        by = order["strata_by"]
        rank = [STRATUM_FIELDS.index(field) for field in by]
        need(
            rank == sorted(set(rank)),
            name,
            at + ".strata_by",
            "fields must be in order, none twice",
        )
        ways = {("rate" in s, "size" in s) for s in order["strata"]}
        need(
            ways <= {(True, False)} or ways <= {(False, True)},
            name,
            at + ".strata",
            "must all have a rate, or all a size",
        )
        last = None
        for j, stratum in enumerate(order["strata"]):
            place = "%s.strata[%d]" % (at, j)
            title = stratum["stratum"]
            need(
                last is None or title > last,
                name,
                place + ".stratum",
                "strata must be sorted, none twice",
            )
            last = title
            found = stratum["population"]
            if not books.shut:
                found = len(books.members.get((key, title), ()))
                what = "enterprises of the frame"
                same(stratum["population"], found, name, place + ".population", what)
            seen[key] = seen.get(key, 0) + found
            if "rate" in stratum:
                rate = ratio(stratum["rate"], name, place + ".rate")
                need(rate <= 1, name, place + ".rate", "a rate is at most 1")
            else:
                fits = stratum["size"] <= stratum["population"]
                need(fits, name, place + ".size", "is larger than the population")
        check_design(order, name, at)
    words = "%d items, %d strata, populations " % (
        len(spec["items"]),
        sum(len(order["strata"]) for order in spec["items"]),
    )
    if books.shut:
        return words + "wait for opening"
    total: Dict[str, int] = {}
    for (item, _), members in books.members.items():
        total[item] = total.get(item, 0) + len(members)
    for i, order in enumerate(spec["items"]):
        key = order_key(order)
        same(
            seen.get(key, 0),
            total.get(key, 0),
            name,
            "items[%d].strata" % i,
            "enterprises in all strata",
        )
    return words + "hold"


def check_design(order: Any, name: str, at: str) -> None:
    """What an order says of levels, weights and rounding goes together; its rates follow."""
    levels, table_like = order.get("levels"), len(order["strata_by"]) > 1
    sized = any("size" in stratum for stratum in order["strata"])
    both = "design" in order and (levels is not None or "rounding" in order)
    need(not both, name, at + ".design", "goes with neither levels nor rounding")
    if levels is None:
        flat = "rounding" in order and (sized or not table_like)
        need(not flat, name, at + ".rounding", "needs rates and two fields, or levels")
        return
    place = at + ".levels"
    need(levels["by"] in order["strata_by"], name, place + ".by", "is no field of strata_by")
    need(not sized, name, place, "gives every level a rate")
    one = ("size" in levels) != ("rate" in levels)
    need(one, name, place, "must have a size or a rate")
    share = ratio(levels["rate"], name, place + ".rate") if "rate" in levels else Fraction(0)
    need(share <= 1, name, place + ".rate", "a rate is at most 1")
    weights = {}
    for level, value in levels["weights"].items():
        where = "%s.weights.%s" % (place, level)
        weights[level] = ratio(value, name, where)
        need(0 < weights[level] <= 10**6, name, where, "a weight is over 0, at most 1000000")
    groups: Dict[str, List[Tuple[int, str]]] = {}
    for index, stratum in enumerate(order["strata"]):
        group, level = cell_of(order, stratum["stratum"], name, "%s.strata[%d]" % (at, index))
        known = level in weights
        need(known, name, place + ".weights", "the level %s has no weight" % show(level))
        groups.setdefault(group, []).append((index, level))
    for group in sorted(groups):
        cells = [(weights[level], order["strata"][i]["population"]) for i, level in groups[group]]
        population = sum(count for _, count in cells)
        total = Fraction(levels["size"]) if "size" in levels else share * population
        need(total <= population, name, place + ".size", "is larger than stratum " + show(group))
        _, chances = proportional(total, cells)
        for (index, _), pi in zip(groups[group], chances):
            where = "%s.strata[%d].rate" % (at, index)
            same(order["strata"][index]["rate"], str(pi), name, where, "the level's share")


def cell_of(order: Any, title: str, name: str, at: str) -> Tuple[str, str]:
    """Return row and column of a stratum: with levels the stratum and its level."""
    labels = title.split("|")
    by = order["strata_by"]
    need(len(labels) == len(by), name, at + ".stratum", "has not a label for each field")
    if "levels" not in order:
        return labels[0], "|".join(labels[1:])
    level = labels.pop(by.index(order["levels"]["by"]))
    return "|".join(labels) if labels else "all", level


def proportional(
    total: Fraction, classes: List[Tuple[Fraction, int]]
) -> Tuple[Fraction, List[Fraction]]:
    """Share a total by weight among classes of (weight, members), the heaviest certain first."""
    mass = sum((weight * count for weight, count in classes), Fraction(0))
    certain = set()
    for index in sorted(range(len(classes)), key=lambda k: (-classes[k][0], k)):
        weight, count = classes[index]
        if total * weight < mass:
            break
        certain.add(index)
        total -= count
        mass -= weight * count
    share = total / mass if mass else Fraction(0)
    chances = [
        Fraction(1) if index in certain else share * weight
        for index, (weight, _) in enumerate(classes)
    ]
    return share, chances


# ======================================================================================
# earlier draws: recomputed from their own documents, which this one is dealt after
# ======================================================================================


class Other:
    """The documents of another draw, under the names that they had there."""

    def __init__(self, source: Union[Folder, Memory, "Round", "Other"], below: str) -> None:
        self.source, self.below = source, below

    def names(self) -> List[str]:
        """Return the paths of all files."""
        return self.source.names()

    def real(self, name: str) -> str:
        """Return the name of the file that stands under a name."""
        inside = name.startswith("transcript/")
        return self.below + name[len("transcript/") :] if inside else name

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        try:
            return self.source.read(self.real(name))
        except Fault as fault:
            # Whoever reads from here knows the file by this name, and says the real one.
            raise Fault(name, fault.place, fault.what) from None


OTHER_FILES = ("frame.jsonl", "frame.json", "spec.json", "seed.json", "draw.json")


def only_named(books: Books, folder: str, count: int) -> None:
    """No file stands among other draws but those of the draws that the spec names."""
    start = "transcript/%s/" % folder
    for path in books.files:
        if path.startswith(start):
            number, _, rest = path[len(start) :].partition("/")
            fits = re.fullmatch("[1-9][0-9]{0,5}", number, re.ASCII) and int(number) <= count
            # What a separate draw was dealt after is held in its turn.
            known = rest in OTHER_FILES or (folder == "draws" and rest.startswith("earlier/"))
            need(bool(fits) and known, path, "", "is of no draw that spec.json names")


def check_earlier(books: Books) -> str:
    """Each earlier draw that the spec names holds, and was dealt after those named before it."""
    name = books.file = "transcript/spec.json"
    spec = books.doc["spec.json"]
    after = spec.get("after", [])
    need(("after" in spec) == ("theta" in spec), name, "theta", "stands with after, and only so")
    need("after" not in spec or bool(after), name, "after", "names no draw")
    only_named(books, "earlier", len(after))
    if "after" not in spec:
        return "none"
    theta = ratio(spec["theta"], name, "theta")
    need(theta <= 1, name, "theta", "a share is at most 1")
    need(theta.denominator <= 10**6, name, "theta", "has a denominator over 1000000")
    known: Dict[str, Books] = {}
    for index, named in enumerate(after):
        earlier = recompute_other(books, "after", "earlier", index, known)
        known[named["draw"]] = earlier
        books.earlier.append((earlier, "counted" not in named))
    return others_told(after, [earlier for earlier, _ in books.earlier])


def check_separate(books: Books) -> str:
    """Each separate draw that the spec names holds; what it drew is to be planned here too."""
    draws = books.doc["spec.json"].get("draws")
    need(draws is None or bool(draws), "transcript/spec.json", "draws", "names no draw")
    only_named(books, "draws", len(draws or ()))
    if draws is None:
        return "none"
    for index in range(len(draws)):
        books.separate.append(recompute_other(books, "draws", "draws", index, None))
    return others_told(draws, books.separate)


def others_told(named: List[Any], others: List[Books]) -> str:
    """Return other draws in words."""
    told = []
    for one, other in zip(named, others):
        fixed = " (a FIXED seed)" if other.doc["seed.json"]["test"] else ""
        told.append("%s draw %s%s" % (one["campaign"], one["draw"], fixed))
    return "%d draws hold, compare with their publications: %s" % (len(named), ", ".join(told))


def hash_of_frame(source: Other) -> Hash:
    """Return the hash that another draw's frame names; what else is wrong comes in its turn."""
    name = "transcript/frame.json"
    try:
        frame = parse(source.read(name), name)
    except Fault:
        return SHA256
    named = frame.get("hash") if type(frame) is dict else None
    return HASHES.get(named, SHA256) if type(named) is str else SHA256


def recompute_other(
    books: Books, field: str, folder: str, index: int, known: Optional[Mapping[str, Books]]
) -> Books:
    """Recompute another draw from its documents.

    What it was dealt after is among `known`, or else stands with it.
    """
    name, at = "transcript/spec.json", "%s[%d]" % (field, index)
    books.file = name
    named = books.doc["spec.json"][field][index]
    fresh = named["campaign"] not in [*books.campaigns, books.campaign]
    need(fresh, name, at + ".campaign", "stands there twice")
    books.campaigns.append(named["campaign"])
    source = Other(books.source, "transcript/%s/%d/" % (folder, index + 1))
    other = Books(source, None)
    other.campaign, other.is_earlier = named["campaign"], known is not None
    other.hash, other.listed = hash_of_frame(source), books.listed
    other.stands_alone = True
    for path, found in books.files.items():
        if path.startswith(source.below):
            other.files["transcript/" + path[len(source.below) :]] = found
    try:
        check_frame(other)
        own = other.doc["spec.json"]
        other.bodies["seed-source"] = own["seed_source"]
        other.bodies["draw"], other.rows["seed-source"] = {}, 3
        check_spec(other)
        if known is None:
            need("draws" not in own, name, "draws", "are not taken from there")
            check_earlier(other)
        else:
            for place, one in enumerate(own.get("after", [])):
                stands = one["draw"] in known
                where = "after[%d].draw" % place
                need(stands, name, where, "is no draw that stands before this one")
                other.earlier.append((known[one["draw"]], "counted" not in one))
        if own["mode"] == "sealed":
            other.secret = told_secret(other)
        other.bodies["seed"] = {}
        check_draw_seed(other)
        check_draw(other)
    except Fault as fault:
        raise Fault(source.real(fault.file), fault.place, fault.what) from None
    for what in ("frame", "spec", "seed", "draw"):
        digested = other.digests["transcript/%s.json" % what]
        same(named[what], digested, name, "%s.%s" % (at, what), "digest of the document")
    books.rolled += other.rolled
    return other


def told_secret(books: Books) -> Key:
    """Return the secret in a seed's text; that it is the one sealed, its publication shows."""
    seed = books.open("seed.json", SEED, "seed")
    found = re.search(r" secret=([0-9a-f]{64})\Z", seed["text"], re.ASCII)
    if found is None:
        raise Fault("transcript/seed.json", "text", "holds no secret, and the spec is sealed")
    return books.key(found.group(1))


def dealt(books: Books, key: Key, tickets: Dict[str, bytes]) -> Dict[str, int]:
    """Deal the tickets anew: in each cell the smallest to those drawn before; return the counts."""
    theta = Fraction(books.doc["spec.json"]["theta"])
    drawn: set[str] = set()
    for earlier, counts in books.earlier:
        if counts:
            drawn.update(e for _, e in earlier.sampled.values() if e in tickets)
    stream = Stream(sub_key(key, "thinning", "drawn"))
    first = {e for e in sorted(drawn) if stream.below(theta.denominator) < theta.numerator}
    cells: Dict[Tuple[Any, ...], List[str]] = {}
    for identity, places in books.places.items():
        stood = [earlier.places.get(identity) for earlier, _ in books.earlier]
        cells.setdefault((tuple(place[0] for place in places), *stood), []).append(identity)
    for members in cells.values():
        ordered = sorted(members, key=lambda e: (tickets[e], e))
        values = [tickets[e] for e in ordered]
        takers = [e for e in ordered if e in first] + [e for e in ordered if e not in first]
        tickets.update(zip(takers, values))
    return {"cells": len(cells), "drawn": len(drawn), "first": len(first)}


# ======================================================================================
# seeds
# ======================================================================================

SEED = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "purpose": TEXT,
        "source": source_rule(True),
        "text": TEXT,
        "key": HEX,
        "entropy_millibits": whole(),
        "test": boolean,
    },
    {"warnings": arr(TEXT)},
)
# Seconds between a commitment and the first moment at which what it waits for can be known.
MARGIN = 600
# The public chains that a seed may come from, and their schemes: any other could be run by who
# wants to know its rounds beforehand.
DRAND_CHAINS = {
    "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce": "pedersen-bls-chained",
    "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971": "bls-unchained-g1-rfc9380",
}


def check_seed(
    books: Books, name: str, purpose: str, bound: str, committed: Any, secret: str = ""
) -> None:
    """The seed's text binds the commitments, and its hash is the key."""
    path = "transcript/" + name
    seed = books.open(name, SEED, "seed")
    same(seed["purpose"], purpose, path, "purpose", "purpose")
    source = seed["source"]
    kind = "seed" if purpose == "draw" else "teams-seed"
    ending, entropy = check_source(books, kind, source, committed, path, "source")
    wanted = "double-random/v1 campaign=%s purpose=%s %s %s%s" % (
        books.campaign,
        purpose,
        bound,
        ending,
        secret,
    )
    alone = source["source"] == "parties"
    fixed = source["source"] == "fixed"
    same(seed["text"], wanted, path, "text", "text")
    same(seed["key"], books.hash.hex(wanted.encode()), path, "key", "hash of the text")
    same(seed["entropy_millibits"], entropy, path, "entropy_millibits", "entropy")
    need(fixed or entropy >= 64000, path, "entropy_millibits", "is less than 64 bits")
    same(seed["test"], fixed, path, "test", "whether the seed is a fixed one")
    warnings = ["parties-alone"] if alone else None
    same(seed.get("warnings"), warnings, path, "warnings", "what the source does not protect from")


def check_source(
    books: Books, kind: str, source: Any, committed: Any, path: str, at: str
) -> Tuple[str, int]:
    """The source is the one committed to; return the last words of the seed text, and entropy."""
    same(announced_part(source), committed, path, at, "the source committed to before")
    return Evidence(books, path, kind).read(source, at)


def check_shown(books: Books, kind: str, committed: Any) -> str:
    """What a source showed while its seed is sealed, in words."""
    body, at = books.bodies[kind], "line %d body.source" % books.rows[kind]
    books.file = ENTRIES
    books.shape(ENTRIES, body.get("source"), source_rule(True), at)
    source = body["source"]
    _, entropy = check_source(books, kind, source, committed, ENTRIES, at)
    fixed = source["source"] == "fixed"
    need(fixed or entropy >= 64000, ENTRIES, at, "is less than 64 bits")
    seed = {"test": fixed, "source": source, "entropy_millibits": entropy}
    if source["source"] == "parties":
        seed["warnings"] = ["parties-alone"]
    return seed_words(seed) + "; its text waits for opening"


def same_source(books: Books, kind: str, name: str) -> None:
    """What the ledger says a source showed is what the seed says."""
    body = books.bodies[kind]
    if "source" in body:
        at = "line %d body.source" % books.rows[kind]
        same(body["source"], books.doc[name]["source"], ENTRIES, at, "source of " + name)


def announced_part(source: Any) -> Any:
    """Return a source's document without what it showed."""
    shown = ("rolls", "text", "signature", "previous_signature", "results", "reveals")
    made = {key: value for key, value in source.items() if key not in shown}
    if "parts" in made:
        made["parts"] = [announced_part(part) for part in made["parts"]]
    return made


class Evidence:
    """Reads what sources showed; each kind gives the words of the seed text and its entropy."""

    def __init__(self, books: Books, path: str, kind: str) -> None:
        self.books, self.path = books, path
        # When another draw was committed and its seed known, its own publication shows.
        self.timed = not books.stands_alone
        self.committed = books.times.get(kind.replace("seed", "seed-source"), -(10**30))
        if kind == "seed":
            # Who seals a secret once the source can be known might choose it by that.
            self.committed = max(self.committed, books.times.get("seal", self.committed))
        self.seed = books.times.get(kind, 10**30)
        reveals = kind.replace("seed", "seed-reveals")
        self.record, self.recorded = books.bodies.get(reveals), books.times.get(reveals, 0)

    def need(self, condition: bool, place: str, what: str) -> None:
        """Raise a fault of the seed's document unless `condition` holds."""
        need(condition, self.path, place, what)

    def read(self, source: Any, at: str) -> Tuple[str, int]:
        """Return the last words of the seed text and thousandths of a bit."""
        kind = source["source"]
        if kind == "combined":
            return self.combined(source, at)
        known = known_between(source)
        if known is not None:
            after = known[0] >= self.committed + MARGIN * 10**6
            self.need(after, at, "can be known less than %d s after its commitment" % MARGIN)
            self.need(known[1] <= self.seed, at, "cannot be known yet when the seed is published")
        if kind == "dice":
            return self.dice(source, at)
        if kind == "drand":
            return self.drand(source, at)
        if kind == "lottery":
            return self.lottery(source, at)
        if kind == "parties":
            return self.parties(source, at)
        return "fixed=" + source["text"], 0

    def once(self, mark: str, place: str, what: str) -> None:
        """No two seeds of a publication, and no two parts of one, show the same."""
        self.need(mark not in self.books.rolled, place, what)
        self.books.rolled.append(mark)

    def dice(self, source: Any, at: str) -> Tuple[str, int]:
        """Rolls are possible, as few as may be, and new."""
        sides, rolls = source["sides"], source["rolls"]
        place = at + ".rolls"
        self.need(len(rolls) <= 1000, place, "is too long")
        shown = rolls.split("-") if sides > 10 else list(rolls)
        low, high = (0, 9) if sides == 10 else (1, sides)
        for roll in shown:
            fair = (
                roll.isascii()
                and roll.isdigit()
                and len(roll) <= 4
                and str(int(roll)) == roll
                and low <= int(roll) <= high
            )
            self.need(fair, place, "%s is no roll of a die with %d sides" % (show(roll), sides))
        # The number is fixed too: whoever dislikes a result cannot roll on, or leave rolls out.
        rolled = "number of rolls, the fewest that give 64 bits"
        same(len(shown), fewest_rolls(sides), self.path, place, rolled)
        self.once(rolls, place, "are those of an earlier seed: known before the odds")
        # floor(1000 · n · log2 s) = floor(log2 s^(1000 n)), in integers.
        return "dice%d=%s" % (sides, rolls), (sides ** (1000 * len(shown))).bit_length() - 1

    def drand(self, source: Any, at: str) -> Tuple[str, int]:
        """The chain is a public one, and its key signed the round."""
        chain, number = source["chain"], source["round"]
        place = at + ".chain."
        beacon = chain["metadata"]["beaconID"]
        pinned = (
            chain["period"].to_bytes(4, "big")
            + chain["genesis_time"].to_bytes(8, "big")
            + bytes.fromhex(chain["public_key"] + chain["groupHash"])
            + (b"" if beacon == "default" else beacon.encode())
        )
        found = SHA256.hex(pinned)  # drand's own hash, whatever the campaign's
        same(chain["hash"], found, self.path, place + "hash", "hash of the chain's information")
        scheme = DRAND_CHAINS.get(found, "")
        self.need(bool(scheme), place + "hash", "is no public chain that is known here")
        same(chain["schemeID"], scheme, self.path, place + "schemeID", "scheme of this chain")
        signature = bytes.fromhex(source["signature"])
        before = bytes.fromhex(source.get("previous_signature", ""))
        holds = drand_holds(scheme, bytes.fromhex(chain["public_key"]), number, signature, before)
        self.need(holds, at + ".signature", "does not hold for this round of this chain")
        mark = "%s:%d" % (found, number)
        self.once(mark, at + ".round", "was used before in this publication")
        return "drand=%s:%s" % (mark, SHA256.hex(signature)), 256000

    def lottery(self, source: Any, at: str) -> Tuple[str, int]:
        """The numbers are such as the drawings show; the text is that of RFC 3797, section 4."""
        written, entropy = "lottery=", 0
        inputs, results = source["inputs"], source["results"]
        same(len(results), len(inputs), self.path, at + ".results", "number of results")
        for k, (one, numbers) in enumerate(zip(inputs, results)):
            place = "%s.inputs[%d]" % (at, k)
            low, high, count = one["low"], one["high"], one["count"]
            self.need(count <= high - low + 1, place + ".count", "is more than there are numbers")
            self.once(one["name"], place + ".name", "was used before in this publication")
            place = "%s.results[%d]" % (at, k)
            same(len(numbers), count, self.path, place, "number of numbers")
            inside = all(low <= number <= high for number in numbers)
            self.need(inside, place, "must lie from %d to %d" % (low, high))
            rising = all(a < b for a, b in zip(numbers, numbers[1:]))
            self.need(rising, place, "must be sorted, none twice")
            written += "".join("%d." % number for number in numbers) + "/"
            ways = 1
            for number in range(count):
                ways = ways * (high - low + 1 - number) // (number + 1)
            entropy += (ways**1000).bit_length() - 1
        return written, entropy

    def parties(self, source: Any, at: str, alone: bool = True) -> Tuple[str, int]:
        """Each reveal has the outcome it says, and was recorded before the rest was known."""
        parties, reveals, anew = source["parties"], source["reveals"], source["absent"] == "anew"
        self.books.names_hash(self.path, source, at + ".hash")
        self.need(anew or not alone, at + ".absent", "parties alone must all reveal")
        place = at + ".reveals"
        recorded = "what the ledger recorded of the reveals"
        deadline = micros(source["deadline"])
        if self.timed:
            same(self.record, {"reveals": reveals}, self.path, place, recorded)
            self.need(self.recorded >= deadline, place, "were recorded before the deadline")
        same(len(reveals), len(parties), self.path, place, "number of reveals")
        values = []
        for k, (one, given) in enumerate(zip(parties, reveals)):
            names = [other["party"] for other in parties[:k]]
            where = "%s.parties[%d]" % (at, k)
            self.need(one["party"] not in names, where + ".party", "stands twice")
            mark = one["commitment"]
            self.once(mark, where + ".commitment", "was used before in this publication")
            where = "%s[%d]" % (place, k)
            same(given["party"], one["party"], self.path, where + ".party", "party")
            outcome = "missing"
            if "value" in given:
                label = "double-random/party/v1:%s:%s" % (one["party"], given["value"])
                moment = micros(given["time"])
                after = moment >= self.committed
                self.need(after, where + ".time", "lies before the commitment that it is for")
                late = moment > deadline
                true = self.books.hash.hex(label.encode()) == mark
                outcome = ("late" if late else "revealed") if true else "false"
            same(given["outcome"], outcome, self.path, where + ".outcome", "outcome")
            needed = outcome == "revealed" or not anew
            self.need(needed, where + ".outcome", "so the draw must be announced anew")
            values.append(given["value"] if outcome == "revealed" else "-")
        revealed = any(value != "-" for value in values)
        return "parties=" + ":".join(values), 256000 if revealed else 0

    def combined(self, source: Any, at: str) -> Tuple[str, int]:
        """Commitments, reveals, then what nobody could know before; in the order of time."""
        written, entropy, least = [], 0, None
        for k, part in enumerate(source["parts"]):
            place = "%s.parts[%d]" % (at, k)
            known = known_between(part)
            if known is None:
                raise Fault(self.path, place + ".at", "is missing")
            inside = least is None or known[0] >= least
            self.need(inside, place, "can be known too early after the part before")
            least = known[0]
            if part["source"] == "parties":
                self.need(k == 0, place, "parties come first, and once")
                words, bits = self.parties_before(part, place, source["parts"][1:])
                least += MARGIN * 10**6
            else:
                words, bits = self.read(part, place)
            written.append(words)
            entropy += bits
        return " ".join(written), min(entropy, 256000)

    def parties_before(self, source: Any, at: str, rest: List[Any]) -> Tuple[str, int]:
        """Nothing else could be known when the reveals were recorded."""
        after = micros(source["deadline"]) >= self.committed + MARGIN * 10**6
        self.need(after, at, "can be known less than %d s after its commitment" % MARGIN)
        for part in rest:
            known = known_between(part)
            inside = known is None or self.recorded < known[0] or not self.timed
            self.need(inside, at + ".reveals", "were recorded when the rest could be known")
        return self.parties(source, at, alone=False)


def known_between(source: Any) -> Optional[Tuple[int, int]]:
    """Return when the first and the last of a source can be known, in microseconds, if it says."""
    kind = source["source"]
    if kind == "drand":
        chain = source["chain"]
        moments = [10**6 * (chain["genesis_time"] + (source["round"] - 1) * chain["period"])]
    elif kind == "lottery":
        moments = [micros(one["at"]) for one in source["inputs"]]
    elif kind == "parties":
        moments = [micros(source["deadline"])]
    elif kind == "dice" and "at" in source:
        moments = [micros(source["at"])]
    else:
        return None
    return min(moments), max(moments)


def fewest_rolls(sides: int) -> int:
    """Return the fewest rolls that give at least 64 bits."""
    rolls, outcomes = 1, sides
    while outcomes < 2**64:
        rolls, outcomes = rolls + 1, outcomes * sides
    return rolls


def check_draw_seed(books: Books) -> str:
    """The first seed binds frame and spec, and in sealed mode the secret."""
    spec = books.doc["spec.json"]
    if books.shut:
        return check_shown(books, "seed", spec["seed_source"])
    bound = "frame=%s spec=%s" % (spec["frame_root"], books.digests["transcript/spec.json"])
    secret = "" if books.secret is None else " secret=" + books.secret.hex()
    check_seed(books, "seed.json", "draw", bound, spec["seed_source"], secret)
    same_source(books, "seed", "seed.json")
    return seed_words(books.doc["seed.json"])


def seed_words(seed: Any) -> str:
    """Return a seed in words."""
    if seed["test"]:
        return "a FIXED seed: for tests only"
    words = "%s, %d bits" % (source_words(seed["source"]), seed["entropy_millibits"] // 1000)
    if "warnings" in seed:
        words += "; WARNING: the last party to reveal could stop the draw"
    return words


def source_words(source: Any) -> str:
    """Return a source in words."""
    kind = source["source"]
    if kind == "combined":
        return ", then ".join(source_words(part) for part in source["parts"])
    if kind == "drand":
        beacon = source["chain"]["metadata"]["beaconID"]
        return "round %d of drand's %s, signature holds" % (source["round"], beacon)
    if kind == "lottery":
        return "%d lists of lottery numbers" % len(source["inputs"])
    if kind == "parties":
        outcomes = [one["outcome"] for one in source["reveals"]]
        absent = len(outcomes) - outcomes.count("revealed")
        return "%d parties, %d of them absent" % (len(outcomes), absent)
    return "dice of %d sides" % source["sides"]


# ======================================================================================
# draw: rounding, tickets, samples
# ======================================================================================

DRAW = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "frame_root": HEX,
        "spec": HEX,
        "seed": HEX,
        "key": HEX,
        "items": arr(
            obj(
                {
                    "item": ID,
                    "rounding": null_or(obj({"denominator": whole(1, 2**40), "r": whole()})),
                    "strata": arr(
                        obj(
                            {
                                "stratum": TEXT,
                                "population": whole(1),
                                "probability": RATIO,
                                "size": whole(),
                                "cutoff": text(
                                    r"([0-9a-f]{64})?", "64 lower-case hex digits or empty"
                                ),
                                "sample": arr(ENTERPRISE),
                                "reserves": arr(ENTERPRISE),
                            },
                            {"share": RATIO},
                        )
                    ),
                },
                {
                    "order": ID,
                    "roundings": arr(
                        obj({"stratum": TEXT, "denominator": whole(1, 2**40), "r": whole()})
                    ),
                    "controlled": text(r"[1-9][0-9]{0,149}", "a whole number"),
                },
            )
        ),
        "distinct": obj(
            {
                "drawn": whole(),
                "enterprises": whole(),
                "independent": DECIMAL,
                "bound": DECIMAL,
                "simulation": obj({"draws": whole(), "mean": DECIMAL, "standard_error": DECIMAL}),
            }
        ),
    },
    {"dealt": obj({"cells": whole(), "drawn": whole(), "first": whole()})},
)


def check_draw(books: Books) -> str:
    """Sizes, tickets, samples, reserves and cut-offs follow from the key."""
    told: Any = None
    if books.course.sealed:
        told = check_told(books)
    if books.shut:
        known = (stratum["size"] for item in told["items"] for stratum in item["strata"])
        return "%d drawn; who, waits for opening" % sum(known)
    name = "transcript/draw.json"
    draw = books.open("draw.json", DRAW, "draw")
    spec = books.doc["spec.json"]
    same(draw["frame_root"], spec["frame_root"], name, "frame_root", "root of the frame")
    books.refers("draw.json", "spec", "spec.json")
    books.refers("draw.json", "seed", "seed.json")
    same(draw["key"], books.doc["seed.json"]["key"], name, "key", "key of seed.json")
    key = books.key(draw["key"])
    tickets = dict(zip(books.frame, tickets_of(key, books.frame)))
    own = dict(tickets) if "after" in spec else tickets
    counts = dealt(books, key, tickets) if "after" in spec else None
    same(draw.get("dealt"), counts, name, "dealt", "tickets dealt anew")
    same(len(draw["items"]), len(spec["items"]), name, "items", "number of items")
    chance: Dict[Tuple[str, ...], Fraction] = {}
    drawn = 0
    sampled: Dict[str, Tuple[Any, str]] = {}
    for i, (order, item) in enumerate(zip(spec["items"], draw["items"])):
        at = "items[%d]" % i
        code = order_key(order)
        same(item["item"], order["item"], name, at + ".item", "item of spec.json")
        same(item.get("order"), order.get("order"), name, at + ".order", "order of spec.json")
        same(len(item["strata"]), len(order["strata"]), name, at + ".strata", "number of strata")
        sizes, rounded = recompute_sizes(key, order, name, at)
        for field in ("rounding", "roundings", "controlled"):
            same(item.get(field), rounded.get(field), name, at + "." + field, "rounding")
        for j, (planned, stratum) in enumerate(zip(order["strata"], item["strata"])):
            place = "%s.strata[%d]" % (at, j)
            title = planned["stratum"]
            same(stratum["stratum"], title, name, place + ".stratum", "stratum of spec.json")
            same(
                stratum["population"],
                planned["population"],
                name,
                place + ".population",
                "population",
            )
            if "rate" in planned:
                pi = Fraction(planned["rate"])
            else:
                pi = Fraction(planned["size"], planned["population"])
            same(stratum["probability"], str(pi), name, place + ".probability", "probability")
            members = books.members.get((code, title), [])
            cutoff = ""
            if "design" in order:
                weights = [books.weights[e] for e in members]
                found = sorted(collections.Counter(weights).items())
                expected = pi * len(members)
                share, odds = proportional(expected, [(Fraction(w), n) for w, n in found])
                for (weight, _), its in zip(found, odds):
                    chance[code, title, str(weight)] = its
                same(stratum.get("share"), str(share), name, place + ".share", "share of a weight")
                spec_file = "transcript/spec.json"
                fits = share.denominator <= 2**47
                need(fits, spec_file, place, "the shares' common denominator is over 2^47")
                first, rest = duels(key, order, title, members, tickets, books.weights, share)
                size = len(first)
                ranked = first + rest[: order["reserves"]]
            else:
                same(stratum.get("share"), None, name, place + ".share", "share of a weight")
                chance[code, title] = pi
                size = sizes[j]
                best = heapq.nsmallest(size + order["reserves"], [(tickets[e], e) for e in members])
                ranked = [identity for _, identity in best]
                cutoff = best[size - 1][0].hex() if size else ""
            same(stratum["size"], size, name, place + ".size", "size")
            same_list(stratum["sample"], ranked[:size], name, place + ".sample", "smallest tickets")
            same_list(stratum["reserves"], ranked[size:], name, place + ".reserves", "next tickets")
            same(stratum["cutoff"], cutoff, name, place + ".cutoff", "ticket of the last sampled")
            drawn += size
            for identity in ranked[:size]:
                sampled["P-%s-%s" % (code, identity)] = (order, identity)
    distinct = len({identity for _, identity in sampled.values()})
    same(len(sampled), drawn, name, "items", "checks with ids of their own")
    books.sampled = sampled
    check_distinct(books, chance, drawn, distinct)
    if told is not None:
        same_sizes(told, draw)
    words = "%d drawn at %d enterprises" % (drawn, distinct)
    if "results" in books.bodies["draw"]:
        check_results(books, key, own)
        words += ", the root of their results holds"
    if books.substitutes:
        words += ", %d substituted in turn" % check_substitutes(books, draw)
    for number, other in enumerate(books.separate):
        for check, one in other.sampled.items():
            once = check not in sampled
            where = "draws[%d]" % number
            need(once, "transcript/spec.json", where, "draws %s once more" % show(check))
            sampled[check] = one
    return words


TOLD_DRAW = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "frame_root": HEX,
        "spec": HEX,
        "items": arr(
            obj(
                {
                    "item": ID,
                    "strata": arr(
                        obj(
                            {
                                "stratum": TEXT,
                                "population": whole(1),
                                "probability": RATIO,
                                "size": whole(),
                                "reserves": whole(),
                            }
                        )
                    ),
                },
                {"order": ID},
            )
        ),
    }
)
ROOT = obj({"root": HEX, "size": whole()})


def check_told(books: Books) -> Any:
    """The draw without names keeps the spec: sizes are the expected ones, up or down."""
    body, row = books.bodies["draw"], "line %d body" % books.rows["draw"]
    books.file = ENTRIES
    need("told" in body, ENTRIES, row + ".told", "is missing")
    field = books.hash.name
    books.shape(ENTRIES, body["told"], obj({"document": TEXT, field: HEX}), row + ".told")
    books.shape(ENTRIES, body.get("results"), ROOT, row + ".results")
    size = books.doc["frame.json"]["size"]
    same(body["results"]["size"], size, ENTRIES, row + ".results.size", "size of the frame")
    same(body["told"]["document"], TOLD, ENTRIES, row + ".told.document", "document")
    name, spec = TOLD, books.doc["spec.json"]
    told = books.open("draw-sealed.json", TOLD_DRAW, "draw-sealed")
    found, at = books.digests[TOLD], row + ".told." + field
    same(body["told"][field], found, ENTRIES, at, "digest of " + TOLD)
    same(told["frame_root"], spec["frame_root"], name, "frame_root", "root of the frame")
    books.refers("draw-sealed.json", "spec", "spec.json")
    same(len(told["items"]), len(spec["items"]), name, "items", "number of items")
    for i, (order, item) in enumerate(zip(spec["items"], told["items"])):
        at = "items[%d]" % i
        same(item["item"], order["item"], name, at + ".item", "item of spec.json")
        same(item.get("order"), order.get("order"), name, at + ".order", "order of spec.json")
        same(len(item["strata"]), len(order["strata"]), name, at + ".strata", "number of strata")
        total, drawn = Fraction(0), 0
        for j, (planned, stratum) in enumerate(zip(order["strata"], item["strata"])):
            place = "%s.strata[%d]" % (at, j)
            many = planned["population"]
            pi = Fraction(planned.get("rate", "0")) or Fraction(planned.get("size", 0), many)
            for field, wanted in (
                ("stratum", planned["stratum"]),
                ("population", many),
                ("probability", str(pi)),
            ):
                same(stratum[field], wanted, name, place + "." + field, field)
            size, low, high = stratum["size"], pi * many // 1, -(-pi * many // 1)
            fits = low <= size <= high
            need(fits, name, place + ".size", "is not the expected size, rounded up or down")
            left = min(order["reserves"], many - size)
            same(stratum["reserves"], left, name, place + ".reserves", "number of reserves")
            total, drawn = total + pi * many, drawn + size
        # Each stratum of levels is rounded by itself.
        slack = len(order["strata"]) if "levels" in order and "rounding" not in order else 0
        fits = total // 1 - slack <= drawn <= -(-total // 1) + slack
        need(fits, name, at + ".strata", "sizes add up to more or less than expected")
    return told


def same_sizes(told: Any, draw: Any) -> None:
    """The sizes told before opening are those drawn."""
    for i, (item, drawn) in enumerate(zip(told["items"], draw["items"])):
        for j, (stratum, found) in enumerate(zip(item["strata"], drawn["strata"])):
            place = "items[%d].strata[%d].size" % (i, j)
            same(stratum["size"], found["size"], TOLD, place, "size of draw.json")


def check_results(books: Books, key: Key, tickets: Dict[str, bytes]) -> None:
    """The tree over every enterprise's own result has the root that the ledger holds."""
    row = "line %d body.results" % books.rows["draw"]
    found = books.bodies["draw"]["results"]
    books.file = ENTRIES
    books.shape(ENTRIES, found, ROOT, row)
    drawn: Dict[str, List[str]] = {}
    for order, identity in books.sampled.values():
        drawn.setdefault(identity, []).append(order_key(order))
    salts = key if books.secret is None else books.secret
    same(found["size"], len(books.frame), ENTRIES, row + ".size", "size of the frame")
    lines = (
        {
            "drawn": sorted(drawn.get(identity, ())),
            "id": identity,
            "salt": sub_key(salts, "result", identity).hex()[:32],
            "ticket": tickets[identity].hex(),
        }
        for identity in books.frame
    )
    # One line at a time: all of them would be too much at once.
    root = merkle_root((_ENCODER.encode(line).encode() for line in lines), books.hash).hex()
    same(found["root"], root, ENTRIES, row + ".root", "root of the results")


OPENED = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "substitutions": arr(
            obj(
                {
                    "entry": whole(),
                    "enterprise": ENTERPRISE,
                    "order": ID,
                    "reason": one_of("closed", "not-found", "moved"),
                    "reserve": ENTERPRISE,
                    "stratum": TEXT,
                }
            )
        ),
    }
)


def check_substitutes(books: Books, draw: Any) -> int:
    """Each who gave way held a place, and the next unused reserve of its stratum took it."""
    hidden = [index for index, body in books.substitutes if "sealed" in body]
    opened: List[Any] = []
    if hidden:
        opened = books.open("substitutions.json", OPENED, "substitutions")["substitutions"]
        same_list([one["entry"] for one in opened], hidden, CHANGES, "substitutions", "entries")
    strata = {}
    for order, item in zip(books.doc["spec.json"]["items"], draw["items"]):
        for stratum in item["strata"]:
            held = (list(stratum["sample"]), list(stratum["reserves"]), order)
            strata[order_key(order), stratum["stratum"]] = held
    turn = 0
    for index, body in books.substitutes:
        if "sealed" in body:
            one = {key: value for key, value in opened[turn].items() if key != "entry"}
            file, at, turn = CHANGES, "substitutions[%d]" % turn, turn + 1
            assert books.secret is not None
            text_ = "substitution/%d:%s" % (index, books.hash.hex(_ENCODER.encode(one).encode()))
            found = sub_key(books.secret, "sealed", text_).hex()
            place = "line %d body.sealed" % (index + 1)
            same(body["sealed"], found, ENTRIES, place, "commitment to %s of %s" % (at, file))
        else:
            one = body["substitution"]
            file, at = ENTRIES, "line %d body.substitution" % (index + 1)
        code, title = one["order"], one["stratum"]
        need((code, title) in strata, file, at + ".stratum", "is no stratum of the order")
        sample, reserves, order = strata[code, title]
        need(one["enterprise"] in sample, file, at + ".enterprise", "holds no place to give up")
        need(bool(reserves), file, at + ".reserve", "no reserve of the stratum is left")
        same(one["reserve"], reserves[0], file, at + ".reserve", "the next unused reserve")
        sample[sample.index(one["enterprise"])] = reserves.pop(0)
        gone, new = ("P-%s-%s" % (code, one[who]) for who in ("enterprise", "reserve"))
        books.exchanged.append((index + 1, gone, new, (order, one["reserve"])))
    exchange(books, 0, books.rows.get("checks", 10**9))
    return len(books.substitutes)


def exchange(books: Books, after: int, before: int) -> None:
    """Put reserves in the place of who gave way between two lines of the ledger."""
    for line, gone, new, held in books.exchanged:
        if after < line < before:
            books.sampled.pop(gone, None)
            books.sampled[new] = held


def duels(
    key: Key,
    order: Any,
    title: str,
    members: List[str],
    tickets: Mapping[str, bytes],
    weights: Mapping[str, int],
    share: Fraction,
) -> Tuple[List[str], List[str]]:
    """Return who is taken by the ordered pivotal method, and the others; both by ticket."""
    whole_one = share.denominator
    stream = Stream(sub_key(key, "pivotal", "%s:%s" % (order_key(order), title)))
    ordered = sorted(members, key=lambda e: (tickets[e], e))
    taken = set()
    holder, held = "", 0
    for identity in ordered:
        part = share.numerator * weights[identity]
        if part >= whole_one:
            taken.add(identity)
        elif part and not held:
            holder, held = identity, part
        elif part and held + part <= whole_one:
            if stream.below(held + part) >= held:
                holder = identity
            held += part
            if held == whole_one:
                taken.add(holder)
                held = 0
        elif part:
            held += part
            if stream.below(2 * whole_one - held) < whole_one - part:
                taken.add(holder)
                holder = identity
            else:
                taken.add(identity)
            held -= whole_one
    if held and stream.below(whole_one) < held:
        taken.add(holder)
    return [e for e in ordered if e in taken], [e for e in ordered if e not in taken]


def recompute_sizes(key: Key, order: Any, name: str, at: str) -> Tuple[List[int], Dict[str, Any]]:
    """Return the whole sizes of an item's strata, and how they were rounded."""
    strata, code = order["strata"], order_key(order)
    if "design" in order or not strata:
        return [0] * len(strata), {}
    if not all("rate" in stratum for stratum in strata):
        return [stratum["size"] for stratum in strata], {}
    if "rounding" in order:
        places = [cell_of(order, stratum["stratum"], name, at) for stratum in strata]
        targets = [Fraction(stratum["rate"]) * stratum["population"] for stratum in strata]
        sizes, common = controlled(Stream(sub_key(key, "controlled", code)), places, targets, at)
        return sizes, {"controlled": str(common)}
    if "levels" not in order:
        sizes, common, r = systematic(key, code, strata, at)
        return sizes, {"rounding": {"denominator": common, "r": r}}
    groups: Dict[str, List[int]] = {}
    for index, stratum in enumerate(strata):
        group, _ = cell_of(order, stratum["stratum"], name, at)
        groups.setdefault(group, []).append(index)
    every, roundings = [0] * len(strata), []
    for group in sorted(groups):
        cells = [strata[index] for index in groups[group]]
        sizes, common, r = systematic(key, "%s:%s" % (code, group), cells, at)
        roundings.append({"denominator": common, "r": r, "stratum": group})
        for index, size in zip(groups[group], sizes):
            every[index] = size
    return every, {"roundings": roundings}


def common_denominator(parts: List[Fraction], most: int, at: str) -> int:
    """Return the least common denominator, which is at most 2^most."""
    common = 1
    for part in parts:
        common = common * part.denominator // math.gcd(common, part.denominator)
        what = "the rates' common denominator is over 2^%d" % most
        need(common <= 2**most, "transcript/spec.json", at + ".strata", what)
    return common


def systematic(key: Key, code: str, strata: List[Any], at: str) -> Tuple[List[int], int, int]:
    """Return sizes by systematic rounding, the common denominator and r."""
    rates = [Fraction(stratum["rate"]) for stratum in strata]
    common = common_denominator(rates, 40, at)
    r = Stream(sub_key(key, "rounding", code)).below(common)
    sizes, total, before = [], 0, 0
    for rate, stratum in zip(rates, strata):
        total += rate.numerator * stratum["population"] * (common // rate.denominator)
        upto = -((r - total) // common)
        sizes.append(upto - before)
        before = upto
    return sizes, common, r


def controlled(
    stream: Stream, names: List[Tuple[str, str]], targets: List[Fraction], at: str
) -> Tuple[List[int], int]:
    """Return sizes by Cox's controlled rounding of a two-way table, and the common denominator."""
    common = common_denominator(targets, 479, at)
    rows = sorted({row for row, _ in names})
    columns = sorted({column for _, column in names})
    cells = [(rows.index(row), columns.index(column)) for row, column in names]
    part: Dict[Tuple[int, int], int] = {}
    last = (len(rows), len(columns))
    for (row, column), target in zip(cells, targets):
        rest = target.numerator * (common // target.denominator) % common
        slack = ((row, last[1]), -rest), ((last[0], column), -rest), (last, rest)
        for cell, more in (((row, column), rest), *slack):
            part[cell] = (part.get(cell, 0) + more) % common
    columns_of: Dict[int, List[int]] = {}
    rows_of: Dict[int, List[int]] = {}
    for row, column in sorted(cell for cell, rest in part.items() if rest):
        columns_of.setdefault(row, []).append(column)
        rows_of.setdefault(column, []).append(row)
    while columns_of:
        # From the first row, always to the first open cell but the one come by, until a line
        # comes again: the cells since then are the cycle.
        row, column = min(columns_of), -1
        steps: List[Tuple[int, int]] = []
        met = {("row", row): 0}
        while True:
            column = next(c for c in columns_of[row] if c != column)
            steps.append((row, column))
            if ("column", column) in met:
                cycle = steps[met["column", column] :]
                break
            met["column", column] = len(steps)
            row = next(r for r in rows_of[column] if r != row)
            steps.append((row, column))
            if ("row", row) in met:
                cycle = steps[met["row", row] :]
                break
            met["row", row] = len(steps)
        up = min(part[c] if k % 2 else common - part[c] for k, c in enumerate(cycle))
        down = min(common - part[c] if k % 2 else part[c] for k, c in enumerate(cycle))
        step = up if stream.below(up + down) < down else -down
        for index, cell in enumerate(cycle):
            part[cell] += -step if index % 2 else step
            if part[cell] in (0, common):
                columns_of[cell[0]].remove(cell[1])
                rows_of[cell[1]].remove(cell[0])
        columns_of = {row: its for row, its in columns_of.items() if its}
    sizes = [t.numerator // t.denominator + part[c] // common for c, t in zip(cells, targets)]
    return sizes, common


def same_list(found: List[Any], wanted: List[Any], file: str, place: str, what: str) -> None:
    """Compare two lists and name the first difference."""
    if found == wanted:
        return
    for index, (one, other) in enumerate(zip(found, wanted)):
        same(one, other, file, "%s[%d]" % (place, index), what)
    same(len(found), len(wanted), file, place, what + ": length")


def check_distinct(
    books: Books, chance: Dict[Tuple[str, ...], Fraction], drawn: int, distinct: int
) -> None:
    """The expected numbers of distinct enterprises are those of the formula."""
    name, found = "transcript/draw.json", books.doc["draw.json"]["distinct"]
    same(found["drawn"], drawn, name, "distinct.drawn", "sum of the sizes")
    same(found["enterprises"], distinct, name, "distinct.enterprises", "distinct enterprises")
    independent = bound = 0
    for combination, count in books.combinations.items():
        rates = [chance[place] for place in combination]
        none = Fraction(1)
        for pi in rates:
            none *= 1 - pi
        most = max(rates) if rates else Fraction(0)
        independent += count * ((1 - none) * 10**12 // 1)
        bound += count * (most * 10**12 // 1)
    same(
        found["independent"],
        decimal(independent // 10**6),
        name,
        "distinct.independent",
        "expectation",
    )
    same(found["bound"], decimal(bound // 10**6), name, "distinct.bound", "lower bound")


# ======================================================================================
# checks: exactly the sample and the triggered ones, routed by the level rule
# ======================================================================================

OTHER_PLANS = ("special", "daily")  # planned by a department, not drawn
PLANNED_SOURCES = ("draw", *OTHER_PLANS)
TRIGGERED_SOURCES = ("complaint", "transferred", "assigned", "monitoring", "application")
CHECK = obj(
    {
        "id": CHECK_ID,
        "enterprise": ENTERPRISE,
        "item": ID,
        "kind": one_of("planned", "triggered"),
        "source": TEXT,
        "release": a_day,
        "due": a_day,
        "severity": whole(1, 3),
        "level": one_of("county", "city", "joint"),
        "reason": TEXT,
        "units": arr(ID),
    }
)
CHECKS = obj(
    {"format": TEXT, "campaign": TEXT, "draw": HEX, "checks": arr(CHECK), "offsite": arr(CHECK)}
)


def check_checks(books: Books) -> str:
    """The drawn checks are exactly the sampled enterprises; the lists are well-formed."""
    name = "transcript/checks.json"
    document = books.open("checks.json", CHECKS, "checks")
    if not books.alone:
        books.refers("checks.json", "draw", "draw.json")
    side: Dict[str, str] = {}
    seen = set()
    planned = other = 0
    for part in ("checks", "offsite"):
        before = ""
        for index, check in enumerate(document[part]):
            at = "%s[%d]" % (part, index)
            identity = check["id"]
            need(identity > before, name, at + ".id", "checks must be sorted by id, none twice")
            before = identity
            need(identity not in seen, name, at + ".id", "is on-site and off-site")
            seen.add(identity)
            item = check["item"]
            whole_item = side.setdefault(item, part) == part
            need(whole_item, name, at + ".item", "the item %s is on-site and off-site" % item)
            need(check["release"] <= check["due"], name, at + ".due", "lies before the release")
            known = books.alone or check["enterprise"] in books.frame
            need(known, name, at + ".enterprise", "is not in the frame")
            need(bool(check["units"]), name, at + ".units", "nobody attends")
            alone = len(set(check["units"])) == len(check["units"])
            need(alone, name, at + ".units", "names a unit twice")
            if books.alone:
                planned += check["kind"] == "planned"
            elif check["kind"] == "planned" and check["source"] not in OTHER_PLANS:
                check_planned(books, name, at, check)
                planned += 1
            else:
                other += check["kind"] == "planned"
                fine = check["kind"] == "planned" or check["source"] not in PLANNED_SOURCES
                fine = fine and check["source"] != ""
                need(fine, name, at + ".source", "is no triggered source")
                need(
                    not identity.startswith("P-"), name, at + ".id", "only drawn ids begin with P-"
                )
    if planned != len(books.sampled) and not books.alone:
        lost = min(set(books.sampled) - seen)
        raise Fault(name, "checks", "the sampled check %s is missing" % lost)
    books.onsite = {check["id"]: check for check in document["checks"]}
    words = "%d on-site, %d off-site, %d of them " + ("planned" if books.alone else "drawn")
    books.own_plans = other
    words += ", %d of special or daily plans" % other if other else ""
    return words % (len(document["checks"]), len(document["offsite"]), planned)


def check_planned(books: Books, name: str, at: str, check: Any) -> None:
    """A drawn check is one of the sample, with its order's item."""
    sampled = books.sampled.get(check["id"])
    if sampled is None:
        raise Fault(name, at + ".id", "is not in the sample of draw.json")
    order, enterprise = sampled
    same(check["enterprise"], enterprise, name, at + ".enterprise", "enterprise of the sample")
    same(check["item"], order["item"], name, at + ".item", "item of the order")
    same(check["source"], "draw", name, at + ".source", "source")
    same(check["severity"], 1, name, at + ".severity", "severity")
    same(check["release"], order["window"][0], name, at + ".release", "window of the order")
    same(check["due"], order["window"][1], name, at + ".due", "window of the order")


# ======================================================================================
# roster and problem: what the plan is held to
# ======================================================================================

RECUSALS = ("interest", "family", "former_employer", "complaint")
CAP_KINDS = ("week", "month", "year")
VISIT_CAPS = obj({}, {kind: whole() for kind in CAP_KINDS})


def roster_of(recusal: Rule, more: Dict[str, Rule]) -> Rule:
    """Return the rule of a roster: how a recusal stands in it, and what later ones hold."""
    inspector = obj(
        {
            "id": ID,
            "unit": ID,
            "valid": span,
            "skills": asc(TEXT),
            "leave": arr(span),
            "recusals": arr(recusal),
            "max_half_days": whole(1, 2),
            "workload": whole(),
        },
        {
            "max_visits": VISIT_CAPS,
            "visits": VISIT_CAPS,
            "last_visited": asc(ENTERPRISE),
            "apart": asc(ID),
        },
    )
    return obj({"format": TEXT, "campaign": TEXT, "inspectors": arr(inspector)}, more)


SINCE = obj(
    {"roster": HEX, "come": asc(ID), "gone": asc(ID), "changed": table(ID, few(1, 20, TEXT))}
)
ROSTER_1 = roster_of(tup(ENTERPRISE, one_of(*RECUSALS)), {})
ROSTER = roster_of(tup(ENTERPRISE, HEX), {"since": SINCE})
COUNTS = arr(whole(0, 10**6))
SPAN_TEXT = text(r"\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?", "a date or two with / between")
TEXTS = arr(TEXT)


def each_once(item: Rule) -> Rule:
    """Return a rule: a list of such texts, none twice."""
    inner = arr(item)

    def check(value: Any) -> None:
        inner(value)
        if len(set(value)) != len(value):
            raise Wrong("names something twice")

    return check


ONCE = each_once(TEXT)
UNIT_LEVEL = one_of("city", "county", "township")
LEVELS = each_once(UNIT_LEVEL)
MONTH_DAYS = tup(whole(1, 31), whole(1, 31))
WEEKDAYS = each_once(whole(1, 7))
YEARLY = each_once(text(r"\d\d-\d\d/\d\d-\d\d", "two days of the year with / between"))
CAP_KEYS = ("department", "level", "area", "item", "sector", "risk")
CAP = obj(
    {
        "id": TEXT,
        "by": each_once(one_of(*CAP_KEYS)),
        "limit": whole(),
        "limits": table(TEXT, whole()),
        "departments": ONCE,
        "industries": ONCE,
        "source": TEXT,
    },
    {
        "levels": LEVELS,
        "areas": ONCE,
        "items": ONCE,
        "zones": ONCE,
        "enterprises": ONCE,
        "sizes": ONCE,
        "risks": ONCE,
        "replaces": ONCE,
    },
)
QUIET = obj(
    {
        "id": TEXT,
        "zones": ONCE,
        "enterprises": ONCE,
        "industries": ONCE,
        "month_days": null_or(MONTH_DAYS),
        "spans": each_once(SPAN_TEXT),
        "exempt": ONCE,
        "planned_rides": boolean,
        "source": TEXT,
    },
    {"weekdays": WEEKDAYS, "yearly": YEARLY, "replaces": ONCE},
)
CLOSED = obj(
    {
        "id": TEXT,
        "units": ONCE,
        "departments": ONCE,
        "levels": LEVELS,
        "areas": ONCE,
        "month_days": null_or(MONTH_DAYS),
        "spans": each_once(SPAN_TEXT),
        "weekdays": WEEKDAYS,
        "yearly": YEARLY,
        "source": TEXT,
    }
)
LEVEL_WORD = one_of("county", "city", "joint")
RULES = obj(
    {
        "format": one_of("double-random/rules/v1"),
        "name": TEXT,
        "source": TEXT,
        "caps": arr(CAP),
        "quiet": arr(QUIET),
        "team": obj(
            {"lead": whole(1, 1000), "other": whole(1, 1000), "source": TEXT},
            {"not_twice": one_of(True)},
        ),
        "level": obj(
            {
                "both": LEVEL_WORD,
                "major": LEVEL_WORD,
                "cross_county": LEVEL_WORD,
                "overrides": table(TEXT, LEVEL_WORD),
                "source": TEXT,
            }
        ),
        "exempt_sources": ONCE,
        "exempt_uses_cap": boolean,
        "joint_counts_each": boolean,
        "rider_counts": boolean,
        "gap_days": whole(0, 10**6),
        "offsite_first": boolean,
    },
    {
        "closed": arr(CLOSED),
        "exemptions": table(TEXT, obj({"reason": TEXT, "source": TEXT})),
        "sources": table(TEXT, TEXT),
    },
)
ITEM = obj(
    {
        "department": ID,
        "inspectors": whole(2, 1000),
        "effort": whole(1, 2),
        "skills": asc(TEXT),
        "incompatible": asc(ID),
        "yearly_cap": null_or(whole(1)),
    }
)
CUT = obj(
    {
        "unit": ID,
        "day": a_day,
        "skill": TEXT,
        "possible": whole(),
        "asked": whole(),
        "enterprises": TEXTS,
        "reason": TEXT,
    }
)
PROBLEM = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "checks": HEX,
        "calendar": obj(
            {"start": a_day, "working": text(r"[01]{1,4000}", "a 0 or 1 for each day")},
            {"source": TEXT},
        ),
        "rules": RULES,
        "items": table(ID, ITEM),
        "units": table(ID, obj({"department": ID, "level": UNIT_LEVEL, "area": TEXT})),
        "present": table(ID, COUNTS),
        "full": table(ID, COUNTS),
        "capacity": table(ID, COUNTS),
        "skill_present": table(ID, table(TEXT, COUNTS)),
        "skill_capacity": table(ID, table(TEXT, COUNTS)),
        "enterprises": table(
            ENTERPRISE,
            obj(
                {"county": TEXT, "risk": TEXT, "industry": TEXT, "section": TEXT, "zones": TEXTS},
                {"size": TEXT},
            ),
        ),
        "visits_made": arr(
            obj(
                {"enterprise": ENTERPRISE, "day": a_day, "department": ID, "source": TEXT},
                {"level": UNIT_LEVEL, "area": TEXT, "item": ID},
            )
        ),
    },
    {"cuts": arr(CUT), "hash": OTHER_HASH, "not_before": a_day},
)


def active_mask(rule: Any, first: int, count: int, place: str) -> int:
    """Return the days, as a mask, on which a rule with dated or recurring days is active."""
    spans = []
    for text_span in rule["spans"]:
        try:
            ends = [day_number(part) for part in text_span.split("/")]
        except Wrong as wrong:
            raise Fault("transcript/problem.json", place + ".spans", wrong.what) from None
        spans.append((ends[0], ends[-1]))
    month_days = rule["month_days"] or [32, 32]
    weekdays = rule.get("weekdays", [])
    yearly = [words.split("/") for words in rule.get("yearly", [])]
    mask = 0
    for index in range(count):
        number = first + index
        day = date.fromordinal(number)
        on = any(a <= number <= b for a, b in spans)
        on = on or month_days[0] <= day.day <= month_days[1] or (number - 1) % 7 + 1 in weekdays
        for begin, end in yearly:
            here = "%02d-%02d" % (day.month, day.day)
            # An end before the beginning lies in the next year.
            inside = (here >= begin, here <= end)
            on = on or (all(inside) if begin <= end else any(inside))
        mask |= int(on) << index
    return mask


class Quiet:
    """A quiet rule, its active days as a bit mask over the horizon."""

    def __init__(self, rule: Any, first: int, count: int, place: str) -> None:
        self.id = rule["id"]
        self.zones = frozenset(rule["zones"])
        self.enterprises = frozenset(rule["enterprises"])
        self.industries = tuple(rule["industries"])
        self.exempt = frozenset(rule["exempt"])
        self.rides = rule["planned_rides"]
        self.replaces = frozenset(rule.get("replaces", ()))
        self.active = active_mask(rule, first, count, place)

    def covers(self, enterprise: str, about: Any) -> bool:
        """Return whether the rule covers an enterprise."""
        if not (self.zones or self.enterprises or self.industries):
            return True
        return (
            enterprise in self.enterprises
            or not self.zones.isdisjoint(about["zones"])
            or matches(self.industries, about)
        )


def matches(industries: Iterable[str], about: Any) -> bool:
    """Return whether an enterprise's industry begins with a prefix, or its section is listed."""
    code, section = about["industry"], about["section"]
    return any(code.startswith(prefix) or section == prefix for prefix in industries)


class Problem:
    """The problem document, ready to hold a plan to."""

    def __init__(self, document: Any) -> None:
        rules = document["rules"]
        calendar = document["calendar"]
        self.document = document
        self.first = day_number(calendar["start"])
        self.count = len(calendar["working"])
        self.working = int(calendar["working"][::-1], 2)
        if "not_before" in document:
            gone = max(0, day_number(document["not_before"]) - self.first)
            self.working &= ~((1 << gone) - 1)
        self.caps = rules["caps"]
        self.team = (rules["team"]["lead"], rules["team"]["other"])
        self.exempt = frozenset(rules["exempt_sources"])
        self.exempt_uses_cap = rules["exempt_uses_cap"]
        self.joint_counts_each = rules["joint_counts_each"]
        self.rider_counts = rules["rider_counts"]
        self.gap_days = rules["gap_days"]
        self.items = document["items"]
        self.enterprises = document["enterprises"]
        self.quiet = [
            Quiet(rule, self.first, self.count, "rules.quiet[%d]" % index)
            for index, rule in enumerate(rules["quiet"])
        ]
        self.clash = {(a, b) for a, item in self.items.items() for b in item["incompatible"]}
        self.clash |= {(b, a) for a, b in self.clash}
        self.leads: Dict[str, str] = {}  # of the plan's visits, as published
        self._masks: Dict[Tuple[Any, ...], int] = {}
        self._covering: Dict[str, List[Quiet]] = {}
        self._made: Optional[Dict[str, List[Any]]] = None

    def index(self, day: str) -> int:
        """Return days since the horizon's start."""
        return day_number(day) - self.first

    def covering(self, enterprise: str) -> List[Quiet]:
        """Return the quiet rules that cover an enterprise."""
        found = self._covering.get(enterprise)
        if found is None:
            about = self.enterprises[enterprise]
            found = [rule for rule in self.quiet if rule.covers(enterprise, about)]
            gone = {name for rule in found for name in rule.replaces}
            found = [rule for rule in found if rule.id not in gone]
            self._covering[enterprise] = found
        return found

    def at_least(self, which: str, unit: str, number: int, skill: str = "") -> int:
        """Return the days, as a mask, on which a unit has at least so many."""
        key = (which, unit, number, skill)
        mask = self._masks.get(key)
        if mask is None:
            series = self.document[which][unit]
            if which.startswith("skill"):
                series = series.get(skill, [0] * self.count)
            mask = 0
            for index, have in enumerate(series):
                if have >= number:
                    mask |= 1 << index
            self._masks[key] = mask
        return mask

    def window(self, check: Any) -> int:
        """Return the working days of a check's window, as a mask."""
        low, high = (
            max(0, self.index(check["release"])),
            min(self.count - 1, self.index(check["due"])),
        )
        return self.working & ((1 << (high + 1)) - (1 << low)) if low <= high else 0

    def seats(self, checks: List[Any]) -> Tuple[str, List[Tuple[str, int, int, List[str]]]]:
        """Return the lead and the seats (unit, inspectors, effort, skills) of a visit."""
        asked: Dict[str, Tuple[int, int, set[str]]] = {}
        for check in checks:
            item = self.items[check["item"]]
            for unit in check["units"]:
                most, effort, skills = asked.get(unit, (0, 0, set()))
                skills.update(item["skills"])
                asked[unit] = (max(most, item["inspectors"]), max(effort, item["effort"]), skills)
        lead = min(asked, key=lambda unit: (-asked[unit][0], unit))
        seats = []
        for unit in sorted(asked):
            most, effort, skills = asked[unit]
            least = max(most, self.team[0]) if unit == lead else self.team[1]
            seats.append((unit, max(least, len(skills)), effort, sorted(skills)))
        return lead, seats

    def quiet_days(self, checks: List[Any]) -> int:
        """Return the days, as a mask, on which a quiet rule keeps out one of these checks."""
        sources = {check["source"] for check in checks}
        days = 0
        for rule in self.covering(checks[0]["enterprise"]):
            if not (sources <= rule.exempt or (rule.rides and sources & rule.exempt)):
                days |= rule.active
        return days

    def days_alone(self, checks: List[Any]) -> int:
        """Return the days, as a mask, on which these checks could be one visit by itself."""
        for a, one in enumerate(checks):
            for other in checks[:a]:
                if (one["item"], other["item"]) in self.clash:
                    return 0
        days = self.working & ~self.quiet_days(checks)
        for check in checks:
            days &= self.window(check)
        if not days:
            return 0
        for unit, number, effort, skills in self.seats(checks)[1]:
            days &= self.at_least("present", unit, number)
            if effort == 2:
                days &= self.at_least("full", unit, number)
            for skill in skills:
                days &= self.at_least("skill_present", unit, 1, skill)
        return days

    def made_at(self, enterprise: str) -> List[Any]:
        """Return the visits already made at an enterprise."""
        if self._made is None:
            self._made = {}
            for row in self.document["visits_made"]:
                self._made.setdefault(row["enterprise"], []).append(row)
        return self._made.get(enterprise, [])

    def days_as_group(self, checks: List[Any]) -> int:
        """Return the days on which these checks could be one visit, the only one of the day.

        Both lines of *Units on a day* hold, and, unless it is exempt, its gap to visits made.
        """
        days = self.days_alone(checks)
        if not days:
            return 0
        for unit, number, effort, skills in self.seats(checks)[1]:
            days &= self.at_least("capacity", unit, number * effort)
            for skill in skills:
                days &= self.at_least("skill_capacity", unit, effort, skill)
        if self.gap_days and self.exempt.isdisjoint(check["source"] for check in checks):
            for row in self.made_at(checks[0]["enterprise"]):
                if row["source"] not in self.exempt:
                    made = self.index(row["day"])
                    low = max(0, made - self.gap_days + 1)
                    high = min(self.count - 1, made + self.gap_days - 1)
                    if low <= high:
                        days &= ~((1 << (high + 1)) - (1 << low))
        return days

    def days_at_best(self, check: Any) -> int:
        """Return the days on which a check could share any visit at all."""
        days = self.window(check)
        for rule in self.covering(check["enterprise"]):
            if not rule.rides and check["source"] not in rule.exempt:
                days &= ~rule.active
        item = self.items[check["item"]]
        lead = max(item["inspectors"], self.team[0])
        least = max(min(lead, self.team[1]), len(set(item["skills"])))
        for unit in check["units"]:
            days &= self.at_least("present", unit, least)
            if item["effort"] == 2:
                days &= self.at_least("full", unit, least)
            for skill in item["skills"]:
                days &= self.at_least("skill_present", unit, 1, skill)
        return days


def open_roster(books: Books) -> Any:
    """Read a roster, which must be sorted."""
    name = "transcript/roster.json"
    roster = books.open("roster.json", ROSTER, "roster", old=ROSTER_1)
    before = ""
    for index, inspector in enumerate(roster["inspectors"]):
        place = "inspectors[%d].id" % index
        need(inspector["id"] > before, name, place, "must be sorted, none twice")
        before = inspector["id"]
    if not is_old(roster):
        for index, inspector in enumerate(roster["inspectors"]):
            told = [enterprise for enterprise, _ in inspector["recusals"]]
            place = "inspectors[%d].recusals" % index
            need(told == sorted(set(told)), name, place, "must be sorted, none twice")
        what = "stands only in a later roster" if books.of_first else "is missing"
        need(("since" in roster) != books.of_first, name, "since", what)
    apart = {i["id"]: i.get("apart", []) for i in roster["inspectors"]}
    for index, inspector in enumerate(roster["inspectors"]):
        for other in inspector.get("apart", []):
            mutual = other != inspector["id"] and inspector["id"] in apart.get(other, [])
            fine = mutual or other not in apart
            place = "inspectors[%d].apart" % index
            need(fine, "transcript/roster.json", place, "must stand with both")
    return roster


def is_old(roster: Any) -> bool:
    """Return whether a roster tells the grounds of recusals, as none does now."""
    return bool(roster["format"] == "double-random/roster/v1")


def check_roster(books: Books) -> str:
    """The roster is sorted, and the capacities of the problem are those of the roster."""
    roster = open_roster(books)
    problem = books.open("problem.json", PROBLEM, "problem")
    books.names_hash("transcript/problem.json", problem)
    books.refers("problem.json", "checks", "checks.json")
    books.problem = Problem(problem)
    check_named(books)
    check_origin(books)
    check_capacity(books)
    for part, wanted in sorted(books.doc["spec.json"]["binds"].items()):
        words = json.dumps(problem[part], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        what = "digest that spec.json binds"
        found = books.hash.hex(words.encode())
        same(found, wanted, "transcript/problem.json", part, what)
    return "%d inspectors, capacity of %d units on %d days" % (
        len(roster["inspectors"]),
        len(problem["units"]),
        books.held().count,
    )


def check_problem(books: Books) -> str:
    """The problem of a plan alone is whole in itself; nothing says where it comes from."""
    name = books.file = "transcript/problem.json"
    problem = books.open("problem.json", PROBLEM, "problem")
    books.names_hash(name, problem)
    books.refers("problem.json", "checks", "checks.json")
    book = books.problem = Problem(problem)
    check_named(books)
    for field in ("present", "full", "capacity", "skill_present", "skill_capacity"):
        units = "units of the on-site checks"
        same_keys(problem[field], problem["units"], name, field, units)
        for unit, series in sorted(problem[field].items()):
            at = "%s.%s" % (field, unit)
            lines = {at: series}
            if field.startswith("skill"):
                same_keys(series, problem["skill_present"][unit], name, at, "skills of the unit")
                lines = {"%s.%s" % (at, skill): line for skill, line in series.items()}
            for place, line in lines.items():
                same(len(line), book.count, name, place, "number of days")
                off = [n for n, have in enumerate(line) if have and not book.working >> n & 1]
                need(not off, name, "%s[%d]" % (place, off[0] if off else 0), "is a day off")
    return "capacity of %d units on %d days" % (len(problem["units"]), book.count)


def same_keys(
    found: Iterable[str], wanted: Iterable[str], file: str, place: str, what: str
) -> None:
    """Compare two sets of keys and name the first difference."""
    have, should = set(found), set(wanted)
    for key in sorted(should - have):
        raise Fault(file, place, "%s is missing: %s" % (key, what))
    for key in sorted(have - should):
        raise Fault(file, "%s.%s" % (place, key), "does not belong here: %s" % what)


def check_named(books: Books) -> None:
    """Items, units and enterprises are those of the on-site checks."""
    name = books.file = "transcript/problem.json"
    problem, book = books.doc["problem.json"], books.held()
    onsite = list(books.onsite.values())
    same_keys(book.items, {c["item"] for c in onsite}, name, "items", "items of the on-site checks")
    units = {unit for check in onsite for unit in check["units"]}
    same_keys(problem["units"], units, name, "units", "units of the on-site checks")
    named = {check["enterprise"] for check in onsite}
    same_keys(book.enterprises, named, name, "enterprises", "enterprises of the on-site checks")
    sized = any(rule.get("sizes") for rule in problem["rules"]["caps"])
    for enterprise, about in book.enterprises.items():
        at = "enterprises.%s" % enterprise
        need(("size" in about) == bool(sized), name, at, "size stands where a cap asks for it")
    for item, about in book.items.items():
        at = "items.%s" % item
        for other in about["incompatible"]:
            need(other != item, name, at + ".incompatible", "%s names itself" % item)
            both = other in book.items and item in book.items[other]["incompatible"]
            what = "%s does not name %s in turn" % (other, item)
            need(both, name, at + ".incompatible", what)
    made = [(v["enterprise"], v["day"], v["department"]) for v in problem["visits_made"]]
    for index, visit in enumerate(made):
        at = "visits_made[%d]" % index
        need(
            index == 0 or made[index - 1] <= visit,
            name,
            at,
            "must be sorted by enterprise, day, department",
        )
        need(visit[0] in book.enterprises, name, at + ".enterprise", "has no on-site check")


def check_origin(books: Books) -> None:
    """Enterprises are as in the frame, items as in the spec, checks routed by the level rule."""
    name = "transcript/problem.json"
    problem, book = books.doc["problem.json"], books.held()
    for enterprise, about in book.enterprises.items():
        county, industry, section, risk, zones, size = books.frame[enterprise]
        at = "enterprises.%s" % enterprise
        same(about["county"], county, name, at + ".county", "county in the frame")
        same(about["industry"], industry, name, at + ".industry", "industry in the frame")
        same(about["section"], section, name, at + ".section", "section in the frame")
        same(about["risk"], risk, name, at + ".risk", "risk label in the frame")
        same(sorted(about["zones"]), sorted(zones), name, at + ".zones", "zones in the frame")
        same(about.get("size", size), size, name, at + ".size", "size in the frame")
    cities = sorted({u["area"] for u in problem["units"].values() if u["level"] == "city"})
    need(len(cities) <= 1, name, "units", "city units of several areas: " + ", ".join(cities))
    departments = {order["item"]: order["department"] for order in books.doc["spec.json"]["items"]}
    for item, about in book.items.items():
        if item in departments:
            same(
                about["department"],
                departments[item],
                name,
                "items.%s.department" % item,
                "department in spec.json",
            )
    last = date.fromordinal(book.first + book.count - 1).isoformat()
    first = date.fromordinal(book.first).isoformat()
    for index, check in enumerate(books.onsite.values()):
        check_routed(books, index, check, first, last)
    check_sources(books)
    check_reasons(books)


FACTS = ("major", "cross-county", "both-competent")


def check_sources(books: Books) -> None:
    """Drawn checks can be exempt from nothing, and triggered ones have a source that exists."""
    rules = books.doc["problem.json"]["rules"]
    named = [("exempt_sources", rules["exempt_sources"])]
    named += [("quiet[%d].exempt" % i, rule["exempt"]) for i, rule in enumerate(rules["quiet"])]
    if "exemptions" in rules:
        told, codes = rules["exemptions"], rules["exempt_sources"]
        same_keys(told, codes, "transcript/problem.json", "rules.exemptions", "exemption codes")
    known = set(TRIGGERED_SOURCES)
    for place, sources in named:
        for word in sources:
            fine = word not in PLANNED_SOURCES
            what = "%s is no source of triggered checks" % word
            need(fine, "transcript/problem.json", "rules." + place, what)
        known.update(sources)
    for part in ("checks", "offsite"):
        for index, check in enumerate(books.doc["checks.json"][part]):
            fine = check["kind"] == "planned" or check["source"] in known
            at = "%s[%d].source" % (part, index)
            need(fine, "transcript/checks.json", at, "neither the format nor the rules name it")


def check_reasons(books: Books) -> None:
    """What decides the level is the same for all checks of an item or, if its, an enterprise."""
    name = "transcript/checks.json"
    facts: Dict[str, str] = {}
    overrides = books.doc["problem.json"]["rules"]["level"]["overrides"]
    items, units = books.doc["problem.json"]["items"], books.doc["problem.json"]["units"]
    departments = {o["item"]: o["department"] for o in books.doc["spec.json"]["items"]}
    departments.update((item, about["department"]) for item, about in items.items())
    away = (
        books.doc["problem.json"]["rules"]["offsite_first"]
        or not books.doc["checks.json"]["offsite"]
    )
    need(away, name, "offsite", "the rules know no off-site checks (offsite_first is false)")
    decided: Dict[str, Tuple[str, str]] = {}
    for part in ("checks", "offsite"):
        for index, check in enumerate(books.doc["checks.json"][part]):
            at, item, reason = "%s[%d]" % (part, index), check["item"], check["reason"]
            attending = 2 if check["level"] == "joint" else 1
            same(len(check["units"]), attending, name, at + ".units", "units that attend")
            kind = ("", "") if reason in FACTS else (reason, check["level"])
            before = decided.setdefault(item, kind)
            same(kind, before, name, at + ".reason", "what decides the level of " + item)
            if reason in FACTS:
                fact = facts.setdefault(check["enterprise"], reason)
                same(reason, fact, name, at + ".reason", "what the enterprise is")
            if item not in departments:
                continue
            department = departments[item]
            for place, unit in enumerate(check["units"]):
                if unit in units:
                    where = "%s.units[%d]" % (at, place)
                    same(units[unit]["department"], department, name, where, "department")
            if reason not in ("only-county", "only-city"):
                ruled = department in overrides
                what = "whether the department is overridden"
                same(reason == "sector-override", ruled, name, at + ".reason", what)


def check_routed(books: Books, index: int, check: Any, first: str, last: str) -> None:
    """A check's window lies in the horizon, and its level and units keep the level rule."""
    name, at = "transcript/checks.json", "checks[%d]" % index
    document = books.doc["problem.json"]
    if check["kind"] == "triggered":
        for field in ("release", "due"):
            inside = first <= check[field] <= last
            need(inside, name, "%s.%s" % (at, field), "lies outside the horizon")
    department = document["items"][check["item"]]["department"]
    county = document["enterprises"][check["enterprise"]]["county"]
    levels = []
    for place, unit in enumerate(check["units"]):
        about = document["units"][unit]
        where = "%s.units[%d]" % (at, place)
        same(about["department"], department, name, where, "department of the unit")
        level = "city" if about["level"] == "city" else "county"
        levels.append(level)
        if level == "county":
            same(about["area"], county, name, where, "area of the unit")
    wanted = {"county": ["county"], "city": ["city"], "joint": ["county", "city"]}[check["level"]]
    same(levels, wanted, name, at + ".units", "levels of the units")
    rule = document["rules"]["level"]
    decided = {
        "both-competent": rule["both"],
        "major": rule["major"],
        "cross-county": rule["cross_county"],
        "only-county": "county",
        "only-city": "city",
        "item-mode": check["level"],
        "sector-override": rule["overrides"].get(department),
    }
    need(check["reason"] in decided, name, at + ".reason", "is no reason of the level rule")
    same(
        check["level"], decided[check["reason"]], name, at + ".level", "level by " + check["reason"]
    )


def check_capacity(books: Books) -> None:
    """Present inspectors, full days, half-days and skills are recounted from the roster."""
    name = "transcript/problem.json"
    problem, book = books.doc["problem.json"], books.held()
    asked: Dict[str, set[str]] = {unit: set() for unit in problem["units"]}
    for check in books.onsite.values():
        for unit in check["units"]:
            asked[unit].update(book.items[check["item"]]["skills"])
    every = {skill for skills in asked.values() for skill in skills}
    series = ("present", "full", "capacity", "skill_present", "skill_capacity")
    for field in series:
        same_keys(problem[field], problem["units"], name, field, "units of the on-site checks")
    staff: Dict[str, List[Any]] = {unit: [] for unit in problem["units"]}
    for inspector in books.doc["roster.json"]["inspectors"]:
        if inspector["unit"] in staff:
            staff[inspector["unit"]].append(inspector)
    blank = [0] * book.count
    shut = [
        (rule, active_mask(rule, book.first, book.count, "rules.closed[%d]" % index))
        for index, rule in enumerate(problem["rules"].get("closed", ()))
    ]
    for unit in sorted(staff):
        on = [flag == "1" for flag in problem["calendar"]["working"]]
        for rule, days in shut:
            if is_shut(rule, unit, problem["units"][unit]):
                on = [flag and not days >> index & 1 for index, flag in enumerate(on)]
        skills = sorted(every)
        tally: Dict[Tuple[str, str], List[int]] = {(field, ""): list(blank) for field in series[:3]}
        for skill in skills:
            tally["skill_present", skill] = list(blank)
            tally["skill_capacity", skill] = list(blank)
        for inspector in staff[unit]:
            half_days = inspector["max_half_days"]
            lists = [tally["present", ""], tally["capacity", ""]]
            amounts = [1, half_days]
            if half_days == 2:
                lists.append(tally["full", ""])
                amounts.append(1)
            for skill in inspector["skills"]:
                if skill in every:
                    lists += [tally["skill_present", skill], tally["skill_capacity", skill]]
                    amounts += [1, half_days]
            for index in present_days(inspector, book.first, book.count):
                if on[index]:
                    for numbers, amount in zip(lists, amounts):
                        numbers[index] += amount
        for field in series[:3]:
            place = "%s.%s" % (field, unit)
            same_list(
                problem[field][unit], tally[field, ""], name, place, "recounted from the roster"
            )
        for field in series[3:]:
            found = problem[field][unit]
            for skill in found:
                place = "%s.%s.%s" % (field, unit, skill)
                need(skill in every, name, place, "no item here asks for it")
                same_list(
                    found[skill], tally[field, skill], name, place, "recounted from the roster"
                )
            for skill in sorted(asked[unit] - found.keys()):
                missing = any(tally[field, skill])
                need(not missing, name, "%s.%s" % (field, unit), "the skill %s is missing" % skill)


def is_shut(rule: Any, unit: str, about: Any) -> bool:
    """Return whether a rule closes a unit: every list that names something names it."""
    is_what = (
        ("units", unit),
        ("departments", about["department"]),
        ("levels", about["level"]),
        ("areas", about["area"]),
    )
    return all(not rule[field] or word in rule[field] for field, word in is_what)


def present_days(inspector: Any, first: int, count: int) -> List[int]:
    """Return the indices of the days on which an inspector is present."""
    low = max(0, day_number(inspector["valid"][0]) - first)
    high = min(count - 1, day_number(inspector["valid"][1]) - first)
    away: set[int] = set()
    for begin, end in inspector["leave"]:
        start, stop = max(low, day_number(begin) - first), min(high, day_number(end) - first)
        away.update(range(start, stop + 1))
    return [index for index in range(low, high + 1) if index not in away]


# ======================================================================================
# plan: every rule of plan.md, for every visit
# ======================================================================================

SEAT = obj({"unit": ID, "inspectors": whole(1, 10**6), "effort": whole(1, 2), "skills": asc(TEXT)})
REASON = obj({"code": text(r"[0-9A-Za-z_-]{1,60}", "a code")})
REASON_AND_MORE = table(TEXT, anything)
FIGURES = obj({"unmerged": whole(), "department_merged": whole(), "visits": whole()})


def plan_of(bound: Rule, lost: Dict[str, Rule]) -> Rule:
    """Return the shape of a plan with such a bound and such words for each check left out."""
    return obj(
        {
            "format": TEXT,
            "campaign": TEXT,
            "problem": HEX,
            "checks": HEX,
            "version": whole(1),
            "parent": null_or(HEX),
            "visits": arr(
                obj(
                    {
                        "id": VISIT_ID,
                        "enterprise": ENTERPRISE,
                        "day": a_day,
                        "checks": asc(CHECK_ID),
                        "lead": ID,
                        "seats": arr(SEAT),
                        "exempt": TEXT,
                    }
                )
            ),
            "left_out": arr(obj(dict(lost, check=CHECK_ID, reason=REASON_AND_MORE))),
            "bound": bound,
            "unmerged": arr(
                obj(
                    {
                        "enterprise": ENTERPRISE,
                        "visits": tup(VISIT_ID, VISIT_ID),
                        "reason": REASON_AND_MORE,
                    }
                )
            ),
            "comparison": obj(
                {
                    "unmerged": whole(),
                    "department_merged": whole(),
                    "visits": whole(),
                    "by_department": table(TEXT, FIGURES),
                    "by_county": table(TEXT, FIGURES),
                    "by_risk": table(TEXT, FIGURES),
                }
            ),
            "solver": anything,
        }
    )


OLD_PLAN = plan_of(
    obj(
        {
            "visits": whole(),
            "enterprises": table(ENTERPRISE, obj({"lower": whole(2), "proof": anything})),
        }
    ),
    {},
)
PRICES: Dict[str, Rule] = {
    "of": whole(1),
    "prices": arr(tup(ID, one_of("capacity", "full", "pairs", "skill"), TEXT, a_day, whole(1))),
    "lower": whole(),
}
PRICED = null_or(obj(PRICES))
PRICED_LOST = null_or(
    obj(PRICES, {"part": whole(1), "leads": one_of(True), "companions": whole(1)})
)
PLAN = plan_of(
    obj(
        {
            "visits": whole(),
            "enterprises": table(
                ENTERPRISE,
                obj(
                    {"lower": whole(1), "proof": anything, "left_out": whole()},
                    {"apart": asc(CHECK_ID)},
                ),
            ),
            "capacity": PRICED,
            "left_out": obj({"enterprises": whole(), "capacity": PRICED_LOST, "lower": whole()}),
        }
    ),
    {"proof": one_of("enterprise", "capacity", "not proved")},
)
WEIGHTS = obj({"weights": table(CHECK_ID, whole(1)), "of": whole(1)})
PLAN_FILE = "transcript/plan.json"
EXACT_LIMIT = 12  # most checks of an enterprise for "exact"
CAPS_LIMIT = 10  # for "caps"
PRICE_LIMIT = 8  # for what its visits cost at prices
PART_LIMIT = 8  # most checks of an enterprise with more that are looked at for prices
COMPANIONS_LIMIT = 8  # most of these together with those that let a unit join, each in one visit
CLASH_LIMIT = 200  # most items of an enterprise that are incompatible with others, for weights


class Visit(NamedTuple):
    """A visit of the plan, with its checks looked up."""

    at: str
    id: str
    enterprise: str
    day: str
    number: int
    offset: int
    checks: List[Any]
    seats: List[Any]
    exempt: str


def check_plan(books: Books) -> str:
    """Every check is in one visit or left out, and every visit keeps every rule."""
    plan = books.open("plan.json", PLAN, "plan", OLD_PLAN)
    books.refers("plan.json", "problem", "problem.json")
    books.refers("plan.json", "checks", "checks.json")
    if not books.alone:
        same(plan["version"], books.version, PLAN_FILE, "version", "version in the ledger")
    if books.parent:
        same(plan["parent"], books.parent, PLAN_FILE, "parent", "digest of the plan before")
    first = (plan["version"] == 1) == (plan["parent"] is None)
    need(first, PLAN_FILE, "parent", "version 1 has no parent, later ones have")
    books.visits = read_visits(books)
    placed = {check["id"] for visit in books.visits for check in visit.checks}
    before = ""
    for index, entry in enumerate(plan["left_out"]):
        at = "left_out[%d]" % index
        check = entry["check"]
        need(check > before, PLAN_FILE, at + ".check", "must be sorted, none twice")
        before = check
        need(check in books.onsite, PLAN_FILE, at + ".check", "is no on-site check")
        need(check not in placed, PLAN_FILE, at + ".check", "is in a visit")
        allowed = reasons(books.held(), [books.onsite[check]]) or ("cap", "gap", "capacity")
        check_reason(books, entry["reason"], allowed, at + ".reason")
    if len(placed) + len(plan["left_out"]) != len(books.onsite):
        left = {entry["check"] for entry in plan["left_out"]}
        lost = min(books.onsite.keys() - placed - left)
        raise Fault(PLAN_FILE, "left_out", "the check %s is in no visit and not left out" % lost)
    for visit in books.visits:
        check_visit(books.held(), visit)
    check_days(books.held(), books.visits)
    check_years(books.held(), books.visits)
    check_unmerged(books)
    return "%d visits, %d checks left out, all rules hold" % (
        len(books.visits),
        len(plan["left_out"]),
    )


def read_visits(books: Books) -> List[Visit]:
    """Return the visits; numbers, order and checks must be right."""
    problem = books.held()
    visits: List[Visit] = []
    used = set()
    before: Tuple[str, str] = ("", "")
    for position, visit in enumerate(books.doc["plan.json"]["visits"]):
        at = "visits[%d]" % position
        same(visit["id"], "V%06d" % (position + 1), PLAN_FILE, at + ".id", "number")
        here = (visit["day"], visit["enterprise"])
        need(
            here > before, PLAN_FILE, at, "visits must be sorted by day, then enterprise, one each"
        )
        before = here
        need(bool(visit["checks"]), PLAN_FILE, at + ".checks", "no check")
        checks = []
        for place, identity in enumerate(visit["checks"]):
            where = "%s.checks[%d]" % (at, place)
            need(identity in books.onsite, PLAN_FILE, where, "is no on-site check")
            need(identity not in used, PLAN_FILE, where, "is in another visit")
            used.add(identity)
            check = books.onsite[identity]
            same(
                check["enterprise"],
                visit["enterprise"],
                PLAN_FILE,
                where,
                "enterprise of the check",
            )
            checks.append(check)
        number = day_number(visit["day"])
        index = number - problem.first
        inside = 0 <= index < problem.count and bool(problem.working >> index & 1)
        need(inside, PLAN_FILE, at + ".day", "is no working day of the horizon")
        visits.append(
            Visit(
                at,
                visit["id"],
                visit["enterprise"],
                visit["day"],
                number,
                index,
                checks,
                visit["seats"],
                visit["exempt"],
            )
        )
        problem.leads[visit["id"]] = visit["lead"]
    return visits


def check_visit(problem: Problem, visit: Visit) -> None:
    """One visit: compatible items, windows, quiet rules, seats, lead, exemption, people there."""
    at = visit.at
    for a, one in enumerate(visit.checks):
        for b in range(a):
            clash = (one["item"], visit.checks[b]["item"]) in problem.clash
            need(
                not clash,
                PLAN_FILE,
                "%s.checks[%d]" % (at, a),
                "must not share a visit with checks[%d]" % b,
            )
        inside = one["release"] <= visit.day <= one["due"]
        need(inside, PLAN_FILE, at + ".day", "lies outside the window of " + one["id"])
    sources = {check["source"] for check in visit.checks}
    for rule in problem.covering(visit.enterprise):
        if rule.active >> visit.offset & 1 and not (rule.rides and sources & rule.exempt):
            for check in visit.checks:
                free = check["source"] in rule.exempt
                need(
                    free,
                    PLAN_FILE,
                    at + ".day",
                    "the quiet rule %s keeps out %s" % (rule.id, check["id"]),
                )
    lead, seats = problem.seats(visit.checks)
    same(problem.leads[visit.id], lead, PLAN_FILE, at + ".lead", "lead")
    wanted = [{"unit": u, "inspectors": n, "effort": e, "skills": s} for u, n, e, s in seats]
    for place, (found, seat) in enumerate(zip(visit.seats, wanted)):
        for field in ("unit", "inspectors", "effort", "skills"):
            same(
                found[field], seat[field], PLAN_FILE, "%s.seats[%d].%s" % (at, place, field), field
            )
    same(len(visit.seats), len(wanted), PLAN_FILE, at + ".seats", "number of seats")
    exempt = sorted(sources & problem.exempt)
    same(visit.exempt, exempt[0] if exempt else "", PLAN_FILE, at + ".exempt", "exemption")
    for place, (unit, number, effort, skills) in enumerate(seats):
        where = "%s.seats[%d]" % (at, place)
        day = 1 << visit.offset
        there = problem.at_least("present", unit, number) & day
        need(bool(there), PLAN_FILE, where + ".inspectors", "more than are present that day")
        fit = effort == 1 or problem.at_least("full", unit, number) & day
        need(bool(fit), PLAN_FILE, where + ".effort", "more than may serve the whole day")
        for skill in skills:
            held = problem.at_least("skill_present", unit, 1, skill) & day
            need(bool(held), PLAN_FILE, where + ".skills", "no holder of %s is present" % skill)


def check_days(problem: Problem, visits: List[Visit]) -> None:
    """Units on a day: half-days, full days and skills suffice for all of the day's visits."""
    half: Dict[Tuple[str, int], int] = {}
    full: Dict[Tuple[str, int], int] = {}
    skilled: Dict[Tuple[str, int, str], int] = {}
    document = problem.document
    for visit in visits:
        for place, seat in enumerate(visit.seats):
            unit, effort = seat["unit"], seat["effort"]
            where = "%s.seats[%d]" % (visit.at, place)
            key = (unit, visit.offset)
            half[key] = half.get(key, 0) + seat["inspectors"] * effort
            enough = half[key] <= document["capacity"][unit][visit.offset]
            need(enough, PLAN_FILE, where, "%s has no half-days left on %s" % (unit, visit.day))
            if effort == 2:
                full[key] = full.get(key, 0) + seat["inspectors"]
                enough = full[key] <= document["full"][unit][visit.offset]
                need(enough, PLAN_FILE, where, "%s has no full days left on %s" % (unit, visit.day))
            for skill in seat["skills"]:
                name = (unit, visit.offset, skill)
                skilled[name] = skilled.get(name, 0) + effort
                enough = skilled[name] <= document["skill_capacity"][unit][skill][visit.offset]
                need(enough, PLAN_FILE, where, "%s has no %s left on %s" % (unit, skill, visit.day))


def check_years(problem: Problem, visits: List[Visit]) -> None:
    """Caps and yearly caps in each calendar year, and the gap between visits."""
    ours: Dict[str, List[Visit]] = {}
    for visit in visits:
        ours.setdefault(visit.enterprise, []).append(visit)
    for enterprise in sorted(ours):
        made = problem.made_at(enterprise)
        years: Dict[str, List[Visit]] = {}
        for visit in ours[enterprise]:
            years.setdefault(visit.day[:4], []).append(visit)
        for year, planned in sorted(years.items()):
            past = [row for row in made if row["day"][:4] == year]
            check_caps(problem, enterprise, year, planned, past)
            check_item_caps(problem, year, planned)
        check_gap(problem, ours[enterprise], made)


def check_caps(
    problem: Problem, enterprise: str, year: str, planned: List[Visit], past: List[Any]
) -> None:
    """The cap rules at one enterprise in one year."""
    about = problem.enterprises[enterprise]
    rules = [rule for rule in problem.caps if is_capped(rule, enterprise, about)]
    for rule in rules:
        limit = rule["limits"].get(about["risk"], rule["limit"])
        instead = [other for other in rules if rule["id"] in other.get("replaces", ())]
        inside: Dict[Tuple[str, ...], Dict[int, List[Any]]] = {}
        for position, visit in enumerate(planned):
            for check in visit.checks:
                for place in places_of(problem, check):
                    if falls_under(rule, instead, place):
                        own = inside.setdefault(cap_key(rule, place), {})
                        own.setdefault(position, []).append(check)
        rows = rows_under(rule, instead, past)
        for key in sorted(inside):
            total = free = 0
            last = planned[0]
            for position, checks in inside[key].items():
                counts, spares = weigh_visit(problem, rule, planned[position], checks)
                total += counts
                free += spares
                last = planned[position] if counts else last
            counts, spares = weigh_made(problem, rule, past, rows, key)
            if total > 0 and total > max(0, limit - counts - free - spares):
                about_whom = "/".join(key) or "all departments"
                words = "the cap %s (%s, %s): %d planned, %d made, limit %d"
                facts = (rule["id"], about_whom, year, total, counts + free + spares, limit)
                raise Fault(PLAN_FILE, last.at, words % facts)


def rows_under(rule: Any, instead: List[Any], past: List[Any]) -> List[Tuple[Tuple[str, ...], Any]]:
    """Return the visits made that a cap counts, each with what it counts it by."""
    rows = []
    for row in past:
        place = [row["department"], row.get("level", ""), row.get("area", ""), row.get("item", "")]
        if falls_under(rule, instead, place):
            rows.append((cap_key(rule, place), row))
    return rows


def weigh_made(
    problem: Problem,
    rule: Any,
    past: List[Any],
    rows: List[Tuple[Tuple[str, ...], Any]],
    key: Tuple[str, ...],
) -> Tuple[int, int]:
    """Return what visits made count under one key of a cap, and what they use up freely."""
    mine = [row for other, row in rows if not any(a and a != b for a, b in zip(other, key))]
    if each_by_itself(rule):
        return weigh_made_each(problem, mine)
    return weigh_made_all(problem, past, mine)


def is_capped(rule: Any, enterprise: str, about: Any) -> bool:
    """Return whether a cap applies to an enterprise: each list that names something lets it in."""
    if rule["industries"] and not matches(rule["industries"], about):
        return False
    if rule.get("zones") and set(rule["zones"]).isdisjoint(about["zones"]):
        return False
    facts = (("enterprises", enterprise), ("sizes", about.get("size")), ("risks", about["risk"]))
    return all(not rule.get(field) or fact in rule[field] for field, fact in facts)


def places_of(problem: Problem, check: Any) -> List[List[str]]:
    """Return department, level, area and item of a check, once for each unit that attends."""
    item = check["item"]
    department = problem.items[item]["department"]
    units = [problem.document["units"][unit] for unit in check["units"]]
    return [[department, unit["level"], unit["area"], item] for unit in units]


PLACE_LISTS = ("departments", "levels", "areas", "items")


def falls_under(rule: Any, instead: List[Any], place: List[str]) -> bool:
    """Return whether a cap counts a place; what a visit made does not say may be what it means."""
    for field, word in zip(PLACE_LISTS, place):
        if word and rule.get(field) and word not in rule[field]:
            return False
    for other in instead:
        if all(not other.get(f) or word in other[f] for f, word in zip(PLACE_LISTS, place)):
            return False
    return True


def each_by_itself(rule: Any) -> bool:
    """Return whether a cap counts departments or items one by one, not visits over them."""
    return "department" in rule["by"] or "item" in rule["by"]


def cap_key(rule: Any, place: List[str]) -> Tuple[str, ...]:
    """Return what of a place the cap counts by; an item brings its department."""
    by = rule["by"]
    wanted = (each_by_itself(rule), "level" in by, "area" in by, "item" in by)
    return tuple(word for word, want in zip(place, wanted) if want)


def weigh_visit(problem: Problem, rule: Any, visit: Visit, inside: List[Any]) -> Tuple[int, int]:
    """Return what a planned visit counts under a cap, and what it uses up freely."""
    if each_by_itself(rule):
        rides = problem.rider_counts and any(c["source"] not in problem.exempt for c in inside)
        if not visit.exempt or rides:
            return 1, 0
        return 0, int(problem.exempt_uses_cap)
    weight = 1
    if problem.joint_counts_each:
        weight = len({problem.items[c["item"]]["department"] for c in inside})
    if not visit.exempt:
        return weight, 0
    return 0, weight if problem.exempt_uses_cap else 0


def weigh_made_each(problem: Problem, mine: List[Any]) -> Tuple[int, int]:
    """Return the same of visits made, for a cap by department or item."""
    exempt = sum(row["source"] in problem.exempt for row in mine)
    return len(mine) - exempt, exempt if problem.exempt_uses_cap else 0


def weigh_made_all(problem: Problem, past: List[Any], mine: List[Any]) -> Tuple[int, int]:
    """Return the same for a cap over departments: rows of one day are one visit."""
    counts = spares = 0
    for day in sorted({row["day"] for row in mine}):
        weight = 1
        if problem.joint_counts_each:
            weight = len({row["department"] for row in mine if row["day"] == day})
        if any(row["source"] not in problem.exempt for row in past if row["day"] == day):
            counts += weight
        elif problem.exempt_uses_cap:
            spares += weight
    return counts, spares


def check_item_caps(problem: Problem, year: str, planned: List[Visit]) -> None:
    """The yearly caps of items at one enterprise."""
    times: Dict[str, int] = {}
    for visit in planned:
        for check in visit.checks:
            item, cap = check["item"], problem.items[check["item"]]["yearly_cap"]
            if cap is not None and check["source"] not in problem.exempt:
                times[item] = times.get(item, 0) + 1
                fine = times[item] <= cap
                need(
                    fine,
                    PLAN_FILE,
                    visit.at + ".checks",
                    "%s more than %d times in %s" % (item, cap, year),
                )


def check_gap(problem: Problem, planned: List[Visit], past: List[Any]) -> None:
    """Visits that are not exempt lie far enough apart."""
    row: List[Tuple[int, Optional[Visit]]] = [(v.number, v) for v in planned if not v.exempt]
    row += [(day_number(r["day"]), None) for r in past if r["source"] not in problem.exempt]
    row.sort(key=lambda pair: pair[0])
    for (early, one), (late, other) in zip(row, row[1:]):
        visit = other or one
        if visit is not None and late - early < problem.gap_days:
            raise Fault(PLAN_FILE, visit.at + ".day", "%d days between two visits" % (late - early))


def check_unmerged(books: Books) -> None:
    """The pairs of visits that follow one another at an enterprise are all accounted for."""
    problem = books.held()
    ours: Dict[str, List[Visit]] = {}
    for visit in books.visits:
        ours.setdefault(visit.enterprise, []).append(visit)
    wanted: List[Tuple[str, Visit, Visit]] = []
    for enterprise in sorted(ours):
        pairs = zip(ours[enterprise], ours[enterprise][1:])
        wanted.extend((enterprise, one, other) for one, other in pairs)
    entries = books.doc["plan.json"]["unmerged"]
    for index, (entry, (enterprise, one, other)) in enumerate(zip(entries, wanted)):
        at = "unmerged[%d]" % index
        same(entry["enterprise"], enterprise, PLAN_FILE, at + ".enterprise", "enterprise")
        pair = [one.id, other.id]
        same_list(
            entry["visits"], pair, PLAN_FILE, at + ".visits", "visits that follow one another"
        )
        allowed = reasons(problem, one.checks + other.checks)
        free = ("pinned", "cap", "gap", "capacity")
        check_reason(books, entry["reason"], allowed or free, at + ".reason")
    same(len(entries), len(wanted), PLAN_FILE, "unmerged", "number of pairs")


def reasons(problem: Problem, checks: List[Any]) -> Tuple[str, ...]:
    """Return the code of the first rule by which checks can share no visit at all, if any."""
    if any((a["item"], b["item"]) in problem.clash for a in checks for b in checks):
        return ("incompatible",)
    days = problem.working
    for check in checks:
        days &= problem.window(check)
    if not days:
        return ("windows" if len(checks) > 1 else "no-day",)
    if not days & ~problem.quiet_days(checks):
        return ("quiet",)
    return () if problem.days_alone(checks) else ("never-staffed",)


def check_reason(books: Books, reason: Any, allowed: Tuple[str, ...], at: str) -> None:
    """The code of a reason is one of those that the rules leave open."""
    books.shape(PLAN_FILE, {"code": reason.get("code")}, REASON, at)
    fits = reason["code"] in allowed
    words = "%s is not the reason: %s" % (reason["code"], " or ".join(allowed))
    need(fits, PLAN_FILE, at + ".code", words)


# ======================================================================================
# bound and comparison: the least number of visits, without a solver
# ======================================================================================


Fits = Callable[[List[Any]], int]
"""Days on which checks could be one visit, as a mask."""


def clique(problem: Problem, checks: List[Any]) -> List[int]:
    """Return checks, by position, of which no two can ever share a visit; many, not the most."""
    days = [problem.days_at_best(check) for check in checks]
    best: List[int] = []
    ends = [check["due"] for check in checks]
    starts = [check["release"] for check in checks]
    weight = [bin(mask).count("1") for mask in days]
    for order in (
        sorted(range(len(checks)), key=lambda i: (ends[i], i)),
        sorted(range(len(checks)), key=lambda i: (starts[i], i), reverse=True),
        sorted(range(len(checks)), key=lambda i: (weight[i], i)),
    ):
        chosen: List[int] = []
        for i in order:
            if all(never_share(problem, checks[i], days[i], checks[j], days[j]) for j in chosen):
                chosen.append(i)
        if len(chosen) > len(best):
            best = chosen
    return best


def first_fit(checks: List[Any], fits: Fits) -> int:
    """Return the size of a partition that is possible, found by filling groups by due date."""
    groups: List[List[Any]] = []
    for check in sorted(checks, key=lambda check: (check["due"], check["id"])):
        for group in groups:
            if fits([*group, check]):
                group.append(check)
                break
        else:
            groups.append([check])
    return len(groups)


def never_share(problem: Problem, one: Any, days: int, other: Any, other_days: int) -> bool:
    """Return whether two checks can never share a visit."""
    return not days & other_days or (one["item"], other["item"]) in problem.clash


def least_groups(problem: Problem, checks: List[Any], witness: int, fits: Fits) -> int:
    """Return the least number of groups in a partition of at most 12 checks.

    `witness` is the size of a partition known to be possible (or the number of checks): where
    as many checks are pairwise apart, it is the answer at once; else all subsets are tried.
    """
    if len(checks) == 1 or fits(checks):
        return 1
    apart = len(clique(problem, checks))
    if apart in (witness, first_fit(checks, fits)):
        return apart
    return parting(groups_of(problem, checks, fits), len(checks))((1 << len(checks)) - 1)


def groups_of(problem: Problem, checks: List[Any], fits: Fits) -> Dict[int, int]:
    """Return every set of checks, as bits, that could be one visit, with its days."""
    n = len(checks)
    days = [problem.days_at_best(check) for check in checks]
    together = [
        sum(
            1 << j
            for j in range(n)
            if j != i and not never_share(problem, checks[i], days[i], checks[j], days[j])
        )
        for i in range(n)
    ]
    found: Dict[int, int] = {}
    stack = [(1 << i, together[i], days[i]) for i in range(n)]
    while stack:
        group, allowed, best = stack.pop()
        # What cannot be a visit may be one with more checks: another lead, a riding rule.
        if best:
            inside = fits([checks[j] for j in range(n) if group >> j & 1])
            if inside:
                found[group] = inside
            stack.extend(
                (group | 1 << j, allowed & together[j], best & days[j])
                for j in range(group.bit_length(), n)
                if allowed >> j & 1
            )
    return found


def parting(groups: Mapping[int, int], n: int) -> Callable[[int], int]:
    """Return a function: the least number of groups and single checks that a set parts into."""
    possible: List[List[int]] = [[] for _ in range(n)]
    for group in {*groups, *(1 << i for i in range(n))}:
        possible[(group & -group).bit_length() - 1].append(group)
    for some in possible:
        some.sort(key=lambda group: (-bin(group).count("1"), group))
    known: Dict[int, int] = {0: 0}

    def least(rest: int) -> int:
        found = known.get(rest)
        if found is None:
            low = (rest & -rest).bit_length() - 1
            found = n + 1
            for group in possible[low]:
                if group & rest == group:
                    found = min(found, 1 + least(rest & ~group))
                    if found == 1:
                        break
            known[rest] = found
        return found

    return least


class Work:
    """The steps that all searches together may still take, so that no document goes on for ever."""

    def __init__(self, checks: int) -> None:
        self.most = self.left = 2_000_000 + 200 * checks

    def step(self, place: str, steps: int = 1) -> None:
        """Count steps; more than allowed in all are a fault."""
        self.left -= steps
        words = "the proofs take more than %d steps to check, which is the most allowed"
        need(self.left >= 0, PLAN_FILE, place, words % self.most)


class Site:
    """An enterprise's checks and what the plan does with them."""

    def __init__(self, problem: Problem, enterprise: str, fits: Fits) -> None:
        self.problem, self.enterprise, self.fits = problem, enterprise, fits
        self.place = "bound.enterprises.%s" % enterprise
        self.checks: List[Any] = []
        self.visits: List[Visit] = []
        self.lost: List[Any] = []
        self._groups: Optional[Dict[int, int]] = None

    def groups(self) -> Dict[int, int]:
        """Return the groups: checks, as bits, that could be a visit, with their days."""
        if self._groups is None:
            self._groups = groups_of(self.problem, self.checks, self.fits)
        return self._groups

    def least(self) -> int:
        """Return the least number of groups and single checks; the plan's own is a witness."""
        made = len(self.visits) + len(self.lost)
        return least_groups(self.problem, self.checks, made, self.fits)

    def hopeless(self, work: Work) -> int:
        """Return the number of checks in no group; those in a visit of the plan are in one."""
        return len(self.in_no_group(work))

    def in_no_group(self, work: Work) -> List[Any]:
        """Return the checks in no group."""
        return [check for check in self.lost if not self._grouped(check, work)]

    def _grouped(self, one: Any, work: Work) -> bool:
        """Return whether a check is in any group at all.

        A group that holds it still is one with only that check, one that gives the lead its need,
        one that makes it exempt and one for each quiet rule it rides on: no more need be tried.
        """
        problem = self.problem
        days = problem.days_at_best(one)
        if not days or self.fits([one]):
            return bool(days)
        others: Dict[Tuple[Any, ...], Tuple[Any, int]] = {}
        for check in self.checks:
            best = problem.days_at_best(check) & days
            if best and check is not one and (one["item"], check["item"]) not in problem.clash:
                window = (check["release"], check["due"])
                others.setdefault(
                    (check["item"], check["source"], *window, *check["units"]), (check, best)
                )
        rest = list(others.values())
        most = 3 + sum(rule.rides for rule in problem.covering(self.enterprise))
        stack: List[Tuple[List[Any], int, int]] = [([one], days, 0)]
        while stack:
            members, common, begin = stack.pop()
            for place in range(begin, len(rest)):
                check, best = rest[place]
                if common & best:
                    work.step(self.place)
                    if self.fits([*members, check]):
                        return True
                    if len(members) + 1 < most:
                        stack.append(([*members, check], common & best, place + 1))
        return False


def check_bound(books: Books) -> str:
    """The bound and its proofs hold: each is recomputed, by enterprise and with prices."""
    problem, plan = books.held(), books.doc["plan.json"]
    old = plan["format"].endswith("v1")
    sites: Dict[str, Site] = {}
    fits = problem.days_alone if old else problem.days_as_group
    for check in books.onsite.values():
        enterprise = check["enterprise"]
        if enterprise not in sites:
            sites[enterprise] = Site(problem, enterprise, fits)
        sites[enterprise].checks.append(check)
    for visit in books.visits:
        sites[visit.enterprise].visits.append(visit)
    for entry in plan["left_out"]:
        check = books.onsite[entry["check"]]
        sites[check["enterprise"]].lost.append(check)
    bound = plan["bound"]
    for enterprise in bound["enterprises"]:
        place = "bound.enterprises.%s" % enterprise
        need(enterprise in sites, PLAN_FILE, place, "has no on-site check")
    work = Work(len(books.onsite))
    lower: Dict[str, int] = {}
    lost: Dict[str, int] = {}
    for enterprise, site in sorted(sites.items()):
        claim = bound["enterprises"].get(enterprise)
        if claim is None:
            lower[enterprise], lost[enterprise] = check_unlisted(site, old, work), 0
        else:
            check_claim(books, site, claim, old, work)
            lower[enterprise], lost[enterprise] = claim["lower"], claim.get("left_out", 0)
    total, what = sum(lower.values()), "sum over the enterprises"
    words = "%d proofs redone" % len(bound["enterprises"])
    if not old:
        priced = check_prices(problem, sites, bound["capacity"], lower, True, work)
        total, what = max(total, priced), "the larger of that sum and the one with prices"
        words += ", " + check_left_out(books, sites, lost, work)
    same(bound["visits"], total, PLAN_FILE, "bound.visits", what)
    made = len(books.visits) + len(plan["left_out"])
    need(total <= made, PLAN_FILE, "bound.visits", "is more than the visits and checks left out")
    check_comparison(books, fits)
    return "at least %d visits; %d planned or left out; %s" % (total, made, words)


def check_unlisted(site: Site, old: bool, work: Work) -> int:
    """An enterprise without a proof needs one visit, and none of its checks is in no group."""
    if len(site.visits) + len(site.lost) > 1 and len(site.checks) <= EXACT_LIMIT:
        least = site.least()
        need(least == 1, PLAN_FILE, site.place, "is missing: its least number is %d" % least)
    if not old:
        lost = site.hopeless(work)
        need(not lost, PLAN_FILE, site.place, "is missing: %d checks in no group" % lost)
    return 1


def check_claim(books: Books, site: Site, claim: Any, old: bool, work: Work) -> None:
    """One enterprise's least numbers of visits and of checks left out are what they are proved."""
    proof, place = claim["proof"], site.place
    limit = {"exact": EXACT_LIMIT, "caps": 0 if old else CAPS_LIMIT}
    lost = None
    if type(proof) is str and limit.get(proof):
        few = len(site.checks) <= limit[proof]
        words = "%s is for at most %d checks, these are %d"
        facts = (proof, limit[proof], len(site.checks))
        need(few, PLAN_FILE, place + ".proof", words % facts)
        if proof == "exact":
            least = site.least()
        else:
            least, lost = CapsSearch(site, work).least()
        same(claim["lower"], least, PLAN_FILE, place + ".lower", "least number of visits")
    elif type(proof) is dict and not old:
        check_weights(books, site, claim, work)
    else:
        check_apart(books, site, claim, work)
    if not old:
        need(
            lost is None or "apart" not in claim,
            PLAN_FILE,
            place + ".apart",
            "says nothing beside caps, which leave nothing open",
        )
        if lost is None:
            lost = site.hopeless(work) + check_kept_out(books, site, claim, work)
        same(claim["left_out"], lost, PLAN_FILE, place + ".left_out", "least number left out")
        bare = claim["lower"] == 1 and not lost
        need(not bare, PLAN_FILE, place, "need not be listed: one visit, no check left out")


def check_apart(books: Books, site: Site, claim: Any, work: Work) -> None:
    """A list of checks proves its length: no two can share a visit."""
    problem, proof, place = site.problem, claim["proof"], site.place
    books.shape(PLAN_FILE, proof, asc(CHECK_ID), place + ".proof")
    here = {check["id"]: check for check in site.checks}
    same(claim["lower"], len(proof), PLAN_FILE, place + ".lower", "length of the proof")
    before: List[Tuple[Any, int]] = []
    for index, identity in enumerate(proof):
        where = "%s.proof[%d]" % (place, index)
        need(identity in here, PLAN_FILE, where, "is no on-site check of the enterprise")
        check = here[identity]
        days = problem.days_at_best(check)
        if days:  # else it shares a visit with no check whatever
            work.step(place, len(before) // 16 + 1)
            for other, other_days in before:
                apart = never_share(problem, check, days, other, other_days)
                need(apart, PLAN_FILE, where, "could share a visit with " + other["id"])
            before.append((check, days))


def check_kept_out(books: Books, site: Site, claim: Any, work: Work) -> int:
    """Return how many of a list of planned checks, no two in one visit, caps leave out.

    Those visited have a visit each. As many of these visits as have an exempt check of their own
    may be exempt; the others count.
    """
    if "apart" not in claim:
        return 0
    problem, place = site.problem, site.place + ".apart"
    here = {check["id"]: check for check in site.checks}
    none = [check["id"] for check in site.in_no_group(work)]
    hosts = [
        (check, problem.days_at_best(check))
        for check in site.checks
        if check["source"] in problem.exempt
    ]
    chosen: List[Tuple[Any, int]] = []
    hosts_of: List[List[int]] = []
    years = set()
    for index, identity in enumerate(claim["apart"]):
        where = "%s[%d]" % (place, index)
        need(identity in here, PLAN_FILE, where, "is no on-site check of the enterprise")
        check = here[identity]
        need(check["source"] not in problem.exempt, PLAN_FILE, where, "has an exempt source")
        need(identity not in none, PLAN_FILE, where, "is in no group, so it is counted already")
        days = problem.days_at_best(check)
        work.step(place, (len(chosen) + len(hosts)) // 16 + 1)
        for other, other_days in chosen:
            apart = never_share(problem, check, days, other, other_days)
            need(apart, PLAN_FILE, where, "could share a visit with " + other["id"])
        chosen.append((check, days))
        hosts_of.append(
            [
                n
                for n, (host, best) in enumerate(hosts)
                if not never_share(problem, check, days, host, best)
            ]
        )
        for day in ((days & -days).bit_length() - 1, days.bit_length() - 1):
            years.add("%04d" % date.fromordinal(problem.first + day).year)
    need(len(years) == 1, PLAN_FILE, place, "has its days in %d calendar years" % len(years))
    year = years.pop()
    past = [row for row in problem.made_at(site.enterprise) if row["day"][:4] == year]
    about = problem.enterprises[site.enterprise]
    rules = [rule for rule in problem.caps if is_capped(rule, site.enterprise, about)]
    most = 0
    for rule in rules:
        limit = rule["limits"].get(about["risk"], rule["limit"])
        instead = [other for other in rules if rule["id"] in other.get("replaces", ())]
        rows = rows_under(rule, instead, past)
        inside: Dict[Tuple[str, ...], set[int]] = {}
        for k, (check, _) in enumerate(chosen):
            for where_to in places_of(problem, check):
                if falls_under(rule, instead, where_to):
                    inside.setdefault(cap_key(rule, where_to), set()).add(k)
        for key, own in sorted(inside.items()):
            allowed = max(0, limit - sum(weigh_made(problem, rule, past, rows, key)))
            free = 0
            if not (each_by_itself(rule) and problem.rider_counts):
                work.step(place, len(own) * len(hosts) // 16 + 1)
                free = most_pairs([hosts_of[k] for k in sorted(own)])
            most = max(most, len(own) - allowed - free)
    need(most > 0, PLAN_FILE, place, "proves no check left out")
    return most


def most_pairs(hosts_of: List[List[int]]) -> int:
    """Return the largest number of pairs of a check and one of its hosts, none in two pairs."""
    guest: Dict[int, int] = {}
    found = 0
    for start in range(len(hosts_of)):
        # A way from a check without a host to a host without a check, changing pairs on it.
        came: Dict[int, int] = {}
        waiting, end = [start], -1
        while waiting and end < 0:
            k = waiting.pop()
            for host in hosts_of[k]:
                if host not in came and end < 0:
                    came[host] = k
                    if host in guest:
                        waiting.append(guest[host])
                    else:
                        end = host
        found += end >= 0
        while end >= 0:
            k = came[end]
            before = [host for host, other in guest.items() if other == k]
            guest[end] = k
            end = before[0] if before else -1
    return found


def check_weights(books: Books, site: Site, claim: Any, work: Work) -> None:
    """Weights prove their sum over `of`: checks that are possible together weigh at most that."""
    problem, place = site.problem, site.place + ".proof"
    books.shape(PLAN_FILE, claim["proof"], WEIGHTS, place)
    weights, most = claim["proof"]["weights"], claim["proof"]["of"]
    here = {check["id"]: check for check in site.checks}
    alike: Dict[Tuple[int, str], int] = {}
    for identity, weight in sorted(weights.items()):
        where = "%s.weights.%s" % (place, identity)
        need(identity in here, PLAN_FILE, where, "is no on-site check of the enterprise")
        need(
            weight <= most, PLAN_FILE, where, "is %d, more than the %d of a visit" % (weight, most)
        )
        item = here[identity]["item"]
        key = (problem.days_at_best(here[identity]), item)
        both = 0 if (item, item) in problem.clash else alike.get(key, 0)
        alike[key] = max(alike.get(key, 0), both + weight)
    least = -(-sum(weights.values()) // most)
    same(claim["lower"], least, PLAN_FILE, site.place + ".lower", "sum of the weights over of")
    # Days on which the same checks are possible are one part of the horizon.
    kinds = sorted(alike.items())
    parts = [((1 << problem.count) - 1, 0)]
    for kind, ((days, _), _) in enumerate(kinds):
        work.step(place, len(parts) // 16 + 1)
        split = []
        for part, inside in parts:
            if part & days:
                split.append((part & days, inside | 1 << kind))
            if part & ~days:
                split.append((part & ~days, inside))
        parts = split
    for part, inside in parts:
        here_now = [(kind[1], w) for k, (kind, w) in enumerate(kinds) if inside >> k & 1]
        work.step(place, len(kinds) // 16 + 1)
        if sum(weight for _, weight in here_now) > most:
            heavy = heaviest(problem, here_now, work, place)
            day = date.fromordinal(problem.first + (part & -part).bit_length() - 1).isoformat()
            words = "checks that are possible together on %s weigh %d, more than %d"
            need(heavy <= most, PLAN_FILE, place + ".weights", words % (day, heavy, most))


def heaviest(problem: Problem, inside: List[Tuple[str, int]], work: Work, place: str) -> int:
    """Return the largest weight of items of which no two are incompatible, by branching."""
    weight: Dict[str, int] = {}
    for item, amount in inside:
        both = 0 if (item, item) in problem.clash else weight.get(item, 0)
        weight[item] = max(weight.get(item, 0), both + amount)
    clash = {
        one: frozenset(two for two in weight if one != two and (one, two) in problem.clash)
        for one in sorted(weight)
    }
    mixed = [item for item, others in clash.items() if others]
    words = "at most %d incompatible items can be weighed, these are %d"
    few = len(mixed) <= CLASH_LIMIT
    need(few, PLAN_FILE, place + ".weights", words % (CLASH_LIMIT, len(mixed)))
    known: Dict[frozenset[str], int] = {}

    def most(rest: frozenset[str]) -> int:
        if rest not in known:
            work.step(place)
            item = max(sorted(rest), key=lambda item: len(clash[item] & rest))
            known[rest] = max(
                apart(rest - {item}), weight[item] + apart(rest - {item} - clash[item])
            )
        return known[rest]

    def apart(rest: frozenset[str]) -> int:
        """Sum over the parts of `rest` that share no clash, each by itself."""
        total = 0
        left = set(rest)
        while left:
            part, new = set(), {left.pop()}
            while new:
                item = new.pop()
                part.add(item)
                new |= clash[item] & left
                left -= new
            total += most(frozenset(part)) if len(part) > 1 else weight[item]
        return total

    return apart(frozenset(weight))


class CapsSearch:
    """The least number of visits and checks left out at an enterprise, caps and gap kept."""

    def __init__(self, site: Site, work: Work) -> None:
        problem = self.problem = site.problem
        self.site, self.work = site, work
        self.groups = site.groups()
        self.whole = (1 << len(site.checks)) - 1
        self.years: Dict[str, int] = {}
        for index in range(problem.count):
            year = "%04d" % date.fromordinal(problem.first + index).year
            self.years[year] = self.years.get(year, 0) | 1 << index
        made = problem.made_at(site.enterprise)
        self.past = {y: [row for row in made if row["day"][:4] == y] for y in self.years}
        self.visits: Dict[int, Visit] = {}
        self.by_lowest: List[List[int]] = [[] for _ in site.checks]
        for group in sorted(self.groups, key=lambda g: (-bin(g).count("1"), g)):
            checks = [check for i, check in enumerate(site.checks) if group >> i & 1]
            exempt = min((c["source"] for c in checks if c["source"] in problem.exempt), default="")
            seats = [
                {"unit": u, "inspectors": n, "effort": e, "skills": s}
                for u, n, e, s in problem.seats(checks)[1]
            ]
            self.visits[group] = Visit("", "", site.enterprise, "", 0, 0, checks, seats, exempt)
            self.by_lowest[(group & -group).bit_length() - 1].append(group)
        self.parted = parting(self.groups, len(site.checks))
        self.grouped = 0
        for group in self.groups:
            self.grouped |= group
        self.kept: Dict[Tuple[str, Tuple[int, ...]], bool] = {}
        self.dated: Dict[Tuple[Tuple[int, bool], ...], bool] = {}

    def least(self) -> Tuple[int, int]:
        """Return the least number of visits and checks left out, and of checks left out."""
        lost = len(self.site.lost)
        every = self._least(1, self.parted, len(self.site.visits) + lost)
        return every, self._least(0, lambda rest: bin(rest & ~self.grouped).count("1"), lost)

    def _least(self, each: int, floor: Callable[[int], int], best: int) -> int:
        """Search depth-first; `each` is what a visit costs, `floor` what a rest costs at least."""
        end = floor(self.whole)
        stack: List[Tuple[int, int, Tuple[Tuple[str, int], ...]]] = [(self.whole, 0, ())]
        while stack and best > end:
            rest, cost, chosen = stack.pop()
            self.work.step(self.site.place)
            if cost + floor(rest) >= best or not self._holds(chosen):
                continue
            if not rest:
                best = cost
                continue
            low = rest & -rest
            stack.append((rest & ~low, cost + 1, chosen))
            for group in reversed(self.by_lowest[low.bit_length() - 1]):
                if group & rest == group:
                    for year, days in self.years.items():
                        if self.groups[group] & days:
                            stack.append((rest & ~group, cost + each, (*chosen, (year, group))))
        return best

    def _holds(self, chosen: Tuple[Tuple[str, int], ...]) -> bool:
        """Return whether these visits keep the caps of their years and can have days."""
        if not chosen:
            return True
        year = chosen[-1][0]  # the others held before the last one came
        here = tuple(sorted(group for when, group in chosen if when == year))
        kept = self.kept.get((year, here))
        if kept is None:
            planned = [self.visits[group] for group in here]
            try:
                check_caps(self.problem, self.site.enterprise, year, planned, self.past[year])
                check_item_caps(self.problem, year, planned)
                kept = True
            except Fault:
                kept = False
            self.kept[year, here] = kept
        if not kept:
            return False
        asked = tuple(
            sorted(
                (self.groups[group] & self.years[when], bool(self.visits[group].exempt))
                for when, group in chosen
            )
        )
        if asked not in self.dated:
            self.dated[asked] = can_be_dated(asked, self.problem.gap_days)
        return self.dated[asked]


def can_be_dated(asked: Tuple[Tuple[int, bool], ...], gap: int) -> bool:
    """Return whether visits (their days, exempt) can have days of their own that keep the gap.

    Visits are dated in order of day, each as early as it can be: for a given order nothing is
    better. Of all orders of the same visits only the ends matter, the last day of all and the
    last day of one that is not exempt; those that are not worse in both are kept.
    """
    reached: Dict[int, List[Tuple[int, int]]] = {0: [(0, 0)]}  # visits → first days free after them
    for _ in asked:
        after: Dict[int, List[Tuple[int, int]]] = {}
        for done, ends in reached.items():
            for k, (days, exempt) in enumerate(asked):
                if done >> k & 1:
                    continue
                for free, apart in ends:
                    begin = free if exempt else max(free, apart)
                    left = days >> begin
                    if left:
                        day = begin + (left & -left).bit_length() - 1
                        end = (day + 1, apart if exempt else day + max(1, gap))
                        after.setdefault(done | 1 << k, []).append(end)
        reached = {}
        for done, ends in after.items():
            best: List[Tuple[int, int]] = []
            for end in sorted(set(ends)):
                if not best or end[1] < best[-1][1]:
                    best.append(end)
            reached[done] = best
    return bool(reached)


Row = Tuple[str, str, str]


class Prices:
    """Prices of what visits share on a day: half-days, pairs of these, full days and skills."""

    def __init__(self, problem: Problem, claim: Any, place: str) -> None:
        self.problem = problem
        self.of: int = claim["of"]
        self.part: int = claim.get("part", 0)
        self.leads = "leads" in claim
        self.companions: int = claim.get("companions", 0)
        self.rows: Dict[Row, Dict[int, int]] = {}
        self.units: set[str] = set()
        self.spent = 0
        before: Tuple[str, ...] = ()
        for n, (unit, kind, skill, day, price) in enumerate(claim["prices"]):
            at = "%s.prices[%d]" % (place, n)
            need(before < (unit, kind, skill, day), PLAN_FILE, at, "must be sorted, none twice")
            before = (unit, kind, skill, day)
            need(unit in problem.document["units"], PLAN_FILE, at + "[0]", "is no unit here")
            fine = bool(skill) == (kind == "skill")
            need(fine, PLAN_FILE, at + "[2]", "must be a skill for the kind skill, else empty")
            if kind == "skill":
                line = problem.document["skill_capacity"][unit].get(skill)
            else:
                line = problem.document["capacity" if kind == "pairs" else kind][unit]
            need(line is not None, PLAN_FILE, at + "[2]", "is no skill asked of the unit")
            index = problem.index(day)
            inside = 0 <= index < problem.count
            need(inside, PLAN_FILE, at + "[3]", "is no day of the horizon")
            self.rows.setdefault((unit, kind, skill), {})[index] = price
            self.units.add(unit)
            self.spent += price * (line[index] // 2 if kind == "pairs" else line[index])
        self.days = {row: sum(1 << day for day in costs) for row, costs in self.rows.items()}
        self._known: Dict[Tuple[Any, ...], int] = {}

    def cheapest(self, checks: List[Any], days: int, work: Work, place: str) -> int:
        """Return the least price of what a group takes, over its days."""
        asked: List[Tuple[Row, int]] = []
        for unit, number, effort, skills in self.problem.seats(checks)[1]:
            if unit in self.units:
                asked.append(((unit, "capacity", ""), number * effort))
                asked += [((unit, "full", ""), number)] if effort == 2 else []
                asked += [((unit, "skill", skill), effort) for skill in skills]
                asked.append(((unit, "pairs", ""), number * effort // 2))
        return self._cheapest([one for one in asked if one[1]], days, work, place)

    def cheapest_part(
        self,
        checks: List[Any],
        days: int,
        beside: List[Tuple[Any, int]],
        work: Work,
        place: str,
    ) -> int:
        """Return the least price of what any visit with these checks takes, over some days.

        Where leads are looked at and no day has enough inspectors, what it costs to leave the
        checks out. `beside` are the enterprise's checks that are in a group, with the days that
        each could at best be done on: any of them may come too.
        """
        team = self.problem.team
        people: Dict[str, int] = {}
        effort: Dict[str, int] = {}
        skills: Dict[str, set[str]] = {}
        for check in checks:
            item = self.problem.items[check["item"]]
            least = min(max(item["inspectors"], team[0]), team[1])
            for unit in check["units"]:
                if unit in self.units:
                    number = max(least, len(set(item["skills"])))
                    people[unit] = max(people.get(unit, 0), number)
                    effort[unit] = max(effort.get(unit, 0), item["effort"])
                    skills.setdefault(unit, set()).update(item["skills"])
        # Less where a unit may join than where it leads: each day by itself. Without `leads`, of
        # pairs alone.
        ways: List[Tuple[int, List[Tuple[Row, int]]]] = [(days, [])]
        for unit in sorted(people):
            number, each = people[unit], effort[unit]
            sent = [(days, number, 0)]
            if self.leads or (unit, "pairs", "") in self.rows:
                work.step(place, len(beside) // 8 + 1)
                joins, leads = self._joins_and_leads(unit, checks, number)
                open_days = self._may_join(unit, checks, beside)
                sent = [(open_days, number, joins), (~open_days, number, leads)]
            if self.leads:
                sent = [(own & self._staffed(unit, n, each), n, n) for own, _, n in sent]
            asked = [((unit, "skill", skill), each) for skill in sorted(skills[unit])]
            ways = [
                (some & own, [*before, *self._taken(unit, n, paired, each), *asked])
                for some, before in ways
                for own, n, paired in sent
                if some & own
            ]
        if self.leads and not ways:
            return self.of * len(checks)
        return min(
            self._cheapest([one for one in asked if one[1]], some, work, place)
            for some, asked in ways
        )

    def _taken(self, unit: str, number: int, paired: int, effort: int) -> List[Tuple[Row, int]]:
        """Return what inspectors of a unit take, where so many of them count for pairs."""
        taken = [((unit, "capacity", ""), number * effort)]
        taken += [((unit, "full", ""), number)] if effort == 2 else []
        return [*taken, ((unit, "pairs", ""), paired * effort // 2)]

    def _staffed(self, unit: str, number: int, effort: int) -> int:
        """Return the days on which a unit has so many inspectors for so many half-days."""
        return self.problem.at_least("full" if effort == 2 else "present", unit, number)

    def _joins_and_leads(self, unit: str, checks: List[Any], least: int) -> Tuple[int, int]:
        """Return how many inspectors a unit sends at least where it joins, and where it leads."""
        items = [self.problem.items[check["item"]] for check in checks if unit in check["units"]]
        holders = len({skill for item in items for skill in item["skills"]})
        most = max(item["inspectors"] for item in items)
        return max(least, holders), max(most, self.problem.team[0], holders)

    def _may_join(self, unit: str, checks: List[Any], beside: List[Tuple[Any, int]]) -> int:
        """Return the days on which a check that may come too has another unit lead."""
        problem = self.problem
        most = max(
            problem.items[check["item"]]["inspectors"] for check in checks if unit in check["units"]
        )
        days = 0
        for other, own_days in beside:
            if any((other["item"], check["item"]) in problem.clash for check in checks):
                continue
            asks = problem.items[other["item"]]["inspectors"]
            if any(own != unit and (-asks, own) < (-most, unit) for own in other["units"]):
                days |= own_days
        return days

    def _cheapest(self, asked: List[Tuple[Row, int]], days: int, work: Work, place: str) -> int:
        priced = [(row, amount) for row, amount in asked if row in self.rows]
        dear = 0
        for row, _ in priced:
            dear |= self.days[row]
        if days & ~dear:
            return 0
        key = (days, *sorted(priced))
        least = self._known.get(key)
        if least is None:
            rows = [(self.rows[row], amount) for row, amount in priced]
            open_days = [n for n, flag in enumerate(bin(days)[:1:-1]) if flag == "1"]
            work.step(place, len(open_days) // 8 + 1)
            least = min(
                sum(costs.get(day, 0) * amount for costs, amount in rows) for day in open_days
            )
            if len(self._known) < 10**5:
                self._known[key] = least
        return least

    def least(self, site: Site, base: int, each: int, work: Work) -> int:
        """Return the least an enterprise costs, a visit `each` and its price, if above `base`."""
        place = site.place
        if self._made(site, each, work) <= base:
            return base
        n = len(site.checks)
        ways: List[List[Tuple[int, int]]] = [[(1 << i, self.of)] for i in range(n)]
        for group, days in site.groups().items():
            checks = [check for i, check in enumerate(site.checks) if group >> i & 1]
            work.step(place)
            cost = each + self.cheapest(checks, days, work, place)
            if cost < self.of * len(checks):
                ways[(group & -group).bit_length() - 1].append((group, cost))
        return max(base, cheapest_parting(ways))

    def least_part(self, site: Site, base: int, work: Work) -> int:
        """Return the least that some of an enterprise's checks cost, if above `base`."""
        if self._made(site, 0, work) <= base:
            return base
        lost = site.in_no_group(work)
        beside = [
            (check, self.problem.days_at_best(check))
            for check in site.checks
            if not any(check is other for other in lost)
        ]
        cost = self.of * len(lost)
        for own in self._tied(beside) if self.companions else [beside]:
            paid = self._with_companions(own, beside, work, site.place) if self.companions else None
            if paid is None:
                paid = self._in_any_company(own, beside, work, site.place)
            cost += paid
        return max(base, cost)

    def _tied(self, beside: List[Tuple[Any, int]]) -> List[List[Tuple[Any, int]]]:
        """Return the checks of priced units, those together whose units meet at some check."""
        tied: List[Tuple[set[str], List[int]]] = []
        for n, (check, _) in enumerate(beside):
            units, own = self.units.intersection(check["units"]), [n]
            if units:
                for met in [group for group in tied if group[0] & units]:
                    tied.remove(met)
                    units, own = units | met[0], own + met[1]
                tied.append((units, own))
        return [[beside[n] for n in sorted(own)] for _, own in tied]

    def _with_companions(
        self, own: List[Tuple[Any, int]], beside: List[Tuple[Any, int]], work: Work, place: str
    ) -> Optional[int]:
        """Return the least that checks cost, if each companion comes to one visit of theirs.

        Those that cost something where nobody comes along, and as companions whoever lets a unit
        join beside one of them. None where these are more than are looked at.
        """
        part: List[Tuple[Any, int]] = []
        for check, days in own:
            work.step(place)
            if self.cheapest_part([check], days, [(check, days)], work, place):
                part.append((check, days))
        if not part:
            return 0
        every = list(part)
        for other, days in beside:
            if len(every) > self.companions:
                return None
            work.step(place, len(part) + 1)
            if not any(other is check for check, _ in part) and any(
                self._may_join(unit, [check], [(other, days)])
                for check, own_days in part
                if days & own_days
                for unit in self.units.intersection(check["units"])
            ):
                every.append((other, days))
        if len(every) > self.companions:
            return None
        ways: List[List[Tuple[int, int]]] = [
            [] if k < len(part) else [(1 << k, 0)] for k in range(len(every))
        ]
        stack = [(1 << k, [every[k][0]], every[k][1]) for k in range(len(part))]
        while stack:
            group, checks, common = stack.pop()
            work.step(place)
            few = bin(group & ((1 << len(part)) - 1)).count("1")
            here = [(check, common) for check in checks]
            cost = self.cheapest_part(checks[:few], common, here, work, place)
            ways[(group & -group).bit_length() - 1].append((group, min(cost, self.of * few)))
            for k in range(group.bit_length(), len(every)):
                check, days = every[k]
                if common & days and not self._clash(check, checks):
                    stack.append((group | 1 << k, [*checks, check], common & days))
        return cheapest_parting(ways)

    def _in_any_company(
        self, own: List[Tuple[Any, int]], beside: List[Tuple[Any, int]], work: Work, place: str
    ) -> int:
        """Return the least that some checks cost, whoever comes to any visit of theirs.

        They are the first `part` that are on no day free.
        """
        part: List[Tuple[Any, int]] = []
        for check, days in own:
            if len(part) < self.part:
                work.step(place)
                if self.cheapest_part([check], days, beside, work, place):
                    part.append((check, days))
        ways: List[List[Tuple[int, int]]] = [[] for _ in part]
        stack = [(1 << k, [check], days) for k, (check, days) in enumerate(part)]
        while stack:
            group, checks, common = stack.pop()
            work.step(place)
            cost = self.cheapest_part(checks, common, beside, work, place)
            ways[(group & -group).bit_length() - 1].append(
                (group, min(cost, self.of * len(checks)))
            )
            for k in range(group.bit_length(), len(part)):
                check, days = part[k]
                if common & days and not self._clash(check, checks):
                    stack.append((group | 1 << k, [*checks, check], common & days))
        return cheapest_parting(ways)

    def _clash(self, check: Any, checks: List[Any]) -> bool:
        """Return whether a check cannot come along with some of others."""
        return any((check["item"], other["item"]) in self.problem.clash for other in checks)

    def _made(self, site: Site, each: int, work: Work) -> int:
        """Return what the plan's own visits and checks left out cost, which may do already."""
        cost = self.of * len(site.lost)
        for visit in site.visits:
            days = site.fits(visit.checks)
            cost += each + self.cheapest(visit.checks, days, work, site.place)
        return cost


def cheapest_parting(ways: List[List[Tuple[int, int]]]) -> int:
    """Return the least cost of a partition; `ways` has sets, with their cost, by first member."""
    costs = [0] * (1 << len(ways))
    for rest in range(1, 1 << len(ways)):
        low = (rest & -rest).bit_length() - 1
        costs[rest] = min(
            cost + costs[rest & ~group] for group, cost in ways[low] if group & rest == group
        )
    return costs[-1]


def check_prices(
    problem: Problem,
    sites: Dict[str, Site],
    claim: Any,
    least: Dict[str, int],
    visits: bool,
    work: Work,
) -> int:
    """Prices on shared capacity prove their number: what all cost at least, less what there is."""
    if claim is None:
        return 0
    place = "bound.capacity" if visits else "bound.left_out.capacity"
    prices = Prices(problem, claim, place)
    for name, most in (("part", PART_LIMIT), ("companions", COMPANIONS_LIMIT)):
        words = "is %d, more than the %d that are looked at" % (claim.get(name, 0), most)
        need(claim.get(name, 0) <= most, PLAN_FILE, "%s.%s" % (place, name), words)
    words = "stands only beside a part"
    need(prices.part > 0 or not prices.leads, PLAN_FILE, place + ".leads", words)
    words = "stands only beside leads"
    need(prices.leads or not prices.companions, PLAN_FILE, place + ".companions", words)
    total = -prices.spent
    for enterprise, site in sites.items():
        base = prices.of * least[enterprise]
        if any(unit in prices.units for check in site.checks for unit in check["units"]):
            if len(site.checks) <= PRICE_LIMIT:
                base = prices.least(site, base, prices.of if visits else 0, work)
            elif prices.part:
                base = prices.least_part(site, base, work)
        total += base
    lower = -(-total // prices.of)
    what = "least cost %d over %d" % (total, prices.of)
    same(claim["lower"], lower, PLAN_FILE, place + ".lower", what)
    return lower


def check_left_out(books: Books, sites: Dict[str, Site], least: Dict[str, int], work: Work) -> str:
    """The least number left out, and which of those left out are proved unavoidable."""
    plan = books.doc["plan.json"]
    bound, place = plan["bound"]["left_out"], "bound.left_out"
    alone = sum(least.values())
    same(bound["enterprises"], alone, PLAN_FILE, place + ".enterprises", "sum over the enterprises")
    priced = check_prices(books.held(), sites, bound["capacity"], least, False, work)
    lower = max(alone, priced)
    same(bound["lower"], lower, PLAN_FILE, place + ".lower", "the larger of both numbers")
    lost = len(plan["left_out"])
    need(lower <= lost, PLAN_FILE, place + ".lower", "is more than the checks left out")
    proved = 0
    for index, entry in enumerate(plan["left_out"]):
        site = sites[books.onsite[entry["check"]]["enterprise"]]
        word = "capacity" if lost == lower else "not proved"
        word = "enterprise" if len(site.lost) == least[site.enterprise] else word
        same(entry["proof"], word, PLAN_FILE, "left_out[%d].proof" % index, "proof")
        proved += word != "not proved"
    return "%d of %d left out proved unavoidable" % (proved, lost)


def check_comparison(books: Books, fits: Fits) -> None:
    """The figures without merging, merged inside departments, and of this plan."""
    problem, found = books.held(), books.doc["plan.json"]["comparison"]
    parts = ("by_department", "by_county", "by_risk")
    sums: Dict[str, Dict[str, List[int]]] = {part: {} for part in parts}
    overall = [0, 0, 0]

    def add(places: List[Tuple[str, str]], what: int, amount: int) -> None:
        for part, key in places:
            sums[part].setdefault(key, [0, 0, 0])[what] += amount

    def at(enterprise: str) -> List[Tuple[str, str]]:
        about = problem.enterprises[enterprise]
        return [("by_county", about["county"]), ("by_risk", about["risk"])]

    done: Dict[Tuple[str, str], List[Any]] = {}
    entered: Dict[Tuple[str, str], int] = {}
    for visit in books.visits:
        here = set()
        for check in visit.checks:
            department = problem.items[check["item"]]["department"]
            done.setdefault((visit.enterprise, department), []).append(check)
            here.add(department)
        for department in here:
            key = (visit.enterprise, department)
            entered[key] = entered.get(key, 0) + 1
            add([("by_department", department)], 2, 1)
        add(at(visit.enterprise), 2, 1)
        overall[2] += 1
    for (enterprise, department), checks in done.items():
        if len(checks) > EXACT_LIMIT:
            least = entered[enterprise, department]
        else:
            least = least_groups(problem, checks, len(checks), fits)
        for what, amount in ((0, len(checks)), (1, least)):
            add([*at(enterprise), ("by_department", department)], what, amount)
            overall[what] += amount
    names = ("unmerged", "department_merged", "visits")
    for name, amount in zip(names, overall):
        same(found[name], amount, PLAN_FILE, "comparison." + name, name)
    for part in parts:
        keys = "keys with a check in a visit"
        same_keys(found[part], sums[part], PLAN_FILE, "comparison." + part, keys)
        for line, amounts in sorted(sums[part].items()):
            for name, amount in zip(names, amounts):
                place = "comparison.%s.%s.%s" % (part, line, name)
                same(found[part][line][name], amount, PLAN_FILE, place, name)


# ======================================================================================
# odds: who may go, with which probability (teams.md)
# ======================================================================================

WHOLE = 10**9
ODDS_FILE = "transcript/odds.json"
PART = obj(
    {
        "unit": ID,
        "effort": whole(0, 2),
        "inspectors": asc(ID),
        "groups": arr(
            obj({"visit": VISIT_ID, "skill": TEXT, "seats": whole(1), "odds": arr(whole(0, WHOLE))})
        ),
    }
)
REPORT_FIELDS = ("visits", "seats", "pairs", "certain", "entropy", "entropy_bound")


def worth_report(value: Any) -> None:
    """Rule: what is recounted is there; the rest is information."""
    table(TEXT, anything)(value)
    for index, name in enumerate(REPORT_FIELDS):
        if name not in value:
            raise Wrong("is missing", name)
        table(TEXT, whole() if index < 4 else DECIMAL)({name: value[name]})


ODDS = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "plan": HEX,
        "roster": HEX,
        "period": span,
        "denominator": one_of(WHOLE),
        "kappa": RATIO,
        "duty_key": HEX,
        "duty": arr(
            obj(
                {
                    "unit": ID,
                    "day": a_day,
                    "rule": one_of("first", "fitted"),
                    "inspectors": asc(ID),
                },
                {"lot": whole(1, 31)},
            )
        ),
        "parts": arr(PART),
        "report": worth_report,
    },
    {
        "bars": obj(
            {
                "attempts": arr(obj({"day": a_day, "attempt": whole(1, 7)})),
                "relieved": arr(obj({"unit": ID, "day": a_day})),
                "kept_out": table(one_of("apart", "twice"), whole(1)),
                "change": obj({"pairs": whole(), "largest": DECIMAL}),
            }
        ),
        "draws": DRAWS,
    },
)


DUTY_STEPS = 20000  # of the search for the first set that fits a day; rarely more than a few
LOTS = 32  # of full-day duty that may count on a day
LOT_TESTS = 512  # of the search for the first lots with which a run of days can be filled
DayGroup = Tuple[Visit, str, int, int]  # visit, skill, seats, effort
Wanted = List[DayGroup]  # of a part


class Staff:
    """The roster, ready to ask who may fill a seat."""

    def __init__(self, roster: Any) -> None:
        self.by_id = {inspector["id"]: inspector for inspector in roster["inspectors"]}
        self.units: Dict[str, List[Any]] = {}
        self.recused = set()
        self.capped = {i["unit"] for i in roster["inspectors"] if i.get("max_visits")}
        for inspector in roster["inspectors"]:
            self.units.setdefault(inspector["unit"], []).append(inspector)
            for enterprise, _ in inspector["recusals"]:
                self.recused.add((inspector["id"], enterprise))
        self.out: Dict[Tuple[str, str], Set[str]] = {}  # unit, visit: who is kept out by a bar

    @staticmethod
    def present(inspector: Any, day: str) -> bool:
        """Return whether the certificate is valid on the day and there is no leave."""
        valid = inspector["valid"]
        return valid[0] <= day <= valid[1] and not any(a <= day <= b for a, b in inspector["leave"])

    def may(self, inspector: Any, unit: str, visit: Visit, skill: str) -> bool:
        """Return whether an inspector may fill a seat, duty apart."""
        return (
            inspector["unit"] == unit
            and (skill == "" or skill in inspector["skills"])
            and (inspector["id"], visit.enterprise) not in self.recused
            and inspector["id"] not in self.out.get((unit, visit.id), ())
            and self.present(inspector, visit.day)
        )


def seat_groups(visit: Visit, seat: Any) -> List[Tuple[str, int]]:
    """Return the groups (skill, seats) of a seat."""
    groups = [(skill, 1) for skill in seat["skills"]]
    rest = seat["inspectors"] - len(groups)
    return [*groups, ("", rest)] if rest else groups


def check_odds(books: Books) -> str:
    """The odds belong to the plan, keep rules 1 to 6, and duty is as drawn."""
    odds = books.open("odds.json", ODDS, "odds")
    books.refers("odds.json", "plan", "plan.json")
    books.refers("odds.json", "roster", "roster.json")
    need(ratio(odds["kappa"], ODDS_FILE, "kappa") <= 3, ODDS_FILE, "kappa", "is more than 3")
    same(odds["duty_key"], books.doc["draw.json"]["key"], ODDS_FILE, "duty_key", "key of draw.json")
    period, draws = odds["period"], odds.get("draws")
    if draws is not None:
        check_parting(draws, ODDS_FILE, "draws")
        whole_period = [draws[0][0], draws[-1][1]]
        same(whole_period, period, ODDS_FILE, "draws", "first and last day of the period")
    told = books.bodies["odds"].get("draws")
    same(told, draws, ENTRIES, "line %d body.draws" % books.rows["odds"], "draws of the odds")
    books.turn, books.rest = 0, None
    due = [visit for visit in books.visits if period[0] <= visit.day <= period[1]]
    wanted: Dict[Tuple[str, int], Wanted] = {}
    staff = Staff(books.doc["roster.json"])
    for visit in due:
        for seat in visit.seats:
            own = (seat["unit"], 0 if seat["unit"] in staff.capped else seat["effort"])
            for skill, seats in seat_groups(visit, seat):
                wanted.setdefault(own, []).append((visit, skill, seats, seat["effort"]))
    check_bars(books, staff, due)
    duty = check_duty(books, staff, due)
    parts, worth = odds["parts"], Worth()
    found_parts = [(part["unit"], part["effort"]) for part in parts]
    same(len(parts), len(wanted), ODDS_FILE, "parts", "number of parts")
    for index, (found, key) in enumerate(zip(found_parts, sorted(wanted))):
        at = "parts[%d]" % index
        same(found[0], key[0], ODDS_FILE, at + ".unit", "unit")
        same(found[1], key[1], ODDS_FILE, at + ".effort", "effort")
        check_part(parts[index], at, wanted[key], staff, duty, period)
        worth.add(parts[index], wanted[key], staff, duty)
    books.due = due
    seats = sum(count for groups in wanted.values() for _, _, count, _ in groups)
    worth.compare(odds["report"], len(due), seats)
    words = "%d visits, %d seats in %d parts; %.1f of at most %.1f bits, %d of %d odds certain"
    facts = (len(due), seats, len(parts), worth.entropy, worth.bound, worth.certain, worth.pairs)
    return words % facts + check_odds_leaves(books, wanted)


def check_odds_leaves(books: Books, wanted: Dict[Tuple[str, int], Wanted]) -> str:
    """Odds that were sealed have, leaf by leaf, the root that the ledger held of them."""
    told = books.bodies["odds"].get("leaves")
    if told is None:
        return ""
    secret, digest = books.secret, books.digests[ODDS_FILE]
    assert secret is not None  # or the odds would not be in the folder
    own: Dict[str, List[bytes]] = {
        person["id"]: [] for person in books.doc["roster.json"]["inspectors"]
    }
    for part in books.doc["odds.json"]["parts"]:
        groups = wanted[part["unit"], part["effort"]]
        for group, (visit, skill, seats, _) in zip(part["groups"], groups):
            for inspector, number in zip(part["inspectors"], group["odds"]):
                if not number:
                    continue
                place = "%s/%s/%d" % (digest, inspector, len(own[inspector]))
                leaf = {
                    "day": visit.day,
                    "inspector": inspector,
                    "odds": number,
                    "salt": sub_key(secret, "odds-leaf", place).hex()[:32],
                    "seats": seats,
                    "skill": skill,
                    "unit": part["unit"],
                    "visit": visit.id,
                }
                own[inspector].append(_ENCODER.encode(leaf).encode())
    lines = [
        {
            "inspector": inspector,
            "leaves": len(leaves),
            "root": merkle_root(leaves, books.hash).hex(),
            "salt": sub_key(secret, "odds-line", "%s/%s" % (digest, inspector)).hex()[:32],
        }
        for inspector, leaves in own.items()
    ]
    root = merkle_root((_ENCODER.encode(line).encode() for line in lines), books.hash).hex()
    place = "line %d body.leaves.root" % books.rows["odds"]
    same(told["root"], root, ENTRIES, place, "root of the odds, leaf by leaf")
    return ", leaf by leaf as sealed"


class Worth:
    """How unpredictable the odds are: whoever picks the teams by odds of 0 and 1 shows here."""

    def __init__(self) -> None:
        self.entropy = self.bound = 0.0
        self.certain = self.pairs = 0

    def add(
        self,
        part: Any,
        wanted: Wanted,
        staff: Staff,
        duty: Dict[Tuple[str, str], frozenset[str]],
    ) -> None:
        """Add a part whose odds keep the rules."""
        inside: Dict[Tuple[int, str], int] = {}
        for group, (visit, skill, seats, effort) in zip(part["groups"], wanted):
            for k, number in enumerate(group["odds"]):
                if number:
                    self.entropy += bits(number / WHOLE)
                    self.certain += number == WHOLE
                    inside[k, visit.id] = inside.get((k, visit.id), 0) + number
            on_duty = duty.get((part["unit"], visit.day), frozenset())
            could = sum(
                staff.may(person, part["unit"], visit, skill)
                and (person["id"] in on_duty) == (effort == 2)
                for person in staff.units.get(part["unit"], ())
            )
            self.pairs += could
            self.bound += could * (bits(seats / could) + bits(1 - seats / could))
        for number in inside.values():
            self.entropy += bits(1 - number / WHOLE)

    def compare(self, report: Any, visits: int, seats: int) -> None:
        """The counts of the report are these; its entropies to a thousandth of a bit."""
        counts = {"visits": visits, "seats": seats, "pairs": self.pairs, "certain": self.certain}
        for name, count in counts.items():
            same(report[name], count, ODDS_FILE, "report." + name, name)
        for name, value in (("entropy", self.entropy), ("entropy_bound", self.bound)):
            found = report[name]
            close = NUMBER.fullmatch(found) and abs(float(found) - value) < 0.001
            what = "%s: published %s, recomputed %.6f" % (name, show(found), value)
            need(bool(close), ODDS_FILE, "report." + name, what)


NUMBER = re.compile(r"(0|[1-9][0-9]{0,15})\.[0-9]{6}", re.ASCII)


def bits(p: float) -> float:
    """Return -p log2 p."""
    return -p * math.log2(p) if p > 0 else 0.0


def check_part(
    part: Any,
    at: str,
    wanted: Wanted,
    staff: Staff,
    duty: Dict[Tuple[str, str], frozenset[str]],
    period: List[str],
) -> None:
    """Groups, sums and limits of one part's odds."""
    unit = part["unit"]
    people = []
    for k, identity in enumerate(part["inspectors"]):
        need(
            identity in staff.by_id,
            ODDS_FILE,
            "%s.inspectors[%d]" % (at, k),
            "is not in the roster",
        )
        people.append(staff.by_id[identity])
        check_nesting(people[-1], period, "%s.inspectors[%d]" % (at, k))
    same(len(part["groups"]), len(wanted), ODDS_FILE, at + ".groups", "number of groups")
    any_odds = [False] * len(people)
    visit_sum = [0] * len(people)
    day_sum: Dict[Tuple[int, str], int] = {}
    span_sum: Dict[Tuple[int, str, Tuple[str, str]], int] = {}
    caps = [caps_of(person) for person in people]
    before = ""
    for index, (group, (visit, skill, seats, effort)) in enumerate(zip(part["groups"], wanted)):
        here = "%s.groups[%d]" % (at, index)
        same(group["visit"], visit.id, ODDS_FILE, here + ".visit", "visit")
        same(group["skill"], skill, ODDS_FILE, here + ".skill", "skill")
        same(group["seats"], seats, ODDS_FILE, here + ".seats", "seats")
        numbers = group["odds"]
        same(len(numbers), len(people), ODDS_FILE, here + ".odds", "length")
        same(sum(numbers), seats * WHOLE, ODDS_FILE, here + ".odds", "sum")
        if visit.id != before:
            before, visit_sum = visit.id, [0] * len(people)
        on_duty = duty.get((unit, visit.day), frozenset())
        for k, number in enumerate(numbers):
            if not number:
                continue
            place = "%s.odds[%d]" % (here, k)
            person = people[k]
            any_odds[k] = True
            may = staff.may(person, unit, visit, skill) and (person["id"] in on_duty) == (
                effort == 2
            )
            need(may, ODDS_FILE, place, "%s may not fill this seat" % person["id"])
            visit_sum[k] += number
            fine = visit_sum[k] <= WHOLE
            need(fine, ODDS_FILE, place, "more than certain for %s in this visit" % person["id"])
            key = (k, visit.day)
            day_sum[key] = day_sum.get(key, 0) + number
            cap = person["max_half_days"] if effort == 1 else 1
            fine = day_sum[key] <= cap * WHOLE
            need(fine, ODDS_FILE, place, "more than %s may serve that day" % person["id"])
            for kind in caps[k]:
                ends = calendar_span(kind, visit.day)
                total = span_sum.get((k, kind, ends), 0) + number
                span_sum[k, kind, ends] = total
                fine = total <= visits_left(person, kind, ends, period[0]) * WHOLE
                what = "more than %s may visit in the %s" % (person["id"], kind)
                need(fine, ODDS_FILE, place, what)
    for k, some in enumerate(any_odds):
        need(some, ODDS_FILE, "%s.inspectors[%d]" % (at, k), "has no odds above 0")


BAR_ATTEMPTS = 8
Kept = Dict[Tuple[str, str], Set[str]]  # unit, visit: people


def check_bars(books: Books, staff: Staff, due: List[Visit]) -> None:
    """Who is kept out of a visit by an open rule follows from the first draw's key."""
    odds = books.doc["odds.json"]
    once = "not_twice" in books.doc["problem.json"]["rules"]["team"]
    apart = {i["id"]: set(i["apart"]) for i in staff.by_id.values() if "apart" in i}
    ruled = "is missing" if once or apart else "no rule asks for bars"
    need(("bars" in odds) == bool(once or apart), ODDS_FILE, "bars", ruled)
    if "bars" not in odds:
        return
    bars, key = odds["bars"], books.key(odds["duty_key"])
    again = been_before(staff, due, key) if once else {}
    days: Dict[str, List[Visit]] = {}
    for visit in due:
        days.setdefault(visit.day, []).append(visit)
    attempts: List[Any] = []
    relieved: List[Tuple[str, str]] = []
    counts: Dict[str, int] = {}
    for day in sorted(days):
        first = None
        for attempt in range(BAR_ATTEMPTS if apart else 1):
            parted = kept_apart(staff, days[day], apart, key, attempt) if apart else {}
            out, tight, whole_day = judge_bars(staff, days[day], key, again, parted)
            first = first or (out, tight)
            if whole_day:
                if attempt:
                    attempts.append({"day": day, "attempt": attempt})
                break
        else:
            out, tight = first or ({}, [])
        relieved += [(unit, day) for unit in tight]
        staff.out.update(out)
        for place, names in out.items():
            for name in names:
                rule = "twice" if name in again.get(place, ()) else "apart"
                counts[rule] = counts.get(rule, 0) + 1
    same(bars["attempts"], attempts, ODDS_FILE, "bars.attempts", "ways of parting")
    wanted = [{"unit": unit, "day": day} for unit, day in sorted(relieved)]
    same(bars["relieved"], wanted, ODDS_FILE, "bars.relieved", "units and days with too few others")
    same(
        bars["kept_out"],
        dict(sorted(counts.items())),
        ODDS_FILE,
        "bars.kept_out",
        "numbers kept out",
    )


def been_before(staff: Staff, due: List[Visit], key: Key) -> Kept:
    """Return who would go to an enterprise twice running, by unit and visit."""
    visits: Dict[Tuple[str, str], List[str]] = {}
    for visit in due:
        for seat in visit.seats:
            visits.setdefault((seat["unit"], visit.enterprise), []).append(visit.id)
    last: Kept = {}
    for person in staff.by_id.values():
        for enterprise in person.get("last_visited", ()):
            last.setdefault((person["unit"], enterprise), set()).add(person["id"])
    found: Kept = {}
    for (unit, enterprise), known in visits.items():
        if (unit, enterprise) in last:
            found[unit, known[0]] = set(last[unit, enterprise])
        if len(known) == 1:
            continue
        own = sub_key(key, "twice", "%s/%s" % (unit, enterprise))
        order = by_ticket(own, [i["id"] for i in staff.units.get(unit, ())])
        for place, visit_id in enumerate(known):
            found.setdefault((unit, visit_id), set()).update(order[1 - place % 2 :: 2])
    return found


def kept_apart(
    staff: Staff, visits: List[Visit], apart: Dict[str, Set[str]], key: Key, attempt: int
) -> Kept:
    """Return whom each visit of a day goes without so that nobody goes with whom they must not."""
    found: Kept = {}
    for visit in visits:
        home = {}
        for seat in visit.seats:
            for person in staff.units.get(seat["unit"], ()):
                name = person["id"]
                recused = (name, visit.enterprise) in staff.recused
                if name in apart and not recused and staff.present(person, visit.day):
                    home[name] = seat["unit"]
        asked = [name for name in home if not apart[name].isdisjoint(home)]
        own = sub_key(key, "apart", "%s/%s/%d" % (visit.enterprise, visit.day, attempt))
        stays: Set[str] = set()
        for name in by_ticket(own, asked):
            if apart[name].isdisjoint(stays):
                stays.add(name)
            else:
                found.setdefault((home[name], visit.id), set()).add(name)
    return found


def judge_bars(
    staff: Staff, visits: List[Visit], key: Key, again: Kept, parted: Kept
) -> Tuple[Kept, List[str], bool]:
    """Return who is out, units with too few others, and whether the first on duty fill all."""
    units: Dict[str, List[DayGroup]] = {}
    for visit in visits:
        for seat in visit.seats:
            for skill, seats in seat_groups(visit, seat):
                group = (visit, skill, seats, seat["effort"])
                units.setdefault(seat["unit"], []).append(group)
    kept: Kept = {}
    tight: List[str] = []
    whole_day = True
    for unit, groups in units.items():
        places = {(unit, group[0].id) for group in groups}
        before = {place: again.get(place, set()) for place in places}
        without = {place: parted.get(place, set()) for place in places}
        out = {place: before[place] | without[place] for place in places}
        if any(out.values()) and not filled(staff, unit, groups, key, out):
            if any(before.values()):
                tight.append(unit)
            whole_day = filled(staff, unit, groups, key, without) and whole_day
            out = without
        kept.update({place: names for place, names in out.items() if names})
    return kept, tight, whole_day


def filled(staff: Staff, unit: str, groups: List[DayGroup], key: Key, out: Kept) -> bool:
    """Return whether a unit's day can be filled without some, the first by ticket on duty."""
    before, day = staff.out, groups[0][0].day
    half, full = [sum(g[2] for g in groups if g[3] == effort) for effort in (1, 2)]
    duty = frozenset(first_on_duty(staff, unit, day, half, full, key)[0] if full else ())
    staff.out = out
    try:
        return can_fill(staff, unit, groups, duty, duty)
    finally:
        staff.out = before


def first_on_duty(
    staff: Staff, unit: str, day: str, half: int, full: int, key: Key, lot: int = 0
) -> Tuple[List[str], List[str]]:
    """Return the first by ticket for full-day duty in a lot, and all who could serve, in order."""
    able = [
        inspector["id"]
        for inspector in staff.units.get(unit, ())
        if inspector["max_half_days"] == 2 and staff.present(inspector, day)
    ]
    share = 0 if lot % 2 else len(able) * 2 * full // (2 * full + half)
    place = "%s/%s/%d" % (unit, day, lot) if lot else "%s/%s" % (unit, day)
    order = by_ticket(sub_key(key, "duty", place), able)
    return order[: min(len(able), max(full, share))], order


def check_nesting(person: Any, period: List[str], at: str) -> None:
    """A week that lies in two months, or years, has no place under both caps."""
    caps = caps_of(person)
    for kind in caps if "week" in caps else ():
        fine = kind == "week" or period[1] <= calendar_span(kind, period[0])[1]
        what = "%s is capped by week and %s in a period over several" % (person["id"], kind)
        need(fine, ODDS_FILE, at, what)


def visits_left(person: Any, kind: str, ends: Tuple[str, str], start: str) -> int:
    """Return how often an inspector may visit in a week, month or year, from its first day on."""
    made = person.get("visits", {}).get(kind, 0) if ends[0] <= start <= ends[1] else 0
    return max(0, int(person["max_visits"][kind]) - int(made))


def check_duty(
    books: Books, staff: Staff, due: List[Visit]
) -> Dict[Tuple[str, str], frozenset[str]]:
    """Who is on full-day duty follows from the first draw's key."""
    odds = books.doc["odds.json"]
    key = books.key(odds["duty_key"])
    asked: Dict[Tuple[str, str], List[int]] = {}
    day_groups: Dict[Tuple[str, str], List[DayGroup]] = {}
    for visit in due:
        for seat in visit.seats:
            place = (seat["unit"], visit.day)
            asked.setdefault(place, [0, 0])[seat["effort"] - 1] += seat["inspectors"]
            for skill, seats in seat_groups(visit, seat):
                day_groups.setdefault(place, []).append((visit, skill, seats, seat["effort"]))
    places = sorted(place for place, counts in asked.items() if counts[1])
    same(len(odds["duty"]), len(places), ODDS_FILE, "duty", "unit-days with full-day seats")
    duty = {}
    for index, (entry, place) in enumerate(zip(odds["duty"], places)):
        at = "duty[%d]" % index
        unit, day = place
        same(entry["unit"], unit, ODDS_FILE, at + ".unit", "unit")
        same(entry["day"], day, ODDS_FILE, at + ".day", "day")
        half, full = asked[place]
        lot = entry.get("lot", 0)
        need(not lot or unit in staff.capped, ODDS_FILE, at + ".lot", "nobody there is capped")
        first, order = first_on_duty(staff, unit, day, half, full, key, lot)
        if entry["rule"] == "first":
            same_list(
                entry["inspectors"],
                sorted(first),
                ODDS_FILE,
                at + ".inspectors",
                "smallest tickets",
            )
        else:
            same(len(entry["inspectors"]), full, ODDS_FILE, at + ".inspectors", "number on duty")
            for k, identity in enumerate(entry["inspectors"]):
                able_too = identity in order
                need(
                    able_too, ODDS_FILE, "%s.inspectors[%d]" % (at, k), "cannot serve the whole day"
                )
            today, held = day_groups[place], frozenset(first)
            possible = can_fill(staff, unit, today, held, held)
            need(not possible, ODDS_FILE, at + ".rule", "the first by ticket would do")
            fitting = first_fitting(staff, unit, today, order, full)
            if fitting is not None:
                where = at + ".inspectors"
                same_list(
                    entry["inspectors"], sorted(fitting), ODDS_FILE, where, "first set that fits"
                )
        duty[place] = frozenset(entry["inspectors"])
    check_lots(staff, odds, day_groups, key)
    return duty


def check_lots(
    staff: Staff, odds: Any, day_groups: Dict[Tuple[str, str], List[DayGroup]], key: Key
) -> None:
    """Where later lots of full-day duty count, earlier ones could not be staffed.

    That those of number 0 can, where they count, the odds themselves show.
    """
    told = {
        (entry["unit"], entry["day"]): (entry.get("lot", 0), index)
        for index, entry in enumerate(odds["duty"])
    }
    for unit in sorted({unit for (unit, _), (lot, _) in told.items() if lot}):
        days = sorted(day for home, day in day_groups if home == unit)
        for run in runs_of(staff, unit, days):
            full = [day for day in run if (unit, day) in told]
            if not any(told[unit, day][0] for day in full):
                continue
            own = {day: day_groups[unit, day] for day in run}
            found = FirstLots(staff, unit, own, full, key, odds["period"][0]).find()
            if found is None:  # it takes too long, as a fitted day's search may
                continue
            for day, lot in zip(full, found):
                published, index = told[unit, day]
                what = "first lot with which all can be staffed"
                same(published, lot, ODDS_FILE, "duty[%d].lot" % index, what)
            need(bool(found), ODDS_FILE, "duty", "no lots with which %s can be staffed" % unit)


def runs_of(staff: Staff, unit: str, days: List[str]) -> List[List[str]]:
    """Return a unit's days parted into runs that caps over time join."""
    kinds = sorted({kind for person in staff.units.get(unit, ()) for kind in caps_of(person)})
    runs: List[List[str]] = []
    for day in days:
        ends = [calendar_span(kind, runs[-1][-1]) for kind in kinds] if runs else []
        if any(first <= day <= last for first, last in ends):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


class FirstLots:
    """The search for the first lots of full-day duty with which a run can be staffed."""

    def __init__(
        self,
        staff: Staff,
        unit: str,
        groups: Dict[str, List[DayGroup]],
        full: List[str],
        key: Key,
        start: str,
    ) -> None:
        self.staff, self.unit, self.groups = staff, unit, groups
        self.full, self.key, self.start = full, key, start
        self.tests = 0
        self.known: Dict[Tuple[str, int], frozenset[str]] = {}

    def find(self) -> Optional[List[int]]:
        """Return the lot of each day with full-day seats.

        Empty where none are found in so many tests, ``None`` where who is on duty in some lot
        takes too long to find.
        """
        try:
            first = {day: self.duty(day, 0) for day in self.full}
            if self.filled(first):
                return [0] * len(self.full)
            return self.search([], {}) or []
        except TooLong:
            return None

    def search(self, lots: List[int], chosen: Dict[str, frozenset[str]]) -> Optional[List[int]]:
        """Return the lots, with these of the first days."""
        day, tried = self.full[len(lots)], set()
        for lot in range(LOTS):
            if self.tests == LOT_TESTS:
                return None
            duty = self.duty(day, lot)
            if duty in tried:
                continue
            tried.add(duty)
            self.tests += 1
            here = dict(chosen)
            here[day] = duty
            if self.filled(here):
                now = [*lots, lot]
                found = now if len(now) == len(self.full) else self.search(now, here)
                if found is not None:
                    return found
        return None

    def duty(self, day: str, lot: int) -> frozenset[str]:
        """Return who is on full-day duty by a lot: the first by ticket, or the first that fit."""
        if (day, lot) not in self.known:
            groups = self.groups[day]
            half, full = [sum(g[2] for g in groups if g[3] == effort) for effort in (1, 2)]
            args = (self.staff, self.unit, day, half, full, self.key, lot)
            first, order = first_on_duty(*args)
            held = frozenset(first)
            if not can_fill(self.staff, self.unit, groups, held, held):
                fitting = first_fitting(self.staff, self.unit, groups, order, full)
                if fitting is None:
                    raise TooLong
                held = frozenset(fitting)
            self.known[day, lot] = held
        return self.known[day, lot]

    def filled(self, duty: Dict[str, frozenset[str]]) -> bool:
        """Return whether all seats of the run can be filled, by augmenting paths.

        On days without duty that has full-day seats these count as half-days. Flow from a group
        over (inspector, visit), (inspector, day) and (inspector, week, month, year) to the sink.
        """
        people = self.staff.units.get(self.unit, [])
        ahead: Dict[Any, Dict[Any, int]] = {}  # node: neighbour: how much more may flow

        def arc(tail: Any, head: Any, most: int) -> None:
            ahead.setdefault(tail, {})[head] = most
            ahead.setdefault(head, {}).setdefault(tail, 0)

        sources: List[Tuple[Any, int]] = []
        for day in sorted(self.groups):
            for place, (visit, skill, seats, asked) in enumerate(self.groups[day]):
                effort = asked if day in duty else 1
                source = ("group", day, place)
                ahead.setdefault(source, {})
                sources.append((source, seats))
                for person in people:
                    name = person["id"]
                    on_duty = name in duty.get(day, ())
                    if on_duty != (effort == 2) or not self.staff.may(
                        person, self.unit, visit, skill
                    ):
                        continue
                    arc(source, (name, visit.id), 1)
                    arc((name, visit.id), (name, day), 1)
                    below: Any = (name, day)
                    most = 1 if effort == 2 else person["max_half_days"]
                    for kind in ("week", "month", "year"):
                        if kind in caps_of(person):
                            ends = calendar_span(kind, day)
                            arc(below, (name, kind, ends), most)
                            below = (name, kind, ends)
                            most = visits_left(person, kind, ends, self.start)
                    arc(below, "sink", most)
        for source, seats in sources:
            for _ in range(seats):
                came: Dict[Any, Any] = {source: None}  # node: where it was reached from
                queue = collections.deque([source])
                while queue and "sink" not in came:
                    node = queue.popleft()
                    for other, room in ahead[node].items():
                        if room and other not in came:
                            came[other] = node
                            queue.append(other)
                if "sink" not in came:
                    return False
                node = "sink"  # back from it: one more flows
                while came[node] is not None:
                    ahead[came[node]][node] -= 1
                    ahead[node][came[node]] += 1
                    node = came[node]
        return True


class TooLong(Exception):
    """A search that takes too many steps."""


def first_fitting(
    staff: Staff, unit: str, groups: List[DayGroup], order: List[str], number: int
) -> Optional[List[str]]:
    """Return the first `number` people in order whose duty lets all seats be filled.

    Tries people in order, each on duty before off it, and turns back where even with everybody
    undecided free for both kinds of seats some seat stays empty. ``None`` when the search takes
    too long.
    """
    steps = 0

    def search(chosen: List[str], place: int) -> Optional[List[str]]:
        nonlocal steps
        steps += 1
        left = order[place:]
        if steps > DUTY_STEPS or len(chosen) + len(left) < number:
            return None
        done = len(chosen) == number
        full = frozenset(chosen) if done else frozenset(chosen + left)
        if not can_fill(staff, unit, groups, full, frozenset(chosen)):
            return None
        if done:
            return chosen
        return search([*chosen, left[0]], place + 1) or search(chosen, place + 1)

    found = search([], 0)
    return None if steps > DUTY_STEPS else found


def can_fill(
    staff: Staff,
    unit: str,
    groups: List[DayGroup],
    full: frozenset[str],
    busy: frozenset[str],
) -> bool:
    """Return whether a unit's day can be filled, full days by `full`, half-days without `busy`."""
    whole_days = [group for group in groups if group[3] == 2]
    half_days = [group for group in groups if group[3] == 1]
    return fill(staff, unit, whole_days, lambda person: person in full) and fill(
        staff, unit, half_days, lambda person: person not in busy
    )


def fill(staff: Staff, unit: str, groups: List[DayGroup], allowed: Callable[[str], bool]) -> bool:
    """Return whether all seats of some groups of one day can be filled, by augmenting paths.

    Flow from seats over (inspector, visit) to the inspector, who serves at most one full day, or
    as many half-day visits as they may.
    """
    seats = []
    for visit, skill, count, effort in groups:
        options = [
            inspector["id"]
            for inspector in staff.units.get(unit, ())
            if allowed(inspector["id"]) and staff.may(inspector, unit, visit, skill)
        ]
        seats += [(visit.id, options, effort)] * count
    holder: List[Optional[str]] = [None] * len(seats)
    load: Dict[str, List[int]] = {}

    def room(person: str, effort: int) -> int:
        return staff.by_id[person]["max_half_days"] if effort == 1 else 1

    for start in range(len(seats)):
        # Breadth first over seats: `came` says from which seat, and by whom, a seat was reached.
        came: Dict[int, Tuple[int, str]] = {start: (-1, "")}
        queue = [start]
        end: Optional[Tuple[int, str]] = None
        while queue and end is None:
            seat = queue.pop(0)
            visit_id, options, effort = seats[seat]
            for person in options:
                taken = load.get(person, [])
                same_visit = [s for s in taken if seats[s][0] == visit_id]
                if same_visit:
                    blockers = same_visit
                elif len(taken) < room(person, effort):
                    end = (seat, person)
                    break
                else:
                    blockers = taken
                for other in blockers:
                    if other not in came:
                        came[other] = (seat, person)
                        queue.append(other)
        if end is None:
            return False
        seat, person = end
        while True:
            old = holder[seat]
            if old is not None:
                load[old].remove(seat)
            holder[seat] = person
            load.setdefault(person, []).append(seat)
            if seat == start:
                break
            seat, person = came[seat]
    return True


# ======================================================================================
# teams: the rounding, in integers
# ======================================================================================

TEAMS_FILE = "transcript/teams.json"
TEAMS = obj(
    {
        "format": TEXT,
        "campaign": TEXT,
        "odds": HEX,
        "key": HEX,
        "teams": table(VISIT_ID, table(ID, arr(ID))),
    },
    {
        "days": span,
        "stood_in": few(
            1,
            MAX_INTEGER,
            obj(
                {
                    "visit": VISIT_ID,
                    "unit": ID,
                    "absent": ID,
                    "substitute": null_or(ID),
                    "ground": one_of("week", "month", "year", "twice"),
                }
            ),
        ),
    },
)
OTHERS_FIRST = "the first odds were given up before a draw"


def check_teams_seed(books: Books) -> str:
    """The second seed binds the odds."""
    body = books.bodies["teams-seed-source"]
    if books.shut:
        return check_shown(books, "teams-seed", body)
    if books.of_first and 1 not in books.rounds[0].draws:
        return OTHERS_FIRST
    bound = "odds=" + books.digests[ODDS_FILE]
    if books.turn:
        bound += " days=%s/%s" % tuple(draw_days(books))
    check_seed(books, "teams-seed.json", "teams", bound, body)
    same_source(books, "teams-seed", "teams-seed.json")
    return seed_words(books.doc["teams-seed.json"])


def draw_days(books: Books) -> List[str]:
    """Return first and last day of the present draw."""
    odds = books.doc["odds.json"]
    found: List[str] = odds.get("draws", [odds["period"]])[books.turn]
    return found


def check_teams(books: Books) -> str:
    """The teams are what the seed makes of the odds."""
    if books.of_first and 1 not in books.rounds[0].ended:
        return OTHERS_FIRST
    teams = books.open("teams.json", TEAMS, "teams")
    books.refers("teams.json", "odds", "odds.json")
    several = "draws" in books.doc["odds.json"]
    first, last = draw_days(books)
    same(teams.get("days"), [first, last] if several else None, TEAMS_FILE, "days", "days drawn")
    same(
        teams["key"],
        books.doc["teams-seed.json"]["key"],
        TEAMS_FILE,
        "key",
        "key of teams-seed.json",
    )
    key = books.key(teams["key"])
    days = {visit.id: visit.day for visit in books.due}
    due = [visit for visit in books.due if first <= visit.day <= last]
    wanted: Dict[str, Dict[str, List[str]]] = {visit.id: {} for visit in due}
    parts = books.doc["odds.json"]["parts"] if books.rest is None else books.rest
    books.rest = []
    by_id = {person["id"]: person for person in books.doc["roster.json"]["inspectors"]}
    efforts: Dict[str, Dict[str, int]] = {}
    for visit in books.due:
        for seat in visit.seats:
            efforts.setdefault(seat["unit"], {})[visit.id] = seat["effort"]
    start = books.doc["odds.json"]["period"][0]
    for part in parts:
        own = sub_key(key, "teams", "%s/%d" % (part["unit"], part["effort"]))
        people = [by_id[identity] for identity in part["inspectors"]]
        terms = Terms(days, efforts[part["unit"]], people, start)
        seated, rest = Lottery(part, terms, own, last).draw()
        if rest is not None:
            books.rest.append(rest)
        groups = [group for group in part["groups"] if days[group["visit"]] <= last]
        for group, chosen in zip(groups, seated):
            team = wanted[group["visit"]].setdefault(part["unit"], [])
            team += [part["inspectors"][k] for k in chosen]
    drawn = as_drawn(teams)
    same_keys(drawn, wanted, TEAMS_FILE, "teams", "visits of the period")
    for visit in due:
        found, units = drawn[visit.id], wanted[visit.id]
        at = "teams.%s" % visit.id
        same_keys(found, units, TEAMS_FILE, at, "units of the visit")
        for unit in sorted(units):
            same_list(
                found[unit], units[unit], TEAMS_FILE, "%s.%s" % (at, unit), "inspectors drawn"
            )
    return "%d teams, %d inspectors drawn" % (
        len(wanted),
        sum(len(team) for units in wanted.values() for team in units.values()),
    )


def as_drawn(teams: Any) -> Dict[str, Dict[str, List[str]]]:
    """Return the teams as the lottery named them, without who goes in the place of others."""
    found = {
        visit: {u: list(ids) for u, ids in units.items()} for visit, units in teams["teams"].items()
    }
    for index, one in reversed(list(enumerate(teams.get("stood_in", ())))):
        if one["substitute"] is not None:
            members = found.get(one["visit"], {}).get(one["unit"], [])
            at = "stood_in[%d].substitute" % index
            need(one["substitute"] in members, TEAMS_FILE, at, "is not in this team")
            members[members.index(one["substitute"])] = one["absent"]
    return found


GRAIN, MOST_WEIGHT = 65536, 8000000  # of the trades


class Terms(NamedTuple):
    """What the rounding of a part must know beside its odds."""

    days: Dict[str, str]  # of every visit
    efforts: Dict[str, int]  # of the unit's seat in each visit
    people: List[Any]  # roster entries, in the part's order
    start: str  # first day of the period


class Lottery:
    """One draw of a part: its network and the moves, as teams.md states them step by step.

    A part is one of odds.json, or what a draw left of it: then with the groups as committed.
    """

    def __init__(self, part: Any, terms: Terms, key: Key, last: str) -> None:
        self.part, self.terms, self.key = part, terms, key
        self.groups = part["groups"]
        self.whole = part.get("committed", self.groups)
        self.stream = Stream(key)
        self.day = [terms.days[group["visit"]] for group in self.groups]
        self.now = [day <= last for day in self.day]
        stream = Stream(sub_key(key, "order", ""))
        self.group_order = self._shuffled(len(self.groups), stream)
        self.people_order = self._shuffled(len(terms.people), stream)  # of pairs
        self.row_order = self._shuffled(len(terms.people), stream)  # of rows and roots
        self.starts = [g for g in self.group_order if self.now[g]]
        self.tails: List[int] = []
        self.heads: List[int] = []
        self.values: List[int] = []
        self.aside = bytearray()
        self.up: List[int] = [-1] * len(self.groups)  # node above a row or root
        self.owner: List[int] = [-1] * len(self.groups)  # whose root or longer row a node is
        self.row_of: List[Dict[str, int]] = []  # by inspector: visit → lowest node above a pair
        self.pair_arc: List[Dict[int, int]] = [{} for _ in self.groups]
        self._arcs(self._rows())

    @staticmethod
    def _shuffled(count: int, stream: Stream) -> List[int]:
        order = list(range(count))
        for k in range(count - 1, 0, -1):
            j = stream.below(k + 1)
            order[k], order[j] = order[j], order[k]
        return order

    def _node(self, above: int, owner: int = -1) -> int:
        self.up.append(above)
        self.owner.append(owner)
        return len(self.up) - 1

    def _rows(self) -> List[List[List[Tuple[str, int]]]]:
        """Make the nodes; for each inspector and kind return (day, node)."""
        terms = self.terms
        self.sink = self._node(-1)
        seen: List[Dict[str, int]] = [{} for _ in terms.people]
        for group in self.whole:
            visit = group["visit"]
            for k, number in enumerate(group["odds"]):
                if number:
                    seen[k][visit] = seen[k].get(visit, 0) + 1
        found = []
        for k, mine in enumerate(seen):
            person = terms.people[k]
            made: Dict[str, List[str]] = {}
            for visit in mine:
                made.setdefault(terms.days[visit], []).append(visit)
            kinds: List[List[Tuple[str, int]]] = [[], [], [], [], [], []]
            root = self._node(self.sink, k)
            kinds[5].append(("", root))
            above = dict.fromkeys(made, root)
            for level in (2, 1, 0) if self.part["effort"] == 0 else ():
                if CAP_KINDS[level] not in person.get("max_visits", {}):
                    continue
                spans: Dict[Tuple[str, str], List[str]] = {}
                for day in sorted(made):
                    spans.setdefault(calendar_span(CAP_KINDS[level], day), []).append(day)
                for ends, inside in spans.items():
                    count = sum(len(made[day]) for day in inside)
                    if count > visits_left(person, CAP_KINDS[level], ends, terms.start):
                        node = self._node(above[inside[0]], k)
                        above.update(dict.fromkeys(inside, node))
                        kinds[2 + level].append((inside[0], node))
            lowest = {}
            for day in sorted(made):
                full = terms.efforts[made[day][0]] == 2
                if len(made[day]) > (1 if full else person["max_half_days"]):
                    above[day] = self._node(above[day])
                    kinds[1].append((day, above[day]))
                for visit in made[day]:
                    lowest[visit] = above[day]
                    if mine[visit] > 1:
                        lowest[visit] = self._node(above[day])
                        kinds[0].append((day, lowest[visit]))
            self.row_of.append(lowest)
            found.append(kinds)
        return found

    def _arcs(self, rows: List[List[List[Tuple[str, int]]]]) -> None:
        """Number the arcs: now, rows and roots; then the later ones."""
        groups, nodes = self.groups, len(self.up)
        inflow, self.under = [0] * nodes, [0] * nodes
        for group, now in zip(groups, self.now):
            for k, number in enumerate(group["odds"]):
                if number:
                    row = self.row_of[k][group["visit"]]
                    inflow[row] += number
                    self.under[row] += not now
        for kind in range(5):
            for kinds in rows:
                for _, node in kinds[kind]:
                    inflow[self.up[node]] += inflow[node]
                    self.under[self.up[node]] += self.under[node]
        self.out = [-1] * nodes
        days_now = {day for day, now in zip(self.day, self.now) if now}
        days_later = set(self.day) - days_now
        self._pairs(True)
        for k in self.row_order:
            for kind in range(6):
                for day, node in rows[k][kind]:
                    if kind > 1 or day in days_now:
                        self._row(node, inflow)
        self.first_later = len(self.values)
        for k in self.row_order:
            for kind in range(2):
                for day, node in rows[k][kind]:
                    if day in days_later:
                        self._row(node, inflow)
        self._pairs(False)
        self.at: List[List[int]] = [[] for _ in range(nodes)]
        for arc, (tail, head) in enumerate(zip(self.tails, self.heads)):
            self.at[tail].append(arc)
            self.at[head].append(arc)

    def _pairs(self, now: bool) -> None:
        for g in self.group_order:
            if self.now[g] == now:
                numbers, visit = self.groups[g]["odds"], self.groups[g]["visit"]
                for k in self.people_order:
                    if numbers[k]:
                        self.pair_arc[g][k] = len(self.values)
                        self.tails.append(g)
                        self.heads.append(self.row_of[k][visit])
                        self.values.append(numbers[k])

    def _row(self, node: int, inflow: List[int]) -> None:
        self.out[node] = len(self.values)
        self.tails.append(node)
        self.heads.append(self.up[node])
        self.values.append(inflow[node])

    def draw(self) -> Tuple[List[List[int]], Any]:
        """Return for each group drawn now the positions of its inspectors; and what is left."""
        later = len(self.values) - self.first_later
        self._set_aside(later)
        self._walk()
        if later:
            self._set_aside(later)
            self._trade()
            self._set_aside(0)
            self._close()
        seated, left = [], []
        for g, (group, now) in enumerate(zip(self.groups, self.now)):
            values = {k: self.values[arc] for k, arc in self.pair_arc[g].items()}
            if now:
                fine = all(value in (0, WHOLE) for value in values.values())
                need(fine, ODDS_FILE, "parts", "the rounding does not come to an end")
                seated.append(sorted(k for k, value in values.items() if value))
            else:
                numbers = [values.get(k, 0) for k in range(len(group["odds"]))]
                left.append({**group, "odds": numbers})
        rest = {**self.part, "groups": left, "committed": self.whole} if left else None
        return seated, rest

    def _set_aside(self, later: int) -> None:
        self.aside = bytearray(len(self.values) - later) + b"\1" * later
        self.skip = [0] * len(self.at)  # arcs at a node's front that are closed or set aside

    def _next(self, node: int, last: int) -> int:
        """Return the open arc of least number at a node that is not the last one; or -1."""
        arcs, k, values, aside = self.at[node], self.skip[node], self.values, self.aside
        while k < len(arcs) and (aside[arcs[k]] or values[arcs[k]] % WHOLE == 0):
            k += 1
        self.skip[node] = k
        while k < len(arcs):
            if arcs[k] != last and values[arcs[k]] % WHOLE and not aside[arcs[k]]:
                return arcs[k]
            k += 1
        return -1

    def _walk(self) -> None:
        """Walks: along cycles of open arcs."""
        tails, heads = self.tails, self.heads
        for start in self.starts:
            nodes: List[int] = [start]
            arcs: List[int] = []
            place = {start: 0}
            while True:
                node = nodes[-1]
                arc = self._next(node, arcs[-1] if arcs else -1)
                if arc < 0:
                    if not arcs:
                        break
                    self.aside[arcs.pop()] = 1
                    del place[nodes.pop()]
                    continue
                arcs.append(arc)
                other = heads[arc] if tails[arc] == node else tails[arc]
                if other not in place:
                    place[other] = len(nodes)
                    nodes.append(other)
                    continue
                begin = place[other]
                self._move(nodes[begin:], arcs[begin:], WHOLE)
                for gone in nodes[begin + 1 :]:
                    del place[gone]
                del nodes[begin + 1 :], arcs[begin:]

    def _steps(self, nodes: List[int], arcs: List[int]) -> Tuple[List[int], int, int]:
        """Return the signs of a path's or cycle's arcs, and how far up and down they may go."""
        values, tails = self.values, self.tails
        signs = [1 if tails[arc] == node else -1 for node, arc in zip(nodes, arcs)]
        up = dn = WHOLE
        for arc, sign in zip(arcs, signs):
            part = values[arc] % WHOLE
            up = min(up, WHOLE - part if sign > 0 else part)
            dn = min(dn, part if sign > 0 else WHOLE - part)
        return signs, up, dn

    def _move(self, nodes: List[int], arcs: List[int], most: int) -> int:
        """Draw between the two moves and make one; return it. Neither is more than `most`."""
        signs, up, dn = self._steps(nodes, arcs)
        up, dn = min(up, most), min(dn, most)
        step = up if self.stream.below(up + dn) < dn else -dn
        values = self.values
        for arc, sign in zip(arcs, signs):
            values[arc] += sign * step
        return step

    def _to_dead_end(self, start: int) -> Tuple[List[int], List[int]]:
        nodes, arcs = [start], [-1]
        while True:
            node = nodes[-1]
            arc = self._next(node, arcs[-1])
            if arc < 0:
                return nodes, arcs[1:]
            arcs.append(arc)
            nodes.append(self.heads[arc] if self.tails[arc] == node else self.tails[arc])

    def _trade(self) -> None:
        """Trades: what is drawn now is made up for by all later days."""
        for start in self.starts:
            while True:
                nodes, arcs = self._to_dead_end(start)
                if not arcs:
                    break
                nodes, arcs = self._to_dead_end(nodes[-1])
                one, other = self.owner[nodes[0]], self.owner[nodes[-1]]
                if one < 0:
                    self.aside[arcs[0]] = 1
                    continue
                shares = [] if other in (-1, one) else self._room(one, other, nodes)
                total = sum(share[0] for share in shares)
                _, up, dn = self._steps(nodes, arcs)
                most = total * (GRAIN - 1)
                if total == 0 or (most < up and most < dn):
                    self.aside[arcs[-1]] = 1
                    continue
                step = self._move(nodes, arcs, most)
                reached, before = self.stream.below(total), 0
                for weight, gains, loses in shares:
                    reached += abs(step) * weight
                    change = reached // total - before
                    before = reached // total
                    if step < 0:
                        change = -change
                    for arc in gains:
                        self.values[arc] += change
                    for arc in loses:
                        self.values[arc] -= change

    def _room(
        self, one: int, other: int, nodes: List[int]
    ) -> List[Tuple[int, List[int], List[int]]]:
        """Return the weights above 0 of the later groups, each with the arcs of both."""
        found, left, path = [], MOST_WEIGHT, set(nodes)
        for g, mine in enumerate(self.pair_arc):
            if self.now[g] or one not in mine or other not in mine:
                continue
            gains, room = self._way(mine[one], nodes[0], path)
            loses, other_room = self._way(mine[other], nodes[-1], path)
            weight = min(min(room, other_room) // GRAIN, left)
            if weight > 0:
                left -= weight
                found.append((weight, gains, loses))
        return found

    def _way(self, arc: int, end: int, path: set[int]) -> Tuple[List[int], int]:
        """Return the arcs from a pair up to a node, and how far all of them may go."""
        part = self.values[arc] % WHOLE
        arcs, room = [arc], min(part, WHOLE - part)
        node = self.heads[arc]
        while node != end:
            if node == self.sink or node in path:
                return [], 0
            arc = self.out[node]
            part = self.values[arc] % WHOLE
            room = min(room, part // self.under[node], (WHOLE - part) // self.under[node])
            arcs.append(arc)
            node = self.heads[arc]
        return arcs, room

    def _close(self) -> None:
        """Rest: along shortest cycles."""
        for start in self.starts:
            while True:
                chosen = self._next(start, -1)
                if chosen < 0:
                    break
                other = self.heads[chosen]
                came = {start: -1}
                queue = [start]
                for node in queue:
                    for arc in self.at[node]:
                        if arc != chosen and self.values[arc] % WHOLE:
                            to = self.heads[arc] if self.tails[arc] == node else self.tails[arc]
                            if to not in came:
                                came[to] = arc
                                queue.append(to)
                                if to == other:
                                    break
                    if other in came:
                        break
                need(other in came, ODDS_FILE, "parts", "the rounding does not come to an end")
                nodes, arcs, node = [start], [chosen], other
                while node != start:
                    arc = came[node]
                    nodes.append(node)
                    arcs.append(arc)
                    node = self.heads[arc] if self.tails[arc] == node else self.tails[arc]
                self._move(nodes, arcs, WHOLE)


# ======================================================================================
# later draws and rounds of teams, and who stood in
# ======================================================================================

ROSTER_FILE = "transcript/roster.json"
OPENED_STAND_INS = obj(
    {
        "format": TEXT,
        "campaign": CAMPAIGN,
        "substitutions": arr(
            obj(
                {
                    "absent": ID,
                    "entry": whole(),
                    "reason": a_reason,
                    "substitute": ID,
                    "unit": ID,
                    "visit": VISIT_ID,
                }
            )
        ),
    }
)


def calendar_span(kind: str, day: str) -> Tuple[str, str]:
    """Return first and last day of the week (ISO 8601), month or year that holds a day."""
    here = date.fromordinal(day_number(day))
    if kind == "week":
        first = here - timedelta(days=here.weekday())
        return first.isoformat(), (first + timedelta(days=6)).isoformat()
    return (
        (day[:8] + "01", day[:8] + "31")
        if kind == "month"
        else (day[:5] + "01-01", day[:5] + "12-31")
    )


class Round:
    """A publication whose documents of a later round stand under the names of the first."""

    def __init__(
        self, source: Union[Folder, Memory, "Round", "Other"], names: Mapping[str, int]
    ) -> None:
        self.source = source
        self.real = {
            "transcript/%s.json" % name: "transcript/%s-%d.json" % (name, which)
            for name, which in names.items()
            if which > 1
        }

    def names(self) -> List[str]:
        """Return the paths of all files."""
        return self.source.names()

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return self.source.read(self.real.get(name, name))


OPEN = "; OPEN: %d drawn beyond a rule whom nobody else may replace"


class Later:
    """Goes through all that came after the first draw, in the order of the ledger."""

    def __init__(self, books: Books) -> None:
        self.books, self.now = books, books  # the publication, and its present round
        self.first = self.last = ""  # days from which, and up to which, teams are drawn
        self.due = 0  # visits drawn in later rounds
        self.names: Dict[str, int] = {}  # document → number of the round or draw it stands for
        self.teams: Dict[str, Dict[str, List[str]]] = {}  # visit → unit → people, as they stand
        self.by: Dict[str, Tuple[Books, Key]] = {}  # visit → round and key that drew it
        self.on_day: Dict[str, List[Visit]] = {}  # day → visits drawn
        self.away: Dict[str, List[str]] = {}  # day → who was given as absent
        self.opened: List[Any] = []  # stand-ins that were sealed
        self.stood_in = 0
        self.came: Set[Tuple[str, str, str]] = set()  # seats taken since the odds that stand
        # Person → last entry, half-days and days drawn by then, first day of that period.
        self.known: Dict[str, Tuple[Any, Dict[str, int], Dict[str, List[str]], str]] = {}
        self.people = [0, 0, 0]  # on later rosters: come, gone, otherwise than before
        self.moved = self.open = 0  # seats given to another by a draw; for which nobody else may go

    def run(self) -> str:
        """Check every round and every draw; return words."""
        books = self.books
        self.remember(books, {}, {})
        self.open_stand_ins()
        for one in books.rounds:
            if one.number > 1:
                self.stand_ins(one.row)
                self.round(one)
            for which in one.draws:
                self.stand_ins(books.rows[numbered("teams-seed", which)])
                if which > 1 or one.number > 1:
                    self.draw(one, which)
                if which in one.ended:
                    self.take(one, which)
        self.stand_ins(10**9)
        visits, draws = self.now.visits, sum(len(one.ended) for one in books.rounds)
        books.final = self
        missed = sum(visit.day <= self.last for visit in visits) - len(self.teams)
        words = "%d later rounds, %d visits; %d visits up to %s have no drawn team"
        words %= (len(books.rounds) - 1, self.due, missed, self.last)
        if any("draws" in books.bodies[numbered("odds", one.number)] for one in books.rounds):
            words += "; drawn in %d draws" % draws
        if self.now.own_plans:
            words += "; %d checks of special or daily plans" % self.now.own_plans
        words += "; %d inspectors replaced" % self.stood_in if self.stood_in else ""
        if any(self.people):
            words += "; later rosters: %d come, %d gone, %d changed" % tuple(self.people)
        words += "; %d drawn beyond a rule and replaced" % self.moved if self.moved else ""
        return words + (OPEN % self.open if self.open else "")

    def view(self, names: Mapping[str, int], kinds: Mapping[str, int]) -> Books:
        """Return the books as they stand, with documents and entries of other numbers."""
        books = self.books
        later = copy.copy(self.now)
        source = Round(books.source, names)
        later.source, later.of_first = source, False
        later.files = {name: books.files[source.real.get(name, name)] for name in books.files}
        for field in ("digests", "doc", "bodies", "rows", "times"):
            setattr(later, field, dict(getattr(later, field)))
        for field in ("bodies", "rows", "times"):
            found = getattr(later, field)
            for kind, which in kinds.items():
                found.pop(kind, None)
                if numbered(kind, which) in getattr(books, field):
                    found[kind] = getattr(books, field)[numbered(kind, which)]
        return later

    @staticmethod
    def within(later: Books, act: Callable[[Books], Any]) -> None:
        """Check a part of a view; faults name the real file."""
        try:
            act(later)
        except Fault as fault:
            assert isinstance(later.source, Round)
            real = later.source.real
            raise Fault(real.get(fault.file, fault.file), fault.place, fault.what) from None

    def round(self, one: OddsRound) -> None:
        """The odds of a later round: for days after those drawn, in the place of what is left."""
        self.names.update(dict.fromkeys(one.documents(), one.number))
        before = self.now
        self.now = later = self.view(self.names, {"odds": one.number})
        if one.amended:
            self.within(later, lambda books: self.amend(books, before, one))
        else:
            self.within(later, open_roster)
        self.within(later, check_odds)
        self.within(later, lambda books: self.follow(books, before))
        self.came.clear()

    def amend(self, later: Books, before: Books, one: OddsRound) -> None:
        """A plan of its own: the same sample and rules, and what is drawn as it was."""
        plan = before.doc["plan.json"]
        later.version, later.parent = plan["version"] + 1, before.digests[PLAN_FILE]
        later.sampled = dict(before.sampled)
        exchange(later, before.rows["checks"], one.row)
        later.rows["checks"] = one.row
        check_checks(later)
        check_roster(later)
        check_plan(later)
        check_bound(later)
        visits = later.doc["plan.json"]["visits"]
        kept = [visit for visit in plan["visits"] if visit["day"] <= self.last]
        count = sum(visit["day"] <= self.last for visit in visits)
        what = "number of visits up to %s, whose teams are drawn" % self.last
        same(count, len(kept), PLAN_FILE, "visits", what)
        for index, visit in enumerate(kept):
            at = "visits[%d]" % index
            need(visits[index] == visit, PLAN_FILE, at, "is not as before, and its team is drawn")

    def follow(self, later: Books, before: Books) -> None:
        """The period lies after what is drawn, and the roster carries that over."""
        first = later.doc["odds.json"]["period"][0]
        need(first > self.last, ODDS_FILE, "period[0]", "must lie after the days drawn before")
        effort = {(v.id, s["unit"]): s["effort"] for v in later.visits for s in v.seats}
        days = {visit.id: visit.day for visit in later.visits}
        where = {visit.id: visit.enterprise for visit in later.visits}
        served: Dict[str, int] = {}
        when: Dict[str, List[str]] = {}
        latest: Dict[Tuple[str, str], Tuple[str, List[str]]] = {}
        for visit, units in self.teams.items():
            for unit, people in units.items():
                spot = (unit, where[visit])
                if spot not in latest or latest[spot][0] < days[visit]:
                    latest[spot] = (days[visit], people)
                for person in people:
                    served[person] = served.get(person, 0) + effort[visit, unit]
                    when.setdefault(person, []).append(days[visit])
        later.before = when
        once = "not_twice" in later.doc["problem.json"]["rules"]["team"]
        for index, person in enumerate(later.doc["roster.json"]["inspectors"]):
            at = "inspectors[%d]." % index
            held = set(person.get("last_visited", ()))
            for (unit, enterprise), (_, people) in latest.items() if once else ():
                fine = unit != person["unit"] or (enterprise in held) == (person["id"] in people)
                what = "is not as drawn for " + enterprise
                need(fine, ROSTER_FILE, at + "last_visited", what)
            least = served.get(person["id"], 0)
            what = "is less than the half-days drawn so far, %d" % least
            need(person["workload"] >= least, ROSTER_FILE, at + "workload", what)
            for kind in sorted(person.get("max_visits", {})):
                low, high = calendar_span(kind, first)
                least = sum(low <= day <= high for day in when.get(person["id"], ()))
                made = person.get("visits", {}).get(kind, 0)
                what = "is less than the visits drawn so far, %d" % least
                need(made >= least, ROSTER_FILE, at + "visits." + kind, what)

        old = [is_old(books.doc["roster.json"]) for books in (before, later)]
        what = "tells grounds of recusals, as the roster before does not"
        need(old[0] or not old[1], ROSTER_FILE, "format", what)
        if not old[1]:
            self.since(later, before, served, {k: v[1] for k, v in latest.items()} if once else {})
        self.remember(later, served, when)

    def remember(self, now: Books, served: Dict[str, int], when: Dict[str, List[str]]) -> None:
        """Keep the entries of a roster, with what was drawn by then."""
        start = now.doc["odds.json"]["period"][0]
        for entry in now.doc["roster.json"]["inspectors"]:
            self.known[entry["id"]] = (entry, served, when, start)

    def since(
        self,
        later: Books,
        before: Books,
        served: Dict[str, int],
        latest: Dict[Tuple[str, str], List[str]],
    ) -> None:
        """The roster is the one before and what was drawn since, or says where it is not."""
        file = "transcript/roster.json"
        found = later.doc["roster.json"]["since"]
        same(found["roster"], before.digests[file], file, "since.roster", "digest of roster before")
        there = {entry["id"] for entry in before.doc["roster.json"]["inspectors"]}
        here = {entry["id"]: entry for entry in later.doc["roster.json"]["inspectors"]}
        come, gone = sorted(here.keys() - there), sorted(there - here.keys())
        same(found["come"], come, file, "since.come", "who was not on the roster before")
        same(found["gone"], gone, file, "since.gone", "who is not on the roster any more")
        been: Dict[Tuple[str, str], Set[str]] = {}
        for (unit, enterprise), people in latest.items():
            for name in people:
                been.setdefault((unit, name), set()).add(enterprise)
        changed: Dict[str, List[str]] = {}
        for name, entry in here.items():
            if name in self.known:
                wanted = self.carried(later, entry, served)
                past = wanted.pop("last_visited", ())
                kept = {e for e in past if (entry["unit"], e) not in latest}
                kept |= been.get((entry["unit"], name), set())
                if kept:
                    wanted["last_visited"] = sorted(kept)
                bare = {**entry, "leave": merged(entry["leave"])}
                if wanted["recusals"] and type(wanted["recusals"][0]) is str:
                    bare["recusals"] = sorted({pair[0] for pair in entry["recusals"]})
                keys = bare.keys() | wanted.keys()
                fields = sorted(key for key in keys if bare.get(key) != wanted.get(key))
                if fields:
                    changed[name] = fields
        at = "since.changed"
        same_keys(found["changed"], changed, file, at, "who is not as before and drawn since")
        for name, fields in changed.items():
            what = "fields not as before and drawn since"
            same(found["changed"][name], fields, file, "%s.%s" % (at, name), what)
        for place, many in enumerate((come, gone, changed)):
            self.people[place] += len(many)

    def carried(self, later: Books, entry: Any, served: Dict[str, int]) -> Dict[str, Any]:
        """Return the last entry of a person with what was drawn since, enterprises aside."""
        name, first = entry["id"], later.doc["odds.json"]["period"][0]
        before, served_then, days_then, start = self.known[name]
        wanted = {**before, "leave": merged(before["leave"])}
        wanted["workload"] += served.get(name, 0) - served_then.get(name, 0)
        visits = {}
        for kind in caps_of(entry):
            low, high = calendar_span(kind, first)
            made = sum(low <= day <= high for day in later.before.get(name, ()))
            if kind in before.get("max_visits", {}) and low <= start <= high:
                made += before.get("visits", {}).get(kind, 0)
                made -= sum(low <= day <= high for day in days_then.get(name, ()))
            if made:
                visits[kind] = made
        wanted.pop("visits", None)
        if visits:
            wanted["visits"] = visits
        if any(kind in RECUSALS for _, kind in before["recusals"]):
            wanted["recusals"] = sorted({pair[0] for pair in before["recusals"]})
        return wanted

    def draw(self, one: OddsRound, which: int) -> None:
        """A later draw: its seed and its teams."""
        self.names.update({"teams-seed": which, "teams": which})
        now = self.now
        later = self.view(self.names, dict.fromkeys(BY_DRAW, which))
        later.turn = now.turn = one.draws.index(which)
        self.within(later, check_teams_seed)
        if which in one.ended:
            self.within(later, check_teams)
            now.rest = later.rest
            now.doc["teams.json"] = later.doc["teams.json"]

    def take(self, one: OddsRound, which: int) -> None:
        """Take the teams of a draw, which hold, as those that stand."""
        now = self.now
        teams = now.doc["teams.json"]
        first, self.last = draw_days(now)
        self.first = self.first or first
        key = now.key(teams["key"])
        drawn, visits = as_drawn(teams), []
        for visit in now.visits:
            if visit.id in drawn:
                self.teams[visit.id] = drawn[visit.id]
                self.by[visit.id] = (now, key)
                self.on_day.setdefault(visit.day, []).append(visit)
                visits.append(visit)
        self.due += len(drawn) if one.number > 1 else 0
        wanted = self.overruns(visits)
        found = teams.get("stood_in", [])
        file = "transcript/%s.json" % numbered("teams", which)
        same_list(found, wanted, file, "stood_in", "who goes in the place of others")
        for visit in visits:
            units = self.teams[visit.id]
            same(teams["teams"][visit.id], units, file, "teams." + visit.id, "who goes")
        self.moved += sum(entry["substitute"] is not None for entry in wanted)
        self.open += sum(entry["substitute"] is None for entry in wanted)

    def overruns(self, drawn: List[Visit]) -> List[Any]:
        """Give seats to others where the lottery took a stand-in beyond a rule; return them."""
        found: List[Any] = []
        later = {visit.id for visit in drawn}
        odds = self.now.doc["odds.json"]
        relieved = {(r["unit"], r["day"]) for r in odds.get("bars", {}).get("relieved", ())}
        once = "not_twice" in self.now.doc["problem.json"]["rules"]["team"]
        for visit in drawn if self.came else ():
            later.discard(visit.id)
            for unit in sorted(self.teams[visit.id]):
                names = {name for _, _, name in self.came}
                for place, name in enumerate(list(self.teams[visit.id][unit])):
                    if name not in names:
                        continue
                    near = self.near(visit, unit)
                    ground = self.capped(visit, name, later)
                    before = near[0]
                    if not ground and once and (unit, visit.day) not in relieved and before:
                        stood = (before, unit, name) in self.came and name in self.teams[before][
                            unit
                        ]
                        ground = "twice" if stood else ""
                    if not ground:
                        continue
                    shun = {i for other in near if other for i in self.teams[other][unit]}
                    to = self.pick(visit.id, unit, name, shun if ground == "twice" else set())
                    if to is not None:
                        self.teams[visit.id][unit][place] = to
                        self.came.add((visit.id, unit, to))
                    keys = ("absent", "ground", "substitute", "unit", "visit")
                    found.append(dict(zip(keys, (name, ground, to, unit, visit.id))))
        return found

    def near(self, visit: Visit, unit: str) -> Tuple[str, str]:
        """Return the unit's drawn visits at the enterprise just before and just after a visit."""
        there = sorted(
            (day, other.id)
            for day, visits in self.on_day.items()
            for other in visits
            if other.enterprise == visit.enterprise and unit in self.teams[other.id]
        )
        before = [name for day, name in there if day < visit.day]
        after = [name for day, name in there if day > visit.day]
        return before[-1] if before else "", after[0] if after else ""

    def capped(self, visit: Visit, name: str, later: Set[str]) -> str:
        """Return the first kind of cap that a visit takes somebody past, the later ones aside."""
        staff = Staff(self.now.doc["roster.json"])
        person = staff.by_id[name]
        for kind in ("week", "month", "year"):
            if kind in person.get("max_visits", {}):
                count = self.counted(self.now, person, kind, visit.day, later)
                if count > person["max_visits"][kind]:
                    return kind
        return ""

    def open_stand_ins(self) -> None:
        """Read the stand-ins that were sealed."""
        books = self.books
        hidden = [index for index, body in books.stand_ins if "sealed" in body]
        if hidden:
            path = STAND_INS.split("/")[1]
            self.opened = books.open(path, OPENED_STAND_INS, "team-substitutions")["substitutions"]
            found = [one["entry"] for one in self.opened]
            same_list(found, hidden, STAND_INS, "substitutions", "entries")

    def stand_ins(self, before: int) -> None:
        """Check the stand-ins up to a line of the ledger."""
        books = self.books
        while self.stood_in < len(books.stand_ins):
            index, body = books.stand_ins[self.stood_in]
            if index + 1 >= before:
                return
            if "sealed" in body:
                turn = sum("sealed" in b for _, b in books.stand_ins[: self.stood_in])
                opened = self.opened[turn]
                one = {key: value for key, value in opened.items() if key != "entry"}
                file, at = STAND_INS, "substitutions[%d]." % turn
                assert books.secret is not None
                told = books.hash.hex(_ENCODER.encode(one).encode())
                found = sub_key(books.secret, "sealed", "team-substitution/%d:%s" % (index, told))
                place = "line %d body.sealed" % (index + 1)
                what = "commitment to %s of %s" % (at[:-1], file)
                same(body["sealed"], found.hex(), ENTRIES, place, what)
            else:
                one = body["substitution"]
                file, at = ENTRIES, "line %d body.substitution." % (index + 1)
            self.stand_in(one, file, at)
            self.stood_in += 1

    def stand_in(self, one: Any, file: str, at: str) -> None:
        """The first by ticket of those free takes the seat."""
        visit_id, unit, absent = one["visit"], one["unit"], one["absent"]
        need(visit_id in self.teams, file, at + "visit", "has no drawn team")
        team = self.teams[visit_id]
        need(unit in team, file, at + "unit", "sends nobody to this visit")
        need(absent in team[unit], file, at + "absent", "is not in this team")
        place, day = team[unit].index(absent), self.day_of(visit_id)
        self.away.setdefault(day, []).append(absent)
        wanted = self.pick(visit_id, unit, absent, set(self.away[day]))
        need(wanted is not None, file, at + "absent", "nobody is free in this place")
        same(one["substitute"], wanted, file, at + "substitute", "first by ticket of those free")
        assert wanted is not None
        team[unit][place] = wanted
        self.came.add((visit_id, unit, wanted))

    def day_of(self, visit_id: str) -> str:
        """Return the day of a drawn visit."""
        return next(v.day for v in self.by[visit_id][0].visits if v.id == visit_id)

    def pick(self, visit_id: str, unit: str, absent: str, out: Set[str]) -> Optional[str]:
        """Return the first by ticket of those free for a seat, some aside; nobody may be."""
        now, key = self.by[visit_id]
        team = self.teams[visit_id]
        staff = Staff(now.doc["roster.json"])
        today = self.on_day[self.day_of(visit_id)]
        visit = next(v for v in today if v.id == visit_id)
        seat = next(seat for seat in visit.seats if seat["unit"] == unit)
        place = team[unit].index(absent)
        skill = seat["skills"][place] if place < len(seat["skills"]) else ""
        served: Dict[str, int] = {}
        for other in today:
            for s in other.seats:
                for person in self.teams[other.id][s["unit"]]:
                    served[person] = served.get(person, 0) + s["effort"]
        team_apart = {name for members in team.values() for name in members} - {absent}
        free = [
            person["id"]
            for person in staff.units.get(unit, ())
            if person["id"] not in out
            and person["id"] not in team[unit]
            and staff.may(person, unit, visit, skill)
            and not team_apart.intersection(person.get("apart", ()))
            and served.get(person["id"], 0) + seat["effort"] <= person["max_half_days"]
            and all(self.has_room(now, person, kind, visit.day) for kind in caps_of(person))
        ]
        if not free:
            return None
        own = sub_key(key, "substitute", "%s/%s/%s" % (visit_id, unit, absent))
        ahead = self.chances()
        again = set()
        if "not_twice" in now.doc["problem.json"]["rules"]["team"]:
            # Who was, will be or may be at the enterprise comes only where nobody else may.
            for name in free:
                if visit.enterprise in staff.by_id[name].get("last_visited", ()):
                    again.add(name)
            for other in (other for visits in self.on_day.values() for other in visits):
                if other.enterprise == visit.enterprise and other.id != visit_id:
                    again.update(self.teams[other.id].get(unit, ()))
            for other, its_unit, names in ahead:
                if other.enterprise == visit.enterprise and its_unit == unit:
                    again.update(names)
        for name in free:
            person = staff.by_id[name]
            for kind in caps_of(person):
                low, high = calendar_span(kind, visit.day)
                open_ = {v.id for v, _, names in ahead if name in names and low <= v.day <= high}
                if not self.has_room(now, person, kind, visit.day, len(open_)):
                    again.add(name)
        free = [name for name in free if name not in again] or free
        return by_ticket(own, free)[0]

    def chances(self) -> List[Tuple[Visit, str, List[str]]]:
        """Return visits whose teams are not drawn, with a unit and whom the odds that stand name.

        A visit stands there once for each of its groups.
        """
        found = []
        about = {visit.id: visit for visit in self.now.visits}
        for part in self.now.doc["odds.json"]["parts"]:
            for group in part["groups"]:
                visit = about[group["visit"]]
                if visit.day > self.last:
                    names = [i for i, x in zip(part["inspectors"], group["odds"]) if x]
                    found.append((visit, part["unit"], names))
        return found

    def has_room(self, now: Books, person: Any, kind: str, day: str, more: int = 0) -> bool:
        """Return whether one visit on a day, and some more, keep a cap of an inspector."""
        return self.counted(now, person, kind, day) + more < int(person["max_visits"][kind])

    def counted(
        self, now: Books, person: Any, kind: str, day: str, without: Iterable[str] = ()
    ) -> int:
        """Return the visits that a cap of an inspector counts with a day's, by a round's roster."""
        low, high = calendar_span(kind, day)
        count = 0
        if low <= now.doc["odds.json"]["period"][0] <= high:
            count = int(person.get("visits", {}).get(kind, 0))
            count -= sum(low <= then <= high for then in now.before.get(person["id"], ()))
        for other, visits in self.on_day.items():
            if low <= other <= high:
                for visit in visits:
                    team = self.teams[visit.id]
                    if visit.id not in without:
                        count += any(person["id"] in team[unit] for unit in team)
        return count


def merged(spans: List[List[str]]) -> List[List[str]]:
    """Return spans of days as the fewest that hold the same days."""
    found: List[List[str]] = []
    for first, last in sorted(spans):
        if found and day_number(first) <= day_number(found[-1][1]) + 1:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return found


def caps_of(person: Any) -> List[str]:
    """Return the kinds of caps that an inspector has."""
    return sorted(person.get("max_visits", {}))


def check_later(books: Books) -> str:
    """Each later draw and round keeps the rules of the first, for days after those drawn."""
    if books.shut:
        for which in range(2, books.course.drawn + 1):
            committed = books.bodies["teams-seed-source-%d" % which]
            check_shown(books, "teams-seed-%d" % which, committed)
        return "%d later rounds; their teams wait for opening" % (len(books.rounds) - 1)
    return Later(books).run()


# ======================================================================================
# summary: the figures people quote
# ======================================================================================


def check_summary(books: Books) -> str:
    """The figures of summary.json, where it has them, are those recomputed."""
    name = books.file = "summary.json"
    if name not in books.files:
        return "none published"
    summary = parse(books.data(name), name)
    books.shape(name, summary, table(TEXT, anything))
    now = books.final.now if books.final is not None else books
    checks, plan = now.doc["checks.json"], now.doc["plan.json"]
    distinct, compared = books.doc["draw.json"]["distinct"], plan["comparison"]
    both = checks["checks"] + checks["offsite"]
    planned = sum(check["kind"] == "planned" for check in both)
    codes = [entry["reason"]["code"] for entry in plan["left_out"]]
    bound = plan["bound"]["visits"]
    above = len(plan["visits"]) + len(codes) - bound
    figures = {
        "campaign": books.campaign,
        "enterprises": len(books.frame),
        "inspectors": len(books.doc["roster.json"]["inspectors"]),
        "checks_planned": planned,
        "checks_triggered": len(both) - planned,
        "checks_offsite": len(checks["offsite"]),
        "drawn": distinct["drawn"],
        "distinct_independent_expected": distinct["independent"],
        "distinct_enterprises": distinct["enterprises"],
        "distinct_lower_bound": distinct["bound"],
        "visits_unmerged": compared["unmerged"],
        "visits_department_merged": compared["department_merged"],
        "visits": len(plan["visits"]),
        "lower_bound": bound,
        "gap": decimal((2 * 10**6 * above + bound) // (2 * bound)) if bound else "0.000000",
        "left_out_reasons": {code: codes.count(code) for code in sorted(set(codes))},
        "left_out": len(plan["left_out"]),
        "seed_test": books.doc["seed.json"]["test"],
    }
    if books.final is not None:
        # The figures are those of the first round, or of all.
        period, draws = books.doc["odds.json"]["period"], books.doc["odds.json"].get("draws")
        figures["teams"] = len(books.final.teams)
        figures["teams_period"] = [books.final.first, books.final.last]
        if draws is None and summary.get("teams_period") == period:
            figures["teams"], figures["teams_period"] = len(books.due), period
    known = [key for key in figures if key in summary]
    for key in known:
        same(summary[key], figures[key], name, key, key)
    return "%d figures" % len(known)


# ======================================================================================
# an enterprise's own proof (C2SP tlog-proof)
# ======================================================================================

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
PROOF = obj(
    {
        "format": TEXT,
        "campaign": text(r"[0-9a-z-]{1,60}", "a campaign's id"),
        "of": one_of("frame", "result", "odds"),
        "entry": TEXT,
        "leaf": TEXT,
        "index": whole(),
        "size": whole(1),
        "path": arr(TEXT),
        "vkey": TEXT,
    },
    {"hash": OTHER_HASH, "leaves": arr(TEXT), "spec": TEXT},
)
SALT = text(r"[0-9a-f]{32}", "32 lower-case hex digits")
RESULT = obj(
    {
        "drawn": asc(ID),
        "id": ENTERPRISE,
        "salt": SALT,
        "ticket": HEX,
    }
)


ODDS_LINE = obj({"inspector": ID, "leaves": whole(), "root": HEX, "salt": SALT})
ODDS_LEAF = obj(
    {
        "day": a_day,
        "inspector": ID,
        "odds": whole(1, WHOLE),
        "salt": SALT,
        "seats": whole(1),
        "skill": TEXT,
        "unit": ID,
        "visit": VISIT_ID,
    }
)


class Proof(NamedTuple):
    """A proof, read: the log's part, and what `extra` holds."""

    place: int
    path: List[bytes]
    checkpoint: bytes
    extra: Any


def path_root(
    index: int, size: int, leaf: bytes, path: List[bytes], hashed: Hash = SHA256
) -> Optional[bytes]:
    """Return the root that an audit path leads to (RFC 9162, 2.1.3.2), ``None`` if it cannot."""
    if not 0 <= index < size:
        return None
    number, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            node = hashed.digest(b"\x01" + sibling + node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = hashed.digest(b"\x01" + node + sibling)
        number, last = number >> 1, last >> 1
    return node if last == 0 else None


def hashes(texts: List[str], file: str, place: str) -> List[bytes]:
    """Return hashes written in base64, at most 63 of them."""
    need(len(texts) <= 63, file, place, "is longer than any path")
    found = []
    for n, value in enumerate(texts):
        raw = unbase64(value)
        if raw is None or len(raw) != 32:
            raise Fault(file, "%s[%d]" % (place, n), "is no hash in base64")
        found.append(raw)
    return found


def read_proof(books: Books) -> Proof:
    """Read the text: header, extra, index, hashes, an empty line, the checkpoint."""
    name = books.file = "proof"
    head, gap, checkpoint = books.source.read(name).partition(b"\n\n")
    need(bool(gap) and bool(checkpoint), name, "", "no checkpoint follows an empty line")
    lines = read_text(head, name).split("\n")
    same(lines[0], PROOF_HEADER, name, "line 1", "header")
    extra = lines[1] if len(lines) > 1 else ""
    raw = unbase64(extra[6:]) if extra.startswith("extra ") else None
    if raw is None:
        raise Fault(name, "line 2", "must be extra and base64")
    index = lines[2] if len(lines) > 2 else ""
    told = re.fullmatch(r"index (0|[1-9][0-9]{0,14})", index, re.ASCII)
    if told is None:
        raise Fault(name, "line 3", "must be index and a number")
    path = hashes(lines[3:], name, "path")
    value = parse(raw, name, "extra")
    books.shape(name, value, PROOF, "extra")
    same(value["format"], "double-random/proof/v1", name, "extra format", "format")
    return Proof(int(told.group(1)), path, checkpoint, value)


def check_proof_text(books: Books) -> str:
    """The text is a tlog-proof, and its extra names the campaign."""
    books.proof = read_proof(books)
    books.campaign = books.proof.extra["campaign"]
    books.hash = HASHES[books.proof.extra.get("hash", "sha256")]
    return "%s of campaign %s" % (books.proof.extra["of"], books.campaign)


def check_proof_checkpoint(books: Books) -> str:
    """The checkpoint is signed by the log's key."""
    proof, name, origin = books.held_proof(), "proof", "double-random/" + books.campaign
    key = read_vkey(proof.extra["vkey"], name, origin, books.vkey)
    size, root = open_note(proof.checkpoint, name, origin, key)
    told = re.fullmatch(r"[1-9][0-9]{0,14}", size, re.ASCII) is not None
    raw = unbase64(root)
    if not told or raw is None or len(raw) != 32:
        raise Fault(name, "checkpoint", "must hold a size and a root")
    books.tree = (int(size), raw)
    compared = "" if books.vkey else ", its key not compared with another"
    return "%s entries, signature holds%s" % (size, compared)


def check_proof_entry(books: Books) -> str:
    """The entry of the ledger is under the checkpoint."""
    proof, name = books.held_proof(), "proof"
    line = proof.extra["entry"].encode("utf-8", "surrogatepass")
    entry = parse(line, name, "extra entry")
    books.shape(name, entry, ENTRY, "extra entry")
    same(entry["index"], proof.place, name, "extra entry.index", "index")
    same(entry["campaign"], books.campaign, name, "extra entry.campaign", "campaign")
    kind = {"frame": "spec", "result": "draw", "odds": "odds"}[proof.extra["of"]]
    same(entry["kind"], kind, name, "extra entry.kind", "kind")
    size, root = books.tree
    found = path_root(proof.place, size, books.hash.digest(b"\x00" + line), proof.path, books.hash)
    need(found == root, name, "path", "does not lead from the entry to the checkpoint's root")
    books.bodies[kind] = entry["body"]
    return "entry %d, %s, of %s" % (proof.place, kind, entry["time"])


def check_proof_leaf(books: Books) -> str:
    """The own line of an enterprise or inspector is under the root that the entry holds."""
    proof, name = books.held_proof(), "proof"
    extra = proof.extra
    line = extra["leaf"].encode("utf-8", "surrogatepass")
    leaf = parse(line, name, "extra leaf")
    if extra["of"] == "frame":
        root, words = proved_frame(books, leaf)
    elif extra["of"] == "odds":
        root, words = proved_odds(books, leaf)
    else:
        books.shape(name, leaf, RESULT, "extra leaf")
        found = books.bodies["draw"].get("results")
        books.shape(name, found, ROOT, "extra entry.body.results")
        same(extra["size"], found["size"], name, "extra size", "size of the results")
        root = found["root"]
        words = "drawn for " + ", ".join(leaf["drawn"]) if leaf["drawn"] else "not drawn"
        words = "%s: %s; ticket %s" % (leaf["id"], words, leaf["ticket"])
    path = hashes(extra["path"], name, "extra path")
    hashed = books.hash
    led = path_root(extra["index"], extra["size"], hashed.digest(b"\x00" + line), path, hashed)
    fits = led is not None and led.hex() == root
    need(fits, name, "extra path", "does not lead from the leaf to its root")
    return words


def proved_frame(books: Books, leaf: Any) -> Tuple[str, str]:
    """Return the frame's root by the spec, and what the leaf can be drawn for, in words."""
    name, extra = "proof", books.held_proof().extra
    books.shape(name, leaf, LEAF, "extra leaf")
    need("spec" in extra, name, "extra spec", "is missing")
    data = extra["spec"].encode("utf-8", "surrogatepass")
    field = books.hash.name
    found, place = books.bodies["spec"].get(field), "extra entry.body." + field
    same(found, books.hash.hex(data), name, place, "digest of the spec")
    spec = parse(data, name, "extra spec")
    books.shape(name, spec, SPEC, "extra spec")
    books.names_hash(name, spec, "extra spec.hash")
    same(spec["campaign"], books.campaign, name, "extra spec.campaign", "campaign")
    orders = {order_key(order): order for order in spec["items"]}
    can = []
    for item in leaf["items"]:
        need(item in orders, name, "extra leaf.items", "%s is no order of the spec" % item)
        by = orders[item]["strata_by"]
        stratum = "|".join([leaf["labels"][field] for field in by]) if by else "all"
        named = [one for one in orders[item]["strata"] if one["stratum"] == stratum]
        need(len(named) == 1, name, "extra leaf.labels", "is in no stratum of " + item)
        one = named[0]
        pi = Fraction(one.get("rate", "0")) or Fraction(one.get("size", 0), one["population"])
        can.append("%s with %s" % (item, pi))
    words = "can be drawn for " + ", ".join(can) if can else "can be drawn for nothing"
    for item in sorted(leaf["out"]):
        words += "; not for %s: %s" % (item, leaf["out"][item])
    return spec["frame_root"], "%s: %s" % (leaf["id"], words)


def proved_odds(books: Books, line: Any) -> Tuple[str, str]:
    """Return the root of the lines by the entry, and an inspector's own odds, in words."""
    name, extra = "proof", books.held_proof().extra
    books.shape(name, line, ODDS_LINE, "extra leaf")
    found = books.bodies["odds"].get("leaves")
    books.shape(name, found, ODDS_LEAVES, "extra entry.body.leaves")
    need("leaves" in extra, name, "extra leaves", "is missing")
    same(len(extra["leaves"]), line["leaves"], name, "extra leaves", "number of leaves")
    texts = [one.encode("utf-8", "surrogatepass") for one in extra["leaves"]]
    root = merkle_root(texts, books.hash).hex()
    same(line["root"], root, name, "extra leaf.root", "root of the leaves")
    days, total = set(), 0
    for index, data in enumerate(texts):
        place = "extra leaves[%d]" % index
        leaf = parse(data, name, place)
        books.shape(name, leaf, ODDS_LEAF, place)
        same(leaf["inspector"], line["inspector"], name, place + ".inspector", "inspector")
        days.add(leaf["day"])
        total += leaf["odds"]
    words = "%s: %d odds on %d days, together %d of %d"
    return found["root"], words % (line["inspector"], len(texts), len(days), total, WHOLE)


PROOF_SECTIONS = (
    ("proof", check_proof_text),
    ("checkpoint", check_proof_checkpoint),
    ("entry", check_proof_entry),
    ("own line", check_proof_leaf),
)


def verify_proof(data: bytes, *, vkey: Optional[str] = None) -> Report:
    """Check an enterprise's own proof, from its text alone.

    Parameters
    ----------
    data
        The text, as of ``double-random draw proof``.
    vkey
        The log's verifier key as known from elsewhere; without it the one in the text is used,
        which shows nothing of who signed.
    """
    books = Books(Memory({"proof": data}), vkey)
    books.alone = True
    return run(books, PROOF_SECTIONS)


# ======================================================================================
# the whole, and the command line
# ======================================================================================

NEEDS = {
    "seed": "seed",
    "draw": "draw",
    "checks": "checks",
    "roster and problem": "roster",
    "plan": "plan",
    "bound": "plan",
    "odds": "odds",
    "teams seed": "teams-seed",
    "teams": "teams",
    "later teams": "teams",
    "summary": "teams",
}
"""Section → the kind of entry without which it has nothing to check."""
TOLD_SHUT = ("seed", "draw", "teams seed", "later teams")
"""Sections that have something to check before opening."""
SECTIONS = (
    ("manifest", check_manifest),
    ("ledger", check_ledger),
    ("frame", check_frame),
    ("spec", check_spec),
    ("earlier draws", check_earlier),
    ("separate draws", check_separate),
    ("seed", check_draw_seed),
    ("draw", check_draw),
    ("checks", check_checks),
    ("roster and problem", check_roster),
    ("plan", check_plan),
    ("bound", check_bound),
    ("odds", check_odds),
    ("teams seed", check_teams_seed),
    ("teams", check_teams),
    ("later teams", check_later),
    ("summary", check_summary),
)


def verify(
    source: Union[str, "os.PathLike[str]", Mapping[str, bytes]],
    *,
    vkey: Optional[str] = None,
    seen: Iterable[bytes] = (),
    witnesses: Iterable[str] = (),
) -> Report:
    """Recompute a publication.

    Parameters
    ----------
    source
        The folder, or its files in memory: path with ``/`` → bytes.
    vkey
        The log's verifier key as known from elsewhere.
    seen
        Checkpoints that somebody kept when they were signed: the ledger must still begin so.
    witnesses
        Verifier keys of witnesses: each must have cosigned the checkpoint, or one that is seen.

    Returns
    -------
    Report
        Sections up to the first that does not hold. Whatever the input, nothing is raised but
        what the interpreter itself cannot go on with.
    """
    books = Books(Memory(source) if isinstance(source, Mapping) else Folder(source), vkey)
    books.seen = [("checkpoint seen (%d)" % n, data) for n, data in enumerate(seen, 1)]
    books.witnesses = list(witnesses)
    return run(books, SECTIONS)


def verify_draw(source: Union[str, "os.PathLike[str]", Mapping[str, bytes]]) -> Report:
    """Recompute a publication up to its draw; parameters as of `verify`."""
    books = Books(Memory(source) if isinstance(source, Mapping) else Folder(source), None)
    return run(books, SECTIONS[: 1 + [name for name, _ in SECTIONS].index("draw")])


def check_plan_documents(checks: bytes, problem: bytes, plan: bytes) -> List[Check]:
    """Check a plan alone, from the bytes of its three documents.

    Returns
    -------
    list of Check
        One for each of `PLAN_SECTIONS`: all hold.

    Raises
    ------
    Fault
        The first thing that is wrong. Where the checks and the problem come from (draw, roster,
        level rule) is not looked at.
    """
    files = {"checks": checks, "problem": problem, "plan": plan}
    report = verify_plan({"transcript/%s.json" % name: data for name, data in files.items()})
    if report.first_fault is not None:
        raise Fault(**report.first_fault)
    return report.checks


def verify_plan(files: Mapping[str, bytes]) -> Report:
    """Check a plan alone; `files` holds checks, problem and plan as in ``transcript/``."""
    books = Books(Memory(files), None)
    books.alone = True
    return run(books, PLAN_SECTIONS)


def check_listed(books: Books) -> str:
    """The lists of checks of a plan alone are well-formed; it names the campaign."""
    name = "transcript/problem.json"
    try:
        problem = parse(books.source.read(name), name)
    except Fault:
        problem = None  # named when its turn comes
    if isinstance(problem, dict) and problem.get("hash") == SM3.name:
        books.hash = SM3
    name = "transcript/checks.json"
    value = parse(books.data(name), name)
    books.shape(name, value, CHECKS)
    books.campaign = value["campaign"]
    return check_checks(books)


PLAN_SECTIONS = (
    ("checks", check_listed),
    ("problem", check_problem),
    ("plan", check_plan),
    ("bound", check_bound),
)


def run(books: Books, sections: Iterable[Tuple[str, Callable[[Books], str]]]) -> Report:
    """Go through sections up to the first that does not hold."""
    checks: List[Check] = []
    for name, section in sections:
        begun = time.perf_counter()
        try:
            detail, fault = books.waiting(name) or section(books), None
        except Fault as error:
            fault = error
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            ArithmeticError,
            AssertionError,
            RecursionError,
        ) as error:
            # No input should come here; if one does, it is refused all the same.
            fault = Fault(
                books.file, "", "cannot be made sense of (%s: %s)" % (type(error).__name__, error)
            )
        if fault is not None:
            detail = ("%s %s" % (fault.file, fault.place)).strip() + ": " + fault.what
        checks.append(Check(name, fault is None, detail, time.perf_counter() - begun))
        if fault is not None:
            return Report(
                False, checks, {"file": fault.file, "place": fault.place, "what": fault.what}
            )
    return Report(True, checks, None, books.state())


def main(arguments: Optional[List[str]] = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(
        prog="verify.py", description="Recompute a publication of a double-random campaign."
    )
    parser.add_argument("folder", metavar="DIR", nargs="?", help="the publication")
    parser.add_argument("--vkey", help="the ledger's verifier key, from elsewhere than the folder")
    parser.add_argument(
        "--seen",
        metavar="FILE",
        action="append",
        default=[],
        help="an earlier checkpoint of this ledger that somebody kept; may be given several times",
    )
    parser.add_argument(
        "--witness",
        metavar="VKEY",
        action="append",
        default=[],
        help="a witness's verifier key: it must have cosigned the checkpoint, or one of --seen; "
        "may be given several times",
    )
    parser.add_argument("--plan", action="store_true", help="check a plan alone")
    parser.add_argument("--proof", metavar="FILE", help="check an own proof")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    if given.proof is not None:
        if given.folder is not None or given.plan or given.seen or given.witness:
            parser.error("--proof stands alone: no DIR, --plan, --seen or --witness with it")
        try:
            with open(given.proof, "rb") as file:
                return told(verify_proof(file.read(10**8), vkey=given.vkey), given, [])
        except OSError as error:
            parser.error("%s: %s" % (given.proof, error.strerror))
    if given.folder is None:
        parser.error("the following arguments are required: DIR")
    if not os.path.isdir(given.folder):
        parser.error("%s is no folder" % given.folder)
    seen = []
    for name in given.seen:
        try:
            with open(name, "rb") as file:
                seen.append(file.read(10**6))
        except OSError as error:
            parser.error("%s: %s" % (name, error.strerror))
    if given.plan:
        report = plan_in(given.folder)
    else:
        report = verify(given.folder, vkey=given.vkey, seen=seen, witnesses=given.witness)
    return told(report, given, seen)


def told(report: Report, given: Any, seen: List[bytes]) -> int:
    """Print a report; return the exit code."""
    if given.json:
        print(json.dumps(report.as_dict()))
        return 0 if report.ok else 1
    for check in report.checks:
        print(
            "%-5s %-18s %6.2f s  %s"
            % ("ok" if check.ok else "FAULT", check.name, check.seconds, ascii_safe(check.detail))
        )
    if report.first_fault is not None:
        where = "%s %s" % (report.first_fault["file"], report.first_fault["place"])
        print(
            "The first thing that is wrong: "
            + ascii_safe(where + ": " + report.first_fault["what"])
        )
        return 1
    if given.plan:
        print("The plan holds. Where its checks and people come from, a publication shows.")
        return 0
    key = "compared with the one given" if given.vkey else "not compared: give it with --vkey"
    if given.proof:
        print("The proof holds. The log's key was %s." % key)
        return 0
    if report.state is None:
        print("Everything holds. The log's key was %s." % key)
    elif report.state["stage"] == "void":
        print("What is there holds, but was declared void: nothing drawn can be claimed.")
        print("The reason: " + ascii_safe(report.state["reason"]))
        print("The log's key was %s." % key)
    else:
        waits = ", ".join(report.state["waits"])
        print("What is there holds; the campaign is under way and waits for: %s." % waits)
        print("The log's key was %s." % key)
    if not seen:
        print("That it was committed before the seed: only an earlier checkpoint shows (--seen).")
    return 0


def plan_in(folder: str) -> Report:
    """Check the plan in a folder or its ``transcript``."""
    inside = os.path.isdir(os.path.join(folder, "transcript"))
    source = Folder(os.path.join(folder, "transcript") if inside else folder)
    files = {}
    for name in ("checks.json", "problem.json", "plan.json"):
        try:
            files["transcript/" + name] = source.read(name)
        except Fault:
            continue  # named as missing when its turn comes
    report = verify_plan(files)
    if report.first_fault is not None and not inside:
        report.first_fault["file"] = report.first_fault["file"].replace("transcript/", "", 1)
    return report


def ascii_safe(value: str) -> str:
    """Return text that the terminal can show."""
    encoding = sys.stdout.encoding or "ascii"
    if len(value) > 1000:
        value = value[:1000] + "..."
    # Control characters of a hostile document must not move the cursor or add lines.
    value = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    return value.encode(encoding, "backslashreplace").decode(encoding)


if __name__ == "__main__":
    sys.exit(main())
