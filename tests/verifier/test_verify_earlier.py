"""A draw dealt after earlier ones: both verifiers recompute all of them; bent ones are found."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest
from conftest import SECRETS
from design_city import design_city
from mutate import ORDER, forge, manifest, mutations
from test_mutations import SIGNER, is_free

from optimizer.canon import canonical
from optimizer.domain.earlier import DRAW_DOCUMENTS, EarlierDraw
from optimizer.draw import Dice
from optimizer.flow import Run, run_flow
from optimizer.verifier.verify import verify

SEEDS = {
    "tiny-q1": "31415926535897932384",
    "tiny-q2": "27182818284590452353",
    "tiny-2026": "16180339887498948482",
}


def run(campaign: str, *after: EarlierDraw, theta: Fraction = Fraction(1), less: int = 0) -> Run:
    city = design_city(id=campaign, after=after, theta=theta)
    kept = dict(sorted(city.registers.enterprises.items())[less:])
    triggered = tuple(t for t in city.registers.triggered if t.enterprise in kept)
    made = tuple(v for v in city.registers.visits_made if v.enterprise in kept)
    file = replace(city.registers.files[0], rows=len(kept) + 1)
    registers = replace(
        city.registers, enterprises=kept, triggered=triggered, visits_made=made, files=(file,)
    )
    return run_flow(
        replace(city, registers=registers),
        secrets=SECRETS,
        seed=Dice(SEEDS[campaign]),
        teams_seed=Dice("14142135623730950488"),
        effort=5,
    )


def earlier(done: Run, *, is_counted: bool = True) -> EarlierDraw:
    documents = {name: done.documents[f"transcript/{name}"] for name in DRAW_DOCUMENTS}
    return EarlierDraw(done.committed.campaign.id, documents, is_counted)


@pytest.fixture(scope="module")
def chain() -> tuple[Run, Run, Run]:
    """Two earlier campaigns, the second after the first and with two enterprises fewer."""
    first = run("tiny-q1")
    second = run("tiny-q2", earlier(first), theta=Fraction(2, 3), less=2)
    third = run("tiny-2026", earlier(first, is_counted=False), earlier(second))
    return first, second, third


@pytest.fixture(scope="module")
def files(chain: tuple[Run, Run, Run]) -> dict[str, bytes]:
    """Transcript and ledger of the last campaign."""
    kept = {p: d for p, d in chain[2].documents.items() if p.startswith(("transcript/", "ledger/"))}
    return manifest(kept)


def test_every_campaign_holds(chain: tuple[Run, Run, Run]) -> None:
    """All three hold, alone; the last says which draws it was dealt after."""
    for done in chain:
        report = verify(dict(done.documents))
        assert report.ok, report.first_fault
    told = next(c.detail for c in report.checks if c.name == "earlier draws")
    assert told.startswith("2 draws hold")
    assert "tiny-q1 draw " in told
    dealt = chain[1].revealed.draw.document["dealt"]
    assert 0 < dealt["first"] < dealt["drawn"], "theta keeps some"


def test_those_drawn_before_come_first(chain: tuple[Run, Run, Run]) -> None:
    """In each cell, nobody new is drawn for an order while someone of the former sample is not."""
    second = {d.enterprise for d in chain[1].revealed.draw.drawn}
    third = chain[2].revealed.draw
    assert third.document["dealt"]["drawn"] == third.document["dealt"]["first"] == len(second)
    again = {d.enterprise for d in third.drawn} & second
    fresh = {d.enterprise for d in run("tiny-2026").revealed.draw.drawn} & second
    assert len(again) > len(fresh)


@pytest.mark.parametrize("path", ["transcript/spec.json", "transcript/draw.json"])
def test_forged_deals_are_found(path: str, files: dict[str, bytes]) -> None:
    """Fields of the deal, changed with all digests put right, are found."""
    tried = 0
    for name, what, place, data in mutations(path, files[path], samples=2, seed=7):
        if not name.startswith(("after", "theta", "dealt")):
            continue
        report = verify(forge(files, path, data, SIGNER))
        assert not report.ok or is_free(path, name), (name, what, place)
        tried += 1
    assert tried > 10


@pytest.mark.parametrize("name", DRAW_DOCUMENTS)
def test_changed_earlier_documents_are_found(name: str, files: dict[str, bytes]) -> None:
    """An earlier document that was changed is found: by meaning, or as not the one committed."""
    path = f"transcript/earlier/2/{name}"
    some = 1 if name in ("frame.json", "seed.json") else 4
    for place, what, _, data in islice(mutations(path, files[path], 1, 2), 0, None, some):
        report = verify(manifest({**files, path: data}))
        assert not report.ok, (place, what)
        where = (
            path,
            "transcript/spec.json",
            *(f"transcript/earlier/2/{n}" for n in DRAW_DOCUMENTS),
        )
        assert report.first_fault["file"] in where, (place, what, report.first_fault)
        assert "made sense" not in report.first_fault["what"], (place, what, report.first_fault)


def test_order_and_completeness(files: dict[str, bytes]) -> None:
    """Exchanged, missing, doubled or own draws are refused in words."""
    spec = json.loads(files["transcript/spec.json"])
    path = "transcript/spec.json"

    def word(after: list, theta: str = "1", moved: dict[str, bytes] | None = None) -> str:
        data = canonical({**spec, "after": after, "theta": theta})
        report = verify(forge({**files, **(moved or {})}, path, data, SIGNER))
        assert not report.ok
        return report.first_fault["what"]

    one, two = spec["after"]
    swapped = {
        f"transcript/earlier/{a}/{name}": files[f"transcript/earlier/{b}/{name}"]
        for a, b in ((1, 2), (2, 1))
        for name in DRAW_DOCUMENTS
    }
    assert word([two, one], moved=swapped) == "is no draw that stands before this one"
    assert word([]) == "names no draw"
    assert word([one, {**two, "campaign": one["campaign"]}]) == "stands there twice"
    assert word([one, {**two, "campaign": "tiny-2026"}]) == "stands there twice"
    assert word([one, two], theta="3/2") == "a share is at most 1"
    assert word([one, two], theta="1/1000001").startswith("has a denominator")
    gone = {p: d for p, d in files.items() if not p.startswith("transcript/earlier/2")}
    report = verify(manifest(gone))
    assert report.first_fault["file"] == "transcript/earlier/2/spec.json"
    without = canonical({k: v for k, v in spec.items() if k != "after"})
    report = verify(forge(files, path, without, SIGNER))
    assert report.first_fault["what"] == "stands with after, and only so"
    assert set(ORDER) <= set(files)
