"""Runs made once for all tests here; publishing is pure, so sharing them is safe."""

import dataclasses
import sys
from itertools import cycle
from pathlib import Path

import pytest

from optimizer.publication import publish

sys.path.insert(0, str(Path(__file__).parent))
from synthetic_run import make_run

HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "@SUM(1+1)*cmd",
    "-2+3",
    "\t=1+1",
    'a" onmouseover="alert(2)',
    "a' onfocus='alert(3)",
    "]]><svg onload=alert(4)>",
    "</style></title><img src=x onerror=alert(5)>",
    "左\u202egnitsop\u202c右",
    "零\u200b宽\ufeff",
    "{{ 7*7 }}{% raw %}{0}{title}",
    "bell\x07 & <b>ampersand</b>",
    "javascript:alert(6)",
    "http://outside.example/",
)


@pytest.fixture(scope="session")
def hostile_names():
    """Names that try to break out of markup, formulas and templates."""
    return HOSTILE


@pytest.fixture(scope="session")
def run():
    """An ordinary run."""
    return make_run(enterprises=400)


@pytest.fixture(scope="session")
def files(run):
    """Its publication."""
    return publish(run)


@pytest.fixture(scope="session")
def hostile_files():
    """The publication of a run in which every name, the title and the about block are hostile."""
    about = {
        name: {"zh": name, "en": [name]} if i % 2 else [name] for i, name in enumerate(HOSTILE)
    }
    run = make_run(enterprises=120, names=HOSTILE * 8, about=about)
    bad = cycle(HOSTILE)
    registers = dataclasses.replace(
        run.registers,
        units={
            ident: dataclasses.replace(unit, name=next(bad), department_name=next(bad))
            for ident, unit in run.registers.units.items()
        },
        items={
            ident: dataclasses.replace(item, name=next(bad), basis=next(bad))
            for ident, item in run.registers.items.items()
        },
        areas={code: next(bad) for code in run.registers.areas},
        industries={code: next(bad) for code in run.registers.industries},
    )
    title = {"zh": "".join(HOSTILE), "en": "".join(HOSTILE)}
    return publish(dataclasses.replace(run, registers=registers, title=title))
