"""Bodies of checks and of requests for a visit."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from api.schemas.base import Body, Code, Whole

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
    severity: Whole = Field(default=1, ge=1, le=3)

    @field_validator("id")
    @classmethod
    def _not_drawn(cls, name: str | None) -> str | None:
        return _refuse_drawn(name)

    @field_validator("due")
    @classmethod
    def _in_order(cls, due: date, fields: ValidationInfo) -> date:
        return _refuse_before(due, fields, "received")


class ChecksIn(Body):
    """Checks of one campaign, all accepted or none."""

    campaign: Code
    checks: list[CheckIn] = Field(min_length=1, max_length=1000)


class VisitWanted(Body):
    """A department asks when it may go to an enterprise."""

    department: Code
    enterprise: Code
    item: Code
    earliest: date | None = Field(
        default=None, description="First day; today where it is left out, or the plan's first day."
    )
    due: date = Field(description="Last day on which the visit may be made.")
    source: Source = Field(
        default="daily",
        description="daily or special (planned), or a triggered source such as complaint.",
    )
    severity: Whole = Field(default=1, ge=1, le=3)
    campaign: Code | None = Field(
        default=None, description="The plan to join; the newest where it is left out."
    )
    check: Code | None = Field(default=None, description="The check's id; made where left out.")

    @field_validator("check")
    @classmethod
    def _not_drawn(cls, name: str | None) -> str | None:
        return _refuse_drawn(name)

    @field_validator("due")
    @classmethod
    def _in_order(cls, due: date, fields: ValidationInfo) -> date:
        return _refuse_before(due, fields, "earliest")


def _refuse_drawn(name: str | None) -> str | None:
    if name is not None and name.startswith("P-"):
        raise ValueError("ids that begin with P- belong to drawn checks")
    return name


def _refuse_before(due: date, fields: ValidationInfo, first: str) -> date:
    """Hold `due` to a field declared before it, so that the fault names `due`."""
    day = fields.data.get(first)
    if day is not None and due < day:
        raise ValueError(f"due must not lie before {first}")
    return due
