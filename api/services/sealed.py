"""Sealed campaigns: who was drawn stays shut until the opening, and every reading is in the log.

A step takes the campaign's dossier as the store holds it and gives the next one (`optimizer.flow`):
what is public of it are documents as those of any campaign, what waits for the opening is kept
apart and leaves the store for the roles that are named alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import select

from api.problems import ProblemError
from api.security.keys import Caller
from api.services import campaigns, dossiers
from api.services.documents import Found
from api.services.service import Service
from api.store.database import Write
from api.store.tables import CampaignRow, PrivateRow
from optimizer import canon, flow
from optimizer.errors import InfeasibleError, InputError
from optimizer.flow import Dossier, Given

READERS = ("admin", "supervisor")
"""Roles that may read who was drawn before the opening, and who is sent where."""
NAMES = "drawn.csv"
"""The table of those drawn, with names; of the private files it and the documents may be read."""

Stepped = tuple[Dossier, Mapping[str, Any]]
"""The dossier after a step, and facts to be kept with the campaign."""


def seal(
    service: Service,
    caller: Caller,
    name: str,
    *,
    open_after: date | None,
    reason: str,
    tags: tuple[str, ...] | None,
) -> Callable[[Write], CampaignRow]:
    """Commit a secret that nobody chose, before the seed exists; return what writes it.

    Raises
    ------
    InputError
        Where it is not the time for it.
    """
    secret = service.token(32)

    def seal_now(before: Dossier, given: Given) -> Stepped:
        after = flow.seal_step(before, given, secret, open_after=open_after, reason=reason)
        body = after.last("seal").body
        return after, {"sealed_at": given.time, "open_after": body["open_after"]}

    return step(service, caller, name, seal_now, tags=tags)


def read_result(service: Service, caller: Caller, name: str) -> dict[str, Any]:
    """Return what was drawn, to the roles that may know; the reading is in the log first.

    Raises
    ------
    ProblemError
        For any other role, and before the draw.
    """
    refuse_reader(caller)
    with service.store.write() as write:
        row = campaigns.find(write.session, name)
        if row.state == "committed":
            raise ProblemError("wrong-order", f"the seed of {name} has not been revealed")
        draw = canon.parse(
            dossiers.dossier(service, row, write.session).documents()["transcript/draw.json"]
        )
        record_reading(write, row, caller, "result")
        return {
            "campaign": row.id,
            "revealed_at": row.revealed_at,
            "test": bool(row.facts.get("test_seed")),
            "draw": None,
            "items": draw["items"],
            "distinct": draw["distinct"],
        }


def own_proof(service: Service, caller: Caller, name: str, enterprise: str, of: str) -> bytes:
    """Return an enterprise's own proof as a text that stands alone.

    While the campaign is shut, its result is a reading like that of all results; the log does not
    say whose, since that would tell.

    Raises
    ------
    ProblemError
        Where the enterprise is not in the frame, there was no draw, or the caller may not know.
    """
    with service.store.read() as session:
        row = campaigns.find(session, name)
        shut = dossiers.is_shut(row)
        if not (shut and of == "result"):
            return _own_proof(dossiers.dossier(service, row, session), enterprise, of)
    refuse_reader(caller)
    with service.store.write() as write:
        row = campaigns.find(write.session, name)
        made = _own_proof(dossiers.dossier(service, row, write.session), enterprise, of)
        record_reading(write, row, caller, "own-proof")
    return made


def _own_proof(held: Dossier, enterprise: str, of: str) -> bytes:
    try:
        return flow.own_proof(held, enterprise, of)
    except InputError as error:
        codes = {fault.code for fault in error.faults}
        if codes == {"proof-enterprise"}:
            raise ProblemError("not-found", "the frame holds no such enterprise") from None
        if codes == {"proof-result"}:
            raise ProblemError("wrong-order", "there was no draw yet") from None
        raise


def refuse_reader(caller: Caller) -> None:
    """Refuse who may not know who was drawn."""
    if caller.role not in READERS:
        raise ProblemError(
            "not-allowed",
            f"the result is sealed, and the key has the role {caller.role}",
            roles=list(READERS),
        )


def step(
    service: Service,
    caller: Caller,
    name: str,
    take: Callable[[Dossier, Given], Stepped],
    *,
    tags: tuple[str, ...] | None,
    scenario: bool = False,
    more: Callable[[Write, CampaignRow], None] = lambda write, row: None,
) -> Callable[[Write], CampaignRow]:
    """Take a step of a sealed campaign; return what writes it.

    Parameters
    ----------
    scenario
        Whether the step is given the scenario.
    more
        Further rows of the same transaction.

    Raises
    ------
    ProblemError
        Where the campaign is not sealed, or has gone on.
    """
    with service.store.read() as session:
        row = campaigns.find(session, name)
        if not dossiers.is_sealed(row):
            raise ProblemError("wrong-order", f"the campaign {name} is not sealed")
        campaigns.match_tag(row, tags)
        before = dossiers.dossier(service, row, session)
        known = row.ledger
        archive, exclude = (row.scenario, row.exclude_faulty) if scenario else (b"", False)
    kept = (
        campaigns.read_archive(service, archive, exclude_faulty=exclude, known=True)
        if scenario
        else None
    )
    after, facts = take(before, dossiers.given(service, service.store.now(), kept))
    dossiers.check(after)
    documents = {p: data for p, data in after.public.items() if p.startswith(dossiers.KEPT)}
    start = len(before.ledger)

    def act(write: Write) -> CampaignRow:
        row = campaigns.find(write.session, name)
        campaigns.match_tag(row, tags)
        if row.ledger != known:
            raise ProblemError("wrong-order", f"the ledger of {name} has gone on")
        row.facts = {**row.facts, **facts}
        campaigns.go_on(write, caller, row, after.ledger, documents, after.private, start=start)
        more(write, row)
        return row

    return act


@contextmanager
def telling(service: Service, caller: Caller, name: str, *, tell: bool = True) -> Iterator[None]:
    """Say why a step on what is sealed was refused to who asks and may know, on record.

    Parameters
    ----------
    tell
        Whether the refusal is read by who asks alone; a job's stands where anyone reads it.
    """
    try:
        yield
    except (InputError, InfeasibleError):
        if not tell:
            raise ProblemError(
                "sealed",
                "it was refused, and why is sealed: ask without `respond-async`, with a key that "
                "may read it",
            ) from None
        with service.store.write() as write:
            record_reading(write, campaigns.find(write.session, name), caller, "refusal")
        raise


def list_files(service: Service, caller: Caller, name: str) -> list[dict[str, str]]:
    """Return the paths of what waits for the opening.

    Raises
    ------
    ProblemError
        For a role that may not read it, and where nothing waits.
    """
    refuse_reader(caller)
    with service.store.read() as session:
        _refuse_open(campaigns.find(session, name))
        wanted = select(PrivateRow.path).where(PrivateRow.campaign == name)
        paths = sorted(filter(_readable, session.scalars(wanted)))
    return [{"path": path, "href": f"/v1/campaigns/{name}/sealed/{path}"} for path in paths]


def read_file(service: Service, caller: Caller, name: str, path: str) -> Found:
    """Return a document that waits for the opening; the reading is in the log first.

    Raises
    ------
    ProblemError
        As of `list_files`, and where there is no such document.
    """
    refuse_reader(caller)
    with service.store.write() as write:
        row = campaigns.find(write.session, name)
        _refuse_open(row)
        found = write.session.get(PrivateRow, (name, path)) if _readable(path) else None
        if found is None:
            raise ProblemError("not-found", f"of {name} no such document waits for the opening")
        record_reading(write, row, caller, path)
        return Found(path, canon.digest(found.data), found.data, final=False)


def _readable(path: str) -> bool:
    """Return whether a private file is a document, or the table of names; never a secret."""
    return path.startswith("transcript/") or path == NAMES


def _refuse_open(row: CampaignRow) -> None:
    if not dossiers.is_shut(row):
        raise ProblemError("wrong-order", f"nothing of {row.id} is sealed: read its documents")


def record_reading(write: Write, row: CampaignRow, caller: Caller, what: str) -> None:
    """Put it into the log that somebody read what is sealed."""
    body = {"actor": caller.key, "role": caller.role, "what": what}
    write.record("reading", body, campaign=row.id)
