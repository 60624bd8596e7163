"""Contributions of several parties by commit and reveal (先承诺后揭示).

Each party commits to a value before anybody knows one, and reveals it later. If one of them is
honest, nobody could choose the sum; but the last to reveal knows it before the others, and can
keep silent. So parties are followed by a beacon, a lottery or dice; where they are not, all must
reveal, and the seed carries a warning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.canon import HASHES, SHA256, Hash, hash_field, hash_named
from optimizer.domain.moments import instant, micros
from optimizer.domain.registry import Document
from optimizer.draw.sources.fields import HEX64, check_fields, make_fault, records, within
from optimizer.errors import Fault, InputError

LABEL = "double-random/party/v1"
MOST_PARTIES = 50
ALONE = "parties-alone"
"""Warning: the last to reveal could stop the draw after seeing its result."""
ABSENT = {"missing": "party-missing", "late": "party-late", "false": "party-false"}
"""Outcome → code of the fault where the draw must be announced anew."""
_PARTY = re.compile(r"[0-9A-Za-z-]{1,40}")


def party_commitment(party: str, value: str, hash: Hash = SHA256) -> str:
    """Return what a party publishes first: H(``double-random/party/v1:<party>:<value>``), hex.

    The party's name is in it, so that nobody can repeat another's commitment as its own.
    """
    return hash.hex(f"{LABEL}:{party}:{value}".encode())


@dataclass(frozen=True, slots=True)
class PartiesAnnounced:
    """Parties that have committed themselves.

    Attributes
    ----------
    commitments
        (party, commitment in hex), in the order of the seed text.
    deadline
        RFC 3339: what is revealed later does not count.
    absent
        What happens where a party does not reveal in time, or something else than it committed
        to: ``anew``, the draw must be announced anew; ``go-on``, it goes on without that party.
        Either way the fact is on record.
    hash
        What they committed with: the campaign's.
    """

    commitments: tuple[tuple[str, str], ...]
    deadline: str
    absent: str
    hash: Hash = SHA256

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        if not 2 <= len(self.commitments) <= MOST_PARTIES:
            count = len(self.commitments)
            faults.append(make_fault("parties-number", "parties", count, most=MOST_PARTIES))
        for index, (party, commitment) in enumerate(self.commitments):
            place = f"parties[{index}]"
            if not _PARTY.fullmatch(party):
                faults.append(make_fault("party-name", f"{place}.party", party))
            if not HEX64.fullmatch(commitment):
                faults.append(make_fault("seed-hex", f"{place}.commitment", commitment))
        for field, column in (("party", 0), ("commitment", 1)):
            values = [one[column] for one in self.commitments]
            faults += [
                make_fault("party-twice", f"parties.{field}", value)
                for value in sorted({value for value in values if values.count(value) > 1})
            ]
        if self.absent not in ("anew", "go-on"):
            faults.append(make_fault("parties-absent", "absent", self.absent))
        if faults:
            raise InputError(faults)
        instant(self.deadline, file="seed", field="deadline")

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> PartiesAnnounced:
        """Read an announcement."""
        check_fields(value, {"parties": list, "deadline": str, "absent": str}, {"hash": str})
        if value.get("hash", SHA256.name) not in HASHES:
            raise InputError(make_fault("seed-hash", "hash", value["hash"]))
        made = []
        for index, one in enumerate(records(value["parties"], "parties")):
            with within(f"parties[{index}]"):
                check_fields(one, {"party": str, "commitment": str}, source=False)
            made.append((one["party"], one["commitment"]))
        return cls(tuple(made), value["deadline"], value["absent"], hash_named(value))

    def document(self) -> Document:
        """Return kind, commitments, deadline and what happens to those who are absent."""
        return {
            "source": "parties",
            "parties": [{"party": p, "commitment": c} for p, c in self.commitments],
            "deadline": self.deadline,
            "absent": self.absent,
            **hash_field(self.hash),
        }

    def known(self) -> tuple[int, int]:
        """Return the deadline."""
        moment = micros(instant(self.deadline))
        return moment, moment


@dataclass(frozen=True, slots=True)
class Parties:
    """Parties and what they revealed.

    Attributes
    ----------
    of
        What was announced.
    reveals
        Party → (value in hex, RFC 3339 time at which it was received).
    alone
        Whether nothing follows the reveals.

    Raises
    ------
    InputError
        On reveals that cannot be; on absent parties where the draw must be announced anew.
    """

    of: PartiesAnnounced
    reveals: Mapping[str, tuple[str, str]]
    alone: bool = True

    def __post_init__(self) -> None:
        faults = _faults(self.of, self.reveals)
        if self.alone and self.of.absent == "go-on":
            faults.append(make_fault("parties-alone", "absent", "go-on"))
        if faults:
            raise InputError(faults)
        outcomes = dict(self.outcomes())
        if self.of.absent == "anew":
            faults += [
                make_fault(ABSENT[outcome], "reveals", party, deadline=self.of.deadline)
                for party, outcome in outcomes.items()
                if outcome != "revealed"
            ]
        if faults:
            raise InputError(faults)

    @classmethod
    def read(cls, value: Mapping[str, Any], *, alone: bool = True) -> Parties:
        """Read evidence: the announcement and the reveals as they came in."""
        of = PartiesAnnounced.read({n: item for n, item in value.items() if n != "reveals"})
        return cls(of, read_reveals(value.get("reveals")), alone)

    @property
    def test(self) -> bool:
        """Parties count."""
        return False

    def outcomes(self) -> list[tuple[str, str]]:
        """Return each party with ``revealed``, ``false``, ``late`` or ``missing``."""
        return outcomes(self.of, self.reveals)

    def record(self) -> list[Document]:
        """Return what the ledger records before anything else of the seed is known."""
        return record(self.of, self.reveals)

    def announced(self) -> Document:
        """Return what was announced."""
        return self.of.document()

    def evidence(self) -> Document:
        """Return the announcement and the record of what was revealed."""
        return {**self.announced(), "reveals": self.record()}

    def words(self) -> str:
        """Return ``parties=`` and the values joined by ``:``, ``-`` for one that does not count."""
        values = [
            self.reveals[party][0] if outcome == "revealed" else "-"
            for party, outcome in self.outcomes()
        ]
        return "parties=" + ":".join(values)

    def entropy_millibits(self) -> int:
        """Return 256 bits, of one honest party, or 0 where none has revealed."""
        counted = any(outcome == "revealed" for _, outcome in self.outcomes())
        return 256_000 if counted else 0

    def marks(self) -> tuple[str, ...]:
        """Return the commitments."""
        return tuple(commitment for _, commitment in self.of.commitments)

    def warnings(self) -> tuple[str, ...]:
        """Return `ALONE` where nothing follows the reveals."""
        return (ALONE,) if self.alone else ()


def outcomes(of: PartiesAnnounced, reveals: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """Return each party with ``revealed``, ``false``, ``late`` or ``missing``."""
    deadline = instant(of.deadline)
    made = []
    for party, commitment in of.commitments:
        if party not in reveals:
            made.append((party, "missing"))
            continue
        value, time = reveals[party]
        if party_commitment(party, value, of.hash) != commitment:
            made.append((party, "false"))
        else:
            made.append((party, "late" if instant(time) > deadline else "revealed"))
    return made


def record(of: PartiesAnnounced, reveals: Mapping[str, tuple[str, str]]) -> list[Document]:
    """Return what is recorded of the reveals, in the order of the announcement."""
    made: list[Document] = []
    for party, outcome in outcomes(of, reveals):
        one: Document = {"party": party, "outcome": outcome}
        if party in reveals:
            one["value"], one["time"] = reveals[party]
        made.append(one)
    return made


def parties_in(announced: Mapping[str, Any]) -> PartiesAnnounced | None:
    """Return the parties of an announced source, if it has any."""
    parts = announced["parts"] if announced.get("source") == "combined" else [announced]
    found = [part for part in parts if part.get("source") == "parties"]
    return PartiesAnnounced.read(found[0]) if found else None


def check_hash(announced: Mapping[str, Any], hash: Hash) -> None:
    """Refuse parties that committed with another hash than the campaign's.

    Raises
    ------
    InputError
    """
    of = parties_in(announced)
    if of is not None and of.hash != hash:
        raise InputError(make_fault("parties-hash", "hash", of.hash.name, hash=hash.name))


def record_reveals(announced: Mapping[str, Any], reveals: list[Any]) -> list[Document]:
    """Return the record of what came in from the parties of an announced source.

    Raises
    ------
    InputError
        On malformed reveals and unknown parties; never on those that are absent, late or false,
        whose outcome is what the record is for.
    """
    of = parties_in(announced)
    assert of is not None
    made = read_reveals(reveals)
    faults = _faults(of, made)
    if faults:
        raise InputError(faults)
    return record(of, made)


def _faults(of: PartiesAnnounced, reveals: Mapping[str, tuple[str, str]]) -> list[Fault]:
    known = {party for party, _ in of.commitments}
    faults = []
    for party, (value, time) in reveals.items():
        if party not in known:
            faults.append(make_fault("party-unknown", "reveals.party", party))
        if not HEX64.fullmatch(value):
            faults.append(make_fault("seed-hex", f"reveals.{party}.value", value))
        instant(time, file="seed", field=f"reveals.{party}.time")
    return faults


def read_reveals(value: object) -> dict[str, tuple[str, str]]:
    """Read a list of reveals: ``party``, ``value``, ``time``; or a record of them.

    Raises
    ------
    InputError
    """
    if not isinstance(value, list):
        raise InputError(make_fault("seed-field", "reveals", value, fields="reveals (list)"))
    made: dict[str, tuple[str, str]] = {}
    for index, one in enumerate(records(value, "reveals")):
        place = f"reveals[{index}]"
        with within(place):
            if one.get("outcome") == "missing":
                check_fields(one, {"party": str, "outcome": str}, source=False)
                continue
            check_fields(
                one, {"party": str, "value": str, "time": str}, {"outcome": str}, source=False
            )
        if one["party"] in made:
            raise InputError(make_fault("party-twice", f"{place}.party", one["party"]))
        made[one["party"]] = (one["value"], one["time"])
    return made
