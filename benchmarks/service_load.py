"""Requests at a steady rate from several clients: an open loop, as the world outside is.

A request is due at its moment whether or not those before it were answered, and its time counts
from then: a server that stalls cannot hide it by keeping its clients waiting.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.service_city import DEPARTMENTS, NAME, enterprise, enterprises


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Send the requests; runs in a process of its own.

    Parameters
    ----------
    job
        ``host``, ``port``, ``keys`` (department → key), ``clients``, ``rate`` (requests a second,
        all clients together), ``requests``, ``visits``, ``seed``.

    Returns
    -------
    dict
        ``milliseconds`` in order of size, ``statuses``, ``granted`` (check → visit's day),
        ``seconds`` from first moment to last answer, ``own_cpu`` (seconds of this process).
    """
    clients = [_Client(job, n) for n in range(job["clients"])]
    for client in clients:
        client.connect()
    begin = time.perf_counter() + 0.2
    threads = [threading.Thread(target=client.run, args=(begin,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "milliseconds": sorted(ms for client in clients for ms in client.milliseconds),
        "statuses": dict(sum((client.statuses for client in clients), Counter[str]())),
        "granted": {check: day for client in clients for check, day in client.granted.items()},
        "seconds": time.perf_counter() - begin,
        "own_cpu": time.process_time(),
    }


class _Client:
    """One department's program on one connection."""

    def __init__(self, job: Mapping[str, Any], number: int) -> None:
        self._job = job
        self._number = number
        self._department = DEPARTMENTS[number % len(DEPARTMENTS)]
        self._random = random.Random(f"{job['seed']}:{number}")  # noqa: S311 - no secret
        self.milliseconds: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.granted: dict[str, str] = {}

    def connect(self) -> None:
        """Open the connection."""
        self._connection = http.client.HTTPConnection(
            self._job["host"], self._job["port"], timeout=60
        )
        self._connection.connect()

    def run(self, begin: float) -> None:
        """Send this client's share, each at its moment."""
        clients, rate = self._job["clients"], self._job["rate"]
        for turn in range(self._number, self._job["requests"], clients):
            body = self._body(turn)
            due = begin + turn / rate
            wait = due - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            status, told = self._send(body, turn)
            self.milliseconds.append(1000 * (time.perf_counter() - due))
            self.statuses[status] += 1
            if status == "201":
                self.granted[told["check"]] = told["day"]

    def _send(self, body: dict[str, Any], turn: int) -> tuple[str, dict[str, Any]]:
        try:
            self._connection.request(
                "POST",
                "/v1/requests",
                json.dumps(body).encode(),
                {
                    "authorization": f"Bearer {self._job['keys'][self._department]}",
                    "content-type": "application/json",
                    "idempotency-key": f"{self._job['seed']}-{turn}",
                },
            )
            answer = self._connection.getresponse()
            return str(answer.status), json.loads(answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.connect()
            return type(error).__name__, {}

    def _body(self, turn: int) -> dict[str, Any]:
        """Return one request of the kinds that departments send."""
        chance = self._random
        first = chance.randrange(1, 330)
        triggered = chance.random() < 0.5
        due = min(first + (chance.randrange(5, 20) if triggered else chance.randrange(15, 90)), 364)
        return {
            "campaign": NAME,
            "department": self._department,
            "enterprise": enterprise(chance.randrange(enterprises(self._job["visits"]))),
            "item": f"{self._department}-2",
            "source": "complaint" if triggered else "daily",
            "earliest": _day(first),
            "due": _day(due),
            "check": f"B-{self._job['seed']}-{turn}",
        }


def _day(number: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(1767225600 + 86400 * number))
