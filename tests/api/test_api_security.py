"""Secrets stay inside, and nothing that is exported runs: what no other file of tests holds."""

from __future__ import annotations

import csv
import io
import logging
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from conftest import Server

from api.logs import LOGGER, JsonLines
from api.services.exports import TABLES
from api.settings import Settings
from api.store.tables import CampaignRow
from optimizer.publication.exports import Export, export_bytes

SIGNS = tuple("=+-@\uff1d\uff20")
LEADS = (*SIGNS, "\t=", "\r=", "\n=", " =", "\ufeff=", "\u3000+")


@pytest.mark.parametrize("table", TABLES)
def test_no_field_of_any_export_is_a_formula(table: str) -> None:
    """Whatever field a hostile text reaches, no kind of file holds a formula or loses the text."""
    fields = TABLES[table]
    rows = tuple(
        tuple("" if field.whole else f"{lead}HYPERLINK(1)" for field in fields) for lead in LEADS
    )
    made = Export(table, ("表", "table"), fields, rows)
    text = export_bytes(made, "csv", campaign="c").decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            # Spreadsheets pass over leading white space of a cell.
            assert cell.lstrip("\ufeff \t\r\n\u3000")[:1] not in SIGNS, repr(cell)
    book = openpyxl.load_workbook(io.BytesIO(export_bytes(made, "xlsx", campaign="c")))
    cells = [cell for sheet in book.worksheets for line in sheet.iter_rows() for cell in line]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    # Parquet has types: text in a text column is never a formula.
    read = pq.read_table(io.BytesIO(export_bytes(made, "parquet", campaign="c")))
    for field in fields:
        assert str(read.schema.field(field.name).type) == ("int64" if field.whole else "string")


def test_no_secret_in_logs_errors_or_answers(
    server: Server, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A campaign made, drawn, planned and refused: no key, salt or signing key stands anywhere."""
    with caplog.at_level(logging.DEBUG):
        answers: list[Any] = [
            server.commit(),
            server.commit(),
            server.reveal("clerk"),
            server.reveal(),
            server.write("/v1/campaigns/test-2026/plans", json={"reason": "first", "effort": 1}),
            server.write("/v1/checks", json={"campaign": server.keys["admin"], "checks": []}),
            server.get("/v1/caller", headers={"authorization": f"Bearer {server.keys['admin']}0"}),
        ]
        paths = ["", "/documents", "/result", "/plans", "/enterprises/E0001/proof"]
        answers += [server.get(f"/v1/campaigns/test-2026{path}") for path in paths]
        answers += [server.get(path) for path in ("/v1/caller", "/v1/entries", "/openapi.json")]
        listed = server.get("/v1/campaigns/test-2026/documents").json()["items"]
        answers += [
            server.get(f"/v1/campaigns/test-2026/documents/{one['path']}") for one in listed
        ]
        answers += [server.get("/v1/public/ledger/entries?limit=500", None)]
        server.stop()
    with server.service.store.read() as session:
        salt = session.query(CampaignRow).one().salt_master
    secrets = [settings.log_key.read_text().strip(), salt.hex()]
    secrets += [key.rsplit("_", 1)[1] for key in server.keys.values()]
    logged = "\n".join(JsonLines().format(record) for record in caplog.records)
    assert any(record.name == LOGGER.name for record in caplog.records)
    told = "\n".join(f"{a.text}\n{a.headers}" for a in answers)
    # What a caller wrote into a field by mistake comes back to him alone: it is in no log.
    told = told.replace(server.keys["admin"], "")
    for secret in secrets:
        assert secret not in logged
        assert secret not in told
