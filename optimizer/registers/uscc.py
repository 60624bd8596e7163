"""Unified social credit codes (统一社会信用代码): GB 32100-2015, a whole column at once.

18 characters: registering authority and kind (2), area (6 digits), organisation code of
GB 11714 (9, the last of which is its own check digit), check digit over the first 17.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100: no I, O, S, V, Z."""
LENGTH = 18

_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int32)
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int32)
_ORGANISATION_DIGITS = "0123456789X"
_BAD = 255


def _lookup(characters: str) -> NDArray[np.uint8]:
    table = np.full(256, _BAD, dtype=np.uint8)
    for value, character in enumerate(characters):
        table[ord(character)] = value
    return table


_VALUES = _lookup(ALPHABET)
_ORGANISATION_VALUES = _lookup("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SHOWN = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What is wrong with each of n codes of 18 characters.

    Attributes
    ----------
    alphabet
        Shape ``(n,)``: index of the first character out of place, or -1.
    expected
        Shape ``(n,)``: the right check digit as ASCII; meaningful where `alphabet` is -1.
    wrong
        Shape ``(n,)``: the check digit is another.
    organisation
        Shape ``(n,)``: the inner organisation code has a wrong check digit (the code may still
        be in use: some were issued so).
    """

    alphabet: NDArray[np.int64]
    expected: NDArray[np.uint8]
    wrong: NDArray[np.bool_]
    organisation: NDArray[np.bool_]


def check_codes(codes: NDArray[np.uint8]) -> Verdict:
    """Check many codes together.

    Parameters
    ----------
    codes
        Shape ``(n, 18)``, ASCII bytes.
    """
    values = _VALUES[codes]
    out = values == _BAD
    out[:, 2:8] |= values[:, 2:8] > 9
    found = out.any(axis=1)
    alphabet = np.where(found, out.argmax(axis=1), -1)
    expected = _SHOWN[(-(values[:, :17].astype(np.int32) @ _WEIGHTS)) % 31]
    wrong = ~found & (codes[:, 17] != expected)
    body = _ORGANISATION_VALUES[codes[:, 8:16]].astype(np.int32) @ _ORGANISATION_WEIGHTS
    inner = np.frombuffer(_ORGANISATION_DIGITS.encode(), dtype=np.uint8)[(-body) % 11]
    return Verdict(alphabet, expected, wrong, ~found & ~wrong & (codes[:, 16] != inner))


def check_digit(code: str) -> str:
    """Return the check digit (GB 32100) of the first 17 characters of a code.

    Raises
    ------
    ValueError
        Where a character is outside the alphabet or there are fewer than 17.
    """
    if len(code) < LENGTH - 1:
        raise ValueError(f"17 characters are needed, {len(code)} are given")
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[: LENGTH - 1]))
    return ALPHABET[-total % 31]


def organisation_digit(code: str) -> str:
    """Return the check digit (GB 11714) of the first 8 characters of an organisation code."""
    shown = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(
        shown.index(c) * int(w) for c, w in zip(code[:8], _ORGANISATION_WEIGHTS, strict=True)
    )
    return _ORGANISATION_DIGITS[-total % 11]
