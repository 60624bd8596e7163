"""What a rolling year is run on: the checks of a scenario, and which of them come later."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.flow import write_scenario
from optimizer.domain.check import Check
from optimizer.flow import ScenarioLike, case_of, commit, demo_secrets, reveal, seed_of
from optimizer.io import load_scenario
from optimizer.plan import Case
from scenarios.generator.parameters import read_parameters


def read_case(folder: str, preset: str, scale: str) -> tuple[Case, list[Check]]:
    """Return what a scenario plans, and which of its checks come in the course of the year.

    Parameters
    ----------
    folder
        Of the scenario; ``""``: generated from preset and scale.
    """
    with tempfile.TemporaryDirectory() as made:
        if not folder:
            write_scenario(*read_parameters({"preset": preset, "scale": scale}), Path(made))
        scenario = load_scenario(Path(folder or made))
    return case_and_arrivals(scenario)


def case_and_arrivals(scenario: ScenarioLike) -> tuple[Case, list[Check]]:
    """Return the scenario's case, and the checks received on its first day or later."""
    secrets = demo_secrets(scenario.name)
    committed = commit(scenario, secrets, now="1970-01-01T00:00:00Z")
    case = case_of(reveal(committed, seed_of(scenario.seed, "campaign.seed")))
    first = scenario.calendar.start
    later = {report.id for report in scenario.registers.triggered if report.received >= first}
    return case, [check for check in case.checks if check.id in later]
