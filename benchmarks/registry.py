"""Which benchmarks there are, and which methods each compares.

A researcher adds a method by a file in ``benchmarks/methods/`` with one class whose ``question``
is the benchmark's name; nothing else need be changed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any, TypeVar

from benchmarks import methods as folder
from benchmarks.method import DrawMethod, PlanMethod
from optimizer.errors import Fault, InputError

Method = TypeVar("Method")

BENCHES = MappingProxyType(
    {
        "aims": "benchmarks.aims",
        "draw": "benchmarks.draw",
        "exactness": "benchmarks.exactness",
        "flow": "benchmarks.flow",
        "insert": "benchmarks.insert",
        "nation": "benchmarks.nation",
        "plan": "benchmarks.plan",
        "rolling": "benchmarks.rolling",
        "service": "benchmarks.service",
        "teams": "benchmarks.teams",
        "year": "benchmarks.year",
    }
)
"""Name → module with ``add_arguments(parser)`` and ``report(args, say) -> Report``."""


def draw_methods() -> dict[str, Callable[[], DrawMethod]]:
    """Return the methods that draw, by name, in order of name."""
    return dict(sorted((method.name, method) for method in _found("draw")))


def plan_methods() -> dict[str, type[PlanMethod]]:
    """Return the methods that plan, by name, in order of name."""
    return dict(sorted((method.name, method) for method in _found("plan")))


def is_ready(method: Callable[[], DrawMethod | PlanMethod]) -> bool:
    """Return whether everything the method needs is installed."""
    return all(find_spec(module) is not None for module in getattr(method, "needs", ()))


def chosen_methods(
    methods: Mapping[str, Method], wanted: Sequence[str] | None, option: str
) -> dict[str, Method]:
    """Return the methods that are wanted; all if none is named.

    Raises
    ------
    InputError
        With every name of `option` that is no method.
    """
    unknown = [name for name in wanted or () if name not in methods]
    if unknown:
        raise InputError(
            Fault(
                "method-unknown",
                "command line",
                field=option,
                value=name,
                expected=f"expected one of {'; '.join(methods)}",
                mend="Name one of these, between quotes.",
            )
            for name in unknown
        )
    return {name: make for name, make in methods.items() if not wanted or name in wanted}


def _found(question: str) -> list[Any]:
    found = []
    for module in iter_modules(folder.__path__):
        for _, member in inspect.getmembers(
            import_module(f"{folder.__name__}.{module.name}"), inspect.isclass
        ):
            if getattr(member, "question", "") == question and not getattr(
                member, "_is_protocol", False
            ):
                found.append(member)
    return found
