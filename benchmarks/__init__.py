"""Benchmarks: each a module that answers one question and prints a table or JSON.

Methods to compare live in ``benchmarks/methods/``, a class a file; see `benchmarks.registry`.
"""
