"""Every way of drawing is recomputed by both verifiers; whoever bends one is found."""

from __future__ import annotations

import json

import pytest
from conftest import SECRETS
from design_city import design_city
from mutate import forge, manifest, mutations, read
from test_mutations import SIGNER, is_free

from optimizer.canon import canonical
from optimizer.draw import Dice
from optimizer.flow import Run, run_flow
from optimizer.verifier.verify import verify


@pytest.fixture(scope="module")
def run() -> Run:
    """The whole flow with an order of every design."""
    return run_flow(
        design_city(),
        secrets=SECRETS,
        seed=Dice("31415926535897932384"),
        teams_seed=Dice("27182818284590452353"),
        effort=5,
    )


@pytest.fixture(scope="module")
def files(run: Run) -> dict[str, bytes]:
    """Its transcript and ledger."""
    kept = {p: d for p, d in run.documents.items() if p.startswith(("transcript/", "ledger/"))}
    return manifest(kept)


def test_every_design_holds(run: Run, files: dict[str, bytes]) -> None:
    """The publication holds, and each design says what it did."""
    for documents in (dict(run.documents), files):
        report = verify(documents)
        assert report.ok, report.first_fault
    items = {item["item"]: item for item in read("d", files["transcript/draw.json"])["items"]}
    assert [r["stratum"] for r in items["M-01"]["roundings"]] == ["140302", "140303"]
    assert {item for item in items if "controlled" in items[item]} == {"M-02", "F-01"}
    assert {item for item in items if "share" in items[item]["strata"][0]} == {"F-02", "V-01"}
    heavy = {e for s in items["F-02"]["strata"] for e in s["sample"]}
    assert {"E-02", "E-05"} <= heavy, "certain by their weight"


@pytest.mark.parametrize("path", ["transcript/spec.json", "transcript/draw.json"])
def test_forged_designs_are_found(path: str, files: dict[str, bytes]) -> None:
    """With all digests and signatures put right, what matters is found by its meaning."""
    tried = 0
    for name, what, place, data in mutations(path, files[path], samples=1, seed=5):
        report = verify(forge(files, path, data, SIGNER))
        if report.ok:
            assert is_free(path, name), (path, name, what, place)
            continue
        tried += 1
        assert "made sense" not in report.first_fault["what"], (name, what, report.first_fault)
    assert tried > 30


def order_of(spec: dict, item: str) -> dict:
    return next(order for order in spec["items"] if order["item"] == item)


@pytest.mark.parametrize(
    ("item", "change", "words"),
    [
        ("M-01", {"levels.size": 400}, "is larger than stratum"),
        ("M-01", {"levels.size": 3}, "the level's share"),
        ("M-01", {"levels.by": "zone"}, "is no field of strata_by"),
        ("M-01", {"levels.by": "county"}, "has no weight"),
        ("M-01", {"levels.weights": {"k1": "1", "k2": "0", "": "1"}}, "a weight is over 0"),
        ("M-01", {"levels.weights": {"k1": "2/4", "k2": "1", "": "1"}}, "is not reduced"),
        ("M-01", {"levels.rate": "1/3"}, "must have a size or a rate"),
        ("M-01", {"design": "pivotal"}, "goes with neither"),
        ("M-02", {"levels.rate": "3/2"}, "a rate is at most 1"),
        ("M-09", {"rounding": "controlled"}, "needs rates and two fields"),
        ("F-02", {"rounding": "controlled"}, "goes with neither"),
    ],
)
def test_what_does_not_go_together(
    item: str, change: dict, words: str, files: dict[str, bytes]
) -> None:
    """A spec whose designs contradict themselves is refused in words."""
    spec = json.loads(files["transcript/spec.json"])
    for path, value in change.items():
        target = order_of(spec, item)
        *way, last = path.split(".")
        for step in way:
            target = target[step]
        target[last] = value
    path = "transcript/spec.json"
    report = verify(forge(files, path, canonical(spec), SIGNER))
    assert not report.ok
    assert report.first_fault["file"] == path
    assert words in report.first_fault["what"]
