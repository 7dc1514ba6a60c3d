"""Alembic's entry: runs on the connection that `migrate.upgrade` hands over."""

from alembic import context

from tocsin.vault.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter a column in place
)
context.run_migrations()
