"""A campaign's folder on the disk: ``public`` and ``private``, never a step half taken.

::

    FOLDER/public/     what can be put on a web server at any time: whole or not at all
    FOLDER/private/    mode 0700, files 0600: secret, salts, key, names, what waits for opening
    FOLDER/private/scenario/   the scenario as it was committed

A step writes its private files first, each whole, then the public folder in one exchange: that
exchange is the step. Stopped before it, the ledger is as it was, and the step can be run again;
private files that the ledger does not know are replaced.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import InputError
from optimizer.flow import Dossier
from optimizer.io.atomic import write_file, write_folder
from optimizer.io.earlier import keep_others
from optimizer.registers.fault import make_fault

PUBLIC, PRIVATE, SCENARIO = "public", "private", "scenario"
LOCK = ".lock"
_BESIDE = f".{PUBLIC}."
"""How folders begin that `write_folder` makes beside the public one."""


def read_dossier(folder: Path) -> Dossier:
    """Read a campaign's folder; the kept scenario is left where it is.

    Raises
    ------
    InputError
        Where it is none.
    """
    if not (folder / PUBLIC / "ledger" / "entries.jsonl").is_file():
        raise InputError(make_fault("no-campaign", str(folder)))
    private = {
        path: data
        for path, data in _read(folder / PRIVATE, skip=SCENARIO)
        if not path.rpartition("/")[2].startswith(".")
    }
    return Dossier(dict(_read(folder / PUBLIC)), private)


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
    private.mkdir(mode=0o700, exist_ok=True)
    private.chmod(0o700)
    if scenario is not None:
        keep_scenario(scenario, private)
    for path, data in sorted(dossier.private.items()):
        place = private.joinpath(*path.split("/"))
        if not place.is_file() or place.read_bytes() != data:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(place, data, mode=0o600)
    write_folder(folder / PUBLIC, dossier.public, check=check)
    for path, _ in list(_read(private, skip=SCENARIO)):
        if path not in dossier.private and not path.rpartition("/")[2].startswith("."):
            private.joinpath(*path.split("/")).unlink()  # it stands under superseded/ now


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
        Where another step holds it, or it is no campaign's folder.
    """
    private = folder / PRIVATE
    if make:
        listed = os.listdir(folder) if folder.is_dir() else []
        others = [n for n in listed if n not in (PUBLIC, PRIVATE) and not n.startswith(_BESIDE)]
        if others or (folder.exists() and not folder.is_dir()):
            raise InputError(make_fault("campaign-foreign", str(folder)))
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not private.is_dir():
        raise InputError(make_fault("no-campaign", str(folder)))
    handle = os.open(private / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, folder)
        _recover(folder)
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
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not (skip and name.startswith(f"{skip}/")):
            yield name, path.read_bytes()


def keep_scenario(scenario: Path, private: Path) -> None:
    """Copy a scenario's files, whole, to where no one else reads them."""
    fresh, kept = private / f".{SCENARIO}.new", private / SCENARIO
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
