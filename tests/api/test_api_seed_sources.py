"""Seeds of every source over HTTP: announced in the scenario, revealed in time, or refused."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from api_city import SCENARIO, files, pack
from conftest import Server

from api.services import campaigns
from optimizer.draw import party_commitment

ROUNDS = json.loads(Path("tests/vectors/drand.json").read_text("utf-8"))["rounds"]
SIGNATURE = next(one["signature"] for one in ROUNDS if one["round"] == 657413)
DRAND = {"source": "drand", "chain": "quicknet", "round": 657413, "signature": SIGNATURE}
VALUES = {"fire": "0f" * 32, "market": "0a" * 32}
PARTIES: dict[str, Any] = {
    "source": "parties",
    "parties": [{"party": p, "commitment": party_commitment(p, v)} for p, v in VALUES.items()],
    "deadline": "2023-09-15T10:00:00Z",
    "absent": "go-on",
}
REVEALS = [{"party": "fire", "value": VALUES["fire"], "time": "2023-09-15T09:30:00Z"}]


def scenario(announced: dict[str, Any], name: str = "test-2026") -> bytes:
    """Return the city's zip, its seed of such a source."""
    made = files(name)
    text = SCENARIO.format(name=name, source="dice")
    made["scenario.yaml"] = text.replace("seed: {source: dice}", f"seed: {json.dumps(announced)}")
    return pack(made)


def set_time(server: Server, text: str) -> None:
    """Set the server's clock."""
    server.service.store._clock.moment = datetime.fromisoformat(text)


def reveal(server: Server, seed: dict[str, Any], name: str = "test-2026") -> Any:
    return server.write(f"/v1/campaigns/{name}/reveal", "supervisor", json={"seed": seed})


def announced(seed: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in seed.items() if name not in ("signature", "reveals")}


def test_a_beacon_round(server: Server) -> None:
    """Committed before it, revealed after it; a forged signature names its field."""
    set_time(server, "2023-09-15T10:50:04+00:00")
    late = server.commit(scenario(announced(DRAND)))
    assert late.status_code == 422
    assert [(e["code"], e["field"]) for e in late.json()["errors"]] == [
        ("round-not-future", "round")
    ]
    set_time(server, "2023-09-15T10:00:00+00:00")
    server.commit(scenario(announced(DRAND))).raise_for_status()
    shown = server.get("/v1/campaigns/test-2026").json()
    assert shown["seed_source"]["chain"]["schemeID"] == "bls-unchained-g1-rfc9380"
    early = reveal(server, DRAND)
    assert [e["code"] for e in early.json()["errors"]] == ["seed-too-early"]
    set_time(server, "2023-09-15T11:01:00+00:00")
    false = reveal(server, {**DRAND, "signature": "00" * 48})
    assert [(e["code"], e["field"]) for e in false.json()["errors"]] == [
        ("drand-signature", "signature")
    ]
    done = reveal(server, DRAND)
    done.raise_for_status()
    assert done.json()["test_seed"] is False
    seed = server.get("/v1/campaigns/test-2026/documents/transcript/seed.json").json()
    assert seed["source"]["signature"] == SIGNATURE
    assert seed["entropy_millibits"] == 256_000


def test_parties_then_a_beacon(server: Server) -> None:
    """Reveals are recorded between deadline and beacon; the draw goes on without an absent one."""
    source = {"source": "combined", "parts": [PARTIES, announced(DRAND)]}
    set_time(server, "2023-09-15T09:00:00+00:00")
    server.commit(scenario(source)).raise_for_status()
    path = "/v1/campaigns/test-2026/reveals"
    early = server.write(path, "clerk", json={"reveals": REVEALS})
    assert [e["code"] for e in early.json()["errors"]] == ["reveals-early"]
    set_time(server, "2023-09-15T10:05:00+00:00")
    odd = server.write(path, "clerk", json={"reveals": [{**REVEALS[0], "party": "env"}]})
    assert [(e["code"], e["field"]) for e in odd.json()["errors"]] == [
        ("party-unknown", "reveals.party")
    ]
    seed = {"source": "combined", "parts": [{**PARTIES, "reveals": REVEALS}, DRAND]}
    set_time(server, "2023-09-15T11:05:00+00:00")
    missing = reveal(server, seed)
    assert [e["code"] for e in missing.json()["errors"]] == ["reveals-unrecorded"]
    late = server.write(path, "clerk", json={"reveals": REVEALS})
    assert [e["code"] for e in late.json()["errors"]] == ["reveals-late"]
    set_time(server, "2023-09-15T10:05:00+00:00")
    server.write(path, "clerk", json={"reveals": REVEALS}).raise_for_status()
    again = server.write(path, "clerk", json={"reveals": REVEALS})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/wrong-order")
    set_time(server, "2023-09-15T11:05:00+00:00")
    other = [{**REVEALS[0], "time": "2023-09-15T09:31:00Z"}]
    changed = {"source": "combined", "parts": [{**PARTIES, "reveals": other}, DRAND]}
    assert [e["code"] for e in reveal(server, changed).json()["errors"]] == ["reveals-differ"]
    reveal(server, seed).raise_for_status()
    text = server.get("/v1/campaigns/test-2026/documents/transcript/seed.json").json()["text"]
    assert f" parties={VALUES['fire']}:- drand=" in text
    # Made again from the store, as after a restart.
    server.service.memory._values.clear()
    made = campaigns.load_revealed(server.service, "test-2026")
    assert made.draw.seed_document["text"] == text


@pytest.mark.parametrize(
    ("seed", "code", "field"),
    [
        ({**DRAND, "round": "x"}, "", "seed"),
        ({**DRAND, "chain": "slownet"}, "chain-unknown", "chain"),
        ({"source": "lottery", "inputs": [], "results": []}, "lottery-inputs", "inputs"),
        ({"source": "combined", "parts": [7]}, "", "seed"),
        ({"source": "combined", "parts": [{"source": "x"}]}, "seed-source-unknown", ""),
        ({"source": "dice", "rolls": "3141"}, "seed-short", "rolls"),
    ],
)
def test_refusals_name_their_field(
    server: Server, seed: dict[str, Any], code: str, field: str
) -> None:
    """Malformed evidence of any source is refused with its field."""
    server.commit().raise_for_status()
    answer = reveal(server, seed)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input")
    found = answer.json()["errors"][0]
    assert field in found["field"]
    assert not code or found["code"] == code


ROLLS = {"source": "dice", "sides": 10, "rolls": "31415926535897932384"}
OTHER = {"source": "dice", "sides": 10, "rolls": "27182818284590452353"}
THIRD = {"source": "dice", "sides": 10, "rolls": "16180339887498948482"}


def test_one_seed_serves_one_campaign(server: Server) -> None:
    """Rolls that another campaign showed, for its draw or its teams, open or sealed, serve no draw
    and no teams; fixed seeds, which are tests, may come again.
    """
    for name in ("city-a", "city-b", "fixed-1", "fixed-2"):
        source = (
            {"source": "fixed", "text": "atest"}
            if "fixed" in name
            else {"source": "dice", "sides": 10}
        )
        server.commit(scenario(source, name)).raise_for_status()
    shut = files("city-shut")
    shut["scenario.yaml"] = shut["scenario.yaml"].replace("  seed:", "  mode: sealed\n  seed:")
    server.commit(pack(shut)).raise_for_status()
    server.write("/v1/campaigns/city-shut/seal", json={}).raise_for_status()

    def teams(name: str, rolls: dict[str, Any], period: list[str]) -> Any:
        odds = {"period": period, "seed_source": {"source": "dice", "sides": 10}}
        made = server.write(f"/v1/campaigns/{name}/teams/odds", json=odds)
        assert made.status_code == 201, made.text
        base = f"/v1/campaigns/{name}/teams/draws"
        return server.write(base, "supervisor", json={"seed": rolls})

    reveal(server, ROLLS, "city-a").raise_for_status()
    used = reveal(server, ROLLS, "city-b")
    assert (used.status_code, used.json()["type"]) == (409, "/problems/seed-used")
    assert used.json()["campaign"] == "city-a"
    assert server.get("/v1/campaigns/city-b").json()["state"] == "committed"
    assert reveal(server, ROLLS, "city-shut").json()["type"] == "/problems/seed-used"
    reveal(server, OTHER, "city-shut").raise_for_status()
    year = ["2026-01-01", "2026-12-31"]
    for name in ("city-a", "city-shut"):
        plan = {"reason": "year", "effort": 1}
        server.write(f"/v1/campaigns/{name}/plans", json=plan).raise_for_status()
    assert teams("city-a", OTHER, year).json()["type"] == "/problems/seed-used"
    assert teams("city-shut", THIRD, year).status_code == 201
    # What a sealed campaign's teams showed stands in its ledger alone.
    again = {"seed": THIRD}
    late = server.write("/v1/campaigns/city-a/teams/draws", "supervisor", json=again)
    assert (late.json()["type"], late.json()["campaign"]) == ("/problems/seed-used", "city-shut")
    assert reveal(server, THIRD, "city-b").json()["type"] == "/problems/seed-used"
    for name in ("fixed-1", "fixed-2"):
        text = {"source": "fixed", "text": "atest"}
        assert reveal(server, text, name).status_code == 200
    spoken = {"source": "dice", "sides": 10, "rolls": "57721566490153286060"}
    server.write("/v1/campaigns/city-a/teams/draws", "supervisor", json={"seed": spoken})
    assert reveal(server, spoken, "city-b").json()["type"] == "/problems/seed-used"


def test_a_moment_that_several_campaigns_wait_for(server: Server) -> None:
    """The same round, or a ceremony of the same time, may serve all that announced it; the draws
    differ, since each key holds its own campaign.
    """
    set_time(server, "2023-09-15T10:00:00+00:00")
    at = {"source": "dice", "sides": 10, "at": "2023-09-15T11:00:00Z"}
    for name, source in (("round-1", DRAND), ("round-2", DRAND)):
        server.commit(scenario(announced(source), name)).raise_for_status()
    for name, source in (
        ("hall-1", at),
        ("hall-2", at),
        ("hall-3", {**at, "at": "2023-09-15T12:00:00Z"}),
    ):
        server.commit(scenario(source, name)).raise_for_status()
    set_time(server, "2023-09-15T13:01:00+00:00")
    for name in ("round-1", "round-2"):
        done = reveal(server, DRAND, name)
        assert done.status_code == 200, done.text
    keys = {
        server.get(f"/v1/campaigns/{name}/documents/transcript/seed.json").json()["key"]
        for name in ("round-1", "round-2")
    }
    assert len(keys) == 2
    rolls = {**at, "rolls": "31415926535897932384"}
    for name in ("hall-1", "hall-2"):
        assert reveal(server, rolls, name).status_code == 200
    later = reveal(server, {**rolls, "at": "2023-09-15T12:00:00Z"}, "hall-3")
    assert later.json()["type"] == "/problems/seed-used"
