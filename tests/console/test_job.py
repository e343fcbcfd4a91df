"""The page of a job that is under way: live, stopped, cancelled, and for a key that may only look."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.job_states import change, reach
from support.jobs import slugs, working
from support.service import make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

RECORD = """() => {
    window.seen = new Set();
    const add = () => window.seen.add(document.querySelector("[data-live=pct]").textContent);
    new MutationObserver(add).observe(document.body, {subtree: true, childList: true, characterData: true});
    add();
}"""
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def _start(api: Api, rows: int = 200, name: str = "Federal contacts") -> Any:
    upload = await api.upload(slugs(rows, "on-a-page"))
    return await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName=name)


async def test_a_live_bar_moves_to_its_end_without_a_reload(
    visitor: Visitor, api: Api, dsn: str
) -> None:
    page = visitor.page
    job = await _start(api, 3_000)
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(page).to_have_title("0%: File of 3,000 rows · Houselist")
    await expect(page.locator(".title .out")).to_have_text("Queued")
    await page.evaluate(RECORD)
    async with working(dsn, batch=20):
        await expect(page.locator(".title .out")).to_have_text("Completed", timeout=20_000)
    between = {int(each) for each in await page.evaluate("[...window.seen]")}
    assert between & set(range(1, 100)), between
    await expect(page).to_have_title("Completed: File of 3,000 rows · Houselist")
    await expect(page.locator('[data-count="added"]')).to_have_text("3,000")
    assert float(await page.locator('[data-part-of="added"]').get_attribute("width") or 0) == 1_000
    await expect(page.get_by_role("link", name="Open audience")).to_be_visible()
    await expect(page.get_by_text("50 of 3,000 rows")).to_be_visible()
    await visitor.check_accessible()
    await visitor.picture("job-done")


async def test_figures_and_time_left_are_told_while_it_runs(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    page = visitor.page
    job = await _start(api)
    began = datetime.now(UTC) - timedelta(seconds=60)
    await reach(pool, api, job, 50, 200, started_at=began, invalid=0)
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(page).to_have_title("25%: File of 200 rows · Houselist")
    await expect(page.locator("[data-live=left]")).to_have_text("About 3 min")
    await expect(page.locator(".lede")).to_contain_text("opens when the import is done")
    await reach(pool, api, job, 150, 200)
    await expect(page).to_have_title("75%: File of 200 rows · Houselist")
    await expect(page.locator(".title .out")).to_have_text("Filling 75%")
    await expect(page.locator("[data-live=rows]")).to_have_text("150")
    assert float(await page.locator('[data-part-of="added"]').get_attribute("width") or 0) == 750
    assert await page.locator("progress").get_attribute("value") == "0.75"
    await visitor.check_accessible()
    await visitor.picture("job-filling")


async def test_it_says_nothing_of_the_time_left_before_it_knows(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    job = await _start(api, 1_000)
    began = datetime.now(UTC) - timedelta(seconds=60)
    await reach(pool, api, job, 10, 1_000, started_at=began)
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(visitor.page.locator("[data-live=left]")).to_have_text("–")


async def test_a_hidden_tab_pauses_and_catches_up(visitor: Visitor, api: Api, pool: Pool) -> None:
    page = visitor.page
    job = await _start(api)
    await reach(pool, api, job, 20, 200)
    async with page.expect_response("**/events"):
        await visitor.open(f"/jobs/{job['jobId']}")
    async with page.expect_event("requestfailed", lambda each: each.url.endswith("/events")):
        await page.evaluate(HIDE, arg=True)
    await reach(pool, api, job, 100, 200)
    assert await page.locator("[data-live=pct]").text_content() == "10"
    async with page.expect_response("**/events"):
        await page.evaluate(HIDE, arg=False)
    await expect(page.locator("[data-live=pct]")).to_have_text("50")


async def test_it_tells_when_live_updates_stop_and_goes_on_by_itself(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    page = visitor.page
    visitor.expected.append("ERR_FAILED")
    job = await _start(api)
    await reach(pool, api, job, 20, 200)
    await page.clock.install()
    await page.route("**/events", lambda route: route.abort())
    await visitor.open(f"/jobs/{job['jobId']}")
    # From here on the clock stands, and the silence begins.
    await page.clock.pause_at(await page.evaluate("Date.now() / 1_000 + 1"))
    await page.evaluate(HIDE, arg=False)
    await page.clock.fast_forward(9_000)
    await expect(page.locator("#job-stale")).to_be_hidden()
    await page.clock.fast_forward(3_000)
    await expect(page.locator("#job-stale")).to_contain_text(re.compile("stopped 1[0-3] s ago"))
    await expect(page.locator("#job-stale")).to_contain_text("The figures are of")
    await page.unroute("**/events")
    await page.clock.fast_forward(3_000)
    await expect(page.locator("#job-stale")).to_be_hidden()


async def test_cancelling_asks_first(visitor: Visitor, api: Api, pool: Pool) -> None:
    page = visitor.page
    job = await _start(api)
    await reach(pool, api, job, 20, 200)
    await visitor.open(f"/jobs/{job['jobId']}")
    await page.get_by_role("button", name="Cancel job").click()
    asked = page.get_by_role("dialog", name="Cancel this job?")
    await expect(asked.get_by_role("button", name="Let it run")).to_be_focused()
    await visitor.check_accessible()
    await asked.get_by_role("button", name="Let it run").click()
    await expect(asked).to_be_hidden()
    await page.get_by_role("button", name="Cancel job").click()
    await asked.get_by_role("button", name="Cancel job").click()
    await expect(page.locator(".title .out")).to_have_text("Cancelled")
    await expect(page.get_by_text("Whom it added stays")).to_be_visible()
    await expect(page.get_by_text("20 people added until then stay")).to_be_visible()
    assert (await api.finished(job["jobId"]))["status"] == "cancelled"


async def test_a_waiting_job_is_amber_and_says_until_when(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    page = visitor.page
    job = await _start(api, name="Heads of data")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    why = "The day's budget is spent. The job goes on by itself at"
    waits = {"waiting_until": until, "waiting_for": why, "waiting_reason": "budget"}
    await reach(pool, api, job, 82, 200, **waits)
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(page.locator(".title .out")).to_have_text("Waiting 41%")
    at = f"Waits until {until.day} {until:%b %Y, %H:%M} UTC"
    await expect(page.locator(".job-notes .o-over")).to_contain_text(at)
    await expect(page.locator(".job-notes .o-over")).to_contain_text("The day's budget is spent.")
    await visitor.check_accessible()
    await visitor.open("/jobs")
    need = page.get_by_role("region", name="Needs you")
    await expect(need).to_contain_text("Heads of data waits at 41%")
    await page.get_by_role("link", name="Waiting 1").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await visitor.open("/jobs?status=running")
    await expect(page.get_by_text("No job is like that")).to_be_visible()


async def test_a_failed_job_says_why_and_what_to_do(visitor: Visitor, api: Api, pool: Pool) -> None:
    page = visitor.page
    job = await _start(api, name="RevOps leaders")
    await reach(pool, api, job, 122, 200)
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(page.locator("[data-live=pct]")).to_have_text("61")
    why = "The provider no longer knows this search."
    await change(pool, api, job, status="failed", error_code="SOURCE_NOT_FOUND", error_message=why)
    await pool.execute(
        "UPDATE audiences SET active_job_id = NULL WHERE active_job_id = $1",
        bytes.fromhex(job["jobId"]),
    )
    notice = page.locator(".job-notes .o-refused")
    await expect(notice).to_contain_text("The job failed at 61%")
    await expect(notice).to_contain_text(f"{why} 122 people added until then stay")
    await expect(notice.get_by_role("link", name="Start again")).to_be_visible()
    await visitor.open("/jobs")
    need = page.get_by_role("region", name="Needs you")
    await expect(need).to_contain_text("RevOps leaders failed at 61%")
    await expect(need).to_contain_text("122 people added so far stay.")
    await visitor.check_accessible()
    await visitor.picture("jobs")
    # Another job that fills the audience makes up for it.
    upload = await api.upload(slugs(1))
    again = await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceId=job["audienceId"]
    )
    await change(pool, api, again, status="completed", import_status="completed")
    await visitor.open("/jobs")
    await expect(need).to_be_hidden()


async def test_it_is_read_and_cancelled_without_script(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    job = await _start(api)
    await reach(pool, api, job, 20, 200)
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        await visitor.open(f"/jobs/{job['jobId']}")
        await expect(page.locator("[data-live=pct]")).to_have_text("10")
        again = page.locator('meta[http-equiv="refresh"]')
        assert await again.get_attribute("content") == "5"
        await page.get_by_role("button", name="Cancel job").click()
        asked = page.get_by_role("dialog", name="Cancel this job?")
        await asked.get_by_role("button", name="Cancel job").click()
        await expect(page.locator(".title .out")).to_have_text("Cancelled")
        await expect(again).to_have_count(0)


async def test_a_narrow_screen_and_hostile_names_do_no_harm(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    names = ["<script>alert(1)</script>", "שלום עולם " * 19, "🦊" * 90]
    rows = "".join(f'"{name}",nobody,info@\n' for name in names)
    upload = await api.upload("Name,LinkedIn URL,E-mail\n" + rows)
    job = await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName=names[0] + "🦊" * 40
    )
    async with (
        visiting(
            browser, address, pool, api.tenant, viewport={"width": 360, "height": 780}
        ) as visitor,
    ):
        for path in (f"/jobs/{job['jobId']}", f"/jobs/{job['jobId']}?outcome=invalid", "/jobs"):
            await visitor.open(path)
            assert not await visitor.is_wider_than_the_screen(), path
            await visitor.check_accessible()
        await visitor.picture("jobs-narrow")


async def test_a_key_that_may_only_look_is_offered_nothing_else(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    job = await _start(api)
    group = api.tenant.account_group_id
    looker = await make_tenant(pool, [Permission.PROSPECTING_READ], groups=[group])
    async with visiting(browser, address, pool, looker) as visitor:
        page = visitor.page
        await visitor.open(f"/jobs/{job['jobId']}")
        await expect(page.get_by_role("heading", name="File of 200 rows")).to_be_visible()
        await expect(page.get_by_role("button", name="Cancel job")).to_have_count(0)
        await expect(page.get_by_text("Federal contacts")).to_have_count(0)
        refused = await page.request.post(
            f"{address}/jobs/{job['jobId']}/cancel",
            form={},
            headers={"origin": address, "sec-fetch-site": "same-origin"},
        )
        assert refused.status == 403
        assert "prospecting:write" in await refused.text()
    assert (await api.get(f"prospecting/{job['jobId']}")).json()["data"]["status"] == "queued"


async def test_an_error_carries_its_trace_id(visitor: Visitor, api: Api, stranger: Api) -> None:
    page = visitor.page
    visitor.expected += ["404", "400"]
    theirs = await _start(stranger)
    answer = await visitor.open(f"/jobs/{theirs['jobId']}")
    assert answer.status == 404
    await expect(page.locator(".trace")).to_have_text(answer.headers["x-trace-id"])
    await visitor.check_accessible()
    job = await _start(api)
    for query in ("outcome=nothing", "after=x", "outcome=removed"):
        assert (await visitor.open(f"/jobs/{job['jobId']}?{query}")).status == 400
    for query in ("status=odd", "source=odd", "from=yesterday", "cursor=o.x"):
        assert (await visitor.open(f"/jobs?{query}")).status == 400
