"""What Alembic runs: the revisions, in one transaction, on the connection that it was given."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes["connection"]
if not isinstance(connection, Connection):
    raise TypeError("run migrations through `houselist migrate`")

context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
