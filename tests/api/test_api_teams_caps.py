"""Plans and draws over HTTP keep the caps of weeks and months, with what is drawn."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from api_city import enterprise, files, pack
from conftest import Server
from test_api_teams import BASE, DICE, ROLLS, published, shown, visits_of

from optimizer.cli import main
from optimizer.verifier.verify import verify

FIRE = "fire-140302"
OTHER = "fire-140303"


def begin(server: Server, most: int, made: int = 0) -> None:
    """Commit, reveal and plan a city of units of three, each with so many visits a month.

    So many of March are made before the campaign; then the horizon begins in it.
    """
    city = files(inspectors=3)
    if made:
        city["scenario.yaml"] = city["scenario.yaml"].replace(
            "from: 2026-01-01", "from: 2026-03-01"
        )
    head, *people = city["registers/inspectors.csv"].splitlines()
    lines = [f"{head},max_month,visits_month", *(f"{one},{most},{made}" for one in people), ""]
    city["registers/inspectors.csv"] = "\n".join(lines)
    server.commit(pack(city)).raise_for_status()
    server.reveal().raise_for_status()
    plan(server, "first plan")


def plan(server: Server, reason: str) -> None:
    """Make the next version of the plan."""
    wanted = {"reason": reason, "effort": 1}
    server.write("/v1/campaigns/test-2026/plans", json=wanted).raise_for_status()


def months(server: Server) -> Counter[str]:
    """Month → seats of a unit that checks until the end of April."""
    return Counter(
        {
            month: sum(
                seat["inspectors"]
                for visit in visits_of(server)
                for seat in visit["seats"]
                if seat["unit"] == FIRE and visit["day"].startswith(month)
            )
            for month in ("2026-03", "2026-04")
        }
    )


def odds(server: Server, first: str, last: str, **more: Any) -> Any:
    """Commit odds of a period."""
    body = {"period": [first, last], "seed_source": DICE, **more}
    return server.write(f"{BASE}/odds", "clerk", json=body)


def test_a_first_plan_keeps_the_caps(server: Server) -> None:
    """Three who may go twice a month each, twelve seats: six in each month."""
    begin(server, 2)
    assert months(server) == {"2026-03": 6, "2026-04": 6}
    made = odds(server, "2026-03-01", "2026-03-31")
    assert made.status_code == 201, made.text
    assert verify(published(server)).ok


def test_a_plan_made_again_counts_what_is_drawn(server: Server) -> None:
    """Nine seats a month, four of them drawn: after a request one of the others leaves the month.

    Counted from the days left alone, six of nine would be asked for, and nothing would be mended.
    """
    begin(server, 3)
    assert months(server) == {"2026-03": 8, "2026-04": 4}
    made = odds(server, "2026-03-01", "2026-03-03")
    assert made.status_code == 201, made.text
    server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0])).raise_for_status()
    drawn = [visit for visit in visits_of(server) if visit["day"] <= "2026-03-03"]
    taken = {visit["enterprise"] for visit in visits_of(server)}
    free = next(e for e in map(enterprise, range(0, 22, 2)) if e not in taken)
    wanted = {"department": "fire", "enterprise": free, "item": "F-1", "source": "complaint"}
    asked = {**wanted, "earliest": "2026-03-04", "due": "2026-03-31"}
    server.write("/v1/requests", json=asked).raise_for_status()
    assert months(server)["2026-03"] == 10
    rest = ("2026-03-04", "2026-03-31")
    refused = odds(server, *rest)
    assert refused.json()["type"] == "/problems/infeasible"
    assert "in the month (每月检查上限)" in refused.json()["reasons"][0]
    plan(server, "most visits a month")
    assert months(server) == {"2026-03": 8, "2026-04": 6}
    now = visits_of(server)
    for visit in drawn:
        assert visit["day"] in [v["day"] for v in now if v["id"] == visit["id"]]
    made = odds(server, *rest)
    assert made.status_code == 201, made.text
    server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[1])).raise_for_status()
    assert verify(published(server)).ok


def test_visits_made_before_the_campaign_count_in_their_month_alone(server: Server) -> None:
    """A campaign's registers stay as they are: what they say of March is none of April's visits."""
    begin(server, 3, made=1)
    assert months(server) == {"2026-03": 6, "2026-04": 6}
    odds(server, "2026-03-01", "2026-03-31").raise_for_status()
    server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[0])).raise_for_status()
    made = odds(server, "2026-04-01", "2026-04-30")
    assert made.status_code == 201, made.text
    held = published(server)
    first, later = (json.loads(held[f"transcript/roster{n}.json"]) for n in ("", "-2"))
    assert {one["visits"]["month"] for one in first["inspectors"]} == {1}
    assert later["since"]["changed"] == {}
    assert not any("visits" in one for one in later["inspectors"])
    server.write(f"{BASE}/draws", "supervisor", json=shown(ROLLS[1])).raise_for_status()
    assert verify(published(server)).ok


def ill(server: Server, drawn: Any, unit: str, place: int) -> Any:
    """Who has a place of a unit's team falls ill; return what the substitution's answer says."""
    ((visit, absent),) = [
        (visit, units[unit][place]) for visit, units in drawn["teams"].items() if unit in units
    ]
    body = {"visit": visit, "absent": absent, "reason": "ill since the morning"}
    made = server.write(f"{BASE}/substitutions", "clerk", json=body)
    assert made.status_code == 201, made.text
    return made.json()


def draw(server: Server, number: int) -> Any:
    """Draw the teams of the days whose turn it is."""
    seed = shown(str(31415926535897940303 + 7919 * number))
    done = server.write(f"{BASE}/draws", "supervisor", json=seed)
    assert done.status_code == 201, done.text
    return done.json()


def test_a_stand_in_at_risk_is_told_until_the_rest_is_committed_anew(server: Server) -> None:
    """The third of a unit stands in once and has chances at three visits more, under a cap of
    three: each is told, in the answer and afterwards, with the days to commit anew.
    """
    begin(server, 3)
    spans = odds(server, "2026-03-01", "2026-03-31", draws="daily").json()["draws"]
    made = ill(server, draw(server, 0), FIRE, 0)
    later = [
        {
            "day": visit["day"],
            "visit": visit["id"],
            "unit": FIRE,
            "inspector": made["substitute"],
            "ground": "month",
        }
        for visit in visits_of(server)
        if spans[0][1] < visit["day"] <= "2026-03-31"
        if FIRE in [seat["unit"] for seat in visit["seats"]]
    ]
    rest = [spans[1][0], "2026-03-31"]
    assert len(later) == 3
    assert (made["at_risk"], made["commit_anew"]) == (later, rest)
    now = server.get(BASE).json()
    assert (now["at_risk"], now["commit_anew"]) == (later, rest)
    anew = odds(server, *rest, draws="daily", reason="a stand-in counts")
    assert anew.status_code == 201, anew.text
    now = server.get(BASE).json()
    assert (now["at_risk"], now["commit_anew"]) == ([], rest)
    assert verify(published(server)).ok


def test_a_draw_gives_away_seats_beyond_a_cap(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the rest is drawn as committed: to who is free; where nobody is, it is told.

    The report of the downloaded documents counts both, and an own view is made of them.
    """
    begin(server, 3)
    assert len(odds(server, "2026-03-01", "2026-03-31", draws="daily").json()["draws"]) == 4
    for number in range(2):
        drawn = draw(server, number)
        for unit in (FIRE, OTHER):
            made = ill(server, drawn, unit, 0)
            assert made["at_risk"], (number, unit)
    drawn = draw(server, 2)
    freed = ill(server, drawn, FIRE, 1)["absent"]
    last = draw(server, 3)
    given, stuck = sorted(last["stood_in"], key=lambda one: one["unit"])
    assert (given["unit"], given["ground"], given["substitute"]) == (FIRE, "month", freed)
    assert freed in last["teams"][given["visit"]][FIRE]
    assert given["absent"] not in last["teams"][given["visit"]][FIRE]
    assert (stuck["unit"], stuck["ground"], stuck["substitute"]) == (OTHER, "month", None)
    assert stuck["absent"] in last["teams"][stuck["visit"]][OTHER]
    (words,) = last["open"]
    assert stuck["absent"] in words["en"]
    assert stuck["absent"] in words["zh"]
    now = server.get(BASE).json()
    assert now["stood_in"] == last["stood_in"]
    assert (now["at_risk"], now["commit_anew"]) == ([], None)
    seats = Counter(
        inspector
        for units in now["teams"].values()
        for unit in (FIRE, OTHER)
        for inspector in units.get(unit, ())
    )
    assert {inspector for inspector, most in seats.items() if most > 3} == {stuck["absent"]}
    assert verify(published(server)).ok
    for path, data in published(server).items():
        (tmp_path / "published" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "published" / path).write_bytes(data)
    folder = str(tmp_path / "published")
    assert main(["teams", "report", folder, "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["rounds"]
    assert [one["stood_in"] for one in report["draws"]] == [
        [], [], [], [{"ground": "month", "given_away": 1, "open": 1}]
    ]  # fmt: skip
    assert main(["teams", "view", folder, "--inspector", freed, "--json"]) == 0
    going = {one["visit"] for one in json.loads(capsys.readouterr().out)["going"]}
    assert given["visit"] in going
