"""What a plan's verb works on: a scenario, a publication, or a folder with a plan."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.cli.arguments import count
from optimizer.cli.output import ConsoleProgress, say
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.errors import Fault, InputError
from optimizer.flow import EFFORT, case_of, commit, reveal, seed_of, staffed_case
from optimizer.io import Scenario, is_plan_folder, load_scenario, read_plan_folder
from optimizer.io.rules import faults_of_rules
from optimizer.io.scenario import SCENARIO_FILE
from optimizer.plan import Case, Plan, apply_settings, restore_plan
from optimizer.registers.fault import make_fault

NOW = "1970-01-01T00:00:00Z"
"""Time of acts that are not recorded: nothing here enters a ledger."""


@dataclass(frozen=True, slots=True)
class Source:
    """A case, and its plan where there is one.

    Attributes
    ----------
    plan
        As published, or ``None`` for a scenario.
    registers
        Of the scenario, where one is named: they know every enterprise.
    drawn_until
        Last day whose teams are drawn.
    """

    case: Case
    plan: Document | None
    registers: Registers | None
    drawn_until: date | None = None

    def solved(self, args: argparse.Namespace, progress: ConsoleProgress) -> tuple[Case, Plan]:
        """Return the plan that stands, or solve it, with its case."""
        if self.plan is not None:
            return self.case, restore_plan(self.plan, self.case.problem())
        say("  no plan is published here: it is solved first")
        plan, cuts = staffed_case(
            self.case, effort=args.effort, workers=args.workers, progress=progress
        )
        return replace(self.case, cuts=cuts), plan


def add_source(parser: argparse.ArgumentParser, *, plan: bool = True) -> None:
    """Add the folder, and how it is read.

    Parameters
    ----------
    plan
        Whether a plan that is there is used.
    """
    said = "a publication, a folder of `plan solve --out`, or a scenario folder"
    parser.add_argument("folder", type=Path, metavar="DIR", help=said)
    if plan:
        parser.add_argument(
            "--scenario",
            type=Path,
            metavar="SCENARIO",
            help="the scenario the plan was made from, for what is not published: every "
            "enterprise of the register, competent levels",
        )
    add_secrets(parser)
    add_search(parser)


def add_secrets(parser: argparse.ArgumentParser) -> None:
    """Add what a scenario with secrets of its own needs."""
    parser.add_argument(
        "--secrets", type=Path, metavar="FILE", help="the bureau's secrets, as in `run`"
    )
    parser.add_argument("--seed", metavar="SEED", help="of the first draw, as in `run`")


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add how long to search, language and JSON."""
    parser.add_argument("--effort", type=count(0), default=EFFORT, help="search effort (counts)")
    parser.add_argument(
        "--workers", type=count(1), default=os.cpu_count() or 1, help="solver processes"
    )
    add_words(parser)


def add_words(parser: argparse.ArgumentParser) -> None:
    """Add language and JSON."""
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of messages")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add what-if settings."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="PATH=VALUE",
        help="a what-if, after the draw: rules.cap.ID=2|+1|off, rules.cap.ID.limits.CLASS=1, "
        "rules.gap_days=5, rules.quiet.ID=off, rules.team.lead=3, items.ID.yearly_cap=off, "
        "capacity.UNIT=+1; may be given again",
    )


def open_source(
    args: argparse.Namespace, progress: ConsoleProgress, settings: Sequence[str] = ()
) -> Source:
    """Read the folder that the arguments name, with settings applied.

    Raises
    ------
    InputError
        Where it is neither a scenario nor holds a plan, or fits the scenario named not at all.
    """
    progress.stage("read")
    folder: Path = args.folder
    if is_plan_folder(folder):
        found = read_plan_folder(folder)
        source = Source(found.case, found.plan, None, found.drawn_until)
        named = getattr(args, "scenario", None)
        if named is not None:
            source = _with_scenario(source, _draw(named, args, progress))
    elif (folder / SCENARIO_FILE).is_file():
        case = _draw(folder, args, progress)
        source = Source(case, None, case.registers)
    else:
        raise InputError(make_fault("no-plan", str(folder)))
    return replace(source, case=_settled(source.case, settings))


def _settled(case: Case, settings: Sequence[str]) -> Case:
    """Return a case with settings applied, which leave rules that a file might hold."""
    case = apply_settings(case, settings)
    faults: list[Fault] = []
    for text in settings:
        path, _, value = (part.strip() for part in text.partition("="))
        if path.startswith("rules."):
            found = faults_of_rules(_named(case.rules, path.split(".")), "--set")
            faults += [replace(fault, field=path, value=value) for fault in found]
    if faults:
        raise InputError(dict.fromkeys(faults))
    return case


def _named(rules: RuleSet, path: Sequence[str]) -> RuleSet:
    """Return what a setting names: others may stand in files that say what this one may not."""
    none: Mapping[str, Any] = MappingProxyType({})
    bare = replace(rules, caps=(), quiet=(), closed=(), exemptions=none, sources=none)
    if path[1] == "cap":
        caps = (replace(rule, replaces=()) for rule in rules.caps if rule.id == path[2])
        return replace(bare, caps=tuple(caps))
    if path[1] == "quiet":
        quiet = (replace(rule, replaces=()) for rule in rules.quiet if rule.id == path[2])
        return replace(bare, quiet=tuple(quiet))
    return bare


def _draw(folder: Path, args: argparse.Namespace, progress: ConsoleProgress) -> Case:
    """Return the case that the scenario's seed gives."""
    from optimizer.cli.run import secrets_for
    from optimizer.cli.seeds import read_seed

    if not (folder / SCENARIO_FILE).is_file():
        raise InputError(make_fault("scenario-needed", str(folder)))
    scenario: Scenario = load_scenario(folder, progress=progress)
    secrets, _ = secrets_for(args.secrets, scenario)
    seed = read_seed(args.seed, "--seed") if args.seed else seed_of(scenario.seed, "campaign.seed")
    progress.stage("draw")
    return case_of(reveal(commit(scenario, secrets, now=NOW), seed))


def _with_scenario(source: Source, drawn: Case) -> Source:
    """Put the scenario's registers in the place of what is published, if they agree."""
    fuller = replace(source.case, registers=drawn.registers, capacity=None, classes=drawn.classes)
    try:
        rebuilt = fuller.problem().document
    except InputError as error:
        reason = str(error.faults[0])
        raise InputError(make_fault("scenario-differs", "--scenario", reason=reason)) from None
    published = source.case.problem().document
    if canon.canonical(rebuilt) != canon.canonical(published):
        fields = [name for name in rebuilt if rebuilt[name] != published.get(name)]
        reason = ", ".join(fields)
        raise InputError(make_fault("scenario-differs", "--scenario", reason=reason))
    return replace(source, case=fuller, registers=drawn.registers)
