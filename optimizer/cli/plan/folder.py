"""The folder that ``plan solve --out`` and ``plan amend --out`` write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from optimizer import canon
from optimizer.domain.registry import Document
from optimizer.io import write_folder
from optimizer.io.plans import DUTY_KEY
from optimizer.plan import Case, Plan
from optimizer.teams import roster_document


def write_plan(
    out: Path, case: Case, plan: Plan, more: Mapping[str, Document] | None = None
) -> None:
    """Write a plan with all that it was made from, whole or not at all.

    Parameters
    ----------
    more
        Name → further documents.
    """
    documents = {
        "checks": case.checks_document,
        "problem": plan.problem_document,
        "plan": plan.document,
        **(more or {}),
    }
    if case.capacity is None:
        documents["roster"] = roster_document(case.registers, campaign=case.campaign)
    files = {f"{name}.json": canon.canonical(document) for name, document in documents.items()}
    files["plan.csv"] = plan.to_frame().to_csv(index=False, lineterminator="\n").encode()
    listed = {name: canon.digest(data) for name, data in sorted(files.items())}
    manifest = {
        "format": "double-random/plan-folder/v1",
        DUTY_KEY: case.key.hex(),
        "files": listed,
    }
    files["manifest.json"] = canon.canonical(manifest)
    write_folder(out, files)
