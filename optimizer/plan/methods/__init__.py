"""Other ways to plan the same problem, to measure ours against: a method a file."""

from optimizer.plan.methods.exact import exact_cost
from optimizer.plan.methods.greedy_due import greedy_due
from optimizer.plan.methods.no_merge import no_merge

__all__ = ["exact_cost", "greedy_due", "no_merge"]
