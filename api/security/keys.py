"""Keys of callers: made here, shown once, stored as hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

ROLES = ("admin", "supervisor", "clerk", "department", "auditor")
"""What a key may do: `api.deps` names the roles of each route."""

_KEY = re.compile(r"dr_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made.

    Attributes
    ----------
    id
        Public name of the key: stands in the ledger and in logs.
    text
        What the caller sends; it is shown once and not stored.
    hash
        What is stored. The secret has 256 bits of chance, so one hash is enough: there is
        nothing to guess, and no slow hash is needed.
    """

    id: str
    text: str
    hash: str


def make_key(token: Callable[[int], bytes]) -> NewKey:
    """Make a key from `token`, which gives that many secret random bytes."""
    name, secret = token(6).hex(), token(32).hex()
    text = f"dr_{name}_{secret}"
    return NewKey(name, text, hash_key(text))


def key_id(text: str) -> str | None:
    """Return the public name of a key as sent, or ``None`` if it is none of ours."""
    found = _KEY.fullmatch(text)
    return found[1] if found else None


def hash_key(text: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(b"double-random/key/v1:" + text.encode()).hexdigest()


def is_key(text: str, stored: str) -> bool:
    """Return whether `text` is the key of a stored hash, in time that does not tell."""
    return hmac.compare_digest(hash_key(text), stored)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes
    ----------
    key
        Public name of the key.
    department
        Identifier of the department, or ``""`` for keys that are bound to none.
    """

    key: str
    role: str
    department: str = ""

    @property
    def sees_everything(self) -> bool:
        """Whether the caller sees more than one department's own."""
        return self.role != "department"
