"""The description of the API against the API itself: every operation, seeded requests by thousands.

`schemathesis` makes requests from ``/openapi.json``, fit and unfit ones, and holds each answer to
what is described: no failure of the server, no undocumented status, media type or shape.
``DOUBLE_RANDOM_FUZZ=N`` makes N requests an operation.
"""

from __future__ import annotations

import base64
import json
import os
import traceback
from collections import Counter
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
from api_city import DICE
from conftest import MakeServer, Server
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.pytest.lazy import get_all_tests
from visits_city import NAME, planned

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
    "seed": DICE,
}
"""What the city holds, so that requests reach deep."""

_COUNT = count(1)
_KEY = "idempotency-key"


class Prober:
    """Sends cases to a server."""

    def __init__(self, server: Server, role: str | None) -> None:
        self.server = server
        # Written so, the check of keys finds it and takes it away.
        self.headers = {"Authorization": f"Bearer {server.keys[role]}"} if role else {}
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
        if fit and turn % 4:
            deepen(case)
        sent = dict(self.headers)
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


def test_with_a_key(settings: Settings, make_server: MakeServer) -> None:
    """No request of an administrator brings out what the description does not tell."""
    server = make_server(settings)
    planned(server, drawn=True)
    probe = Prober(server, "admin")
    faults = faults_of(probe, 5 if server.service.store.engine.dialect.name == "sqlite" else 2)
    assert not faults, told(faults)
    assert probe.answers[200] + probe.answers[201] > 100


def test_without_a_key(settings: Settings, make_server: MakeServer) -> None:
    """Without a key every operation answers as described too, and nothing is written."""
    server = make_server(settings)
    server.commit().raise_for_status()
    before = server.get("/v1/public/ledger/checkpoint", None).text
    probe = Prober(server, None)
    faults = faults_of(probe, 1)
    assert not faults, told(faults)
    assert probe.answers[401] > 100
    assert server.get("/v1/public/ledger/checkpoint", None).text == before


def told(faults: dict[str, str]) -> str:
    return "\n\n".join(f"{label}\n{what}" for label, what in faults.items())


UNFIT = ("\x00", "\ud800", "\udfff")


@pytest.mark.parametrize("unfit", UNFIT)
def test_text_that_a_store_refuses(server: Server, unfit: str) -> None:
    """NUL and lone surrogates, in any field of a body or its name, are refused by their field."""
    bodies = [
        ({"campaign": "c" + unfit, "checks": []}, "campaign"),
        ({"campaign": "c", "checks": [{"item": [{"deep": unfit}]}]}, "checks.0.item.0.deep"),
        ({"a" + unfit: 1}, f"a\\u{ord(unfit):04x}"),
    ]
    for body, field in bodies:
        answer = server.write(
            "/v1/checks",
            content=json.dumps(body).encode(),
            headers={"content-type": "application/json", "accept-language": "zh-CN"},
        )
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == [field]
        assert answer.json()["errors"][0]["code"] == "unfit-text"


@pytest.mark.parametrize(
    "path", ["/v1/campaigns/a%00", "/v1/visits?campaign=%00", "/v1/public/ledger/entries?%00=1"]
)
def test_addresses_that_a_store_refuses(server: Server, path: str) -> None:
    """NUL in path or query is refused before anything looks it up."""
    answer = server.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unfit-text")


def test_numbers_end_where_the_store_does(server: Server) -> None:
    """The largest number that a store holds is not found; one more is refused, in cursors too."""
    most = 2**31 - 1
    for path in ("/v1/visits/{}", "/v1/jobs/{}", "/v1/alerts/{}", "/v1/public/ledger/entries/{}"):
        assert server.get(path.format(most)).status_code == 404
        assert server.get(path.format(most + 1)).status_code == 422
    for number, status in ((most, 200), (most + 1, 400), (10**30, 400)):
        cursor = base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")
        for path in ("/v1/campaigns", "/v1/checks", "/v1/jobs", "/v1/public/ledger/entries"):
            assert server.get(f"{path}?cursor={cursor}").status_code == status
