"""A town with every kind of proof: it holds; what is changed in it is refused and named."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutate import mutations
from plan_documents import (
    Dated,
    Document,
    Group,
    bound_document,
    documents,
    hopeless,
    least_groups,
    plan_document,
    text_of,
    tiny,
    with_caps,
    words_of,
    written,
)

from optimizer.verifier import verify

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "plan.md"
DAYS = 14
PRICES = [["fire", "capacity", "", "2026-03-02", 1]]


class Town:
    """A and B share one day of `fire`; C, D, E and F have proofs of their own."""

    def __init__(self, only: str = "ABCDEF") -> None:
        whole = tiny(random.Random(0))[0]
        flat = {"d1": "i1", "d2": "i2"}
        self.problem: Document = {
            **whole,
            "calendar": {"start": "2026-03-02", "working": "1" * DAYS},
            "items": {
                item: {
                    "department": department,
                    "inspectors": 2,
                    "effort": 1,
                    "skills": [],
                    "incompatible": [],
                    "yearly_cap": None,
                }
                for department, item in flat.items()
            },
            "visits_made": [],
        }
        cap = {"id": "once", "by": ["department"], "limit": 9, "limits": {"k2": 1}, "source": ""}
        settings = {"caps": [{**cap, "departments": [], "industries": []}], "quiet": []}
        team = {"lead": 2, "other": 1, "source": ""}
        rules = {**whole["rules"], **settings, "team": team, "gap_days": 2}
        self.checks: Group = []
        for name, first, last, unit in [
            ("A", 0, 0, "fire"), ("A", 0, 0, "fire"), ("B", 0, 0, "fire"), ("B", 0, 0, "fire"),
            *[("C", k % 3 * 5, k % 3 * 5 + 1, "water") for k in range(13)],
            ("D", 0, 1, "water"), ("D", 4, 5, "water"),
            ("E", 3, 3, "water"),
            ("F", 0, 1, "water"), ("F", 5, 6, "water"), ("F", 5, 8, "water"),
        ]:  # fmt: skip
            self._add(name, first, last, unit, whole)
        self.checks = [check for check in self.checks if check["enterprise"] in only]
        units = sorted({check["units"][0] for check in self.checks})
        line = {"fire": [2] + [0] * (DAYS - 1), "water": [9] * 3 + [0] + [9] * (DAYS - 4)}
        self.problem |= {
            "rules": rules,
            "units": {u: {"department": "d", "level": "county", "area": "a"} for u in units},
            **{f: {u: line[u] for u in units} for f in ("present", "full", "capacity")},
            **{f: {u: {} for u in units} for f in ("skill_present", "skill_capacity")},
            "enterprises": {
                name: {
                    "county": "a",
                    "risk": "k2" if name == "D" else "k1",
                    "industry": "5212",
                    "section": "F",
                    "zones": [],
                }
                for name in only
            },
        }
        used = {check["item"] for check in self.checks}
        self.problem["items"] = {i: x for i, x in self.problem["items"].items() if i in used}
        self.listed, self.problem = documents(self.problem, self.checks)

    def _add(self, name: str, first: int, last: int, unit: str, whole: Document) -> None:
        n = sum(check["enterprise"] == name for check in self.checks)
        self.checks.append(
            {
                **tiny(random.Random(0))[1][0],
                "id": f"{name}{n:02d}",
                "enterprise": name,
                "item": "i2" if name in "AB" and n == 1 else "i1",
                "kind": "planned",
                "source": "draw",
                "release": text_of(self.problem, first),
                "due": text_of(self.problem, last),
                "units": [unit],
            }
        )

    def of(self, name: str, *numbers: int) -> Group:
        own = [check for check in self.checks if check["enterprise"] == name]
        return [own[n] for n in numbers] if numbers else own

    def plan(self, more_lost: bool = False) -> Document:
        """The plan with all its proofs; with `more_lost` one check is left out for nothing."""
        placed: list[Dated] = [(self.of("A"), 0)]
        placed += [(self.of("C", *range(k, 13, 3)), 5 * k) for k in range(3)]
        placed += [(self.of("D", 0), 0), (self.of("F", 0), 0), (self.of("F", 1, 2), 5)]
        lost = [*self.of("B"), *self.of("D", 1), *self.of("E")]
        if more_lost:
            placed[-1] = (self.of("F", 1), 5)
            lost += self.of("F", 2)
        weights = {check["id"]: w for check, w in zip(self.of("F"), (4, 2, 2), strict=True)}
        claims: dict[str, tuple[int, Any, int]] = {
            "A": (1, None, 0),
            "B": (1, None, 0),
            "C": (3, ["C00", "C01", "C02"], 0),
            "D": (2, "caps", 1),
            "E": (1, "exact", 1),
            "F": (2, {"weights": weights, "of": 4}, 0),
        }
        capacity = {"of": 2, "prices": PRICES, "lower": 11}
        bound = bound_document(self.checks, claims, capacity, {**capacity, "of": 1, "lower": 4})
        words = words_of(lost, claims, bound["left_out"]["lower"])
        return plan_document(self.problem, placed, lost, bound, words)

    def files(self, plan: Document) -> dict[str, bytes]:
        named = {"checks": self.listed, "problem": self.problem, "plan": plan}
        return {f"transcript/{name}.json": written(value) for name, value in named.items()}

    def check(self, plan: Document) -> list[verify.Check]:
        return verify.check_plan_documents(
            written(self.listed), written(self.problem), written(plan)
        )


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


def test_the_town_holds(town: Town) -> None:
    """Every proof, price and word is accepted, and each word stands for some check left out."""
    assert with_caps(town.problem, town.of("D")) == (2, 1)
    assert (least_groups(town.problem, town.of("D")), hopeless(town.problem, town.of("D"))) == (
        2,
        0,
    )
    plan = town.plan()
    assert plan["bound"]["visits"] == 11 == len(plan["visits"]) + len(plan["left_out"])
    line = town.check(plan)[-1].detail
    assert line.endswith("4 proofs redone, 4 of 4 left out proved unavoidable")
    more = town.plan(more_lost=True)
    proofs = [entry["proof"] for entry in [*plan["left_out"], *more["left_out"]]]
    assert proofs == ["capacity"] * 2 + ["enterprise"] * 2 + ["not proved"] * 2 + [
        "enterprise", "enterprise", "not proved"
    ]  # fmt: skip
    assert town.check(more)[-1].detail.endswith("2 of 5 left out proved unavoidable")


def test_the_page_s_example() -> None:
    """The worked example of docs/formats/plan.md is accepted as it stands there."""
    page = PAGE.read_text("utf-8").split("**Example.**")[1]
    bound = json.loads(page.split("```json\n")[1].split("```")[0])
    town = Town("AB")
    plan = plan_document(
        town.problem,
        [(town.of("A"), 0)],
        town.of("B"),
        bound,
        {"B00": "capacity", "B01": "capacity"},
    )
    assert town.check(plan)[-1].detail.startswith("at least 3 visits; 3 planned or left out")


CHOICE = (
    "bound.capacity.prices", "bound.capacity.of", "bound.left_out.capacity.of",
    "bound.left_out.capacity.prices", "bound.enterprises.*.proof.weights",
    "bound.enterprises.*.proof.of", "bound.enterprises.*.proof.[]",
)  # fmt: skip
"""Where another value may prove the same number."""


def test_mutations_of_the_bound(town: Town) -> None:
    """Any change of bound or proof is refused where it is, unless it proves the same number."""
    data = written(town.plan())
    tried: set[str] = set()
    for name, what, place, changed in mutations("plan.json", data, samples=9, seed=4):
        if not name.startswith("bound") and name != "left_out.[].proof":
            continue
        tried.add(name)
        report = verify.verify_plan(town.files(json.loads(changed)))
        if report.ok:
            assert name.startswith(CHOICE), (name, what, place)
            continue
        fault = report.first_fault
        assert fault["file"] == "transcript/plan.json"
        assert fault["place"].startswith(("bound", "left_out")), (name, what, place, fault)
        assert "made sense" not in fault["what"], (name, what, place, fault)
    assert len(tried) >= 25, tried


Change = tuple[tuple[str | int, ...], Any, str, str]
C, D, F = (("bound", "enterprises", name) for name in "CDF")
CAPACITY, LOST = ("bound", "capacity"), ("bound", "left_out")
HALF = PRICES[0]
CHANGES: list[Change] = [
    (("bound", "enterprises", "Z"), {"lower": 2, "proof": "exact", "left_out": 0}, "enterprises.Z",
     "has no on-site check"),
    (("bound", "enterprises", "A"), {"lower": 1, "proof": "exact", "left_out": 0}, "enterprises.A",
     "need not be listed"),
    ((*C, "proof"), "exact", "C.proof",
     "for at most 12 checks, these are 13"),
    ((*C, "proof"), "caps", "C.proof",
     "for at most 10 checks, these are 13"),
    ((*C, "proof"), ["C00", "C01", "C03"], "C.proof[2]", "could share a visit"),
    ((*C, "proof"), ["C00", "C01", "D00"], "C.proof[2]", "is no on-site check"),
    ((*C, "proof"), ["C00", "C00", "C01"], "C.proof [1]", "sorted, none twice"),
    ((*C, "proof"), ["C00", "C01"], "C.lower", "published 3, recomputed 2"),
    ((*C, "left_out"), 1, "C.left_out", "published 1, recomputed 0"),
    ((*D, "proof"), "exact", "D.left_out", "published 1, recomputed 0"),
    ((*D, "proof"), "solver", "D.proof", "must be a list"),
    ((*D, "lower"), 3, "D.lower", "published 3, recomputed 2"),
    ((*D, "left_out"), 2, "D.left_out", "published 2, recomputed 1"),
    ((*F, "proof", "weights", "D00"), 1, "weights.D00", "is no on-site check"),
    ((*F, "proof", "weights", "F00"), 5, "weights.F00", "is 5, more than the 4 of a visit"),
    ((*F, "proof", "weights"), {"F00": 2, "F01": 3, "F02": 3}, "proof.weights",
     "on 2026-03-07 weigh 6, more than 4"),
    ((*F, "proof", "of"), 3, "weights.F00", "is 4, more than the 3"),
    ((*F, "lower"), 3, "F.lower", "published 3, recomputed 2"),
    ((*CAPACITY, "lower"), 10, "bound.capacity.lower", "published 10, recomputed 11"),
    ((*CAPACITY, "prices"), [HALF, HALF], "prices[1]", "sorted, none twice"),
    ((*CAPACITY, "prices"), [["ice", *HALF[1:]]], "prices[0][0]", "is no unit here"),
    ((*CAPACITY, "prices"), [["fire", "skill", "", *HALF[3:]]], "prices[0][2]", "must be a skill"),
    ((*CAPACITY, "prices"), [["fire", "full", "gas", *HALF[3:]]], "prices[0][2]", "else empty"),
    ((*CAPACITY, "prices"), [["fire", "skill", "gas", *HALF[3:]]], "[0][2]", "no skill asked"),
    ((*CAPACITY, "prices"), [[*HALF[:3], "2026-03-01", 1]], "[0][3]", "no day of"),
    ((*CAPACITY, "prices"), [[*HALF[:4], 0]], "prices[0][4]", "from 1 to"),
    ((*CAPACITY, "prices"), [["fire", "room", *HALF[2:]]], "prices[0][1]", "must be one of"),
    ((*CAPACITY, "of"), 0, "capacity.of", "from 1 to"),
    (CAPACITY, None, "bound.visits", "published 11, recomputed 10"),
    ((*LOST, "enterprises"), 3, "left_out.enterprises", "published 3, recomputed 2"),
    ((*LOST, "capacity", "lower"), 5, "left_out.capacity.lower", "published 5, recomputed 4"),
    ((*LOST, "capacity"), None, "left_out.lower", "published 4, recomputed 2"),
    ((*LOST, "lower"), 3, "left_out.lower", "published 3, recomputed 4"),
    (("left_out", 0, "proof"), "enterprise", "left_out[0].proof", "recomputed capacity"),
    (("left_out", 3, "proof"), "not proved", "left_out[3].proof", "recomputed enterprise"),
    (("left_out", 3, "proof"), "surely", "left_out[3].proof", "must be one of"),
    (("bound", "visits"), 10, "bound.visits", "published 10, recomputed 11"),
    (("format",), "double-random/plan/v3", "format", "double-random/plan/v2"),
    (("format",), "double-random/plan/v1", "bound.capacity", "not a field of this format"),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change[2]}: {change[3]}"[:60])
def test_refusals(town: Town, change: Change) -> None:
    """Each fault is named with its place, what was found and what was expected."""
    path, value, place, what = change
    plan = town.plan()
    inside: Any = plan
    for part in path[:-1]:
        inside = inside[part]
    inside[path[-1]] = value
    with pytest.raises(verify.Fault) as found:
        town.check(plan)
    assert found.value.place.endswith(place), found.value
    assert what in found.value.what.replace('"', ""), found.value


def test_a_bound_above_the_plan_is_refused(town: Town) -> None:
    """Were a proof wrong in a way nobody foresaw, the plan itself would show it."""
    plan = town.plan()
    for enterprise in ("D", "E"):
        plan["bound"]["enterprises"].pop(enterprise)
    with pytest.raises(verify.Fault, match="is missing: "):
        town.check(plan)


def test_searches_end() -> None:
    """Each search counts its steps, and more than are allowed are a fault."""
    town = Town()
    site = verify.Site(verify.Problem(town.problem), "D", len)
    assert verify.Work(1000).left == 2_200_000
    site.checks = town.of("D")
    site.lost = site.checks
    site.fits = site.problem.days_as_group
    items = [(f"i{n}", 1) for n in range(200)]
    site.problem.clash = {(f"i{a}", f"i{b}") for a in range(200) for b in (a - 1, a + 1)}
    searches: list[Callable[[verify.Work], Any]] = [
        lambda work: verify.CapsSearch(site, work).least(),
        lambda work: verify.heaviest(site.problem, items, work, "here"),
    ]
    for search in searches:
        work = verify.Work(0)
        search(work)
        used = work.most - work.left
        assert used > 1
        work.left = used - 1
        with pytest.raises(verify.Fault, match="which is the most allowed"):
            search(work)
        work.left = used
        search(work)
