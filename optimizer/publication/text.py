"""Text from the registers made safe to show, and numbers made readable.

Names come from files that anyone may have typed. Markup and formulas are dealt with where they
are written (`optimizer.publication.page`, `optimizer.publication.excel`); here what no output
should hold is made visible: control characters, and the marks that turn the direction of writing
and so can make one name look like another.
"""

from __future__ import annotations

import re
from fractions import Fraction

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, less tab and line ends
    "\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Return `text` with unseen and direction-turning characters spelled out as ``‹U+202E›``."""
    return _UNSEEN.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)


def whole(number: int) -> str:
    """Return an integer with thousands separated: ``12,345``."""
    return f"{number:,}"


def fixed(value: Fraction, places: int) -> str:
    """Return a fraction as a decimal, rounded half up (away from zero), without a float."""
    scaled = abs(value) * 10**places
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    head, tail = divmod(units, 10**places)
    sign = "−" if value < 0 and units else ""
    return f"{sign}{head:,}" + (f".{tail:0{places}d}" if places else "")


def percent(part: Fraction | int, total: Fraction | int = 1, places: int = 1) -> str:
    """Return `part` of `total` as a percentage; ``–`` when there is no total."""
    if not total:
        return "–"
    return fixed(Fraction(part) * 100 / Fraction(total), places) + "%"


def rate(value: Fraction) -> str:
    """Return a sampling rate as bureaus write it: per cent, with no more places than needed."""
    shown = fixed(value * 100, 4)
    return shown.rstrip("0").rstrip(".") + "%"


def shorten(digest: str, length: int = 12) -> str:
    """Return the first characters of a digest, for the eye only."""
    return digest if len(digest) <= length else digest[:length] + "…"
