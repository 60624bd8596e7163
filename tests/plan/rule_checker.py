"""Every rule of docs/formats/plan.md checked from the documents alone, apart from the planner.

Written without the planner's code: days are dates, and nothing is remembered between visits.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

Document = dict[str, Any]


def broken_rules(problem: Document, plan: Document, checks: list[Document]) -> list[str]:
    """Return a sentence for each rule broken; empty: the plan holds."""
    wrong: list[str] = []
    rules, items = problem["rules"], problem["items"]
    by_id = {c["id"]: c for c in checks}
    start = date.fromisoformat(problem["calendar"]["start"])
    working = problem["calendar"]["working"]
    exempt_sources = set(rules["exempt_sources"])
    seen: dict[str, str] = {}
    at: set[tuple[str, str]] = set()
    used: dict[tuple[str, str, int], int] = defaultdict(int)
    per_site: dict[str, list[Document]] = defaultdict(list)
    order = []
    for visit in plan["visits"]:
        name = visit["id"]
        order.append((visit["day"], visit["enterprise"]))
        day = date.fromisoformat(visit["day"])
        d = (day - start).days
        if (visit["enterprise"], visit["day"]) in at:
            wrong.append(f"{name}: second visit of the day")
        at.add((visit["enterprise"], visit["day"]))
        own = [by_id[c] for c in visit["checks"]]
        if sorted(visit["checks"]) != visit["checks"] or not own:
            wrong.append(f"{name}: checks not sorted")
        for c in own:
            if c["id"] in seen:
                wrong.append(f"{c['id']}: in two visits")
            seen[c["id"]] = name
            if c["enterprise"] != visit["enterprise"]:
                wrong.append(f"{name}: foreign check")
            if not c["release"] <= visit["day"] <= c["due"]:
                wrong.append(f"{name}: outside the window of {c['id']}")
        if not 0 <= d < len(working) or working[d] != "1":
            wrong.append(f"{name}: day off")
            continue
        wrong += [
            f"{name}: incompatible"
            for a in own
            for b in own
            if a["item"] != b["item"] and b["item"] in items[a["item"]]["incompatible"]
        ]
        sources = {c["source"] for c in own}
        code = min(sources & exempt_sources, default="")
        if visit["exempt"] != code:
            wrong.append(f"{name}: exempt {visit['exempt']!r}, expected {code!r}")
        site = problem["enterprises"][visit["enterprise"]]
        for quiet in rules["quiet"]:
            if not _covers(quiet, visit["enterprise"], site) or not _active(quiet, day):
                continue
            allowed = sources & set(quiet["exempt"])
            for c in own:
                if c["source"] in quiet["exempt"] or (quiet["planned_rides"] and allowed):
                    continue
                wrong.append(f"{name}: quiet {quiet['id']} keeps {c['id']} out")
        expected = _seats(own, items, rules["team"])
        if (visit["lead"], visit["seats"]) != expected:
            wrong.append(f"{name}: seats {visit['seats']}, expected {expected}")
        for seat in visit["seats"]:
            u, n, e = seat["unit"], seat["inspectors"], seat["effort"]
            if problem["present"][u][d] < n or (e == 2 and problem["full"][u][d] < n):
                wrong.append(f"{name}: {u} has not {n} inspectors")
            used[u, "capacity", d] += n * e
            if e == 2:
                used[u, "full", d] += n
            for s in seat["skills"]:
                used[u, f"skill {s}", d] += e
                if problem["skill_present"][u][s][d] < 1:
                    wrong.append(f"{name}: nobody with {s}")
        per_site[visit["enterprise"]].append(visit)
    for (u, kind, d), amount in used.items():
        if kind.startswith("skill "):
            room = problem["skill_capacity"][u][kind[6:]][d]
        else:
            room = problem[kind][u][d]
        if amount > room:
            wrong.append(f"{u} day {d}: {kind} {amount} of {room}")
    if order != sorted(order):
        wrong.append("visits out of order")
    if [v["id"] for v in plan["visits"]] != [f"V{k + 1:06d}" for k in range(len(order))]:
        wrong.append("visits not numbered in order")
    left = [out["check"] for out in plan["left_out"]]
    if sorted([*seen, *left]) != sorted(by_id):
        wrong.append("a check is neither visited nor left out, or both")
    made = defaultdict(list)
    for m in problem["visits_made"]:
        made[m["enterprise"]].append(m)
    for enterprise, visits in per_site.items():
        wrong += _caps(problem, enterprise, visits, made[enterprise], by_id)
        wrong += _gap(rules, visits, made[enterprise])
    return wrong


def _matches(industry: str, section: str, listed: list[str]) -> bool:
    return any(industry.startswith(code) or section == code for code in listed)


def _covers(quiet: Document, enterprise: str, site: Document) -> bool:
    if not quiet["zones"] and not quiet["enterprises"] and not quiet["industries"]:
        return True
    return (
        bool(set(quiet["zones"]) & set(site["zones"]))
        or enterprise in quiet["enterprises"]
        or _matches(site["industry"], site["section"], quiet["industries"])
    )


def _active(quiet: Document, day: date) -> bool:
    for span in quiet["spans"]:
        first, last = span.split("/")
        if first <= day.isoformat() <= last:
            return True
    days = quiet["month_days"]
    return bool(days) and days[0] <= day.day <= days[1]


def _seats(own: list[Document], items: Document, team: Document) -> tuple[str, list[Document]]:
    units = sorted({u for c in own for u in c["units"]})
    need = {u: max(items[c["item"]]["inspectors"] for c in own if u in c["units"]) for u in units}
    lead = sorted(units, key=lambda u: (-need[u], u))[0]
    seats = []
    for u in units:
        skills = sorted({s for c in own if u in c["units"] for s in items[c["item"]]["skills"]})
        effort = max(items[c["item"]]["effort"] for c in own if u in c["units"])
        if u == lead:
            n = max(need[u], team["lead"], len(skills))
        else:
            n = max(team["other"], len(skills))
        seats.append({"unit": u, "inspectors": n, "effort": effort, "skills": skills})
    return lead, seats


def _caps(
    problem: Document,
    enterprise: str,
    visits: list[Document],
    made: list[Document],
    by_id: dict[str, Document],
) -> list[str]:
    wrong = []
    rules, items = problem["rules"], problem["items"]
    site = problem["enterprises"][enterprise]
    exempt = set(rules["exempt_sources"])
    for year in sorted({v["day"][:4] for v in visits}):
        now = [v for v in visits if v["day"][:4] == year]
        before = [m for m in made if m["day"][:4] == year]
        for cap in rules["caps"]:
            if cap["industries"] and not _matches(
                site["industry"], site["section"], cap["industries"]
            ):
                continue
            limit = cap["limits"].get(site["risk"], cap["limit"])
            every = {items[by_id[c]["item"]]["department"] for v in now for c in v["checks"]}
            named = {d for d in every if not cap["departments"] or d in cap["departments"]}
            if cap["by"]:
                for d in named:
                    counts = free = 0
                    for v in now:
                        of = [by_id[c] for c in v["checks"]]
                        of = [c for c in of if items[c["item"]]["department"] == d]
                        if not of:
                            continue
                        rider = rules["rider_counts"] and any(c["source"] not in exempt for c in of)
                        if not v["exempt"] or rider:
                            counts += 1
                        elif rules["exempt_uses_cap"]:
                            free += 1
                    for m in before:
                        if m["department"] == d and (
                            m["source"] not in exempt or rules["exempt_uses_cap"]
                        ):
                            free += 1
                    if counts and counts > max(0, limit - free):
                        wrong.append(f"{enterprise} {year}: {cap['id']} of {d}")
            else:
                counts = free = 0
                for v in now:
                    of = {items[by_id[c]["item"]]["department"] for c in v["checks"]} & named
                    if not of:
                        continue
                    if not v["exempt"]:
                        counts += len(of) if rules["joint_counts_each"] else 1
                    elif rules["exempt_uses_cap"]:
                        free += 1
                for day in {m["day"] for m in before}:
                    here = [m for m in before if m["day"] == day]
                    if cap["departments"] and not any(
                        m["department"] in cap["departments"] for m in here
                    ):
                        continue
                    if any(m["source"] not in exempt for m in here) or rules["exempt_uses_cap"]:
                        free += 1
                if counts and counts > max(0, limit - free):
                    wrong.append(f"{enterprise} {year}: {cap['id']}")
        for item in items:
            if items[item]["yearly_cap"] is not None:
                n = sum(
                    by_id[c]["item"] == item and by_id[c]["source"] not in exempt
                    for v in now
                    for c in v["checks"]
                )
                if n > items[item]["yearly_cap"]:
                    wrong.append(f"{enterprise} {year}: item {item} {n} times")
    return wrong


def _gap(rules: Document, visits: list[Document], made: list[Document]) -> list[str]:
    wrong = []
    least = timedelta(days=rules["gap_days"])
    own = [date.fromisoformat(v["day"]) for v in visits if not v["exempt"]]
    before = [
        date.fromisoformat(m["day"]) for m in made if m["source"] not in rules["exempt_sources"]
    ]
    for k, day in enumerate(own):
        wrong += [
            f"{visits[0]['enterprise']}: {day} and {other} too near"
            for other in [*own[k + 1 :], *before]
            if abs(day - other) < least
        ]
    return wrong


def check_documents(checks: Any) -> list[Document]:
    """Return checks as ``checks.json`` has them."""
    return [
        {
            "id": c.id,
            "enterprise": c.enterprise,
            "item": c.item,
            "source": c.source,
            "release": c.release.isoformat(),
            "due": c.due.isoformat(),
            "units": list(c.units),
        }
        for c in checks
    ]
