"""The page of a job that asks a provider: its look-ups and what it costs, while it runs and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from fakes.unipile.server import fake_unipile
from support.console import visiting
from support.credits import give, left
from support.http import serving
from support.job_states import change, reach
from support.provided import VARIABLES, connect, provided, search
from support.service import data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from houselist.postgres import db
    from support.console import Visitor
    from support.service import Api

GIVEN = 1_000


@pytest.fixture
async def buyer(browser: Browser, dsn: str, pool: db.Pool, api: Api) -> AsyncIterator[Visitor]:
    """Somebody whose account group has a provider, and credits."""
    async with (
        fake_unipile() as fake,
        serving(dsn, **VARIABLES) as server,
        visiting(browser, server.url, pool, api.tenant) as visitor,
    ):
        await connect(pool, api, fake)
        await give(pool, api, GIVEN)
        yield visitor


async def _start(buyer: Visitor, api: Api) -> Any:
    """A job on a search of 30 people, their e-mail addresses looked up, as somebody starts it."""
    page = buyer.page
    await buyer.open("/fill?source=search")
    await page.get_by_label("Search address").fill(search(1, 30))
    await page.get_by_label("At most").fill("30")
    await page.get_by_label("Name", exact=True).fill("Searched")
    await page.get_by_label("Search e-mail addresses").check()
    start = page.get_by_role("region", name="Start")
    await expect(start).to_contain_text("Credits")
    await expect(start).to_contain_text("1,000")
    await page.get_by_role("button", name="Add people").click()
    await page.wait_for_url("**/jobs/*")
    return data(await api.get(f"prospecting/{page.url.rpartition('/')[2]}"))


def _about(page: Page, term: str) -> Any:
    card = page.get_by_role("region", name="About this job")
    return card.locator("dl > div", has=page.get_by_text(term, exact=True)).locator("dd")


async def test_credits_are_held_and_then_spent(
    buyer: Visitor, api: Api, pool: db.Pool, dsn: str
) -> None:
    page = buyer.page
    await _start(buyer, api)
    await expect(_about(page, "Credits")).to_have_text("0 of 60 held")
    await expect(_about(page, "At most")).to_have_text("30 people")
    await expect(_about(page, "E-mail")).to_have_text("Looked up too")
    async with provided(dsn):
        await expect(page.locator(".title .out")).to_have_text("Completed", timeout=30_000)
    spent = GIVEN - await left(pool, api)
    assert 30 <= spent <= 60
    await page.reload()
    await expect(_about(page, "Credits")).to_have_text(str(spent))
    await buyer.check_accessible()
    await buyer.picture("job-provider")
    await buyer.open("/jobs")
    await expect(page.locator("tbody tr .c-credits")).to_have_text(str(spent))
    await buyer.open("/settings")
    await expect(page.get_by_text(str(GIVEN - spent), exact=True)).to_be_visible()


async def test_look_ups_are_a_stage_of_their_own(buyer: Visitor, api: Api, pool: db.Pool) -> None:
    page = buyer.page
    job = await _start(buyer, api)
    stages = page.locator("ol li")
    await reach(pool, api, job, 15, 30)
    await expect(page.locator(".title .out")).to_have_text("Filling 50%")
    await expect(_about(page, "Credits")).to_have_text("15 of 60 held")
    asked = {"import_status": "completed", "enrichment_status": "running"}
    await change(
        pool,
        api,
        job,
        **asked,
        progress=1.0,
        position=30,
        added=30,
        enriched_row=10,
        emails_charged=6,
    )
    await expect(page.locator(".title .out")).to_have_text("Looking up 33%")
    await expect(stages.filter(has_text="Look-ups")).to_have_attribute("aria-current", "step")
    await expect(_about(page, "Credits")).to_have_text("36 of 60 held")
    await buyer.open("/")
    filling = page.get_by_role("region", name="Filling now")
    await expect(filling).to_contain_text("Looking people up")
