"""SHA-256 by the processor's own instructions, for loops that Numba compiles.

x86 processors since Goldmont, Zen and Ice Lake have three instructions for SHA-256. `blocks_2`
and `block_1` put them into a compiled loop through LLVM. Two messages go side by side where they
can, as each instruction waits for the one before. Only loaded where the extra ``fast`` is
installed; `AVAILABLE` says whether the processor has the instructions.

Source: FIPS 180-4, section 6.2.2; Intel, "Intel SHA Extensions", 2013.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from optimizer.canon.sha_constants import ROUNDS, START

_I32 = ir.IntType(32)
_I64 = ir.IntType(64)
_WORDS = ir.VectorType(_I32, 4)
_BYTES = ir.VectorType(ir.IntType(8), 16)
_PAIR = ir.VectorType(_I64, 2)
_HALF = (5, 4, 1, 0, 7, 6, 3, 2)
"""The instructions hold the state's words as FEBA and HGDC."""

AVAILABLE = bool(binding.get_host_cpu_features().get("sha"))
STARTED: NDArray[np.uint32] = np.array([START[place] for place in _HALF], dtype=np.uint32)
"""The state before the first block, as the instructions hold it."""


def held(state: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return a state of eight words A to H as the instructions hold it."""
    return state[list(_HALF)].copy()


def _load(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    place = builder.inttoptr(builder.add(address, _I64(offset)), kind.as_pointer())
    loaded = builder.load(place)
    loaded.align = 1
    return loaded


def _store(builder: Any, value: Any, address: Any, offset: int) -> None:
    place = builder.inttoptr(builder.add(address, _I64(offset)), value.type.as_pointer())
    builder.store(value, place).align = 1


def _shuffle(builder: Any, one: Any, other: Any, places: Sequence[int]) -> Any:
    return builder.shuffle_vector(
        one, other, ir.Constant(ir.VectorType(_I32, len(places)), list(places))
    )


def _instructions(builder: Any) -> dict[str, Any]:
    found = {}
    for name, arguments in (("rnds2", 3), ("msg1", 2), ("msg2", 2)):
        full = f"llvm.x86.sha256{name}"
        known = builder.module.globals.get(full)
        kind = ir.FunctionType(_WORDS, [_WORDS] * arguments)
        found[name] = known or ir.Function(builder.module, kind, full)
    return found


def _big_endian(builder: Any, block: Any) -> Any:
    turned = [4 * (place // 4) + 3 - place % 4 for place in range(16)]
    return builder.bitcast(
        _shuffle(builder, block, ir.Constant(_BYTES, ir.Undefined), turned), _WORDS
    )


def _rounds(builder: Any, state: tuple[Any, Any], words: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the state after each four of the 64 rounds."""
    do = _instructions(builder)
    abef, cdgh = state
    words = list(words)
    for group in range(16):
        if group >= 4:
            sums = builder.call(do["msg1"], [words[group - 4], words[group - 3]])
            between = _shuffle(builder, words[group - 2], words[group - 1], (1, 2, 3, 4))
            words.append(builder.call(do["msg2"], [builder.add(sums, between), words[group - 1]]))
        constants = ir.Constant(_WORDS, [int(k) for k in ROUNDS[4 * group : 4 * group + 4]])
        low = builder.add(words[group], constants)
        high = _shuffle(builder, low, ir.Constant(_WORDS, ir.Undefined), (2, 3, 0, 0))
        cdgh = builder.call(do["rnds2"], [cdgh, abef, low])
        abef = builder.call(do["rnds2"], [abef, cdgh, high])
        yield abef, cdgh


def _compressed(
    builder: Any, states: list[tuple[Any, Any]], blocks: list[list[Any]]
) -> list[tuple[Any, Any]]:
    """Return the states after a block each, the messages' rounds side by side."""
    streams = [_rounds(builder, state, words) for state, words in zip(states, blocks, strict=True)]
    for _ in range(16):
        after = [next(stream) for stream in streams]
    return [
        (builder.add(now[0], was[0]), builder.add(now[1], was[1]))
        for now, was in zip(after, states, strict=True)
    ]


def _state(builder: Any, address: Any) -> tuple[Any, Any]:
    return _load(builder, address, 0, _WORDS), _load(builder, address, 16, _WORDS)


def _in_order(builder: Any, state: tuple[Any, Any]) -> list[Any]:
    """Return a digest as four numbers of 64 bits, most significant first."""
    abef, cdgh = (builder.bitcast(half, _PAIR) for half in state)
    return [
        builder.extract_element(half, _I32(place))
        for half, place in ((abef, 1), (cdgh, 1), (abef, 0), (cdgh, 0))
    ]


_U64 = types.uint64


@intrinsic
def last_blocks_2(typing, state, out, text_0, rule_0, text_1, rule_1):  # type: ignore[no-untyped-def]
    """Hash two short texts, each the last block of its message, from one state.

    Arguments are addresses. `state`: eight words as `held` gives them. `out`: 64 bytes, which
    take the two digests as four numbers of 64 bits each. `text`: 64 readable bytes that begin
    with the text. `rule`: 64 bytes of which those of the text are ones, then 64 that hold the bit
    after it and the message's length (`block_rules`). Returns the digests' first 64 bits.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        state, out, *rest = arguments
        begun = _state(builder, state)
        blocks = []
        for text, rule in (rest[:2], rest[2:]):
            words = []
            for offset in range(0, 64, 16):
                kept = builder.and_(
                    _load(builder, text, offset, _BYTES), _load(builder, rule, offset, _BYTES)
                )
                full = builder.or_(kept, _load(builder, rule, 64 + offset, _BYTES))
                words.append(_big_endian(builder, full))
            blocks.append(words)
        firsts = []
        for number, after in enumerate(_compressed(builder, [begun, begun], blocks)):
            digest = _in_order(builder, after)
            for place, word in enumerate(digest):
                _store(builder, word, out, 32 * number + 8 * place)
            firsts.append(digest[0])
        return context.make_tuple(builder, signature.return_type, firsts)

    return types.UniTuple(_U64, 2)(*[_U64] * 6), generate


@intrinsic
def blocks_2(typing, state_0, block_0, state_1, block_1):  # type: ignore[no-untyped-def]
    """Compress two blocks of 64 bytes, each into its own state; arguments are addresses."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        states = [arguments[0], arguments[2]]
        blocks = [
            [
                _big_endian(builder, _load(builder, address, offset, _BYTES))
                for offset in range(0, 64, 16)
            ]
            for address in (arguments[1], arguments[3])
        ]
        held = [_state(builder, address) for address in states]
        for address, after in zip(states, _compressed(builder, held, blocks), strict=True):
            _store(builder, after[0], address, 0)
            _store(builder, after[1], address, 16)
        return context.get_dummy_value()

    return types.void(*[_U64] * 4), generate


@intrinsic
def write_digest(typing, state, out):  # type: ignore[no-untyped-def]
    """Write the digest's 32 bytes that a state stands for; arguments are addresses."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        for place, word in enumerate(_in_order(builder, _state(builder, arguments[0]))):
            _store(builder, builder.bswap(word), arguments[1], 8 * place)
        return context.get_dummy_value()

    return types.void(_U64, _U64), generate


@intrinsic
def copy_bytes(typing, to, start, count):  # type: ignore[no-untyped-def]
    """Copy `count` bytes from one address to another."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        to, start, count = arguments
        pointer = ir.IntType(8).as_pointer()
        places = builder.inttoptr(to, pointer), builder.inttoptr(start, pointer)
        cgutils.raw_memcpy(builder, *places, count, 1)
        return context.get_dummy_value()

    return types.void(*[_U64] * 3), generate


@intrinsic
def end_message(typing, text, length, blocks):  # type: ignore[no-untyped-def]
    """Pad a message of `length` bytes at `text` to its `blocks` of 64 bytes."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        text, length, blocks = arguments
        whole = builder.shl(blocks, _I64(6))
        end = builder.add(text, length)
        pointer = builder.inttoptr(end, ir.IntType(8).as_pointer())
        cgutils.memset(builder, pointer, builder.sub(whole, length), 0)
        _store(builder, ir.IntType(8)(0x80), end, 0)
        _store(builder, builder.bswap(builder.shl(length, _I64(3))), builder.add(text, whole), -8)
        return context.get_dummy_value()

    return types.void(*[_U64] * 3), generate


def block_rules(before: int) -> NDArray[np.uint8]:
    """Return how a text of each length up to 55 bytes becomes the last block of its message.

    Parameters
    ----------
    before
        Bytes of the message before this block.

    Returns
    -------
    ndarray
        Shape (56, 2, 64), for `last_blocks_2`.
    """
    rules = np.zeros((56, 2, 64), dtype=np.uint8)
    for length in range(56):
        rules[length, 0, :length] = 0xFF
        rules[length, 1, length] = 0x80
        bits = ((before + length) * 8).to_bytes(8, "big")
        rules[length, 1, 56:] = np.frombuffer(bits, dtype=np.uint8)
    return rules
