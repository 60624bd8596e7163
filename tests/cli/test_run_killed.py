"""`double-random run` killed in the middle: the publication that stands keeps its secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from draw_folder import SEED, TEAMS, snapshot, write_scenario

import optimizer.cli.run as run_verb
from optimizer.canon import digest
from optimizer.cli import main
from optimizer.errors import CheckFailedError

KILLED = """
import os, signal, sys
import optimizer.cli.run as run
from optimizer.cli import main

whole = run.write_folder

def killed(*given, **more):
    if sys.argv[1] == "after":
        whole(*given, **more)
    os.kill(os.getpid(), signal.SIGKILL)

run.write_folder = killed
main(sys.argv[2:])
"""


def test_a_killed_run_takes_no_secrets_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before its publication stands or after: the next run knows which secrets are whose."""
    out, private = tmp_path / "p", tmp_path / "p.private"
    words = ["run", str(write_scenario(tmp_path / "s")), "--out", str(out), "--workers", "1"]
    words += ["--effort", "1", "--seed", SEED, "--teams-seed", TEAMS]
    assert main(words) == 0
    first = snapshot(private)
    assert json.loads(first["secrets.json"])["publication"] == digest(
        (out / "manifest.json").read_bytes()
    )

    def kill(moment: str) -> None:
        done = subprocess.run([sys.executable, "-c", KILLED, moment, *words], check=False)
        assert done.returncode == -9
        assert snapshot(private)["secrets.json"] != first["secrets.json"]

    def fail() -> dict[str, bytes]:
        with monkeypatch.context() as patch:
            patch.setattr(run_verb, "write_folder", _refuse)
            assert main(words) == 1
        assert sorted(p.name for p in private.iterdir()) == ["risk-labels.json", "secrets.json"]
        return snapshot(private)

    published = snapshot(out)
    kill("before")
    assert snapshot(out) == published
    assert fail() == first, "the old publication stands, and so do its secrets"
    kill("after")
    assert snapshot(out) != published
    last = snapshot(private)
    assert fail() == {name: last[name] for name in first}, "the new one stands"
    assert main(words) == 0
    assert sorted(p.name for p in private.iterdir()) == ["risk-labels.json", "secrets.json"]
    assert main(["verify", str(out)]) == 0


def _refuse(*given: object, **more: object) -> None:
    raise CheckFailedError("not today")
