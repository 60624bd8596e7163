"""`double-random teams substitute DIR`: who goes in place of an inspector who cannot come."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.cli.draw.ceremony import word
from optimizer.cli.teams.place import Taken, add_place, add_step, take
from optimizer.flow import at_risk, commit_anew, stand_in_step, standing_of


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "substitute",
        help="replace an inspector who cannot come, by lottery among those free",
        description="Replace an inspector of a drawn team by lottery among those who are free and "
        "may go, from a key that the teams' seed fixed. The reason is in the ledger.",
    )
    add_place(parser)
    parser.add_argument("--visit", required=True, metavar="V", help="its number, as V000012")
    parser.add_argument("--absent", required=True, metavar="I", help="who cannot come")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the ledger")
    add_step(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    return take(
        args,
        lambda before, given, scenario: stand_in_step(
            before, given, visit=args.visit, absent=args.absent, reason=args.reason
        ),
        name="teams-substitute",
        more=_told,
        lines=_lines,
    )


def _told(taken: Taken) -> Mapping[str, Any]:
    standing = standing_of(taken.after)
    done = standing.substitutions[-1]
    rest = commit_anew(standing)
    return {
        **{name: done[name] for name in ("visit", "unit", "absent", "substitute", "reason")},
        "at_risk": at_risk(standing, done["substitute"]),
        "commit_anew": None if rest is None else [rest.first.isoformat(), rest.last.isoformat()],
    }


def _lines(told: Mapping[str, Any], lang: str) -> Iterator[str]:
    risks = told["at_risk"]
    if risks:
        rest = told["commit_anew"]
        yield word(
            "note.at-risk-known" if rest is None else "note.at-risk",
            lang,
            days=", ".join(dict.fromkeys(one["day"] for one in risks)),
            inspector=told["substitute"],
            grounds=("、" if lang == "zh" else ", ").join(
                word(f"ground.{ground}", lang)
                for ground in sorted({one["ground"] for one in risks})
            ),
            period="/".join(rest or ()),
        )
