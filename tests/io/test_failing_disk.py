"""Disks that fail for real: no right to write, no room to write; each step says so, none harms.

Room is taken away by a limit on the size of a file, which the system holds: writing beyond it
fails in the middle of a file, as it does on a full disk.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from draw_folder import DAY, SEED, TEAMS, snapshot, write_scenario

from optimizer.cli import main

resource = pytest.importorskip("resource", reason="rights and limits of posix")
NOBODY = 65534

Told = list[tuple[int, dict[str, Any], str]]


def attempt(*acts: list[str], limit: int = 0, user: int | None = None) -> Told:
    """Run acts in a process of their own; return exit code, document and words of each.

    Parameters
    ----------
    limit
        No file of the child grows beyond so many bytes; 0 for no limit.
    user
        Whom the child belongs to from its first act on.
    """
    # A fresh process: one forked from this one, which has threads, could wait for ever.
    context = multiprocessing.get_context("spawn")
    source, sink = context.Pipe(duplex=False)
    child = context.Process(target=_act, args=(sink, acts, limit, user))
    child.start()
    sink.close()
    found = source.recv()
    child.join()
    source.close()
    assert isinstance(found, list), found
    return found


def _act(sink: Connection, acts: Sequence[list[str]], limit: int, user: int | None) -> None:
    """Take the acts, in the child, and send what was told."""
    try:
        if user is not None:
            # Whoever has no right to the program's own files can load none of them later.
            _load_all()
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        told = []
        for act in acts:
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                code = main([*act, "--json"])
            told.append((code, json.loads(out.getvalue()), err.getvalue()))
        sink.send(told)
    except BaseException:
        sink.send(traceback.format_exc())


def _load_all() -> None:
    """Load what the acts load as they go, by taking them once elsewhere."""
    with tempfile.TemporaryDirectory() as made, redirect_stdout(io.StringIO()):
        out = Path(made, "c")
        proof = words("proof", out, "--enterprise", "E001", "--of", "frame")
        acts = [commit(out, write_scenario(Path(made, "s"))), reseal(out)[:3], proof]
        for act in (*acts, words("report", out), words("void", out, "--reason", "none")):
            with redirect_stderr(io.StringIO()):
                main(act)


def words(*given: object, act: str = "draw") -> list[str]:
    return [act, *map(str, given)]


def commit(folder: Path, scenario: Path, *more: str) -> list[str]:
    time = ("--time", DAY.format(1, 6 if more else 5))
    return words("commit", scenario, "--out", folder, "--sealed", *more, *time)


def reveal(folder: Path) -> list[str]:
    return words("reveal", folder, "--seed", SEED, "--time", DAY.format(1, 7))


def reseal(folder: Path) -> list[str]:
    return words("seal", folder, "--reason", "a second one", "--time", DAY.format(1, 6))


AGAIN = ("--again", "--reason", "a row was wrong")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed campaign whose seed is to come, with its scenario; nobody changes it."""
    place = tmp_path_factory.mktemp("campaign")
    seal = words("seal", place / "c", "--time", DAY.format(1, 6))
    for act in (commit(place / "c", write_scenario(place / "s")), seal):
        assert main(act) == 0
    return place


@pytest.fixture
def folder(campaign: Path, tmp_path: Path) -> Path:
    """A copy of the campaign, to take steps in."""
    shutil.copytree(campaign / "s", tmp_path / "s")
    shutil.copytree(campaign / "c", tmp_path / "c")
    return tmp_path / "c"


def is_unwritable(told: tuple[int, dict[str, Any], str], place: Path, reason: str) -> bool:
    """Return whether an act was refused by name: the folder, the system's reason, how to mend."""
    code, document, said = told
    (fault,) = document["faults"]
    assert (code, fault["code"], fault["file"]) == (2, "out-unwritable", str(place)), fault
    assert fault["expected"] == f"the folder cannot be written: {reason}"
    assert fault["mend"] == "Name another folder, or mend rights and space."
    return fault["expected"] in said


def test_no_room_for_the_public_part(folder: Path) -> None:
    """Neither a draw nor a second seal is half taken; the secret is there, the step works after."""
    before = snapshot(folder)
    acts = (reseal(folder), reveal(folder), words("void", folder, "--reason", "lost for ever"))
    for told in attempt(*acts, limit=1000):
        assert is_unwritable(told, folder / "public", "File too large")
    assert snapshot(folder) == before
    assert sorted(p.name for p in folder.iterdir()) == ["private", "public"]
    assert main(reveal(folder)) == 0
    assert main(["draw", "verify", str(folder)]) == 0


MEGABYTE = 1 << 20
LARGEST = 3 * MEGABYTE // 2
"""More than any public file of so small a city, the verifiers and the page included."""


def with_letter(scenario: Path) -> Path:
    """Put a file of two megabytes beside a scenario's registers; it is kept with them."""
    (scenario / "letter.txt").write_bytes(b"x" * 2 * MEGABYTE)
    return scenario


def test_no_room_for_a_first_commitment(tmp_path: Path) -> None:
    """The public part fits, the kept scenario does not: nothing is committed, nothing left."""
    scenario, out = with_letter(write_scenario(tmp_path / "s")), tmp_path / "c"
    (told,) = attempt(commit(out, scenario), limit=LARGEST)
    assert is_unwritable(told, out / "private", "File too large")
    assert snapshot(out) == {"private/.lock": b""}
    assert main(commit(out, scenario)) == 0


def test_no_room_for_a_second_commitment(folder: Path) -> None:
    """Wherever it fails, secret, salts and scenario of the first are those of the first."""
    larger, many = write_scenario(folder.parent / "t"), write_scenario(folder.parent / "u")
    with_letter(larger)
    rows = many / "registers" / "enterprises.csv"
    more = "".join(f"F{i:06d},企业,140302,5212,A\n" for i in range(9000))
    rows.write_text(rows.read_text("utf-8") + more, "utf-8")
    before = snapshot(folder)
    private = folder / "private"
    # The scenario is the first that is kept, a large frame the last of what is written.
    for scenario, place in ((larger, private), (many, private / "transcript" / "frame.jsonl")):
        (told,) = attempt(commit(folder, scenario, *AGAIN), limit=LARGEST)
        assert is_unwritable(told, place, "File too large")
        assert snapshot(folder) == before
        assert sorted(p.name for p in private.glob(".*")) == [".lock"]
    # A scenario that was kept is also set aside before it is replaced.
    assert main(commit(folder, larger, *AGAIN)) == 0
    assert main(words("seal", folder, "--time", DAY.format(1, 6))) == 0
    before = snapshot(folder)
    (told,) = attempt(commit(folder, folder.parent / "s", *AGAIN), limit=LARGEST)
    assert is_unwritable(told, private, "File too large")
    assert snapshot(folder) == before
    assert main(reveal(folder)) == 0
    assert main(words("verify", folder)) == 0


@pytest.fixture
def foreign() -> Iterator[Path]:
    """A place that a user without rights can reach (pytest's own it cannot)."""
    place = Path(tempfile.mkdtemp(prefix="double-random-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def user() -> int | None:
    """Whom rights bind: root's child is given to another user."""
    return NOBODY if os.getuid() == 0 else None


def give(folder: Path, user: int | None, *, write: bool) -> None:
    """Give a folder to whoever takes the steps, with the right to write in it or without."""
    for place in (folder, *folder.rglob("*")):
        if user is not None:
            os.chown(place, user, user)
        mode = place.stat().st_mode & 0o555
        place.chmod(mode | 0o200 if write else mode)


def test_no_right_to_write(foreign: Path, user: int | None, campaign: Path) -> None:
    """Whoever may only read can still report and prove; every step is refused by name."""
    out, scenario = foreign / "c", shutil.copytree(campaign / "s", foreign / "s")
    shutil.copytree(campaign / "c", out)
    before = snapshot(out)
    give(out, user, write=False)
    steps = [reveal(out), reseal(out), commit(out, scenario, *AGAIN)]
    steps.append(words("void", out, "--reason", "lost for ever"))
    proof = words("proof", out, "--enterprise", "E001", "--of", "frame")
    reads = [words("report", out), proof]
    told = attempt(*steps, commit(out / "new", scenario), *reads, user=user)
    for one in told[: len(steps)]:
        # The lock's file is there already: what cannot be made is the folder beside.
        code, document, _ = one
        assert code == 2, one
        place = Path(document["faults"][0]["file"])
        assert place in (out / "public", out / "private")
        assert is_unwritable(one, place, "Permission denied")
    assert is_unwritable(told[len(steps)], out / "new", "Permission denied")
    assert [code for code, _, _ in told[len(steps) + 1 :]] == [0, 0]
    give(out, user, write=True)
    assert snapshot(out) == before
    assert [main(act) for act in (reveal(out), words("verify", out))] == [0, 0]


def test_no_right_to_read(foreign: Path, user: int | None, campaign: Path) -> None:
    """Somebody else sees the public part; the private one is refused by name, not as empty."""
    out = shutil.copytree(campaign / "c", foreign / "c")
    if user is None:
        (out / "private").chmod(0)
    proof = words("proof", out, "--enterprise", "E001", "--of", "frame")
    told = attempt(proof, reveal(out), words("report", out), user=user)
    (out / "private").chmod(0o700)
    code, document, said = told[0]
    (fault,) = document["faults"]
    assert (code, fault["code"]) == (2, "system-refused")
    assert (fault["file"], fault["expected"]) == (
        *(str(out / "private"), "the system refuses: Permission denied"),
    )
    assert "draw verify" in fault["mend"]
    assert fault["mend"] in said
    assert is_unwritable(told[1], out / "private", "Permission denied")
    assert told[2][0] == 0, told[2]


def test_a_run_that_fails_leaves_the_publication_with_its_secrets(tmp_path: Path) -> None:
    """Neither a publication without secrets, nor an old one with another's."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "p"
    run = ["run", str(scenario), "--out", str(out), "--workers", "1", "--effort", "1"]
    run += ["--seed", SEED, "--teams-seed", TEAMS]
    private = tmp_path / "p.private"
    private.write_text("in the way")
    (told,) = attempt(run)
    assert is_unwritable(told, private, "File exists")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.private", "s"]
    private.unlink()
    assert main(run) == 0
    before = snapshot(out), snapshot(private)
    (told,) = attempt(run, limit=10_000)
    assert is_unwritable(told, out, "File too large")
    assert (snapshot(out), snapshot(private)) == before
    assert main(run) == 0
    after = snapshot(private)
    assert list(after) == ["risk-labels.json", "secrets.json"]
    assert after["secrets.json"] != before[1]["secrets.json"]
