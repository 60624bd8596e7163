"""Rosters: grounds of recusals are not public, and a later one is the former and what was drawn."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from conftest import Tiny
from late import DICE, FEBRUARY, ROLLS, at, late_campaign, planned
from stages import SECRETS, TEAMS_SEED
from test_verify_late import edited, fault_of
from test_verify_stages import held

from optimizer import flow
from optimizer.canon import SHA256, canonical, digest
from optimizer.domain.days import Span
from optimizer.domain.inspector import RECUSAL_KINDS, Recusal
from optimizer.flow import Dossier, commit_teams_step, own_view, standing_of, teams_step
from optimizer.frame import hide_grounds, open_ground

PERIOD = Span(FEBRUARY[0].first, FEBRUARY[-1].last)


@pytest.fixture(scope="module")
def late(tiny: Tiny) -> dict[str, Dossier]:
    return late_campaign(tiny)


def words(dossier: Dossier) -> str:
    return next(check.detail for check in held(dossier).checks if check.name == "later teams")


# ------------------------------------------------------------------ grounds


def test_no_public_document_tells_a_ground(late: dict[str, Dossier]) -> None:
    """Who may not go where is public; why is not, in no file of any stage."""
    for dossier in late.values():
        documents = {
            path: data
            for path, data in dossier.public.items()
            if path.startswith(("transcript/", "ledger/", "summary"))
        }
        for path, data in documents.items():
            assert b"family" not in data, path  # the only ground in the register
            for kind in RECUSAL_KINDS if "roster" in path else ():
                assert kind.encode() not in data, path
    for number in ("", "-2", "-3"):
        roster = json.loads(late["whole"].public[f"transcript/roster{number}.json"])
        assert roster["format"] == "double-random/roster/v2"
        first = next(one for one in roster["inspectors"] if one["id"] == "I-00")
        (pair,) = first["recusals"]
        assert pair[0] == "E-05"
        assert len(bytes.fromhex(pair[1])) == 32


def test_the_owner_and_an_auditor_can_open_a_ground(late: dict[str, Dossier]) -> None:
    """With the secrets the view tells kind and salt, which anyone can hold to the document."""
    standing = standing_of(late["whole"])
    (mine,) = own_view(standing, "I-00", salt_master=SECRETS.salt_master)["recusals"]
    assert mine["grounds"] == ["family"]
    text = f"double-random/recusal/v1:{mine['salt']}:family"
    assert hashlib.sha256(text.encode()).hexdigest() == mine["published"]
    made = hmac.digest(SECRETS.salt_master, b"recusal/v1:I-00/E-05", "sha256")[:16].hex()
    assert mine["salt"] == made
    (shut,) = own_view(standing, "I-00")["recusals"]
    assert (shut["grounds"], shut["salt"]) == ([], None)
    (wrong,) = own_view(standing, "I-00", salt_master=bytes(32))["recusals"]
    assert (wrong["grounds"], wrong["salt"]) == ([], None)
    assert own_view(standing, "I-01", salt_master=SECRETS.salt_master)["recusals"] == []


def test_several_grounds_of_a_pair_are_one_commitment(tiny: Tiny) -> None:
    """Not even how many grounds there are can be seen; hiding twice changes nothing."""
    kinds = ("interest", "complaint", "complaint")
    person = replace(
        tiny.registers.inspectors["I-00"],
        recusals=(*(Recusal("E-09", kind) for kind in kinds), Recusal("E-02", "family")),
    )
    registers = replace(tiny.registers, inspectors={"I-00": person})
    hidden = hide_grounds(registers, bytes(32), SHA256)
    first, second = hidden.inspectors["I-00"].recusals
    assert (first.enterprise, second.enterprise) == ("E-02", "E-09")
    found = open_ground(bytes(32), "I-00", "E-09", second.kind, SHA256)
    assert found.kinds == ("complaint", "interest")
    assert open_ground(bytes(32), "I-00", "E-02", first.kind, SHA256).kinds == ("family",)
    assert open_ground(bytes(32), "I-01", "E-02", first.kind, SHA256).kinds == ()
    assert hide_grounds(hidden, bytes(32), SHA256) == hidden


# ------------------------------------------------------------------ one roster after the other


def forged(dossier: Dossier, change: Callable[[Any], Any]) -> dict[str, bytes]:
    """Odds that are not drawn, with their roster changed and its digest put right."""
    files = edited(dict(dossier.public), "roster-3.json", change)
    fresh = digest(files["transcript/roster-3.json"])
    return edited(files, "odds-3.json", lambda odds: odds.update(roster=fresh))


def of(roster: Any, name: str) -> Any:
    return next(one for one in roster["inspectors"] if one["id"] == name)


SLIPPED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a half-day more": (lambda r: of(r, "I-43").update(workload=of(r, "I-43")["workload"] + 1),
                        "since.changed"),
    "a colleague's half-days too": (
        lambda r: [one.update(workload=one["workload"] + 1) for one in r["inspectors"]],
        "since.changed",
    ),
    "a recusal lost": (lambda r: of(r, "I-40").update(recusals=[]), "since.changed"),
    "a recusal more": (
        lambda r: of(r, "I-43").update(recusals=[["E-01", "00" * 32]]), "since.changed",
    ),
    "another ground": (
        lambda r: of(r, "I-40").update(recusals=[["E-05", "00" * 32]]), "since.changed",
    ),
    "leave": (lambda r: of(r, "I-63").update(leave=[["2026-02-25", "2026-02-25"]]),
              "since.changed"),
    "somebody new": (
        lambda r: r["inspectors"].append({**of(r, "I-63"), "id": "I-64"}), "since.come",
    ),
    "somebody gone": (lambda r: r["inspectors"].remove(of(r, "I-63")), "since.gone"),
    "another roster before": (lambda r: r["since"].update(roster="00" * 32), "since.roster"),
    "a change that is none": (
        lambda r: r["since"]["changed"].update({"I-43": ["workload"]}), "since.changed.I-43",
    ),
    "nothing said": (lambda r: r.pop("since"), "since"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPPED)
def test_nothing_is_slipped_in_or_lost(name: str, late: dict[str, Dossier]) -> None:
    """Between two commits every field is the one before and what was drawn, or said to differ."""
    change, place = SLIPPED[name]
    file, found, what = fault_of(forged(late["amended"], change))
    if file == "odds-3.json":  # the odds themselves are no longer those of such people
        assert name in ("a recusal more", "somebody new", "somebody gone", "leave")
        return
    assert (file, found) == ("roster-3.json", place), what


def test_a_roster_in_the_old_form_may_not_follow(late: dict[str, Dossier]) -> None:
    """Who goes back to the form that held less is found."""

    def older(roster: Any) -> None:
        roster["format"] = "double-random/roster/v1"
        del roster["since"]
        for one in roster["inspectors"]:
            one["recusals"] = [[pair[0], "family"] for pair in one["recusals"]]

    file, place, what = fault_of(forged(late["amended"], older))
    assert (file, place) == ("roster-3.json", "format")
    assert what == "tells grounds of recusals, as the roster before does not"


def parts(now: Dossier) -> tuple[Span, Span]:
    """Part February so that both have visits."""
    first = min(visit.day for visit in standing_of(now).visits if visit.day in PERIOD)
    return Span(PERIOD.first, first), Span(first + timedelta(days=1), PERIOD.last)


def february(tiny: Tiny, now: Dossier, change: Callable[[dict[str, Any]], Any]) -> Dossier:
    """Commit February anew with the register as it is then."""
    people = dict(tiny.registers.inspectors)
    change(people)
    return commit_teams_step(
        now,
        at(tiny, "01-30T10"),
        period=PERIOD,
        draws=parts(now),
        announced=DICE,
        registers=replace(tiny.registers, inspectors=people),
        reason="the register changed",
    )


def test_what_the_register_says_otherwise_stands_in_the_roster(
    tiny: Tiny, late: dict[str, Dossier]
) -> None:
    """Half-days from elsewhere, a recusal more, leave: said by name and field; then as before."""

    def change(people: dict[str, Any]) -> None:
        people["I-43"] = replace(people["I-43"], workload=people["I-43"].workload + 5)
        people["I-13"] = replace(people["I-13"], recusals=(Recusal("E-23", "complaint"),))
        del people["I-33"]

    now = february(tiny, late["committed"], change)
    since = standing_of(now).parsed("transcript/roster-3.json")["since"]
    assert since["changed"] == {"I-13": ["recusals"], "I-43": ["workload"]}
    assert (since["come"], since["gone"]) == ([], ["I-33"])
    assert "later rosters: 0 come, 1 gone, 2 changed" in words(now)
    drawn = teams_step(now, at(tiny, "01-31T09"), ROLLS[1])
    again = commit_teams_step(
        drawn,
        at(tiny, "01-31T10"),
        period=parts(late["committed"])[1],
        announced=DICE,
        registers=tiny.registers,
        reason="back as it was",
    )
    since = standing_of(again).parsed("transcript/roster-4.json")["since"]
    assert since["changed"] == {"I-13": ["recusals"], "I-43": ["workload"]}
    assert (since["come"], since["gone"]) == (["I-33"], [])
    assert "later rosters: 1 come, 1 gone, 4 changed" in words(again)


def test_whoever_comes_again_is_held_to_the_last_roster(
    tiny: Tiny, late: dict[str, Dossier]
) -> None:
    """Leaving a roster out does not wash half-days off."""
    now = february(tiny, late["committed"], lambda people: people.pop("I-33"))
    drawn = teams_step(now, at(tiny, "01-31T09"), ROLLS[1])
    people = dict(tiny.registers.inspectors)
    people["I-33"] = replace(people["I-33"], workload=0)
    again = commit_teams_step(
        drawn, at(tiny, "01-31T10"), period=parts(late["committed"])[1], announced=DICE,
        registers=replace(tiny.registers, inspectors=people), reason="back again",
    )  # fmt: skip
    since = standing_of(again).parsed("transcript/roster-4.json")["since"]
    assert (since["come"], since["changed"]) == (["I-33"], {"I-33": ["workload"]})
    held(again)


def test_nothing_is_said_where_nothing_changed(late: dict[str, Dossier]) -> None:
    """Draws, stand-ins and an amended plan between two rosters are carried over to the digit."""
    for number in (2, 3):
        roster = standing_of(late["whole"]).parsed(f"transcript/roster-{number}.json")
        assert roster["since"].keys() == {"roster", "come", "gone", "changed"}
        assert not any(roster["since"][name] for name in ("come", "gone", "changed"))
    assert "later rosters" not in words(late["whole"])


def test_publications_in_the_old_form_still_verify(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grounds in clear in the first roster; it goes on in the new form, and says no change."""
    with monkeypatch.context() as before:
        for module in (flow.acts, flow.teamsteps):
            before.setattr(module, "hide_grounds", lambda registers, *_: registers)
        now = planned(at(tiny, "01-01T09"))
    old = standing_of(now).parsed("transcript/roster.json")
    assert old["format"] == "double-random/roster/v1"
    assert of(old, "I-00")["recusals"] == [["E-05", "family"]]
    (mine,) = own_view(standing_of(now), "I-00")["recusals"]
    assert (mine["grounds"], mine["salt"]) == (["family"], None)
    held(now)
    now = teams_step(now, at(tiny, "01-01T10"), TEAMS_SEED)
    held(now)
    now = commit_teams_step(now, at(tiny, "01-30T09"), period=PERIOD, announced=DICE)
    roster = standing_of(now).parsed("transcript/roster-2.json")
    assert roster["format"] == "double-random/roster/v2"
    assert roster["since"]["changed"] == {}
    assert b'"family"' not in canonical(roster)
    held(now)


def test_who_changes_units_is_held_to_the_visits_of_the_new_one(tiny: Tiny) -> None:
    """Not twice is a unit's rule: where both units went, only the new one's own team counts."""
    rules = replace(tiny.rules, team=replace(tiny.rules.team, not_twice=True))
    city = replace(tiny, rules=rules)
    now = teams_step(planned(at(city, "01-01T09")), at(city, "01-01T10"), TEAMS_SEED)
    standing = standing_of(now)
    latest = standing.latest_teams()
    old, new, enterprise = next(
        (old, new, there)
        for old, there in sorted(latest)
        for new, other in sorted(latest)
        if other == there and old != new
    )
    mover = latest[old, enterprise][0]
    people = dict(city.registers.inspectors)
    people[mover] = replace(people[mover], unit=new)
    now = commit_teams_step(
        now, at(city, "01-30T09"), period=PERIOD, announced=DICE,
        registers=replace(city.registers, inspectors=people),
    )  # fmt: skip
    held(now)
    roster = standing_of(now).parsed("transcript/roster-2.json")
    assert "unit" in roster["since"]["changed"][mover]
    assert enterprise not in of(roster, mover).get("last_visited", [])
    stayed = latest[new, enterprise][0]
    assert enterprise in of(roster, stayed)["last_visited"]
