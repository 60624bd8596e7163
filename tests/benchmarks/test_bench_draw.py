"""`double-random bench draw`: methods agree, rows and JSON have their shape."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest
from consistent_sampler import sampler

from benchmarks.draw import SEED, make_ids
from benchmarks.openssl import raw_speed
from benchmarks.registry import draw_methods, is_ready
from optimizer.cli import main

FIELDS = {
    "method",
    "enterprises",
    "seconds",
    "per_second",
    "ratio_rivest",
    "ratio_openssl",
    "peak_mib",
    "measured_at",
    "extrapolated",
    "packing",
    "hashing",
    "selecting",
}


@pytest.mark.parametrize("order", ["ticket", "rivest"])
def test_methods_of_one_order_draw_the_same(order: str) -> None:
    """What is timed is the same draw, by whatever method."""
    methods = [make() for make in draw_methods().values() if is_ready(make)]
    chosen = [method for method in methods if method.order == order]
    ids = make_ids(700)
    samples = [
        method.draw(method.ready(ids) if hasattr(method, "ready") else ids, SEED, 50)
        for method in chosen
    ]
    assert len(chosen) >= 2
    assert all(sample == samples[0] for sample in samples)
    if order == "rivest":
        assert samples[0] == list(sampler(ids, SEED, take=50, output="id"))


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout is JSON and nothing else; every row has every field."""
    argv = ["bench", "draw", "--json", "--repeats", "1", "--seconds", "0", "--size", "300"]
    argv += ["--method", "ours-hashlib", "rivest"]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"bench", "machine", "command", "rows"} <= set(found)
    assert found["bench"] == "draw"
    assert [row["method"] for row in found["rows"]] == ["ours-hashlib", "rivest"]
    for row in found["rows"]:
        assert set(row) == FIELDS
        assert row["seconds"] > 0
        assert row["per_second"] == pytest.approx(300 / row["seconds"])
        assert row["peak_mib"] > 5
        assert row["extrapolated"] is False
    assert found["rows"][1]["ratio_rivest"] == 1


def test_rates_beyond_the_measured_are_said_to_be_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A method measured up to 200 shows, at 1000, the rate it had at 200, and says so."""
    monkeypatch.setattr(draw_methods()["rivest"], "largest", 200)
    argv = ["bench", "draw", "--json", "--repeats", "1", "--seconds", "0", "--size", "200", "1000"]
    assert main([*argv, "--method", "rivest"]) == 0
    small, large = json.loads(capsys.readouterr().out)["rows"]
    assert (large["enterprises"], large["measured_at"], large["extrapolated"]) == (1000, 200, True)
    assert large["per_second"] == small["per_second"]
    assert large["seconds"] == pytest.approx(5 * small["seconds"])


def test_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json the rows stand in a table with what is compared below it."""
    argv = [
        "bench",
        "draw",
        "--repeats",
        "1",
        "--seconds",
        "0",
        "--size",
        "100",
        "--method",
        "hashlib loop",
    ]
    assert main(argv) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["method", "enterprises"]
    assert lines[2].startswith("hashlib loop")
    assert any("raw speed" in line for line in lines)


def test_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    """A benchmark or method that is none, or no name, is bad input, answered by the list."""
    for argv in (["bench", "speed"], ["bench"]):
        assert main(argv) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "draw" in captured.err or "NAME" in captured.err
    assert main(["bench", "draw", "--method", "magic"]) == 2
    assert "hashlib loop" in capsys.readouterr().err


def test_help_of_one_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    """`bench draw --help` shows its own options; `bench --help` the list."""
    for argv, shown in ((["draw", "--help"], "--repeats"), (["--help"], "flow")):
        with pytest.raises(SystemExit) as caught:
            main(["bench", *argv])
        assert caught.value.code == 0
        assert shown in capsys.readouterr().out


def test_help_loads_no_solver() -> None:
    """The verb's options are known without loading numpy, solver or compiler."""
    code = (
        "import argparse, sys\n"
        "from benchmarks.verbs import add_bench_verb\n"
        "add_bench_verb(argparse.ArgumentParser().add_subparsers())\n"
        "print([m for m in ('numpy', 'ortools', 'pandas', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_raw_speed_without_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no openssl program a loop over hashlib stands in, and is named."""
    monkeypatch.setenv("PATH", "")
    found = raw_speed(seconds=0.05)
    assert found.per_second > 1000
    assert "hashlib" in found.source


def test_registry_finds_every_method() -> None:
    """Each file of methods is found once; what needs a missing module is known as such."""
    methods = draw_methods()
    assert {"ours", "ours-hashlib", "ours-packed", "hashlib loop", "rivest"} <= set(methods)
    assert is_ready(methods["ours"]) == (find_spec("numba") is not None)
    assert is_ready(methods["hashlib loop"])
