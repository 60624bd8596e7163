"""A very small city's scenario folder, and the draw verbs run on it in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optimizer.cli import main

SCENARIO = """\
format: double-random/scenario/v1
name: hamlet
title: {{en: Hamlet, zh: 小村}}
city: "140300"
identifiers: free
horizon: {{from: 2026-01-01, to: 2026-06-30}}
rules: [rules.yaml]
campaign:
  id: {name}
  mode: {mode}
  seed: {{source: dice, sides: 10}}
  orders:
    - {{item: F-1, strata_by: [county], size: 2, reserves: 2,
        window: {{from: 2026-03-02, to: 2026-04-30}}}}
    - {{item: M-1, strata_by: [county], rate: 1/3, reserves: 1,
        window: {{from: 2026-03-02, to: 2026-05-29}}}}
"""
RULES = """\
format: double-random/rules/v1
name: hamlet
source: test notice 1
caps:
  - {id: cap-total, by: [], limit: 3, source: measure 4}
team: {lead: 2, other: 1}
"""
SEED, TEAMS, LATER, OTHER = (
    "31415926535897932384",
    "27182818284590452353",
    "16180339887498948482",
    "14142135623730950488",
)
DAY = "2026-0{}-0{}T09:00:00+08:00"


def write_scenario(folder: Path, *, name: str = "hamlet-2026", mode: str = "open") -> Path:
    """Write a scenario of 24 enterprises, two departments, two counties."""
    counties = ("140302", "140303")
    units = [(f"{d}-{c}", d, c) for d in ("fire", "market") for c in counties]
    tables = {
        "enterprises": [
            "id,name,county,industry,risk",
            *(f"E{i:03d},企业{i},{counties[i % 2]},5212,{'AB'[i % 2]}" for i in range(24)),
        ],
        "units": [
            "id,name,department,department_name,level,area",
            *(f"{u},{u},{d},{d},county,{c}" for u, d, c in units),
        ],
        "inspectors": [
            "id,name,unit,certificate,valid_from,valid_to",
            *(
                f"I-{u}-{k},人员{k},{u},C-{u}-{k},2020-01-01,2030-01-01"
                for u, _, _ in units
                for k in range(4)
            ),
        ],
        "items": [
            "id,name,department,way,inspectors,effort",
            "F-1,消防检查,fire,onsite,2,1",
            "M-1,市场检查,market,onsite,2,1",
        ],
    }
    (folder / "registers").mkdir(parents=True)
    (folder / "scenario.yaml").write_text(SCENARIO.format(name=name, mode=mode), "utf-8")
    (folder / "rules.yaml").write_text(RULES, "utf-8")
    for register, lines in tables.items():
        (folder / "registers" / f"{register}.csv").write_text("\n".join([*lines, ""]), "utf-8")
    return folder


class Verb:
    """Runs `draw …` and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.words = ""

    def __call__(self, *words: object, code: int = 0) -> dict[str, Any]:
        """Run with ``--json``; return the document."""
        found = main(["draw", *map(str, words), "--json"])
        printed = self._capsys.readouterr()
        self.words = printed.err
        assert found == code, printed.err
        document: dict[str, Any] = json.loads(printed.out)
        return document

    def refused(self, *words: object) -> str:
        """Run what must be refused; return the fault's code, which both languages explain."""
        fault = self(*words, code=2)["faults"][0]
        english = self.words
        assert fault["expected"]
        assert fault["mend"]
        if "--lang" not in words:
            self(*words, "--lang", "zh", code=2)
            assert self.words != english
            assert any("\u4e00" <= letter <= "\u9fff" for letter in self.words), self.words
        return str(fault["code"])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
