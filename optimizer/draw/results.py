"""Every enterprise's own result, in a tree whose root stands in the ledger at the draw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.canon import SHA256, Hash, canonical, merkle
from optimizer.chance import Key, sub_key
from optimizer.domain.registry import Document
from optimizer.draw.tickets import hex_ticket, ticket_maker

SALT_DIGITS = 32


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Results:
    """The results of a draw, a line an enterprise, in the frame's order.

    Attributes
    ----------
    ids
        Identifiers, ascending.
    lines
        ``{"drawn":[keys],"id":…,"salt":…,"ticket":…}`` in canonical form.
    hash
        What their tree is made with.
    """

    ids: tuple[str, ...]
    lines: tuple[bytes, ...]
    hash: Hash = SHA256

    @property
    def tree(self) -> merkle.Tree:
        """The Merkle tree over the lines."""
        return merkle.Tree((merkle.leaf_hash(line, self.hash) for line in self.lines), self.hash)

    def commitment(self) -> Document:
        """Return what the entry of the draw holds of them."""
        return {"root": self.tree.root.hex(), "size": len(self.lines)}


def make_results(
    ids: Sequence[str],
    draw: Mapping[str, Any],
    *,
    secret: bytes | None = None,
    hash: Hash = SHA256,
) -> Results:
    """Return every enterprise's result.

    A line's salt comes from the secret, in open mode from the key: 16 bytes that who has another
    line and its path cannot guess before the secret is opened.

    Parameters
    ----------
    ids
        Of the whole frame, ascending.
    draw
        ``draw.json``.
    secret
        In sealed mode.
    hash
        The campaign's.
    """
    key = Key.fromhex(draw["key"], hash)
    salts = key if secret is None else Key(secret, hash)
    keys: dict[str, list[str]] = defaultdict(list)
    for item in draw["items"]:
        for stratum in item["strata"]:
            for identifier in stratum["sample"]:
                keys[identifier].append(item.get("order", item["item"]))
    tickets = ticket_maker(ids)(key)
    lines = tuple(
        canonical(
            {
                "drawn": sorted(keys.get(identifier, ())),
                "id": identifier,
                "salt": sub_key(salts, "result", identifier).hex()[:SALT_DIGITS],
                "ticket": hex_ticket(row),
            }
        )
        for identifier, row in zip(ids, tickets, strict=True)
    )
    return Results(tuple(ids), lines, hash)


def told_document(draw: Mapping[str, Any]) -> Document:
    """Return ``draw-sealed.json``: the draw without names, keys and whatever tells of them.

    Left out beside the names: the key, the cut-off tickets (who has its own ticket would know),
    the rounding's number, the distinct enterprises and the simulation, all of which hang on the
    key. What stays hangs on the spec, and on the sizes.

    Parameters
    ----------
    draw
        ``draw.json``.
    """
    items = []
    for item in draw["items"]:
        told: Document = {
            "item": item["item"],
            "strata": [
                {
                    "stratum": stratum["stratum"],
                    "population": stratum["population"],
                    "probability": stratum["probability"],
                    "size": stratum["size"],
                    "reserves": len(stratum["reserves"]),
                }
                for stratum in item["strata"]
            ],
        }
        if "order" in item:
            told["order"] = item["order"]
        items.append(told)
    return {
        "format": "double-random/draw-sealed/v1",
        "campaign": draw["campaign"],
        "frame_root": draw["frame_root"],
        "spec": draw["spec"],
        "items": items,
    }
