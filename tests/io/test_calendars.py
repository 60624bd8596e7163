"""Working days against the published ones."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from optimizer.domain.days import Span
from optimizer.errors import InputError
from optimizer.io import builtin_days, calendar_for, read_days


@pytest.mark.parametrize(
    ("year", "notice"),
    [(2025, "国办发明电〔2024〕12号"), (2026, "国办发明电〔2025〕7号")],
)
def test_every_day_of_both_years_is_as_chinesecalendar_says(year: int, notice: str) -> None:
    """Ours and the package's working days are the same, day by day."""
    calendar = calendar_for(builtin_days(), Span(date(year, 1, 1), date(year, 12, 31)))
    assert len(calendar) == 365
    for i, works in enumerate(calendar.working):
        day = date(year, 1, 1) + timedelta(days=i)
        assert works == chinese_calendar.is_workday(day), day
    assert calendar.source == notice


def test_number_of_working_days_is_that_of_the_notices() -> None:
    """Counted by hand from the notices: 248 days each year."""
    both = Span(date(2025, 1, 1), date(2026, 12, 31))
    calendar = calendar_for(builtin_days(), both)
    assert sum(calendar.working[:365]) == 248
    assert sum(calendar.working[365:]) == 248


def test_year_without_data_is_refused_with_a_mend() -> None:
    """A horizon into a year nobody has published is refused, not guessed."""
    with pytest.raises(InputError) as caught:
        calendar_for(builtin_days(), Span(date(2026, 12, 1), date(2027, 1, 31)))
    (fault,) = caught.value.faults
    assert fault.code == "calendar-year"
    assert fault.value == "2027"
    assert "calendar.csv" in fault.mend


def test_own_file_covers_other_years(tmp_path: Path) -> None:
    """A file of one's own gives any year, weekends worked included."""
    path = tmp_path / "days.csv"
    path.write_text("date,kind\n2031-01-01,holiday\n2031-01-04,workday\n", "utf-8")
    calendar = calendar_for(
        read_days(path, file="days.csv"), Span(date(2031, 1, 1), date(2031, 1, 7))
    )
    # 2031-01-01 is a Wednesday; the 4th a Saturday that is worked.
    assert calendar.working == (False, True, True, True, False, True, True)
    assert calendar.source == "days.csv"


def test_faults_of_a_calendar_file_come_together(tmp_path: Path) -> None:
    """All rows are checked before the file is refused."""
    path = tmp_path / "days.csv"
    path.write_text("date,kind\n2031-13-01,holiday\n2031-01-04,party\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_days(path, file="days.csv")
    assert [(f.row, f.code) for f in caught.value.faults] == [
        (2, "date-impossible"),
        (3, "word-unknown"),
    ]
