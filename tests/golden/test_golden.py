"""The small city's documents are the same bytes on every machine and Python."""

from __future__ import annotations

import json

from make_golden import HERE, digests


def test_documents_are_the_golden_ones() -> None:
    """Registers, seeds and pinned versions give exactly these documents, wherever they run."""
    assert digests() == json.loads((HERE / "small.json").read_text("utf-8"))
