"""Tables of the store. Times are RFC 3339 text with zone; digests are hex; documents are bytes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables; constraints are named so that migrations can name them on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, dict[str, Any]: JSON, list[str]: JSON, list[Any]: JSON}  # noqa: RUF012


class Fact(Base):
    """A single fact of the store, such as the log's origin."""

    __tablename__ = "facts"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Key(Base):
    """A caller's key: its hash, never the key."""

    __tablename__ = "keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str]
    role: Mapped[str]
    department: Mapped[str] = mapped_column(default="")
    created_at: Mapped[str]
    revoked_at: Mapped[str | None]


class LogEntry(Base):
    """An entry of the log: its canonical line is the leaf's data."""

    __tablename__ = "log_entries"
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[str]
    kind: Mapped[str]
    campaign: Mapped[str]
    line: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """A signed checkpoint; every transaction that writes entries leaves one."""

    __tablename__ = "checkpoints"
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[str]
    note: Mapped[bytes] = mapped_column(LargeBinary)


class CosignatureRow(Base):
    """A witness's cosignature of a checkpoint, the newest of each witness.

    `line` is its signature line in the note; `time` is in seconds since 1970, as the witness says.
    """

    __tablename__ = "cosignatures"
    size: Mapped[int] = mapped_column(ForeignKey("checkpoints.size"), primary_key=True)
    witness: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[str]
    added_at: Mapped[str]


class Answered(Base):
    """The answer given to a write, by the caller's idempotency key."""

    __tablename__ = "answers"
    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[str]


class CampaignRow(Base):
    """A campaign: where it stands and what it was made from.

    `version` grows with every change and is the campaign's ETag.
    """

    __tablename__ = "campaigns"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]
    state: Mapped[str]
    title: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    exclude_faulty: Mapped[bool]
    committed_by: Mapped[str]
    committed_at: Mapped[str]
    revealed_by: Mapped[str | None]
    revealed_at: Mapped[str | None]
    seed: Mapped[dict[str, Any] | None]
    published_at: Mapped[str | None]
    # Large and rarely read: fetched only when asked for.
    scenario: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    salt_master: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    ledger: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class RegistersRow(Base):
    """A version of registers, named by its digest; it is never changed."""

    __tablename__ = "registers"
    number: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    city: Mapped[str]
    identifiers: Mapped[str]
    exclude_faulty: Mapped[bool]
    files: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    kept_by: Mapped[str]
    kept_at: Mapped[str]
    archive: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class DocumentRow(Base):
    """A document of a campaign; it is never changed."""

    __tablename__ = "documents"
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class PrivateRow(Base):
    """A file of a sealed campaign that is not for everybody; none of it is a document yet."""

    __tablename__ = "private_files"
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class CheckRow(Base):
    """A check that was submitted, as the caller wrote it and as it was routed."""

    __tablename__ = "checks"
    number: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    id: Mapped[str]
    enterprise: Mapped[str]
    item: Mapped[str]
    department: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    way: Mapped[str]
    report: Mapped[dict[str, Any]]
    submitted_by: Mapped[str]
    submitted_at: Mapped[str]
    __table_args__ = (UniqueConstraint("campaign", "id"),)


class PlanRow(Base):
    """A version of a campaign's plan; it is never changed."""

    __tablename__ = "plans"
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent: Mapped[int | None]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[str]
    plan_sha256: Mapped[str]
    figures: Mapped[dict[str, Any]]


class ScheduleRow(Base):
    """Where a campaign's live schedule stands: its plan version, and how often it changed.

    A row of its own, since every reservation changes it and a campaign's row is large.
    """

    __tablename__ = "schedules"
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    plan: Mapped[int]
    number: Mapped[int]
    fixed_until: Mapped[str | None]
    """Up to this day teams are drawn or wait for their seed: no visit is moved or added."""
    held_until: Mapped[str | None]
    held_by: Mapped[str | None]
    held_at: Mapped[str | None]
    """Up to this day the odds are being computed, by whom, since when (`api.services.fixing`)."""


class ReservationRow(Base):
    """A change of the live schedule by a request: which check got which visit.

    `number` is the schedule's after it, so that a server process can follow the others.
    """

    __tablename__ = "reservations"
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    check: Mapped[int] = mapped_column(ForeignKey("checks.number"))
    visit: Mapped[int] = mapped_column(ForeignKey("visits.number"))


class VisitRow(Base):
    """A visit of a plan version; those of the newest version are the live schedule.

    `reserved`: a request made or joined it, so later versions keep its day and checks.
    `version` grows with every change and is part of its ETag.
    """

    __tablename__ = "visits"
    number: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    plan: Mapped[int]
    id: Mapped[str]
    enterprise: Mapped[str]
    day: Mapped[str]
    lead: Mapped[str]
    exempt: Mapped[str]
    checks: Mapped[list[str]]
    seats: Mapped[list[Any]]
    departments: Mapped[list[str]]
    reserved: Mapped[bool]
    version: Mapped[int]
    __table_args__ = (
        UniqueConstraint("campaign", "plan", "id"),
        Index("ix_visits_place", "campaign", "plan", "enterprise"),
    )


class FilingRow(Base):
    """A filing (备案) of the schedule as it stood; its document says which check on which day."""

    __tablename__ = "filings"
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plan: Mapped[int]
    path: Mapped[str]
    sha256: Mapped[str]
    checks: Mapped[int]
    body: Mapped[str]
    opinion: Mapped[str | None]
    reason: Mapped[str]
    filed_by: Mapped[str]
    filed_at: Mapped[str]


class EntryCodeRow(Base):
    """An entry code that was issued. `content` is the digest of the visit as it was authorised."""

    __tablename__ = "entry_codes"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    visit: Mapped[int] = mapped_column(ForeignKey("visits.number"))
    enterprise: Mapped[str]
    day: Mapped[str]
    kid: Mapped[str]
    code: Mapped[str]
    hash: Mapped[str]
    content: Mapped[str]
    departments: Mapped[list[str]]
    shown: Mapped[dict[str, Any]]
    issued_by: Mapped[str]
    issued_at: Mapped[str]
    revoked_by: Mapped[str | None]
    revoked_at: Mapped[str | None]
    reason: Mapped[str | None]
    __table_args__ = (Index("ix_entry_codes_visit", "visit"),)


class ScanRow(Base):
    """An entry as it was scanned or reported; it is never changed.

    `code` is what became of the code that was shown. The log holds `commitment`, a digest that
    `salt` keeps from being guessed.
    """

    __tablename__ = "scans"
    number: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    visit: Mapped[int | None] = mapped_column(ForeignKey("visits.number"))
    enterprise: Mapped[str]
    day: Mapped[str]
    departments: Mapped[list[str]]
    inspector: Mapped[str]
    code: Mapped[str]
    code_id: Mapped[str | None]
    at: Mapped[str]
    place: Mapped[dict[str, Any]]
    items: Mapped[list[str]]
    note: Mapped[str]
    late: Mapped[bool]
    in_force: Mapped[bool]
    recorded_by: Mapped[str]
    recorded_at: Mapped[str]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[str]
    __table_args__ = (Index("ix_scans_place", "campaign", "enterprise"),)


class OutcomeRow(Base):
    """An outcome of a check; it is never changed, a correction is the check's next revision.

    A check off site has no visit.
    """

    __tablename__ = "outcomes"
    number: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    visit: Mapped[int | None] = mapped_column(ForeignKey("visits.number"))
    check: Mapped[str]
    revision: Mapped[int]
    corrects: Mapped[int | None]
    enterprise: Mapped[str]
    day: Mapped[str]
    item: Mapped[str]
    department: Mapped[str]
    outcome: Mapped[str]
    inspector: Mapped[str]
    note: Mapped[str]
    reason: Mapped[str]
    told_at: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[str]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[str]
    __table_args__ = (UniqueConstraint("campaign", "check", "revision"),)


class AlertRow(Base):
    """An alert; the same about the same subject is raised once.

    `state` goes from ``open`` to ``acknowledged``; `version` grows with it and is its ETag.
    """

    __tablename__ = "alerts"
    number: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    alert: Mapped[str]
    subject: Mapped[str]
    severity: Mapped[int]
    visit: Mapped[int | None] = mapped_column(ForeignKey("visits.number"))
    enterprise: Mapped[str]
    day: Mapped[str | None]
    departments: Mapped[list[str]]
    facts: Mapped[dict[str, Any]]
    state: Mapped[str]
    version: Mapped[int]
    raised_at: Mapped[str]
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[str | None]
    reason: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("campaign", "alert", "subject"),
        Index("ix_alerts_campaign", "campaign", "number"),
    )


class JobRow(Base):
    """Long work that a worker process does: asked for, claimed, ended; never removed.

    `version` grows with every change that an answer shows. `fence` grows whenever the job changes
    hands, so that a worker that lost it can no longer end it; `beat` grows while its worker lives,
    and others watch that it does: no clocks are compared. `runs` counts how often it was begun.
    """

    __tablename__ = "jobs"
    number: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    kind: Mapped[str]
    state: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    asked_by: Mapped[str]
    version: Mapped[int]
    fence: Mapped[int]
    beat: Mapped[int]
    runs: Mapped[int]
    worker: Mapped[str | None]
    progress: Mapped[dict[str, Any] | None]
    expected_seconds: Mapped[int | None]
    created_at: Mapped[str]
    started_at: Mapped[str | None]
    ended_at: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[dict[str, Any] | None]
    __table_args__ = (Index("ix_jobs_state", "state"), Index("ix_jobs_campaign", "campaign"))
