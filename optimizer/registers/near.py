"""What a wrong word was perhaps meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the known word most like `word`, or ``""`` where none, or several, are alike.

    A wrong guess costs a clerk more than none, so a tie names nobody.
    """
    lowered = {candidate.lower(): candidate for candidate in sorted(known)}
    found = get_close_matches(word.lower(), sorted(lowered), n=2, cutoff=cutoff)
    if len(found) == 2:
        first, second = (SequenceMatcher(None, other, word.lower()).ratio() for other in found)
        if first == second:
            return ""
    return lowered[found[0]] if found else ""
