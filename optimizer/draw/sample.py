"""The members of a stratum with the smallest tickets."""

from __future__ import annotations

import numpy as np

from optimizer.chance import Chance, Stream, sub_key
from optimizer.domain.campaign import DrawOrder
from optimizer.draw.given import Positions
from optimizer.draw.pivotal import pivotal
from optimizer.draw.strata import Stratum
from optimizer.draw.tickets import Tickets


def smallest(tickets: Tickets, members: Positions, count: int) -> Positions:
    """Return the members with the `count` smallest tickets, in order of ticket, then identifier.

    Parameters
    ----------
    tickets
        Of the whole frame, shape (n, 4).
    members
        Ascending positions in the frame.
    count
        Fewer are returned where there are fewer members.
    """
    if count <= 0 or not len(members):
        return members[:0]
    first = tickets[members, 0]
    near = members
    if count < len(members):
        # The first 64 bits decide, except among those that share them with the last one taken.
        cut = np.partition(first, count - 1)[count - 1]
        near = members[first <= cut]
    words = tickets[near]
    order = np.lexsort((near, words[:, 3], words[:, 2], words[:, 1], words[:, 0]))
    return near[order][:count]


def duels(
    tickets: Tickets,
    key: bytes,
    order: DrawOrder,
    stratum: Stratum,
    *,
    chance: Chance = Stream,
) -> tuple[int, Positions]:
    """Draw from a stratum whose members have probabilities of their own.

    Parameters
    ----------
    tickets
        Of the whole frame, made with `key`: the order of the duels.
    key
        32 bytes; the sub-key ``pivotal`` for order and stratum gives the duels' chance.
    chance
        Gives the stream of a sub-key.

    Returns
    -------
    tuple
        The size, and the positions: the sample, then the reserves, both in order of ticket.
    """
    assert stratum.weights is not None
    ordered = smallest(tickets, stratum.members, stratum.population)
    weights = stratum.weights[np.searchsorted(stratum.members, ordered)].tolist()
    denominator = stratum.share.denominator
    shares = [min(denominator, stratum.share.numerator * weight) for weight in weights]
    stream = chance(sub_key(key, "pivotal", f"{order.key}:{stratum.name}"))
    taken = np.array(pivotal(shares, denominator, stream), dtype=bool)
    sample, others = ordered[taken], ordered[~taken]
    return len(sample), np.concatenate((sample, others[: order.reserves]))
