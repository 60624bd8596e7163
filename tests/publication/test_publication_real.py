"""The publication of the small preset, made by the whole flow."""

import io
import json
import re
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from optimizer.flow import demo_secrets, run_flow
from optimizer.io import load_scenario

SMALL = Path(__file__).parents[2] / "scenarios" / "presets" / "small"


@pytest.fixture(scope="module")
def scenario():
    """The registers and rules of the preset."""
    return load_scenario(SMALL)


@pytest.fixture(scope="module")
def files(scenario):
    """Its publication."""
    done = run_flow(
        scenario, secrets=demo_secrets(scenario.name), verifiers={"verify.py": b"#"}, effort=20
    )
    return done.documents


def test_headline_is_the_plan_s(files):
    """The sentence at the top says the numbers of plan.json."""
    plan = json.loads(files["transcript/plan.json"])
    page = files["index.html"].decode()
    visits = len(plan["visits"])
    enterprises = len({visit["enterprise"] for visit in plan["visits"]})
    saved = 1 - visits / plan["comparison"]["unmerged"]
    expected = f"计划期内入企 <b>{visits}</b> 次，涉及 <b>{enterprises}</b> 户企业"
    assert expected in page
    assert f"减少 <b>{saved:.1%}</b>" in page


def test_everyone_drawn_is_in_the_notice_by_name(scenario, files):
    """The workbook lists the draw's enterprises with the names of the register, each item once."""
    draw = json.loads(files["transcript/draw.json"])
    items, firms = scenario.registers.items, scenario.registers.enterprises
    drawn = Counter(
        (firms[ident].name, ident, items[entry["item"]].name)
        for entry in draw["items"]
        for stratum in entry["strata"]
        for ident in stratum["sample"]
    )
    page = openpyxl.load_workbook(io.BytesIO(files["notice-results.xlsx"]))["抽取结果"]
    rows = list(page.iter_rows(min_row=2, values_only=True))
    name, ident, item = (rows[0].index(h) for h in ("企业名称", "统一社会信用代码", "抽查事项"))
    shown = Counter((row[name], row[ident], i) for row in rows[1:] for i in row[item].split("、"))
    assert set(shown) == set(drawn)
    assert all(shown[key] <= drawn[key] for key in shown)


def test_no_code_of_the_plan_is_left_without_words(files):
    """Every reason, mend, ledger entry and source that occurs is said in Chinese and English."""
    from optimizer.publication.locale_texts import Texts

    texts = Texts.load()
    plan = json.loads(files["transcript/plan.json"])
    reasons = [entry["reason"] for entry in plan["left_out"] + plan["unmerged"]]
    problem = json.loads(files["transcript/problem.json"])
    kinds = [json.loads(line)["kind"] for line in files["ledger/entries.jsonl"].splitlines()]
    needed = {f"reason.{reason['code']}" for reason in reasons}
    needed |= {f"mend.{mend['mend']}" for reason in reasons for mend in reason.get("mend", [])}
    needed |= {f"kind.{kind}" for kind in kinds}
    needed |= {f"source.{source}" for source in problem["rules"]["exempt_sources"]}
    assert {key for key in needed if key not in texts} == set()


def test_private_things_stay_private(scenario, files):
    """No page or workbook holds an inspector's name or certificate, or a risk class's rate name."""
    pages = b"".join(
        data for path, data in files.items() if path.endswith((".html", ".json", ".jsonl"))
    ).decode()
    for inspector in scenario.registers.inspectors.values():
        assert inspector.certificate not in pages
    names = {i.name for i in scenario.registers.inspectors.values() if len(i.name) > 2}
    public = {firm.name for firm in scenario.registers.enterprises.values()}
    text = re.sub(r"\s+", " ", files["notice-results.html"].decode())
    shown = {name for name in names if f">{name}<" in text or f"、{name}" in text}
    assert shown - public == set()


def test_unofficial_runs_say_so(files):
    """The preset's secrets are for demonstration, and every page says it."""
    for path in ("index.html", "notice-plan.html", "notice-results.html"):
        assert "由公开名称推导" in files[path].decode()
