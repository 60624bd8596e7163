"""Stand-ins whom later draws take beyond a rule: told before, replaced by the draw, recomputed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import YEAR, Tiny
from late import DICE, ROLLS, on_day
from stages import ABOUT, SECRET, SECRETS, SEED
from test_verify_late import edited, fault_of
from test_verify_stages import held

from optimizer.cli import main
from optimizer.domain.days import Span
from optimizer.domain.inspector import VisitCap
from optimizer.draw import Dice
from optimizer.errors import InfeasibleError, InputError
from optimizer.flow import (
    Dossier,
    at_risk,
    commit_anew,
    commit_step,
    commit_teams_step,
    open_step,
    overrun_words,
    plan_step,
    reveal_step,
    seal_step,
    stand_in_step,
    standing_of,
    teams_step,
)
from optimizer.teams import as_drawn

PERIOD = Span(date(2026, 1, 1), date(2026, 2, 28))
WEEK = 3


@pytest.fixture(scope="module")
def tight(tiny: Tiny) -> Tiny:
    """At most three visits a week, and not twice running at the same enterprise."""
    people = {
        name: replace(one, visit_caps=(VisitCap("week", WEEK),), valid=YEAR, leave=())
        for name, one in tiny.registers.inspectors.items()
    }
    rules = replace(tiny.rules, team=replace(tiny.rules.team, not_twice=True))
    return replace(tiny, registers=replace(tiny.registers, inspectors=people), rules=rules)


def committed(tight: Tiny, *, sealed: bool = False) -> Dossier:
    """The odds of both months, to be drawn day by day."""
    early = on_day(tight, date(2025, 12, 22))
    now = commit_step(None, early, SECRETS, sealed=sealed, about=ABOUT)
    if sealed:
        now = seal_step(now, early, SECRET, open_after=date(2026, 2, 20))
    now = plan_step(reveal_step(now, early, SEED), early, effort=5, odds=False)
    return commit_teams_step(now, early, period=PERIOD, draws="daily", announced=DICE)


def draws_with_illness(tight: Tiny, now: Dossier, until: int = 99, ill: int = 2) -> Dossier:
    """Draw after draw; the first of each unit fall ill, and are replaced where somebody is free."""
    for number, span in enumerate(standing_of(now).rounds[0].spans[:until]):
        today = on_day(tight, max(span.first - timedelta(days=1), date(2025, 12, 30)))
        now = teams_step(now, today, Dice(str(31415926535897940303 + 7919 * number)), days=span)
        teams = standing_of(now).parsed(standing_of(now).draws[-1][1].teams)["teams"]
        for visit, units in sorted(teams.items()):
            for people in units.values():
                for absent in people[:ill]:
                    try:
                        now = stand_in_step(now, today, visit=visit, absent=absent, reason="ill")
                    except (InfeasibleError, InputError):
                        continue
    return now


@pytest.fixture(scope="module")
def ill(tight: Tiny) -> Dossier:
    return draws_with_illness(tight, committed(tight))


def moved(dossier: Dossier) -> list[Any]:
    standing = standing_of(dossier)
    return [
        one for _, draw in standing.draws for one in standing.parsed(draw.teams).get("stood_in", ())
    ]


def test_no_draw_breaks_a_rule_in_silence(ill: Dossier) -> None:
    """Counted apart from the program: past the cap go those alone of whom the draw says so."""
    standing = standing_of(ill)
    entries = moved(ill)
    assert {one["ground"] for one in entries} == {"week", "twice"}
    stuck = [one for one in entries if one["substitute"] is None]
    assert 0 < len(stuck) < len(entries)
    days = {visit.id: visit.day for visit in standing.visits}
    weeks = Counter(
        (name, days[visit].isocalendar()[:2])
        for visit, units in standing.teams().items()
        for people in units.values()
        for name in people
    )
    beyond = Counter(
        (one["absent"], days[one["visit"]].isocalendar()[:2])
        for one in stuck
        if one["ground"] == "week" and one["absent"] in standing.teams()[one["visit"]][one["unit"]]
    )
    assert all(count <= WEEK + beyond[key] for key, count in weeks.items())
    lots = Counter(
        (name, days[visit].isocalendar()[:2])
        for visit, units in standing.teams(as_drawn=True).items()
        for people in units.values()
        for name in people
    )
    assert max(lots.values()) == WEEK  # the lottery by itself kept the cap
    words = next(check.detail for check in held(ill).checks if check.name == "later teams")
    told = f"{len(entries) - len(stuck)} drawn beyond a rule and replaced; OPEN: {len(stuck)} drawn"
    assert told in words
    assert len(overrun_words(entries, standing)) == len(stuck)
    for words, one in zip(overrun_words(entries, standing), stuck, strict=True):
        assert one["absent"] in words
        assert one["visit"] in words
        assert "teams commit --add" in words
        assert one["absent"] in words.zh


def test_the_report_counts_seats_given_away(
    ill: Dossier, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Draw by draw and by ground, as data, in words and on the page; nobody is named."""
    standing = standing_of(ill)
    folder, page = tmp_path / "ill", tmp_path / "report.html"
    for path, data in ill.public.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    assert main(["teams", "report", str(folder), "--json", "--page", str(page)]) == 0
    (found,) = json.loads(capsys.readouterr().out)["rounds"]
    days = {
        (draw.span.first.isoformat(), draw.span.last.isoformat()): Counter(
            (one["ground"], one["substitute"] is None)
            for one in standing.parsed(draw.teams).get("stood_in", ())
        )
        for _, draw in standing.draws
    }
    assert {
        tuple(draw["days"]): Counter(
            {(one["ground"], n): one[("given_away", "open")[n]]
             for one in draw["stood_in"] for n in (False, True)}
        )
        for draw in found["draws"]
    } == days  # fmt: skip
    rows = [
        ["/".join(draw["days"]), one["ground"], str(one["given_away"]), str(one["open"])]
        for draw in found["draws"]
        for one in draw["stood_in"]
    ]
    assert sum(int(given) + int(left) for *_, given, left in rows) == len(moved(ill)) > 0
    main(["teams", "report", str(folder)])
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in said if len(line) == 4 and line[1] in ("week", "twice")] == rows
    shown = page.read_text(encoding="utf-8").partition("beyond a rule")[2]
    assert [shown.count(text) for text in ("most visits of a week", "每周检查上限")] == [
        sum(row[1] == "week" for row in rows)
    ] * 2
    assert shown.count("not twice running at an enterprise") == len(rows) - sum(
        row[1] == "week" for row in rows
    )


def test_risks_are_told_and_committing_anew_takes_them_away(tight: Tiny) -> None:
    """Whoever might go beyond a rule is told of with days; odds made anew count who stood in."""
    now = draws_with_illness(tight, committed(tight), until=2, ill=1)
    standing = standing_of(now)
    risks = at_risk(standing)
    assert {one["ground"] for one in risks} == {"week", "twice"}
    left = {day.isoformat() for day in (visit.day for visit in standing.visits)}
    assert all(one["day"] in left for one in risks)
    assert min(one["day"] for one in risks) > standing.drawn_until.isoformat()  # type: ignore[union-attr]
    names = {one["inspector"] for one in risks}
    assert names <= {one["substitute"] for one in standing.substitutions}
    assert [one for one in risks if one["inspector"] == min(names)] == at_risk(standing, min(names))
    rest = commit_anew(standing)
    assert rest is not None
    assert rest.first == standing.rounds[-1].left[0].first
    assert rest.last == PERIOD.last
    anew = commit_teams_step(
        now,
        on_day(tight, date(2026, 1, 6)),
        period=rest,
        draws="daily",
        announced=DICE,
        reason="stand-ins are counted",
    )
    held(anew)
    assert at_risk(standing_of(anew)) == []
    span = standing_of(anew).rounds[-1].spans[0]
    drawn = teams_step(anew, on_day(tight, date(2026, 1, 6)), ROLLS[1], days=span)
    held(drawn)
    assert moved(drawn) == []


def test_a_stand_in_after_the_rest_was_committed_counts(tight: Tiny) -> None:
    """The days of earlier odds, too, once somebody steps in there after the next odds."""
    now = draws_with_illness(tight, committed(tight), until=2, ill=1)
    rest = commit_anew(standing_of(now))
    assert rest is not None
    now = commit_teams_step(
        now, on_day(tight, date(2026, 1, 6)), period=rest, draws="daily", announced=DICE,
        reason="new odds",
    )  # fmt: skip
    assert at_risk(standing_of(now)) == []
    standing = standing_of(now)
    days = {visit.id: visit.day for visit in standing.visits}
    for visit, units in sorted(standing.teams().items()):
        for people in units.values():
            try:
                now = stand_in_step(
                    now, on_day(tight, date(2026, 1, 6)), visit=visit, absent=people[-1],
                    reason="ill too",
                )  # fmt: skip
            except InfeasibleError:
                continue
    risks = at_risk(standing_of(now))
    assert risks
    assert all(days[one["visit"]] > date(2026, 1, 6) for one in risks)
    for number, span in enumerate(standing_of(now).rounds[-1].spans[:4]):
        today = on_day(tight, span.first - timedelta(days=1))
        now = teams_step(now, today, Dice(str(27182818284590450000 + 104729 * number)), days=span)
    held(now)
    standing = standing_of(now)
    weeks = Counter(
        (name, days[visit].isocalendar()[:2])
        for visit, units in standing.teams().items()
        for people in units.values()
        for name in people
    )
    stuck = sum(one["substitute"] is None for one in moved(now))
    assert sum(max(0, count - WEEK) for count in weeks.values()) <= stuck


def test_sealed_draws_do_the_same(tight: Tiny) -> None:
    """Nothing shows before the opening; then all is recomputed."""
    now = draws_with_illness(tight, committed(tight, sealed=True))
    assert moved(now)
    held(now)
    assert not [path for path in now.public if "teams" in path and "sealed" not in path]
    opened = open_step(now, on_day(tight, date(2026, 2, 21)))
    words = next(check.detail for check in held(opened).checks if check.name == "later teams")
    assert "drawn beyond a rule" in words


def forget(teams: Any) -> None:
    bare = as_drawn(teams)
    teams.clear()
    teams.update(bare)


def keep_quiet(teams: Any) -> None:
    del teams["stood_in"]


def other(teams: Any) -> None:
    one = next(one for one in teams["stood_in"] if one["substitute"] is not None)
    members = teams["teams"][one["visit"]][one["unit"]]
    place = members.index(one["substitute"])
    one["substitute"] = members[place] = "I-99"


def other_ground(teams: Any) -> None:
    teams["stood_in"][0]["ground"] = "year"


def one_more(teams: Any) -> None:
    visit, units = min(teams["teams"].items())
    unit, people = min(units.items())
    teams["stood_in"].append(
        {"visit": visit, "unit": unit, "absent": people[0], "substitute": None, "ground": "week"}
    )


@pytest.mark.parametrize("change", [forget, keep_quiet, other, other_ground, one_more])
def test_forged_overruns_are_found(change: Callable[[Any], None], ill: Dossier) -> None:
    """Somebody left beyond a rule, another in the seat, another ground, a seat given away."""
    standing = standing_of(ill)
    path = next(
        draw.teams
        for _, draw in reversed(standing.draws)
        if any(one["substitute"] for one in standing.parsed(draw.teams).get("stood_in", ()))
    )
    name = path.removeprefix("transcript/")
    file, place, what = fault_of(edited(dict(ill.public), name, change))
    assert file == name
    if change is keep_quiet:
        assert what.startswith("inspectors drawn")
    else:
        assert place.startswith("stood_in")
        assert "who goes in the place of others" in what
