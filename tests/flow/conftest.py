"""One run of the small city, shared by the tests of the flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flow_program import SMALL, program


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The publication of the small city and what the program printed."""
    out = tmp_path_factory.mktemp("flow") / "small"
    code, figures, words = program(
        "run", SMALL, "--out", out, "--workers", "1", env={"PYTHONHASHSEED": "1"}
    )
    assert code == 0, words
    return out, figures
