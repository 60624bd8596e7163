"""Columns of the six registers: English name, Chinese heading, needed or not."""

from __future__ import annotations

from dataclasses import dataclass

REQUIRED = ("enterprises", "units", "inspectors", "items")
OPTIONAL = ("triggered", "visits_made")
REGISTERS = (*REQUIRED, *OPTIONAL)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a register.

    Attributes
    ----------
    headings
        Chinese headings that stand for it.
    """

    name: str
    headings: tuple[str, ...]
    needed: bool = False


def _columns(*rows: str) -> tuple[Column, ...]:
    made = []
    for row in rows:
        name, *headings = row.split()
        made.append(Column(name.rstrip("!"), tuple(headings), name.endswith("!")))
    return tuple(made)


COLUMNS: dict[str, tuple[Column, ...]] = {
    "enterprises": _columns(
        "id! 统一社会信用代码",
        "name! 企业名称",
        "county! 所属区县",
        "industry! 行业代码",
        "risk 风险等级",
        "size 企业规模",
        "township 乡镇街道",
        "zones 特殊区域",
        "major 重大影响",
        "cross_county 跨区域",
        "status 登记状态",
        "lat 纬度",
        "lon 经度",
        "weight 抽查权数",
    ),
    "units": _columns(
        "id! 执法主体编码",
        "name! 执法主体名称",
        "department! 部门编码",
        "department_name! 部门名称",
        "level! 层级",
        "area! 区域代码",
    ),
    "inspectors": _columns(
        "id! 执法人员编号",
        "name! 姓名",
        "unit! 执法主体编码",
        "certificate! 执法证号",
        "valid_from! 发证日期",
        "valid_to! 有效期至",
        "skills 专业技能",
        "leave 休假",
        "recusals 回避",
        "max_half_days 每日半天数",
        "workload 已服务半天数",
        "max_week 每周检查上限",
        "max_month 每月检查上限",
        "max_year 每年检查上限",
        "visits_week 本周已检查次数",
        "visits_month 本月已检查次数",
        "visits_year 本年已检查次数",
    ),
    "items": _columns(
        "id! 事项编码",
        "name! 事项名称",
        "department! 部门编码",
        "basis 检查依据",
        "levels 检查层级",
        "way 检查方式",
        "inspectors 检查人数",
        "effort 工时半天",
        "skills 专业技能",
        "yearly_cap 年度上限",
        "industries 适用行业",
        "incompatible 不可合并",
        "mode 组织方式",
    ),
    "triggered": _columns(
        "id! 任务编号",
        "enterprise! 统一社会信用代码",
        "item! 事项编码",
        "source! 来源",
        "received! 收到日期",
        "due! 办结期限",
        "severity 紧急程度",
    ),
    "visits_made": _columns(
        "enterprise! 统一社会信用代码",
        "date! 检查日期",
        "department! 部门编码",
        "source 来源",
        "unit 执法主体编码",
        "item 事项编码",
    ),
}
"""Register → its columns in the order of the format page."""
