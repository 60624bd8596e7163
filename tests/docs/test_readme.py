"""The commands and snippets of the README do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^>]*) -->\n)?```(?P<lang>bash|python)\n(?P<code>.*?)```", re.S
)


def blocks(name: str, lang: str) -> list[tuple[str, str]]:
    """Return (note, code) of each fenced block of a language."""
    text = (ROOT / name).read_text("utf-8")
    return [
        (found["note"] or "", found["code"])
        for found in BLOCK.finditer(text)
        if found["lang"] == lang
    ]


def commands(name: str) -> list[str]:
    """Return the shell blocks that a test can run, in order.

    Blocks noted "run by .ci/run" make environments or run the tests themselves.
    """
    return [code for note, code in blocks(name, "bash") if "run by .ci/run" not in note]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the README's commands read."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "scenarios" / "presets", folder / "scenarios" / "presets")
    return folder


def run(code: str, where: Path) -> None:
    """Run a shell block as a user would, with the program on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=where,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{code}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_commands_run_in_order(copy: Path) -> None:
    """Every shell block of the README ends well, one after the other in one folder."""
    found = commands("README.md")
    assert len(found) >= 4
    for code in found:
        run(code, copy)


def test_snippets_run(copy: Path) -> None:
    """Every Python block of the README runs."""
    found = blocks("README.md", "python")
    assert found
    for _, code in found:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]


def test_chinese_readme_has_the_same_commands() -> None:
    """README.zh-CN.md gives the same commands and snippets, word for word."""
    for lang in ("bash", "python"):
        english = [code for _, code in blocks("README.md", lang)]
        chinese = [code for _, code in blocks("README.zh-CN.md", lang)]

        def bare(code: str) -> str:
            return "\n".join(line.split("  #")[0].rstrip() for line in code.splitlines())

        assert [bare(code) for code in english] == [bare(code) for code in chinese]


def test_links_lead_somewhere() -> None:
    """Every relative link in the documents leads to a file."""
    pages = [ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"
