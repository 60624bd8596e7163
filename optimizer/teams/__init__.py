"""The second random: which inspectors go.

Format page: ``docs/formats/teams.md``. Odds are committed before the seed exists; the lottery
has exactly those odds, and keeps every rule in every outcome.
"""

from optimizer.teams.hall import explain_cuts, find_cuts
from optimizer.teams.leaves import OddsLeaves, make_leaves
from optimizer.teams.lottery import Teams, draw_teams
from optimizer.teams.odds import Odds, PartOdds, commit_odds
from optimizer.teams.restored import restore_odds
from optimizer.teams.substitute import Substitution, chances_after, replacement, substitute
from optimizer.teams.transcript import roster_document

__all__ = [
    "Odds",
    "OddsLeaves",
    "PartOdds",
    "Substitution",
    "Teams",
    "chances_after",
    "commit_odds",
    "draw_teams",
    "explain_cuts",
    "find_cuts",
    "make_leaves",
    "replacement",
    "restore_odds",
    "roster_document",
    "substitute",
]
