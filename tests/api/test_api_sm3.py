"""A campaign of SM3 through the API: its documents, ledger and proofs are made with it."""

from __future__ import annotations

import json

import pytest
from api_city import enterprise, files, pack
from conftest import Server

from optimizer import canon
from optimizer.canon import SM3, merkle
from optimizer.ledger import Ledger, verify_checkpoint
from optimizer.verifier import verify

BASE = "/v1/campaigns/test-2026"


@pytest.fixture
def sm3(server: Server) -> Server:
    """A server with a campaign of SM3, drawn and planned."""
    made = files()
    made["scenario.yaml"] = made["scenario.yaml"].replace("campaign:\n", "campaign:\n  hash: sm3\n")
    server.commit(pack(made)).raise_for_status()
    server.reveal().raise_for_status()
    answer = server.write(f"{BASE}/plans", json={"reason": "the year's first plan"})
    answer.raise_for_status()
    return server


def test_documents_and_ledger(sm3: Server) -> None:
    """Every digest in the ledger is SM3's, its checkpoint holds, and the plan stands alone."""
    ledger = Ledger.read(sm3.get(f"{BASE}/documents/ledger/entries.jsonl").content)
    assert ledger.hash == SM3
    documents = {}
    for entry in ledger.entries:
        if "document" in entry.body:
            path = entry.body["document"]
            documents[path] = sm3.get(f"{BASE}/documents/{path}").content
            assert entry.body["sm3"] == canon.digest(documents[path], SM3)
            assert "sha256" not in entry.body
    told = sm3.get(BASE).json()
    assert told["spec"] == canon.digest(documents["transcript/spec.json"], SM3)
    checkpoint = sm3.get(f"{BASE}/documents/ledger/checkpoint.txt").content
    vkey = sm3.get(f"{BASE}/documents/ledger/log.vkey").text
    lines = [entry.line for entry in ledger.entries]
    assert verify_checkpoint(checkpoint, vkey, lines, SM3)[2] == ledger.root
    three = [documents[f"transcript/{name}.json"] for name in ("checks", "problem", "plan")]
    assert len(verify.check_plan_documents(*three)) == 4
    listed = [each["path"] for each in sm3.get(f"{BASE}/documents").json()["items"]]
    report = verify.verify({path: sm3.get(f"{BASE}/documents/{path}").content for path in listed})
    assert report.first_fault is None


def test_a_line_is_proved(sm3: Server) -> None:
    """The proof of an enterprise's line leads to the committed root, and names the hash."""
    shown = sm3.get(f"{BASE}/enterprises/{enterprise(7)}/proof").json()
    assert shown["hash"] == "sm3"
    leaf = merkle.leaf_hash(shown["line"].encode(), SM3)
    assert leaf.hex() == shown["leaf"]
    proof = [bytes.fromhex(node) for node in shown["proof"]]
    root = bytes.fromhex(sm3.get(BASE).json()["frame_root"])
    assert merkle.verify_inclusion(shown["index"], shown["size"], leaf, proof, root, SM3)
    assert not merkle.verify_inclusion(shown["index"], shown["size"], leaf, proof, root)


def test_requests_and_a_second_plan(sm3: Server) -> None:
    """A request is answered, and the next plan's parent is the first by SM3."""
    body = {"department": "health", "enterprise": enterprise(3), "item": "H-1", "due": "2026-06-30"}
    headers = {"content-type": "application/json"}
    answer = sm3.write("/v1/requests", "admin", content=json.dumps(body), headers=headers)
    assert answer.status_code == 201
    first = sm3.get(f"{BASE}/plans/1").json()
    parent = sm3.get(first["links"]["document"]).content
    second = sm3.write(f"{BASE}/plans", json={"reason": "a request came in"}).json()
    document = sm3.get(second["links"]["document"]).json()
    assert document["parent"] == canon.digest(parent, SM3)
