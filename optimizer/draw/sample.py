"""The members of a stratum with the smallest tickets."""

from __future__ import annotations

import numpy as np

from optimizer.draw.given import Positions
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
