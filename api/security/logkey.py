"""The server's Ed25519 keys: each a file of its own beside the store, for its owner alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from optimizer.errors import Fault, InputError

_SIZE = 32
_DEFAULTS = frozenset(bytes([value]) * _SIZE for value in range(256)) | {bytes(range(_SIZE))}
"""Keys that someone typed in as a placeholder: they sign nothing here."""


def write_log_key(path: Path, token: Callable[[int], bytes]) -> bytes:
    """Make the key and write it, readable by its owner alone.

    Parameters
    ----------
    path
        Must not exist.
    token
        Gives that many secret random bytes.
    """
    seed = token(_SIZE)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(seed.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        # Half a key would keep the next start from making a whole one.
        path.unlink()
        raise
    return seed


def read_log_key(path: Path) -> bytes:
    """Read the log's key; see `read_secret`."""
    return read_secret(path, "log-key", "the key that signed this store's checkpoints")


def read_secret(path: Path, name: str, what: str) -> bytes:
    """Read a key of 32 bytes.

    Parameters
    ----------
    name
        Begins the codes of faults.
    what
        What the key does, in words.

    Raises
    ------
    InputError
        If it is missing, malformed, a placeholder, or others can read it.
    """
    try:
        text = path.read_text("ascii").strip()
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        raise _fault(
            path,
            f"{name}-missing",
            what,
            "Put the key file back from the backup: a new key would start another log.",
        ) from None
    except (OSError, ValueError) as error:
        raise _fault(
            path,
            f"{name}-unreadable",
            f"a readable key file ({type(error).__name__})",
            "Let the server's user read it.",
        ) from None
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if len(seed) != _SIZE:
        raise _fault(
            path,
            f"{name}-malformed",
            "64 hexadecimal digits",
            "Put the key file back from the backup.",
        )
    if seed in _DEFAULTS:
        raise _fault(
            path,
            f"{name}-default",
            "a secret key, not a placeholder",
            "Delete the store and its key, and let the server make a new one.",
        )
    if os.name == "posix" and mode & 0o077:
        raise _fault(
            path,
            f"{name}-open",
            f"a file that only its owner can read, not mode {mode:o}",
            f"chmod 600 {path.name}",
        )
    return seed


def _fault(path: Path, code: str, expected: str, mend: str) -> InputError:
    return InputError(Fault(code, path.name, expected=f"expected {expected}", mend=mend))
