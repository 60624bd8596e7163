"""One job from its input to its end: read, compute, and write once with the job's record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from api.answers import PASSING, as_problem
from api.logs import LOGGER
from api.middleware import place_of
from api.problems import ProblemError
from api.schemas.plans import PlanWanted
from api.security.keys import Caller
from api.services import campaigns, claims, plans, publications, sealed_plans
from api.services.claims import Claim, LostError
from api.services.fixing import HeldError
from api.services.service import Service
from api.store.database import Write
from api.store.tables import JobRow, Key
from optimizer.progress import Progress

Act = Callable[[Write], dict[str, Any]]

TRIES = 3
"""How often a plan is made anew because another version moved visits meanwhile, at most."""


def perform(service: Service, held: Claim, progress: Progress) -> None:
    """Run a job to its end: done, or failed with a problem.

    Nothing is written before the last transaction, so a job that is stopped anywhere can be run
    again from its beginning. That transaction refuses if the job is no longer the worker's.

    Raises
    ------
    ProblemError
        Of a kind in `api.answers.PASSING`, where the job should be tried again later.
    """
    try:
        for turn in range(1, TRIES + 1):
            try:
                progress.stage("read")
                act = _prepare(service, held, progress)
                progress.stage("write")
                while not _write(service, held, act):
                    time.sleep(plans.LOOK)
                return
            except ProblemError as problem:
                if problem.kind.name != "plan-superseded" or turn == TRIES:
                    raise
    except LostError:
        return
    except Exception as error:
        found = as_problem(error)
        if found is None:
            LOGGER.error(
                "job failed",
                extra={"job": held.number, "error": type(error).__name__, "place": place_of(error)},
            )
            found = ProblemError("internal")
        if found.kind.name in PASSING:
            raise found from error
        with service.store.write() as write:
            claims.fail(write, held, found)


def _write(service: Service, held: Claim, act: Act) -> bool:
    """Write the result and the job's end; return whether they could be, just now."""
    try:
        with service.store.write() as write:
            claims.hold(write, held)
            claims.done(write, held, act(write))
    except HeldError:
        return False
    return True


def _prepare(service: Service, held: Claim, progress: Progress) -> Act:
    """Compute a job's result, and return what writes it."""
    with service.store.read() as session:
        row = session.get_one(JobRow, held.number)
        if row.fence != held.fence:
            raise LostError
        name, kind, arguments = row.campaign, row.kind, row.arguments
        key = session.get(Key, row.asked_by)
        if key is None or key.revoked_at is not None:
            raise ProblemError("not-authenticated", "the key that asked for the job was revoked")
        caller = Caller(key.id, key.role, key.department)
        if kind != "publish" and (kind == "solve") != (plans.newest(session, name) is None):
            raise _out_of_order(kind, name)
    if kind == "publish":
        return _publication(service, caller, name, arguments, progress)
    return _plan(service, caller, name, arguments, progress)


def _out_of_order(kind: str, name: str) -> ProblemError:
    if kind == "solve":
        return ProblemError("wrong-order", f"{name} has its first plan already: ask for the next")
    return ProblemError("wrong-order", f"{name} has no first plan: the job before made none")


def _plan(
    service: Service,
    caller: Caller,
    name: str,
    arguments: Mapping[str, Any],
    progress: Progress,
) -> Act:
    wanted = PlanWanted.model_validate(dict(arguments))
    if sealed_plans.is_here(service, name):
        first = sealed_plans.make(service, caller, name, wanted, tell=False, progress=progress)
        return lambda write: {"version": 1, "plan": first(write)["links"]["self"]}
    make = plans.make(service, caller, name, wanted, progress=progress)

    def act(write: Write) -> dict[str, Any]:
        row = make(write)
        return {"version": row.version, "plan": f"/v1/campaigns/{name}/plans/{row.version}"}

    return act


def _publication(
    service: Service,
    caller: Caller,
    name: str,
    arguments: Mapping[str, Any],
    progress: Progress,
) -> Act:
    progress.stage("verify")
    read = publications.check_publication(service, name)
    if arguments["tags"] and read not in arguments["tags"]:
        raise ProblemError("precondition-failed", f"the campaign is now {read}")
    publish = campaigns.publish(service, caller, name, tags=(read,))

    def act(write: Write) -> dict[str, Any]:
        row = publish(write)
        return {"published_at": row.published_at, "campaign": f"/v1/campaigns/{name}"}

    return act
