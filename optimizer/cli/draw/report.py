"""`double-random draw report FOLDER`: a draw by department and stratum, as a table and a page."""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from optimizer.cli.output import print_json, say, table
from optimizer.domain.registry import Document

_PUBLIC = "public"
"""Where a campaign's folder keeps what is published."""


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "report",
        help="a draw by department and stratum, and a page that a hall can follow",
        description="Tell a draw from what is published of it, at whatever stage: sizes, rates and "
        "chances by department and stratum, who was drawn, what the overlap of departments saves, "
        "how to check. With --page as a page of Chinese and English.",
    )
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a publication, or a campaign's folder"
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the page (HTML) here")
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of messages")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer.io.atomic import write_file
    from optimizer.publication.page_draw import page

    found = read_report(args.folder)
    if args.page:
        write_file(args.page, page(found))
    if args.json:
        print_json(found)
    else:
        print(_table(found))
    if args.page:
        say(str(args.page))
    return 0


def read_report(folder: Path) -> Document:
    """Return the report of a publication or of a campaign's public folder.

    Raises
    ------
    InputError
        Where the folder is none, or its documents cannot be read.
    """
    from optimizer.errors import InputError
    from optimizer.publication.draw_report import draw_report
    from optimizer.registers.fault import make_fault

    home = folder / _PUBLIC if (folder / _PUBLIC / "transcript").is_dir() else folder
    inside = home / "transcript"
    if not (inside / "frame.json").is_file() or not (inside / "spec.json").is_file():
        raise InputError(make_fault("no-publication", str(folder)))

    def read(path: Path) -> Any:
        from optimizer import canon

        if not path.is_file():
            return None
        try:
            return canon.parse(path.read_bytes())
        except ValueError:
            raise InputError(make_fault("json-syntax", str(path.relative_to(home)))) from None

    lines = home / "ledger" / "entries.jsonl"
    try:
        entries = lines.read_text("utf-8").splitlines() if lines.is_file() else []
        return draw_report(
            read(inside / "frame.json"),
            read(inside / "spec.json"),
            seed=read(inside / "seed.json"),
            draw=read(inside / "draw.json") or read(inside / "draw-sealed.json"),
            entries=[json.loads(line) for line in entries],
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        raise InputError(make_fault("no-publication", str(folder))) from None


def _table(found: Document) -> str:
    rows = [
        (
            row["department"],
            len(row["orders"]),
            _decimal(row["expected"]),
            "" if row["size"] is None else row["size"],
            "" if row["enterprises"] is None else row["enterprises"],
        )
        for row in found["departments"]
    ]
    told = [f"{found['campaign']}: {found['stage']}"]
    told.append(table(rows, ("department", "orders", "expected", "drawn", "enterprises")))
    if overlap := found["overlap"]:
        told.append(
            f"{overlap['drawn']} drawn, {overlap['enterprises']} enterprises; independent draws "
            f"{_decimal(overlap['independent'])}, no design under {_decimal(overlap['bound'])}; "
            f"{overlap['saved_visits']} visits saved by overlap"
        )
    return "\n".join(told)


def _decimal(text: str) -> str:
    return f"{float(Fraction(text)):.1f}"
