"""Time of each stage of the whole flow, at several sizes."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.child import measure
from benchmarks.report import Report
from optimizer.errors import InfeasibleError

SCALES = ("1/100", "1/30", "1/10")
_SEED = 2026


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "--preset", default="yangquan", help="generated scenario (default: yangquan)"
    )
    parser.add_argument(
        "--size",
        "--scale",
        nargs="+",
        default=list(SCALES),
        metavar="X",
        help="sizes as shares of the preset (default: 1/100 1/30 1/10)",
    )
    parser.add_argument("--effort", type=int, default=50, help="planner's search effort (counts)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Run the flow at each size, each in a process of its own.

    Raises
    ------
    InputError
        On a preset or scale that the generator does not know, before anything runs.
    """
    from scenarios.generator.parameters import read_parameters

    for scale in args.size:
        read_parameters({"preset": args.preset, "scale": scale})
    rows = []
    failures = []
    for scale in args.size:
        say(f"flow: {args.preset} at {scale}")
        found = measure(
            __name__,
            {
                "preset": args.preset,
                "scale": scale,
                "effort": args.effort,
                "workers": args.workers,
            },
        )
        if found["failure"]:
            failures.append(f"{args.preset} at {scale} has no plan: {found['failure']}")
        seconds: dict[str, float] = found["seconds"]
        total = sum(seconds.values())
        rows += [
            {
                "method": "ours",
                "scale": scale,
                "enterprises": found["enterprises"],
                "visits": found["visits"],
                "stage": stage,
                "seconds": spent,
                "share": spent / total if total else 0.0,
                "peak_mib": found["peak_mib"],
            }
            for stage, spent in [*seconds.items(), ("total", total)]
        ]
    command = (
        f"double-random bench flow --preset {args.preset} --effort {args.effort} "
        f"--workers {args.workers} --size {' '.join(args.size)}"
    )
    notes = (
        f"scenario generated from seed {_SEED}; one run of each size; memory is the peak of the "
        "whole run, without worker processes",
    )
    return Report("flow", command, tuple(rows), (*notes, *failures), failed=bool(failures))


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run the flow once; runs in a process of its own."""
    # Loaded here, so that showing the program's help does not load the solver.
    from optimizer.flow import demo_secrets, run_flow
    from optimizer.io import load_scenario
    from scenarios.generator.parameters import read_parameters

    clock = StageClock()
    profile, scale = read_parameters({"preset": job["preset"], "scale": job["scale"]})
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_scenario(profile, scale, folder)
        clock.stage("registers")
        scenario = load_scenario(folder)
        visits, failure = None, ""
        try:
            run = run_flow(
                scenario,
                secrets=demo_secrets(scenario.name),
                effort=job["effort"],
                workers=job["workers"],
                progress=clock,
            )
            visits = run.figures["visits"]
        except InfeasibleError as error:
            failure = str(error)
        clock.stage("")
    return {
        "enterprises": len(scenario.registers.enterprises),
        "visits": visits,
        "seconds": clock.seconds,
        "failure": failure,
    }


def write_scenario(profile: Any, scale: Fraction, folder: Path) -> None:
    """Write a generated scenario below `folder`."""
    from scenarios.generator.folder import scenario_files

    for path, data in scenario_files(profile, _SEED, scale=scale).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


class StageClock:
    """Progress that adds up the seconds of each stage.

    Attributes
    ----------
    seconds
        By stage, in order of first use.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage = ""
        self._begun = time.perf_counter()

    def stage(self, name: str) -> None:
        """End the present stage and begin `name`; ``""`` only ends."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._begun
        self._stage, self._begun = name, now

    def step(self, done: int, total: int, note: str = "") -> None:
        """Steps are not timed."""
