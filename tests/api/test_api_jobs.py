"""Jobs: asked for, claimed, followed, cancelled; each ends once, with what it made."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from api_city import Tokens, files, pack
from conftest import Server
from sqlalchemy import select
from working import working

from api.jobs import perform as performing
from api.jobs.perform import TRIES, perform
from api.problems import ProblemError
from api.services import claims
from api.services.claims import MOST_RUNS, Claim, LostError
from api.services.keys import new_key
from api.settings import Settings
from api.store.tables import DocumentRow, Key, LogEntry, PlanRow
from optimizer.canon import canonical
from optimizer.progress import SILENT

BASE = "/v1/campaigns/test-2026"
ASYNC = {"prefer": "respond-async"}


def revealed(server: Server, archive: bytes | None = None) -> None:
    server.commit(archive).raise_for_status()
    server.reveal().raise_for_status()


def ask_plan(server: Server, role: str = "admin", **more: Any) -> httpx.Response:
    body = {"reason": "the year's first plan", "effort": 1, **more}
    return server.write(f"{BASE}/plans", role, json=body, headers=ASYNC)


def claimed(server: Server, name: str = "w") -> Claim:
    with server.service.store.write() as write:
        held = claims.claim(write, name)
    assert held is not None
    return held


def job(server: Server, number: int) -> dict[str, Any]:
    answer = server.get(f"/v1/jobs/{number}")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def ended(server: Server, number: int, seconds: float = 60) -> dict[str, Any]:
    """Wait until a job has ended."""
    until = time.monotonic() + seconds
    while (found := job(server, number))["state"] in claims.OPEN:
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found


def events(answer: httpx.Response) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Read a stream of events: identifier, name, data."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line == "":
            if fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}
        elif not line.startswith(":"):
            name, value = line.split(": ", 1)
            fields[name] = value


def test_a_plan_as_a_job(server: Server, settings: Settings) -> None:
    """202 at once; a worker makes the plan; the job tells where it is and how long it took."""
    revealed(server)
    answer = ask_plan(server)
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    waits = answer.json()
    assert answer.headers["location"] == waits["job"] == "/v1/jobs/1"
    assert (waits["kind"], waits["state"], waits["runs"]) == ("solve", "waiting", 0)
    assert server.get(f"{BASE}/plans").json()["items"] == []
    # One worker for all: its child loads the planner once.
    with working(settings, name="w-1"):
        done = ended(server, 1)
        again = ask_plan(server, reason="one more")
        second = ended(server, 2)
        ask_plan(server, reason="and one more")
        third = ended(server, 3)
    assert (done["state"], done["runs"], done["worker"]) == ("done", 1, "w-1")
    assert done["started_at"] < done["ended_at"]
    plan = server.get(done["result"]["plan"]).json()
    assert plan["version"] == done["result"]["version"] == 1
    assert plan["made_by"] == done["asked_by"]
    assert again.json()["kind"] == "reoptimise"
    assert second["result"]["version"] == 2
    assert second["expected_seconds"] is None
    assert third["expected_seconds"] >= 0


def test_events_end_with_the_job(server: Server, settings: Settings) -> None:
    """Every change is an event with the whole job; the last one is its end; resuming skips."""
    revealed(server)
    ask_plan(server)
    seen: list[tuple[str, str, dict[str, Any]]] = []

    def follow() -> None:
        with server.client.stream("GET", "/v1/jobs/1/events", headers=server.auth("auditor")) as a:
            assert a.headers["content-type"].startswith("text/event-stream")
            seen.extend(events(a))

    thread = threading.Thread(target=follow)
    thread.start()
    while not seen and thread.is_alive():
        time.sleep(0.05)
        with working(settings):
            ended(server, 1)
    thread.join(30)
    assert not thread.is_alive()
    names = [name for _, name, _ in seen]
    assert names[0] == "waiting"
    assert names[-1] == "done"
    assert set(names) <= {"waiting", "running", "done"}
    assert seen[-1][2] == job(server, 1)
    assert len({identifier for identifier, _, _ in seen}) == len(seen)
    again = server.get("/v1/jobs/1/events", headers={"last-event-id": seen[0][0]})
    assert [name for _, name, _ in events(again)] == ["done"]
    nothing = server.get("/v1/jobs/1/events", headers={"last-event-id": seen[-1][0]})
    assert list(events(nothing)) == []


def test_progress_is_told(server: Server) -> None:
    """The planner's stages and steps reach the job, with words in both languages."""
    revealed(server)
    ask_plan(server)
    held = claimed(server)

    class Heard:
        def __init__(self) -> None:
            self.stages: list[str] = []
            self.now: dict[str, Any] = {}

        def stage(self, name: str) -> None:
            self.stages.append(name)
            self.step(0, 0)

        def step(self, done: int, total: int, note: str = "") -> None:
            self.now = {"stage": self.stages[-1], "done": done, "total": total}
            with server.service.store.write() as write:
                claims.beat(write, held, self.now)
            shown = job(server, held.number)["progress"]
            assert {key: shown[key] for key in self.now} == self.now
            assert shown["text"]["zh"]

    heard = Heard()
    perform(server.service, held, heard)
    assert heard.stages[0] == "read"
    assert heard.stages[-1] == "write"
    assert "plan" in heard.stages
    assert job(server, 1)["state"] == "done"


def test_an_unknown_stage_is_told_by_its_name(server: Server) -> None:
    """A stage that has no words yet does not keep the job from being read."""
    revealed(server)
    ask_plan(server)
    with server.service.store.write() as write:
        held = claims.claim(write, "w")
        assert held is not None
        claims.beat(write, held, {"stage": "polish", "done": 1, "total": 2})
    assert job(server, 1)["progress"]["text"] == {"en": "polish", "zh": "polish"}


def test_cancelled_while_it_waits(server: Server) -> None:
    """A waiting job that is cancelled is never begun; cancelling again says the same."""
    revealed(server)
    ask_plan(server)
    cancelled = server.write("/v1/jobs/1/cancel", "clerk")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert server.write("/v1/jobs/1/cancel").json()["state"] == "cancelled"
    with server.service.store.write() as write:
        assert claims.claim(write, "w") is None


def test_cancelled_while_it_runs(server: Server, settings: Settings) -> None:
    """A running job is cancelled with the answer: the child ends, nothing of it is written, and
    the next job runs."""
    revealed(server, pack(files(enterprises=1500, inspectors=30)))
    ask_plan(server, effort=10_000)
    with working(settings) as worker:
        while job(server, 1)["state"] != "running" or worker._child is None:
            time.sleep(0.05)
        child = worker._child[0]
        cancelled = server.write("/v1/jobs/1/cancel").json()
        assert cancelled["state"] == "cancelled"
        until = time.monotonic() + 20
        # The worker waits for it too, and of two who wait only one learns the code at once.
        while child.exitcode is None:
            assert time.monotonic() < until
            time.sleep(0.05)
        ask_plan(server)
        assert ended(server, 2)["state"] == "done"
    assert job(server, 1)["state"] == "cancelled"
    assert len(server.get(f"{BASE}/plans").json()["items"]) == 1


def test_an_ended_job_is_not_cancelled(server: Server) -> None:
    """What is done stays done, with a problem that says so."""
    revealed(server)
    ask_plan(server)
    perform(server.service, claimed(server), SILENT)
    refused = server.write("/v1/jobs/1/cancel")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/job-ended")
    assert job(server, 1)["state"] == "done"


@pytest.mark.parametrize("event", ["cancelled", "given back", "taken over"])
def test_who_lost_a_job_cannot_end_it(server: Server, event: str) -> None:
    """A worker that wakes up late writes neither plan nor end, whatever befell the job."""
    revealed(server)
    ask_plan(server)
    late = claimed(server, "late")
    if event == "cancelled":
        server.write("/v1/jobs/1/cancel").raise_for_status()
    else:
        with server.service.store.write() as write:
            assert claims.give_back(write, late, counted=event == "taken over")
    now = claimed(server, "other") if event == "taken over" else None
    before = job(server, 1)
    perform(server.service, late, SILENT)
    with pytest.raises(LostError), server.service.store.write() as write:
        claims.beat(write, late, None)
    with server.service.store.write() as write:
        claims.fail(write, late, ProblemError("internal"))
        assert not claims.give_back(write, late, counted=True)
    assert job(server, 1) == before
    assert server.get(f"{BASE}/plans").json()["items"] == []
    if now is not None:
        perform(server.service, now, SILENT)
        assert job(server, 1)["state"] == "done"


def test_lost_at_the_very_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cancelled after the computation, before the write, leaves no plan."""
    revealed(server)
    ask_plan(server)
    held = claimed(server)
    prepare = performing._prepare

    def then_cancelled(*args: Any) -> Any:
        act = prepare(*args)
        server.write("/v1/jobs/1/cancel").raise_for_status()
        return act

    monkeypatch.setattr(performing, "_prepare", then_cancelled)
    perform(server.service, held, SILENT)
    assert job(server, 1)["state"] == "cancelled"
    assert server.get(f"{BASE}/plans").json()["items"] == []
    assert server.get(BASE).json()["state"] == "revealed"


def test_effect_and_end_are_one_transaction(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the end cannot be written, the plan is not written either; the next run makes it once."""
    revealed(server)
    ask_plan(server)
    held = claimed(server)

    def broken(*_: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(claims, "done", broken)
        patched.setattr(claims, "fail", broken)
        with pytest.raises(OSError, match="full"):
            perform(server.service, held, SILENT)
    with server.service.store.read() as session:
        assert session.scalars(select(PlanRow)).all() == []
    assert job(server, 1)["state"] == "running"
    perform(server.service, held, SILENT)
    with server.service.store.read() as session:
        assert len(session.scalars(select(PlanRow)).all()) == 1
        kinds = session.scalars(select(LogEntry.kind)).all()
    assert kinds.count("plan-version") == 1


def test_a_job_that_ends_its_workers_is_marked(server: Server) -> None:
    """After some runs without an end a job is not begun again, and says so."""
    revealed(server)
    ask_plan(server)
    for run in range(1, MOST_RUNS + 1):
        held = claimed(server)
        assert job(server, 1)["runs"] == run
        with server.service.store.write() as write:
            claims.give_back(write, held, counted=True)
    marked = job(server, 1)
    assert marked["state"] == "interrupted"
    assert marked["problem"]["type"] == "/problems/job-interrupted"
    with server.service.store.write() as write:
        assert claims.claim(write, "w") is None


def test_an_orderly_stop_does_not_count(server: Server) -> None:
    """A worker that is asked to stop gives its job back as if it had not been begun."""
    revealed(server)
    ask_plan(server)
    for _ in range(MOST_RUNS + 1):
        held = claimed(server)
        with server.service.store.write() as write:
            claims.give_back(write, held, counted=False)
    waits = job(server, 1)
    assert (waits["state"], waits["runs"], waits["worker"]) == ("waiting", 0, None)


def test_one_job_of_a_campaign_at_a_time(server: Server) -> None:
    """Jobs of one campaign run in order, those of another beside them."""
    revealed(server)
    server.commit(pack(files("other-2026")), role="clerk").raise_for_status()
    seed = {"source": "dice", "sides": 10, "rolls": "27182818284590452353"}
    server.write(
        "/v1/campaigns/other-2026/reveal", "supervisor", json={"seed": seed}
    ).raise_for_status()
    for _ in range(2):
        ask_plan(server)
    other = server.write(
        "/v1/campaigns/other-2026/plans", json={"reason": "another city"}, headers=ASYNC
    )
    assert other.json()["ahead"] == 2
    assert [claimed(server).number for _ in range(2)] == [1, 3]
    with server.service.store.write() as write:
        assert claims.claim(write, "w") is None
    assert job(server, 2)["ahead"] == 1


def test_the_schedule_changes_meanwhile(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that is overtaken is made again, a few times; then the job says so."""
    revealed(server)
    ask_plan(server)
    perform(server.service, claimed(server), SILENT)
    prepare, left = performing._prepare, TRIES - 1

    def overtaken(*args: Any) -> Any:
        nonlocal left
        act = prepare(*args)
        if left:
            left -= 1
            body = {"reason": "in between", "effort": 1}
            server.write(f"{BASE}/plans", json=body).raise_for_status()
        return act

    monkeypatch.setattr(performing, "_prepare", overtaken)
    ask_plan(server)
    perform(server.service, claimed(server), SILENT)
    assert (job(server, 2)["state"], left) == ("done", 0)
    left = TRIES
    ask_plan(server)
    perform(server.service, claimed(server), SILENT)
    failed = job(server, 3)
    assert failed["state"] == "failed"
    assert failed["problem"]["type"] == "/problems/plan-superseded"


def test_a_first_plan_is_made_once(server: Server) -> None:
    """Of two first plans the second is a re-optimisation; one that comes too late says so."""
    revealed(server)
    assert ask_plan(server).json()["kind"] == "solve"
    assert ask_plan(server).json()["kind"] == "reoptimise"
    body = {"reason": "in between", "effort": 1}
    server.write(f"{BASE}/plans", json=body).raise_for_status()
    for _ in range(2):
        perform(server.service, claimed(server), SILENT)
    assert job(server, 1)["problem"]["type"] == "/problems/wrong-order"
    assert job(server, 2)["result"]["version"] == 2


def test_publication_as_a_job(server: Server) -> None:
    """A worker recomputes all that will be public, then publishes, once."""
    revealed(server)
    ask_plan(server)
    perform(server.service, claimed(server), SILENT)
    etag = server.get(BASE).headers["etag"]
    asked = server.write(
        f"{BASE}/publication", "supervisor", method="PUT", headers={**ASYNC, "if-match": etag}
    )
    assert (asked.status_code, asked.json()["kind"]) == (202, "publish")
    assert server.get(BASE).json()["published_at"] is None
    perform(server.service, claimed(server), SILENT)
    done = job(server, 2)
    assert (done["state"], done["problem"]) == ("done", None)
    assert server.get(BASE).json()["published_at"] == done["result"]["published_at"]
    assert server.get("/v1/public/campaigns/test-2026/documents", None).status_code == 200


def test_what_does_not_verify_is_not_published(server: Server) -> None:
    """A document that was changed in the store stops the publication, and is named."""
    revealed(server)
    with server.service.store.write() as write:
        row = write.session.get_one(DocumentRow, ("test-2026", "transcript/draw.json"))
        drawn = json.loads(row.data)
        drawn["distinct"]["drawn"] += 1
        row.data = canonical(drawn)
    etag = server.get(BASE).headers["etag"]
    headers = {**ASYNC, "if-match": etag}
    server.write(f"{BASE}/publication", "supervisor", method="PUT", headers=headers)
    perform(server.service, claimed(server), SILENT)
    failed = job(server, 1)
    assert failed["problem"]["type"] == "/problems/check-failed"
    assert "draw.json" in failed["problem"]["detail"]
    assert server.get(BASE).json()["published_at"] is None


def test_publication_of_what_was_read(server: Server) -> None:
    """A campaign that changed between asking and running is not published unseen."""
    revealed(server)
    headers = {**ASYNC, "if-match": server.get(BASE).headers["etag"]}
    server.write(f"{BASE}/publication", "supervisor", method="PUT", headers=headers)
    server.write(f"{BASE}/plans", json={"reason": "in between", "effort": 1}).raise_for_status()
    perform(server.service, claimed(server), SILENT)
    assert job(server, 1)["problem"]["type"] == "/problems/precondition-failed"
    late = server.write(f"{BASE}/publication", "supervisor", method="PUT", headers=headers)
    assert (late.status_code, late.json()["type"]) == (412, "/problems/precondition-failed")
    without = server.write(f"{BASE}/publication", "supervisor", method="PUT", headers=ASYNC)
    assert without.status_code == 428


def test_who_may(server: Server) -> None:
    """Planners ask and cancel, supervisors publish and cancel that, everybody with a key reads."""
    revealed(server)
    for role in ("department", "auditor"):
        assert ask_plan(server, role).status_code == 403
    ask_plan(server, "clerk").raise_for_status()
    for role in ("department", "auditor"):
        assert server.get("/v1/jobs/1", role).status_code == 200
        assert server.get("/v1/jobs/1/events", None).status_code == 401
        assert server.write("/v1/jobs/1/cancel", role).status_code == 403
    headers = {**ASYNC, "if-match": server.get(BASE).headers["etag"]}
    path = f"{BASE}/publication"
    assert server.write(path, "clerk", method="PUT", headers=headers).status_code == 403
    assert server.write(path, "supervisor", method="PUT", headers=headers).status_code == 202
    assert server.write("/v1/jobs/2/cancel", "clerk").status_code == 403
    assert server.write("/v1/jobs/2/cancel", "supervisor").status_code == 200
    assert server.get("/v1/jobs/1", None).status_code == 401
    assert server.get("/v1/jobs", None).status_code == 401


def test_a_revoked_key_plans_no_more(server: Server) -> None:
    """A job whose key was revoked before it ran is not done."""
    revealed(server)
    with server.service.store.write() as write:
        made = new_key(write, Tokens("gone"), role="clerk")
    server.keys["gone"] = made.text
    ask_plan(server, "gone").raise_for_status()
    with server.service.store.write() as write:
        write.session.get_one(Key, made.id).revoked_at = write.now
    perform(server.service, claimed(server), SILENT)
    assert job(server, 1)["problem"]["type"] == "/problems/not-authenticated"


def test_asking_once(server: Server) -> None:
    """The same key and body give the same job; another body is refused."""
    revealed(server)
    headers = {**ASYNC, "idempotency-key": "plan-1"}
    body = {"reason": "the year's first plan"}
    first = server.write(f"{BASE}/plans", json=body, headers=headers)
    again = server.write(f"{BASE}/plans", json=body, headers=headers)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == "/v1/jobs/1"
    other = server.write(f"{BASE}/plans", json={"reason": "another"}, headers=headers)
    assert other.status_code == 422
    assert len(server.get("/v1/jobs").json()["items"]) == 1


def test_too_early_is_refused_at_once(server: Server) -> None:
    """A plan before the seed, of no campaign, or of a wrong body, makes no job."""
    server.commit().raise_for_status()
    assert ask_plan(server).json()["type"] == "/problems/wrong-order"
    body = {"reason": "of nothing"}
    assert server.write("/v1/campaigns/x/plans", json=body, headers=ASYNC).status_code == 404
    assert ask_plan(server, effort=-1).status_code == 422
    assert server.get("/v1/jobs").json()["items"] == []


def test_lists_and_etags(server: Server) -> None:
    """Jobs come in pages, by campaign and state; an unchanged job is 304, a changed one is not."""
    revealed(server)
    for _ in range(5):
        ask_plan(server)
    server.write("/v1/jobs/3/cancel").raise_for_status()
    first = server.get("/v1/jobs?limit=2").json()
    rest = server.get(f"/v1/jobs?limit=9&cursor={first['next']}").json()
    assert [each["number"] for each in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    assert rest["next"] is None
    waiting = server.get("/v1/jobs?state=waiting&campaign=test-2026").json()["items"]
    assert [each["ahead"] for each in waiting] == [0, 1, 2, 3]
    assert server.get("/v1/jobs?campaign=none").json()["items"] == []
    assert server.get("/v1/jobs?state=lost").status_code == 422
    etag = server.get("/v1/jobs/5").headers["etag"]
    same = {"if-none-match": etag}
    assert server.get("/v1/jobs/5", headers=same).status_code == 304
    server.write("/v1/jobs/1/cancel").raise_for_status()
    moved = server.get("/v1/jobs/5", headers=same)
    assert (moved.status_code, moved.json()["ahead"]) == (200, 2)
    old = server.write("/v1/jobs/5/cancel", headers={"if-match": etag})
    assert old.json()["type"] == "/problems/precondition-failed"
    new = {"if-match": moved.headers["etag"]}
    assert server.write("/v1/jobs/5/cancel", headers=new).json()["state"] == "cancelled"


@pytest.mark.parametrize("number", ["0", "x", "9999999999", "77"])
@pytest.mark.parametrize("path", ["", "/events", "/cancel"])
def test_no_such_job(server: Server, number: str, path: str) -> None:
    """Numbers that are none are refused, those of no job are not found."""
    method = server.write if path == "/cancel" else server.get
    answer = method(f"/v1/jobs/{number}{path}")
    assert answer.status_code == (404 if number == "77" else 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("prefer", "status"),
    [
        ("respond-async", 202),
        ("Respond-Async, wait=10", 202),
        ("return=minimal, respond-async;x=1", 202),
        ("wait=10", 201),
        ("respond-asynchronously", 201),
    ],
)
def test_prefer(server: Server, prefer: str, status: int) -> None:
    """The preference is read as RFC 7240 writes it; others are passed over."""
    revealed(server)
    body = {"reason": "the year's first plan", "effort": 1}
    answer = server.write(f"{BASE}/plans", json=body, headers={"prefer": prefer})
    assert answer.status_code == status


def test_streams_end_when_the_server_stops(server: Server) -> None:
    """Who follows a job that nobody runs does not hold up the server's stop."""
    revealed(server)
    ask_plan(server)
    with server.client.stream("GET", "/v1/jobs/1/events", headers=server.auth("admin")) as answer:
        stream = events(answer)
        assert next(stream)[1] == "waiting"
        server.service.stopping = lambda: True
        assert list(stream) == []
