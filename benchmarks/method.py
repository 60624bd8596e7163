"""What a method of each question must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from benchmarks.plan_instances import PlanInstance


class DrawMethod(Protocol):
    """Draws enterprises from identifiers in memory.

    Attributes
    ----------
    question
        ``draw``.
    name
        As it stands in the table.
    order
        ``ticket``, ``rivest`` or ``sm3``: methods of one order must draw the same enterprises.
    largest
        Most identifiers it is measured at; beyond, its rate there is carried over and said so.
    needs
        Modules without which it is left out.
    """

    question: ClassVar[str]
    name: ClassVar[str]
    order: ClassVar[str]
    largest: ClassVar[int]
    needs: ClassVar[tuple[str, ...]]

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the first `take` identifiers in the order that `seed` gives.

        The key is SHA-256 of the seed text. Packing of identifiers is part of the work, unless
        the method has ``ready(ids)``, which returns what a committed frame holds of them. A method
        may have ``stages(ids, seed)``: processor seconds of ``packing`` and ``hashing`` alone.
        """
        ...


@dataclass(slots=True)
class Answer:
    """A plan as its days: checks of one enterprise and day are one visit.

    Attributes
    ----------
    days
        Check → day; a check that is not named is left out.
    bound
        Proven least number of visits and checks left out together, or ``None``.
    left_bound
        Proven least number of checks left out, or ``None``.
    peak_kib
        Peak memory of this process and those it started, together, in KiB; 0 if it started none.
    others_seconds
        Processor time of the processes it started.
    """

    days: dict[str, date] = field(default_factory=dict)
    bound: int | None = None
    left_bound: int | None = None
    peak_kib: int = 0
    others_seconds: float = 0.0


class PlanMethod(Protocol):
    """Plans the visits of an instance.

    Attributes
    ----------
    question
        ``plan``.
    name
        As it stands in the table.
    largest
        Most checks it is run on; larger instances are left out and said so.
    needs
        Modules without which it is left out.
    """

    question: ClassVar[str]
    name: ClassVar[str]
    largest: ClassVar[int]
    needs: ClassVar[tuple[str, ...]]

    def ready(self, instance: PlanInstance) -> Any:
        """Return what is in memory before the clock starts."""
        ...

    def plan(self, ready: Any, seconds: float) -> Answer:
        """Return the plan.

        Parameters
        ----------
        seconds
            Of search, for methods that stop by the clock.
        """
        ...


class CityByCity:
    """A method that plans one city after the other, as no unit serves two of them."""

    def ready(self, instance: PlanInstance) -> Iterable[Mapping[str, Any]]:
        """Return the arguments of `optimizer.plan.build_problem` of each city.

        Those of several cities are made one at a time, while the clock runs, so that they are
        not all held at once.
        """
        if len(instance.parts) == 1:
            return [instance.arguments()]
        return (arguments for _, arguments in instance.blocks())

    def plan(self, ready: Iterable[Mapping[str, Any]], seconds: float) -> Answer:
        """Return the plans of the cities, put together."""
        whole = Answer()
        for count, arguments in enumerate(ready):
            own = self.city(arguments, seconds)
            whole.days.update(own.days)
            if count == 0:
                whole.bound, whole.left_bound = own.bound, own.left_bound
                continue
            if whole.bound is not None and own.bound is not None:
                whole.bound += own.bound
            if whole.left_bound is not None and own.left_bound is not None:
                whole.left_bound += own.left_bound
        return whole

    def city(self, arguments: Mapping[str, Any], seconds: float) -> Answer:
        """Return the plan of one city."""
        raise NotImplementedError
