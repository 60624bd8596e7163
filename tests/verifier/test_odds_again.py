"""Odds that keep every rule, sum and entropy, and yet are not those of the method."""

from __future__ import annotations

import json

import pytest
from late import late_campaign
from mutate import forge, manifest
from test_mutations import SIGNER
from test_verify_bars import made
from test_verify_lottery import capped

from optimizer.canon import canonical
from optimizer.flow import Run, Standing, odds_again
from optimizer.io import rules_from
from optimizer.verifier.verify import verify

__all__ = ["capped", "made"]
PATH = "transcript/odds.json"


def test_published_odds_are_those_of_the_method(
    tiny: object, made: Run, capped: dict[str, bytes]
) -> None:
    """With open rules, with caps over time, in several draws and after a changed plan."""
    late = late_campaign(tiny)["whole"].public
    for files, rounds in ((made.documents, 1), (capped, 1), (late, 3)):
        found = list(odds_again(Standing.read(files), rules_from))
        assert [one.place for one in found] == [""] * rounds


@pytest.mark.parametrize("field", ["odds", "spread"])
def test_odds_moved_within_the_rules_are_found(
    tiny_documents: dict[str, bytes], field: str
) -> None:
    """Two inspectors exchange their odds, or the report flatters: only this check sees it."""
    kept = {p: d for p, d in tiny_documents.items() if p.startswith(("transcript/", "ledger/"))}
    files = manifest(kept)
    odds = json.loads(files[PATH])
    if field == "spread":
        odds["report"]["spread"] = "0.000001"
        wanted = "report.spread"
    else:
        wanted = exchange(odds)
    forged = forge(files, PATH, canonical(odds), SIGNER)
    assert verify(forged).ok
    (found,) = odds_again(Standing.read(forged), rules_from)
    assert (found.document, found.place) == (PATH, wanted)


def exchange(odds: dict) -> str:
    """Exchange all odds of two who may fill the same seats; return the first place that changes."""
    for p, part in enumerate(odds["parts"]):
        rows = [group["odds"] for group in part["groups"]]
        for b in range(len(part["inspectors"])):
            for a in range(b):
                differ = [g for g, row in enumerate(rows) if abs(row[a] - row[b]) > 10**7]
                if differ and all(bool(row[a]) == bool(row[b]) for row in rows):
                    place = next(g for g, row in enumerate(rows) if row[a] != row[b])
                    for row in rows:
                        row[a], row[b] = row[b], row[a]
                    return f"parts[{p}].groups[{place}].odds[{a}]"
    raise AssertionError("no two have other odds for the same seats")
