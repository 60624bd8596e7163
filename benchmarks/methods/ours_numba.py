"""Our draw with the extra ``fast``: from texts, and from a frame packed when it was committed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from optimizer.draw import Packed, below, pack, take_smallest

_CHUNK = 1 << 13


class OursNumba:
    """Texts are packed a chunk at a time, hashed, and kept if they are under a cut."""

    question: ClassVar[str] = "draw"
    name: ClassVar[str] = "ours"
    order: ClassVar[str] = "ticket"
    largest: ClassVar[int] = 10**9
    needs: ClassVar[tuple[str, ...]] = ("numba",)

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the sample in order of ticket."""
        return take_smallest(ids, hashlib.sha256(seed.encode()).digest(), take, fast=True)

    def stages(self, ids: Sequence[str], seed: str) -> Mapping[str, float]:
        """Return processor seconds of packing and of hashing alone, nobody kept."""
        find = below(hashlib.sha256(seed.encode()).digest(), len(ids), fast=True)
        nobody = np.zeros(1, dtype=np.uint64)
        packing = hashing = 0.0
        for start in range(0, len(ids), _CHUNK):
            begun = time.process_time()
            packed = pack(ids[start : start + _CHUNK])
            after = time.process_time()
            find(packed, np.array([[0, len(packed)]]), nobody)
            packing += after - begun
            hashing += time.process_time() - after
        return {"packing": packing, "hashing": hashing}


class OursPacked:
    """The frame was packed when it was committed."""

    question: ClassVar[str] = "draw"
    name: ClassVar[str] = "ours-packed"
    order: ClassVar[str] = "ticket"
    largest: ClassVar[int] = 10**9
    needs: ClassVar[tuple[str, ...]] = ("numba",)

    def ready(self, ids: Sequence[str]) -> Packed:
        """Return what is in memory before the clock starts."""
        return pack(ids)

    def draw(self, ids: Sequence[str] | Packed, seed: str, take: int) -> list[str]:
        """Return the sample in order of ticket."""
        return take_smallest(ids, hashlib.sha256(seed.encode()).digest(), take, fast=True)
