"""Canonical JSON (RFC 8785) without floats: one value, one string of bytes.

Floats are refused rather than written by RFC 8785's rule for them: a verifier in another
language must not have to agree on how a double is printed. Decimals and fractions are strings.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from optimizer.canon.hashing import SHA256, Hash
from optimizer.errors import Fault, InputError

MAX_INTEGER = 2**53 - 1
"""Largest magnitude of an integer that every JSON reader keeps exactly."""


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a value.

    Parameters
    ----------
    value
        ``str``, ``int``, ``bool``, ``None``, ``list`` or ``tuple``, ``dict`` with ``str`` keys,
        nested as you like; no subclasses of these.

    Returns
    -------
    bytes
        UTF-8 without a final newline.

    Raises
    ------
    TypeError
        On a float or any other type.
    ValueError
        On an integer beyond `MAX_INTEGER` or a lone surrogate in a text.
    """
    ascii_keys = _check(value)
    if not ascii_keys:
        value = _sorted_utf16(value)
    # For ASCII keys the order of code points is the order of UTF-16 units; a value whose
    # objects are already in order keeps it.
    text = json.dumps(
        value,
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=ascii_keys,
        allow_nan=False,
        check_circular=False,  # `_check` would not have ended
    )
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("canonical JSON has no lone surrogates") from error


def digest(data: bytes, hash: Hash = SHA256) -> str:
    """Return the digest of `data` in lower-case hex."""
    return hash.hex(data)


def parse(data: bytes, *, name: str = "document") -> Any:
    """Read JSON strictly: whatever two readers might read differently is refused.

    Parameters
    ----------
    data
        UTF-8, without byte order mark. White space between tokens is allowed: whether bytes are
        canonical is told by their digest.
    name
        What to call the document in a fault.

    Raises
    ------
    InputError
        On bytes that are not UTF-8 or not JSON, on duplicate keys, floats, ``NaN``, ``-0``,
        integers beyond `MAX_INTEGER`, lone surrogates, and nesting too deep to read.
    """
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_integer,
        )
        # Valid UTF-8 holds no surrogates; only escapes can bring them in.
        if "\\u" in text:
            canonical(value)
    except UnicodeDecodeError as error:
        raise _fault("json-utf8", name, f"byte {error.start}", "text in UTF-8") from error
    except RecursionError as error:
        raise _fault("json-depth", name, "", "JSON that is not nested so deep") from error
    except ValueError as error:
        raise _fault("json-syntax", name, str(error), "strict JSON without floats") from error
    return value


def _fault(code: str, name: str, value: str, expected: str) -> InputError:
    return InputError(
        Fault(code, name, value=value, expected=f"expected {expected}", mend="Write the file anew.")
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"duplicate key {key!r}")
            seen.add(key)
    return record


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"number {text} is not an integer")


def _integer(text: str) -> int:
    # Length first: `int` takes quadratic time in the number of digits.
    if len(text) > 17 or text == "-0" or abs(int(text)) > MAX_INTEGER:
        raise ValueError(f"integer {text[:20]} is beyond 2^53 - 1 or is -0")
    return int(text)


def _check(value: Any) -> bool:
    """Refuse what has no canonical form; return whether every key is ASCII."""
    ascii_keys = True
    stack = [value]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is str or item is None or kind is bool:
            continue
        if kind is int:
            if not -MAX_INTEGER <= item <= MAX_INTEGER:
                raise ValueError(f"integer {item} is beyond 2^53 - 1: write it as text")
        elif kind is list or kind is tuple:
            stack.extend(item)
        elif kind is dict:
            for key in item:
                if type(key) is not str:
                    raise TypeError(f"key {key!r} is not a string")
                ascii_keys = ascii_keys and key.isascii()
            stack.extend(item.values())
        else:
            raise TypeError(f"{kind.__name__} has no canonical form: {item!r:.40}")
    return ascii_keys


def _sorted_utf16(value: Any) -> Any:
    """Return the value with the keys of its objects in order of UTF-16 code units."""
    if isinstance(value, dict):
        return {
            key: _sorted_utf16(value[key])
            for key in sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))
        }
    if isinstance(value, (list, tuple)):
        return [_sorted_utf16(item) for item in value]
    return value
