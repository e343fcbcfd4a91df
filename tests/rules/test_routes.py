"""House rule: each route declares one permission, and the routes are those of the endpoint table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from houselist.app import API
from houselist.openapi import routes as public
from houselist.permissions import MEANINGS, Permission
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    import httpx

    from houselist.postgres.db import Pool
    from houselist.web.operation import Operation
    from support.service import Service

_A = "/v1/accounts/{accountGroupId}"

# The endpoint table: what each route needs. None: any key will do.
ENDPOINTS = {
    "GET /v1/accounts": None,
    f"GET {_A}/audiences": "audiences:read",
    f"POST {_A}/audiences": "audiences:write",
    f"GET {_A}/audiences/navigation": "audiences:read",
    f"GET {_A}/audiences/{{audienceId}}": "audiences:read",
    f"PATCH {_A}/audiences/{{audienceId}}": "audiences:write",
    f"DELETE {_A}/audiences/{{audienceId}}": "audiences:write",
    f"POST {_A}/audiences/{{audienceId}}/move-to-folder": "audiences:write",
    f"POST {_A}/audiences/{{audienceId}}/remove-from-folder": "audiences:write",
    f"POST {_A}/audiences/{{audienceId}}/move-leads": "audiences:write",
    f"GET {_A}/audiences/{{audienceId}}/prospects": "prospects:read",
    f"POST {_A}/audiences/folders": "audiences:write",
    f"PATCH {_A}/audiences/folders/{{folderId}}": "audiences:write",
    f"DELETE {_A}/audiences/folders/{{folderId}}": "audiences:write",
    f"GET {_A}/audiences/{{audienceId}}/schedule": "prospecting:read",
    f"PUT {_A}/audiences/{{audienceId}}/schedule": "prospecting:write",
    f"DELETE {_A}/audiences/{{audienceId}}/schedule": "prospecting:write",
    f"POST {_A}/uploads": "prospecting:write",
    f"POST {_A}/prospecting": "prospecting:write",
    f"GET {_A}/prospecting": "prospecting:read",
    f"GET {_A}/prospecting/{{jobId}}": "prospecting:read",
    f"POST {_A}/prospecting/{{jobId}}/cancel": "prospecting:write",
    f"GET {_A}/prospecting/{{jobId}}/rows": "prospecting:read",
    f"GET {_A}/prospecting/{{jobId}}/events": "prospecting:read",
    f"GET {_A}/sales-navigator/saved-searches": "prospecting:read",
    f"GET {_A}/sales-navigator/lead-lists": "prospecting:read",
    f"GET {_A}/prospects/by-provider-id/{{providerId}}": "prospects:read",
    f"GET {_A}/prospects/{{prospectId}}": "prospects:read",
}
# Without a key.
PUBLIC = {
    "/healthz": "load balancers ask it",
    "/readyz": "likewise",
    "/openapi.json": "says nothing that this repository does not",
    "/docs": "the same document as a page",
    "/docs/assets/{name}": "files of that page",
}
# Permissions that guard nothing yet: keys may have them, endpoints to come will ask for them.
KEPT_FOR_LATER = {Permission.PROSPECTS_WRITE, Permission.WEBHOOKS_READ, Permission.WEBHOOKS_WRITE}

each_operation = pytest.mark.parametrize("operation", API, ids=lambda each: each.route)


def test_the_routes_are_those_of_the_endpoint_table() -> None:
    assert {each.route: each.permission for each in API} == ENDPOINTS
    assert len(API) == len(ENDPOINTS), "a route is there twice"


def test_what_needs_no_key_is_a_short_list() -> None:
    routes = public.routes(API)
    assert {path for _, path, _ in routes} == PUBLIC.keys()
    assert {method for method, _, _ in routes} == {"GET"}


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
