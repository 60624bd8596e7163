"""Faults in the words of `optimizer.messages`."""

from __future__ import annotations

import re

from optimizer.errors import Fault
from optimizer.messages import phrase


class BadCell(ValueError):  # noqa: N818 - never leaves this package
    """A cell's text cannot be read; becomes a fault once row and column are known.

    Parameters
    ----------
    code
        Key of `optimizer.messages`.
    params
        What the message's braces stand for.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def make_fault(
    code: str,
    file: str,
    row: int | None = None,
    field: str = "",
    value: str = "",
    **params: object,
) -> Fault:
    """Build a fault whose words come from `optimizer.messages`.

    Parameters
    ----------
    code
        Key of `optimizer.messages`; its braces are filled from `params`.
    """
    expected, mend = phrase(code, **params)
    return Fault(code, file, row, field, _visible(value), expected, mend)


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _visible(text: str) -> str:
    """Return text on one line: what stood in a file must not move a terminal's cursor."""
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
