"""Merkle trees of RFC 9162, section 2.1, over SHA-256 or SM3.

Two rules that the RFC's text leaves out and the reference vectors ask for: every hash is exactly
32 bytes, and a consistency proof from size 0 is refused (it would prove nothing).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from optimizer.canon.hashing import HASH_SIZE, SHA256, Hash

EMPTY_ROOT = SHA256.digest(b"")


def leaf_hash(data: bytes, hash: Hash = SHA256) -> bytes:
    """Return the hash of a leaf that holds `data`."""
    return hash.digest(b"\x00" + data)


def node_hash(left: bytes, right: bytes, hash: Hash = SHA256) -> bytes:
    """Return the hash of the node above two subtrees."""
    return hash.digest(b"\x01" + left + right)


def root(leaf_hashes: Iterable[bytes], hash: Hash = SHA256) -> bytes:
    """Return the tree's root; of no leaves, the hash of the empty string."""
    return Tree(leaf_hashes, hash).root


def inclusion_proof(leaf_hashes: Iterable[bytes], index: int, hash: Hash = SHA256) -> list[bytes]:
    """Return the audit path of leaf `index`, from the leaf up. For many proofs keep a `Tree`."""
    return Tree(leaf_hashes, hash).inclusion_proof(index)


def consistency_proof(
    leaf_hashes: Iterable[bytes], old_size: int, hash: Hash = SHA256
) -> list[bytes]:
    """Return the proof that the first `old_size` leaves are a prefix of the tree."""
    return Tree(leaf_hashes, hash).consistency_proof(old_size)


class Tree:
    """All full subtrees of a growing list of leaves, for roots and proofs at any size it had.

    Level 0 holds the leaf hashes, level h the roots of the full subtrees of 2^h leaves; what lies
    above an incomplete one is worked out when asked for, in O(log² n).

    Parameters
    ----------
    leaf_hashes
        In order, each of 32 bytes.
    hash
        The one they were made with.

    Raises
    ------
    ValueError
        On a hash of another length.
    """

    def __init__(self, leaf_hashes: Iterable[bytes], hash: Hash = SHA256) -> None:
        level = [bytes(h) for h in leaf_hashes]
        if any(len(h) != HASH_SIZE for h in level):
            raise ValueError(f"every leaf hash must be {HASH_SIZE} bytes")
        self._levels = [level]
        self._hash = hash
        digest = hash.digest
        while len(level) > 1:
            level = [
                digest(b"\x01" + left + right)
                for left, right in zip(level[::2], level[1::2], strict=False)
            ]
            self._levels.append(level)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash of 32 bytes."""
        if len(leaf) != HASH_SIZE:
            raise ValueError(f"every leaf hash must be {HASH_SIZE} bytes")
        levels = self._levels
        levels[0].append(leaf)
        height = 0
        while len(levels[height]) % 2 == 0:
            if height + 1 == len(levels):
                levels.append([])
            levels[height + 1].append(node_hash(levels[height][-2], levels[height][-1], self._hash))
            height += 1

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self.root_at(len(self))

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` leaves."""
        if not 0 <= size <= len(self):
            raise ValueError(f"a tree of {len(self)} leaves had no {size}")
        return self._node(0, size) if size else self._hash.digest(b"")

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the audit path of leaf `index` in the first `size` leaves (RFC 9162, 2.1.3.1)."""
        size = len(self) if size is None else size
        if not 0 <= index < size <= len(self):
            raise ValueError(f"no leaf {index} of {size} in a tree of {len(self)}")
        proof: list[bytes] = []
        low, high = 0, size
        # PATH of the RFC, walked from the root; nodes are gathered from the top down.
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                proof.append(self._node(middle, high))
                high = middle
            else:
                proof.append(self._node(low, middle))
                low = middle
        return proof[::-1]

    def consistency_proof(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the first `size` leaves extend the first `old_size` (2.1.4.1)."""
        size = len(self) if size is None else size
        if not 1 <= old_size <= size <= len(self):
            raise ValueError(f"no consistency proof from {old_size} to {size} of {len(self)}")
        proof: list[bytes] = []
        low, high, known = 0, size, True
        # SUBPROOF of the RFC, walked from the root; nodes are gathered from the top down.
        while low + old_size != high:
            split = _split(high - low)
            if old_size <= split:
                proof.append(self._node(low + split, high))
                high = low + split
            else:
                proof.append(self._node(low, low + split))
                low, old_size, known = low + split, old_size - split, False
        if not known:
            proof.append(self._node(low, high))
        return proof[::-1]

    def _node(self, low: int, high: int) -> bytes:
        """Return the root over leaves `low` to `high`; `low` is where such a subtree begins."""
        count = high - low
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self._levels[height][low >> height]
        middle = low + _split(count)
        return node_hash(self._node(low, middle), self._node(middle, high), self._hash)


class CompactRange:
    """Root of a growing list of leaves, in memory of one hash a level.

    Parameters
    ----------
    hash
        The one the leaves are made with.

    Examples
    --------
    >>> grown = CompactRange()
    >>> for data in (b"a", b"b", b"c"):
    ...     grown.append(leaf_hash(data))
    >>> grown.root == root(map(leaf_hash, (b"a", b"b", b"c")))
    True
    """

    def __init__(self, hash: Hash = SHA256) -> None:
        self._hash = hash
        self._size = 0
        self._peaks: list[bytes] = []

    def __len__(self) -> int:
        return self._size

    def copy(self) -> CompactRange:
        """Return a copy that grows apart from this one."""
        made = CompactRange(self._hash)
        made._size, made._peaks = self._size, list(self._peaks)
        return made

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash of 32 bytes."""
        if len(leaf) != HASH_SIZE:
            raise ValueError(f"every leaf hash must be {HASH_SIZE} bytes")
        # As many full subtrees merge as the size has trailing ones.
        size = self._size
        while size & 1:
            leaf = node_hash(self._peaks.pop(), leaf, self._hash)
            size >>= 1
        self._peaks.append(leaf)
        self._size += 1

    @property
    def root(self) -> bytes:
        """Root over the leaves so far."""
        if not self._peaks:
            return self._hash.digest(b"")
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node, self._hash)
        return node


def verify_inclusion(
    index: int,
    size: int,
    leaf: bytes,
    proof: Sequence[bytes],
    root: bytes,
    hash: Hash = SHA256,
) -> bool:
    """Return whether `proof` shows `leaf` at `index` of a tree of `size` leaves (2.1.3.2).

    Parameters
    ----------
    leaf, root
        Hashes; any that is not 32 bytes makes the answer false.
    """
    if not 0 <= index < size or not _hashes(leaf, root, *proof):
        return False
    number, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            node = node_hash(sibling, node, hash)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = node_hash(node, sibling, hash)
        number, last = number >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    old_size: int,
    size: int,
    old_root: bytes,
    root: bytes,
    proof: Sequence[bytes],
    hash: Hash = SHA256,
) -> bool:
    """Return whether `proof` shows that the tree of `size` extends that of `old_size` (2.1.4.2)."""
    if not 1 <= old_size <= size or not _hashes(old_root, root, *proof):
        return False
    if old_size == size:
        return not proof and old_root == root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old_size - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(sibling, old, hash), node_hash(sibling, new, hash)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, sibling, hash)
        number, last = number >> 1, last >> 1
    return last == 0 and old == old_root and new == root


def _split(size: int) -> int:
    """Return the largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
