"""The designs on a city: many draws with fixed keys, held to the published probabilities."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as f_law

from benchmarks.every import Population
from benchmarks.exact_cases import order, people
from optimizer.chance import sub_key
from optimizer.domain.campaign import DrawOrder
from optimizer.draw import Deal, Spec, make_deal, ticket_maker
from optimizer.draw.draw import sample
from optimizer.draw.strata import Stratum

Counts = NDArray[Any]
RATES = {
    "A": Fraction(1, 10),
    "B": Fraction(3, 13),
    "C": Fraction(2, 7),
    "D": Fraction(1, 3),
    "": Fraction(1, 4),
}
LEVELS = {"A": Fraction(1), "B": Fraction(2), "C": Fraction(4), "D": Fraction(8), "": Fraction(2)}
FALSE_ALARM = 1e-4
"""Chance that a design which is exact is found wanting by one of its two statistics."""


class Verdict(NamedTuple):
    """A statistic, its degrees of freedom and the chance of one as large."""

    statistic: float
    freedom: int
    p: float


class Trial(NamedTuple):
    """A design on the city: who was drawn in each replicate."""

    name: str
    frame: Population
    order: DrawOrder
    strata: Sequence[Stratum]
    draw: Callable[[int], NDArray[np.bool_]]
    pairs: bool


def city(orders: Sequence[DrawOrder], count: int, campaign: str) -> tuple[Population, Spec]:
    """Return enterprises whose labels are mixed by hashing, with weights from 1 to 20."""
    mixed = [hashlib.sha256(f"city {n}".encode()).digest() for n in range(count)]
    return people(
        *orders,
        count=count,
        campaign=campaign,
        ids=[f"E{n:06d}" for n in range(count)],
        county=[f"14030{1 + sum(byte[0] >= edge for edge in (26, 77, 154))}" for byte in mixed],
        risk=["ABBCD"[byte[1] % 5] if byte[2] > 25 else "" for byte in mixed],
        weights=[1 + byte[3] % 20 for byte in mixed],
    )


def trials(count: int) -> Iterator[Trial]:
    """Yield every design on `count` enterprises."""
    share = Fraction(count, 25)
    size = int(share)
    plain = (
        ("whole sizes", order("O", size=size, strata_by=("county",))),
        ("rates", order("O", strata_by=("county", "risk"), rates=RATES)),
        (
            "levels",
            order("O", size=size, strata_by=("county",), levels_by="risk", weights=LEVELS),
        ),
        (
            "controlled rounding",
            order("O", strata_by=("county", "risk"), rates=RATES, rounding="controlled"),
        ),
        ("pivotal", order("O", size=size, strata_by=("county",), design="pivotal")),
    )
    for name, one in plain:
        frame, spec = city([one], count, "plain")
        yield Trial(name, frame, one, spec.strata["O"], _fresh(frame, spec, name), one.design == "")
    former = (
        order("O", size=size, strata_by=("county",)),
        order("P", rate=Fraction(1, 20), strata_by=("size",)),
    )
    second = order("R", rate=Fraction(1, 8), strata_by=("county", "risk"))
    later = order("Q", strata_by=("risk",), rates=RATES)
    for theta in (Fraction(1), Fraction(1, 2)):
        name = f"dealt after one draw, theta {theta}"
        yield _dealt(name, count, [former], later, theta)
    yield _dealt("dealt after two draws", count, [former, (second,)], later, Fraction(1))


def control(count: int) -> Trial:
    """Return what is wrong on purpose: those drawn before come first, without cells."""
    former = (order("O", size=count // 25, strata_by=("county",)),)
    later = order("Q", strata_by=("risk",), rates=RATES)
    return _dealt(
        "control: drawn before come first, no cells",
        count,
        [former],
        later,
        Fraction(1),
        cells=False,
    )


def _key(name: str, number: int) -> bytes:
    return hashlib.sha256(f"exactness {name} {number}".encode()).digest()


def _mask(
    frame: Population, spec: Spec, key: bytes, tickets: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    taken = np.zeros(len(frame.ids), dtype=bool)
    for one in spec.orders:
        sizes, places = sample(tickets, key, one, spec.strata[one.key])
        for size, its in zip(sizes.sizes, places, strict=True):
            taken[its[:size]] = True
    return taken


def _fresh(frame: Population, spec: Spec, name: str) -> Callable[[int], NDArray[np.bool_]]:
    make = ticket_maker(frame.ids, keys=1000)

    def draw(number: int) -> NDArray[np.bool_]:
        key = _key(name, number)
        return _mask(frame, spec, key, make(key))

    return draw


def _dealt(
    name: str,
    count: int,
    former: Sequence[Sequence[DrawOrder]],
    later: DrawOrder,
    theta: Fraction,
    *,
    cells: bool = True,
) -> Trial:
    """Draw all campaigns anew in each replicate, each dealt after all before it."""
    campaigns = [city(list(orders), count, f"c{n}") for n, orders in enumerate(former)]
    frame, spec = city([later], count, "later")
    known = [one.earlier(its, ()) for one, its in campaigns]
    steps = [*campaigns, (frame, spec)]
    deals = [make_deal(at, known[:place], theta) for place, (at, _) in enumerate(steps)]
    make = ticket_maker(frame.ids, keys=1000)

    def draw(number: int) -> NDArray[np.bool_]:
        drawn = np.zeros(count, dtype=bool)
        for place, (at, its) in enumerate(steps):
            key = sub_key(_key(name, number), "exactness", str(place))
            tickets = make(key)
            if place:
                parts = deals[place].cells if cells else np.zeros(count, dtype=np.int64)
                deal = Deal(parts, drawn, theta)
                tickets = deal.deal(tickets, deal.first(key))
            last = _mask(at, its, key, tickets)
            drawn = drawn | last
        return last

    return Trial(name, frame, later, spec.strata[later.key], draw, pairs=True)


def run(trial: Trial, draws: int) -> tuple[Verdict, Verdict | None]:
    """Draw `draws` times; compare enterprises by class, and pairs by class, with what is due.

    Classes of enterprises: county, risk and a bit of a hash. Classes of pairs: disjoint random
    pairs within each stratum, those of one county and those of two.
    """
    frame = trial.frame
    bit = [hashlib.sha256(i.encode()).digest()[0] % 2 for i in frame.ids]
    labels = list(zip(frame.fields["county"], frame.fields["risk"], bit, strict=True))
    numbers = {label: place for place, label in enumerate(sorted(set(labels)))}
    of = np.array([numbers[label] for label in labels])
    chance = np.zeros(len(frame.ids))
    for stratum in trial.strata:
        for members, probability in stratum.classes():
            chance[members] = float(probability)
    paired = _pairs(trial) if trial.pairs else None
    singles: list[Counts] = []
    doubles: list[Counts] = []
    for number in range(draws):
        taken = trial.draw(number)
        singles.append(np.bincount(of, weights=taken, minlength=len(numbers)))
        if paired is not None:
            pairs, pair_of, pair_due = paired
            both = taken[pairs[:, 0]] & taken[pairs[:, 1]]
            counts = np.bincount(pair_of, weights=both, minlength=len(pair_due))
            doubles.append(counts - pair_due)
    due = np.bincount(of, weights=chance, minlength=len(numbers))
    single = hotelling(np.array(singles) - due)
    return single, hotelling(np.array(doubles)) if doubles else None


def hotelling(differences: Counts) -> Verdict:
    """Test whether the mean of independent vectors is 0, their covariance unknown.

    Directions that vary by less than an enterprise (totals that are fixed, or floors and ceilings)
    are left out once it is seen that they differ from 0 by less than an enterprise too.

    Parameters
    ----------
    differences
        Shape (draws, classes).

    Notes
    -----
    Hotelling's T² (1931): (n − k) / (k (n − 1)) · T² has the F law with k and n − k degrees of
    freedom for normal vectors, which sums over thousands of enterprises nearly are.
    """
    draws = len(differences)
    mean = differences.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(differences, rowvar=False))
    varies = values > 1
    along = vectors.T @ mean
    if np.abs(along[~varies]).max(initial=0) >= 1:
        return Verdict(math.inf, int(varies.sum()), 0.0)
    k = int(varies.sum())
    squared = float(draws * np.sum(along[varies] ** 2 / values[varies]))
    return Verdict(
        squared, k, float(f_law.sf((draws - k) / (k * (draws - 1)) * squared, k, draws - k))
    )


def _pairs(trial: Trial) -> tuple[NDArray[np.int64], NDArray[np.int64], Counts]:
    """Return pairs within strata, the class of each, and how often a class is due.

    A pair of a stratum of N that gives n is drawn with n(n − 1) / (N(N − 1)), on average over the
    two sizes that rounding can give.
    """
    rng = np.random.default_rng(2026)
    county = np.array(trial.frame.fields["county"])
    pairs: list[NDArray[np.int64]] = []
    classes: list[NDArray[np.int64]] = []
    due: list[float] = []
    for stratum in trial.strata:
        many = stratum.population
        low = math.floor(stratum.expected)
        part = stratum.expected - low
        mean = (low * (low - 1) + part * 2 * low) / Fraction(many * (many - 1))
        mixed = rng.permutation(stratum.members)[: many // 2 * 2].reshape(-1, 2)
        alike = county[mixed[:, 0]] == county[mixed[:, 1]]
        for chosen in (mixed[alike], mixed[~alike]):
            if len(chosen):
                pairs.append(chosen)
                classes.append(np.full(len(chosen), len(due)))
                due.append(float(mean) * len(chosen))
    return np.concatenate(pairs), np.concatenate(classes), np.array(due)
