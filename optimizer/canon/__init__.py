"""Bytes that everyone agrees on: canonical JSON, SHA-256, Merkle trees, signed notes.

Format page: ``docs/formats/publication.md``. Anchors: RFC 8785 (canonical JSON), RFC 9162
(Merkle trees of Certificate Transparency), C2SP signed-note.
"""

from optimizer.canon import merkle, note
from optimizer.canon.jcs import MAX_INTEGER, canonical, digest, parse

__all__ = ["MAX_INTEGER", "canonical", "digest", "merkle", "note", "parse"]
