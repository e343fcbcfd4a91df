"""The command palette: opened by Ctrl K on any page, walked by the keyboard, left as it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.search import write_texts
from support.service import data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api


def _field(page: Page) -> Any:
    return page.get_by_role("combobox", name="Find an audience, a person or a command")


def _marked(page: Page) -> Any:
    return page.get_by_role("option", selected=True)


async def test_an_audience_is_found_and_opened_by_the_keyboard(visitor: Visitor, api: Api) -> None:
    wanted = await api.make_audience("Engineers in Köln")
    await api.make_audience("Engineers in Bonn")
    page = visitor.page
    await visitor.open("/settings")
    await page.keyboard.press("Control+k")
    await expect(_field(page)).to_be_focused()
    await visitor.check_accessible()
    await visitor.picture("palette")
    await page.keyboard.type("in kö")
    await expect(_marked(page)).to_contain_text("Engineers in Köln")
    marked = await _marked(page).get_attribute("id")
    assert marked == await _field(page).get_attribute("aria-activedescendant")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{visitor.address}/audiences/{wanted['id']}")


async def test_arrows_walk_through_people_and_pages_and_around(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience = await api.make_audience("Held")
    people = [{"name": "Keyla Stone", "email": "keyla@a.example", "title": "CTO"}]
    path = f"audiences/{audience['id']}/prospects"
    assert data(await api.post(path, json={"prospects": people}))["added"] == 1
    await write_texts(pool, api)
    page = visitor.page
    await visitor.open("/")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("key")
    options = page.get_by_role("option")
    await expect(options).to_contain_text(["Keyla Stone", "Keys"])
    await expect(_marked(page)).to_contain_text("Keyla Stone")
    await page.keyboard.press("ArrowUp")
    await expect(_marked(page)).to_contain_text("Keys")
    await page.keyboard.press("ArrowDown")
    await expect(_marked(page)).to_contain_text("Keyla Stone")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{visitor.address}/keys")  # whose script hears the next key
    await page.keyboard.press("Control+k")
    await page.keyboard.type("keyl")
    await expect(_marked(page)).to_contain_text("Keyla Stone")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Keyla Stone")).to_be_visible()


async def test_something_is_done_from_it_and_what_a_word_too_many_finds(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/jobs")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("aud crea")
    await expect(_marked(page)).to_contain_text("Create an audience")
    await page.keyboard.type("x")
    await expect(page.get_by_text("Nothing has “aud creax” in it.")).to_be_visible()
    await expect(_marked(page)).to_have_count(0)
    await visitor.check_accessible()
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New audience")
    await expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    await expect(_field(page)).to_be_hidden()


async def test_leaving_it_gives_the_focus_back(visitor: Visitor, api: Api) -> None:
    await api.make_audience("Here")
    page = visitor.page
    await visitor.open("/")
    row = page.get_by_role("main").get_by_role("link", name="Here", exact=True)
    await row.focus()
    for leave in ("Escape", "Control+k"):
        await page.keyboard.press("Control+k")
        await expect(_field(page)).to_be_focused()
        await page.keyboard.press(leave)
        await expect(_field(page)).to_be_hidden()
        await expect(row).to_be_focused()


async def test_it_offers_what_the_key_may_do(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    await api.make_audience("Keys to Berlin")
    groups = [api.tenant.account_group_id]
    tenant = await make_tenant(pool, [Permission.PROSPECTING_READ], groups=groups)
    async with visiting(browser, address, pool, tenant) as visitor:
        page = visitor.page
        await visitor.open("/")
        await page.keyboard.press("Control+k")
        labels = page.get_by_role("option")
        offered = ["Audiences", "Jobs", "Settings", "API reference"]
        await expect(labels.locator("> span:first-of-type")).to_have_text(offered)
        await page.keyboard.type("key")
        await expect(page.get_by_text("Nothing has “key” in it.")).to_be_visible()
