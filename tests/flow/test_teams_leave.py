"""One inspector on leave: the collision in words, the planner's new day, teams, verified."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flow_program import SMALL, contents, program
from openpyxl import load_workbook

from optimizer.io.dossier import one_writer

Small = tuple[Path, dict[str, Any]]
HALVES = "2026-02-01/2026-02-14,2026-02-15/2026-02-28"
SOURCE = ("--seed-source", "dice", "--workers", "1")


@dataclass(frozen=True)
class Away:
    """A publication, the scenario with people on leave, and the units that collide."""

    out: Path
    scenario: Path
    units: dict[str, str]
    """Unit → the day on which its visits cannot be staffed."""


def visits_of(out: Path) -> list[dict[str, Any]]:
    """The visits of the plan that stands."""
    plans = (out / "transcript").glob("plan*.json")
    last = max(plans, key=lambda path: (len(path.name), path.name))
    return json.loads(last.read_bytes())["visits"]


@pytest.fixture(scope="module")
def away(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Away:
    """In two units all but one inspector are on leave on a day with a visit for two."""
    home = tmp_path_factory.mktemp("leave")
    out, scenario = home / "out", home / "city"
    shutil.copytree(small[0], out)
    shutil.copytree(SMALL, scenario)
    visits = visits_of(out)
    units: dict[str, str] = {}
    for visit in visits:
        for seat in visit["seats"]:
            if visit["day"] >= "2026-02-05" and len(units) < 2 and seat["unit"] not in units:
                units[seat["unit"]] = visit["day"]
    path = scenario / "registers" / "inspectors.xlsx"
    book = load_workbook(path)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    unit_at, leave_at = heads.index("执法主体编码"), heads.index("休假")
    seen: dict[str, int] = {}
    for row in sheet.iter_rows(min_row=2):
        unit = row[unit_at].value
        if unit in units:
            seen[unit] = seen.get(unit, 0) + 1
            if seen[unit] > 1:
                day = units[unit]
                spans = [x for x in (row[leave_at].value, f"{day}/{day}") if x]
                row[leave_at].value = ";".join(spans)
    book.save(path)
    return Away(out, scenario, units)


def test_every_collision_is_told_with_its_mends(away: Away) -> None:
    """Both units at once: visit, unit, day, why, and what would mend it."""
    words = ("teams", "commit", away.scenario, away.out, "--period", "2026-02-01/2026-02-28")
    code, told, _ = program(*words, *SOURCE)
    assert code == 1
    assert told["error"] == "InfeasibleError"
    for unit, day in away.units.items():
        assert f"({unit}) on {day}" in told["message"]
    assert "leave keeps out" in told["message"]
    assert told["message"].count("Mend: ") >= len(away.units)
    assert "to another day" in told["message"]
    assert "(on leave) come" in told["message"]
    assert [one["en"] for one in told["reasons"]] == told["message"].splitlines()
    _, _, said = program(*words, *SOURCE, "--lang", "zh")
    assert said.count("补救办法：") == len(told["reasons"])
    for one in told["reasons"]:
        assert one["zh"] in said
        assert "休假：" in one["zh"]


def test_the_planner_takes_the_cut_and_finds_another_day(away: Away, tmp_path: Path) -> None:
    """Planned anew, the visits have other days; teams are drawn, and both steps verify."""
    out = tmp_path / "out"
    shutil.copytree(away.out, out)
    before = {(v["enterprise"], v["day"]) for v in visits_of(out)}
    words = ("teams", "commit", away.scenario, out, "--period", "2026-02-01/2026-02-28")
    reason = ("--replan", "--effort", "5", "--reason", "leave in two units")
    code, told, text = program(*words, *SOURCE, *reason, "--draws", HALVES)
    assert code == 0, text
    assert told["plan"]["version"] == 2
    assert told["plan"]["gone_days"] >= len(away.units)
    after = visits_of(out)
    assert all(v["day"] > "2026-01-31" or (v["enterprise"], v["day"]) in before for v in after)
    for unit, day in away.units.items():
        there = [v for v in after if v["day"] == day and any(s["unit"] == unit for s in v["seats"])]
        assert not there
    seeds = ("16180339887498948482", "57721566490153286060")
    for seed in seeds:
        code, drawn, text = program("teams", "draw", out, "--seed", seed)
        assert code == 0, text
        assert drawn["verified"]
    assert drawn["waits"] == []
    code, report, _ = program("teams", "verify", out, "--odds", "--workers", "1")
    assert (code, report["ok"], "state" in report) == (0, True, False)
    assert [one["place"] for one in report["odds_again"]] == ["", ""]
    assert [check["name"] for check in report["teams"]][-1] == "later teams"
    code, report, _ = program("teams", "report", out)
    assert len(report["rounds"]) == 2
    last = report["rounds"][1]["draws"][-1]
    assert date.fromisoformat(last["days"][1]) == date(2026, 2, 28)


def test_who_has_left_is_kept_for_the_days_that_are_drawn(small: Small, tmp_path: Path) -> None:
    """Taken off the register they are named, with the mend; kept with an end they are replanned.

    Drawn visits cannot be moved, and the unit has nobody but one for them.
    """
    out, scenario = tmp_path / "out", tmp_path / "city"
    shutil.copytree(small[0], out)
    shutil.copytree(SMALL, scenario)
    asked = [
        (visit["day"] <= "2026-01-31", seat["unit"], seat["inspectors"])
        for visit in visits_of(out)
        for seat in visit["seats"]
    ]
    # Of several drawn, and of nobody but the one who stays later on.
    unit = min(
        {u for early, u, n in asked if early and n > 1}
        - {u for early, u, n in asked if not early and n > 1}
    )
    path = scenario / "registers" / "inspectors.xlsx"
    book = load_workbook(path)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    place = {name: heads.index(name) + 1 for name in ("执法人员编号", "执法主体编码", "有效期至")}
    rows = [
        n for n in range(2, sheet.max_row + 1) if sheet.cell(n, place["执法主体编码"]).value == unit
    ][1:]
    names = {sheet.cell(n, place["执法人员编号"]).value for n in rows}
    for n in rows:
        sheet.cell(n, place["有效期至"]).value = "2026-01-31"
    book.save(kept := tmp_path / "kept.xlsx")
    for n in reversed(rows):
        sheet.delete_rows(n)
    book.save(path)
    words = ("teams", "commit", scenario, out, "--period", "2026-02-01/2026-02-28", *SOURCE)
    again = ("--replan", "--effort", "1", "--reason", "离任")
    code, told, _ = program(*words, *again)
    (fault,) = told["faults"]
    assert (code, fault["code"], fault["file"]) == (2, "drawn-left", f"unit {unit}")
    drawn = json.loads((out / "transcript" / "teams.json").read_bytes())["teams"]
    went = {name for units in drawn.values() for name in units.get(unit, ())}
    assert set(fault["expected"].partition(" stand in")[0].removesuffix(" …").split(", ")) <= (
        went & names
    )
    assert "up to 2026-01-31" in fault["expected"]
    assert "valid_to" in fault["mend"]
    _, _, said = program(*words, *again, "--lang", "zh")
    assert "在截至 2026-01-31 已抽取的检查组中" in said
    assert "请在名录中保留离任人员" in said
    shutil.copyfile(kept, path)
    code, told, said = program(*words, *again)
    assert code == 0, said
    assert told["plan"]["version"] == 2
    assert told["verified"]


def test_who_is_recused_after_the_draw_does_not_undo_it(small: Small, tmp_path: Path) -> None:
    """Drawn visits of a whole unit that is recused since stand; a plan and later teams follow."""
    out, scenario = tmp_path / "out", tmp_path / "city"
    shutil.copytree(small[0], out)
    shutil.copytree(SMALL, scenario)
    drawn = [v for v in visits_of(out) if v["day"] <= "2026-01-31"]
    firm = drawn[0]["enterprise"]
    unit = drawn[0]["seats"][0]["unit"]
    path = scenario / "registers" / "inspectors.xlsx"
    book = load_workbook(path)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    unit_at, recused_at = heads.index("执法主体编码"), heads.index("回避")
    for row in sheet.iter_rows(min_row=2):
        if row[unit_at].value == unit:
            told = [x for x in (row[recused_at].value, f"{firm}:近亲属") if x]
            row[recused_at].value = ";".join(told)
    book.save(path)
    words = ("teams", "commit", scenario, out, "--period", "2026-02-01/2026-02-28", *SOURCE)
    again = ("--replan", "--effort", "5", "--reason", "a family matter told on 31 January")
    code, told, text = program(*words, *again)
    assert code == 0, text
    after = visits_of(out)
    assert [v for v in after if v["day"] <= "2026-01-31"] == drawn
    later = [v for v in after if v["enterprise"] == firm and v["day"] > "2026-01-31"]
    assert not any(seat["unit"] == unit for v in later for seat in v["seats"])
    code, _, text = program("teams", "draw", out, "--seed", "16180339887498948482")
    assert code == 0, text
    code, report, _ = program("teams", "verify", out)
    assert (code, report["ok"]) == (0, True)
    before = contents(out)
    code, told, _ = program("run", SMALL, "--out", out)
    assert (code, told["faults"][0]["code"]) == (2, "out-went-on")
    assert contents(out) == before


def test_no_two_steps_at_once(small: Small, tmp_path: Path) -> None:
    """While a step is taken another is refused: both would sign ledgers of the same size."""
    out = tmp_path / "out"
    shutil.copytree(small[0], out)
    words = ("teams", "commit", SMALL, out, "--period", "2026-02-01/2026-02-28", *SOURCE)
    at_once = (
        "teams",
        "round",
        SMALL,
        out,
        "--period",
        "2026-02-01/2026-02-28",
        "--seed",
        "1" * 20,
    )
    before = contents(out)
    with one_writer(out):
        for step in (words, at_once):
            code, told, _ = program(*step)
            assert (code, told["faults"][0]["code"]) == (2, "campaign-busy")
    assert contents(out) == before
    code, _, text = program(*words)
    assert code == 0, text


def test_visits_that_a_period_passes_over_are_told(small: Small, tmp_path: Path) -> None:
    """Between what is drawn and the period no lottery comes any more: not without a word."""
    out = tmp_path / "out"
    shutil.copytree(small[0], out)
    between = sum("2026-01-31" < visit["day"] < "2026-02-10" for visit in visits_of(out))
    words = ("teams", "commit", SMALL, out, "--period", "2026-02-10/2026-02-28", *SOURCE)
    code, told, text = program(*words)
    assert (code, told["undrawn_before"]) == (0, between)
    assert between
    assert f"{between} visits before this period have no drawn team" in text
    again = ("--reason", "the whole month", "--lang", "zh")
    words = ("teams", "commit", SMALL, out, "--period", "2026-02-01/2026-02-28", *SOURCE)
    code, told, text = program(*words, *again)
    assert (code, told["undrawn_before"]) == (0, 0)
    assert "未选派" not in text


def with_caps(scenario: Path, caps: dict[str, dict[str, int]]) -> None:
    """Give all inspectors of units most visits: heading → unit → number."""
    path = scenario / "registers" / "inspectors.xlsx"
    book = load_workbook(path)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    unit_at = heads.index("执法主体编码")
    for heading, units in caps.items():
        place = heads.index(heading) if heading in heads else len(heads)
        heads[place:] = heads[place:] or [heading]
        sheet.cell(1, place + 1).value = heading
        for row in range(2, sheet.max_row + 1):
            unit = sheet.cell(row, unit_at + 1).value
            if unit in units:
                sheet.cell(row, place + 1).value = units[unit]
    book.save(path)


def seats_in(out: Path, unit: str, first: str, last: str) -> int:
    """Seats that the plan asks of a unit from one day to another."""
    return sum(
        seat["inspectors"]
        for visit in visits_of(out)
        if first <= visit["day"] <= last
        for seat in visit["seats"]
        if seat["unit"] == unit
    )


def test_weeks_and_months_too_full_are_planned_anew(small: Small, tmp_path: Path) -> None:
    """Caps of two units, a week's and then, after a draw, a month's that counts the drawn."""
    out, scenario = tmp_path / "out", tmp_path / "city"
    shutil.copytree(small[0], out)
    shutil.copytree(SMALL, scenario)
    week, busy = ("market-140321", "2026-02-09", "2026-02-15"), "fire-140302"
    later = (busy, "2026-02-15", "2026-02-28")
    before = seats_in(out, *week)
    assert (seats_in(out, busy, "2026-02-01", "2026-02-14"), seats_in(out, *later)) == (4, 2)
    with_caps(scenario, {"每周检查上限": {week[0]: 1, busy: 1}})
    words = ("teams", "commit", scenario, out, *SOURCE, "--draws", HALVES)
    february = ("--period", "2026-02-01/2026-02-28")
    code, told, _ = program(*words, *february)
    assert (code, told["error"]) == (1, "InfeasibleError")
    assert "in the week (每周检查上限)" in told["message"]
    assert "to another week" in told["message"]
    again = ("--replan", "--effort", "5", "--reason", "most visits a week")
    code, told, text = program(*words, *february, *again)
    assert code == 0, text
    assert seats_in(out, *week) < before
    code, _, text = program("teams", "draw", out, "--seed", "16180339887498948482")
    assert code == 0, text
    drawn = [v for v in visits_of(out) if v["day"] <= "2026-02-14"]
    # Four of the unit's five have been drawn: the visit of two that is left leaves the month.
    with_caps(scenario, {"每月检查上限": {busy: 1}})
    rest = ("teams", "commit", scenario, out, "--period", "2026-02-15/2026-02-28", *SOURCE)
    code, told, _ = program(*rest, "--reason", "most visits a month too")
    assert (code, told["error"]) == (1, "InfeasibleError")
    assert "in the month (每月检查上限)" in told["message"]
    code, told, text = program(*rest, *again[:-1], "most visits a month too")
    assert code == 0, text
    assert [v for v in visits_of(out) if v["day"] <= "2026-02-14"] == drawn
    assert seats_in(out, *later) == 0
    code, _, text = program("teams", "draw", out, "--seed", "57721566490153286060")
    assert code == 0, text
    code, report, _ = program("teams", "verify", out)
    assert (code, report["ok"]) == (0, True)
