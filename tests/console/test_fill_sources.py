"""What the fill page offers besides files: other sources, credits, schedules, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from houselist.console import filling
from houselist.people.fields import PATHS
from houselist.permissions import Permission
from support.console import visiting
from support.credits import give
from support.schedules import make_watched
from support.service import data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres import db
    from support.console import Visitor
    from support.service import Api

# Reading a file starts a process, and a dry run waits for a worker.
READ = 20_000


async def test_who_may_only_write_jobs_is_offered_no_more(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    group = api.tenant.account_group_id
    writer = await make_tenant(pool, [Permission.PROSPECTING_WRITE], groups=[group])
    upload = await api.upload("Email\na@b.example\n")
    async with visiting(browser, address, pool, writer) as visitor:
        page = visitor.page
        await visitor.open(f"/fill?upload={upload['uploadId']}&file=x.csv")
        await expect(page.get_by_role("heading", name="Dry run")).to_have_count(0)
        await expect(page.get_by_role("link", name="Sales Navigator")).to_have_count(0)
        await expect(
            page.get_by_label("Source").get_by_role("link", name="Audiences")
        ).to_have_count(0)
        await page.locator("#go-button").click()
        await expect(page.get_by_text("The job has started.")).to_be_visible()
    assert len(data(await api.get("prospecting"))["items"]) == 1


async def test_profile_addresses_are_counted_as_they_are_typed(
    visitor: Visitor, api: Api, worker: None
) -> None:
    page = visitor.page
    audience = await api.make_audience("Typed")
    await visitor.open(f"/audiences/{audience['id']}/fill?source=profiles")
    typed = "https://www.linkedin.com/in/ada-l\n\nhttps://lnkd.in/x\nlinkedin.com/in/grace-h\n"
    await page.get_by_role("textbox", name="Profile addresses").fill(typed)
    told = page.locator("#addresses")
    await expect(told).to_contain_text("3 addresses, 2 can be read")
    await expect(told).to_contain_text("Line 2")
    await expect(told).to_contain_text("short link does not show where it leads")
    await visitor.check_accessible()
    await page.get_by_role("button", name="Run it").click()
    await expect(page.locator("#go-button")).to_have_text("Add 2 people", timeout=READ)
    await page.reload()
    await expect(page.get_by_role("textbox", name="Profile addresses")).to_have_value(
        "https://www.linkedin.com/in/ada-l\nhttps://lnkd.in/x\nlinkedin.com/in/grace-h"
    )
    await expect(page.locator("#go-button")).to_have_text("Add 2 people", timeout=READ)
    await page.locator("#go-button").click()
    await page.wait_for_url("**/jobs/*")
    job = await api.finished(page.url.rpartition("/")[2])
    assert (job["audienceId"], job["counts"]["added"]) == (audience["id"], 2)


async def test_audiences_are_combined_in_the_chosen_order(
    visitor: Visitor, api: Api, worker: None
) -> None:
    page = visitor.page
    await api.import_file("Email\na@x.example\nb@x.example\n", "Alpha")
    await api.import_file("Email\nb@x.example\nc@x.example\nd@x.example\n", "Beta")
    await visitor.open("/fill?source=combine&find=alp")
    await page.get_by_role("link", name="Add Alpha").click()
    await page.get_by_role("searchbox", name="Find an audience").fill("bet")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Add Beta").click()
    await expect(page.locator(".chosen .cut")).to_have_text(["Alpha", "Beta"])
    await page.get_by_role("link", name="Move Beta up").click()
    await expect(page.locator(".chosen .cut")).to_have_text(["Beta", "Alpha"])
    await visitor.check_accessible()
    await page.get_by_label("Whoever is in the first and in none of the others").check()
    await page.get_by_label("Name", exact=True).fill("Beta alone")
    await page.get_by_role("button", name="Combine 2 audiences").click()
    await page.wait_for_url("**/jobs/*")
    job = await api.finished(page.url.rpartition("/")[2])
    assert (job["sourceType"], job["counts"]["added"]) == ("combination", 2)


async def test_what_a_provider_reads_says_how_to_connect_one(visitor: Visitor) -> None:
    for source in ("search", "saved-search", "lead-list", "post"):
        await visitor.open(f"/fill?source={source}")
        await expect(visitor.page.locator(".notice")).to_contain_text("houselist providers connect")
        await expect(visitor.page.get_by_role("button", name="Connect a provider")).to_be_disabled()
    await visitor.check_accessible()


async def test_credits_are_named_before_the_start(
    visitor: Visitor, api: Api, pool: db.Pool
) -> None:
    await give(pool, api, 2)
    upload = await api.upload("Email\na@b.example\nb@b.example\nc@b.example\n")
    await visitor.open(f"/fill?upload={upload['uploadId']}&file=x.csv")
    await expect(visitor.page.locator("#go")).to_contain_text("3 of 2")
    await expect(visitor.page.locator("#go .problem")).to_contain_text("sets 3 credits aside")
    visitor.expected.append("402")
    await visitor.page.locator("#go-button").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def test_a_monitoring_audience_has_a_schedule(
    visitor: Visitor, api: Api, pool: db.Pool
) -> None:
    page = visitor.page
    new = await api.make_audience("New", "monitoring")
    await visitor.open(f"/audiences/{new['id']}/fill?source=search")
    await expect(page.get_by_text("Fill this audience once from a LinkedIn search")).to_be_visible()
    audience = await make_watched(pool, api)
    await visitor.open(f"/audiences/{audience['id']}/fill?source=search")
    await page.get_by_label("Every").select_option("day")
    await page.get_by_role("button", name="Set the schedule").click()
    await expect(page.get_by_role("status").filter(has_text="The schedule is set.")).to_be_visible()
    found = data(await api.get(f"audiences/{audience['id']}/schedule"))
    assert found["every"] == "day"
    await page.get_by_role("button", name="End it").click()
    await expect(page.get_by_role("button", name="Set the schedule")).to_be_visible()
    assert (await api.get(f"audiences/{audience['id']}/schedule")).status_code == 404


async def test_a_key_that_may_not_fill_is_refused(
    browser: Browser, address: str, pool: db.Pool, api: Api, stranger: Api
) -> None:
    reader = await make_tenant(
        pool, [Permission.AUDIENCES_READ], groups=[api.tenant.account_group_id]
    )
    theirs = await stranger.upload("Email\na@b.example\n")
    async with visiting(browser, address, pool, reader) as visitor:
        visitor.expected.append("403")
        answer = await visitor.open("/fill")
        assert answer.status == 403
    async with visiting(browser, address, pool, api.tenant) as visitor:
        await visitor.open(f"/fill?upload={theirs['uploadId']}")
        await expect(visitor.page.get_by_role("alert")).to_contain_text("There is no such upload.")


def test_every_field_has_a_label() -> None:
    assert set(filling.LABELS) == set(PATHS)
