"""Where the teams' steps are taken: a campaign in its folder, or a publication."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer import canon
from optimizer.canon.signing import KeyHolder
from optimizer.cli.draw.ceremony import word
from optimizer.cli.draw.common import add_words, kept_scenario, time_of, verified
from optimizer.cli.output import print_json, say
from optimizer.cli.run import read_secrets, refuse_unverified, secrets_for
from optimizer.cli.signers import add_signer_options, key_holder
from optimizer.cli.verify import read_verifiers, verify_folder
from optimizer.errors import InputError
from optimizer.flow import Dossier, Given, standing_of
from optimizer.io import Scenario, load_scenario, write_folder
from optimizer.io.atomic import read_folder
from optimizer.io.dossier import (
    PRIVATE,
    PUBLIC,
    SCENARIO,
    is_campaign,
    keep_scenario,
    one_step,
    one_writer,
    read_dossier,
    write_dossier,
)
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault

SECRETS = "secrets.json"
NAMED = ("seal", "teams-seed-source", "teams-seed-reveals", "teams-seed", "open")
"""What a campaign can wait for here that has a command."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step is given, and what it may tell of itself.

    Attributes
    ----------
    before, after
        The campaign before and after the step.
    """

    before: Dossier
    after: Dossier


def add_place(parser: argparse.ArgumentParser, *, scenario: bool = True) -> None:
    """Add the folder, and where a publication's scenario and secrets are."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="a publication, or a campaign's folder"
    )
    if scenario:
        parser.add_argument(
            "--scenario",
            type=Path,
            metavar="SCENARIO",
            help="the scenario's folder of a publication; by default the copy that `teams commit` "
            "kept",
        )


def add_step(parser: argparse.ArgumentParser) -> None:
    """Add secrets, who signs, the time, language and JSON."""
    parser.add_argument(
        "--secrets", type=Path, metavar="FILE", help="of a publication, as in `run`"
    )
    add_signer_options(parser)
    parser.add_argument("--exclude-faulty", action="store_true", help="as in `run`")
    parser.add_argument("--time", metavar="RFC3339", help="what the ledger records; now by default")
    add_words(parser)


def take(
    args: argparse.Namespace,
    act: Callable[[Dossier, Given, Scenario], Dossier],
    *,
    name: str,
    progress: Progress = SILENT,
    more: Callable[[Taken], Mapping[str, Any]] = lambda taken: {},
    lines: Callable[[Mapping[str, Any], str], Iterator[str]] = lambda told, lang: iter(()),
) -> int:
    """Take one step: read, act, verify, write, print.

    Parameters
    ----------
    act
        From the campaign, what every step is given, and the scenario as it is now, to the next.
    name
        Of the step.
    more
        What the step prints of itself.
    lines
        To be read aloud.
    """
    holder = key_holder(args)
    given = time_of(args)
    progress.stage("read")
    with _opened(args, holder) as (before, kept, now, write):
        after = act(before, Given(kept, given, read_verifiers(), holder), now)
        progress.stage("write")
        write(after)
    progress.stage("")
    _tell(args, Taken(before, after), name, more, lines)
    return 0


Opened = tuple[Dossier, Scenario, Scenario, Callable[[Dossier], None]]


@contextmanager
def _opened(args: argparse.Namespace, holder: KeyHolder | None) -> Iterator[Opened]:
    """Give the campaign, its kept scenario, the scenario as it is now, and what writes."""
    folder: Path = args.folder
    if is_campaign(folder):
        with one_step(folder):
            before = read_dossier(folder)
            kept = kept_scenario(folder, before)
            now = kept if args.scenario is None else _load(args, args.scenario)
            yield before, kept, now, lambda after: write_dossier(folder, after, check=verified)
        return
    if not (folder / "manifest.json").is_file():
        raise InputError(make_fault("no-publication", str(folder)))
    with one_writer(folder):
        yield _publication(args, holder)


def _publication(args: argparse.Namespace, holder: KeyHolder | None) -> Opened:
    folder: Path = args.folder
    refuse_unverified(verify_folder(folder))
    private = folder.with_name(folder.name + ".private")
    source = args.scenario or private / SCENARIO
    if not source.is_dir():
        raise InputError(make_fault("teams-scenario", str(folder), None, "--scenario"))
    scenario = _load(args, source)
    place = args.secrets or private / SECRETS
    secrets, _ = secrets_for(None if scenario.secrets == "demo" else place, scenario, holder)
    held = {**secrets.held(), "demo": secrets.demo}
    before = Dossier(read_folder(folder), {SECRETS: json.dumps(held).encode()})

    def write(after: Dossier) -> None:
        write_folder(folder, after.public, check=verified)
        if args.scenario is not None:
            private.mkdir(mode=0o700, exist_ok=True)
            keep_scenario(args.scenario, private)

    return before, scenario, scenario, write


def _load(args: argparse.Namespace, folder: Path) -> Scenario:
    return load_scenario(folder, exclude_faulty=args.exclude_faulty)


def facts(dossier: Dossier) -> dict[str, Any]:
    """Return what is public of the teams, as ``--json`` prints it and as it is read aloud."""
    ledger, course = dossier.ledger, dossier.ledger.course
    standing = standing_of(dossier)
    now = standing.rounds[-1]
    waits = [] if course.whole else [course.next]
    if dossier.shut:
        waits.append("open" if course.sealed else "seal")
    found: dict[str, Any] = {
        "campaign": ledger.campaign,
        "round": now.number,
        "odds": canon.digest(standing.documents[now.odds], ledger.hash),
        "period": [now.spans[0].first.isoformat(), now.spans[-1].last.isoformat()],
        "draws": [[s.first.isoformat(), s.last.isoformat()] for s in now.spans],
        "drawn": course.drawn,
        "left": [[s.first.isoformat(), s.last.isoformat()] for s in now.left],
        "seed_source": ledger.find("teams-seed-source").body,
        "waits": waits,
        "ledger": {"size": len(ledger), "root": ledger.root.hex()},
        "checkpoint": dossier.public["ledger/checkpoint.txt"].decode(),
        "vkey": dossier.public["ledger/log.vkey"].decode().strip(),
    }
    return found


def _tell(
    args: argparse.Namespace,
    taken: Taken,
    name: str,
    more: Callable[[Taken], Mapping[str, Any]],
    lines: Callable[[Mapping[str, Any], str], Iterator[str]],
) -> None:
    told, lang = facts(taken.after), args.lang
    added = more(taken)
    say(word(f"done.{name}", lang, **added))
    for line in lines({**told, **added}, lang):
        say(line)
    if taken.after.secrets.demo:
        say(word("demo", lang))
    for wait in told["waits"]:
        if wait in NAMED:
            own = "teams." if wait in ("teams-seed-source", "teams-seed") else ""
            say(word(f"next.{own}{wait}", lang, folder=args.folder))
    if args.json:
        print_json({"step": name, **told, **added, "verified": True, "folder": str(args.folder)})


def public_of(folder: Path) -> Path:
    """Return the published folder of a campaign, or the publication itself.

    Raises
    ------
    InputError
        Where it is neither.
    """
    if is_campaign(folder):
        return folder / PUBLIC
    if not (folder / "manifest.json").is_file():
        raise InputError(make_fault("no-publication", str(folder)))
    return folder


def read_all(folder: Path) -> dict[str, bytes]:
    """Return the documents of a campaign, those that wait for opening too, or a publication's.

    Raises
    ------
    InputError
        Where it is neither.
    """
    if is_campaign(folder) and (folder / PRIVATE).is_dir():
        return read_dossier(folder).documents()
    place = public_of(folder)
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.relative_to(place).parts[0] in ("transcript", "ledger")
    }


def salt_master(folder: Path, secrets: Path | None) -> bytes | None:
    """Return the salts' secret of a campaign or publication, where it is at hand.

    Parameters
    ----------
    secrets
        As named; by default those kept in private beside the public part.
    """
    if is_campaign(folder):
        return read_dossier(folder).secrets.salt_master if (folder / PRIVATE).is_dir() else None
    private = folder.with_name(folder.name + ".private")
    kept = secrets or private / SECRETS
    if secrets is None and not kept.is_file():
        if not (private / SCENARIO).is_dir():
            return None
        scenario = load_scenario(private / SCENARIO, exclude_faulty=True)
        if scenario.secrets != "demo":
            return None
        return secrets_for(None, scenario, None)[0].salt_master
    return read_secrets(kept).salt_master
