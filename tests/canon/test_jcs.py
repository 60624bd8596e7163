"""Canonical JSON against the `rfc8785` package and the strictness of the reader."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import MAX_INTEGER, canonical, digest, parse
from optimizer.errors import InputError

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_bytes_are_those_of_rfc8785(value: object) -> None:
    """Bytes equal those of another implementation of RFC 8785."""
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_parse_inverts(value: object) -> None:
    """Reading canonical bytes gives the value back, with booleans kept apart from integers."""
    again = parse(canonical(value))
    assert again == value
    assert canonical(again) == canonical(value)


def test_keys_in_order_of_utf16_units() -> None:
    """RFC 8785, 3.2.3: keys sort by UTF-16 units, not by code points."""
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    assert list(parse(canonical(value)).values()) == [2, 4, 6, 7, 1, 5, 3]
    assert canonical({"é": {"b": 1, "a": 2}}) == '{"é":{"a":2,"b":1}}'.encode()
    assert canonical([{"é": ()}]) == '[{"é":[]}]'.encode()


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.0, TypeError),
        ([float("nan")], TypeError),
        ({"a": {1}}, TypeError),
        ({1: "a"}, TypeError),
        ({"a": b"bytes"}, TypeError),
        (2**53, ValueError),
        ([-(2**53)], ValueError),
        ("\ud800", ValueError),
        ({"\udfff": 1}, ValueError),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object, error: type[Exception]) -> None:
    """Floats, other types, large integers and lone surrogates are refused."""
    with pytest.raises(error):
        canonical(value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":1}', "json-syntax"),
        (b'[{"b":{"a":1,"a":2}}]', "json-syntax"),
        (b"[1.0]", "json-syntax"),
        (b"[1e3]", "json-syntax"),
        (b"[-0]", "json-syntax"),
        (b"NaN", "json-syntax"),
        (b"-Infinity", "json-syntax"),
        (b"9007199254740992", "json-syntax"),
        (b"1" * 100_000, "json-syntax"),
        (b'"\\ud800"', "json-syntax"),
        (b'{"\\udc00":1}', "json-syntax"),
        (b'"\xff"', "json-utf8"),
        (b'"\xed\xa0\x80"', "json-utf8"),
        (b"\xef\xbb\xbf{}", "json-syntax"),
        (b'"\x01"', "json-syntax"),
        (b"{} {}", "json-syntax"),
        (b"", "json-syntax"),
        (b"[" * 200_000, "json-depth"),
    ],
)
def test_reader_refuses(data: bytes, code: str) -> None:
    """What two readers might read differently is refused with a fault that names the file."""
    with pytest.raises(InputError) as caught:
        parse(data, name="spec.json")
    assert [(f.code, f.file) for f in caught.value.faults] == [(code, "spec.json")]


@given(st.binary(max_size=40) | st.text(max_size=20).map(lambda t: json.dumps(t).encode()))
def test_reader_never_crashes(data: bytes) -> None:
    """Any bytes are read or refused, and what is read has a canonical form."""
    try:
        value = parse(data)
    except InputError:
        return
    assert parse(canonical(value)) == value


def test_escaped_surrogate_pairs_are_read() -> None:
    """A pair of escapes is one character, and canonical bytes hold it in UTF-8."""
    assert canonical(parse(b'"\\ud83d\\ude00"')) == '"😀"'.encode()


def test_digest_is_sha256() -> None:
    """FIPS 180-4's example."""
    assert digest(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")
