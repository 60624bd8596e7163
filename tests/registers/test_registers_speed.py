"""A city's register is read and checked in seconds."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from optimizer.io import read_table
from optimizer.registers import builtin_codes, make_table, read_registers
from optimizer.registers.uscc import check_codes

ROWS = 150_000
HEADS = (
    "统一社会信用代码,企业名称,所属区县,行业代码,风险等级,企业规模,乡镇街道,特殊区域,"
    "重大影响,跨区域,登记状态,纬度,经度"
)


def write_enterprises(path: Path) -> None:
    """Write a register of right codes, all distinct."""
    counties = np.array(["140302", "140303", "140311", "140321", "140322"])
    classes = np.array(sorted(builtin_codes().classes))
    heads = [f"91{counties[i % 5]}MA{i:06d}0" for i in range(ROWS)]
    matrix = np.frombuffer("".join(h + "0" for h in heads).encode(), np.uint8).reshape(-1, 18)
    digits = check_codes(matrix).expected.tobytes().decode()
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADS + "\n")
        file.writelines(
            f"{head}{digit},阳泉市第{i}号商贸有限公司,{counties[i % 5]},"
            f"{classes[i * 7 % len(classes)]},{'ABCD'[i % 4]},微型,第{i % 40}镇,"
            f"{'高新区' if i % 10 == 0 else ''},否,,存续,{37.5 + i / 1e6:.6f},{113 + i / 1e6:.6f}\n"
            for i, (head, digit) in enumerate(zip(heads, digits, strict=True))
        )


def test_150000_enterprises_are_read_and_checked_in_five_seconds(tmp_path: Path) -> None:
    """Reading and checking take under five seconds of one core."""
    path = tmp_path / "enterprises.csv"
    write_enterprises(path)
    units = [("u", "局", "market", "市场监管", "city", "140300")]
    people = [("i", "张", "u", "c", "2024-01-01", "2028-12-31")]
    others = {
        "units": make_table(
            "units", ("id", "name", "department", "department_name", "level", "area"), units
        ),
        "inspectors": make_table(
            "inspectors", ("id", "name", "unit", "certificate", "valid_from", "valid_to"), people
        ),
        "items": make_table("items", ("id", "name", "department"), [("M", "检查", "market")]),
    }
    took = 5.0
    # What runs beside slows a core down; the work itself is the least of three times.
    for _ in range(3):
        began = time.process_time()
        reading = read_registers({"enterprises": read_table(path), **others}, city="140300")
        took = min(took, time.process_time() - began)
        if took < 5:
            break
    assert not reading.faults
    assert reading.registers is not None
    assert len(reading.registers.enterprises) == ROWS
    assert took < 5
