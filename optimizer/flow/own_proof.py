"""An enterprise's own proof: a C2SP tlog-proof text that stands alone.

The logged entry is that of the spec, or of the draw; the enterprise's own line, with its salt, is
in ``extra``, with the path that leads from it to the root that the entry holds. Nobody else's line
can be made from it: the path holds hashes of salted lines.
"""

from __future__ import annotations

import base64
from bisect import bisect_left

from optimizer import canon
from optimizer.canon import hash_field, merkle
from optimizer.canon.tlog_proof import TlogProof
from optimizer.domain.registry import Document
from optimizer.draw import make_results
from optimizer.errors import InputError
from optimizer.flow.dossier import FRAME_LINES, Dossier
from optimizer.registers.fault import make_fault

OF = ("frame", "result")


def own_proof(dossier: Dossier, enterprise: str, of: str = "") -> bytes:
    """Return the proof of one enterprise.

    Parameters
    ----------
    dossier
        The campaign.
    enterprise
        Identifier.
    of
        ``frame``: what it can be drawn for, with which probability; ``result``: whether it was
        drawn, with which ticket. By default the latter once there was a draw.

    Raises
    ------
    InputError
        Where the enterprise is not in the frame, or there was no draw.
    """
    drawn = any(entry.kind == "draw" for entry in dossier.present)
    of = of or ("result" if drawn else "frame")
    if of == "result" and not drawn:
        raise InputError(make_fault("proof-result", "proof", None, "--of", of))
    hash = dossier.ledger.hash
    lines = dossier.data(FRAME_LINES).split(b"\n")[:-1]
    ids = [str(canon.parse(line)["id"]) for line in lines]
    place = bisect_left(ids, enterprise)
    if place == len(ids) or ids[place] != enterprise:
        raise InputError(make_fault("proof-enterprise", "proof", None, "--enterprise", enterprise))
    if of == "result":
        draw = canon.parse(dossier.documents()["transcript/draw.json"])
        secret = dossier.secret if dossier.sealed else None
        lines = list(make_results(ids, draw, secret=secret, hash=hash).lines)
    tree = merkle.Tree((merkle.leaf_hash(line, hash) for line in lines), hash)
    entry = dossier.last("spec" if of == "frame" else "draw")
    extra: Document = {
        "format": "double-random/proof/v1",
        "campaign": dossier.ledger.campaign,
        "of": of,
        "entry": entry.line.decode(),
        "leaf": lines[place].decode(),
        "index": place,
        "size": len(lines),
        "path": [base64.b64encode(node).decode() for node in tree.inclusion_proof(place)],
        "vkey": dossier.public["ledger/log.vkey"].decode().strip(),
        **hash_field(hash),
    }
    if of == "frame":
        extra["spec"] = dossier.data("transcript/spec.json").decode()
    return TlogProof(
        entry.index,
        tuple(dossier.ledger.inclusion_proof(entry.index)),
        dossier.public["ledger/checkpoint.txt"],
        canon.canonical(extra),
    ).to_text()
