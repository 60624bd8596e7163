"""What the draw needs of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optimizer.canon import Hash

Positions = NDArray[np.int32]
"""Ascending positions in the frame."""


class FrameLike(Protocol):
    """A committed frame; `optimizer.frame.Frame` is one."""

    @property
    def campaign(self) -> str: ...  # noqa: D102
    @property
    def ids(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def hash(self) -> Hash: ...  # noqa: D102
    @property
    def root(self) -> str: ...  # noqa: D102
    @property
    def labels(self) -> Mapping[str, tuple[NDArray[np.int32], tuple[str, ...]]]: ...  # noqa: D102
    @property
    def weights(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def eligible(self) -> Mapping[str, Positions]: ...  # noqa: D102
