"""Teams drawn late: both verifiers follow each draw, changes between draws, and who stood in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from late import (
    DICE,
    FEBRUARY,
    REST,
    ROLLS,
    amended,
    at,
    late_campaign,
    new_check,
    planned,
    some_member,
)
from test_verify_stages import entries, held, resigned

from optimizer.canon import canonical, digest
from optimizer.domain.days import Span
from optimizer.draw import Dice
from optimizer.errors import InputError
from optimizer.flow import (
    Dossier,
    announce_step,
    commit_teams_step,
    stand_in_step,
    standing_of,
    teams_report,
    teams_step,
)
from optimizer.publication.page_teams import page
from optimizer.verifier.verify import verify

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def late(tiny: Any) -> dict[str, Dossier]:
    return late_campaign(tiny)


@pytest.fixture(scope="module")
def shut(tiny: Any) -> dict[str, Dossier]:
    return late_campaign(tiny, sealed=True)


def said(dossier: Dossier, section: str = "later teams") -> str:
    return next(check.detail for check in held(dossier).checks if check.name == section)


def test_every_stage_holds_and_says_what_it_waits_for(late: dict[str, Dossier]) -> None:
    """Odds committed, a draw of three, a stand-in, a changed plan, the other draws."""
    waits = {
        "first": None,
        "committed": ["teams-seed"],
        "drawn": ["teams-seed"],
        "ill": ["teams-seed"],
        "amended": ["teams-seed"],
        "third": ["teams-seed"],
        "whole": None,
    }
    for stage, wanted in waits.items():
        state = held(late[stage]).state
        assert state == (wanted and {"stage": "under way", "waits": wanted}), stage
        assert "index.html" in late[stage].public
    words = said(late["whole"])
    assert words.startswith("2 later rounds, ")
    assert words.endswith("; drawn in 4 draws; 1 inspectors replaced")
    assert "0 visits up to 2026-02-28 have no drawn team" in words
    assert "1 inspectors replaced" in said(late["whole"], "ledger")


def test_every_stage_of_a_sealed_campaign_holds(shut: dict[str, Dossier]) -> None:
    """Teams and stand-ins wait for the opening; then everything is recomputed."""
    for stage, dossier in shut.items():
        state = held(dossier).state
        assert state is None if stage == "open" else state is not None and "open" in state["waits"]
    hidden = canonical(entries(shut["whole"]))
    visit, absent = some_member(shut["drawn"])
    assert visit.encode() not in hidden
    assert absent.encode() not in hidden
    assert "transcript/team-substitutions.json" in shut["open"].public
    assert said(shut["open"]).endswith("1 inspectors replaced")


def test_what_is_drawn_stays_and_what_is_not_is_drawn_anew(late: dict[str, Dossier]) -> None:
    """The new check is in the plan; visits of drawn days are as before; no visit goes undrawn."""
    before, after = (standing_of(late[stage]) for stage in ("ill", "whole"))
    old, new = (standing.parsed(standing.rounds[-1].plan)["visits"] for standing in (before, after))
    until = FEBRUARY[0].last.isoformat()
    assert [v for v in old if v["day"] <= until] == [v for v in new if v["day"] <= until]
    assert any("T-late" in visit["checks"] for visit in new)
    drawn = after.teams()
    assert set(drawn) == {v["id"] for v in new if v["day"] >= "2026-01"}
    for visit in new:
        for seat in visit["seats"]:
            assert len(set(drawn[visit["id"]][seat["unit"]])) == seat["inspectors"]
    carried = after.inspectors(after.rounds[-1])
    kept = before.inspectors(before.rounds[0])
    served = before.served()
    assert all(carried[name].workload == kept[name].workload + served.get(name, 0) for name in kept)


def test_steps_refuse_to_run_out_of_order(tiny: Any, late: dict[str, Dossier]) -> None:
    """Days of another draw, a period that is drawn, a reason too few or too many."""

    def refused(code: str, act: Callable[[], object]) -> None:
        with pytest.raises(InputError) as caught:
            act()
        assert [fault.code for fault in caught.value.faults] == [code]

    now = at(tiny, "02-15T09")
    refused(
        "draw-order",
        lambda: teams_step(late["committed"], now, ROLLS[3], days=FEBRUARY[1]),
    )
    refused("seed-used", lambda: teams_step(late["drawn"], now, ROLLS[0]))
    refused("seed-source-differs", lambda: teams_step(late["drawn"], now, Dice("1" * 25, sides=6)))
    refused("draw-not-waiting", lambda: announce_step(late["drawn"], now, DICE))
    rest = {"period": Span(REST[0].first, REST[1].last), "announced": DICE}
    refused("round-reason", lambda: commit_teams_step(late["drawn"], now, **rest))
    drawn = {**rest, "period": Span(FEBRUARY[0].last, REST[1].last), "reason": "again"}
    refused("period-drawn", lambda: commit_teams_step(late["drawn"], now, **drawn))
    refused(
        "draws-part",
        lambda: commit_teams_step(late["ill"], now, draws=FEBRUARY, reason="why", **rest),
    )
    refused(
        "visit-not-drawn",
        lambda: stand_in_step(late["ill"], now, visit="V999999", absent="I-00", reason="ill"),
    )
    refused(
        "step-reason",
        lambda: stand_in_step(late["ill"], now, visit="V999999", absent="I-00", reason="病"),
    )
    refused("period-empty", lambda: commit_teams_step(
        late["whole"], now, period=Span(date(2026, 3, 1), date(2026, 3, 9)), announced=DICE
    ))  # fmt: skip


def test_a_draw_is_not_given_up_once_its_seed_can_be_known(
    tiny: Any, late: dict[str, Dossier]
) -> None:
    """Before the announced moment the rest may be replaced; after it nothing but the draw."""
    source = {"source": "dice", "sides": 10, "at": "2026-02-08T09:00:00+08:00"}
    rest = {"period": Span(REST[0].first, REST[1].last), "announced": source, "reason": "leave"}
    once = commit_teams_step(late["drawn"], at(tiny, "02-07T18"), draws=REST, **rest)
    later = {**rest, "announced": {**source, "at": "2026-02-08T12:00:00+08:00"}}
    again = commit_teams_step(once, at(tiny, "02-08T08"), **later)
    held(again)
    with pytest.raises(InputError) as caught:
        commit_teams_step(once, at(tiny, "02-08T10"), **later)
    assert caught.value.faults[0].code == "round-known"
    lines = entries(again)
    for line in lines[-4:]:
        line["time"] = "2026-02-08T09:00:00+08:00"
    report = verify(resigned(dict(again.public), lines))
    assert report.first_fault is not None
    assert report.first_fault["what"] == "the seed of the draw given up can be known by then"


def test_the_first_odds_may_be_given_up_before_a_draw(tiny: Any) -> None:
    """A month committed whole is committed again in weeks before anything is drawn."""
    early = at(tiny, "01-01T08")
    now = planned(early)
    now = commit_teams_step(
        now,
        early,
        period=Span(date(2026, 1, 1), date(2026, 1, 31)),
        draws="weekly",
        announced=DICE,
        reason="drawn week by week",
    )
    assert held(now).state == {"stage": "under way", "waits": ["teams-seed"]}
    now = teams_step(now, early, ROLLS[0])
    held(now)
    assert said(now, "teams") == "the first odds were given up before a draw"
    assert "transcript/teams.json" in now.public
    assert json.loads(now.public["transcript/teams.json"])["days"][0] == "2026-01-01"


def test_the_report_tells_the_guess_before_and_after(late: dict[str, Dossier]) -> None:
    """A guess is a probability, of a seat yet to be drawn; whoever is drawn is no guess."""
    report = teams_report(standing_of(late["whole"]))
    assert [one["round"] for one in report["rounds"]] == [1, 2, 3]
    assert [len(one["draws"]) for one in report["rounds"]] == [1, 1, 2]
    for one in report["rounds"]:
        for draw in one["draws"]:
            if draw["seats"]:
                assert 0 < float(draw["before"]["mean"]) <= float(draw["before"]["largest"]) <= 1
        first = one["draws"][0]
        assert first["seats"] > 0
        assert first["committed"] == first["before"]
        assert all(unit["seats"] > 0 for unit in one["units"])
    assert report["rounds"][2]["draws"][1]["after"] is None
    assert not any(draw["stood_in"] for one in report["rounds"] for draw in one["draws"])
    assert "beyond a rule" not in page(report).decode()


# ------------------------------------------------------------------ forgeries


def edited(files: Files, name: str, change: Callable[[Any], Any]) -> Files:
    """The files with a changed document, its digest put right in the ledger, signed anew."""
    path = f"transcript/{name}"
    value = json.loads(files[path])
    change(value)
    data = canonical(value)
    lines = [json.loads(line) for line in files["ledger/entries.jsonl"].splitlines()]
    for line in lines:
        if line["body"].get("document") == path:
            line["body"]["sha256"] = digest(data)
    return resigned(files, lines, more={path: data})


def fault_of(files: Files) -> tuple[str, str, str]:
    report = verify(files)
    assert not report.ok
    fault = report.first_fault
    assert fault is not None
    return fault["file"].removeprefix("transcript/"), fault["place"], fault["what"]


def in_ledger(files: Files, change: Callable[[list[Any]], Any]) -> Files:
    lines = [json.loads(line) for line in files["ledger/entries.jsonl"].splitlines()]
    change(lines)
    for index, line in enumerate(lines):
        line["index"] = index
    return resigned(files, lines)


def last_of(lines: list[Any], kind: str, back: int = 1) -> Any:
    return [line for line in lines if line["kind"] == kind][-back]


def shift(odds: Any) -> None:
    """Move a little from one inspector of a group to another, as the rules would allow."""
    for part in odds["parts"]:
        for group in part["groups"]:
            free = [k for k, value in enumerate(group["odds"]) if 10 < value < 10**9 - 10]
            if len(free) > 1:
                group["odds"][free[0]] += 1
                group["odds"][free[1]] -= 1
                return


def swap_member(teams: Any) -> None:
    for units in teams["teams"].values():
        for unit, people in units.items():
            if people:
                units[unit] = [*people[:-1], "I-99"]
                return


FORGED: dict[str, tuple[str, Callable[[Any], Any], tuple[str, str]]] = {
    "odds": ("odds-3.json", shift, ("teams-seed-3.json", "text")),
    "seats": (
        "odds-3.json",
        lambda odds: odds["parts"][0]["groups"][0].update(seats=9),
        ("odds-3.json", "parts[0].groups[0].seats"),
    ),
    "days that leave a gap": (
        "odds-3.json",
        lambda odds: odds["draws"][1].__setitem__(0, "2026-02-16"),
        ("odds-3.json", "draws[1]"),
    ),
    "a draw too few": (
        "odds-3.json",
        lambda odds: odds.pop("draws"),
        ("../ledger/entries.jsonl", "body.draws"),
    ),
    "workload": (
        "roster-3.json",
        lambda roster: [one.update(workload=0) for one in roster["inspectors"]],
        ("odds-3.json", "roster"),
    ),
    "seed of other days": (
        "teams-seed-4.json",
        lambda seed: seed.update(text=seed["text"].replace("02-28", "02-27")),
        ("teams-seed-4.json", "text"),
    ),
    "seed without days": (
        "teams-seed-4.json",
        lambda seed: seed.update(text=seed["text"].replace(" days=2026-02-15/2026-02-28", "")),
        ("teams-seed-4.json", "text"),
    ),
    "rolls of another draw": (
        "teams-seed-4.json",
        lambda seed: seed["source"].update(rolls=ROLLS[1].rolls),
        ("teams-seed-4.json", "source.rolls"),
    ),
    "teams": ("teams-3.json", swap_member, ("teams-3.json", "teams.")),
    "days of another draw": (
        "teams-3.json",
        lambda teams: teams.update(days=["2026-02-15", "2026-02-28"]),
        ("teams-3.json", "days"),
    ),
    "no days": ("teams-3.json", lambda teams: teams.pop("days"), ("teams-3.json", "days")),
    "days where there is one draw": (
        "teams.json",
        lambda teams: teams.update(days=["2026-01-01", "2026-01-31"]),
        ("teams.json", "days"),
    ),
    "a visit that is drawn": (
        "plan-3.json",
        lambda plan: plan["visits"][0].update(lead="fire-140302"),
        ("plan-3.json", "visits[0]"),
    ),
    "version": (
        "plan-3.json",
        lambda plan: plan.update(version=3),
        ("plan-3.json", "version"),
    ),
    "parent": (
        "plan-3.json",
        lambda plan: plan.update(parent="00" * 32),
        ("plan-3.json", "parent"),
    ),
    "a check of the sample": (
        "checks-3.json",
        lambda checks: checks["checks"].pop(0),
        ("checks-3.json", "checks"),
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_documents_are_found(name: str, late: dict[str, Dossier]) -> None:
    """Whoever holds the log's key and puts its digest right is found, by both in the same words."""
    path, change, (file, place) = FORGED[name]
    found = fault_of(edited(dict(late["whole"].public), path, change))
    assert file.endswith(found[0]), found
    assert place in found[1], found


def test_forged_workloads_are_found(late: dict[str, Dossier]) -> None:
    """A roster that forgets what was drawn, with the odds made to fit it."""
    files = dict(late["amended"].public)
    forget = edited(
        files, "roster-3.json", lambda roster: [i.update(workload=0) for i in roster["inspectors"]]
    )
    fresh = digest(forget["transcript/roster-3.json"])
    both = edited(forget, "odds-3.json", lambda odds: odds.update(roster=fresh))
    file, place, what = fault_of(both)
    assert file == "roster-3.json"
    assert place.endswith("workload")
    assert what.startswith("is less than the half-days drawn so far")


def test_forged_courses_are_found(late: dict[str, Dossier]) -> None:
    """A span drawn twice or skipped, draws given up without a reason, one too many."""
    files = dict(late["whole"].public)

    def twice(lines: list[Any]) -> None:
        lines.extend(json.loads(json.dumps(lines[-3:])))

    def skipped(lines: list[Any]) -> None:
        del lines[-6:-3]

    def silent(lines: list[Any]) -> None:
        del last_of(lines, "checks")["body"]["again"]

    def loud(lines: list[Any]) -> None:
        last_of(lines, "roster", 2)["body"]["again"] = {"reason": "none"}

    def fewer(lines: list[Any]) -> None:
        last_of(lines, "odds")["body"]["draws"].pop()

    def before_odds(lines: list[Any]) -> None:
        odds = lines.index(last_of(lines, "odds"))
        lines[odds], lines[odds + 1] = lines[odds + 1], lines[odds]

    line = "line "
    for change, place, what in (
        (twice, "kind", "kind at this place"),
        (skipped, "body.document", "document"),
        (silent, "body.again", "gives no reason"),
        (loud, "body.again", "nothing was committed before"),
        (fewer, "body.draws", "must be several draws"),
        (before_odds, "kind", "kind at this place"),
    ):
        file, found, words = fault_of(in_ledger(files, change))
        assert file == "ledger/entries.jsonl", (change, words)
        assert found.startswith(line)
        assert found.endswith(place), (change, found, words)
        assert what in words


def test_odds_that_reach_back_are_found(late: dict[str, Dossier]) -> None:
    """Odds in the place of others for days that are drawn already."""
    files = dict(late["amended"].public)

    def back(odds: Any) -> None:
        odds["period"][0] = odds["draws"][0][0] = "2026-02-08"

    def back_too(lines: list[Any]) -> None:
        last_of(lines, "odds")["body"]["draws"][0][0] = "2026-02-08"

    found = fault_of(in_ledger(edited(files, "odds-3.json", back), back_too))
    assert found == ("odds-3.json", "period[0]", "must lie after the days drawn before")


def test_forged_stand_ins_are_found(late: dict[str, Dossier]) -> None:
    """Another substitute, an inspector who is not in the team, a visit without a team."""
    files = dict(late["whole"].public)
    ill = last_of(entries(late["whole"]), "team-substitute")["body"]["substitution"]["absent"]
    for field, value, what in (
        ("substitute", ill, "first by ticket of those free"),
        ("absent", "I-99", "is not in this team"),
        ("unit", "nobody", "sends nobody to this visit"),
        ("visit", "V999999", "has no drawn team"),
        ("reason", "病", "must be a reason of 2 to 500 letters"),
        ("reason", "x" * 501, "must be a reason of 2 to 500 letters"),
    ):

        def change(lines: list[Any], field: str = field, value: str = value) -> None:
            last_of(lines, "team-substitute")["body"]["substitution"][field] = value

        file, place, words = fault_of(in_ledger(files, change))
        assert file == "ledger/entries.jsonl"
        assert place.endswith(field)
        assert what in words

    def early(lines: list[Any]) -> None:
        made = last_of(lines, "team-substitute")
        lines.remove(made)
        seed = lines.index(last_of(lines, "teams-seed", 3))
        made["time"] = lines[seed]["time"]
        lines.insert(seed, made)

    file, place, words = fault_of(in_ledger(files, early))
    assert words == "has no drawn team"


def test_forged_sealed_stand_ins_are_found(shut: dict[str, Dossier]) -> None:
    """After the opening a sealed stand-in must be the one that was sealed."""
    files = dict(shut["open"].public)
    path = "transcript/team-substitutions.json"
    value = json.loads(files[path])
    value["substitutions"][0]["reason"] = "another reason"
    lines = entries(shut["open"])
    file, place, _ = fault_of(resigned(files, lines, more={path: canonical(value)}))
    assert (file, place.split()[-1]) == ("ledger/entries.jsonl", "body.sealed")
    gone = {name: data for name, data in files.items() if name != path}
    assert fault_of(resigned(gone, lines))[0] == "team-substitutions.json"
    value["substitutions"].clear()
    report = fault_of(resigned(files, lines, more={path: canonical(value)}))
    assert report[:2] == ("team-substitutions.json", "substitutions")


def test_a_departments_own_plan_is_planned_and_not_drawn(
    late: dict[str, Dossier], tiny: Any
) -> None:
    """A check of a daily or special plan is taken over, and counted apart from the sample."""
    ill = late["ill"]
    like = new_check(ill)
    daily = replace(like, id="S-late", kind="planned", source="daily")
    now = amended(ill, tiny, daily, "a daily plan came in")
    assert "; 1 checks of special or daily plans" in said(now)
    files = dict(now.public)
    path = standing_of(now).rounds[-1].checks.removeprefix("transcript/")
    for field, value, words in (
        ("source", "draw", "is not in the sample of draw.json"),
        ("source", "", "is not in the sample of draw.json"),
        ("id", "P-late", "only drawn ids begin with P-"),
    ):

        def forge(document: Any, field: str = field, value: str = value) -> None:
            (one,) = (check for check in document["checks"] if check["id"] == "S-late")
            one[field] = value
            document["checks"].sort(key=lambda check: check["id"])

        assert fault_of(edited(files, path, forge))[2].startswith(words)
