"""Bodies about the log."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.base import Body


class CosignatureGiven(Body):
    """A witness's signature line over a checkpoint (C2SP tlog-cosignature)."""

    cosignature: Annotated[
        str,
        StringConstraints(min_length=1, max_length=500),
        Field(examples=["— witness.example/province 0NxPjgAAAABp…"]),
    ]
