"""Caps by any key and of anything, as published rules have them; each plan verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from small_town import check, left, planned, town

from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule, RuleSet
from optimizer.domain.visit import VisitMade

DAYS = (5, 6, 7, 8, 9, 12, 13)
COAL = CapRule(
    "cap-coal",
    ("department",),
    0,
    {"A": 2, "B": 4, "C": 6, "D": 4},
    industries=("06",),
    source="coal mines, article 3",
)


@pytest.mark.parametrize(("risk", "visits"), [("A", 2), ("B", 4), ("C", 6), ("D", 4), ("", 0)])
def test_coal_mines_by_grade(risk: str, visits: int) -> None:
    """Coal mines A to D: 2, 4, 6, 4 a year; a class without a number has the rule's own limit."""
    checks = [check(n, d) for n, d in enumerate(DAYS)]
    plan = planned(town(checks, RuleSet(caps=(COAL,)), risk=risk))
    assert len(plan.visits) == visits
    as_worded = replace(COAL, by=("sector", "risk"))
    assert len(planned(town(checks, RuleSet(caps=(as_worded,)), risk=risk)).visits) == visits
    reasons = [out.reason for out in plan.left_out]
    assert {(r["code"], r["rule"], r["clause"]) for r in reasons} == {
        ("cap", "cap-coal", "coal mines, article 3")
    }


def test_total_over_city_and_county() -> None:
    """A cap by department counts the visits of both levels together."""
    checks = [check(1, 5), check(2, 6, levels=("city",)), check(3, 7)]
    plan = planned(town(checks, RuleSet(caps=(CapRule("both", ("department",), 2),))))
    assert len(plan.visits) == 2


def test_by_department_and_level() -> None:
    """By department and level each has a count of its own; a joint visit counts in both."""
    rule = CapRule("each", ("department", "level"), 1)
    apart = [check(1, 5), check(2, 6, levels=("city",)), check(3, 7, "fire")]
    assert len(planned(town(apart, RuleSet(caps=(rule,)))).visits) == 3
    joint = [check(1, 5, levels=("county", "city")), check(2, 6), check(3, 7, levels=("city",))]
    plan = planned(town(joint, RuleSet(caps=(rule,))))
    assert len(plan.visits) == 2
    assert left(plan) == {"c1": "cap"}


def test_over_all_departments_at_a_level() -> None:
    """By level alone departments are counted together, and a joint visit once."""
    rule = CapRule("city-only", ("level",), 1, levels=("city",))
    checks = [
        check(1, 5, levels=("city",)),
        check(2, 6, "fire", levels=("city",)),
        check(3, 7, "fire"),
        check(4, 8),
    ]
    plan = planned(town(checks, RuleSet(caps=(rule,))))
    assert len(plan.visits) == 3
    together = [check(1, 5, levels=("city",)), check(2, 5, "fire", levels=("city",))]
    assert not planned(town(together, RuleSet(caps=(rule,)))).left_out
    each = planned(town(together, RuleSet(caps=(rule,), joint_counts_each=True)))
    assert set(left(each).values()) == {"cap"}


def test_by_area() -> None:
    """By area the units of the city and of the county are counted apart."""
    checks = [check(1, 5), check(2, 6, "fire"), check(3, 7, levels=("city",))]
    plan = planned(town(checks, RuleSet(caps=(CapRule("area", ("area",), 1),))))
    assert len(plan.visits) == 2


def test_by_item() -> None:
    """By item visits are counted, not checks: two checks of one item on one day are one."""
    rules = RuleSet(caps=(CapRule("item", ("item",), 1),))
    assert not planned(town([check(1, 5), check(2, 5)], rules)).left_out
    checks = [check(1, 5), check(2, 6), check(3, 7, item="mine-2")]
    assert len(planned(town(checks, rules)).visits) == 2
    only = RuleSet(caps=(CapRule("item", (), 1, items=("mine-2",)),))
    assert not planned(town(checks, only)).left_out


@pytest.mark.parametrize(
    ("field", "named", "other"),
    [
        ("zones", ("high-tech",), ("port",)),
        ("enterprises", ("E",), ("F",)),
        ("sizes", ("small",), ("large",)),
        ("risks", ("A",), ("B",)),
        ("industries", ("B",), ("52",)),
        ("departments", ("mine",), ("fire",)),
        ("levels", ("county",), ("city",)),
        ("areas", ("140302",), ("140303",)),
        ("items", ("mine-1",), ("mine-2",)),
    ],
)
def test_filters(field: str, named: tuple[str, ...], other: tuple[str, ...]) -> None:
    """A cap holds for what its lists name, and for nothing else."""
    checks = [check(1, 5), check(2, 6)]
    for words, visits in ((named, 1), (other, 2)):
        rule = CapRule("cap", (), 1, **{field: words})
        plan = planned(town(checks, RuleSet(caps=(rule,)), zones=("high-tech",)))
        assert len(plan.visits) == visits, words


def test_several_caps_hold_at_once() -> None:
    """The cap by department and the one over all bind together: the smaller leaves more out."""
    checks = [check(n, d, ("mine", "fire")[n % 2]) for n, d in enumerate(DAYS)]
    caps = (CapRule("each", ("department",), 3), CapRule("all", (), 4))
    plan = planned(town(checks, RuleSet(caps=caps)))
    assert len(plan.visits) == 4
    assert {out.reason["rule"] for out in plan.left_out} <= {"each", "all"}


def test_a_cap_in_place_of_another() -> None:
    """A looser cap that replaces the general one holds for what it counts, and no further."""
    general = CapRule("general", ("department",), 1)
    coal = CapRule("coal", ("department",), 3, departments=("mine",), replaces=("general",))
    checks = [
        *(check(n, d) for n, d in enumerate(DAYS)),
        check(8, 14, "fire"),
        check(9, 15, "fire"),
    ]
    assert len(planned(town(checks, RuleSet(caps=(general, coal)))).visits) == 4
    elsewhere = CapRule("coal", ("department",), 3, industries=("52",), replaces=("general",))
    assert len(planned(town(checks, RuleSet(caps=(general, elsewhere)))).visits) == 2


def test_visits_made_that_do_not_say_who_came_count_everywhere() -> None:
    """Unit and item of a visit made, where said, keep it from the other levels and items."""
    city = CapRule("city", ("department", "level"), 1, levels=("city",))
    item = CapRule("item", ("item",), 1)
    on = date(2026, 1, 2)
    checks = [check(1, 6, levels=("city",))]

    def out(rule: CapRule, visit: VisitMade) -> int:
        return len(planned(town(checks, RuleSet(caps=(rule,)), made=(visit,))).left_out)

    assert out(city, VisitMade("E", on, "mine", "daily")) == 1
    assert out(city, VisitMade("E", on, "mine", "daily", "mine-city")) == 1
    assert out(city, VisitMade("E", on, "mine", "daily", "mine-county")) == 0
    assert out(item, VisitMade("E", on, "mine", "daily")) == 1
    assert out(item, VisitMade("E", on, "mine", "daily", item="mine-2")) == 0
    assert out(item, VisitMade("E", on, "fire", "daily")) == 0


@pytest.mark.parametrize(("uses", "visits"), [(False, 3), (True, 2)])
def test_whether_exempt_visits_use_up_the_cap(uses: bool, visits: int) -> None:
    """Exempt visits are always made; a setting says whether they leave room for others."""
    checks = [check(1, 5, source="complaint"), check(2, 6), check(3, 7)]
    rules = RuleSet(caps=(CapRule("cap", ("department",), 2),), exempt_uses_cap=uses)
    assert len(planned(town(checks, rules)).visits) == visits


@pytest.mark.parametrize(("counts", "lost"), [(True, 1), (False, 0)])
def test_whether_a_rider_counts(counts: bool, lost: int) -> None:
    """A planned check that rides on an exempt visit counts for its department, or does not."""
    checks = [check(1, 5, source="complaint"), check(2, 5), check(3, 7)]
    rules = RuleSet(caps=(CapRule("cap", ("department",), 1),), rider_counts=counts)
    assert len(planned(town(checks, rules)).left_out) == lost


def test_yearly_cap_of_an_item() -> None:
    """Checks of an item, not visits, are counted against its own yearly cap."""
    capped = {"mine-1": Item("mine-1", "", "mine", yearly_cap=1)}
    plan = planned(town([check(1, 5), check(2, 5)], RuleSet(), items=capped))
    assert list(left(plan).values()) == ["cap"]
