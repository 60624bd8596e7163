"""The program `double-random`: a verb a file, found here and by entry points.

Data goes to stdout (with ``--json`` one document and nothing else), words go to stderr.
Exit codes: 0 done, 1 a check failed, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points, version

from optimizer.cli.arguments import Parser, UsageError
from optimizer.cli.output import explain, say
from optimizer.errors import DoubleRandomError, InputError

__all__ = ["build_parser", "main"]


OWN = ("run", "draw", "plan", "teams", "verify", "registers")


def build_parser(verb: str = "") -> argparse.ArgumentParser:
    """Build the parser with every verb, those of other packages included.

    Parameters
    ----------
    verb
        That was asked for: only what it needs is loaded, as most verbs take their time.
    """
    if verb in OWN:
        return _parser((verb,), others=False)
    if verb and not verb.startswith("-"):
        parser = _parser((), others=True)
        if any(verb in (action.choices or ()) for action in parser._actions):
            return parser
    return _parser(OWN, others=True)


def _parser(own: Sequence[str], *, others: bool) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="double-random",
        description="Auditable double-random draws, merged inspection plans, inspector lotteries.",
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {version('double-random')}"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in own:
        import_module(f"optimizer.cli.{name}").add_verb(verbs)
    if others:
        for point in sorted(entry_points(group="double_random.verbs"), key=lambda p: p.name):
            point.load()(verbs)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code.

    Parameters
    ----------
    argv
        Arguments without the program's name; those of the process by default.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:2] == ["plan", "bench"]:
        given = ["bench", "plan", *given[2:]]  # benchmarks stand above this package
    args = argparse.Namespace()
    try:
        args = build_parser(given[0] if given else "").parse_args(given)
        return int(args.func(args))
    except UsageError as error:
        say(error.usage.rstrip())
        return explain(error, as_json="--json" in given)
    except DoubleRandomError as error:
        return explain(
            error, as_json=getattr(args, "json", False), lang=getattr(args, "lang", "en")
        )
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        return _refused(error, args)
    except KeyboardInterrupt:
        say("stopped; nothing was written")
        return 130


def _refused(error: OSError, args: argparse.Namespace) -> int:
    """Say what the system refused where no verb foresaw it."""
    from optimizer.io.atomic import reason_of
    from optimizer.messages import in_language
    from optimizer.registers.fault import make_fault

    fault = make_fault("system-refused", str(error.filename or "-"), reason=reason_of(error))
    as_json, lang = getattr(args, "json", False), getattr(args, "lang", "en")
    try:
        return explain(InputError(fault), as_json=as_json, lang=lang)
    except OSError:  # it was the output itself that took no more
        say(in_language(fault, lang))
        return 2
