"""The service against its own OpenAPI document, with made-up requests: no 5xx, no undocumented status,
no answer that breaks its schema; with a key of all permissions, a read-only key and none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import positive_data_acceptance

from houselist import config
from houselist.app import API, create_app
from houselist.openapi import document
from houselist.permissions import Permission
from houselist.texts import direction_change, invisible
from support.depth import DEPTH
from support.prospects import make_prospects
from support.schedules import make_watched, put
from support.service import data, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from schemathesis import BaseSchema, Case
    from schemathesis.schemas import APIOperation

    from houselist.postgres import db
    from houselist.web.middleware import Middleware
    from support.service import Api, Service

# What JSON Schema can't say: a file that is a table, a URL of LinkedIn, a cursor that was handed out,
# a word with a letter in it.
MATCHING = ("removeMatching", "moveMatching", "copyMatching", "copyMatchingProspects")
BEYOND_SCHEMA = ("uploadFile", "startJob", "changeProspect", "createKey", *MATCHING)
# Nor a column that somebody has, or a moment that the history knows.
MOMENTS = ("addedAfter", "addedBefore", "createdAfter", "createdBefore", "asOf")
BEYOND_QUERIES = {"cursor", "fields", *MOMENTS}
# Of jobs that go on the stream does too, and so would the test; and they can't be undone.
OF_JOBS_OVER = ("followJob", "undoJob")
REQUESTS = 10  # made up per operation, beside those that try the edges of every schema
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SPREADSHEETS = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
)
PEOPLE = b"First Name,Last Name,E-mail\r\nAvery,Stone,avery.stone@northwind.example\r\n"
NAMES = [
    each["operationId"] for path in document.build(API)["paths"].values() for each in path.values()
]
is_id = re.compile(r"[0-9a-f]{24}\Z").match


class Stage:
    """Stands for the application while tests are collected, before there is a database."""

    app: Middleware | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.app
        await self.app(scope, receive, send)


STAGE = Stage()


@schemathesis.serializer("text/csv", "application/x-ndjson", XLSX, *SPREADSHEETS)
def raw(_context: Any, value: Any) -> bytes:
    """Files of people go out as they are."""
    if isinstance(value, str):
        return value.encode()
    return value if isinstance(value, bytes) else bytes(value.data)


def schema() -> BaseSchema:
    # 422 depends on how things stand: a folder of another type, a job that is over.
    fine = ["2xx", "304", "401", "403", "404", "409", "422", "429"]
    # A list that is too long may be too large a body as well.
    refused = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]
    settings = {
        "generation": {"max-examples": REQUESTS, "deterministic": True, "database": "none"},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": fine},
            "negative_data_rejection": {"expected-statuses": refused},
        },
    }
    loaded = schemathesis.openapi.from_dict(
        _with_short_lists(document.build(API)), config=SchemathesisConfig.from_dict(settings)
    )
    loaded.app = STAGE
    return loaded


def _with_short_lists(paths: Any) -> Any:
    """The document, with the one text that is a list of ids as long as six of them in a usual run.

    To find texts of 250 ids takes a third of the time of all operations; of how many there may be,
    tests/prospects/test_export_named.py holds the bounds.
    """
    parameters = paths["paths"]["/v1/accounts/{accountGroupId}/audiences/{audienceId}/export"]
    for each in parameters["get"]["parameters"]:
        if each["name"] == "prospectIds" and DEPTH <= 1:
            each["schema"] = {**each["schema"], "maxLength": 6 * 25 - 1}
    return paths


@dataclass
class Caller:
    """Who calls, and the things of its account group by the names they go by in requests."""

    headers: dict[str, str] = field(default_factory=dict)
    known: dict[str, list[str]] = field(default_factory=dict)
    doomed: dict[str, list[str]] = field(default_factory=dict)
    seen: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def call(self, case: Case) -> None:
        """Sends a made-up request, often about things that exist, and judges the answer."""
        given = case.path_parameters, case.body
        case.path_parameters, case.body = deepcopy(given)
        try:
            self._call(case)
        finally:
            case.path_parameters, case.body = given

    def _call(self, case: Case) -> None:
        name = case.operation.definition.raw["operationId"]
        known = self.doomed if case.method.upper() == "DELETE" else self.known
        if name in OF_JOBS_OVER and known:
            known = {**known, "jobId": known["jobId, over"]}
        if name.endswith("Schedule") and known:
            # Apart from those that are deleted, which would leave no schedule to delete.
            known = {**known, "audienceId": known["audienceId, watched"]}
        _make_real(case.path_parameters, known)
        _make_real(case.body, known)
        beyond = (
            name in BEYOND_SCHEMA
            or not BEYOND_QUERIES.isdisjoint(case.query or {})
            or _has_unseen(case.body)
        )
        excluded = [positive_data_acceptance] if beyond else []
        response = case.call_and_validate(headers=self.headers, excluded_checks=excluded)
        if case.method.upper() == case.operation.method.upper():
            self.seen[name].add(response.status_code)


def _has_unseen(body: Any) -> bool:
    """Whether a text has characters that names may not have; the pattern knows the usual ones."""
    texts = body.values() if isinstance(body, dict) else ()
    return any(
        isinstance(text, str) and (invisible(text) or direction_change(text)) for text in texts
    )


def _make_real(fields: Any, known: dict[str, list[str]]) -> None:
    for name, value in fields.items() if isinstance(fields, dict) else ():
        if name == "audienceIds" and isinstance(value, list):
            fields[name] = _real_list(value, known.get("audienceId", []))
            continue
        # A malformed id stays as it is, and every fourth well-formed one unknown.
        if name not in known or not is_id(str(value)):
            continue
        if name == "accountGroupId" or int(value[-1], 16) % 4:
            fields[name] = known[name][int(value, 16) % len(known[name])]


def _real_list(ids: list[Any], known: list[str]) -> list[Any]:
    """As many of those known in place of well-formed ids, each once; the others stay as they are."""
    left = iter(known)
    return [next(left, each) if is_id(str(each)) else each for each in ids]


@pytest.fixture(scope="module", autouse=True)
def _application(dsn: str) -> Iterator[None]:
    """An application of its own: schemathesis runs it on a loop of its own."""
    STAGE.app = create_app(
        config.load(
            {"HOUSELIST_RATE_LIMIT": "1000000/minute", "HOUSELIST_UNAUTHORIZED_LIMIT": "off"}
        ),
        dsn,
    )
    yield
    shutdown_lifespans()


async def caller_with(service: Service, pool: db.Pool, permissions: tuple[str, ...]) -> Caller:
    owner = await make_tenant(pool)
    group = {"accountGroupId": [owner.account_group_id]}
    async with service.client(owner) as api:
        known, doomed = (
            group | await things(pool, api, "kept"),
            group | await things(pool, api, "to be deleted"),
        )
    key = await make_tenant(pool, permissions, groups=[owner.account_group_id])
    return Caller({"Authorization": f"Bearer {key.token}"}, known, doomed)


async def things(pool: db.Pool, api: Api, mark: str) -> dict[str, list[str]]:
    audiences = [await api.make_audience(f"Audience {number}, {mark}") for number in range(5)]
    folders = [await api.make_folder(f"Folder {number}, {mark}") for number in range(5)]
    watched: list[str] = []
    for number in range(5):
        audience = await make_watched(pool, api, f"Watched {number}, {mark}")
        data(await put(api, audience, every="month"))
        watched.append(audience["id"])
    headers = {"content-type": "text/csv"}
    upload = data(await api.post("uploads", content=PEOPLE, headers=headers), 201)["uploadId"]
    jobs: list[str] = []
    for number in range(7):
        body = {
            "type": "file_upload",
            "uploadId": upload,
            "audienceName": f"Import {number}, {mark}",
        }
        jobs.append(data(await api.post("prospecting", json=body), 202)["jobId"])
    over = [jobs.pop() for _ in range(2)]
    for job in over:
        data(await api.post(f"prospecting/{job}/cancel"))
    return {
        "uploadId": [upload],
        "jobId": jobs,
        "jobId, over": over,
        "prospectId": await make_prospects(
            pool, api, *({"email": f"p{number}@of-{len(mark)}.example"} for number in range(5))
        ),
        "audienceId": [audience["id"] for audience in audiences],
        "audienceId, watched": watched,
        "targetAudienceId": [audience["id"] for audience in audiences],
        "folderId": [folder["id"] for folder in folders],
    }


def answers(caller: Caller, permission: str) -> list[tuple[str, set[int]]]:
    """What was seen of the operations whose permission ends so, or that need a key at all."""
    names = [each.name for each in API if str(each.permission).endswith(permission)]
    return [(name, caller.seen[name]) for name in names if name in caller.seen]


# What must hold of all answers together is looked at in the end, because the operations may be
# called in several processes, each with callers of its own.


@pytest.fixture(scope="module")
async def full(service: Service, pool: db.Pool) -> AsyncIterator[Caller]:
    caller = await caller_with(service, pool, tuple(Permission))
    yield caller
    # No job has run, so no audience has members; ids in lists are made up, and so nobody's; and the
    # key that is revoked must not be the one that asks.
    nobody_there = ("moveLeads", "mergeProspects", "revokeKey")
    for name, seen in answers(caller, ""):
        # Otherwise the requests went no further than the first refusal.
        assert seen & {200, 201, 202} or name in nobody_there, (name, seen)


@pytest.fixture(scope="module")
async def read_only(service: Service, pool: db.Pool) -> AsyncIterator[Caller]:
    permissions = tuple(one for one in Permission if one.endswith(":read"))
    caller = await caller_with(service, pool, permissions)
    yield caller
    for name, seen in answers(caller, ":write"):
        assert seen <= {401, 403}, (name, seen)


@pytest.fixture(scope="module")
async def nobody() -> AsyncIterator[Caller]:
    caller = Caller()
    yield caller
    for name, seen in answers(caller, ""):
        assert seen == {401}, (name, seen)


@cache
def operations() -> dict[str, APIOperation]:
    """The document's operations by their names."""
    loaded = [each.ok() for each in schema().get_all_operations()]
    return {each.definition.raw["operationId"]: each for each in loaded}


# Making a request up takes far longer than answering it, so each is sent by all three. And as it
# takes long it is done here, not by schema().parametrize(), which has every process of a run make
# up the requests of all operations before its first test.
@pytest.mark.parametrize("name", NAMES)
def test_with_all_permissions_with_a_read_only_key_and_without_any(
    name: str, full: Caller, read_only: Caller, nobody: Caller
) -> None:
    def send(case: Case) -> None:
        for caller in (nobody, read_only, full):
            caller.call(case)

    operation = operations()[name]
    load_all_checks()
    build_operation_test(
        config=operation.schema.config,
        operation=operation,
        test_func=send,
        given_kwargs={},
        feedback=FeedbackSources(),
    )()
    assert full.seen[name]
