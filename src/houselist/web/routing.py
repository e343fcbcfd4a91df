"""From a path and a method to what answers there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.routing import Route, Router

from houselist.errors import NO_PATH, MethodNotAllowed, NotFound
from houselist.web.request import current
from houselist.web.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Lifespan, Receive, Scope, Send

    from houselist.web.request import Request

Handler = Callable[["Request"], Awaitable[Response]]


class _Path:
    """All that answers at one path, by method, as an ASGI application."""

    def __init__(self, path: str, handlers: dict[str, Handler]) -> None:
        self._path = path
        self._handlers = handlers
        self.methods = handlers.keys()
        self._allowed = ", ".join(sorted({*handlers, "OPTIONS"}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = current.get()
        request.route = self._path
        handler = self._handlers.get(scope["method"], self._other)
        response = await handler(request)
        await response(scope, receive, send)

    async def _other(self, request: Request) -> Response:
        if request.scope["method"] != "OPTIONS":
            raise MethodNotAllowed(headers={"allow": self._allowed})
        headers = [(b"allow", self._allowed.encode()), (b"cache-control", b"no-store")]
        return Response(200, b"", headers)


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotFound(NO_PATH)


def router(routes: Iterable[tuple[str, str, Handler]], lifespan: Lifespan[Any]) -> Router:
    """An application of (method, path, handler). What it refuses it raises.

    Of paths that fit alike, the one that comes first is taken.
    """
    paths: dict[str, dict[str, Handler]] = defaultdict(dict)
    for method, path, handler in routes:
        paths[path][method] = handler
    return Router(
        [Route(path, _Path(path, handlers)) for path, handlers in paths.items()],
        redirect_slashes=False,
        default=_nothing,
        lifespan=lifespan,
    )
