"""Several rule sets together: the strictest wins."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
import yaml

from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.errors import InputError
from optimizer.io import read_rules
from optimizer.io.rules import names_nobody, rule_sources, rules_from
from optimizer.plan import rules_document

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


COAL = {
    "name": "coal",
    "source": "煤矿办法",
    "caps": [
        {"id": "cap", "by": ["department"], "limit": 6, "industries": ["06"], "replaces": ["cap"]}
    ],
    "quiet": [{"id": "coal", "industries": ["06"], "weekdays": [1], "replaces": ["q", "q2"]}],
    "gap_days": 1,
    "exempt_sources": ["complaint", "licence"],
    "sources": {"gap_days": "第九条"},
    "prevails": ["gap_days"],
}


def test_a_rule_that_says_otherwise(tmp_path: Path) -> None:
    """A looser rule names those it replaces, in whichever file and by the names they end with."""
    rules = read(tmp_path, CITY, COUNTY, COAL)
    assert {cap.id: cap.replaces for cap in rules.caps} == {
        "cap": (),
        "county/cap": (),
        "total": (),
        "coal/cap": ("cap", "county/cap"),
    }
    assert rules.quiet[-1].replaces == ("q", "q2")
    other = read(tmp_path, COAL, COUNTY, CITY)
    assert {cap.id: cap.replaces for cap in other.caps} == {
        "cap": ("county/cap", "city/cap"),
        "county/cap": (),
        "total": (),
        "city/cap": (),
    }


def test_a_file_that_prevails_in_a_setting(tmp_path: Path) -> None:
    """Its word stands alone in the settings it lists; the strictest wins in the others."""
    for order in permutations((CITY, COUNTY, COAL)):
        rules = read(tmp_path, *order)
        assert rules.gap_days == 1
        assert dict(rules.sources) == {"gap_days": "第九条"}
        assert rules.team.lead == 3
        assert rules.exempt_sources == ("complaint",)
    level = {"name": "ministry", "level": {"both": "city"}, "prevails": ["level"]}
    assert read(tmp_path, COUNTY, level).level.both == "city"


def test_exemption_codes_have_reasons_and_sources(tmp_path: Path) -> None:
    """The reasons of all files stand beside the codes that are left."""
    told = {
        "name": "told",
        "exempt_sources": ["complaint", "assigned"],
        "exemptions": {
            "complaint": {"reason": "投诉举报核查", "source": "第四条"},
            "assigned": {"reason": "上级交办"},
        },
    }
    rules = read(tmp_path, told, {"name": "few", "exempt_sources": ["complaint"]})
    assert {code: (e.reason, e.source) for code, e in rules.exemptions.items()} == {
        "complaint": ("投诉举报核查", "第四条")
    }
    assert read(tmp_path, COUNTY).exemptions == {}


def test_which_file_a_rule_is_from_is_kept(tmp_path: Path) -> None:
    """Rules without a source of their own have their file's where several are merged."""
    rules = read(tmp_path, CITY, COUNTY)
    assert [cap.source for cap in rules.caps] == ["市文件", "县文件", "县文件"]
    assert [cap.source for cap in read(tmp_path, CITY).caps] == [""]


def test_what_is_published_reads_back_as_the_same_rules(tmp_path: Path) -> None:
    """The document of a rule set is a rule file that says the same."""
    full = {
        **COAL,
        "caps": [
            {
                "id": "cap",
                "by": ["department", "level", "area", "item", "sector", "risk"],
                "limit": 6,
                "limits": {"A": 2},
                "departments": ["mine"],
                "industries": ["06"],
                "levels": ["city"],
                "areas": ["140302"],
                "items": ["mine-1"],
                "zones": ["高新区"],
                "enterprises": ["E"],
                "sizes": ["small"],
                "risks": ["A"],
                "source": "第一条",
            }
        ],
        "quiet": [
            {
                "id": "q",
                "weekdays": [1, 7],
                "yearly": ["12-28/01-05", "02-29"],
                "month_days": [1, 2],
            }
        ],
        "closed": [
            {
                "id": "c",
                "units": ["u"],
                "levels": ["county"],
                "areas": ["1"],
                "spans": ["2026-01-01"],
            }
        ],
        "exemptions": {c: {"reason": c, "source": "第四条"} for c in COAL["exempt_sources"]},
    }
    rules = read(tmp_path, full)
    document = rules_document(rules)
    for rule in [*document["quiet"], *document["closed"]]:
        if rule["month_days"] is None:
            del rule["month_days"]
    del document["format"]
    assert read(tmp_path, document) == rules


def test_a_slip_of_the_pen_is_a_warning(tmp_path: Path) -> None:
    """What the registers do not hold and rules without a source are named, not refused."""
    rules = read(
        tmp_path,
        {
            "name": "slips",
            "caps": [{"id": "a", "by": [], "limit": 1, "items": ["x"], "zones": ["z"]}],
            "closed": [{"id": "c", "units": ["u"], "weekdays": [1], "source": "第一条"}],
        },
    )
    found = names_nobody(rules, Registers({}, {}, {}, {}), "s.yaml")
    assert [(fault.code, fault.field, fault.value) for fault in found] == [
        ("rule-names-nobody", "caps a items", "x"),
        ("rule-names-nobody", "caps a zones", "z"),
        ("rule-without-source", "caps", "a"),
        ("rule-names-nobody", "closed c units", "u"),
    ]


def test_a_published_rule_set_is_read_as_it_was(tmp_path: Path) -> None:
    """Merged rules come back from their document alike, names with a file's name included."""
    rules = read(tmp_path, CITY, COUNTY, COAL)
    assert rules_from(rules_document(rules)) == rules
