"""``/v1/registers``: validate, with faults as data; keep as versions; list them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from api.answers import Answer, answer
from api.deps import Drawer, Reader, UsePage, UseService
from api.handlers import language
from api.idempotency import IdempotencyKey, Once, make_once, need_key
from api.routes.upload import ZIPPED, ExcludeFaulty, read_zip
from api.services import registers
from api.store.tables import RegistersRow

router = APIRouter(prefix="/v1/registers", tags=["registers"])

KNOWN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "These files are a version already",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
City = Annotated[str, Query(pattern="^([0-9]{6})?$", description="Area code of the city.")]
Identifiers = Annotated[
    Literal["uscc", "free"],
    Query(description="Social credit codes, or any of capitals, digits and hyphens."),
]


@dataclass(frozen=True, slots=True)
class Upload:
    """Register files as they were sent, and the write that they ask for."""

    once: Once
    asked: registers.Asked


async def upload_of(
    request: Request,
    service: UseService,
    caller: Drawer,
    idempotency_key: IdempotencyKey = None,
    city: City = "",
    identifiers: Identifiers = "uscc",
    exclude_faulty: ExcludeFaulty = False,
) -> Upload:
    """Return what a request uploads; without a key nothing of it is read."""
    need_key(idempotency_key)
    body = await read_zip(request, service.settings.max_upload)
    once = make_once(request, service, caller, idempotency_key, hashlib.sha256(body).hexdigest())
    return Upload(once, registers.Asked(body, city, identifiers, exclude_faulty))


UseUpload = Annotated[Upload, Depends(upload_of)]


@router.post("/validation", openapi_extra=ZIPPED)
async def validate_registers(
    request: Request,
    service: UseService,
    caller: Drawer,
    upload: UseUpload,
) -> Response:
    """Upload register files as a zip and read every fault as data; nothing is kept of them."""

    def prepare() -> Any:
        found = registers.validate(service, upload.asked, lang=language(request))
        return lambda _: found

    return await run_in_threadpool(upload.once.perform, prepare, answer)


@router.post("", status_code=201, openapi_extra=ZIPPED, responses=KNOWN)
async def keep_registers(
    service: UseService,
    caller: Drawer,
    upload: UseUpload,
) -> Response:
    """Upload register files as a zip and keep them as a version; the same files are the same one.

    With any fault nothing is kept, and every fault is in the answer.
    """
    return await run_in_threadpool(
        upload.once.perform,
        lambda: registers.keep(service, caller, upload.asked),
        lambda made: _shown(made[0], 201 if made[1] else 200),
    )


@router.get("")
def list_registers(service: UseService, caller: Reader, page: UsePage) -> dict[str, Any]:
    """List the versions of registers, the oldest first."""
    with service.store.read() as session:
        rows = session.scalars(
            select(RegistersRow)
            .where(RegistersRow.number > page.after_number())
            .order_by(RegistersRow.number)
            .limit(page.limit + 1)
        ).all()
        return page.answer([show(row) for row in rows], lambda item: item["number"])


@router.get("/{digest}")
def read_registers(
    service: UseService,
    caller: Reader,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
) -> dict[str, Any]:
    """Say what a version of registers holds."""
    with service.store.read() as session:
        return show(registers.find(session, digest))


def show(row: RegistersRow) -> dict[str, Any]:
    """Return a version as answers show it."""
    return {
        "registers": f"/v1/registers/{row.digest}",
        "number": row.number,
        "digest": row.digest,
        "city": row.city,
        "identifiers": row.identifiers,
        "exclude_faulty": row.exclude_faulty,
        "files": row.files,
        "warnings": row.warnings,
        "kept_by": row.kept_by,
        "kept_at": row.kept_at,
    }


def _shown(row: RegistersRow, status: int) -> Answer:
    return answer(show(row), status, {"location": f"/v1/registers/{row.digest}"})
