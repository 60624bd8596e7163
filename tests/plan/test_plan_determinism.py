"""The same bytes whatever the hash seed, the number of workers, and whether Numba is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
if sys.argv[2] == "plain":
    sys.modules["numba"] = None
from plan_instances import Mix, make_instance
from optimizer import canon
from optimizer.plan import plan_visits
from optimizer.plan.kernel.jit import COMPILED
assert COMPILED == (sys.argv[2] != "plain")
checks, effort, least = (150, 150, 5) if sys.argv[2] == "large" else (24, 1, 0)
mix = Mix(checks=checks, counties=1, departments=2, days=40, utilisation=1.3)
plan = plan_visits(
    **make_instance(mix, 5).arguments(), effort=effort, workers=int(sys.argv[1])
)
assert plan.document["solver"]["neighbourhoods"] >= least, plan
print(canon.digest(canon.canonical(plan.document)))
print(canon.digest(canon.canonical(plan.problem_document)))
"""


def run(seed: str, workers: str, kind: str) -> str:
    """What the script prints in a process of its own."""
    here = Path(__file__).parent
    root = here.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, workers, kind],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{here}:{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_hash_seed_and_workers_do_not_matter() -> None:
    """Processes with two hash seeds and one, two and four workers: the same documents."""
    printed = {run(*how, "large") for how in (("1", "1"), ("2", "2"), ("77", "4"))}
    assert len(printed) == 1


@pytest.mark.slow
def test_plans_are_the_same_without_numba() -> None:
    """The kernels as plain Python give the documents that the compiled ones give."""
    assert run("1", "1", "plain") == run("2", "1", "small")
