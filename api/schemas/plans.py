"""Bodies of plans."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.base import Body, Reason, Whole


class PlanWanted(Body):
    """A new version of a campaign's plan."""

    reason: Reason = Field(description="Why; it stands on the version for ever.")
    effort: Whole = Field(
        default=200, ge=0, le=10_000, description="The planner's search, counted."
    )
    keep: Literal["reserved", "all"] = Field(
        default="reserved",
        description="Which visits of the live schedule stay as they are: those that requests "
        "reserved or joined, or all.",
    )
