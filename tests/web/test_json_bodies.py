"""JSON bodies: what is taken, and what no client should send: broken, huge, cut off, of another type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.asgi import key_header, speak
from support.service import data, error, problems

if TYPE_CHECKING:
    import httpx

    from support.service import Api, Service

MIB = 1 << 20


async def post(api: Api, body: bytes, content_type: str = "application/json") -> httpx.Response:
    return await api.post("audiences", content=body, headers={"content-type": content_type})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"   ",
        b"[]",
        b"null",
        b'"x"',
        b"5",
        b"NaN",
        b'{"name": "x",}',
        b"{'name': 'x'}",
        b"\xef\xbb\xbf{}",
        b'{"name": "\xff", "type": "on_demand"}',
        '{"name": "x"}'.encode("utf-16"),
        b'{"name": "\\ud800", "type": "on_demand"}',
        b'{"name": "\\udc00x", "type": "on_demand"}',
        b"[" * 200_000,
        b'{"a":' * 150_000,
        b'{"name":' + b"9" * 6000 + b"}",
        b'{"name": 1e999, "type": "on_demand"}',
        b"\x00",
        b'{"name": "a',
        b"{} {}",
        b'{"": ""}',
    ],
    ids=repr,
)
async def test_a_body_that_is_no_good_is_refused_and_makes_nothing(api: Api, body: bytes) -> None:
    assert problems(await post(api, body))
    assert data(await api.get("audiences"))["items"] == []


async def test_nul_in_text_is_refused_by_name(api: Api) -> None:
    response = await post(
        api, b'{"name": "a\\u0000b", "type": "on_demand", "description": "\\u0000"}'
    )
    assert set(problems(response)) == {"name", "description"}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/csv",
        "application/jsonp",
        "json",
        "\xe9",
    ],
)
async def test_what_is_not_json_is_unsupported(api: Api, kind: str) -> None:
    headers = [(b"content-type", kind.encode("latin-1"))]
    response = await api.post(
        "audiences", content=b'{"name":"x","type":"on_demand"}', headers=headers
    )
    error(response, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert data(await api.get("audiences"))["items"] == []


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/merge-patch+json",
        "application/json;",
    ],
)
async def test_json_by_any_of_its_names_is_taken(api: Api, kind: str) -> None:
    data(await post(api, b'{"name":"x","type":"on_demand"}', kind), 201)


async def test_a_body_of_a_mebibyte_is_read_and_one_byte_more_is_not(api: Api) -> None:
    start, end = b'{"name":"', b'"}'
    full = start + b"x" * (MIB - len(start) - len(end)) + end
    assert set(problems(await post(api, full))) == {"name", "type"}
    error(await post(api, full + b" "), 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("length", [b"1048577", b"9" * 19, b"9" * 5000])
async def test_a_declared_length_beyond_the_limit_is_not_read_at_all(
    service: Service, api: Api, length: bytes
) -> None:
    path = f"/v1/accounts/{api.tenant.account_group_id}/audiences"
    headers = [key_header(api), (b"content-length", length)]
    response = await speak(service, "POST", path, headers=headers, ends="never")
    error(response, 413, "PAYLOAD_TOO_LARGE")


async def test_an_undeclared_flood_is_stopped_and_a_cut_body_is_refused(
    service: Service, api: Api
) -> None:
    path, headers = f"/v1/accounts/{api.tenant.account_group_id}/audiences", [key_header(api)]
    flood = await speak(
        service, "POST", path, headers=headers, body=[b"x" * 65536] * 17, ends="never"
    )
    error(flood, 413, "PAYLOAD_TOO_LARGE")
    half = [b'{"name":"CTOs","type":"on_demand"}']
    assert set(
        problems(await speak(service, "POST", path, headers=headers, body=half, ends="cut"))
    ) == {"body"}
    assert data(await api.get("audiences"))["items"] == []
