"""RFC 3797, publicly verifiable nominations committee selection: its text and its order.

Our draws take its text of the numbers of public lotteries (section 4) into the seed text, and
hash with SHA-256. `rfc3797_order` repeats the RFC itself, whose hash is MD5, line by line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def canonical_text(results: Sequence[Sequence[int]]) -> str:
    """Return the text of section 4: each source's numbers ascending, each with ``.``, then ``/``.

    Examples
    --------
    >>> canonical_text([[9319], [2, 5, 12, 8, 10]])
    '9319./2.5.8.10.12./'
    """
    return "".join("".join(f"{n}." for n in sorted(numbers)) + "/" for numbers in results)


def rfc3797_order(text: str, pool: int, count: int | None = None) -> list[int]:
    """Return whom RFC 3797 selects, in order (section 4, MD5).

    Parameters
    ----------
    text
        Of `canonical_text`.
    pool
        How many volunteers there are, numbered from 1.
    count
        How many to select; all by default.

    Examples
    --------
    >>> rfc3797_order("9319./2.5.8.10.12./9.18.26.34.41.45./", 25, 4)
    [17, 7, 2, 16]
    """
    left = list(range(1, pool + 1))
    key = text.encode()
    chosen = []
    for turn in range(pool if count is None else count):
        edge = turn.to_bytes(2, "big")
        found = hashlib.md5(edge + key + edge, usedforsecurity=False).digest()
        chosen.append(left.pop(int.from_bytes(found, "big") % len(left)))
    return chosen
