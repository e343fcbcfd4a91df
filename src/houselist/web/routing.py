"""From a path and a method to what answers there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from houselist.errors import NO_PATH, MethodNotAllowed, NotFound
from houselist.web.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.web.request import Request

Handler: TypeAlias = Callable[["Request"], Awaitable[Response]]
_Segments: TypeAlias = tuple[str, ...]


class _Path:
    """All that answers at one path, by method, and where in it the parameters are."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.handlers: dict[str, Handler] = {}
        parts = template.split("/")
        self.fixed = tuple(at for at, part in enumerate(parts) if not part.startswith("{"))
        self.parameters = [
            (part[1:-1], at) for at, part in enumerate(parts) if part.startswith("{")
        ]

    async def other(self, request: Request) -> Response:
        """What answers a method that the path does not have."""
        allowed = ", ".join(sorted({*self.handlers, "OPTIONS"}))
        if request.scope["method"] != "OPTIONS":
            raise MethodNotAllowed(headers={"allow": allowed})
        headers = [(b"allow", allowed.encode()), (b"cache-control", b"no-store")]
        return Response(200, b"", headers)


class _Alike(NamedTuple):
    """Paths of one length that are fixed at the same places: `pick` takes what is there."""

    pick: Callable[[list[str]], _Segments]
    paths: dict[_Segments, _Path]


class Routes:
    """Routes of (method, path, handler), where a part of a path in braces is a parameter.

    A path has few others of its length, and those of them that are fixed at the same places are
    told apart by one look into a dictionary.
    """

    def __init__(self, routes: Iterable[tuple[str, str, Handler]]) -> None:
        by_template: dict[str, _Path] = {}
        for method, template, handler in routes:
            path = by_template.setdefault(template, _Path(template))
            path.handlers[method] = handler
        forms: dict[tuple[int, tuple[int, ...]], _Alike] = {}
        self._by_length: defaultdict[int, list[_Alike]] = defaultdict(list)
        for path in by_template.values():
            parts = path.template.split("/")
            form = len(parts), path.fixed
            if form not in forms:
                forms[form] = _Alike(_picker(path.fixed), {})
                self._by_length[len(parts)].append(forms[form])
            forms[form].paths[forms[form].pick(parts)] = path

    def find(self, request: Request) -> Handler:
        """What answers the request, which is given its route and parameters. Raises NotFound."""
        scope = request.scope
        parts: list[str] = scope["path"].split("/")
        for pick, paths in self._by_length.get(len(parts), ()):
            path = paths.get(pick(parts))
            if path is not None:
                request.route = path.template
                scope["path_params"] = {name: parts[at] for name, at in path.parameters}
                return path.handlers.get(scope["method"], path.other)
        raise NotFound(NO_PATH)


def _picker(places: tuple[int, ...]) -> Callable[[list[str]], _Segments]:
    return cast("Callable[[list[str]], _Segments]", itemgetter(*places))
