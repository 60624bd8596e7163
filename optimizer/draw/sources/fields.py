"""Fields of a source's document: kinds, presence, faults that name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

HEX64 = re.compile(r"[0-9a-f]{64}")


def make_fault(code: str, field: str, value: object = "", **params: object) -> Fault:
    """Return a fault of a seed, in the words of `optimizer.messages`."""
    expected, mend = phrase(code, **params)
    return Fault(code, "seed", field=field, value=str(value), expected=expected, mend=mend)


def check_fields(
    value: Mapping[str, Any],
    needed: Mapping[str, type],
    optional: Mapping[str, type] = {},
    *,
    source: bool = True,
) -> None:
    """Refuse missing, further and mistyped fields, all together.

    Parameters
    ----------
    source
        Whether ``source``, a text, is needed too.

    Raises
    ------
    InputError
    """
    kinds = {**({"source": str} if source else {}), **needed, **optional}
    wrong = sorted(
        [name for name in value if name not in kinds or type(value[name]) is not kinds[name]]
        + [name for name in kinds if name not in value and name not in optional]
    )
    if wrong:
        fields = ", ".join(f"{name} ({kind.__name__})" for name, kind in kinds.items())
        raise InputError(
            make_fault("seed-field", str(name), value.get(name, ""), fields=fields)
            for name in wrong
        )


@contextmanager
def within(place: str) -> Iterator[None]:
    """Name the place of a part in the fields of its faults: ``parts[1].round``."""
    try:
        yield
    except InputError as error:
        raise InputError(
            replace(fault, field=f"{place}.{fault.field}" if fault.field else place)
            for fault in error.faults
        ) from None


def records(value: list[Any], field: str) -> list[Mapping[str, Any]]:
    """Return a list whose items are all objects.

    Raises
    ------
    InputError
    """
    wrong = [
        make_fault("seed-object", f"{field}[{index}]", item)
        for index, item in enumerate(value)
        if not isinstance(item, dict)
    ]
    if wrong:
        raise InputError(wrong)
    return value
