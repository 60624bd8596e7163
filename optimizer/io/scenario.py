"""Scenario folders: `scenario.yaml` beside its registers, read and checked as a whole."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optimizer.canon import SHA256, Hash, hash_named
from optimizer.domain.campaign import Campaign
from optimizer.domain.days import Calendar, Span
from optimizer.domain.registry import Registers
from optimizer.domain.rules import MAX_KAPPA, RuleSet
from optimizer.errors import Fault, InputError
from optimizer.io.calendars import builtin_days, calendar_for, read_days
from optimizer.io.campaigns import read_campaign, read_span
from optimizer.io.codelists import read_code_list
from optimizer.io.generators import generate
from optimizer.io.mappings import read_mapping
from optimizer.io.rules import names_nobody, read_rules, rule_sources
from optimizer.io.seeds import SeedSource, read_fraction, read_seed_source
from optimizer.io.tables import SUFFIXES, read_table
from optimizer.io.yamlfile import YamlFile, read_yaml
from optimizer.progress import SILENT, Progress
from optimizer.registers import (
    REGISTERS,
    REQUIRED,
    CodeLists,
    RawTable,
    Reading,
    RegisterMapping,
    builtin_codes,
    make_codes,
    read_registers,
)
from optimizer.registers.fault import make_fault

SCENARIO_FILE = "scenario.yaml"
ACTS = ("committed", "reveals", "revealed", "planned", "odds", "teams-reveals", "teams")
LONGEST_HORIZON = 1100
"""Days: three years, more than any plan covers."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that a run needs, checked.

    Attributes
    ----------
    title
        Language → title.
    folder
        Where it was read; never published.
    times
        Act (`ACTS`) → RFC 3339 time, of those that the scenario gives.
    secrets
        ``demo`` or ``new``.
    seed, teams_seed
        Sources of the two draws, with rolls where they are known.
    period
        Days for which teams are drawn, or ``None`` for the first month with a visit.
    kappa
        Mixing weight of the lottery, from 0 to 1.
    about
        Free-form block: assumptions, what really happened, facts.
    warnings
        What is odd but was used; rows left out by `exclude_faulty` too.
    """

    name: str
    title: Mapping[str, str]
    folder: Path
    city: str
    registers: Registers
    campaign: Campaign
    rules: RuleSet
    calendar: Calendar
    horizon: Span
    times: Mapping[str, str]
    secrets: str
    seed: SeedSource
    teams_seed: SeedSource
    period: Span | None
    kappa: Fraction
    about: Mapping[str, Any]
    warnings: tuple[Fault, ...] = ()

    def __repr__(self) -> str:
        r = self.registers
        return (
            f"Scenario({self.name}: {len(r.enterprises):,} enterprises, {len(r.units):,} units, "
            f"{len(r.inspectors):,} inspectors, {len(r.items):,} items, "
            f"{len(r.triggered):,} triggered checks, {self.horizon})"
        )


def load_scenario(
    path: Path | str,
    *,
    exclude_faulty: bool = False,
    mapping: Path | None = None,
    committed: str | None = None,
    progress: Progress = SILENT,
) -> Scenario:
    """Read a scenario folder.

    Parameters
    ----------
    path
        The folder, or its ``scenario.yaml``.
    exclude_faulty
        Leave faulty rows of registers out, on record.
    mapping
        A mapping file to use instead of the scenario's.
    committed
        RFC 3339 time at which the campaign will be committed, where the file's does not count:
        draws that it goes on from must lie before.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    path = Path(path)
    folder = path.parent if path.name == SCENARIO_FILE else path
    found = read_yaml(folder / SCENARIO_FILE, file=SCENARIO_FILE, schema="scenario")
    value = found.value
    faults: list[Fault] = []

    horizon, wrong = read_span(found, "horizon", value["horizon"])
    if not wrong and len(horizon) > LONGEST_HORIZON:
        wrong = [
            found.fault(
                "horizon-long", "horizon", str(horizon), days=len(horizon), most=LONGEST_HORIZON
            )
        ]
    faults += wrong
    calendar = None if wrong else _try(faults, lambda: _calendar(folder, found, horizon))
    rules = _try(
        faults,
        lambda: read_rules([(folder / name, name) for name in value.get("rules", ())]),
    )
    raw = value["campaign"]
    seed, wrong = read_seed_source(found, "campaign.seed", raw.get("seed"))
    faults += wrong
    teams = value.get("teams", {})
    teams_seed, wrong = read_seed_source(found, "teams.seed", teams.get("seed"))
    faults += wrong
    period, wrong = _period(found, teams, horizon)
    faults += wrong
    kappa, wrong = _kappa(found, teams)
    faults += wrong
    faults += _time_faults(found)
    faults += _city_faults(found)

    reading = None
    with _register_folders(folder, found, faults) as folders:
        if folders is not None:
            reading = read_register_files(
                folders,
                value.get("registers", {}),
                codes_files=value.get("codes", {}),
                mapping=mapping,
                mapping_file=value.get("mapping"),
                identifiers=value.get("identifiers", "uscc"),
                city=value["city"],
                exempt_sources=rule_sources(rules) if rules is not None else (),
                exclude_faulty=exclude_faulty,
                horizon=None if calendar is None else horizon,
                hash=hash_named(value["campaign"]),
                progress=progress,
            )
    registers = None
    if reading is not None:
        registers = reading.registers
        if registers is None:
            faults += reading.faults
    campaign, wrong = read_campaign(
        found,
        horizon=horizon,
        calendar=calendar,
        registers=registers,
        item_ids=reading.item_ids if reading is not None else None,
        seed=seed,
        folder=folder,
        committed=committed,
    )
    faults += wrong
    if faults or registers is None or campaign is None or rules is None or calendar is None:
        raise InputError(faults)
    assert reading is not None
    warnings = (*reading.warnings, *reading.faults, *names_nobody(rules, registers, SCENARIO_FILE))
    return Scenario(
        name=value["name"],
        title=MappingProxyType(value.get("title") or {"en": value["name"], "zh": value["name"]}),
        folder=folder,
        city=value["city"],
        registers=registers,
        campaign=campaign,
        rules=rules,
        calendar=calendar,
        horizon=horizon,
        times=MappingProxyType(dict(value.get("times", {}))),
        secrets=value.get("secrets", "new"),
        seed=seed,
        teams_seed=teams_seed,
        period=period,
        kappa=kappa,
        about=MappingProxyType(value.get("about", {})),
        warnings=warnings,
    )


MAPPING_FILE = "mapping.yaml"
CODE_LISTS = ("areas", "industries")
"""Lists of codes of a bureau's own that may stand beside its registers, as CSV."""


def files_beside(folder: Path) -> tuple[str | None, dict[str, str]]:
    """Return the mapping and the code lists that come along with registers without a scenario.

    Returns
    -------
    tuple
        Paths below the folder: beside the registers, or above a folder ``registers``.
    """

    def find(name: str) -> str | None:
        places = (name, f"registers/{name}")
        return next((place for place in places if (folder / place).is_file()), None)

    codes = {name: find(f"{name}.csv") for name in CODE_LISTS}
    return find(MAPPING_FILE), {name: place for name, place in codes.items() if place is not None}


def read_register_files(
    folders: tuple[Path, ...],
    names: Mapping[str, str],
    *,
    codes_files: Mapping[str, str] | None = None,
    mapping: Path | None = None,
    mapping_file: str | None = None,
    identifiers: str = "uscc",
    city: str = "",
    exempt_sources: tuple[str, ...] = (),
    exclude_faulty: bool = False,
    horizon: Span | None = None,
    hash: Hash = SHA256,
    progress: Progress = SILENT,
) -> Reading:
    """Read the register files of a folder.

    Parameters
    ----------
    folders
        Where files are sought, in order: the scenario's folder, then what a generator wrote.
    names
        Register → path below a folder; others are sought by their register's name, in the folder
        and in ``registers/`` below it.
    codes_files, mapping_file
        Paths below the folder.
    mapping
        A mapping file of any place, instead of `mapping_file`.
    hash
        What the files' digests are made with.

    Returns
    -------
    Reading
        With every fault, those of files that cannot be read too.
    """
    faults: list[Fault] = []
    tables: dict[str, RawTable] = {}
    for done, name in enumerate(REGISTERS):
        progress.step(done, len(REGISTERS), name)
        try:
            place = _find(folders, name, names.get(name))
            if place is not None:
                tables[name] = read_table(place[0], name=name, file=place[1], hash=hash)
        except InputError as error:
            faults += error.faults
            # An unreadable register is a fault already; it is not missing besides.
            tables.setdefault(name, _unreadable(name))
    codes = _try(faults, lambda: _codes(folders, codes_files or {})) or builtin_codes()
    words: dict[str, RegisterMapping] | None = None
    if mapping is not None:
        words = _try(faults, lambda: read_mapping(mapping, file=mapping.name))
    elif mapping_file is not None:
        words = _try(faults, lambda: read_mapping(_below(folders, mapping_file), file=mapping_file))
    reading = read_registers(
        {name: table for name, table in tables.items() if table.columns},
        codes=codes,
        identifiers=identifiers,
        city=city,
        mapping=words,
        exempt_sources=exempt_sources,
        exclude_faulty=exclude_faulty,
        horizon=horizon,
        unreadable=frozenset(name for name, table in tables.items() if not table.columns),
    )
    if not faults:
        return reading
    return Reading(None, (*faults, *reading.faults), reading.warnings, reading.item_ids)


def _unreadable(name: str) -> RawTable:
    import numpy as np

    return RawTable(name, name, "", (), (), np.zeros(0, dtype=np.int64))


def _try(faults: list[Fault], act: Any) -> Any:
    """Return what `act` returns, or ``None`` after its faults are noted."""
    try:
        return act()
    except InputError as error:
        faults += error.faults
        return None


def _below(folders: tuple[Path, ...], name: str) -> Path:
    """Return the first folder's file of that name that exists, else the first folder's."""
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    return folders[0] / name


_OTHER_KINDS = frozenset((".xls", ".xlsm", ".xlsb", ".et", ".ods", ".tsv", ".txt", ".xml"))
"""Endings of tables that are not read, and had better be named than passed over."""


def _find(folders: tuple[Path, ...], register: str, name: str | None) -> tuple[Path, str] | None:
    """Return a register's file and its name in faults, or ``None`` where there is none."""
    if name is not None:
        return _below(folders, name), name
    for folder in folders:
        for below in ("registers/", ""):
            hits = [
                f"{below}{register}{suffix}"
                for suffix in SUFFIXES
                if (folder / f"{below}{register}{suffix}").is_file()
            ]
            if len(hits) > 1:
                raise InputError(make_fault("file-twice", register, files=", ".join(hits)))
            if hits:
                return folder / hits[0], hits[0]
    for folder in folders:
        for below in ("registers/", ""):
            for other in sorted((folder / below).glob(f"{register}.*")):
                if other.suffix.lower() in _OTHER_KINDS:
                    # That the register is missing would be no help.
                    raise InputError(make_fault("file-kind", f"{below}{other.name}"))
    return None


@contextmanager
def _register_folders(
    folder: Path, found: YamlFile, faults: list[Fault]
) -> Iterator[tuple[Path, ...] | None]:
    """Give the folders in which registers stand; generate them where all needed are absent."""
    names = found.value.get("registers", {})
    absent = []
    for register in REQUIRED:
        try:
            place = _find((folder,), register, names.get(register))
        except InputError:
            # Two files for one register: they are there; the reader says so.
            continue
        if place is None or not place[0].is_file():
            absent.append(register)
    if "generator" not in found.value or len(absent) < len(REQUIRED):
        yield (folder,)
        return
    with tempfile.TemporaryDirectory(prefix="double-random-") as made:
        try:
            generate(found, Path(made))
        except InputError as error:
            faults += error.faults
            yield None
            return
        yield (folder, Path(made))


def _calendar(folder: Path, found: YamlFile, horizon: Span) -> Calendar:
    wanted = found.value.get("calendar", {"country": "cn"})
    if "file" in wanted:
        special = read_days(folder / wanted["file"], file=wanted["file"])
    else:
        special = builtin_days(wanted["country"])
    return calendar_for(special, horizon, where=(found.file, found.lines.get("horizon")))


def _codes(folders: tuple[Path, ...], files: Mapping[str, str]) -> CodeLists:
    areas = industries = None
    faults: list[Fault] = []
    if "areas" in files:
        rows = _try(
            faults,
            lambda: read_code_list(
                _below(folders, files["areas"]), file=files["areas"], columns=("code", "name")
            ),
        )
        areas = dict(rows or ())
    if "industries" in files:
        rows = _try(
            faults,
            lambda: read_code_list(
                _below(folders, files["industries"]),
                file=files["industries"],
                columns=("code", "name", "section"),
            ),
        )
        industries = {code: (name, section) for code, name, section in rows or ()}
    if faults:
        raise InputError(faults)
    return make_codes(areas=areas, industries=industries)


def _period(
    found: YamlFile, teams: Mapping[str, Any], horizon: Span
) -> tuple[Span | None, list[Fault]]:
    if "period" not in teams:
        return None, []
    period, wrong = read_span(found, "teams.period", teams["period"])
    if not wrong and not (horizon.first <= period.first and period.last <= horizon.last):
        wrong = [found.fault("window-outside", "teams.period", str(period), horizon=str(horizon))]
    return period, wrong


def _kappa(found: YamlFile, teams: Mapping[str, Any]) -> tuple[Fraction, list[Fault]]:
    text = teams.get("kappa", "1")
    kappa = read_fraction(text)
    if kappa is None or not 0 <= kappa <= MAX_KAPPA:
        return Fraction(0), [found.fault("kappa", "teams.kappa", text, most=MAX_KAPPA)]
    return kappa, []


def _city_faults(found: YamlFile) -> list[Fault]:
    """A city of the built-in list must stand there; a list of one's own may leave it out."""
    city, known = found.value["city"], builtin_codes().areas
    if "areas" in found.value.get("codes", {}) or city in known:
        return []
    named = [code for code, name in known.items() if name == city]
    near = named[0] if len(named) == 1 else ""
    return [found.fault("city-unknown", "city", city, near=near)]


_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)


def _moment(text: str) -> datetime | None:
    """Read an RFC 3339 time; ``None`` where it is none."""
    try:
        return datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def _time_faults(found: YamlFile) -> list[Fault]:
    times = found.value.get("times", {})
    faults: list[Fault] = []
    last: datetime | None = None
    last_act = ""
    for act in ACTS:
        if act not in times:
            continue
        text = times[act]
        moment = _moment(text)
        if moment is None:
            faults.append(found.fault("time-malformed", f"times.{act}", text))
            continue
        if last is not None and moment < last:
            faults.append(found.fault("times-order", f"times.{act}", text, earlier=last_act))
        last, last_act = moment, act
    return faults
