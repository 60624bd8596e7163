"""Mapping of a bureau's own headings and words to ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class RegisterMapping:
    """How one register of a bureau is written.

    Attributes
    ----------
    columns
        Heading → our column name.
    values
        Column name → (text of a cell → text we know).
    """

    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    values: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))


PLAIN = RegisterMapping()
"""Our own headings and words, nothing mapped."""
