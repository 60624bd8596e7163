"""The page on visits: its commands run in order, and its tables are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from shell_page import ROOT, free_port, run_page

from api.services.entry_codes import ANSWERS
from optimizer.domain.outcome import OUTCOMES
from optimizer.supervision import ALERTS, FIELDS

HOWTO = ROOT / "docs" / "how-to"
PAGE = (HOWTO / "visits.md").read_text("utf-8")
BEFORE = (HOWTO / "api.md").read_text("utf-8").split("## May we go there")[0]
BLOCK = re.compile(r"```bash\n(.*?)```", re.S)


def test_the_commands_run_in_order(tmp_path: Path) -> None:
    """Every shell block of the page ends well behind those of the API's page that it builds on."""
    blocks = [*BLOCK.findall(BEFORE), *BLOCK.findall(PAGE)]
    # Before its visits: none gets a code once its day is over.
    run_page(blocks, tmp_path, free_port(), begin="2026-01-01T09:00:00+08:00")

    def read(name: str) -> dict[str, object]:
        return dict(json.loads((tmp_path / name).read_text()))

    assert read("told.json")["answer"] == "not-yet"
    assert read("scan.json")["code"] == "wrong-day"
    assert read("alerts.json")["items"]
    assert (tmp_path / "code.svg").read_text().startswith("<svg")
    for name in ("visits.csv", "outcomes.xlsx", "alerts.parquet", "unit.ics", "inspector.ics"):
        assert (tmp_path / name).stat().st_size > 100, name


def rows(*columns: str) -> set[tuple[str, ...]]:
    """Return the rows of the page's tables that begin with code and have so many columns."""
    found = re.findall(r"^\| (`.+) \|$", PAGE, re.M)
    cells = [tuple(row.replace("`", "").split(" | ")) for row in found]
    return {row for row in cells if len(row) == len(columns)}


def test_every_outcome_and_alert_is_on_the_page() -> None:
    """The page's tables say of each code what the program says, and list no other."""
    yes = {True: "yes", False: "no"}
    five = rows("code", "", "", "", "")
    assert five == {(o.code, o.zh, o.en, yes[o.done], yes[o.fault]) for o in OUTCOMES.values()} | {
        (a.code, a.clause, str(a.severity), a.zh, a.en) for a in ALERTS.values()
    }


def test_every_answer_and_figure_is_on_the_page() -> None:
    """Each answer to a check of a code, and each figure of the statistics, is explained."""
    listed = {name for row in rows("answer", "") for name in row[0].split(", ")}
    assert listed == set(ANSWERS)
    for name in (*FIELDS, "hit_rate"):
        assert f"`{name}`" in PAGE


def test_codes_are_well_formed() -> None:
    """Only a check that was carried out can have found a fault; severities are 1 to 3."""
    assert all(o.done or not o.fault for o in OUTCOMES.values())
    assert all(o.code == code for code, o in OUTCOMES.items())
    assert all(a.severity in (1, 2, 3) and a.code == code for code, a in ALERTS.items())
