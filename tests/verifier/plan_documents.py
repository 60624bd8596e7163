"""Tiny plans with their documents, and every number of the bound by trying everything.

Read out of docs/formats/plan.md day by day and set by set, with no code of planner or verifier.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Any

Document = dict[str, Any]
Group = list[Document]
Dated = tuple[Group, int]

UNITS = ("u1", "u2")
SOURCES = ("draw", "draw", "draw", "complaint", "assigned")


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def text_of(problem: Document, day: int) -> str:
    return (date.fromisoformat(problem["calendar"]["start"]) + timedelta(day)).isoformat()


def tiny(
    rng: random.Random,
    *,
    enterprises: int = 1,
    most: int = 4,
    days: int = 7,
    caps: bool = True,
    people: tuple[int, int] = (1, 5),
    wide: bool = False,
    start: str = "",
) -> tuple[Document, list[Document]]:
    """A problem and its on-site checks; the horizon may lie in two calendar years.

    `people` bounds the inspectors present; with `wide` every window is the whole horizon.
    """
    start = start or rng.choice(["2026-12-29", "2026-03-02"])
    problem: Document = {"calendar": {"start": start}}
    first = date.fromisoformat(start)
    items = {
        f"i{n}": {
            "department": rng.choice(["d1", "d2", "d3"]),
            "inspectors": rng.randint(2, 3),
            "effort": rng.choice([1, 1, 2]),
            "skills": rng.choice([[], [], ["lift"]]),
            "incompatible": [],
            "yearly_cap": rng.choice([None, None, 1]) if caps else None,
        }
        for n in range(4)
    }
    checks = []
    for e in range(enterprises):
        for _ in range(rng.randint(1, most)):
            release = 0 if wide else rng.randrange(days)
            checks.append(
                {
                    "id": f"c{len(checks):02d}",
                    "enterprise": f"E{e}",
                    "item": rng.choice(sorted(items)),
                    "kind": "triggered",
                    "source": rng.choice(SOURCES),
                    "release": text_of(problem, release),
                    "due": text_of(problem, days - 1 if wide else rng.randrange(release, days)),
                    "severity": 1,
                    "level": "county",
                    "reason": "only-county",
                    "units": sorted(rng.sample(UNITS, rng.randint(1, 2))),
                }
            )
    for check in checks:
        if check["source"] == "draw":
            check["kind"] = "planned"
    used = {check["item"] for check in checks}
    items = {item: about for item, about in items.items() if item in used}
    if rng.random() < 0.4 and {"i0", "i1"} <= used:
        items["i0"]["incompatible"], items["i1"]["incompatible"] = ["i1"], ["i0"]
    units = sorted({unit for check in checks for unit in check["units"]})
    working = "".join(rng.choice("0111111") for _ in range(days))
    capacity: Document = {"present": {}, "full": {}, "capacity": {}}
    skilled: Document = {"skill_present": {}, "skill_capacity": {}}
    for unit in units:
        on = [int(flag) for flag in working]
        present = [flag * rng.randint(*people) for flag in on]
        full = [rng.randint(max(0, n - 2), n) for n in present]
        holders = [rng.randint(0, min(2, n)) for n in present]
        able = [rng.randint(n, 2 * n) for n in holders]
        capacity["present"][unit], capacity["full"][unit] = present, full
        capacity["capacity"][unit] = [
            rng.randint(a, a + b) for a, b in zip(present, full, strict=True)
        ]
        skilled["skill_present"][unit] = {"lift": holders}
        skilled["skill_capacity"][unit] = {"lift": able}
    quiet = {"zones": [], "enterprises": [], "industries": [], "month_days": None, "spans": []}
    rules = {
        "format": "double-random/rules/v1",
        "name": "tiny",
        "source": "",
        "caps": [],
        "quiet": [
            {
                **quiet,
                "id": "q1",
                "spans": [text_of(problem, rng.randrange(days))],
                "exempt": ["complaint"],
                "planned_rides": rng.random() < 0.5,
                "source": "",
            },
            {
                **quiet,
                "id": "q2",
                "zones": ["z"],
                "month_days": [2, 3],
                "exempt": ["assigned"],
                "planned_rides": rng.random() < 0.5,
                "source": "",
            },
        ],
        "team": {"lead": 2, "other": rng.choice([1, 1, 2]), "source": ""},
        "level": {
            **dict.fromkeys(("both", "major", "cross_county"), "county"),
            "overrides": {},
            "source": "",
        },
        "exempt_sources": ["complaint", "assigned"],
        "exempt_uses_cap": rng.random() < 0.5,
        "joint_counts_each": rng.random() < 0.5,
        "rider_counts": rng.random() < 0.5,
        "gap_days": rng.randint(0, 3),
        "offsite_first": False,
    }
    if caps:
        rules["caps"] = [
            {
                "id": f"cap{n}",
                "by": rng.choice([["department"], []]),
                "limit": rng.randint(0, 2),
                "limits": rng.choice([{}, {"k1": rng.randint(0, 3)}]),
                "departments": sorted(rng.sample(["d1", "d2", "d3"], rng.randint(0, 2))),
                "industries": rng.choice([[], ["52"], ["C"]]),
                "source": "",
            }
            for n in range(rng.randint(0, 2))
        ]
    made = [
        {
            "enterprise": check["enterprise"],
            "day": (first + timedelta(rng.randint(-5, days))).isoformat(),
            "department": rng.choice(["d1", "d2", "d3"]),
            "source": rng.choice(SOURCES),
        }
        for check in checks
        if rng.random() < 0.2
    ]
    made.sort(key=lambda v: (v["enterprise"], v["day"], v["department"], v["source"]))
    problem = {
        "format": "double-random/problem/v1",
        "campaign": "tiny",
        "checks": "",
        "calendar": {"start": start, "working": working},
        "rules": rules,
        "items": items,
        "units": {u: {"department": "d", "level": "county", "area": "a"} for u in units},
        **capacity,
        **skilled,
        "enterprises": {
            check["enterprise"]: {
                "county": "a",
                "risk": "k1",
                "industry": "5212",
                "section": "F",
                "zones": rng.choice([[], ["z"]]),
            }
            for check in checks
        },
        "visits_made": made,
    }
    return problem, checks


def at_enterprises(checks: list[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for check in checks:
        found.setdefault(check["enterprise"], []).append(check)
    return dict(sorted(found.items()))


def partitions(things: list[Any]) -> Iterator[list[list[Any]]]:
    if not things:
        yield []
        return
    for parts in partitions(things[1:]):
        yield [[things[0]], *parts]
        for k in range(len(parts)):
            yield [*parts[:k], [things[0], *parts[k]], *parts[k + 1 :]]


def seats_of(problem: Document, group: Group) -> tuple[str, list[Document]]:
    items, team = problem["items"], problem["rules"]["team"]
    of = {
        unit: [items[c["item"]] for c in group if unit in c["units"]]
        for unit in sorted({unit for c in group for unit in c["units"]})
    }
    most = {unit: max(item["inspectors"] for item in mine) for unit, mine in of.items()}
    lead = min(most, key=lambda unit: (-most[unit], unit))
    seats = []
    for unit, mine in of.items():
        skills = sorted({skill for item in mine for skill in item["skills"]})
        number = max(most[unit], team["lead"]) if unit == lead else team["other"]
        effort = max(item["effort"] for item in mine)
        number = max(number, len(skills))
        seats.append({"unit": unit, "inspectors": number, "effort": effort, "skills": skills})
    return lead, seats


def exempt(problem: Document, group: Group) -> str:
    return min({c["source"] for c in group} & set(problem["rules"]["exempt_sources"]), default="")


def clashes(problem: Document, group: Group) -> bool:
    return any(
        b["item"] in problem["items"][a["item"]]["incompatible"] for a in group for b in group
    )


def quiet_rules(problem: Document, check: Document, day: int) -> Iterator[Document]:
    """Rules that are active on a day and cover a check's enterprise."""
    text, zones = text_of(problem, day), problem["enterprises"][check["enterprise"]]["zones"]
    for rule in problem["rules"]["quiet"]:
        if rule["zones"] and not set(rule["zones"]) & set(zones):
            continue
        low, high = rule["month_days"] or (0, 0)
        spans = [(span.split("/")[0], span.split("/")[-1]) for span in rule["spans"]]
        if any(a <= text <= b for a, b in spans) or low <= int(text[8:]) <= high:
            yield rule


def quiet_passes(problem: Document, group: Group, day: int) -> bool:
    for rule in quiet_rules(problem, group[0], day):
        free = [c["source"] in rule["exempt"] for c in group]
        if not all(free) and not (rule["planned_rides"] and any(free)):
            return False
    return True


def in_windows(problem: Document, group: Group, day: int) -> bool:
    text = text_of(problem, day)
    on = problem["calendar"]["working"][day] == "1"
    return on and all(c["release"] <= text <= c["due"] for c in group)


def there(problem: Document, seats: list[Document], day: int) -> bool:
    """The first line of *Units on a day*."""
    return all(
        problem["present"][s["unit"]][day] >= s["inspectors"]
        and (s["effort"] == 1 or problem["full"][s["unit"]][day] >= s["inspectors"])
        and all(problem["skill_present"][s["unit"]][k][day] >= 1 for k in s["skills"])
        for s in seats
    )


def amounts(seats: list[Document]) -> Iterator[tuple[str, str, str, int]]:
    """What a visit takes of each unit: (unit, kind, skill, amount)."""
    for s in seats:
        yield s["unit"], "capacity", "", s["inspectors"] * s["effort"]
        yield s["unit"], "pairs", "", s["inspectors"] * s["effort"] // 2
        if s["effort"] == 2:
            yield s["unit"], "full", "", s["inspectors"]
        for skill in s["skills"]:
            yield s["unit"], "skill", skill, s["effort"]


def room(problem: Document, unit: str, kind: str, skill: str, day: int) -> int:
    if kind == "skill":
        return problem["skill_capacity"][unit][skill][day]
    if kind == "pairs":
        return problem["capacity"][unit][day] // 2
    return problem[kind][unit][day]


def apart(problem: Document, one: str, other: str) -> bool:
    distance = abs(date.fromisoformat(one) - date.fromisoformat(other)).days
    return distance >= problem["rules"]["gap_days"]


def group_days(problem: Document, group: Group) -> list[int]:
    """Days on which a set of checks could be a visit, the only one of its day."""
    if clashes(problem, group):
        return []
    seats = seats_of(problem, group)[1]
    made = [
        v["day"]
        for v in problem["visits_made"]
        if v["enterprise"] == group[0]["enterprise"]
        and v["source"] not in problem["rules"]["exempt_sources"]
    ]
    return [
        day
        for day in range(len(problem["calendar"]["working"]))
        if in_windows(problem, group, day)
        and quiet_passes(problem, group, day)
        and there(problem, seats, day)
        and all(n <= room(problem, u, kind, skill, day) for u, kind, skill, n in amounts(seats))
        and (exempt(problem, group) or all(apart(problem, text_of(problem, day), m) for m in made))
    ]


def possible(problem: Document, check: Document, day: int) -> bool:
    """Whether a check could share any visit at all on a day: the relaxed rule."""
    for rule in quiet_rules(problem, check, day):
        if not rule["planned_rides"] and check["source"] not in rule["exempt"]:
            return False
    item, team = problem["items"][check["item"]], problem["rules"]["team"]
    least = max(len(item["skills"]), min(team["other"], max(item["inspectors"], team["lead"])))
    seats = [
        {"unit": u, "inspectors": least, "effort": item["effort"], "skills": item["skills"]}
        for u in check["units"]
    ]
    return in_windows(problem, [check], day) and there(problem, seats, day)


def keeps_caps_and_gap(problem: Document, visits: list[Dated]) -> bool:
    """Caps in each year and the gap between visits, of one enterprise's visits."""
    if len({day for _, day in visits}) < len(visits):
        return False
    own = [text_of(problem, day) for group, day in visits if not exempt(problem, group)]
    if not all(apart(problem, a, b) for n, a in enumerate(own) for b in own[:n]):
        return False
    for year in {text_of(problem, day)[:4] for _, day in visits}:
        groups = [group for group, day in visits if text_of(problem, day)[:4] == year]
        made = [
            v
            for v in problem["visits_made"]
            if v["enterprise"] == groups[0][0]["enterprise"] and v["day"][:4] == year
        ]
        if not _year_holds(problem, groups, made):
            return False
    return True


def _year_holds(problem: Document, groups: list[Group], made: list[Document]) -> bool:
    rules, items = problem["rules"], problem["items"]
    free_of = set(rules["exempt_sources"])
    about = problem["enterprises"][groups[0][0]["enterprise"]]
    for cap in rules["caps"]:
        listed = cap["industries"]
        if listed and not any(
            about["industry"].startswith(k) or about["section"] == k for k in listed
        ):
            continue
        limit = cap["limits"].get(about["risk"], cap["limit"])
        named = set(cap["departments"]) or {"d1", "d2", "d3"}
        for some in [{d} for d in sorted(named)] if cap["by"] else [named]:
            counted = used = 0
            for group in groups:
                inside = [c for c in group if items[c["item"]]["department"] in some]
                departments = {items[c["item"]]["department"] for c in inside}
                weight = len(departments) if rules["joint_counts_each"] and not cap["by"] else 1
                rider = cap["by"] and rules["rider_counts"]
                if not inside:
                    continue
                if not exempt(problem, group) or (
                    rider and any(c["source"] not in free_of for c in inside)
                ):
                    counted += weight
                elif rules["exempt_uses_cap"]:
                    used += weight
            if cap["by"]:
                rows = [[v] for v in made if v["department"] in some]
            else:
                rows = [[v for v in made if v["day"] == d] for d in {v["day"] for v in made}]
            for visit in rows:
                departments = {v["department"] for v in visit} & some
                if departments and (
                    rules["exempt_uses_cap"] or any(v["source"] not in free_of for v in visit)
                ):
                    each = rules["joint_counts_each"] and not cap["by"]
                    used += len(departments) if each else 1
            if counted and counted > max(0, limit - used):
                return False
    for item, about_item in items.items():
        times = sum(c["item"] == item and c["source"] not in free_of for g in groups for c in g)
        if about_item["yearly_cap"] is not None and times > about_item["yearly_cap"]:
            return False
    return True


def dated_sets(problem: Document, checks: Group) -> Iterator[tuple[list[Dated], Group]]:
    """Every set of dated visits of an enterprise that keeps the rules, with what it leaves out."""
    days: dict[tuple[str, ...], list[int]] = {}
    for parts in partitions(checks):
        choices: list[list[int | None]] = []
        for part in parts:
            key = tuple(c["id"] for c in part)
            if key not in days:
                days[key] = group_days(problem, part)
            choices.append([*days[key], *([None] if len(part) == 1 else [])])
        for chosen in product(*choices):
            visits = [
                (part, day) for part, day in zip(parts, chosen, strict=True) if day is not None
            ]
            if keeps_caps_and_gap(problem, visits):
                lost = [p[0] for p, day in zip(parts, chosen, strict=True) if day is None]
                yield visits, lost


def least_groups(problem: Document, checks: Group) -> int:
    """The least number of groups and single checks."""
    return int(least_sum(problem, checks, lambda group, days: 1, 1))


def hopeless(problem: Document, checks: Group) -> int:
    """How many checks are in no group at all."""
    inside = set()
    for bits in range(1, 1 << len(checks)):
        group = [c for n, c in enumerate(checks) if bits >> n & 1]
        if group_days(problem, group):
            inside |= {c["id"] for c in group}
    return len(checks) - len(inside)


def least_sum(
    problem: Document, checks: Group, cost: Callable[[Group, list[int]], int], lost: int
) -> int:
    """The least sum over partitions into groups at their cost and single checks left out."""
    best = lost * len(checks)
    for parts in partitions(checks):
        total = 0
        for part in parts:
            days = group_days(problem, part)
            if not days and len(part) > 1:
                break
            costs = ([cost(part, days)] if days else []) + ([lost] if len(part) == 1 else [])
            total += min(costs)
        else:
            best = min(best, total)
    return best


def with_caps(problem: Document, checks: Group) -> tuple[int, int]:
    """The least number of visits and left out, and of left out, with caps and gap."""
    found = [(len(visits) + len(lost), len(lost)) for visits, lost in dated_sets(problem, checks)]
    return min(a for a, _ in found), min(b for _, b in found)


def priced(
    problem: Document,
    checks: list[Document],
    prices: list[list[Any]],
    of: int,
    least: dict[str, int],
    visit: int,
) -> int:
    """The number that prices prove; `visit` is what a visit costs beside its price."""
    price = {(u, kind, skill, day): p for u, kind, skill, day, p in prices}

    def cost(group: Group, days: list[int]) -> int:
        rows = list(amounts(seats_of(problem, group)[1]))
        return visit + min(
            sum(n * price.get((u, k, s, text_of(problem, day)), 0) for u, k, s, n in rows)
            for day in days
        )

    units = {row[0] for row in prices}
    total = 0
    for enterprise, own in at_enterprises(checks).items():
        z = of * least[enterprise]
        if len(own) <= 8 and any(units & set(check["units"]) for check in own):
            z = max(z, least_sum(problem, own, cost, of))
        total += z
    first = date.fromisoformat(problem["calendar"]["start"])
    for unit, kind, skill, day, p in prices:
        total -= p * room(problem, unit, kind, skill, (date.fromisoformat(day) - first).days)
    return -(-total // of)


def fits_beside(problem: Document, placed: list[Dated]) -> bool:
    """The second line of *Units on a day*, over all visits."""
    used: dict[tuple[str, str, str, int], int] = {}
    for group, day in placed:
        for unit, kind, skill, amount in amounts(seats_of(problem, group)[1]):
            key = (unit, kind, skill, day)
            used[key] = used.get(key, 0) + amount
    return all(amount <= room(problem, *key) for key, amount in used.items())


def some_plan(
    rng: random.Random, problem: Document, checks: list[Document]
) -> tuple[list[Dated], Group]:
    """Visits and checks left out of a plan that keeps every rule; mostly a good one."""
    placed: list[Dated] = []
    lost: Group = []
    for own in at_enterprises(checks).values():
        ways = list(dated_sets(problem, own))
        rng.shuffle(ways)
        if rng.random() < 0.8:
            ways.sort(key=lambda way: (len(way[1]), len(way[0])))
        for visits, out in ways:
            if fits_beside(problem, [*placed, *visits]):
                placed, lost = [*placed, *visits], [*lost, *out]
                break
    return placed, lost


def why(problem: Document, group: Group) -> str:
    """The first rule by which checks can share no visit, or ``capacity``."""
    days = range(len(problem["calendar"]["working"]))
    if clashes(problem, group):
        return "incompatible"
    inside = [day for day in days if in_windows(problem, group, day)]
    if not inside:
        return "windows" if len(group) > 1 else "no-day"
    inside = [day for day in inside if quiet_passes(problem, group, day)]
    if not inside:
        return "quiet"
    seats = seats_of(problem, group)[1]
    staffed = any(there(problem, seats, day) for day in inside)
    return "capacity" if staffed else "never-staffed"


def compared(problem: Document, placed: list[Dated]) -> Document:
    items = problem["items"]
    lines: Document = {"by_department": {}, "by_county": {}, "by_risk": {}}
    total = {"unmerged": 0, "department_merged": 0, "visits": 0}

    def add(enterprise: str, department: str, field: str, n: int) -> None:
        about = problem["enterprises"][enterprise]
        keys = {"by_county": about["county"], "by_risk": about["risk"]}
        keys |= {"by_department": department} if department else {}
        for part, key in keys.items():
            line = lines[part].setdefault(key, dict.fromkeys(total, 0))
            line[field] += n
        total[field] += n

    done: dict[tuple[str, str], Group] = {}
    for group, _ in placed:
        departments = {items[c["item"]]["department"] for c in group}
        add(group[0]["enterprise"], "", "visits", 1)
        for department in departments:
            line = lines["by_department"].setdefault(department, dict.fromkeys(total, 0))
            line["visits"] += 1
            own = [c for c in group if items[c["item"]]["department"] == department]
            done.setdefault((group[0]["enterprise"], department), []).extend(own)
    for (enterprise, department), own in done.items():
        add(enterprise, department, "unmerged", len(own))
        entered = sum(any(c in own for c in group) for group, _ in placed)
        merged = entered if len(own) > 12 else least_groups(problem, own)
        add(enterprise, department, "department_merged", merged)
    return {**total, **lines}


def plan_document(
    problem: Document,
    placed: list[Dated],
    lost: Group,
    bound: Document,
    words: dict[str, str],
) -> Document:
    """``plan.json``, version 2; `words` are the proofs of the checks left out."""
    visits = []
    order = sorted(placed, key=lambda dated: (dated[1], dated[0][0]["enterprise"]))
    for n, (group, day) in enumerate(order, start=1):
        lead, seats = seats_of(problem, group)
        visits.append(
            {
                "id": f"V{n:06d}",
                "enterprise": group[0]["enterprise"],
                "day": text_of(problem, day),
                "checks": sorted(c["id"] for c in group),
                "lead": lead,
                "seats": seats,
                "exempt": exempt(problem, group),
            }
        )
    unmerged = []
    for enterprise in sorted({v["enterprise"] for v in visits}):
        own = [
            (v, g) for v, (g, _) in zip(visits, order, strict=True) if v["enterprise"] == enterprise
        ]
        unmerged += [
            {
                "enterprise": enterprise,
                "visits": [a["id"], b["id"]],
                "reason": {"code": why(problem, [*one, *other])},
            }
            for (a, one), (b, other) in pairwise(own)
        ]
    return {
        "format": "double-random/plan/v2",
        "campaign": problem["campaign"],
        "problem": hashlib.sha256(written(problem)).hexdigest(),
        "checks": problem["checks"],
        "version": 1,
        "parent": None,
        "visits": visits,
        "left_out": [
            {
                "check": c["id"],
                "reason": {"code": why(problem, [c])},
                "proof": words[c["id"]],
            }
            for c in sorted(lost, key=lambda c: c["id"])
        ],
        "bound": bound,
        "unmerged": unmerged,
        "comparison": compared(problem, placed),
        "solver": {},
    }


def bound_document(
    checks: list[Document],
    claims: dict[str, tuple[int, Any, int]],
    capacity: Document | None = None,
    left_out: Document | None = None,
) -> Document:
    """``bound``, from (lower, proof, left out) by enterprise."""
    lower, alone = sum(c[0] for c in claims.values()), sum(c[2] for c in claims.values())
    return {
        "visits": max(lower, capacity["lower"] if capacity else 0),
        "enterprises": {
            e: {"lower": n, "proof": proof, "left_out": k}
            for e, (n, proof, k) in claims.items()
            if n > 1 or k
        },
        "capacity": capacity,
        "left_out": {
            "enterprises": alone,
            "capacity": left_out,
            "lower": max(alone, left_out["lower"] if left_out else 0),
        },
    }


def words_of(lost: Group, claims: dict[str, tuple[int, Any, int]], lower: int) -> dict[str, str]:
    """The proof of each check left out."""
    words = {}
    for check in lost:
        here = sum(c["enterprise"] == check["enterprise"] for c in lost)
        word = "capacity" if len(lost) == lower else "not proved"
        words[check["id"]] = "enterprise" if here == claims[check["enterprise"]][2] else word
    return words


def documents(problem: Document, checks: list[Document]) -> tuple[Document, Document]:
    """``checks.json``, and the problem with its digest."""
    listed = {
        "format": "double-random/checks/v1",
        "campaign": "tiny",
        "draw": "0" * 64,
        "checks": checks,
        "offsite": [],
    }
    return listed, {**problem, "checks": hashlib.sha256(written(listed)).hexdigest()}
