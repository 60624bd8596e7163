"""Speed of the draw, beside Rivest's sampler and the machine's SHA-256."""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.child import measure
from benchmarks.openssl import raw_speed
from benchmarks.registry import chosen_methods, draw_methods, is_ready
from benchmarks.report import Report
from optimizer.errors import CheckFailedError

SIZES = (10**4, 10**5, 10**6, 10**7)
SHARE = 0.03
SEED = "double-random/v1 campaign=bench purpose=draw"
_BASELINE = "rivest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "--size",
        type=_size,
        nargs="+",
        default=list(SIZES),
        metavar="N",
        help="enterprises in the frame (default: 10^4 to 10^7)",
    )
    parser.add_argument(
        "--repeats", type=_size, default=3, metavar="N", help="at least N times (default: 3)"
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=3.0,
        metavar="S",
        help="and for at least S seconds of the processor; the best counts (default: 3)",
    )
    parser.add_argument("--method", nargs="+", metavar="NAME", help="only these methods")


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Measure every method at every size.

    Raises
    ------
    CheckFailedError
        Where methods of the same order draw different enterprises: their speeds would not
        compare.
    InputError
        On a method that there is not.
    """
    chosen = chosen_methods(draw_methods(), args.method, "--method")
    raw = raw_speed()
    missing = [name for name, method in chosen.items() if not is_ready(method)]
    measured: dict[tuple[str, int], dict[str, Any]] = {}
    for name in chosen:
        if name in missing:
            continue
        method = chosen[name]()
        for size in sorted({min(size, method.largest) for size in args.size}):
            say(f"draw: {name}, {size:,} enterprises")
            measured[name, size] = measure(
                __name__,
                {
                    "method": name,
                    "size": size,
                    "repeats": args.repeats,
                    "seconds": args.seconds,
                },
            )
    _check_agreement(chosen, measured)
    rows = []
    for size in args.size:
        ready = [name for name in chosen if name not in missing]
        rates = {}
        for name in ready:
            at = min(size, chosen[name]().largest)
            rates[name] = (at, at / measured[name, at]["seconds"])
        for name in ready:
            at, rate = rates[name]
            rows.append(
                {
                    "method": name,
                    "enterprises": size,
                    "seconds": size / rate,
                    "per_second": rate,
                    "ratio_rivest": rate / rates[_BASELINE][1] if _BASELINE in rates else None,
                    "ratio_openssl": rate / raw.per_second,
                    "peak_mib": measured[name, at]["peak_mib"],
                    "measured_at": at,
                    "extrapolated": at != size,
                    **_stages(measured[name, at], at, size),
                }
            )
    notes = [
        f"draws {SHARE:.0%} of identifiers of 18 characters in one stratum, from texts in memory "
        f"to the sample in order; processor seconds, the best of at least {args.repeats} and "
        f"{args.seconds:g} seconds, one process each",
        "ours-packed: from identifiers packed when the frame was committed",
        "packing and hashing measured alone; selecting is the rest",
        "methods of one order drew the same enterprises (compared by digest)",
        "where extrapolated, the rate is that of measured_at, and so is the memory",
        f"raw speed {raw.per_second:,.0f} messages of 64 bytes a second: {raw.source}",
    ]
    notes += [f"left out, not installed: {name}" for name in missing]
    command = (
        f"double-random bench draw --repeats {args.repeats} --seconds {args.seconds:g} --size "
        + " ".join(map(str, args.size))
    )
    return Report("draw", command, tuple(rows), tuple(notes))


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one method at one size; runs in a process of its own."""
    method = draw_methods()[job["method"]]()
    ids = make_ids(job["size"])
    take = max(1, int(len(ids) * SHARE))
    method.draw(ids[:1000], SEED, 10)  # compilers and imports are not what is measured
    ready = getattr(method, "ready", None)
    given = ids if ready is None else ready(ids)
    best = float("inf")
    stages: dict[str, float] = {}
    sample: list[str] = []
    repeats, spent = 0, 0.0
    # A quick method gets as long to meet a quiet moment of the machine as a slow one.
    while repeats < job["repeats"] or spent < job["seconds"]:
        begun = time.process_time()
        sample = method.draw(given, SEED, take)
        taken = time.process_time() - begun
        best, spent, repeats = min(best, taken), spent + taken, repeats + 1
        if hasattr(method, "stages"):
            for name, seconds in method.stages(given, SEED).items():
                stages[name] = min(seconds, stages.get(name, seconds))
    return {
        "seconds": best,
        "sample": hashlib.sha256("\n".join(sample).encode()).hexdigest(),
        **stages,
    }


def make_ids(count: int) -> list[str]:
    """Return identifiers of 18 characters, as long as unified social credit codes."""
    return [f"91140300{number:010d}" for number in range(count)]


def _stages(found: Mapping[str, Any], at: int, size: int) -> dict[str, float | None]:
    """Return seconds of packing and hashing alone, and of the rest; None where not told apart."""
    if "packing" not in found:
        return {"packing": None, "hashing": None, "selecting": None}
    rest = max(0.0, found["seconds"] - found["packing"] - found["hashing"])
    parts = {"packing": found["packing"], "hashing": found["hashing"], "selecting": rest}
    return {name: seconds * size / at for name, seconds in parts.items()}


def _check_agreement(
    chosen: Mapping[str, Callable[[], Any]], measured: Mapping[tuple[str, int], dict[str, Any]]
) -> None:
    samples: dict[tuple[str, int], dict[str, list[str]]] = {}
    for (name, size), found in measured.items():
        by_sample = samples.setdefault((chosen[name]().order, size), {})
        by_sample.setdefault(found["sample"], []).append(name)
    for (order, size), by_sample in samples.items():
        if len(by_sample) > 1:
            raise CheckFailedError(
                f"methods of the order {order} draw different enterprises of {size}: "
                + " | ".join(", ".join(names) for names in by_sample.values())
            )


def _size(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number of at least 1")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < 3600:
        raise argparse.ArgumentTypeError("expected seconds, 0 to an hour")
    return seconds
