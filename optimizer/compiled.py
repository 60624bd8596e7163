"""Compiling by Numba, kept on disk where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Compile a function that holds no lock; keep the result for the next time.

    Parameters
    ----------
    options
        More of ``numba.njit``.

    Raises
    ------
    ImportError
        Without the extra ``fast``.
    """
    from numba import njit

    try:
        return njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # no place on disk to keep it
        return njit(nogil=True, **options)(function)
