"""The description of the API against the API itself: every operation, seeded requests by thousands.

`schemathesis` makes requests from ``/openapi.json``, fit and unfit ones, and holds each answer to
what is described: no failure of the server, no undocumented status, media type or shape.
``DOUBLE_RANDOM_FUZZ=N`` makes N requests an operation.
"""

from __future__ import annotations

import os
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
from api_city import DICE
from conftest import MakeServer, Server
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.config import SchemathesisConfig
from visits_city import NAME, planned

from api.settings import Settings

CONFIG = {
    "seed": 7,
    "phases": {
        # Only methods that a client may try by mistake; each costs a request an operation.
        "coverage": {"unexpected-methods": ["DELETE", "PATCH"]},
    },
    "checks": {},
}
EXAMPLES = int(os.environ.get("DOUBLE_RANDOM_FUZZ", "0"))
KNOWN = {
    "campaign": NAME,
    "department": "fire",
    "enterprise": "E0001",
    "item": "F-1",
    "inspector": "I-fire-140302-0",
    "source": "complaint",
    "unit": "fire-140302",
    "number": 1,
    "version": 1,
    "index": 1,
    "seed": DICE,
}
"""What the city holds, so that requests reach deep."""

_COUNT = count(1)
_KEY = "idempotency-key"


class Prober:
    """Sends cases to a server."""

    def __init__(self, server: Server, role: str | None) -> None:
        self.server = server
        self.headers = server.auth(role) if role else {}
        self.session = requests.Session()
        self.session.trust_env = False
        # A stream of events would last until the job has ended; so it ends with its first.
        server.app.state.service.stopping = lambda: True
        config = SchemathesisConfig.from_dict(CONFIG)
        self.schema = schemathesis.openapi.from_url(
            f"{server.client.base_url}/openapi.json", config=config
        )

    def __call__(self, case: schemathesis.Case) -> None:
        turn = next(_COUNT)
        if turn % 4:
            deepen(case)
        sent = dict(self.headers)
        if case.headers.get(_KEY) and case.meta is not None:
            sent[_KEY] = f"fuzz-{turn}"
        case.call_and_validate(session=self.session, headers=sent)


def deepen(case: schemathesis.Case) -> None:
    """Let a case name what there is, where it names anything."""
    for place in ("path_parameters", "query", "body"):
        part = getattr(case, place)
        if isinstance(part, dict):
            setattr(case, place, {name: KNOWN.get(name, value) for name, value in part.items()})


@pytest.fixture
def probe(settings: Settings, make_server: MakeServer) -> Prober:
    server = make_server(settings)
    planned(server, drawn=True)
    return Prober(server, "admin")


@pytest.fixture
def api(probe: Prober) -> Any:
    return probe.schema


def sized(most: int) -> Any:
    return hypothesis_settings(
        max_examples=EXAMPLES or most,
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@schemathesis.pytest.from_fixture("api").parametrize()
@sized(5)
def test_with_a_key(case: schemathesis.Case, probe: Prober) -> None:
    """No request of an administrator brings out what the description does not tell."""
    probe(case)
