"""Campaigns: commit, reveal, publish. Two persons make a draw."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.security.keys import Caller
from api.services import dossiers
from api.services.archives import unpack, with_registers
from api.services.registers import stored_registers
from api.services.seeds import refuse_shown
from api.services.service import Service
from api.store.database import Write
from api.store.tables import CampaignRow, DocumentRow, PrivateRow
from optimizer import canon, flow
from optimizer.domain.registry import Document
from optimizer.draw import Seed, make_source
from optimizer.errors import CheckFailedError
from optimizer.io import Scenario, load_scenario
from optimizer.io.seeds import check_enough
from optimizer.ledger import Ledger
from optimizer.messages import Words

ACTS = ("committed", "revealed", "planned", "odds", "teams")
STATES = ("committed", "revealed", "planned")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A campaign as the flow sees it, made again from what the store holds."""

    scenario: Scenario
    committed: flow.Committed


@dataclass(frozen=True, slots=True)
class Made:
    """What commitment or draw makes of a campaign, open or sealed.

    Attributes
    ----------
    documents
        New ones, by path.
    facts
        Kept with the campaign.
    private
        What waits for the opening, by path.
    loaded
        An open campaign's, to be kept in memory.
    """

    ledger: Ledger
    documents: Mapping[str, bytes]
    facts: Mapping[str, Any]
    private: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    loaded: Loaded | None = None


def commit(
    service: Service,
    caller: Caller,
    archive: bytes,
    *,
    exclude_faulty: bool,
    registers: str | None = None,
) -> Callable[[Write], CampaignRow]:
    """Read the uploaded scenario and fix frame and spec; return what writes them.

    Parameters
    ----------
    registers
        Digest of a stored version of registers to draw from; none stand in `archive` then.

    Raises
    ------
    InputError
        With every fault of archive, registers and campaign.
    """
    now = service.store.now()
    salt_master = service.token(32)
    with service.computing():
        if registers is not None:
            stored = stored_registers(service, registers)
            archive = with_registers(archive, stored, service.settings)
        scenario = read_archive(service, archive, exclude_faulty=exclude_faulty, known=False)
        if scenario.campaign.mode == "sealed":
            made = _commit_sealed(service, scenario, salt_master, now, exclude_faulty)
        else:
            made = _commit_open(scenario, salt_master, now)
    name = scenario.campaign.id
    facts = {
        **made.facts,
        "warnings": [str(warning) for warning in scenario.warnings[:200]],
        **({} if registers is None else {"registers": registers}),
    }

    def act(write: Write) -> CampaignRow:
        session = write.session
        if session.scalar(select(CampaignRow.number).where(CampaignRow.id == name)) is not None:
            raise ProblemError("campaign-exists", f"the campaign {name} exists")
        row = CampaignRow(
            id=name,
            version=0,
            state="committed",
            title=dict(scenario.title),
            facts=facts,
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
        go_on(write, caller, row, made.ledger, made.documents, made.private, start=0)
        if made.loaded is not None:
            write.after.append(lambda: service.memory.put(("committed", name), made.loaded))
        return row

    return act


def _commit_open(scenario: Scenario, salt_master: bytes, now: str) -> Made:
    loaded = _committed(scenario, salt_master, now=now)
    committed = loaded.committed
    spec = committed.spec.document
    return Made(
        committed.ledger,
        {
            "transcript/frame.jsonl": b"".join(line + b"\n" for line in committed.frame.lines),
            "transcript/frame.json": canon.canonical(committed.frame.document),
            "transcript/spec.json": canon.canonical(spec),
        },
        _committed_facts(committed.frame.document, spec, committed.spec.digest),
        loaded=loaded,
    )


def _commit_sealed(
    service: Service, scenario: Scenario, salt_master: bytes, now: str, exclude_faulty: bool
) -> Made:
    # The log's key signs, and never enters the dossier, which is in the store.
    secrets = flow.Secrets(salt_master, b"")
    given = dossiers.given(service, now, scenario)
    about = {"exclude_faulty": exclude_faulty}
    after = flow.commit_step(None, given, secrets, sealed=True, about=about)
    dossiers.check(after)
    spec = after.parsed("transcript/spec.json")
    digest = canon.digest(after.data("transcript/spec.json"), after.ledger.hash)
    facts = _committed_facts(after.parsed("transcript/frame.json"), spec, digest)
    return _made(after, {"mode": "sealed", **facts})


def _committed_facts(frame: Document, spec: Document, digest: str) -> dict[str, Any]:
    return {
        "enterprises": frame["size"],
        "frame_root": frame["root"],
        "spec": digest,
        "seed_source": dict(spec["seed_source"]),
        "orders": len(spec["items"]),
    }


def _made(after: flow.Dossier, facts: Mapping[str, Any]) -> Made:
    """Return what a step made of a sealed campaign."""
    kept = {p: data for p, data in after.public.items() if p.startswith(dossiers.KEPT)}
    return Made(after.ledger, kept, facts, after.private)


def go_on(
    write: Write,
    caller: Caller,
    row: CampaignRow,
    ledger: Ledger,
    documents: Mapping[str, bytes],
    private: Mapping[str, bytes] = MappingProxyType({}),
    *,
    start: int,
) -> None:
    """Write a step: the campaign's ledger, its new documents, and the acts into the log.

    Parameters
    ----------
    documents
        Those that are there are left as they are.
    start
        Entries that the ledger had before.
    """
    session = write.session
    row.version += 1
    row.ledger = ledger.to_jsonl()
    there = set(session.scalars(select(DocumentRow.path).where(DocumentRow.campaign == row.id)))
    add_documents(session, row.id, {p: d for p, d in documents.items() if p not in there})
    for path, data in private.items():
        session.merge(PrivateRow(campaign=row.id, path=path, data=data))
    session.flush()
    record_acts(write, ledger, start, caller)


def record_reveals(
    service: Service,
    caller: Caller,
    name: str,
    reveals: Sequence[Mapping[str, Any]],
    *,
    tags: tuple[str, ...] | None,
) -> Callable[[Write], CampaignRow]:
    """Put into the ledger what the parties of the seed source revealed; return what writes it.

    Raises
    ------
    ProblemError
        Where the campaign is unknown or was revealed.
    InputError
        Where a reveal is malformed, or the time is too early or too late.
    OrderError
        Where no parties were announced, or their reveals are in the ledger.
    """
    with service.store.read() as session:
        row = find(session, name)
        _refuse_late(row, tags)
        known = row.ledger
    now = service.store.now()
    before = _before_seed(known)
    ledger = flow.append_reveals(before, reveals, time=now)

    def act(write: Write) -> CampaignRow:
        row = find(write.session, name)
        _refuse_late(row, tags)
        if row.ledger != known:
            raise ProblemError("wrong-order", f"the ledger of {name} has gone on")
        row.version += 1
        row.ledger = ledger.to_jsonl()
        record_acts(write, ledger, len(before), caller)
        return row

    return act


def reveal(
    service: Service,
    caller: Caller,
    name: str,
    evidence: Mapping[str, Any],
    *,
    tags: tuple[str, ...] | None,
) -> Callable[[Write], CampaignRow]:
    """Draw with the seed that was shown; return what writes the draw.

    An open campaign's checks follow at once; a sealed one's draw stays shut.

    Raises
    ------
    ProblemError
        Where the campaign is unknown or was revealed, the same person committed it, or another
        campaign has shown the seed.
    InputError
        Where the seed is malformed, too short, or of another source than announced, or nothing
        was sealed in a sealed campaign.
    """
    with service.store.read() as session:
        row = find(session, name)
        refuse_reveal(row, caller, tags)
        known = row.ledger
        before = dossiers.dossier(service, row, session) if dossiers.is_sealed(row) else None
        archive, exclude_faulty = row.scenario, row.exclude_faulty
    seed = read_seed(evidence)
    now = service.store.now()
    with service.computing():
        if before is None:
            made = _reveal_open(service, name, known, seed, now)
        else:
            scenario = read_archive(service, archive, exclude_faulty=exclude_faulty, known=True)
            made = _reveal_sealed(service, before, scenario, seed, now)
    start = len(Ledger.read(known))

    def act(write: Write) -> CampaignRow:
        row = find(write.session, name)
        refuse_reveal(row, caller, tags)
        refuse_shown(write.session, name, seed)
        if row.ledger != known:
            raise ProblemError("wrong-order", f"the ledger of {name} has gone on")
        row.state = "revealed"
        row.revealed_by, row.revealed_at = caller.key, now
        row.seed = dict(evidence)
        row.facts = {**row.facts, **made.facts}
        go_on(write, caller, row, made.ledger, made.documents, made.private, start=start)
        return row

    return act


def _reveal_open(service: Service, name: str, known: bytes, seed: Seed, now: str) -> Made:
    base = load(service, name).committed
    times = MappingProxyType({**base.times, "revealed": now})
    revealed = flow.reveal(replace(base, times=times, ledger=_before_seed(known)), seed)
    distinct = revealed.draw.document["distinct"]
    return Made(
        revealed.ledger,
        {
            "transcript/seed.json": canon.canonical(revealed.draw.seed_document),
            "transcript/draw.json": canon.canonical(revealed.draw.document),
            "transcript/checks.json": canon.canonical(revealed.checks_document),
        },
        {
            "test_seed": revealed.draw.test,
            "drawn": distinct["drawn"],
            "distinct": distinct["enterprises"],
            "checks_onsite": len(revealed.checks.onsite),
            "checks_offsite": len(revealed.checks.offsite),
        },
    )


def _reveal_sealed(
    service: Service, before: flow.Dossier, scenario: Scenario, seed: Seed, now: str
) -> Made:
    after = flow.reveal_step(before, dossiers.given(service, now, scenario), seed)
    dossiers.check(after)
    return _made(after, {"test_seed": after.parsed("transcript/seed.json")["test"]})


def publish(
    service: Service, caller: Caller, name: str, *, tags: tuple[str, ...] | None
) -> Callable[[Write], CampaignRow]:
    """Make the campaign's documents readable for everybody, from now on."""

    def act(write: Write) -> CampaignRow:
        row = find(write.session, name)
        refuse_publication(row, tags)
        if row.published_at is None:
            row.published_at = write.now
            row.version += 1
            write.record("publication", {"actor": caller.key}, campaign=name)
        return row

    return lambda write: act(write)


def refuse_publication(row: CampaignRow, tags: tuple[str, ...] | None) -> None:
    """Refuse to publish before the seed is known, or what the caller has not seen as it is now."""
    if row.state == "committed":
        raise ProblemError("wrong-order", "the seed must be revealed before the draw is published")
    if dossiers.is_shut(row):
        raise ProblemError("wrong-order", "a sealed draw must be opened before it is published")
    match_tag(row, tags)


def _refuse_late(row: CampaignRow, tags: tuple[str, ...] | None) -> None:
    if row.state != "committed":
        raise ProblemError("wrong-order", f"the seed of {row.id} was revealed at {row.revealed_at}")
    match_tag(row, tags)


def _before_seed(known: bytes) -> Ledger:
    """Return the part of a campaign's ledger that stands before the seed."""
    ledger = Ledger.read(known)
    kinds = [entry.kind for entry in ledger.entries]
    until = kinds.index("seed") if "seed" in kinds else len(kinds)
    return replace(ledger, entries=ledger.entries[:until])


def refuse_reveal(row: CampaignRow, caller: Caller, tags: tuple[str, ...] | None) -> None:
    """Refuse a second reveal, and one by who committed."""
    if row.state != "committed":
        raise ProblemError("wrong-order", f"the seed of {row.id} was revealed at {row.revealed_at}")
    if row.committed_by == caller.key:
        raise ProblemError("same-person", "the key that committed a draw cannot reveal it")
    match_tag(row, tags)


def read_seed(evidence: Mapping[str, Any]) -> Seed:
    """Return the seed that a request shows.

    Raises
    ------
    InputError
        If it is malformed, of so little chance that all seeds can be tried, or of more rolls
        than count.
    """
    seed = make_source(evidence)
    check_enough(seed, "seed")
    return seed


def load(service: Service, name: str) -> Loaded:
    """Return a campaign, from memory or made again from the store.

    Raises
    ------
    ProblemError
        Of the kind ``sealed``, until it is opened.
    CheckFailedError
        If what comes out is not what was committed.
    """

    def make() -> Loaded:
        with service.store.read() as session:
            row = find(session, name)
            refuse_shut(row)
            archive, salt, now = row.scenario, row.salt_master, row.committed_at
            known, exclude = row.ledger, row.exclude_faulty
        scenario = read_archive(service, archive, exclude_faulty=exclude, known=True)
        made = _committed(scenario, salt, now=now)
        if not known.startswith(made.committed.ledger.to_jsonl()):
            raise CheckFailedError(
                Words(
                    f"{name}: the stored scenario does not give what was committed",
                    f"{name}：所存的场景与承诺的内容不符",
                )
            )
        return made

    return service.memory.get(("committed", name), make)


def load_revealed(service: Service, name: str) -> flow.Revealed:
    """Return the draw and checks of a campaign, made again from the store and checked.

    Raises
    ------
    ProblemError
        If the seed is not known yet, or the campaign is sealed and not opened.
    CheckFailedError
        If what comes out is not what was drawn.
    """

    def make() -> flow.Revealed:
        with service.store.read() as session:
            row = find(session, name)
            refuse_shut(row)
            seed, now, known = row.seed, row.revealed_at, row.ledger
            opened = dossiers.dossier(service, row, session) if dossiers.is_sealed(row) else None
        if seed is None or now is None:
            raise ProblemError("wrong-order", f"the seed of {name} must be revealed first")
        loaded = load(service, name)
        if opened is not None:
            return flow.restore_revealed(opened, loaded.scenario)
        base = loaded.committed
        times = MappingProxyType({**base.times, "revealed": now})
        base = replace(base, times=times, ledger=_before_seed(known))
        made = flow.reveal(base, make_source(seed))
        if not known.startswith(made.ledger.to_jsonl()):
            raise CheckFailedError(
                Words(
                    f"{name}: the stored seed does not give what was drawn",
                    f"{name}：所存的种子与抽取结果不符",
                )
            )
        return made

    return service.memory.get(("revealed", name), make)


def refuse_shut(row: CampaignRow) -> None:
    """Refuse what a sealed campaign has only once it is opened.

    Raises
    ------
    ProblemError
        Until then.
    """
    if dossiers.is_shut(row):
        raise ProblemError("sealed", f"the campaign {row.id} is sealed until it is opened")


def find(session: Session, name: str) -> CampaignRow:
    """Return a campaign's row.

    Raises
    ------
    ProblemError
        If there is none.
    """
    row = session.scalar(select(CampaignRow).where(CampaignRow.id == name))
    if row is None:
        raise no_campaign(name)
    return row


def must_exist(session: Session, name: str) -> None:
    """Refuse the name of a campaign that is not there, without reading its row.

    Raises
    ------
    ProblemError
        If there is none.
    """
    if session.scalar(select(CampaignRow.number).where(CampaignRow.id == name)) is None:
        raise no_campaign(name)


def no_campaign(name: str) -> ProblemError:
    """Return the problem of a name that no campaign has."""
    return ProblemError("not-found", f"there is no campaign {name[:60]!r}")


def etag(row: CampaignRow) -> str:
    """Return the campaign's ETag."""
    return f'"{row.id}.{row.version}"'


def match_tag(row: CampaignRow, tags: tuple[str, ...] | None) -> None:
    """Refuse a change of something that the caller has not seen as it is now.

    Parameters
    ----------
    tags
        Of If-Match: ``None`` where it was not sent, ``()`` for ``*``.
    """
    if tags and etag(row) not in tags:
        raise ProblemError("precondition-failed", f"the campaign is now {etag(row)}")


def add_documents(session: Session, name: str, documents: Mapping[str, bytes]) -> None:
    """Store documents that are never changed."""
    session.add_all(
        DocumentRow(campaign=name, path=path, sha256=canon.digest(data), size=len(data), data=data)
        for path, data in documents.items()
    )


def record_acts(write: Write, ledger: Any, start: int, caller: Caller) -> None:
    """Repeat the new entries of a campaign's own ledger in the server's log, with who acted."""
    for entry in ledger.entries[start:]:
        write.record(
            entry.kind,
            {"actor": caller.key, "body": entry.body, "entry": entry.index},
            campaign=ledger.campaign,
        )


def read_archive(
    service: Service, archive: bytes, *, exclude_faulty: bool, known: bool
) -> Scenario:
    """Read an uploaded scenario.

    Parameters
    ----------
    known
        Whether it was taken before.

    Raises
    ------
    InputError
        With every fault.
    """
    with _unpacked(service, archive, known) as folder:
        scenario = load_scenario(folder, exclude_faulty=exclude_faulty)
    # Times are the server's, whatever the scenario's file says.
    return replace(scenario, times=MappingProxyType({}), folder=Path())


def _committed(scenario: Scenario, salt_master: bytes, *, now: str) -> Loaded:
    secrets = flow.Secrets(salt_master, b"\0" * 32)
    return Loaded(scenario, flow.commit(scenario, secrets, now=now))


@contextmanager
def _unpacked(service: Service, archive: bytes, known: bool) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="double-random-upload-") as made:
        yield unpack(io.BytesIO(archive), Path(made), service.settings, known=known)
