"""Requests of the rolling year, answered as they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan import Joined, New, PlanState


@dataclass(slots=True)
class Answers:
    """How requests were answered.

    Attributes
    ----------
    fetched
        Of those joined, the ones for which the visit moved.
    """

    joined: int = 0
    fetched: int = 0
    new: int = 0
    refused: int = 0


def without_visit(
    known: Mapping[str, Check], standing: Iterable[Visit]
) -> dict[str, dict[str, Check]]:
    """Return enterprise → its checks that have no visit, by id."""
    done = {check for visit in standing for check in visit.checks}
    found: dict[str, dict[str, Check]] = {}
    for check in known.values():
        if check.id not in done:
            found.setdefault(check.enterprise, {})[check.id] = check
    return found


def answer(
    state: PlanState,
    check: Check,
    free: set[str],
    undone: dict[str, Check],
    answers: Answers,
) -> None:
    """Answer a request on the day of its release, and count.

    Parameters
    ----------
    free
        Numbers of visits that may move; one that took a request in is promised, and leaves it.
    undone
        The enterprise's checks that were left out: each that can be is done along, and leaves it.
    """
    own = state.visits.get(check.enterprise, ())
    movable = {v.id for v in own if v.id in free and v.day > check.release}
    found = state.insert(check, movable=movable)
    if not isinstance(found, Joined | New):
        answers.refused += 1
        return
    free.discard(found.visit.id)
    if isinstance(found, Joined):
        answers.joined += 1
        answers.fetched += found.moved_from is not None
    else:
        answers.new += 1
    for other in list(undone.values()):
        late = max(other.release, check.release)
        if late > other.due:
            continue
        version = state.version
        if isinstance(state.insert(replace(other, release=late)), Joined):
            del undone[other.id]
        else:
            state.rewind(version)
