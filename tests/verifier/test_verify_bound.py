"""The bound's proofs against trying everything: the true number is accepted, any other refused."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_documents import (
    Document,
    amounts,
    at_enterprises,
    bound_document,
    clashes,
    documents,
    group_days,
    hopeless,
    least_groups,
    plan_document,
    possible,
    priced,
    seats_of,
    some_plan,
    text_of,
    tiny,
    with_caps,
    words_of,
    written,
)

from optimizer.verifier import verify

Claims = dict[str, tuple[int, Any, int]]
seeds = st.integers(0, 2**32)
tried = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


class Case:
    """A tiny problem with a plan that keeps every rule, and its exact claims."""

    def __init__(self, seed: int, **kind: Any) -> None:
        self.rng = random.Random(seed)
        problem, self.checks = tiny(self.rng, **kind)
        self.listed, self.problem = documents(problem, self.checks)
        self.own = at_enterprises(self.checks)
        self.placed, self.lost = some_plan(self.rng, self.problem, self.checks)
        self.claims: Claims = {
            e: (least_groups(self.problem, own), "exact", hopeless(self.problem, own))
            for e, own in self.own.items()
        }

    def plan(
        self,
        claims: Claims,
        capacity: Document | None = None,
        left_out: Document | None = None,
    ) -> Document:
        bound = bound_document(self.checks, claims, capacity, left_out)
        words = words_of(self.lost, claims, bound["left_out"]["lower"])
        return plan_document(self.problem, self.placed, self.lost, bound, words)

    def check(self, plan: Document) -> list[verify.Check]:
        return verify.check_plan_documents(
            written(self.listed), written(self.problem), written(plan)
        )

    def refused(self, plan: Document) -> str:
        """The place of the fault."""
        with pytest.raises(verify.Fault) as found:
            self.check(plan)
        assert found.value.file == "transcript/plan.json"
        assert "made sense" not in found.value.what, found.value.what
        return found.value.place


def wrong_by_one(claims: Claims, enterprise: str) -> list[Claims]:
    lower, proof, lost = claims[enterprise]
    other = [(lower + 1, proof, lost), (lower - 1, proof, lost), (lower, proof, lost + 1)]
    if lost:
        other.append((lower, proof, lost - 1))
    return [{**claims, enterprise: claim} for claim in other if claim[0]]


@tried
@given(seeds)
def test_exact_numbers(seed: int) -> None:
    """Least groups and checks in no group are those of all partitions and all sets."""
    case = Case(seed, enterprises=2, most=4)
    lines = case.check(case.plan(case.claims))
    assert [line.name for line in lines] == ["checks", "problem", "plan", "bound"]
    assert all(line.ok for line in lines)
    for enterprise in case.claims:
        for claims in wrong_by_one(case.claims, enterprise):
            assert case.refused(case.plan(claims)).startswith("bound.enterprises." + enterprise)


@tried
@given(seeds)
def test_numbers_under_caps_and_gap(seed: int) -> None:
    """The search equals trying every set of dated visits, in one calendar year and in two."""
    case = Case(seed, most=5, days=6)
    least, lost = with_caps(case.problem, case.checks)
    assert least >= case.claims["E0"][0]
    assert lost >= case.claims["E0"][2]
    claims: Claims = {"E0": (least, "caps", lost)}
    case.check(case.plan(claims))
    for wrong in wrong_by_one(claims, "E0"):
        if wrong["E0"][0] == 1 and not wrong["E0"][2] and case.claims["E0"] == (1, "exact", 0):
            case.check(case.plan(wrong))  # not listed: no claim beyond one visit, which holds
        else:
            assert case.refused(case.plan(wrong)).startswith("bound.enterprises.E0")


@tried
@given(seeds)
def test_checks_in_no_group(seed: int) -> None:
    """The few sets tried for a check find a group for it whenever any set is one."""
    problem, checks = tiny(random.Random(seed), most=7, days=6, people=(1, 3))
    held = verify.Problem(problem)
    site = verify.Site(held, "E0", held.days_as_group)
    site.checks = site.lost = checks
    assert site.hopeless(verify.Work(0)) == hopeless(problem, checks)


def test_a_check_may_need_company() -> None:
    """Among the cases tried, some checks are in a group though they are none alone."""
    found = 0
    for seed in range(400):
        problem, checks = tiny(random.Random(seed), most=7, days=6, people=(1, 3))
        alone = sum(not group_days(problem, [check]) for check in checks)
        found += alone > hopeless(problem, checks)
    assert found > 20


@pytest.mark.parametrize("start", ["2026-12-29", "2026-03-02"])
def test_caps_search_without_a_good_witness(start: str) -> None:
    """From a plan that leaves all out, the search finds the least numbers all the same."""
    for seed in range(150):
        problem, checks = tiny(random.Random(seed), most=4, days=6, wide=seed % 2 == 0, start=start)
        held = verify.Problem(problem)
        site = verify.Site(held, "E0", held.days_as_group)
        site.checks = site.lost = checks
        found = verify.CapsSearch(site, verify.Work(0)).least()
        assert found == with_caps(problem, checks), seed


def test_caps_prove_more_than_groups() -> None:
    """Among the cases tried, caps and gap raise both numbers, in each way of counting."""
    more: dict[str, int] = {}
    for seed in range(300):
        problem, checks = tiny(random.Random(seed), most=4, days=6)
        least, lost = with_caps(problem, checks)
        rules = problem["rules"]
        for name, raised in (
            ("visits", least > least_groups(problem, checks)),
            ("left out", lost > hopeless(problem, checks)),
        ):
            marks = [name]
            marks += ["two years"] if rules["caps"] and "2027" in text_of(problem, 5) else []
            marks += [k for k in ("rider_counts", "exempt_uses_cap") if rules[k]]
            marks += ["joint_counts_each"] if rules["joint_counts_each"] else []
            marks += ["made"] if problem["visits_made"] else []
            for mark in marks:
                more[mark] = more.get(mark, 0) + raised
    assert len(more) == 7
    assert min(more.values()) >= 5, more


@settings(max_examples=300, deadline=None)
@given(seeds)
def test_days_of_visits_that_keep_apart(seed: int) -> None:
    """Visits can be dated exactly when some choice of days of their own keeps the gap."""
    rng = random.Random(seed)
    gap, many = rng.randint(0, 4), rng.randint(1, 4)
    asked = tuple((rng.randrange(1, 2**8), rng.random() < 0.4) for _ in range(many))
    days = [[d for d in range(8) if mask >> d & 1] for mask, _ in asked]
    fine = False
    for chosen in itertools.product(*days):
        apart = sorted(d for d, (_, free) in zip(chosen, asked, strict=True) if not free)
        fine |= len(set(chosen)) == many and all(b - a >= gap for a, b in itertools.pairwise(apart))
    assert verify.can_be_dated(asked, gap) == fine


def test_the_later_end_may_be_the_better_one() -> None:
    """Of two orders, the one that ends later may leave the next visit its day."""
    asked = ((0b110, False), (0b1010, True), (0b10000, False))
    assert verify.can_be_dated(asked, 3)
    assert not verify.can_be_dated(asked, 4)


def share(problem: Document, group: list[Document]) -> bool:
    """Whether checks could share a visit by the relaxed rule."""
    days = range(len(problem["calendar"]["working"]))
    return not clashes(problem, group) and any(
        all(possible(problem, check, day) for check in group) for day in days
    )


@tried
@given(seeds)
def test_lists_of_checks_apart(seed: int) -> None:
    """A list is accepted exactly when no two of its checks can share a visit."""
    case = Case(seed, most=6, days=5)
    for size in range(1, len(case.checks) + 1):
        chosen = sorted(case.rng.sample(case.checks, size), key=lambda c: c["id"])
        apart = not any(share(case.problem, list(p)) for p in itertools.combinations(chosen, 2))
        plan = case.plan({"E0": (size, [c["id"] for c in chosen], case.claims["E0"][2])})
        if size == 1 and not case.claims["E0"][2]:
            continue
        if apart:
            assert size <= case.claims["E0"][0]
            case.check(plan)
            plan["bound"]["enterprises"]["E0"]["lower"] += 1
            assert case.refused(plan) == "bound.enterprises.E0.lower"
        else:
            assert case.refused(plan).startswith("bound.enterprises.E0.proof[")


@tried
@given(seeds)
def test_weights(seed: int) -> None:
    """Weights are accepted exactly up to the heaviest set that is possible on one day."""
    case = Case(seed, most=6, days=5)
    weights = {c["id"]: case.rng.randint(1, 5) for c in case.checks if case.rng.random() < 0.9}
    if not weights:
        return
    heaviest = max(weights.values())
    for day in range(len(case.problem["calendar"]["working"])):
        here = [c for c in case.checks if c["id"] in weights and possible(case.problem, c, day)]
        for size in range(1, len(here) + 1):
            for group in itertools.combinations(here, size):
                if not clashes(case.problem, list(group)):
                    heaviest = max(heaviest, sum(weights[c["id"]] for c in group))
    lost = case.claims["E0"][2]
    for of in (heaviest, heaviest + 1):
        least = -(-sum(weights.values()) // of)
        assert least <= case.claims["E0"][0]
        if least > 1 or lost:
            case.check(case.plan({"E0": (least, {"weights": weights, "of": of}, lost)}))
            for other in (least - 1, least + 1):
                plan = case.plan({"E0": (least, {"weights": weights, "of": of}, lost)})
                plan["bound"]["enterprises"]["E0"]["lower"] = other
                assert case.refused(plan).startswith("bound.enterprises.E0.lower")
    if heaviest > 1:
        least = -(-sum(weights.values()) // (heaviest - 1))
        plan = case.plan({"E0": (max(2, least), {"weights": weights, "of": heaviest - 1}, lost)})
        assert case.refused(plan).startswith("bound.enterprises.E0.")


def some_prices(case: Case) -> list[list[Any]]:
    """Prices on what groups take: of some rows on all days, or on some."""
    prices = {}
    share = case.rng.choice([0.6, 1.0])
    for own in case.own.values():
        for check in own:
            for unit, kind, skill, _ in amounts(seats_of(case.problem, [check])[1]):
                row = case.rng.randint(0, 2)
                for day in group_days(case.problem, [check]):
                    if row and case.rng.random() < share:
                        prices[unit, kind, skill, text_of(case.problem, day)] = row
    return [[*key, p] for key, p in sorted(prices.items())]


TIGHT = {"enterprises": 4, "most": 3, "days": 2, "caps": False, "people": (2, 3), "wide": True}


@tried
@given(seeds)
def test_prices(seed: int) -> None:
    """What prices prove is recomputed, for visits and for checks left out."""
    case = Case(seed, **TIGHT)
    of, prices = case.rng.randint(1, 6), some_prices(case)
    least = {e: claim[0] for e, claim in case.claims.items()}
    lost = {e: claim[2] for e, claim in case.claims.items()}
    lower = priced(case.problem, case.checks, prices, of, least, of)
    out = priced(case.problem, case.checks, prices, of, lost, 0)
    assert lower <= len(case.placed) + len(case.lost)
    assert out <= len(case.lost)
    if lower < 0 or out < 0:
        return
    one = {"of": of, "prices": prices, "lower": lower}
    two = {"of": of, "prices": prices, "lower": out}
    case.check(case.plan(case.claims, one, two))
    case.check(case.plan(case.claims, one))
    case.check(case.plan(case.claims, None, two))
    for step in (-1, 1):
        if lower + step >= 0:
            plan = case.plan(case.claims, {**one, "lower": lower + step}, two)
            assert case.refused(plan) == "bound.capacity.lower"
        if out + step >= 0:
            plan = case.plan(case.claims, one, {**two, "lower": out + step})
            assert case.refused(plan) == "bound.left_out.capacity.lower"


def test_prices_prove_more_than_enterprises() -> None:
    """Among the cases tried, prices raise the bound and the number that must be left out."""
    visits = lost = 0
    for seed in range(300):
        case = Case(seed, **TIGHT)
        prices = some_prices(case)
        for of in (2, 4, 6):
            least = {e: claim[0] for e, claim in case.claims.items()}
            out = {e: claim[2] for e, claim in case.claims.items()}
            more = priced(case.problem, case.checks, prices, of, least, of)
            visits += more > sum(least.values())
            lost += priced(case.problem, case.checks, prices, of, out, 0) > sum(out.values())
    assert visits >= 10, (visits, lost)
    assert lost >= 10


@tried
@given(seeds)
def test_words_of_checks_left_out(seed: int) -> None:
    """Each proof of a check left out is the one word that holds."""
    case = Case(seed, enterprises=2, most=3, days=5, people=(1, 3))
    plan = case.plan(case.claims)
    case.check(plan)
    for index, entry in enumerate(plan["left_out"]):
        for word in ("enterprise", "capacity", "not proved"):
            if word != entry["proof"]:
                wrong = [*plan["left_out"]]
                wrong[index] = {**entry, "proof": word}
                place = case.refused({**plan, "left_out": wrong})
                assert place == f"left_out[{index}].proof"


@tried
@given(seeds)
def test_what_must_be_listed(seed: int) -> None:
    """An enterprise that needs a proof is missed, one that needs none is refused."""
    case = Case(seed, enterprises=2, most=4)
    plan = case.plan(case.claims)
    listed = plan["bound"]["enterprises"]
    for enterprise, (lower, _, lost) in case.claims.items():
        if enterprise in listed:
            rest = {e: claim for e, claim in listed.items() if e != enterprise}
            wrong = {
                **plan["bound"],
                "enterprises": rest,
                "visits": plan["bound"]["visits"] + 1 - lower,
            }
        else:
            more = {"lower": 1, "proof": "exact", "left_out": 0}
            assert (lower, lost) == (1, 0)
            wrong = {**plan["bound"], "enterprises": {**listed, enterprise: more}}
        assert case.refused({**plan, "bound": wrong}) == "bound.enterprises." + enterprise
