"""Writes that happen once, however often and from however many threads they are sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_city import DICE, Ticking, Tokens, enterprise
from conftest import Server
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from api.answers import Answer
from api.idempotency import Once
from api.problems import ProblemError
from api.security.keys import Caller
from api.services.service import Service
from api.settings import Settings
from api.store.database import Write, open_database
from api.store.log import size


def check(number: int = 1) -> dict[str, Any]:
    return {
        "campaign": "test-2026",
        "checks": [
            {
                "id": f"T-9{number}",
                "enterprise": enterprise(number),
                "item": "H-1",
                "source": "complaint",
                "received": "2026-03-01",
                "due": "2026-04-30",
            }
        ],
    }


def same(first: httpx.Response, second: httpx.Response) -> bool:
    return (first.status_code, first.content) == (second.status_code, second.content)


def entries(server: Server) -> int:
    with server.service.store.read() as session:
        return size(session)


def test_the_same_write_gives_the_same_answer(server: Server) -> None:
    """Commit, reveal and checks repeated with their keys answer alike and change nothing more."""
    key = {"idempotency-key": "one"}
    first = server.commit(headers=key)
    count = entries(server)
    again = server.commit(headers=key)
    assert same(first, again)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]
    assert entries(server) == count
    key = {"idempotency-key": "two"}
    assert same(server.reveal(headers=key), server.reveal(headers=key))
    first = server.write("/v1/checks", json=check(), headers={"idempotency-key": "three"})
    assert first.status_code == 201
    assert same(
        first, server.write("/v1/checks", json=check(), headers={"idempotency-key": "three"})
    )
    assert len(server.get("/v1/checks").json()["items"]) == 1


def test_a_refusal_is_repeated_too(server: Server) -> None:
    """A refused write stays refused under its key, though it would succeed under a new one."""
    server.commit()
    path, body = "/v1/campaigns/test-2026/plans", {"reason": "too early"}
    first = server.write(path, json=body, headers={"idempotency-key": "early"})
    assert first.status_code == 409
    server.reveal()
    assert same(first, server.write(path, json=body, headers={"idempotency-key": "early"}))
    assert server.write(path, json=body).status_code == 201


def test_another_body_is_refused(server: Server) -> None:
    """A key that was used for another body, or another act, is refused and changes nothing."""
    server.commit()
    key = {"idempotency-key": "one"}
    server.write("/v1/checks", json=check(1), headers=key).raise_for_status()
    count = entries(server)
    for answer in (
        server.write("/v1/checks", json=check(2), headers=key),
        server.write("/v1/campaigns/test-2026/reveal", json={"seed": DICE}, headers=key),
    ):
        assert (answer.status_code, answer.json()["type"]) == (
            422,
            "/problems/idempotency-key-reused",
        )
    assert entries(server) == count


def test_keys_belong_to_their_caller(server: Server) -> None:
    """Two callers may use the same idempotency key for different acts."""
    server.commit()
    key = {"idempotency-key": "one"}
    assert server.write("/v1/checks", "clerk", json=check(1), headers=key).status_code == 201
    assert server.write("/v1/checks", "admin", json=check(2), headers=key).status_code == 201


@pytest.mark.parametrize("key", [None, "", "x" * 201, "a b"])
def test_a_write_needs_a_key(server: Server, key: str | None) -> None:
    """Without a proper key nothing is written."""
    headers = {**server.auth("admin"), **({} if key is None else {"idempotency-key": key})}
    answer = server.client.post("/v1/checks", json=check(), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (
        400,
        "/problems/idempotency-key-missing",
    )


def test_wrong_keys_of_callers_are_not_remembered(server: Server) -> None:
    """A refusal for the role is not an answer to the act: it can be sent again later."""
    server.commit()
    key = {"idempotency-key": "one"}
    refused = server.write("/v1/checks", "auditor", json=check(), headers=key)
    assert refused.status_code == 403
    assert server.write("/v1/checks", "admin", json=check(), headers=key).status_code == 201


def test_many_at_once_happen_once(server: Server) -> None:
    """Sent from eight threads at once, a write happens once and all get the same answer."""
    server.commit()
    headers = {**server.auth("admin"), "idempotency-key": "same"}

    def send(_: int) -> httpx.Response:
        return httpx.post(
            f"{server.client.base_url}/v1/checks".replace("//v1", "/v1"),
            json=check(),
            headers=headers,
            timeout=60,
            trust_env=False,
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(server.get("/v1/checks").json()["items"]) == 1


def test_any_order_of_repeats(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Against a model: one answer for each caller and key, one entry for each success."""

    class Repeats(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            path = tmp_path_factory.mktemp("once") / "s.sqlite3"
            configured = Settings(db=path)
            store = open_database(configured, clock=Ticking(), token=Tokens())
            self.service = Service(configured, store, Tokens())
            self.given: dict[tuple[str, str], tuple[str, int, bytes]] = {}
            self.made = 0

        @rule(
            caller=st.sampled_from("ab"),
            key=st.sampled_from("123"),
            body=st.sampled_from(["x", "y"]),
            refused=st.booleans(),
        )
        def write(self, caller: str, key: str, body: str, refused: bool) -> None:
            done: list[str] = []

            def act(write: Write) -> str:
                write.record("check", {"body": body})
                if refused:
                    raise ProblemError("wrong-order", f"not {body} now: {len(self.given)}")
                done.append(body)
                return body

            once = Once(self.service, Caller(caller, "admin"), key, body, "en")
            show = lambda body: Answer(201, f"{body} {self.made}".encode())  # noqa: E731
            known = self.given.get((caller, key))
            if known is not None and known[0] != body:
                with pytest.raises(ProblemError):
                    once.perform(lambda: act, show)
            else:
                got = once.perform(lambda: act, show)
                if known is None:
                    self.given[caller, key] = (body, got.status_code, bytes(got.body))
                    assert got.status_code == (409 if refused else 201)
                    self.made += not refused
                else:
                    assert (got.status_code, bytes(got.body)) == known[1:]
            assert bool(done) == (known is None and not refused)

        @invariant()
        def one_entry_a_success(self) -> None:
            with self.service.store.read() as session:
                assert size(session) == self.made

        def teardown(self) -> None:
            self.service.store.close()

    run_state_machine_as_test(
        Repeats,
        settings=hypothesis_settings(max_examples=15, stateful_step_count=15, deadline=None),
    )


def test_answers_survive_a_restart(settings: Settings, tmp_path: Path, make_server: Any) -> None:
    """The answer is in the store: another server on it gives the same one."""
    first = make_server(settings)
    answer = first.commit(headers={"idempotency-key": "one"})
    keys = first.keys
    first.stop()
    second = make_server(settings)
    second.keys = keys
    again = second.commit(headers={"idempotency-key": "one"})
    assert same(answer, again)
    assert again.headers["idempotent-replayed"] == "true"
