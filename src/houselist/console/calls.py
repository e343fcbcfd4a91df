"""The API, called from within the process: pages ask what any client could, by the same rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.errors import MethodNotAllowed
from houselist.web.endpoint import perform
from houselist.web.routing import Paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from houselist.web.operation import Operation
    from houselist.web.request import Request


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
        found, parameters = self._paths.at(path)
        operation = found.targets.get(method)
        if operation is None:
            raise MethodNotAllowed
        return await perform(
            operation, request, path=parameters, query=query or {}, body=body or {}
        )
