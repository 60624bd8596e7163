"""What a publication is made from: the run's documents, and the names that make them readable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from optimizer.canon import digest, hash_named
from optimizer.domain.registry import Document, Registers
from optimizer.errors import Fault, InputError

TRANSCRIPTS = ("frame", "spec", "seed", "draw", "checks", "problem", "plan")
TEAM_TRANSCRIPTS = ("roster", "odds", "teams-seed", "teams")
AMENDED = tuple(f"transcript/{name}.json" for name in ("checks", "problem", "plan"))
"""Documents of which a later version stands beside the first where the plan was amended."""


@dataclass(frozen=True, slots=True)
class PublicationInput:
    """One run, ready to be made public.

    Attributes
    ----------
    campaign
        The campaign's id.
    title
        ``zh`` and ``en``: what the scenario calls itself.
    documents
        Path in the folder → exact bytes, as committed in the ledger: every file below
        ``transcript/`` and ``ledger/`` of ``docs/formats/publication.md``.
    registers
        Where names are looked up. Inspectors' names are not read.
    summary
        Becomes ``summary.json``; integers and text only.
    verifiers
        What it can be verified with, file → bytes, as ``verify.py``.
    demo_secrets
        Secrets were derived from a public name: every page says so.
    warnings
        Further sentences to show, each Chinese and English.
    about
        The scenario's ``about`` block: text, lists and mappings, each text plain or
        ``{zh: …, en: …}``; assumptions, and what really happened, where that is known.
    """

    campaign: str
    title: Mapping[str, str]
    documents: Mapping[str, bytes]
    registers: Registers
    summary: Mapping[str, Any]
    verifiers: Mapping[str, bytes]
    demo_secrets: bool = False
    warnings: tuple[tuple[str, str], ...] = ()
    about: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Documents:
    """The parsed documents of a run; fields as the files are called."""

    frame: Document
    spec: Document
    seed: Document
    draw: Document
    checks: Document
    problem: Document
    plan: Document
    roster: Document
    odds: Document
    teams_seed: Document
    teams: Document
    later: tuple[tuple[Document, Document], ...]
    """(odds, teams) of each later odds document that was drawn from."""
    entries: tuple[Document, ...]
    checkpoint: str
    vkey: str


def read_documents(files: Mapping[str, bytes]) -> Documents:
    """Parse what the pages need.

    Raises
    ------
    InputError
        Documents are missing; every one is named.
    """
    transcripts = [f"transcript/{name}.json" for name in TRANSCRIPTS + TEAM_TRANSCRIPTS]
    others = ["ledger/entries.jsonl", "ledger/checkpoint.txt", "ledger/log.vkey"]
    missing = [
        path for path in [*transcripts, *others, "transcript/frame.jsonl"] if path not in files
    ]
    if missing:
        raise InputError(
            Fault(
                "document-missing",
                path,
                expected="a document of the run",
                mend="Publish only a run that went through every stage.",
            )
            for path in missing
        )
    drawn = _drawn(files)
    latest = {name: _latest(files, name) for name in AMENDED}
    parsed = [json.loads(files[latest.get(path, path)]) for path in transcripts]
    entries = tuple(json.loads(line) for line in files[others[0]].splitlines())
    named = {
        path[len("transcript/") : -len(".json")].replace("-", "_"): body
        for path, body in zip(transcripts, parsed, strict=True)
    }
    for n in range(1, 1 + len(named["spec"].get("draws", ()))):
        # Pages show the orders of separate draws beside the campaign's own.
        for name in ("spec", "draw"):
            other = json.loads(files[f"transcript/draws/{n}/{name}.json"])
            named[name] = {**named[name], "items": [*named[name]["items"], *other["items"]]}
    (named["odds"], named["teams"]), *later = drawn
    return Documents(
        **named,
        later=tuple(later),
        entries=entries,
        checkpoint=files[others[1]].decode(),
        vkey=files[others[2]].decode(),
    )


def _numbered(files: Mapping[str, bytes], path: str) -> list[str]:
    """Return the paths of a document and of those that came after it, in order."""
    stem = path.removesuffix(".json")
    found = [path, *(f"{stem}-{n}.json" for n in range(2, len(files)))]
    return [name for name in found if name in files]


def _latest(files: Mapping[str, bytes], path: str) -> str:
    return _numbered(files, path)[-1]


def _drawn(files: Mapping[str, bytes]) -> list[tuple[Document, Document]]:
    """Return each odds document that was drawn from, with the teams of all its draws."""
    hash = hash_named(json.loads(files["transcript/frame.json"]))
    listed = _numbered(files, "transcript/odds.json")
    odds = {digest(files[path], hash): path for path in listed}
    found: dict[str, Document] = {}
    for path in _numbered(files, "transcript/teams.json"):
        teams = json.loads(files[path])
        of = odds.get(teams["odds"], path.replace("teams", "odds"))
        before = found.setdefault(of, {**teams, "teams": {}})
        before["teams"] |= teams["teams"]
    return [(json.loads(files[of]), teams) for of, teams in found.items()]
