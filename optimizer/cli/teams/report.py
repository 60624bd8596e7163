"""`double-random teams report DIR`: how even the work is, and what an insider could guess."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer.cli.draw.ceremony import heads, word
from optimizer.cli.draw.common import add_words
from optimizer.cli.output import print_json, say, table
from optimizer.cli.teams.place import add_place, read_all
from optimizer.flow import Standing, teams_report
from optimizer.io.atomic import write_file
from optimizer.publication.page_teams import page


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "report",
        help="workloads, entropy, and an insider's best guess before and after each draw",
        description="Tell for each unit how even the expected and drawn workloads are, how "
        "unpredictable the odds, which odds are certain or nought; and for each draw the best "
        "guess of who fills a seat, from the odds alone and once the draws before are known, and "
        "the seats it gave to another rather than take somebody beyond a rule. With --page as a "
        "page of Chinese and English, with pictures.",
    )
    add_place(parser, scenario=False)
    parser.add_argument(
        "--page", "--html", type=Path, metavar="FILE", help="write the page (HTML) here"
    )
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    found = teams_report(Standing.read(read_all(args.folder)))
    if args.page:
        write_file(args.page, page(found))
    if args.json:
        print_json(found)
        return 0
    for one in found["rounds"]:
        period = " – ".join(one["period"])
        print(word("table.round", args.lang, number=one["round"], period=period))
        units = [[str(unit[name]) for name in UNIT] for unit in one["units"]]
        print(table(units, heads("units", args.lang)))
        rows = [
            (
                "/".join(draw["days"]),
                draw["seats"],
                draw["committed"]["mean"],
                draw["before"]["mean"],
                draw["before"]["largest"],
                draw["after"]["mean"] if draw["after"] else "",
            )
            for draw in one["draws"]
        ]
        print(table(rows, heads("draws", args.lang)))
        beyond = [
            (
                "/".join(draw["days"]),
                word(f"ground.{one['ground']}", "zh") if args.lang == "zh" else one["ground"],
                one["given_away"],
                one["open"],
            )
            for draw in one["draws"]
            for one in draw["stood_in"]
        ]
        if beyond:
            print(table(beyond, heads("beyond", args.lang)))
    if args.page:
        say(str(args.page))
    return 0


UNIT = ("unit", "inspectors", "seats", "spread", "spread_leximin", "drawn_spread", "entropy",
        "entropy_bound", "largest", "certain", "nought")  # fmt: skip
