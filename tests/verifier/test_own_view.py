"""An inspector's own view: own chances and days as committed and drawn, nothing of colleagues."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from typing import Any

import pytest
from late import late_campaign
from test_verify_own_odds import odds_of

from optimizer.canon import canonical
from optimizer.errors import InputError
from optimizer.flow import Dossier, own_view, standing_of, teams_report
from optimizer.publication.page_own import page
from optimizer.publication.page_teams import page as report_page

NAMES = {f"I-{n}{k}": f"张检查{n}{k}" for n in range(7) for k in range(4)}


@pytest.fixture(scope="module")
def named(tiny: Any) -> Any:
    """The tiny city, its people with names and certificates that no code looks like."""
    people = {
        name: replace(one, name=NAMES[name], certificate=f"晋执{name[2:]}号")
        for name, one in tiny.registers.inspectors.items()
    }
    return replace(tiny, registers=replace(tiny.registers, inspectors=people))


@pytest.fixture(scope="module")
def late(named: Any) -> dict[str, Dossier]:
    return late_campaign(named)


@pytest.fixture(scope="module")
def shut(named: Any) -> dict[str, Dossier]:
    return late_campaign(named, sealed=True)


def views(dossier: Dossier) -> dict[str, dict[str, Any]]:
    standing = standing_of(dossier)
    return {name: own_view(standing, name) for name in sorted(NAMES)}


@pytest.mark.parametrize("stage", ["first", "ill", "amended", "whole"])
def test_chances_and_days_are_those_committed_and_drawn(
    late: dict[str, Dossier], stage: str
) -> None:
    """Each seat's odds are of the document; who goes is in the team, and nobody else is told so."""
    dossier = late[stage]
    standing = standing_of(dossier)
    teams = standing.teams()
    for name, view in views(dossier).items():
        going = {one["visit"] for one in view["going"]}
        assert going == {v for v, units in teams.items() if any(name in p for p in units.values())}
        for one in view["rounds"]:
            told = [
                (seat["visit"], seat["skill"], Fraction(seat["odds"]), seat["state"])
                for day in one["days"]
                for seat in day["seats"]
            ]
            wanted = {(v, s): odds for v, s, odds in odds_of(dossier, one["round"], name)}
            for visit, skill, odds, state in told:
                assert abs(odds * 10**9 - wanted.get((visit, skill), 0)) <= 500
                assert (state == "going") == (visit in going)
            if not one["replaced"]:
                assert set(wanted) <= {(visit, skill) for visit, skill, _, _ in told}
            total = sum((odds for _, _, odds, _ in told), Fraction(0))
            days = sum((Fraction(day["expected"]) for day in one["days"]), Fraction(0))
            assert total == days


def test_who_stands_in_and_who_is_replaced_see_it(late: dict[str, Dossier]) -> None:
    """The stand-in goes and knows why; who fell ill sees that somebody else goes, not who."""
    (done,) = standing_of(late["ill"]).substitutions
    found = views(late["ill"])
    came, gone = found[done["substitute"]], found[done["absent"]]
    assert [one["stands_in"] for one in came["going"] if one["visit"] == done["visit"]] == [True]
    assert all(one["visit"] != done["visit"] for one in gone["going"])
    states = {
        seat["state"]
        for one in gone["rounds"]
        for day in one["days"]
        for seat in day["seats"]
        if seat["visit"] == done["visit"]
    }
    assert states == {"replaced"}


@pytest.mark.parametrize("stage", ["ill", "whole"])
def test_nothing_of_any_colleague_is_told(
    late: dict[str, Dossier], shut: dict[str, Dossier], stage: str
) -> None:
    """No other identifier or name is there; enterprises only of own visits and recusals."""
    for stages in (late, shut):
        for name, view in views(stages[stage]).items():
            for text in (canonical(view).decode(), page(view).decode()):
                assert set(re.findall(r"I-[0-9]{2}", text)) == {name}
                assert not any(other in text for other in NAMES.values())
                own = {one["enterprise"] for one in (*view["going"], *view["recusals"])}
                assert set(re.findall(r"\bE-[0-9]{2}\b", text)) <= own
            for one in view["rounds"]:
                assert not {"least", "greatest"} & one["workload"].keys()  # units of four


def test_the_range_of_a_unit_is_told_where_it_is_nobodys_own(
    late: dict[str, Dossier], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From `FEWEST` inspectors on, least, mean and greatest stand round the own half-days."""
    monkeypatch.setattr(import_module("optimizer.flow.own_view"), "FEWEST", 4)
    for view in views(late["whole"]).values():
        for one in view["rounds"]:
            work = {k: Fraction(v) for k, v in one["workload"].items()}
            assert work["least"] <= work["expected"] <= work["greatest"]
            assert work["least"] <= work["mean"] <= work["greatest"]
            assert work["carried"] <= work["expected"]
        assert b"own-work-" in page(view)


def test_who_is_not_in_any_roster_is_told(late: dict[str, Dossier]) -> None:
    """No such inspector."""
    with pytest.raises(InputError, match="of the roster"):
        own_view(standing_of(late["first"]), "I-99")


def test_names_are_in_no_public_document_before_the_visit(
    late: dict[str, Dossier], shut: dict[str, Dossier]
) -> None:
    """Sealed: neither names, certificates nor codes of anyone; open: codes, never a name."""
    for stage, dossier in shut.items():
        if stage == "open":
            continue
        public = b"\n".join(dossier.public.values()).decode("utf-8", "replace")
        assert not any(name in public for name in NAMES.values()), stage
        assert not re.search(r"\bI-[0-9]{2}\b|晋执", public), stage
    for stage, dossier in [*late.items(), ("open", shut["open"])]:
        for path, data in dossier.public.items():
            text = data.decode("utf-8", "replace")
            assert not any(name in text for name in NAMES.values()), (stage, path)
            assert "晋执" not in text, (stage, path)
            if path.endswith(".xlsx"):
                assert not _in_workbook(data), (stage, path)


def _in_workbook(data: bytes) -> list[str]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        text = "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return [name for name in NAMES.values() if name in text]


def test_the_report_says_how_evenly_chances_are_spread(late: dict[str, Dossier]) -> None:
    """Classes count every pair that may go; workloads are the drawn ones and what is expected."""
    for stage in ("drawn", "whole"):
        found = teams_report(standing_of(late[stage]))
        for one in found["rounds"]:
            for unit in one["units"]:
                chances = unit["chances"]
                assert list(chances) == [
                    "nought", "under_half", "under", "even", "over", "over_double",
                ]  # fmt: skip
                assert chances["nought"] == unit["nought"]
                assert sum(number for _, number in unit["standing"]) == len(unit["loads"])
                least, greatest = map(Fraction, unit["expected"])
                assert least <= greatest
        shown = report_page(found).decode()
        assert shown.count("<svg") > 2 * len(found["rounds"])
        assert not any(name in shown for name in NAMES)
        json.dumps(found)
    whole = teams_report(standing_of(late["whole"]))
    for one in whole["rounds"]:
        if not one["replaced"]:
            for unit in one["units"]:
                drawn = sorted(load for _, load in unit["loads"])
                assert drawn == sorted(x for x, n in unit["standing"] for _ in range(n))
