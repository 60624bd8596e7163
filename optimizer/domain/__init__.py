"""Frozen values that the stages meet in. Nothing here reads a file, a clock or chance."""
