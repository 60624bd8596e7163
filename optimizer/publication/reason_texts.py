"""Reasons and mends of the plan as sentences a clerk understands, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.publication.locale_texts import Texts
from optimizer.publication.names import Names

Pair = tuple[str, str]


def reason_text(reason: Mapping[str, Any], names: Names, texts: Texts) -> Pair:
    """Return a reason in words, with the unit, rule or clause it names."""
    zh, en = texts.named("reason", str(reason["code"]))
    named = []
    if reason.get("unit"):
        named.append(names.unit(str(reason["unit"])))
    rules = reason.get("rules") or ([reason["rule"]] if reason.get("rule") else [])
    named += [str(rule) for rule in rules]
    if reason.get("clause"):
        named.append(str(reason["clause"]))
    if not named:
        return zh, en
    return f"{zh}（{'、'.join(named)}）", f"{en} ({', '.join(named)})"


def mend_text(reason: Mapping[str, Any], names: Names, texts: Texts) -> Pair:
    """Return what would make room for a check, the cheapest first; empty where nothing is known."""
    found: list[Pair] = []
    for mend in reason.get("mend", []):
        kind = str(mend["mend"])
        if f"mend.{kind}" not in texts:
            found.append((kind, kind))
            continue
        days = [str(day) for day in mend.get("days", [])]
        values = {
            "unit": names.unit(str(mend.get("unit", ""))),
            "day": str(mend.get("day", "")),
            "days": ", ".join(days[:3]) + (" …" if len(days) > 3 else ""),
        }
        found.append(texts.pair(f"mend.{kind}", **values))
    return "；".join(pair[0] for pair in found), "; ".join(pair[1] for pair in found)
