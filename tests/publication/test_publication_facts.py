"""What the pages count, against counting by hand and against other libraries."""

import dataclasses
import json
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.publication.charts.heat import LEVELS, DayLoad, level_step, shade
from optimizer.publication.charts.scale import step_for, ticks
from optimizer.publication.charts.svg import fit, num, text_width
from optimizer.publication.facts import gather
from optimizer.publication.facts.year import quiet_on
from optimizer.publication.given import read_documents
from optimizer.publication.text import clean, fixed, percent, rate


@pytest.fixture(scope="module")
def documents(run):
    """The parsed documents of an ordinary run."""
    return read_documents(run.documents)


@pytest.fixture(scope="module")
def facts(documents):
    """What is counted of them."""
    return gather(documents)


def test_before_and_after_count_the_same_work(documents, facts):
    """Every check in a visit counts once before merging, every visit once after."""
    found = facts.merging.frequencies
    assert sum(n * before for n, (before, _) in found.items()) == facts.merging.total.unmerged
    assert sum(n * after for n, (_, after) in found.items()) == facts.merging.total.plan
    enterprises = {visit["enterprise"] for visit in documents.plan["visits"]}
    assert sum(after for _, after in found.values()) == len(enterprises)
    assert sum(before for before, _ in found.values()) == len(enterprises)


def test_gap_counts_what_is_left_out(documents, facts):
    """(visits + left out - bound) / bound, exactly."""
    plan = documents.plan
    bound = plan["bound"]["visits"]
    expected = Fraction(len(plan["visits"]) + len(plan["left_out"]) - bound, bound)
    assert facts.merging.gap == expected
    assert plan["left_out"]


def test_bounds_of_counties_add_up_to_the_bound(facts):
    """No enterprise's bound is lost or counted twice between counties."""
    assert sum(row.bound or 0 for row in facts.merging.counties) == facts.merging.total.bound


def test_joint_visits_of_departments(documents, facts):
    """A department's joint visits are those with a check of someone else, and no more than all."""
    for row in facts.merging.departments:
        count = 0
        for visit in documents.plan["visits"]:
            found = {unit["unit"].rpartition("-")[0] for unit in visit["seats"]}
            count += row.key in found and len(found) > 1
        assert row.joint == count
        assert 0 < count <= row.plan


def test_days_months_and_counties_add_up_to_the_plan(documents, facts):
    """The calendar, its table and the counties' table show the same visits and half-days."""
    visits = documents.plan["visits"]
    used = sum(s["inspectors"] * s["effort"] for v in visits for s in v["seats"])
    assert sum(d.visits for d in facts.days) == len(visits)
    assert sum(d.used for d in facts.days) == used == sum(m.used for m in facts.months)
    assert sum(m.visits for m in facts.months) == len(visits)
    assert sum(n for line in facts.counties.values() for n in line.values()) == len(visits)
    capacity = sum(sum(line) for line in documents.problem["capacity"].values())
    assert sum(m.capacity for m in facts.months) == capacity


def test_workloads_are_those_of_the_teams(documents, facts):
    """Loads as drawn add up to the seats' half-days, expected ones to the same number."""
    teams = documents.teams["teams"]
    seats = Counter(u for units in teams.values() for u, ids in units.items() for _ in ids)
    for load in facts.loads:
        assert load.seats == seats[load.unit]
        assert sum(value * n for value, n in load.drawn) == load.seats
        assert sum(n for _, n in load.drawn) == load.inspectors
        low, high = load.expected
        assert low <= Fraction(load.seats, load.inspectors) <= high
    assert sum(load.seats for load in facts.loads) == sum(seats.values())


def test_departments_add_up_to_the_draw(documents, facts):
    """Drawn and expected numbers by department are those of the draw's document."""
    drawn = documents.draw["distinct"]["drawn"]
    assert sum(row.sampled for row in facts.departments) == drawn
    assert sum(row.expected for row in facts.departments) == drawn


def test_an_empty_plan_is_published_too():
    """A run that drew nothing still makes every page."""
    from synthetic_run import make_run

    from optimizer.publication import publish

    run = make_run(enterprises=20, departments=1)
    documents = dict(run.documents)

    def change(name, **fields):
        path = f"transcript/{name}.json"
        documents[path] = json.dumps({**json.loads(documents[path]), **fields}).encode()

    states = {"by_department": {}, "by_county": {}}
    empty = {"unmerged": 0, "department_merged": 0, "visits": 0, **states}
    bound = {"visits": 0, "enterprises": {}}
    change("checks", checks=[], offsite=[])
    change("plan", visits=[], left_out=[], bound=bound, unmerged=[], comparison=empty)
    change("odds", parts=[])
    change("teams", teams={})
    change("problem", capacity={}, enterprises={})
    files = publish(dataclasses.replace(run, documents=documents))
    assert "本计划没有需要入企的检查" in files["index.html"].decode()
    assert "没有记录" in files["notice-results.html"].decode()


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.tuples(st.integers(1, 31), st.integers(1, 31)) | st.none(),
    st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 9))),
    st.sampled_from([{}, {"zones": ["z"]}, {"enterprises": ["E"]}, {"industries": ["F"]}]),
)
def test_quiet_days_are_those_of_the_rules(day, month_days, spans, whom):
    """Days of the month and dated spans, both ends included, for some or for everyone."""
    dated = [(first, first + timedelta(days=length)) for first, length in spans]
    rule = {**whom, "spans": [f"{a}/{b}" for a, b in dated]}
    rule |= {"month_days": list(month_days)} if month_days else {}
    quiet = bool(month_days) and day.day in range(month_days[0], month_days[1] + 1)
    quiet = quiet or any((day - a).days >= 0 and (b - day).days >= 0 for a, b in dated)
    expected = "" if not quiet else "part" if whom else "all"
    assert quiet_on({"quiet": [rule]}, day) == expected
    assert quiet_on({"quiet": [rule, {"spans": [f"{day}/{day}"]}]}, day) == "all"


@given(st.fractions(-(10**6), 10**6), st.integers(0, 6))
def test_decimals_round_half_up(value, places):
    """As `decimal` does it with enough digits."""
    exact = Decimal(value.numerator * 10**30 // value.denominator) / Decimal(10**30)
    shown = fixed(value, places).replace(",", "").replace("−", "-")
    if value.denominator <= 1000:  # the quotient above is then far enough from every tie, or exact
        if 10**places * 2 % value.denominator == 0:
            exact = Decimal(value.numerator) / Decimal(value.denominator)
        assert Decimal(shown) == exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert abs(Fraction(shown) - value) <= Fraction(1, 2 * 10**places)


def test_rates_read_as_bureaus_write_them():
    """Per cent without needless zeros; no total gives a dash, not an error."""
    assert [rate(Fraction(3, 100)), rate(Fraction(1, 1000)), rate(Fraction(1))] == [
        "3%",
        "0.1%",
        "100%",
    ]
    assert percent(1, 3) == "33.3%"
    assert percent(1, 0) == "–"
    assert percent(-1, 8) == "−12.5%"


@given(st.integers(0, 10**7), st.integers(1, 12))
def test_axes_cover_their_range_in_round_steps(top, parts):
    """Marks begin at 0, end at or above the top, are even, and no more than asked for."""
    marks = ticks(top, parts)
    steps = {b - a for a, b in pairwise(marks)}
    assert marks[0] == 0
    assert marks[-1] >= top
    assert len(marks) <= parts + 1
    assert steps == {step_for(max(top, 1), parts)}
    assert str(steps.pop()).rstrip("0") in ("1", "2", "5")


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1))
def test_shades_grow_with_the_load(pairs):
    """Nothing used is the lightest; a larger share is never lighter; none is off the scale."""
    days = [DayLoad(date(2026, 1, 1), True, 0, used, capacity, "") for used, capacity in pairs]
    step = level_step(days)
    known = sorted((Fraction(u, c), shade(u, c, step)) for u, c in pairs if c)
    shades = [found for _, found in known]
    assert shades == sorted(shades)
    assert all(0 <= found <= LEVELS for found in shades)
    assert all((found == 0) == (share == 0) for share, found in known)
    assert all(share * 100 <= found * step for share, found in known)


@given(st.text(max_size=60), st.integers(20, 300))
def test_labels_fit_their_room(text, room):
    """A label is whole where there is room, else cut with an ellipsis, never wider."""
    shown = fit(text, 13, room)
    assert text_width(shown, 13) <= room
    assert shown == clean(text) or shown.endswith("…")


@given(st.text())
def test_cleaned_text_is_stable_and_keeps_what_can_be_seen(text):
    """Cleaning twice is cleaning once; Chinese, letters, digits and punctuation stay."""
    once = clean(text)
    assert clean(once) == once
    assert clean("阳泉市 Ａ-1 “引号” café 𠮷野家") == "阳泉市 Ａ-1 “引号” café 𠮷野家"
    assert not any(0x202A <= ord(c) <= 0x202E or ord(c) < 9 for c in once)


@given(st.floats(-1e5, 1e5))
def test_coordinates_are_plain_decimals(value):
    """No exponent, no negative zero, at most two decimals."""
    shown = num(value)
    assert "e" not in shown
    assert shown != "-0"
    assert abs(float(shown) - value) <= 0.0051
    assert len(shown.partition(".")[2]) <= 2
