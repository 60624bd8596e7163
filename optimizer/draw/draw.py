"""The first draw: seed to tickets to samples, and the transcript of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.canon import canonical, digest
from optimizer.chance import Chance, Key, Stream
from optimizer.domain.campaign import DrawOrder
from optimizer.domain.check import Drawn
from optimizer.domain.registry import Document
from optimizer.draw.distinct import expected_distinct
from optimizer.draw.given import FrameLike, Positions
from optimizer.draw.sample import duels, smallest
from optimizer.draw.seed import draw_seed
from optimizer.draw.simulation import simulate
from optimizer.draw.sizes import Sizes, sizes_of
from optimizer.draw.sources import Seed
from optimizer.draw.spec import Spec
from optimizer.draw.strata import Sized, Stratum
from optimizer.draw.tickets import Tickets, hex_ticket, ticket_maker
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Draw:
    """Who was drawn.

    Attributes
    ----------
    drawn
        By order key, stratum, ticket.
    reserves
        The next in each stratum, likewise; `Drawn.rank` goes on from the sample's.
    seed_document
        ``seed.json``.
    document
        ``draw.json``.
    """

    drawn: tuple[Drawn, ...]
    reserves: tuple[Drawn, ...]
    seed_document: Document
    document: Document

    @property
    def test(self) -> bool:
        """Whether the seed is fit for tests only."""
        return bool(self.seed_document["test"])

    def __repr__(self) -> str:
        distinct = self.document["distinct"]
        test = ", TEST SEED" if self.test else ""
        return (
            f"<Draw {self.document['campaign']}: {distinct['drawn']} drawn, "
            f"{distinct['enterprises']} enterprises (independent {distinct['independent']}, "
            f"bound {distinct['bound']}){test}>"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return sample and reserves as a table: order, item, stratum, enterprise, rank, role."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "order": one.order,
                    "item": one.item,
                    "stratum": one.stratum,
                    "enterprise": one.enterprise,
                    "rank": one.rank,
                    "role": role,
                }
                for role, many in (("sample", self.drawn), ("reserve", self.reserves))
                for one in many
            ],
            columns=["order", "item", "stratum", "enterprise", "rank", "role"],
        )


def draw_enterprises(
    frame: FrameLike,
    spec: Spec,
    *,
    seed: Seed,
    secret: bytes | None = None,
    fast: bool | None = None,
) -> Draw:
    """Draw: every order samples its strata by the same tickets.

    Parameters
    ----------
    frame, spec
        As committed.
    seed
        The source, after it has shown what it shows.
    secret
        32 bytes where the spec's mode is sealed.
    fast
        Whether tickets are made with Numba; by default if it is installed and worth it. The
        result is the same.

    Returns
    -------
    Draw

    Raises
    ------
    InputError
        Where the seed is not of the announced source, the spec is of another frame, or a secret
        is given to an open draw or missing in a sealed one.
    """
    _check_match(frame, spec, seed)
    _check_secret(spec, secret)
    seed_document = draw_seed(
        seed,
        campaign=frame.campaign,
        frame_root=frame.root,
        spec_digest=spec.digest,
        secret=secret,
        hash=frame.hash,
    )
    key = Key.fromhex(seed_document["key"], frame.hash)
    tickets = ticket_maker(frame.ids, fast=fast)(key)
    dealt: Document = {}
    if spec.deal is not None:
        first = spec.deal.first(key)
        tickets = spec.deal.deal(tickets, first)
        dealt = {
            "dealt": {
                "cells": len(np.unique(spec.deal.cells)),
                "drawn": int(np.count_nonzero(spec.deal.drawn)),
                "first": int(np.count_nonzero(first)),
            }
        }
    drawn: list[Drawn] = []
    reserves: list[Drawn] = []
    items = []
    for order, entry in zip(spec.orders, spec.document["items"], strict=True):
        sizes, taken = sample(tickets, key, order, spec.strata[order.key])
        strata = []
        for stratum, size, places in zip(spec.strata[order.key], sizes.sizes, taken, strict=True):
            ids = [frame.ids[place] for place in places]
            ranked = [
                Drawn(order.item, stratum.name, identifier, rank, order.key)
                for rank, identifier in enumerate(ids)
            ]
            drawn += ranked[:size]
            reserves += ranked[size:]
            cutoff = hex_ticket(tickets[places[size - 1]]) if size else ""
            strata.append(stratum_document(stratum, size, cutoff, ids))
        items.append(item_document(entry, sizes, strata))
    document: Document = {
        "format": "double-random/draw/v1",
        "campaign": frame.campaign,
        "frame_root": frame.root,
        "spec": spec.digest,
        "seed": digest(canonical(seed_document), frame.hash),
        "key": seed_document["key"],
        "items": items,
        "distinct": _distinct(frame, spec, key, drawn),
        **dealt,
    }
    return Draw(tuple(drawn), tuple(reserves), seed_document, document)


def sample(
    tickets: Tickets,
    key: bytes,
    order: DrawOrder,
    strata: Sequence[Stratum],
    *,
    chance: Chance = Stream,
) -> tuple[Sizes, list[Positions]]:
    """Take sample and reserves of every stratum of an order.

    Parameters
    ----------
    tickets
        Of the whole frame, made with `key`.
    key
        32 bytes.
    order, strata
        What is asked for.
    chance
        Gives the stream of a sub-key.

    Returns
    -------
    tuple
        The sizes, and for each stratum the positions taken: the sample, then the reserves.
    """
    if order.design == "pivotal":
        taken = [duels(tickets, key, order, stratum, chance=chance) for stratum in strata]
        return Sizes(tuple(size for size, _ in taken)), [places for _, places in taken]
    sizes = sizes_of(key, order, strata, chance=chance)
    return sizes, [
        smallest(tickets, stratum.members, size + order.reserves)
        for stratum, size in zip(strata, sizes.sizes, strict=True)
    ]


def stratum_document(stratum: Sized, size: int, cutoff: str, ids: list[str]) -> Document:
    """Return a stratum of ``draw.json``; `ids` are the sample and, from `size` on, the reserves."""
    entry: Document = {
        "stratum": stratum.name,
        "population": stratum.population,
        "probability": str(stratum.probability),
        "size": size,
        "cutoff": cutoff,
        "sample": ids[:size],
        "reserves": ids[size:],
    }
    if isinstance(stratum, Stratum) and stratum.weights is not None:
        # The last ticket taken cuts nothing off where members duel.
        entry |= {"cutoff": "", "share": str(stratum.share)}
    return entry


def item_document(entry: Mapping[str, Any], sizes: Sizes, strata: list[Document]) -> Document:
    """Return an item of ``draw.json``; `entry` is that of ``spec.json``."""
    rounding = sizes.rounding
    item: Document = {
        "item": entry["item"],
        "rounding": None if rounding is None else {"denominator": rounding[0], "r": rounding[1]},
        "strata": strata,
    }
    if "order" in entry:
        item["order"] = entry["order"]
    if sizes.groups:
        item["roundings"] = [
            {"stratum": group, "denominator": denominator, "r": r}
            for group, denominator, r in sizes.groups
        ]
    if sizes.controlled:
        item["controlled"] = str(sizes.controlled)
    return item


def _distinct(frame: FrameLike, spec: Spec, key: bytes, drawn: list[Drawn]) -> Document:
    independent, bound = expected_distinct(frame, spec)
    return {
        "drawn": len(drawn),
        "enterprises": len({one.enterprise for one in drawn}),
        "independent": independent,
        "bound": bound,
        "simulation": simulate(frame, spec, key),
    }


def _check_match(frame: FrameLike, spec: Spec, seed: Seed) -> None:
    faults = []
    announced = spec.document["seed_source"]
    if seed.announced() != announced:
        faults.append(
            Fault(
                "seed-source-differs",
                "seed",
                field="source",
                value=canonical(seed.announced()).decode(),
                expected=f"expected the announced source, {canonical(announced).decode()}",
                mend="Use the source that was committed.",
            )
        )
    if (spec.document["frame_root"], spec.document["campaign"]) != (frame.root, frame.campaign):
        faults.append(
            Fault(
                "spec-of-other-frame",
                "spec",
                field="frame_root",
                value=spec.document["frame_root"],
                expected=f"expected {frame.root} of campaign {frame.campaign}",
                mend="Make the spec anew from this frame.",
            )
        )
    if faults:
        raise InputError(faults)


def _check_secret(spec: Spec, secret: bytes | None) -> None:
    sealed = spec.document["mode"] == "sealed"
    if sealed != (secret is not None):
        raise InputError(
            Fault(
                "draw-secret", "spec", None, "mode", spec.document["mode"], *phrase("draw-secret")
            )
        )
