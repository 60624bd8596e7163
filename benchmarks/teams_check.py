"""Both verifiers' check of odds and teams, timed on documents as published."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

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


def verify_js_seconds(odds: Odds, teams: Teams) -> tuple[float, float] | None:
    """Return how long `verify.js` takes for the same, and its processor seconds.

    ``None`` where no node is installed (``NODE`` names another).

    Raises
    ------
    subprocess.CalledProcessError
        If it finds anything wrong.
    """
    node = os.environ.get("NODE") or shutil.which("node") or shutil.which("nodejs")
    if node is None:
        return None
    visits = [
        {"id": v.id, "enterprise": v.enterprise, "day": v.day, "seats": v.seats, "exempt": v.exempt}
        for v in verified_visits(odds)
    ]
    given = {
        "campaign": odds.campaign,
        "odds": canonical(odds.document).decode(),
        "teams": canonical(teams.document).decode(),
        "roster": canonical(odds.roster_document).decode(),
        "duty_key": odds.document["duty_key"],
        "key": teams.key.hex(),
        "digests": {
            "transcript/plan.json": odds.document["plan"],
            "transcript/roster.json": digest(canonical(odds.roster_document)),
        },
        "visits": visits,
    }
    script = Path(__file__).with_name("teams_check.js")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "given.json"
        place.write_text(json.dumps(given), "utf-8")
        done = subprocess.run(
            [node, "--max-old-space-size=2048", str(script), str(place)],
            capture_output=True,
            check=True,
        )
    told = json.loads(done.stdout)
    return float(told["seconds"]), float(told["cpu"])
