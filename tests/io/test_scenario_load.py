"""Scenario folders as a whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from optimizer.domain.days import Span
from optimizer.domain.rules import MAX_KAPPA
from optimizer.errors import InputError
from optimizer.io import Scenario, load_scenario, read_table
from optimizer.io import generators as generators_module

BASE = Path(__file__).parents[1] / "faulty" / "base"
REGISTERS = BASE / "registers"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "scenario"))


def edit(folder: Path, old: str, new: str, name: str = "scenario.yaml") -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_weight_of_evenness_goes_as_far_as_its_message_says(folder: Path) -> None:
    """Its ends are taken; the range that a fault names is the one that is checked."""
    said = '  kappa: "3/10"'
    for text in ("0", str(MAX_KAPPA)):
        edit(folder, said, said := f'  kappa: "{text}"')
        assert load_scenario(folder).kappa == Fraction(text)
    edit(folder, said, f'  kappa: "{MAX_KAPPA + Fraction(1, 10)}"')
    with pytest.raises(InputError, match=f"from 0 to {MAX_KAPPA} is expected"):
        load_scenario(folder)


def test_every_field_arrives(folder: Path) -> None:
    """What the folder says is what the value holds, exactly."""
    scenario = load_scenario(folder)
    assert isinstance(scenario, Scenario)
    assert scenario.name == "faulty-base"
    assert scenario.title == {"en": "A base without fault", "zh": "无误样例"}
    assert scenario.horizon == Span(date(2026, 1, 1), date(2026, 12, 31))
    assert scenario.calendar.start == date(2026, 1, 1)
    assert not scenario.calendar.is_working(date(2026, 10, 1))
    assert list(scenario.times) == ["committed", "revealed", "planned", "odds", "teams"]
    assert scenario.times["odds"] == "2025-12-29T15:00:00+08:00"
    assert scenario.secrets == "demo"
    assert (scenario.seed.kind, scenario.seed.sides) == ("dice", 10)
    assert scenario.seed.rolls == "31415926535897932384"
    assert scenario.teams_seed.rolls == "27182818284590452353"
    assert scenario.period == Span(date(2026, 3, 1), date(2026, 3, 31))
    assert scenario.kappa == Fraction(3, 10)
    (order,) = scenario.campaign.orders
    assert (order.item, order.department) == ("M-01", "market")
    assert order.rates == {"": Fraction(3, 100), "A": Fraction(1, 100), "B": Fraction(3, 100)}
    assert order.strata_by == ("county", "risk")
    assert order.rest_since == date(2025, 7, 1)
    assert scenario.campaign.seed_source == "dice"
    assert scenario.rules.gap_days == 5
    assert scenario.registers.files[0].file == "registers/enterprises.csv"
    assert load_scenario(folder / "scenario.yaml") == load_scenario(folder)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("3/100", Fraction(3, 100)),
        ('"0.03"', Fraction(3, 100)),
        ("3%", Fraction(3, 100)),
        ("3‰", Fraction(3, 1000)),
        ("2.5%", Fraction(1, 40)),
        ('"1"', Fraction(1)),
        ('"0"', Fraction(0)),
        ("100%", Fraction(1)),
    ],
)
def test_rates_are_exact(folder: Path, text: str, rate: Fraction) -> None:
    """Each way of writing a rate gives the exact fraction."""
    edit(folder, "A: 1/100", f"A: {text}")
    assert load_scenario(folder).campaign.orders[0].rates["A"] == rate


def test_leading_zeros_and_words_stay_text(folder: Path) -> None:
    """YAML's octal numbers, dates and `no` are text here."""
    edit(folder, "name: faulty-base", "name: no")
    edit(folder, "secrets: demo", "about: {facts: {zip: 010101, day: 2026-01-01, n: 12}}")
    scenario = load_scenario(folder)
    assert scenario.name == "no"
    assert scenario.about["facts"] == {"zip": "010101", "day": "2026-01-01", "n": 12}
    assert scenario.secrets == "new"


def test_strata_fields_stand_in_one_order(folder: Path) -> None:
    """However the user lists them, strata are named in the same order."""
    edit(folder, "[county, risk]", "[zone, risk, county]")
    assert load_scenario(folder).campaign.orders[0].strata_by == ("county", "risk", "zone")


def test_seed_may_be_rolled_later(folder: Path) -> None:
    """A scenario without rolls names the dice; six-sided ones need twenty-five rolls."""
    edit(
        folder,
        'seed: {source: dice, sides: 10, rolls: "31415926535897932384"}',
        "seed: {source: dice, sides: 6}",
    )
    scenario = load_scenario(folder)
    assert (scenario.seed.sides, scenario.seed.rolls) == (6, "")
    assert scenario.campaign.seed_sides == 6
    edit(folder, "sides: 6", 'sides: 6, rolls: "1234561234561234561234561"')
    assert load_scenario(folder).seed.rolls == "1234561234561234561234561"
    edit(folder, '"1234561234561234561234561"', '"123456123456123456123456"')
    with pytest.raises(InputError) as caught:
        load_scenario(folder)
    assert [fault.code for fault in caught.value.faults] == ["seed-short"]


def test_large_dice_have_joined_rolls(folder: Path) -> None:
    """Dice with more than ten sides show numbers joined by hyphens."""
    rolls = "-".join(str(1 + i % 20) for i in range(15))
    edit(folder, 'sides: 10, rolls: "31415926535897932384"', f'sides: 20, rolls: "{rolls}"')
    assert load_scenario(folder).seed.rolls == rolls
    edit(folder, '-15"', '-21"')
    with pytest.raises(InputError) as caught:
        load_scenario(folder)
    assert [fault.code for fault in caught.value.faults] == ["seed-die"]


def test_one_item_may_be_ordered_twice_with_ids(folder: Path) -> None:
    """Orders with an id of their own may share an item."""
    edit(
        folder,
        "teams:\n",
        "    - {item: M-01, id: M-01-autumn, size: 1, strata_by: [],"
        " window: {from: 2026-09-01, to: 2026-10-31}}\nteams:\n",
    )
    orders = load_scenario(folder).campaign.orders
    assert [order.key for order in orders] == ["M-01", "M-01-autumn"]
    assert orders[1].strata_by == ()
    assert orders[1].size == 1


def test_faulty_rows_are_left_out_on_request(folder: Path) -> None:
    """With exclusion the run goes on, and every fault becomes a warning."""
    edit(folder, "140311,0610", "140399,0610", "registers/enterprises.csv")
    with pytest.raises(InputError):
        load_scenario(folder)
    scenario = load_scenario(folder, exclude_faulty=True)
    assert len(scenario.registers.enterprises) == 3
    assert scenario.registers.files[0].excluded == ((4, "county-unknown"),)
    assert [warning.code for warning in scenario.warnings] == ["county-unknown"]


def test_order_for_an_excluded_item_is_a_fault(folder: Path) -> None:
    """An item whose row is left out cannot be drawn for."""
    edit(folder, "市级;县级,现场,2", "市级;县级,现场,1", "registers/items.csv")
    with pytest.raises(InputError) as caught:
        load_scenario(folder, exclude_faulty=True)
    assert [fault.code for fault in caught.value.faults] == ["order-item-excluded"]


def test_rules_for_nobody_are_a_warning(folder: Path) -> None:
    """A zone that no enterprise lies in leaves a quiet rule without effect: said, not refused."""
    edit(folder, "[高新区]", "[高新区, 高薪区]", "rules.yaml")
    (warning,) = load_scenario(folder).warnings
    assert (warning.code, warning.value) == ("rule-names-nobody", "高薪区")
    assert "高新区" in warning.mend


def test_times_may_be_left_out(folder: Path) -> None:
    """Acts without a time get theirs when they take place."""
    edit(folder, "  odds: 2025-12-29T15:00:00+08:00\n", "")
    assert "odds" not in load_scenario(folder).times


def test_result_does_not_depend_on_where_the_folder_stands(folder: Path, tmp_path: Path) -> None:
    """No path of this machine enters what is published."""
    there = Path(shutil.copytree(folder, tmp_path / "elsewhere" / "deep"))
    here, moved = load_scenario(folder), load_scenario(there)
    assert here.registers == moved.registers
    assert str(tmp_path) not in repr(here.registers.files)


def copy_registers(parameters: Mapping[str, Any], seed: int, out: Path) -> None:
    """A generator for tests: copies the base, as many enterprises as the parameters say."""
    shutil.copytree(REGISTERS, out / "registers")
    path = out / "registers" / "enterprises.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: 1 + parameters["rows"]]), "utf-8")
    (out / "registers" / "triggered.csv").unlink()
    (out / "registers" / "visits_made.csv").unlink()
    assert seed == 7


def test_absent_registers_are_generated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The generator of the entry point writes into a folder that is gone afterwards."""
    point = EntryPoint("copy", f"{__name__}:copy_registers", generators_module.GROUP)
    monkeypatch.setattr(generators_module, "entry_points", lambda *, group: [point])
    places: list[Path] = []

    def spy(parameters: Mapping[str, Any], seed: int, out: Path) -> None:
        places.append(out)
        copy_registers(parameters, seed, out)

    monkeypatch.setattr(EntryPoint, "load", lambda self: spy)
    generator = "rules: [rules.yaml]\ngenerator: {name: copy, seed: 7, parameters: {rows: 3}}"
    edit(folder, "rules: [rules.yaml]", generator)
    with_files = load_scenario(folder)
    assert places == []
    assert len(with_files.registers.enterprises) == 4
    shutil.rmtree(folder / "registers")
    generated = load_scenario(folder)
    assert len(generated.registers.enterprises) == 3
    assert generated.registers.files[0].file == "registers/enterprises.csv"
    assert generated.registers.triggered == ()
    assert not places[0].exists()


def test_some_registers_absent_are_not_generated(folder: Path) -> None:
    """A generator never mixes its registers with the bureau's."""
    edit(folder, "rules: [rules.yaml]", "rules: [rules.yaml]\ngenerator: {name: city, seed: 7}")
    (folder / "registers" / "units.csv").unlink()
    with pytest.raises(InputError) as caught:
        load_scenario(folder)
    assert [fault.code for fault in caught.value.faults] == ["register-missing"]


def test_registers_are_found_by_name(folder: Path) -> None:
    """Beside the scenario or below `registers/`, in any form of file."""
    os.rename(folder / "registers" / "units.csv", folder / "units.csv")
    shutil.copy(REGISTERS / "items.csv", folder / "my-items.csv")
    (folder / "registers" / "items.csv").unlink()
    edit(folder, "rules: [rules.yaml]", "rules: [rules.yaml]\nregisters: {items: my-items.csv}")
    files = {f.register: f.file for f in load_scenario(folder).registers.files}
    assert files["units"] == "units.csv"
    assert files["items"] == "my-items.csv"


def test_digest_is_that_of_the_file(folder: Path) -> None:
    """The digest that the frame publishes is the file's own."""
    for file in load_scenario(folder).registers.files:
        assert read_table(folder / file.file).digest == file.digest
