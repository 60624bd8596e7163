"""Prices at enterprises with more than 8 checks: what some of them pay in any company."""

from __future__ import annotations

import functools
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_documents import (
    Document,
    Group,
    amounts,
    at_enterprises,
    bound_document,
    clashes,
    documents,
    fits_beside,
    group_days,
    least_sum,
    partitions,
    plan_document,
    possible,
    room,
    seats_of,
    text_of,
    tiny,
    words_of,
    written,
)

from optimizer.verifier import verify

MANY = 9
PLACE = "bound.left_out.capacity"
seeds = st.integers(0, 2**32)
tried = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


class Case:
    """An enterprise with nine checks and one with a few, which ask for the same few half-days.

    One unit attends each of the nine; if `varied`, two attend some, most items take a whole day or
    ask for several skills, and leads may be more than an item asks for.
    """

    def __init__(self, seed: int, *, varied: bool = False) -> None:
        self.rng = rng = random.Random(seed)
        days, people = rng.randint(2, 4), (1, 5 if varied else 3)
        problem, few = tiny(rng, enterprises=1, most=3, days=days, caps=False, people=people)
        if varied:
            vary(rng, problem)
        items = sorted(problem["items"])
        checks = [
            {**few[0], "id": f"m{n}", "enterprise": "M", "item": rng.choice(items)}
            for n in range(MANY)
        ]
        for check in checks:
            release = rng.randrange(days)
            check["release"] = text_of(problem, release)
            check["due"] = text_of(problem, rng.randrange(release, days))
            units = sorted(problem["units"])
            check["units"] = sorted(rng.sample(units, rng.randint(1, len(units)) if varied else 1))
        problem["enterprises"]["M"] = problem["enterprises"]["E0"]
        self.checks = sorted([*few, *checks], key=lambda check: str(check["id"]))
        self.listed, self.problem = documents(problem, self.checks)
        self.own = at_enterprises(self.checks)
        self.placed = [([c], d) for c in checks[:1] for d in group_days(problem, [c])[:1]]
        if rng.random() < 0.5 or not fits_beside(problem, self.placed):
            self.placed = []
        done = [check for group, _ in self.placed for check in group]
        self.lost = [check for check in self.checks if check not in done]
        self.grouped = {e: in_groups(self.problem, own) for e, own in self.own.items()}
        self.claims = {e: (self._groups(e), "exact", self.lost_alone(e)) for e in self.own}

    def _groups(self, enterprise: str) -> int:
        held = verify.Problem(self.problem)
        site = verify.Site(held, enterprise, held.days_as_group)
        site.checks = site.lost = self.own[enterprise]
        return site.least()

    def lost_alone(self, enterprise: str) -> int:
        return len(self.own[enterprise]) - len(self.grouped[enterprise])

    def prices(self) -> list[list[Any]]:
        found = {}
        for check in self.checks:
            for unit, kind, skill, _ in amounts(seats_of(self.problem, [check])[1]):
                price = self.rng.randint(0, 2)
                for day in range(len(self.problem["calendar"]["working"])):
                    if price:
                        found[unit, kind, skill, text_of(self.problem, day)] = price
        return [[*key, price] for key, price in sorted(found.items())]

    def cost(self, prices: list[list[Any]], rows: Iterable[Any], days: list[int]) -> int:
        price = {tuple(row[:4]): row[4] for row in prices}
        wanted = list(rows)
        return min(
            sum(n * price.get((u, k, s, text_of(self.problem, day)), 0) for u, k, s, n in wanted)
            for day in days
        )

    def at_least(
        self, prices: list[list[Any]], of: int, part: int, leads: bool = False, once: int = 0
    ) -> int:
        """The least that the nine pay; with `once`, each companion in one visit where few come."""
        here = [check for check in self.own["M"] if check["id"] in self.grouped["M"]]
        least = of * self.lost_alone("M")
        if not once:
            return least + self.in_any_company(prices, of, part, leads, here)
        for own in tied(here, {row[0] for row in prices}):
            paid = self.each_once(prices, of, once, own, here)
            if paid is None:
                paid = self.in_any_company(prices, of, part, leads, own)
            least += paid
        return least

    def in_any_company(
        self, prices: list[list[Any]], of: int, part: int, leads: bool, own: Group
    ) -> int:
        """The least that some checks pay, of those looked at every partition tried."""
        days = range(len(self.problem["calendar"]["working"]))

        @functools.cache
        def cost(members: tuple[int, ...]) -> int | None:
            group = [looked_at[n] for n in members]
            common = [d for d in days if all(possible(self.problem, c, d) for c in group)]
            if not common or clashes(self.problem, group):
                return None
            if leads:
                return self.least_beside(prices, of, group, may_come, common)
            rows = [row for row in amounts(asked_of(self.problem, group)) if row[1] != "pairs"]
            return min(
                self.cost(prices, [*rows, *pairs_of(self.problem, group, may_come, day)], [day])
                for day in common
            )

        may_come = [check for check in self.own["M"] if check["id"] in self.grouped["M"]]
        looked_at = own
        looked_at = [check for n, check in enumerate(own) if cost((n,))][:part]
        cost.cache_clear()
        best = of * len(looked_at)
        for parts in partitions(list(range(len(looked_at)))):
            costs = [cost(tuple(members)) for members in parts]
            if None not in costs:
                both = zip(parts, costs, strict=True)
                best = min(best, sum(min(of * len(p), c or 0) for p, c in both))
        return best

    def least_beside(
        self, prices: list[list[Any]], of: int, group: Group, beside: Group, days: list[int]
    ) -> int:
        """The least that a visit with some checks pays on some days, or what it is to lose them."""
        units = {row[0] for row in prices}
        seats = {day: seats_on(self.problem, group, beside, day) for day in days}
        asked = {day: [seat for seat in seats[day] if seat["unit"] in units] for day in days}
        return min(
            (
                self.cost(prices, amounts(asked[day]), [day])
                for day in days
                if enough(self.problem, asked[day], day)
            ),
            default=of * len(group),
        )

    def each_once(
        self, prices: list[list[Any]], of: int, most: int, own: Group, here: Group
    ) -> int | None:
        """The least over every partition of those that pay and of who lets a unit join them."""
        units = {row[0] for row in prices}
        days = range(len(self.problem["calendar"]["working"]))

        def open_to(group: Group) -> list[int]:
            fits = not clashes(self.problem, group)
            return [d for d in days if fits and all(possible(self.problem, c, d) for c in group)]

        pays = [c for c in own if self.least_beside(prices, of, [c], [c], open_to([c]))]
        also = [
            other
            for other in here
            if other not in pays
            and any(
                open_to([check, other]) and lets_join(self.problem, check, unit, other)
                for check in pays
                for unit in units & {*check["units"]}
            )
        ]
        every = [*pays, *also]
        if len(every) > most:
            return None

        @functools.cache
        def cost(members: tuple[int, ...]) -> int | None:
            visit = [every[n] for n in members]
            group = [check for check in visit if check in pays]
            if not group:
                return 0
            if len(members) > 1 and not open_to(visit):
                return None
            paid = self.least_beside(prices, of, group, visit, open_to(visit))
            return min(paid, of * len(group))

        best = of * len(pays)
        for parts in partitions(list(range(len(every)))):
            costs = [cost(tuple(members)) for members in parts]
            if None not in costs:
                best = min(best, sum(paid or 0 for paid in costs))
        return best

    def lower(
        self, prices: list[list[Any]], of: int, part: int, leads: bool = False, once: int = 0
    ) -> int:
        def real(group: Group, days: list[int]) -> int:
            return self.cost(prices, amounts(seats_of(self.problem, group)[1]), days)

        units = {row[0] for row in prices}
        total = 0
        for enterprise, own in self.own.items():
            paid = 0
            if any(units & set(check["units"]) for check in own):
                few = len(own) <= 8
                paid = least_sum(self.problem, own, real, of) if few else 0
                paid = self.at_least(prices, of, part, leads, once) if part and not few else paid
            total += max(of * self.lost_alone(enterprise), paid)
        horizon = range(len(self.problem["calendar"]["working"]))
        day_of = {text_of(self.problem, day): day for day in horizon}
        for unit, kind, skill, day, price in prices:
            total -= price * room(self.problem, unit, kind, skill, day_of[day])
        return -(-total // of)

    def plan(self, prices: list[list[Any]], of: int, lower: int, **more: Any) -> Document:
        claim = {"of": of, "prices": prices, "lower": lower, **more}
        bound = bound_document(self.checks, self.claims, None, claim)
        words = words_of(self.lost, self.claims, bound["left_out"]["lower"])
        return plan_document(self.problem, self.placed, self.lost, bound, words)

    def report(self, plan: Document) -> verify.Report:
        named = {"checks": self.listed, "problem": self.problem, "plan": plan}
        return verify.verify_plan({f"transcript/{n}.json": written(d) for n, d in named.items()})


def vary(rng: random.Random, problem: Document) -> None:
    """Items that take a whole day, and of several skills, whose holders are there or not."""
    problem["rules"]["team"]["lead"] = rng.choice([2, 2, 3, 4])
    skills = ("gas", "lab", "lift")
    for item in problem["items"].values():
        item["effort"] = rng.choice([1, 2, 2])
        item["skills"] = sorted(rng.sample(skills, rng.choice([0, 0, 1, 2, 3, 3])))
    for unit, present in problem["present"].items():
        for skill in skills:
            holders = [rng.randint(min(1, n), n) for n in present]
            problem["skill_present"][unit][skill] = holders
            problem["skill_capacity"][unit][skill] = [rng.randint(n, 2 * n) for n in holders]


def in_groups(problem: Document, own: Group) -> set[str]:
    """The checks that are in some group: all sets are tried."""
    found: set[str] = set()
    for bits in range(1, 1 << len(own)):
        group = [check for n, check in enumerate(own) if bits >> n & 1]
        if not {check["id"] for check in group} <= found and group_days(problem, group):
            found |= {check["id"] for check in group}
    return found


def asked_of(problem: Document, group: Group) -> list[Document]:
    """The fewest seats of any visit with these checks."""
    seats: dict[str, Document] = {}
    team = problem["rules"]["team"]
    for check in group:
        item = problem["items"][check["item"]]
        people = min(team["other"], max(item["inspectors"], team["lead"]))
        for unit in check["units"]:
            seat = seats.setdefault(
                unit, {"unit": unit, "inspectors": 0, "effort": 0, "skills": []}
            )
            seat["inspectors"] = max(seat["inspectors"], people, len(item["skills"]))
            seat["effort"] = max(seat["effort"], item["effort"])
            seat["skills"] = sorted({*seat["skills"], *item["skills"]})
    return list(seats.values())


def tied(group: Group, units: set[str]) -> list[Group]:
    """Checks that some units attend, those together that are linked by units in common."""
    found: list[Group] = []
    left = [check for check in group if units & {*check["units"]}]
    while left:
        reached = {*left[0]["units"]} & units
        while (
            more := {
                unit
                for c in left
                if reached & {*c["units"]}
                for unit in c["units"]
                if unit in units
            }
            - reached
        ):
            reached |= more
        found.append([check for check in left if reached & {*check["units"]}])
        left = [check for check in left if not reached & {*check["units"]}]
    return found


def lets_join(problem: Document, check: Document, unit: str, other: Document) -> bool:
    """Whether the unit need not lead for its check where the other one is in the visit."""
    least, more = (problem["items"][one["item"]]["inspectors"] for one in (check, other))
    rivals = [name for name in other["units"] if name != unit]
    return any(more > least or (more == least and name < unit) for name in rivals)


def pairs_of(
    problem: Document, group: Group, beside: Group, day: int
) -> list[tuple[str, str, str, int]]:
    """The fewest pairs of half-days of any visit with these checks on a day, by unit."""
    seats = seats_on(problem, group, beside, day)
    return [row for row in amounts(seats) if row[1] == "pairs"]


def seats_on(problem: Document, group: Group, beside: Group, day: int) -> list[Document]:
    """The fewest seats of any visit with these checks on a day: who cannot join leads."""
    team = problem["rules"]["team"]
    seats = []
    for unit in sorted({unit for check in group for unit in check["units"]}):
        own = [check for check in group if unit in check["units"]]
        (seat,) = (seat for seat in asked_of(problem, own) if seat["unit"] == unit)
        most = max(problem["items"][check["item"]]["inspectors"] for check in own)
        rivals = [
            (problem["items"][other["item"]]["inspectors"], name)
            for other in beside
            if possible(problem, other, day)
            and not any(clashes(problem, [check, other]) for check in group if check is not other)
            for name in other["units"]
            if name != unit
        ]
        joins = any(n > most or (n == most and name < unit) for n, name in rivals)
        people = seat["inspectors"] if joins else max(most, team["lead"])
        seats.append({**seat, "inspectors": max(people, len(seat["skills"]))})
    return seats


def enough(problem: Document, seats: list[Document], day: int) -> bool:
    """Whether so many are there, for so many half-days each."""
    lines = {1: problem["present"], 2: problem["full"]}
    return all(lines[s["effort"]][s["unit"]][day] >= s["inspectors"] for s in seats)


@tried
@given(seeds, st.sampled_from(["", "leads", "companions"]), st.booleans())
def test_the_part_that_pays(seed: int, said: str, varied: bool) -> None:
    """The number is that of every partition of the part; any other is refused."""
    case = Case(seed, varied=varied)
    prices, of = case.prices(), case.rng.randint(1, 4)
    part = case.rng.randint(1, 6)
    once = case.rng.randint(1, 7) if said == "companions" else 0
    lower = case.lower(prices, of, part, bool(said), once)
    assert lower <= len(case.lost)
    if lower < 0 or not prices:
        return
    more: Document = {"part": part}
    more |= {"leads": True} if said else {}
    more |= {"companions": once} if once else {}
    report = case.report(case.plan(prices, of, lower, **more))
    assert report.ok, report.first_fault
    for wrong in (lower - 1, lower + 1):
        if wrong >= 0:
            fault = case.report(case.plan(prices, of, wrong, **more)).first_fault
            assert fault["place"] == PLACE + ".lower", fault


def test_the_part_proves_more() -> None:
    """What the nine pay raises the number, also above what the enterprises alone leave out."""
    more = alone = 0
    for seed in range(150):
        case = Case(seed)
        prices = case.prices()
        for row in sorted({tuple(price[:3]) for price in prices}):
            own = [price for price in prices if tuple(price[:3]) == row]
            none, some = case.lower(own, 4, 0), case.lower(own, 4, 6)
            assert none <= some
            more += none < some
            alone += some > sum(case.lost_alone(e) for e in case.own)
    assert more >= 50, (more, alone)
    assert alone >= 5


def test_pairs_of_a_lead_prove_more() -> None:
    """Who cannot join leads, and pays for it: more than the least that any company asks for."""
    more = 0
    for seed in range(150):
        case = Case(seed)
        for unit in sorted({unit for check in case.checks for unit in check["units"]}):
            days = range(len(case.problem["calendar"]["working"]))
            prices = [[unit, "pairs", "", text_of(case.problem, day), 1] for day in days]
            found = case.at_least(prices, 4, 6)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sys.modules[__name__], "pairs_of", pairs_in_any_company)
                more += case.at_least(prices, 4, 6) < found
    assert more >= 10, more


def by_units(case: Case) -> Iterator[list[list[Any]]]:
    """A price of 1 a day on one kind of what one unit has, on all days or those with a lead."""
    lead = case.problem["rules"]["team"]["lead"]
    days = range(len(case.problem["calendar"]["working"]))
    for unit in sorted({unit for check in case.checks for unit in check["units"]}):
        some = [day for day in days if case.problem["present"][unit][day] >= lead]
        for kind in ("capacity", "full", "pairs"):
            for dear in (days, some) if some else (days,):
                yield [[unit, kind, "", text_of(case.problem, day), 1] for day in dear]


@pytest.mark.parametrize("varied", [False, True])
def test_leads_prove_more(varied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot join pays for leading, and days without enough to lead are none."""
    more: Counter[str] = Counter()
    for seed in range(150):
        case = Case(seed, varied=varied)
        for prices in by_units(case):
            none, some = case.at_least(prices, 4, 6), case.at_least(prices, 4, 6, leads=True)
            assert none <= some
            more[prices[0][1]] += none < some
            with monkeypatch.context() as patch:
                patch.setattr(sys.modules[__name__], "enough", lambda *_: True)
                more["closed"] += case.at_least(prices, 4, 6, leads=True) < some
            lower, lead = case.lower(prices, 4, 6), case.lower(prices, 4, 6, leads=True)
            if 0 <= lower < lead:
                # What is proved with leads is refused without, and the other way round.
                here = {"part": 6, "leads": True}
                assert case.report(case.plan(prices, 4, lead, **here)).ok
                assert case.report(case.plan(prices, 4, lower, part=6)).ok
                for plan in (
                    case.plan(prices, 4, lower, **here),
                    case.plan(prices, 4, lead, part=6),
                ):
                    assert case.report(plan).first_fault["place"] == PLACE + ".lower"
                more["lower"] += 1
    assert min(more[kind] for kind in ("capacity", "closed", "lower")) >= 10, more
    assert min(more[kind] for kind in ("full", "pairs")) >= 3, more


@pytest.mark.parametrize("varied", [False, True])
def test_companions_prove_more(varied: bool) -> None:
    """Who lets a unit join is in one visit only: others of its checks lead, and pay for it."""
    more: Counter[str] = Counter()
    for seed in range(150):
        case = Case(seed, varied=varied)
        for prices in by_units(case):
            some = case.at_least(prices, 4, 6, leads=True)
            once = case.at_least(prices, 4, 6, leads=True, once=8)
            assert some <= once
            more[prices[0][1]] += some < once
            if some == once:
                continue
            lower, all_once = (case.lower(prices, 4, 6, leads=True, once=n) for n in (0, 8))
            if 0 <= lower < all_once:
                # What is proved with companions is refused without, and the other way round.
                here = {"part": 6, "leads": True}
                assert case.report(case.plan(prices, 4, all_once, **here, companions=8)).ok
                assert case.report(case.plan(prices, 4, lower, **here)).ok
                for plan in (
                    case.plan(prices, 4, lower, **here, companions=8),
                    case.plan(prices, 4, all_once, **here),
                ):
                    assert case.report(plan).first_fault["place"] == PLACE + ".lower"
                more["lower"] += 1
    assert min(more[kind] for kind in ("capacity", "pairs", "lower")) >= 2, more


def test_too_many_companions() -> None:
    """Where they are more than are looked at, anybody may come along to any visit, as without."""
    few = 0
    for seed in range(60):
        case = Case(seed)
        for prices in by_units(case):
            some, once = (case.at_least(prices, 4, 8, leads=True, once=n) for n in (1, 8))
            assert case.at_least(prices, 4, 8, leads=True) <= some <= once
            few += some < once
    assert few >= 5, few


@pytest.mark.parametrize("companions", [0, -1, True, None, "8"])
def test_companions_are_a_number_or_not_there(companions: object) -> None:
    """No other value stands for none; none are more than eight, at visits or without leads."""
    case = Case(1)
    prices = case.prices()
    assert prices
    here = {"part": 1, "leads": True}
    fault = case.report(case.plan(prices, 2, 0, **here, companions=companions)).first_fault
    assert fault["place"] == PLACE + ".companions"
    fault = case.report(case.plan(prices, 2, 0, **here, companions=9)).first_fault
    assert (fault["place"], fault["what"]) == (
        PLACE + ".companions",
        "is 9, more than the 8 that are looked at",
    )
    fault = case.report(case.plan(prices, 2, 0, part=1, companions=8)).first_fault
    assert (fault["place"], fault["what"]) == (PLACE + ".companions", "stands only beside leads")
    plan = case.plan(prices, 2, 0)
    plan["bound"]["capacity"] = {**plan["bound"]["left_out"]["capacity"], "companions": 8}
    fault = case.report(plan).first_fault
    assert fault["place"] == "bound.capacity.companions", fault


@pytest.mark.parametrize("leads", [False, 1, None, "true", {}])
def test_leads_is_true_or_not_there(leads: object) -> None:
    """No other value stands for none, and without a part or at visits there is none."""
    case = Case(1)
    prices = case.prices()
    assert prices
    fault = case.report(case.plan(prices, 2, 0, part=1, leads=leads)).first_fault
    assert fault["place"] == PLACE + ".leads"
    assert fault["what"].startswith("must be one of ")
    fault = case.report(case.plan(prices, 2, 0, leads=True)).first_fault
    assert (fault["place"], fault["what"]) == (PLACE + ".leads", "stands only beside a part")
    plan = case.plan(prices, 2, 0)
    plan["bound"]["capacity"] = {**plan["bound"]["left_out"]["capacity"], "leads": True}
    fault = case.report(plan).first_fault
    assert fault["place"] == "bound.capacity.leads", fault


def pairs_in_any_company(
    problem: Document, group: Group, _beside: Group, _day: int
) -> list[tuple[str, str, str, int]]:
    """The fewest pairs if every unit might always join."""
    return [row for row in amounts(asked_of(problem, group)) if row[1] == "pairs"]


@pytest.mark.parametrize("seed", range(12))
def test_no_partition_pays_less(seed: int) -> None:
    """What the part pays is no more than all checks pay in whatever visits there can be."""
    case = Case(seed, varied=seed % 2 == 1)
    prices, of = case.prices(), 3
    days = {
        bits: group_days(case.problem, [c for n, c in enumerate(case.own["M"]) if bits >> n & 1])
        for bits in range(1, 1 << MANY)
    }
    cost = {}
    for bits, open_days in days.items():
        group = [c for n, c in enumerate(case.own["M"]) if bits >> n & 1]
        rows = amounts(seats_of(case.problem, group)[1])
        least = case.cost(prices, rows, open_days) if open_days else of * len(group)
        cost[bits] = min(least, of * len(group))
    best = [0] * (1 << MANY)
    for rest in range(1, 1 << MANY):
        low = rest & -rest
        sub, best[rest] = rest, of * MANY
        while sub:
            if sub & low:
                best[rest] = min(best[rest], cost[sub] + best[rest ^ sub])
            sub = (sub - 1) & rest
    for part in (1, 3, 6, 8):
        assert case.at_least(prices, of, part) <= best[-1]
        assert case.at_least(prices, of, part, leads=True) <= best[-1]
        assert case.at_least(prices, of, part, leads=True, once=8) <= best[-1]


def test_the_part_has_a_limit() -> None:
    """More than eight are not looked at, none is no part, and visits have none."""
    case = Case(1)
    prices = case.prices()
    assert prices
    fault = case.report(case.plan(prices, 2, 0, part=9)).first_fault
    assert (fault["place"], fault["what"]) == (
        PLACE + ".part",
        "is 9, more than the 8 that are looked at",
    )
    fault = case.report(case.plan(prices, 2, 0, part=0)).first_fault
    assert fault["place"] == PLACE + ".part"
    plan = case.plan(prices, 2, 0)
    plan["bound"]["capacity"] = {**plan["bound"]["left_out"]["capacity"], "part": 1}
    fault = case.report(plan).first_fault
    assert fault["place"] == "bound.capacity.part", fault
