"""The PostgreSQL that Houselist brings along: started on demand, shared by those who use it.

Everything it keeps lives in the data directory. Connections and SQL are elsewhere.
"""

from __future__ import annotations

from houselist.postgres.embedded.errors import EmbeddedError
from houselist.postgres.embedded.layout import default_data_dir
from houselist.postgres.embedded.server import Server

__all__ = ["EmbeddedError", "Server", "default_data_dir"]
