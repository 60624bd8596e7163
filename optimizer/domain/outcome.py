"""Outcomes (检查结果): what a check found, by code (measure 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Outcome:
    """One code.

    Attributes
    ----------
    zh, en
        Its name.
    done
        Whether the item was really checked.
    fault
        Whether something was found against the enterprise; only where `done`.
    """

    code: str
    zh: str
    en: str
    done: bool
    fault: bool


def _table(*rows: tuple[str, str, str, bool, bool]) -> Mapping[str, Outcome]:
    return MappingProxyType({row[0]: Outcome(*row) for row in rows})


OUTCOMES = _table(
    ("no-fault", "未发现问题", "no fault found", True, False),
    ("advised", "提醒、告知、劝阻", "reminded, told or dissuaded", True, True),
    ("mended-at-once", "当场改正", "mended at once", True, True),
    ("ordered-to-mend", "责令改正", "ordered to mend", True, True),
    ("first-time-minor", "首次轻微违法免予处罚", "first-time minor: no penalty", True, True),
    ("lighter-penalty", "从轻处罚", "a penalty at the light end", True, True),
    ("reduced-penalty", "减轻处罚", "a penalty below the range", True, True),
    ("case-opened", "立案查处", "a case was opened", True, True),
    ("transferred", "移送其他机关", "handed to another authority", True, True),
    ("no-such-activity", "未发现开展本次抽查涉及的经营活动", "no such activity here", True, False),
    ("not-found", "通过登记的住所无法联系", "not found at its registered place", False, False),
    ("closed", "已停业或注销", "closed or deregistered", False, False),
    ("refused", "不配合检查", "refused to be inspected", False, False),
    ("not-done", "未实施检查", "not carried out", False, False),
)
"""Every outcome by its code; a code is never changed or used anew."""
