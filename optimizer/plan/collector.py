"""Memory of values by the million: no search for cycles among them, and given back after them."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Do not look for cycles meanwhile; what nobody refers to is freed at once as ever.

    A plan makes values by the million and keeps them to its end: going through them again and
    again, as they grow, took a quarter of the time and freed nothing.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def set_aside() -> Iterator[None]:
    """Look for cycles meanwhile only among what is made meanwhile, not in all that is loaded.

    For a process that does one task after the other: what was there before grows old by it.
    """
    own = not gc.get_freeze_count()
    if own:
        gc.freeze()
    try:
        yield
    finally:
        if own:
            gc.unfreeze()


def give_back() -> None:
    """Let the system have the memory of values that are gone, as far as it can be freed.

    Python keeps lists of freed values of common sizes until it looks for cycles, and the C library
    of Linux (glibc) holes in its heap until it is asked: after a large block a hundred MiB. The
    texts of tables are Arrow's where it is installed, which keeps fifty MiB after a million checks.
    """
    gc.collect()
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    trim()


def trim() -> None:
    """Let the system have what the C library keeps of arrays that are gone: in milliseconds."""
    if sys.platform == "linux":
        give = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if give is not None:
            give(0)
