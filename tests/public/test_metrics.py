"""GET /metrics: Prometheus text that stays small, whatever clients ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from houselist.metrics import Metrics
from support import error
from support_apps import own_visitor

if TYPE_CHECKING:
    import httpx

    from support import Api


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Requests counted, by (method, route, status)."""
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "houselist_http_requests_total"
    }


async def test_it_counts_answers_by_method_route_and_status(
    api: Api, anybody: httpx.AsyncClient
) -> None:
    key = ("GET", "/v1/accounts/{accountGroupId}/audiences/{audienceId}", "404")
    before = samples((await anybody.get("/metrics")).text).get(key, 0)
    for _ in range(3):
        await api.get(f"audiences/{'0' * 24}")
    response = await anybody.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert response.headers["cache-control"] == "no-store"
    assert samples(response.text)[key] == before + 3
    assert "houselist_http_request_seconds_bucket" in response.text


async def test_no_path_id_or_key_gets_into_it(api: Api, anybody: httpx.AsyncClient) -> None:
    await api.get("audiences/secret-path")
    await anybody.get("/made/up/path")
    text = (await anybody.get("/metrics")).text
    for hidden in (api.tenant.account_group_id, api.tenant.token, "secret-path", "made/up"):
        assert hidden not in text


async def test_made_up_paths_and_methods_make_no_new_series(anybody: httpx.AsyncClient) -> None:
    async def series() -> int:
        for number in range(5):
            await anybody.get(f"/nothing/{number}")
            await anybody.request(f"MADEUP{number}", "/v1/accounts")
        return len(samples((await anybody.get("/metrics")).text))

    await series()
    before = await series()
    assert await series() == before


def test_methods_nobody_defined_share_one_label() -> None:
    metrics = Metrics()
    for number in range(50):
        metrics.observe(f"X{number}", "unknown", 405, 0.001)
    assert samples(metrics.render().decode()) == {("other", "unknown", "405"): 50}


@pytest.mark.parametrize("value", ["off", "OFF"])
async def test_it_can_be_turned_off(dsn: str, value: str) -> None:
    async with own_visitor(dsn, METRICS=value) as client:
        error(await client.get("/metrics"), 404, "NOT_FOUND")
