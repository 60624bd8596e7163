"""Amending a plan: new checks, a new version with its parent and reason, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from optimizer import canon
from optimizer.checks import check_entry
from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.flow.cases import staffed_case
from optimizer.plan import Case, Plan, diff_plans
from optimizer.progress import SILENT, Progress


@dataclass(frozen=True, slots=True)
class Amendment:
    """A later version of a plan.

    Attributes
    ----------
    plan
        With ``version`` and ``parent`` in its document.
    document
        ``amendment.json``: parent, reason, what was added and pinned.
    diff
        ``diff.json``: visit by visit, with what must be filed again.
    """

    case: Case
    plan: Plan
    document: Document
    diff: Document


def amend(
    case: Case,
    plan: Plan,
    *,
    added: Sequence[Check],
    pinned: Sequence[Visit] = (),
    reason: str,
    effort: int,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Amendment:
    """Add checks to a plan, moving as little as possible.

    Parameters
    ----------
    case, plan
        The version that stands.
    pinned
        Its visits that keep their day and their checks.
    reason
        Why, for the file.

    Raises
    ------
    InputError
        On checks that do not fit the registers.
    InfeasibleError
        Where the visits cannot all be staffed.
    """
    entries = [*case.checks_document["checks"], *(check_entry(check) for check in added)]
    checks = {**case.checks_document, "checks": sorted(entries, key=lambda entry: entry["id"])}
    fresh = replace(
        case,
        checks=tuple(sorted((*case.checks, *added), key=lambda check: check.id)),
        checks_document=checks,
        pinned=tuple(pinned),
    )
    parent = canon.digest(canon.canonical(plan.document), case.hash)
    found, cuts = staffed_case(
        fresh, previous=plan, effort=effort, workers=workers, progress=progress
    )
    version = {"version": int(plan.document["version"]) + 1, "parent": parent}
    found = replace(found, document={**found.document, **version})
    document: Document = {
        "format": "double-random/amendment/v1",
        "campaign": case.campaign,
        **version,
        "plan": canon.digest(canon.canonical(found.document), case.hash),
        "reason": reason,
        "added": sorted(check.id for check in added),
        "pinned": sorted(visit.id for visit in pinned),
    }
    return Amendment(
        replace(fresh, cuts=cuts), found, document, diff_plans(plan.document, found.document)
    )
