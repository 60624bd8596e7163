"""Writes the digests of the small city's documents; run it when a change of them is meant."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from optimizer import demo_secrets, load_scenario, run_flow
from optimizer.canon import digest

HERE = Path(__file__).parent
SMALL = HERE.parents[1] / "scenarios" / "presets" / "small"


def digests() -> dict[str, str]:
    """Return path → digest of every transcript and of the ledger's entries."""
    city = load_scenario(SMALL)
    documents = run_flow(city, secrets=demo_secrets(city.name)).documents
    return {
        path: digest(data)
        for path, data in sorted(documents.items())
        if path.startswith(("transcript/", "ledger/"))
    }


if __name__ == "__main__":
    (HERE / "small.json").write_text(json.dumps(digests(), indent=2) + "\n", "utf-8")
    sys.stderr.write("written: tests/golden/small.json\n")
