"""How much is searched follows from counts: of a table, and of the enterprises of a block."""

from __future__ import annotations

import gc

import pytest
from plan_instances import Mix, make_instance

from optimizer.plan.bound import first_fit
from optimizer.plan.collector import put_off, set_aside
from optimizer.plan.frames import effort_for
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.site import Mask, Site
from optimizer.plan.solve import DEAR, solve_board

TIGHT = Mix(checks=90, counties=1, departments=2, utilisation=1.2, planned_rides=True)


def test_effort_of_a_city_and_of_a_province() -> None:
    """Up to a large city that of one plan; then less in proportion, but never none."""
    assert [effort_for(n) for n in (0, 1, 50_000, 75_000)] == [200] * 4
    assert effort_for(150_000) == 100
    assert effort_for(1_000_000) == effort_for(10**8) == 15


def test_neighbourhoods_for_so_much_effort_each() -> None:
    """One for each `DEAR` of effort, and none for less."""
    problem = build_problem(**make_instance(TIGHT, 3).arguments())
    assert solve_board(problem, effort=DEAR - 1).neighbourhoods == 0
    assert solve_board(problem, effort=DEAR).neighbourhoods == 1


def test_cycles_are_looked_for_again_afterwards() -> None:
    """As it was before, and after an error too."""
    assert gc.isenabled()
    with put_off():
        assert not gc.isenabled()
        with put_off():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()  # a server that ran in this process before sets aside what it has loaded
    with set_aside(), set_aside():
        assert gc.get_freeze_count()
    assert not gc.get_freeze_count()
    gc.freeze()
    with set_aside():
        pass
    assert gc.get_freeze_count()
    gc.unfreeze()
    with pytest.raises(ValueError, match="none"), put_off():
        raise ValueError("none")
    assert gc.isenabled()


def plain_first_fit(problem: Problem, site: Site, members: Mask) -> int:
    """First fit by its definition, every group worked out."""
    groups: list[Mask] = []
    places = [i for i in range(len(site.checks)) if members >> i & 1]
    for i in sorted(places, key=lambda i: (site.checks[i].due, site.checks[i].id)):
        for g, mask in enumerate(groups):
            if problem.group(site, mask | 1 << i).lone:
                groups[g] = mask | 1 << i
                break
        else:
            groups.append(1 << i)
    return len(groups)


@pytest.mark.parametrize("seed", range(6))
def test_first_fit_is_what_it_says(seed: int) -> None:
    """The days looked at beforehand let every group pass that can be one."""
    problem = build_problem(**make_instance(TIGHT, seed).arguments())
    for site in problem.sites:
        assert first_fit(problem, site, site.all) == plain_first_fit(problem, site, site.all)
