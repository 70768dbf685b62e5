"""How Alembic runs the migrations: always over a connection that `voicebot.store.schema` opened."""

from alembic import context

from voicebot.store.tables import Base

# Batch mode: SQLite changes a table by rebuilding it.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
