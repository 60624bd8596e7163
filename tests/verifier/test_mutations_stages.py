"""Every field of what a campaign under way publishes, mutated: what matters is found and named.

The forger of `test_mutations` once more, for the documents and entries that a run has not: he
holds the log's key, and after the opening the secret too, and puts all digests right.
"""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from hostile import texts, values
from mutate import manifest, mutations, root_of, shape, walk
from stages import SECRET, SECRETS, campaign

from optimizer.canon import canonical, digest, note
from optimizer.chance import sub_key
from optimizer.flow import Dossier
from optimizer.verifier.verify import verify

ENTRIES = "ledger/entries.jsonl"
TOLD = "transcript/draw-sealed.json"
CHANGES = "transcript/substitutions.json"
SIGNER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)

HIDDEN = "a hash that waits for opening: any will do until then"
CHOICE = "the publisher's choice, or a moment between its neighbours"
FREE = {
    ("open", "[].time"): CHOICE,
    ("open", "[].body"): "a body may hold more",
    ("open", "[].body.open_after"): CHOICE,
    ("later", "[].time"): CHOICE,
    ("later", "[].body"): "a body may hold more",
    ("later", "[].body.open_after"): CHOICE,
    ("later", "[].body.commitment"): HIDDEN,
    ("later", "[].body.sealed"): HIDDEN,
    ("later", "[].body.results.root"): HIDDEN,
    ("later", "[].body.leaves.root"): HIDDEN,  # of the sealed odds: told at the opening
    ("later", "[].body.source"): HIDDEN,  # other rolls, of the right number
    ("later", "[].body.source.rolls"): HIDDEN,
    ("later", "[]"): HIDDEN,  # substitutions that wait may be fewer or more
    ("later", ""): HIDDEN,
    ("later", "items.[].strata.[].size"): "rounded the other way: told at the opening",
}


@pytest.fixture(scope="module")
def stages(tiny: Any) -> dict[str, Dossier]:
    return campaign(tiny, sealed=True)


def refit(files: dict[str, bytes], path: str, data: bytes) -> dict[str, bytes]:
    """Put a changed document in, and make ledger, signature and manifest fit again."""
    files = {p: d for p, d in files.items() if p.startswith(("transcript/", "ledger/"))}
    lines = data if path == ENTRIES else files[ENTRIES]
    if path == TOLD:
        lines = lines.replace(digest(files[path]).encode(), digest(data).encode())
    if path == CHANGES:
        lines = _seal_again(lines, data)
    root = base64.b64encode(root_of(lines)).decode()
    text = "\n".join((SIGNER.name, str(lines.count(b"\n")), root, ""))
    changed = {path: data, ENTRIES: lines, "ledger/checkpoint.txt": note.sign(text, SIGNER)}
    return manifest({**files, **changed})


def _seal_again(lines: bytes, data: bytes) -> bytes:
    """Seal the changed substitutions again in the ledger, where they can be read."""
    try:
        rows = [json.loads(line) for line in lines.splitlines()]
        for one in json.loads(data)["substitutions"]:
            plain = {key: value for key, value in one.items() if key != "entry"}
            name = f"substitution/{one['entry']}:{digest(canonical(plain))}"
            if rows[one["entry"]]["kind"] == "substitute":
                rows[one["entry"]]["body"] = {"sealed": sub_key(SECRET, "sealed", name).hex()}
        return b"".join(canonical(row) + b"\n" for row in rows)
    except (LookupError, TypeError, ValueError, AttributeError):
        return lines


@pytest.mark.parametrize(
    ("stage", "path"),
    [("later", TOLD), ("later", ENTRIES), ("open", TOLD), ("open", CHANGES), ("open", ENTRIES)],
)
def test_changes_are_found(stages: dict[str, Dossier], stage: str, path: str) -> None:
    """Clumsy changes by digest; a forger's by meaning, or they are free and listed."""
    files = dict(stages[stage].public)
    assert refit(files, path, files[path])["manifest.json"]
    tried = 0
    for name, what, place, data in mutations(path, files[path], samples=2, seed=5):
        assert not verify({**files, path: data}).ok, (path, name, what)
        report = verify(refit(files, path, data))
        if report.ok:
            assert (stage, name) in FREE, (stage, path, name, what, place)
            continue
        tried += 1
        fault = report.first_fault
        assert fault["place"] or fault["file"] != path or not place, (path, name, what, fault)
        assert "made sense" not in fault["what"], (path, name, what, fault)
    assert tried > 5


def test_free_places_exist(stages: dict[str, Dossier]) -> None:
    """Every place listed as free is a place of one of these documents."""
    for stage, place in FREE:
        names = set()
        for path in (ENTRIES, TOLD):
            data = stages[stage].public[path]
            value = [json.loads(line) for line in data.splitlines()]
            value = value if path == ENTRIES else value[0]
            names |= {shape(where) for where, _ in walk(value)}
        assert place in names, (stage, place)


@pytest.mark.parametrize("stage", ["later", "open"])
def test_each_entry_left_out_doubled_or_exchanged(stages: dict[str, Dossier], stage: str) -> None:
    """Steps of the ledger in another order, twice or not at all are found."""
    lines = stages[stage].public[ENTRIES].splitlines(keepends=True)

    def numbered(rows: list[bytes]) -> bytes:
        made = [{**json.loads(row), "index": k} for k, row in enumerate(rows)]
        last = made[-1]["time"]
        return b"".join(canonical({**row, "time": last}) + b"\n" for row in made)

    kinds = [json.loads(line)["kind"] for line in lines]
    for k, kind in enumerate(kinds):
        others = [[*lines[:k], *lines[k + 1 :]], [*lines[: k + 1], *lines[k:]]]
        if k + 1 < len(lines):
            others.append([*lines[:k], lines[k + 1], lines[k], *lines[k + 2 :]])
        for rows in others:
            report = verify(refit(dict(stages[stage].public), ENTRIES, numbered(rows)))
            if report.ok:
                assert stage == "later", (k, kind)
                cut = rows == lines[:-1] and report.state["waits"] == ["open", "teams"]
                assert cut or "substitute" in kinds[k : k + 2], (k, kind)


@pytest.mark.parametrize("stage", ["later", "open"])
def test_hostile_values_are_refused_alike(stages: dict[str, Dossier], stage: str) -> None:
    """Values that languages read differently, and bytes that are hardly JSON: the same words."""
    files = dict(stages[stage].public)
    rng = random.Random(3)
    for path in (ENTRIES, TOLD) if stage == "later" else (ENTRIES, TOLD, CHANGES):
        made = [(what, data) for what, _, data in values(path, files[path], 1, 3)]
        made += texts(files[path], 1, 3)
        for what, data in rng.sample(made, min(len(made), 150)):
            try:
                changed = refit(files, path, data)
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
                changed = manifest({**files, path: data})
            report = verify(changed)  # asked of verify.js by the fixture
            if report.first_fault:
                assert "made sense" not in report.first_fault["what"], what
