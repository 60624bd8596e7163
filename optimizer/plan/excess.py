"""Which enterprises have more visits or checks left out than they could, and how many more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from optimizer.plan.board import Board, covered
from optimizer.plan.bound import Lower
from optimizer.plan.local import best
from optimizer.plan.site import Site


class Excess:
    """Compares what stands on a board with what each enterprise could do alone.

    What an enterprise could do alone (all capacity its own, but caps and gap kept) is found only
    for those above their lower bound, and remembered.

    Parameters
    ----------
    board, alone
        What stands, and a board with nothing but pinned visits.
    lowers
        Lower bounds of all enterprises.
    sites
        Those to look at.
    best
        Of some enterprises, what they could do alone, as far as it is known.
    """

    def __init__(
        self,
        board: Board,
        alone: Board,
        lowers: Sequence[Lower],
        sites: Sequence[Site],
        best: Mapping[int, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        self._board = board
        self._alone = alone
        self._lowers = lowers
        self._sites = tuple(sites)
        self._best = dict(best)

    def best_alone(self, site: Site) -> tuple[int, int]:
        """Return checks left out and visits of a site if it had all capacity to itself."""
        found = self._best.get(site.index)
        if found is None:
            choice = best(self._alone, site, (0, self._lowers[site.index].groups))
            found = choice.lost.bit_count(), len(choice.visits) + len(site.pinned)
            self._best[site.index] = found
        return found

    def of(self, site: Site) -> tuple[int, int]:
        """Return how many more checks left out and visits than alone; (0, 0): none."""
        lost, visits = cost_of(self._board, site)
        if not lost and visits <= self._lowers[site.index].groups:
            return 0, 0
        least_lost, least = self.best_alone(site)
        if (lost, visits) <= (least_lost, least):
            return 0, 0
        return lost - least_lost, visits - least

    def sites(self) -> list[Site]:
        """Return the sites with an excess, those that leave most out first."""
        found = [(self.of(site), site) for site in self._sites]
        over = [
            (-lost, -visits, site.index, site)
            for (lost, visits), site in found
            if (lost, visits) != (0, 0)
        ]
        return [site for *_, site in sorted(over, key=lambda entry: entry[:3])]

    def total(self) -> int:
        """Return the sum of visits and checks left out above what each could do alone."""
        return sum(sum(self.of(site)) for site in self.sites())


def cost_of(board: Board, site: Site) -> tuple[int, int]:
    """Return checks left out and visits of an enterprise as placed."""
    places = board.places[site.index]
    return len(site.checks) - covered(places).bit_count(), len(places)
