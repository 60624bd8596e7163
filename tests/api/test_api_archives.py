"""Uploaded zips: nothing outside the folder is written or read, nothing swells, nothing runs."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from api_city import files, pack
from conftest import MakeServer, Server
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from api.services.archives import unpack
from api.settings import Settings
from optimizer.errors import InputError


def codes(data: bytes, folder: Path, settings: Settings) -> set[str]:
    """Unpack, and return the codes of the faults."""
    with pytest.raises(InputError) as caught:
        unpack(io.BytesIO(data), folder, settings)
    return {fault.code for fault in caught.value.faults}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    return folder


SMALL = Settings(db=Path("unused"), max_unpacked=200_000, max_files=20)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.csv",
        "registers/../../evil.csv",
        "/evil.csv",
        "C:\\evil.csv",
        "..\\evil.csv",
        "./evil.csv",
        "a/" * 9 + "evil.csv",
        "evil\n.csv",
        "x" * 300 + ".csv",
    ],
)
def test_names_stay_below_the_folder(place: Path, name: str) -> None:
    """A name that leads out of the folder on any system is refused before anything is written."""
    assert codes(pack({**files(), name: "x"}), place, SMALL) == {"archive-path"}
    assert list(place.iterdir()) == []
    assert not list(place.parent.parent.rglob("evil*"))


@given(
    name=st.lists(st.sampled_from(["..", ".", "a", "", "b.csv", "~", "C:", "\\"]), max_size=6).map(
        "/".join
    )
)
def test_no_name_writes_outside(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """Whatever names a zip holds, every file that is written lies below the folder."""
    top = tmp_path_factory.mktemp("zip")
    folder = top / "in" / "here"
    folder.mkdir(parents=True)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name or "x", "x")
    with pytest.raises(InputError):
        unpack(data, folder, SMALL)
    for path in top.rglob("*"):
        assert path == folder.parent or path == folder or folder in path.parents


def test_links_are_refused(place: Path) -> None:
    """A symbolic link in a zip is refused."""
    info = zipfile.ZipInfo("registers/enterprises.csv")
    info.external_attr = 0o120777 << 16
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert codes(data.getvalue(), place, SMALL) == {"archive-special"}


def test_a_stated_bomb_is_refused(place: Path) -> None:
    """More bytes than allowed, by the zip's own table, are not unpacked."""
    data = pack({**files(), "registers/visits_made.csv": b"0" * 300_000})
    assert len(data) < 10_000
    assert codes(data, place, SMALL) == {"archive-size"}


def test_a_lying_bomb_is_refused(place: Path) -> None:
    """A zip whose table says less than its data hold is stopped while it is unpacked."""
    data = pack({**files(), "registers/visits_made.csv": b"0" * 300_000})
    told = data.replace((300_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert told != data
    assert codes(told, place, SMALL) & {"archive-bomb", "archive-unreadable"}
    assert sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) < 50_000


def test_a_nested_bomb_is_refused(place: Path) -> None:
    """A compressed register inside the zip that swells beyond the limit is refused."""
    swelling = gzip.compress(b"0" * 300_000, mtime=0)
    data = pack({**files(), "registers/visits_made.csv.gz": swelling})
    assert codes(data, place, SMALL) == {"archive-bomb"}


def test_a_nested_workbook_is_measured(tmp_path: Path, place: Path) -> None:
    """A workbook is a zip too: its stated size counts."""
    book = pack({"xl/worksheets/sheet1.xml": b"0" * 300_000})
    data = pack({**files(), "registers/visits_made.xlsx": book})
    assert codes(data, place, SMALL) == {"archive-bomb"}


def test_too_many_files_are_refused(place: Path) -> None:
    """A zip with more files than a scenario has is refused."""
    many = {f"registers/x{i}.csv": "" for i in range(30)}
    assert codes(pack({**files(), **many}), place, SMALL) == {"archive-files"}


@pytest.mark.parametrize("name", ["run.sh", "lib.so", "page.html", "registers/x.py"])
def test_only_registers_and_settings_are_unpacked(place: Path, name: str) -> None:
    """Files that a scenario does not hold are refused."""
    assert codes(pack({**files(), name: "x"}), place, SMALL) == {"archive-kind"}


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_what_is_no_zip_is_refused(place: Path, data: bytes) -> None:
    """Other bytes are a fault of the upload."""
    assert codes(data, place, SMALL) == {"archive-unreadable"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rules: [rules.yaml]", "rules: [../../../../etc/passwd]"),
        ("rules: [rules.yaml]", "rules: [rules.yaml]\nmapping: a/../../b.yaml"),
        ("rules: [rules.yaml]", "rules: [rules.yaml]\ncalendar: {file: ../c.csv}"),
        ("rules: [rules.yaml]", "rules: [rules.yaml]\ncodes: {areas: ../areas.csv}"),
        ("rules: [rules.yaml]", "rules: [rules.yaml]\nregisters: {items: ../items.csv}"),
    ],
)
def test_a_scenario_reads_nothing_outside_its_folder(place: Path, old: str, new: str) -> None:
    """Paths inside scenario.yaml that lead out of the folder are refused before they are read."""
    told = files()
    told["scenario.yaml"] = told["scenario.yaml"].replace(old, new)
    assert codes(pack(told), place, SMALL) == {"archive-outside"}


def test_the_server_generates_no_registers(place: Path) -> None:
    """A scenario that asks for generated registers is refused: it could ask for millions."""
    told = files()["scenario.yaml"] + "generator: {name: city, seed: 1}\n"
    assert codes(pack({"scenario.yaml": told}), place, SMALL) == {"archive-generator"}


def test_a_zip_with_one_folder_is_taken(place: Path) -> None:
    """The scenario may stand at the top of the zip or in its only folder; noise is ignored."""
    data = pack({"city/" + path: text for path, text in files().items()} | {"__MACOSX/x": "x"})
    assert unpack(io.BytesIO(data), place, SMALL) == place / "city"


def test_large_uploads_are_refused(settings: Settings, make_server: MakeServer) -> None:
    """Uploads and JSON over their limits are 413, with a length and without one."""
    server = make_server(replace(settings, max_upload=1000, max_json=500))
    zipped, json = {"content-type": "application/zip"}, {"content-type": "application/json"}
    for headers, size in ((zipped, 1001), (json, 501)):
        for path in ("/v1/campaigns", "/v1/checks"):
            stated = server.write(path, content=b"x" * size, headers=headers)
            assert stated.status_code == 413, (path, headers)
            assert stated.json()["limit"] == size - 1

    def stream() -> object:
        for _ in range(4):
            yield b"x" * 400

    for headers, path in ((zipped, "/v1/campaigns"), (json, "/v1/checks")):
        streamed = server.write(path, content=stream(), headers=headers)
        assert (streamed.status_code, streamed.json()["type"]) == (413, "/problems/too-large")


def test_other_media_types_are_refused(server: Server) -> None:
    """A scenario that is not sent as a zip is 415."""
    answer = server.commit(headers={"content-type": "application/octet-stream"})
    assert (answer.status_code, answer.json()["expected"]) == (415, "application/zip")


def workbook(*rows: tuple[str, ...]) -> bytes:
    """Return an Excel file as bureaus send them."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_text_that_no_store_holds(server: Server) -> None:
    """NUL characters and lone surrogates, which escapes of YAML and Excel bring in, are refused by
    file, line and field; a row of a register with one can be left out, on record."""
    of: dict[str, str | bytes] = dict(files())
    text = str(of["scenario.yaml"])
    for escape in ("\\0", "\\ud800"):
        of["scenario.yaml"] = text.replace("en: Test city", f'en: "Test{escape}city"')
        refused = server.commit(pack(of))
        assert refused.status_code == 422
        (fault,) = refused.json()["errors"]
        assert (fault["code"], fault["file"], fault["field"]) == (
            "text-unfit",
            "scenario.yaml",
            "title.en",
        )
        assert fault["row"]
    of["scenario.yaml"] = text
    rows = [tuple(line.split(",")) for line in str(of.pop("registers/enterprises.csv")).split()]
    rows[3] = (rows[3][0], "企业_x0000_", *rows[3][2:])
    of["registers/enterprises.xlsx"] = workbook(*rows)
    refused = server.commit(pack(of))
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert (fault["code"], fault["row"], fault["field"]) == ("text-unfit", 4, "name")
    taken = server.write(
        "/v1/campaigns?exclude_faulty=true",
        "clerk",
        content=pack(of),
        headers={"content-type": "application/zip"},
    )
    assert taken.status_code == 201, taken.text
    assert taken.json()["enterprises"] == len(rows) - 2
    assert "\x00" not in taken.text
    assert any("text-unfit" in str(each) or "row 4" in each for each in taken.json()["warnings"])
