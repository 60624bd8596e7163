"""What Alembic runs: migrations on the connection that `api.store.migrate` hands over."""

from alembic import context

from api.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter most things in place; batches make a new table and copy.
    render_as_batch=True,
)
context.run_migrations()
