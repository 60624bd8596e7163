"""Where the numbers of a list stand in an arena (`optimizer.plan.kernel.arena`).

Compiled, what is known of an arena is told to the compiler, which cannot know it. Where a list
begins and how wide its lines are never changes, so that it is not fetched again after each number
written; and no place is negative, so that none is counted from the end. That is about
a tenth of the time of the kernels. `fixed` reads what no kernel changes: tables and groups.
"""

from __future__ import annotations

from typing import Any

from optimizer.plan.kernel.arena import Arena
from optimizer.plan.kernel.jit import COMPILED

if COMPILED:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    WORD = ir.IntType(64)

    class _Code:
        """What is generated for one call: an arena, the name of a list, and places in it."""

        def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
            self.builder = builder
            self.data = context.make_array(signature.args[0])(context, builder, args[0]).data
            self.name, *self.places = (
                context.cast(builder, value, kind, types.int64)
                for value, kind in zip(args[1:], signature.args[1:], strict=True)
            )

        def load(self, place: Any) -> Any:
            """Return a number that stays as it is while the arena is in use."""
            found = self.builder.load(self.builder.gep(self.data, [place]))
            found.set_metadata("invariant.load", self.builder.module.add_metadata([]))
            return found

        def begin(self) -> Any:
            return self.load(self.name)

        def width(self) -> Any:
            return self.load(self.builder.add(self.name, ir.Constant(WORD, 1)))

        def place(self) -> Any:
            """Return the place of a number: of the list, or of one of its lines."""
            *line, last = self.places
            start = self.begin()
            if line:
                start = self.builder.add(start, self.builder.mul(line[0], self.width()))
            # An arena holds fewer than 2 ** 32 numbers: half a word is a place, and not negative.
            half = self.builder.trunc(self.builder.add(start, last), ir.IntType(32))
            return self.builder.zext(half, WORD)

    @intrinsic  # type: ignore[untyped-decorator]
    def list_at(typing_context: Any, arena: Any, name: Any) -> Any:
        """Return where a list begins."""

        def generate(*call: Any) -> Any:
            return _Code(*call).begin()

        return types.int64(arena, name), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def line_width(typing_context: Any, arena: Any, name: Any) -> Any:
        """Return how wide the lines of a list are."""

        def generate(*call: Any) -> Any:
            return _Code(*call).width()

        return types.int64(arena, name), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def nth(typing_context: Any, arena: Any, name: Any, k: Any) -> Any:
        """Return where number k of a list stands."""

        def generate(*call: Any) -> Any:
            return _Code(*call).place()

        return types.int64(arena, name, k), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def cell(typing_context: Any, arena: Any, name: Any, line: Any, k: Any) -> Any:
        """Return where number k of a line of a list stands."""

        def generate(*call: Any) -> Any:
            return _Code(*call).place()

        return types.int64(arena, name, line, k), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def fetch(typing_context: Any, arena: Any, place: Any) -> Any:
        """Ask memory for what stands at a place, and do not wait for it."""

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
            at = builder.bitcast(builder.gep(data, [args[1]]), byte)
            # To be read, and kept as near as can be; data, not code.
            builder.call(prefetch, [at, *(ir.Constant(number, n) for n in (0, 3, 1))])
            return context.get_dummy_value()

        return types.void(arena, types.int64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def fixed(typing_context: Any, arena: Any, name: Any, k: Any) -> Any:
        """Return number k of a list that no kernel changes."""

        def generate(*call: Any) -> Any:
            code = _Code(*call)
            return code.load(code.place())

        return types.int64(arena, name, k), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def fixed_cell(typing_context: Any, arena: Any, name: Any, line: Any, k: Any) -> Any:
        """Return number k of a line of a list that no kernel changes."""

        def generate(*call: Any) -> Any:
            code = _Code(*call)
            return code.load(code.place())

        return types.int64(arena, name, line, k), generate

else:

    def list_at(arena: Arena, name: int) -> int:
        """Return where a list begins."""
        return arena[name]

    def line_width(arena: Arena, name: int) -> int:
        """Return how wide the lines of a list are."""
        return arena[name + 1]

    def nth(arena: Arena, name: int, k: int) -> int:
        """Return where number k of a list stands."""
        return arena[name] + k

    def cell(arena: Arena, name: int, line: int, k: int) -> int:
        """Return where number k of a line of a list stands."""
        return arena[name] + line * arena[name + 1] + k

    def fetch(arena: Arena, place: int) -> None:
        """Do nothing: where nothing is compiled, memory is not what is waited for."""

    def fixed(arena: Arena, name: int, k: int) -> int:
        """Return number k of a list that no kernel changes."""
        return arena[nth(arena, name, k)]

    def fixed_cell(arena: Arena, name: int, line: int, k: int) -> int:
        """Return number k of a line of a list that no kernel changes."""
        return arena[cell(arena, name, line, k)]
