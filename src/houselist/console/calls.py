"""The API, called from within the process: pages ask what any client could, by the same rules."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from houselist.errors import Invalid, MethodNotAllowed, Problem
from houselist.web.endpoint import perform, respond_within
from houselist.web.routing import Paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from houselist.web.asgi import Receive
    from houselist.web.operation import Operation
    from houselist.web.request import Request
    from houselist.web.response import Response

_FORM_ID = re.compile(r"[0-9a-f]{32}")


class Api:
    """All operations, found by their method and path. One for each process, in its Services."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._paths = Paths((each.method, each.path, each) for each in operations)

    async def call(
        self,
        request: Request,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Any:
        """The `data` of the answer, as JSON has it. Raises what would refuse the request."""
        operation, parameters = self._find(method, path)
        return await perform(
            operation, request, path=parameters, query=query or {}, body=body or {}
        )

    async def open(self, request: Request, path: str, query: Mapping[str, str]) -> Response:
        """The answer to GET as it is, which may be a file that is sent yet."""
        operation, parameters = self._find("GET", path)
        return await respond_within(operation, request, path=parameters, query=query, body={})

    def _find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        found, parameters = self._paths.at(path)
        operation = found.targets.get(method)
        if operation is None:
            raise MethodNotAllowed
        return operation, parameters


def sent_once(request: Request, form_id: str, body: Mapping[str, object]) -> Request:
    """The request with an Idempotency-Key: of a form that was sent twice, one takes effect.

    What the form says is part of the key, so that it can be corrected and sent again.
    """
    if not _FORM_ID.fullmatch(form_id):
        raise Invalid(Problem("form", "is not whole; load the page again"))
    key = hashlib.sha256(form_id.encode() + msgspec.json.encode(body)).hexdigest()
    return with_headers(request, (b"idempotency-key", key.encode()))


def with_headers(
    request: Request, *headers: tuple[bytes, bytes], receive: Receive | None = None
) -> Request:
    """The request as it would be with these headers, and with another body where `receive` is."""
    names = {name for name, _ in headers}
    rest = [each for each in request.scope["headers"] if each[0] not in names]
    scope: Any = {**request.scope, "headers": [*headers, *rest]}
    return replace(request, scope=scope, receive=receive or request.receive)
