"""What a dossier holds, made again from the kept scenario and held to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.check import Drawn
from optimizer.domain.registry import Document
from optimizer.draw import Draw, Places, draw_enterprises, make_source
from optimizer.errors import InputError
from optimizer.flow.acts import Committed, Revealed, checks_of, commit, first_month
from optimizer.flow.dossier import ENTRIES, Dossier
from optimizer.flow.given import ScenarioLike, Secrets
from optimizer.ledger import Ledger
from optimizer.plan import restore_visits
from optimizer.progress import Progress
from optimizer.registers.fault import make_fault
from optimizer.teams import Odds, commit_odds, roster_document


class _Timed:
    """A scenario whose acts take their times from the caller, and whose mode is given."""

    def __init__(self, scenario: ScenarioLike, *, sealed: bool) -> None:
        self.name, self.title = scenario.name, scenario.title
        self.registers, self.rules = scenario.registers, scenario.rules
        self.campaign = replace(scenario.campaign, mode="sealed" if sealed else "open")
        self.calendar, self.about = scenario.calendar, scenario.about
        self.seed, self.teams_seed = scenario.seed, scenario.teams_seed
        self.period, self.kappa = scenario.period, scenario.kappa
        self.times: Mapping[str, str] = MappingProxyType({})


def commit_now(
    scenario: ScenarioLike,
    secrets: Secrets,
    time: str,
    *,
    sealed: bool,
    ledger: Ledger | None,
    again: str,
) -> Committed:
    """Commit frame and spec at a time, whatever times the scenario's file gives."""
    timed = _Timed(scenario, sealed=sealed)
    return commit(timed, secrets, now=time, ledger=ledger, again=again)


def restore_committed(dossier: Dossier, scenario: ScenarioLike) -> Committed:
    """Make frame and spec again from the kept scenario, and hold them to the ledger.

    Raises
    ------
    InputError
        Where what comes out is not what was committed.
    """
    first = dossier.present[0]
    made = commit_now(
        scenario,
        dossier.secrets,
        first.time,
        sealed=dossier.sealed,
        ledger=replace(dossier.ledger, entries=dossier.ledger.entries[: first.index]),
        again=first.body.get("again", {}).get("reason", ""),
    )
    if not dossier.public[ENTRIES].startswith(made.ledger.to_jsonl()):
        raise InputError(make_fault("campaign-scenario", "private/scenario"))
    return made


def restore_revealed(dossier: Dossier, scenario: ScenarioLike) -> Revealed:
    """Make the draw again, and the checks that follow from it and the substitutions so far.

    Raises
    ------
    InputError
        Where what comes out is not what was drawn.
    """
    base = restore_committed(dossier, scenario)
    seed = make_source(canon.parse(dossier.documents()["transcript/seed.json"])["source"])
    draw = draw_enterprises(base.frame, base.spec, seed=seed, secret=dossier.secret)
    data = canon.canonical(draw.document)
    if data != dossier.data("transcript/draw.json"):
        raise InputError(make_fault("campaign-damaged", "transcript/draw.json"))
    listed = [entry.index for entry in dossier.present if entry.kind == "checks"]
    until = listed[0] if listed else len(dossier.ledger)
    done = [one for one in dossier.substitutions() if one["entry"] < until]
    checks = checks_of(base, placed(draw, done))
    return Revealed(
        base, draw, checks, checks.document(canon.digest(data, base.frame.hash)), dossier.ledger
    )


def placed(draw: Draw, done: list[Document]) -> list[Drawn]:
    """Return who holds the places of a draw after some substitutions."""
    places = Places(draw.document, done)
    found = []
    for item in draw.document["items"]:
        key = item.get("order", item["item"])
        for stratum in item["strata"]:
            name = stratum["stratum"]
            found += [
                Drawn(item["item"], name, identifier, rank, key)
                for rank, identifier in enumerate(places.holders(key, name))
            ]
    return found


def fix_odds(
    base: Committed,
    plan: Document,
    key: str,
    scenario: ScenarioLike,
    workers: int,
    progress: Progress,
) -> Odds:
    """Return the odds of a plan's first period, the same for the same input."""
    visits = restore_visits(plan)
    hash = base.frame.hash
    return commit_odds(
        visits,
        base.registers,
        base.rules,
        campaign=base.campaign.id,
        plan_digest=canon.digest(canon.canonical(plan), hash),
        roster=roster_document(base.registers, campaign=base.campaign.id),
        duty_key=Key.fromhex(key, hash),
        period=scenario.period or first_month(visits, base.calendar),
        kappa=scenario.kappa,
        workers=workers,
        progress=progress,
    )
