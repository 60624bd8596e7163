"""The stages composed: what the program, the API and the benchmarks call.

    registers → frame → first draw → checks → plan → second draw (teams) → ledger → publication

Nothing here reads a file, a clock or chance: secrets, seeds, times and progress are passed in.
"""

from optimizer.flow.acts import (
    EFFORT,
    Committed,
    OddsCommitted,
    Planned,
    Revealed,
    case_of,
    commit,
    commit_teams,
    first_month,
    make_plan,
    plan_as_it_stands,
    plan_before,
    reveal,
    reveal_teams,
    staffed_plan,
)
from optimizer.flow.amendment import Amendment, adopt_plan, amend, amend_standing
from optimizer.flow.book import Given
from optimizer.flow.carried import as_committed
from optimizer.flow.cases import staffed_case
from optimizer.flow.dossier import Dossier
from optimizer.flow.drawn import DrawDone, Round, Standing
from optimizer.flow.draws import (
    SpanDrawn,
    announce_source,
    current_odds,
    draw_span,
    read_odds,
    stand_in,
)
from optimizer.flow.explanations import explained, why_not
from optimizer.flow.figures import figures_of, summary_of
from optimizer.flow.given import ACTS, ScenarioLike, Secrets, SeedSourceLike, demo_secrets, seed_of
from optimizer.flow.insider import teams_report
from optimizer.flow.odds_again import OddsAgain, odds_again
from optimizer.flow.own_proof import own_odds, own_proof
from optimizer.flow.own_view import own_view
from optimizer.flow.periods import even_spans
from optimizer.flow.restored import restore_revealed
from optimizer.flow.reveals import append_reveals, may_replace
from optimizer.flow.risks import at_risk, commit_anew, overrun_words
from optimizer.flow.rounds import LaterRound, RoundCommitted, commit_round, later_round, read_visits
from optimizer.flow.run import Run, add_round, documents_of, run_flow
from optimizer.flow.steps import (
    commit_step,
    open_step,
    plan_step,
    record_step,
    reveal_step,
    seal_step,
    substitute_step,
    void_step,
)
from optimizer.flow.teamsteps import (
    Change,
    announce_step,
    commit_teams_step,
    known_never,
    stand_in_step,
    standing_of,
    teams_step,
)

__all__ = [
    "ACTS",
    "EFFORT",
    "Amendment",
    "Change",
    "Committed",
    "Dossier",
    "DrawDone",
    "Given",
    "LaterRound",
    "OddsAgain",
    "OddsCommitted",
    "Planned",
    "Revealed",
    "Round",
    "RoundCommitted",
    "Run",
    "ScenarioLike",
    "Secrets",
    "SeedSourceLike",
    "SpanDrawn",
    "Standing",
    "add_round",
    "adopt_plan",
    "amend",
    "amend_standing",
    "announce_source",
    "announce_step",
    "append_reveals",
    "as_committed",
    "at_risk",
    "case_of",
    "commit",
    "commit_anew",
    "commit_round",
    "commit_step",
    "commit_teams",
    "commit_teams_step",
    "current_odds",
    "demo_secrets",
    "documents_of",
    "draw_span",
    "even_spans",
    "explained",
    "figures_of",
    "first_month",
    "known_never",
    "later_round",
    "make_plan",
    "may_replace",
    "odds_again",
    "open_step",
    "overrun_words",
    "own_odds",
    "own_proof",
    "own_view",
    "plan_as_it_stands",
    "plan_before",
    "plan_step",
    "read_odds",
    "read_visits",
    "record_step",
    "restore_revealed",
    "reveal",
    "reveal_step",
    "reveal_teams",
    "run_flow",
    "seal_step",
    "seed_of",
    "staffed_case",
    "staffed_plan",
    "stand_in",
    "stand_in_step",
    "standing_of",
    "substitute_step",
    "summary_of",
    "teams_report",
    "teams_step",
    "void_step",
    "why_not",
]
