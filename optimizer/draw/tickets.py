"""Tickets: one number for each enterprise, from which every order samples.

``ticket(e) = H(hex(key) ‖ identifier)``, H being the key's hash function, SHA-256 or SM3. The hex
of a key fills exactly one block of either, so the state after that block (the midstate) is worked
out once for all identifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.chance import hash_of

Tickets = NDArray[np.uint64]
"""Shape (n, 4): each row a 256-bit number, most significant word first."""

FAST_FROM = 1_000_000
"""Fewer tickets than this are made by a loop in the time it takes to load a compiler."""


def ticket(key: bytes, identifier: str) -> str:
    """Return one ticket in hex: the definition."""
    return hash_of(key).hex(f"{key.hex()}{identifier}".encode())


def ticket_loop(ids: Sequence[str]) -> Callable[[bytes], Tickets]:
    """Return the reference: a loop over the hash function from a copied midstate.

    Parameters
    ----------
    ids
        Identifiers.

    Returns
    -------
    callable
        From a key of 32 bytes to the tickets in step with `ids`.
    """
    encoded = [identifier.encode() for identifier in ids]

    def tickets(key: bytes) -> Tickets:
        copy = hash_of(key).start(key.hex().encode()).copy
        digests = []
        for data in encoded:
            state = copy()
            state.update(data)
            digests.append(state.digest())
        words = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 4)
        return words.astype(np.uint64)

    return tickets


def ticket_maker(
    ids: Sequence[str], *, keys: int = 1, fast: bool | None = None
) -> Callable[[bytes], Tickets]:
    """Return the quickest way at hand to make the tickets of `ids`; all give the same.

    Parameters
    ----------
    ids
        Identifiers of at most 55 bytes.
    keys
        For how many keys they will be asked.
    fast
        Whether to use Numba; by default if it is installed and there is enough to do.
    """
    if fast or (fast is None and len(ids) * keys >= FAST_FROM):
        try:
            from optimizer.draw.fast import ticket_lanes
        except ImportError:
            if fast:
                raise
        else:
            return ticket_lanes(ids, keys=keys)
    return ticket_loop(ids)


def hex_ticket(row: NDArray[np.uint64]) -> str:
    """Return a row of tickets in hex."""
    return row.astype(">u8").tobytes().hex()
