"""Entry codes over HTTP: for filed visits, checked by anyone, void when the visit changes."""

from __future__ import annotations

import stat
from datetime import date, timedelta

import pytest
from conftest import MakeServer, Server
from visits_city import (
    BASE,
    clock_at,
    entries_of,
    file_plan,
    issue,
    own_items,
    people,
    planned,
    triggered,
    visits,
)

from api.security.entry_codes import PREFIX, read_code
from api.settings import Settings
from optimizer.canon import digest


def ask(server: Server, code: str) -> dict[str, object]:
    """Check a code as the public does."""
    answer = server.get(f"/v1/public/entry-codes/{code}", None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_anyone_learns_what_is_authorised_and_not_who(server: Server) -> None:
    """On the day the check says departments, items, day and number; no inspector's name or id."""
    visit = planned(server, drawn=True)[0]
    made = issue(server, visit)
    assert made.status_code == 201, made.text
    code = made.json()["code"]
    early = ask(server, code)
    assert (early["authorised"], early["answer"]) == (False, "not-yet")
    assert "items" not in early
    clock_at(server, f"{visit['day']}T08:00:00")
    told = ask(server, code)
    assert (told["authorised"], told["answer"]) == (True, "authorised")
    assert told["days"] == [visit["day"], visit["day"]]
    assert [d["id"] for d in told["departments"]] == visit["departments"]  # type: ignore[attr-defined]
    assert {item["id"] for item in told["items"]} == set(own_items(visit))  # type: ignore[attr-defined]
    assert told["inspectors"] == sum(seat["inspectors"] for seat in visit["seats"])
    for who in people(server, visit):
        assert who not in str(told)
    assert "人员" not in str(told)
    clock_at(server, f"{date.fromisoformat(visit['day']) + timedelta(days=1)}T08:00:00")
    assert ask(server, code)["answer"] == "expired"


def test_the_log_holds_a_digest_and_the_key(server: Server) -> None:
    """The issue is in the log as a hash of the code; the key came before it, and is public."""
    visit = planned(server)[0]
    made = issue(server, visit).json()
    (entry,) = entries_of(server, "entry-code")
    assert entry["body"]["code"] == digest(made["code"].encode()) == made["sha256"]
    (key,) = entries_of(server, "entry-key")
    assert key["index"] < entry["index"]
    listed = server.get("/v1/public/entry-code-keys", None).json()["items"]
    assert listed == [{"kid": made["kid"], "vkey": key["body"]["vkey"]}]
    for line in server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]:
        assert visit["enterprise"] not in line["line"] or line["kind"] not in ("entry-code", "scan")


def test_every_wrong_code_has_its_answer(server: Server) -> None:
    """Forged, unknown key, not issued here, unreadable, revoked: each says so and nothing more."""
    visit = planned(server)[0]
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T08:00:00")
    said, _ = read_code(code)
    last = code[-20]
    forged = code[:-20] + ("A" if last != "A" else "B") + code[-19:]
    kid = code[: len(PREFIX) + 2] + ("A" if code[len(PREFIX) + 2] != "A" else "B") + code[6:]
    wanted = {
        forged: "forged",
        kid: "unknown-key",
        "DR1": "unreadable",
        "x": "unreadable",
        code + "A": "unreadable",
        code[:-1]: "unreadable",
        "DR1" + "A" * 2000: "unreadable",
        "é中": "unreadable",
    }
    for text, answer in wanted.items():
        told = ask(server, text)
        assert (told["authorised"], told["answer"]) == (False, answer), text
        assert set(told) == {"authorised", "answer", "words", "today"}
    assert ask(server, code.lower())["authorised"]
    gone = server.write(
        f"/v1/entry-codes/{said.nonce.hex()}/revocation", "clerk", json={"reason": "phone was lost"}
    )
    assert gone.json()["state"] == "revoked"
    assert ask(server, code)["answer"] == "revoked"
    (entry,) = entries_of(server, "entry-code-revoked")
    assert entry["body"]["reason"] == "phone was lost"


def test_a_code_of_another_store_was_not_issued_here(
    tmp_path: object, make_server: MakeServer
) -> None:
    """A code that our key signed, but no transaction kept, is unknown: a restored backup's."""
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    one = make_server(Settings(db=tmp_path / "a.sqlite3"))
    visit = planned(one)[0]
    code = issue(one, visit).json()["code"]
    other = make_server(Settings(db=tmp_path / "b.sqlite3"))
    assert ask(other, code)["answer"] == "unknown-key"
    key = (tmp_path / "a.sqlite3.entry-key").read_bytes()
    (tmp_path / "b.sqlite3.entry-key").write_bytes(key)
    (tmp_path / "b.sqlite3.entry-key").chmod(0o600)
    issue(other, planned(other)[1]).raise_for_status()
    assert ask(other, code)["answer"] == "unknown-code"


def test_an_amended_visit_voids_its_code(server: Server) -> None:
    """A check that joins voids the code at once; the visit gets a new one. What stands unchanged
    in a later plan keeps its code.
    """
    found = planned(server)
    one, other = found[0], found[1]
    code = issue(server, one).json()["code"]
    kept = issue(server, other).json()["code"]
    number = int(one["enterprise"][1:])
    joined = server.write(
        "/v1/requests",
        json={
            "department": "health",
            "enterprise": f"E{number:04d}",
            "item": "H-1",
            "source": "complaint",
            "earliest": one["day"],
            "due": one["day"],
        },
    )
    assert joined.json()["outcome"] == "joined", joined.text
    clock_at(server, f"{one['day']}T08:00:00")
    assert ask(server, code)["answer"] == "amended"
    again = issue(server, one)
    assert again.status_code == 201, again.text
    assert ask(server, again.json()["code"])["authorised"]
    assert ask(server, code)["answer"] == "revoked"
    plan = {"reason": "night run", "effort": 1, "keep": "all"}
    server.write(f"{BASE}/plans", json=plan).raise_for_status()
    assert ask(server, kept)["answer"] in ("authorised", "not-yet", "expired")
    late = issue(server, other)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/visit-superseded")
    new = server.get(late.json()["visit"]).json()
    assert (new["enterprise"], new["day"]) == (other["enterprise"], other["day"])


def test_only_filed_visits_get_a_code(server: Server) -> None:
    """Planned checks need a filing for their day, triggered ones none; who may not ask is told."""
    found = planned(server, filed=False)
    drawn = next(v for v in found if all(c.startswith("P-") for c in v["checks"]))
    refused = issue(server, drawn)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-filed")
    assert server.get(refused.json()["filings"]).json()["items"] == []
    assert issue(server, triggered(server)).status_code == 201
    assert issue(server, drawn, "auditor").status_code == 403
    file_plan(server).raise_for_status()
    assert issue(server, drawn).status_code == 201


def test_no_code_for_a_day_that_is_over(server: Server) -> None:
    """On the day itself there is one, on the next the entry can only be reported."""
    planned(server, filed=False)
    visit = triggered(server)
    clock_at(server, f"{visit['day']}T23:00:00")
    assert issue(server, visit).status_code == 201
    after = (date.fromisoformat(visit["day"]) + timedelta(days=1)).isoformat()
    clock_at(server, f"{after}T00:00:01")
    late = issue(server, visit)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/day-past")


def test_departments_issue_for_their_own_visits(server: Server) -> None:
    """A department's key issues, reads and revokes codes of its visits; others do not exist."""
    found = planned(server)
    mine = next(v for v in found if "fire" in v["departments"])
    other = triggered(server)
    made = issue(server, mine, "department")
    assert made.status_code == 201
    assert issue(server, other, "department").status_code == 404
    theirs = issue(server, other).json()["links"]["self"]
    assert server.get(theirs, "department").status_code == 404
    gone = {"json": {"reason": "not mine at all"}}
    assert server.write(f"{theirs}/revocation", "department", **gone).status_code == 404
    path = made.json()["links"]["self"]
    read = server.get(path, "department")
    stale = server.write(
        f"{path}/revocation",
        "department",
        headers={"if-match": '"code.x.1"'},
        json={"reason": "lost"},
    )
    assert stale.status_code == 412
    done = server.write(
        f"{path}/revocation",
        "department",
        headers={"if-match": read.headers["etag"]},
        json={"reason": "lost"},
    )
    assert (done.status_code, done.json()["state"]) == (200, "revoked")


def test_the_qr_code_is_small_enough_for_a_phone(
    settings: Settings, make_server: MakeServer
) -> None:
    """The QR code holds the address of the check, in capitals, with at most 65 modules a side."""
    import re
    from dataclasses import replace

    server = make_server(replace(settings, public_address="https://jc.example.cn"))
    visit = planned(server)[0]
    made = issue(server, visit).json()
    answer = server.get(made["links"]["qr"], "clerk")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text.startswith("<svg")
    width = re.search(r'width="(\d+)"', answer.text)
    assert width is not None
    assert int(width[1]) // 6 - 8 <= 65
    assert server.get(made["links"]["qr"], None).status_code == 401


def test_the_key_is_for_its_owner_alone(server: Server, settings: Settings) -> None:
    """The key's file is 0600 and its bytes stand nowhere else; one that is open is refused."""
    found = planned(server)
    issue(server, found[0]).raise_for_status()
    path = settings.entry_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = path.read_text().strip()
    for other in path.parent.iterdir():
        if other != path and other.is_file():
            assert secret.encode() not in other.read_bytes()
            assert bytes.fromhex(secret) not in other.read_bytes()
    path.chmod(0o644)
    answer = issue(server, found[1])
    assert answer.json()["errors"][0]["code"] == "entry-key-open"
    path.chmod(0o600)


def test_old_codes_hold_after_a_new_key(server: Server, settings: Settings) -> None:
    """Another key signs what comes; codes of the one before are still known."""
    found = planned(server)
    one = issue(server, found[0]).json()
    settings.entry_key.unlink()
    other = issue(server, found[1]).json()
    assert one["kid"] != other["kid"]
    assert {k["kid"] for k in server.get("/v1/public/entry-code-keys", None).json()["items"]} == {
        one["kid"],
        other["kid"],
    }
    for made in (one, other):
        clock_at(server, f"{made['day']}T08:00:00")
        assert ask(server, made["code"])["authorised"]


@pytest.mark.parametrize("again", [False, True])
def test_a_repeat_gives_the_same_code(server: Server, again: bool) -> None:
    """The same key gives the very code again; another key a new one, and the old is revoked."""
    visit = planned(server)[0]
    key = {"idempotency-key": "code-1"}
    one = server.write(f"{visit['visit']}/entry-codes", "clerk", json={}, headers=key)
    if again:
        key = {"idempotency-key": "code-2"}
    two = server.write(f"{visit['visit']}/entry-codes", "clerk", json={}, headers=key)
    assert (one.json()["code"] == two.json()["code"]) != again
    assert (ask(server, one.json()["code"])["answer"] == "revoked") == again
    assert len(visits(server)) > 1
