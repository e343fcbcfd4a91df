"""What an endpoint says of itself: URL, permission, shapes and statuses. OpenAPI is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec

    from houselist.errors import Refusal
    from houselist.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the endpoint table.

    `permission` None: any key will do. `streams`: media types of a raw body. `media_type`: of the
    answer. `etag`: it carries one, and 304 may come in its place.
    """

    method: str
    path: str
    permission: Permission | None
    status: int
    answer: object
    summary: str
    description: str
    tag: str
    refuses: tuple[type[Refusal], ...]
    at: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    streams: tuple[str, ...] = ()
    media_type: str = "application/json"
    etag: bool = False

    @property
    def route(self) -> str:
        """Method and path template, as idempotency keys are scoped by it."""
        return f"{self.method} {self.path}"

    @property
    def sends_events(self) -> bool:
        """Whether it answers with a stream, which Last-Event-ID takes up again."""
        return self.media_type == "text/event-stream"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def takes_idempotency_key(self) -> bool:
        """A PUT needs none: sent again, it changes nothing."""
        return self.writes and self.method != "PUT"
