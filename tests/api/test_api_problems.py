"""Problems: one shape everywhere, every type documented, nothing secret in them."""

from __future__ import annotations

import ast
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Server

from api.logs import LOGGER, JsonLines
from api.problems import PROBLEMS, ProblemError
from api.wording import shown_fault
from optimizer.registers.fault import make_fault

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "api.md"


def table() -> dict[str, tuple[int, str, str]]:
    """Return the table of problem types in the documentation."""
    rows = re.findall(
        r"^\| `/problems/([a-z-]+)` \| (\d+) \| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.M
    )
    return {name: (int(status), title, mend) for name, status, title, mend in rows}


def test_every_type_is_documented() -> None:
    """The page lists each type with status, title and mend, word for word, and no other."""
    assert table() == {
        kind.name: (kind.status, f"{kind.title} {kind.title_zh}", kind.mend)
        for kind in PROBLEMS.values()
    }


def test_the_code_raises_documented_types_only() -> None:
    """Every problem that the code names is in the registry, and each in the registry is named."""
    named: set[str] = set()
    for path in (ROOT / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ProblemError":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    named.add(first.value)
            elif (
                # Types that are chosen from a mapping stand there as text.
                path.name in ("handlers.py", "requests.py")
                and isinstance(node, ast.Constant)
                and node.value in PROBLEMS
            ):
                named.add(str(node.value))
    assert named == set(PROBLEMS)
    with pytest.raises(KeyError):
        ProblemError("made-up")


def test_types_lead_to_their_meaning(server: Server) -> None:
    """The type URI of a problem, followed, says what it means; all are listed."""
    answer = server.get("/v1/campaigns/none")
    told = server.get(answer.json()["type"], None).json()
    assert told["status"] == answer.status_code == 404
    assert told["mend"] == PROBLEMS["not-found"].mend
    listed = server.get("/problems", None).json()["items"]
    assert {item["type"] for item in listed} == {kind.uri for kind in PROBLEMS.values()}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "name"),
    [
        ("GET", "/nowhere", None, 404, "not-found"),
        ("DELETE", "/v1/campaigns", None, 405, "method-not-allowed"),
        ("GET", "/v1/campaigns?limit=0", None, 422, "invalid-input"),
        ("GET", "/v1/campaigns?limit=x", None, 422, "invalid-input"),
        ("GET", "/v1/visits/abc", None, 422, "invalid-input"),
        ("GET", "/v1/visits/99", None, 404, "not-found"),
        ("GET", "/problems/made-up", None, 404, "not-found"),
        ("POST", "/v1/checks", b"{", 422, "invalid-input"),
        ("POST", "/v1/checks", b"\xff", 400, "bad-request"),
        ("POST", "/v1/checks", b"[]", 422, "invalid-input"),
        ("POST", "/v1/checks", b"", 422, "invalid-input"),
    ],
)
def test_one_shape(
    server: Server, method: str, path: str, body: bytes | None, status: int, name: str
) -> None:
    """Whatever is wrong, the answer is problem+json with type, title and status."""
    answer = server.write(
        path, method=method, content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"/problems/{name}"
    assert problem["title"] == PROBLEMS[name].title
    assert problem["status"] == status


def test_all_faults_of_a_body_at_once(server: Server) -> None:
    """Every wrong field is named with what was expected and the mend, none left for later."""
    check = {
        "enterprise": "E 1",
        "source": "complaint",
        "received": "2026-02-30",
        "due": "2026-03-01",
        "severity": 7,
        "colour": "red",
    }
    answer = server.write("/v1/checks", json={"campaign": "c", "checks": [check]})
    faults = answer.json()["errors"]
    assert {fault["field"] for fault in faults} == {
        f"checks.0.{name}" for name in ("enterprise", "item", "received", "severity", "colour")
    }
    for fault in faults:
        assert fault["expected"]
        assert fault["mend"]


def test_request_ids(server: Server) -> None:
    """Each answer carries a request id: the caller's if it is fit, a new one otherwise."""
    sent = server.get("/health", None, headers={"x-request-id": "bureau-7.a"})
    assert sent.headers["x-request-id"] == "bureau-7.a"
    for odd in ("", "a b", "x" * 65, "<script>"):
        answer = server.get("/health", None, headers={"x-request-id": odd})
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


def test_failures_tell_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An unforeseen failure is 500 with the request id, and its message stays inside."""
    from api.services import campaigns

    def broken(*_: Any) -> Any:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(campaigns, "find", broken)
    with caplog.at_level(logging.INFO, LOGGER.name):
        answer = server.get("/v1/campaigns/x")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    logged = "\n".join(JsonLines().format(record) for record in caplog.records)
    assert "secret is 42" not in answer.text + logged
    assert "RuntimeError" in logged


def test_keys_stand_in_no_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """A log line is JSON with request, path, status and the key's public name, never the key."""
    with caplog.at_level(logging.INFO, LOGGER.name):
        server.get("/v1/campaigns", "clerk")
        server.stop()  # The line is written after the answer is sent.
    lines = [JsonLines().format(r) for r in caplog.records if r.name == LOGGER.name]
    told = json.loads(lines[-1])
    assert (told["method"], told["path"], told["status"]) == ("GET", "/v1/campaigns", 200)
    assert told["caller"] == server.keys["clerk"].split("_")[1]
    assert server.keys["clerk"].split("_")[2] not in "".join(lines)


def test_a_body_of_another_kind_says_how_to_send_it(server: Server) -> None:
    """JSON under another media type, and a list, are told to be no JSON object."""
    for body, kind in ((b'{"department": "x"}', "text/plain"), (b"[]", "application/json")):
        headers = {"content-type": kind}
        (fault,) = server.write("/v1/requests", content=body, headers=headers).json()["errors"]
        assert (fault["code"], fault["field"], fault["value"]) == ("json-object", "", "")
        assert "Content-Type: application/json" in fault["expected"]


def test_faults_name_requests_instead_of_commands() -> None:
    """Commands and options are said as routes and fields; what was sent stands as it was sent."""
    fault = make_fault("step-first", "double-random draw", None, "--days", first="a", verb="seal")
    told = shown_fault(fault, "en")
    assert (told["file"], told["field"], told["mend"]) == ("body", "days", "Send `POST …/seal`.")
    assert "double-random" not in shown_fault(fault, "zh")["message"]
    row = make_fault("text-control", "a.csv", 2, "name", "a --b")
    assert shown_fault(row, "en")["message"] == (
        "a.csv row 2 'name': \"a --b\": the text has a line break or another control character. "
        "Correct it, or exclude the row with exclude_faulty=true."
    )
    place = make_fault("usage", "--period", reason="?")
    assert (shown_fault(place, "en")["file"], shown_fault(place, "en")["field"]) == (
        "body",
        "period",
    )
