"""All minimal sets of visits that cannot be staffed together, as far as a stated bound goes.

A hitting-set tree over the sets known so far (Reiter, *A theory of diagnosis from first
principles*, 1987): whatever hits them all leaves visits that can be staffed, or another set.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MOST_TOLD = 12
"""Most sets looked for among the visits of one unit that collide."""
MOST_LOOKS = 150
"""Most questions whether visits can be staffed, after the first sets."""

ShortOf = Callable[[frozenset[str]], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Violators:
    """Minimal sets of visits that cannot be staffed together.

    Attributes
    ----------
    sets
        Each sorted, in order.
    enough
        Visits without which all others can be staffed: the last of some of the sets.
    all
        Whether these are all sets there are.
    """

    sets: tuple[tuple[str, ...], ...]
    enough: tuple[str, ...]
    all: bool


def minimal_violators(visits: Iterable[str], short_of: ShortOf) -> Violators:
    """Return the minimal sets of visits that cannot be staffed together.

    Parameters
    ----------
    short_of
        ``None`` where these visits can all be staffed; else such of them as cannot (all of them,
        or fewer that cannot either). Who can be staffed can be with fewer visits too.
    """
    everything = frozenset(visits)
    known: dict[frozenset[str], frozenset[str] | None] = {}

    def short(some: frozenset[str]) -> frozenset[str] | None:
        if some not in known:
            known[some] = short_of(some) if some else None
        return known[some]

    # First so many that the others can be staffed without a visit of each: these are told in any
    # case.
    found: list[frozenset[str]] = []
    left = everything
    while (violator := short(left)) is not None:
        found.append(_core(violator, short))
        left = left - {max(found[-1])}
    enough = tuple(sorted(everything - left))
    before = len(known)
    queue = deque([frozenset[str]()] if found else [])
    seen = set(queue)
    while queue:
        if len(found) >= MOST_TOLD or len(known) - before > MOST_LOOKS or len(seen) > MOST_LOOKS:
            break
        gone = queue.popleft()
        core = next((one for one in found if not one & gone), None)
        if core is None:
            violator = short(everything - gone)
            if violator is None:
                continue
            core = _core(violator, short)
            found.append(core)
        for visit in sorted(core):
            if gone | {visit} not in seen:
                seen.add(gone | {visit})
                queue.append(gone | {visit})
    sets = sorted(tuple(sorted(one)) for one in found)
    return Violators(tuple(sets), enough, not queue)


def core_of(visits: Iterable[str], short_of: ShortOf) -> frozenset[str]:
    """Return one minimal set of visits that cannot be staffed together; empty: all can be."""
    violator = short_of(frozenset(visits))
    return frozenset() if violator is None else _core(violator, short_of)


def _core(violator: frozenset[str], short_of: ShortOf) -> frozenset[str]:
    core = violator
    for visit in sorted(violator):
        if short_of(core - {visit}) is not None:
            core = core - {visit}
    return core
