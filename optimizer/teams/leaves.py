"""Sealed odds leaf by leaf: what one inspector can be shown before the visits, and no more.

A leaf is one odds: of one inspector, for one seat group of one visit. An inspector's leaves make
a tree of their own, whose size and root stand in the inspector's line; the lines of all make the
tree whose root the ledger holds. So who is shown a line with all its leaves sees that none is
kept back, and of the others only hashes of salted lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.canon import Hash, canonical, merkle
from optimizer.chance import hash_of, sub_key
from optimizer.domain.registry import Document
from optimizer.teams.odds import Odds

SALT_DIGITS = 32


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OddsLeaves:
    """The leaves of an odds document, by inspector.

    Attributes
    ----------
    inspectors
        Of the whole roster, in its order; also those who have no odds.
    own
        For each of them the leaves, in the order of the document.
    lines
        For each of them ``{"inspector","leaves":number,"root","salt"}``.
    hash
        What the trees are made with.
    """

    inspectors: tuple[str, ...]
    own: tuple[tuple[bytes, ...], ...]
    lines: tuple[bytes, ...]
    hash: Hash

    @property
    def tree(self) -> merkle.Tree:
        """The tree over the lines."""
        return _tree(self.lines, self.hash)

    def commitment(self) -> Document:
        """Return what the entry of the odds holds of them: no number, which would tell."""
        return {"root": self.tree.root.hex()}


def make_leaves(odds: Odds, inspectors: Iterable[str], secret: bytes) -> OddsLeaves:
    """Return the leaves of sealed odds.

    Parameters
    ----------
    odds
        With the digest of the document as it is committed.
    inspectors
        Of the roster that the odds refer to, in its order.
    secret
        The campaign's, with its hash; every salt comes from it, so that one opening opens all.
    """
    hash = hash_of(secret)
    names = tuple(inspectors)
    found: dict[str, list[bytes]] = {name: [] for name in names}
    for name, before, after in _leaves(odds):
        place = f"{odds.digest}/{name}/{len(found[name])}"
        salt = sub_key(secret, "odds-leaf", place).hex()[:SALT_DIGITS]
        found[name].append(f"{before}{salt}{after}".encode())
    lines = tuple(
        canonical(
            {
                "inspector": name,
                "leaves": len(found[name]),
                "root": _tree(found[name], hash).root.hex(),
                "salt": sub_key(secret, "odds-line", f"{odds.digest}/{name}").hex()[:SALT_DIGITS],
            }
        )
        for name in names
    )
    return OddsLeaves(names, tuple(tuple(found[name]) for name in names), lines, hash)


def _leaves(odds: Odds) -> Iterator[tuple[str, str, str]]:
    """Yield inspector and leaf, without its salt, in the order of the document.

    Odds of 0 have none. The canonical form is put together from what repeats: there are as many
    leaves as odds.
    """
    for part in odds.parts:
        names = [_text(name) for name in part.inspectors]
        for group, row in zip(part.groups, part.odds, strict=True):
            day = f'{{"day":"{group.day.isoformat()}","inspector":'
            after = (
                f'","seats":{group.seats},"skill":{_text(group.skill)},'
                f'"unit":{_text(group.unit)},"visit":{_text(group.visit)}}}'
            )
            for name, shown, value in zip(part.inspectors, names, row, strict=True):
                if value:
                    yield name, f'{day}{shown},"odds":{value},"salt":"', after


def _text(value: str) -> str:
    return canonical(value).decode()


def _tree(lines: Iterable[bytes], hash: Hash) -> merkle.Tree:
    return merkle.Tree((merkle.leaf_hash(line, hash) for line in lines), hash)
