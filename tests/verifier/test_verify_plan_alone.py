"""A plan checked alone, and version 2 inside a whole publication."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from mutate import forge, manifest, mutations
from plan_documents import (
    at_enterprises,
    bound_document,
    compared,
    hopeless,
    least_groups,
    words_of,
    written,
)
from test_verify_proofs import Town

from optimizer.canon import note
from optimizer.flow import demo_secrets
from optimizer.verifier import verify

SIGNER = note.Signer("double-random/tiny-2026", demo_secrets("tiny").signer_seed)
PLAN = "transcript/plan.json"


def run_alone(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", verify.__file__, "--plan", str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("inside", ["", "transcript"])
def test_command_on_a_folder(tmp_path: Path, inside: str) -> None:
    """`verify.py --plan DIR` needs three files there or in its transcript, and names the fault."""
    town = Town()
    folder = tmp_path / inside
    folder.mkdir(exist_ok=True)
    for name, data in town.files(town.plan()).items():
        (folder / Path(name).name).write_bytes(data)
    done = run_alone(tmp_path)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == ["checks", "problem", "plan", "bound"]
    assert lines[-1].startswith("The plan holds.")
    plan = town.plan()
    plan["bound"]["visits"] += 1
    (folder / "plan.json").write_bytes(written(plan))
    done = run_alone(tmp_path, "--json")
    assert done.returncode == 1
    prefix = f"{inside}/" if inside else ""
    fault = json.loads(done.stdout)["first_fault"]
    assert (fault["file"], fault["place"]) == (prefix + "plan.json", "bound.visits")
    (folder / "plan.json").unlink()
    done = run_alone(tmp_path)
    assert done.returncode == 1
    assert prefix + "plan.json : cannot be read: no such file" in done.stdout


def test_documents_that_do_not_belong_together() -> None:
    """Each document is held to the one it names, and the problem must be whole."""
    town = Town()
    checks, problem, plan = (written(x) for x in (town.listed, town.problem, town.plan()))
    other = written({**town.listed, "draw": "1" * 64})
    short = {**town.problem["present"], "fire": town.problem["present"]["fire"][1:]}
    for documents, file, place in [
        ((other, problem, plan), "problem", "checks"),
        ((checks, written({**town.problem, "campaign": "another"}), plan), "problem", "campaign"),
        ((checks, written({**town.problem, "present": short}), plan), "problem", "present.fire"),
        ((checks, written({**town.problem, "units": {}}), plan), "problem", "units"),
        ((b"{}", problem, plan), "checks", "campaign"),
        ((checks, problem, b"[]"), "plan", ""),
    ]:
        with pytest.raises(verify.Fault) as found:
            verify.check_plan_documents(*documents)
        assert found.value.file == f"transcript/{file}.json"
        assert found.value.place == place
    rest = {**town.problem["calendar"], "working": "1" * 13 + "0"}
    with pytest.raises(verify.Fault, match="is a day off"):
        verify.check_plan_documents(checks, written({**town.problem, "calendar": rest}), plan)


def test_later_versions_stand_alone() -> None:
    """An amended plan names its parent; the first has none."""
    town = Town()
    for version, parent, fine in [(1, "0" * 64, 0), (2, None, 0), (2, "0" * 64, 1), (1, None, 1)]:
        plan = {**town.plan(), "version": version, "parent": parent}
        assert verify.verify_plan(town.files(plan)).ok == bool(fine)


@pytest.fixture(scope="module")
def upgraded(tiny_documents: dict[str, bytes]) -> dict[str, bytes]:
    """The tiny city's transcript and ledger, its plan in version 2 with all numbers tried out."""
    kept = {p: d for p, d in tiny_documents.items() if p.startswith(("transcript/", "ledger/"))}
    problem, plan, listed = (
        json.loads(kept[f"transcript/{name}.json"]) for name in ("problem", "plan", "checks")
    )
    checks = {check["id"]: check for check in listed["checks"]}
    start = date.fromisoformat(problem["calendar"]["start"])
    placed = [
        ([checks[c] for c in v["checks"]], (date.fromisoformat(v["day"]) - start).days)
        for v in plan["visits"]
    ]
    lost = [checks[entry["check"]] for entry in plan["left_out"]]
    claims = {
        enterprise: (least_groups(problem, own), "exact", hopeless(problem, own))
        for enterprise, own in at_enterprises(listed["checks"]).items()
    }
    first = plan["visits"][0]
    prices = [[first["lead"], "capacity", "", first["day"], 1]]
    bound = bound_document(listed["checks"], claims)
    total = sum(claim[0] for claim in claims.values())
    capacity = {"of": 10**6, "prices": prices, "lower": total}
    words = words_of(lost, claims, bound["left_out"]["lower"])
    plan |= {
        "format": "double-random/plan/v2",
        "bound": {**bound, "capacity": capacity},
        "left_out": [
            {"check": e["check"], "reason": e["reason"], "proof": words[e["check"]]}
            for e in plan["left_out"]
        ],
        "comparison": compared(problem, placed),
    }
    return forge(manifest(kept), PLAN, written(plan), SIGNER)


def test_a_publication_of_version_2(upgraded: dict[str, bytes]) -> None:
    """The whole publication holds, every section of it."""
    report = verify.verify(upgraded)
    assert report.ok, report.first_fault
    assert len(report.checks) == len(verify.SECTIONS)
    listed = json.loads(upgraded[PLAN])["bound"]["enterprises"]
    assert any(claim["lower"] > 1 for claim in listed.values())
    assert any(claim["left_out"] for claim in listed.values())


def test_forged_bounds_are_found_in_a_publication(upgraded: dict[str, bytes]) -> None:
    """With the log's key in hand, nobody makes a bound hold that does not."""
    free = ("bound.capacity.prices", "bound.capacity.of")
    tried = 0
    for name, what, _, data in mutations(PLAN, upgraded[PLAN], samples=2, seed=6):
        if name.startswith("bound") or name == "left_out.[].proof":
            report = verify.verify(forge(upgraded, PLAN, data, SIGNER))
            assert report.ok is False or name.startswith(free), (name, what)
            if not report.ok:
                tried += 1
                assert report.first_fault["file"] == PLAN, (name, what, report.first_fault)
    assert tried > 25
