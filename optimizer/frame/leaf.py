"""One line of the frame: the canonical bytes of what counts for the draw.

The line is put together from canonical parts that many enterprises share, which is several times
faster than encoding each record; a test holds it to `optimizer.canon.canonical`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from optimizer.canon import SHA256, Hash, canonical

SALT_BYTES = 16


def leaf_salt(salt_master: bytes, identifier: str, hash: Hash = SHA256) -> str:
    """Return the salt of a line, in hex: who lacks it cannot guess at a line from its hash."""
    return keyed_salt(salt_master, b"leaf/v1:", identifier, hash)


def risk_salt(salt_master: bytes, identifier: str, hash: Hash = SHA256) -> str:
    """Return the private salt of a risk commitment, in hex: shown to open one class."""
    return keyed_salt(salt_master, b"risk/v1:", identifier, hash)


def risk_commitment(salt: str, risk_class: str, hash: Hash = SHA256) -> str:
    """Return the commitment to a risk class, in hex."""
    return hash.hex(f"double-random/risk/v1:{salt}:{risk_class}".encode())


def part(value: Any) -> str:
    """Return the canonical text of a part of a line."""
    return canonical(value).decode()


text_part = lru_cache(maxsize=1 << 14)(part)
"""The same for texts, remembered: counties, industries and labels come again and again."""


def line(
    *,
    county: str,
    identifier: str,
    industry: str,
    items: str,
    labels: str,
    out: str,
    risk: str,
    salt: str,
    zones: str,
    weight: int = 0,
) -> bytes:
    """Return a line without its newline.

    Parameters
    ----------
    county, industry
        Texts.
    identifier
        ASCII of ``[0-9A-Z-]``.
    items, labels, out, zones
        Canonical texts of these parts.
    risk, salt
        Hex.
    weight
        0: no order draws the enterprise by weight, and the line does not tell it.
    """
    weighed = f'"weight":{weight},' if weight else ""
    return (
        f'{{"county":{text_part(county)},"id":"{identifier}","industry":{text_part(industry)},'
        f'"items":{items},"labels":{labels},"out":{out},"risk":"{risk}","salt":"{salt}",'
        f'{weighed}"zones":{zones}}}'
    ).encode()


def keyed_salt(salt_master: bytes, use: bytes, identifier: str, hash: Hash) -> str:
    """Return a salt for one use of one identifier, in hex."""
    return hash.hmac(salt_master, use + identifier.encode())[:SALT_BYTES].hex()
