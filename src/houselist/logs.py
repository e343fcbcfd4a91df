"""Logs: one JSON object per line on standard error, each with the trace id of its request."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger


# The trace id of the request that the running task serves.
trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)


def _add_trace_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if found := trace_id.get():
        event["traceId"] = found
    return event


def configure(level: str) -> None:
    """Sets up structlog, and all other loggers to match. `level`: debug, info, warning or error."""
    shared = [
        _add_trace_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Libraries log only when something is wrong; our own lines say what was done.
    for name in ("pgqueuer", "asyncio", "alembic", "_granian", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


log = structlog.stdlib.get_logger("houselist")
