"""Generated scenario folders: valid, repeatable, of the size that was asked for."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from optimizer.errors import InputError
from optimizer.frame.applies import applies
from optimizer.io import load_scenario
from scenarios.catalogue import FOLDER
from scenarios.generator import generate_city
from scenarios.generator.creditcodes import credit_codes
from scenarios.generator.folder import scenario_files
from scenarios.generator.parameters import read_parameters
from scenarios.generator.profiles import PROFILES
from scenarios.rebuild import committed_folders

PEOPLED = sorted(set(PROFILES) - {"empty"})


def write(files: dict[str, bytes], folder: Path) -> Path:
    """Write a folder of files."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def digest_in_another_process(preset: str, scale: str, hash_seed: str) -> str:
    """Generate a scenario in a process with its own string hashes; return the files' digest."""
    code = (
        "import hashlib, sys\n"
        "from scenarios.generator.folder import scenario_files\n"
        "from scenarios.generator.parameters import read_parameters\n"
        f"profile, scale = read_parameters({{'preset': {preset!r}, 'scale': {scale!r}}})\n"
        "files = scenario_files(profile, 11, scale=scale)\n"
        "whole = b''.join(k.encode() + v for k, v in sorted(files.items()))\n"
        "print(hashlib.sha256(whole).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
        cwd=FOLDER.parent,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("preset", "scale"), [("small", "1"), ("yangquan", "0.02")])
def test_same_seed_same_bytes(preset: str, scale: str) -> None:
    """Every file is the same bytes in two processes with different string hashes, and here."""
    profile, factor = read_parameters({"preset": preset, "scale": scale})
    files = scenario_files(profile, 11, scale=factor)
    whole = b"".join(k.encode() + v for k, v in sorted(files.items()))
    here = hashlib.sha256(whole).hexdigest()
    assert {digest_in_another_process(preset, scale, seed) for seed in ("1", "42")} == {here}


def test_committed_folders_are_what_the_generator_makes() -> None:
    """Each committed file of a generated scenario is exactly what `scenarios.rebuild` writes."""
    for folder, files in committed_folders().items():
        for name, data in files.items():
            assert (FOLDER / folder / name).read_bytes() == data, f"{folder}/{name}"


@pytest.mark.parametrize("preset", PEOPLED)
def test_registers_are_without_fault(preset: str, tmp_path: Path) -> None:
    """A generated scenario loads without fault or warning, in all its own formats and headings."""
    scale = {"yangquan": "0.02", "province": "0.001"}.get(preset, "0.2")
    profile, factor = read_parameters({"preset": preset, "scale": scale})
    scenario = load_scenario(write(scenario_files(profile, 3, scale=factor), tmp_path))
    assert len(scenario.registers.enterprises) == profile.enterprises
    assert scenario.warnings == ()


@given(st.integers(0, 2**40))
@settings(max_examples=5, deadline=None)
def test_any_seed_is_valid(seed: int) -> None:
    """Whatever the seed, the small city loads without fault or warning."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        files = scenario_files(PROFILES["small"].scaled(Fraction(1, 10)), seed)
        assert load_scenario(write(files, Path(folder))).warnings == ()


def test_scenario_without_registers_generates_them(tmp_path: Path) -> None:
    """A folder with a generator block holds the same city as one with the files."""
    profile, factor = read_parameters({"preset": "small", "scale": "0.1"})
    lean = write(scenario_files(profile, 5, scale=factor, with_registers=False), tmp_path / "lean")
    full = write(scenario_files(profile, 5, scale=factor), tmp_path / "full")
    assert not (lean / "registers").exists()
    one, other = load_scenario(lean).registers, load_scenario(full).registers
    assert one.enterprises == other.enterprises
    assert one.inspectors == other.inspectors
    assert one.triggered == other.triggered


def test_scale_multiplies(tmp_path: Path) -> None:
    """Half the scale: half the enterprises and triggered checks; the orders stay."""
    generate_city({"preset": "small", "scale": "0.5"}, 1, tmp_path)
    with (tmp_path / "registers/enterprises.csv").open(encoding="utf-8") as file:
        assert sum(1 for _ in file) - 1 == 1000
    whole = scenario_files(PROFILES["small"], 1, with_registers=False)["scenario.yaml"].decode()
    half = scenario_files(
        PROFILES["small"].scaled(Fraction(1, 2)), 1, scale=Fraction(1, 2), with_registers=False
    )["scenario.yaml"].decode()
    assert whole.split("campaign:")[1] == half.split("campaign:")[1]


def test_wrong_parameters_are_told_together(tmp_path: Path) -> None:
    """Unknown preset, wrong scale and stray parameter come in one error; nothing is made."""
    with pytest.raises(InputError) as raised:
        generate_city({"preset": "smal", "scale": "-1", "size": "2"}, 1, tmp_path)
    assert sorted(f.code for f in raised.value.faults) == [
        "generator-parameter",
        "generator-preset",
        "generator-scale",
    ]
    assert list(tmp_path.iterdir()) == []


def test_empty_register_is_refused() -> None:
    """The scenario without enterprises is refused with a clear fault, not drawn from."""
    with pytest.raises(InputError) as raised:
        load_scenario(FOLDER / "adverse/empty")
    assert any(f.file == "registers/enterprises.csv" for f in raised.value.faults)


def test_workbook_opens_elsewhere() -> None:
    """Another library reads the Excel register: Chinese headings, real dates, every row."""
    book = openpyxl.load_workbook(FOLDER / "presets/small/registers/inspectors.xlsx")
    rows = list(book.worksheets[0].values)
    assert rows[0][:3] == ("执法人员编号", "姓名", "执法主体编码")
    assert rows[1][4].year >= 2021
    assert len(rows) - 1 == len(load_scenario(FOLDER / "presets/small").registers.inspectors)


@given(st.lists(st.integers(0, 31**6 - 1), min_size=1, max_size=20, unique=True))
def test_codes_are_right_by_another_library(serials: list[int]) -> None:
    """Every code passes python-stdnum, and different numbers give different codes."""
    n = len(serials)
    codes = credit_codes(
        np.arange(n) % 3 + 1, np.full(n, 140302), np.array(serials, dtype=np.int64)
    )
    assert all(uscc.is_valid(code) for code in codes)
    assert len(set(codes)) == n


def test_city_is_realistic() -> None:
    """Most are sole traders and micro, risk classes fall off, a tenth of checks is triggered."""
    profile, _ = read_parameters({"preset": "yangquan", "scale": "0.05"})
    files = scenario_files(profile, 8)
    rows = list(csv.DictReader(io.StringIO(files["registers/enterprises.csv"].decode())))
    n = len(rows)
    share = {
        "sole": sum(r["id"][1] == "2" for r in rows) / n,
        "micro": sum(r["size"] == "micro" for r in rows) / n,
        "missing": sum(r["risk"] == "" for r in rows) / n,
        "zone": sum(r["zones"] == "high-tech" for r in rows) / n,
    }
    assert 0.65 < share["sole"] < 0.75
    assert 0.85 < share["micro"] < 0.97
    assert 0.10 < share["missing"] < 0.20
    assert 0.07 < share["zone"] < 0.12
    counts = [sum(r["risk"] == k for r in rows) for k in "ABCD"]
    assert counts == sorted(counts, reverse=True)
    months = [
        row.split(",")[4].split("/")[1]
        for row in files["registers/triggered.csv"].decode("gb18030").splitlines()[1:]
    ]
    assert months.count("03") > months.count("02")


def test_every_order_of_the_city_has_somebody() -> None:
    """The README's city runs: an order that nobody can be drawn for would be refused."""
    city = load_scenario(FOLDER / "presets/yangquan")
    sections = city.registers.sections
    codes = {one.industry for one in city.registers.enterprises.values()}
    for order in city.campaign.orders:
        of = city.registers.items[order.item].industries
        assert any(applies(of, code, sections.get(code[:2], "")) for code in codes), order
