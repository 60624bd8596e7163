"""Mutations of a publication, and a forger who signs everything anew after one."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from optimizer.canon import SHA256, Hash, canonical, digest, hash_field, hash_named, merkle, note
from optimizer.chance import Key, sub_key
from optimizer.verifier import verify

Path = tuple[str | int, ...]

ORDER = (
    "transcript/frame.jsonl",
    "transcript/frame.json",
    "transcript/spec.json",
    "transcript/seed.json",
    "transcript/draw.json",
    "transcript/checks.json",
    "transcript/problem.json",
    "transcript/roster.json",
    "transcript/plan.json",
    "transcript/odds.json",
    "transcript/teams-seed.json",
    "transcript/teams.json",
    "ledger/entries.jsonl",
)
"""Documents, each after those whose digests it holds."""


def read(path: str, data: bytes) -> Any:
    """Read a document; a file of lines becomes a list."""
    if path.endswith("l"):
        return [json.loads(line) for line in data.splitlines()]
    return json.loads(data)


def write(path: str, value: Any) -> bytes:
    """Write a document canonically."""
    if path.endswith("l"):
        return b"".join(canonical(line) + b"\n" for line in value)
    return canonical(value)


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place of a document, the document itself included."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def shape(path: Path) -> str:
    """The place without indices and identifiers: ``visits.[].seats.[].unit``."""
    parts = []
    for part in path:
        if isinstance(part, int):
            parts.append("[]")
        else:
            parts.append(part if re.fullmatch(r"[a-z_]+", part) else "*")
    return ".".join(parts)


def changed(value: Any, rng: random.Random) -> Iterator[tuple[str, Any]]:
    """Other values, each with a word for what was done; the last is of another kind."""
    if isinstance(value, bool):
        yield "flipped", not value
    elif isinstance(value, int):
        yield "one more", value + 1
        if value:
            yield "one less", value - 1
    elif value is None:
        yield "set", "a" * 64
        yield "set to a number", 1
    elif isinstance(value, str):
        yield from _changed_text(value, rng)
    elif isinstance(value, list):
        if value:
            k = rng.randrange(len(value))
            yield "item dropped", value[:k] + value[k + 1 :]
            yield "item doubled", [*value[: k + 1], *value[k:]]
        swaps = [k for k in range(len(value) - 1) if value[k] != value[k + 1]]
        if swaps:
            k = rng.choice(swaps)
            yield "items swapped", [*value[:k], value[k + 1], value[k], *value[k + 2 :]]
        if not value:
            yield "item added", ["x"]
    elif isinstance(value, dict):
        if value:
            key = rng.choice(sorted(value))
            yield f"{key} dropped", {k: v for k, v in value.items() if k != key}
        yield "field added", {**value, "extra": 1}
    yield "another kind", [] if isinstance(value, int | str) else 7


def _changed_text(value: str, rng: random.Random) -> Iterator[tuple[str, Any]]:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = date.fromisoformat(value)
        yield "a day later", (day + timedelta(days=1)).isoformat()
        yield "a day earlier", (day - timedelta(days=1)).isoformat()
    elif re.fullmatch(r"[0-9a-f]{32,64}", value):
        k = rng.randrange(len(value))
        yield "digit", value[:k] + ("1" if value[k] == "0" else "0") + value[k + 1 :]
    elif re.fullmatch(r"\d+/\d+", value):
        yield "another fraction", str(Fraction(value) / 2)
    elif re.fullmatch(r"\d+\.\d{6}", value):
        yield "last digit", value[:-1] + ("1" if value[-1] == "0" else "0")
    elif re.fullmatch(r"[01]{20,}", value):
        for k in (value.index("1"), value.index("0"), rng.randrange(len(value))):
            yield f"flag {k}", value[:k] + ("1" if value[k] == "0" else "0") + value[k + 1 :]
    elif re.fullmatch(r"\d+", value):
        yield "last digit", value[:-1] + ("1" if value[-1] == "0" else "0")
    else:
        yield "longer", value + "X"
    if value:
        yield "emptied", ""


def put(value: Any, path: Path, new: Any) -> Any:
    """The document with another value at a place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)  # type: ignore[index]
    return copy


def mutations(
    path: str, data: bytes, samples: int, seed: int
) -> Iterator[tuple[str, str, Path, bytes]]:
    """(shape, what, place, bytes): each shape of place, at some places, in every way."""
    value = read(path, data)
    rng = random.Random(seed)
    places: dict[str, list[tuple[Path, Any]]] = {}
    for place, item in walk(value):
        places.setdefault(shape(place), []).append((place, item))
    for name, found in sorted(places.items()):
        for place, item in rng.sample(found, min(samples, len(found))):
            for what, new in changed(item, rng):
                lines = path.endswith("l") and not place
                if type(new) is type(item) if lines else new is not item:
                    yield name, what, place, write(path, put(value, place, new))


def hash_in(files: dict[str, bytes]) -> Hash:
    """The hash that the publication names, in its manifest or else in its frame."""
    for path in ("manifest.json", "transcript/frame.json"):
        if path in files:
            return hash_named(json.loads(files[path]))
    return SHA256


def manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with a manifest that fits them."""
    hash = hash_in(files)
    files = {path: data for path, data in files.items() if path != "manifest.json"}
    body = {
        "format": "double-random/manifest/v1",
        "campaign": "tiny-2026",
        "files": {path: digest(data, hash) for path, data in files.items()},
    }
    return {**files, "manifest.json": canonical(body | hash_field(hash))}


def forge(files: dict[str, bytes], path: str, data: bytes, signer: note.Signer) -> dict[str, bytes]:
    """Replace a document and make all that hangs on it fit again.

    The forger holds the log's key. Digests, the frame's root, seed texts and keys are put right
    in every later document, the ledger is written and signed anew, and so is the manifest: what
    remains wrong is wrong in itself.
    """
    forged = dict(files)
    hash = hash_in(files)
    swaps: dict[bytes, bytes] = {}
    for name in ORDER:
        old = files[name]
        new = data if name == path else old
        if name != path:
            for before, after in swaps.items():
                new = new.replace(before, after)
            if name.endswith("seed.json") and new != old:
                seed = json.loads(new)
                key = digest(seed["text"].encode(), hash)
                swaps[seed["key"].encode()] = key.encode()
                new = new.replace(seed["key"].encode(), key.encode())
        if name == "transcript/teams.json" and name != path:
            new = drawn_again(forged, new, hash)
        forged[name] = new
        if new != old:
            swaps[digest(old, hash).encode()] = digest(new, hash).encode()
            if name.endswith("frame.jsonl"):
                swaps[root_of(old, hash).hex().encode()] = root_of(new, hash).hex().encode()
                size = b'"size":%d'
                swaps[size % old.count(b"\n")] = size % new.count(b"\n")
    lines = forged["ledger/entries.jsonl"]
    root, size = base64.b64encode(root_of(lines, hash)).decode(), lines.count(b"\n")
    text = f"{signer.name}\n{size}\n{root}\n"
    forged["ledger/checkpoint.txt"] = note.sign(text, signer)
    return manifest(forged)


def drawn_again(files: dict[str, bytes], data: bytes, hash: Hash) -> bytes:
    """Draw the teams of changed odds with the changed key, so that they fit; if it can be done."""
    try:
        odds, teams = json.loads(files["transcript/odds.json"]), json.loads(data)
        roster = json.loads(files["transcript/roster.json"])
        plan = json.loads(files["transcript/plan.json"])
        by_id = {i["id"]: i for i in roster["inspectors"]}
        days = {visit["id"]: visit["day"] for visit in plan["visits"]}
        drawn: dict[str, dict[str, list[str]]] = {}
        for part in odds["parts"]:
            unit, effort, people = part["unit"], part["effort"], part["inspectors"]
            efforts = {
                visit["id"]: seat["effort"]
                for visit in plan["visits"]
                for seat in visit["seats"]
                if seat["unit"] == unit
            }
            terms = verify.Terms(days, efforts, [by_id[i] for i in people], odds["period"][0])
            key = sub_key(Key.fromhex(teams["key"], hash), "teams", f"{unit}/{effort}")
            seated, _ = verify.Lottery(part, terms, key, odds["period"][1]).draw()
            for group, chosen in zip(part["groups"], seated, strict=True):
                team = drawn.setdefault(group["visit"], {}).setdefault(unit, [])
                team.extend(sorted(people[k] for k in chosen))
        return canonical({**teams, "teams": drawn})
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, verify.Fault):
        return data


def root_of(lines: bytes, hash: Hash = SHA256) -> bytes:
    """The root of the tree over lines."""
    return merkle.root((merkle.leaf_hash(line, hash) for line in lines.split(b"\n")[:-1]), hash)
