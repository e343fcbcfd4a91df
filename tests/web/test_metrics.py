"""What is counted: Prometheus text that stays small, whatever clients ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from houselist import config
from houselist.config import Listen
from houselist.web.metrics import Metrics
from support.service import error

if TYPE_CHECKING:
    import httpx

    from support.service import Api, Service


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Requests counted, by (method, route, status)."""
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "houselist_http_requests_total"
    }


async def test_it_counts_answers_by_method_route_and_status(service: Service, api: Api) -> None:
    key = ("GET", "/v1/accounts/{accountGroupId}/audiences/{audienceId}", "404")
    before = samples(service.metrics()).get(key, 0)
    for _ in range(3):
        await api.get(f"audiences/{'0' * 24}")
    text = service.metrics()
    assert samples(text)[key] == before + 3
    assert "houselist_http_request_seconds_bucket" in text


async def test_no_path_id_or_key_gets_into_it(
    service: Service, api: Api, anybody: httpx.AsyncClient
) -> None:
    await api.get("audiences/secret-path")
    await anybody.get("/made/up/path")
    text = service.metrics()
    for hidden in (api.tenant.account_group_id, api.tenant.token, "secret-path", "made/up"):
        assert hidden not in text


async def test_made_up_paths_and_methods_make_no_new_series(
    service: Service, anybody: httpx.AsyncClient
) -> None:
    async def series() -> int:
        for number in range(5):
            await anybody.get(f"/nothing/{number}")
            await anybody.get(f"//nothing/{number}")
            await anybody.request(f"MADEUP{number}", "/v1/accounts")
        return len(samples(service.metrics()))

    before = await series()
    assert await series() == before


async def test_who_can_ask_the_api_is_told_nothing(anybody: httpx.AsyncClient, api: Api) -> None:
    for client in (anybody, api):
        for path in ("/metrics", "//metrics", "/metrics/", "/%6detrics", "/metrics?x=1"):
            error(await client.get(f"http://houselist{path}"), 404, "NOT_FOUND")


def test_methods_nobody_defined_share_one_label() -> None:
    metrics = Metrics()
    for number in range(50):
        metrics.observe(f"X{number}", "unknown", 405, 0.001)
    assert samples(metrics.render().decode()) == {("other", "unknown", "405"): 50}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Listen("127.0.0.1", 9464, chosen=False)),
        ({"METRICS_LISTEN": "0.0.0.0:9000"}, Listen("0.0.0.0", 9000, chosen=True)),
        ({"METRICS_LISTEN": "[::1]:0"}, Listen("::1", 0, chosen=True)),
        ({"METRICS_LISTEN": "off"}, None),
        ({"METRICS_LISTEN": "OFF"}, None),
        ({"METRICS": "off"}, None),
        ({"METRICS": "OFF", "METRICS_LISTEN": "127.0.0.1:9000"}, None),
    ],
)
def test_where_it_is_answered_can_be_set_and_turned_off(
    variables: dict[str, str], expected: Listen | None
) -> None:
    settings = config.load({f"HOUSELIST_{name}": value for name, value in variables.items()})
    assert settings.metrics_listen == expected


@pytest.mark.parametrize(
    "value", ["9464", ":9464", "::1:9464", "host:", "host:65536", "on", "[]:1"]
)
def test_an_address_that_can_not_be_read_is_refused(value: str) -> None:
    with pytest.raises(config.SettingError, match="HOUSELIST_METRICS_LISTEN"):
        config.load({"HOUSELIST_METRICS_LISTEN": value})
