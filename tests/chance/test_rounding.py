"""Systematic rounding, by enumerating every r."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.chance import MAX_DENOMINATOR, Stream, systematic_sizes


class Chosen(Stream):
    """A stream whose next `below` is chosen."""

    def __init__(self, r: int) -> None:
        super().__init__(bytes(32))
        self.r = r

    def below(self, m: int) -> int:
        assert 0 <= self.r < m
        return self.r


TARGETS = st.lists(
    st.builds(Fraction, st.integers(0, 60), st.sampled_from([1, 2, 3, 4, 5, 6, 10, 12])),
    max_size=6,
)


@given(TARGETS)
def test_every_r(targets: list[Fraction]) -> None:
    """Over all r: each size is floor or ceiling, so is the total, and expectations are exact."""
    denominator = math.lcm(*(t.denominator for t in targets))
    sums = [0] * len(targets)
    for r in range(denominator):
        common, drawn, sizes = systematic_sizes(targets, Chosen(r))
        assert (common, drawn, len(sizes)) == (denominator, r, len(targets))
        for size, target in zip(sizes, targets, strict=True):
            assert size in {math.floor(target), math.ceil(target)}
        assert sum(sizes) in {math.floor(sum(targets)), math.ceil(sum(targets))}
        sums = [a + b for a, b in zip(sums, sizes, strict=True)]
    assert [Fraction(s, denominator) for s in sums] == targets


@given(TARGETS, st.integers(1, 9))
def test_larger_denominator(targets: list[Fraction], factor: int) -> None:
    """A multiple of the least denominator keeps the expectations exact too."""
    common = math.lcm(*(t.denominator for t in targets)) * factor
    sums = [0] * len(targets)
    for r in range(common):
        got = systematic_sizes(targets, Chosen(r), denominator=common)
        assert got[0] == common
        sums = [a + b for a, b in zip(sums, got[2], strict=True)]
    assert [Fraction(s, common) for s in sums] == targets


def test_r_comes_from_the_stream() -> None:
    """r is the stream's next `below(D)`."""
    key = bytes(range(32))
    r = Stream(key).below(100)
    assert systematic_sizes([Fraction(37, 100)], Stream(key)) == (100, r, (int(r < 37),))


def test_refusals() -> None:
    """Negative targets, huge and unfit denominators are refused."""
    with pytest.raises(ValueError, match="negative"):
        systematic_sizes([Fraction(-1, 2)], Chosen(0))
    with pytest.raises(ValueError, match="2\\^40"):
        systematic_sizes([Fraction(1, MAX_DENOMINATOR + 1)], Chosen(0))
    with pytest.raises(ValueError, match="multiple"):
        systematic_sizes([Fraction(1, 3)], Chosen(0), denominator=4)
