"""Sealed campaigns over HTTP: nobody but the roles named knows, and each reading is in the log."""

from __future__ import annotations

import json
from typing import Any

from api_city import files, pack
from conftest import MakeServer, Server

from api.services.publications import check_publication
from api.settings import Settings
from api.store.audit import audit_store

BASE = "/v1/campaigns/test-2026"


def sealed_files() -> dict[str, str]:
    made = files()
    made["scenario.yaml"] = made["scenario.yaml"].replace("  seed:", "  mode: sealed\n  seed:")
    return made


def readings(server: Server) -> list[dict[str, Any]]:
    entries = server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]
    lines = [json.loads(entry["line"]) for entry in entries]
    return [line["body"] for line in lines if line["kind"] == "reading"]


def drawn(server: Server) -> None:
    server.commit(pack(sealed_files())).raise_for_status()
    server.write(f"{BASE}/seal", "clerk", json={}).raise_for_status()
    server.reveal().raise_for_status()


def test_only_named_roles_read_and_each_reading_is_logged(server: Server) -> None:
    """Others are refused and leave no entry; of a result in an own proof the log says not whose."""
    drawn(server)
    for role in ("clerk", "department", "auditor"):
        refused = server.get(f"{BASE}/result", role)
        assert (refused.status_code, refused.json()["roles"]) == (403, ["admin", "supervisor"])
    assert server.get(f"{BASE}/result", None).status_code == 401
    assert readings(server) == []
    told = server.get(f"{BASE}/result").json()
    server.get(f"{BASE}/result", "supervisor").raise_for_status()
    sample = told["items"][0]["strata"][0]["sample"][0]
    proof = f"{BASE}/enterprises/{sample}/own-proof"
    assert server.get(f"{proof}?of=result", "auditor").status_code == 403
    text = server.get(f"{proof}?of=result").text
    assert text.startswith("c2sp.org/tlog-proof@v1")
    assert [(body["role"], body["what"]) for body in readings(server)] == [
        ("admin", "result"),
        ("supervisor", "result"),
        ("admin", "own-proof"),
    ]
    assert sample not in json.dumps(readings(server))
    unknown = server.get(f"{BASE}/enterprises/E9999/own-proof?of=result")
    assert unknown.json()["type"] == "/problems/not-found"
    # What it can be drawn for is no result: readers of transcripts may hand it out.
    assert server.get(proof, "auditor").status_code == 200
    assert server.get(f"{BASE}/enterprises/{sample}/proof", "clerk").status_code == 200
    assert len(readings(server)) == 3


def test_nothing_else_tells(server: Server) -> None:
    """No document, list or public answer names an enterprise before the opening; nothing that
    would is planned, asked or published.
    """
    drawn(server)
    listed = server.get(f"{BASE}/documents", "auditor").json()["items"]
    paths = [each["path"] for each in listed]
    assert "transcript/draw.json" not in paths
    assert "transcript/frame.jsonl" not in paths
    told = "".join(server.get(f"{BASE}/documents/{path}", "auditor").text for path in paths)
    for path in ("", "/plans"):
        told += server.get(BASE + path, "auditor").text
    told += server.get("/v1/public/ledger/entries?limit=500", None).text
    told += server.get("/v1/public/campaigns", None).text
    told += server.get("/v1/visits?campaign=test-2026", "auditor").text
    assert "frame_root" in told
    assert "E00" not in told
    for path in ("transcript/draw.json", "transcript/frame.jsonl", "secret.json", "drawn.csv"):
        assert server.get(f"{BASE}/documents/{path}").status_code == 404
    plan = server.write(f"{BASE}/plans", json={"reason": "year"})
    assert (plan.status_code, plan.json()["type"]) == (409, "/problems/sealed")
    published = server.write(f"{BASE}/publication", method="PUT", headers={"if-match": "*"})
    assert published.json()["type"] == "/problems/wrong-order"


def test_steps_of_a_sealed_campaign(
    server: Server, settings: Settings, make_server: MakeServer
) -> None:
    """Commit, seal, reveal and open, each in its place, two persons, over a restart; what is
    opened verifies, is published, and the store passes its audit.
    """
    made = server.commit(pack(sealed_files()))
    assert (made.status_code, made.json()["mode"]) == (201, "sealed"), made.text
    early = server.reveal()
    assert [fault["code"] for fault in early.json()["errors"]] == ["step-first"]
    assert server.get(f"{BASE}/result").json()["type"] == "/problems/wrong-order"
    assert server.write(f"{BASE}/seal", "department", json={}).status_code == 403
    again = {"idempotency-key": "seal"}
    first = server.write(f"{BASE}/seal", "clerk", json={}, headers=again)
    assert (first.status_code, first.json()["open_after"]) == (200, "2026-05-29"), first.text
    repeat = server.write(f"{BASE}/seal", "clerk", json={}, headers=again)
    assert repeat.content == first.content
    second = server.write(f"{BASE}/seal", "clerk", json={})
    assert [fault["code"] for fault in second.json()["errors"]] == ["step-done"]
    assert server.reveal("clerk").json()["type"] == "/problems/same-person"
    other = make_server(settings)
    shown = other.reveal()
    assert (shown.status_code, shown.json()["state"]) == (200, "revealed"), shown.text
    assert "distinct" not in shown.json()
    result = other.get(f"{BASE}/result").json()
    assert [each.differences for each in audit_store(settings)] == [[]] * 5
    assert other.write(f"{BASE}/opening", "clerk", json={}).status_code == 403
    unsaid = other.write(f"{BASE}/opening", "supervisor", json={})
    assert [fault["code"] for fault in unsaid.json()["errors"]] == ["open-early"]
    opened = other.write(f"{BASE}/opening", "supervisor", json={"reason": "all visits are over"})
    assert opened.status_code == 200, opened.text
    after = other.get(f"{BASE}/result", "auditor").json()
    assert after["items"] == result["items"]
    assert after["distinct"] == result["distinct"]
    own = other.get(f"{BASE}/result", "department").json()["items"]
    assert [each["item"] for each in own] == ["F-1"]
    assert len(readings(other)) == 1
    check_publication(other.service, "test-2026")
    etag = other.get(BASE).headers["etag"]
    path = f"{BASE}/publication"
    assert other.write(path, method="PUT", headers={"if-match": etag}).status_code == 200
    public = "/v1/public/campaigns/test-2026/documents"
    assert other.get(f"{public}/transcript/draw.json", None).status_code == 200
    assert [each.differences for each in audit_store(settings)] == [[]] * 5


def test_open_campaigns_are_not_sealed(server: Server) -> None:
    """Sealing and opening an open campaign is refused; its own proofs are given."""
    server.commit().raise_for_status()
    for path in ("seal", "opening"):
        answer = server.write(f"{BASE}/{path}", json={})
        assert answer.json()["type"] == "/problems/wrong-order"
    server.reveal().raise_for_status()
    for of in ("frame", "result"):
        given = server.get(f"{BASE}/enterprises/E0001/own-proof?of={of}", "clerk")
        assert given.text.startswith("c2sp.org/tlog-proof@v1"), given.text
    assert readings(server) == []
