"""Runs migrations on the connection that ``charting.store.schema`` gives, in its transaction."""

from alembic import context

from charting.store.columns import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
