"""The whole flow, from registers to the files of a publication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.domain.registry import Document
from optimizer.draw import (
    Seed,
)
from optimizer.errors import Fault, InputError
from optimizer.flow.acts import (
    EFFORT,
    Committed,
    OddsCommitted,
    Planned,
    Revealed,
    commit,
    commit_teams,
    documents_of_others,
    make_plan,
    reveal,
    reveal_teams,
)
from optimizer.flow.drawn import Standing
from optimizer.flow.figures import figures_of, figures_read, summary_of
from optimizer.flow.given import ScenarioLike, Secrets, seed_of
from optimizer.flow.rounds import LaterRound
from optimizer.ledger import Ledger
from optimizer.progress import SILENT, Progress
from optimizer.publication import PublicationInput, publish
from optimizer.registers.fault import make_fault
from optimizer.teams import (
    Teams,
    roster_document,
)

NO_VERIFIERS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Run:
    """The whole flow.

    Attributes
    ----------
    committed_odds
        Holds the plan, which holds the draw, which holds frame and spec.
    documents
        Path in the publication → bytes; all files of the folder.
    figures
        What ``run --json`` prints, less times, memory and the verifier's word.
    """

    committed_odds: OddsCommitted
    teams: Teams
    ledger: Ledger
    documents: Mapping[str, bytes]
    figures: Mapping[str, Any]

    @property
    def planned(self) -> Planned:
        """The merged plan."""
        return self.committed_odds.planned

    @property
    def revealed(self) -> Revealed:
        """The first draw and its checks."""
        return self.planned.revealed

    @property
    def committed(self) -> Committed:
        """Frame and spec."""
        return self.revealed.committed


def run_flow(
    scenario: ScenarioLike,
    *,
    secrets: Secrets,
    seed: Seed | None = None,
    teams_seed: Seed | None = None,
    now: str = "1970-01-01T00:00:00Z",
    verifiers: Mapping[str, bytes] = NO_VERIFIERS,
    effort: int = EFFORT,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Run:
    """Run the whole flow, from registers to the files of a publication.

    Parameters
    ----------
    scenario
        As `optimizer.io.load_scenario` reads it.
    secrets
        Salts and the ledger's key.
    seed, teams_seed
        Instead of the scenario's.
    now
        RFC 3339 time for acts whose time the scenario does not give.
    verifiers
        What is published beside the documents to verify them with: file → bytes.
    effort
        How long the planner searches, in counted steps.
    workers
        Processes; the result is the same for any number.

    Raises
    ------
    InputError
        Where input is at fault, a seed is missing, or of another source than announced.
    InfeasibleError
        Where some visits cannot be staffed on any day.
    """
    if scenario.campaign.mode == "sealed":
        raise InputError(make_fault("campaign-sealed-run", "scenario.yaml", None, "campaign.mode"))
    seed = seed or seed_of(scenario.seed, "campaign.seed")
    second = teams_seed or seed_of(scenario.teams_seed, "teams.seed")
    progress.stage("frame")
    committed = commit(scenario, secrets, now=now)
    progress.stage("draw")
    revealed = reveal(committed, seed)
    progress.stage("plan")
    planned = make_plan(revealed, effort=effort, workers=workers, progress=progress)
    progress.stage("odds")
    odds = commit_teams(
        planned,
        seed_source=second.announced(),
        period=scenario.period,
        kappa=scenario.kappa,
        workers=workers,
        progress=progress,
    )
    progress.stage("teams")
    teams, seed_document, ledger = reveal_teams(odds, second)
    progress.stage("publication")
    figures = figures_of(odds, teams)
    documents = publish(
        PublicationInput(
            campaign=committed.campaign.id,
            title=scenario.title,
            documents=documents_of(odds, teams, seed_document, ledger, secrets),
            registers=committed.registers,
            summary=summary_of(figures),
            verifiers=verifiers,
            demo_secrets=secrets.demo,
            about=scenario.about,
        )
    )
    return Run(odds, teams, ledger, MappingProxyType(documents), MappingProxyType(figures))


def documents_of(
    committed: OddsCommitted,
    teams: Teams,
    teams_seed_document: Document,
    ledger: Ledger,
    secrets: Secrets,
) -> dict[str, bytes]:
    """Return every file of ``transcript/`` and ``ledger/``: path → bytes."""
    planned = committed.planned
    revealed = planned.revealed
    base = revealed.committed
    transcripts: dict[str, Document] = {
        "frame": base.frame.document,
        "spec": base.spec.document,
        "seed": revealed.draw.seed_document,
        "draw": revealed.draw.document,
        "checks": revealed.checks_document,
        "problem": planned.plan.problem_document,
        "roster": roster_document(base.registers, campaign=base.campaign.id),
        "plan": planned.plan.document,
        "odds": committed.odds.document,
        "teams-seed": teams_seed_document,
        "teams": teams.document,
    }
    signer = ledger.signer(secrets.signer)
    return {
        "transcript/frame.jsonl": b"".join(line + b"\n" for line in base.frame.lines),
        **documents_of_others(base.campaign),
        **{f"transcript/{name}.json": canon.canonical(doc) for name, doc in transcripts.items()},
        "ledger/entries.jsonl": ledger.to_jsonl(),
        "ledger/checkpoint.txt": ledger.checkpoint(signer),
        "ledger/log.vkey": f"{signer.vkey}\n".encode(),
    }


def add_round(
    published: Mapping[str, bytes],
    done: LaterRound,
    scenario: ScenarioLike,
    *,
    secrets: Secrets,
    verifiers: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Return the files of a publication with one more round of teams in it.

    Raises
    ------
    InputError
        Where the secrets are not those of the publication's ledger.
    """
    signer = done.ledger.signer(secrets.signer)
    if f"{signer.vkey}\n".encode() != published["ledger/log.vkey"]:
        raise InputError(
            Fault(
                "secrets-other",
                "secrets",
                expected="the key that signed this publication's ledger",
                mend="Give the secrets of the run that wrote it, with --secrets.",
            )
        )
    documents = {
        path: data
        for path, data in published.items()
        if path.startswith(("transcript/", "ledger/"))
    }
    documents |= done.documents
    documents["ledger/entries.jsonl"] = done.ledger.to_jsonl()
    documents["ledger/checkpoint.txt"] = done.ledger.checkpoint(signer)
    figures = figures_read(Standing.read(documents), scenario.registers)
    return publish(
        PublicationInput(
            campaign=done.ledger.campaign,
            title=scenario.title,
            documents=documents,
            registers=scenario.registers,
            summary=summary_of(figures),
            verifiers=verifiers,
            demo_secrets=secrets.demo,
            about=scenario.about,
        )
    )
