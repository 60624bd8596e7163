"""What every use case works with: settings, store, chance, and what is kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from api.problems import ProblemError
from api.security.limits import Limit, Rate
from api.settings import Settings
from api.store.database import Database, Token

T = TypeVar("T")


class Memory:
    """A few large values that can be made again from the store at any time.

    Parameters
    ----------
    most
        Values kept; the one that was not used for longest goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of `key`; whoever asks first makes it, others wait for it."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    found: T = self._values[key]
                    return found
            made = make()
            self.put(key, made)
            return made

    def known(self, key: Hashable) -> Any:
        """Return the value of `key`, or ``None`` where there is none; nothing is made."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                gone, _ = self._values.popitem(last=False)
                self._making.pop(gone, None)


class Service:
    """One server's state.

    Parameters
    ----------
    token
        Gives secret random bytes.

    Attributes
    ----------
    stopping
        Whether the server is about to stop, which ends streams that would go on.
    ready
        Set once what requests need is in memory.
    by_key, by_address, by_wrong_key
        How often a key may ask; an address, what needs no key; an address, with wrong keys.
    """

    def __init__(self, settings: Settings, store: Database, token: Token) -> None:
        self.settings = settings
        self.store = store
        self.token = token
        self.memory = Memory(16)
        self.stopping: Callable[[], bool] = lambda: False
        self.ready = threading.Event()
        self.by_key = Limit(Rate(settings.key_rate, settings.key_burst))
        self.by_address = Limit(Rate(settings.public_rate, settings.public_burst))
        self.by_wrong_key = Limit(Rate(settings.wrong_rate, settings.wrong_burst))
        self._computing = threading.BoundedSemaphore(2)

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Hold one of two places for a long computation; who finds none is asked to come again.

        Nobody waits for a place: waiting would take the threads that answer the other requests.
        """
        if not self._computing.acquire(blocking=False):
            raise ProblemError(
                "busy", "other long computations are under way", headers={"retry-after": "5"}
            )
        try:
            yield
        finally:
            self._computing.release()
