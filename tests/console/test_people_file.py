"""Exports from the console: the file as the API makes it, and what is told where it is refused."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.exporting import downloading, fill
from support.jobs import slugs
from support.people_pages import make_many
from support.prospects import make_busy
from support.service import make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api, Tenant

MANY = "Too many exports are under way."


@asynccontextmanager
async def _busy_server(address: str, pool: Pool) -> AsyncIterator[None]:
    """As many exports under way as a server has at a time, of others."""
    server: Any = SimpleNamespace(port=urlsplit(address).port)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            tenant = await make_tenant(pool, list(Permission))
            audience = await fill(pool, tenant)
            for _ in range(2):
                one = await stack.enter_async_context(downloading(server, tenant, audience))
                assert one.status == 200
        yield


async def _lines(page: Page, press: Any) -> list[str]:
    async with page.expect_download() as coming:
        await press.click()
    download = await coming.value
    assert download.suggested_filename == "Engineers.csv"
    return (await download.path()).read_text("utf-8-sig").splitlines()


async def test_too_many_exports_are_told_where_somebody_asked_and_nothing_is_lost(
    visitor: Visitor, address: str, api: Api, pool: Pool
) -> None:
    audience, page = await make_many(api, 9), visitor.page
    path = f"/audiences/{audience['id']}?columns=title"
    await visitor.open(path)
    visitor.expected.append("429")
    told = page.get_by_role("alert")
    await page.get_by_label("Select Person 003").check()
    await page.get_by_role("button", name="Export selected people").click()
    dialog = page.get_by_role("dialog", name="Export 1 person")
    async with _busy_server(address, pool):
        await dialog.get_by_role("button", name="Export").click()
        await expect(told).to_contain_text(MANY)
        await expect(told).to_contain_text("ask again when one of them is done")
        await expect(told).to_contain_text("Trace id")
        await visitor.check_accessible()
        await visitor.picture("export-refused")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await page.locator("summary", has_text="Export").click()
        await page.locator("form[data-export] button").click()
        await expect(told).to_contain_text(MANY)
        await visitor.check_accessible()
    await expect(page).to_have_url(visitor.address + path)
    await expect(page.get_by_label("Select Person 003")).to_be_checked()
    assert len(await _lines(page, page.locator("form[data-export] button"))) == 10
    await expect(told).to_have_count(0)
    await expect(page.locator("form[data-export]")).to_be_hidden()


async def test_without_script_it_is_a_page_that_leads_back(
    browser: Browser, address: str, api: Api, pool: Pool
) -> None:
    audience = await make_many(api, 9)
    path = f"/audiences/{audience['id']}?title=engineer"
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        visitor.expected.append("429")
        await visitor.open(path)
        await page.locator("summary", has_text="Export").click()
        async with _busy_server(address, pool):
            await page.locator("form[data-export] button").click()
            await expect(page.get_by_role("alert")).to_contain_text(MANY)
            await expect(page.get_by_role("alert")).to_contain_text("Trace id")
            await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        assert len(await _lines(page, page.get_by_role("link", name="Try again"))) == 4
        await page.get_by_role("link", name="Back to where you were").click()
        await expect(page).to_have_url(visitor.address + path)


async def test_an_audience_that_is_filled_or_does_not_fit_is_told_likewise(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await make_many(api, 2), visitor.page
    id_ = bytes.fromhex(audience["id"])
    await visitor.open("/")
    await page.get_by_label("Menu of Engineers").click()
    await page.get_by_role("link", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export Engineers")
    told = dialog.get_by_role("alert")
    await pool.execute("UPDATE audiences SET prospect_count = 1048576 WHERE id = $1", id_)
    await dialog.get_by_label("File").select_option("Excel")
    visitor.expected += ["422", "409"]
    await dialog.get_by_role("button", name="Export").click()
    await expect(told).to_contain_text("a worksheet holds 1,048,575; ask for csv")
    await pool.execute("UPDATE audiences SET prospect_count = 2 WHERE id = $1", id_)
    await make_busy(pool, api, audience["id"])
    await dialog.get_by_role("button", name="Export").click()
    await expect(told).to_contain_text("still being populated")
    await expect(page).to_have_url(f"{visitor.address}/")


@pytest.mark.usefixtures("worker")
async def test_the_rows_of_a_job_are_refused_above_its_page(
    visitor: Visitor, address: str, api: Api, pool: Pool
) -> None:
    job = await api.import_file(slugs(2, "rows"), "Rows")
    page = visitor.page
    await visitor.open(f"/jobs/{job['jobId']}")
    visitor.expected.append("429")
    link = page.get_by_role("link", name="Download all")
    async with _busy_server(address, pool):
        await link.click()
        await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(MANY)
        await visitor.check_accessible()
    await page.keyboard.press("Escape")
    async with page.expect_download() as coming:
        await link.click()
    assert (await coming.value).suggested_filename.endswith(".csv")
    await expect(page).to_have_url(f"{visitor.address}/jobs/{job['jobId']}")


@asynccontextmanager
async def _signed_in(address: str, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin", "origin": address}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
        await client.post("/sign-in", data={"key": tenant.token, "next": "/"})
        yield client


async def test_the_file_is_the_one_of_the_api(
    address: str, api: Api, stranger: Api, pool: Pool
) -> None:
    audience = await make_many(api, 9)
    path = f"/audiences/{audience['id']}/file"
    whole = {"q": "", "format": "csv", "fields": "name,title", "title": "engineer"}
    of_api = {name: value for name, value in whole.items() if value}
    expected = await api.get(f"audiences/{audience['id']}/export", params=of_api)
    async with _signed_in(address, api.tenant) as client:
        answer = await client.get(path, params={**whole, "back": "/"})
        assert (answer.status_code, answer.content) == (200, expected.content)
        for name in ("content-type", "content-disposition", "x-row-count"):
            assert answer.headers[name] == expected.headers[name]
        asked = await client.get(path, params=whole, headers={"houselist-part": "1"})
        assert (asked.status_code, asked.content) == (200, b"")
        for query, status, words in (
            ("format=doc", 400, "must be csv, ndjson, xlsx or parquet"),
            ("fields=nothing", 400, "nothing"),
            ("strange=1", 400, "is not known here"),
        ):
            page = await client.get(f"{path}?{query}&back=//elsewhere.example")
            assert page.status_code == status
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert words in page.text
            assert 'aria-label="Main"' in page.text
            assert "To all audiences" in page.text
            assert "elsewhere.example" not in page.text
        part = await client.get(path, params={"format": "doc"}, headers={"houselist-part": "1"})
        assert part.status_code == 400
        assert part.text.startswith('<div class="notice')
    async with _signed_in(address, stranger.tenant) as client:
        assert (await client.get(path)).status_code == 404
    blind = await make_tenant(
        pool, [Permission.AUDIENCES_READ], groups=[api.tenant.account_group_id]
    )
    async with _signed_in(address, blind) as client:
        assert (await client.get(path)).status_code == 403
