"""A plan as it stands becomes the next version: nothing moves, reasons are told anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from optimizer import canon
from optimizer.domain.check import Check
from optimizer.plan.board import board_of
from optimizer.plan.problem import build_problem
from optimizer.plan.proven import proven_bounds
from optimizer.plan.result import Plan
from optimizer.plan.standing import PlanState
from optimizer.plan.transcript import make_plan


@dataclass(frozen=True, slots=True)
class Amendment:
    """The next version of a plan.

    Attributes
    ----------
    plan
        With its documents; visits are numbered anew, in order of day and enterprise.
    version, parent
        As in ``plan.json``: one more than before, and the digest of the plan before.
    reason
        Why, for the ledger and the filing.
    """

    plan: Plan
    version: int
    parent: str
    reason: str


def amend(
    state: PlanState,
    before: Plan,
    *,
    reason: str,
    checks_digest: str,
    refused: Iterable[Check] = (),
) -> Amendment:
    """Write a plan as it stands after requests as the next version.

    Parameters
    ----------
    state
        Begun from `before`.
    checks_digest
        Digest of the ``checks.json`` that holds the checks of `before`, those granted since and
        those of `refused`.
    refused
        Checks that are to stand in the plan as left out, with the reason.

    Raises
    ------
    ValueError
        Without a reason.
    InputError
        If a check is both refused and planned, or does not fit the registers.
    """
    if not reason.strip():
        raise ValueError("an amendment needs a reason")
    base = before.problem
    hash = canon.hash_named(base.document)
    checks = {check.id: check for site in base.sites for check in site.checks}
    checks.update((check.id, check) for own in state.checks.values() for check in own)
    lost = {out.check for out in before.left_out}
    problem = build_problem(
        [*checks.values(), *(check for check in refused if check.id not in lost)],
        base.rules,
        campaign=base.campaign,
        registers=base.registers,
        calendar=base.calendar,
        checks_digest=checks_digest,
        capacity=base.capacity,
        cuts=base.cuts,
        not_before=base.maker.not_before,
        hash=hash,
    )
    board = board_of(problem, chain.from_iterable(state.visits.values()))
    version = int(before.document["version"]) + 1
    parent = canon.digest(canon.canonical(before.document), hash)
    plan = make_plan(
        board,
        proven_bounds(problem),
        solver=before.document["solver"],
        version=version,
        parent=parent,
    )
    return Amendment(plan, version, parent, reason)
