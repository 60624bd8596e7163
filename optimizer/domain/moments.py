"""Moments as texts: RFC 3339 with a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from optimizer.errors import Fault, InputError

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2})(?:\.(\d{1,6}))?"
    r"(Z|[+-]\d{2}:[0-5]\d)",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(time: str, *, file: str = "ledger", field: str = "time") -> datetime:
    """Return the moment an RFC 3339 text names, in UTC.

    Raises
    ------
    InputError
        If it is none, or has no zone.
    """
    match = _TIME.fullmatch(time)
    if match is not None:
        seconds, fraction, zone = match.groups()
        zone = "+00:00" if zone == "Z" else zone
        try:
            moment = datetime.fromisoformat(f"{seconds}.{(fraction or '0').ljust(6, '0')}{zone}")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise InputError(
        Fault(
            "time-rfc3339",
            file,
            field=field,
            value=time,
            expected="expected a time with zone, such as 2025-12-22T09:00:00+08:00",
            mend="Write date, time and zone.",
        )
    )


def micros(moment: datetime) -> int:
    """Return microseconds since 1970-01-01T00:00:00Z, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def utc_text(count: int) -> str:
    """Return microseconds since 1970 as RFC 3339, in whole seconds; beyond year 9999 as a count."""
    try:
        return f"{_EPOCH + timedelta(seconds=count // 10**6):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:
        return f"{count // 10**6} s after 1970"
