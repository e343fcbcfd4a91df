"""The trace id of a request, from its traceparent header to its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.service import error

if TYPE_CHECKING:
    import httpx

    from support.service import Api

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize("path", ["/healthz", "/nope", "/v1/accounts"])
async def test_a_valid_one_is_taken_by_every_answer(anybody: httpx.AsyncClient, path: str) -> None:
    response = await anybody.get(path, headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})
    assert response.headers["x-trace-id"] == response.json()["traceId"] == TRACE


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        TRACE,
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE[:-1]}-{SPAN}-01",
    ],
)
async def test_an_invalid_one_is_replaced(anybody: httpx.AsyncClient, given: str) -> None:
    response = await anybody.get("/nope", headers={"traceparent": given})
    error(response, 404, "NOT_FOUND")
    assert TRACE[:-1] not in response.headers["x-trace-id"].lower()


async def test_every_request_without_one_gets_its_own(api: Api) -> None:
    ids = {(await api.get("audiences")).headers["x-trace-id"] for _ in range(20)}
    assert len(ids) == 20
