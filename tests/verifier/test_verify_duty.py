"""Full-day duty: the verifier's search against the drawing program, and against trying all sets."""

from __future__ import annotations

import itertools
import random
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.chance import sub_key
from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector, Recusal
from optimizer.domain.visit import Seat, Visit
from optimizer.teams.duty import duty_of
from optimizer.teams.seats import groups_of
from optimizer.verifier import verify

DAY = date(2026, 1, 5)
UNIT = "u-1"


def random_day(rng: random.Random) -> tuple[list[Visit], list[Inspector]]:
    """One unit's day: up to 4 visits of either effort, up to 6 inspectors, skills, recusals."""
    people = [
        Inspector(
            id=f"I-{n}",
            name="",
            unit=UNIT,
            certificate="",
            valid=Span(DAY, DAY),
            skills=frozenset({"lift"}) if rng.random() < 0.5 else frozenset(),
            recusals=(Recusal(f"E{rng.randint(0, 3)}", "family"),) if rng.random() < 0.5 else (),
            max_half_days=rng.choice([1, 2, 2, 2]),
        )
        for n in range(rng.randint(1, 6))
    ]
    visits = []
    for n in range(rng.randint(1, 4)):
        skills = ("lift",) if rng.random() < 0.5 else ()
        seat = Seat(UNIT, rng.randint(1, 2), 2 if n == 0 else rng.randint(1, 2), skills)
        visits.append(Visit(f"V{n + 1:06d}", f"E{n}", DAY, (), UNIT, (seat,)))
    return visits, people


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.binary(min_size=32, max_size=32))
def test_duty_is_found_again(seed: int, key: bytes) -> None:
    """First or fitted, the verifier finds who was put on duty, and when nobody could be."""
    visits, people = random_day(random.Random(seed))
    groups = groups_of(visits, None)[UNIT]
    duty = duty_of(UNIT, DAY, groups, people, key)
    roster = [
        {
            "id": i.id,
            "unit": i.unit,
            "valid": [DAY.isoformat()] * 2,
            "skills": sorted(i.skills),
            "leave": [],
            "recusals": [[r.enterprise, r.kind] for r in i.recusals],
            "max_half_days": i.max_half_days,
        }
        for i in people
    ]
    staff = verify.Staff({"inspectors": roster})
    today = []
    for visit in visits:
        (seat,) = visit.seats
        number = DAY.toordinal()
        seen = verify.Visit(
            "", visit.id, visit.enterprise, DAY.isoformat(), number, 0, [], [seat], ""
        )
        record = {"skills": list(seat.skills), "inspectors": seat.inspectors}
        today += [(seen, s, count, seat.effort) for s, count in verify.seat_groups(seen, record)]
    full = sum(count for _, _, count, effort in today if effort == 2)
    order = verify.by_ticket(
        sub_key(key, "duty", f"{UNIT}/{DAY}"), [i.id for i in people if i.max_half_days == 2]
    )

    def fills(who: tuple[str, ...]) -> bool:
        return verify.can_fill(staff, UNIT, today, frozenset(who), frozenset(who))

    every = next((who for who in itertools.combinations(order, full) if fills(who)), None)
    found = verify.first_fitting(staff, UNIT, today, order, full)
    assert found == (None if every is None else list(every))
    if duty is None:
        assert found is None
    elif duty.rule == "fitted":
        assert found is not None
        assert frozenset(found) == duty.inspectors
    else:
        assert fills(tuple(duty.inspectors))
