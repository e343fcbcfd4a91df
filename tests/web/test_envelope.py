"""The envelope around every answer, and bodies, paths and queries that no client should send."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from houselist.audiences import store
from houselist.web import middleware
from support.asgi import key_header, speak
from support.service import error, problems

if TYPE_CHECKING:
    import httpx

    from support.service import Api, Service

GOOD = {"name": "CTOs", "type": "on_demand"}


@pytest.mark.parametrize(
    "path",
    ["/nope", "/v1", "/v1/accounts/x/nope", "/v2/accounts", "/%ff", "/%00", "/" + "x" * 9000],
)
async def test_an_unknown_path_is_not_found_with_or_without_a_key(
    api: Api, anybody: httpx.AsyncClient, path: str
) -> None:
    error(await anybody.get(path), 404, "NOT_FOUND")
    response = await api.post(f"http://houselist{path}", content=b"{")
    error(response, 404, "NOT_FOUND")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "audiences", {"GET", "POST"}),
        ("GET", "audiences/folders", {"POST"}),
        ("PATCH", "audiences/navigation", {"GET"}),
        ("BREW", "audiences/0", {"GET", "PATCH", "DELETE"}),
        ("POST", "http://houselist/healthz", {"GET"}),
        ("DELETE", "http://houselist/v1/accounts", {"GET"}),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    api: Api, anybody: httpx.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    url = path if path.startswith("http") else f"{api.base_url}{path}"
    for client in (api, anybody):
        response = await client.request(method, url)
        error(response, 405, "METHOD_NOT_ALLOWED")
        assert set(response.headers["allow"].split(", ")) - {"OPTIONS", "HEAD"} == allowed


async def test_every_answer_says_that_it_is_json_and_not_to_be_kept(api: Api) -> None:
    made = await api.post("audiences", json=GOOD)
    missing = await api.get(f"audiences/{'0' * 24}")
    for response in (made, missing, await api.get("audiences")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-type"] == "application/json"
        assert int(response.headers["content-length"]) == len(response.content)


async def test_problems_in_path_query_header_and_body_are_named_at_once(api: Api) -> None:
    response = await api.patch(
        "audiences/x?deep=1", json={"name": "", "nope": 1}, headers={"idempotency-key": ""}
    )
    refusal = error(response, 400, "VALIDATION_ERROR")
    paths = [problem["path"] for problem in refusal["fields"]]
    assert sorted(paths) == ["Idempotency-Key", "audienceId", "deep", "name", "nope"]
    assert all(path in refusal["details"] for path in paths)


@pytest.mark.parametrize(
    "query",
    [
        "x=1",
        "limit",
        "=1",
        "%00=1",
        "Limit=1",
        "limit[]=1",
        "a=1&b=2;c=3",
        "%FF=%FF",
        "&limit=1&limit=1",
    ],
)
async def test_an_unknown_or_doubled_parameter_is_refused(api: Api, query: str) -> None:
    assert problems(await api.get(f"audiences?{query}"))


async def test_bytes_in_the_path_that_are_no_text_are_refused(service: Service, api: Api) -> None:
    base, headers = f"/v1/accounts/{api.tenant.account_group_id}", [key_header(api)]
    for tail, name in (
        ("audiences/\udcff", "audienceId"),
        ("prospects/by-provider-id/\udcff", "providerId"),
    ):
        response = await speak(service, "GET", f"{base}/{tail}", headers=headers)
        assert set(problems(response)) == {name}


async def test_our_own_failure_tells_nothing_but_the_trace_id(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise KeyError("the secret inside")

    story: list[Any] = []
    monkeypatch.setattr(
        middleware, "log", SimpleNamespace(error=lambda *_, **known: story.append(known))
    )
    monkeypatch.setattr(store, "get_page", fail)
    response = await api.get("audiences")
    refusal = error(response, 500, "INTERNAL_ERROR")
    assert "secret" not in response.text
    assert refusal["details"] is None
    assert [str(known["exc_info"]) for known in story] == ["'the secret inside'"]
