"""POST /prospecting: what starts a job, and every refusal, after which nothing half-made is left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import Place, csv, kept
from support.service import Api, data, error, make_tenant, problems

if TYPE_CHECKING:
    from support.service import Service

NO_SUCH_ID = "0123456789abcdef01234567"
FILE = csv("Email,Full Name,Company", "a@b.example,A,Acme")


async def file_job(api: Api, **more: Any) -> dict[str, Any]:
    """The body of a job that would start."""
    upload = await api.upload(FILE)
    return {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "New", **more}


async def refused(
    place: Place, api: Api, body: dict[str, Any], status: int = 400
) -> dict[str, str]:
    """The problems of a body that is refused, after a look that it left nothing."""
    before = await kept(place.pool, api)
    found = problems(await api.post("prospecting", json=body), status)
    assert await kept(place.pool, api) == before
    return found


async def test_a_job_is_taken_on(idle: Api) -> None:
    response = await idle.post("prospecting", json=await file_job(idle))
    started = data(response, 202)
    assert list(started) == ["jobId", "audienceId", "status", "createdAt"]
    assert started["status"] == "queued"
    assert re.fullmatch(r"[0-9a-f]{24}", started["jobId"])
    path = f"/v1/accounts/{idle.tenant.account_group_id}/prospecting/{started['jobId']}"
    assert response.headers["location"] == path
    job = data(await idle.get(f"http://houselist{path}"))
    assert job["createdAt"] == started["createdAt"]
    assert job["audienceId"] == started["audienceId"]


async def test_the_new_audience_is_hidden_and_guarded_from_the_start(idle: Api) -> None:
    started = await idle.start(**await file_job(idle))
    assert data(await idle.get("audiences"))["items"] == []
    navigation = data(await idle.get("audiences/navigation"))
    assert navigation["ungroupedAudiences"] == []
    words = error(await idle.get(f"audiences/{started['audienceId']}"), 409, "AUDIENCE_NOT_READY")
    assert started["jobId"] in words["details"]


@pytest.mark.usefixtures("worker")
async def test_the_audience_goes_into_the_folder(api: Api) -> None:
    folder = await api.make_folder()
    started = await api.start(**await file_job(api, folderId=folder["id"]))
    await api.finished(started["jobId"])
    assert data(await api.get(f"audiences/{started['audienceId']}"))["folderId"] == folder["id"]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"audienceName": None}, "audienceId"),
        ({"audienceId": NO_SUCH_ID}, "audienceId"),
        ({"audienceName": "  "}, "audienceName"),
        ({"audienceName": "x" * 201}, "audienceName"),
        ({"audienceName": "a\u0000b"}, "audienceName"),
        ({"audienceName": 5}, "audienceName"),
        ({"audienceId": "nothing", "audienceName": None}, "audienceId"),
        ({"type": "csv"}, "type"),
        ({"type": None}, "type"),
        ({"uploadId": None}, "uploadId"),
        ({"uploadId": "x"}, "uploadId"),
        ({"uploadId": NO_SUCH_ID.upper()}, "uploadId"),
        ({"folderId": 7}, "folderId"),
        ({"maxResults": 0}, "maxResults"),
        ({"maxResults": 1.5}, "maxResults"),
        ({"maxResults": "10"}, "maxResults"),
        ({"searchEmails": "yes"}, "searchEmails"),
        ({"urls": ["https://www.linkedin.com/in/x"]}, "urls"),
        ({"searchUrl": "https://www.linkedin.com/search"}, "searchUrl"),
        ({"postUrl": "x"}, "postUrl"),
        ({"savedSearchId": "1"}, "savedSearchId"),
        ({"leadListId": "1"}, "leadListId"),
        ({"columns": ["Email"]}, "columns"),
        ({"columns": {"Email": 1}}, "columns"),
        ({"columns": {"E-mail": "email"}}, "columns.E-mail"),
        ({"columns": {"Email": "mail"}}, "columns.Email"),
        ({"columns": {"Email": "name", "Company": "name"}}, "columns.Company"),
        ({"columns": {"Email": "attributes"}}, "columns.Email"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_malformed_field_is_refused_by_name(
    place: Place, idle: Api, more: dict[str, Any], path: str
) -> None:
    found = await refused(place, idle, await file_job(idle, **more))
    assert any(name == path or name.startswith(f"{path}[") for name in found), found


async def test_at_most_ten_columns_serve_one_field(place: Place, idle: Api) -> None:
    names = [f"c{number}" for number in range(11)]
    upload = await idle.upload(csv(",".join(names), ",".join(["a@b.example"] * 11)))
    body = {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "New"}
    columns = dict.fromkeys(names, "email")
    found = await refused(place, idle, {**body, "columns": columns})
    assert list(found) == ["columns.c10"]
    del columns["c10"]
    await idle.start(**body, columns=columns)


@pytest.mark.parametrize("columns", [None, {}, {"Name": "name"}])
async def test_a_file_in_which_nobody_can_be_known_is_refused(
    place: Place, idle: Api, columns: dict[str, str] | None
) -> None:
    names = ["Name", *(f"{'long ' * 30}{number}" for number in range(60))]
    upload = await idle.upload(csv(",".join(names), "A"))
    body = {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "New"}
    given = body if columns is None else {**body, "columns": columns}
    found = await refused(place, idle, given, 422)
    assert list(found) == ["columns"]
    assert "map one to linkedinUrl, publicIdentifier, providerId or email" in found["columns"]
    assert "Columns of the file: 'Name', 'long" in found["columns"]
    assert found["columns"].endswith(" and 31 more")
    assert len(found["columns"]) < 2_500


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"type": "linkedin_search"}, "searchUrl"),
        ({"type": "sales_navigator"}, "savedSearchId"),
        ({"type": "sales_navigator", "savedSearchId": "1", "leadListId": "2"}, "savedSearchId"),
        ({"type": "sales_navigator", "savedSearchId": "abc"}, "savedSearchId"),
        ({"type": "sales_navigator", "leadListId": 7}, "leadListId"),
        ({"type": "post_commenters"}, "postUrl"),
        ({"type": "url_upload"}, "urls"),
        ({"type": "url_upload", "urls": []}, "urls"),
        ({"type": "url_upload", "urls": ["linkedin.com/in/x"] * 1001}, "urls"),
        ({"type": "url_upload", "urls": ["linkedin.com/in/x", 5]}, "urls"),
        ({"type": "url_upload", "urls": [None]}, "urls"),
        ({"type": "url_upload", "urls": "linkedin.com/in/x"}, "urls"),
        ({"type": "url_upload", "urls": ["x" * 16_385]}, "urls"),
        ({"type": "url_upload", "urls": ["x"], "uploadId": NO_SUCH_ID}, "uploadId"),
        ({"type": "url_upload", "urls": ["x"], "columns": {"url": "linkedinUrl"}}, "columns"),
        ({"type": "file_upload"}, "uploadId"),
        ({}, "type"),
    ],
)
async def test_each_type_wants_its_own_fields(
    place: Place, idle: Api, body: dict[str, Any], path: str
) -> None:
    found = await refused(place, idle, {"audienceName": "New", **body})
    assert any(name == path or name.startswith(f"{path}[") for name in found), found


async def test_all_problems_are_named_at_once(place: Place, idle: Api) -> None:
    columns = {"E-mail": "email", "Email": "mail", "Company": "name", "Full Name": "name"}
    found = await refused(place, idle, await file_job(idle, columns=columns))
    assert set(found) == {"columns.E-mail", "columns.Email", "columns.Full Name"}
    assert "Email" in found["columns.E-mail"]
    assert "linkedinUrl" in found["columns.Email"]
    found = await refused(place, idle, {"type": "url_upload", "searchUrl": "x"})
    assert set(found) == {"audienceId", "urls", "searchUrl"}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"type": "url_upload", "urls": ["\\ud800"]}', b"\xff", b"null"]
)
async def test_what_is_no_json_object_is_refused(idle: Api, body: bytes) -> None:
    response = await idle.post(
        "prospecting", content=body, headers={"content-type": "application/json"}
    )
    assert problems(response)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"searchUrl": "https://www.linkedin.com/in/jane"}, "not_search:"),
        ({"searchUrl": "https://www.example.com/search"}, "not_linkedin"),
        ({"searchUrl": " "}, "empty"),
        ({"postUrl": "https://www.linkedin.com/in/jane"}, "not_post:"),
        ({"postUrl": "https://lnkd.in/abc"}, "short_link"),
    ],
)
async def test_a_bad_address_is_refused_with_its_reason(
    place: Place, idle: Api, body: dict[str, str], reason: str
) -> None:
    (field,) = body
    type_ = "linkedin_search" if field == "searchUrl" else "post_commenters"
    found = await refused(place, idle, {"type": type_, "audienceName": "New", **body})
    assert reason in found[field]


@pytest.mark.parametrize(
    "body",
    [
        {
            "type": "linkedin_search",
            "searchUrl": "https://www.linkedin.com/search/results/people/?keywords=cto",
        },
        {"type": "sales_navigator", "savedSearchId": "7100000000000000001"},
        {"type": "sales_navigator", "leadListId": "7100000000000000001"},
        {
            "type": "post_commenters",
            "postUrl": "https://www.linkedin.com/feed/update/urn:li:activity:7100000000000000001/",
        },
    ],
)
async def test_types_that_need_a_provider_say_so(
    place: Place, idle: Api, body: dict[str, Any]
) -> None:
    before = await kept(place.pool, idle)
    response = await idle.post("prospecting", json={"audienceName": "New", **body})
    details = error(response, 409, "PROVIDER_NOT_CONNECTED")["details"]
    assert "provider" in details
    assert "file_upload" in details
    assert await kept(place.pool, idle) == before


async def test_what_is_not_there_is_404(place: Place, idle: Api) -> None:
    async with place.api() as stranger:
        theirs = await stranger.upload(FILE)
        their_audience = await stranger.make_audience()
        their_folder = await stranger.make_folder()
    good = await file_job(idle)
    before = await kept(place.pool, idle)
    for more in (
        {"uploadId": NO_SUCH_ID},
        {"uploadId": theirs["uploadId"]},
        {"audienceName": None, "audienceId": NO_SUCH_ID},
        {"audienceName": None, "audienceId": their_audience["id"]},
        {"folderId": NO_SUCH_ID},
        {"folderId": their_folder["id"]},
    ):
        error(await idle.post("prospecting", json={**good, **more}), 404, "NOT_FOUND")
    assert await kept(place.pool, idle) == before


async def test_an_upload_that_is_not_complete_is_404(place: Place, idle: Api) -> None:
    good = await file_job(idle)
    await place.pool.execute(
        "UPDATE uploads SET completed_at = NULL WHERE id = $1", bytes.fromhex(good["uploadId"])
    )
    error(await idle.post("prospecting", json=good), 404, "NOT_FOUND")


async def test_a_deleted_audience_is_404(idle: Api) -> None:
    audience = await idle.make_audience()
    data(await idle.delete(f"audiences/{audience['id']}"))
    body = await file_job(idle, audienceName=None, audienceId=audience["id"])
    error(await idle.post("prospecting", json=body), 404, "NOT_FOUND")


async def test_a_taken_name_is_a_conflict(place: Place, idle: Api) -> None:
    await idle.make_audience("Buyers")
    for source in (await file_job(idle), {"type": "url_upload", "urls": ["linkedin.com/in/x"]}):
        before = await kept(place.pool, idle)
        response = await idle.post("prospecting", json={**source, "audienceName": " BUYERS "})
        assert "BUYERS" in error(response, 409, "CONFLICT")["details"]
        assert await kept(place.pool, idle) == before


async def test_a_second_job_on_a_busy_audience_is_refused(place: Place, idle: Api) -> None:
    first = await idle.start(**await file_job(idle))
    body = await file_job(idle, audienceName=None, audienceId=first["audienceId"])
    before = await kept(place.pool, idle)
    response = await idle.post("prospecting", json=body)
    assert first["jobId"] in error(response, 409, "AUDIENCE_NOT_READY")["details"]
    assert int(response.headers["retry-after"]) >= 1
    assert await kept(place.pool, idle) == before


async def test_a_folder_of_the_other_type_is_impossible(place: Place, idle: Api) -> None:
    monitored = await idle.make_folder("Watched", "monitoring")
    found = await refused(place, idle, await file_job(idle, folderId=monitored["id"]), 422)
    assert "monitoring" in found["folderId"]
    urls = {"type": "url_upload", "urls": ["linkedin.com/in/x"], "audienceName": "New"}
    found = await refused(place, idle, {**urls, "folderId": monitored["id"]}, 422)
    assert "folderId" in found
    watched = await idle.make_audience("Weekly", "monitoring")
    plain = await idle.make_folder("Plain")
    body = await file_job(idle, audienceName=None, audienceId=watched["id"], folderId=plain["id"])
    assert "folderId" in await refused(place, idle, body, 422)


async def test_starting_needs_the_permission(place: Place, idle: Api) -> None:
    tenant = await make_tenant(
        place.pool, ["prospecting:read", "audiences:write"], groups=[idle.tenant.account_group_id]
    )
    async with place.service.client(tenant) as reader:
        response = await reader.post("prospecting", json=await file_job(idle))
    assert "prospecting:write" in error(response, 403, "FORBIDDEN")["details"]


async def test_another_tenants_account_is_404(service: Service, api: Api, stranger: Api) -> None:
    path = f"http://houselist/v1/accounts/{api.tenant.account_group_id}/prospecting"
    error(await stranger.post(path, json=await file_job(api)), 404, "NOT_FOUND")
