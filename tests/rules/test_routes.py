"""House rule: each endpoint declares one permission, and touches five places."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from houselist.app import API
from houselist.console import routes as console
from houselist.openapi import routes as public
from houselist.permissions import MEANINGS, Permission
from support.rules import named, python_files
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    import httpx

    from houselist.postgres.db import Pool
    from houselist.web.operation import Operation
    from support.service import Service

_A = "/v1/accounts/{accountGroupId}"

# Without a key.
PUBLIC = {
    "/healthz": "load balancers ask it",
    "/readyz": "likewise",
    "/openapi.json": "says nothing that this repository does not",
    "/docs": "the same document as a page",
    "/sign-in": "where a key becomes a session",
    "/sign-out": "ends the session that its cookie names",
    "/static/{version}/{name}": "the pages' own files",
}
# Permissions that guard nothing yet: keys may have them, endpoints to come will ask for them.
KEPT_FOR_LATER = {Permission.WEBHOOKS_READ, Permission.WEBHOOKS_WRITE}

each_operation = pytest.mark.parametrize("operation", API, ids=lambda each: each.route)


def test_no_endpoint_is_there_twice() -> None:
    assert len({each.route for each in API}) == len({each.name for each in API}) == len(API)


@each_operation
def test_an_endpoint_is_named_in_its_room_and_in_the_table_alone(operation: Operation) -> None:
    """So what one touches is its shape, its SQL, its function, its row and its test."""
    room = Path(inspect.getfile(operation.endpoint.function)).parent
    name = re.compile(rf"\b{operation.name}\b")
    others = [path for path in python_files("src") if not path.is_relative_to(room)]
    assert [named(path) for path in others if name.search(path.read_text("utf-8"))] == []


def test_what_needs_no_key_is_a_short_list() -> None:
    routes = [(method, path) for method, path, _ in [*public.ROUTES, *console.OPEN]]
    routes += [(each.method, each.path) for each in console.PAGES if each.signed_out]
    assert {path for _, path in routes} == PUBLIC.keys()
    writing = {path for method, path in routes if method != "GET"}
    assert writing == {"/sign-in", "/sign-out"}


def test_every_permission_guards_something_or_is_kept_for_later() -> None:
    used = {each.permission for each in API} - {None}
    assert used == set(Permission) - KEPT_FOR_LATER


def test_every_permission_says_what_it_allows() -> None:
    assert MEANINGS.keys() == set(Permission)
    later = {permission for permission, words in MEANINGS.items() if "endpoints to come" in words}
    assert later == KEPT_FOR_LATER


@each_operation
def test_every_endpoint_says_what_it_does(operation: Operation) -> None:
    assert operation.endpoint.summary
    assert operation.endpoint.description.endswith(".")
    assert operation.endpoint.tag


@each_operation
def test_reading_permissions_are_for_reads_and_writing_ones_for_writes(
    operation: Operation,
) -> None:
    kind = "write" if operation.writes else "read"
    assert operation.permission is None or operation.permission.endswith(f":{kind}")


def _path(operation: Operation, group: str) -> str:
    path = operation.path.replace("{accountGroupId}", group)
    return re.sub(r"\{\w+\}", "0" * 24, path)


@each_operation
async def test_no_endpoint_answers_without_a_key(
    operation: Operation, anybody: httpx.AsyncClient
) -> None:
    error(await anybody.request(operation.method, _path(operation, "0" * 24)), 401, "UNAUTHORIZED")


@each_operation
async def test_no_endpoint_answers_a_key_without_its_permission(
    operation: Operation, service: Service, pool: Pool
) -> None:
    others = [each for each in Permission if each != operation.permission]
    async with service.client(await make_tenant(pool, others)) as api:
        path = _path(operation, api.tenant.account_group_id)
        answer = await api.request(operation.method, f"http://houselist{path}")
        if operation.permission is None:
            data(answer)
        else:
            assert operation.permission in error(answer, 403, "FORBIDDEN")["details"]
