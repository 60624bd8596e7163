"""The notices: complete, and the same in the page and in the workbook."""

import dataclasses
import io
import json
from collections import Counter

import openpyxl
import pytest
from synthetic_run import make_run

from optimizer.publication import publish


def sheet_rows(data: bytes, name: str) -> list[dict[str, object]]:
    """Read a sheet with another library: heading → value for each row."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    rows = list(book[name].iter_rows(min_row=2, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="module")
def results(files):
    """The first sheet of the results."""
    return sheet_rows(files["notice-results.xlsx"], "抽取结果")


def test_everyone_drawn_stands_in_the_results_once(run, files, results):
    """Each (item, enterprise) of the draw is in exactly one row, and nobody else is."""
    names = {i: item.name for i, item in run.registers.items.items()}
    draw = json.loads(files["transcript/draw.json"])
    drawn = Counter(
        (names[entry["item"]], ident)
        for entry in draw["items"]
        for stratum in entry["strata"]
        for ident in stratum["sample"]
    )
    shown = Counter(
        (item, row["统一社会信用代码"])
        for row in results
        for item in str(row["抽查事项"]).split("、")
    )
    assert shown == drawn


def test_visits_of_complaints_alone_are_not_in_the_results(files, results):
    """Who was complained about is no result of the draw."""
    checks = json.loads(files["transcript/checks.json"])["checks"]
    planned = {c["id"] for c in checks if c["kind"] == "planned"}
    plan = json.loads(files["transcript/plan.json"])
    expected = {v["id"] for v in plan["visits"] if planned & set(v["checks"])}
    assert {row["入企检查编号"] for row in results if row["入企检查编号"]} == expected
    assert len(expected) < len(plan["visits"])


def test_inspectors_are_shown_by_number_for_the_drawn_period_only(files, results):
    """Teams of the period by number, all others still to be drawn; no name of anyone."""
    teams = json.loads(files["transcript/teams.json"])["teams"]
    for row in results:
        visit = row["入企检查编号"]
        if not visit:
            continue
        if visit in teams:
            expected = [i for unit in sorted(teams[visit]) for i in teams[visit][unit]]
            assert str(row["检查人员"]).split("、") == expected
        else:
            assert row["检查人员"] == "待抽取"
    assert "检查员" not in files["notice-results.html"].decode()


def test_plan_counts_what_was_drawn(files):
    """Population and number drawn of each task are those of the documents."""
    draw = json.loads(files["transcript/draw.json"])
    rows = sheet_rows(files["notice-plan.xlsx"], "抽查计划")
    assert len(rows) == len(draw["items"])
    for row, entry in zip(rows, draw["items"], strict=True):
        assert row["抽查数量"] == sum(len(s["sample"]) for s in entry["strata"])
        assert row["对象总数"] == sum(s["population"] for s in entry["strata"])
        assert entry["item"] in str(row["抽查事项"])
    strata = sheet_rows(files["notice-plan.xlsx"], "分层比例")
    exact = [s["probability"] for entry in draw["items"] for s in entry["strata"]]
    assert [row["抽查概率"] for row in strata] == exact
    months = sheet_rows(files["notice-plan.xlsx"], "月度安排")
    plan = json.loads(files["transcript/plan.json"])
    assert sum(int(str(row["入企次数"])) for row in months) == len(plan["visits"])


def test_long_lists_are_cut_in_the_page_and_whole_in_the_workbook():
    """The page says how many rows there are and where all of them stand."""
    files = publish(make_run(enterprises=3000))
    rows = sheet_rows(files["notice-results.xlsx"], "抽取结果")
    page = files["notice-results.html"].decode()
    assert len(rows) > 300
    assert f"共 {len(rows):,} 行" in page
    assert 'href="notice-results.xlsx"' in page
    assert str(rows[299]["统一社会信用代码"]) in page
    shown = [row for row in rows if f">{row['入企检查编号']}<" in page and row["入企检查编号"]]
    assert 0 < len(shown) <= 300


def test_several_orders_of_one_item_are_told_apart():
    """An order with a key of its own is joined by it, and shown by it."""
    run = make_run(enterprises=100, departments=1)
    spec = json.loads(run.documents["transcript/spec.json"])
    draw = json.loads(run.documents["transcript/draw.json"])
    for document in (spec, draw):
        second = {**document["items"][0], "order": "autumn"}
        document["items"].append(second)
    draw["items"][1]["strata"] = [
        {**s, "sample": [], "size": 0} for s in draw["items"][1]["strata"]
    ]
    documents = {
        **run.documents,
        "transcript/spec.json": json.dumps(spec).encode(),
        "transcript/draw.json": json.dumps(draw).encode(),
    }
    files = publish(dataclasses.replace(run, documents=documents))
    rows = sheet_rows(files["notice-plan.xlsx"], "抽查计划")
    assert "autumn" in str(rows[1]["抽查事项"])
    assert rows[1]["抽查数量"] == 0
    assert int(str(rows[0]["抽查数量"])) > 0
