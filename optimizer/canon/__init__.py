"""Bytes that everyone agrees on: canonical JSON, hashes, Merkle trees, signed notes.

Format page: ``docs/formats/publication.md``. Anchors: RFC 8785 (canonical JSON), RFC 9162
(Merkle trees of Certificate Transparency), C2SP signed-note.
"""

from optimizer.canon import cosignature, merkle, note
from optimizer.canon.hashing import HASHES, SHA256, SM3, Hash, hash_field, hash_named
from optimizer.canon.jcs import MAX_INTEGER, canonical, digest, parse

__all__ = [
    "HASHES",
    "MAX_INTEGER",
    "SHA256",
    "SM3",
    "Hash",
    "canonical",
    "cosignature",
    "digest",
    "hash_field",
    "hash_named",
    "merkle",
    "note",
    "parse",
]
