"""Level routing (measure 1), with the reason that decided."""

from __future__ import annotations

from itertools import product

import pytest
from checks_city import BOTH, make_enterprise, make_item

from optimizer.checks import level_of
from optimizer.domain.rules import LevelRule


@pytest.mark.parametrize(
    ("item", "enterprise", "rule", "expected"),
    [
        ({}, {}, {}, ("county", "both-competent")),
        ({}, {}, {"both": "city"}, ("city", "both-competent")),
        ({}, {"major": True}, {}, ("city", "major")),
        ({}, {"cross_county": True}, {}, ("city", "cross-county")),
        ({}, {"major": True, "cross_county": True}, {}, ("city", "major")),
        ({}, {"major": True}, {"major": "joint"}, ("joint", "major")),
        ({}, {"cross_county": True}, {"cross_county": "joint"}, ("joint", "cross-county")),
        ({"mode": "joint"}, {}, {}, ("joint", "item-mode")),
        ({"mode": "county"}, {"major": True}, {}, ("county", "item-mode")),
        ({"mode": "city"}, {}, {}, ("city", "item-mode")),
        ({}, {"major": True}, {"overrides": {"market": "county"}}, ("county", "sector-override")),
        ({"mode": "city"}, {}, {"overrides": {"market": "joint"}}, ("joint", "sector-override")),
        ({}, {}, {"overrides": {"fire": "city"}}, ("county", "both-competent")),
        ({"levels": ("county",)}, {"major": True}, {}, ("county", "only-county")),
        ({"levels": ("city",)}, {}, {"overrides": {"market": "county"}}, ("city", "only-city")),
    ],
)
def test_first_rule_that_applies_decides(item, enterprise, rule, expected) -> None:
    """Competence, higher authority, item's mode, major, cross-county, both: in this order."""
    level = level_of(make_item(**item), make_enterprise(**enterprise), LevelRule(**rule))
    assert level == expected


def test_a_level_without_competence_is_never_chosen() -> None:
    """Whatever flags, modes and overrides say, a level that is not competent stays out."""
    for levels, major, cross, override, mode in product(
        [("city",), ("county",), BOTH],
        [False, True],
        [False, True],
        [None, "county", "city", "joint"],
        ["auto", "county", "city", "joint"],
    ):
        rule = LevelRule(overrides={} if override is None else {"market": override})
        level, reason = level_of(
            make_item(levels=levels, mode=mode),
            make_enterprise(major=major, cross_county=cross),
            rule,
        )
        attending = {"joint": set(BOTH)}.get(level, {level})
        assert attending <= set(levels)
        assert (len(levels) == 1) == reason.startswith("only-")
