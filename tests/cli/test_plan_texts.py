"""Explanations can be said in both languages, whatever was found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optimizer.cli.plan.words import Words, load_texts

PLAN = Path(__file__).parents[2] / "optimizer" / "plan"


def test_texts_stand_in_both_languages() -> None:
    """Each text has Chinese and English that ask for the same values."""
    for key, (zh, en) in load_texts().items():
        assert zh.strip()
        assert en.strip()
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


@pytest.mark.parametrize(
    ("prefix", "files", "pattern"),
    [
        ("reason", ("why.py", "whynot.py", "explain.py"), r'"code": "([\w-]+)"'),
        ("day", ("explain.py",), r'\n        code = "([\w-]+)"'),
        ("collide", ("collide.py",), r'rules(?:\.append\(| \+= \[)\("([\w-]+)"'),
        ("mend", ("mends.py",), r'(?:_mend\(trial, |_set\(trial, |Mend\()"([\w-]+)"'),
    ],
)
def test_every_code_has_a_text(prefix: str, files: tuple[str, ...], pattern: str) -> None:
    """Every reason, day, rule and mend that the planner names has words."""
    texts = load_texts()
    codes = {code for name in files for code in re.findall(pattern, (PLAN / name).read_text())}
    assert len(codes) >= 4
    assert [code for code in sorted(codes) if f"{prefix}.{code}" not in texts] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_whole_answer_in_words(lang: str) -> None:
    """Rules, two mends together and visits that move are all said."""
    visit = {"day": "2026-03-05", "checks": ["c"], "visits": []}
    people = {
        "mend": "more-inspectors",
        "units": ["u1"],
        "inspectors": 1,
        "days": ["2026-03-05"],
        "week": "2026-W10",
        "inspector_days": 1,
    }
    moved = [{"enterprise": "e2", "from": ["2026-03-05"], "to": ["2026-03-06"]}]
    found = {
        "check": "c",
        "enterprise": "e",
        "item": "i",
        "window": ["2026-03-02", "2026-03-06"],
        "units": ["u1"],
        "collide": [{"rule": "capacity", "name": "u1"}, {"rule": "window", "name": ""}],
        "minimal": True,
        "scope": "enterprise",
        "fits": None,
        "mends": [
            {"mend": "move-others", "moved": moved, "visit": visit},
            {
                "mend": "together",
                "parts": [{"mend": "exempt-source", "sources": ["complaint"]}, people],
                "visit": visit,
            },
        ],
    }
    said = "\n".join(Words(lang).why_not(found))
    for word in ("u1", "2026-03-06", "e2", "complaint", "2026-W10"):
        assert word in said
    assert "{" not in said
