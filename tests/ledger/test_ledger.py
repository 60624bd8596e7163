"""The ledger as a value, its order, its proofs and its checkpoint."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import merkle, note, parse
from optimizer.errors import CheckFailedError, InputError, OrderError
from optimizer.ledger import KINDS, Ledger, verify_checkpoint
from optimizer.ledger.course import LATER
from optimizer.ledger.entry import instant

TIMES = [f"2025-12-{10 + i}T09:00:00+08:00" for i in range(len(KINDS))]
SEED = bytes(range(32))


def filled(size: int = len(KINDS)) -> Ledger:
    ledger = Ledger("small-2026")
    for kind, time in list(zip(KINDS, TIMES, strict=True))[:size]:
        body = {"document": f"transcript/{kind}.json", "sha256": "00" * 32}
        ledger = ledger.append(kind, time, body)
    return ledger


def test_append_gives_a_new_value() -> None:
    """Appending leaves the old ledger as it was, and entries cannot be changed."""
    old = filled(2)
    new = old.append("seed-source", TIMES[2], {"source": "dice", "sides": 10})
    assert (len(old), len(new), old.entries) == (2, 3, new.entries[:2])
    assert new.find("seed-source").body == {"source": "dice", "sides": 10}
    new.entries[2].body["sides"] = 6
    assert new.find("seed-source").body["sides"] == 10
    with pytest.raises(dataclasses.FrozenInstanceError):
        old.campaign = "other"  # type: ignore[misc]


def test_lines_are_the_published_schema() -> None:
    """A line is the canonical entry of docs/formats/publication.md, byte for byte."""
    line = Ledger("c").append("frame", TIMES[0], {"document": "d", "sha256": "e"}).to_jsonl()
    assert line == (
        b'{"body":{"document":"d","sha256":"e"},"campaign":"c","index":0,"kind":"frame",'
        b'"time":"2025-12-10T09:00:00+08:00"}\n'
    )


@pytest.mark.parametrize("size", range(len(KINDS) + 1))
def test_only_the_next_step_may_come(size: int) -> None:
    """From every state of a run, each kind but the next is refused: no seed before commitments."""
    ledger = filled(size)
    for kind in [*KINDS, "result", ""]:
        if kind in ledger.course.allowed():
            body = {"again": {"reason": "a reason"}}
            assert ledger.append(kind, TIMES[-1], body).find(kind).index == size
        else:
            with pytest.raises(OrderError):
                ledger.append(kind, TIMES[-1], {})


def test_later_rounds_of_teams_follow_whole() -> None:
    """After a run its last five kinds may come again, in order, any number of times."""
    ledger = filled()
    for kind in [*LATER, *LATER]:
        ledger = ledger.append(kind, TIMES[-1], {"again": 1})
    assert [entry.kind for entry in ledger.entries] == [*KINDS, *LATER, *LATER]
    assert ledger.find("odds").index == len(KINDS) + len(LATER) + 1
    with pytest.raises(OrderError):
        ledger.append("odds", TIMES[-1], {})


def test_time_never_goes_back() -> None:
    """Earlier moments are refused, whatever zone they are written in; equal ones are not."""
    ledger = Ledger("c").append("frame", "2025-12-22T09:00:00+08:00", {})
    for bad in ("2025-12-22T08:59:59+08:00", "2025-12-22T00:59:59.999999Z"):
        with pytest.raises(OrderError, match="lies before"):
            ledger.append("spec", bad, {})
    assert len(ledger.append("spec", "2025-12-22T01:00:00Z", {})) == 2


@pytest.mark.parametrize(
    "time",
    ["", "2025-12-22", "2025-12-22T09:00:00", "2025-13-01T00:00:00Z", "2025-12-22 09:00:00Z",
     "2025-12-22T09:00:00+8:00", "2025-12-22T24:00:00Z", "２025-12-22T09:00:00Z",
     "0001-01-01T00:00:00+23:00"],
)  # fmt: skip
def test_malformed_times_are_refused(time: str) -> None:
    """A time without zone, or that is none, is an input fault."""
    with pytest.raises(InputError):
        Ledger("c").append("frame", time, {})


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_instants_agree_across_zones(moment, minutes) -> None:
    """The same moment in another zone is the same instant."""
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    text = moment.isoformat(timespec="microseconds")
    try:
        here = instant(text + zone)
    except InputError:
        assert moment.year in (1, 9999)
        return
    seconds = (instant(text + "Z") - here).total_seconds()
    assert seconds == 60 * minutes


def test_proofs_hold() -> None:
    """Every entry is proved included, every earlier ledger proved a prefix."""
    ledger = filled()
    size = len(ledger)
    for entry in ledger.entries:
        proof = ledger.inclusion_proof(entry.index)
        assert merkle.verify_inclusion(entry.index, size, entry.leaf(), proof, ledger.root)
    for old in range(1, size + 1):
        proof = ledger.consistency_proof(old)
        assert merkle.verify_consistency(old, size, filled(old).root, ledger.root, proof)


def test_checkpoint_opens_with_its_key() -> None:
    """The checkpoint tells origin, size and root, and only under the log's own key."""
    ledger = filled()
    signer = ledger.signer(SEED)
    checkpoint = ledger.checkpoint(signer)
    lines = [entry.line for entry in ledger.entries]
    opened = verify_checkpoint(checkpoint, signer.vkey, lines)
    assert opened == ("double-random/small-2026", len(KINDS), ledger.root)
    with pytest.raises(CheckFailedError):
        verify_checkpoint(checkpoint, ledger.signer(bytes(32)).vkey)
    with pytest.raises(CheckFailedError, match="differ"):
        verify_checkpoint(checkpoint, signer.vkey, lines[:-1])
    with pytest.raises(ValueError, match="name"):
        ledger.checkpoint(note.Signer("another", SEED))


@pytest.mark.parametrize(
    "text", ["{o}\n1\n", "{o}\n01\n{r}\n", "{o}\n-1\n{r}\n", "x\n1\n{r}\n", "{o}\n1\nAAAA\n"]
)
def test_malformed_checkpoints(text: str) -> None:
    """A well signed note that is no checkpoint is refused."""
    signer = Ledger("c").signer(SEED)
    root = "RBNvJ1qFl6SyCiOQ1ZBf+yYu6SXLVvLc3vcNkWtMT0Y="
    signed = note.sign(text.format(o=signer.name, r=root), signer)
    with pytest.raises(InputError):
        verify_checkpoint(signed, signer.vkey)


def test_reading_inverts_writing() -> None:
    """Reading the file gives the same ledger."""
    ledger = filled()
    assert Ledger.read(ledger.to_jsonl()) == ledger
    assert [parse(line)["index"] for line in ledger.to_jsonl().splitlines()] == list(range(13))


def test_reading_refuses() -> None:
    """Files that no sequence of appends could have written are refused."""
    good = filled(3).to_jsonl()
    lines = good.splitlines(keepends=True)
    for bad in [
        b"",
        good[:-1],
        b"\n" + good,
        lines[0].replace(b":", b": ") + lines[1],
        lines[1],
        lines[0] + lines[0],
        lines[0] + lines[2],
        lines[0] + lines[1].replace(b"small-2026", b"other"),
        lines[0].replace(b'"index":0', b'"index":false'),
        lines[0].replace(b'"index":0,', b""),
        b"[]\n",
    ]:
        with pytest.raises((InputError, OrderError)):
            Ledger.read(bad)


def test_reveals_follow_a_source_with_parties_and_no_other() -> None:
    """What parties revealed stands between source and seed, and only where there are parties."""
    parties = {"source": "parties", "parties": []}
    for source, waits in (
        (parties, True),
        ({"source": "combined", "parts": [parties, {"source": "dice"}]}, True),
        ({"source": "combined", "parts": [{"source": "dice"}]}, False),
        ({"source": "combined", "parts": 7}, False),
        ({"source": "dice", "sides": 10}, False),
    ):
        ledger = Ledger("small-2026")
        for kind, body in (("frame", {}), ("spec", {}), ("seed-source", source)):
            ledger = ledger.append(kind, "2026-01-01T00:00:00Z", body)
        right, wrong = ("seed-reveals", "seed") if waits else ("seed", "seed-reveals")
        with pytest.raises(OrderError):
            ledger.append(wrong, "2026-01-01T00:00:00Z", {})
        ledger = ledger.append(right, "2026-01-01T00:00:00Z", {})
        if waits:
            ledger = ledger.append("seed", "2026-01-01T00:00:00Z", {})
        assert Ledger.read(ledger.to_jsonl()) == ledger
