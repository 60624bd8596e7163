"""How often somebody may ask: never more than allowed, in fixed memory, and said as a problem."""

from __future__ import annotations

from dataclasses import replace

from conftest import MakeServer
from hypothesis import given
from hypothesis import strategies as st

from api.security.limits import Limit, Rate, address_of
from api.settings import Settings

DAY = 1 / 86_400  # so slow that no machine's load lets a second one through


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    per_second=st.sampled_from([0.5, 1.0, 7.0, 100.0]),
    burst=st.integers(1, 20),
    steps=st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_never_more_than_allowed(per_second: float, burst: int, steps: list[float]) -> None:
    """Whenever it is asked, no span holds more than its burst and what has flowed in since; the
    wait that a refusal tells is enough, and no refusal comes without need.
    """
    clock = Hand()
    limit = Limit(Rate(per_second, burst), clock=clock)
    allowed: list[float] = []
    for step in steps:
        clock.now += step
        wait = limit.take("a")
        if not wait:
            allowed.append(clock.now)
            continue
        clock.now += wait
        assert limit.take("a") == 0
        allowed.append(clock.now)
    for first, begin in enumerate(allowed):
        for last in range(first, len(allowed)):
            most = burst + (allowed[last] - begin) * per_second
            assert last - first + 1 <= most + 1e-3
    clock.now += burst / per_second
    assert [limit.take("a") for _ in range(burst)] == [0] * burst


def test_memory_is_fixed() -> None:
    """Each subject has its bucket; of ever more subjects the longest silent are forgotten."""
    limit = Limit(Rate(1, 1), clock=Hand(), most=10)
    assert [limit.take(str(n % 10)) == 0 for n in range(20)] == [True] * 10 + [False] * 10
    for n in range(1000):
        limit.take(f"new {n}")
    assert len(limit._full) == 10


def test_hosts_of_one_net_share() -> None:
    """Whoever is given a /64 has one bucket; an IPv4 address one, however it is written."""
    assert address_of("2001:db8:1:2::1") == address_of("2001:db8:1:2:ffff::9")
    assert address_of("2001:db8:1:2::1") != address_of("2001:db8:1:3::1")
    assert address_of("::ffff:10.0.0.1") == address_of("10.0.0.1") == "10.0.0.1"
    assert address_of("testclient") == "testclient"


def test_a_key_that_asks_too_often_waits(settings: Settings, make_server: MakeServer) -> None:
    """429 with Retry-After for that key alone; the write it wanted is neither done nor refused for
    ever under its Idempotency-Key.
    """
    server = make_server(replace(settings, key_rate=DAY, key_burst=3))
    for _ in range(3):
        assert server.get("/v1/caller", "clerk").status_code == 200
    sent = {"idempotency-key": "once"}
    refused = server.commit(role="clerk", headers=sent)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert refused.json()["burst"] == 3
    assert server.get("/v1/caller", "admin").status_code == 200
    assert server.get("/v1/public/ledger/checkpoint", None).status_code == 200
    assert server.get("/v1/campaigns", "admin").json()["items"] == []
    server.service.by_key = Limit(Rate(100, 100))
    assert server.commit(role="clerk", headers=sent).status_code == 201


def test_what_needs_no_key_is_limited_by_address(
    settings: Settings, make_server: MakeServer
) -> None:
    """Public routes, pages and paths that are none share one bucket, with or without a key sent;
    another address, as a proxy on this machine tells it, has its own; keys go on.
    """
    server = make_server(replace(settings, public_rate=DAY, public_burst=4))
    paths = ["/v1/public/ledger/key", "/health", "/docs", "/nowhere", "/v1/public/ledger/key"]
    answers = [server.get(path, "admin" if n % 2 else None) for n, path in enumerate(paths)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 429]
    assert server.get("/v1/caller").status_code == 200
    other = {"x-forwarded-for": "203.0.113.7"}
    assert server.get("/health", None, headers=other).status_code == 200


def test_wrong_keys_run_out_and_right_ones_do_not(
    settings: Settings, make_server: MakeServer
) -> None:
    """Guessing is refused after a few tries; who has a key at the same address does not notice."""
    server = make_server(replace(settings, wrong_rate=DAY, wrong_burst=2))
    wrong = {"authorization": f"Bearer {server.keys['admin'][:-1]}x"}
    tries = [server.get("/v1/caller", None, headers=wrong).status_code for _ in range(4)]
    assert tries == [401, 401, 429, 429]
    assert server.get("/v1/caller", "admin").status_code == 200
