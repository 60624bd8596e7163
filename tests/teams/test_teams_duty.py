"""Full-day duty: the first by ticket, or the first set by ticket that can serve."""

from __future__ import annotations

import hashlib
import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from teams_city import cities

from optimizer.chance import sub_key
from optimizer.teams.duty import can_fill, duty_of, duty_size
from optimizer.teams.seats import by_unit, groups_of, split_by_day


@given(city=cities(days=1, most_people=6, most_visits=5), key=st.binary(min_size=32, max_size=32))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_duty_is_the_first_set_by_ticket(city, key):
    """Against trying all sets in order: the first m, else the first F that can serve, else none."""
    visits, held = city
    people = by_unit(held)
    for unit, groups in groups_of(visits, None).items():
        for day, today in split_by_day(groups).items():
            full = sum(g.seats for g in today if g.effort == 2)
            half = sum(g.seats for g in today if g.effort == 1)
            if not full:
                continue
            day_key = sub_key(key, "duty", f"{unit}/{day.isoformat()}")
            able = [i.id for i in people[unit] if i.is_present(day) and i.max_half_days == 2]
            order = sorted(
                able,
                key=lambda name: hashlib.sha256((day_key.hex() + name).encode()).hexdigest(),
            )
            first = frozenset(order[: duty_size(len(able), full, half)])
            found = duty_of(unit, day, today, people[unit], key)
            if can_fill(unit, today, people[unit], first):
                assert found is not None
                assert (found.rule, found.inspectors) == ("first", first)
                continue
            sets = (frozenset(chosen) for chosen in itertools.combinations(order, full))
            best = next((s for s in sets if can_fill(unit, today, people[unit], s)), None)
            if best is None:
                assert found is None
            else:
                assert found is not None
                assert (found.rule, found.inspectors) == ("fitted", best)
