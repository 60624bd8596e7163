"""`after` and `theta`: earlier publications are verified, and stand in order."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from test_verify_earlier import earlier, run

from optimizer.errors import Fault
from optimizer.io.earlier import read_after
from optimizer.io.yamlfile import YamlFile
from optimizer.messages import MESSAGES, in_language


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two publications, the second dealt after the first."""
    place = tmp_path_factory.mktemp("published")
    first = run("tiny-q1")
    second = run("tiny-q2", earlier(first), theta=Fraction(2, 3))
    for name, done in (("q1", first), ("q2", second)):
        for path, data in done.documents.items():
            target = place / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return place


def read(
    folder: Path, after: list[str] | None, theta: str | None = "1/2", campaign: str = "tiny-q3"
) -> tuple[list[tuple[str, bool]], Fraction, list[Fault]]:
    raw = {"id": campaign, "after": after, "theta": theta}
    raw = {key: value for key, value in raw.items() if value is not None}
    found = YamlFile("scenario.yaml", {"campaign": raw}, {"campaign": 3})
    draws, share, faults = read_after(
        found, folder, raw, {"committed": "2026-04-01T09:00:00+08:00"}
    )
    return [(one.campaign, one.is_counted) for one in draws], share, faults


def test_what_a_draw_was_dealt_after_comes_along(folder: Path) -> None:
    """Ancestors stand first, and count only if they are named."""
    assert read(folder, None, None) == ([], Fraction(1), [])
    assert read(folder, ["q1"]) == ([("tiny-q1", True)], Fraction(1, 2), [])
    chain = [("tiny-q1", False), ("tiny-q2", True)]
    assert read(folder, ["q2"], "0") == (chain, Fraction(0), [])
    both = [("tiny-q1", True), ("tiny-q2", True)]
    assert read(folder, ["q1", "q2"])[0] == both
    assert read(folder, ["q2", "q1"])[0] == both, "whatever the order in which they are named"


@pytest.mark.parametrize("theta", ["", "3/2", "-1/2", "half", "1/1000001"])
def test_theta_outside_is_refused(folder: Path, theta: str) -> None:
    """Theta is a share with a denominator of at most a million."""
    assert [fault.code for fault in read(folder, ["q1"], theta)[2]] == ["theta"]


def test_after_and_theta_stand_together(folder: Path) -> None:
    """One without the other is refused: full coupling is to be chosen, not to happen."""
    for after, theta in ((["q1"], None), (None, "1/2")):
        assert [fault.code for fault in read(folder, after, theta)[2]] == ["theta-after"]


def test_publications_that_will_not_do(folder: Path, tmp_path: Path) -> None:
    """Missing, bent, doubled, of the same campaign, or drawn later: each is named."""
    (tmp_path / "bent" / "transcript").mkdir(parents=True)
    for path in sorted((folder / "q1").rglob("*")):
        target = tmp_path / "bent" / path.relative_to(folder / "q1")
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(path.read_bytes())
    file = tmp_path / "bent" / "transcript" / "draw.json"
    file.write_bytes(file.read_bytes().replace(b'"drawn":', b'"drown":'))
    cases = {
        "earlier-missing": read(folder, ["q9"]),
        "earlier-broken": read(tmp_path, ["bent"]),
        "earlier-twice": read(folder, ["q1", "q1"]),
        "earlier-self": read(folder, ["q2"], campaign="tiny-q1"),
    }
    found = YamlFile("scenario.yaml", {"campaign": {"after": ["q1"]}}, {"campaign": 3})
    raw = {"id": "tiny-q3", "after": ["q1"], "theta": "1"}
    late = read_after(found, folder, raw, {"committed": "1969-01-01T09:00:00+08:00"})
    cases["earlier-late"] = ([], late[1], late[2])
    for code, (_, _, faults) in cases.items():
        assert [fault.code for fault in faults] == [code]
        (fault,) = faults
        assert fault.field.startswith("campaign.after[")
        assert fault.mend
        assert MESSAGES[code].mend_zh in in_language(fault, "zh")
