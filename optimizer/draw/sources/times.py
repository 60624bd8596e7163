"""Whether what a seed waits for could not be known when it was announced; time is the caller's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.domain.moments import instant, micros, utc_text
from optimizer.draw.sources.fields import make_fault
from optimizer.draw.sources.make import read_announcement
from optimizer.draw.sources.source import MARGIN
from optimizer.errors import Fault, InputError


def check_announced(announced: Mapping[str, Any], committed: str) -> None:
    """Refuse a source that might be known already when it is committed.

    Parameters
    ----------
    announced
        The source's document.
    committed
        RFC 3339: when the ledger takes the commitment.

    Raises
    ------
    InputError
        Naming each part that lies less than `MARGIN` seconds after it.
    """
    least = micros(instant(committed)) + MARGIN * 10**6
    faults: list[Fault] = []
    for place, part in _parts(announced):
        known = read_announcement(part).known()
        if known is not None and known[0] < least:
            code = "round-not-future" if part["source"] == "drand" else "seed-not-future"
            faults.append(
                make_fault(
                    code,
                    place + _FIELD[part["source"]],
                    utc_text(known[0]),
                    least=utc_text(least),
                    margin=MARGIN,
                )
            )
    if faults:
        raise InputError(faults)


def check_shown(announced: Mapping[str, Any], shown: str) -> None:
    """Refuse a seed that is used before all of it can be known.

    Parameters
    ----------
    shown
        RFC 3339: when the ledger takes the seed.

    Raises
    ------
    InputError
    """
    known = read_announcement(announced).known()
    if known is not None and micros(instant(shown)) < known[1]:
        raise InputError(make_fault("seed-too-early", "time", shown, known=utc_text(known[1])))


def check_recorded(announced: Mapping[str, Any], recorded: str) -> None:
    """Refuse a record of reveals before the deadline, or after what follows them can be known.

    Parameters
    ----------
    recorded
        RFC 3339: when the ledger takes the record.

    Raises
    ------
    InputError
    """
    moment = micros(instant(recorded))
    deadline: int | None = None
    for _, part in _parts(announced):
        known = read_announcement(part).known()
        assert known is not None
        if part["source"] == "parties":
            deadline = known[0]
            if moment < deadline:
                fault = make_fault("reveals-early", "time", recorded, deadline=utc_text(deadline))
                raise InputError(fault)
        elif deadline is not None and moment >= known[0]:
            raise InputError(make_fault("reveals-late", "time", recorded, known=utc_text(known[0])))


_FIELD = {"dice": "at", "drand": "round", "lottery": "inputs", "parties": "deadline", "fixed": ""}


def _parts(announced: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    if announced["source"] != "combined":
        return [("", announced)]
    return [(f"parts[{index}].", part) for index, part in enumerate(announced["parts"])]
