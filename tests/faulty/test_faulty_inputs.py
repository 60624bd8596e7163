"""Every folder here is one fault: the base scenario with a file or two replaced.

`expected.txt` holds what the program must say, a line a fault, all of them; `removed.txt` names
files of the base that are taken away.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.io import load_scenario
from optimizer.messages import in_language

HERE = Path(__file__).parent
BASE = HERE / "base"
CASES = sorted(
    p.name for p in HERE.iterdir() if p.is_dir() and p.name not in ("base", "__pycache__")
)


def lay(case: str, out: Path) -> Path:
    """Lay the case's files over the base."""
    shutil.copytree(BASE, out)
    removed = HERE / case / "removed.txt"
    if removed.is_file():
        for name in removed.read_text("utf-8").split():
            (out / name).unlink()
    for path in (HERE / case).rglob("*"):
        name = path.relative_to(HERE / case)
        if path.is_file() and name.name not in ("expected.txt", "removed.txt"):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / name)
    return out


def test_base_is_without_fault(tmp_path: Path) -> None:
    """The base loads, so that each fault stems from its own folder."""
    scenario = load_scenario(BASE)
    assert not scenario.warnings
    assert len(scenario.registers.enterprises) == 4


def test_there_are_enough_faults() -> None:
    """No folder goes missing unseen."""
    assert len(CASES) >= 100


@pytest.mark.parametrize("case", CASES)
def test_every_fault_is_named_with_place_and_mend(case: str, tmp_path: Path) -> None:
    """The faults found are exactly the expected ones, in English and with Chinese words."""
    expected = (HERE / case / "expected.txt").read_text("utf-8").splitlines()
    with pytest.raises(InputError) as caught:
        load_scenario(lay(case, tmp_path / "scenario"))
    assert str(caught.value).splitlines() == expected
    for fault in caught.value.faults:
        assert fault.expected
        assert fault.mend
        chinese = in_language(fault, "zh")
        assert fault.mend not in chinese, "the fault has no Chinese words"
        assert fault.file in chinese
