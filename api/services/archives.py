"""An uploaded scenario: a zip that is looked at before a byte of it is unpacked.

Nothing outside its own folder is written or read, nothing larger than allowed is unpacked, and
nothing in it makes the server compute registers.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any

from api.services.reading import swelling_faults
from api.settings import Settings
from optimizer.errors import Fault, InputError
from optimizer.io.yamlfile import read_yaml

SCENARIO = "scenario.yaml"
_CHUNK = 1 << 20
_SUFFIXES = (".yaml", ".yml", ".csv", ".csv.gz", ".xlsx", ".parquet", ".json", ".md", ".txt")


def unpack(upload: IO[bytes], folder: Path, settings: Settings, *, known: bool = False) -> Path:
    """Unpack a scenario into an empty folder.

    Parameters
    ----------
    upload
        The zip, which can be sought in.
    folder
        Empty; its files are the caller's to remove.
    known
        Whether it was taken before: then its tables are not read for their size once more.

    Returns
    -------
    Path
        The folder in which ``scenario.yaml`` stands: `folder`, or the only folder of the zip.

    Raises
    ------
    InputError
        With every fault of the zip.
    """
    inner = _extracted(upload, folder, settings)
    if not (inner / SCENARIO).is_file():
        raise InputError(
            Fault(
                "archive-no-scenario",
                "upload",
                field=SCENARIO,
                expected="expected scenario.yaml at the top of the zip, or in its only folder",
                mend="Zip the scenario folder.",
            )
        )
    _refuse(list(_nested_faults(inner, settings)))
    _refuse(list(_reference_faults(inner)))
    if not known:
        _refuse(swelling_faults(inner, settings))
    return inner


def unpack_registers(upload: IO[bytes], folder: Path, settings: Settings) -> Path:
    """Unpack register files into an empty folder; return the folder in which they stand.

    Raises
    ------
    InputError
        With every fault of the zip.
    """
    inner = _extracted(upload, folder, settings)
    if (inner / SCENARIO).exists():
        raise InputError(
            Fault(
                "archive-scenario",
                "upload",
                field=SCENARIO,
                expected="expected register files alone",
                mend="Zip the folder of the registers, or send the scenario to /v1/campaigns.",
            )
        )
    _refuse(list(_nested_faults(inner, settings)))
    _refuse(swelling_faults(inner, settings))
    return inner


def with_registers(scenario: bytes, registers: bytes, settings: Settings) -> bytes:
    """Return the zip of a scenario whose registers stand in another zip.

    Those lie in the scenario's folder as they would beside ``scenario.yaml``: below ``registers``,
    whether or not their zip has such a folder. The same two give the same bytes.

    Raises
    ------
    InputError
        With every fault of the scenario's zip, or if it holds registers itself.
    """
    made = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="double-random-upload-") as place:
        folders = [Path(place) / name for name in ("scenario", "registers")]
        for folder in folders:
            folder.mkdir()
        own = _extracted(io.BytesIO(scenario), folders[0], settings)
        if (own / "registers").exists():
            raise InputError(
                Fault(
                    "archive-registers-twice",
                    "upload",
                    field="registers",
                    expected="expected no registers in the zip, since a stored version is named",
                    mend="Leave the folder registers out of the zip, or the version unnamed.",
                )
            )
        stored = _extracted(io.BytesIO(registers), folders[1], settings)
        top = "" if (stored / "registers").is_dir() else "registers/"
        contents = _files_of(own)
        contents |= {top + name: path for name, path in _files_of(stored).items()}
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in sorted(contents.items()):
                info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    return made.getvalue()


def _files_of(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }


def _extracted(upload: IO[bytes], folder: Path, settings: Settings) -> Path:
    """Unpack a zip; return `folder`, or the only folder of the zip."""
    try:
        _refuse_flood(upload, settings)
        with zipfile.ZipFile(upload) as archive:
            infos = [info for info in archive.infolist() if not _is_noise(info.filename)]
            _refuse(list(_faults(infos, settings)))
            left = settings.max_unpacked
            for info in infos:
                if not info.is_dir():
                    left -= _extract(archive, info, folder, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(
            Fault(
                "archive-unreadable",
                "upload",
                expected=f"expected a zip file ({type(error).__name__})",
                mend="Make the zip again.",
            )
        ) from None
    top = sorted(path for path in folder.iterdir())
    return top[0] if len(top) == 1 and top[0].is_dir() else folder


def _refuse_flood(upload: IO[bytes], settings: Settings) -> None:
    """Refuse millions of files before the table of contents, which they fill, is read.

    Their signatures are counted; the tables of workbooks inside hold some as well.
    """
    most = 100 * settings.max_files
    count, last = 0, b""
    while chunk := upload.read(_CHUNK):
        count += (last + chunk).count(b"PK\x01\x02")
        last = chunk[-3:]
    upload.seek(0)
    if count > most:
        raise InputError(
            Fault(
                "archive-files",
                "upload",
                value=str(count),
                expected=f"expected at most {settings.max_files} files",
                mend="Zip the scenario folder alone.",
            )
        )


def _faults(infos: list[zipfile.ZipInfo], settings: Settings) -> Iterator[Fault]:
    """Faults that the zip's table of contents shows."""
    if len(infos) > settings.max_files:
        yield Fault(
            "archive-files",
            "upload",
            value=str(len(infos)),
            expected=f"expected at most {settings.max_files} files",
            mend="Zip the scenario folder alone.",
        )
    total = sum(info.file_size for info in infos)
    if total > settings.max_unpacked:
        yield Fault(
            "archive-size",
            "upload",
            value=str(total),
            expected=f"expected at most {settings.max_unpacked} bytes once unpacked",
            mend="Send registers without what the scenario does not use.",
        )
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if not _is_safe(name):
            yield _entry_fault(
                "archive-path", name, "a path below the scenario's folder", "Zip the folder itself."
            )
        elif name.casefold() in seen:
            yield _entry_fault("archive-twice", name, "each file once", "Make the zip again.")
        elif stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield _entry_fault(
                "archive-special", name, "files and folders, no links", "Put the file itself in."
            )
        elif info.flag_bits & 1:
            yield _entry_fault(
                "archive-encrypted", name, "files without a password", "Zip without a password."
            )
        elif not info.is_dir() and not name.lower().endswith(_SUFFIXES):
            yield _entry_fault(
                "archive-kind", name, f"files of {', '.join(_SUFFIXES)}", "Leave it out."
            )
        seen.add(name.casefold())


def _is_noise(name: str) -> bool:
    """Return whether a desktop put this into the zip of its own accord."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db")


def _is_safe(name: str) -> bool:
    """Return whether a name stays below the folder on any system."""
    path = PurePosixPath(name)
    return (
        bool(name)
        and not path.is_absolute()
        and not any(part in ("..", ".") for part in name.split("/"))
        and not any(char in '\\:*?"<>|' or ord(char) < 32 for char in name)
        and len(name) <= 240
        and len(path.parts) <= 8
    )


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Write one file; what the table of contents said of its size is not believed."""
    path = folder.joinpath(*PurePosixPath(info.filename).parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(info) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > min(left, info.file_size):
                raise InputError(
                    _entry_fault(
                        "archive-bomb",
                        info.filename,
                        "the size that the zip states, within the limit",
                        "Make the zip again.",
                    )
                )
            target.write(chunk)
    return size


def _nested_faults(folder: Path, settings: Settings) -> Iterator[Fault]:
    """Faults of compressed registers that would swell when they are read."""
    left = settings.max_unpacked
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        try:
            if path.suffix == ".gz":
                size = _gzip_size(path, left)
            elif path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as book:
                    size = sum(info.file_size for info in book.infolist())
            else:
                continue
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
            # The reader of registers says what is wrong with it, in its own words.
            continue
        left -= size
        if left < 0:
            yield _entry_fault(
                "archive-bomb",
                name,
                f"at most {settings.max_unpacked} bytes once unpacked",
                "Send a smaller register.",
            )
            return


def _gzip_size(path: Path, most: int) -> int:
    size = 0
    with gzip.open(path) as file:
        while size <= most and (chunk := file.read(_CHUNK)):
            size += len(chunk)
    return size


def _reference_faults(folder: Path) -> Iterator[Fault]:
    """Faults of a scenario that points out of its folder, or asks for made-up registers."""
    value = read_yaml(folder / SCENARIO, file=SCENARIO, schema="scenario").value
    for field, name in _references(value):
        place = os.path.normpath(name.replace("\\", "/"))
        if place.startswith("..") or os.path.isabs(place):
            yield Fault(
                "archive-outside",
                SCENARIO,
                field=field,
                value=name,
                expected="expected a path below the scenario's folder",
                mend="Put the file into the folder.",
            )
    if "generator" in value and not any((folder / "registers").glob("*")):
        yield Fault(
            "archive-generator",
            SCENARIO,
            field="generator",
            expected="expected the registers in the zip: the server generates none",
            mend="Run `double-random scenario generate` and zip the folder it writes.",
        )


def _references(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, path in value.get("registers", {}).items():
        yield f"registers.{name}", path
    for name, path in value.get("codes", {}).items():
        yield f"codes.{name}", path
    for place, path in enumerate(value.get("rules", ())):
        yield f"rules[{place}]", path
    if "mapping" in value:
        yield "mapping", value["mapping"]
    if "file" in value.get("calendar", {}):
        yield "calendar.file", value["calendar"]["file"]


def _entry_fault(code: str, name: str, expected: str, mend: str) -> Fault:
    return Fault(code, "upload", field=name[:200], expected=f"expected {expected}", mend=mend)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise InputError(faults)
