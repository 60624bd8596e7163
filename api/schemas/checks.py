"""Bodies of checks and of requests for a visit."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from api.schemas.base import Body, Code

Source = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_-]{0,39}$")]


class CheckIn(Body):
    """A check to be done: one item at one enterprise, within a window of days."""

    id: Annotated[
        Code | None, Field(description="Made by the server where it is left out; not P-….")
    ] = None
    enterprise: Code
    item: Code
    source: Source = Field(
        description="Triggered: complaint, transferred, assigned, monitoring, application, or "
        "another exempt source of the rules; planned: special or daily.",
        examples=["complaint"],
    )
    received: date = Field(description="First day on which it may be done.")
    due: date = Field(description="Last day on which it may be done.")
    severity: int = Field(default=1, ge=1, le=3)

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.due < self.received:
            raise ValueError("due must not lie before received")
        if self.id is not None and self.id.startswith("P-"):
            raise ValueError("ids that begin with P- belong to drawn checks")
        return self


class ChecksIn(Body):
    """Checks of one campaign, all accepted or none."""

    campaign: Code
    checks: list[CheckIn] = Field(min_length=1, max_length=1000)


class VisitWanted(Body):
    """A department asks when it may go to an enterprise."""

    department: Code
    enterprise: Code
    item: Code
    due: date = Field(description="Last day on which the visit may be made.")
    earliest: date | None = Field(
        default=None, description="First day; today where it is left out, or the plan's first day."
    )
    source: Source = Field(
        default="daily",
        description="daily or special (planned), or a triggered source such as complaint.",
    )
    severity: int = Field(default=1, ge=1, le=3)
    campaign: Code | None = Field(
        default=None, description="The plan to join; the newest where it is left out."
    )
    check: Code | None = Field(default=None, description="The check's id; made where left out.")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.earliest is not None and self.due < self.earliest:
            raise ValueError("due must not lie before earliest")
        if self.check is not None and self.check.startswith("P-"):
            raise ValueError("ids that begin with P- belong to drawn checks")
        return self
