"""A campaign's folder: public and private apart, never a step half taken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from draw_folder import DAY, SEED, snapshot, write_scenario

from optimizer.cli import main
from optimizer.errors import CheckFailedError, InputError
from optimizer.io.dossier import one_step, read_dossier, write_dossier

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed campaign whose seed is to come."""
    out = tmp_path / "c"
    scenario = write_scenario(tmp_path / "s")
    commit = ("commit", scenario, "--out", out, "--sealed", "--time", DAY.format(1, 5))
    for words in (commit, ("seal", out, "--time", DAY.format(1, 6))):
        assert main(["draw", *map(str, words)]) == 0
    return out


def reveal(folder: Path) -> list[str]:
    return ["draw", "reveal", str(folder), "--seed", SEED, "--time", DAY.format(1, 7)]


def test_private_files_are_their_owners_alone(folder: Path) -> None:
    """Folders 0700, files 0600; nothing of them is in the public folder, which all may read."""
    private = folder / "private"
    places = [private, *private.rglob("*")]
    assert {p.stat().st_mode & 0o777 for p in places if p.is_dir()} == {0o700}
    assert {p.stat().st_mode & 0o777 for p in places if p.is_file()} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in (folder / "public").rglob("*.json")} == {0o644}
    published = snapshot(folder / "public")
    public = b"".join(data for path, data in published.items() if not path.startswith("verify."))
    secrets = json.loads((private / "secrets.json").read_bytes())
    kept = [secrets["salt_master"], secrets["signer_seed"]]
    kept.append(json.loads((private / "secret.json").read_bytes())["secret"])
    for one in (*kept, "E001", "企业"):
        assert str(one).encode() not in public


def test_a_step_that_fails_its_check_is_not_taken(folder: Path) -> None:
    """Both parts of the folder stay as they were."""
    before = snapshot(folder)
    dossier = read_dossier(folder)

    def check(place: Path) -> None:
        raise CheckFailedError("no")

    changed = dossier.but(public={"new.txt": b"x"}, private={"transcript/draw.json": b"{}"})
    with pytest.raises(CheckFailedError):
        write_dossier(folder, changed, check=check)
    assert snapshot(folder) == before
    assert main(reveal(folder)) == 0


def reseal(folder: Path) -> list[str]:
    return ["draw", "seal", str(folder), "--reason", "a second one", "--time", DAY.format(1, 6)]


def test_a_secret_is_not_lost_to_a_step_that_was_refused(folder: Path) -> None:
    """Whatever hinders a second seal, the first secret is still there."""
    before = snapshot(folder)
    stray = folder / "public" / "transcript" / "roster.json"
    stray.write_bytes(b"{}")
    assert main(reseal(folder)) == 1
    stray.unlink()
    assert snapshot(folder) == before
    assert main(reveal(folder)) == 0


CRASH = """
import os, signal, sys
from optimizer.cli import main
from optimizer.io import {module}
first = {module}.{name}
def stop(*given, **named):
    if {after}:
        first(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
{module}.{name} = stop
main(sys.argv[1:])
"""


def crash(words: list[str], module: str, name: str, *, after: bool = False) -> None:
    """Run a step that is killed where it would call a function, or after it."""
    done = subprocess.run(
        [sys.executable, "-c", CRASH.format(module=module, name=name, after=after), *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals of posix")
def test_killed_between_the_private_and_the_public_part(folder: Path) -> None:
    """The next step puts the first secret back, and the seal it belongs to still opens."""
    before = snapshot(folder)
    crash(reseal(folder), "atomic", "_put")
    with one_step(folder):
        pass
    assert snapshot(folder) == before
    assert main(reveal(folder)) == 0


@pytest.mark.skipif(os.name != "posix", reason="signals of posix")
def test_killed_after_the_exchange(folder: Path) -> None:
    """The step was taken: the next one clears away what belongs to the commitment before."""
    for words in (
        reveal(folder),
        ["draw", "void", str(folder), "--reason", "seen by all", "--time", DAY.format(1, 8)],
    ):
        assert main(words) == 0
    scenario = folder.parent / "s"
    again = ["draw", "commit", str(scenario), "--out", str(folder), "--sealed", "--again"]
    again += ["--reason", "anew", "--time", DAY.format(1, 9)]
    assert (folder / "private/transcript/draw.json").is_file()
    crash(again, "dossier", "write_folder", after=True)
    assert (folder / "private/.before").is_dir()
    with one_step(folder):
        pass
    left = {path for path in snapshot(folder / "private") if not path.startswith("scenario/")}
    assert left == {
        *(".lock", "campaign.json", "risk-labels.json", "secrets.json", "transcript/frame.jsonl"),
        *(path for path in left if path.startswith("superseded/1/")),
    }
    assert main(["draw", "seal", str(folder), "--time", DAY.format(1, 9)]) == 0
    assert main(["draw", "verify", str(folder)]) == 0


def test_one_step_at_a_time(folder: Path) -> None:
    """While one step holds the folder, another is refused."""
    before = snapshot(folder)
    with one_step(folder):
        with pytest.raises(InputError) as raised, one_step(folder):
            pass
        assert main(reveal(folder)) == 2
    assert raised.value.faults[0].code == "campaign-busy"
    assert snapshot(folder) == before
    assert main(reveal(folder)) == 0


def test_a_broken_exchange_is_undone(folder: Path) -> None:
    """Between the two renames of an exchange, the old folder stands beside: it goes back."""
    before = snapshot(folder / "public")
    old = folder / ".public.old-crash"
    old.mkdir()
    (folder / "public").rename(old / "folder")
    (folder / ".public.new-crash").mkdir()
    (folder / ".public.new-crash" / "half.json").write_text("{")
    with one_step(folder):
        assert snapshot(folder / "public") == before
    assert sorted(p.name for p in folder.iterdir()) == ["private", "public"]
    assert main(reveal(folder)) == 0


@pytest.mark.skipif(os.name != "posix", reason="signals of posix")
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_killed_while_writing(folder: Path, stop: signal.Signals) -> None:
    """Killed once its files are beside the old ones, or a little later: before or after, whole."""
    before = snapshot(folder / "public")
    for pause in (0.0, 0.1):
        done = subprocess.Popen(
            [sys.executable, "-m", "optimizer", *reveal(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )
        while done.poll() is None and not list(folder.glob(".public.new-*")):
            time.sleep(0.002)
        time.sleep(pause)
        done.send_signal(stop)
        done.wait(60)
        with one_step(folder):
            entries = (folder / "public/ledger/entries.jsonl").read_bytes()
        if entries != before["ledger/entries.jsonl"]:
            assert entries.count(b"\n") == 6
            break
        assert snapshot(folder / "public") == before
    assert main(["draw", "verify", str(folder)]) == 0
    assert main(reveal(folder)) == (0 if entries == before["ledger/entries.jsonl"] else 2)
    assert main(["draw", "verify", str(folder)]) == 0
