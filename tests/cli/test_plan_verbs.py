"""`double-random plan …` on a small city: what it prints, writes and refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from optimizer import canon
from optimizer.cli import main
from optimizer.flow import why_not
from optimizer.registers.columns import COLUMNS

ROOT = Path(__file__).parents[2]
SMALL = str(ROOT / "scenarios" / "presets" / "small")
ONE = str(ROOT / "scenarios" / "adverse" / "one-day")


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small city's plan with a cap of one visit a department, so that checks are left out."""
    out = tmp_path_factory.mktemp("plan") / "solved"
    words = ["plan", "solve", SMALL, "--out", str(out), "--workers", "1"]
    assert main([*words, "--effort", "4", "--set", "rules.cap.cap-department=1"]) == 0
    return out


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the program with --json and return exit code and document."""

    def asked(*words: str | Path) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


def read(folder: Path, name: str) -> Any:
    return canon.parse((folder / f"{name}.json").read_bytes())


def test_solve_writes_what_it_prints(solved: Path, ask: Any, tmp_path: Path) -> None:
    """Documents refer to each other; solving the folder anew gives the same bytes."""
    plan = read(solved, "plan")
    assert plan["problem"] == canon.digest((solved / "problem.json").read_bytes())
    assert len((solved / "plan.csv").read_text().splitlines()) == 1 + len(
        read(solved, "checks")["checks"]
    )
    again = tmp_path / "again"
    code, found = ask("plan", "solve", solved, "--out", again, "--effort", "4", "--workers", "2")
    assert code == 0
    assert found["visits"] == len(plan["visits"])
    assert found["left_out"] == len(plan["left_out"]) > 0
    assert (again / "plan.json").read_bytes() == (solved / "plan.json").read_bytes()


def test_explain_and_whynot(solved: Path, ask: Any) -> None:
    """A visit, its enterprise's pairs, and a check left out are explained as data."""
    plan = read(solved, "plan")
    pair = plan["unmerged"][0]
    code, found = ask("plan", "explain", solved, "--enterprise", pair["enterprise"])
    assert code == 0
    at = [v["id"] for v in plan["visits"] if v["enterprise"] == pair["enterprise"]]
    assert [v["visit"] for v in found["visits"]] == at
    assert len(found["pairs"]) == len(at) * (len(at) - 1) // 2
    code, found = ask("plan", "explain", solved, "--visit", at[0])
    assert [v["visit"] for v in found["visits"]] == [at[0]]
    lost = plan["left_out"][0]["check"]
    code, found = ask("plan", "whynot", solved, lost)
    assert code == 0
    assert found["minimal"]
    assert found["collide"]
    assert found["mends"]
    assert all(mend["proved"] for mend in found["mends"])
    code, found = ask("plan", "whynot", solved, plan["visits"][0]["checks"][0])
    assert (code, found["faults"][0]["code"]) == (2, "check-visited")
    code, found = ask("plan", "whynot", solved)
    assert len(found["left_out"]) == len(plan["left_out"])
    assert ask("plan", "explain", solved, "--visit", "V9")[0] == 2
    assert main(["plan", "whynot", str(solved), lost, "--lang", "zh"]) == 0


def test_amend_and_diff(solved: Path, ask: Any, tmp_path: Path) -> None:
    """A request makes a new version with parent and reason; what is pinned stays."""
    plan = read(solved, "plan")
    first = plan["visits"][0]
    item = next(c for c in read(solved, "checks")["checks"] if c["id"] == first["checks"][0])
    request = {"id": "R-1", "enterprise": first["enterprise"], "item": item["item"]}
    request |= {"source": "complaint", "received": "2026-05-06", "due": "2026-05-29"}
    (tmp_path / "add.json").write_text(json.dumps([request]))
    out = tmp_path / "two"
    words = ["plan", "amend", solved, "--add", tmp_path / "add.json", "--reason", "a complaint"]
    code, found = ask(*words, "--out", out, "--from", "2026-05-01", "--effort", "2")
    assert code == 0
    after = read(out, "plan")
    assert after["version"] == 2
    assert after["parent"] == canon.digest((solved / "plan.json").read_bytes())
    amendment = read(out, "amendment")
    assert (amendment["reason"], amendment["added"]) == ("a complaint", ["R-1"])
    assert amendment["plan"] == canon.digest((out / "plan.json").read_bytes())
    assert found["answers"][0]["day"] >= "2026-05-06"
    early = [
        (v["enterprise"], v["day"], v["checks"]) for v in plan["visits"] if v["day"] < "2026-05"
    ]
    now = [
        (v["enterprise"], v["day"], v["checks"]) for v in after["visits"] if v["day"] < "2026-05"
    ]
    assert now == early
    code, diff = ask("plan", "diff", solved, out)
    assert code == 0
    assert diff["counts"] == read(out, "diff")["counts"] == found["counts"]
    assert diff["counts"]["kept"] >= len(plan["visits"]) - 2
    assert "R-1" in [c for line in diff["visits"] for c in line["checks"]]
    code, again = ask("plan", "amend", out, *words[3:])
    assert (code, again["faults"][0]["code"]) == (2, "check-twice")


def test_bad_requests_are_all_told(solved: Path, ask: Any, tmp_path: Path) -> None:
    """Every fault of every request, with row and field."""
    (tmp_path / "bad.csv").write_text(
        "id,enterprise,item,due,source,severity\n"
        "P-1,nobody,no-item,2026-02-30,rumour,9\n"
        "R-2,,M-01,2026-05-05,,\n"
    )
    words = ["plan", "amend", solved, "--add", tmp_path / "bad.csv", "--reason", "bad"]
    code, found = ask(*words)
    assert code == 2
    fields = [(fault["row"], fault["field"]) for fault in found["faults"]]
    assert sorted(fields) == [
        (2, "due"),
        (2, "enterprise"),
        (2, "id"),
        (2, "item"),
        (2, "severity"),
        (2, "source"),
        (3, "enterprise"),
    ]


def test_requests_are_read_as_the_register_is(solved: Path, ask: Any, tmp_path: Path) -> None:
    """Headings, sources and dates in the words of the register; no id that verifiers refuse."""
    plan = read(solved, "plan")
    first = plan["visits"][0]
    item = next(c for c in read(solved, "checks")["checks"] if c["id"] == first["checks"][0])
    headings = {column.name: column.headings[0] for column in COLUMNS["triggered"]}
    names = ("id", "enterprise", "item", "source", "received", "due")
    rows = [
        ",".join(headings[name] for name in names),
        f"R-7,{first['enterprise']},{item['item']},投诉举报,2026年5月6日,2026/6/29",
    ]
    (tmp_path / "add.csv").write_text("\n".join(rows))
    words = ["plan", "amend", solved, "--add", tmp_path / "add.csv", "--effort", "2"]
    out = tmp_path / "two"
    code, found = ask(*words, "--reason", "投诉", "--out", out)
    assert code == 0
    [asked] = [c for c in read(out, "checks")["checks"] if c["id"] == "R-7"]
    told = (asked["source"], asked["release"], asked["due"])
    assert told == ("complaint", "2026-05-06", "2026-06-29")
    assert ask("plan", "check", out, "--parent", solved)[0] == 0
    for wrong in ("a.b", "a_b", "x" * 41, "P-1"):
        (tmp_path / "add.csv").write_text("\n".join(rows).replace("R-7", wrong))
        code, found = ask(*words, "--reason", "投诉")
        assert (code, found["faults"][0]["field"]) == (2, "id")
    for wrong in ("", "  ", "x"):
        code, found = ask(*words, "--reason", wrong)
        assert (code, found["faults"][0]["code"]) == (2, "step-reason")


def test_diff_says_which_checks_are_left_out_now(
    solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words as well as in data, one way and the other."""
    more = tmp_path / "more"
    words = ["plan", "solve", SMALL, "--out", str(more), "--workers", "1", "--effort", "4"]
    assert main(words) == 0
    lost = {out["check"] for out in read(solved, "plan")["left_out"]}
    lost -= {out["check"] for out in read(more, "plan")["left_out"]}
    assert lost
    for before, after, said in ((solved, more, "原未安排，现已安排"), (more, solved, "现未安排")):
        capsys.readouterr()
        assert main(["plan", "diff", str(before), str(after), "--lang", "zh"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert {line.split()[0] for line in lines if line.endswith(f"  {said}")} == lost
    assert main(["plan", "check", str(more), "--lang", "zh"]) == 0
    assert "全部通过" in capsys.readouterr().err


@pytest.mark.parametrize(
    "settings",
    [
        ("rules.cap.cap-total.replaces=cap-total",),
        ("rules.cap.cap-total.replaces=nope",),
        ("rules.quiet.quiet-high-tech.replaces=quiet-high-tech",),
        ("rules.cap.cap-total.levels=foo",),
        (
            "rules.cap.cap-department.replaces=cap-total",
            "rules.cap.cap-total.replaces=cap-department",
        ),
        ("rules.quiet.quiet-high-tech.month_days=off",),
    ],
)
def test_settings_leave_rules_that_a_file_might_hold(settings: tuple[str], ask: Any) -> None:
    """What a rule file may not say a setting may not either; the fault names the setting."""
    words = [word for text in settings for word in ("--set", text)]
    code, found = ask("plan", "solve", SMALL, "--effort", "0", *words)
    assert code == 2
    path, _, value = settings[-1].partition("=")
    fault = found["faults"][0]
    assert (fault["file"], fault["field"], fault["value"]) == ("--set", path, value)


def test_what_other_rules_say_is_no_fault_of_a_setting(ask: Any, tmp_path: Path) -> None:
    """Rules of several files, in place of one another, without days of the month, exempt."""
    scenario = tmp_path / "small"
    shutil.copytree(SMALL, scenario)
    (scenario / "rules.yaml").rename(scenario / "first.yaml")
    text = (scenario / "scenario.yaml").read_text("utf-8")
    (scenario / "scenario.yaml").write_text(text.replace("rules.yaml", "first.yaml, more.yaml"))
    (scenario / "more.yaml").write_text(
        "format: double-random/rules/v1\nname: more\nsource: a notice\n"
        "caps:\n  - {id: other, by: [], limit: 9}\n"
        "  - {id: special, by: [], limit: 8, zones: [a], replaces: [general]}\n"
        "  - {id: general, by: [], limit: 7, zones: [a, b]}\n"
        "quiet:\n  - {id: exam, spans: [2026-06-07/2026-06-10], exempt: [complaint]}\n"
    )
    for settings in (
        ("rules.quiet.quiet-high-tech=off",),
        ("rules.cap.cap-department=off",),
        ("rules.cap.general=off",),
        ("rules.quiet.exam.weekdays=1", "rules.quiet.exam.spans=off"),
        ("rules.quiet.quiet-high-tech.month_days=off", "rules.quiet.quiet-high-tech.weekdays=2"),
        ("rules.exempt_sources=complaint",),
    ):
        words = [word for text in settings for word in ("--set", text)]
        code, found = ask("plan", "solve", scenario, "--effort", "0", "--workers", "1", *words)
        assert code == 0, found
    code, found = ask("plan", "solve", scenario, "--set", "rules.quiet.exam.spans=off")
    assert (code, found["faults"][0]["code"]) == (2, "quiet-without-days")


def test_visits_that_are_drawn_stay_where_they_are(solved: Path) -> None:
    """To ask why a check is left out moves none of them, nor does a mend."""
    from optimizer.io import read_plan_folder
    from optimizer.plan import restore_plan

    found = read_plan_folder(solved)
    plan = restore_plan(found.plan, found.case.problem())
    last = sorted(visit.day for visit in plan.visits)[len(plan.visits) // 2]
    told = [
        why_not(found.case, plan, out.check, effort=2, drawn_until=last)
        for out in plan.left_out[:12]
    ]
    assert any(one["mends"] for one in told)
    for one in told:
        stands = {
            (visit.day.isoformat(), visit.checks)
            for visit in plan.visits
            if visit.enterprise == one["enterprise"] and visit.day <= last
        }
        for mend in one["mends"]:
            if mend["mend"] != "unpin":
                made = {(v["day"], tuple(v["checks"])) for v in mend["visit"]["visits"]}
                assert {visit for visit in made if visit[0] <= last.isoformat()} == stands


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("severity", 0, "expected 1, 2 or 3"),
        ("units", [], "expected one or more units, each once"),
        ("units", ["nobody"], "not known to this plan"),
        ("units", "fire-140302", "expected units of the item's department"),
        ("id", True, "expected up to 40 letters"),
        ("received", "2027-03-01", "expected 2026-01-01 … 2026-12-31"),
        ("due", "2026-02-30", "a date such as"),
    ],
)
def test_a_request_with_a_slip(
    solved: Path, ask: Any, tmp_path: Path, field: str, value: object, words: str
) -> None:
    """The fault names file, row and field."""
    enterprise = read(solved, "plan")["visits"][0]["enterprise"]
    request = {"id": "R-8", "enterprise": enterprise, "item": "M-01", "due": "2026-05-29"}
    (tmp_path / "add.json").write_text(json.dumps([request | {field: value}]))
    asked = ("plan", "amend", solved, "--add", tmp_path / "add.json", "--reason", "a slip")
    code, found = ask(*asked)
    [fault] = found["faults"]
    assert (code, fault["file"], fault["row"], fault["field"]) == (2, "add.json", 1, field)
    assert words in fault["expected"]
    (tmp_path / "add.json").write_text("[{]")
    code, found = ask(*asked)
    assert (code, found["faults"][0]["file"]) == (2, "add.json")


def test_whatif_prices_and_page(solved: Path, ask: Any, tmp_path: Path) -> None:
    """Settings are priced each alone; the page holds both languages and loads nothing."""
    page = tmp_path / "prices.html"
    words = ["plan", "whatif", solved, "--effort", "2", "--workers", "1", "--page", page]
    code, found = ask(*words, "--set", "rules.cap.cap-department=2", "--set", "rules.gap_days=off")
    assert code == 0
    assert [row["set"] for row in found["changes"]] == [
        "rules.cap.cap-department=2",
        "rules.gap_days=off",
    ]
    assert found["changes"][0]["more_left_out"] < 0
    shown = page.read_text("utf-8")
    assert "各项规则的代价" in shown
    assert "What each rule costs" in shown
    assert "<svg" in shown
    assert "http://" not in shown.replace("http://www.w3.org/2000/svg", "")
    assert ask(*words, "--set", "rules.cap.fire=2")[0] == 2


def test_a_scenario_that_is_another(solved: Path, ask: Any) -> None:
    """A plan that was not made from the scenario named is refused."""
    code, found = ask("plan", "explain", solved, "--visit", "V000001", "--scenario", ONE)
    assert code == 2
    assert found["faults"][0]["code"] == "scenario-differs"


def test_plans_changed_by_hand_are_refused(solved: Path, ask: Any, tmp_path: Path) -> None:
    """Documents that do not fit each other are not explained."""
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in solved.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    problem = (broken / "problem.json").read_bytes()
    (broken / "problem.json").write_bytes(problem.replace(b'"gap_days":5', b'"gap_days":4'))
    code, found = ask("plan", "whynot", broken)
    assert (code, found["faults"][0]["code"]) == (2, "plan-broken")


def test_check_finds_a_rule_broken(solved: Path, ask: Any, tmp_path: Path) -> None:
    """A plan that holds is accepted; one with a check in no visit is refused, with the place."""
    code, report = ask("plan", "check", solved)
    assert (code, report["ok"]) == (0, True)
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in solved.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    plan = read(solved, "plan")
    plan["left_out"] = plan["left_out"][1:]
    (broken / "plan.json").write_bytes(canon.canonical(plan))
    code, report = ask("plan", "check", broken)
    assert code == 1
    assert "left_out" in report["first_fault"]["place"]
    code, report = ask("plan", "check", solved, "--parent", solved)
    assert (code, report["checks"][-1]["name"]) == (1, "parent")
