"""Which endpoint a path leads to, beside the plainest way to find it: the first row that fits."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace
from typing import Any

import pytest

from houselist.app import API
from houselist.errors import NotFound
from houselist.openapi import routes as public
from houselist.web.routing import Routes

ROWS = [
    *((each.method, each.path) for each in API),
    *((method, path) for method, path, _ in public.ROUTES),
]
TEMPLATES = list(dict.fromkeys(path for _, path in ROWS))
LONGEST = max(path.count("/") for path in TEMPLATES)


def words_at(place: int) -> list[str]:
    """Every word that stands there in some path, and one that stands nowhere."""
    parts = [path.split("/") for path in TEMPLATES]
    found = {each[place] for each in parts if len(each) > place}
    return [*sorted(word for word in found if not word.startswith("{")), "x"]


def pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


PATTERNS = [(template, pattern(template)) for template in TEMPLATES]


def first_that_fits(path: str) -> tuple[str, dict[str, str]] | None:
    fits = ((template, each.fullmatch(path)) for template, each in PATTERNS)
    return next(((template, match.groupdict()) for template, match in fits if match), None)


def found(routes: Routes, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    request: Any = SimpleNamespace(scope={"path": path, "method": method}, route="unknown")
    try:
        routes.find(request)
    except NotFound:
        assert request.route == "unknown"
        return None
    return request.route, request.scope["path_params"]


@pytest.fixture(scope="module")
def routes() -> Routes:
    async def nothing(_request: object) -> Any: ...

    return Routes([(method, path, nothing) for method, path in ROWS])


@pytest.mark.parametrize("length", range(1, LONGEST + 2))
def test_every_mixture_of_words_leads_where_the_first_row_that_fits_does(
    routes: Routes, length: int
) -> None:
    seen = set[str | None]()
    for words in itertools.product(*(words_at(place) for place in range(1, length + 1))):
        path = "/" + "/".join(words)
        expected = first_that_fits(path)
        assert found(routes, "GET", path) == expected, path
        seen.add(expected and expected[0])
    assert {each for each in TEMPLATES if each.count("/") == length} <= seen


@pytest.mark.parametrize("path", ["", "/", "x", "/v1/accounts/", "/healthz\n", "//healthz"])
def test_what_is_no_path_of_the_table_leads_nowhere(routes: Routes, path: str) -> None:
    assert found(routes, "GET", path) is None
