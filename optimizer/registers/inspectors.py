"""The inspector register (执法人员名录库)."""

from __future__ import annotations

from typing import cast

from optimizer.domain.days import Span
from optimizer.domain.inspector import CAP_KINDS, Inspector, Recusal, VisitCap
from optimizer.registers.cells import (
    list_of,
    matching,
    needed,
    read_date,
    read_span,
    read_text,
    split_list,
    whole,
)
from optimizer.registers.fault import BadCell
from optimizer.registers.sheet import Keys, Sheet
from optimizer.registers.units import PLAIN_ID

KINDS = {
    "interest": "interest",
    "family": "family",
    "former_employer": "former_employer",
    "complaint": "complaint",
    "利害关系": "interest",
    "近亲属": "family",
    "原工作单位": "former_employer",
    "被投诉": "complaint",
}


def read_inspectors(sheet: Sheet, units: Keys, enterprises: Keys) -> tuple[list[Inspector], Keys]:
    """Read the register; faults are left in the sheet.

    A recusal against an enterprise that is not in its register is a fault (a slip of the pen
    would let the inspector in); one against an excluded enterprise stays and does no harm.
    """

    def recusals(text: str) -> tuple[Recusal, ...]:
        made = []
        for part in split_list(text):
            enterprise, _, word = part.replace("：", ":").partition(":")
            kind = KINDS.get(word.strip() or "interest")
            if kind is None:
                raise BadCell("recusal-kind-unknown", kind=word.strip())
            enterprise = enterprise.strip()
            if enterprise not in enterprises.known and not enterprises.unreadable:
                raise BadCell("recusal-enterprise-unknown", enterprise=enterprise)
            made.append(Recusal(enterprise, kind))
        return tuple(sorted(set(made), key=lambda r: (r.enterprise, r.kind)))

    def leave(text: str) -> tuple[Span, ...]:
        return tuple(sorted(list_of(read_span)(text), key=lambda span: (span.first, span.last)))

    ids = sheet.read("id", needed(matching(PLAIN_ID, "id-malformed")))
    sheet.mark_twice("id", "id-twice")
    names = sheet.read_names("name")
    own = sheet.read_references("unit", units, "unit-unknown")
    certificates = sheet.read("certificate", needed(read_text))
    sheet.mark_twice("certificate", "certificate-twice")
    first = sheet.read("valid_from", needed(read_date))
    last = sheet.read("valid_to", needed(read_date))
    for i in sheet.good_places():
        if last[i] < first[i]:
            sheet.add(i, "valid_to", "certificate-reversed", first=first[i].isoformat())
    skills = sheet.read("skills", list_of(read_text))
    leaves = sheet.read("leave", leave)
    barred = sheet.read("recusals", recusals)
    half_days = sheet.read("max_half_days", whole(1, 2, 2))
    workload = sheet.read("workload", whole(0, 1000, 0))
    caps = [
        (
            kind,
            sheet.read(f"max_{kind}", whole(0, 1000, None)),
            sheet.read(f"visits_{kind}", whole(0, 1000, 0)),
        )
        for kind in CAP_KINDS
    ]
    made = [
        Inspector(
            ids[i],
            names[i],
            own[i],
            certificates[i],
            Span(first[i], last[i]),
            frozenset(skills[i]),
            leaves[i],
            barred[i],
            cast("int", half_days[i]),
            cast("int", workload[i]),
            tuple(
                VisitCap(kind, most, cast("int", visits[i]))
                for kind, highest, visits in caps
                if (most := highest[i]) is not None
            ),
        )
        for i in sheet.good_places()
    ]
    return made, sheet.keys()
