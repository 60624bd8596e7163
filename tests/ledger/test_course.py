"""The ledger's course: every earlier line, and four more kinds where they may stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.domain.registry import Document
from optimizer.errors import OrderError
from optimizer.ledger import BESIDE, KINDS, REVEALS, Course, Ledger
from optimizer.ledger.course import LATER
from optimizer.verifier import verify

EVERY = (*KINDS, *REVEALS.values(), *BESIDE)
TIME = "2026-01-01T00:00:00Z"
REASON = {"again": {"reason": "a reason"}}
NOTHING: Document = {}
PARTIES: Document = {"source": "combined", "parts": [{"source": "parties"}, {"source": "drand"}]}


def walked(*kinds: str, body: Document = NOTHING) -> Course:
    course = Course()
    for kind in kinds:
        assert kind in course.allowed(), (kind, course)
        course = course.after(kind, body)
    return course


def test_the_line_of_a_run_and_its_rounds() -> None:
    """Without a seal, the line is what it was, and whole rounds are complete."""
    assert walked(*KINDS).complete
    assert not walked(*KINDS[:-1]).complete
    assert walked(*KINDS, *LATER, *LATER).complete
    assert walked(*KINDS, *LATER).document() == "transcript/roster-3.json"
    assert walked(*KINDS[:3]).document() == "transcript/seed.json"
    assert walked(*KINDS[:2]).document() == ""


def test_where_the_others_may_stand() -> None:
    """A seal before the seed, an opening after the draw, a void at any time, a new start then."""
    commitment = KINDS[:3]
    assert walked(*commitment, "seal", "seed", "draw", "substitute", "open", "substitute").opened
    assert walked(*commitment, "seal", *KINDS[3:], "open").complete
    assert not walked(*commitment, "seal", *KINDS[3:]).complete
    again = walked(*commitment, "seal", "seed", "draw", "void", *commitment)
    assert (again.commitments, again.sealed, again.void) == (2, False, False)
    assert walked(*commitment, *commitment, "seal", "seal").commitments == 2
    for before, kind in (
        ((), "seal"),
        (commitment, "substitute"),
        (commitment, "open"),
        ((*commitment, "seed"), "seal"),
        ((*commitment, "seed"), "frame"),
        ((*commitment, "seed"), "substitute"),
        ((*commitment, "seed", "draw"), "open"),
        ((*commitment, "seal", "seed", "draw", "open"), "open"),
        ((*commitment, "void"), "seed"),
        ((*commitment, "void"), "void"),
        (commitment[:2], "void"),
    ):
        assert kind not in walked(*before).allowed(), (before, kind)


def test_parties_reveal_after_a_seal_and_before_the_seed() -> None:
    """A source with parties waits for them; nobody seals a secret once they have revealed."""
    waiting = walked(*KINDS[:3], body=PARTIES)
    assert (waiting.next, waiting.document()) == ("seed-reveals", "")
    assert set(waiting.allowed()) == {"seed-reveals", "seal", "frame", "void"}
    done = waiting.after("seal", NOTHING).after("seed-reveals", NOTHING)
    assert set(done.allowed()) == {"seed", "frame", "void"}
    second = walked(*KINDS[:11], body=NOTHING).after("teams-seed-source", PARTIES)
    assert not second.whole


def test_draws_follow_the_odds_in_order() -> None:
    """Each of several draws has its source, its seed and its teams; then the round is whole."""
    course = walked(*KINDS[:9]).after("odds", {"draws": [["a", "b"], ["c", "d"]]})
    one = ("teams-seed-source", "teams-seed", "teams")
    paths = []
    for kind in (*one, *one):
        assert course.next == kind
        paths.append(course.document())
        course = course.after(kind, NOTHING)
        assert course.whole == (len(paths) == 6)
    assert paths[1:3] == ["transcript/teams-seed.json", "transcript/teams.json"]
    assert paths[4:] == ["transcript/teams-seed-2.json", "transcript/teams-2.json"]
    assert course.document() == "transcript/roster-2.json"
    assert course.document_of("checks") == "transcript/checks-2.json"


def test_a_round_takes_the_place_of_what_is_left() -> None:
    """Between draws and while a source shows nothing, with a reason; never once it has shown."""
    several = {"draws": [["a", "b"], ["c", "d"]]}
    odds = walked(*KINDS[:9]).after("odds", several)
    assert odds.needs_reason("roster")
    waiting = odds.after("teams-seed-source", PARTIES)
    assert "roster" in waiting.allowed()
    seen = waiting.after("teams-seed-reveals", NOTHING).after("teams-seed", NOTHING)
    assert "roster" not in seen.allowed()
    assert "team-substitute" not in seen.allowed()
    drawn = seen.after("teams", NOTHING)
    assert {"teams-seed-source", "roster", "checks", "team-substitute"} <= set(drawn.allowed())
    assert drawn.needs_reason("roster")
    kept = drawn.after("roster", REASON)
    assert (kept.next, kept.document()) == ("odds", "transcript/odds-2.json")
    assert kept.needs_reason("roster") is False
    amended = drawn.after("checks", REASON)
    for kind in ("problem", "roster", "plan", "odds"):
        assert (amended.next, amended.document()) == (kind, f"transcript/{kind}-2.json")
        amended = amended.after(kind, NOTHING)
    assert (amended.left, amended.round) == (1, 2)
    amended = amended.after("teams-seed-source", NOTHING)
    assert amended.document() == "transcript/teams-seed-2.json"
    whole = amended.after("teams-seed", NOTHING).after("teams", NOTHING)
    assert whole.complete
    assert whole.needs_reason("checks")
    assert not whole.needs_reason("roster")


@given(st.lists(st.integers(0, 27), max_size=40))
def test_the_verifier_knows_the_same_course(choices: list[int]) -> None:
    """Two descriptions of one course, written apart, allow the same at every step."""
    ours, theirs = Course(), verify.Course()
    for choice in choices:
        assert list(ours.allowed()) == theirs.allowed()
        assert (ours.next, ours.document()) == theirs.line()[:2] or ours.void
        body = (NOTHING, PARTIES, {"draws": [["a", "b"], ["c", "d"]]}, NOTHING)[choice % 4]
        kind = ours.allowed()[choice // 4 % len(ours.allowed())]
        ours = ours.after(kind, body)
        theirs.take(kind, body)
        state = (ours.place, ours.commitments, ours.sealed, ours.opened, ours.void, ours.whole)
        assert state == (
            theirs.place, theirs.commitments, theirs.sealed, theirs.opened, theirs.void,
            theirs.whole(),
        )  # fmt: skip
        assert (ours.round, ours.drawn, ours.left) == (theirs.round, theirs.drawn, theirs.left)


@given(st.lists(st.integers(0, 5), max_size=12))
def test_the_ledger_takes_what_is_allowed_and_nothing_else(choices: list[int]) -> None:
    """From any state, each kind goes in or is refused as the course says."""
    ledger = Ledger("c")
    for choice in choices:
        allowed = ledger.course.allowed()
        for kind in EVERY:
            if kind not in allowed:
                with pytest.raises(OrderError):
                    ledger.append(kind, TIME, REASON)
        ledger = ledger.append(allowed[choice % len(allowed)], TIME, REASON)
    assert len(ledger) == len(choices)


def test_a_repeated_commitment_gives_its_reason() -> None:
    """A second frame or seal without a reason is refused; an empty one is none."""
    ledger = Ledger("c")
    for kind in (*KINDS[:3], "seal"):
        ledger = ledger.append(kind, TIME, {})
    for kind in ("frame", "seal"):
        for body in ({}, {"again": {}}, {"again": {"reason": ""}}, {"again": "why"}):
            with pytest.raises(OrderError, match="gives its reason"):
                ledger.append(kind, TIME, body)
        assert len(ledger.append(kind, TIME, REASON)) == 5
