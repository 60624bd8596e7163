"""Who signs the ledger, as it is given on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer.canon.signing import KeyHolder
from optimizer.io.keyholder import open_key_holder

TRIAL = b"double-random/signer-trial/v1\n"
"""What is signed to see that a key is there; no note begins like this."""


def add_signer_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a key held elsewhere."""
    parser.add_argument(
        "--signer-command",
        metavar="COMMAND",
        help="program that signs the ledger instead of the secrets' seed: it gets the bytes on its "
        "input and writes the signature; for keys in a device (docs/how-to/sm.md)",
    )
    parser.add_argument(
        "--signer-public",
        type=Path,
        metavar="FILE",
        help="public key of that program's key in PEM, Ed25519 or SM2",
    )


def key_holder(args: argparse.Namespace) -> KeyHolder | None:
    """Return the key that the options name, or ``None``.

    It is asked once before the work begins: a device that is not plugged in should not be found
    out after it.

    Raises
    ------
    InputError
        Where one of them is given without the other or cannot be read, or the program does not
        sign.
    """
    holder = open_key_holder(args.signer_command, args.signer_public)
    if holder is not None:
        holder.sign(TRIAL)
    return holder
