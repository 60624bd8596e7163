"""Several rule sets together: the strictest wins."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
import yaml

from optimizer.domain.rules import RuleSet
from optimizer.errors import InputError
from optimizer.io import read_rules
from optimizer.io.rules import rule_sources

CITY = {
    "name": "city",
    "source": "市文件",
    "caps": [{"id": "cap", "by": ["department"], "limit": 2, "limits": {"A": 1}}],
    "quiet": [{"id": "q", "zones": ["高新区"], "month_days": [1, 20], "exempt": ["complaint"]}],
    "team": {"lead": 2},
    "level": {"overrides": {"fire": "county"}},
    "exempt_sources": ["complaint", "assigned", "licence"],
    "gap_days": 5,
    "rider_counts": False,
}
COUNTY = {
    "name": "county",
    "source": "县文件",
    "caps": [
        {"id": "cap", "by": ["department"], "limit": 3},
        {"id": "total", "by": [], "limit": 4},
    ],
    "quiet": [{"id": "q2", "spans": ["2026-06-07/2026-06-09", "2026-07-01"]}],
    "team": {"lead": 3, "other": 2},
    "level": {"both": "county"},
    "exempt_sources": ["assigned", "complaint"],
    "exempt_uses_cap": True,
    "gap_days": 3,
}
SILENT = {"name": "silent"}


def read(folder: Path, *sets: dict) -> RuleSet:
    files = []
    for i, one in enumerate(sets):
        path = folder / f"{i}.yaml"
        text = yaml.safe_dump({"format": "double-random/rules/v1", **one}, allow_unicode=True)
        path.write_text(text, "utf-8")
        files.append((path, path.name))
    return read_rules(files)


def test_no_rules_are_the_defaults(tmp_path: Path) -> None:
    """Without a file, and with a file that says nothing, the defaults hold."""
    assert read_rules([]) == RuleSet()
    silent = read(tmp_path, SILENT)
    assert silent.caps == ()
    assert silent.exempt_sources == RuleSet().exempt_sources
    assert (silent.rider_counts, silent.offsite_first, silent.gap_days) == (True, True, 0)


def test_strictest_wins(tmp_path: Path) -> None:
    """Both caps hold; the longer gap, the larger team, the fewer exemptions are taken."""
    rules = read(tmp_path, CITY, COUNTY, SILENT)
    assert [(cap.id, cap.limit) for cap in rules.caps] == [
        ("cap", 2),
        ("county/cap", 3),
        ("total", 4),
    ]
    assert [quiet.id for quiet in rules.quiet] == ["q", "q2"]
    assert rules.quiet[0].exempt == ("complaint",)
    assert len(rules.quiet[1].spans) == 2
    assert (rules.team.lead, rules.team.other) == (3, 2)
    assert rules.exempt_sources == ("complaint", "assigned")
    assert rules.exempt_uses_cap
    assert not rules.rider_counts
    assert rules.gap_days == 5
    assert rules.level.overrides == {"fire": "county"}
    assert rules.name == "city+county+silent"
    assert rules.source == "市文件; 县文件"


def test_order_of_files_changes_names_only(tmp_path: Path) -> None:
    """The strictest is the strictest in any order."""

    def meaning(rules: RuleSet) -> tuple:
        return (
            sorted((c.by, c.limit, sorted(c.limits.items())) for c in rules.caps),
            {q.id for q in rules.quiet},
            rules.team.lead,
            rules.team.other,
            set(rules.exempt_sources),
            rules.exempt_uses_cap,
            rules.rider_counts,
            rules.gap_days,
            rules.level.both,
            dict(rules.level.overrides),
        )

    found = [meaning(read(tmp_path, *order)) for order in permutations((CITY, COUNTY, SILENT))]
    assert all(one == found[0] for one in found)


def test_same_rule_twice_is_kept_once(tmp_path: Path) -> None:
    """A rule that two files state alike is one rule: merging a set with itself changes nothing."""
    alone, doubled = read(tmp_path, CITY), read(tmp_path, CITY, {**CITY, "name": "copy"})
    assert doubled.caps == alone.caps
    assert doubled.quiet == alone.quiet
    assert doubled.exempt_sources == alone.exempt_sources


def test_level_rules_that_disagree_are_refused(tmp_path: Path) -> None:
    """City or county: neither is stricter, so the bureau must say."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, {**CITY, "level": {"both": "city"}}, COUNTY)
    assert [fault.code for fault in caught.value.faults] == ["rules-disagree"]


def test_sources_of_all_rules_are_listed(tmp_path: Path) -> None:
    """Words of quiet rules count as sources too."""
    rules = read(tmp_path, {**CITY, "exempt_sources": ["licence"]})
    assert rule_sources(rules) == ("licence", "complaint")
