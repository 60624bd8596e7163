"""What changed between two versions of a plan, visit by visit (measure 6: re-filing)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.domain.registry import Document

Entry = Mapping[str, Any]

KINDS = ("kept", "moved", "changed", "new", "dropped")
"""``changed``: on its day, with other checks or another team."""


def diff_plans(before: Document, after: Document) -> Document:
    """Return the difference of two ``plan.json``.

    Visits of one enterprise are matched by day, then by how many checks they share; every visit
    that is not as it was must be filed again.

    Returns
    -------
    dict
        ``counts`` by kind, ``refile`` (numbers of the later plan, and of dropped visits in the
        earlier), ``visits``, and the checks newly ``left_out`` or no longer so (``placed``).
    """
    old, new = _by_enterprise(before), _by_enterprise(after)
    lines: list[Document] = []
    for enterprise in sorted(old.keys() | new.keys()):
        lines += _changes(enterprise, old.get(enterprise, []), new.get(enterprise, []))
    lines.sort(key=lambda line: (line["day"], line["enterprise"]))
    out_before = {out["check"] for out in before["left_out"]}
    out_after = {out["check"] for out in after["left_out"]}
    changed = [line for line in lines if line["kind"] != "kept"]
    return {
        "counts": {kind: sum(line["kind"] == kind for line in lines) for kind in KINDS},
        "refile": {
            "after": [line["visit"] for line in changed if line["visit"]],
            "before": [line["was"] for line in changed if not line["visit"]],
        },
        "visits": lines,
        "left_out": sorted(out_after - out_before),
        "placed": sorted(out_before - out_after),
    }


def _by_enterprise(plan: Document) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for visit in plan["visits"]:
        found.setdefault(visit["enterprise"], []).append(visit)
    return found


def _changes(enterprise: str, old: Sequence[Entry], new: Sequence[Entry]) -> list[Document]:
    pairs = sorted(
        (
            -(a["day"] == b["day"] and a["checks"] == b["checks"]),
            -(a["day"] == b["day"]),
            -len(set(a["checks"]) & set(b["checks"])),
            a["day"],
            b["day"],
            i,
            j,
        )
        for i, a in enumerate(old)
        for j, b in enumerate(new)
        if a["day"] == b["day"] or set(a["checks"]) & set(b["checks"])
    )
    matched: dict[int, int] = {}
    used: set[int] = set()
    for *_, i, j in pairs:
        if i not in matched and j not in used:
            matched[i] = j
            used.add(j)
    lines = []
    for i, a in enumerate(old):
        lines.append(_line(enterprise, a, new[matched[i]] if i in matched else None))
    lines += [_line(enterprise, None, b) for j, b in enumerate(new) if j not in used]
    return lines


def _line(enterprise: str, a: Entry | None, b: Entry | None) -> Document:
    before, after = set(a["checks"]) if a else set(), set(b["checks"]) if b else set()
    if a is None:
        kind = "new"
    elif b is None:
        kind = "dropped"
    elif a["day"] != b["day"]:
        kind = "moved"
    elif before == after and (a["seats"], a["lead"], a["exempt"]) == (
        b["seats"],
        b["lead"],
        b["exempt"],
    ):
        kind = "kept"
    else:
        kind = "changed"
    day = (b or a or {})["day"]
    return {
        "kind": kind,
        "enterprise": enterprise,
        "visit": b["id"] if b else None,
        "was": a["id"] if a else None,
        "day": day,
        "from": a["day"] if a else None,
        "joined": sorted(after - before) if a and b else [],
        "left": sorted(before - after) if a and b else [],
        "checks": sorted(after or before),
        "refile": kind != "kept",
    }
