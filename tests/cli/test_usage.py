"""The command line is refused in one shape, whatever is wrong with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.cli import main

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "words",
    [
        ["run", "x", "--out", "y", "--workers", "0"],
        ["run", "x", "--out", "y", "--workers", "-3"],
        ["run", "x", "--out", "y", "--effort", "-3"],
        ["run"],
        ["plan", "solve"],
        ["plan", "explain", "x"],
        ["no-such-verb"],
    ],
)
def test_usage_faults_are_json_too(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, words on stderr, and with --json one document with the fault on stdout."""
    assert main([*words, "--json"]) == 2
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document["ok"] is False
    assert document["faults"][0]["code"] == "usage"
    assert "usage: double-random" in printed.err
    assert main(words) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("verb", [["verify"], ["plan", "check"], ["plan", "diff", "nowhere"]])
def test_a_folder_that_is_none(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without publication or plan is a fault in words, in both languages."""
    assert main([*verb, "nowhere", "--json"]) == 2
    fault = json.loads(capsys.readouterr().out)["faults"][0]
    assert fault["code"] in ("no-publication", "no-plan")
    assert fault["expected"]


@pytest.mark.skipif(os.name != "posix", reason="signals differ elsewhere")
def test_interrupt_while_loading_is_quiet() -> None:
    """Ctrl-C while modules load ends with a word and no traceback."""
    script = (
        "import sys, threading, os, signal\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'optimizer.cli.plan':\n"
        "            print('loading', flush=True)\n"
        "            import time; time.sleep(30)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from optimizer.cli import main\n"
        "sys.exit(main(['plan', 'diff', '.', '.']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "loading\n"
        time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        _, words = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in words
    assert "stopped" in words
