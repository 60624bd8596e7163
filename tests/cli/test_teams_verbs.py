"""`double-random teams …` on a campaign's folder, open and sealed: each step and each refusal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from draw_folder import DAY, LATER, OTHER, SEED, TEAMS, Verb, snapshot, write_scenario

from optimizer.cli import main
from optimizer.cli.teams import draw, substitute

STAND = ("--reason", "ill since the morning")


class Teams:
    """The verb, run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.words = ""

    def run(self, *words: str | Path) -> tuple[int, Any]:
        code = main(["teams", *map(str, words), "--json"])
        out, self.words = self._capsys.readouterr()
        return code, json.loads(out)

    def __call__(self, *words: str | Path) -> Any:
        code, told = self.run(*words)
        assert code == 0, self.words
        return told

    def refused(self, *words: str | Path) -> str:
        code, told = self.run(*words)
        assert code == 2, self.words
        return str(told["faults"][0]["code"])


@pytest.fixture
def teams(capsys: pytest.CaptureFixture[str]) -> Teams:
    return Teams(capsys)


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Verb:
    return Verb(capsys)


def planned(scenario: Path, out: Path, verb: Verb, *, sealed: bool) -> str:
    """Take a campaign to its first odds; return the last day of their period."""
    verb("commit", scenario, "--out", out, "--time", DAY.format(1, 5))
    if sealed:
        verb("seal", out, "--open-after", "2026-05-29", "--time", DAY.format(1, 6))
    verb("reveal", out, "--seed", SEED, "--time", DAY.format(1, 7))
    verb("plan", out, "--effort", "1", "--workers", "1", "--time", DAY.format(1, 8))
    where = "private" if sealed else "public"
    odds = json.loads((out / where / "transcript" / "odds.json").read_bytes())
    return str(odds["period"][1])


@pytest.mark.parametrize("sealed", [False, True])
def test_a_month_is_drawn_day_by_day(
    tmp_path: Path, verb: Verb, teams: Teams, sealed: bool
) -> None:
    """The first odds give way to daily draws; each is drawn in order, and somebody stands in."""
    mode = "sealed" if sealed else "open"
    scenario, out = write_scenario(tmp_path / "s", mode=mode), tmp_path / "c"
    last = planned(scenario, out, verb, sealed=sealed)
    period = f"{last[:8]}01/{last}"
    commit = ("commit", scenario, out, "--period", period, "--draws", "daily", "--workers", "1")
    dice = ("--seed-source", "dice")
    assert teams.refused(*commit, *dice, "--time", DAY.format(1, 9)) == "round-reason"
    wrong = ("--seed-source", "coins", "--reason", "drawn day by day")
    assert teams.refused(*commit, *wrong) == "seed-source-file"
    reason = ("--reason", "drawn day by day", "--time", DAY.format(1, 9))
    told = teams(*commit, *dice, *reason)
    assert told["round"] == 2
    assert "To be read aloud" in teams.words
    assert told["odds"] in teams.words
    draws = told["draws"]
    assert len(draws) > 1
    before = snapshot(out)
    for words, code in (
        (("draw", out, "--seed", TEAMS, "--days", "/".join(draws[1])), "draw-order"),
        (("draw", out, "--seed", "dice6:" + "123456" * 4 + "1"), "seed-source-differs"),
        (("announce", out, *dice), "draw-not-waiting"),
        (("substitute", out, "--visit", "V000001", "--absent", "I1", *STAND), "visit-not-drawn"),
    ):
        assert teams.refused(*words, "--time", DAY.format(2, 1)) == code
    assert snapshot(out) == before
    told = teams("draw", out, "--seed", TEAMS, "--time", DAY.format(2, 1))
    assert told["days"] == draws[0]
    drawn = out / ("private" if sealed else "public") / "transcript" / "teams.json"
    visit, units = sorted(json.loads(drawn.read_bytes())["teams"].items())[0]
    _, people = sorted(units.items())[0]
    ill = ("substitute", out, "--visit", visit, "--absent", people[0], *STAND)
    code, told = teams.run(*ill, "--time", DAY.format(2, 2))
    assert code in (0, 1), teams.words
    if code == 0:
        assert told["absent"] == people[0]
        assert told["at_risk"] == []  # nobody is capped here
        assert told["commit_anew"] == [draws[1][0], draws[-1][1]]
        assert teams.refused(*ill, "--time", DAY.format(2, 2)) == "not-in-team"
    told = teams("draw", out, "--seed", LATER, "--time", DAY.format(2, 3))
    assert told["days"] == draws[1]
    assert teams.refused("draw", out, "--seed", LATER) in ("seed-used", "draw-none")
    report = teams("verify", out)
    assert report["ok"]
    again = teams("verify", out, "--odds", "--workers", "1")["odds_again"]
    assert [one["place"] for one in again] == ["", ""]
    if sealed:
        assert teams.refused("verify", out / "public", "--odds") == "odds-shut"
    assert {check["name"] for check in report["teams"]} >= {"odds", "teams", "later teams"}
    shown = teams("report", out, "--page", tmp_path / "r.html")
    assert len(shown["rounds"]) == 2
    assert (tmp_path / "r.html").is_file()
    assert (out / "public" / "index.html").is_file() is not sealed


def test_tables_are_headed_in_either_language(
    tmp_path: Path, verb: Verb, capsys: pytest.CaptureFixture[str]
) -> None:
    """An own view and the report: as many columns and lines, and no English words in Chinese."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    planned(scenario, out, verb, sealed=False)
    assert main(["draw", "teams", str(out), "--seed", TEAMS, "--time", DAY.format(1, 9)]) == 0
    roster = json.loads((out / "public" / "transcript" / "roster.json").read_bytes())
    inspector = roster["inspectors"][0]["id"]
    capsys.readouterr()
    for words in (["view", str(out), "--inspector", inspector], ["report", str(out)]):
        told = []
        for lang in ("en", "zh"):
            assert main(["teams", *words, "--lang", lang]) == 0
            told.append(capsys.readouterr().out.splitlines())
        english, chinese = told
        assert len(english) == len(chinese)
        rules = [line for line in english if set(line) == set("- ")]
        assert [len(line.split()) for line in rules] == [
            len(line.split()) for line in chinese if set(line) == set("- ")
        ]
        heads = [chinese[n - 1] for n, line in enumerate(chinese) if set(line) == set("- ")]
        assert len(heads) >= 2
        for head in heads:
            assert not re.search("[a-z]", head), head


def test_a_wrong_period_is_told_in_either_language(
    tmp_path: Path, verb: Verb, capsys: pytest.CaptureFixture[str]
) -> None:
    """No month has visits there, whether teams are drawn or not: head, fault and mend."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    planned(scenario, out, verb, sealed=False)
    commit = ["teams", "commit", str(scenario), str(out), "--seed-source", "dice"]
    wrong = [*commit, "--period", "2026-12-28/2027-01-10"]
    for drawn in (False, True):
        told = {}
        for lang in ("en", "zh"):
            reason = [] if drawn else ["--reason", "other days"]
            code = main([*wrong, *reason, "--time", DAY.format(1, 9), "--lang", lang])
            told[lang] = capsys.readouterr().err
            assert code == 2, told[lang]
        assert "1 fault; nothing was written:" in told["en"]
        assert ("expected days after 2026-0" in told["en"]) is drawn
        assert ("expected days with visits" in told["en"]) is not drawn
        assert "1 处错误，未写入任何内容：" in told["zh"]
        months = "计划中有检查的日期。尚待选派的月份：" + ("无" if drawn else "2026-0")
        assert months in told["zh"]
        assert "expected" not in told["zh"]
        if not drawn:
            steps = ["teams", "draw", str(out), "--seed", TEAMS, "--time", DAY.format(1, 9)]
            assert main(steps) == 0
            capsys.readouterr()


def test_sources_are_told_as_they_are_read(
    tmp_path: Path, verb: Verb, capsys: pytest.CaptureFixture[str]
) -> None:
    """A beacon by its round, a source that differs as the ledger has it."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    last = planned(scenario, out, verb, sealed=False)
    commit = ["teams", "commit", str(scenario), str(out), "--period", f"{last[:8]}01/{last}"]
    beacon = ["--seed-source", "quicknet@2026-02-06T08:00:00+08:00", "--reason", "a beacon"]
    assert main([*commit, *beacon, "--time", DAY.format(1, 9)]) == 0
    aloud = capsys.readouterr().err
    assert "seed source: round 25844212 of the public beacon drand (chain 52db9ba70e0cc0f6…)" in (
        aloud
    )
    assert "public_key" not in aloud
    draw = ["teams", "draw", str(out), "--seed", TEAMS, "--time", DAY.format(2, 7)]
    assert main([*draw, "--lang", "zh"]) == 2
    told = capsys.readouterr().err
    assert '“{"sides":10,"source":"dice"}”：应为事先公布的来源 {"chain":{' in told


def test_faults_are_headed_with_their_verb(tmp_path: Path, verb: Verb, teams: Teams) -> None:
    """Order, time and reason: the act that was asked for stands at the head."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    last = planned(scenario, out, verb, sealed=False)
    period = ("--period", f"{last[:8]}01/{last}", "--seed-source", "dice")
    late, early = ("--time", DAY.format(1, 9)), ("--time", DAY.format(1, 2))
    teams("draw", out, "--seed", TEAMS, *late)
    drawn = out / "public" / "transcript" / "teams.json"
    visit, units = sorted(json.loads(drawn.read_bytes())["teams"].items())[0]
    ill = ("substitute", out, "--visit", visit, "--absent", min(units.values())[0])
    for words, field in (
        (("commit", scenario, out, *period, *early), "--time"),
        (("commit", scenario, out, *period, "--reason", "x", *late), "commit --reason"),
        (("draw", out, "--seed", LATER, *early), "--time"),
        (("draw", out, "--seed", LATER, *late), "draw"),
        (("announce", out, "--seed-source", "dice", *early), "--time"),
        (("announce", out, "--seed-source", "dice", *late), "announce"),
        ((*ill, "--reason", "x", *late), "substitute --reason"),
        ((*ill, *STAND, *early), "--time"),
    ):
        code, told = teams.run(*words)
        assert (code, told["faults"][0]["file"]) == (2, "double-random teams"), words
        assert told["faults"][0]["field"] == field
        assert "--period" not in told["faults"][0]["mend"]
    verb("void", out, "--reason", "a test", *late)
    code, told = teams.run("draw", out, "--seed", LATER, *late)
    assert (code, told["faults"][0]["file"]) == (2, "double-random teams")
    assert told["faults"][0]["field"] == "draw"
    assert verb.refused("teams", out, "--seed", LATER, *early) == "step-void"


def test_what_a_stand_in_and_a_draw_say() -> None:
    """Days at risk with what to commit anew; seats given away; seats nobody else may take."""
    risks = [
        {"day": "2026-02-09", "visit": "V000009", "unit": "u", "inspector": "i2", "ground": ground}
        for ground in ("twice", "week")
    ]
    told = {"substitute": "i2", "at_risk": risks, "commit_anew": ["2026-02-07", "2026-02-28"]}
    (said,) = substitute._lines(told, "en")
    assert "2026-02-09 do not know" in said
    grounds = "not twice running to the same enterprise, the most visits of a week"
    assert f"i2 beyond a rule ({grounds})" in said
    assert "--period 2026-02-07/2026-02-28" in said
    (said,) = substitute._lines({**told, "commit_anew": None}, "zh")
    assert "不得重新承诺" in said
    assert "（同一企业不得连续两次、每周检查次数上限）" in said
    assert list(substitute._lines({**told, "at_risk": []}, "en")) == []
    seat = {"visit": "V1", "unit": "u", "absent": "i1", "ground": "month"}
    told = {
        "stood_in": [{**seat, "substitute": "i2"}, {**seat, "substitute": None}],
        "open": [{"en": "nobody else", "zh": "无人"}],
    }
    assert list(draw._lines(told, "en")) == [
        "V1: i2 goes for i1, who stood in before and would go beyond a rule "
        "(the most visits of a month).",
        "nobody else",
    ]
    assert "将违反规则（每月检查次数上限）" in next(draw._lines(told, "zh"))


def test_a_source_with_a_moment_is_announced_draw_by_draw(
    tmp_path: Path, verb: Verb, teams: Teams
) -> None:
    """Dice that are rolled at a time: the next time is named with the draw, or afterwards."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    last = planned(scenario, out, verb, sealed=False)
    source = tmp_path / "dice.json"

    def at(moment: str) -> Path:
        source.write_text(json.dumps({"source": "dice", "sides": 10, "at": moment}))
        return source

    words = ("--period", f"{last[:8]}01/{last}", "--draws", "daily", "--workers", "1")
    told = teams(
        "commit", scenario, out, *words, "--seed-source", at(DAY.format(2, 1)),
        "--reason", "drawn day by day", "--time", DAY.format(1, 9),
    )  # fmt: skip
    shown = tmp_path / "seed.json"
    shown.write_text(
        json.dumps({"source": "dice", "sides": 10, "at": DAY.format(2, 1), "rolls": TEAMS})
    )
    draw = ("draw", out, "--seed", shown)
    assert teams.refused(*draw, "--time", DAY.format(1, 9)) == "seed-too-early"
    told = teams(*draw, "--time", DAY.format(2, 1))
    assert told["waits"] == ["teams-seed-source"]
    assert "teams announce" in teams.words
    assert teams.refused("draw", out, "--seed", OTHER) == "draw-announce"
    early = ("announce", out, "--seed-source", at(DAY.format(2, 1)), "--time", DAY.format(2, 2))
    assert teams.refused(*early) == "seed-not-future"
    told = teams(
        "announce", out, "--seed-source", "quicknet@2026-03-01T08:00:00+08:00",
        "--time", DAY.format(2, 2),
    )  # fmt: skip
    assert told["seed_source"]["source"] == "drand"
    chain, number = told["seed_source"]["chain"], told["seed_source"]["round"]
    due = chain["genesis_time"] + (number - 1) * chain["period"]
    assert 0 <= due - 1772323200 < chain["period"]
    assert teams("verify", out)["state"]["waits"] == ["teams-seed"]


def test_what_is_no_campaign_is_said(tmp_path: Path, teams: Teams) -> None:
    """Folders and options that cannot be read."""
    assert teams.refused("draw", tmp_path, "--seed", TEAMS) == "no-publication"
    assert teams.refused("verify", tmp_path) == "no-publication"
    assert teams.refused("report", tmp_path) == "no-publication"
    source = ("--seed-source", "dice")
    period = ("commit", tmp_path, tmp_path, *source, "--period")
    assert teams.refused(*period, "2026-02-28/2026-02-01") == "period-malformed"
    assert (
        teams.refused(*period, "2026-02-01/2026-02-28", "--draws", "hourly") == "period-malformed"
    )
