"""Campaigns over HTTP: commit, reveal by another person, result, documents, publication."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from api_city import DICE, enterprise, files, pack
from conftest import Server

from optimizer import canon, flow
from optimizer.canon import merkle
from optimizer.draw import make_source
from optimizer.io import load_scenario
from optimizer.ledger import Ledger, verify_checkpoint
from optimizer.verifier.verify import verify


def test_commit_fixes_frame_and_spec_in_the_ledger(server: Server) -> None:
    """After a commit the log holds frame, spec and seed source, each with its digest."""
    answer = server.commit()
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/campaigns/test-2026"
    assert answer.json()["state"] == "committed"
    entries = server.get("/v1/public/ledger/entries?campaign=test-2026", None).json()["items"]
    assert [entry["kind"] for entry in entries] == ["frame", "spec", "seed-source"]
    listed = server.get("/v1/campaigns/test-2026/documents").json()["items"]
    digests = {each["path"]: each["sha256"] for each in listed}
    for entry in entries[:2]:
        said = entry["body"]["body"]
        assert digests[said["document"]] == said["sha256"]
        data = server.get(f"/v1/campaigns/test-2026/documents/{said['document']}").content
        assert canon.digest(data) == said["sha256"]


def test_the_draw_is_what_the_core_draws(server: Server, tmp_path: Any) -> None:
    """The API adds nothing: its draw.json is byte for byte that of the flow on the same folder."""
    server.commit()
    server.reveal()
    got = server.get("/v1/campaigns/test-2026/documents/transcript/draw.json").content
    for path, text in files().items():
        place = tmp_path / "city" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    with server.service.store.read() as session:
        from api.services.campaigns import find

        salt = find(session, "test-2026").salt_master
    committed = flow.commit(
        load_scenario(tmp_path / "city"),
        flow.Secrets(salt, bytes(32)),
        now="2026-01-01T00:00:00Z",
    )
    assert canon.canonical(flow.reveal(committed, make_source(DICE)).draw.document) == got


def test_two_persons_make_a_draw(server: Server) -> None:
    """The key that committed cannot reveal, whatever its role; another can."""
    server.commit(role="admin")
    refused = server.reveal("admin")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/same-person")
    assert server.reveal("supervisor").status_code == 200


def test_a_seed_is_revealed_once(server: Server) -> None:
    """A second reveal is refused, and the first draw stands."""
    server.commit()
    server.reveal()
    before = server.get("/v1/campaigns/test-2026/result").json()
    again = server.write(
        "/v1/campaigns/test-2026/reveal",
        json={"seed": {**DICE, "rolls": "27182818284590452353"}},
    )
    assert (again.status_code, again.json()["type"]) == (409, "/problems/wrong-order")
    assert server.get("/v1/campaigns/test-2026/result").json() == before


@pytest.mark.parametrize(
    "seed",
    [
        {"source": "dice", "rolls": "3141"},
        {"source": "dice", "sides": 6, "rolls": "3141592653589793238431415926535"},
        {"source": "dice", "sides": 12, "rolls": "31415926535897932384"},
        {"source": "fixed", "text": "mine"},
        {"source": "beacon"},
        {"source": "dice", "rolls": 31415926535897932384},
    ],
)
def test_seeds_that_were_not_announced_are_refused(server: Server, seed: dict[str, Any]) -> None:
    """Short rolls, rolls such dice cannot show, and other sources than the committed one."""
    server.commit()
    answer = server.write("/v1/campaigns/test-2026/reveal", "supervisor", json={"seed": seed})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input")
    assert server.get("/v1/campaigns/test-2026").json()["state"] == "committed"


def test_a_campaign_is_never_replaced(server: Server) -> None:
    """A second commit under the same name is refused."""
    server.commit()
    again = server.commit(pack(files(enterprises=30)))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/campaign-exists")


def test_faults_of_registers_come_all_at_once(server: Server) -> None:
    """Every fault of an uploaded scenario is listed with file, row, field and mend."""
    broken = files()
    broken["registers/units.csv"] += "x,x,fire,fire,village,140302\n"
    broken["registers/items.csv"] += "X-1,x,nobody,onsite,1,1\n"
    answer = server.commit(pack(broken))
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["fault_count"] == len(problem["errors"]) >= 3
    assert {each["file"] for each in problem["errors"]} == {
        "registers/units.csv",
        "registers/items.csv",
    }
    for each in problem["errors"]:
        assert each["row"] >= 2
        assert each["field"]
        assert each["expected"]
        assert each["mend"]
    assert server.get("/v1/campaigns").json()["items"] == []


def test_chinese_where_asked(server: Server) -> None:
    """`Accept-Language: zh` gives titles and messages in Chinese."""
    answer = server.commit(b"no zip", headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert answer.json()["title"] == "输入有误"


def test_result_before_the_reveal_is_refused(server: Server) -> None:
    """There is no result before there is a seed."""
    server.commit()
    answer = server.get("/v1/campaigns/test-2026/result")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/wrong-order")


def test_a_department_sees_its_own_result(server: Server) -> None:
    """A department's key reads its own items, the others read all."""
    server.commit()
    server.reveal()
    own = server.get("/v1/campaigns/test-2026/result", "department").json()["items"]
    every = server.get("/v1/campaigns/test-2026/result", "auditor").json()["items"]
    assert [item["item"] for item in own] == ["F-1"]
    assert {item["item"] for item in every} == {"F-1", "M-1", "O-1"}
    refused = server.get("/v1/campaigns/test-2026/documents/transcript/draw.json", "department")
    assert refused.status_code == 403


def test_publication_opens_the_documents(server: Server) -> None:
    """Without a key nothing is read before the publication, everything after it."""
    server.commit()
    server.reveal()
    path = "/v1/public/campaigns/test-2026/documents"
    assert server.get(path, None).status_code == 404
    assert server.get(f"{path}/transcript/draw.json", None).status_code == 404
    etag = server.get("/v1/campaigns/test-2026").headers["etag"]
    server.write(
        "/v1/campaigns/test-2026/publication",
        "supervisor",
        method="PUT",
        headers={"if-match": etag},
    ).raise_for_status()
    listed = server.get(path, None).json()["items"]
    assert {each["path"] for each in listed} >= {
        "transcript/frame.jsonl",
        "transcript/draw.json",
        "ledger/entries.jsonl",
    }
    folder = {}
    for each in listed:
        answer = server.get(f"{path}/{each['path']}", None)
        folder[each["path"]] = answer.content
        assert canon.digest(answer.content) == each["sha256"]
        assert answer.headers["etag"] == f'"{each["sha256"]}"'
        same = server.get(
            f"{path}/{each['path']}", None, headers={"if-none-match": answer.headers["etag"]}
        )
        assert (same.status_code, same.content) == (304, b"")
    report = verify(folder)
    assert report.first_fault is None
    page = server.get(f"{path}?limit=2", None).json()
    paths = [each["path"] for each in page["items"]]
    while page["next"] is not None:
        page = server.get(f"{path}?limit=2&cursor={page['next']}", None).json()
        paths += [each["path"] for each in page["items"]]
    assert paths == sorted(folder)


def test_publication_wants_what_was_read(server: Server) -> None:
    """If-Match is needed, and an old ETag is refused: somebody else has acted meanwhile."""
    server.commit()
    old = server.get("/v1/campaigns/test-2026").headers["etag"]
    server.reveal()
    path = "/v1/campaigns/test-2026/publication"
    missing = server.write(path, method="PUT")
    assert (missing.status_code, missing.json()["type"]) == (
        428,
        "/problems/precondition-required",
    )
    stale = server.write(path, method="PUT", headers={"if-match": old})
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/precondition-failed")
    assert server.get("/v1/campaigns/test-2026").json()["published_at"] is None


def test_the_campaigns_ledger_verifies(server: Server) -> None:
    """The campaign's own ledger is one that `optimizer.ledger` reads and whose signature holds."""
    server.commit()
    server.reveal()
    base = "/v1/campaigns/test-2026/documents/ledger/"
    entries = server.get(base + "entries.jsonl").content
    ledger = Ledger.read(entries)
    vkey = server.get(base + "log.vkey").text
    origin, size, root = verify_checkpoint(
        server.get(base + "checkpoint.txt").content, vkey, entries.splitlines()
    )
    assert (origin, size, root) == ("double-random/test-2026", 6, ledger.root)
    kinds = [entry.kind for entry in ledger.entries]
    assert kinds == ["frame", "spec", "seed-source", "seed", "draw", "checks"]


def test_an_enterprise_can_be_shown_its_own_line(server: Server) -> None:
    """The proof of one line leads to the committed root, and shows no other line."""
    root = server.commit().json()["frame_root"]
    for number in (0, 7, 23):
        shown = server.get(f"/v1/campaigns/test-2026/enterprises/{enterprise(number)}/proof").json()
        assert json.loads(shown["line"])["id"] == enterprise(number)
        assert merkle.verify_inclusion(
            shown["index"],
            shown["size"],
            merkle.leaf_hash(shown["line"].encode()),
            [bytes.fromhex(node) for node in shown["proof"]],
            bytes.fromhex(root),
        )
    missing = server.get("/v1/campaigns/test-2026/enterprises/E9999/proof")
    assert missing.status_code == 404


def test_lists_are_paged(server: Server) -> None:
    """Following `next` gives every entry once, in order."""
    for number in range(5):
        server.commit(pack(files(f"c-{number}"))).raise_for_status()
    seen: list[str] = []
    path: str | None = "/v1/campaigns?limit=2"
    while path is not None:
        page = server.get(path).json()
        assert len(page["items"]) <= 2
        seen += [item["campaign"] for item in page["items"]]
        path = f"/v1/campaigns?limit=2&cursor={page['next']}" if page["next"] else None
    assert seen == [f"c-{number}" for number in range(5)]
    for cursor in ("nonsense!", base64.urlsafe_b64encode(b'"x"').decode().rstrip("=")):
        assert server.get(f"/v1/campaigns?cursor={cursor}").status_code == 400


def test_the_seed_of_the_scenario_is_not_used(server: Server) -> None:
    """Rolls in an uploaded file draw nothing: the seed comes with the reveal, from another."""
    told = files()
    told["scenario.yaml"] = told["scenario.yaml"].replace(
        "{source: dice}", '{source: dice, rolls: "27182818284590452353"}'
    )
    server.commit(pack(told)).raise_for_status()
    server.reveal().raise_for_status()
    seed = server.get("/v1/campaigns/test-2026/documents/transcript/seed.json").json()
    assert seed["source"]["rolls"] == DICE["rolls"]


def test_test_seeds_say_so(server: Server) -> None:
    """A fixed seed is drawn where it was announced, and every answer says that it is a test."""
    server.commit(pack(files(source="fixed, text: a"))).raise_for_status()
    answer = server.write(
        "/v1/campaigns/test-2026/reveal",
        "supervisor",
        json={"seed": {"source": "fixed", "text": "abc"}},
    )
    assert answer.json()["test_seed"] is True
    assert server.get("/v1/campaigns/test-2026/result").json()["test"] is True
