"""The history of jobs: both ways, by state, source and day, and live while something runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from playwright.async_api import expect

from support.console import visiting
from support.job_states import reach
from support.jobs import slugs

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api


async def _put(pool: Pool, api: Api, count: int) -> None:
    """So many jobs that were completed, a day apart, the last one yesterday."""
    upload = await api.upload(slugs(1))
    await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName="First")
    await pool.execute(
        """
        INSERT INTO prospecting_jobs (account_group_id, id, source_type, audience_id, status,
            upload_id, mapping, total_rows, position, added, import_status, enrichment_status,
            progress, created_at, started_at, updated_at)
        SELECT account_group_id, int4send(n) || substr(id, 5), source_type, audience_id,
            'completed', upload_id, mapping, n, n, n, 'completed', 'completed', 1, at, at,
            at + interval '242 seconds'
        FROM prospecting_jobs, generate_series(1, $2) n,
            LATERAL (SELECT date_trunc('day', now()) - make_interval(days => $2 + 1 - n)) d (at)
        WHERE account_group_id = $1
        """,
        bytes.fromhex(api.tenant.account_group_id),
        count,
    )


async def test_an_empty_history_says_the_next_step(visitor: Visitor) -> None:
    await visitor.open("/jobs")
    await expect(visitor.page.get_by_text("No job has run yet")).to_be_visible()
    await visitor.check_accessible()


async def test_it_is_paged_both_ways(visitor: Visitor, api: Api, pool: Pool) -> None:
    page = visitor.page
    await _put(pool, api, 120)
    await visitor.open("/jobs")
    first = page.locator("tbody tr").first
    await expect(first).to_contain_text("Queued")
    await expect(page.locator("tbody tr").nth(1)).to_contain_text("4 min 2 s")
    await expect(page.locator(".pager")).to_contain_text("50 jobs of 121")
    await page.keyboard.press("n")
    await expect(first).to_contain_text("File of 71 rows")
    await page.get_by_role("link", name="Older").click()
    await expect(first).to_contain_text("File of 21 rows")
    await expect(page.locator("tbody tr")).to_have_count(21)
    await expect(page.get_by_role("link", name="Older")).to_have_count(0)
    await page.get_by_role("link", name="Newer").click()
    await expect(first).to_contain_text("File of 71 rows")
    await page.get_by_role("link", name="Newer").click()
    await expect(first).to_contain_text("Queued")
    await expect(page.get_by_role("link", name="Newer")).to_have_count(0)
    await visitor.check_accessible()
    await visitor.picture("jobs-history")


async def test_filters_stand_in_the_address(visitor: Visitor, api: Api, pool: Pool) -> None:
    page = visitor.page
    await _put(pool, api, 40)
    await api.start(
        type="url_upload", urls=["linkedin.com/in/jo"], audienceName="Pasted <b>addresses</b>"
    )
    await visitor.open("/jobs")
    await page.get_by_text("Source: any").click()
    await page.get_by_role("link", name="Profile addresses").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody tr")).to_contain_text("1 profile address")
    await expect(page.locator("tbody tr")).to_contain_text("Pasted <b>addresses</b>")
    await page.get_by_text("Source: profile addresses").click()
    await visitor.check_accessible()
    await page.get_by_role("link", name="Any", exact=True).click()
    await page.get_by_text("Started: any time").click()
    await page.get_by_role("link", name="Last 7 days").click()
    await expect(page.locator("tbody tr")).to_have_count(2 + 6)
    await page.get_by_role("link", name="Completed 6").click()
    await expect(page.locator("tbody tr")).to_have_count(6)
    day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    await visitor.open(f"/jobs?from={day}&to={day}")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody tr")).to_contain_text("File of 38 rows")


async def test_it_stays_up_to_date_while_something_runs(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    page = visitor.page
    upload = await api.upload(slugs(100))
    job = await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="Federal contacts"
    )
    await visitor.open("/jobs")
    link = page.get_by_role("link", name="File of 100 rows")
    await link.focus()
    await expect(page.locator("tbody tr")).to_contain_text("Queued")
    await reach(pool, api, job, 62, 100)
    await expect(page.locator("tbody tr")).to_contain_text("Filling 62%")
    await expect(page.locator("tbody tr")).to_contain_text("62 of 100 rows, none invalid")
    # The keyboard stays where it was.
    await expect(link).to_be_focused()


async def test_it_is_read_without_script_and_on_a_narrow_screen(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    await _put(pool, api, 3)
    narrow = {"viewport": {"width": 360, "height": 780}, "java_script_enabled": False}
    async with visiting(browser, address, pool, api.tenant, **narrow) as visitor:
        page = visitor.page
        await visitor.open("/jobs")
        await page.get_by_text("Started: any time").click()
        await page.get_by_label("From").fill("2020-01-01")
        await page.get_by_role("button", name="Show these days").click()
        await expect(page.get_by_text("Started: since 2020-01-01")).to_be_visible()
        await page.get_by_role("link", name="File of 3 rows").click()
        await expect(page.get_by_role("heading", name="File of 3 rows")).to_be_visible()
