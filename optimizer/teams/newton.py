"""Newton steps on the multipliers of one unit: assembled by day, eliminated in a fixed order.

The groups of a visit meet only in its rows, the people of a day only in that day's visits; so
groups are eliminated visit by visit, then the prices of day caps day by day, and what is left,
tilts and limits over several days, is small and dense.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.teams.dual import Dual
from optimizer.teams.elimination import eliminate, solve_back, take_out
from optimizer.teams.numeric import Floats, exponential, sums
from optimizer.teams.seats import Indices

_FAR = 500.0
"""Logarithms of weights beyond this make no difference."""


@dataclass(frozen=True, slots=True)
class Odds:
    """Odds under given multipliers.

    Attributes
    ----------
    pairs
        Shape (pairs,).
    inside, outside
        Shape (rows,): that the inspector is in the visit, or is not; they sum to 1.
    groups, caps, people
        Seats filled, visits under each cap, and half-days of each inspector.
    """

    pairs: Floats
    inside: Floats
    outside: Floats
    groups: Floats
    caps: Floats
    people: Floats


class Newton:
    """The unit's curvature; built once, used at every step.

    Parameters
    ----------
    dual
        With at least one pair.
    tilted
        Whether there are tilts.
    """

    def __init__(self, dual: Dual, *, tilted: bool) -> None:
        self.dual = dual
        groups, days = len(dual.need), len(dual.day_block)
        self.blocks, self.size = len(dual.capped), int(dual.day_slot.max()) + 1
        self.pair_day = dual.row_day[dual.pair_row]
        self.place = dual.day_block * self.size + dual.day_slot
        visits = int(dual.group_visit.max()) + 1
        most = int(dual.group_rank.max()) + 1
        # Groups by visit and rank: the lower triangle of each visit's block.
        at = np.full((visits, most), -1, dtype=np.int64)
        at[dual.group_visit, dual.group_rank] = np.arange(groups)
        self.group_at = at
        self.in_block = _lists(dual.group_block, self.blocks)
        # Day caps are unknowns of their block, limits and tilts of the whole.
        own = dual.day_slot < dual.capped[dual.day_block]
        self.owned = np.flatnonzero(own)
        caps, people = len(dual.cap), len(dual.offset)
        is_day = np.zeros(caps, dtype=np.bool_)
        is_day[dual.day_cap[own, 0]] = True
        self.limits = np.flatnonzero(~is_day)
        number = np.full(caps + 1, -1, dtype=np.int64)
        number[self.limits] = np.arange(len(self.limits))
        chain = number[dual.day_cap]
        columns = [chain[:, n] for n in range(chain.shape[1]) if (chain[:, n] >= 0).any()]
        factors = [np.where(c >= 0, -1.0, 0.0) for c in columns]
        self.top = len(self.limits)
        self.tilted = tilted
        if tilted:
            columns.append(len(self.limits) + dual.day_person)
            factors.append(dual.day_effort)
            self.top += people
        depth = len(columns)
        self.top_of = np.full((depth, self.blocks * self.size), -1, dtype=np.int64)
        self.factor = np.zeros((depth, self.blocks * self.size))
        for n, (column, factor) in enumerate(zip(columns, factors, strict=True)):
            self.top_of[n, self.place] = column
            self.factor[n, self.place] = factor
        self.days = days

    def odds(self, group: Floats, price: Floats, tilt: Floats) -> Odds:
        """Return the odds under multipliers of groups, caps and people."""
        dual = self.dual
        level = dual.day_effort * tilt[dual.day_person]
        known = np.append(price, 0.0)
        for n in range(dual.day_cap.shape[1]):
            level = level - known[dual.day_cap[:, n]]
        power = group[dual.pair_group] + level[self.pair_day]
        weight = exponential(np.minimum(np.maximum(power, -_FAR), _FAR))
        rows = len(dual.row_day)
        whole = dual.row_slack + sums(dual.pair_row, weight, rows)
        pairs = weight / whole[dual.pair_row]
        outside = dual.row_slack / whole
        inside = sums(dual.pair_row, pairs, rows)
        in_day = sums(dual.row_day, inside, self.days)
        caps = np.zeros(len(dual.cap))
        for n in range(dual.day_cap.shape[1]):
            under = dual.day_cap[:, n]
            caps = caps + sums(under + 1, in_day, len(dual.cap) + 1)[1:]
        people = sums(dual.day_person, dual.day_effort * in_day, len(dual.offset))
        return Odds(
            pairs, inside, outside, sums(dual.pair_group, pairs, len(dual.need)), caps, people
        )

    def step(
        self,
        odds: Odds,
        group: Floats,
        price: tuple[Floats, Floats],
        tilt: tuple[Floats, Floats],
    ) -> tuple[Floats, Floats, Floats]:
        """Solve the Newton system.

        Parameters
        ----------
        odds
            At the present multipliers.
        group
            Right-hand side of the groups.
        price, tilt
            Right-hand side and what is added to the diagonal, of caps and of people.

        Returns
        -------
        tuple
            Steps of groups, caps and people.
        """
        dual, size, blocks = self.dual, self.size, self.blocks
        x, out = odds.pairs, odds.outside[dual.pair_row]
        # Groups: each visit's block, and the rows that couple it to its people.
        visits, most = self.group_at.shape
        k = np.zeros((visits, most + 1, most + 1))
        diagonal = sums(dual.pair_group, x * (1.0 - x), len(group))
        k[dual.group_visit, dual.group_rank, dual.group_rank] = diagonal
        low, high = dual.twins
        flat = (
            dual.group_visit[dual.pair_group[low]] * (most + 1)
            + dual.group_rank[dual.pair_group[high]]
        ) * (most + 1) + dual.group_rank[dual.pair_group[low]]
        k -= sums(flat, x[low] * x[high], k.size).reshape(k.shape)
        pivots = eliminate(k, most)
        good = pivots > 0.0
        inverse_at = np.where(good, 1.0 / np.where(good, pivots, 1.0), 0.0)
        rows = np.zeros((len(group), size + 1))
        rows[dual.pair_group, dual.day_slot[self.pair_day]] = x * out
        rows[:, size] = group
        for t in range(1, most):
            mine = np.flatnonzero(self.group_at[:, t] >= 0)
            for s in range(t):
                scale = k[mine, t, s] * inverse_at[mine, s]
                rows[self.group_at[mine, t]] -= scale[:, None] * rows[self.group_at[mine, s]]
        inverse = np.zeros(len(group))
        has = self.group_at >= 0
        inverse[self.group_at[has]] = inverse_at[has]
        # People of each day, the groups taken out; the last row is the right-hand side.
        curve = sums(dual.row_day, odds.inside * odds.outside, self.days)
        middle = np.zeros((blocks, size + 1, size + 1))
        middle[dual.day_block, dual.day_slot, dual.day_slot] = curve
        take_out(middle, rows, inverse, self.in_block)
        # Prices of day caps.
        own = int(dual.capped.max(initial=0))
        wide = np.zeros((blocks, own + size + 1, own + size + 1))
        wide[:, own:, own:] = middle
        slots = np.arange(own)
        mask = (slots[None, :] < dual.capped[:, None]).astype(np.float64)
        lower = np.tril(middle[:, :size, :size])
        full = lower + np.swapaxes(np.tril(lower, -1), 1, 2)
        wide[:, :own, :own] = full[:, :own, :own] * mask[:, :, None] * mask[:, None, :]
        wide[:, own : own + size, :own] = -full[:, :, :own] * mask[:, None, :]
        wide[:, -1, :own] = -middle[:, size, :own] * mask
        block, slot = dual.day_block[self.owned], dual.day_slot[self.owned]
        mine = dual.day_cap[self.owned, 0]
        wide[block, slot, slot] += price[1][mine]
        wide[block, -1, slot] += price[0][mine]
        wide[:, slots, slots] += 1.0 - mask
        day_pivots = eliminate(wide, own)
        upper, level = self._top(wide[:, own:, own:], price, tilt)
        day = solve_back(wide, day_pivots, level)
        # Back: what each person's weight moves by on each day, then the groups.
        moved = level.copy()
        moved[:, :own] -= day * mask
        price_step = np.zeros(len(dual.cap))
        price_step[mine] = day[block, slot]
        price_step[self.limits] = upper[: len(self.limits)]
        tilt_step = upper[len(self.limits) :] if self.tilted else np.zeros(len(dual.offset))
        pulls = rows[:, :size] * moved[dual.group_block]
        right = rows[:, size] - np.cumsum(pulls, axis=1)[:, -1]
        found = right * inverse
        for t in range(most - 1, 0, -1):
            upper_of = np.flatnonzero(self.group_at[:, t] >= 0)
            for s in range(t):
                scale = k[upper_of, t, s] * inverse_at[upper_of, s]
                found[self.group_at[upper_of, s]] -= scale * found[self.group_at[upper_of, t]]
        return found, price_step, tilt_step

    def _top(
        self,
        middle: Floats,
        price: tuple[Floats, Floats],
        tilt: tuple[Floats, Floats],
    ) -> tuple[Floats, Floats]:
        """Solve for limits and tilts; return them and what they add to each weight."""
        blocks, size = self.blocks, self.size
        n = self.top
        if n == 0:
            return np.zeros(0), np.zeros((blocks, size))
        lower = np.tril(middle[:, :size, :size])
        full = lower + np.swapaxes(np.tril(lower, -1), 1, 2)
        dense = np.zeros((1, n + 1, n + 1))
        depth = len(self.top_of)
        at = self.top_of.reshape(depth, blocks, size)
        factor = self.factor.reshape(depth, blocks, size)
        for a in range(depth):
            for b in range(depth):
                cell = at[a][:, :, None] * (n + 1) + at[b][:, None, :]
                real = (at[a][:, :, None] >= 0) & (at[b][:, None, :] >= 0)
                value = factor[a][:, :, None] * factor[b][:, None, :] * full
                dense[0] += sums(cell[real], value[real], (n + 1) ** 2).reshape(n + 1, n + 1)
            here = at[a] >= 0
            dense[0, n, :n] += sums(at[a][here], factor[a][here] * middle[:, size, :size][here], n)
        many = len(self.limits)
        spot = np.arange(n)
        dense[0, spot[:many], spot[:many]] += price[1][self.limits]
        dense[0, n, :many] += price[0][self.limits]
        if self.tilted:
            dense[0, spot[many:], spot[many:]] += tilt[1]
            dense[0, n, many:n] += tilt[0]
        pivots = eliminate(dense, n)
        found = solve_back(dense, pivots, np.zeros((1, 0)))[0]
        level = np.zeros((blocks, size))
        known = np.append(found, 0.0)
        for a in range(depth):
            level = level + factor[a] * known[at[a]]
        return found, level


def _lists(owner: Indices, count: int) -> Indices:
    """Return the members of each owner in order, padded with −1."""
    sizes = np.bincount(owner, minlength=count)
    order = np.argsort(owner, kind="stable")
    found = np.full((count, int(sizes.max(initial=0))), -1, dtype=np.int64)
    found[owner[order], np.arange(len(owner)) - (np.cumsum(sizes) - sizes)[owner[order]]] = order
    return found
