"""The registers of a simulated city as files, each as a bureau would keep it."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.generator.arrivals import Reports, Visits, make_reports, make_visits
from scenarios.generator.demand import (
    UnitRow,
    chosen_items,
    daily_load,
    make_units,
    work_calendar,
)
from scenarios.generator.enterprises import RISKS, SIZES, STATUSES, City, classes, make_city
from scenarios.generator.profiles import Profile
from scenarios.generator.sheets import csv_bytes, xlsx_bytes
from scenarios.generator.staff import Roster, make_roster
from scenarios.generator.tables import ITEM_COLUMNS, ItemRow, areas

FILES = {
    "enterprises": "registers/enterprises.csv",
    "units": "registers/units.csv",
    "inspectors": "registers/inspectors.xlsx",
    "items": "registers/items.csv",
    "triggered": "registers/triggered.csv",
    "visits_made": "registers/visits_made.csv",
}
"""Register → path below the scenario's folder."""
_WORDS = {
    "complaint": "投诉举报",
    "transferred": "转办线索",
    "assigned": "交办任务",
    "monitoring": "数据监测",
    "application": "企业申请",
    "draw": "随机抽查",
    "daily": "日常检查",
    "special": "专项检查",
}


def register_files(profile: Profile, seed: int) -> dict[str, bytes]:
    """Return path → bytes of all registers of a profile."""
    city = make_city(profile, seed)
    units = make_units(profile)
    calendar = work_calendar(profile)
    load = daily_load(profile, city, units, calendar)
    roster = make_roster(profile, seed, city, units, load)
    return {
        FILES["enterprises"]: _enterprises(profile.region, city),
        FILES["units"]: _units(units),
        FILES["inspectors"]: _inspectors(roster),
        FILES["items"]: _items(chosen_items(profile)),
        FILES["triggered"]: _triggered(make_reports(profile, seed, city, calendar)),
        FILES["visits_made"]: _visits(make_visits(profile, seed, city)),
    }


def area_list(region: str) -> bytes:
    """Return the scenario's own list of areas: the zone has units but no GB/T 2260 code."""
    own = areas(region)
    return csv_bytes(("code", "name"), ([a.code for a in own], [a.name for a in own]))


def _yes(flags: Sequence[bool]) -> list[str]:
    return ["1" if flag else "" for flag in flags]


def _degrees(millionths: int) -> str:
    if not millionths:
        return ""
    return f"{millionths // 1_000_000}.{millionths % 1_000_000 // 10:05d}"


def _enterprises(region: str, city: City) -> bytes:
    counties = [a.code for a in areas(region)[1:]]
    codes = [code for code, _ in classes()]
    columns = {
        "id": city.ids,
        "name": city.names,
        "county": [counties[a] for a in city.area.tolist()],
        "industry": [codes[i] for i in city.industry.tolist()],
        "risk": [RISKS[r] for r in city.risk.tolist()],
        "size": [SIZES[s] for s in city.size.tolist()],
        "township": city.township,
        "zones": ["high-tech" if z else "" for z in city.in_zone.tolist()],
        "major": _yes(city.major.tolist()),
        "cross_county": _yes(city.cross.tolist()),
        "status": [STATUSES[s] for s in city.status.tolist()],
        "lat": [_degrees(x) for x in city.lat.tolist()],
        "lon": [_degrees(x) for x in city.lon.tolist()],
    }
    return csv_bytes(tuple(columns), tuple(columns.values()))


def _units(units: Sequence[UnitRow]) -> bytes:
    return csv_bytes(
        ("id", "name", "department", "department_name", "level", "area"),
        (
            [u.id for u in units],
            [u.name for u in units],
            [u.department.id for u in units],
            [u.department.name for u in units],
            ["city" if u.place < 0 else "county" for u in units],
            [u.area for u in units],
        ),
    )


def _inspectors(roster: Roster) -> bytes:
    """Write Excel with Chinese headings and real Excel dates, as personnel offices do."""
    return xlsx_bytes(
        "执法人员名录库",
        (
            "执法人员编号", "姓名", "执法主体编码", "执法证号", "发证日期", "有效期至", "专业技能",
            "休假", "回避", "每日半天数", "已服务半天数",
        ),
        (
            roster.ids, roster.names, roster.units, roster.certificates, roster.valid_from,
            roster.valid_to, roster.skills, roster.leave, roster.recusals, roster.max_half_days,
            roster.workload,
        ),
        dates=("发证日期", "有效期至"),
    )  # fmt: skip


def _items(rows: Sequence[ItemRow]) -> bytes:
    listed = {row.id for row in rows}
    columns = {name: [row.cells[name] for row in rows] for name in ITEM_COLUMNS}
    columns["incompatible"] = [
        ";".join(other for other in cell.split(";") if other in listed)
        for cell in columns["incompatible"]
    ]
    return csv_bytes(ITEM_COLUMNS, tuple(columns.values()))


def _triggered(reports: Reports) -> bytes:
    """Write GB 18030 with Chinese headings, as the hotline's export does."""
    return csv_bytes(
        ("任务编号", "统一社会信用代码", "事项编码", "来源", "收到日期", "办结期限", "紧急程度"),
        (
            reports.ids,
            reports.enterprises,
            reports.items,
            [_WORDS[s] for s in reports.sources],
            [d.replace("-", "/") for d in reports.received],
            [d.replace("-", "/") for d in reports.due],
            reports.severity,
        ),
        encoding="gb18030",
    )


def _visits(visits: Visits) -> bytes:
    """Write UTF-8 with a byte order mark and Chinese headings, as spreadsheets save CSV."""
    return csv_bytes(
        ("统一社会信用代码", "检查日期", "部门编码", "来源"),
        (visits.enterprises, visits.dates, visits.departments, [_WORDS[s] for s in visits.sources]),
        encoding="utf-8-sig",
    )
