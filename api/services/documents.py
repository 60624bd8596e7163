"""Documents of a campaign: the transcript as it grows, and the campaign's own ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.problems import ProblemError
from api.security.keys import Caller
from api.services.service import Service
from api.store.tables import CampaignRow, DocumentRow, PrivateRow
from optimizer import canon
from optimizer.ledger import Ledger

MANIFEST = "manifest.json"
"""Lists every other document with its digest, as the verifiers want it."""
LEDGER = ("ledger/entries.jsonl", "ledger/checkpoint.txt", "ledger/log.vkey")

DOCUMENT_TYPES = {"application/jsonl": ".jsonl", "application/json": ".json", "text/plain": ".txt"}
"""Media type of a document → ending of its name; other endings are plain text."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document.

    Attributes
    ----------
    final
        Whether it never changes (the ledger's files and the manifest grow with the campaign).
    """

    path: str
    sha256: str
    data: bytes
    final: bool

    @property
    def media_type(self) -> str:
        """By the name's ending."""
        kind = next((k for k, e in DOCUMENT_TYPES.items() if self.path.endswith(e)), "text/plain")
        return kind if kind == "application/json" else f"{kind}; charset=utf-8"


def list_documents(service: Service, row: CampaignRow, session: Session) -> list[dict[str, Any]]:
    """Return path, digest and size of every document of a campaign, its manifest among them."""
    stored = session.scalars(
        select(DocumentRow).where(DocumentRow.campaign == row.id).order_by(DocumentRow.path)
    )
    listed = [{"path": d.path, "sha256": d.sha256, "size": d.size} for d in stored]
    made = [ledger_document(service, row, path) for path in LEDGER]
    made.append(manifest(service, row, session))
    listed += [{"path": d.path, "sha256": d.sha256, "size": len(d.data)} for d in made]
    return sorted(listed, key=lambda d: str(d["path"]))


def read_document(service: Service, row: CampaignRow, session: Session, path: str) -> Found:
    """Return a document.

    Raises
    ------
    ProblemError
        If the campaign has none of that path (yet).
    """
    if path in LEDGER:
        return ledger_document(service, row, path)
    if path == MANIFEST:
        return manifest(service, row, session)
    found = session.scalar(
        select(DocumentRow)
        .where(DocumentRow.campaign == row.id, DocumentRow.path == path)
        .options(undefer(DocumentRow.data))
    )
    if found is None:
        raise ProblemError("not-found", f"the campaign {row.id} has no such document")
    return Found(found.path, found.sha256, found.data, final=True)


def ledger_document(service: Service, row: CampaignRow, path: str) -> Found:
    """Return a file of the campaign's own ledger, signed with the server's key."""
    ledger = Ledger.read(row.ledger)
    signer = service.store.log.signer_for(ledger.origin)
    if path == LEDGER[0]:
        data = ledger.to_jsonl()
    elif path == LEDGER[1]:
        data = ledger.checkpoint(signer)
    else:
        data = f"{signer.vkey}\n".encode()
    return Found(path, canon.digest(data), data, final=False)


def manifest(service: Service, row: CampaignRow, session: Session) -> Found:
    """Return the manifest of a campaign's documents as they are now."""
    hash = Ledger.read(row.ledger).hash
    stored = select(DocumentRow).where(DocumentRow.campaign == row.id)
    files = {each.path: each.sha256 for each in session.scalars(stored)}
    if hash is not canon.SHA256:
        # The store keeps SHA-256; other digests are made once, as documents come and never change.
        def make() -> dict[str, str]:
            every = session.scalars(stored.options(undefer(DocumentRow.data)))
            return {each.path: canon.digest(each.data, hash) for each in every}

        files = dict(service.memory.get(("manifest", row.id, len(files)), make))
    for path in LEDGER:
        files[path] = canon.digest(ledger_document(service, row, path).data, hash)
    data = canon.canonical(
        {
            "format": "double-random/manifest/v1",
            "campaign": row.id,
            "files": files,
            **canon.hash_field(hash),
        }
    )
    return Found(MANIFEST, canon.digest(data), data, final=False)


def result(service: Service, row: CampaignRow, session: Session, caller: Caller) -> dict[str, Any]:
    """Return what was drawn; a department's key sees its own items.

    Raises
    ------
    ProblemError
        If nothing has been drawn.
    """
    if row.state == "committed":
        raise ProblemError("wrong-order", f"the seed of {row.id} has not been revealed")
    draw = json.loads(read_document(service, row, session, "transcript/draw.json").data)
    spec = json.loads(read_document(service, row, session, "transcript/spec.json").data)
    items = draw["items"]
    if not caller.sees_everything:
        own = {
            (each["item"], each.get("order"))
            for each in spec["items"]
            if each["department"] == caller.department
        }
        items = [each for each in items if (each["item"], each.get("order")) in own]
    return {
        "campaign": row.id,
        "revealed_at": row.revealed_at,
        "test": bool(row.facts.get("test_seed")),
        "draw": f"/v1/campaigns/{row.id}/documents/transcript/draw.json",
        "items": items,
        "distinct": draw["distinct"],
    }


def _frame_lines(service: Service, row: CampaignRow, session: Session) -> bytes:
    """Return the frame's lines, which wait for the opening of a sealed campaign."""
    path = "transcript/frame.jsonl"
    found = session.get(PrivateRow, (row.id, path))
    return read_document(service, row, session, path).data if found is None else found.data


def frame_proof(
    service: Service, row: CampaignRow, session: Session, enterprise: str
) -> dict[str, Any]:
    """Return an enterprise's own line of the frame with its audit path.

    Raises
    ------
    ProblemError
        If it is not in the frame.
    """
    hash = Ledger.read(row.ledger).hash

    def make() -> tuple[dict[str, int], list[bytes], canon.merkle.Tree]:
        data = _frame_lines(service, row, session)
        lines = data.split(b"\n")[:-1]
        places = {json.loads(line)["id"]: place for place, line in enumerate(lines)}
        leaves = (canon.merkle.leaf_hash(line, hash) for line in lines)
        return places, lines, canon.merkle.Tree(leaves, hash)

    places, lines, tree = service.memory.get(("frame", row.id), make)
    place = places.get(enterprise)
    if place is None:
        raise ProblemError("not-found", "the frame holds no such enterprise")
    return {
        "campaign": row.id,
        "hash": hash.name,
        "index": place,
        "size": len(tree),
        "root": tree.root.hex(),
        "line": lines[place].decode(),
        "leaf": canon.merkle.leaf_hash(lines[place], hash).hex(),
        "proof": [node.hex() for node in tree.inclusion_proof(place)],
    }
