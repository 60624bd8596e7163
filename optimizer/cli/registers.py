"""`double-random registers validate DIR`: every fault of every register, as a table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.cli.output import print_json, say, table
from optimizer.errors import Fault, InputError
from optimizer.messages import in_language


def add_verb(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = subparsers.add_parser(
        "registers",
        help="check registers and show every fault",
        description="Work on the registers (一单两库) before anything is drawn from them.",
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    validate = acts.add_parser(
        "validate",
        help="check registers and show every fault",
        description="Check a scenario folder, or a folder of files named enterprises, units, "
        "inspectors, items, and triggered and visits_made if any (.csv, .csv.gz, .xlsx, .parquet); "
        "mapping.yaml, areas.csv and industries.csv beside them are read as well.",
    )
    validate.add_argument("folder", type=Path, metavar="DIR", help="the folder")
    validate.add_argument(
        "--mapping", type=Path, metavar="FILE", help="the bureau's own headings and words (YAML)"
    )
    validate.add_argument("--city", default="", metavar="CODE", help="area code of the city")
    validate.add_argument(
        "--identifiers",
        choices=("uscc", "free"),
        default="uscc",
        help="of a bare folder: social credit codes, or any of capitals, digits and hyphens",
    )
    validate.add_argument(
        "--exclude-faulty",
        action="store_true",
        help="say what is left when faulty rows, and rows that refer to them, are left out",
    )
    validate.add_argument("--lang", choices=("en", "zh"), default="en", help="language of messages")
    validate.add_argument("--json", action="store_true", help="one JSON document on stdout")
    validate.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the verb; return the exit code: 0 without faults, 2 with faults."""
    from optimizer.io.scenario import (
        SCENARIO_FILE,
        files_beside,
        load_scenario,
        read_register_files,
    )

    counts: dict[str, int] = {}
    excluded = 0
    warnings: Sequence[Fault] = ()
    faults: Sequence[Fault] = ()
    try:
        if (args.folder / SCENARIO_FILE).is_file():
            scenario = load_scenario(
                args.folder, exclude_faulty=args.exclude_faulty, mapping=args.mapping
            )
            registers, warnings = scenario.registers, scenario.warnings
        else:
            mapping, codes = files_beside(args.folder)
            reading = read_register_files(
                (args.folder,),
                {},
                codes_files=codes,
                mapping=args.mapping,
                mapping_file=mapping,
                identifiers=args.identifiers,
                city=args.city,
                exclude_faulty=args.exclude_faulty,
            )
            if reading.registers is None:
                raise InputError(reading.faults)
            registers, warnings = reading.registers, (*reading.warnings, *reading.faults)
        counts = {file.register: file.rows - len(file.excluded) for file in registers.files}
        excluded = sum(len(file.excluded) for file in registers.files)
    except InputError as error:
        faults = error.faults
    if args.json:
        print_json(_report(counts, excluded, faults, warnings))
    elif faults:
        print(_fault_table(faults, args.lang))
    else:
        print(table([(name, f"{n:,}") for name, n in counts.items()], ("register", "rows")))
    for warning in warnings:
        say(("注意：" if args.lang == "zh" else "note: ") + in_language(warning, args.lang))
    say(_summary(len(faults), excluded, args.lang))
    return 2 if faults else 0


def _report(
    counts: dict[str, int], excluded: int, faults: Sequence[Fault], warnings: Sequence[Fault]
) -> dict[str, Any]:
    return {
        "ok": not faults,
        "rows": counts,
        "excluded": excluded,
        "faults": [fault.as_dict() for fault in faults],
        "warnings": [fault.as_dict() for fault in warnings],
    }


MOST_SHOWN = 500
"""Faults shown as a table; ``--json`` gives all."""

_HEADS = {
    "en": ("file", "row", "field", "value", "what is wrong and how to mend it"),
    "zh": ("文件", "行", "字段", "内容", "问题与处理"),
}


def _fault_table(faults: Sequence[Fault], lang: str) -> str:
    rows = []
    for fault in faults[:MOST_SHOWN]:
        bare = Fault(fault.code, "", None, "", "", fault.expected, fault.mend)
        words = in_language(bare, lang).lstrip("：: ")
        row = "" if fault.row is None else str(fault.row)
        rows.append((fault.file, row, fault.field, fault.value, words))
    return table(rows, _HEADS[lang])


def _summary(faults: int, excluded: int, lang: str) -> str:
    if lang == "zh":
        more = f"（只列出前 {MOST_SHOWN} 处，--json 给出全部）" if faults > MOST_SHOWN else ""
        return f"发现 {faults} 处错误{more}" if faults else f"没有错误；排除 {excluded} 行"
    if faults:
        more = (
            f"; the first {MOST_SHOWN} are shown, --json gives all" if faults > MOST_SHOWN else ""
        )
        return f"{faults} fault{'s' if faults != 1 else ''}{more}"
    return f"no faults; {excluded} row{'s' if excluded != 1 else ''} left out"
