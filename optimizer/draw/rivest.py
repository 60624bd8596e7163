"""The order of Rivest's published sampler, so that his program repeats an open draw.

His ticket is the same hash, read as a decimal fraction with the digits reversed. Given the seed
text (``seed.json``, *text*) and the identifiers of a stratum, ``consistent_sampler.sampler`` lists
them in this order. Our own order reads the hash as it stands, big-endian.

Source: R. L. Rivest, "consistent_sampler", version 1.0.10.
"""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.draw.tickets import ticket

_DIGITS = 78
"""Decimal digits of 2^256."""


def rivest_fraction(key: bytes, identifier: str) -> str:
    """Return the fraction as his program prints it, ``0.…``; it pads to 64 digits only."""
    return "0." + f"{int(ticket(key, identifier), 16):064d}"[::-1]


def rivest_order(key: bytes, ids: Iterable[str]) -> list[str]:
    """Return identifiers in the order of his sampler without replacement.

    Parameters
    ----------
    key
        SHA-256 of the seed text, 32 bytes.
    ids
        Distinct identifiers, in any order.
    """
    return sorted(ids, key=lambda name: (f"{int(ticket(key, name), 16):0{_DIGITS}d}"[::-1], name))
