"""A draw of SM3 dealt after one of SHA-256, and the other way: each is recomputed with its own."""

from __future__ import annotations

from dataclasses import replace

from conftest import SECRETS
from design_city import design_city
from test_verify_earlier import SEEDS, earlier

from optimizer.domain.earlier import EarlierDraw
from optimizer.draw import Dice
from optimizer.flow import Run, run_flow
from optimizer.verifier.verify import verify


def run(campaign: str, hash: str, *after: EarlierDraw) -> Run:
    city = design_city(id=campaign, after=after)
    return run_flow(
        replace(city, campaign=replace(city.campaign, hash=hash)),
        secrets=SECRETS,
        seed=Dice(SEEDS[campaign]),
        teams_seed=Dice("14142135623730950488"),
        effort=5,
    )


def test_a_chain_of_two_hashes_holds() -> None:
    """SHA-256, then SM3, then SHA-256 again, dealt after both."""
    first = run("tiny-q1", "sha256")
    second = run("tiny-q2", "sm3", earlier(first))
    third = run("tiny-2026", "sha256", earlier(first, is_counted=False), earlier(second))
    for done in (first, second, third):
        report = verify(dict(done.documents))
        assert report.ok, report.first_fault
