"""What a page says when the service can't do what was asked in time, and that nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from support.console import visiting
from support.http import serving
from support.locks import lock_audience
from support.service import data

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.service import Api


async def test_a_form_that_was_not_done_in_time_says_so_and_keeps_what_was_typed(
    browser: Browser, dsn: str, pool: Pool, api: Api
) -> None:
    made = await api.make_audience("Before")
    async with (
        serving(dsn, REQUEST_TIMEOUT="1") as server,
        visiting(browser, server.url, pool, api.tenant) as visitor,
    ):
        page = visitor.page
        visitor.expected.append("502")
        await visitor.open(f"/audiences/{made['id']}")
        await page.get_by_label("Edit name and description").click()
        await page.locator("#audience-name").fill("After")
        async with pool.acquire() as other, other.transaction():
            await lock_audience(other, made["id"])
            await page.get_by_role("button", name="Save").click()
            told = page.get_by_role("alert")
            await expect(told).to_contain_text("can't be reached")
            await expect(told).not_to_contain_text("success")
            await expect(told.locator(".trace")).to_be_visible()
        await visitor.check_accessible()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="After")).to_be_visible()
        assert data(await api.get(f"audiences/{made['id']}"))["name"] == "After"


async def test_a_page_that_was_not_ready_in_time_says_so(
    browser: Browser, dsn: str, pool: Pool, api: Api
) -> None:
    async with (
        serving(dsn, REQUEST_TIMEOUT="1") as server,
        visiting(browser, server.url, pool, api.tenant) as visitor,
    ):
        visitor.expected.append("502")
        async with pool.acquire() as other, other.transaction():
            await other.execute("LOCK TABLE folders")
            answer = await visitor.open("/")
        assert answer.status == 502
        page = visitor.page
        await expect(page.get_by_role("alert")).to_contain_text("can't be reached")
        await expect(page.locator(".trace")).to_have_text(answer.headers["x-trace-id"])
        await page.reload()
        await expect(page.get_by_role("heading", name="Audiences", level=1)).to_be_visible()
