"""Every field of every published document, mutated: what matters is found and named.

Two adversaries. The clumsy one changes a document and nothing else: digests find it. The forger
holds the log's key and makes everything fit again (`mutate.forge`): only what a field means can
give it away. Fields in which the forger is free are listed, each with the reason.
"""

from __future__ import annotations

import base64

import pytest
from mutate import ORDER, forge, manifest, mutations, read, shape, walk

from optimizer.canon import canonical, note
from optimizer.flow import demo_secrets
from optimizer.verifier.verify import Report, verify

SIGNER = note.Signer("double-random/tiny-2026", demo_secrets("tiny").signer_seed)

REGISTERS = "a register's content is not public: its digest stands in the ledger before the seed"
RULES = "the rules are input, published for anyone to read; the plan is held to them as they stand"
WORDS = "words for the reader; nothing follows from them"
INFORMATION = "information by publication.md, plan.md or teams.md: not recomputed"
CHOICE = "the publisher's choice, committed before the seed; any that keeps the rules will do"
UNUSED = "binds nothing in this period or horizon"

FREE = {
    ("transcript/frame.json", "registers"): REGISTERS,
    ("transcript/draw.json", "distinct.simulation"): INFORMATION,
    ("transcript/checks.json", "offsite"): REGISTERS,  # triggered reports
    ("transcript/problem.json", "items.*.inspectors"): REGISTERS,  # where no visit needs it
    ("transcript/problem.json", "items.*.yearly_cap"): REGISTERS,
    ("transcript/problem.json", "units.*.area"): REGISTERS,  # of the only city unit
    ("transcript/problem.json", "visits_made"): REGISTERS,
    ("transcript/problem.json", "rules"): RULES,
    ("transcript/roster.json", "inspectors.[].recusals"): REGISTERS,
    ("transcript/roster.json", "inspectors.[].skills"): UNUSED,  # that no item asks for
    ("transcript/roster.json", "inspectors.[].unit"): UNUSED,  # of a unit without on-site checks
    ("transcript/roster.json", "inspectors.[].valid"): UNUSED,  # outside the horizon
    ("transcript/roster.json", "inspectors.[].leave"): UNUSED,  # of a unit without checks
    ("transcript/roster.json", "inspectors.[].max_half_days"): UNUSED,
    ("transcript/roster.json", "inspectors.[].id"): UNUSED,
    ("transcript/roster.json", "inspectors.[].workload"): REGISTERS,
    # A plan is checked, never solved again: another day that keeps every rule is another plan.
    ("transcript/plan.json", "visits.[].day"): CHOICE,
    ("transcript/plan.json", "solver"): INFORMATION,
    ("transcript/plan.json", "unmerged.[].reason"): INFORMATION,  # beside the code
    ("transcript/plan.json", "left_out.[].reason"): INFORMATION,  # beside the code
    ("transcript/odds.json", "kappa"): CHOICE,
    ("transcript/odds.json", "parts.[].groups.[].odds"): CHOICE,
    ("transcript/odds.json", "period"): UNUSED,  # by a day without visits
    ("transcript/odds.json", "report"): INFORMATION,
    ("ledger/entries.jsonl", "[].body"): INFORMATION,  # a body may hold more
    ("ledger/entries.jsonl", "[].time"): WORDS,  # a moment between its neighbours
}

NEVER_FREE = {
    ("transcript/problem.json", "rules.team.other"),
    ("transcript/problem.json", "rules.format"),
    ("transcript/plan.json", "unmerged.[].reason.code"),
    ("transcript/plan.json", "left_out.[].reason.code"),
    ("ledger/entries.jsonl", "[].body.document"),
}
"""Places below a free one that are not free."""


def is_free(path: str, name: str) -> bool:
    return (path, name) not in NEVER_FREE and any(
        path == document and (name == place or name.startswith(place + "."))
        for document, place in FREE
    )


@pytest.fixture(scope="module")
def files(tiny_documents: dict[str, bytes]) -> dict[str, bytes]:
    """Transcript and ledger, without the pages made from them."""
    kept = {p: d for p, d in tiny_documents.items() if p.startswith(("transcript/", "ledger/"))}
    return manifest(kept)


def test_the_publication_holds(tiny_documents: dict[str, bytes], files: dict[str, bytes]) -> None:
    """What the flow publishes is verified, whole and without its pages, and forging nothing too."""
    for documents in (tiny_documents, files):
        report = verify(documents, vkey=documents["ledger/log.vkey"].decode())
        assert report.ok, report.first_fault
        assert len(report.checks) >= 13
    again = forge(files, "transcript/plan.json", files["transcript/plan.json"], SIGNER)
    assert again == files


def test_every_section_has_something_to_check(files: dict[str, bytes]) -> None:
    """The tiny city uses what the mutations should reach: duty, skills, exempt visits, pairs."""
    plan = read("p", files["transcript/plan.json"])
    odds = read("o", files["transcript/odds.json"])
    draw = read("d", files["transcript/draw.json"])
    assert odds["duty"]
    assert {part["effort"] for part in odds["parts"]} == {1, 2}
    assert any(seat["skills"] for visit in plan["visits"] for seat in visit["seats"])
    assert {bool(visit["exempt"]) for visit in plan["visits"]} == {True, False}
    assert any(len(visit["seats"]) > 1 for visit in plan["visits"])
    assert plan["unmerged"]
    assert plan["bound"]["enterprises"]
    assert plan["left_out"]
    assert {item["rounding"] is None for item in draw["items"]} == {True, False}


def test_free_places_exist(files: dict[str, bytes]) -> None:
    """Every place listed as free is a place of its document."""
    for path, place in FREE:
        names = {shape(where) for where, _ in walk(read(path, files[path]))}
        assert place in names, (path, place)


@pytest.mark.parametrize("path", ORDER)
def test_clumsy_changes_are_found_by_digest(path: str, files: dict[str, bytes]) -> None:
    """Any change of a document alone is found, and the document named."""
    for name, what, _, data in mutations(path, files[path], samples=1, seed=3):
        report = verify({**files, path: data})
        assert not report.ok, (path, name, what)
        assert report.first_fault["file"] == path


@pytest.mark.parametrize("path", ORDER)
def test_forged_changes_are_found_by_meaning(path: str, files: dict[str, bytes]) -> None:
    """With all digests, keys and signatures put right, what matters is found all the same."""
    tried = 0
    for name, what, place, data in mutations(path, files[path], samples=2, seed=1):
        report = verify(forge(files, path, data, SIGNER))
        if report.ok:
            assert is_free(path, name), (path, name, what, place)
            continue
        tried += 1
        fault = report.first_fault
        assert fault["file"] in (*ORDER, "ledger/checkpoint.txt"), (path, name, what, fault)
        assert fault["place"] or not place, (path, name, what, fault)
        assert "made sense" not in fault["what"], (path, name, what, fault)
    assert tried > 5


@pytest.mark.parametrize(
    "path", ["transcript/draw.json", "transcript/plan.json", "transcript/teams.json"]
)
def test_forged_changes_are_named_where_they_are(path: str, files: dict[str, bytes]) -> None:
    """In results, which follow from earlier documents alone, the fault named is the one made."""
    for name, what, place, data in mutations(path, files[path], samples=1, seed=2):
        report = verify(forge(files, path, data, SIGNER))
        if not report.ok:
            assert report.first_fault["file"] == path, (name, what, place, report.first_fault)


def test_summary_figures(tiny_documents: dict[str, bytes]) -> None:
    """The figures people quote are those recomputed."""
    summary = read("summary.json", tiny_documents["summary.json"])
    for key in ("visits", "lower_bound", "drawn", "visits_department_merged", "teams", "left_out"):
        wrong = canonical({**summary, key: summary[key] + 1})
        report = verify(manifest({**tiny_documents, "summary.json": wrong}))
        assert not report.ok
        assert (report.first_fault["file"], report.first_fault["place"]) == ("summary.json", key)


def fault(files: dict[str, bytes], path: str, data: bytes) -> tuple[str, str]:
    report: Report = verify(manifest({**files, path: data}))
    assert not report.ok
    return report.first_fault["file"], report.first_fault["what"]


def test_signature_and_key(files: dict[str, bytes]) -> None:
    """Another key, a checkpoint of another key, a bent signature or size: each is told apart."""
    other = note.Signer(SIGNER.name, bytes(32))
    path = "ledger/log.vkey"
    assert fault(files, path, other.vkey.encode())[0] == "ledger/checkpoint.txt"
    assert fault(files, path, b"nonsense")[0] == path
    assert fault(files, path, b"\xff")[0] == path
    report = verify(files, vkey=other.vkey)
    assert report.first_fault["what"].startswith("the key given with --vkey")
    path = "ledger/checkpoint.txt"
    text, line = files[path].decode().rsplit("\n\n", 1)
    raw = bytearray(base64.b64decode(line.split()[2]))
    raw[-40] ^= 1
    bent = f"{text}\n\n— {SIGNER.name} {base64.b64encode(raw).decode()}\n".encode()
    assert fault(files, path, bent) == (path, "the signature does not hold")
    assert fault(files, path, files[path][:-1])[0] == path
    assert fault(files, path, b"")[0] == path
    assert "size" in fault(files, path, note.sign(f"{SIGNER.name}\n12\nAA==\n", SIGNER))[1]
    origin = note.sign("another log\n13\nAA==\n", SIGNER)
    assert "origin" in fault(files, path, origin)[1]


def test_files_missing_and_added(files: dict[str, bytes]) -> None:
    """A file that is missing, unlisted, outside the folder or no JSON is named."""
    for path in files:
        rest = {p: d for p, d in files.items() if p != path}
        report = verify(rest)
        assert not report.ok
        assert report.first_fault["file"] == path
        if path != "manifest.json":
            report = verify(manifest(rest))
            assert not report.ok
            assert report.first_fault["file"] == path
    report = verify({**files, "extra.html": b""})
    assert report.first_fault == {
        "file": "extra.html",
        "place": "",
        "what": "is not in manifest.json",
    }
    for odd in ("../x", "/x", "a//b", "a/./b", "c:\\x", ""):
        report = verify(manifest({**files, odd: b""}))
        assert not report.ok
        assert report.first_fault["place"].startswith("files.")
    for path in ORDER:
        for data in (
            b"",
            b"\n",
            b"{}",
            b"[]\n",
            b"null",
            b"\xff\n",
            b"[" * 99999,
            files[path][:-2],
        ):
            report = verify(manifest({**files, path: data}))
            assert not report.ok
            assert report.first_fault["what"]
