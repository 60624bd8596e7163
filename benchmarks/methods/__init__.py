"""Methods to compare, a class a file. A new file here is found by `benchmarks.registry`."""
