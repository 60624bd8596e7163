"""The main job through the program, as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flow_program import SMALL, contents, program

WANTED = {
    "enterprises", "departments", "checks_planned", "checks_triggered", "drawn",
    "distinct_independent_expected", "distinct_enterprises", "distinct_lower_bound",
    "visits_unmerged", "visits_department_merged", "visits", "lower_bound", "gap", "left_out",
    "teams", "seconds", "peak_memory_mib", "verified",
}  # fmt: skip

Small = tuple[Path, dict[str, Any]]


def test_figures_are_all_there_and_fit_together(small: Small) -> None:
    """`run --json` prints the promised figures, and they agree with one another."""
    _, n = small
    assert set(n) >= WANTED
    assert n["verified"] is True
    assert n["lower_bound"] <= n["visits"] + n["left_out"]
    assert n["visits"] <= n["visits_department_merged"] <= n["visits_unmerged"]
    assert n["gap"] == pytest.approx(
        (n["visits"] + n["left_out"] - n["lower_bound"]) / n["lower_bound"], abs=1e-6
    )
    assert n["distinct_lower_bound"] <= n["distinct_independent_expected"]
    assert n["drawn"] == n["checks_planned"]
    assert {"registers", "frame", "draw", "plan", "odds", "teams", "publication", "verify"} <= set(
        n["seconds"]
    )


def test_same_bytes_with_other_workers_and_hash_seed(small: Small, tmp_path: Path) -> None:
    """Two workers and another PYTHONHASHSEED give the same bytes in every file."""
    out, _ = small
    code, _, words = program(
        "run", SMALL, "--out", tmp_path / "two", "--workers", "2", env={"PYTHONHASHSEED": "4242"}
    )
    assert code == 0, words
    one, two = contents(out), contents(tmp_path / "two")
    assert sorted(one) == sorted(two)
    assert [path for path in one if one[path] != two[path]] == []


def test_verifier_runs_alone_in_a_copy(small: Small, tmp_path: Path) -> None:
    """A copy of the folder verifies with `python -I -S verify.py .` and nothing of ours."""
    copy = tmp_path / "copy"
    shutil.copytree(small[0], copy)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "."],
        cwd=copy,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    plan = copy / "transcript" / "plan.json"
    plan.write_bytes(plan.read_bytes().replace(b'"version":1', b'"version":2'))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", ".", "--json"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["first_fault"]["file"] == "transcript/plan.json"


NODE = os.environ.get("NODE") or shutil.which("node") or shutil.which("nodejs")


@pytest.mark.skipif(
    NODE is None and "DOUBLE_RANDOM_NEED_NODE" not in os.environ,
    reason="no node here: install it (apt-get install nodejs), or set NODE",
)
def test_second_verifier_runs_alone_in_a_copy(small: Small, tmp_path: Path) -> None:
    """A copy of the folder verifies with `node verify.js .` too, and says what verify.py says."""
    copy = tmp_path / "copy"
    shutil.copytree(small[0], copy)
    commands = ([sys.executable, "-I", "-S", "verify.py"], [str(NODE), "verify.js"])
    reports = []
    for command in commands:
        done = subprocess.run(
            [*command, ".", "--json"], cwd=copy, env={}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        reports.append(json.loads(done.stdout))
    one, two = ([(c["name"], c["detail"]) for c in report["checks"]] for report in reports)
    assert one == two
    assert (copy / "verify.html").is_file()


def test_another_seed_draws_others(small: Small, tmp_path: Path) -> None:
    """The seed decides who is drawn; a fixed one is named a test in every output."""
    out, _ = small
    code, n, words = program("run", SMALL, "--out", tmp_path / "x", "--seed", "fixed:other")
    assert code == 2
    assert "announced source" in words
    seed = "60221407614159265358"
    code, n, words = program("run", SMALL, "--out", tmp_path / "x", "--seed", seed)
    assert code == 0, words
    one = json.loads((out / "transcript" / "draw.json").read_bytes())
    two = json.loads((tmp_path / "x" / "transcript" / "draw.json").read_bytes())
    assert one["frame_root"] == two["frame_root"]
    assert one["spec"] == two["spec"]
    assert one["key"] != two["key"]
    samples = [
        {e for item in d["items"] for s in item["strata"] for e in s["sample"]} for d in (one, two)
    ]
    assert samples[0] != samples[1]
    assert n["seed_test"] is False


def test_later_months_are_drawn_into_the_publication(small: Small, tmp_path: Path) -> None:
    """`teams` adds a round that verifies, extends the ledger and leaves the first round alone."""
    out = tmp_path / "later"
    shutil.copytree(small[0], out)
    before = contents(out)
    month = json.loads(before["transcript/odds.json"])["period"]
    assert month[0].startswith("2026-01")
    words = ("teams", "round", SMALL, out, "--seed", "16180339887498948482")
    code, done, text = program(*words, "--period", "2026-02-01/2026-02-28")
    assert code == 0, text
    assert done["round"] == 2
    assert done["verified"] is True
    assert done["teams"] > 0
    after = contents(out)
    kept = [path for path in before if path.startswith("transcript/")]
    assert all(before[path] == after[path] for path in kept)
    assert after["ledger/entries.jsonl"].startswith(before["ledger/entries.jsonl"])
    code, report, _ = program("verify", out)
    assert (code, report["ok"]) == (0, True)
    code, fault, _ = program(*words, "--period", "2026-02-15/2026-03-31")
    assert code == 2
    assert fault["faults"][0]["code"] == "period-drawn"


def test_forged_later_round_is_found(small: Small, tmp_path: Path) -> None:
    """A changed document of a later round is named with its own file."""
    out = tmp_path / "forged"
    shutil.copytree(small[0], out)
    code, _, text = program(
        "teams",
        "round",
        SMALL,
        out,
        "--period",
        "2026-02-01/2026-03-31",
        "--seed",
        "16180339887498948482",
    )
    assert code == 0, text
    path = out / "transcript" / "teams-2.json"
    teams = json.loads(path.read_bytes())
    visit = sorted(teams["teams"])[0]
    unit = sorted(teams["teams"][visit])[0]
    teams["teams"][visit][unit][0] = "nobody"
    path.write_text(json.dumps(teams, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
    code, report, _ = program("verify", out)
    assert code == 1
    assert report["first_fault"]["file"] == "transcript/teams-2.json"


def test_foreign_folders_are_left_alone(tmp_path: Path) -> None:
    """A folder that is no publication is not replaced."""
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    code, fault, _ = program("run", SMALL, "--out", out)
    assert code == 2
    assert fault["ok"] is False
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_new_secrets_are_kept_for_the_owner_alone(tmp_path: Path) -> None:
    """Without demo secrets a run makes its own, keeps them unpublished, and can go on with them."""
    scenario = tmp_path / "city"
    shutil.copytree(SMALL, scenario)
    text = (scenario / "scenario.yaml").read_text("utf-8")
    (scenario / "scenario.yaml").write_text(text.replace("secrets: demo", "secrets: new"), "utf-8")
    code, _, words = program("run", scenario, "--out", tmp_path / "out")
    assert code == 0, words
    kept = tmp_path / "out.private" / "secrets.json"
    assert kept.stat().st_mode & 0o077 == 0
    secrets = json.loads(kept.read_text())
    published = b"".join(contents(tmp_path / "out").values())
    assert all(value.encode() not in published for value in secrets.values())
    code, _, words = program("run", scenario, "--out", tmp_path / "again", "--secrets", kept)
    assert code == 0, words
    one, two = contents(tmp_path / "out"), contents(tmp_path / "again")
    assert one["transcript/frame.json"] == two["transcript/frame.json"]
    assert one["ledger/log.vkey"] == two["ledger/log.vkey"]
