"""The deployment examples: linted, and every setting and command in them is the program's."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from api import config
from optimizer.cli import build_parser

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs/deploy"
UNIT = DEPLOY / "double-random.service"
PROGRAM = "/opt/double-random/bin/double-random"


def unit() -> dict[str, dict[str, str]]:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(UNIT.read_text("utf-8"))
    return {name: dict(parser[name]) for name in parser.sections()}


def parses(words: list[str]) -> bool:
    """Return whether the program takes a command line; it exits where it does not."""
    return callable(build_parser().parse_args(words).func)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """No unknown key, no bad value; the program is put where it is on this machine."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace(PROGRAM, sys.executable), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    # Of other units on this machine it says things that are none of ours.
    said = [line for line in done.stderr.splitlines() if UNIT.name in line or str(copy) in line]
    assert said == []


def test_the_unit_is_hardened_and_stops_in_order() -> None:
    """It keeps what a server of one folder can do without, and waits for what was begun."""
    told = unit()["Service"]
    for key in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RemoveIPC"):
        assert told[key] == "yes"
    assert told["ProtectSystem"] == "strict"
    assert told["CapabilityBoundingSet"] == ""
    assert told["StateDirectoryMode"] == "0700"
    # 30 seconds for requests and 20 for a job: `api.verbs` and `api.jobs.keep`.
    assert int(told["TimeoutStopSec"]) >= 60
    assert told["StandardOutput"] == "null"


def test_hadolint_finds_nothing_in_the_containerfile() -> None:
    """Nor does it need the internet to look."""
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [str(hadolint), "--no-color", str(DEPLOY / "Containerfile")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_setting_exists() -> None:
    """Those of the file are taken as they stand; those of the environment likewise."""
    told = config.effective({}, {}, DEPLOY / "config.toml")
    assert sum(each.source == "file config.toml" for each in told) >= 5
    named: dict[str, str] = {}
    for file in ("Containerfile", "double-random.service"):
        text = (DEPLOY / file).read_text("utf-8")
        named |= dict(re.findall(r"(DOUBLE_RANDOM_[A-Z_]+)=([^\s\\…]+)", text))
    assert {"DOUBLE_RANDOM_CONFIG", "DOUBLE_RANDOM_HOST", "DOUBLE_RANDOM_DB"} <= set(named)
    named.pop(config.FILE)
    config.settings_of(config.effective({}, named)).refuse_odd_address()


def test_every_command_line_is_the_programs() -> None:
    """In the unit, the Containerfile and the page."""
    (start,) = [value for key, value in unit()["Service"].items() if key == "ExecStart"]
    program, *words = shlex.split(start)
    assert program == PROGRAM
    assert parses(words)
    container = (DEPLOY / "Containerfile").read_text("utf-8")
    assert 'ENTRYPOINT ["double-random"]' in container
    assert parses(re.findall(r'"([^"]+)"', container.split("\nCMD ")[-1]))
    page = (DEPLOY / "README.md").read_text("utf-8")
    lines = "".join(re.findall(r"```sh\n(.*?)```", page, re.S)).splitlines()
    ours = [re.split(r"\bdouble-random (?=serve|backup)", line)[-1] for line in lines]
    ours = [line for line in ours if line.startswith(("serve", "backup"))]
    assert len(ours) == 3
    assert all(parses(shlex.split(line)) for line in ours)


def test_what_the_image_needs_is_there() -> None:
    """Everything that the Containerfile copies stands in the repository, and it fetches no more."""
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    copied = [word for line in re.findall(r"^COPY ([^-].*)$", text, re.M) for word in line.split()]
    assert {"api", "optimizer", "constraints.txt"} <= set(copied)
    assert all((ROOT / word).exists() for word in copied if word != "./")
    assert not re.search(r"\b(curl|wget|apt-get|https?://(?!127\.0\.0\.1))", text)
    assert os.sep not in "".join(copied).replace("./", "")
