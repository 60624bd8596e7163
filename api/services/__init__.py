"""Use cases, one transaction each; they know nothing of HTTP."""
