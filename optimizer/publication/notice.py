"""The two notices of a 双随机、一公开 campaign: of the plan and of the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from optimizer.domain.registry import Document
from optimizer.publication.facts.drawing import ItemDraw
from optimizer.publication.facts.year import MonthLoad
from optimizer.publication.locale_texts import Texts
from optimizer.publication.names import Names
from optimizer.publication.reason_texts import reason_text
from optimizer.publication.sheet import Cell, Column, Sheet
from optimizer.publication.text import rate

SEPARATOR = "、"

_MODES = {
    "auto": "按层级规则确定",
    "county": "市抽县查",
    "city": "市级检查",
    "joint": "市县联查",
}
_LEVELS = {"county": "市抽县查", "city": "市级检查", "joint": "市县联查"}
_WAYS = {"onsite": "现场检查", "offsite": "非现场检查"}
_UNIT_LEVELS = {"city": "市级", "county": "县级", "township": "乡镇（街道）"}


def task_number(campaign: str, number: int) -> str:
    """Return a task's number in the notices: the campaign's id and the place in the spec."""
    return f"{campaign}-{number:03d}"


def rate_range(rates: tuple[Fraction, Fraction]) -> str:
    """Return one rate, or the least and the greatest."""
    low, high = (rate(value) for value in rates)
    return low if low == high else f"{low}～{high}"


def _scope(item: ItemDraw, names: Names) -> str:
    """Return whom an item is about, in Chinese."""
    record = names.item_of(item.item)
    if record is None or not record.industries:
        return "本市检查对象名录库全部存续经营主体"
    return "行业：" + SEPARATOR.join(names.industry(code) for code in record.industries)


def _bodies(item: ItemDraw, names: Names) -> str:
    """Return which units carry an item out, by level, in Chinese."""
    record = names.item_of(item.item)
    units = [u for u in names.registers.units.values() if u.department == item.department]
    levels = record.levels if record else ()
    shown = [
        text
        for level, text in _UNIT_LEVELS.items()
        if level in levels and any(u.level == level for u in units)
    ]
    name = names.department(item.department)
    return f"{name}（{SEPARATOR.join(shown)}）" if shown else name


def plan_sheets(
    campaign: str,
    items: Sequence[ItemDraw],
    months: Sequence[MonthLoad],
    names: Names,
) -> tuple[Sheet, ...]:
    """Return the tables of the plan's notice: tasks, strata and the year by month."""
    return (
        _tasks(campaign, items, names),
        _strata(campaign, items, names),
        _months(months),
    )


def _tasks(campaign: str, items: Sequence[ItemDraw], names: Names) -> Sheet:
    columns = (
        Column("序号", "No.", 6),
        Column("抽查任务编号", "Task", 20),
        Column("抽查事项", "Item", 34),
        Column("检查主体", "Inspecting bodies", 34),
        Column("检查依据", "Legal basis", 36),
        Column("抽查类型", "Kind", 10),
        Column("抽查对象范围", "Scope", 36),
        Column("对象总数", "Population", 11),
        Column("抽查比例", "Rate", 14),
        Column("抽查数量", "Drawn", 11),
        Column("抽查时间", "Period", 25),
        Column("检查方式", "Way", 11),
        Column("组织方式", "Organised as", 16),
    )
    rows: list[tuple[Cell, ...]] = []
    for item in items:
        record = names.item_of(item.item)
        rows.append(
            (
                item.number,
                task_number(campaign, item.number),
                f"{names.item(item.item)}（{item.order or item.item}）",
                _bodies(item, names),
                record.basis if record else "",
                "定向抽查" if record and record.industries else "不定向抽查",
                _scope(item, names),
                item.population,
                rate_range(item.rates),
                item.sampled,
                f"{item.window[0]} 至 {item.window[1]}",
                _WAYS.get(record.way, record.way) if record else "",
                _MODES.get(record.mode, record.mode) if record else "",
            )
        )
    return Sheet("抽查计划", ("抽查任务清单", "Tasks"), columns, tuple(rows))


def _strata(campaign: str, items: Sequence[ItemDraw], names: Names) -> Sheet:
    columns = (
        Column("抽查任务编号", "Task", 20),
        Column("抽查事项", "Item", 34),
        Column("分层", "Stratum", 34),
        Column("对象数", "Population", 11),
        Column("抽查概率", "Probability", 14),
        Column("抽取数", "Drawn", 11),
        Column("候补数", "Reserves", 11),
    )
    rows = tuple(
        (
            task_number(campaign, item.number),
            names.item(item.item),
            names.stratum(list(item.strata_by), stratum.stratum),
            stratum.population,
            str(stratum.probability),
            len(stratum.sample),
            len(stratum.reserves),
        )
        for item in items
        for stratum in item.strata
    )
    title = ("分层抽查比例（概率为精确分数）", "Strata, with exact probabilities")
    return Sheet("分层比例", title, columns, rows)


def _months(months: Sequence[MonthLoad]) -> Sheet:
    columns = (
        Column("月份", "Month", 12),
        Column("工作日", "Working days", 10),
        Column("入企次数", "Visits", 12),
        Column("使用执法力量（人·半日）", "Used (half-days)", 24),
        Column("可用执法力量（人·半日）", "Available (half-days)", 24),
    )
    rows = tuple(
        (f"{m.month[0]}-{m.month[1]:02d}", m.working_days, m.visits, m.used, m.capacity)
        for m in months
    )
    return Sheet("月度安排", ("月度入企安排", "The year by month"), columns, rows)


def result_sheets(
    items: Sequence[ItemDraw],
    checks: Document,
    plan: Document,
    teams: Mapping[str, Sequence[str]],
    names: Names,
    texts: Texts,
) -> tuple[Sheet, ...]:
    """Return the tables of the results' notice.

    Every enterprise drawn for an item stands in exactly one row of the first: with its visit,
    as an off-site check, or with the reason why no visit could be arranged. Checks after
    complaints and the like are no result of the draw and are not listed.

    Parameters
    ----------
    teams
        Visit → inspectors' identifiers, for the visits of the drawn period.
    """
    return (_results(checks, plan, teams, names, texts), _reserves(items, names))


def _results(
    checks: Document,
    plan: Document,
    teams: Mapping[str, Sequence[str]],
    names: Names,
    texts: Texts,
) -> Sheet:
    columns = (
        Column("序号", "No.", 7),
        Column("企业名称", "Enterprise", 34),
        Column("统一社会信用代码", "Credit code", 22),
        Column("所属区县", "County", 12),
        Column("抽查事项", "Items", 44),
        Column("检查主体", "Units", 44),
        Column("组织方式", "Organised as", 12),
        Column("检查方式", "Way", 11),
        Column("检查月份", "Month", 11),
        Column("入企检查编号", "Visit", 14),
        Column("检查人员", "Inspectors", 30),
    )
    by_id = {check["id"]: check for check in checks["checks"]}
    groups: list[tuple[tuple[str, str, str], tuple[Cell, ...]]] = []

    def add(
        found: Sequence[Document], units: Sequence[str], way: str, month: str, visit: str, who: str
    ) -> None:
        enterprise = found[0]["enterprise"]
        items = sorted({check["item"] for check in found})
        levels = sorted({_LEVELS.get(str(c["level"]), str(c["level"])) for c in found})
        cells = (
            names.enterprise(enterprise),
            enterprise,
            names.area(names.county(enterprise)),
            SEPARATOR.join(names.item(item) for item in items),
            SEPARATOR.join(names.unit(unit) for unit in units),
            SEPARATOR.join(levels),
            _WAYS[way],
            month,
            visit,
            who,
        )
        groups.append(((enterprise, month, visit), cells))

    for visit in plan["visits"]:
        found = [by_id[i] for i in visit["checks"] if by_id[i]["source"] == "draw"]
        if not found:
            continue
        asked: set[str] = {unit for check in found for unit in check["units"]}
        lead = visit["lead"]
        units = sorted(asked, key=lambda unit: (unit != lead, unit))
        who = SEPARATOR.join(teams.get(visit["id"], ())) or "待抽取"
        add(found, units, "onsite", visit["day"][:7], visit["id"], who)
    for entry in plan["left_out"]:
        check = by_id[entry["check"]]
        if check["source"] == "draw":
            why = reason_text(entry["reason"], names, texts)[0]
            add([check], check["units"], "onsite", "未能安排", "", why)
    for check in checks["offsite"]:
        if check["source"] == "draw":
            add([check], check["units"], "offsite", check["due"][:7], "", "")
    groups.sort(key=lambda group: group[0])
    rows = tuple((i, *cells) for i, (_, cells) in enumerate(groups, start=1))
    return Sheet("抽取结果", ("抽取结果", "Results of the draw"), columns, rows)


def _reserves(items: Sequence[ItemDraw], names: Names) -> Sheet:
    columns = (
        Column("抽查事项", "Item", 34),
        Column("分层", "Stratum", 34),
        Column("候补顺序", "Order", 10),
        Column("企业名称", "Enterprise", 34),
        Column("统一社会信用代码", "Credit code", 22),
    )
    rows = tuple(
        (
            names.item(item.item),
            names.stratum(list(item.strata_by), stratum.stratum),
            place,
            names.enterprise(ident),
            ident,
        )
        for item in items
        for stratum in item.strata
        for place, ident in enumerate(stratum.reserves, start=1)
    )
    return Sheet("候补名单", ("候补名单", "Reserves"), columns, rows)
