"""The planner's inner loops on flat arrays, compiled by Numba where it is installed.

Every function here is plain Python over NumPy arrays of whole numbers: without Numba it runs as
it stands, slower, with the same result. What the numbers mean is `table.Table` and `room.Room`;
the rules themselves are `docs/formats/plan.md`.
"""
