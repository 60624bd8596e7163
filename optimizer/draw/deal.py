"""Coordination over time: fresh tickets, dealt anew so that those drawn before come first.

A later draw takes a fresh seed, for tickets that were published would tell who is safe. Its fresh
tickets are dealt anew within *cells* of enterprises that stood alike in every earlier draw: in each
cell the smallest go to those drawn then, in the order of their own fresh tickets, the others to the
rest likewise. All orders sample from the dealt tickets.

**The dealt tickets have exactly the law of fresh ones**, joint probabilities included, whatever the
new strata. *Proof.* Let G be the permutations of enterprises that keep every cell. (1) An earlier
draw is a function of its tickets that commutes with G: strata, levels, weights and sizes are the
same for all enterprises of a cell, so that moving tickets about within cells moves the sample
along. (2) Its tickets have a law that G leaves alone: fresh ones are independent and alike; dealt
ones by this theorem for the campaign before; and where several draws follow one another, each deal
commutes with G as well, for its own cells are unions of ours. So the set V of all that were drawn
has, with the cells given, a law that G leaves alone. (3) Given how many of V each cell holds, V is
therefore uniform over all such sets, independently of the fresh tickets. (4) Within a cell, given
the values of its fresh tickets, the dealing is a random arrangement of them: who gets the smallest
m is uniform by (3), and within V and within the rest the order is that of independent fresh
tickets. So all arrangements are equally likely, in all cells independently: the law of fresh
tickets. ∎ A thinned V, each kept with probability θ by independent chance, keeps (3), so any θ is
exact.

Several earlier draws: their joint cells, and the union of those drawn. An earlier draw whose sample
is not counted, but after which a counted one was dealt, must take part in the cells: by (2) the
joint law of the counted samples is only known to be left alone by permutations that keep the cells
of the deals too.

Cells are also parted by what each enterprise can be drawn for *now*. So rest periods and used caps,
which exclude because of an earlier draw, do no harm: who was drawn for which order then is a
function that commutes with G, and given the eligible of now, (3) holds within the finer cells. What
the visits *found* is another matter: a class that changed because of an inspection depends on more
than chance, and probabilities are exact given the strata only where they do not hang on that.

Only random draws count. A visit after a complaint must not change anyone's odds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.chance import Chance, Stream, sub_key
from optimizer.domain.earlier import EarlierDraw
from optimizer.draw.given import FrameLike
from optimizer.draw.tickets import Tickets

LARGEST_THETA = 10**6
"""Of the denominator of θ."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Deal:
    """Who is dealt tickets among whom, and who first.

    Attributes
    ----------
    cells
        Number of the cell of each enterprise, in step with the tickets; int64.
    drawn
        Whether it was drawn by an earlier draw that is counted.
    theta
        Share of those that are kept first.
    """

    cells: NDArray[np.int64]
    drawn: NDArray[np.bool_]
    theta: Fraction

    def __repr__(self) -> str:
        return (
            f"<Deal: {int(self.cells.max(initial=-1)) + 1} cells, "
            f"{int(self.drawn.sum())} drawn before, theta {self.theta}>"
        )

    def at(self, positions: NDArray[np.int64]) -> Deal:
        """Return the deal among some enterprises, whole cells of them."""
        return Deal(self.cells[positions], self.drawn[positions], self.theta)

    def first(self, key: bytes, *, chance: Chance = Stream) -> NDArray[np.bool_]:
        """Return who is dealt first: those drawn before, thinned by the sub-key ``thinning``.

        One `Stream.below` of θ's denominator for each of them, in order of identifier; kept where
        it is below the numerator. `chance` gives the stream of a sub-key.
        """
        stream = chance(sub_key(key, "thinning", "drawn"))
        kept = self.drawn.copy()
        for place in np.flatnonzero(self.drawn):
            kept[place] = stream.below(self.theta.denominator) < self.theta.numerator
        return kept

    def deal(self, tickets: Tickets, first: NDArray[np.bool_]) -> Tickets:
        """Return the tickets dealt anew.

        Parameters
        ----------
        tickets
            Fresh, shape (n, 4), in order of identifier.
        first
            As `first` gives it.
        """
        words = [tickets[:, column] for column in (3, 2, 1, 0)]
        given = np.lexsort((*words, self.cells))
        takers = np.lexsort((*words, ~first, self.cells))
        dealt = np.empty_like(tickets)
        dealt[takers] = tickets[given]
        return dealt


def make_deal(frame: FrameLike, earlier: Sequence[EarlierDraw], theta: Fraction) -> Deal:
    """Find the cells and who was drawn.

    Parameters
    ----------
    frame
        Of the new campaign. An enterprise that an earlier frame has not is in a cell of those
        that are absent there.
    earlier
        Draws in order, each after those that it was itself dealt after.
    theta
        From 0 to 1.
    """
    cells = np.zeros(len(frame.ids), dtype=np.int64)
    for members in frame.eligible.values():
        can = np.zeros(len(frame.ids), dtype=np.int64)
        can[members] = 1
        cells = _joint(cells, can)
    drawn = np.zeros(len(frame.ids), dtype=bool)
    for one in earlier:
        places = places_of(one)
        numbers: dict[Any, int] = {None: 0}
        codes = [
            numbers.setdefault(places.get(identifier), len(numbers)) for identifier in frame.ids
        ]
        cells = _joint(cells, np.array(codes, dtype=np.int64))
        if one.is_counted:
            sample = drawn_by(one)
            drawn |= np.fromiter((i in sample for i in frame.ids), dtype=bool, count=len(cells))
    return Deal(cells, drawn, theta)


def places_of(earlier: EarlierDraw) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return each enterprise's places in an earlier draw: order, stratum and, if it counts, weight.

    Enterprises with the same places were alike in that draw.
    """
    spec = json.loads(earlier.documents["spec.json"])
    orders = {
        order.get("order", order["item"]): (order["strata_by"], "design" in order)
        for order in spec["items"]
    }
    found = {}
    alike: dict[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]] = {}
    for line in earlier.documents["frame.jsonl"].splitlines():
        leaf = json.loads(line)
        places = []
        for key in leaf["items"]:
            fields, is_weighed = orders[key]
            stratum = "|".join(leaf["labels"][field] for field in fields) if fields else "all"
            places.append((key, stratum, str(leaf["weight"])) if is_weighed else (key, stratum))
        stood = tuple(places)
        found[leaf["id"]] = alike.setdefault(stood, stood)
    return found


def drawn_by(earlier: EarlierDraw) -> frozenset[str]:
    """Return the enterprises that an earlier draw sampled."""
    draw = json.loads(earlier.documents["draw.json"])
    return frozenset(
        identifier
        for item in draw["items"]
        for stratum in item["strata"]
        for identifier in stratum["sample"]
    )


def _joint(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers, from 0, of the pairs."""
    pairs = one * (int(other.max(initial=0)) + 1) + other
    numbers: NDArray[np.int64] = np.unique(pairs, return_inverse=True)[1]
    return numbers
