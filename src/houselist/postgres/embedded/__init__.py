"""The PostgreSQL that comes with Houselist: started on demand, shared by the processes that use it.

It keeps everything in the data directory. Connections and SQL are elsewhere.
"""

from __future__ import annotations

from houselist.postgres.embedded.errors import EmbeddedError
from houselist.postgres.embedded.layout import default_data_dir
from houselist.postgres.embedded.server import Server

__all__ = ["EmbeddedError", "Server", "default_data_dir"]
