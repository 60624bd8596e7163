"""Plans over HTTP keep the caps of weeks and months, with what is drawn."""

from __future__ import annotations

from collections import Counter
from typing import Any

from api_city import enterprise, files, pack
from conftest import Server
from test_api_teams import BASE, DICE, ROLLS, published, shown, visits_of

from optimizer.verifier.verify import verify

FIRE = "fire-140302"


def begin(server: Server, most: int) -> None:
    """Commit, reveal and plan a city of units of three, each with so many visits a month."""
    city = files(inspectors=3)
    head, *people = city["registers/inspectors.csv"].splitlines()
    lines = [f"{head},max_month", *(f"{one},{most}" for one in people), ""]
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
