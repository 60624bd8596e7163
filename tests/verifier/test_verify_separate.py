"""Draw first, merge later: separate draws are planned together, each with its own transcript."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import SECRETS
from design_city import design_city
from mutate import forge, manifest, mutations
from test_mutations import SIGNER
from test_verify_earlier import earlier

from optimizer.canon import canonical
from optimizer.domain.earlier import DRAW_DOCUMENTS, EarlierDraw
from optimizer.draw import Dice
from optimizer.flow import Run, run_flow
from optimizer.io.earlier import read_separate
from optimizer.io.yamlfile import YamlFile
from optimizer.verifier.verify import verify

ROLLS = {
    "market-q1": "31415926535897932384",
    "market-q2": "57721566490153286060",
    "fire-q2": "27182818284590452353",
    "tiny-2026": "16180339887498948482",
}


def run(campaign: str, department: str = "", **fields: object) -> Run:
    city = design_city(id=campaign, **fields)
    orders = tuple(o for o in city.campaign.orders if o.department == department)
    return run_flow(
        replace(city, campaign=replace(city.campaign, orders=orders)),
        secrets=SECRETS,
        seed=Dice(ROLLS[campaign]),
        teams_seed=Dice("14142135623730950488"),
        effort=5,
    )


def separate(done: Run) -> EarlierDraw:
    names = (*DRAW_DOCUMENTS, *(f"earlier/1/{name}" for name in DRAW_DOCUMENTS))
    documents = {
        name: done.documents[f"transcript/{name}"]
        for name in names
        if f"transcript/{name}" in done.documents
    }
    return EarlierDraw(done.committed.campaign.id, documents)


@pytest.fixture(scope="module")
def runs() -> tuple[Run, Run, Run]:
    """Two departments draw, one after its draw of the quarter before; then one plan for both."""
    before = run("market-q1", "market")
    market = run("market-q2", "market", after=(earlier(before),), theta=Fraction(1, 2))
    fire = run("fire-q2", "fire")
    return market, fire, run("tiny-2026", "env", draws=(separate(market), separate(fire)))


@pytest.fixture(scope="module")
def files(runs: tuple[Run, Run, Run]) -> dict[str, bytes]:
    kept = {p: d for p, d in runs[2].documents.items() if p.startswith(("transcript/", "ledger/"))}
    return manifest(kept)


def test_one_plan_for_separate_draws(runs: tuple[Run, Run, Run]) -> None:
    """The plan's checks are all samples; it holds, and visits merge what two departments drew."""
    market, fire, both = runs
    report = verify(dict(both.documents))
    assert report.ok, report.first_fault
    told = {check.name: check.detail for check in report.checks}
    assert told["separate draws"].startswith("2 draws hold")
    assert told["earlier draws"] == "none"
    planned = {c.id for c in both.revealed.checks.onsite + both.revealed.checks.offsite}
    drawn = {
        f"P-{one.order}-{one.enterprise}"
        for done in (market, fire, both)
        for one in done.revealed.draw.drawn
    }
    assert {name for name in planned if name.startswith("P-")} == drawn
    merged = [
        {check.split("-")[1] for check in visit.checks if check.startswith("P-")}
        for visit in both.planned.plan.visits
    ]
    assert any({"M", "F"} <= {name[0] for name in names} for names in merged)
    page = both.documents["notice-plan.html"].decode()
    assert "M-01" in page or "m1" in page


def test_changed_separate_documents_are_found(files: dict[str, bytes]) -> None:
    """Every document of a separate draw, and of what it was dealt after."""
    for name in ("draw.json", "earlier/1/draw.json"):
        path = f"transcript/draws/1/{name}"
        for place, what, _, data in list(mutations(path, files[path], 1, 2))[::9]:
            report = verify(manifest({**files, path: data}))
            assert not report.ok, (place, what)
            assert "made sense" not in report.first_fault["what"], (place, what)


def test_what_is_named_is_what_stands_there(files: dict[str, bytes]) -> None:
    """Exchanged, doubled, empty: refused in words."""
    spec = json.loads(files["transcript/spec.json"])
    one, two = spec["draws"]
    for draws, words in (
        ([], "names no draw"),
        ([one, {**one}], "stands there twice"),
        ([{**one, "draw": two["draw"]}, two], "digest of the document"),
        ([{**one, "campaign": "tiny-2026"}, two], "stands there twice"),
    ):
        data = canonical({**spec, "draws": draws})
        report = verify(forge(files, "transcript/spec.json", data, SIGNER))
        assert not report.ok
        assert words in report.first_fault["what"]
    data = canonical({**spec, "draws": [one]})
    report = verify(forge(files, "transcript/spec.json", data, SIGNER))
    assert not report.ok, "the plan has checks that nobody drew"


def test_reading(runs: tuple[Run, Run, Run], tmp_path: Path) -> None:
    """From folders: whole, with their chains; doubled items, lost enterprises and items named."""
    for name, done in (("market", runs[0]), ("fire", runs[1]), ("both", runs[2])):
        for path, data in done.documents.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    registers = runs[2].committed.registers

    def read(names: list[str], campaign: str = "x", keys: tuple[str, ...] = (), found=registers):
        raw = {"id": campaign, "draws": names}
        file = YamlFile("scenario.yaml", {"campaign": raw}, {"campaign": 3})
        draws, faults = read_separate(file, tmp_path, raw, {}, found, keys)
        return [one.campaign for one in draws], [fault.code for fault in faults]

    assert read(["market", "fire"]) == (["market-q2", "fire-q2"], [])
    assert read(["fire", "fire"])[1] == ["earlier-twice"]
    assert read(["fire"], "fire-q2")[1] == ["earlier-self"]
    assert read(["fire"], keys=("F-01",))[1] == ["order-twice"]
    assert read(["both"])[1] == ["draws-of-draws"]
    assert read(["none"])[1] == ["earlier-missing"]
    fewer = replace(registers, enterprises={}, items={})
    assert read(["fire"], found=fewer)[1] == ["draws-item", "draws-item", "draws-enterprise"]
