"""The page of threats names tests; each of them is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (?!threat |---)(.+?) \| (.+?) \| (.+?) \|$", re.M)
NAMED = re.compile(r"`(tests/[\w/.]+\.py)::(\w+)`")


@cache
def functions(path: str) -> frozenset[str]:
    """Return the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_threat_has_tests_that_exist() -> None:
    """Each row names tests and nothing else in its last column, and all of them are there."""
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert len(rows) >= 25
    for threat, _, tests in rows:
        named = NAMED.findall(tests)
        assert named, threat
        assert ", ".join(f"`{path}::{name}`" for path, name in named) == tests, threat
        for path, name in named:
            assert name in functions(path), f"{threat}: {path}::{name}"
