"""Folders that hold a plan: publications, and what ``plan solve --out`` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.registry import Document
from optimizer.errors import Fault, InputError
from optimizer.io.rules import rules_from
from optimizer.plan import Case, restore_case
from optimizer.registers.fault import make_fault

DUTY_KEY = "duty_key"
"""Field of a plan folder's manifest: the key of the draw, hex."""

DOCUMENTS = ("checks", "problem", "plan", "roster")


@dataclass(frozen=True, slots=True)
class PlanFolder:
    """A plan that was written, with what it was made from.

    Attributes
    ----------
    files
        Bytes of ``checks``, ``problem``, ``plan`` and, if there, ``roster``.
    drawn_until
        Last day whose teams are drawn, or ``None``.
    """

    case: Case
    plan: Document
    files: Mapping[str, bytes]
    drawn_until: date | None


def is_plan_folder(folder: Path) -> bool:
    """Return whether a folder holds a plan."""
    return _home(folder) is not None


def read_plan_folder(folder: Path) -> PlanFolder:
    """Read a publication or a folder that ``plan solve --out`` wrote.

    Raises
    ------
    InputError
        Where the folder holds no plan, or one that does not fit its own problem.
    """
    home = _home(folder)
    if home is None:
        raise InputError(make_fault("no-plan", str(folder)))
    files = {
        name: place.read_bytes() for name in DOCUMENTS if (place := _latest(home, name)).is_file()
    }
    try:
        found = {name: canon.parse(data) for name, data in files.items()}
        case = restore_case(
            found["checks"],
            found["problem"],
            rules_from(found["problem"]["rules"]),
            key=_key(home, canon.hash_named(found["problem"])),
            roster=found.get("roster"),
            plan=found["plan"],
        )
        rebuilt = case.problem().document
        drawn = _drawn_until(home)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(_broken(folder, f"{type(error).__name__}: {error}")) from None
    if canon.canonical(rebuilt) != files["problem"]:
        names = [k for k, v in rebuilt.items() if found["problem"].get(k) != v]
        raise InputError(_broken(folder, f"problem.json: {', '.join(names) or 'other fields'}"))
    for one, other in (("plan", "problem"), ("plan", "checks"), ("problem", "checks")):
        if found[one][other] != canon.digest(files[other], case.hash):
            raise InputError(_broken(folder, f"{one}.json: {other}"))
    return PlanFolder(case, found["plan"], files, drawn)


def _home(folder: Path) -> Path | None:
    for home in (folder / "transcript", folder):
        if all((home / f"{name}.json").is_file() for name in DOCUMENTS[:3]):
            return home
    return None


def _latest(home: Path, name: str) -> Path:
    """Return where the latest version of a document stands."""
    found = [place for place in home.glob(f"{name}-*.json") if _turn(place)]
    return max(found, key=_turn, default=home / f"{name}.json")


def _turn(place: Path) -> int:
    number = place.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _key(home: Path, hash: canon.Hash) -> bytes:
    """Return the key of the draw: as published, or as the folder's manifest repeats it."""
    for name, field in (("draw.json", "key"), ("manifest.json", DUTY_KEY)):
        place = home / name
        if place.is_file() and field in (found := canon.parse(place.read_bytes())):
            return Key.fromhex(found[field], hash)
    return Key(bytes(32), hash)  # a folder written before its manifest named the key


def _drawn_until(home: Path) -> date | None:
    """Return the last day whose teams are drawn."""
    days = []
    for place in home.glob("teams*.json"):
        if place.stem != "teams" and place.stem != f"teams-{_turn(place)}":
            continue
        teams: Any = canon.parse(place.read_bytes())
        if "days" in teams:
            days.append(date.fromisoformat(teams["days"][1]))
        else:
            days.append(date.fromisoformat(_period(home, teams["odds"])[1]))
    return max(days, default=None)


def _period(home: Path, digest: str) -> list[str]:
    """Return the period of the odds with a digest, by either hash."""
    for place in home.glob("odds*.json"):
        data = place.read_bytes()
        if digest in (canon.digest(data, hash) for hash in canon.HASHES.values()):
            period: list[str] = canon.parse(data)["period"]
            return period
    raise KeyError(digest)


def _broken(folder: Path, reason: str) -> Fault:
    return make_fault("plan-broken", str(folder), reason=reason)
