"""Everything this project raises, and the one shape of a fault.

::

    DoubleRandomError
    ├── InputError        bad input; carries every fault found (exit code 2)
    ├── CheckFailedError  a verification or rule check did not hold (exit code 1)
    ├── InfeasibleError   no plan or team keeps all the rules; carries the reasons (exit code 1)
    └── OrderError        a step of a campaign was asked for before the one it needs (exit code 2)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where it stands, what was expected, how to mend it.

    Attributes
    ----------
    code
        Stable machine name, such as ``uscc-check-digit``; the key of `optimizer.messages`.
    file
        File or request part the fault stands in, as the user named it.
    row
        1-based row as a spreadsheet shows it (the heading is row 1), or ``None``.
    field
        Column heading, YAML path or request field.
    value
        What was found, shortened to 80 characters.
    expected
        What would have been right, in English.
    mend
        What to do about it, in English, one sentence.
    """

    code: str
    file: str
    row: int | None = None
    field: str = ""
    value: str = ""
    expected: str = ""
    mend: str = ""

    def __post_init__(self) -> None:
        if len(self.value) > 80:
            object.__setattr__(self, "value", self.value[:77] + "...")

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f" row {self.row}"
        if self.field:
            where += f" '{self.field}'"
        if self.value:
            where += f': "{self.value}"'
        text = f"{where}: {self.expected}." if self.expected else f"{where}."
        return f"{text} {self.mend}".rstrip()

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the fault as plain JSON values."""
        return asdict(self)


class DoubleRandomError(Exception):
    """Root of all errors raised on purpose."""


class InputError(DoubleRandomError):
    """Bad input: every fault that was found, together.

    Parameters
    ----------
    faults
        At least one fault.
    """

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(*self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        return (type(self), (self.faults,))


class CheckFailedError(DoubleRandomError):
    """A verification or rule check did not hold.

    Parameters
    ----------
    what
        One sentence; in the words of `optimizer.messages.sentence` it is said in Chinese as well.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)


class InfeasibleError(DoubleRandomError):
    """No plan or team keeps all the rules.

    Parameters
    ----------
    reasons
        One sentence a clerk understands for each collision: visit, unit, day, rule, mend; in the
        words of `optimizer.messages.sentence` it is said in Chinese as well.
    """

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons: tuple[str, ...] = tuple(reasons)
        super().__init__(*self.reasons)

    def __str__(self) -> str:
        return "\n".join(self.reasons)

    def __reduce__(self) -> tuple[type[InfeasibleError], tuple[tuple[str, ...]]]:
        return (type(self), (self.reasons,))


class OrderError(DoubleRandomError):
    """A step of a campaign was asked for before the step it needs."""
