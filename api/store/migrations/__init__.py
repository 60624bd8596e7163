"""Alembic migrations of the store, run by `api.store.migrate` when the server starts."""
