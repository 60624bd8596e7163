"""Every verb is documented, as it is."""

from __future__ import annotations

import sys

import pytest
from generate_docs import PAGE, page


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="argparse words its help otherwise in each Python"
)
def test_cli_page_is_the_programs_help() -> None:
    """`docs/cli.md` is what `make docs` writes now."""
    assert PAGE.read_text("utf-8") == page()
