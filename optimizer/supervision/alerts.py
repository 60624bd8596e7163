"""The alerts there are, each with the clause it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule of supervision.

    Attributes
    ----------
    clause
        Where it stands: the measure of 阳政办发〔2025〕24号.
    severity
        1 to be noted, 2 serious, 3 urgent.
    zh, en
        What happened, in words.
    """

    code: str
    clause: str
    severity: int
    zh: str
    en: str


def _table(*rows: tuple[str, str, int, str, str]) -> Mapping[str, Alert]:
    return MappingProxyType({row[0]: Alert(*row) for row in rows})


ALERTS = _table(
    ("no-code", "第十一条", 3, "未经有效扫码入企", "entered without a code that holds"),
    ("no-visit", "第六条", 3, "入企不在现行检查计划内", "entered outside the schedule in force"),
    ("wrong-day", "第六条", 2, "入企日期与计划不符", "entered on another day than planned"),
    ("not-in-team", "第五条", 2, "入企人员不是抽中人员", "entered by somebody not in the team"),
    ("no-certificate", "第二条", 3, "入企人员当日无有效执法证件",
     "entered by somebody without a certificate valid on the day"),
    ("other-item", "第十四条", 2, "检查内容超出计划事项", "checked what the visit does not hold"),
    ("scanned-twice", "第十一条", 1, "同一人员重复扫码", "the same person scanned twice"),
    ("late-upload", "第十一条", 1, "扫码数据未实时上传", "a scan was not uploaded in time"),
    ("repeated-visit", "第八条", 2, "短期内重复入企", "entered again too soon"),
    ("over-cap", "第四条", 3, "入企次数突破年度频次上限", "entered more often than the yearly cap"),
    ("late-plan", "第四条", 2, "检查计划逾期未备案", "the plan was not filed by its term"),
    ("no-opinion", "第四条", 1, "县级计划未征询市级意见",
     "a county plan was filed without the city's opinion"),
)  # fmt: skip
"""Every alert by its code; a code is never changed or used anew."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An alert that holds for something.

    Attributes
    ----------
    alert
        Code of `ALERTS`.
    subject
        What it is about. The same alert about the same subject is the same finding, however often
        it is looked for.
    departments
        Whom it concerns, sorted.
    facts
        Figures that say why; no personal data.
    """

    alert: str
    subject: str
    enterprise: str = ""
    day: date | None = None
    departments: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
