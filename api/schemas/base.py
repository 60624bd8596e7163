"""What all bodies have in common: unknown fields are refused, text is bounded."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Strict, StringConstraints

from optimizer.domain.campaign import LONGEST_REASON, SHORTEST_REASON

MOST_NUMBER = 2**31 - 1
"""The largest number of a row: PostgreSQL's INTEGER holds no larger one."""

Whole = Annotated[int, Strict()]
Decimal = Annotated[float, Strict()]
"""Numbers of bodies: neither ``true`` nor ``"1"`` is one."""

Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,60}$")]
"""Identifier of a department, an item, a check, an enterprise."""

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON),
]
"""Why someone acts; it goes into the log, which is public."""


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=2000)
