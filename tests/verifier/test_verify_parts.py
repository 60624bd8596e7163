"""The verifier's own arithmetic, against other implementations and brute force."""

from __future__ import annotations

import ast
import base64
import itertools
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import canon, chance
from optimizer.errors import InputError
from optimizer.teams.rounding import round_odds
from optimizer.teams.rows import make_rows
from optimizer.verifier import verify

FILE = Path(verify.__file__)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def test_alone_in_an_empty_folder(tmp_path: Path) -> None:
    """Copied out and isolated from all packages it runs; usage errors end with 2, faults with 1."""
    alone = tmp_path / "verify.py"
    alone.write_bytes(FILE.read_bytes())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(alone), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert run().returncode == 2
    assert run("nowhere").returncode == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run("empty", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (1, False)
    assert report["first_fault"]["file"] == "manifest.json"
    assert report["checks"][0]["name"] == "manifest"
    assert "manifest.json" in run("empty").stdout


def test_written_for_python_3_8_and_nothing_but_the_standard_library() -> None:
    """The file parses as Python 3.8 and imports standard modules only."""
    tree = ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 8))
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module)
    assert modules <= set(sys.stdlib_module_names)
    newer = {"lcm", "bit_count", "removeprefix", "removesuffix", "pairwise", "cache", "UTC"}
    assert not newer & {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    # Subscripted builtins run only from 3.9 on; in annotations they are never evaluated.
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if getattr(node, field, None) is not None:
                setattr(node, field, None)
    builtin = {"list", "dict", "tuple", "set", "frozenset", "type"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            assert node.value.id not in builtin, node.lineno


@given(VALUES)
def test_reads_what_canon_writes(value: object) -> None:
    """Canonical bytes of the other implementation are read, and to the same value."""
    try:
        data = canon.canonical(value)
    except ValueError:
        return
    assert verify.parse(data, "x") == value


@given(st.binary(max_size=30) | VALUES.map(lambda v: json.dumps(v).encode()))
def test_reads_nothing_else(data: bytes) -> None:
    """Bytes are read exactly when they are the canonical form of what canon reads."""
    try:
        canonical = canon.canonical(canon.parse(data)) == data
    except (InputError, ValueError):
        canonical = False
    try:
        verify.parse(data, "x")
    except verify.Fault:
        assert not canonical
    else:
        assert canonical


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b"1" * 5000, b'{"a":1,"a":1}', b'"\\ud800"', b'{"a":1e9}', b"\xff"]
)
def test_hostile_json(data: bytes) -> None:
    """Deep nesting, long numbers, duplicates, surrogates and floats are faults, not crashes."""
    with pytest.raises(verify.Fault):
        verify.parse(data, "x")


@settings(max_examples=15)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_ed25519_agrees_with_a_library(seed: bytes, message: bytes, bit: int) -> None:
    """Signatures of the `cryptography` library hold, and with any bit flipped they do not."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify.ed25519_holds(public, message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify.ed25519_holds(public, message, bytes(flipped))
    assert not verify.ed25519_holds(public, message + b"x", signature)


def test_ed25519_rfc8032_and_published_notes() -> None:
    """RFC 8032's first two tests and the published notes hold; S above the order does not."""
    notes = json.loads(Path("tests/vectors/notes.json").read_text(encoding="utf-8"))["notes"]
    for note in notes:
        for vkey, line in zip(note["vkeys"], note["signatures"], strict=True):
            public = base64.b64decode(vkey.split("+", 2)[2])[1:]
            signature = base64.b64decode(line.rsplit(" ", 1)[1])[4:]
            assert verify.ed25519_holds(public, note["text"].encode(), signature)
            s = int.from_bytes(signature[32:], "little") + 2**252
            s += 27742317777372353535851937790883648493
            forged = signature[:32] + s.to_bytes(32, "little")
            assert not verify.ed25519_holds(public, note["text"].encode(), forged)
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert verify.ed25519_holds(public, b"", signature)
    assert not verify.ed25519_holds(b"\xff" * 32, b"", signature)
    assert not verify.ed25519_holds(public[:-1], b"", signature)


HASHES = st.sampled_from(sorted(canon.HASHES))


@given(st.lists(st.binary(max_size=3), max_size=40), HASHES)
def test_merkle_root_agrees(leaves: list[bytes], name: str) -> None:
    """The root is that of `canon.merkle`."""
    mine, theirs = verify.HASHES[name], canon.HASHES[name]
    wanted = canon.merkle.root([canon.merkle.leaf_hash(leaf, theirs) for leaf in leaves], theirs)
    assert verify.merkle_root(leaves, mine) == wanted


@given(st.binary(min_size=32, max_size=32), st.lists(st.integers(1, 2**48), max_size=20), HASHES)
def test_stream_agrees(data: bytes, limits: list[int], name: str) -> None:
    """Words, rejection and sub-keys are those of `chance`."""
    key = verify.Key.of(data, verify.HASHES[name])
    other = chance.Key(data, canon.HASHES[name])
    mine, theirs = verify.Stream(key), chance.Stream(other)
    assert [mine.below(m) for m in limits] == [theirs.below(m) for m in limits]
    own = verify.sub_key(key, "rounding", "甲")
    assert own == chance.sub_key(other, "rounding", "甲")
    assert own.hash is key.hash


def random_part(rng: random.Random) -> tuple[dict, dict, list[int]]:
    """A part whose odds are an average of assignments that keep the rules, so feasible."""
    people = rng.randint(2, 7)
    caps = [rng.randint(1, 2) for _ in range(people)]
    days: dict[str, str] = {}
    groups = []
    for v in range(rng.randint(1, 5)):
        visit = f"V{v + 1:06d}"
        days[visit] = f"2026-01-{5 + v // 2:02d}"
        for skill in ["lift"] * rng.randint(0, 1) + [""]:
            seats = 1 if skill else rng.randint(1, 2)
            groups.append({"visit": visit, "skill": skill, "seats": seats, "odds": [0] * people})
    weights = [rng.randint(1, 10**8) for _ in range(5)]
    weights.append(10**9 - sum(weights))
    for weight in weights:
        load: dict[tuple[int, str], int] = {}
        for visit, day in days.items():
            taken: set[int] = set()
            for group in groups:
                if group["visit"] != visit:
                    continue
                free = [
                    k for k in range(people) if k not in taken and load.get((k, day), 0) < caps[k]
                ]
                if len(free) < group["seats"]:
                    return random_part(rng)
                for k in rng.sample(free, group["seats"]):
                    group["odds"][k] += weight
                    taken.add(k)
            for k in taken:
                load[k, day] = load.get((k, day), 0) + 1
    return {"groups": groups}, days, caps


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.binary(min_size=32, max_size=32))
def test_rounding_agrees_with_the_lottery(seed: int, key: bytes) -> None:
    """Two programs written apart from teams.md draw the same teams, within all rules."""
    part, days, caps = random_part(random.Random(seed))
    people = [{"id": str(k), "max_half_days": cap} for k, cap in enumerate(caps)]
    terms = verify.Terms(days, dict.fromkeys(days, 1), people, min(days.values()))
    own = verify.Key.of(key, verify.SHA256)
    mine, rest = verify.Lottery({**part, "effort": 1}, terms, own, max(days.values())).draw()
    assert rest is None
    groups = part["groups"]
    visits = sorted(days)
    dates = sorted(set(days.values()))
    odds = np.array([group["odds"] for group in groups], dtype=np.int64)
    rows = make_rows(
        odds,
        [visits.index(group["visit"]) for group in groups],
        [dates.index(days[group["visit"]]) for group in groups],
        np.broadcast_to(np.array(caps), odds.shape),
    )
    now = np.ones(len(groups), dtype=bool)
    theirs = round_odds(odds, rows, now, denominator=verify.WHOLE, key=key)
    assert mine == [np.flatnonzero(row).tolist() for row in theirs]
    for group, seated in zip(groups, mine, strict=True):
        assert len(seated) == group["seats"]
        assert all(group["odds"][k] for k in seated)
    for k, cap in enumerate(caps):
        for visit in visits:
            held = [k in s for g, s in zip(groups, mine, strict=True) if g["visit"] == visit]
            assert sum(held) <= 1
        for day in dates:
            held = [k in s for g, s in zip(groups, mine, strict=True) if days[g["visit"]] == day]
            assert sum(held) <= cap


QUIET = {
    "zones": [],
    "enterprises": [],
    "industries": [],
    "month_days": None,
    "spans": [],
    "exempt": [],
    "planned_rides": False,
    "source": "",
}
RULES = {
    "caps": [],
    "team": {"lead": 2, "other": 1},
    "exempt_sources": ["complaint", "assigned"],
    "exempt_uses_cap": False,
    "joint_counts_each": False,
    "rider_counts": True,
    "gap_days": 0,
}


def small_problem(rng: random.Random) -> tuple[verify.Problem, list[dict]]:
    """A problem of one enterprise with up to 7 checks in 12 days, two quiet rules, three units."""
    days = 12
    units = ["u1", "u2", "u3"]
    items = {
        f"i{n}": {
            "department": "d",
            "inspectors": rng.randint(1, 3),
            "effort": rng.randint(1, 2),
            "skills": rng.choice([[], [], ["lift"]]),
            "incompatible": [],
            "yearly_cap": None,
        }
        for n in range(5)
    }
    if rng.random() < 0.5:
        items["i0"]["incompatible"], items["i1"]["incompatible"] = ["i1"], ["i0"]
    checks = []
    for n in range(rng.randint(1, 7)):
        release = rng.randint(1, days)
        checks.append(
            {
                "id": f"c{n}",
                "enterprise": "E",
                "item": rng.choice(list(items)),
                "source": rng.choice(["draw", "draw", "complaint", "assigned"]),
                "release": f"2026-01-{release:02d}",
                "due": f"2026-01-{rng.randint(release, days):02d}",
                "units": rng.sample(units, rng.randint(1, 2)),
            }
        )
    counts = {
        which: {unit: [rng.randint(0, 4) for _ in range(days)] for unit in units}
        for which in ("present", "full", "capacity")
    }
    skills = {unit: {"lift": [rng.randint(0, 1) for _ in range(days)]} for unit in units}
    quiet = [
        {
            **QUIET,
            "id": "q1",
            "month_days": [3, 6],
            "exempt": ["complaint"],
            "planned_rides": rng.random() < 0.5,
        },
        {
            **QUIET,
            "id": "q2",
            "zones": ["z"],
            "spans": ["2026-01-08/2026-01-09"],
            "exempt": ["assigned"],
        },
    ]
    document = {
        "calendar": {
            "start": "2026-01-01",
            "working": "".join(rng.choice("01111") for _ in range(days)),
        },
        "rules": {**RULES, "quiet": quiet},
        "items": items,
        "enterprises": {
            "E": {"industry": "5212", "section": "F", "zones": rng.choice([[], ["z"]])}
        },
        **counts,
        "skill_present": skills,
        "skill_capacity": skills,
    }
    return verify.Problem(document), checks


def could_visit(problem: verify.Problem, checks: list[dict], day: int) -> bool:
    """The first three headings of plan.md, read out day by day without masks."""
    document = problem.document
    date = f"2026-01-{day + 1:02d}"
    if document["calendar"]["working"][day] == "0":
        return False
    for check in checks:
        if not check["release"] <= date <= check["due"]:
            return False
        for other in checks:
            if other["item"] in document["items"][check["item"]]["incompatible"]:
                return False
    for rule in document["rules"]["quiet"]:
        zones = rule["zones"]
        covers = not zones or set(zones) & set(document["enterprises"]["E"]["zones"])
        low, high = rule["month_days"] or (8, 9)
        if covers and low <= day + 1 <= high:
            out = [c for c in checks if c["source"] not in rule["exempt"]]
            if out and not (rule["planned_rides"] and len(out) < len(checks)):
                return False
    items = document["items"]
    units = sorted({unit for check in checks for unit in check["units"]})
    asked = {
        unit: [items[check["item"]] for check in checks if unit in check["units"]] for unit in units
    }
    most = {unit: max(item["inspectors"] for item in asked[unit]) for unit in units}
    lead = next(unit for unit in units if most[unit] == max(most.values()))
    for unit in units:
        skills = {skill for item in asked[unit] for skill in item["skills"]}
        number = max(most[unit], 2) if unit == lead else 1
        number = max(number, len(skills))
        if document["present"][unit][day] < number:
            return False
        if (
            any(item["effort"] == 2 for item in asked[unit])
            and document["full"][unit][day] < number
        ):
            return False
        if any(document["skill_present"][unit][skill][day] < 1 for skill in skills):
            return False
    return True


def partitions(things: list) -> list[list[list]]:
    """All partitions of a list."""
    if not things:
        return [[]]
    first, rest = things[0], things[1:]
    out = []
    for partition in partitions(rest):
        out.append([[first], *partition])
        out.extend(
            [*partition[:k], [first, *partition[k]], *partition[k + 1 :]]
            for k in range(len(partition))
        )
    return out


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32))
def test_least_groups_by_brute_force(seed: int) -> None:
    """The bound's number is the least over all partitions; a list proof never exceeds it."""
    problem, checks = small_problem(random.Random(seed))
    days = range(problem.count)

    def fine(group: list[dict]) -> bool:
        return len(group) == 1 or any(could_visit(problem, group, day) for day in days)

    for size in (1, 2, 3):
        for group in itertools.combinations(checks, size):
            mask = problem.days_alone(list(group))
            assert mask == sum(1 << d for d in days if could_visit(problem, list(group), d))
    least = min(len(p) for p in partitions(checks) if all(fine(group) for group in p))
    fits = problem.days_alone
    assert verify.least_groups(problem, checks, len(checks), fits) == least
    assert verify.least_groups(problem, checks, least, fits) == least
    assert len(verify.clique(problem, checks)) <= least
