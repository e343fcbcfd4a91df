"""From a path and a method to what answers there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar, cast

from houselist.errors import NO_PATH, MethodNotAllowed, NotFound
from houselist.web.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.web.request import Request

Handler: TypeAlias = Callable[["Request"], Awaitable[Response]]
_Segments: TypeAlias = tuple[str, ...]
# What is found at a method and path: what handles requests, or an operation.
Target = TypeVar("Target")


class _Path(Generic[Target]):
    """All that is at one path, by method, and where in it the parameters are."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.targets: dict[str, Target] = {}
        parts = template.split("/")
        self.fixed = tuple(at for at, part in enumerate(parts) if not part.startswith("{"))
        self.parameters = [
            (part[1:-1], at) for at, part in enumerate(parts) if part.startswith("{")
        ]

    async def other(self, request: Request) -> Response:
        """What answers a method that the path does not have."""
        allowed = ", ".join(sorted({*self.targets, "OPTIONS"}))
        if request.scope["method"] != "OPTIONS":
            raise MethodNotAllowed(headers={"allow": allowed})
        headers = [(b"allow", allowed.encode()), (b"cache-control", b"no-store")]
        return Response(200, b"", headers)


class _Alike(NamedTuple, Generic[Target]):
    """Paths of one length that are fixed at the same places: `pick` takes what is there."""

    pick: Callable[[list[str]], _Segments]
    paths: dict[_Segments, _Path[Target]]


class Paths(Generic[Target]):
    """Rows of (method, path, target), where a part of a path in braces is a parameter.

    A path has few others of its length, and those of them that are fixed at the same places are
    told apart by one look into a dictionary.
    """

    def __init__(self, rows: Iterable[tuple[str, str, Target]]) -> None:
        by_template: dict[str, _Path[Target]] = {}
        for method, template, target in rows:
            path = by_template.setdefault(template, _Path(template))
            path.targets[method] = target
        forms: dict[tuple[int, tuple[int, ...]], _Alike[Target]] = {}
        self._by_length: defaultdict[int, list[_Alike[Target]]] = defaultdict(list)
        for path in by_template.values():
            parts = path.template.split("/")
            form = len(parts), path.fixed
            if form not in forms:
                forms[form] = _Alike(_picker(path.fixed), {})
                self._by_length[len(parts)].append(forms[form])
            forms[form].paths[forms[form].pick(parts)] = path

    def at(self, path: str) -> tuple[_Path[Target], dict[str, str]]:
        """What is at a path, and its parameters. Raises NotFound."""
        parts = path.split("/")
        for pick, paths in self._by_length.get(len(parts), ()):
            found = paths.get(pick(parts))
            if found is not None:
                return found, {name: parts[at] for name, at in found.parameters}
        raise NotFound(NO_PATH)


class Routes(Paths[Handler]):
    """The paths of what handles requests."""

    def find(self, request: Request) -> Handler:
        """What answers the request, which is given its route and parameters. Raises NotFound."""
        scope = request.scope
        path, scope["path_params"] = self.at(scope["path"])
        request.route = path.template
        return path.targets.get(scope["method"], path.other)


def _picker(places: tuple[int, ...]) -> Callable[[list[str]], _Segments]:
    return cast("Callable[[list[str]], _Segments]", itemgetter(*places))
