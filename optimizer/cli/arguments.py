"""Arguments that are refused in words: a parser whose errors are faults, and bounded numbers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

MOST = 1_000_000


class UsageError(InputError):
    """The command line cannot be read.

    Attributes
    ----------
    usage
        How it should look.
    """

    def __init__(self, usage: str, reason: str) -> None:
        self.usage = usage
        super().__init__(Fault("usage", "arguments", None, "", "", *phrase("usage", reason=reason)))


class Parser(argparse.ArgumentParser):
    """A parser that raises what argparse would print, so that ``--json`` holds for it too."""

    def error(self, message: str) -> NoReturn:
        """Raise the error."""
        raise UsageError(self.format_usage(), message)


def count(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` on."""

    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= MOST:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} to {MOST}, not {text!r}"
            )
        return number

    return whole
