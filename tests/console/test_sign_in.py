"""Signing in with a key or a link, what a session is, and how it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.async_api import expect

from houselist.keys import store as keys
from houselist.keys import tokens
from houselist.postgres import db
from support.clock import PATIENCE, measures_time
from support.console import make_link, visiting
from support.http import serving
from support.service import make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from support.console import Visitor
    from support.service import Api


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts, which sends what browsers send from a page of ours."""
    headers = {"accept": "text/html", "origin": address}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE) as client:
        yield client


async def _sign_in(client: httpx.AsyncClient, token: str, next_: str = "/") -> httpx.Response:
    return await client.post("/sign-in", data={"key": token, "next": next_})


async def _is_signed_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/")).status_code == 200


async def test_a_key_makes_a_session(client: httpx.AsyncClient, api: Api) -> None:
    answer = await _sign_in(client, api.tenant.token, "/jobs?status=failed")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/jobs?status=failed"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("houselist_session=hl_sess_")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert api.tenant.token not in answer.text + cookie
    assert await _is_signed_in(client)


async def test_behind_tls_the_cookie_goes_through_tls_alone(
    client: httpx.AsyncClient, api: Api, address: str
) -> None:
    origin = address.replace("http:", "https:")
    sent = {"key": api.tenant.token}
    answer = await client.post("/sign-in", data=sent, headers={"origin": origin})
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    "where",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "",
        "javascript:alert(1)",
        "/sign-out",
        "/a\r\nx: y",
    ],
)
async def test_signing_in_leads_to_nowhere_else(
    client: httpx.AsyncClient, api: Api, where: str
) -> None:
    answer = await _sign_in(client, api.tenant.token, where)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="none"),
        pytest.param("x", id="no key"),
        pytest.param("hl_live_" + "0" * 49, id="mistyped"),
        pytest.param(tokens.new_token(), id="unknown"),
        pytest.param(tokens.new_token(tokens.SESSION), id="a session's"),
        pytest.param("k" * 5_000, id="long"),
    ],
)
async def test_a_wrong_key_is_refused_in_one_way(client: httpx.AsyncClient, token: str) -> None:
    answer = await _sign_in(client, token)
    assert answer.status_code == 401
    assert "This key opens nothing here." in answer.text
    assert "set-cookie" not in answer.headers


async def test_tries_are_limited(dsn: str, api: Api) -> None:
    async with (
        serving(dsn) as server,
        httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as client,
    ):
        client.headers.update({"accept": "text/html", "origin": server.url})
        answers = [await _sign_in(client, tokens.new_token()) for _ in range(11)]
        assert [each.status_code for each in answers] == [401] * 10 + [429]
        assert "3 more tries within a minute." in answers[6].text
        assert "1 more try within a minute." in answers[8].text
        assert "more tr" not in answers[5].text
        assert int(answers[10].headers["retry-after"]) >= 1
        # Not even a valid one is looked at then.
        assert (await _sign_in(client, api.tenant.token)).status_code == 429


async def test_a_link_opens_once(client: httpx.AsyncClient, pool: db.Pool, api: Api) -> None:
    link = await make_link(pool, api.tenant)
    answer = await client.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await _is_signed_in(client)
    client.cookies.clear()
    again = await client.get(link)
    assert again.status_code == 401
    assert "This link has been used, or has expired." in again.text


async def test_one_of_many_at_once_gets_in_with_a_link(
    address: str, pool: db.Pool, api: Api
) -> None:
    link = await make_link(pool, api.tenant)
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
        answers = await asyncio.gather(*(client.get(link) for _ in range(8)))
    assert sorted(each.status_code for each in answers) == [303] + [401] * 7


@measures_time
async def test_signing_out_ends_the_session_everywhere(client: httpx.AsyncClient, api: Api) -> None:
    await _sign_in(client, api.tenant.token)
    kept = client.cookies["houselist_session"]
    answer = await client.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    client.cookies.set("houselist_session", kept)
    async with asyncio.timeout(1):
        while await _is_signed_in(client):
            await asyncio.sleep(0.02)


@measures_time
async def test_a_revoked_key_ends_its_sessions_within_a_second(
    client: httpx.AsyncClient, pool: db.Pool, api: Api
) -> None:
    await _sign_in(client, api.tenant.token)
    assert await _is_signed_in(client)
    async with db.transaction(pool) as connection:
        await keys.revoke(connection, api.tenant.key_id)
    async with asyncio.timeout(1):
        while await _is_signed_in(client):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_a_form_of_another_site_does_nothing(
    client: httpx.AsyncClient, api: Api, headers: dict[str, str]
) -> None:
    await _sign_in(client, api.tenant.token)
    path = f"/v1/accounts/{api.tenant.account_group_id}/audiences"
    made = {"name": "Made elsewhere", "type": "on_demand"}
    refused = await client.post(path, json=made, headers=headers)
    assert refused.status_code == 401
    await client.post("/sign-out", headers=headers)
    assert await _is_signed_in(client)


async def test_a_page_of_ours_may_call_the_api(client: httpx.AsyncClient, api: Api) -> None:
    await _sign_in(client, api.tenant.token)
    path = f"/v1/accounts/{api.tenant.account_group_id}/audiences"
    made = {"name": "Made here", "type": "on_demand"}
    assert (await client.post(path, json=made)).status_code == 201
    assert (await client.get(path)).json()["data"]["items"][0]["name"] == "Made here"


async def test_the_token_of_a_session_is_no_key(client: httpx.AsyncClient, api: Api) -> None:
    await _sign_in(client, api.tenant.token)
    token = client.cookies["houselist_session"]
    client.cookies.clear()
    answer = await client.get("/v1/accounts", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_without_a_session_pages_lead_to_the_form_and_back(
    visitor: Visitor, api: Api
) -> None:
    page = visitor.page
    await page.context.clear_cookies()
    await visitor.open("/?q=nobody")
    await expect(page.get_by_label("API key")).to_be_focused()
    await visitor.check_accessible()
    await page.get_by_label("API key").fill(tokens.new_token())
    visitor.expected.append("401")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("opens nothing here")
    await page.get_by_label("API key").fill(api.tenant.token)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{visitor.address}/?q=nobody")


async def test_a_link_elsewhere_leads_a_signed_in_browser_in(visitor: Visitor) -> None:
    """A request from another site has no session, though its browser has one."""
    page = visitor.page
    visitor.expected.append("ERR_FAILED")
    await page.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<a href="{visitor.address}/">our list</a>'
        ),
    )
    await page.goto("http://elsewhere.example/")
    visitor.elsewhere.clear()
    await page.get_by_text("our list").click()
    await expect(page.get_by_role("heading", name="Audiences")).to_be_visible()


async def test_a_form_outlives_its_session(visitor: Visitor, pool: db.Pool, api: Api) -> None:
    page = visitor.page
    await visitor.open("/")
    await page.evaluate(
        """() => {
            document.body.innerHTML = `<form method="post" action="/nothing-of-ours">
              <textarea name="note">first\\nsecond</textarea><button>Go</button></form>`;
            document.querySelector("form").action = "/account-group";
        }"""
    )
    await page.context.clear_cookies()
    visitor.expected.append("401")
    await page.get_by_role("button", name="Go").click()
    await expect(page.get_by_text("Your session has ended.")).to_be_visible()
    await page.get_by_label("API key").fill(api.tenant.token)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_label("Note")).to_have_value("first\nsecond")


async def test_a_group_is_chosen_for_the_browser(
    browser: Browser, address: str, pool: db.Pool, api: Api, stranger: Api
) -> None:
    groups = [api.tenant.account_group_id, stranger.tenant.account_group_id]
    both = await make_tenant(pool, groups=groups)
    await stranger.make_audience("Of the other group")
    async with visiting(browser, address, pool, both) as visitor:
        page = visitor.page
        await visitor.open("/")
        await page.get_by_label("Other account groups").click()
        await page.locator(f'button[value="{groups[1]}"]').click()
        await expect(
            page.get_by_label("Navigation").get_by_text("Of the other group")
        ).to_be_visible()
