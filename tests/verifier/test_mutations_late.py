"""Late documents, mutated: rounds, draws and plans after the first, and who stood in.

The forger of `test_mutations` once more. He holds the log's key; after a change he puts right
every digest, seed text, key and draw that follows, so that only what a field means gives him away.
"""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from late import late_campaign
from mutate import manifest, mutations, root_of, shape, walk
from stages import SECRETS

from optimizer.canon import canonical, digest, note
from optimizer.chance import Key
from optimizer.errors import DoubleRandomError
from optimizer.flow import Dossier, Standing, read_odds
from optimizer.teams import draw_teams
from optimizer.verifier.verify import verify

ENTRIES = "ledger/entries.jsonl"
SIGNER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)
LATE = [
    f"transcript/{name}.json"
    for name in (
        "roster-2", "odds-2", "teams-seed-2", "teams-2",
        "checks-3", "problem-3", "roster-3", "plan-3", "odds-3",
        "teams-seed-3", "teams-3", "teams-seed-4", "teams-4",
    )
]  # fmt: skip
MOST = 20
"""Changes tried of a document, by chance from all."""

REGISTERS = "a register's content is not public"
CHOICE = "the publisher's choice, or a moment between its neighbours"
INFORMATION = "information: not recomputed"
SAME = "the same days, in other spans"
FREE = {
    # All else in a later roster is the one before and what was drawn, or said to be otherwise.
    "roster": {"inspectors.[].leave": SAME},
    "checks": {"offsite": REGISTERS, "checks.[].severity": REGISTERS},  # triggered reports
    "problem": {
        "items.*.inspectors": REGISTERS,
        "items.*.yearly_cap": REGISTERS,
        "units.*.area": REGISTERS,
        "visits_made": REGISTERS,
    },
    "plan": {
        "visits.[].day": CHOICE,
        "solver": INFORMATION,
        "unmerged.[].reason": INFORMATION,
        "left_out.[].reason": INFORMATION,
    },
    "odds": {
        "kappa": CHOICE,
        "parts.[].groups.[].odds": CHOICE,
        "period": CHOICE,  # by a day without visits
        "report": INFORMATION,
    },
    "teams-seed": {},
    "teams": {},
    "entries": {
        "[].body": INFORMATION,  # a body may hold more
        "[].time": CHOICE,
    },
}
NEVER_FREE = {"unmerged.[].reason.code", "left_out.[].reason.code", "[].body.document",
              "[].body.substitution.substitute", "[].body.substitution.absent",
              "[].body.substitution.visit", "[].body.substitution.unit"}  # fmt: skip


def stem(path: str) -> str:
    return path.rpartition("/")[2].split(".")[0].rstrip("0123456789").rstrip("-")


def is_free(path: str, name: str) -> bool:
    return name not in NEVER_FREE and any(
        name == place or name.startswith(place + ".") for place in FREE[stem(path)]
    )


@pytest.fixture(scope="module")
def late(tiny: Any) -> dict[str, Dossier]:
    return late_campaign(tiny)


@pytest.fixture(scope="module")
def files(late: dict[str, Dossier]) -> dict[str, bytes]:
    """Transcript and ledger of the whole campaign."""
    kept = late["whole"].public
    return manifest({p: d for p, d in kept.items() if p.startswith(("transcript/", "ledger/"))})


def forge(files: dict[str, bytes], path: str, data: bytes) -> dict[str, bytes]:
    """Put a changed document in, and make all that hangs on it fit again."""
    forged, swaps = dict(files), dict[bytes, bytes]()
    listed = [json.loads(line)["body"].get("document") for line in files[ENTRIES].splitlines()]
    for name in [*(one for one in listed if one), ENTRIES]:
        old = new = files[name]
        if name == path:
            new = data
        else:
            for before, after in swaps.items():
                new = new.replace(before, after)
            if stem(name) in ("seed", "teams-seed") and new != old:
                seed = json.loads(new)
                key = digest(seed["text"].encode())
                swaps[seed["key"].encode()] = key.encode()
                new = new.replace(seed["key"].encode(), key.encode())
            if stem(name) == "teams":
                new = drawn_again(forged, name, new)
        forged[name] = new
        if new != old:
            swaps[digest(old).encode()] = digest(new).encode()
    lines = forged[ENTRIES]
    root = base64.b64encode(root_of(lines)).decode()
    text = "\n".join((SIGNER.name, str(lines.count(b"\n")), root, ""))
    forged["ledger/checkpoint.txt"] = note.sign(text, SIGNER)
    return manifest(forged)


def drawn_again(forged: dict[str, bytes], name: str, data: bytes) -> bytes:
    """Draw the teams of changed odds by the changed key, so that they fit; if it can be done."""
    try:
        standing = Standing.read(forged)
        for one in standing.rounds:
            rest = None
            for draw in one.draws:
                key = Key.fromhex(standing.parsed(draw.seed)["key"], standing.ledger.hash)
                span = draw.span if len(one.spans) > 1 else None
                made = draw_teams(read_odds(standing, one), seed_key=key, span=span, rest=rest)
                if draw.teams == name:
                    return canonical(made.document)
                rest = made.rest
    except (DoubleRandomError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        pass
    return data


def test_forging_nothing_changes_nothing(files: dict[str, bytes]) -> None:
    """The forger's own work holds: without a change the files are as they were."""
    assert set(LATE) <= set(files)
    for path in (*LATE, ENTRIES):
        assert forge(files, path, files[path]) == files
    report = verify(files)
    assert report.ok, report.first_fault


def test_free_places_exist(files: dict[str, bytes]) -> None:
    """Every place listed as free is a place of a late document."""
    for kind, places in FREE.items():
        paths = [path for path in (*LATE, ENTRIES) if stem(path) == kind]
        names = set()
        for path in paths:
            rows = files[path].splitlines() if path == ENTRIES else [files[path]]
            value = [json.loads(row) for row in rows]
            names |= {shape(where) for where, _ in walk(value if path == ENTRIES else value[0])}
        assert set(places) <= names, (kind, set(places) - names)


@pytest.mark.parametrize("path", [*LATE, ENTRIES])
def test_late_changes_are_found(path: str, files: dict[str, bytes]) -> None:
    """Clumsy changes by digest; a forger's by meaning, or they are free and listed."""
    found = list(mutations(path, files[path], samples=1, seed=11))
    random.Random(path).shuffle(found)
    tried = 0
    for name, what, place, data in found[:MOST]:
        clumsy = verify({**files, path: data}).first_fault
        assert clumsy is not None, (path, name, what)
        assert clumsy["file"] in (path, "manifest.json"), (path, name, what, clumsy)
        report = verify(forge(files, path, data))
        if report.ok:
            assert is_free(path, name), (path, name, what, place)
            continue
        tried += 1
        fault = report.first_fault
        assert fault["place"] or not place, (path, name, what, fault)
        assert "made sense" not in fault["what"], (path, name, what, fault)
    assert tried > 3
