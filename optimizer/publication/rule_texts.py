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
    by = rule.get("by", [])
    keys = _join([texts.pair(f"rule.key.{key}") for key in by])
    name = (
        texts.pair("rule.cap.department" if by else "rule.cap.total")
        if by in ([], ["department"])
        else _fill(texts, "rule.cap.by", by=keys)
    )
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
    only = {
        "level": [texts.named("level", word) for word in rule.get("levels", [])],
        "area": [_alike(names.area(code)) for code in rule.get("areas", [])],
        "item": [_alike(names.item(item)) for item in rule.get("items", [])],
        "zone": [texts.named("zone", zone) for zone in rule.get("zones", [])],
        "enterprise": [_alike(names.enterprise(e)) for e in rule.get("enterprises", [])[:10]],
        "size": [(names.label("size", word), word) for word in rule.get("sizes", [])],
        "risk": [
            _alike(risk) if risk else texts.pair("rule.cap.unclassed")
            for risk in rule.get("risks", [])
        ],
    }
    for key, words in only.items():
        if words:
            what = texts.pair(f"rule.key.{key}")
            text = _add(text, _fill(texts, "rule.only", what=what, words=_join(words)))
    return name, _add(text, _instead(rule, texts)), rule.get("source", "")


def _alike(name: str) -> Pair:
    return name, name


def _instead(rule: Document, texts: Texts) -> Pair:
    replaced = rule.get("replaces")
    return texts.pair("rule.instead", rules=", ".join(replaced)) if replaced else ("", "")


def _span(span: Any) -> str:
    first, last = span.split("/") if isinstance(span, str) else (span[0], span[-1])
    return f"{first} – {last}" if first != last else first


def _when(rule: Document, texts: Texts) -> Pair:
    when: list[Pair] = []
    if days := rule.get("month_days"):
        when.append(texts.pair("rule.quiet.month", first=days[0], last=days[1]))
    if spans := rule.get("spans"):
        when.append(texts.pair("rule.quiet.spans", spans="; ".join(map(_span, spans))))
    if weekdays := rule.get("weekdays"):
        when.append(_join([texts.pair(f"rule.weekday.{day}") for day in weekdays]))
    if yearly := rule.get("yearly"):
        when.append(texts.pair("rule.yearly", days="; ".join(map(_span, yearly))))
    return _join(when)


def _quiet(rule: Document, names: Names, texts: Texts) -> Row:
    who = [texts.named("zone", zone) for zone in rule.get("zones", [])]
    who += [(n := names.enterprise(e), n) for e in rule.get("enterprises", [])[:10]]
    who += [(n := names.industry(code), n) for code in rule.get("industries", [])]
    whom = (
        _fill(texts, "rule.quiet.who", who=_join(who)) if who else texts.pair("rule.quiet.everyone")
    )
    text = _add(_when(rule, texts), whom)
    if exempt := rule.get("exempt"):
        sources = _join([texts.named("source", code) for code in exempt])
        text = _add(text, _fill(texts, "rule.quiet.exempt", exempt=sources))
    return texts.pair("rule.quiet"), _add(text, _instead(rule, texts)), rule.get("source", "")


def _closed(rule: Document, names: Names, texts: Texts) -> Row:
    who = [_alike(names.unit(unit)) for unit in rule["units"]]
    who += [_alike(names.department(department)) for department in rule["departments"]]
    who += [texts.named("level", level) for level in rule["levels"]]
    who += [_alike(names.area(area)) for area in rule["areas"]]
    whom = _fill(texts, "rule.quiet.who", who=_join(who)) if who else texts.pair("rule.closed.all")
    return texts.pair("rule.closed"), _add(_when(rule, texts), whom), rule["source"]


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
    rows += [_closed(rule, names, texts) for rule in rules.get("closed", [])]
    told = rules.get("sources", {})
    reasons = rules.get("exemptions", {})
    if sources := rules.get("exempt_sources"):
        pairs = [texts.named("source", code) for code in sources if code not in reasons]
        if pairs:
            clause = told.get("exempt_sources", "")
            rows.append((texts.pair("rule.exempt"), _join(pairs), clause))
    for code, about in sorted(reasons.items()):
        text = _fill(
            texts, "rule.exempt.why", code=texts.named("source", code), why=_alike(about["reason"])
        )
        rows.append((texts.pair("rule.exempt"), text, about["source"]))
    if gap := rules.get("gap_days"):
        clause = told.get("gap_days", "")
        rows.append((texts.pair("rule.gap"), texts.pair("rule.gap.text", days=gap), clause))
    if team := rules.get("team"):
        text = texts.pair("rule.team.text", lead=team["lead"], other=team["other"])
        rows.append((texts.pair("rule.team"), text, team.get("source", "")))
    if rules.get("offsite_first"):
        clause = told.get("offsite_first", "")
        rows.append((texts.pair("rule.offsite"), texts.pair("rule.offsite.text"), clause))
    return [(name, text, source or whole_source) for name, text, source in rows]
