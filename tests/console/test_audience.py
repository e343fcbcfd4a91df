"""The page of an audience: its facts, its pictures, its table, and what it says while it is filled."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from support.console import visiting
from support.people_pages import make_many, names
from support.prospects import make_busy, make_ready
from support.search import write_texts
from support.service import data

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api


async def test_the_page_tells_facts_pictures_and_people(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await make_many(api), visitor.page
    await write_texts(pool, api)
    answer = await visitor.open(f"/audiences/{audience['id']}")
    assert answer.status == 200
    await expect(page).to_have_title("Engineers · Houselist")
    await expect(page.locator(".facts").first).to_contain_text("120 people")
    await expect(page.locator(".facts").first).to_contain_text("+120 in 30 days")
    chart = page.get_by_role("img", name="People by day from")
    await expect(chart).to_have_attribute("aria-label", re.compile("0 at first, 120 at the end"))
    await expect(page.locator(".top-list li").first).to_contain_text("Contoso")
    await expect(page.locator(".meters")).to_contain_text("E-mail100%")
    await expect(names(page)).to_have_count(50)
    await expect(names(page).first).to_have_text("Person 119")
    await expect(page.locator(".pager")).to_contain_text("50 of 120")
    await visitor.check_accessible()
    await visitor.picture("audience")
    await page.get_by_role("link", name="Titles").click()
    await expect(page.locator(".top-list li").first).to_contain_text("Head of Data")
    await page.get_by_role("link", name="Show as tables").click()
    await expect(page.get_by_role("table", name="How full each field is")).to_contain_text("100%")
    await visitor.check_accessible()
    await page.get_by_role("heading", name="Pictures").click()
    await expect(page.locator(".as-tables")).to_be_hidden()
    await page.reload()
    await expect(page.locator(".charts")).to_have_count(0)
    await page.get_by_role("heading", name="Pictures").click()
    await expect(page.locator(".charts")).to_be_visible()


async def test_pages_lead_on_and_back(visitor: Visitor, api: Api, pool: Pool) -> None:
    audience, page = await make_many(api), visitor.page
    await write_texts(pool, api)
    await visitor.open(f"/audiences/{audience['id']}")
    await page.keyboard.press("n")
    await expect(names(page).first).to_have_text("Person 069")
    await page.get_by_role("link", name="Older").click()
    await expect(names(page)).to_have_count(20)
    await expect(names(page).last).to_have_text("Person 000")
    await page.keyboard.press("p")
    await expect(names(page).first).to_have_text("Person 069")
    await page.get_by_role("link", name="Newer").click()
    await expect(names(page).first).to_have_text("Person 119")
    await page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    await expect(names(page).first).to_have_text("Person 000")
    header = page.get_by_role("columnheader", name="Name")
    await expect(header).to_have_attribute("aria-sort", "ascending")
    await page.get_by_role("link", name="Next").click()
    await expect(names(page).first).to_have_text("Person 050")


async def test_search_filters_and_columns_are_in_the_address(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await make_many(api), visitor.page
    await write_texts(pool, api)
    await visitor.open(f"/audiences/{audience['id']}")
    await page.keyboard.press("/")
    await page.keyboard.type("person 01")
    await expect(names(page)).to_have_count(10)
    await expect(page.get_by_label("Search people").last).to_be_focused()
    await expect(page.locator(".pager")).to_contain_text("10 of 10 that match, of 120")
    assert "q=person+01" in page.url
    await page.keyboard.type("x")
    await expect(page.get_by_role("heading", name="Nobody matches “person 01x”")).to_be_visible()
    await visitor.check_accessible()
    await page.get_by_role("link", name="Clear search").click()
    await page.get_by_role("link", name="Northwind", exact=True).click()
    await expect(page.locator(".pager")).to_contain_text("50 of 60 that match")
    await page.locator("summary", has_text="Filter").click()
    await page.get_by_label("Title has").fill("engineer")
    await page.get_by_label("Added after").fill("2020-01-31")
    await visitor.check_accessible()
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".pager")).to_contain_text("20 of 20 that match")
    await expect(page.locator(".chip.on")).to_have_count(3)
    await expect(page.locator(".chip.on").last).to_contain_text("Added after 31 Jan 2020")
    await page.get_by_label("Remove filter: company has northwind").click()
    await expect(page.locator(".pager")).to_contain_text("40 of 40 that match")
    await expect(page).to_have_title("40 of Engineers · Houselist")
    await page.locator("summary", has_text="Columns").click()
    await page.get_by_label("Headline").check()
    await page.get_by_label("LinkedIn", exact=True).uncheck()
    await page.get_by_role("button", name="Show these").click()
    await expect(page.get_by_role("columnheader", name="Headline")).to_be_visible()
    await expect(page.get_by_role("columnheader", name="LinkedIn")).to_have_count(0)
    assert "title=engineer" in page.url


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("addedAfter=yesterday", "must be a time"),
        ("q=!!!", "must have a letter or a digit"),
        ("cursor=broken", "cursor"),
        ("asOf=2199-01-01", "future"),
        ("hasEmail=maybe", "true or false"),
    ],
)
async def test_what_cannot_be_asked_is_told_where_the_table_is(
    visitor: Visitor, api: Api, query: str, told: str
) -> None:
    audience = await make_many(api, 1)
    await visitor.open(f"/audiences/{audience['id']}?{query}")
    await expect(visitor.page.get_by_role("alert")).to_contain_text(told)
    await visitor.page.get_by_role("link", name="Show everybody").click()
    await expect(names(visitor.page)).to_have_count(1)


async def test_an_export_has_what_is_filtered_and_shown(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await make_many(api, 9), visitor.page
    await write_texts(pool, api)
    await visitor.open(f"/audiences/{audience['id']}?title=engineer&columns=title,company")
    await page.keyboard.press("d")
    await page.get_by_label("Only the columns shown").check()
    await visitor.check_accessible()
    async with page.expect_download() as downloading:
        await page.locator("form[data-export] button").click()
    download = await downloading.value
    assert download.suggested_filename == "Engineers.csv"
    lines = (await download.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == "name,title,company.name"
    assert lines[1:] == [
        f"Person 00{n},Engineer,{c}" for n, c in ((0, "Contoso"), (3, "Northwind"), (6, "Contoso"))
    ]


async def test_an_export_is_of_whom_is_found_while_typing_also_after_an_edit(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await make_many(api, 9), visitor.page
    await write_texts(pool, api)
    await visitor.open(f"/audiences/{audience['id']}?columns=title")
    await page.keyboard.press("/")
    for typed, people, told in (("north", 4, "The 4 people who match"), ("", 9, "All 9 people")):
        await page.get_by_role("searchbox", name="Search people").fill(typed)
        await expect(names(page)).to_have_count(people)
        await page.get_by_label("Edit name and description").click()
        await page.get_by_role("link", name="Leave as it was").click()
        # What is opened before the head is back goes with the head that was there.
        await expect(page.get_by_label("Edit name and description")).to_be_visible()
        await page.locator("summary", has_text="Export").click()
        await expect(page.locator("form[data-export]")).to_contain_text(told)
        await page.get_by_label("Only the columns shown").check()
        async with page.expect_download() as downloading:
            await page.locator("form[data-export] button").click()
        lines = (await (await downloading.value).path()).read_text("utf-8-sig").splitlines()
        assert (lines[0], len(lines)) == ("name,title", people + 1)


async def test_the_name_is_edited_in_place(visitor: Visitor, api: Api) -> None:
    audience, page = await make_many(api, 1), visitor.page
    await api.make_audience("Taken")
    await visitor.open(f"/audiences/{audience['id']}")
    await page.keyboard.press("e")
    field = page.locator("#audience-name")
    await expect(field).to_be_focused()
    await visitor.check_accessible()
    await field.fill("Taken")
    visitor.expected.append("409")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("name is taken")
    await field.fill("Data people")
    await page.get_by_label("Description").fill("Whom we call")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Data people")).to_be_visible()
    await expect(page.locator(".desc")).to_have_text("Whom we call")
    told = data(await api.get(f"audiences/{audience['id']}"))
    assert (told["name"], told["description"]) == ("Data people", "Whom we call")


async def test_while_it_is_filled_its_bar_stands_in_the_tables_place(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await make_many(api, 3), visitor.page
    job_id = await make_busy(pool, api, audience["id"])
    await visitor.open(f"/audiences/{audience['id']}")
    await expect(page).to_have_title("25%: Engineers · Houselist")
    await expect(page.locator("[data-percent]")).to_have_text("25%")
    await expect(names(page)).to_have_count(0)
    await expect(page.get_by_role("link", name="Fill", exact=True)).to_have_count(0)
    await visitor.check_accessible()
    await pool.execute(
        "UPDATE prospecting_jobs SET progress = 0.5 WHERE account_group_id = $1 AND id = $2",
        bytes.fromhex(api.tenant.account_group_id),
        bytes.fromhex(job_id),
    )
    await expect(page.locator("[data-percent]")).to_have_text("50%")
    await make_ready(pool, api, audience["id"])
    await pool.execute(
        "UPDATE prospecting_jobs SET status = 'completed', import_status = 'completed',"
        " enrichment_status = 'completed', progress = 1 WHERE account_group_id = $1 AND id = $2",
        bytes.fromhex(api.tenant.account_group_id),
        bytes.fromhex(job_id),
    )
    await expect(names(page)).to_have_count(3)


async def test_a_past_day_is_only_looked_at(visitor: Visitor, api: Api, pool: Pool) -> None:
    audience, page = await make_many(api, 2), visitor.page
    today = datetime.now(UTC).date()
    await visitor.open(f"/audiences/{audience['id']}?asOf={today}")
    await expect(page.get_by_text("who was a member then")).to_be_visible()
    await expect(names(page)).to_have_count(2)
    await page.get_by_label("Select this page").check()
    offered = page.get_by_role("region", name="Selected people").get_by_role("button")
    await expect(offered).to_have_text([re.compile("Export"), ""])
    await visitor.check_accessible()
    await page.get_by_role("link", name="Back to now").click()
    await expect(page.locator(".check[name=person]")).to_have_count(2)
    await visitor.open(f"/audiences/{audience['id']}?asOf={today - timedelta(days=1)}")
    await expect(page.get_by_role("heading", name="Nobody matches")).to_be_visible()


async def test_an_empty_one_says_the_next_step(visitor: Visitor, api: Api) -> None:
    audience = await api.make_audience("New")
    await visitor.open(f"/audiences/{audience['id']}")
    page = visitor.page
    await expect(page.get_by_role("heading", name="Nobody is in here yet")).to_be_visible()
    fill = page.get_by_role("link", name="Fill").last
    await expect(fill).to_have_attribute("href", f"/audiences/{audience['id']}/fill")
    sample = await page.get_by_role("link", name="Take the sample file").get_attribute("href")
    answer = await page.request.get(visitor.address + (sample or ""))
    assert (await answer.text()).startswith("bioguide_id,")
    await visitor.check_accessible()


async def test_without_script_it_is_read_and_searched(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    audience = await make_many(api, 60)
    await write_texts(pool, api)
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        await visitor.open(f"/audiences/{audience['id']}")
        await page.get_by_role("link", name="Older").click()
        await expect(names(page)).to_have_count(10)
        await page.get_by_role("searchbox").fill("person 00")
        await page.keyboard.press("Enter")
        await expect(names(page)).to_have_count(10)
        await page.get_by_label("Edit name and description").click()
        await page.locator("#audience-name").fill("Renamed")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="Renamed")).to_be_visible()


async def test_it_is_moved_and_deleted_from_its_own_page(visitor: Visitor, api: Api) -> None:
    audience, page = await api.make_audience("Fair, October"), visitor.page
    folder = await api.make_folder("Fairs")
    await visitor.open(f"/audiences/{audience['id']}")
    await page.keyboard.press("m")
    await page.get_by_role("dialog").get_by_label("Fairs").check()
    await page.get_by_role("dialog").get_by_role("button", name="Move").click()
    await expect(page.locator("#toasts")).to_contain_text("Moved Fair, October to Fairs")
    await expect(page).to_have_url(f"{visitor.address}/audiences/{audience['id']}")
    moved = data(await api.get(f"audiences/{audience['id']}"))
    assert moved["folderId"] == folder["id"]
    await page.get_by_label("More for this audience").click()
    await page.get_by_role("link", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete audience").click()
    await expect(page).to_have_url(f"{visitor.address}/")
    await expect(page.locator("#toasts")).to_contain_text("Deleted Fair, October")
    assert (await api.get(f"audiences/{audience['id']}")).status_code == 404
