"""The dry run of a file on the fill page: live, and cancelled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from support.jobs import working
from support.service import data

if TYPE_CHECKING:
    from support.console import Visitor
    from support.service import Api


async def test_a_dry_run_is_shown_live_and_can_be_cancelled(
    visitor: Visitor, api: Api, dsn: str
) -> None:
    page = visitor.page
    upload = await api.upload("Email\n" + "".join(f"p{n}@b.example\n" for n in range(6_000)))
    await visitor.open(f"/fill?upload={upload['uploadId']}&file=many.csv")
    await page.evaluate(
        """() => {
            window.seen = new Set();
            new MutationObserver(() => window.seen.add(document.title)).observe(
                document.head, { subtree: true, childList: true, characterData: true });
        }"""
    )
    async with working(dsn):
        await page.get_by_role("button", name="Run it").click()
        await expect(page.locator("#go-button")).to_have_text("Add 6,000 people", timeout=60_000)
    titles = await page.evaluate("[...window.seen]")
    told = [re.match(r"(\d+)%: New audience", each) for each in titles]
    assert any(each and 0 < int(each[1]) < 100 for each in told), titles
    await expect(page).to_have_title("New audience · Houselist")
    # Nobody works now, so this one is there to be cancelled.
    await page.get_by_role("button", name="Run again").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("button", name="Run it")).to_be_visible()
    jobs = data(await api.get("prospecting"))["items"]
    assert [(each["dryRun"], each["status"]) for each in jobs] == [
        (True, "cancelled"),
        (True, "completed"),
    ]
