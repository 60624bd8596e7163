"""Publications of every seed source, held by both verifiers; and what is wrong with forged ones."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from conftest import SECRETS, tiny_city
from hostile import values
from mutate import forge, manifest, mutations
from source_cases import CHAINED, MIXED, PAIRS, PARTIES, QUICKNET, TIMES, VALUES, parties

from optimizer.canon import canonical, digest, merkle, note
from optimizer.domain.days import Span
from optimizer.draw import make_source
from optimizer.errors import InputError
from optimizer.flow import LaterRound, later_round, run_flow
from optimizer.flow.reveals import refuse_used
from optimizer.verifier.verify import verify

SIGNER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)
SEED = "transcript/seed.json"
LEDGER = "ledger/entries.jsonl"
Files = dict[str, bytes]


@pytest.fixture(scope="session")
def published() -> Callable[[str], Files]:
    """Publications by the name of their pair of sources, each made once."""
    made: dict[str, Files] = {}

    def publication(name: str) -> Files:
        if name not in made:
            first, second = (make_source(evidence) for evidence in PAIRS[name])
            tiny = tiny_city()
            campaign = replace(
                tiny.campaign,
                seed_source=first.announced()["source"],
                seed_announced=first.announced(),
            )
            run = run_flow(
                replace(tiny, campaign=campaign, times=TIMES),
                secrets=SECRETS,
                seed=first,
                teams_seed=second,
                effort=5,
            )
            made[name] = manifest(
                {p: d for p, d in run.documents.items() if p.startswith(("transcript/", "ledger/"))}
            )
        return made[name]

    return publication


WORDS = {
    "drand": (
        "round 657413 of drand's quicknet, signature holds, 256 bits",
        "round 3311596 of drand's default, signature holds, 256 bits",
    ),
    "lottery": (
        "6 lists of lottery numbers, 72 bits",
        "4 parties, 0 of them absent, 256 bits; "
        "WARNING: the last party to reveal could stop the draw",
    ),
    "combined": (
        "4 parties, 3 of them absent, then 6 lists of lottery numbers, then round 657413 of "
        "drand's quicknet, signature holds, 256 bits",
        "2 lists of lottery numbers, then dice of 6 sides, 88 bits",
    ),
}


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_publications_of_every_source_hold(published, name: str) -> None:
    """What the flow publishes holds, and the verifiers say which source it was."""
    files = published(name)
    report = verify(files)
    assert report.ok, report.first_fault
    said = {check.name: check.detail for check in report.checks}
    assert (said["seed"], said["teams seed"]) == WORDS[name]


def test_the_seed_texts(published) -> None:
    """The last words of the text are those of the format page."""
    texts = {
        (name, file): json.loads(published(name)[f"transcript/{file}.json"])["text"]
        for name in PAIRS
        for file in ("seed", "teams-seed")
    }
    found = make_source(QUICKNET).words()
    assert found == (
        "drand=52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971:657413:"
        "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"
    )
    assert texts["drand", "seed"].endswith(" " + found)
    assert texts["lottery", "seed"].endswith(
        " lottery=3.7.12.19.20.33./16./1.2.3.4.5.6./1./8.9.14.22.30.31./7./"
    )
    assert texts["lottery", "teams-seed"].endswith(" parties=" + ":".join(VALUES.values()))
    assert texts["combined", "seed"].endswith(
        f" parties={VALUES['market']}:-:-:- "
        f"lottery=3.7.12.19.20.33./16./1.2.3.4.5.6./1./8.9.14.22.30.31./7./ {found}"
    )
    assert texts["combined", "teams-seed"].endswith(
        " lottery=1.2.3.4.5.6./1./ dice6=1234561234561234561234561"
    )


def test_outcomes_are_on_record(published) -> None:
    """Missing, false and late reveals stand in the ledger before the seed, by name."""
    entries = [json.loads(line) for line in published("combined")[LEDGER].splitlines()]
    assert [entry["kind"] for entry in entries[:5]] == [
        *("frame", "spec", "seed-source", "seed-reveals", "seed")
    ]
    record = {one["party"]: one["outcome"] for one in entries[3]["body"]["reveals"]}
    assert record == {"market": "revealed", "fire": "missing", "env": "false", "union": "late"}


def sealed(files: Files, entries: list[Any]) -> Files:
    """Sign a ledger anew, and list the files anew."""
    lines = b"".join(canonical(entry) + b"\n" for entry in entries)
    leaves = [merkle.leaf_hash(line) for line in lines.split(b"\n")[:-1]]
    root = base64.b64encode(merkle.root(leaves)).decode()
    text = f"{SIGNER.name}\n{len(entries)}\n{root}\n"
    return manifest({**files, LEDGER: lines, "ledger/checkpoint.txt": note.sign(text, SIGNER)})


def forged(files: Files, edit: Callable[[Any, list[Any]], None], *, prefix: str = "") -> Files:
    """Change a seed's source, or the ledger, and make spec and ledger fit it again."""
    files = dict(files)
    path = f"transcript/{prefix}seed.json"
    seed, spec = json.loads(files[path]), json.loads(files["transcript/spec.json"])
    entries = [json.loads(line) for line in files[LEDGER].splitlines()]
    edit(seed["source"], entries)
    announced = copy.deepcopy(seed["source"])
    for part in announced.get("parts", [announced]):
        for shown in ("signature", "previous_signature", "results", "reveals", "rolls"):
            part.pop(shown, None)
    if not prefix:
        spec["seed_source"] = announced
    files["transcript/spec.json"] = canonical(spec)
    files[path] = canonical(seed)
    for entry in entries:
        if entry["kind"] == prefix + "seed-source":
            entry["body"] = announced
        elif entry["kind"] == prefix + "seed-reveals":
            holders = [p for p in seed["source"].get("parts", [seed["source"]]) if "reveals" in p]
            if holders and "keep" not in entry["body"]:
                entry["body"] = {"reveals": holders[0]["reveals"]}
            entry["body"].pop("keep", None)
        elif entry["kind"] in ("spec", prefix + "seed"):
            entry["body"]["sha256"] = digest(files[entry["body"]["document"]])
    return sealed(files, entries)


def fault(files: Files) -> tuple[str, str, str]:
    """File, place and words of the fault that both verifiers name."""
    report = verify(files)
    assert not report.ok
    found = report.first_fault
    assert "made sense" not in found["what"], found
    return found["file"], found["place"], found["what"]


def put(*path: Any, value: Any) -> Callable[[Any, list[Any]], None]:
    """An edit: a value at a place of the source."""

    def edit(source: Any, entries: list[Any]) -> None:
        for part in path[:-1]:
            source = source[part]
        source[path[-1]] = value

    return edit


def at(kind: str, time: str) -> Callable[[Any, list[Any]], None]:
    """An edit: entries up to a kind (seed: from it on) have another time."""

    def edit(source: Any, entries: list[Any]) -> None:
        place = [entry["kind"] for entry in entries].index(kind)
        span = entries[place:] if kind == "seed" else entries[: place + 1]
        for entry in span if kind != "seed-reveals" else [entries[place]]:
            entry["time"] = time

    return edit


def flip(text: str) -> str:
    return text[:-1] + ("1" if text[-1] == "0" else "0")


CHAIN = make_source(QUICKNET).announced()["chain"]
OTHER_CHAIN = make_source(CHAINED).announced()["chain"]
INFINITE = "c0" + "00" * 47
NONE = ("a" * 96, "f" * 96, "0" * 96, INFINITE, "8" + "0" * 95, "a" * 192)

FORGED: list[tuple[str, Callable[[Any, list[Any]], None], str, str]] = [
    ("drand", put("round", value=657412), "source.signature", "does not hold"),
    ("drand", put("round", value=657414), "source.signature", "does not hold"),
    ("drand", put("round", value=10**10), "source", "cannot be known yet"),
    ("drand", put("round", value=0), "seed_source.round", "whole number"),
    ("drand", put("round", value=-5), "seed_source.round", "whole number"),
    ("drand", put("round", value=10**10 + 1), "seed_source.round", "whole number"),
    ("drand", put("chain", "period", value=30), "source", "cannot be known yet"),
    ("drand", put("chain", "genesis_time", value=CHAIN["genesis_time"] - 1),
     "source.chain.hash", "hash of the chain's information"),
    ("drand", put("chain", "public_key", value=flip(CHAIN["public_key"])),
     "source.chain.hash", "hash of the chain's information"),
    ("drand", put("chain", "metadata", "beaconID", value="slownet"),
     "source.chain.hash", "hash of the chain's information"),
    ("drand", put("chain", "schemeID", value="bls-unchained-on-g1"),
     "source.chain.schemeID", "scheme of this chain"),
    ("drand", put("chain", value=OTHER_CHAIN), "source", "600 s"),
    *(("drand", put("signature", value=value), "source.signature", "does not hold")
      for value in NONE),
    ("drand", put("signature", value="zz"), "source.signature", "compressed point"),
    ("drand", put("previous_signature", value=CHAINED["signature"]),
     "source.signature", "does not hold"),
    ("drand", at("seed-source", "2023-09-15T10:50:04Z"), "source", "less than 600 s"),
    ("drand", at("seed", "2023-09-15T11:00:02Z"), "source", "cannot be known yet"),
    ("lottery", put("results", 0, value=[3, 7, 12, 19, 20]), "source.results[0]", "number of"),
    ("lottery", put("results", 0, value=[3, 7, 12, 19, 20, 20]), "source.results[0]", "sorted"),
    ("lottery", put("results", 0, value=[3, 7, 12, 19, 20, 34]), "source.results[0]", "from 1"),
    ("lottery", put("results", 1, value=[0]), "source.results[1]", "from 1 to 16"),
    ("lottery", put("results", value=[[1]]), "source.results", "number of results"),
    ("lottery", put("inputs", 1, "count", value=17), "source.inputs[1].count", "more than"),
    ("lottery", put("inputs", 1, "high", value=0), "source.inputs[1].count", "more than"),
    ("lottery", put("inputs", 1, "at", value="2023-09-15T09:09:59Z"), "source", "600 s"),
    ("lottery", put("inputs", 1, "at", value="2023-09-15T11:10:01Z"), "source", "yet"),
    ("lottery", put("inputs", 1, "at", value="yesterday"), "seed_source.inputs[1].at", "time"),
    ("combined", put("parts", 0, "absent", value="anew"),
     "source.parts[0].reveals[1].outcome", "announced anew"),
    ("combined", put("parts", 0, "reveals", 2, "outcome", value="revealed"),
     "source.parts[0].reveals[2].outcome", "outcome"),
    ("combined", put("parts", 0, "reveals", 3, "time", value="2023-09-15T10:00:00Z"),
     "source.parts[0].reveals[3].outcome", "outcome"),
    ("combined", put("parts", 0, "reveals", 0, "value", value="ab" * 32),
     "source.parts[0].reveals[0].outcome", "outcome"),
    ("combined", put("parts", 0, "reveals", 0, "party", value="fire"),
     "source.parts[0].reveals[0].party", "party"),
    ("combined", put("parts", 0, "reveals", value=[]), "source.parts[0].reveals", "number of"),
    ("combined", put("parts", 0, "parties", 1, "party", value="market"),
     "source.parts[0].parties[1].party", "stands twice"),
    ("combined", put("parts", 0, "deadline", value="2023-09-15T10:06:00Z"),
     "source.parts[0].reveals", "before the deadline"),
    ("combined", put("parts", 0, "deadline", value="2023-09-15T10:05:01Z"),
     "source.parts[0].reveals", "before the deadline"),
    ("combined", put("parts", 0, "deadline", value="2023-09-15T09:09:00Z"),
     "source.parts[0]", "600 s"),
    ("combined", at("seed-reveals", "2023-09-15T10:55:00Z"),
     "source.parts[0].reveals", "when the rest could be known"),
    ("combined", put("parts", 1, "inputs", 0, "at", value="2023-09-15T10:09:00Z"),
     "source.parts[1]", "too early after"),
    ("combined", put("parts", value=[*MIXED["parts"][1:]]), LEDGER, ""),
]  # fmt: skip
"""Publication, edit, place of the fault, words in it."""


@pytest.mark.parametrize("number", range(len(FORGED)))
def test_forged_sources_are_found(published, number: int) -> None:
    """Spec, ledger and signature fit the forged source: what it means gives it away."""
    name, edit, place, words = FORGED[number]
    file, found, what = fault(forged(published(name), edit))
    if place == LEDGER:
        assert file == LEDGER
        return
    assert (found, words) == (place, words if words in what else what)
    assert file == ("transcript/spec.json" if place.startswith("seed_source") else SEED)


def swap(source: Any, entries: list[Any]) -> None:
    """Put the beacon before the lottery."""
    source["parts"][1:] = source["parts"][:0:-1]


def test_parts_stand_in_the_order_of_time(published) -> None:
    """A later part before an earlier one, parties behind, a part twice: all are refused."""
    files = published("combined")
    assert fault(forged(files, swap))[1:] == (
        "source.parts[2]",
        "can be known too early after the part before",
    )

    def behind(source: Any, entries: list[Any]) -> None:
        parts = source["parts"]
        parts.append(parts.pop(0))
        parts[2]["deadline"] = "2023-09-15T11:01:00Z"
        entries[3]["time"] = "2023-09-15T11:02:00Z"

    assert fault(forged(files, behind))[1:] == ("source.parts[2]", "parties come first, and once")

    def twice(source: Any, entries: list[Any]) -> None:
        source["parts"].append(copy.deepcopy(source["parts"][2]))

    assert fault(forged(files, twice))[1:] == (
        "source.parts[3].round",
        "was used before in this publication",
    )

    def nested(source: Any, entries: list[Any]) -> None:
        source["parts"][1] = {"source": "combined", "parts": source["parts"][1:]}

    assert "no kind of seed source here" in fault(forged(files, nested))[2]

    def unsaid(source: Any, entries: list[Any]) -> None:
        source["parts"][2] = {"source": "dice", "sides": 10, "rolls": "31415926535897932384"}

    assert fault(forged(files, unsaid))[1:] == ("source.parts[2].at", "is missing")


def test_the_record_of_reveals_counts(published) -> None:
    """A reveal left out after the beacon is known differs from the ledger; no record is no seed."""
    files = published("combined")

    def leave_out(source: Any, entries: list[Any]) -> None:
        entries[3]["body"] = copy.deepcopy(entries[3]["body"]) | {"keep": 1}
        source["parts"][0]["reveals"][0] = {"party": "market", "outcome": "missing"}

    assert fault(forged(files, leave_out))[1] == "source.parts[0].reveals"

    def drop(source: Any, entries: list[Any]) -> None:
        del entries[3]
        for place, entry in enumerate(entries):
            entry["index"] = place

    assert fault(forged(files, drop))[:2] == (LEDGER, "line 4 kind")


def test_no_two_seeds_show_the_same(published) -> None:
    """The second seed cannot use a drawing or a round that the first one used."""
    files = published("combined")
    name = json.loads(files[SEED])["source"]["parts"][1]["inputs"][1]["name"]
    edit = put("parts", 0, "inputs", 1, "name", value=name)
    assert fault(forged(files, edit, prefix="teams-")) == (
        "transcript/teams-seed.json",
        "source.parts[0].inputs[1].name",
        "was used before in this publication",
    )
    # A round, which has its own time, was known before the odds.
    edit = put("parts", 0, value=json.loads(files[SEED])["source"]["parts"][2])
    assert fault(forged(files, edit, prefix="teams-"))[1:] == (
        "source.parts[0]",
        "can be known less than 600 s after its commitment",
    )
    first = make_source(PAIRS["combined"][0])
    with pytest.raises(InputError, match="an earlier seed of this publication showed it"):
        refuse_used(make_source(QUICKNET), [first.evidence()])
    refuse_used(make_source(CHAINED), [first.evidence()])


def test_a_later_round_of_teams_has_a_source_of_its_own(published) -> None:
    """Parties reveal for the teams of February; the first round's beacon cannot serve again."""
    files = published("drand")
    tiny = tiny_city()
    late = {party: (value, "2023-09-15T14:00:00Z") for party, value in VALUES.items()}
    period = Span(date(2026, 2, 1), date(2026, 2, 28))

    def draw(evidence: dict[str, Any], **times: Any) -> LaterRound:
        seed = make_source(evidence)
        return later_round(
            files, tiny.registers, tiny.rules, period=period, seed=seed, secrets=SECRETS, **times
        )

    evidence = parties("2023-09-15T14:00:00Z", late)
    with pytest.raises(InputError, match="can only be known at 2023-09-15T14:00:00Z"):
        draw(evidence, time="2023-09-15T13:00:00Z")
    with pytest.raises(InputError, match="must be in the ledger before the seed"):
        draw(evidence, time="2023-09-15T13:00:00Z", shown="2023-09-15T14:10:00Z")
    with pytest.raises(InputError, match="expected not before 2023-09-15T14:10:00Z"):
        draw(evidence, time="2023-09-15T14:00:00Z", shown="2023-09-15T14:10:00Z")
    with pytest.raises(InputError, match="600 s after the commitment"):
        draw(CHAINED, time="2023-09-15T13:00:00Z")
    done = draw(
        evidence,
        time="2023-09-15T13:00:00Z",
        recorded="2023-09-15T14:05:00Z",
        shown="2023-09-15T14:10:00Z",
    )
    entries = [json.loads(line) for line in done.ledger.to_jsonl().splitlines()]
    report = verify(sealed({**files, **done.documents}, entries))
    assert report.ok, report.first_fault
    assert entries[-3]["kind"] == "teams-seed-reveals"
    entries[-3]["time"] = "2023-09-15T13:59:59Z"
    file, place, what = fault(sealed({**files, **done.documents}, entries))
    assert (file, place) == ("transcript/teams-seed-2.json", "source.reveals")
    assert what == "were recorded before the deadline"


def test_parties_alone_say_so(published) -> None:
    """The warning cannot be left out, nor given where nothing is to be warned of."""
    files = published("lottery")
    path = "transcript/teams-seed.json"
    seed = json.loads(files[path])
    assert seed["warnings"] == ["parties-alone"]
    del seed["warnings"]
    assert fault(forge(files, path, canonical(seed), SIGNER))[1] == "warnings"
    first = json.loads(files[SEED]) | {"warnings": []}
    assert fault(forge(files, SEED, canonical(first), SIGNER))[1] == "warnings"
    seed = json.loads(files[path])
    seed["source"]["absent"] = "go-on"
    assert fault(forge(files, path, canonical(seed), SIGNER))[1] == "source"
    assert PARTIES["absent"] == "anew"


@pytest.mark.parametrize(
    ("name", "path"),
    [*((name, SEED) for name in sorted(PAIRS)), ("lottery", "transcript/teams-seed.json")],
)
def test_every_field_of_a_seed_counts(published, name: str, path: str) -> None:
    """Any change of a seed's document, signed anew by who holds the key, is found in it."""
    files = published(name)
    tried = 0
    for place, what, _, data in mutations(path, files[path], samples=1, seed=5):
        file, _, _ = fault(forge(files, path, data, SIGNER))
        assert file == path, (place, what)
        tried += 1
    assert tried > 20


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_hostile_values_are_refused(published, name: str) -> None:
    """Whatever stands in a source, in seed, spec and ledger, is refused in the same words."""
    files = published(name)
    rng = random.Random(11)
    made = [
        (place, value) for place, value, _ in values(SEED, files[SEED], 2, 3) if "source" in place
    ]
    for place, value in rng.sample(made, min(60, len(made))):
        if len(place) < 2:
            continue

        def edit(source: Any, entries: list[Any], place: Any = place, value: Any = value) -> None:
            put(*place[1:], value=value)(source, entries)

        try:
            changed = forged(files, edit)
        except (ValueError, TypeError, AttributeError, KeyError):
            continue  # beyond what is put right
        if changed != files:
            report = verify(changed)
            assert not report.ok, (place, value)
            assert "made sense" not in report.first_fault["what"], (place, value)
