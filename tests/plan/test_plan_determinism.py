"""The same bytes whatever the hash seed and the number of workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from plan_instances import Mix, make_instance
from optimizer import canon
from optimizer.plan import plan_visits
mix = Mix(checks=150, counties=1, departments=2, days=40, utilisation=1.3)
plan = plan_visits(**make_instance(mix, 5).arguments(), effort=24, workers=int(sys.argv[1]))
assert plan.document["solver"]["neighbourhoods"] > 4, plan
print(canon.digest(canon.canonical(plan.document)))
print(canon.digest(canon.canonical(plan.problem_document)))
"""


@pytest.mark.slow
def test_hash_seed_and_workers_do_not_matter() -> None:
    """Three processes, two hash seeds, one and two workers: the same documents."""
    here = Path(__file__).parent
    root = here.parent.parent
    printed = set()
    for seed, workers in (("1", "1"), ("2", "2"), ("77", "1")):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, workers],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{here}:{root}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
    assert len(printed) == 1
