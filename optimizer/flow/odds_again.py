"""Odds worked out once more from what is published: whoever moved them by hand shows here.

The stand-alone verifiers hold odds to the rules, to exact sums and to their entropy, with no
solver. Odds of two inspectors that are exchanged keep all three. They are no free choice, though:
the method is published, and gives the same bits on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.days import Span
from optimizer.domain.registry import Document
from optimizer.domain.rules import RuleSet
from optimizer.errors import DoubleRandomError
from optimizer.flow.drawn import Round, Standing
from optimizer.plan import restore_case, restore_visits
from optimizer.progress import SILENT, Progress
from optimizer.teams import commit_odds


@dataclass(frozen=True, slots=True)
class OddsAgain:
    """An odds document beside the same worked out anew.

    Attributes
    ----------
    document
        Its path.
    place
        The first place where it is not what the method gives; ``""``: there is none.
    """

    document: str
    place: str


def odds_again(
    standing: Standing,
    rules_of: Callable[[Document], RuleSet],
    *,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Iterator[OddsAgain]:
    """Work out every odds document of a publication anew.

    Parameters
    ----------
    standing
        Of a publication that verifies.
    rules_of
        From ``rules`` of problem.json to the rule set.
    """
    for one in standing.rounds:
        published = standing.parsed(one.odds)
        try:
            made = _made(standing, one, published, rules_of, workers, progress)
        except DoubleRandomError as error:
            yield OddsAgain(one.odds, str(error).splitlines()[0])
            continue
        yield OddsAgain(one.odds, _differs(published, made))


def _made(
    standing: Standing,
    one: Round,
    published: Document,
    rules_of: Callable[[Document], RuleSet],
    workers: int,
    progress: Progress,
) -> Document:
    problem, hash = standing.parsed(one.problem), standing.ledger.hash
    rules = rules_of(problem["rules"])
    key = Key.fromhex(standing.parsed("transcript/draw.json")["key"], hash)
    case = restore_case(
        standing.parsed(one.checks), problem, rules, key=key, roster=standing.parsed(one.roster)
    )
    odds = commit_odds(
        restore_visits(standing.parsed(one.plan)),
        case.registers,
        rules,
        campaign=standing.ledger.campaign,
        plan_digest=canon.digest(standing.documents[one.plan], hash),
        roster=standing.parsed(one.roster),
        period=Span(one.spans[0].first, one.spans[-1].last),
        duty_key=key,
        kappa=Fraction(published["kappa"]),
        workers=workers,
        progress=progress,
    )
    draws = {"draws": published["draws"]} if "draws" in published else {}
    return {**odds.document, **draws}


def _differs(found: Any, wanted: Any, place: str = "") -> str:
    """Return the first place where two documents differ; ``""``: nowhere."""
    if found == wanted:
        return ""
    if isinstance(found, dict) and isinstance(wanted, dict) and found.keys() == wanted.keys():
        name = next(name for name in sorted(found) if found[name] != wanted[name])
        return _differs(found[name], wanted[name], f"{place}.{name}".removeprefix("."))
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        index = next(
            k for k, pair in enumerate(zip(found, wanted, strict=True)) if pair[0] != pair[1]
        )
        return _differs(found[index], wanted[index], f"{place}[{index}]")
    return place or "the document"
