"""The page on seed sources: its real round, its YAML, its commitment, its round numbers."""

from __future__ import annotations

import doctest
import hashlib
import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from optimizer.draw import make_announcement, make_source, party_commitment
from optimizer.draw.sources import CHAINS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/seed-sources.md").read_text("utf-8")


def blocks(lang: str) -> list[str]:
    return re.findall(rf"```{lang}\n(.*?)```", PAGE, re.DOTALL)


def test_the_round_is_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signature holds, it is the round of the vectors, and the Python says what it prints."""
    (text,) = blocks("json")
    evidence = json.loads(text)
    vectors = json.loads((ROOT / "tests/vectors/drand.json").read_text("utf-8"))["rounds"]
    assert evidence["signature"] in [entry["signature"] for entry in vectors]
    chain = CHAINS["quicknet"]
    moment = datetime.fromtimestamp(chain.time_of(evidence["round"]), UTC)
    assert f"{moment:%Y-%m-%dT%H:%M:%SZ}" in PAGE
    assert f"(t − {chain.genesis_time}) / {chain.period}" in PAGE
    (tmp_path / "round.json").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("python")
    test = doctest.DocTestParser().get_doctest(code, {}, "page", "page", 0)
    assert doctest.DocTestRunner().run(test).failed == 0
    assert make_source(evidence).entropy_millibits() == 256_000


def test_the_announcements_can_be_made() -> None:
    """Every YAML block announces a source, once its shortened hashes are whole."""
    found = blocks("yaml")
    assert len(found) == 3
    for block in found:
        announced: dict[str, Any] = yaml.load(block, yaml.BaseLoader)["campaign"]["seed"]
        kind = announced["source"]
        made = json.loads(re.sub(r'"(\d+)"', r"\1", json.dumps(announced)))
        for part in made.get("parts", []):
            for number, one in enumerate(part.get("parties", [])):
                assert one["commitment"].endswith("…")
                one["commitment"] = f"{number:064x}"
        assert make_announcement(made).document()["source"] == kind


def test_the_shell_makes_a_commitment() -> None:
    """What the page computes with sha256sum is the commitment."""
    (code,) = blocks("sh")
    done = subprocess.run(
        ["bash", "-euc", code + "echo $value"], capture_output=True, text=True, check=True
    )
    found, value = done.stdout.split()[0], done.stdout.split()[-1]
    assert found == party_commitment("fire", value)
    assert found == hashlib.sha256(f"double-random/party/v1:fire:{value}".encode()).hexdigest()
