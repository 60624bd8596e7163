"""The description of the API against the API itself: every operation, seeded requests by thousands.

`schemathesis` makes requests from ``/openapi.json``, fit and unfit ones, and holds each answer to
what is described: no failure of the server, no undocumented status, media type or shape.
``DOUBLE_RANDOM_FUZZ=N`` makes N requests an operation.
"""

from __future__ import annotations

import os
import traceback
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import Any

import requests
import schemathesis
from api_city import DICE, files, pack
from conftest import MakeServer, Server
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.pytest.lazy import get_all_tests
from visits_city import NAME, planned

from api.middleware import ZIP
from api.settings import Settings


def config(described: dict[str, Any]) -> SchemathesisConfig:
    """All checks, narrowed where our conventions say more than OpenAPI can."""
    fit = ["2xx", "3xx", "401", "403", "404", "409", "503"]
    unfit = ["400", "401", "403", "404", "405", "409", "412", "415", "422", "428"]
    narrowed = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            names = {each["name"] for each in operation.get("parameters", [])}
            more, missing = [], ["400", "401", "403", "422"]
            if "cursor" in names:
                # A cursor is opaque: that a text is not one of ours no schema says.
                more = ["400"]
            elif method != "get":
                # Days in order, names that stand in registers: 422 says what no schema can.
                more = ["422"]
            if "If-Match" in names:
                # The ETag that was read before is no constant of a schema (RFC 9110, RFC 6585).
                more, missing = [*more, "412"], [*missing, "428"]
            checks = {
                "positive_data_acceptance": {"expected-statuses": fit + more},
                "negative_data_rejection": {"expected-statuses": unfit},
                "missing_required_header": {"expected-statuses": missing},
            }
            narrowed.append({"include-name": f"{method.upper()} {path}", "checks": checks})
    # Only methods that a client may try by mistake; each costs a request an operation.
    coverage = {"unexpected-methods": ["DELETE", "PATCH"]}
    return SchemathesisConfig.from_dict(
        {"seed": 7, "phases": {"coverage": coverage}, "operations": narrowed}
    )


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
    "since": 1,
    "path": "transcript/draw.json",
    "seed": DICE,
}
"""What the city holds, so that requests reach deep."""

UNLIMITED = {
    f"{each}_{kind}": 1_000_000 for each in ("key", "public", "wrong") for kind in ("rate", "burst")
}
"""How much each may ask is another test's: here it would hide every other answer."""

_COUNT = count(1)
_KEY = "idempotency-key"


CITY = pack(files())
REGISTERS = pack({path: text for path, text in files().items() if "registers/" in path})
UPLOADS = (
    CITY,
    REGISTERS,
    pack(files("fuzz-2026")),
    pack({"scenario.yaml": "a: 1"}),
    CITY[:-40],
    b"PK",
    b"",
)
"""A campaign that exists, one that does not, and what is none."""


@schemathesis.serializer(ZIP)
def as_it_is(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return the body of an upload."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


schemathesis.openapi.media_type(ZIP, st.sampled_from(UPLOADS))


class Prober:
    """Sends cases to a server: most with an administrator's key, the others with each key in turn.

    What an administrator is refused, nobody gets deep enough to ask for.
    """

    def __init__(self, server: Server) -> None:
        # Written so, the check of keys finds it and takes it away.
        self._callers = [{"Authorization": f"Bearer {server.keys[role]}"} for role in server.keys]
        self._callers.append({})
        self.answers: Counter[int] = Counter()
        self.session = requests.Session()
        self.session.trust_env = False
        # A stream of events would last until the job has ended; so it ends with its first.
        server.app.state.service.stopping = lambda: True
        self.schema = schemathesis.openapi.from_url(
            f"{server.client.base_url}/openapi.json", config=config(server.app.openapi())
        )

    def __call__(self, case: schemathesis.Case) -> None:
        turn = next(_COUNT)
        fit = case.meta is not None and case.meta.generation.mode.is_positive
        if fit and turn % 5:
            deepen(case)
        callers = self._callers
        sent = dict(callers[turn // 4 % len(callers)] if turn % 4 == 0 else callers[0])
        if fit and case.headers.get(_KEY):
            sent[_KEY] = f"fuzz-{turn}"
        answer = case.call_and_validate(session=self.session, headers=sent)
        self.answers[answer.status_code] += 1


def deepen(case: schemathesis.Case) -> None:
    """Let a fit case name what there is, where it names anything."""
    for place in ("path_parameters", "query", "body"):
        part = getattr(case, place)
        if isinstance(part, dict):
            setattr(case, place, {name: KNOWN.get(name, value) for name, value in part.items()})


def faults_of(probe: Prober, most: int) -> dict[str, str]:
    """Try every operation; return what is wrong, by operation."""
    faults: dict[str, str] = {}
    sized = hypothesis_settings(
        max_examples=EXAMPLES or most,
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def one(case: schemathesis.Case) -> None:
        probe(case)

    load_all_checks()
    for made in get_all_tests(
        schema=probe.schema, test_func=one, settings=sized, given_kwargs=None
    ):
        operation, test = made.ok()
        try:
            test()
        except (Exception, BaseExceptionGroup) as error:
            faults[operation.label] = "".join(traceback.format_exception_only(error))
    return faults


def test_every_answer_is_described(settings: Settings, make_server: MakeServer) -> None:
    """No request, fit or unfit, of any role or none, brings out what the description leaves out."""
    server = make_server(replace(settings, **UNLIMITED))
    assert next(iter(server.keys)) == "admin"
    planned(server, drawn=True)
    probe = Prober(server)
    # The second store shares all but its own SQL with the first.
    faults = faults_of(probe, 4 if server.service.store.engine.dialect.name == "sqlite" else 1)
    assert not faults, told(faults)
    assert probe.answers[200] + probe.answers[201] > 100
    assert {401, 403, 404, 409, 422} <= probe.answers.keys()


def told(faults: dict[str, str]) -> str:
    return "\n\n".join(f"{label}\n{what}" for label, what in faults.items())
