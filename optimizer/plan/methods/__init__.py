"""Other ways to plan the same problem, to measure ours against: a method a file."""

from optimizer.plan.methods.department_merge import department_merge
from optimizer.plan.methods.exact import exact_cost
from optimizer.plan.methods.greedy_due import greedy_due
from optimizer.plan.methods.no_merge import no_merge

__all__ = ["department_merge", "exact_cost", "greedy_due", "no_merge"]
