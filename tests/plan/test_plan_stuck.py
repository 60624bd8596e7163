"""What is asked cheaply of a visit or a group says what the plain way says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from plan_instances import Mix, make_instance

from optimizer.plan import build_problem
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.augment import days_beside, free_day, is_stuck
from optimizer.plan.kernel.choose import NEVER, cheapest_day, mix
from optimizer.plan.kernel.desk import D_NONE, D_SHUT
from optimizer.plan.kernel.groups import (
    G_AMOUNT,
    G_AT,
    G_DAYS,
    G_FROM,
    G_ROW,
    G_ROW_AT,
    G_WORD_AT,
)
from optimizer.plan.kernel.room import R_DAY, R_LEFT, R_MASK, R_PRICE, R_VISITS, make_room, use
from optimizer.plan.kernel.search import place_all
from optimizer.plan.kernel.table import T_CHECK_AT, T_DAYS, T_ROWS, T_WORDS
from optimizer.plan.seat import _alone, _few

TIGHT = Mix(300, 1, 3, days=60, windows=(5, 20), utilisation=1.6, tail=0.4, skills=0.5)
YEARS = replace(TIGHT, start=date(2026, 12, 1))
LONG = replace(TIGHT, days=130, windows=(10, 90))


@pytest.mark.parametrize("mix_of", [TIGHT, YEARS], ids=["tight", "two years"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_visit_that_is_stuck_has_no_day_and_nearly_all_that_have_none_are(
    mix_of: Mix, seed: int
) -> None:
    problem = build_problem(**make_instance(mix_of, seed).arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    room = make_room(table)
    place_all(table, groups, room, desk, np.arange(len(best)), 10)
    first = view(table, T_CHECK_AT, len(best) + 1).tolist()
    stuck = nowhere = 0
    for site, at in enumerate(first[:-1]):
        for slot in range(at, at + int(view(room, R_VISITS, len(best))[site])):
            mask = int(view(room, R_MASK, first[-1])[slot])
            day = int(view(room, R_DAY, first[-1])[slot])
            rows = days_beside(table, groups, room, site, mask, day, desk)
            free = rows >= 0 and free_day(table, room, desk, rows, day) >= 0
            found = bool(is_stuck(table, room, site, slot))
            assert not (found and free)
            stuck, nowhere = stuck + found, nowhere + (not free)
    assert nowhere > 20
    assert stuck * 10 > nowhere * 7


@pytest.mark.parametrize("seed", [4, 5])
def test_prices_beyond_the_room_are_those_of_every_day_by_itself(seed: int) -> None:
    problem = build_problem(**make_instance(LONG, seed).arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    room = make_room(table)
    place_all(table, groups, room, desk, np.arange(len(best)), 10)
    rows, days, words = int(table[T_ROWS]), int(table[T_DAYS]), int(table[T_WORDS])
    chance = np.random.default_rng(seed)
    left = view(room, R_LEFT, rows).reshape(rows, days)
    price = view(room, R_PRICE, rows).reshape(rows, days)
    for row in range(rows):  # some days overfull
        for day in chance.integers(0, days, 20).tolist():
            use(table, room, row, day, int(chance.integers(0, 4)))
    price += chance.integers(0, 1000, price.shape)
    count = int(view(groups, G_AT, len(best) + 1)[-1])
    row_at = view(groups, G_ROW_AT, count + 1).tolist()
    word_at = view(groups, G_WORD_AT, count + 1).tolist()
    lacking = 0
    for g in range(count):
        soft, salt = int(chance.integers(1, 5000)), int(chance.integers(0, 2)) * (g + 1)
        shut = chance.integers(0, 1 << 56, words) & chance.integers(0, 1 << 56, words)
        view(desk, D_SHUT, words)[:] = shut
        asked = [
            (int(view(groups, G_ROW, row_at[-1])[r]), int(view(groups, G_AMOUNT, row_at[-1])[r]))
            for r in range(row_at[g], row_at[g + 1])
        ]
        for where, closed in ((D_SHUT, shut), (D_NONE, np.zeros(words, np.int64))):
            least, when = NEVER, -1
            for k in range(word_at[g], word_at[g + 1]):
                w = int(view(groups, G_FROM, count)[g]) + k - word_at[g]
                open_days = int(view(groups, G_DAYS, word_at[-1])[k]) & ~int(closed[w])
                for day in (56 * w + i for i in range(56) if open_days >> i & 1):
                    cost = int(mix(salt, day)) if salt else 0
                    for row, amount in asked:
                        lack = max(amount - max(int(left[row, day]), 0), 0)
                        lacking += lack
                        cost += amount * int(price[row, day]) + soft * lack
                    if cost < least:
                        least, when = cost, day
            found = cheapest_day(table, groups, room, g, desk, int(desk[where]), soft, salt)
            assert tuple(map(int, found)) == (least, when)
    assert lacking > 0
