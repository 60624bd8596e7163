"""Verbs that keep a store: `backup`, `restore`, `audit`; and the options that name one."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.config import Effective
    from api.settings import Settings


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """Add what names a store."""
    parser.add_argument(
        "--db",
        metavar="FILE|URL",
        help="the store: an SQLite file (double-random.sqlite3), or "
        "postgresql://USER:PASSWORD@HOST/DATABASE; where it is not given, $DOUBLE_RANDOM_DB, which "
        "keeps a password out of the list of processes",
    )
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="folder of the log's key and newest checkpoint (beside the SQLite file; with a "
        "database the working folder)",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="TOML file of settings; where it is not given, $DOUBLE_RANDOM_CONFIG",
    )


def config_of(args: argparse.Namespace) -> tuple[Effective, ...]:
    """Return the whole configuration: options, environment, file, defaults.

    Raises
    ------
    InputError
        With every unknown name and bad value.
    """
    from api.config import effective

    return effective(vars(args), os.environ, args.config)


def settings_of(args: argparse.Namespace) -> Settings:
    """Return the settings that options, environment and file give."""
    from api.config import settings_of

    return settings_of(config_of(args))


def add_keeping_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs to the program's parser."""
    parser = verbs.add_parser(
        "backup",
        help="write the API's store into one file, while it is served",
        description="Write a store into one file that either kind of store can be restored from. "
        "The file shows one moment of the store; servers go on meanwhile. It holds secrets of "
        "campaigns and personal data: keep it as safe as the store. The private key of the log "
        "is not in it, unless asked for: without that key a backup cannot be restored.",
    )
    add_store_options(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="must not exist")
    parser.add_argument(
        "--with-keys",
        action="store_true",
        help="the private keys of log and entry codes as well: who has the file can then sign "
        "in the bureau's name",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=backup)
    parser = verbs.add_parser(
        "restore",
        help="make a store from a backup",
        description="Make a store from a backup, of either kind, where there is none or an empty "
        "one. Every digest and the whole log are checked first; if anything fails, nothing is "
        "left. A backup older than the checkpoint kept apart in --home is refused: the entries "
        "since then would be lost unseen.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="written by `backup`")
    add_store_options(parser)
    parser.add_argument(
        "--older-on-record",
        metavar="REASON",
        help="take an older copy nevertheless: REASON, both sizes and the checkpoint that is left "
        "behind become the log's first new entry",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=restore)
    parser = verbs.add_parser(
        "audit",
        help="recompute everything that the API's store holds",
        description="Recompute a store, while it is served: the canonical form, leaf and order of "
        "every log entry, the root and signature of every checkpoint, the checkpoint kept apart, "
        "each campaign's own ledger, and the documents against the entries that name them. "
        "Exit code 1 at any difference.",
    )
    add_store_options(parser)
    parser.add_argument(
        "--vkey",
        type=Path,
        metavar="FILE",
        help="the log's verifier key, for who does not hold the private key of --home",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=audit)


def backup(args: argparse.Namespace) -> int:
    """Run the verb ``backup``; return the exit code."""
    from api.store.backup import back_up

    made = back_up(settings_of(args), args.out, now=_now(), with_keys=args.with_keys)
    facts = {
        "ok": True,
        "file": args.out.name,
        "bytes": made.size,
        "sha256": made.sha256,
        **{name: made.manifest[name] for name in ("made_at", "revision", "size", "checkpoint")},
        "rows": {table["name"]: table["rows"] for table in made.manifest["tables"]},
        "keys": sorted(made.manifest["keys"]),
    }
    keys = "its private keys are in it" if args.with_keys else "its private keys are not in it"
    _tell(
        args.json,
        facts,
        f"{args.out.name}: {made.size} bytes, {sum(facts['rows'].values())} rows, "
        f"{facts['size']} log entries; {keys}\nsha256 {made.sha256}",
    )
    return 0


def restore(args: argparse.Namespace) -> int:
    """Run the verb ``restore``; return the exit code."""
    from api.store.restore import restore

    settings = settings_of(args)
    made = restore(args.file, settings, now=_now(), reason=args.older_on_record)
    facts = {
        "ok": True,
        "made_at": made.manifest["made_at"],
        "size": made.size,
        "left_behind": made.left_behind,
        "apart_known": made.apart_known,
    }
    words = f"restored as of {made.manifest['made_at']}; the log has {made.size} entries"
    if made.left_behind:
        words += f", the last of which says that a log of {made.left_behind} was left behind"
    if not made.apart_known:
        words += (
            "\nno checkpoint was kept apart in --home: nothing here tells whether the store had "
            "newer entries; hold the newest checkpoint that others have against it"
        )
    _tell(args.json, facts, words)
    return 0


def audit(args: argparse.Namespace) -> int:
    """Run the verb ``audit``; return the exit code."""
    from api.store.audit import audit_store
    from optimizer.cli.output import print_json, say, table

    vkey = None if args.vkey is None else args.vkey.read_text("utf-8").strip()
    found = audit_store(settings_of(args), vkey)
    ok = not any(each.differences for each in found)
    if args.json:
        print_json({"ok": ok, "parts": [asdict(each) for each in found]})
        return 0 if ok else 1
    rows = [(each.what, each.looked_at, len(each.differences)) for each in found]
    sys.stdout.write(table(rows, ("what", "looked at", "differences")) + "\n")
    for each in found:
        for difference in each.differences:
            say(f"{each.what}: {difference}")
    return 0 if ok else 1


def _tell(as_json: bool, facts: dict[str, Any], words: str) -> None:
    from optimizer.cli.output import print_json, say

    if as_json:
        print_json(facts)
    else:
        say(words)


def _now() -> str:
    from api.store.database import local_time, timestamp

    return timestamp(local_time())
