"""`double-random draw …` on a folder: each step, each refusal with its code, both languages."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from draw_folder import DAY, LATER, OTHER, SEED, TEAMS, Verb, snapshot, write_scenario

from optimizer.cli import main
from optimizer.draw import party_commitment
from optimizer.verifier.verify import verify_proof

NODE = shutil.which("node")


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Verb:
    return Verb(capsys)


def drawn(folder: Path, order: str) -> list[str]:
    """Return who was drawn for an order in its first stratum, from the bureau's table."""
    text = (folder / "private" / "drawn.csv").read_text("utf-8-sig")
    rows = [line.split(",") for line in text.splitlines()[1:]]
    first = next(row[2] for row in rows if row[0] == order)
    return [row[5] for row in rows if row[0] == order and row[2] == first and row[3] == "sample"]


def test_a_sealed_campaign_from_end_to_end(tmp_path: Path, verb: Verb) -> None:
    """Every step out of order is refused and changes nothing; in order it ends in a whole."""
    scenario, out = write_scenario(tmp_path / "s", mode="sealed"), tmp_path / "c"
    seed = ("--seed", SEED)
    assert verb.refused("seal", out) == "no-campaign"
    told = verb("commit", scenario, "--out", out, "--time", DAY.format(1, 5))
    assert (told["mode"], told["waits"]) == ("sealed", ["seal", "seed"])
    assert told["ledger"]["size"] == 3
    for part in (told["frame_root"], told["spec"], told["ledger"]["root"], "To be read aloud"):
        assert part in verb.words
    before = snapshot(out)
    assert verb.refused("reveal", out, *seed, "--time", DAY.format(1, 6)) == "step-first"
    assert "double-random draw seal" in verb.words
    assert verb.refused("open", out) == "step-first"
    assert verb.refused("plan", out) == "step-first"
    assert verb.refused("teams", out, "--seed", TEAMS) == "step-first"
    gone = ("--enterprise", "E001", "--order", "F-1", "--reason", "closed")
    assert verb.refused("substitute", out, *gone) == "step-first"
    assert verb.refused("commit", scenario, "--out", out) == "step-again"
    assert verb.refused("seal", out, "--time", DAY.format(1, 4)) == "step-time"
    assert verb.refused("seal", out, "--time", "yesterday") == "time-rfc3339"
    assert verb.refused("seal", out, "--open-after", "soon") == "open-after-malformed"
    assert snapshot(out) == before

    told = verb("seal", out, "--open-after", "2026-05-29", "--time", DAY.format(1, 6))
    assert told["seal"]["open_after"] == "2026-05-29"
    assert told["seal"]["commitment"] in verb.words
    assert verb.refused("seal", out, "--time", DAY.format(1, 6)) == "step-done"
    told = verb("reveal", out, *seed, "--time", DAY.format(1, 7))
    assert told["drawn"] == len(
        [row for row in (out / "private/drawn.csv").read_text("utf-8-sig").split("\n")
         if ",sample," in row]
    )  # fmt: skip
    before = snapshot(out)
    assert verb.refused("reveal", out, *seed) == "step-done"
    assert verb.refused("seal", out) == "step-done"
    assert verb.refused("seal", out, "--reason", "another try") == "step-done"
    again = ("commit", scenario, "--out", out, "--again", "--reason", "out of date")
    assert verb.refused(*again) == "step-too-late"
    early = ("open", out, "--time", DAY.format(3, 1))
    assert verb.refused(*early) == "open-early"
    assert verb.refused(*early, "--reason", "x") == "step-reason"
    first, *_ = drawn(out, "F-1")
    for change, code in (
        (("--enterprise", "E999", "--order", "F-1", "--reason", "closed"), "substitute-not-drawn"),
        (("--enterprise", first, "--order", "X-1", "--reason", "closed"), "substitute-order"),
        (("--enterprise", first, "--order", "F-1", "--reason", "objects"), "substitute-reason"),
    ):
        assert verb.refused("substitute", out, *change) == code
    assert snapshot(out) == before

    for turn in range(2):
        words = ("--enterprise", first, "--order", "F-1", "--reason", "not-found")
        told = verb("substitute", out, *words, "--time", DAY.format(1, 8))
        assert told["enterprise"] == first
        assert told["reserve"] in verb.words
        first = told["reserve"]
        assert (out / "public/ledger/entries.jsonl").read_text().count("substitute") == turn + 1
    words = ("--enterprise", first, "--order", "F-1", "--reason", "closed")
    assert verb.refused("substitute", out, *words) == "substitute-no-reserve"

    plan = ("plan", out, "--effort", "1", "--workers", "1")
    assert verb(*plan, "--time", DAY.format(1, 9))["waits"] == ["open", "teams-seed"]
    assert verb.refused(*plan) == "step-done"
    verb("teams", out, "--seed", TEAMS, "--workers", "1", "--time", DAY.format(2, 1))
    assert verb.refused("teams", out, "--seed", LATER) == "teams-period"
    report = verb("verify", out)
    assert report["state"] == {"stage": "under way", "waits": ["open"]}
    assert first not in json.dumps(report)

    told = verb("open", out, "--time", DAY.format(6, 1))
    assert (told["stage"], told["waits"]) == ("complete", [])
    assert verb.refused("open", out) == "step-done"
    assert "state" not in verb("verify", out, "--vkey", told["vkey"])
    assert main(["verify", str(out / "public")]) == 0
    assert (out / "public" / "index.html").is_file()


def test_an_open_campaign_and_its_later_teams(tmp_path: Path, verb: Verb) -> None:
    """Open: nothing to seal or open; whole once the teams are drawn, then round by round."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    told = verb("commit", scenario, "--out", out, "--time", DAY.format(1, 5), "--lang", "zh")
    assert "请当众宣读" in verb.words
    assert told["waits"] == ["seed"]
    for step in ("seal", "open"):
        assert verb.refused(step, out) == "step-open-mode"
    verb("reveal", out, "--seed", SEED, "--time", DAY.format(1, 6))
    assert verb("verify", out)["state"]["waits"] == ["checks"]
    verb("plan", out, "--effort", "1", "--workers", "1", "--time", DAY.format(1, 7))
    late = ("--period", "2026-02-01/2026-02-28", "--seed", TEAMS)
    assert main(["teams", "round", str(scenario), str(out / "public"), *late]) == 2
    assert main(["verify", str(out / "public")]) == 0
    code = verb.refused("teams", out, "--seed", "dice6:" + "123456" * 4 + "1")
    assert code == "seed-source-differs"
    told = verb("teams", out, "--seed", TEAMS, "--workers", "1", "--time", DAY.format(2, 1))
    assert told["stage"] == "complete"
    plan = json.loads((out / "public/transcript/plan.json").read_bytes())
    last = max(visit["day"] for visit in plan["visits"])
    first = json.loads((out / "public/transcript/odds.json").read_bytes())["period"][1]
    if last > first:
        period = f"{first[:8]}{int(first[8:]) + 1:02d}" if first[8:] != "31" else "2026-04-01"
        words = ("--period", f"{period}/2026-06-30", "--workers", "1", "--time", DAY.format(3, 1))
        verb("teams", out, "--seed", LATER, *words)
        assert (out / "public/transcript/teams-2.json").is_file()
        assert "state" not in verb("verify", out)


def test_void_and_again(tmp_path: Path, verb: Verb) -> None:
    """A lost secret: only void goes on, and then a commitment that shows as the second."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    commit = ("commit", scenario, "--out", out, "--sealed")
    verb(*commit, "--time", DAY.format(1, 5))
    verb("seal", out, "--time", DAY.format(1, 6))
    secret = out / "private" / "secret.json"
    kept = secret.read_text()
    secret.write_text(json.dumps({"campaign": "hamlet-2026", "secret": "00" * 32}))
    reveal = ("reveal", out, "--seed", SEED, "--time", DAY.format(1, 7))
    assert verb.refused(*reveal) == "seal-secret-differs"
    secret.write_text("{}")
    assert verb.refused(*reveal) == "seal-secret-differs"
    secret.unlink()
    assert verb.refused(*reveal) == "seal-secret-missing"
    told = verb("seal", out, "--reason", "the first is lost", "--time", DAY.format(1, 7))
    assert told["ledger"]["size"] == 5
    assert json.loads(kept) != json.loads(secret.read_text())
    verb(*reveal)
    secret.unlink()
    assert verb.refused("open", out, "--time", DAY.format(6, 9)) == "seal-secret-missing"
    assert verb.refused("void", out, "--reason", " ") == "step-reason"
    told = verb("void", out, "--reason", "the disk broke", "--time", DAY.format(1, 8))
    assert told["stage"] == "void"
    for step in (("open", out), ("void", out, "--reason", "once more"), reveal):
        assert verb.refused(*step) == "step-void"
    assert verb("verify", out)["state"] == {"stage": "void", "reason": "the disk broke"}
    assert "the disk broke" in verb.words
    assert verb.refused(*commit, "--again") == "step-reason"
    again = ("--again", "--reason", "the secret was lost", "--time", DAY.format(1, 9))
    secrets = json.loads((out / "private/secrets.json").read_bytes())
    told = verb(*commit, *again)
    fresh = json.loads((out / "private/secrets.json").read_bytes())
    assert secrets["signer_seed"] == fresh["signer_seed"]
    assert secrets["salt_master"] != fresh["salt_master"]
    assert not (out / "private/drawn.csv").exists()
    assert (out / "private/superseded/1/drawn.csv").is_file()
    assert (told["commitments"], told["waits"]) == (2, ["seal", "seed"])
    verb("seal", out, "--time", DAY.format(1, 9))
    # Dice that fell once bind no later commitment.
    before = (out / "public/ledger/entries.jsonl").read_bytes()
    late = ("--time", DAY.format(2, 1))
    assert verb.refused("reveal", out, "--seed", SEED, *late) == "seed-used"
    assert (out / "public/ledger/entries.jsonl").read_bytes() == before
    assert verb("reveal", out, "--seed", OTHER, *late)["stage"] == "under way"


def test_proofs(tmp_path: Path, verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and after the draw, to a file or to stdout; refusals with their codes."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    verb("commit", scenario, "--out", out, "--sealed", "--time", DAY.format(1, 5))
    assert verb.refused("proof", out, "--enterprise", "E999") == "proof-enterprise"
    words = ("proof", out, "--enterprise", "E001", "--of")
    assert verb.refused(*words, "result") == "proof-result"
    text = verb(*words, "frame")["proof"].encode()
    assert (
        "E001: can be drawn for F-1 with 1/6, M-1 with 1/3" in verify_proof(text).checks[3].detail
    )
    verb("seal", out, "--time", DAY.format(1, 6))
    verb("reveal", out, "--seed", SEED, "--time", DAY.format(1, 7))
    file = tmp_path / "E001.tlog-proof"
    assert main(["draw", "proof", str(out), "--enterprise", "E001", "--out", str(file)]) == 0
    assert "hand it over at the visit" in capsys.readouterr().err
    assert verify_proof(file.read_bytes()).ok
    assert main(["draw", "proof", str(out), "--enterprise", "E001"]) == 0
    assert capsys.readouterr().out.encode() == file.read_bytes()


def test_folders(tmp_path: Path, verb: Verb) -> None:
    """Foreign folders, other campaigns, damaged or missing private files: each by its code."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "letter.txt").write_text("mine")
    foreign = ("commit", scenario, "--out", tmp_path / "foreign")
    assert verb.refused(*foreign) == "campaign-foreign"
    assert verb.refused("commit", scenario, "--out", tmp_path / "s") == "campaign-foreign"
    again = ("--again", "--reason", "some reason")
    assert verb.refused("commit", scenario, "--out", tmp_path / "new", *again) == "no-campaign"
    verb("commit", scenario, "--out", out, "--sealed", "--time", DAY.format(1, 5))
    other = write_scenario(tmp_path / "t", name="other-2026")
    assert verb.refused("commit", other, "--out", out, *again) == "campaign-other"
    verb("seal", out, "--time", DAY.format(1, 6))
    reveal = ("reveal", out, "--seed", SEED, "--time", DAY.format(1, 7))
    private = out / "private"
    for name in ("secrets.json", "campaign.json"):
        data = (private / name).read_bytes()
        (private / name).unlink()
        assert verb.refused(*reveal) == "campaign-private", name
        (private / name).write_bytes(data)
    (private / "scenario").rename(private / "elsewhere")
    assert verb.refused(*reveal) == "campaign-private"
    (private / "elsewhere").rename(private / "scenario")
    rows = private / "scenario" / "registers" / "enterprises.csv"
    data = rows.read_bytes()
    rows.write_bytes(data.replace(b"E023", b"E024"))
    assert verb.refused(*reveal) == "campaign-scenario"
    rows.write_bytes(data)
    verb(*reveal)
    draw = private / "transcript" / "draw.json"
    data = draw.read_bytes()
    draw.write_bytes(data.replace(b"E00", b"E01", 1))
    assert verb.refused("plan", out) == "campaign-damaged"
    draw.write_bytes(data)
    assert verb("verify", out)["ok"]


@pytest.mark.parametrize("data", [b"[]", b"{}", b"\xff{", None])
def test_damaged_folders(tmp_path: Path, verb: Verb, data: bytes | None) -> None:
    """Whatever befell a file of the folder, each act that needs it names it, and none crashes."""
    scenario, out = write_scenario(tmp_path / "s", mode="sealed"), tmp_path / "c"
    verb("commit", scenario, "--out", out, "--time", DAY.format(1, 5))
    verb("seal", out, "--time", DAY.format(1, 6))
    verb("reveal", out, "--seed", SEED, "--time", DAY.format(1, 7))
    acts = {
        "open": ("open", out, "--reason", "early", "--time", DAY.format(1, 8)),
        "proof": ("proof", out, "--enterprise", "E001", "--out", tmp_path / "p"),
    }
    asked = {
        "public/transcript/spec.json": ("open", "proof"),
        "public/transcript/frame.json": ("open", "proof"),
        "public/ledger/entries.jsonl": ("open", "proof"),
        "public/ledger/log.vkey": ("proof",),
        "private/secrets.json": ("open",),
        "private/secret.json": ("open", "proof"),
        "private/campaign.json": ("open",),
        "private/transcript/draw.json": ("open", "proof"),
    }
    for name, those in asked.items():
        place = out / name
        kept = place.read_bytes()
        if name == "public/ledger/log.vkey" and data in (b"[]", b"{}"):
            continue  # text, so the proof is made, and refused by whoever checks it
        place.unlink() if data is None else place.write_bytes(data)
        before = snapshot(out)
        for act in those:
            assert verb.refused(*acts[act]) in (
                *("campaign-damaged", "campaign-private", "campaign-unreadable", "no-campaign"),
                *(
                    "json-syntax",
                    "json-utf8",
                    "seal-secret-differs",
                    "seal-secret-missing",
                    "ledger-entry",
                ),
            ), (name, act)
        assert snapshot(out) == before
        place.write_bytes(kept)
    verb(*acts["open"])


def test_secrets_given(tmp_path: Path, verb: Verb) -> None:
    """An open campaign takes both as given; a sealed one the key alone, its salts are new."""
    scenario, file = write_scenario(tmp_path / "s"), tmp_path / "secrets.json"
    given = {"salt_master": "11" * 32, "signer_seed": "22" * 32}
    file.write_text(json.dumps(given))
    for name, more in (("open", ()), ("shut", ("--sealed",))):
        out = tmp_path / name
        time = ("--time", DAY.format(1, 5))
        verb("commit", scenario, "--out", out, "--secrets", file, *more, *time)
        kept = json.loads((out / "private/secrets.json").read_bytes())
        assert kept["signer_seed"] == given["signer_seed"]
        assert (kept["salt_master"] == given["salt_master"]) == (name == "open")


def test_run_refuses_a_sealed_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`run` knows the seed at once: it says which verb to use."""
    scenario = write_scenario(tmp_path / "s", mode="sealed")
    assert main(["run", str(scenario), "--out", str(tmp_path / "p"), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["faults"][0]["code"] == "campaign-sealed-run"
    assert not (tmp_path / "p").exists()


def test_parties_reveal_between_seal_and_draw(tmp_path: Path, verb: Verb) -> None:
    """Seal, then record, then reveal: each refuses before its turn; both verifiers take each."""
    values = {"bureau": "11" * 32, "chamber": "22" * 32}
    parties = [{"party": p, "commitment": party_commitment(p, v)} for p, v in values.items()]
    source = {
        "source": "combined",
        "parts": [
            {"source": "parties", "parties": parties, "absent": "go-on",
             "deadline": "2026-01-06T09:00:00+08:00"},
            {"source": "dice", "sides": 10, "at": "2026-01-07T09:00:00+08:00"},
        ],
    }  # fmt: skip
    folder, out = write_scenario(tmp_path / "s", mode="sealed"), tmp_path / "c"
    text = (folder / "scenario.yaml").read_text("utf-8")
    seed = "seed: {source: dice, sides: 10}"
    assert seed in text
    (folder / "scenario.yaml").write_text(
        text.replace(seed, "seed: " + json.dumps(source)), "utf-8"
    )
    told = verb("commit", folder, "--out", out, "--time", DAY.format(1, 5))
    assert told["waits"] == ["seal", "seed-reveals"]
    shown = [{"party": p, "value": v, "time": DAY.format(1, 5)} for p, v in values.items()]
    reveals = tmp_path / "reveals.json"
    reveals.write_text(json.dumps(shown), "utf-8")
    record = ("record", out, "--reveals", reveals, "--time")
    assert verb.refused(*record, "2026-01-06T10:00:00+08:00") == "step-first"
    verb("seal", out, "--time", DAY.format(1, 5))
    evidence = json.loads(json.dumps(source))
    evidence["parts"][0]["reveals"] = shown
    evidence["parts"][1]["rolls"] = SEED
    (tmp_path / "seed.json").write_text(json.dumps(evidence), "utf-8")
    late = ("reveal", out, "--seed", tmp_path / "seed.json", "--time", DAY.format(1, 8))
    assert verb.refused(*late) == "step-first"
    assert verb.refused(*record, DAY.format(1, 5)) == "reveals-early"
    verb(*record, "2026-01-06T10:00:00+08:00")
    assert verb.refused("seal", out, "--reason", "lost it", "--time", DAY.format(1, 7)) == (
        "step-revealed"
    )
    assert verb(*late)["waits"] == ["open", "checks"]
    assert verb.refused("record", out, "--reveals", tmp_path / "none.json") == "reveals-file"
    assert verb("verify", out)["ok"]
    if NODE:
        subprocess.run([NODE, out / "public/verify.js", out / "public"], check=True)
