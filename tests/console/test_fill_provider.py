"""Filling an audience from a provider in the console: searches, lists, posts."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.async_api import expect

from fakes.unipile.server import fake_unipile
from support.console import visiting
from support.http import serving
from support.provided import SEARCH, VARIABLES, connect
from support.service import data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from houselist.postgres import db
    from support.console import Visitor
    from support.service import Api


@pytest.fixture(scope="module")
async def reaching(dsn: str) -> AsyncIterator[str]:
    """A service that may reach the fake provider."""
    async with serving(dsn, **VARIABLES) as server:
        yield server.url


@pytest.fixture
async def buyer(browser: Browser, reaching: str, pool: db.Pool, api: Api) -> AsyncIterator[Visitor]:
    """Somebody whose account group is connected to a provider."""
    async with (
        fake_unipile() as fake,
        visiting(browser, reaching, pool, api.tenant) as visitor,
    ):
        await connect(pool, api, fake)
        yield visitor


async def _started(page: Page, api: Api) -> Any:
    """The job that the page has led to."""
    await page.wait_for_url("**/jobs/*")
    return data(await api.get(f"prospecting/{page.url.rpartition('/')[2]}"))


async def test_saved_searches_and_lead_lists_are_chosen_by_name(buyer: Visitor, api: Api) -> None:
    page = buyer.page
    await buyer.open("/fill?source=saved-search")
    await buyer.check_accessible()
    await page.get_by_label("Café").check()
    await page.get_by_label("Name", exact=True).fill("From the café")
    await page.get_by_label("At most").fill("1,200")
    await page.get_by_role("button", name="Add people").click()
    job = await _started(page, api)
    assert job["sourceType"] == "sales_navigator"
    await buyer.open("/fill?source=saved-search")
    await page.get_by_role("link", name="Lead lists").click()
    await page.locator("fieldset.choices input").first.check()
    await page.get_by_label("Name", exact=True).fill("From a list")
    await page.get_by_role("button", name="Add people").click()
    assert (await _started(page, api))["sourceType"] == "sales_navigator"


async def test_the_page_is_there_before_the_provider_has_answered(buyer: Visitor) -> None:
    page = buyer.page
    answered = asyncio.Event()

    async def wait(route: Any) -> None:
        await answered.wait()
        await route.continue_()

    await page.route("**/fill?*lists=1*", wait)
    await buyer.open("/fill?source=saved-search")
    await expect(page.get_by_text("Asking the provider for the saved searches…")).to_be_visible()
    field = page.get_by_label("Name", exact=True)
    await field.fill("Typed meanwhile")
    await buyer.check_accessible()
    before = await field.bounding_box()
    answered.set()
    await page.get_by_label("Café").check()
    await expect(field).to_have_value("Typed meanwhile")
    assert await field.bounding_box() == before
    await buyer.picture("fill-lists")


async def test_without_script_the_lists_are_asked_for_by_a_link(
    browser: Browser, reaching: str, pool: db.Pool, api: Api
) -> None:
    async with (
        fake_unipile() as fake,
        visiting(browser, reaching, pool, api.tenant, java_script_enabled=False) as visitor,
    ):
        await connect(pool, api, fake)
        page = visitor.page
        await visitor.open("/fill?source=lead-list")
        await page.get_by_role("link", name="Show the lead lists").click()
        await page.locator("fieldset.choices input").first.check()
        await page.get_by_label("Name", exact=True).fill("From a list")
        visitor.expected.append("400")
        await page.get_by_label("At most").fill("some")
        await page.get_by_role("button", name="Add people").click()
        await expect(page.get_by_role("alert")).to_contain_text("At most must be a whole number")
        await expect(page.locator("fieldset.choices input").first).to_be_checked()


async def test_a_refused_search_keeps_what_was_entered(buyer: Visitor, api: Api) -> None:
    page = buyer.page
    buyer.expected.append("400")
    audience = await api.make_audience("Searched")
    await buyer.open(f"/audiences/{audience['id']}/fill?source=search")
    field = page.get_by_label("Search address")
    await field.fill("https://www.linkedin.com/in/somebody")
    await page.get_by_label("At most").fill("some")
    await page.get_by_role("button", name="Add people").click()
    await expect(page.get_by_role("alert")).to_contain_text("At most must be a whole number")
    await page.get_by_label("At most").fill("25")
    await page.get_by_role("button", name="Add people").click()
    await expect(page.get_by_role("alert")).to_contain_text("Search address")
    await expect(field).to_have_value("https://www.linkedin.com/in/somebody")
    await field.fill(f"{SEARCH}rows1-30")
    await page.get_by_label("Search e-mail addresses").check()
    await page.get_by_role("button", name="Add people").click()
    job = await _started(page, api)
    assert (job["sourceType"], job["audienceId"]) == ("linkedin_search", audience["id"])


async def test_a_post_is_read(buyer: Visitor, api: Api) -> None:
    page = buyer.page
    await buyer.open("/fill?source=post")
    await page.get_by_label("Post address").fill(
        "https://www.linkedin.com/feed/update/urn:li:activity:7301234567890123456"
    )
    await page.get_by_label("Name", exact=True).fill("Commented")
    await page.get_by_role("button", name="Add people").click()
    assert (await _started(page, api))["sourceType"] == "post_commenters"


async def test_lists_that_do_not_come_can_be_named_by_their_id(
    browser: Browser, reaching: str, pool: db.Pool, api: Api
) -> None:
    await connect(pool, api, cast("Any", SimpleNamespace(url="http://127.0.0.1:9")))
    async with visiting(browser, reaching, pool, api.tenant) as visitor:
        page = visitor.page
        page.set_default_timeout(20_000)
        await visitor.open("/fill?source=lead-list")
        await expect(page.get_by_role("alert")).to_contain_text("The provider")
        await page.get_by_label("Id", exact=True).fill("7045112233445566778")
        await page.get_by_label("Name", exact=True).fill("By its id")
        await page.get_by_role("button", name="Add people").click()
        assert (await _started(page, api))["sourceType"] == "sales_navigator"
