"""Plans made again while requests come in: they end, and every promise stands."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta, timezone

from conftest import MakeServer, Server
from test_api_jobs import ask_plan, claimed, job
from test_api_servers import held, hold_to_the_rules, planned, wanted
from test_api_teams import DICE, published, visits_of

from api.jobs.perform import TRIES, perform
from api.settings import Settings
from optimizer.verifier.verify import verify

BASE = "/v1/campaigns/test-2026"


class Traffic:
    """Requests without a pause, from a thread: what was granted, check by check."""

    def __init__(
        self,
        server: Server,
        name: int = 0,
        months: range = range(3, 10),
        sources: Sequence[str] = ("daily", "complaint", "transferred"),
    ) -> None:
        self._server = server
        self._name, self._months, self._sources = name, months, sources
        self._stop = threading.Event()
        self._grown = threading.Condition()
        self.granted: dict[str, str] = {}
        self.thread = threading.Thread(target=self._send)

    def _send(self) -> None:
        dice = random.Random(5 + self._name)
        number = 0
        while not self._stop.is_set():
            number += 1
            month = dice.choice(self._months)
            body = wanted(
                dice.randrange(60),
                dice.choice(["H-1", "F-1", "M-1"]),
                source=dice.choice(self._sources),
                earliest=f"2026-{month:02}-03",
                due=f"2026-{month + 1:02}-20",
                check=f"C-{self._name}-{number}",
            )
            key = {"idempotency-key": f"traffic-{self._name}-{number}"}
            while True:
                answer = self._server.write("/v1/requests", json=body, headers=key)
                if answer.status_code != 503:
                    break
                assert answer.json()["type"] == "/problems/busy"
            # Days that are fixed meanwhile may be all that a request wants: 422.
            assert answer.status_code in (201, 409, 422), answer.text
            if answer.status_code == 201:
                with self._grown:
                    self.granted[answer.json()["check"]] = answer.json()["day"]
                    self._grown.notify_all()

    def wait(self, more: int) -> None:
        """Wait until so many more were granted."""
        with self._grown:
            wanted = len(self.granted) + more
            assert self._grown.wait_for(lambda: len(self.granted) >= wanted, 60)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Send while the block runs."""
        self.thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self.thread.join()


class Busy:
    """Progress that lets a few requests through at every stage."""

    def __init__(self, traffic: Traffic, more: int = 2) -> None:
        self._traffic, self._more = traffic, more

    def stage(self, name: str) -> None:
        self._traffic.wait(self._more)

    def step(self, done: int, total: int, note: str = "") -> None:
        pass


def test_a_replan_ends_under_steady_traffic(settings: Settings, make_server: MakeServer) -> None:
    """Plan after plan is made at the first try while requests are granted without a pause; all
    that was promised stands on its day, no rule is broken by the verifier's code, and the server
    holds the same as one that starts now."""
    server = make_server(settings)
    planned(server, 60)
    traffic = Traffic(server)
    with traffic.flowing():
        for number in (1, 2):
            ask_plan(server)
            perform(server.service, claimed(server), Busy(traffic))
            done = job(server, number)
            assert (done["state"], done["problem"]) == ("done", None)
            made = server.get(done["result"]["plan"]).json()
            assert made["version"] == number + 1
            assert made["followed"] >= 2
    hold_to_the_rules(server, traffic.granted)
    a, b = held(server), held(make_server(settings))
    assert a.mark == b.mark
    assert a.state.visits == b.state.visits
    logged = server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]
    told = [entry["body"]["followed"] for entry in logged if entry["kind"] == "plan-version"]
    assert told[0] == 0
    assert all(told[1:])


class Overtaken:
    """Progress that lets another version come between, the first few times it is about to end."""

    def __init__(self, server: Server, times: int) -> None:
        self._server, self._left = server, times

    def stage(self, name: str) -> None:
        if name == "write" and self._left:
            self._left -= 1
            body = {"reason": "came between", "effort": 1}
            self._server.write(f"{BASE}/plans", json=body).raise_for_status()

    def step(self, done: int, total: int, note: str = "") -> None:
        pass


def test_what_another_version_moved_is_planned_again(server: Server) -> None:
    """A version that comes between may have moved anything: the plan is made anew; a few times."""
    planned(server, 60)
    ask_plan(server)
    perform(server.service, claimed(server), Overtaken(server, TRIES - 1))
    assert job(server, 1)["state"] == "done"
    ask_plan(server)
    perform(server.service, claimed(server), Overtaken(server, TRIES))
    failed = job(server, 2)
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "/problems/plan-superseded")


class Brisk:
    """A clock of the test's own that all servers share, which goes on with the real one."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._start = datetime(2026, 1, 6, 9, 0, tzinfo=timezone(timedelta(hours=8)))

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._begun)


def test_odds_and_replans_end_under_steady_traffic(
    settings: Settings, make_server: MakeServer
) -> None:
    """Two servers grant visits of the very days whose odds are committed, without a pause, while
    a plan is made again: odds and draws go through at once, each time, and so does the plan, over
    odds that came between. Every promise stands, no rule is broken, teams are for the visits that
    are made, and the verifier takes all of it.
    """
    servers = [make_server(settings) for _ in range(2)]
    planned(servers[0], 60)
    clock = Brisk()
    for server in servers:
        server.service.store._clock = clock
    first = servers[0]
    days = sorted({visit["day"] for visit in visits_of(first)})
    traffics = [
        # A transcript holds triggered checks beside those drawn, and no others.
        Traffic(server, n, months=range(3, 6), sources=("complaint", "transferred"))
        for n, server in enumerate([*servers, servers[0]])
    ]
    with ExitStack() as stack:
        for traffic in traffics:
            stack.enter_context(traffic.flowing())
        begun, between = threading.Event(), threading.Event()
        slow = Slow(traffics[0], begun, between)
        planner = threading.Thread(target=_replan, args=(servers[1], slow))
        begin = days[0]
        for turn in range(5):
            traffics[0].wait(3)
            reason = {"reason": "requests came"} if turn else {}
            if turn == 2:
                assert begun.wait(60)
            odds = {"period": [begin, days[-1]], "draws": "daily", "seed_source": DICE, **reason}
            made = first.write(f"{BASE}/teams/odds", "clerk", json=odds)
            assert made.status_code == 201, made.text
            if turn == 0:
                planner.start()
            elif turn == 2:
                between.set()
            span = made.json()["draws"][0]
            standing = {
                visit["id"]: visit["day"]
                for visit in visits_of(first)
                if span[0] <= visit["day"] <= span[1]
            }
            traffics[1].wait(3)
            seed = {"seed": {**DICE, "rolls": f"{27182818284590452353 + turn:020}"}}
            drawn = first.write(f"{BASE}/teams/draws", "supervisor", json=seed)
            assert drawn.status_code == 201, drawn.text
            assert drawn.json()["teams"].keys() == standing.keys()
            begin = (date.fromisoformat(span[1]) + timedelta(days=1)).isoformat()
        planner.join()
    found = job(first, 1)
    assert (found["state"], found["problem"]) == ("done", None)
    # It was made from version 2 at the latest, and follows one that odds wrote down since.
    parent = first.get(f"{BASE}/plans/{found['result']['version'] - 1}").json()
    assert (parent["as_it_stood"], parent["version"] > 2) == (True, True)
    granted = {check: day for traffic in traffics for check, day in traffic.granted.items()}
    assert len(granted) > 30
    hold_to_the_rules(first, granted)
    teams = first.get(f"{BASE}/teams").json()["teams"]
    live = {visit["id"]: visit["day"] for visit in visits_of(first)}
    assert {visit for visit, day in live.items() if day < begin} == teams.keys()
    report = verify(published(first))
    assert report.first_fault is None, report.first_fault
    left = {"period": [begin, days[-1]], "seed_source": DICE, "reason": "the last one"}
    first.write(f"{BASE}/teams/odds", "clerk", json=left).raise_for_status()
    assert verify(published(first)).first_fault is None


class Slow(Busy):
    """Progress that lets requests through at every stage, and odds before the last."""

    def __init__(self, traffic: Traffic, begun: threading.Event, odds: threading.Event) -> None:
        super().__init__(traffic)
        self._begun, self._odds = begun, odds

    def stage(self, name: str) -> None:
        super().stage(name)
        if name == "write":
            self._begun.set()
            assert self._odds.wait(60)


def _replan(server: Server, progress: Slow) -> None:
    ask_plan(server)
    perform(server.service, claimed(server), progress)
