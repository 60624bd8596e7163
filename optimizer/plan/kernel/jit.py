"""Compile where Numba is there; else run as Python. Sets of days are words of `BITS` bits."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

BITS = 56
"""Days in one word: seven bytes, so that a word is never negative."""

F = TypeVar("F", bound=Callable[..., Any])

SOURCES = sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()
"""Digest of all kernels: what is kept on disk is of use only while none of them changes."""

try:
    from llvmlite import ir
    from numba import njit, types
    from numba.extending import intrinsic

    COMPILED = True
except ImportError:  # pragma: no cover - the tests run this branch in a process of its own
    COMPILED = False


if COMPILED:

    def jit(function: F) -> F:
        """Compile; keep the result on disk for the next time where there is a place for it."""
        compiled: Any
        try:
            compiled = njit(cache=True, nogil=True, error_model="numpy")(function)
            # Numba looks at the function's own file only; what it calls is compiled into it.
            compiled._cache._cache_file._source_stamp = SOURCES
        except (RuntimeError, AttributeError):
            compiled = njit(nogil=True, error_model="numpy")(function)
        return compiled

    @intrinsic  # type: ignore[untyped-decorator]
    def lowest_bit(typing_context: Any, word: Any) -> Any:
        """Return the place of the lowest bit of a word that is not 0."""

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(types.int64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def count_bits(typing_context: Any, word: Any) -> Any:
        """Return the number of bits set in a word."""

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.ctpop(args[0])

        return types.int64(types.int64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def borrowed(typing_context: Any, array: Any) -> Any:
        """Return an argument that whoever handed it over keeps, so that nobody counts who has it.

        Each call that is handed an array counts up and down again, which no other thread may do
        meanwhile: a tenth of the time of a kernel, and more where two share a table. Not for
        arrays made in the kernel: they would be given up while in use.
        """

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            view = context.make_array(array)(context, builder, args[0])
            view.meminfo = ir.Constant(view.meminfo.type, None)
            view.parent = ir.Constant(view.parent.type, None)
            return view._getvalue()

        return array(array), generate

else:

    def jit(function: F) -> F:
        """Return the function as it is."""
        return function

    def lowest_bit(word: int) -> int:
        """Return the place of the lowest bit of a word that is not 0."""
        return (int(word) & -int(word)).bit_length() - 1

    def count_bits(word: int) -> int:
        """Return the number of bits set in a word."""
        return int(word).bit_count()

    def borrowed(array: Any) -> Any:
        """Return the array as it is."""
        return array
