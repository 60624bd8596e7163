"""Publications that hold every kind of document together, and a forger for any of them.

Campaigns of the tiny city with orders of every design:

- ``open``: SHA-256; dealt after two earlier draws, the first of them sealed once, and planned with
  a separate draw that was itself dealt after another; lotteries, then parties alone; two rounds of
  teams.
- ``sealed`` and ``opened``: SM3; committed a second time after a first that was declared void;
  parties, lotteries and a drand round together; substitutions before the plan and after; two
  rounds of teams; as published before the opening, and after it.
- ``void``: the same, declared void after the opening.

And ``steps``: sealed and opened; odds drawn in spans of days, an inspector replaced between two
draws, the plan changed for a complaint after them, its odds drawn in spans again.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from conftest import SECRETS as OPEN_SECRETS
from conftest import Tiny, tiny_city
from design_city import design_city
from late import late_campaign
from mutate import ORDER, hash_in, manifest, root_of, shape
from source_cases import LOTTERY, PARTIES, QUICKNET, TIMES, VALUES
from stages import ABOUT, SECRET, SECRETS, VERIFIERS, drawn

from optimizer.canon import SM3, canonical, digest, note
from optimizer.chance import Key, sub_key
from optimizer.domain.days import Span
from optimizer.domain.earlier import DRAW_DOCUMENTS, EarlierDraw
from optimizer.draw import Dice, make_source
from optimizer.draw.sources import party_commitment
from optimizer.flow import (
    Dossier,
    Given,
    commit_step,
    later_round,
    open_step,
    plan_step,
    record_step,
    reveal_step,
    run_flow,
    seal_step,
    substitute_step,
    teams_step,
    void_step,
)
from optimizer.io.seeds import SeedSource

Files = dict[str, bytes]
ENTRIES = "ledger/entries.jsonl"
SIGNERS = {
    "open": note.Signer("double-random/tiny-2026", OPEN_SECRETS.signer_seed),
    **dict.fromkeys(
        ("sealed", "opened", "void", "steps"),
        note.Signer("double-random/tiny-2026", SECRETS.signer_seed),
    ),
}


def _kept(files: Mapping[str, bytes]) -> Files:
    places = ("transcript/", "ledger/", "superseded/", "summary.json")
    return manifest({path: data for path, data in files.items() if path.startswith(places)})


def _city(campaign: str, departments: str, **fields: object) -> Tiny:
    city = design_city(id=campaign)
    orders = tuple(o for o in city.campaign.orders if o.department in departments.split())
    made: Any = {"orders": orders, **fields}
    return replace(city, campaign=replace(city.campaign, **made))


def _run(city: Tiny, first: Any, second: Any, times: Mapping[str, str] | None = None) -> Any:
    announced = first.announced()
    campaign = replace(city.campaign, seed_source=announced["source"], seed_announced=announced)
    city = replace(city, campaign=campaign, times=times or {})
    return run_flow(city, secrets=OPEN_SECRETS, seed=first, teams_seed=second, effort=5)


def _taken(campaign: str, files: Mapping[str, bytes]) -> EarlierDraw:
    names = (*DRAW_DOCUMENTS, *(f"earlier/1/{name}" for name in DRAW_DOCUMENTS))
    found = {n: files[f"transcript/{n}"] for n in names if f"transcript/{n}" in files}
    return EarlierDraw(campaign, found)


DICE = [Dice(rolls) for rolls in ("14142135623730950488", "16180339887498948482",
                                  "17320508075688772935", "22360679774997896964",
                                  "24494897427831780981")]  # fmt: skip


def open_files() -> Files:
    """Return the open campaign."""
    everyone = "market fire env"
    sealed = _city("tiny-q1", everyone)

    def given(time: str) -> Given:
        return Given(sealed, time, VERIFIERS)

    now = commit_step(None, given("2022-12-22T09:00:00Z"), SECRETS, sealed=True, about=ABOUT)
    now = seal_step(now, given("2022-12-22T09:30:00Z"), SECRET, open_after=date(2023, 2, 1))
    now = reveal_step(now, given("2022-12-23T09:00:00Z"), DICE[0])
    now = open_step(now, given("2023-02-02T09:00:00Z"))
    first = _taken("tiny-q1", now.public)
    half = Fraction(1, 2)
    second = _run(_city("tiny-q2", everyone, after=(first,), theta=half), DICE[1], DICE[0])
    before = _run(_city("env-q1", "env"), DICE[2], DICE[0])
    beside = _city("env-q2", "env", after=(_taken("env-q1", before.documents),), theta=Fraction(1))
    separate = _run(beside, DICE[3], DICE[0])
    own = EarlierDraw(
        "tiny-q2", {name: second.documents[f"transcript/{name}"] for name in DRAW_DOCUMENTS}
    )
    city = _city(
        "tiny-2026",
        "market fire",
        after=(replace(first, is_counted=False), own),
        theta=Fraction(2, 3),
        draws=(_taken("env-q2", separate.documents),),
    )
    city = replace(city, period=Span(date(2026, 1, 5), date(2026, 1, 24)))
    run = _run(city, make_source(LOTTERY), make_source(PARTIES), TIMES)
    done = later_round(
        run.documents,
        run.committed.registers,
        run.committed.rules,
        period=Span(date(2026, 1, 26), date(2026, 2, 28)),
        seed=DICE[4],
        secrets=OPEN_SECRETS,
        time="2023-09-16T09:00:00Z",
        kappa=city.kappa,
    )
    later = {**run.documents, **done.documents, ENTRIES: done.ledger.to_jsonl()}
    del later["summary.json"]  # of the first round alone
    return signed(later, SIGNERS["open"])


def sealed_stages() -> dict[str, Files]:
    """Return the sealed campaign before its opening, after it, and declared void."""
    reveals = [
        {"party": "market", "value": VALUES["market"], "time": "2023-09-15T09:50:00Z"},
        {"party": "env", "value": "00" * 32, "time": "2023-09-15T09:51:00Z"},  # false
        {"party": "union", "value": VALUES["union"], "time": "2023-09-15T10:01:00Z"},  # late
    ]
    source = {
        "source": "combined",
        "parts": [
            {
                "source": "parties",
                "parties": [
                    {"party": party, "commitment": party_commitment(party, value, SM3)}
                    for party, value in VALUES.items()
                ],
                "deadline": "2023-09-15T10:00:00Z",
                "absent": "go-on",
                "hash": "sm3",
                "reveals": reveals,
            },
            LOTTERY,
            QUICKNET,
        ],
    }
    seed = make_source(source)
    city = _city(
        "tiny-2026", "market fire env", hash="sm3",
        seed_source="combined", seed_announced=seed.announced(),
    )  # fmt: skip
    city = replace(
        city,
        teams_seed=SeedSource("dice", 10),
        period=Span(date(2026, 1, 5), date(2026, 1, 24)),
    )
    dice = replace(city, campaign=replace(city.campaign, seed_source="dice", seed_announced=None))

    def given(time: str, of: Tiny = city) -> Given:
        return Given(of, f"2023-09-{time}Z", VERIFIERS)

    now = commit_step(None, given("14T09:00:00", dice), SECRETS, sealed=True, about=ABOUT)
    now = seal_step(now, given("14T09:10:00", dice), bytes(32), open_after=date(2026, 2, 20))
    now = reveal_step(now, given("14T10:00:00", dice), DICE[3])
    now = void_step(now, given("14T11:00:00", dice), reason="the secret was seen")
    now = commit_step(
        now, given("15T09:00:00"), SECRETS, sealed=True, about=ABOUT, again=True, reason="once more"
    )
    now = seal_step(now, given("15T09:10:00"), bytes(32), open_after=date(2026, 2, 20))
    now = seal_step(
        now, given("15T09:20:00"), SECRET, open_after=date(2026, 2, 20), reason="a better day"
    )
    now = record_step(now, given("15T10:05:00"), reveals)
    now = reveal_step(now, given("15T12:00:00"), seed)
    now = substitute_step(
        now, given("16T09:00:00"), order="F-02", enterprise=drawn(now, "F-02"), reason="closed"
    )
    now = plan_step(now, given("16T10:00:00"), effort=5)
    now = teams_step(now, given("16T11:00:00"), DICE[0])
    gone = now.substitutions()[0]["reserve"]
    now = substitute_step(
        now, given("17T09:00:00"), order="F-02", enterprise=gone, reason="not-found"
    )
    period = Span(date(2026, 1, 26), date(2026, 2, 28))
    now = shut = teams_step(now, given("18T09:00:00"), DICE[1], period=period)
    now = opened = open_step(now, given("19T09:00:00"), reason="all visits are done")
    now = void_step(now, given("20T09:00:00"), reason="the register was false")
    stages: dict[str, Dossier] = {"sealed": shut, "opened": opened, "void": now}
    return {name: _kept(dossier.public) for name, dossier in stages.items()}


def every_kind() -> dict[str, Files]:
    """Return the publications by name."""
    steps = late_campaign(tiny_city(), sealed=True)["open"]
    return {"open": open_files(), **sealed_stages(), "steps": _kept(steps.public)}


def order_of(path: str) -> tuple[int, ...]:
    """Return where a document stands: each after those whose digests it may hold."""
    other = re.match(r"transcript/(earlier|draws)/(\d+)/(?:earlier/(\d+)/)?", path)
    name = "transcript/" + path.rpartition("/")[2]
    turn = re.search(r"-(\d+)\.json", name)
    name = re.sub(r"-\d+\.json", ".json", name)
    within = ORDER.index(name) if name in ORDER else len(ORDER) - 1
    if other is not None:
        beside = other.group(1) == "draws"
        nested = int(other.group(3) or 10**6) if beside else 0
        return (0, int(beside), int(other.group(2)), nested, within)
    if path.startswith("superseded/"):
        return (1, int(path.split("/")[1]), within)
    if path in ("transcript/draw-sealed.json", "transcript/substitutions.json"):
        return (3, 0)
    if path.startswith("transcript/"):
        return (2, int(turn.group(1)) if turn else 1, within)
    return (4, 0)


def signed(files: Mapping[str, bytes], signer: note.Signer) -> Files:
    """Sign the ledger as it stands, and list the files anew."""
    hash = hash_in(dict(files))
    lines = files[ENTRIES]
    root = base64.b64encode(root_of(lines, hash)).decode()
    text = "\n".join((signer.name, str(lines.count(b"\n")), root, ""))
    return _kept({**files, "ledger/checkpoint.txt": note.sign(text, signer)})


def refit(files: Files, path: str, data: bytes, signer: note.Signer) -> Files:
    """Put a changed document in and make all that hangs on it fit: digests, keys, seals, ledger.

    The forger holds the log's key and knows the secret.
    """
    hash = hash_in(files)
    made = dict(files)
    swaps: dict[bytes, bytes] = {}
    for name in sorted((n for n in files if n != "manifest.json"), key=order_of):
        old = files[name]
        new = data if name == path else old
        if name != path and name.startswith(("transcript/", ENTRIES)):
            for before, after in swaps.items():
                new = new.replace(before, after)
            if new != old and name.endswith("seed.json"):
                seed = json.loads(new)
                key = digest(seed["text"].encode(), hash)
                swaps[seed["key"].encode()] = key.encode()
                new = new.replace(seed["key"].encode(), key.encode())
        made[name] = new
        if new != old and name != ENTRIES:
            swaps[digest(old, hash).encode()] = digest(new, hash).encode()
            if name.endswith("frame.jsonl"):
                swaps[root_of(old, hash).hex().encode()] = root_of(new, hash).hex().encode()
    if path != ENTRIES:
        made[ENTRIES] = _sealed_again(made, hash)
    return signed(made, signer)


def _sealed_again(files: Files, hash: Any) -> bytes:
    """Seal again what the present commitment sealed and the folder holds."""
    entries = [json.loads(line) for line in files[ENTRIES].splitlines()]
    first = max(entry["index"] for entry in entries if entry["kind"] == "frame")
    secret = Key(SECRET, hash)
    opened = json.loads(files.get("transcript/substitutions.json", b'{"substitutions":[]}'))
    hidden = {one["entry"]: one for one in opened["substitutions"]}
    for entry in entries[first:]:
        body = entry["body"]
        if "sealed" not in body:
            continue
        index, document = entry["index"], body.get("document", "")
        if document in files:
            name = f"{document}:{digest(files[document], hash)}"
            body["sealed"] = sub_key(secret, "sealed", name).hex()
        if index in hidden:
            plain = {k: v for k, v in hidden[index].items() if k != "entry"}
            name = f"substitution/{index}:{digest(canonical(plain), hash)}"
            body["sealed"] = sub_key(secret, "sealed", name).hex()
    return b"".join(canonical(entry) + b"\n" for entry in entries)


def changed_places(old: Any, new: Any, place: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Yield the shape of every innermost place at which two documents differ."""
    if type(old) is not type(new):
        yield shape(place)
    elif isinstance(old, dict):
        for key in old.keys() | new.keys():
            if key not in old or key not in new:
                yield shape(place)
            else:
                yield from changed_places(old[key], new[key], (*place, key))
    elif isinstance(old, list):
        if len(old) != len(new):
            yield shape(place)
        else:
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from changed_places(one, other, (*place, index))
    elif old != new:
        yield shape(place)
