"""What an endpoint says of itself: shapes and statuses; and where it stands in the API's table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import msgspec

    from houselist.errors import Refusal
    from houselist.permissions import Permission

Function = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A function with what it takes and answers.

    `wanted`: names of its parameters. `refuses`: what it may answer with instead, as classes, or as
    they are raised in life. `body`: a shape, a tagged union of shapes, or None. `example`: what the
    response shows other than its shape's example. `upload_types`: media types of a body that it
    reads itself, each with an example where that is text. `download_types`: likewise of the files
    that it answers with. `media_type`: of the response. `etag`: it
    carries one, and 304 may come in its place.
    """

    function: Function
    wanted: frozenset[str]
    status: int
    response: object
    summary: str
    tag: str
    description: str
    refuses: tuple[type[Refusal] | Refusal, ...]
    at: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    body: Any
    example: Mapping[str, object]
    upload_types: Mapping[str, str | None]
    download_types: Mapping[str, str | None]
    media_type: str = "application/json"
    etag: bool = False

    @property
    def sends_events(self) -> bool:
        """Whether it answers with a stream, which Last-Event-ID takes up again."""
        return self.media_type == "text/event-stream"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the API's table. `permission` None: any key will do."""

    method: str
    path: str
    permission: Permission | None
    endpoint: Endpoint

    @property
    def name(self) -> str:
        """Its operationId: the function's name in camel case."""
        first, *rest = self.endpoint.function.__name__.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def route(self) -> str:
        """Method and path template, as idempotency keys are scoped by it."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def takes_idempotency_key(self) -> bool:
        """A PUT needs none: sent again, it changes nothing."""
        return self.writes and self.method != "PUT"
