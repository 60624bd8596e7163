"""The stand-alone verifier: `verify.py` runs alone, copied out; it imports nothing of ours."""
