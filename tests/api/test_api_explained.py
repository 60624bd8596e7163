"""Plans explained over HTTP: differences, visits, checks left out, each with its rights."""

from __future__ import annotations

from typing import Any

import httpx
from api_city import enterprise, files, pack
from conftest import Server
from visits_city import BASE, DICE, ROLLS, planned, triggered, visits

QUIET = enterprise(23)
"""Lies in the zone that is always quiet."""


def rolled(server: Server) -> None:
    """Plan a city in which the quiet enterprise is drawn for two departments."""
    of = files()
    of["scenario.yaml"] = of["scenario.yaml"].replace("rate: 1/2", "rate: 1/1")
    server.commit(pack(of)).raise_for_status()
    server.reveal().raise_for_status()
    plan(server).raise_for_status()


def plan(server: Server, **more: Any) -> httpx.Response:
    return server.write(f"{BASE}/plans", json={"reason": "because", "effort": 1, **more})


def test_a_difference(server: Server) -> None:
    """Every visit that changed is listed once, in pages; what is kept is counted."""
    planned(server)
    for number in range(3, 9):
        body = {
            "enterprise": enterprise(number),
            "item": "H-1",
            "source": "complaint",
            "received": "2026-03-05",
            "due": "2026-04-20",
        }
        checks = {"campaign": "test-2026", "checks": [body]}
        server.write("/v1/checks", json=checks).raise_for_status()
    first = server.get(f"{BASE}/plans/1/difference")
    assert (first.status_code, first.json()["type"]) == (404, "/problems/not-found")
    plan(server).raise_for_status()
    whole = server.get(f"{BASE}/plans/2/difference?limit=500").json()
    assert (whole["before"], whole["after"], whole["next"]) == (1, 2, None)
    counts = whole["counts"]
    assert counts["kept"] > 0
    assert counts["new"] + counts["changed"] > 0
    assert whole["refile"] == len(whole["items"]) == sum(counts.values()) - counts["kept"]
    joined = [c for line in whole["items"] for c in (*line["joined"], *line["checks"])]
    assert any(check.startswith("complaint") or "-" in check for check in joined)
    for line in whole["items"]:
        assert line["text"]["zh"]
        assert line["enterprise"] in line["text"]["en"]
    paged, cursor = [], ""
    while cursor is not None:
        page = server.get(f"{BASE}/plans/2/difference?limit=2{cursor}").json()
        paged += page["items"]
        cursor = page["next"] and f"&cursor={page['next']}"
    assert paged == whole["items"]
    back = server.get(f"{BASE}/plans/1/difference?since=2").json()
    assert back["counts"]["new"] == counts["dropped"]
    assert server.get(f"{BASE}/plans/2/difference?since=7").status_code == 404
    own = server.get(f"{BASE}/plans/2/difference?limit=500", "department").json()
    assert sum(own["counts"].values()) < sum(counts.values())
    mine = {v["id"] for v in visits(server) if "fire" in v["departments"]}
    assert {line["visit"] for line in own["items"]} <= mine


def test_a_visit_explained(server: Server) -> None:
    """Days, checks, and for each other visit of the enterprise the reason; reserved ones too."""
    planned(server)
    own = triggered(server)
    asked = server.get(f"{own['visit']}/explanation")
    assert asked.status_code == 200
    told = asked.json()
    assert (told["id"], told["day"], told["reserved"]) == (own["id"], own["day"], True)
    assert told["why_day"]["code"] == "pinned"
    assert [check["check"] for check in told["checks"]] == own["checks"]
    at = [v["id"] for v in visits(server) if v["enterprise"] == own["enterprise"]]
    assert sorted(each for pair in told["pairs"] for each in pair["visits"]) == sorted(
        name for other in at if other != own["id"] for name in (other, own["id"])
    )
    assert any("检查对象" in line for line in told["text"]["zh"])
    for visit in visits(server):
        said = server.get(f"{visit['visit']}/explanation").json()
        why = said["why_day"]
        assert why["with_room"] <= why["after_caps_and_gap"] <= why["working_days_in_windows"]
        allowed = 200 if "fire" in visit["departments"] else 404
        assert server.get(f"{visit['visit']}/explanation", "department").status_code == allowed
    assert server.get("/v1/visits/999/explanation").status_code == 404
    assert server.get(f"{own['visit']}/explanation", None).status_code == 401


def test_a_check_left_out(server: Server) -> None:
    """Rule and clause that keep it out, and a mend that is proved; departments see their own."""
    rolled(server)
    listed = server.get(f"{BASE}/plans/1/left-out?limit=500").json()
    made = server.get(f"{BASE}/plans/1").json()
    assert len(listed["items"]) == made["left_out"] > 1
    quiet = next(each for each in listed["items"] if each["enterprise"] == QUIET)
    assert quiet["reason"]["code"] == "quiet"
    assert quiet["text"]["zh"].startswith("可用日期均在企业安静期")
    why = server.get(quiet["why"])
    assert why.status_code == 200
    rules = {(each["rule"], each["name"]): each for each in why.json()["collide"]}
    assert rules["quiet", "quiet-zone"]["clause"] == "measure 10"
    assert why.json()["minimal"]
    assert any("安静期" in line for line in why.json()["text"]["zh"])
    own = server.get(f"{BASE}/plans/1/left-out", "department").json()["items"]
    assert {each["department"] for each in own} == {"fire"}
    other = next(each for each in listed["items"] if each["department"] != "fire")
    assert server.get(other["why"], "department").status_code == 404
    assert server.get(f"{BASE}/plans/1/left-out/none").status_code == 404
    assert server.get(f"{BASE}/plans/2/left-out").status_code == 404
    page = server.get(f"{BASE}/plans/1/left-out?limit=1").json()
    rest = server.get(f"{BASE}/plans/1/left-out?limit=500&cursor={page['next']}").json()
    assert page["items"] + rest["items"] == listed["items"]


def test_visits_whose_teams_are_drawn_stay(server: Server) -> None:
    """Why a check is left out, and what would do, is asked beside them as they are."""
    of = files()
    of["rules.yaml"] = of["rules.yaml"].replace("gap_days: 3", "gap_days: 90")
    late = "window: {from: 2026-05-06, to: 2026-05-29}"
    of["scenario.yaml"] = of["scenario.yaml"].replace("rate: 1/2", "rate: 1/1")
    of["scenario.yaml"] = of["scenario.yaml"].replace(
        "window: {from: 2026-03-02, to: 2026-05-29}", late, 1
    )
    server.commit(pack(of)).raise_for_status()
    server.reveal().raise_for_status()
    plan(server).raise_for_status()
    days = sorted({visit["day"] for visit in visits(server)})
    odds = {"period": [days[0], days[-1]], "seed_source": DICE}
    server.write(f"{BASE}/teams/odds", "clerk", json=odds).raise_for_status()
    seed = {"seed": {**DICE, "rolls": ROLLS}}
    server.write(f"{BASE}/teams/draws", "supervisor", json=seed).raise_for_status()
    stands: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
    for visit in visits(server):
        own = stands.setdefault(visit["enterprise"], set())
        own.add((visit["day"], tuple(sorted(visit["checks"]))))
    asked = 0
    for out in server.get(f"{BASE}/plans/1/left-out?limit=500").json()["items"][:4]:
        for mend in server.get(out["why"]).json()["mends"]:
            if mend["mend"] not in ("unpin", "move-others"):
                made = {(v["day"], tuple(v["checks"])) for v in mend["visit"]["visits"]}
                assert stands.get(out["enterprise"], set()) <= made
                asked += len(stands.get(out["enterprise"], ()))
    assert asked
