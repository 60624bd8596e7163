"""A planned campaign whose visits are filed, with a clock that tests set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
from conftest import Server

NAME = "test-2026"
BASE = f"/v1/campaigns/{NAME}"
DICE = {"source": "dice", "sides": 10}
ROLLS = "16180339887498948482"


def clock_at(server: Server, time: str) -> None:
    """Set the server's clock, in the zone of the city."""
    server.service.store._clock.moment = datetime.fromisoformat(time + "+08:00")  # type: ignore[attr-defined]


def planned(server: Server, *, filed: bool = True, drawn: bool = False) -> list[dict[str, Any]]:
    """Commit, reveal, plan; file and draw teams if asked; return the visits."""
    server.commit().raise_for_status()
    server.reveal().raise_for_status()
    made = server.write(f"{BASE}/plans", json={"reason": "first plan", "effort": 1})
    made.raise_for_status()
    found = visits(server)
    if drawn:
        days = sorted({visit["day"] for visit in found})
        odds = {"period": [days[0], days[-1]], "seed_source": DICE}
        server.write(f"{BASE}/teams/odds", "clerk", json=odds).raise_for_status()
        seed = {"seed": {**DICE, "rolls": ROLLS}}
        server.write(f"{BASE}/teams/draws", "supervisor", json=seed).raise_for_status()
    if filed:
        file_plan(server).raise_for_status()
    return found


def visits(server: Server, role: str = "admin") -> list[dict[str, Any]]:
    """Return the live schedule."""
    return list(server.get(f"/v1/visits?campaign={NAME}&limit=500", role).json()["items"])


def triggered(
    server: Server, enterprise: str = "E0005", day: str = "2026-06-01", item: str = "H-1"
) -> dict[str, Any]:
    """Reserve a visit for a complaint; return it."""
    asked = {
        "department": {"H": "health", "F": "fire", "M": "market"}[item[0]],
        "enterprise": enterprise,
        "item": item,
        "source": "complaint",
        "earliest": day,
        "due": day,
    }
    granted = server.write("/v1/requests", json=asked)
    assert granted.status_code == 201, granted.text
    return dict(server.get(granted.json()["visit"]).json())


def file_plan(server: Server, **more: Any) -> httpx.Response:
    """File the schedule as it stands."""
    return server.write(f"{BASE}/filings", "clerk", json={"body": "市司法局", **more})


def issue(server: Server, visit: dict[str, Any], role: str = "clerk", **more: Any) -> Any:
    """Issue an entry code."""
    return server.write(f"{visit['visit']}/entry-codes", role, json=more)


def people(server: Server, visit: dict[str, Any]) -> list[str]:
    """Return the team drawn for a visit."""
    teams = server.get(f"{BASE}/teams").json()["teams"]
    return [who for unit in sorted(teams[visit["id"]]) for who in teams[visit["id"]][unit]]


def scan(
    server: Server,
    visit: dict[str, Any],
    role: str = "clerk",
    *,
    inspector: str,
    at: str = "",
    items: list[str] | None = None,
    **more: Any,
) -> httpx.Response:
    """Scan at a visit at ten o'clock of its day, unless another time is given."""
    body = {
        "inspector": inspector,
        "at": (at or f"{visit['day']}T10:00:00") + "+08:00",
        "place": {"text": "厂区北门"},
        "items": items or own_items(visit),
        **more,
    }
    return server.write(f"{visit['visit']}/scans", role, json=body)


def own_items(visit: dict[str, Any]) -> list[str]:
    """Return the items of a visit's checks, by their department."""
    return [f"{department[0].upper()}-1" for department in visit["departments"]]


def alerts(server: Server, role: str = "admin", query: str = "") -> list[dict[str, Any]]:
    """Return the campaign's alerts."""
    return list(server.get(f"{BASE}/alerts?limit=500{query}", role).json()["items"])


def rules(server: Server) -> list[str]:
    """Return the codes of the campaign's alerts, in order."""
    return [alert["rule"] for alert in alerts(server)]


def entries_of(server: Server, kind: str) -> list[dict[str, Any]]:
    """Return the log's entries of a kind."""
    listed = server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]
    return [entry for entry in listed if entry["kind"] == kind]
