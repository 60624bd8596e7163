"""Which step may be taken now: each refuses to run out of order, and says what comes first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from optimizer.domain.campaign import LONGEST_REASON, SHORTEST_REASON
from optimizer.domain.moments import instant
from optimizer.errors import InputError
from optimizer.flow.dossier import Dossier
from optimizer.ledger.course import KINDS
from optimizer.registers.fault import make_fault

STEPS: Final = (
    "commit", "seal", "record", "reveal", "plan", "odds", "teams", "open", "substitute", "void",
)  # fmt: skip
VERB = "double-random draw"

_AT: Mapping[str, int] = MappingProxyType(
    {
        "seal": KINDS.index("seed"),
        "reseal": KINDS.index("seed"),
        "reveal": KINDS.index("seed"),
        "plan": KINDS.index("checks"),
        "odds": KINDS.index("odds"),
        "teams": KINDS.index("teams-seed"),
    }
)
"""Step → place in the line at which it is taken."""
_DONE: Mapping[str, str] = MappingProxyType(
    {"reveal": "draw", "plan": "plan", "seal": "seal", "reseal": "seed", "open": "open"}
)
"""Step → kind that stands in the ledger once it was taken."""
_FIRST = (
    ("commit", "the commitment", KINDS.index("seed")),
    ("reveal", "the draw", KINDS.index("checks")),
    ("plan", "the plan", KINDS.index("odds")),
)
"""What must come first: verb, words, place that the line has reached once it was done."""


def check_order(dossier: Dossier, step: str, *, verb: str = VERB, act: str = "") -> None:
    """Refuse a step whose turn it is not.

    Parameters
    ----------
    dossier
        The campaign as it stands.
    step
        One of `STEPS` but ``commit``; ``reseal`` where a second secret is sealed with a reason.
    verb, act
        What heads a fault: the command, and its act where that is not called as the step.

    Raises
    ------
    InputError
        With the step that must come first and its command, or the entry of the step already
        taken.
    """
    course, head = dossier.ledger.course, (verb, act or step)
    if course.void:
        reason = dossier.last("void").body["reason"]
        raise InputError(make_fault("step-void", verb, None, head[1], reason=reason))
    sealed = dossier.sealed
    if step in ("seal", "reseal", "open") and not sealed:
        raise InputError(make_fault("step-open-mode", verb, None, head[1]))
    done = _DONE.get(step)
    if done and any(entry.kind == done for entry in dossier.present):
        raise _done(dossier, head, done)
    if step in ("record", "reveal") and sealed and not course.sealed:
        raise _first(head, "seal", "the seal")
    if step in ("seal", "reseal") and course.revealed:
        raise _done(dossier, head, "seed-reveals", "step-revealed")
    if step in ("reveal", "teams") and course.waits:
        raise _first(head, "record", "the record of what the parties revealed")
    wanted = _AT.get(step, KINDS.index("checks") if step in ("open", "substitute") else 0)
    for first, words, reached in _FIRST:
        if course.place < reached <= wanted:
            raise _first(head, first, words)


def check_commit(dossier: Dossier, *, again: bool, reason: str) -> None:
    """Refuse a second commitment that is not said to be one, gives no reason, or comes too late.

    Raises
    ------
    InputError
        Each with how to go on.
    """
    course = dossier.ledger.course
    if not again:
        raise _done(dossier, (VERB, "commit"), "frame", "step-again")
    if course.place > KINDS.index("seed") and not course.void:
        raise InputError(make_fault("step-too-late", VERB, None, "commit"))
    check_reason(reason, "commit")


def check_reason(reason: str, step: str, *, verb: str = VERB) -> None:
    """Refuse a reason that says nothing, or is more than a line.

    Raises
    ------
    InputError
        In such a case.
    """
    fits = SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON
    if not fits or not reason.isprintable():
        length = f"{SHORTEST_REASON} to {LONGEST_REASON}"
        field = f"{step} --reason"
        raise InputError(make_fault("step-reason", verb, None, field, reason, length=length))


def check_time(dossier: Dossier, time: str, *, verb: str = VERB) -> None:
    """Refuse a time before that of the ledger's last entry.

    Raises
    ------
    InputError
        In such a case, and where it is no time.
    """
    last = dossier.ledger.entries[-1].time
    if instant(time) < instant(last):
        raise InputError(make_fault("step-time", verb, None, "--time", time, last=last))


def _first(head: tuple[str, str], first: str, words: str) -> InputError:
    verb, act = head
    return InputError(make_fault("step-first", verb, None, act, first=words, verb=first))


def _done(
    dossier: Dossier, head: tuple[str, str], kind: str, code: str = "step-done"
) -> InputError:
    verb, act = head
    entry = dossier.last(kind)
    return InputError(make_fault(code, verb, None, act, entry=entry.index, time=entry.time))
