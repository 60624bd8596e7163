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


def scenario(announced: dict[str, Any]) -> bytes:
    """Return the city's zip, its seed of such a source."""
    made = files()
    text = SCENARIO.format(name="test-2026", source="dice")
    made["scenario.yaml"] = text.replace("seed: {source: dice}", f"seed: {json.dumps(announced)}")
    return pack(made)


def set_time(server: Server, text: str) -> None:
    """Set the server's clock."""
    server.service.store._clock.moment = datetime.fromisoformat(text)


def reveal(server: Server, seed: dict[str, Any]) -> Any:
    return server.write("/v1/campaigns/test-2026/reveal", "supervisor", json={"seed": seed})


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
