"""Bodies of campaigns."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.schemas.base import Body


class DiceShown(Body):
    """Rolls of dice, as everybody saw them."""

    source: Literal["dice"]
    sides: int = Field(default=10, ge=2, le=1000)
    rolls: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9-]{1,4000}$"),
        Field(
            description="In the order rolled: digits, or numbers joined by - with more than ten "
            "sides.",
            examples=["31415926535897932384"],
        ),
    ]


class TextFixed(Body):
    """A fixed text: for tests, and every document says so."""

    source: Literal["fixed"]
    text: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]


class Reveal(Body):
    """The seed of the draw."""

    seed: DiceShown | TextFixed = Field(discriminator="source")

    def evidence(self) -> dict[str, Any]:
        """Return the seed as documents write it."""
        return self.seed.model_dump()
