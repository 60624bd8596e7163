"""The edges: tables, scenario folders, rules, calendars, atomic files."""

from optimizer.io.atomic import write_folder
from optimizer.io.calendars import builtin_days, calendar_for, read_days
from optimizer.io.parts import ParquetPart, part_table
from optimizer.io.plans import PlanFolder, is_plan_folder, read_plan_folder
from optimizer.io.rules import read_rules, rules_from
from optimizer.io.scenario import Scenario, load_scenario, read_register_files
from optimizer.io.seeds import SeedSource
from optimizer.io.tables import read_table
from optimizer.registers.table import RawTable

__all__ = [
    "ParquetPart",
    "PlanFolder",
    "RawTable",
    "Scenario",
    "SeedSource",
    "builtin_days",
    "calendar_for",
    "is_plan_folder",
    "load_scenario",
    "part_table",
    "read_days",
    "read_plan_folder",
    "read_register_files",
    "read_rules",
    "read_table",
    "rules_from",
    "write_folder",
]
