"""The stand-alone verifier's check of odds and teams, timed on documents as published."""

from __future__ import annotations

import time

from optimizer.canon import canonical, digest
from optimizer.teams import Odds, Teams
from optimizer.verifier import verify


def verified_visits(odds: Odds) -> list[verify.Visit]:
    """Return the visits of some odds as the verifier holds them once it has read the plan."""
    return [
        verify.Visit(
            "",
            v.id,
            v.enterprise,
            v.day.isoformat(),
            n,
            0,
            [],
            [
                {
                    "unit": s.unit,
                    "inspectors": s.inspectors,
                    "effort": s.effort,
                    "skills": list(s.skills),
                }
                for s in v.seats
            ],
            v.exempt,
        )
        for n, v in enumerate(odds.visits)
    ]


def verify_seconds(odds: Odds, teams: Teams) -> float:
    """Return how long `verify.py` takes for rules, entropies, duty and rounding: one core.

    Raises
    ------
    optimizer.verifier.verify.Refused
        If it finds anything wrong.
    """
    texts = {
        "transcript/odds.json": canonical(odds.document),
        "transcript/teams.json": canonical(teams.document),
    }
    begin = time.perf_counter()
    books = verify.Books(verify.Memory(texts), None)
    books.campaign = odds.campaign
    books.bodies["odds"], books.rows["odds"] = {}, 1
    books.of_first = False  # no ledger stands beside these documents
    books.doc["roster.json"] = verify.parse(canonical(odds.roster_document), "roster.json")
    books.doc["problem.json"] = {"rules": {"team": {}}}  # no rule beyond the lottery's own
    books.doc["draw.json"] = {"key": odds.document["duty_key"]}
    books.doc["teams-seed.json"] = {"key": teams.key.hex()}
    books.digests["transcript/plan.json"] = odds.document["plan"]
    books.digests["transcript/roster.json"] = digest(canonical(odds.roster_document))
    books.digests["transcript/odds.json"] = odds.digest
    books.visits = verified_visits(odds)
    verify.check_odds(books)
    verify.check_teams(books)
    return time.perf_counter() - begin
