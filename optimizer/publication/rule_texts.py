"""The rules in force as sentences in Chinese and English, each with its legal source."""

from __future__ import annotations

from typing import Any

from optimizer.domain.registry import Document
from optimizer.publication.locale_texts import Texts
from optimizer.publication.names import Names

Pair = tuple[str, str]
Row = tuple[Pair, Pair, str]


def _join(pairs: list[Pair]) -> Pair:
    return "、".join(p[0] for p in pairs), ", ".join(p[1] for p in pairs)


def _add(first: Pair, second: Pair) -> Pair:
    return first[0] + second[0], first[1] + second[1]


def _fill(texts: Texts, key: str, **values: Pair) -> Pair:
    """Fill a text with values that differ by language."""
    zh = texts.pair(key, **{name: pair[0] for name, pair in values.items()})[0]
    en = texts.pair(key, **{name: pair[1] for name, pair in values.items()})[1]
    return zh, en


def _cap(rule: Document, names: Names, texts: Texts) -> Row:
    kind = "department" if rule.get("by") else "total"
    text = texts.pair("rule.cap.text", limit=rule["limit"])
    if limits := rule.get("limits"):
        unclassed = texts.pair("rule.cap.unclassed")
        zh, en = (
            ", ".join(f"{label or unclassed[i]}: {limits[label]}" for label in sorted(limits))
            for i in (0, 1)
        )
        text = _add(text, _fill(texts, "rule.cap.labels", labels=(zh, en)))
    if departments := rule.get("departments"):
        shown = "、".join(names.department(d) for d in departments)
        text = _add(text, texts.pair("rule.cap.departments", departments=shown))
    if industries := rule.get("industries"):
        shown = "、".join(names.industry(code) for code in industries)
        text = _add(text, texts.pair("rule.cap.industries", industries=shown))
    return texts.pair(f"rule.cap.{kind}"), text, rule.get("source", "")


def _span(span: Any) -> str:
    first, last = span.split("/") if isinstance(span, str) else (span[0], span[-1])
    return f"{first} – {last}" if first != last else first


def _quiet(rule: Document, names: Names, texts: Texts) -> Row:
    when: list[Pair] = []
    if days := rule.get("month_days"):
        when.append(texts.pair("rule.quiet.month", first=days[0], last=days[1]))
    if spans := rule.get("spans"):
        when.append(texts.pair("rule.quiet.spans", spans="; ".join(map(_span, spans))))
    who = [texts.named("zone", zone) for zone in rule.get("zones", [])]
    who += [(n := names.enterprise(e), n) for e in rule.get("enterprises", [])[:10]]
    who += [(n := names.industry(code), n) for code in rule.get("industries", [])]
    whom = (
        _fill(texts, "rule.quiet.who", who=_join(who)) if who else texts.pair("rule.quiet.everyone")
    )
    text = _add(_join(when), whom)
    if exempt := rule.get("exempt"):
        sources = _join([texts.named("source", code) for code in exempt])
        text = _add(text, _fill(texts, "rule.quiet.exempt", exempt=sources))
    return texts.pair("rule.quiet"), text, rule.get("source", "")


def rule_rows(rules: Document, names: Names, texts: Texts) -> list[Row]:
    """Return name, sentence and legal source of every rule, in the order bureaus list them.

    Parameters
    ----------
    rules
        ``problem.rules``: the rule set with labels for risk classes.
    """
    whole_source = rules.get("source", "")
    rows: list[Row] = []
    if level := rules.get("level"):
        parts = {
            "both": texts.named("level", level.get("both", "county")),
            "major": texts.named("level", level.get("major", "city")),
            "cross": texts.named("level", level.get("cross_county", "city")),
        }
        rows.append(
            (
                texts.pair("rule.level"),
                _fill(texts, "rule.level.text", **parts),
                level.get("source", ""),
            )
        )
    rows += [_cap(rule, names, texts) for rule in rules.get("caps", [])]
    rows += [_quiet(rule, names, texts) for rule in rules.get("quiet", [])]
    if sources := rules.get("exempt_sources"):
        pairs = [texts.named("source", code) for code in sources]
        rows.append((texts.pair("rule.exempt"), _join(pairs), ""))
    if gap := rules.get("gap_days"):
        rows.append((texts.pair("rule.gap"), texts.pair("rule.gap.text", days=gap), ""))
    if team := rules.get("team"):
        text = texts.pair("rule.team.text", lead=team["lead"], other=team["other"])
        rows.append((texts.pair("rule.team"), text, team.get("source", "")))
    if rules.get("offsite_first"):
        rows.append((texts.pair("rule.offsite"), texts.pair("rule.offsite.text"), ""))
    return [(name, text, source or whole_source) for name, text, source in rows]
