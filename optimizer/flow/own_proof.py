"""An enterprise's or inspector's own proof: a C2SP tlog-proof text that stands alone.

The logged entry is that of the spec, of the draw, or of sealed odds; the own line, with its salt,
is in ``extra``, with the path that leads from it to the root that the entry holds. Nobody else's
line can be made from it: the path holds hashes of salted lines.
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
from optimizer.flow.drawn import Standing
from optimizer.flow.draws import read_odds
from optimizer.ledger import Entry
from optimizer.registers.fault import make_fault
from optimizer.teams import make_leaves

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
    more: Document = {}
    if of == "frame":
        more["spec"] = dossier.data("transcript/spec.json").decode()
    return _proof(dossier, of, entry, lines[place], place, tree, more)


def own_odds(dossier: Dossier, inspector: str, round: int | None = None) -> bytes:
    """Return the proof of an inspector's own odds in a sealed campaign: all of them, nobody else's.

    Parameters
    ----------
    round
        Number of the odds document, from 1; by default the last.

    Raises
    ------
    InputError
        Where the odds are not committed, were never sealed, or the inspector is not in their
        roster.
    """
    standing = Standing.read(dossier.documents())
    number = len(standing.rounds) if round is None else round
    if not 1 <= number <= len(standing.rounds):
        known = len(standing.rounds)
        raise InputError(
            make_fault("proof-round", "proof", None, "--round", str(number), known=known)
        )
    now = standing.rounds[number - 1]
    entry = [one for one in dossier.present if one.kind == "odds"][number - 1]
    if "leaves" not in entry.body:
        raise InputError(make_fault("proof-odds-open", "proof", None, "--round", str(number)))
    people = [one["id"] for one in standing.parsed(now.roster)["inspectors"]]
    if inspector not in people:
        raise InputError(make_fault("proof-inspector", "proof", None, "--inspector", inspector))
    assert dossier.secret is not None  # or there would be no leaves
    found = make_leaves(read_odds(standing, now), people, dossier.secret)
    place = people.index(inspector)
    more = {"leaves": [leaf.decode() for leaf in found.own[place]]}
    return _proof(dossier, "odds", entry, found.lines[place], place, found.tree, more)


def _proof(
    dossier: Dossier,
    of: str,
    entry: Entry,
    line: bytes,
    place: int,
    tree: merkle.Tree,
    more: Document,
) -> bytes:
    """Return the text: the log's part, and in ``extra`` the way from a line to the entry."""
    extra: Document = {
        "format": "double-random/proof/v1",
        "campaign": dossier.ledger.campaign,
        "of": of,
        "entry": entry.line.decode(),
        "leaf": line.decode(),
        "index": place,
        "size": len(tree),
        "path": [base64.b64encode(node).decode() for node in tree.inclusion_proof(place)],
        "vkey": dossier.public["ledger/log.vkey"].decode().strip(),
        **hash_field(dossier.ledger.hash),
        **more,
    }
    return TlogProof(
        entry.index,
        tuple(dossier.ledger.inclusion_proof(entry.index)),
        dossier.public["ledger/checkpoint.txt"],
        canon.canonical(extra),
    ).to_text()
