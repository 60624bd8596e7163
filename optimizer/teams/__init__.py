"""The second random: which inspectors go.

Format page: ``docs/formats/teams.md``. Odds are committed before the seed exists; the lottery
has exactly those odds, and keeps every rule in every outcome.
"""

from optimizer.teams.hall import explain_cuts, find_cuts
from optimizer.teams.leaves import OddsLeaves, make_leaves
from optimizer.teams.lottery import Teams, draw_teams
from optimizer.teams.odds import Odds, PartOdds, commit_odds
from optimizer.teams.overrun import (
    TWICE,
    Came,
    Overrun,
    as_drawn,
    neighbours,
    overruns,
    with_overruns,
)
from optimizer.teams.restored import restore_odds
from optimizer.teams.spans import SpanCut, explain_spans, find_span_cuts
from optimizer.teams.substitute import (
    Muster,
    Substitution,
    chances_after,
    replacement,
    substitute,
)
from optimizer.teams.transcript import roster_document, roster_entries

__all__ = [
    "TWICE",
    "Came",
    "Muster",
    "Odds",
    "OddsLeaves",
    "Overrun",
    "PartOdds",
    "SpanCut",
    "Substitution",
    "Teams",
    "as_drawn",
    "chances_after",
    "commit_odds",
    "draw_teams",
    "explain_cuts",
    "explain_spans",
    "find_cuts",
    "find_span_cuts",
    "make_leaves",
    "neighbours",
    "overruns",
    "replacement",
    "restore_odds",
    "roster_document",
    "roster_entries",
    "substitute",
    "with_overruns",
]
