"""House rules: imports, names, the verifier alone, nothing of this machine in the tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import optimizer

ROOT = Path(__file__).parents[2]
PACKAGES = ("optimizer", "api", "benchmarks", "scenarios")


def tracked() -> list[Path]:
    """Return the files git tracks, or all of them outside a checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_files() -> list[Path]:
    """Return the tracked files that are text."""
    binary = {".xlsx", ".parquet", ".gz", ".png"}
    return [path for path in tracked() if path.suffix not in binary]


def test_public_names_exist() -> None:
    """Every name in `optimizer.__all__` is there, sorted, and none twice."""
    names = list(optimizer.__all__)
    assert names == sorted(set(names), key=lambda n: (n.lower(), n))
    for name in names:
        assert getattr(optimizer, name) is not None


def test_import_is_light() -> None:
    """`import optimizer` loads neither solver nor pandas nor web framework."""
    code = (
        "import sys, optimizer; "
        "print([m for m in ('ortools', 'pandas', 'fastapi', 'scipy', 'numba', 'sqlalchemy') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_verifier_imports_the_standard_library_only() -> None:
    """`verify.py` imports nothing outside the standard library."""
    tree = ast.parse((ROOT / "optimizer/verifier/verify.py").read_text("utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add((node.module or "").split(".")[0])
    assert found <= set(sys.stdlib_module_names)


def test_nothing_of_a_machine_or_registry() -> None:
    """No tracked file names a package registry's host or a path of a developer's machine."""
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com"]
    paths = re.compile(r"(^|[^A-Za-z0-9_.])/(work|root|farm)/")
    for path in text_files():
        text = path.read_text("utf-8", errors="ignore")
        assert not [host for host in hosts if host in text], path
        assert not paths.search(text), path


def test_modules_have_docstrings_and_stay_small() -> None:
    """Each module says what it is, and holds one idea: at most 600 lines, the verifier aside."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text("utf-8")
            assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"
            if path.name != "verify.py":
                assert text.count("\n") <= 600, f"{path} holds more than one idea"


def test_tests_mirror_the_source() -> None:
    """Each folder of tests stands for a package, a stage or a named purpose."""
    purposes = {"house", "browser", "faulty", "vectors", "docs", "golden", "crash", "flow"}
    mirrors = set(PACKAGES) | {p.name for p in (ROOT / "optimizer").iterdir() if p.is_dir()}
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir()} - {"__pycache__"}
    assert folders <= purposes | mirrors


def test_modules_of_tests_have_names_of_their_own() -> None:
    """Test folders are no packages: of two modules with one name the first hides the other."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(set(names)) == sorted(names)
