"""Tickets many at once, by Numba: with the processor's SHA instructions, or 256 side by side.

Only loaded where the extra ``fast`` is installed. The key fills one block, so its state is worked
out once and an identifier costs one compression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.canon import sm3_lanes
from optimizer.canon.hashing import SM3
from optimizer.canon.sha_constants import ROUNDS, state_after
from optimizer.canon.sha_instructions import AVAILABLE, block_rules, held, last_blocks_2
from optimizer.canon.sha_lanes import compress
from optimizer.chance import hash_of
from optimizer.compiled import compiled
from optimizer.draw.packed import Packed, pack

_BLOCK = 64
_RULES = block_rules(_BLOCK)
compress_sm3 = sm3_lanes.compress
_WORD_RULES = _RULES.view(">u4").astype(np.uint32)
_ALL = 2**64 - 1

Found = tuple[NDArray[np.int64], NDArray[np.uint64]]
"""Positions, and their tickets of shape (n, 4)."""


def ticket_lanes(
    ids: Sequence[str], *, keys: int = 1, instructions: bool = AVAILABLE
) -> Callable[[bytes], NDArray[np.uint64]]:
    """Return what makes the tickets of `ids` from a key; see `optimizer.draw.tickets`.

    Parameters
    ----------
    ids
        Identifiers of 1 to 55 ASCII characters.
    keys
        For how many keys; packed identifiers are kept in memory only for several.
    instructions
        Whether to use the processor's SHA instructions; by default if it has them.

    Raises
    ------
    ValueError
        On a longer identifier, here or when tickets are asked for.
    """
    kept = pack(ids) if keys > 1 else None

    def tickets(key: bytes) -> NDArray[np.uint64]:
        packed = pack(ids) if kept is None else kept
        ranges = np.array([[0, len(packed)]], dtype=np.int64)
        cuts = np.array([_ALL], dtype=np.uint64)
        return fast_below(key, instructions=instructions)(packed, ranges, cuts)[1]

    return tickets


def fast_below(
    key: bytes, *, instructions: bool = AVAILABLE
) -> Callable[[Packed, NDArray[np.int64], NDArray[np.uint64]], Found]:
    """Return what finds the identifiers under a cut; see `optimizer.draw.cuts.below`.

    Parameters
    ----------
    key
        32 bytes.
    instructions
        Whether to use the processor's SHA instructions; by default if it has them. SM3 has none.
    """
    is_sm3 = hash_of(key) == SM3
    block = key.hex().encode()
    words = sm3_lanes.state_after(block) if is_sm3 else state_after(block)
    rounds = sm3_lanes.ROUNDS if is_sm3 else ROUNDS
    state = held(words)

    def below(packed: Packed, ranges: NDArray[np.int64], cuts: NDArray[np.uint64]) -> Found:
        if len(ranges) == 1:  # the many small parts of a frame of texts
            size = float(ranges[0, 1] - ranges[0, 0])
            expected = size * (float(cuts[0]) / 2.0**64)
        else:
            sizes = (ranges[:, 1] - ranges[:, 0]).astype(np.float64)
            expected = float((sizes * (cuts.astype(np.float64) / 2.0**64)).sum())
            size = float(sizes.sum())
        room = min(int(size), int(expected + 8 * expected**0.5) + 64) + 2
        at = (packed.data, packed.starts, packed.lengths, packed.stride, packed.width)
        while True:
            places = np.empty(room, dtype=np.int64)
            tickets = np.empty((room, 4), dtype=np.uint64)
            if instructions and not is_sm3:
                many = _by_instructions(*at, ranges, cuts, state, _RULES, places, tickets)
            else:
                hashed = (words, _WORD_RULES, rounds, is_sm3)
                many = _by_lanes(*at, ranges, cuts, *hashed, places, tickets)
            if many >= 0:
                return places[:many], tickets[:many]
            room *= 2

    return below


@compiled
def _by_instructions(  # type: ignore[no-untyped-def]
    data, starts, lengths, stride, width, ranges, cuts, state, rules, places, tickets
):
    """Write positions and tickets under the cuts; return how many, or -1 if there is no room."""
    two = np.empty(8, dtype=np.uint64)
    out = np.uint64(two.ctypes.data)
    begun = np.uint64(state.ctypes.data)
    text = np.uint64(data.ctypes.data)
    first_rule = np.uint64(rules.ctypes.data)
    step = np.uint64(stride)
    rule = other_rule = first_rule + np.uint64(128 * width)
    many = 0
    for number in range(len(ranges)):
        low, high, cut = ranges[number, 0], ranges[number, 1], cuts[number]
        for i in range(low, high, 2):
            j = min(i + 1, high - 1)
            if stride:
                one = text + np.uint64(i) * step
                other = text + np.uint64(j) * step
            else:
                one = text + np.uint64(starts[i])
                other = text + np.uint64(starts[j])
                rule = first_rule + np.uint64(128) * np.uint64(lengths[i])
                other_rule = first_rule + np.uint64(128) * np.uint64(lengths[j])
            a, b = last_blocks_2(begun, out, one, rule, other, other_rule)
            if a <= cut or b <= cut:
                if many + 2 > len(places):
                    return -1
                if a <= cut:
                    places[many] = i
                    for word in range(4):
                        tickets[many, word] = two[word]
                    many += 1
                if b <= cut and j > i:
                    places[many] = j
                    for word in range(4):
                        tickets[many, word] = two[4 + word]
                    many += 1
    return many


@compiled
def _by_lanes(  # type: ignore[no-untyped-def]
    data, starts, lengths, stride, width, ranges, cuts, state, rules, constants, is_sm3, places,
    tickets,
):  # fmt: skip
    """Do the same for 256 identifiers at a time, with SHA-256 or SM3."""
    buffer = np.zeros(24 * 256, dtype=np.uint32)
    many = 0
    for number in range(len(ranges)):
        cut = cuts[number]
        for low in range(ranges[number, 0], ranges[number, 1], 256):
            batch = min(256, ranges[number, 1] - low)
            # The schedule overwrites the words, so that all sixteen are set anew.
            buffer[8 * 256 :] = np.uint32(0)
            for i in range(batch):
                begin = (low + i) * stride if stride else starts[low + i]
                length = width if stride else np.int64(lengths[low + i])
                for word in range(length // 4 + 1):
                    place = begin + 4 * word
                    value = (
                        np.uint32(data[place]) << np.uint32(24)
                        | np.uint32(data[place + 1]) << np.uint32(16)
                        | np.uint32(data[place + 2]) << np.uint32(8)
                        | np.uint32(data[place + 3])
                    )
                    buffer[(8 + word) * 256 + i] = np.uint32(
                        value & rules[length, 0, word] | rules[length, 1, word]
                    )
                buffer[23 * 256 + i] = rules[length, 1, 15]
            if is_sm3:
                compress_sm3(buffer, state, constants)
            else:
                compress(buffer, state, constants)
            if many + batch > len(places):
                within = 0
                for i in range(batch):
                    within += (
                        np.uint64(buffer[i]) << np.uint64(32) | np.uint64(buffer[256 + i])
                    ) <= cut
                if many + within > len(places):
                    return -1
            for i in range(batch):
                first = np.uint64(buffer[i]) << np.uint64(32) | np.uint64(buffer[256 + i])
                if first <= cut:
                    places[many] = low + i
                    for word in range(4):
                        high = np.uint64(buffer[2 * word * 256 + i])
                        tickets[many, word] = high << np.uint64(32) | np.uint64(
                            buffer[(2 * word + 1) * 256 + i]
                        )
                    many += 1
    return many
