"""What supervision sees (measures 11 and 15): alerts and statistics of visits as they were made."""

from optimizer.supervision.alerts import ALERTS, Alert, Finding
from optimizer.supervision.caps import cap_findings
from optimizer.supervision.entries import (
    entry_findings,
    outcome_findings,
    repeat_findings,
)
from optimizer.supervision.filing import filing_findings
from optimizer.supervision.made import Entry, Task, Visited
from optimizer.supervision.statistics import FIELDS, Tally, statistics

__all__ = [
    "ALERTS",
    "FIELDS",
    "Alert",
    "Entry",
    "Finding",
    "Tally",
    "Task",
    "Visited",
    "cap_findings",
    "entry_findings",
    "filing_findings",
    "outcome_findings",
    "repeat_findings",
    "statistics",
]
