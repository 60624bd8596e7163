"""Folders written as a whole or not at all.

Files go to a new folder beside the wanted one, are flushed to the disk, checked, and only then
the folder takes its name. A crash leaves the old folder, the new one, or for the instant between
two renames neither of that name but both beside it; it never leaves a half-written one.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import Fault, InputError
from optimizer.registers.fault import make_fault

OURS = "manifest.json"
"""A folder with this file is one of ours and may be replaced."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder: path below it, with ``/`` → bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write_folder(
    out: Path | str,
    documents: Mapping[str, bytes],
    *,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Write a folder of documents.

    Parameters
    ----------
    out
        Folder to make. One that is there is replaced if it is empty or one of ours.
    documents
        Path below the folder, with ``/`` → bytes.
    check
        Called with the written folder before it takes its name; what it raises stops the writing.

    Raises
    ------
    InputError
        Where `out` is something else than a folder of ours, or cannot be written.
    """
    out = Path(out).absolute()
    _refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
    except OSError as error:
        raise InputError(_unwritable(out, error)) from None
    try:
        try:
            for name in sorted(documents):
                _write(fresh, name, documents[name])
            _sync_folders(fresh)
            fresh.chmod(0o755)
        except OSError as error:
            raise InputError(_unwritable(out, error)) from None
        if check is not None:
            check(fresh)
        _put(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write one file, whole or not at all; one that is there is replaced.

    Parameters
    ----------
    mode
        Who may read it; nobody else can at any moment.

    Raises
    ------
    InputError
        Where it cannot be written.
    """
    path = path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).chmod(mode)
            Path(fresh).replace(path)
        finally:
            Path(fresh).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(_unwritable(path, error)) from None


def _refuse_foreign(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(make_fault("out-no-folder", str(out)))
    if out.is_dir() and any(out.iterdir()) and not (out / OURS).is_file():
        raise InputError(make_fault("out-foreign", str(out)))


@contextmanager
def refuse_unwritable(out: Path) -> Iterator[None]:
    """Say of whatever the system refuses in here that a folder cannot be written, and why.

    Raises
    ------
    InputError
        Instead of the `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise InputError(_unwritable(out, error)) from None


def reason_of(error: OSError) -> str:
    """Return why the system refused, in its own words."""
    # Copying a tree gathers what failed, and keeps of each cause its text alone.
    number = re.search(r"\[Errno (\d+)\]", str(error)) if isinstance(error, shutil.Error) else None
    if number is not None:
        return os.strerror(int(number[1]))
    return error.strerror or type(error).__name__


def _unwritable(out: Path, error: OSError) -> Fault:
    return make_fault("out-unwritable", str(out), reason=reason_of(error))


def _write(folder: Path, name: str, data: bytes) -> None:
    path = folder.joinpath(*name.split("/"))
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"a document cannot stand outside its folder: {name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folders(folder: Path) -> None:
    """Flush the names of files: without it a crash can lose them."""
    if os.name != "posix":
        return
    for place, _, _ in os.walk(folder, topdown=False):
        _sync(Path(place))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(fresh: Path, out: Path) -> None:
    """Give the fresh folder its name; the old one goes back if that fails."""
    old = None
    try:
        if out.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
            out.rename(old / "folder")
        fresh.rename(out)
    except OSError as error:
        if old is not None and (old / "folder").exists() and not out.exists():
            (old / "folder").rename(out)
        raise InputError(_unwritable(out, error)) from None
    finally:
        if old is not None and out.exists():
            shutil.rmtree(old, ignore_errors=True)
    if os.name == "posix":
        _sync(out.parent)
