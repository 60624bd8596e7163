"""Registers: faults as data, and versions that are kept by their digest."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.answers import MOST_FAULTS
from api.problems import ProblemError
from api.security.keys import Caller
from api.services.archives import unpack_registers
from api.services.service import Service
from api.store.database import Write
from api.store.tables import RegistersRow
from api.wording import shown_fault
from optimizer import canon
from optimizer.domain.registry import RegisterFile
from optimizer.errors import Fault, InputError
from optimizer.io.scenario import files_beside, read_register_files


@dataclass(frozen=True, slots=True)
class Asked:
    """Registers as they were sent, and how to read them.

    Attributes
    ----------
    archive
        Zip of files named ``enterprises``, ``units``, ``inspectors``, ``items`` and so on; of
        ``mapping.yaml`` if they have headings and words of their own; and of ``areas.csv`` and
        ``industries.csv`` if they have codes of their own. Registers may stand in a folder
        ``registers`` and the others beside it, as in a scenario.
    city
        Area code; ``""`` for any.
    identifiers
        ``uscc`` or ``free``.
    """

    archive: bytes
    city: str
    identifiers: str
    exclude_faulty: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What was read.

    Attributes
    ----------
    digest
        Of the files and how they are read, whatever the zip.
    faults
        That keep them from being used.
    warnings
        Odd things, and rows that were left out as asked.
    """

    digest: str
    files: tuple[RegisterFile, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def judge(service: Service, asked: Asked) -> Judged:
    """Read registers and find every fault.

    Raises
    ------
    InputError
        If the zip is no zip of registers; faults of its files are in the answer.
    """
    with (
        service.computing(),
        tempfile.TemporaryDirectory(prefix="double-random-upload-") as made,
    ):
        folder = unpack_registers(io.BytesIO(asked.archive), Path(made), service.settings)
        mapping, codes = files_beside(folder)
        reading = read_register_files(
            (folder,),
            {},
            codes_files=codes,
            mapping_file=mapping,
            identifiers=asked.identifiers,
            city=asked.city,
            exclude_faulty=asked.exclude_faulty,
        )
        digests = {
            path.relative_to(folder).as_posix(): canon.digest(path.read_bytes())
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    told = {
        "format": "double-random/registers-version/v1",
        "city": asked.city,
        "identifiers": asked.identifiers,
        "exclude_faulty": asked.exclude_faulty,
        "files": digests,
    }
    digest = canon.digest(canon.canonical(told))
    if reading.registers is None:
        return Judged(digest, (), tuple(reading.faults), tuple(reading.warnings))
    warnings = (*reading.warnings, *reading.faults)
    return Judged(digest, tuple(reading.registers.files), (), warnings)


def validate(service: Service, asked: Asked, *, lang: str) -> dict[str, Any]:
    """Return every fault of registers as data."""
    judged = judge(service, asked)
    return {
        "ok": not judged.faults,
        "digest": judged.digest,
        "files": _shown_files(judged.files),
        "fault_count": len(judged.faults),
        "faults": _shown_faults(judged.faults, lang),
        "warnings": _shown_faults(judged.warnings, lang),
    }


def keep(
    service: Service, caller: Caller, asked: Asked
) -> Callable[[Write], tuple[RegistersRow, bool]]:
    """Read registers; return what stores them as a version, and tells whether it is a new one.

    Raises
    ------
    InputError
        With every fault.
    """
    judged = judge(service, asked)
    if judged.faults:
        raise InputError(judged.faults)

    def act(write: Write) -> tuple[RegistersRow, bool]:
        known = _find(write.session, judged.digest)
        if known is not None:
            return known, False
        row = RegistersRow(
            digest=judged.digest,
            city=asked.city,
            identifiers=asked.identifiers,
            exclude_faulty=asked.exclude_faulty,
            files=_shown_files(judged.files),
            warnings=_shown_faults(judged.warnings, "en"),
            kept_by=caller.key,
            kept_at=write.now,
            archive=asked.archive,
        )
        write.session.add(row)
        write.session.flush()
        told = {each.register: each.digest for each in judged.files}
        write.record("registers", {"actor": caller.key, "registers": judged.digest, "files": told})
        return row, True

    return act


def find(session: Session, digest: str) -> RegistersRow:
    """Return a version.

    Raises
    ------
    ProblemError
        If there is none of that digest.
    """
    row = _find(session, digest)
    if row is None:
        raise ProblemError("not-found", "no version of registers has that digest")
    return row


def stored_registers(service: Service, digest: str) -> bytes:
    """Return the zip of a version.

    Raises
    ------
    ProblemError
        If there is none of that digest.
    """
    with service.store.read() as session:
        row = session.scalar(
            select(RegistersRow)
            .where(RegistersRow.digest == digest)
            .options(undefer(RegistersRow.archive))
        )
        if row is None:
            raise ProblemError("not-found", "no version of registers has that digest")
        return row.archive


def _find(session: Session, digest: str) -> RegistersRow | None:
    found: RegistersRow | None = session.scalar(
        select(RegistersRow).where(RegistersRow.digest == digest)
    )
    return found


def _shown_files(files: Sequence[RegisterFile]) -> list[dict[str, Any]]:
    return [
        {
            "register": each.register,
            "file": each.file,
            "sha256": each.digest,
            "rows": each.rows,
            "excluded": len(each.excluded),
        }
        for each in files
    ]


def _shown_faults(faults: Sequence[Fault], lang: str) -> list[dict[str, Any]]:
    return [shown_fault(fault, lang) for fault in faults[:MOST_FAULTS]]
