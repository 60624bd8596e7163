"""Auditable double-random draws, merged inspection plans and inspector lotteries.

Every public name is here, flat; the modules behind them load when a name is first used, so that
importing the package stays light.

>>> import optimizer as dr
>>> dr.Dice("31415926535897932384").entropy_millibits()
66438
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.checks import CheckList, make_checks
    from optimizer.draw import (
        Combined,
        Dice,
        Drand,
        Draw,
        Fixed,
        Lottery,
        Parties,
        Spec,
        draw_enterprises,
        draw_stream,
        make_part,
        make_source,
        make_spec,
    )
    from optimizer.errors import (
        CheckFailedError,
        DoubleRandomError,
        Fault,
        InfeasibleError,
        InputError,
        OrderError,
    )
    from optimizer.flow import Run, Secrets, demo_secrets, run_flow
    from optimizer.frame import Frame, build_frame, label_risk
    from optimizer.io import ParquetPart, Scenario, load_scenario
    from optimizer.ledger import Ledger, verify_checkpoint
    from optimizer.plan import FramePlan, Plan, plan_frame, plan_visits
    from optimizer.publication import PublicationInput, publish
    from optimizer.teams import Odds, Teams, commit_odds, draw_teams, find_cuts, substitute

_HOME = {
    "CheckFailedError": "errors",
    "CheckList": "checks",
    "Combined": "draw",
    "Dice": "draw",
    "DoubleRandomError": "errors",
    "Drand": "draw",
    "Draw": "draw",
    "Fault": "errors",
    "Fixed": "draw",
    "Frame": "frame",
    "FramePlan": "plan",
    "InfeasibleError": "errors",
    "InputError": "errors",
    "Ledger": "ledger",
    "Lottery": "draw",
    "Odds": "teams",
    "OrderError": "errors",
    "ParquetPart": "io",
    "Parties": "draw",
    "Plan": "plan",
    "PublicationInput": "publication",
    "Run": "flow",
    "Scenario": "io",
    "Secrets": "flow",
    "Spec": "draw",
    "Teams": "teams",
    "build_frame": "frame",
    "commit_odds": "teams",
    "demo_secrets": "flow",
    "draw_enterprises": "draw",
    "draw_stream": "draw",
    "draw_teams": "teams",
    "find_cuts": "teams",
    "label_risk": "frame",
    "load_scenario": "io",
    "make_checks": "checks",
    "make_part": "draw",
    "make_source": "draw",
    "make_spec": "draw",
    "plan_frame": "plan",
    "plan_visits": "plan",
    "publish": "publication",
    "run_flow": "flow",
    "substitute": "teams",
    "verify_checkpoint": "ledger",
}

__all__ = [  # noqa: RUF022 - in the order of the alphabet, capitals aside
    "build_frame",
    "CheckFailedError",
    "CheckList",
    "Combined",
    "commit_odds",
    "demo_secrets",
    "Dice",
    "DoubleRandomError",
    "Drand",
    "Draw",
    "draw_enterprises",
    "draw_stream",
    "draw_teams",
    "Fault",
    "find_cuts",
    "Fixed",
    "Frame",
    "FramePlan",
    "InfeasibleError",
    "InputError",
    "label_risk",
    "Ledger",
    "load_scenario",
    "Lottery",
    "make_checks",
    "make_part",
    "make_source",
    "make_spec",
    "Odds",
    "OrderError",
    "ParquetPart",
    "Parties",
    "Plan",
    "plan_frame",
    "plan_visits",
    "PublicationInput",
    "publish",
    "Run",
    "run_flow",
    "Scenario",
    "Secrets",
    "Spec",
    "substitute",
    "Teams",
    "verify_checkpoint",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
