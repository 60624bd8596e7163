"""Writing a step into a dossier: the entry, the document, the signed ledger, the public folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer import canon
from optimizer.canon.signing import KeyHolder
from optimizer.domain.registry import Document
from optimizer.draw import Draw, sealed_digest
from optimizer.errors import InputError
from optimizer.flow.acts import Committed
from optimizer.flow.dossier import ENTRIES, VKEY, Dossier
from optimizer.flow.drawn import Standing
from optimizer.flow.figures import figures_read, summary_of
from optimizer.flow.given import ScenarioLike
from optimizer.ledger import Ledger
from optimizer.publication import PublicationInput, publish
from optimizer.registers.fault import make_fault

PUBLIC = ("transcript/", "ledger/", "superseded/")
README = """公示文件夹，抽查尚在进行。自行核验：用浏览器打开 verify.html，或运行
python3 -I -S verify.py .
A publication under way. Verify it yourself: open verify.html in a browser, or run the line above.
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What every step is given.

    Attributes
    ----------
    kept
        The kept copy of the scenario, as it was committed; ``None`` where the step (``seal``,
        ``void``) does not need it.
    time
        RFC 3339, what the ledger records.
    verifiers
        File → bytes, published beside the documents.
    key_holder
        Signs the ledger instead of the kept seed.
    pages
        Whether the public folder gets its pages, workbooks and figures; without them it holds what
        a verifier reads.
    """

    kept: ScenarioLike | None
    time: str
    verifiers: Mapping[str, bytes]
    key_holder: KeyHolder | None = None
    pages: bool = True

    @property
    def scenario(self) -> ScenarioLike:
        """The kept scenario.

        Raises
        ------
        InputError
            Where it is not there.
        """
        if self.kept is None:
            fault = make_fault("campaign-private", "private/scenario", name="scenario")
            raise InputError(fault)
        return self.kept


class Book:
    """Takes the entries and documents of one step.

    Parameters
    ----------
    before
        The dossier as it stands.
    given
        Of the step.
    """

    def __init__(self, before: Dossier, given: Given) -> None:
        self._before, self._given = before, given
        self.ledger = before.ledger
        self.public = dict(before.public)
        self.private = dict(before.private)

    def body(self, path: str, data: bytes) -> Document:
        """Return what the ledger holds of a document made now."""
        if self.ledger.course.shut:
            secret = self._before.secret or b""
            return {"document": path, "sealed": sealed_digest(secret, path, data)}
        return self.ledger.body(path, data)

    def put(self, kind: str, document: Document, **more: Any) -> None:
        """Add the next step of the line with its document, sealed while the campaign is shut."""
        path, data = self.ledger.course.document(), canon.canonical(document)
        (self.private if self.ledger.course.shut else self.public)[path] = data
        self.append(kind, self.body(path, data) | more)

    def append(self, kind: str, body: Document) -> None:
        """Add an entry."""
        self.ledger = self.ledger.append(kind, self._given.time, body)

    def take(self, ledger: Ledger, documents: Mapping[str, bytes]) -> Book:
        """Take a ledger that went on, and the documents that its new entries publish."""
        self.ledger = ledger
        (self.private if self._before.shut else self.public).update(documents)
        return self

    def close(self) -> Dossier:
        """Return the dossier after the step."""
        return sign(Dossier(self.public, self.private), self._given, self.ledger)


def sign(dossier: Dossier, given: Given, ledger: Ledger) -> Dossier:
    """Return a dossier with a ledger, signed, and the public folder that goes with it.

    The pages, workbooks and figures are made once teams are drawn and nothing waits for opening.

    Raises
    ------
    InputError
        Where the key is not the one that signed before, or nothing signs.
    """
    signer = ledger.signer(given.key_holder or dossier.secrets.signer)
    before = dossier.public.get(VKEY)
    if before is not None and before != f"{signer.vkey}\n".encode():
        raise InputError(make_fault("secrets-other", "secrets"))
    kept = {path: data for path, data in dossier.public.items() if path.startswith(PUBLIC)}
    kept |= {
        ENTRIES: ledger.to_jsonl(),
        "ledger/checkpoint.txt": ledger.checkpoint(signer),
        VKEY: f"{signer.vkey}\n".encode(),
    }
    signed = Dossier(kept, dossier.private)
    course = ledger.course
    if given.pages and course.drawn and not (course.void or course.shut):
        return Dossier(_whole(signed, given), dossier.private)
    files = {**kept, **given.verifiers, "README.txt": README.encode()}
    files["manifest.json"] = canon.canonical(
        {
            "format": "double-random/manifest/v1",
            "campaign": ledger.campaign,
            "files": {path: canon.digest(files[path], ledger.hash) for path in sorted(files)},
            **canon.hash_field(ledger.hash),
        }
    )
    return Dossier(dict(sorted(files.items())), dossier.private)


def _whole(dossier: Dossier, given: Given) -> dict[str, bytes]:
    registers = given.scenario.registers
    figures = figures_read(Standing.read(dossier.public), registers)
    return publish(
        PublicationInput(
            campaign=dossier.ledger.campaign,
            title=given.scenario.title,
            documents=dossier.public,
            registers=registers,
            summary=summary_of(figures),
            verifiers=given.verifiers,
            demo_secrets=dossier.secrets.demo,
            about=given.scenario.about,
        )
    )


def names_of(draw: Draw, base: Committed) -> bytes:
    """Return who was drawn, with names, as a table for the bureau alone."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(("order", "item", "stratum", "role", "rank", "enterprise", "name"))
    for role, many in (("sample", draw.drawn), ("reserve", draw.reserves)):
        for one in many:
            name = base.registers.enterprises[one.enterprise].name
            row = (one.order or one.item, one.item, one.stratum, role, one.rank, one.enterprise)
            write.writerow((*row, name))
    return b"\xef\xbb\xbf" + out.getvalue().encode()
