"""Choices that a bureau with the log's key might take after a seed is known, or to look better."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from mutate import forge, manifest, read, write

from optimizer.canon import canonical, merkle, note
from optimizer.flow import demo_secrets
from optimizer.verifier.verify import Books, Memory, check_reasons, fewest_rolls, verify
from optimizer.verifier.verify import Fault as VerifierFault

SIGNER = note.Signer("double-random/tiny-2026", demo_secrets("tiny").signer_seed)
Edit = Callable[[Any], None]


def edited(files: dict[str, bytes], name: str, edit: Edit) -> dict[str, bytes]:
    """The publication with one document edited, and all that hangs on it put right."""
    path = f"transcript/{name}"
    value = read(path, files[path])
    edit(value)
    return forge(files, path, write(path, value), SIGNER)


def refused(files: dict[str, bytes], file: str, place: str) -> None:
    report = verify(files)
    assert not report.ok
    assert report.first_fault["file"].endswith(file), report.first_fault
    assert report.first_fault["place"].startswith(place), report.first_fault


@pytest.mark.parametrize(
    "rolls", ["3", "2718281828459045235", "271828182845904523536", "31415926535897932384"]
)
def test_rolls_cannot_be_few_more_or_known(tiny_documents: dict[str, bytes], rolls: str) -> None:
    """Too few rolls, one more than needed, and those of the first seed are refused."""

    def roll(seed: Any) -> None:
        seed["source"]["rolls"] = rolls
        seed["text"] = seed["text"].rpartition("=")[0] + "=" + rolls
        seed["key"] = hashlib.sha256(seed["text"].encode()).hexdigest()
        seed["entropy_millibits"] = int(10 ** (1000 * len(rolls))).bit_length() - 1

    refused(
        edited(dict(tiny_documents), "teams-seed.json", roll), "teams-seed.json", "source.rolls"
    )


def test_fewest_rolls() -> None:
    """The least number of rolls with 64 bits, for every die."""
    assert [fewest_rolls(sides) for sides in (2, 6, 10, 20, 1000)] == [64, 25, 20, 15, 7]
    for sides in range(2, 1001):
        n = fewest_rolls(sides)
        assert sides**n >= 2**64 > sides ** (n - 1)


def test_drawn_checks_are_never_exempt(tiny_documents: dict[str, bytes]) -> None:
    """Rules that exempt the source of drawn checks would void every cap: refused."""
    for where in ("exempt_sources", "quiet"):

        def exempt(problem: Any, where: str = where) -> None:
            rules = problem["rules"]
            (rules[where] if where == "exempt_sources" else rules["quiet"][0]["exempt"]).append(
                "draw"
            )

        refused(
            edited(dict(tiny_documents), "problem.json", exempt), "problem.json", f"rules.{where}"
        )


def test_a_check_on_a_whim(tiny_documents: dict[str, bytes]) -> None:
    """A hand-picked check under a source that no rule knows is refused."""
    for part in ("checks", "offsite"):

        def whim(checks: Any, part: str = part) -> None:
            one = next(c for c in checks[part] if c["kind"] == "triggered")
            one["source"] = "whim"

        refused(edited(dict(tiny_documents), "checks.json", whim), "checks.json", part)


def test_an_enterprise_is_one_thing() -> None:
    """An enterprise cannot be major for one check and work across counties for another."""

    def books(*reasons: str) -> Books:
        found = Books(Memory({}), None)
        checks = [
            {"item": f"M-{n}", "enterprise": "E", "reason": reason, "level": "city", "units": ["u"]}
            for n, reason in enumerate(reasons)
        ]
        rules = {"level": {"overrides": {}}, "offsite_first": True}
        found.doc = {
            "checks.json": {"checks": checks[:1], "offsite": checks[1:]},
            "problem.json": {"rules": rules, "items": {}, "units": {}},
            "spec.json": {"items": []},
        }
        return found

    check_reasons(books("major", "major", "only-city"))
    for other in ("cross-county", "both-competent"):
        with pytest.raises(VerifierFault, match="what the enterprise is"):
            check_reasons(books("major", other))


def test_figures_cannot_flatter(tiny_documents: dict[str, bytes]) -> None:
    """The gap, the reasons, the entropy and the certain pairs are recomputed."""
    summary = json.loads(tiny_documents["summary.json"])
    for key, value in (("gap", "-0.100000"), ("left_out_reasons", {})):
        wrong = {**tiny_documents, "summary.json": canonical({**summary, key: value})}
        refused(manifest(wrong), "summary.json", key)
    for key, value in (("entropy", "999.000000"), ("entropy", "9" * 40), ("certain", 0)):

        def flatter(odds: Any, key: str = key, value: Any = value) -> None:
            odds["report"][key] = value

        refused(edited(dict(tiny_documents), "odds.json", flatter), "odds.json", f"report.{key}")
    empty = edited(dict(tiny_documents), "odds.json", lambda odds: odds.update(report={}))
    refused(empty, "odds.json", "report.visits")


def test_other_claims(tiny_documents: dict[str, bytes]) -> None:
    """No register of enterprises, one named twice, a plan's invented parent, a kappa over 3."""

    def twice(frame: Any) -> None:
        frame["registers"].append(frame["registers"][0])

    def parent(plan: Any) -> None:
        plan.update(version=2, parent="a" * 64)

    def kappa(odds: Any) -> None:
        odds["kappa"] = "31/10"

    files = dict(tiny_documents)
    refused(
        edited(files, "frame.json", lambda frame: frame.update(registers=[])),
        "frame.json",
        "registers",
    )
    refused(edited(files, "frame.json", twice), "frame.json", "registers[1]")
    refused(edited(files, "plan.json", parent), "plan.json", "version")
    refused(edited(files, "odds.json", kappa), "odds.json", "kappa")


def test_a_ledger_written_anew_is_seen(tiny_documents: dict[str, bytes]) -> None:
    """Who kept the checkpoint signed before the dice fell finds a frame exchanged after it."""
    files = dict(tiny_documents)

    def checkpoint(of: dict[str, bytes], size: int) -> bytes:
        lines = of["ledger/entries.jsonl"].splitlines()[:size]
        root = base64.b64encode(merkle.root(merkle.leaf_hash(line) for line in lines)).decode()
        return note.sign(f"{SIGNER.name}\n{size}\n{root}\n", SIGNER)

    total = files["ledger/entries.jsonl"].count(b"\n")
    for size in range(1, total + 1):
        assert verify(files, seen=[checkpoint(files, size)]).ok

    def salt(frame: Any) -> None:
        frame["registers"][0]["sha256"] = "0" * 64

    other = edited(files, "frame.json", salt)
    assert verify(other).ok
    for size in range(1, total + 1):
        report = verify(other, seen=[checkpoint(files, size)])
        assert "rewritten" in report.first_fault["what"]
    for wrong in (b"", b"\xff", checkpoint(files, 3).replace(b"\n3\n", b"\n4\n")):
        assert not verify(files, seen=[wrong]).ok
    for size in ("", "03", str(total + 1), "9" * 30):
        data = note.sign(f"{SIGNER.name}\n{size}\nAA==\n", SIGNER)
        assert verify(files, seen=[data]).first_fault["place"] == "line 2"


def test_rules_and_calendar_are_bound_before_the_seed(tiny_documents: dict[str, bytes]) -> None:
    """Caps or working days chosen after the draw are refused: the spec binds their digests."""

    def loosen(problem: Any) -> None:
        problem["rules"]["gap_days"] += 1

    def work_more(problem: Any) -> None:
        days = problem["calendar"]["working"]
        problem["calendar"]["working"] = days.replace("0", "1", 1)

    refused(edited(dict(tiny_documents), "problem.json", loosen), "problem.json", "rules")
    refused(edited(dict(tiny_documents), "problem.json", work_more), "problem.json", "")


def test_no_item_is_incompatible_with_itself(tiny_documents: dict[str, bytes]) -> None:
    """Its own checks would be taken for such as must not share a visit with one another."""

    def clash(problem: Any) -> None:
        problem["items"]["F-02"]["incompatible"] = ["F-02", "M-01"]

    place = "items.F-02.incompatible"
    refused(edited(dict(tiny_documents), "problem.json", clash), "problem.json", place)
