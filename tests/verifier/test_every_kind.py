"""Ten thousand changes by seed over all kinds of documents together, held by both verifiers.

    DOUBLE_RANDOM_MUTATIONS=10000 python -m pytest tests/verifier/test_every_kind.py

runs as many as are asked for; without it a share runs. None that matters passes, nothing crashes,
both say the same in every word, and what is no fault raises none.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from every_kind import (
    ENTRIES,
    SIGNERS,
    Files,
    changed_places,
    every_kind,
    order_of,
    refit,
    signed,
)
from hostile import texts, values
from mutate import manifest, mutations, read
from test_mutations import is_free
from test_mutations_stages import FREE as FREE_STAGES

from optimizer.canon import canonical
from optimizer.verifier.verify import verify

MOST = int(os.environ.get("DOUBLE_RANDOM_MUTATIONS", "200"))
SEED = int(os.environ.get("DOUBLE_RANDOM_MUTATIONS_SEED", "7"))


@pytest.fixture(scope="module")
def kinds() -> dict[str, Files]:
    return every_kind()


def test_all_of_them_hold(kinds: dict[str, Files]) -> None:
    """Every publication holds, and holds again when nothing is forged; together they hold all."""
    for name, files in kinds.items():
        report = verify(files)
        assert report.ok, (name, report.first_fault)
        again = refit(files, "transcript/spec.json", files["transcript/spec.json"], SIGNERS[name])
        assert again == files
    there = {path for files in kinds.values() for path in files}
    assert {
        "superseded/1/spec.json",
        "transcript/draw-sealed.json",
        "transcript/substitutions.json",
        "transcript/earlier/2/draw.json",
        "transcript/draws/1/earlier/1/draw.json",
        "transcript/teams-2.json",
        "transcript/plan-3.json",
        "transcript/teams-seed-4.json",
    } <= there
    states = {name: (verify(files).state or {}).get("stage") for name, files in kinds.items()}
    ended = dict.fromkeys(("open", "opened", "steps"))
    assert states == {**ended, "sealed": "under way", "void": "void"}


def changes(kinds: dict[str, Files]) -> Iterator[tuple[str, str, str, Files]]:
    """(publication, path, what, files) without end."""
    rng = random.Random(SEED)
    for seed in itertools.count(SEED):
        for name, files in kinds.items():
            for path in sorted(files, key=order_of):
                data, made = files[path], list[tuple[object, bytes]]()
                if path.endswith((".json", ".jsonl")):
                    made += [(w, d) for _, w, _, d in mutations(path, data, 1, seed)]
                    made += [((p, v), d) for p, v, d in values(path, data, 1, seed)]
                made += texts(data, 1, seed)
                for what, new in rng.sample(made, min(len(made), 8)):
                    if new == data:
                        continue
                    forged = rng.random() < 0.9
                    yield name, path, f"{what}"[:150], put(name, files, path, new, forged=forged)
            yield from moves(name, files, rng)


def put(name: str, files: Files, path: str, data: bytes, *, forged: bool) -> Files:
    """Return the publication with a document changed; `forged`: all that hangs on it fits."""
    if not forged or path == "manifest.json":
        return {**files, path: data}
    try:
        return refit(files, path, data, SIGNERS[name])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return manifest({**files, path: data})  # beyond what a forger puts right


def moves(name: str, files: Files, rng: random.Random) -> Iterator[tuple[str, str, str, Files]]:
    """Documents exchanged, left out, doubled under other names; entries moved, dropped, doubled."""
    documents = sorted(path for path in files if path.startswith(("transcript/", "superseded/")))
    for _ in range(4):
        one, other = rng.sample(documents, 2)
        yield name, one, f"exchanged with {other}", manifest(
            {**files, one: files[other], other: files[one]}
        )  # fmt: skip
        yield name, one, f"instead of {other}", manifest({**files, other: files[one]})
        rest = {path: data for path, data in files.items() if path != one}
        yield name, one, "left out", manifest(rest)
    lines = files[ENTRIES].splitlines()
    for _ in range(6):
        k, rows = rng.randrange(len(lines)), list(map(json.loads, lines))
        what = rng.choice(("dropped", "doubled", "moved", "last time"))
        if what == "dropped":
            del rows[k]
        elif what == "doubled":
            rows.insert(k, rows[k])
        elif what == "moved":
            rows.insert(rng.randrange(len(rows)), rows.pop(k))
        else:
            rows[k]["time"] = rows[-1]["time"]
        last = ""
        for index, row in enumerate(rows):  # numbered anew; times never go back
            last = max(last, row["time"])
            rows[index] = {**row, "index": index, "time": last}
        data = b"".join(canonical(row) + b"\n" for row in rows)
        if data != files[ENTRIES]:
            yield (
                name,
                ENTRIES,
                f"entry {k} {what}",
                signed({**files, ENTRIES: data}, SIGNERS[name]),
            )


NOT_READ = "what an earlier commitment published, under the digest that the ledger holds"
FREE = dict.fromkeys(
    (f"superseded/1/{name}.json" for name in ("frame", "spec", "draw-sealed")), NOT_READ
)
"""Documents of the sealed campaign whose content is free to one who forges the ledger."""
FREE_PLACES = {
    ("sealed", "items.[].window"): "a commitment: what hangs on it waits for opening",
    ("sealed", "items.[].department"): "likewise",
    ("sealed", "binds"): "likewise",
    ("summary", ""): "a figure that nobody recomputes, or one left out",
    ("summary", "units"): "of the registers, which are not public",
    ("summary", "departments"): "likewise",
}


def may_be(name: str, path: str, kinds: dict[str, Files], files: Files) -> bool:
    """Return whether a change that both accept is one in which the forger is free."""
    old = kinds[name]
    if files == old:
        return True  # two documents of the same bytes, exchanged
    if path == "manifest.json":
        return False
    if path.startswith("ledger/") and path != ENTRIES:
        return harmless(path, old[path], files[path])
    if path in FREE and name != "open":
        return True
    if path == ENTRIES and only_cut(name, files[path], kinds):
        return True
    if path not in files or path not in old:
        return False
    stage = "later" if name == "sealed" else "open"
    place = "transcript/" + path.rpartition("/")[2].replace("-2.json", ".json")
    place = ENTRIES if path == ENTRIES else place
    stages = {"transcript/spec.json": name, "summary.json": "summary"}.get(path)
    found = set(changed_places(read(path, old[path]), read(path, files[path])))
    return bool(found) and all(
        is_free(place, one)
        or ((stage, one) in FREE_STAGES and name != "open")
        or any(
            kind == stages and (one == free or (free and one.startswith(free + ".")))
            for kind, free in FREE_PLACES
        )
        for one in found
    )


def only_cut(name: str, data: bytes, kinds: dict[str, Files]) -> bool:
    """Return whether a ledger is the true one, cut short or at other times.

    While it is sealed, substitutions wait for opening: fewer or more of them show only then.
    """

    def rows(lines: bytes) -> list[object]:
        read = [json.loads(line) for line in lines.splitlines()]
        hidden = ("substitute",) if name == "sealed" else ()
        return [(row["kind"], row["body"]) for row in read if row["kind"] not in hidden]

    try:
        found, true = rows(data), rows(kinds[name][ENTRIES])
    except (ValueError, TypeError, LookupError):
        return False
    return found == true[: len(found)]


def harmless(path: str, old: bytes, new: bytes) -> bool:
    """Return whether a key or a checkpoint says the same: newlines, or signatures of others."""
    if path == "ledger/log.vkey":
        return old.strip(b"\n") == new.rstrip(b"\n")
    return old.split(b"\n\n")[0] == new.split(b"\n\n")[0]


def test_changes(second: object, kinds: dict[str, Files]) -> None:
    """Whatever is changed is found, unless it is free; both verifiers agree (conftest.py)."""
    found: Counter[str] = Counter()
    for name, path, what, files in itertools.islice(changes(kinds), MOST):
        report = verify(files)  # asked of verify.js by the fixture
        if report.ok:
            assert may_be(name, path, kinds, files), (name, path, what)
            found["holds"] += 1
            continue
        fault = report.first_fault
        assert fault
        assert "made sense" not in fault["what"], (name, path, what, fault)
        found[report.checks[-1].name] += 1
    print(sum(found.values()), "changes:", dict(found))  # shown with -s
    if MOST >= 2000:
        assert {"manifest", "ledger", "frame", "spec", "earlier draws", "separate draws"} <= {
            *found
        }
        assert {"seed", "draw", "checks", "plan", "odds", "teams", "later teams"} <= {*found}


@pytest.mark.parametrize("name", ["open", "sealed", "opened", "void"])
def test_what_is_no_fault_raises_none(name: str, kinds: dict[str, Files]) -> None:
    """Pages, witnesses' signatures, a key without its newline: no document, no fault."""
    files = kinds[name]
    note = files["ledger/checkpoint.txt"]
    witness = note.split(b"\n\n")[1].replace(b"double-random/tiny-2026", b"witness.example")
    vkey = files["ledger/log.vkey"]
    for more in (
        {"index.html": b"<p>\r\n", "notes/a b.txt": b"\xff", "transcript/README": b""},
        {"ledger/checkpoint.txt": note + witness},
        {"ledger/log.vkey": vkey.rstrip(b"\n")},
        {"ledger/log.vkey": vkey + b"\n"},
    ):
        report = verify(manifest({**files, **more}))
        assert report.ok, (more, report.first_fault)
    turned = dict(reversed(list(files.items())))
    assert verify(turned).ok, "the order in which files come is none of a publication's"


@pytest.mark.parametrize("name", ["open", "opened"])
def test_other_ways_to_write_the_same(name: str, kinds: dict[str, Files]) -> None:
    """Documents have one form: spaces, keys in another order and escapes are refused by both."""
    files = kinds[name]
    for path in files:
        if not path.endswith(".json") or path.startswith("superseded/"):
            continue
        value = json.loads(files[path])
        turned = dict(reversed(list(value.items())))
        for data in (
            json.dumps(value, ensure_ascii=False, sort_keys=True).encode(),
            json.dumps(turned, separators=(",", ":"), ensure_ascii=False).encode(),
            files[path] + b"\n",
            b'{"\\u%04x' % files[path][2] + files[path][3:],
        ):
            assert data != files[path]
            report = verify(put(name, files, path, data, forged=True))
            assert not report.ok, (path, data[:60])


MUCH = 10**6
HOSTILE = {
    "deep": b"[" * MUCH,
    "deep objects": b'{"a":' * (MUCH // 5),
    "a huge number": b"1" * MUCH,
    "a long text": b'"' + b"a" * (MUCH + 1) + b'"',
    "no UTF-8": b"\xff" * MUCH,
    "a key twice": b"{" + b'"a":1,' * (MUCH // 6) + b'"a":1}',
    "escapes": b'"' + b"\\u0041" * (MUCH // 6) + b'"',
    "spaces": b" " * MUCH,
}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("open", "transcript/earlier/1/seed.json"),
        ("open", "transcript/draws/1/draw.json"),
        ("open", "transcript/draws/1/earlier/1/frame.jsonl"),
        ("opened", "transcript/draw-sealed.json"),
        ("opened", "transcript/substitutions.json"),
        ("opened", "transcript/teams-seed-2.json"),
        ("opened", ENTRIES),
    ],
)
def test_hostile_documents(name: str, path: str, kinds: dict[str, Files]) -> None:
    """A document that is deep, huge, doubled or no text ends in a clear refusal, in both."""
    for what, data in HOSTILE.items():
        end = b"\n" if path.endswith("l") else b""
        report = verify(put(name, kinds[name], path, data + end, forged=True))
        assert not report.ok, (path, what)
        assert "made sense" not in report.first_fault["what"], (path, what, report.first_fault)
