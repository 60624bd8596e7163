"""To which industries an item or a rule applies."""

from __future__ import annotations

from collections.abc import Sequence


def applies(prefixes: Sequence[str], industry: str, section: str) -> bool:
    """Return whether an industry is among `prefixes`.

    Parameters
    ----------
    prefixes
        Section letters or beginnings of codes; empty: every industry.
    industry, section
        The enterprise's industry code and its section.
    """
    return not prefixes or any(
        prefix == section or industry.startswith(prefix) for prefix in prefixes
    )
