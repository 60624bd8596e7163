"""A campaign's folder on the disk: ``public`` and ``private``, never a step half taken.

::

    FOLDER/public/     what can be put on a web server at any time: whole or not at all
    FOLDER/private/    mode 0700, files 0600: secret, salts, key, names, what waits for opening
    FOLDER/private/scenario/   the scenario as it was committed

A step writes the public folder beside the old one and has it verified; then it writes its private
files, each whole, and what they replace is kept in ``private/.before`` until the public folder has
taken its name in one exchange: that exchange is the step. Stopped before it, whatever was replaced
is put back, by this step or by the next, so that no secret is lost to a step that was not taken.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from optimizer import canon
from optimizer.errors import InputError
from optimizer.flow import Dossier
from optimizer.io.atomic import refuse_unwritable, write_file, write_folder
from optimizer.io.earlier import keep_others
from optimizer.registers.fault import make_fault

PUBLIC, PRIVATE, SCENARIO = "public", "private", "scenario"
LOCK = ".lock"
_STEP = "step.json"
_BEFORE = ".before"
_SCENARIO_NEW = f".{SCENARIO}.new"
_BESIDE = f".{PUBLIC}."
"""How folders begin that `write_folder` makes beside the public one."""


def read_dossier(folder: Path) -> Dossier:
    """Read a campaign's folder; the kept scenario is left where it is.

    Raises
    ------
    InputError
        Where it is none, or a document in it is not the one in the ledger.
    """
    if not (folder / PUBLIC / "ledger" / "entries.jsonl").is_file():
        raise InputError(make_fault("no-campaign", str(folder)))
    private = {
        path: data for path, data in _read(folder / PRIVATE, skip=SCENARIO) if not _is_hidden(path)
    }
    found = Dossier(dict(_read(folder / PUBLIC)), private)
    found.check_public()
    return found


def is_campaign(folder: Path) -> bool:
    """Return whether a folder holds a campaign whose commitment stands."""
    return (folder / PUBLIC / "ledger" / "entries.jsonl").is_file()


def write_dossier(
    folder: Path, dossier: Dossier, *, check: Callable[[Path], None], scenario: Path | None = None
) -> None:
    """Write a campaign's folder after a step.

    Parameters
    ----------
    check
        Called with the public folder before it takes its name; what it raises stops the writing.
    scenario
        To be kept, at a commitment.

    Raises
    ------
    InputError
        Where the folder holds something else, or cannot be written.
    """
    private = folder / PRIVATE
    with refuse_unwritable(private):
        private.mkdir(mode=0o700, exist_ok=True)
        private.chmod(0o700)
    changed = {
        path: data
        for path, data in sorted(dossier.private.items())
        if not (place := _at(private, path)).is_file() or place.read_bytes() != data
    }

    def write_private(fresh: Path) -> None:
        check(fresh)
        with refuse_unwritable(private):
            _keep_before(folder, changed, dossier, scenario)
            if scenario is not None:
                keep_scenario(scenario, private)
            for path, data in changed.items():
                place = _at(private, path)
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_file(place, data, mode=0o600)

    try:
        write_folder(folder / PUBLIC, dossier.public, check=write_private)
    finally:
        with refuse_unwritable(private):
            _settle(folder)


def _keep_before(
    folder: Path, changed: Mapping[str, bytes], dossier: Dossier, scenario: Path | None
) -> None:
    """Keep the private files that a step replaces, and what it will leave over."""
    private = folder / PRIVATE
    fresh = private / f"{_BEFORE}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    there = [path for path, _ in _read(private, skip=SCENARIO) if not _is_hidden(path)]
    for path in changed:
        if path in there:
            _at(fresh, path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(_at(fresh, path), _at(private, path).read_bytes(), mode=0o600)
    if scenario is not None and (private / SCENARIO).is_dir():
        shutil.copytree(private / SCENARIO, fresh / SCENARIO)
    step = {
        "entries": _entries(folder),
        "added": [path for path in changed if path not in there],
        "left": [path for path in there if path not in dossier.private],
    }
    write_file(fresh / _STEP, json.dumps(step).encode(), mode=0o600)
    fresh.rename(private / _BEFORE)


def _settle(folder: Path) -> None:
    """End a step: clear away what it left over; if it was not taken, put back what it replaced."""
    private = folder / PRIVATE
    before = private / _BEFORE
    for half in (f"{_BEFORE}.new", _SCENARIO_NEW):
        shutil.rmtree(private / half, ignore_errors=True)
    if not before.is_dir():
        return
    step = json.loads((before / _STEP).read_bytes())
    taken = _entries(folder) != step["entries"]
    for path in step["left" if taken else "added"]:
        _at(private, path).unlink(missing_ok=True)
    if not taken:
        for path, _ in _read(before, skip=SCENARIO):
            if path != _STEP:
                # A full disk has room for a new name, not for a copy.
                _at(before, path).replace(_at(private, path))
        if (before / SCENARIO).is_dir():
            shutil.rmtree(private / SCENARIO, ignore_errors=True)
            (before / SCENARIO).rename(private / SCENARIO)
    # First out of the way: half of it, without its list, would stop the next step.
    before.rename(private / f"{_BEFORE}.new")
    shutil.rmtree(private / f"{_BEFORE}.new", ignore_errors=True)


def _entries(folder: Path) -> str:
    """Return the digest of a campaign's ledger, or nothing where there is none."""
    entries = folder / PUBLIC / "ledger" / "entries.jsonl"
    return canon.digest(entries.read_bytes()) if entries.is_file() else ""


def _at(folder: Path, path: str) -> Path:
    return folder.joinpath(*path.split("/"))


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


@contextmanager
def one_step(folder: Path, *, make: bool = False) -> Iterator[None]:
    """Hold a campaign's folder for one step, so that no two are taken at once.

    Parameters
    ----------
    make
        Whether to make the folder, for a first commitment.

    Raises
    ------
    InputError
        Where another step holds it, it is no campaign's folder, or it cannot be written.
    """
    private = folder / PRIVATE
    if make:
        listed = os.listdir(folder) if folder.is_dir() else []
        others = [n for n in listed if n not in (PUBLIC, PRIVATE) and not n.startswith(_BESIDE)]
        if others or (folder.exists() and not folder.is_dir()):
            raise InputError(make_fault("campaign-foreign", str(folder)))
        with refuse_unwritable(folder):
            private.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not private.is_dir():
        raise InputError(make_fault("no-campaign", str(folder)))
    with refuse_unwritable(private):
        handle = os.open(private / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, folder)
        with refuse_unwritable(folder):
            _recover(folder)
        yield
    finally:
        os.close(handle)


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold a publication for one step, from before it is read until it is written.

    Two steps at once would both sign a ledger that goes on from the same entry. What is locked is
    a file beside the folder, which is replaced as a whole.

    Raises
    ------
    InputError
        Where another step holds it, or nothing can be written beside it.
    """
    folder = folder.absolute()
    with refuse_unwritable(folder):
        place = folder.with_name(f".{folder.name}{LOCK}")
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _recover(folder: Path) -> None:
    """Undo an exchange that a crash broke off, and clear away what it left beside."""
    left = sorted(folder.glob(f"{_BESIDE}old-*/folder"))
    if left and not (folder / PUBLIC).exists():
        left[0].rename(folder / PUBLIC)
    for place in folder.glob(f"{_BESIDE}*"):
        shutil.rmtree(place, ignore_errors=True)
    _settle(folder)


def _lock(handle: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # no such locks there; the ledger's order still refuses a step twice
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError(make_fault("campaign-busy", str(folder))) from None


def _read(folder: Path, skip: str = "") -> Iterator[tuple[str, bytes]]:
    if folder.is_dir():
        os.listdir(folder)  # refuses where `rglob` would see an empty folder
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not (skip and name.startswith(f"{skip}/")):
            yield name, path.read_bytes()


def keep_scenario(scenario: Path, private: Path) -> None:
    """Copy a scenario's files, whole, to where no one else reads them."""
    fresh, kept = private / _SCENARIO_NEW, private / SCENARIO
    if scenario.resolve() == kept.resolve():
        return
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(scenario, fresh)
    keep_others(scenario, fresh)
    for place, folders, files in os.walk(fresh):
        for name in folders:
            (Path(place) / name).chmod(0o700)
        for name in files:
            (Path(place) / name).chmod(0o600)
    fresh.chmod(0o700)
    shutil.rmtree(kept, ignore_errors=True)
    fresh.rename(kept)
