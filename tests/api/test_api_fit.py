"""Text and numbers that a store cannot hold are refused at the door, on both stores alike."""

from __future__ import annotations

import base64
import json

import pytest
from conftest import Server

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


def test_unknown_query_parameters_are_refused(server: Server) -> None:
    """A misspelt filter is told with the name that is near, rather than left out unseen."""
    answer = server.get("/v1/jobs?campain=x&limit=2&=1")
    assert answer.status_code == 422
    told = {each["field"]: each for each in answer.json()["errors"]}
    assert told.keys() == {"campain", ""}
    assert told["campain"]["mend"] == "Perhaps campaign is meant."
    assert "campaign, cursor, limit, state" in told["campain"]["expected"]
    none = server.get("/v1/caller?x=1").json()["errors"]
    assert [each["expected"] for each in none] == ["expected no query parameters"]
    posted = server.write("/v1/requests?dry_run=true", json={})
    assert (posted.status_code, posted.json()["errors"][0]["code"]) == (422, "unknown-query")


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
