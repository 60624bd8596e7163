"""The scenario folder around the registers: campaign, rules, times."""

from __future__ import annotations

from fractions import Fraction

from optimizer.domain.days import Span
from scenarios.generator.arrivals import QUIET_EXEMPT
from scenarios.generator.demand import QUIET_DAYS, chosen_items
from scenarios.generator.orders import RATES
from scenarios.generator.profiles import Profile
from scenarios.generator.registers import FILES, area_list, register_files
from scenarios.generator.tables import ItemRow, areas

NOTICE = "阳政办发〔2025〕24号"


def scenario_files(
    profile: Profile, seed: int, *, scale: Fraction = Fraction(1), with_registers: bool = True
) -> dict[str, bytes]:
    """Return path → bytes of a whole scenario folder.

    Parameters
    ----------
    profile
        Already scaled.
    scale
        How it was scaled, for the record.
    with_registers
        Write the registers as files, or leave them to be generated at run time.
    """
    files = {
        "scenario.yaml": scenario_yaml(
            profile, seed, scale=scale, with_registers=with_registers
        ).encode(),
        "areas.csv": area_list(profile.region),
    }
    for name, text in rule_files(profile).items():
        files[name] = text.encode()
    if with_registers:
        files.update(register_files(profile, seed))
    return files


def scenario_yaml(
    profile: Profile, seed: int, *, scale: Fraction = Fraction(1), with_registers: bool = True
) -> str:
    """Return the text of ``scenario.yaml``."""
    lines = [
        f"# Generated: preset {profile.name}, seed {seed}, scale {scale}.",
        "# Enterprises, persons and codes are made up; counties, industries and rules are real.",
        "format: double-random/scenario/v1",
        f"name: {profile.name}",
        f"title: {{en: {profile.title['en']!r}, zh: {profile.title['zh']!r}}}",
        f'city: "{areas(profile.region)[0].code}"',
        "identifiers: uscc",
        f"horizon: {_span(profile.horizon)}",
    ]
    if not with_registers:
        lines.append(
            f"generator: {{name: city, seed: {seed}, "
            f'parameters: {{preset: {profile.name}, scale: "{scale}"}}}}'
        )
    lines.append("registers:")
    lines += [f"  {name}: {path}" for name, path in FILES.items()]
    lines += [
        "codes: {areas: areas.csv}",
        "calendar: {country: cn}",
        f"rules: [{', '.join(rule_files(profile))}]",
        "times:",
        *(f"  {act}: {time}" for act, time in profile.times.items()),
        "secrets: demo",
        "campaign:",
        f"  id: {profile.name}-2026",
        "  mode: open",
        f'  seed: {{source: dice, sides: 10, rolls: "{profile.seeds[0]}"}}',
        "  orders:",
    ]
    for item in chosen_items(profile):
        for key in item.windows:
            lines += _order(profile, item, key)
    lines += [
        "teams:",
        f'  seed: {{source: dice, sides: 10, rolls: "{profile.seeds[1]}"}}',
        '  kappa: "3/10"',
        "about:",
        "  facts:",
        "    - en: Enterprises, inspectors, checks and visits are simulated from a seed.",
        "      zh: 检查对象、执法人员、检查任务和已实施检查均由种子模拟生成。",
        "    - en: Counties follow GB/T 2260, industries GB/T 4754; the zone code is made up.",
        "      zh: 区县代码依据GB/T 2260，行业代码依据GB/T 4754-2017；高新区代码为虚拟代码。",
        "    - en: Ratios and yearly caps of items follow a real item list (Zhejiang, 2017).",
        "      zh: 抽查比例与年度上限参照真实的随机抽查事项清单（浙江，2017年）。",
    ]
    return "\n".join(lines) + "\n"


def _order(profile: Profile, item: ItemRow, key: str) -> list[str]:
    rates = RATES[item.rates]
    lines = [f"    - item: {item.id}"]
    if len(item.windows) > 1:
        lines.append(f"      id: {item.id}-{key}")
    if "*" in rates:
        lines += ["      strata_by: [county]", f'      rate: "{rates["*"]}/100"']
    else:
        shown = ", ".join(f'{risk or _EMPTY}: "{rate}/100"' for risk, rate in rates.items())
        lines += ["      strata_by: [county, risk]", f"      rates: {{{shown}}}"]
    lines.append("      reserves: 2")
    if item.cells["yearly_cap"] == "1" and item.rates in ("p1", "p2", "p3"):
        lines.append(f"      rest_since: {profile.rest_since}")
    lines.append(f"      window: {_span(profile.windows[key])}")
    return lines


_EMPTY = '""'


def _span(span: Span) -> str:
    return f"{{from: {span.first}, to: {span.last}}}"


def rule_files(profile: Profile) -> dict[str, str]:
    """Return file name → text of the rule sets."""
    exempt = ", ".join(QUIET_EXEMPT)
    quiet = (
        f"  - {{id: quiet-high-tech, zones: [high-tech], month_days: [{QUIET_DAYS[0]}, "
        f"{QUIET_DAYS[1]}], exempt: [{exempt}], source: 阳政办函〔2024〕111号（期间为模拟设定）}}\n"
    )
    if profile.quiet_all:
        quiet = (
            f"  - {{id: quiet-all, month_days: [1, 31], exempt: [{exempt}], source: 测试情形}}\n"
        )
    main = f"""format: double-random/rules/v1
name: yangquan-2025
source: {NOTICE}
# Measure 4 orders yearly caps but leaves the numbers to each department: the limits are assumed.
caps:
  - {{id: cap-department, by: [department], limit: 2, source: 第四条}}
  - {{id: cap-total, by: [], limit: 4, limits: {{A: 3, D: 6}}, source: 第四条}}
quiet:
{quiet}team: {{lead: 2, other: 1, source: 行政处罚法第四十二条}}
level: {{both: county, major: city, cross_county: city, source: 第一条}}
exempt_sources: [complaint, transferred, assigned, monitoring, application]
exempt_uses_cap: false
joint_counts_each: false
rider_counts: true
gap_days: 5
offsite_first: true
"""
    if not profile.conflicting:
        return {"rules.yaml": main}
    strict = """format: double-random/rules/v1
name: county-strict
source: 测试情形
# A cap of one visit beside items drawn twice a year, quiet days that leave one week a month, and a
# gap longer than a quarter: checks must be left out, each with its reason.
caps:
  - {id: cap-once, by: [], limit: 1, source: 测试情形}
quiet:
  - {id: quiet-three-weeks, month_days: [1, 24], exempt: [complaint], source: 测试情形}
exempt_sources: [complaint]
exempt_uses_cap: true
gap_days: 100
"""
    return {"rules.yaml": main, "rules-strict.yaml": strict}
