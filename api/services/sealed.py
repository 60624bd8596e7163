"""Sealed campaigns: who was drawn stays shut until the opening, and every reading is in the log.

A step takes the campaign's dossier as the store holds it and gives the next one (`optimizer.flow`):
what is public of it are documents as those of any campaign, what waits for the opening is kept
apart and leaves the store for the roles that are named alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.problems import ProblemError
from api.security.keys import Caller
from api.services import campaigns, documents
from api.services.service import Service
from api.store.database import Write
from api.store.tables import CampaignRow, DocumentRow, PrivateRow
from optimizer import canon, flow
from optimizer.errors import CheckFailedError, InputError
from optimizer.flow import Dossier, Given
from optimizer.io import Scenario
from optimizer.verifier.verify import verify

READERS = ("admin", "supervisor")
"""Roles that may read who was drawn before the opening."""
_KEPT = ("transcript/", "superseded/")


def is_sealed(service: Service, name: str) -> bool:
    """Return whether a campaign was committed to a sealed draw."""
    with service.store.read() as session:
        return campaigns.find(session, name).facts.get("mode") == "sealed"


def is_shut(row: CampaignRow) -> bool:
    """Return whether results wait for the opening."""
    return row.facts.get("mode") == "sealed" and "opened_at" not in row.facts


def commit(
    service: Service,
    caller: Caller,
    archive: bytes,
    scenario: Scenario,
    *,
    facts: Mapping[str, Any],
    exclude_faulty: bool,
) -> Callable[[Write], CampaignRow]:
    """Fix frame and spec of a sealed campaign; return what writes them.

    Parameters
    ----------
    facts
        Further facts of the campaign.
    """
    now = service.store.now()
    salt_master = service.token(32)
    about = {"exclude_faulty": exclude_faulty}
    # The log's key signs, and never enters the dossier, which is in the store.
    secrets = flow.Secrets(salt_master, b"")
    made = flow.commit_step(None, _given(service, now, scenario), secrets, sealed=True, about=about)
    _check(made)
    frame = made.parsed("transcript/frame.json")
    spec = made.parsed("transcript/spec.json")
    name = scenario.campaign.id

    def act(write: Write) -> CampaignRow:
        session = write.session
        if session.scalar(select(CampaignRow.number).where(CampaignRow.id == name)) is not None:
            raise ProblemError("campaign-exists", f"the campaign {name} exists")
        row = CampaignRow(
            id=name,
            version=0,
            state="committed",
            title=dict(scenario.title),
            facts={
                "mode": "sealed",
                "enterprises": frame["size"],
                "frame_root": frame["root"],
                "spec": canon.digest(made.data("transcript/spec.json"), made.ledger.hash),
                "seed_source": dict(spec["seed_source"]),
                "orders": len(spec["items"]),
                **facts,
            },
            exclude_faulty=exclude_faulty,
            committed_by=caller.key,
            committed_at=now,
            revealed_by=None,
            revealed_at=None,
            seed=None,
            published_at=None,
            scenario=archive,
            salt_master=salt_master,
            ledger=b"",
        )
        session.add(row)
        session.flush()
        _keep(write, row, caller, made, start=0)
        return row

    return act


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

    def step(before: Dossier, now: str) -> tuple[Dossier, dict[str, Any]]:
        given = _given(service, now, None)
        after = flow.seal_step(before, given, secret, open_after=open_after, reason=reason)
        body = after.last("seal").body
        return after, {"sealed_at": now, "open_after": body["open_after"]}

    return _step(service, caller, name, step, tags=tags)


def reveal(
    service: Service,
    caller: Caller,
    name: str,
    evidence: Mapping[str, Any],
    *,
    tags: tuple[str, ...] | None,
) -> Callable[[Write], CampaignRow]:
    """Draw with secret and seed; return what writes the draw, which stays shut.

    Raises
    ------
    ProblemError
        Where the same person committed it, or the seed was revealed.
    InputError
        Where the seed is malformed, or nothing was sealed.
    """
    with service.store.read() as session:
        row = campaigns.find(session, name)
        campaigns.refuse_reveal(row, caller, tags)
        exclude_faulty = row.exclude_faulty
        archive = row.scenario
    seed = campaigns.read_seed(evidence)
    with service.computing():
        scenario = campaigns.read_archive(
            service, archive, exclude_faulty=exclude_faulty, known=True
        )

    def step(before: Dossier, now: str) -> tuple[Dossier, dict[str, Any]]:
        with service.computing():
            after = flow.reveal_step(before, _given(service, now, scenario), seed)
        return after, {"test_seed": after.parsed("transcript/seed.json")["test"]}

    def mark(row: CampaignRow, now: str) -> None:
        campaigns.refuse_reveal(row, caller, tags)
        row.state = "revealed"
        row.revealed_by, row.revealed_at = caller.key, now
        row.seed = dict(evidence)

    return _step(service, caller, name, step, tags=tags, mark=mark)


def open_campaign(
    service: Service, caller: Caller, name: str, *, reason: str, tags: tuple[str, ...] | None
) -> Callable[[Write], CampaignRow]:
    """Open the secret: what waited for it becomes documents; return what writes it.

    Raises
    ------
    InputError
        Before the draw, or on or before the stated day without a reason.
    """

    def step(before: Dossier, now: str) -> tuple[Dossier, dict[str, Any]]:
        after = flow.open_step(before, _given(service, now, None), reason=reason)
        return after, {"opened_at": now}

    return _step(service, caller, name, step, tags=tags)


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
        draw = canon.parse(dossier(service, row, write.session).documents()["transcript/draw.json"])
        _record_reading(write, row, caller, "result")
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
        shut = is_shut(row)
        if not (shut and of == "result"):
            return _own_proof(dossier(service, row, session), enterprise, of)
    refuse_reader(caller)
    with service.store.write() as write:
        row = campaigns.find(write.session, name)
        made = _own_proof(dossier(service, row, write.session), enterprise, of)
        _record_reading(write, row, caller, "own-proof")
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


def dossier(service: Service, row: CampaignRow, session: Session) -> Dossier:
    """Return a campaign's dossier as the store holds it."""
    stored = session.scalars(
        select(DocumentRow).where(DocumentRow.campaign == row.id).options(undefer(DocumentRow.data))
    )
    public = {each.path: each.data for each in stored if each.path.startswith(_KEPT)}
    for path in documents.LEDGER:
        public[path] = documents.ledger_document(service, row, path).data
    private = session.scalars(select(PrivateRow).where(PrivateRow.campaign == row.id))
    return Dossier(public, {each.path: each.data for each in private})


def _step(
    service: Service,
    caller: Caller,
    name: str,
    step: Callable[[Dossier, str], tuple[Dossier, dict[str, Any]]],
    *,
    tags: tuple[str, ...] | None,
    mark: Callable[[CampaignRow, str], None] | None = None,
) -> Callable[[Write], CampaignRow]:
    with service.store.read() as session:
        row = campaigns.find(session, name)
        if row.facts.get("mode") != "sealed":
            raise ProblemError("wrong-order", f"the campaign {name} is not sealed")
        campaigns.match_tag(row, tags)
        before = dossier(service, row, session)
        known = row.ledger
    now = service.store.now()
    after, facts = step(before, now)
    _check(after)

    def act(write: Write) -> CampaignRow:
        row = campaigns.find(write.session, name)
        campaigns.match_tag(row, tags)
        if row.ledger != known:
            raise ProblemError("wrong-order", f"the ledger of {name} has gone on")
        if mark is not None:
            mark(row, now)
        row.facts = {**row.facts, **facts}
        _keep(write, row, caller, after, start=len(before.ledger))
        return row

    return act


def _keep(write: Write, row: CampaignRow, caller: Caller, after: Dossier, *, start: int) -> None:
    session = write.session
    row.version += 1
    row.ledger = after.ledger.to_jsonl()
    there = set(session.scalars(select(DocumentRow.path).where(DocumentRow.campaign == row.id)))
    fresh = {
        path: data
        for path, data in after.public.items()
        if path.startswith(_KEPT) and path not in there
    }
    campaigns.add_documents(session, row.id, fresh)
    for path, data in after.private.items():
        session.merge(PrivateRow(campaign=row.id, path=path, data=data))
    session.flush()
    campaigns.record_acts(write, after.ledger, start, caller)


def _record_reading(write: Write, row: CampaignRow, caller: Caller, what: str) -> None:
    body = {"actor": caller.key, "role": caller.role, "what": what}
    write.record("reading", body, campaign=row.id)


def _given(service: Service, now: str, scenario: Scenario | None) -> Given:
    return Given(scenario, now, {}, service.store.log.holder)


def _check(after: Dossier) -> None:
    """Hold what would be public against the verifier before it is kept.

    Raises
    ------
    CheckFailedError
        With what does not hold.
    """
    fault = verify(dict(after.public)).first_fault
    if fault is not None:
        raise CheckFailedError(f"{fault['file']} {fault['place']}: {fault['what']}")
