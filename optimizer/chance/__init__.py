"""Chance that anyone can repeat: sub-keys, the counter stream, rounding in integers.

Format page: ``docs/formats/publication.md``, *Words* and *transcript/draw.json*.
"""

from optimizer.chance.key import Key, hash_of
from optimizer.chance.rounding import MAX_DENOMINATOR, systematic_sizes
from optimizer.chance.stream import MAX_BELOW, Chance, Stream, sub_key

__all__ = [
    "MAX_BELOW",
    "MAX_DENOMINATOR",
    "Chance",
    "Key",
    "Stream",
    "hash_of",
    "sub_key",
    "systematic_sizes",
]
