"""One visit of one unit as a panel: where lotteries over panels can be compared."""

from __future__ import annotations

from contextlib import redirect_stdout
from datetime import date
from fractions import Fraction
from io import StringIO

from benchmarks.teams_case import chances
from benchmarks.teams_instances import PERIOD, RULES
from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Registers
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Seat, Visit
from optimizer.teams import commit_odds


def panel_odds(pool: int, wanted: int, holders: int) -> dict[str, float]:
    """Return each person's chance by this project: `wanted` of `pool`, one with the skill."""
    people = {
        f"p{k:03d}": Inspector(
            f"p{k:03d}",
            "",
            "u",
            "",
            Span(date(2020, 1, 1), date(2030, 1, 1)),
            frozenset({"skill"} if k < holders else ()),
        )
        for k in range(pool)
    }
    unit = Unit("u", "Unit", "d", "Department", "county", "140302")
    visit = Visit("V1", "E1", PERIOD.first, ("P1",), "u", (Seat("u", wanted, 1, ("skill",)),))
    odds = commit_odds(
        [visit],
        Registers({}, {"u": unit}, people, {}),
        RULES,
        campaign="bench",
        plan_digest="00" * 32,
        period=PERIOD,
        duty_key=bytes(32),
        kappa=Fraction(0),
    )
    return {name: chance for (_, name), chance in chances(odds).items()}


def panel_shares(pool: int, wanted: int, holders: int, number: int) -> dict[str, float]:
    """Return each person's share of panels by `sortition-algorithms` (leximin's free stand-in).

    One visit of one unit: `wanted` of `pool`, at least one of `holders` with the skill.

    Parameters
    ----------
    number
        Panels in the lottery, each equally likely.
    """
    from sortition_algorithms.core import find_random_sample
    from sortition_algorithms.features import read_in_features
    from sortition_algorithms.people import read_in_people
    from sortition_algorithms.settings import Settings

    features, _, _ = read_in_features(
        ["feature", "value", "min", "max"],
        [
            {"feature": "skill", "value": "holds", "min": "1", "max": str(wanted)},
            {"feature": "skill", "value": "none", "min": "0", "max": str(wanted - 1)},
        ],
    )
    settings = Settings(id_column="id", columns_to_keep=[])
    people, _ = read_in_people(
        ["id", "skill"],
        [{"id": f"p{k:03d}", "skill": "holds" if k < holders else "none"} for k in range(pool)],
        features,
        settings,
    )
    with redirect_stdout(StringIO()):
        lottery, _ = find_random_sample(
            features, people, wanted, [], selection_algorithm="maximin", number_selections=number
        )
    return {
        f"p{k:03d}": sum(f"p{k:03d}" in panel for panel in lottery) / len(lottery)
        for k in range(pool)
    }
