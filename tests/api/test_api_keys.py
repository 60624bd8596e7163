"""Keys and roles: who may do what, and what is kept of a key."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from api_city import DICE, Tokens
from conftest import MakeServer, Server
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.security.keys import ROLES, hash_key, is_key, key_id, make_key
from api.services.keys import new_key
from api.settings import Settings
from api.store.tables import Base, Key
from optimizer.errors import InputError

PUBLIC = ("/v1/public", "/health", "/readyz", "/problems")


def routes(server: Server) -> list[tuple[str, str]]:
    """Return (method, path) of every operation in the API's description."""
    paths = server.app.openapi()["paths"]
    return [(method.upper(), path) for path, found in paths.items() for method in found]


def test_every_route_but_the_public_ones_wants_a_key(
    settings: Settings, make_server: MakeServer
) -> None:
    """Without a key, with a made-up one and with half of one, each route answers 401."""
    server = make_server(replace(settings, wrong_burst=10_000))
    some = server.keys["admin"]
    for method, path in routes(server):
        address = re.sub(r"\{[^}]*\}", "1", path)
        if path == "/" or path.startswith(PUBLIC):
            assert server.client.request(method, address).status_code not in (401, 403)
            continue
        for sent in (None, "Bearer nonsense", f"Bearer {some[:-1]}0", f"Basic {some}", "Bearer"):
            kind = "zip" if path == "/v1/campaigns" else "json"
            headers = {"idempotency-key": "x", "content-type": f"application/{kind}"}
            if sent is not None:
                headers["authorization"] = sent
            # A well-formed body where one is needed, so that only the key is at fault.
            answer = server.client.request(method, address, headers=headers, json=_body(path))
            assert (answer.status_code, answer.json()["type"]) == (
                401,
                "/problems/not-authenticated",
            ), (method, path, sent)
            assert answer.headers["www-authenticate"].startswith("Bearer")


def _body(path: str) -> object:
    check = {
        "enterprise": "E1",
        "item": "F-1",
        "source": "complaint",
        "received": "2026-03-01",
        "due": "2026-03-02",
    }
    bodies = {
        "reveal": {"seed": DICE},
        "plans": {"reason": "because"},
        "checks": {"campaign": "c", "checks": [check]},
        "requests": {"department": "fire", "enterprise": "E1", "item": "F-1", "due": "2026-03-02"},
    }
    return bodies.get(path.rsplit("/", 1)[-1])


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("admin", {"commit", "reveal", "plan", "check", "publish", "documents"}),
        ("supervisor", {"commit", "reveal", "plan", "check", "publish", "documents"}),
        ("clerk", {"commit", "reveal", "plan", "check", "documents"}),
        ("department", {"check"}),
        ("auditor", {"documents"}),
    ],
)
def test_roles(server: Server, role: str, allowed: set[str]) -> None:
    """Each role may do what it is for and nothing else; a refusal names the roles that may."""
    acts = {
        "commit": lambda: server.commit(role=role),
        "reveal": lambda: server.reveal(role),
        "plan": lambda: server.write("/v1/campaigns/x/plans", role, json={"reason": "why not"}),
        "check": lambda: server.write("/v1/checks", role, json=_body("checks")),
        "publish": lambda: server.write(
            "/v1/campaigns/x/publication", role, method="PUT", headers={"if-match": "*"}
        ),
        "documents": lambda: server.get("/v1/campaigns/x/documents", role),
    }
    for name, act in acts.items():
        answer = act()
        assert (answer.status_code != 403) == (name in allowed), (name, answer.text)
        if answer.status_code == 403:
            assert answer.json()["type"] == "/problems/not-allowed"
            assert role not in answer.json()["roles"]


def test_a_key_says_what_it_is(server: Server) -> None:
    """Each key reads its own role and department."""
    for role in ROLES:
        said = server.get("/v1/caller", role).json()
        assert said["role"] == role
        assert said["department"] == ("fire" if role == "department" else "")


def test_only_hashes_are_stored(server: Server, settings: Settings) -> None:
    """Neither the store nor a file beside it holds a key or its secret half."""
    server.commit()
    beside = settings.log_key.parent.iterdir()
    kept = b"".join(path.read_bytes() for path in beside if path.is_file())
    with server.service.store.read() as session:
        for table in Base.metadata.tables.values():
            kept += "".join(map(repr, session.execute(select(table)))).encode()
    for text in server.keys.values():
        assert text.encode() not in kept
        assert text.split("_")[2].encode() not in kept
        assert text.split("_")[1].encode() in kept


def test_a_revoked_key_is_refused(server: Server) -> None:
    """From the moment it is revoked a key opens nothing."""
    assert server.get("/v1/caller", "clerk").status_code == 200
    with server.service.store.write() as write:
        row = write.session.get(Key, key_id(server.keys["clerk"]))
        assert row is not None
        row.revoked_at = write.now
    assert server.get("/v1/caller", "clerk").status_code == 401


def test_faulty_keys_are_not_made(server: Server) -> None:
    """Unknown roles and department keys without a department are refused, all at once."""
    for role, department, count in (("boss", "", 1), ("department", "", 1), ("boss", "a b", 2)):
        with (
            pytest.raises(InputError) as caught,
            server.service.store.write() as write,
        ):
            new_key(write, Tokens(), role=role, department=department)
        assert len(caught.value.faults) == count


@given(st.binary(min_size=1, max_size=8))
def test_keys_are_told_apart(name: bytes) -> None:
    """A key fits its own hash and no other's, and its public name can be read from it."""
    one, other = make_key(Tokens(name.hex())), make_key(Tokens(name.hex() + "x"))
    assert is_key(one.text, one.hash)
    assert not is_key(one.text, other.hash)
    assert key_id(one.text) == one.id
    assert key_id(one.text + "0") is None
    assert hash_key(one.text) != hash_key(one.text.upper())


def test_no_route_forgets_its_key(server: Server) -> None:
    """Every route outside the public ones depends on the caller."""
    for route in server.app.routes:
        if isinstance(route, APIRoute) and route.path.startswith("/v1/"):
            names = str(route.dependant)
            assert ("caller_of" in names) != route.path.startswith("/v1/public"), route.path
