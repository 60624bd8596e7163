"""Rule sets: read from files, several merged so that the strictest wins.

Merging, rule by rule, over the files in the order of the scenario:

- caps, quiet rules, closed units: all are kept, since a visit must respect every one of them (so
  the smaller cap binds, and a source enters on a quiet day only where every rule that covers it
  lets it in). A rule that stands in two files in the same words is kept once; where two rules share
  an identifier, the file's name is put before the later one.
- `team`: the larger number. `gap_days`: the larger number.
- `exempt_sources`: what all files that name them have in common, with the reasons (`exemptions`)
  of all.
- `exempt_uses_cap`, `joint_counts_each`, `rider_counts`, `offsite_first`: yes where one file says
  yes, no where those that speak of it say no.
- `level`: has no stricter side; two files that disagree are refused.

Unless one says otherwise: a cap or quiet rule holds in place of the rules it names in `replaces`,
wherever it applies; and a file's word on a setting it lists in `prevails` stands alone.

A file that is silent on a rule has no say in it; where all are silent, the default of
`optimizer.domain.rules` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.errors import Fault, InputError
from optimizer.io.rulefaults import KINDS, faults_together, file_faults
from optimizer.io.rulemerge import merge
from optimizer.io.yamlfile import YamlFile, read_yaml, schema_faults
from optimizer.plan import rules_document
from optimizer.registers.fault import make_fault
from optimizer.registers.near import nearest


def read_rules(files: Sequence[tuple[Path, str]]) -> RuleSet:
    """Read rule files and merge them.

    Parameters
    ----------
    files
        (path, name in faults) in order.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    found: list[YamlFile] = []
    faults: list[Fault] = []
    for path, name in files:
        try:
            one = read_yaml(path, file=name, schema="rules")
        except InputError as error:
            faults += error.faults
            continue
        faults += file_faults(one)
        found.append(one)
    faults += faults_together(found)
    if faults:
        raise InputError(faults)
    return merge([one.value for one in found])


def rules_from(document: Mapping[str, Any]) -> RuleSet:
    """Return the rule set that `optimizer.plan.rules_document` wrote out."""
    return merge([document])


def faults_of_rules(rules: RuleSet, file: str) -> list[Fault]:
    """Return the faults that rules would have in one rule file, each by itself."""
    document = {
        name: [_given(rule) for rule in value] if name in KINDS else value
        for name, value in rules_document(rules).items()
    }
    found = YamlFile(file, document, {})
    return schema_faults(found, "rules") or file_faults(found)


def _given(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if value is not None}


def rule_sources(rules: RuleSet) -> tuple[str, ...]:
    """Return every source of checks that the rules name, in order of first mention."""
    named = [*rules.exempt_sources, *(s for quiet in rules.quiet for s in quiet.exempt)]
    return tuple(dict.fromkeys(named))


def names_nobody(rules: RuleSet, registers: Registers, file: str) -> list[Fault]:
    """Return warnings for what rules name and registers do not hold, and for rules without source.

    A rule set may serve several cities, so this is no fault; but a slip of the pen would leave a
    rule without effect.
    """
    units = registers.units.values()
    enterprises = registers.enterprises
    known: dict[str, Iterable[str]] = {
        "departments": sorted({unit.department for unit in units}),
        "areas": sorted({unit.area for unit in units}),
        "units": registers.units,
        "items": registers.items,
        "zones": sorted({zone for e in enterprises.values() for zone in e.zones}),
        "enterprises": enterprises,
    }
    warnings: list[Fault] = []
    for kind, every in (("caps", rules.caps), ("quiet", rules.quiet), ("closed", rules.closed)):
        for rule in every:
            for field, words in known.items():
                place = f"{kind} {rule.id} {field}"
                warnings += _unknown(file, place, getattr(rule, field, ()), words)
            if not rule.source and not rules.source:
                warnings.append(make_fault("rule-without-source", file, None, kind, rule.id))
    overrides = rules.level.overrides
    return warnings + _unknown(file, "level overrides", overrides, known["departments"])


def _unknown(file: str, place: str, named: Iterable[str], known: Iterable[str]) -> list[Fault]:
    listed = known if isinstance(known, Mapping) else frozenset(known)
    warnings = []
    for word in named:
        if word not in listed:
            near = "" if isinstance(known, Mapping) else nearest(word, known)
            warnings.append(make_fault("rule-names-nobody", file, None, place, word, near=near))
    return warnings
