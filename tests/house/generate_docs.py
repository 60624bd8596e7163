"""Writes `docs/cli.md` from the program's own help, and the tables of `docs/rules.md`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def verbs(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser and those of its verbs, depth first."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name in sorted(action.choices):
                yield from verbs(action.choices[name])


def page() -> str:
    """Return the page."""
    os.environ["COLUMNS"] = "96"
    from optimizer.cli import build_parser

    parts = [
        "# The program\n\nWritten by `make docs` from the program's own help.\n"
        "Exit codes: 0 done, 1 a check failed, 2 bad input. With `--json` one document goes to "
        "stdout and nothing else; words and progress go to stderr.\n"
    ]
    parts += [
        f"## {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```\n"
        for parser in verbs(build_parser())
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    import rules_page

    PAGE.write_text(page(), "utf-8")
    rules_page.PAGE.write_text(rules_page.page(), "utf-8")
