"""Grounds of recusals become commitments as soon as the registers are read: none is public.

A roster says that somebody may not visit an enterprise. Whether that is for an interest, the
family, a former employer or a complaint is for the inspector concerned and for auditors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from types import MappingProxyType

from optimizer.canon import Hash
from optimizer.domain.inspector import RECUSAL_KINDS, Recusal
from optimizer.domain.registry import Registers
from optimizer.frame.leaf import keyed_salt

JOIN = "+"
"""Between several grounds of one pair."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why somebody may not visit an enterprise, as its commitment was opened.

    Attributes
    ----------
    kinds
        Of `RECUSAL_KINDS`, sorted; none where the commitment does not open.
    salt
        With which anyone can make the commitment again.
    """

    kinds: tuple[str, ...]
    salt: str


def hide_grounds(registers: Registers, salt_master: bytes, hash: Hash) -> Registers:
    """Replace the grounds of every recusal by a commitment, one for each pair.

    What is hidden already stays as it is.

    Parameters
    ----------
    salt_master
        32 secret bytes.
    hash
        The campaign's.
    """

    def hidden(inspector: str, recusals: tuple[Recusal, ...]) -> tuple[Recusal, ...]:
        kinds: dict[str, set[str]] = {}
        for one in recusals:
            kinds.setdefault(one.enterprise, set()).add(one.kind)
        return tuple(
            Recusal(
                enterprise,
                _commitment(_salt(salt_master, inspector, enterprise, hash), found, hash),
            )
            for enterprise, found in sorted(kinds.items())
        )

    people = {
        name: replace(person, recusals=hidden(name, person.recusals))
        if any(one.kind in RECUSAL_KINDS for one in person.recusals)
        else person
        for name, person in registers.inspectors.items()
    }
    return replace(registers, inspectors=MappingProxyType(people))


def open_ground(
    salt_master: bytes, inspector: str, enterprise: str, commitment: str, hash: Hash
) -> Ground:
    """Return the grounds that a commitment stands for: the kinds are few enough to try all.

    Parameters
    ----------
    salt_master
        As of `hide_grounds`.
    """
    salt = _salt(salt_master, inspector, enterprise, hash)
    for many in range(1, len(RECUSAL_KINDS) + 1):
        for kinds in combinations(sorted(RECUSAL_KINDS), many):
            if _commitment(salt, set(kinds), hash) == commitment:
                return Ground(kinds, salt)
    return Ground((), salt)


def _salt(salt_master: bytes, inspector: str, enterprise: str, hash: Hash) -> str:
    return keyed_salt(salt_master, b"recusal/v1:", f"{inspector}/{enterprise}", hash)


def _commitment(salt: str, kinds: set[str], hash: Hash) -> str:
    return hash.hex(f"double-random/recusal/v1:{salt}:{JOIN.join(sorted(kinds))}".encode())
