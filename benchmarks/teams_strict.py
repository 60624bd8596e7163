"""Strict leximin as a lottery: the yardstick of evenness, drawn by the same rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.teams_case import DUTY_KEY, Teams
from benchmarks.teams_instances import PERIOD, Instance
from optimizer.chance import sub_key
from optimizer.teams.duty import duties
from optimizer.teams.leximin import leximin
from optimizer.teams.lottery import draw_part
from optimizer.teams.marginals import exact_odds
from optimizer.teams.network import fill, forced_pairs
from optimizer.teams.odds import KAPPA, PartOdds, _part_odds, _tasks
from optimizer.teams.seats import by_unit, groups_of


@dataclass(frozen=True, slots=True)
class Strict:
    """Odds whose expected workloads are leximin, and whose entropy is whatever the flow gave.

    Attributes
    ----------
    chances
        Of (visit, inspector).
    spread
        Of the expected workloads: mean over inspectors of their unit's.
    """

    chances: dict[tuple[str, str], float]
    spread: float
    draw: Callable[[int], Teams]


def strict_lottery(instance: Instance) -> Strict:
    """Return the leximin lottery of a month."""
    groups, people = groups_of(instance.visits, None), by_unit(instance.registers)
    duty, _ = duties(groups, people, DUTY_KEY)
    parts: list[PartOdds] = []
    chances: dict[tuple[str, str], float] = {}
    spread = 0.0
    counted = 0
    for task in _tasks(groups, people, duty, set(), KAPPA, PERIOD.first):
        fairest = leximin(task.parts, task.workload)
        for part, (above, below) in zip(task.parts, fairest.pairs, strict=True):
            exact = exact_odds(part, forced_pairs(part, fill(part)), above / below)
            parts.append(_part_odds(part, exact, people[part.unit], PERIOD.first))
            p = exact / 1e9
            for g, i, x in zip(part.pair_group, part.pair_inspector, p, strict=True):
                if x:
                    at = (part.groups[g].visit, part.inspectors[i])
                    chances[at] = chances.get(at, 0.0) + float(x)
        mine = sorted({i for part in task.parts for i in part.pair_inspector.tolist()})
        loads = [fairest.served[i] + task.workload[i] for i in mine]
        spread += float(max(loads) - min(loads)) * len(mine)
        counted += len(mine)

    def draw(number: int) -> Teams:
        teams: dict[str, dict[str, list[str]]] = {}
        for part in parts:
            key = sub_key(number.to_bytes(32, "big"), "teams", f"{part.unit}/{part.effort}")
            for group, drawn in zip(part.groups, draw_part(part, key)[0], strict=True):
                team = teams.setdefault(group.visit, {}).setdefault(part.unit, [])
                team += [part.inspectors[i] for i in drawn]
        return teams

    return Strict(chances, spread / counted, draw)
