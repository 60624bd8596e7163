"""What parties revealed goes into the ledger before anything that follows it can be known.

Otherwise whoever writes the seed could leave a party out once the beacon is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.canon import canonical
from optimizer.domain.moments import instant, micros
from optimizer.draw import Seed, make_source
from optimizer.draw.sources import (
    Parties,
    check_recorded,
    check_shown,
    make_announcement,
    parties_in,
    record_reveals,
)
from optimizer.errors import Fault, InputError, OrderError
from optimizer.ledger import REVEALS, Entry, Ledger
from optimizer.messages import phrase


def append_reveals(ledger: Ledger, reveals: Sequence[Mapping[str, Any]], *, time: str) -> Ledger:
    """Record what the parties of the seed source just announced have revealed.

    Parameters
    ----------
    reveals
        ``party``, ``value``, ``time`` of each that came in.
    time
        RFC 3339: from the deadline on, before what follows the reveals can be known.

    Raises
    ------
    InputError
        On malformed reveals and on a time too early or too late.
    OrderError
        Where the ledger does not wait for reveals.
    """
    kind = ledger.course.waits
    if not kind:
        raise OrderError("the ledger does not wait for parties to reveal")
    source = ledger.find(next(name for name in REVEALS if REVEALS[name] == kind)).body
    record = record_reveals(source, list(reveals))
    check_recorded(source, time)
    _refuse_early(record, _committed(ledger, kind))
    return ledger.append(kind, time, {"reveals": record})


def _committed(ledger: Ledger, kind: str) -> str:
    """Return when all that a seed's parties reveal for was committed, the secret too."""
    names = [name for name in REVEALS if REVEALS[name] == kind]
    if kind == REVEALS["seed-source"] and ledger.course.sealed:
        names.append("seal")
    return max((ledger.find(name).time for name in names), key=instant)


def _refuse_early(record: Sequence[Mapping[str, Any]], committed: str) -> None:
    faults = [
        fault
        for one in record
        if "time" in one and instant(one["time"]) < instant(committed)
        for fault in _fault(
            "reveal-before", f"reveals.{one['party']}.time", one["time"], committed=committed
        ).faults
    ]
    if faults:
        raise InputError(faults)


def ready_ledger(ledger: Ledger, seed: Seed, *, shown: str, recorded: str | None) -> Ledger:
    """Return the ledger with all that must stand in it before a seed.

    Parameters
    ----------
    ledger
        Up to the seed source, or to the record of reveals.
    shown
        RFC 3339: when the ledger takes the seed.
    recorded
        When it takes the reveals, where they are not in it yet; ``None``: they must be.

    Raises
    ------
    InputError
        Where the source cannot be known yet, or the reveals are missing or others.
    """
    check_shown(seed.announced(), shown)
    parties = seed if isinstance(seed, Parties) else getattr(seed, "parties", None)
    if not isinstance(parties, Parties):
        return ledger
    last = ledger.entries[-1]
    if last.kind in REVEALS.values():
        if last.body != {"reveals": parties.record()}:
            raise _fault("reveals-differ", "reveals")
        return ledger
    if recorded is None:
        raise _fault("reveals-unrecorded", "reveals")
    reveals = [one for one in parties.record() if "value" in one]
    return append_reveals(ledger, reveals, time=recorded)


def check_committed(seed: Seed, announced: Mapping[str, Any]) -> None:
    """Refuse a seed of the teams from another source than the ledger's.

    Parameters
    ----------
    announced
        The entry's body.
    """
    if seed.announced() != announced:
        raise InputError(
            Fault(
                "seed-source-differs",
                "teams seed",
                field="source",
                value=canonical(seed.announced()).decode(),
                expected=f"expected the announced source, {canonical(announced).decode()}",
                mend="Use the source that was committed.",
            )
        )


def check_replaceable(ledger: Ledger, time: str) -> None:
    """Refuse to give up a draw whose seed can be known: whoever does has seen its teams.

    Parameters
    ----------
    ledger
        As it stands; nothing is refused where no source is announced that shows nothing yet.
    time
        RFC 3339: when the ledger takes what comes in its place.

    Raises
    ------
    InputError
        In such a case.
    """
    if not may_replace(ledger, time):
        raise _fault("round-known", "time", time)


def may_replace(ledger: Ledger, time: str) -> bool:
    """Return whether the draw that waits may be given up, as its seed cannot be known yet."""
    if ledger.course.next not in ("teams-seed", "teams-seed-reveals"):
        return True
    source = ledger.find("teams-seed-source")
    if gives_no_seed(source.body, ledger.entries[source.index + 1 :]):
        return True
    known = make_announcement(source.body).known()
    return known is None or micros(instant(time)) < known[0]


def gives_no_seed(source: Mapping[str, Any], after: Sequence[Entry]) -> bool:
    """Return whether what parties revealed gives no seed, so that another must be announced.

    Parameters
    ----------
    source
        As announced.
    after
        The ledger's entries since.
    """
    parts = source["parts"] if source["source"] == "combined" else [source]
    anew = any(part["source"] == "parties" and part["absent"] == "anew" for part in parts)
    reveals = [one for e in after if e.kind in REVEALS.values() for one in e.body["reveals"]]
    return anew and any(one["outcome"] != "revealed" for one in reveals)


def refuse_used(seed: Seed, earlier: Sequence[Mapping[str, Any]]) -> None:
    """Refuse evidence that an earlier seed of the publication showed: it is known by now.

    Parameters
    ----------
    earlier
        ``source`` of the seeds' documents.
    """
    used = {mark for source in earlier for mark in make_source(source).marks()}
    faults = [_fault("seed-used", "source", mark) for mark in seed.marks() if mark in used]
    if faults:
        raise InputError(fault for error in faults for fault in error.faults)


def refuse_pledged(announced: Mapping[str, Any], ledger: Ledger) -> None:
    """Refuse parties whose commitment an earlier announcement holds: its value may be known.

    Parameters
    ----------
    announced
        The source's document.
    ledger
        Up to the announcement.
    """
    of = parties_in(announced)
    if of is None:
        return
    earlier = [parties_in(entry.body) for entry in ledger.entries if entry.kind in REVEALS]
    pledged = {commitment for one in earlier if one for _, commitment in one.commitments}
    faults = [
        fault
        for party, commitment in of.commitments
        if commitment in pledged
        for fault in _fault("party-pledged", f"parties.{party}", commitment).faults
    ]
    if faults:
        raise InputError(faults)


def _fault(code: str, field: str, value: str = "", **more: object) -> InputError:
    expected, mend = phrase(code, **more)
    return InputError(Fault(code, "seed", field=field, value=value, expected=expected, mend=mend))
