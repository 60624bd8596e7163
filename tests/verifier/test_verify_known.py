"""What is known already steers: seals after the round, values shown before, pledges used again.

Each is refused twice: by the step that would do it, and by both verifiers, which are shown the
folder of a bureau whose program does not refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from conftest import Tiny
from source_cases import QUICKNET, VALUES, parties
from stages import ABOUT, SECRET, SECRETS, VERIFIERS

from optimizer.draw import make_source
from optimizer.errors import InputError
from optimizer.flow import (
    Dossier,
    Given,
    commit_step,
    plan_step,
    record_step,
    reveal_step,
    seal_step,
    void_step,
)
from optimizer.flow import reveals as flow_reveals
from optimizer.flow import steps as flow_steps
from optimizer.io.seeds import SeedSource
from optimizer.verifier.verify import verify

DAY = "2023-09-15T"
AFTER = date(2026, 2, 20)


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what makes the program a careless one."""

    def make() -> None:
        for name in ("check_announced", "refuse_pledged"):
            monkeypatch.setattr(flow_steps, name, lambda *given: None)
        monkeypatch.setattr(flow_reveals, "_refuse_early", lambda *given: None)

    return make


def announced(tiny: Tiny, evidence: dict[str, Any], teams: SeedSource | None = None) -> Tiny:
    """Return the city whose first draw announces a source."""
    source = make_source(evidence).announced()
    campaign = replace(tiny.campaign, seed_source=source["source"], seed_announced=source)
    return replace(tiny, campaign=campaign, teams_seed=teams or SeedSource("dice", 10))


def at(city: Tiny, time: str) -> Given:
    return Given(city, DAY + time, VERIFIERS)


def refusal(step: Callable[[], Dossier]) -> tuple[str, str]:
    """Return code and text of what a step refuses."""
    with pytest.raises(InputError) as caught:
        step()
    (fault, *_) = caught.value.faults
    return fault.code, str(fault)


@pytest.mark.parametrize("first", ["", "10:00:00Z"])
def test_a_secret_sealed_after_the_round(
    tiny: Tiny, careless: Callable[[], None], first: str
) -> None:
    """A secret chosen once the round is out would choose the draw; a second one likewise."""
    city = announced(tiny, QUICKNET)  # its round is of 11:00:03
    now = commit_step(None, at(city, "09:00:00Z"), SECRETS, sealed=True, about=ABOUT)
    reason = ""
    if first:
        now = seal_step(now, at(city, first), SECRET, open_after=AFTER)
        reason = "the first was lost, they say"

    def late() -> Dossier:
        return seal_step(now, at(city, "10:50:04Z"), bytes(32), open_after=AFTER, reason=reason)

    code, text = refusal(late)
    assert code == "round-not-future"
    assert "600 s after the commitment" in text
    careless()
    done = reveal_step(late(), at(city, "11:10:00Z"), make_source(QUICKNET))
    fault = verify(dict(done.public)).first_fault
    assert fault
    assert fault["file"] == "ledger/entries.jsonl"
    assert fault["what"] == "can be known less than 600 s after its commitment"
    in_time = seal_step(now, at(city, "10:50:03Z"), bytes(32), open_after=AFTER, reason=reason)
    done = reveal_step(in_time, at(city, "11:10:00Z"), make_source(QUICKNET))
    assert verify(dict(done.public)).ok


def revealed(deadline: str, time: str) -> dict[str, Any]:
    """Return evidence of all parties, which revealed at a time."""
    return parties(DAY + deadline, {p: (v, DAY + time) for p, v in VALUES.items()})


@pytest.mark.parametrize("sealed", [False, True])
def test_a_value_shown_before_the_commitment(
    tiny: Tiny, careless: Callable[[], None], sealed: bool
) -> None:
    """A value that was shown before the source, or the secret, was committed counts for nothing."""
    evidence = revealed("10:00:00Z", "09:20:00Z" if sealed else "08:59:59Z")
    city = announced(tiny, evidence)
    now = commit_step(None, at(city, "09:00:00Z"), SECRETS, sealed=sealed, about=ABOUT)
    if sealed:
        now = seal_step(now, at(city, "09:30:00Z"), SECRET, open_after=AFTER)

    def recorded() -> Dossier:
        return record_step(now, at(city, "10:01:00Z"), evidence["reveals"])

    code, text = refusal(recorded)
    assert code == "reveal-before"
    assert "who shows a value before the commitment counts as missing" in text
    careless()
    done = reveal_step(recorded(), at(city, "10:10:00Z"), make_source(evidence))
    fault = verify(dict(done.public)).first_fault
    assert fault
    assert fault["what"] == "lies before the commitment that it is for"
    assert fault["place"].endswith("reveals[0].time")


@pytest.mark.parametrize("recorded", [True, False])
def test_a_pledge_serves_one_commitment(
    tiny: Tiny, careless: Callable[[], None], recorded: bool
) -> None:
    """After a second commitment parties commit anew: what they pledged first may be known."""
    evidence = revealed("10:00:00Z", "09:50:00Z")
    city = announced(tiny, evidence)
    first = commit_step(None, at(city, "09:00:00Z"), SECRETS, sealed=False, about=ABOUT)
    if recorded:
        first = record_step(first, at(city, "10:01:00Z"), evidence["reveals"])
    evidence = revealed("12:00:00Z", "11:50:00Z")
    city = announced(tiny, evidence)

    def second() -> Dossier:
        return commit_step(
            first, at(city, "11:00:00Z"), SECRETS, sealed=False, about=ABOUT,
            again=True, reason="another frame",
        )  # fmt: skip

    code, text = refusal(second)
    assert code == "party-pledged"
    assert "Let the party commit to a new value" in text
    careless()
    now = record_step(second(), at(city, "12:01:00Z"), evidence["reveals"])
    done = reveal_step(now, at(city, "12:10:00Z"), make_source(evidence))
    fault = verify(dict(done.public)).first_fault
    assert fault == {
        "file": "transcript/seed.json",
        "place": "source.parties[0].commitment",
        "what": "was used before in this publication",
    }


def test_a_pledge_of_the_first_draw_serves_no_second(tiny: Tiny) -> None:
    """The teams' source cannot name what parties revealed for the first draw."""
    evidence = revealed("10:00:00Z", "09:50:00Z")
    again = make_source(revealed("12:00:00Z", "11:50:00Z")).announced()
    teams = SeedSource("parties", announced=again)
    city = announced(tiny, evidence, teams)
    now = commit_step(None, at(city, "09:00:00Z"), SECRETS, sealed=False, about=ABOUT)
    now = record_step(now, at(city, "10:01:00Z"), evidence["reveals"])
    now = reveal_step(now, at(city, "10:10:00Z"), make_source(evidence))
    code, _ = refusal(lambda: plan_step(now, at(city, "10:20:00Z"), effort=1))
    assert code == "party-pledged"


def test_a_pledge_of_a_voided_draw_serves_no_later(
    tiny: Tiny, careless: Callable[[], None]
) -> None:
    """A pledge for the teams of a draw that was declared void is known as well."""
    again = revealed("12:00:00Z", "11:50:00Z")
    dice = {"source": "dice", "sides": 10, "rolls": "31415926535897932384"}
    city = announced(tiny, dice, SeedSource("parties", announced=make_source(again).announced()))
    now = commit_step(None, at(city, "09:00:00Z"), SECRETS, sealed=False, about=ABOUT)
    now = reveal_step(now, at(city, "10:10:00Z"), make_source(dice))
    now = plan_step(now, at(city, "10:20:00Z"), effort=1)
    now = void_step(now, at(city, "12:10:00Z"), reason="all begins anew")
    evidence = revealed("15:00:00Z", "14:50:00Z")
    city = announced(tiny, evidence)
    careless()
    now = commit_step(
        now, at(city, "14:00:00Z"), SECRETS, sealed=False, about=ABOUT, again=True, reason="anew"
    )
    now = record_step(now, at(city, "15:01:00Z"), evidence["reveals"])
    now = reveal_step(now, at(city, "15:10:00Z"), make_source(evidence))
    fault = verify(dict(now.public)).first_fault
    assert fault
    assert fault["what"] == "was used before in this publication"
