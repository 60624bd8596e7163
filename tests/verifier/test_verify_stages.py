"""A campaign at every stage, open and sealed: both verifiers take it, and say what it waits for."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import NODE
from consistent_sampler import first_fraction, sampler
from mutate import manifest, root_of
from stages import ABOUT, SECRET, SECRETS, SEED, TEAMS_SEED, campaign, drawn, given
from test_verify_js import both

from optimizer.canon import canonical, digest, note
from optimizer.chance import sub_key
from optimizer.draw import Dice, rivest_order, ticket
from optimizer.errors import InputError
from optimizer.flow import (
    Dossier,
    commit_step,
    open_step,
    own_proof,
    plan_step,
    reveal_step,
    seal_step,
    substitute_step,
    teams_step,
    void_step,
)
from optimizer.ledger import Ledger
from optimizer.verifier.verify import Report, verify

WAITS = {
    "commit": ["seal", "seed"],
    "seal": ["open", "seed"],
    "reveal": ["open", "checks"],
    "early": ["open", "checks"],
    "plan": ["open", "teams-seed"],
    "teams": ["open"],
    "late": ["open"],
    "later": ["open"],
}


@pytest.fixture(scope="module")
def sealed(tiny: Any) -> dict[str, Dossier]:
    return campaign(tiny, sealed=True)


@pytest.fixture(scope="module")
def openly(tiny: Any) -> dict[str, Dossier]:
    return campaign(tiny, sealed=False)


def held(dossier: Dossier) -> Report:
    report = verify(dossier.public, vkey=dossier.public["ledger/log.vkey"].decode())
    assert report.ok, report.first_fault
    return report


def details(report: Report) -> dict[str, str]:
    return {check.name: check.detail for check in report.checks}


def resigned(
    files: dict[str, bytes], lines: list[Any], *, more: dict[str, bytes] | None = None
) -> dict[str, bytes]:
    """The files with other entries, signed anew by whoever holds the log's key."""
    origin = f"double-random/{lines[0]['campaign']}"
    data = b"".join(canonical(line) + b"\n" for line in lines)
    signer = note.Signer(origin, SECRETS.signer_seed)
    text = f"{origin}\n{len(lines)}\n{base64.b64encode(root_of(data)).decode()}\n"
    changed = {
        **files,
        **(more or {}),
        "ledger/entries.jsonl": data,
        "ledger/checkpoint.txt": note.sign(text, signer),
    }
    return manifest({path: each for path, each in changed.items() if each is not None})


def entries(dossier: Dossier) -> list[Any]:
    return [json.loads(line) for line in dossier.public["ledger/entries.jsonl"].splitlines()]


def test_every_stage_of_a_sealed_campaign_holds(sealed: dict[str, Dossier]) -> None:
    """Until it is opened, each stage says that it waits; opened, everything is recomputed."""
    for stage, waits in WAITS.items():
        report = held(sealed[stage])
        assert report.state == {"stage": "under way", "waits": waits}, stage
        assert [check.name for check in report.checks][-1] == "summary"
    report = held(sealed["open"])
    assert report.state is None
    assert "substituted in turn" in details(report)["draw"]
    assert "root of their results holds" in details(report)["draw"]
    assert details(report)["later teams"].startswith("1 later rounds")


def test_every_stage_of_an_open_campaign_holds(openly: dict[str, Dossier]) -> None:
    """Nothing waits for opening; names are there at once."""
    for stage, waits in WAITS.items():
        if stage != "seal":
            waits = [wait for wait in waits if wait not in ("seal", "open")]
            state = held(openly[stage]).state
            assert state == ({"stage": "under way", "waits": waits} if waits else None), stage
    assert details(held(openly["later"]))["ledger"].endswith("2 substitutions")


def test_pages_and_figures_come_with_the_whole(sealed: dict[str, Dossier]) -> None:
    """Before opening there are documents and no pages; after it the whole publication."""
    assert "index.html" not in sealed["later"].public
    assert {"index.html", "summary.json"} <= set(sealed["open"].public)


def test_the_key_is_the_hash_of_the_text_with_the_secret(sealed: dict[str, Dossier]) -> None:
    """Rivest's program, given the opened text, repeats the draw."""
    public = sealed["open"].public
    seed = json.loads(public["transcript/seed.json"])
    assert seed["text"].endswith(f" dice10={SEED.rolls} secret={SECRET.hex()}")
    assert digest(seed["text"].encode()) == seed["key"]
    draw = json.loads(public["transcript/draw.json"])
    frame = [json.loads(line) for line in public["transcript/frame.jsonl"].splitlines()]
    ids = [line["id"] for line in frame if "M-09" in line["items"]]
    taken = next(item for item in draw["items"] if item["item"] == "M-09")["strata"][0]
    by_ticket = sorted(ids, key=lambda e: digest((seed["key"] + e).encode()))
    assert taken["sample"] == by_ticket[: len(taken["sample"])]
    # His program, given the text, makes the same tickets and goes by their reversed digits.
    key = bytes.fromhex(seed["key"])
    assert list(sampler(ids, seed["text"], output="id")) == rivest_order(key, ids)
    for name in ids:
        his = first_fraction(name, seed["text"])
        assert int(his[2:][::-1]) == int(ticket(key, name), 16)


def test_another_secret_is_refused(sealed: dict[str, Dossier], tiny: Any) -> None:
    """Opening with another secret is refused here, and found by both verifiers."""
    before = sealed["later"]
    other = canonical({"campaign": "tiny-2026", "secret": bytes(32).hex()})
    with pytest.raises(Exception, match="does not match its commitment"):
        open_step(before.but(private={"secret.json": other}), given(tiny, "open"))
    lines = entries(sealed["open"])
    lines[-1]["body"]["secret"] = bytes(32).hex()
    report = verify(resigned(dict(sealed["open"].public), lines))
    assert "does not match its commitment (line 4)" in report.first_fault["what"]
    assert report.first_fault["place"] == f"line {len(lines)} body.secret"


def test_opened_with_another_draw(sealed: dict[str, Dossier]) -> None:
    """A document exchanged at the opening is not the one that was sealed."""
    public = dict(sealed["open"].public)
    for name in ("draw", "checks", "plan", "odds-2"):
        path = f"transcript/{name}.json"
        report = verify(manifest({**public, path: public[path].replace(b"tiny", b"tinx", 1)}))
        assert report.first_fault["place"].endswith("body.sealed"), name


def test_opening_early(sealed: dict[str, Dossier], tiny: Any) -> None:
    """On or before the stated day only with a reason, which is in the ledger."""
    early = given(tiny, "later")
    with pytest.raises(Exception, match="opened after 2026-02-20"):
        open_step(sealed["later"], early)
    done = open_step(sealed["later"], early, reason="all visits were made in January")
    assert entries(done)[-1]["body"]["early"] == {"reason": "all visits were made in January"}
    held(done)
    lines = entries(done)
    del lines[-1]["body"]["early"]
    report = verify(resigned(dict(done.public), lines))
    assert "without a reason" in report.first_fault["what"]
    lines = entries(sealed["open"])
    lines[-1]["body"]["early"] = {"reason": "none is needed"}
    report = verify(resigned(dict(sealed["open"].public), lines))
    assert report.first_fault["what"] == "is not early"


def test_a_lost_secret_makes_the_draw_void(
    sealed: dict[str, Dossier], tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Void with its reason, nothing drawn can be claimed; a new commitment shows as such."""
    before = sealed["reveal"]
    lost = replace(before, private={k: v for k, v in before.private.items() if k != "secret.json"})
    with pytest.raises(Exception, match="is not in the private folder"):
        open_step(lost, given(tiny, "open"))
    gone = void_step(lost, given(tiny, "early"), reason="the disk with the secret broke")
    report = held(gone)
    assert report.state == {"stage": "void", "reason": "the disk with the secret broke"}
    assert "declared void" in details(report)["ledger"]
    again = commit_step(
        gone, given(tiny, "plan"), SECRETS, sealed=True, about=ABOUT, again=True, reason="void"
    )
    assert "superseded/1/frame.json" in again.public
    assert "1 earlier commitments" in details(held(again))["ledger"]
    resealed = seal_step(again, given(tiny, "plan"), bytes(32))
    with pytest.raises(InputError, match="an earlier seed of this publication showed it"):
        reveal_step(resealed, given(tiny, "teams"), SEED)
    held(reveal_step(resealed, given(tiny, "teams"), Dice("98765432109876543210")))
    # One who passes over that is found by the verifier.
    monkeypatch.setattr("optimizer.flow.steps.refuse_used", lambda seed, earlier: None)
    reused = reveal_step(resealed, given(tiny, "teams"), SEED)
    report = verify(reused.public)
    assert "those of an earlier seed" in report.first_fault["what"]


def test_void_after_opening_and_a_new_commitment(sealed: dict[str, Dossier], tiny: Any) -> None:
    """What was opened stays under its number, held to the secret that was opened then."""
    again = commit_step(
        sealed["void"], given(tiny, "after"), SECRETS, sealed=False, about=ABOUT, again=True,
        reason="the sizes were wrong",
    )  # fmt: skip
    assert "superseded/1/draw.json" in again.public
    assert held(again).state["waits"] == ["seed"]
    for path in ("superseded/1/draw.json", "superseded/1/draw-sealed.json"):
        data = again.public[path].replace(b"tiny", b"tinx")
        fault = verify(manifest({**again.public, path: data})).first_fault
        assert fault["file"] == "ledger/entries.jsonl"
        assert fault["place"].startswith("line 6 body")


def test_opened_before_it_is_planned(sealed: dict[str, Dossier], tiny: Any) -> None:
    """Documents made after the opening are public at once, and the whole comes out all the same."""
    opened = open_step(sealed["early"], given(tiny, "early"), reason="nothing is to be kept shut")
    assert held(opened).state["waits"] == ["checks"]
    planned = plan_step(opened, given(tiny, "plan"), effort=5)
    assert "transcript/plan.json" in planned.public
    late = substitute_step(
        planned, given(tiny, "teams"), order="M-02", enterprise=drawn(planned, "M-02", 1),
        reason="moved",
    )  # fmt: skip
    assert "E-" in json.dumps(entries(late)[-1]["body"])
    done = teams_step(late, given(tiny, "late"), TEAMS_SEED)
    report = held(done)
    assert report.state is None
    assert "2 substituted in turn" in details(report)["draw"]


def test_void_after_all(sealed: dict[str, Dossier], openly: dict[str, Dossier]) -> None:
    """A whole publication that is declared void holds, says so, and has no pages."""
    for stages in (sealed, openly):
        assert held(stages["void"]).state["stage"] == "void"
        assert "index.html" not in stages["void"].public


def test_a_second_commitment_before_the_seed(sealed: dict[str, Dossier], tiny: Any) -> None:
    """It is visible, keeps the first, and is refused without its reason."""
    again = commit_step(
        sealed["seal"], given(tiny, "reveal"), SECRETS, sealed=True, about=ABOUT, again=True,
        reason="a register was out of date",
    )  # fmt: skip
    report = held(again)
    assert report.state["waits"] == ["seal", "seed"]
    lines = entries(again)
    assert lines[4]["body"]["again"] == {"reason": "a register was out of date"}
    del lines[4]["body"]["again"]
    fault = verify(resigned(dict(again.public), lines)).first_fault
    assert fault["what"] == "a second commitment gives no reason"
    kept = {p: d for p, d in again.public.items() if p != "superseded/1/spec.json"}
    fault = verify(manifest(kept)).first_fault
    assert fault["file"] == "superseded/1/spec.json"
    fault = verify(manifest({**again.public, "superseded/1/draw.json": b"{}"})).first_fault
    assert fault["what"] == "is not in the ledger"
    fault = verify(manifest({**again.public, "superseded/2/draw.json": b"{}"})).first_fault
    assert fault["what"] == "is not in the ledger"


def test_a_second_secret_needs_its_reason(sealed: dict[str, Dossier], tiny: Any) -> None:
    """The ledger holds both commitments, and the last one counts."""
    with pytest.raises(Exception, match="stands in the ledger already"):
        seal_step(sealed["seal"], given(tiny, "reveal"), bytes(32))
    second = seal_step(sealed["seal"], given(tiny, "reveal"), bytes(32), reason="the first is lost")
    held(second)
    lines = entries(second)
    del lines[-1]["body"]["again"]
    fault = verify(resigned(dict(second.public), lines)).first_fault
    assert fault["what"] == "a second commitment gives no reason"
    held(reveal_step(second, given(tiny, "early"), SEED))


def test_what_waits_must_not_be_published(sealed: dict[str, Dossier]) -> None:
    """Frame lines and sealed documents before opening, or digests of them, are faults."""
    before = sealed["later"]
    for path in ("transcript/frame.jsonl", "transcript/draw.json", "transcript/plan.json"):
        report = verify(manifest({**before.public, path: before.private[path]}))
        assert report.first_fault["what"] == "is sealed: it waits for opening", path
    lines = entries(before)
    place = next(n for n, line in enumerate(lines) if line["kind"] == "draw")
    lines[place]["body"]["sha256"] = "0" * 64
    report = verify(resigned(dict(before.public), lines))
    assert report.first_fault["what"] == "tells of a sealed document"


def test_a_ledger_cut_short_is_not_taken_for_one_under_way(openly: dict[str, Dossier]) -> None:
    """Entries left out at the end leave documents behind that the ledger does not name."""
    lines = entries(openly["later"])
    report = verify(resigned(dict(openly["later"].public), lines[:-1]))
    assert report.first_fault["what"] == "is not in the ledger"


def test_the_draw_without_names_keeps_to_the_spec(sealed: dict[str, Dossier]) -> None:
    """Sizes off the expected ones are found before opening; those not drawn, after it."""
    path = "transcript/draw-sealed.json"
    for stage, word in (("later", "expected"), ("open", "size of draw.json")):
        found = set()
        told = json.loads(sealed[stage].public[path])
        for i, item in enumerate(told["items"]):
            for j, stratum in enumerate(item["strata"]):
                for step in (-1, 1):
                    changed = json.loads(sealed[stage].public[path])
                    some = changed["items"][i]["strata"][j]
                    some["size"] = stratum["size"] + step
                    if some["size"] < 0:
                        continue
                    data = canonical(changed)
                    lines = entries(sealed[stage])
                    for line in lines:
                        if line["kind"] == "draw":
                            line["body"]["told"]["sha256"] = digest(data)
                    files = resigned(dict(sealed[stage].public), lines, more={path: data})
                    report = verify(files)
                    if report.first_fault:
                        assert report.first_fault["file"] == path
                        found.add(report.first_fault["what"])
                    else:
                        assert stage == "later"
        assert any(word in what for what in found), (stage, found)


def test_substitutions_are_held_to_the_reserves(sealed: dict[str, Dossier]) -> None:
    """Another reserve, another enterprise, another stratum or order: both verifiers find it."""
    path = "transcript/substitutions.json"
    public = dict(sealed["open"].public)
    secret = SECRET
    draw = json.loads(public["transcript/draw.json"])
    m02 = next(item for item in draw["items"] if item["item"] == "M-02")
    others = [e for s in m02["strata"] for e in (*s["sample"], *s["reserves"])]
    seen = set()
    for field, values in (
        ("reserve", others),
        ("enterprise", others),
        ("stratum", ["140302", "140303", "none"]),
        ("order", ["M-01", "F-01"]),
    ):
        for value in values:
            document = json.loads(public[path])
            one = document["substitutions"][0]
            if one[field] == value:
                continue
            one[field] = value
            lines = entries(sealed["open"])
            plain = {key: item for key, item in one.items() if key != "entry"}
            name = f"substitution/{one['entry']}:{digest(canonical(plain))}"
            lines[one["entry"]]["body"]["sealed"] = sub_key(secret, "sealed", name).hex()
            report = verify(resigned(public, lines, more={path: canonical(document)}))
            assert not report.ok, (field, value)
            assert report.first_fault["file"] in (path, "transcript/checks.json")
            seen.add(report.first_fault["what"].split(":")[0])
    assert {"the next unused reserve", "holds no place to give up"} <= seen
    document = json.loads(public[path])
    document["substitutions"].pop()
    report = verify(manifest({**public, path: canonical(document)}))
    assert report.first_fault["file"] == path


def test_open_substitutions_are_held_to_the_reserves(openly: dict[str, Dossier]) -> None:
    """In open mode the ledger names them, and the same holds."""
    lines = entries(openly["early"])
    body = lines[-1]["body"]["substitution"]
    body["reserve"], body["enterprise"] = body["enterprise"], body["reserve"]
    report = verify(resigned(dict(openly["early"].public), lines))
    assert report.first_fault["what"] == "holds no place to give up"
    assert report.first_fault["place"] == f"line {len(lines)} body.substitution.enterprise"


def test_rolls_said_before_opening_are_those_of_the_seed(sealed: dict[str, Dossier]) -> None:
    """The ledger's word of the dice is held to the seed; before that, to the announced source."""
    for stage in ("later", "open"):
        lines = entries(sealed[stage])
        place = next(n for n, line in enumerate(lines) if line["kind"] == "seed")
        lines[place]["body"]["source"]["rolls"] = "00000000000000000000"
        report = verify(resigned(dict(sealed[stage].public), lines))
        assert report.ok == (stage == "later")
        lines[place]["body"]["source"]["rolls"] = "0000000000"
        report = verify(resigned(dict(sealed[stage].public), lines))
        assert not report.ok
    assert Ledger.read(sealed["open"].public["ledger/entries.jsonl"]).course.complete


def test_the_mode_is_the_specs(sealed: dict[str, Dossier], openly: dict[str, Dossier]) -> None:
    """No seal in an open campaign, no seed without a seal in a sealed one."""
    lines = entries(openly["commit"])
    body = {"commitment": "0" * 64, "open_after": "2026-02-20"}
    seal = {**lines[-1], "index": 3, "kind": "seal", "body": body}
    fault = verify(resigned(dict(openly["commit"].public), [*lines, seal])).first_fault
    assert (fault["place"], fault["what"]) == ("mode", "is open, and a secret was sealed")
    lines = [line for line in entries(sealed["reveal"]) if line["kind"] != "seal"][:4]
    lines[3] = {**lines[3], "index": 3, "body": {"document": "transcript/seed.json"}}
    data = sealed["reveal"].private["transcript/seed.json"]
    lines[3]["body"]["sha256"] = digest(data)
    public = {p: d for p, d in sealed["reveal"].public.items() if "draw-sealed" not in p}
    files = resigned(public, lines, more={"transcript/seed.json": data})
    assert "no secret was sealed" in verify(files).first_fault["what"]


def test_both_programs_say_the_same(sealed: dict[str, Dossier], tmp_path: Path) -> None:
    """On folders under way, void and whole, and on proofs: the same words and exit codes."""
    if NODE is None:
        pytest.skip("no node here")
    for stage in ("commit", "later", "open", "void"):
        for path, data in sealed[stage].public.items():
            (tmp_path / stage / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / stage / path).write_bytes(data)
        for more in ([], ["--json"]):
            assert both(tmp_path / stage, *more, cwd=tmp_path).returncode == 0
    said = both(tmp_path / "later", cwd=tmp_path).stdout
    assert "the campaign is under way and waits for: open." in said
    assert "nothing drawn can be claimed" in both(tmp_path / "void", cwd=tmp_path).stdout
    key = sealed["commit"].public["ledger/log.vkey"].decode().strip()
    proof = tmp_path / "E-01.tlog-proof"
    proof.write_bytes(own_proof(sealed["reveal"], "E-01"))
    for more in ([], ["--vkey", key], ["--json"]):
        done = both("--proof", proof, *more, cwd=tmp_path)
        assert done.returncode == 0
        assert "--json" in more or "The proof holds." in done.stdout
    assert both("--proof", proof, "--vkey", key[:-1] + "x", cwd=tmp_path).returncode == 1
    assert both("--proof", tmp_path / "later" / "README.txt", cwd=tmp_path).returncode == 1
    for wrong in (
        ["--proof"],
        ["--proof", "nowhere"],
        ["--proof", proof, tmp_path / "later"],
        ["--proof", proof, "--plan"],
        ["--proof", proof, "--seen", proof],
    ):
        assert both(*wrong, cwd=tmp_path).returncode == 2, wrong
