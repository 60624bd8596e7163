"""How often somebody may ask: a bucket for each key and each address, in fixed memory."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST = 4096
"""Subjects remembered by one limit; whoever was not heard of for longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and at once after a silence."""

    per_second: float
    burst: int


class Limit:
    """A limit for each of many subjects.

    Of a subject only the moment is kept at which its bucket will be full again (the generic cell
    rate algorithm), so memory is fixed whoever asks.

    Parameters
    ----------
    rate
        Allowed to each subject.
    clock
        Seconds that never go back.
    most
        Subjects remembered.
    """

    def __init__(
        self, rate: Rate, *, clock: Callable[[], float] = time.monotonic, most: int = MOST
    ) -> None:
        self.rate = rate
        self._every = 1 / rate.per_second
        self._clock = clock
        self._most = most
        self._full: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, subject: str) -> float:
        """Take one request from the subject's bucket; return 0, or the seconds until it may ask."""
        with self._lock:
            now = self._clock()
            full = max(self._full.get(subject, now), now) + self._every
            late = full - now - self._every * self.rate.burst
            # Who is refused is not set back by asking on; a hair's breadth is the clock's rounding.
            if late > 1e-6:
                return late
            self._full[subject] = full
            self._full.move_to_end(subject)
            if len(self._full) > self._most:
                self._full.popitem(last=False)
            return 0.0


def address_of(host: str) -> str:
    """Return what shares a bucket: an IPv4 address, or the /64 that an IPv6 host is given."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
