"""The API's description: its page works offline, and it says what there is."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from conftest import Server

OUTSIDE = re.compile(rb"""(?:src|href|url|action)\s*[=(]\s*["']?((?:https?:)?//[^"')\s>]+)""", re.I)


def test_the_page_names_no_outside_host(server: Server) -> None:
    """Page, script and style load from this server alone; every one of them is there."""
    seen, queue = set(), ["/docs"]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = server.get(path, None)
        assert answer.status_code == 200, path
        kind = answer.headers["content-type"].split(";")[0]
        if kind == "text/html":
            assert not OUTSIDE.findall(answer.content)
            for found in re.findall(r"""(?:src|href)=["']([^"']+)["']""", answer.text):
                assert not urlsplit(found).netloc
                queue.append(urljoin(path, found))
            described = re.findall(r"""url:\s*['"]([^'"]+)['"]""", answer.text)
            queue += [urljoin(path, found) for found in described]
        elif kind == "text/css":
            assert not re.findall(rb"@import|url\(\s*[\"']?(?:https?:)?//", answer.content)
    assert seen >= {"/docs", "/openapi.json"}
    assert any(path.endswith(".js") for path in seen)
    assert any(path.endswith(".css") for path in seen)


def test_the_root_says_where_to_go(server: Server) -> None:
    """For a person a page whose links all lead somewhere, for a program the same as data."""
    places = server.get("/", None).json()
    assert {places["docs"], places["alive"]} == {"/docs", "/healthz"}
    page = server.get("/", None, headers={"accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r'href="([^"]+)"', page.text) == list(places.values())
    server.service.ready.wait(60)
    for place in places.values():
        assert server.get(place, None).status_code == 200, place


def test_the_browser_is_told_to_load_nothing_else(server: Server) -> None:
    """The content security policy allows this server alone, whatever the page says."""
    policy = server.get("/docs", None).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_there_is_no_other_documentation_page(server: Server) -> None:
    """The other page of the framework, which loads fonts from elsewhere, is off."""
    assert server.get("/redoc", None).status_code == 404


def test_every_operation_is_described(server: Server) -> None:
    """Each operation has a summary and words, an own id, and the problem shape."""
    described = server.get("/openapi.json", None).json()
    named = described["components"]["responses"]
    problems = {name.removeprefix("Problem"): named[name]["content"] for name in named}
    assert all("application/problem+json" in content for content in problems.values())
    ids = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            answers = operation["responses"]
            assert {"400", "413", "422", "500", "503"} <= answers.keys(), (method, path)
            assert ("401" in answers) == ("security" in operation), (method, path)
            for status in answers.keys() & problems.keys():
                assert answers[status] == {"$ref": f"#/components/responses/Problem{status}"}
            assert "HTTPValidationError" not in str(operation), (method, path)
            made = [answers[status] for status in answers if status.startswith("2")]
            # A type of its own for every answer: `*/*` would tell a client nothing.
            assert made, (method, path)
            assert all(answer["content"] for answer in made), (method, path)
            assert "*/*" not in str(made), (method, path)
            ids.append(operation["operationId"])
            writes = method != "get"
            names = {p["name"].lower() for p in operation.get("parameters", [])}
            assert ("idempotency-key" in names) == writes, (method, path)
    assert len(ids) == len(set(ids))
