"""A draw dealt after a sealed one, once that was opened: recomputed with the secret in its seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import islice

import pytest
from conftest import SECRETS as OPEN_SECRETS
from conftest import Tiny
from design_city import design_city
from mutate import forge, manifest, mutations
from stages import ABOUT, SECRET, SECRETS, SEED, Dossier, given
from test_mutations import SIGNER
from test_verify_earlier import earlier

from optimizer.canon import canonical, digest
from optimizer.domain.earlier import DRAW_DOCUMENTS, EarlierDraw
from optimizer.draw import Dice
from optimizer.flow import Run, commit_step, open_step, reveal_step, run_flow, seal_step
from optimizer.verifier.verify import verify

FIRST = "transcript/earlier/1/"


def sealed_draw(city: Tiny) -> Dossier:
    """A sealed draw that was opened early, for a reason."""
    now = commit_step(None, given(city, "commit"), SECRETS, sealed=True, about=ABOUT)
    now = seal_step(now, given(city, "seal"), SECRET, open_after=date(2026, 2, 20))
    now = reveal_step(now, given(city, "reveal"), SEED)
    return open_step(now, given(city, "plan"), reason="visits ended early")


def taken(done: Dossier, campaign: str) -> EarlierDraw:
    return EarlierDraw(campaign, {n: done.public[f"transcript/{n}"] for n in DRAW_DOCUMENTS})


def run(campaign: str, rolls: str, **fields: object) -> Run:
    return run_flow(
        design_city(id=campaign, **fields),
        secrets=OPEN_SECRETS,
        seed=Dice(rolls),
        teams_seed=Dice("14142135623730950488"),
        effort=5,
    )


@pytest.fixture(scope="module")
def opened() -> EarlierDraw:
    return taken(sealed_draw(design_city(id="tiny-q1")), "tiny-q1")


@pytest.fixture(scope="module")
def last(opened: EarlierDraw) -> Run:
    """The third of a chain: after a sealed draw, and an open one that was dealt after it too."""
    second = run("tiny-q2", "27182818284590452353", after=(opened,), theta=Fraction(1, 2))
    after = (opened, earlier(second))
    return run("tiny-2026", "16180339887498948482", after=after, theta=Fraction(2, 3))


@pytest.fixture(scope="module")
def files(last: Run) -> dict[str, bytes]:
    kept = {p: d for p, d in last.documents.items() if p.startswith(("transcript/", "ledger/"))}
    return manifest(kept)


def test_the_chain_holds(last: Run, files: dict[str, bytes]) -> None:
    """A sealed draw counts as any other once it is open, and its enterprises come first."""
    report = verify(files)
    assert report.ok, report.first_fault
    told = {check.name: check.detail for check in report.checks}
    assert told["earlier draws"].startswith("2 draws hold")
    dealt = last.revealed.draw.document["dealt"]
    assert 0 < dealt["first"] < dealt["drawn"]


def bent(files: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    for name in DRAW_DOCUMENTS:
        path = FIRST + name
        some = 1 if name in ("frame.json", "seed.json") else 4
        for place, what, _, data in islice(mutations(path, files[path], 1, 8), 0, None, some):
            yield path, f"{place} {what}", data


def test_changes_of_the_sealed_draw_are_found(files: dict[str, bytes]) -> None:
    """Whatever is changed in it is found, by meaning or as not the one committed."""
    tried = 0
    for path, what, data in bent(files):
        report = verify(manifest({**files, path: data}))
        assert not report.ok, (path, what)
        assert report.first_fault["file"].startswith((FIRST, "transcript/spec.json"))
        assert "made sense" not in report.first_fault["what"], (path, what, report.first_fault)
        tried += 1
    assert tried > 80


def changed_seed(files: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    """The sealed draw's seed text changed, with its key, and the draw and spec named anew."""
    path = FIRST + "seed.json"
    seed = json.loads(files[path])
    assert old in seed["text"]
    seed["text"] = seed["text"].replace(old, new)
    key = digest(seed["text"].encode())
    was, seed["key"] = seed["key"], key
    data = canonical(seed)
    draw = files[FIRST + "draw.json"].replace(was.encode(), key.encode())
    draw = draw.replace(digest(files[path]).encode(), digest(data).encode())
    swaps = {path: data, FIRST + "draw.json": draw}
    spec = files["transcript/spec.json"]
    for name, changed in swaps.items():
        spec = spec.replace(digest(files[name]).encode(), digest(changed).encode())
    return forge({**files, **swaps}, "transcript/spec.json", spec, SIGNER)


@pytest.mark.parametrize(
    ("secret", "name", "place", "words"),
    [
        (bytes(32).hex(), "draw.json", "", ""),  # another draw follows from it
        (SECRET.hex()[:63], "seed.json", "text", "holds no secret, and the spec is sealed"),
        (SECRET.hex().upper(), "seed.json", "text", "holds no secret, and the spec is sealed"),
        (SECRET.hex() + "\n", "seed.json", "text", "holds no secret, and the spec is sealed"),
        (SECRET.hex() + " ", "seed.json", "text", "holds no secret, and the spec is sealed"),
    ],
)
def test_another_secret(
    files: dict[str, bytes], secret: str, name: str, place: str, words: str
) -> None:
    """Another secret gives another draw; what is no secret is none."""
    report = verify(changed_seed(files, SECRET.hex(), secret))
    assert not report.ok
    assert report.first_fault["file"] == FIRST + name
    if words:
        assert report.first_fault["place"] == place
        assert report.first_fault["what"] == words


def test_a_sealed_draw_without_its_lines(files: dict[str, bytes]) -> None:
    """A sealed draw is taken in whole: without its lines nothing of it can be dealt after."""
    gone = {path: data for path, data in files.items() if path != FIRST + "frame.jsonl"}
    report = verify(manifest(gone))
    assert not report.ok
    assert report.first_fault == {
        "file": FIRST + "frame.jsonl",
        "place": "",
        "what": "cannot be read: no such file",
    }


def test_a_separate_sealed_draw() -> None:
    """A department's sealed draw, opened, is planned with the others."""
    city = design_city(id="market-q1")
    orders = tuple(order for order in city.campaign.orders if order.department == "market")
    market = sealed_draw(replace(city, campaign=replace(city.campaign, orders=orders)))
    orders = tuple(order for order in design_city().campaign.orders if order.department == "env")
    both = run(
        "tiny-2026",
        "16180339887498948482",
        orders=orders,
        draws=(taken(market, "market-q1"),),
    )
    report = verify(dict(both.documents))
    assert report.ok, report.first_fault
    planned = {one.id for one in both.revealed.checks.onsite + both.revealed.checks.offsite}
    draw = json.loads(market.public["transcript/draw.json"])
    for item in draw["items"]:
        for stratum in item["strata"]:
            assert {f"P-{item['item']}-{one}" for one in stratum["sample"]} <= planned
