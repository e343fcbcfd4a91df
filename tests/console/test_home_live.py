"""What is filling now, on Home: it moves by itself, rests while nobody looks, and says when it can't."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from support.job_states import change, reach
from support.jobs import slugs, working
from support.service import data

if TYPE_CHECKING:
    from playwright.async_api import Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def _start(api: Api, rows: int = 200, name: str = "Federal contacts") -> Any:
    answer = await api.post(
        "uploads",
        params={"name": "federal-contacts.csv"},
        content=slugs(rows, "on-home"),
        headers={"content-type": "text/csv"},
    )
    upload = data(answer, 201)["uploadId"]
    return await api.start(type="file_upload", uploadId=upload, audienceName=name)


def _bar(page: Page, name: str = "Federal contacts") -> Any:
    region = page.get_by_role("region", name="Filling now")
    return region.get_by_role("progressbar", name=re.compile(f"^{name}:"))


async def test_a_bar_moves_by_itself_and_the_audience_comes_when_it_is_full(
    visitor: Visitor, api: Api, pool: Pool, dsn: str
) -> None:
    page = visitor.page
    job = await _start(api)
    await reach(pool, api, job, 50, 200)
    await visitor.open("/")
    await expect(_bar(page)).to_have_js_property("value", 0.25)
    filling = page.get_by_role("region", name="Filling now")
    await expect(filling).to_contain_text("federal-contacts.csv")
    await expect(page).to_have_title("1 filling: Audiences · Houselist")
    await visitor.check_accessible()
    await visitor.picture("home-filling")
    # Whoever is on the way to the job with the keyboard stays there.
    await page.get_by_role("link", name="Open the job of Federal contacts").focus()
    await reach(pool, api, job, 150, 200)
    await expect(_bar(page)).to_have_js_property("value", 0.75)
    await expect(page.get_by_role("link", name="Open the job of Federal contacts")).to_be_focused()
    await change(pool, api, job, status="queued", import_status="queued", position=0, added=0)
    async with working(dsn):
        row = page.locator("tr[data-id]", has_text="Federal contacts")
        await expect(row).to_contain_text("200", timeout=20_000)
    await expect(_bar(page)).to_have_count(0)
    await expect(page).to_have_title("Audiences · Houselist")


async def test_it_rests_while_the_tab_is_hidden_and_catches_up(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    page = visitor.page
    job = await _start(api)
    await reach(pool, api, job, 20, 200)
    await page.clock.install()
    await visitor.open("/")
    await page.clock.pause_at(await page.evaluate("Date.now() / 1_000 + 1"))
    async with page.expect_response("**/filling"):
        await page.clock.fast_forward(2_000)
    await page.evaluate(HIDE, arg=True)
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    await reach(pool, api, job, 100, 200)
    for _ in range(30):
        await page.clock.fast_forward(2_000)
    assert asked == []
    await expect(_bar(page)).to_have_js_property("value", 0.1)
    await page.evaluate(HIDE, arg=False)
    await expect(_bar(page)).to_have_js_property("value", 0.5)


async def test_it_tells_when_live_updates_stop_and_goes_on_by_itself(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    page = visitor.page
    visitor.expected.append("ERR_FAILED")
    job = await _start(api)
    await reach(pool, api, job, 20, 200)
    await page.clock.install()
    await visitor.open("/")
    await page.route("**/filling", lambda route: route.abort())
    await page.clock.pause_at(await page.evaluate("Date.now() / 1_000 + 1"))
    stopped = page.get_by_text("Live updates stopped.")
    for _ in range(4):
        async with page.expect_event("requestfailed"):
            await page.clock.fast_forward(2_000)
    await expect(stopped).to_be_hidden()
    for _ in range(2):
        async with page.expect_event("requestfailed"):
            await page.clock.fast_forward(2_000)
    await expect(stopped).to_be_visible()
    await expect(stopped).to_contain_text(
        re.compile(r"These figures are from \d\d:\d\d:\d\d UTC\.")
    )
    # What judges the page needs a clock that runs.
    await page.clock.resume()
    await visitor.check_accessible()
    await page.unroute("**/filling")
    await reach(pool, api, job, 60, 200)
    await expect(stopped).to_be_hidden()
    await expect(_bar(page)).to_have_js_property("value", 0.3)
