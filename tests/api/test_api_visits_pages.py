"""Pages of entry codes, and races for what may happen once."""

from __future__ import annotations

import base64
import re
import threading
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from api_city import files, pack
from conftest import MakeServer, Server
from visits_city import (
    BASE,
    alerts,
    clock_at,
    entries_of,
    file_plan,
    issue,
    own_items,
    people,
    planned,
    visits,
)

from api.services.entry_codes import ANSWERS
from api.settings import Settings
from optimizer.errors import InputError

OUTSIDE = re.compile(r"""(?:src|href|action)=["'](?!data:|#)[^"']+""")


def test_the_page_on_a_phone(server: Server) -> None:
    """Without a key, in both languages: authorised with what for, or why not; nothing loaded."""
    visit = planned(server, drawn=True)[0]
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T08:00:00")
    page = server.get(f"/E/{code}", None)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    for words in (*ANSWERS["authorised"], "可以入企检查", "消防检查", visit["enterprise"]):
        assert words in unescape(page.text)
    for who in people(server, visit):
        assert who not in page.text
    assert OUTSIDE.findall(page.text) == []
    wrong = server.get(f"/E/{code[:-8]}AAAAAAAA", None)
    assert "不得据此入企检查" in wrong.text
    assert "12345" in wrong.text
    assert "消防检查" not in wrong.text
    assert server.get("/E/" + "A" * 3000, None).status_code == 422


def test_the_page_that_is_printed(settings: Settings, make_server: MakeServer) -> None:
    """It holds the QR code with the address of the check, and the code in letters."""
    server = make_server(replace(settings, public_address="https://jc.example.cn/"))
    visit = planned(server)[0]
    made = issue(server, visit).json()
    page = server.get(made["links"]["page"], "clerk")
    assert made["code"] in page.text
    assert OUTSIDE.findall(page.text) == []
    image = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page.text)
    assert image is not None
    drawn = base64.b64decode(image[1]).decode()
    assert drawn == server.get(made["links"]["qr"], "clerk").text
    assert server.get(made["links"]["page"], None).status_code == 401
    assert server.get(made["links"]["page"], "auditor").status_code == 403


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("", True),
        ("https://jc.example.cn", True),
        ("http://10.1.2.3:8000/", True),
        ("https://jc.example.cn/app", False),
        ("jc.example.cn", False),
        ("https://a b", False),
        ("javascript:alert(1)", False),
    ],
)
def test_addresses_that_codes_can_lead_to(settings: Settings, address: str, good: bool) -> None:
    """Scheme, host and port survive capitals; a path does not, and is refused."""
    told = replace(settings, public_address=address)
    if good:
        told.refuse_odd_address()
        return
    with pytest.raises(InputError) as caught:
        told.refuse_odd_address()
    assert caught.value.faults[0].code == "serve-public-address"


def test_hostile_names_stay_text(server: Server) -> None:
    """Markup in a register's name is shown, not run."""
    scenario = files()
    text = scenario["registers/enterprises.csv"]
    scenario["registers/enterprises.csv"] = text.replace("企业0,", "<script>alert(1)</script>,")
    server.commit(pack(scenario)).raise_for_status()
    server.reveal().raise_for_status()
    server.write(f"{BASE}/plans", json={"reason": "plan", "effort": 1}).raise_for_status()
    file_plan(server).raise_for_status()
    visit = next(v for v in visits(server) if v["enterprise"] == "E0000")
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T08:00:00")
    page = server.get(f"/E/{code}", None).text
    assert "<script>alert" not in page
    assert "<script>alert(1)</script>" in unescape(page)


def at_once(count: int, act: Any) -> list[Any]:
    """Run `act` with 0 … count − 1 in threads that start together; return what they gave."""
    gate, found = threading.Barrier(count), []

    def work(number: int) -> None:
        gate.wait()
        found.append(act(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_an_outcome_is_recorded_once_however_many_send_it(
    settings: Settings, make_server: MakeServer
) -> None:
    """Of eight who record it at once, at two servers on one store, one is told so; the others
    that it is there.
    """
    one = make_server(settings)
    visit = planned(one)[0]
    two = make_server(settings)
    for server in (one, two):
        clock_at(server, f"{visit['day']}T17:00:00")
    body = {"outcomes": [{"check": visit["checks"][0], "outcome": "no-fault"}]}

    def send(number: int) -> int:
        server = (one, two)[number % 2]
        headers = {"idempotency-key": f"race-{number}"}
        path = f"{visit['visit']}/outcomes"
        return int(server.write(path, "admin", json=body, headers=headers).status_code)

    assert sorted(at_once(8, send)) == [201] + [409] * 7
    assert len(one.get(f"{visit['visit']}/outcomes").json()["items"]) == 1
    assert len(entries_of(one, "outcome")) == 1
    assert [alert["rule"] for alert in alerts(one)] == ["no-code"]


def test_one_code_holds_however_many_are_issued(
    settings: Settings, make_server: MakeServer
) -> None:
    """Of six codes issued at once for a visit, at two servers, one holds and five are revoked."""
    one = make_server(settings)
    visit = planned(one)[0]
    two = make_server(settings)
    made = at_once(6, lambda n: issue((one, two)[n % 2], visit, "clerk").json()["code"])
    clock_at(one, f"{visit['day']}T08:00:00")
    answers = [one.get(f"/v1/public/entry-codes/{code}", None).json()["answer"] for code in made]
    assert sorted(answers) == ["authorised"] + ["revoked"] * 5
    assert len(entries_of(one, "entry-key")) == 1


def test_scans_at_once_are_all_kept(server: Server) -> None:
    """Eight scans of one person at once: eight records, seven alerts of scanning twice."""
    visit = planned(server, drawn=True)[0]
    who = people(server, visit)[0]
    code = issue(server, visit).json()["code"]
    clock_at(server, f"{visit['day']}T10:05:00")
    body = {
        "inspector": who,
        "at": f"{visit['day']}T10:00:00+08:00",
        "place": {"text": "门口"},
        "items": own_items(visit),
        "code": code,
    }

    def send(number: int) -> int:
        headers = {"idempotency-key": f"scan-{number}"}
        path = f"{visit['visit']}/scans"
        return int(server.write(path, "clerk", json=body, headers=headers).status_code)

    assert at_once(8, send) == [201] * 8
    assert len(server.get(f"{visit['visit']}/scans").json()["items"]) == 8
    assert [alert["rule"] for alert in alerts(server)] == ["scanned-twice"] * 7
