"""The parts of the plan benchmark's generator; `benchmarks.plan_instances` puts them together."""
