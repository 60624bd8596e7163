"""`double-random teams view DIR --inspector ID`: my chances and my days, as data and as a page."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer.cli.draw.ceremony import heads, word
from optimizer.cli.draw.common import add_words
from optimizer.cli.output import print_json, say, table
from optimizer.cli.teams.place import add_place, read_all, salt_master
from optimizer.flow import Standing, own_view
from optimizer.io.atomic import write_file
from optimizer.publication.page_own import page


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "view",
        help="an inspector's own chances and days, and nothing of any colleague",
        description="Tell an inspector the own chances, visit by visit, the days on which the own "
        "visits are, and how the own work stands to the unit's mean. Enterprises are named only "
        "where the inspector goes or is recused, there with the grounds. With --page as a page "
        "of Chinese and English.",
    )
    add_place(parser, scenario=False)
    parser.add_argument("--inspector", required=True, metavar="ID", help="whose view")
    parser.add_argument(
        "--secrets",
        type=Path,
        metavar="FILE",
        help="of a publication, as in `run`: opens the grounds of the own recusals",
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the page (HTML) here")
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    found = own_view(
        Standing.read(read_all(args.folder)),
        args.inspector,
        salt_master=salt_master(args.folder, args.secrets),
    )
    if args.page:
        write_file(args.page, page(found), mode=0o600)
    if args.json:
        print_json(found)
        return 0
    going = [
        (one["day"], one["visit"], one["enterprise"], one["half_days"]) for one in found["going"]
    ]
    print(table(going, heads("going", args.lang)))
    stays_away = [
        (
            one["enterprise"],
            ", ".join(word(f"recusal.{ground}", args.lang) for ground in one["grounds"]),
            one["salt"] or "",
        )
        for one in found["recusals"]
    ]
    if stays_away:
        print(table(stays_away, heads("recusals", args.lang)))
    for one in found["rounds"]:
        work = one["workload"]
        period = " – ".join(one["period"])
        print(word("table.round", args.lang, number=one["round"], period=period))
        print(word("table.work", args.lang, expected=work["expected"], mean=work["mean"]))
        rows = [
            (
                day["day"],
                seat["visit"],
                seat["skill"],
                seat["odds"],
                word(f"state.{seat['state']}", args.lang),
            )
            for day in one["days"]
            for seat in day["seats"]
        ]
        print(table(rows, heads("chances", args.lang)))
    if args.page:
        say(str(args.page))
    return 0
