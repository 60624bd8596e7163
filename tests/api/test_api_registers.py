"""Registers over HTTP: faults as data, versions by digest, campaigns from them, hostile files."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_city import files, pack
from conftest import MakeServer, Server
from hostile_files import corners, foreign, laughs, repeats, text_cell, workbook

from api.services.archives import unpack_registers
from api.settings import MIB, Settings
from optimizer.errors import InputError
from optimizer.io import read_table

PATH = "/v1/registers"
ZIPPED = {"content-type": "application/zip"}


def registers(**changed: str | bytes) -> dict[str, str | bytes]:
    """Return register files of the small city; of `changed`, names have _ for their last dot."""
    made: dict[str, str | bytes] = {
        path.removeprefix("registers/"): text
        for path, text in files().items()
        if path.startswith("registers/")
    }
    return made | {name.replace("_", "."): data for name, data in changed.items()}


def send(
    server: Server,
    contents: Mapping[str, str | bytes],
    path: str = PATH,
    role: str = "clerk",
    **more: Any,
) -> httpx.Response:
    top, headers = more.pop("top", ""), {**ZIPPED, **more.pop("headers", {})}
    address = f"{path}?identifiers=free&city=140300"
    return server.write(address, role, content=pack(contents, top=top), headers=headers, **more)


def test_versions_are_kept_by_digest(server: Server) -> None:
    """The same files are the same version, however zipped; other files another; each is in the
    log once, and pages give all.
    """
    kept = send(server, registers(), headers={"idempotency-key": "one"})
    assert kept.status_code == 201, kept.text
    found = kept.json()
    assert kept.headers["location"] == found["registers"] == f"{PATH}/{found['digest']}"
    rows = {each["register"]: each["rows"] for each in found["files"]}
    assert rows["enterprises"] == 24
    again = send(server, registers(), headers={"idempotency-key": "one"})
    assert (again.content, again.headers["idempotent-replayed"]) == (kept.content, "true")
    other = send(server, dict(reversed(registers().items())), top="registers/", role="admin")
    assert (other.status_code, other.json()) == (200, found)
    fewer = registers()
    fewer["enterprises.csv"] = str(fewer["enterprises.csv"]).rsplit("\n", 2)[0] + "\n"
    second = send(server, fewer).json()
    assert second["digest"] != found["digest"]
    first = server.get(f"{PATH}?limit=1", "auditor").json()
    rest = server.get(f"{PATH}?limit=1&cursor={first['next']}", "auditor").json()
    assert (first["items"], rest["items"], rest["next"]) == ([found], [second], None)
    assert server.get(found["registers"], "auditor").json() == found
    assert server.get(f"{PATH}/{'0' * 64}").status_code == 404
    entries = server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]
    lines = [json.loads(entry["line"]) for entry in entries]
    told = [line["body"] for line in lines if line["kind"] == "registers"]
    assert [body["registers"] for body in told] == [found["digest"], second["digest"]]
    assert set(told[0]["files"]) == set(rows)


def test_faults_are_data(server: Server) -> None:
    """Validation answers every fault with file, row, field, what was expected and the mend, in the
    language asked for, and keeps nothing; keeping refuses with the same faults.
    """
    broken = registers()
    broken["enterprises.csv"] = str(broken["enterprises.csv"]).replace(",5212,", ",XX,", 1)
    broken["items.csv"] = str(broken["items.csv"]).replace("onsite", "nowhere", 1)
    answer = send(server, broken, f"{PATH}/validation", headers={"accept-language": "zh"})
    told = answer.json()
    assert (answer.status_code, told["ok"], told["fault_count"]) == (200, False, 2)
    assert {(fault["file"], fault["row"]) for fault in told["faults"]} == {
        ("enterprises.csv", 2),
        ("items.csv", 2),
    }
    for fault in told["faults"]:
        assert fault["field"]
        assert fault["expected"]
        assert fault["mend"]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in fault["message"])
    refused = send(server, broken)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-input")
    assert [fault["code"] for fault in refused.json()["errors"]] == [
        fault["code"] for fault in told["faults"]
    ]
    assert server.get(PATH).json()["items"] == []
    good = send(server, registers(), f"{PATH}/validation").json()
    assert (good["ok"], good["faults"]) == (True, [])
    assert {each["register"] for each in good["files"]} >= {"enterprises", "units", "items"}
    assert server.get(PATH).json()["items"] == []


def test_who_may(server: Server) -> None:
    """Those who draw upload, auditors read, departments do neither: names of inspectors are in."""
    for role, keeps, reads in (
        ("department", 403, 403),
        ("auditor", 403, 200),
        ("supervisor", 201, 200),
    ):
        assert send(server, registers(), role=role).status_code == keeps
        validated = send(server, registers(), f"{PATH}/validation", role)
        assert validated.status_code == (200 if keeps == 201 else 403)
        assert server.get(PATH, role).status_code == reads


def test_a_campaign_from_a_stored_version(
    server: Server, settings: Settings, make_server: MakeServer
) -> None:
    """A scenario without registers draws from a version, names it, and stands by itself: a second
    server makes it again. Registers from both, or an unknown version, are refused.
    """
    digest = send(server, registers()).json()["digest"]
    own = {path: text for path, text in files().items() if not path.startswith("registers/")}
    path = f"/v1/campaigns?registers={digest}"
    twice = server.write(path, "clerk", content=pack(files()), headers=ZIPPED)
    assert {fault["code"] for fault in twice.json()["errors"]} == {"archive-registers-twice"}
    unknown = f"/v1/campaigns?registers={'0' * 64}"
    assert server.write(unknown, "clerk", content=pack(own), headers=ZIPPED).status_code == 404
    made = server.write(path, "clerk", content=pack(own), headers=ZIPPED)
    assert made.status_code == 201, made.text
    assert (made.json()["registers"], made.json()["enterprises"]) == (digest, 24)
    second = make_server(settings)
    assert second.reveal().status_code == 200


HOSTILE = Settings(db=Path("unused"), max_reading=384 * MIB, max_reading_seconds=30)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("enterprises.xlsx", corners),
        ("enterprises.parquet", lambda: repeats(2_000_000)),
        ("enterprises.csv.gz", lambda: gzip.compress(b"id\n" + b"x\n" * 40_000_000, 1, mtime=0)),
    ],
)
def test_tables_that_swell_are_refused(
    tmp_path: Path, name: str, make: Callable[[], bytes]
) -> None:
    """What no size states is found by reading it where it can do no harm, and named."""
    contents = {path: text for path, text in registers().items() if path != "enterprises.csv"}
    data = pack({**contents, name: make()})
    assert len(data) < MIB
    with pytest.raises(InputError) as caught:
        unpack_registers(io.BytesIO(data), tmp_path, HOSTILE)
    assert [(fault.code, fault.field) for fault in caught.value.faults] == [("archive-bomb", name)]


def test_a_flood_of_files_is_refused_unread(tmp_path: Path) -> None:
    """A zip of more files than could be listed in time is refused before its table is read."""
    flood = pack({"items.csv": b"PK\x01\x02" * 3000}, top="")
    with pytest.raises(InputError) as caught:
        unpack_registers(io.BytesIO(_stored(flood)), tmp_path, replace(HOSTILE, max_files=20))
    assert [fault.code for fault in caught.value.faults] == ["archive-files"]
    assert list(tmp_path.iterdir()) == []


def _stored(data: bytes) -> bytes:
    """Return bytes that hold as many entries as a zip of thousands of files, and no zip reads."""
    return data[:4] + b"PK\x01\x02" * 3000 + data[4:]


def test_entities_of_workbooks_are_not_followed(tmp_path: Path) -> None:
    """Neither a file of the server nor a thousand million laughs comes out of a workbook."""
    secret, book = tmp_path / "secret.txt", tmp_path / "enterprises.xlsx"
    secret.write_text("the secret of the server")
    for hostile in (foreign(str(secret)), laughs()):
        book.write_bytes(hostile)
        with pytest.raises(InputError) as caught:
            read_table(book)
        assert [fault.code for fault in caught.value.faults] == ["file-unreadable"]
        assert "the secret" not in str(caught.value)
    book.write_bytes(workbook(text_cell("E1")))
    assert [column.to_pylist() for column in read_table(book).cells] == [["E1"]]


def test_the_server_survives_its_readers(server: Server) -> None:
    """A workbook that wants half a terabyte ends a reader of its own, and the server goes on."""
    rest = {path: text for path, text in registers().items() if path != "enterprises.csv"}
    killer = send(server, {**rest, "enterprises.xlsx": corners()})
    assert {fault["code"] for fault in killer.json()["errors"]} == {"archive-bomb"}
    scenario = {path: text for path, text in files().items() if "enterprises" not in path}
    whole = server.commit(pack({**scenario, "registers/enterprises.xlsx": corners()}))
    assert {fault["code"] for fault in whole.json()["errors"]} == {"archive-bomb"}
    assert server.get("/health", None).status_code == 200
