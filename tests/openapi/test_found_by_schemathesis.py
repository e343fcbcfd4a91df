"""What made-up requests have found in the service, each as a request of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.service import data, problems

if TYPE_CHECKING:
    import httpx

    from support.service import Api


@pytest.mark.parametrize("text", ["null", "NULL", "nUll"])
async def test_the_text_null_is_no_way_to_leave_a_parameter_out(api: Api, text: str) -> None:
    found = problems(await api.get("prospecting", params={"status": text}))
    assert found == {"status": "must not be null; leave it out"}
    assert data(await api.get("prospecting"))["items"] == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("audiences", "GET, OPTIONS, POST"),
        ("audiences/69821718a3d96f10b2c4e801", "DELETE, GET, OPTIONS, PATCH"),
        ("audiences/navigation", "GET, OPTIONS"),
        ("prospecting", "GET, OPTIONS, POST"),
    ],
)
async def test_options_names_every_method_of_a_path(api: Api, path: str, allowed: str) -> None:
    answer = await api.options(path)
    assert answer.status_code == 200
    assert answer.headers["allow"] == allowed
    assert answer.content == b""
    refused = await api.put(path)
    assert refused.status_code == 405
    assert sorted(refused.headers["allow"].split(", ")) == allowed.split(", ")


async def test_options_needs_no_key(anybody: httpx.AsyncClient) -> None:
    assert (await anybody.options("/v1/accounts")).headers["allow"] == "GET, OPTIONS"
