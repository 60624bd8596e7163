"""The report of a draw and its page say what the documents say, at every stage."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from optimizer.cli.draw import report as verb
from optimizer.errors import InputError
from optimizer.flow import demo_secrets, run_flow
from optimizer.io import load_scenario
from optimizer.publication.draw_report import draw_report
from optimizer.publication.page_draw import page

STAGES = ("committed", "sealed", "drawn")


SMALL = Path(__file__).parents[2] / "scenarios" / "presets" / "small"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The publication of the small preset, made by the whole flow."""
    home = tmp_path_factory.mktemp("publication")
    scenario = load_scenario(SMALL)
    done = run_flow(
        scenario, secrets=demo_secrets(scenario.name), verifiers={"verify.py": b"#"}, effort=4
    )
    for path, data in done.documents.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(data)
    return home


@pytest.fixture(scope="module")
def documents(folder: Path):
    """Its frame, spec, seed and draw."""
    return [
        json.loads((folder / "transcript" / f"{name}.json").read_text("utf-8"))
        for name in ("frame", "spec", "seed", "draw")
    ]


def at_stage(documents, stage: str):
    """The report as it is at a stage."""
    frame, spec, seed, draw = documents
    if stage == "committed":
        return draw_report(frame, spec)
    if stage == "drawn":
        return draw_report(frame, spec, seed=seed, draw=draw)
    told = [
        {
            **{k: v for k, v in item.items() if k in ("item", "order")},
            "strata": [
                {k: s[k] for k in ("stratum", "population", "probability", "size")}
                for s in item["strata"]
            ],
        }
        for item in draw["items"]
    ]
    return draw_report(frame, spec, seed=seed, draw={"items": told})


def test_sums_are_those_of_the_documents(documents) -> None:
    """Each stratum as drawn; sums over orders and departments; what overlap saves."""
    found = at_stage(documents, "drawn")
    draw = documents[3]
    strata = [s for item in draw["items"] for s in item["strata"]]
    told = [s for order in found["orders"] for s in order["strata"]]
    assert len(strata) == len(told) > 10
    for one, other in zip(strata, told, strict=True):
        for name in (
            "stratum",
            "population",
            "probability",
            "size",
            "sample",
            "reserves",
            "cutoff",
        ):
            assert one[name] == other[name]
        assert Fraction(other["expected"]) == Fraction(one["probability"]) * one["population"]
        assert abs(Fraction(other["expected"]) - one["size"]) < 1
    assert sum(row["size"] for row in found["departments"]) == draw["distinct"]["drawn"]
    sampled = {e for s in strata for e in s["sample"]}
    overlap = found["overlap"]
    assert overlap["enterprises"] == len(sampled)
    assert overlap["saved_visits"] == draw["distinct"]["drawn"] - len(sampled) > 0
    for row in found["departments"]:
        own = [o for o in found["orders"] if o["department"] == row["department"]]
        assert row["enterprises"] == len({e for o in own for s in o["strata"] for e in s["sample"]})


@pytest.mark.parametrize("stage", STAGES)
def test_page_tells_what_is_public_and_no_more(documents, stage: str) -> None:
    """Names only once they are open; the seed only once it is shown; nothing from outside."""
    found = at_stage(documents, stage)
    assert found["stage"] == stage
    text = page(found).decode()
    names = {e for item in documents[3]["items"] for s in item["strata"] for e in s["sample"]}
    assert {name for name in names if name in text} == (names if stage == "drawn" else set())
    assert (documents[2]["key"] in text) == (stage != "committed")
    assert documents[0]["root"] in text
    assert not re.search(r"https?://|src=|@import|url\(", text)
    assert text.count('class="zh"') == text.count('class="en"') > 30


def test_the_check_by_hand_holds(documents) -> None:
    """The command that the page shows hashes to the ticket that it shows."""
    text = page(at_stage(documents, "drawn")).decode()
    hashed = re.search(r"printf %s ([0-9A-Za-z-]+) \|", text)
    shown = re.search(r"<code>([0-9a-f]{64})</code></p>\s*</section>\s*<footer>", text)
    assert hashed is not None
    assert shown is not None
    assert hashlib.sha256(hashed[1].encode()).hexdigest() == shown[1]


def run(*argv: str) -> int:
    """Run the act under a parser of its own."""
    parser = argparse.ArgumentParser()
    verb.add_act(parser.add_subparsers(required=True))
    args = parser.parse_args(["report", *argv])
    code: int = args.func(args)
    return code


def test_act(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, as a table, as a page; of a publication and of a campaign's folder."""
    assert run(str(folder), "--json", "--page", str(tmp_path / "draw.html")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stage"] == "drawn"
    assert [e["kind"] for e in found["commitments"]["entries"]][:3] == [
        "frame",
        "spec",
        "seed-source",
    ]
    assert (tmp_path / "draw.html").read_bytes() == page(found)
    (tmp_path / "campaign").mkdir()
    (tmp_path / "campaign" / "public").symlink_to(folder)
    assert run(str(tmp_path / "campaign")) == 0
    said = capsys.readouterr().out
    assert f"{found['overlap']['saved_visits']} visits saved by overlap" in said


def test_what_is_no_publication_is_refused(tmp_path: Path) -> None:
    """An empty folder, a broken document, one of another kind."""
    inside = tmp_path / "transcript"
    for frame in (None, b"{", b"[]", b'{"root":1}'):
        if frame is not None:
            inside.mkdir(exist_ok=True)
            (inside / "frame.json").write_bytes(frame)
            (inside / "spec.json").write_bytes(b'{"items":[]}')
        with pytest.raises(InputError):
            verb.read_report(tmp_path)
