"""The menus of Home's rows and folders: made when they are opened, pages without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.service import make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api


async def test_a_menu_is_made_when_it_is_opened(
    visitor: Visitor, browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    await api.make_folder("Europe")
    await api.make_audience("Empty")
    full = await api.make_audience("Full")
    people = [{"name": "Ann", "email": "ann@a.example"}]
    await api.post(f"audiences/{full['id']}/prospects", json={"prospects": people})
    page = visitor.page
    await visitor.open("/")
    offered = page.locator("details.menu[open] .sheet > *")
    everything = ["Fill", "Export", "Rename", "Move to a folder", "Delete"]
    for name, key in (("Full", "Space"), ("Empty", "Enter"), ("Full", "Enter")):
        await page.get_by_label(f"Menu of {name}", exact=True).focus()
        await page.keyboard.press(key)
        expected = [each for each in everything if name == "Full" or each != "Export"]
        await expect(offered).to_have_text(expected)
        await visitor.check_accessible()
        await page.keyboard.press("Escape")
        await expect(offered).to_have_count(0)
        await expect(page.get_by_label(f"Menu of {name}", exact=True)).to_be_focused()
    await page.get_by_label("Menu of Full", exact=True).click()
    await expect(offered).to_have_count(5)
    await page.get_by_label("Menu of the folder Europe").click()
    await expect(offered).to_have_text(["Rename folder", "Pin to the top", "Delete folder"])
    await page.get_by_role("heading", name="Audiences", level=1).click()
    await expect(offered).to_have_count(0)
    groups = [api.tenant.account_group_id]
    reader = await make_tenant(
        pool, [Permission.AUDIENCES_READ, Permission.PROSPECTS_READ], groups=groups
    )
    async with visiting(browser, address, pool, reader) as other:
        await other.open("/")
        await other.page.get_by_label("Menu of Full", exact=True).click()
        offered = other.page.locator("details.menu[open] .sheet > *")
        await expect(offered).to_have_text(["Export"])
        await expect(other.page.get_by_label("Menu of the folder Europe")).to_have_count(0)


async def test_a_menu_that_was_opened_stays_where_its_mark_was(visitor: Visitor, api: Api) -> None:
    await api.make_folder("Europe")
    await api.make_audience("Full")
    await visitor.open("/")
    for name in ("Menu of Full", "Menu of the folder Europe"):
        mark = visitor.page.get_by_label(name, exact=True)
        before = await mark.bounding_box()
        await mark.click()
        await visitor.page.keyboard.press("Escape")
        await expect(visitor.page.locator("details.menu[open] .sheet")).to_have_count(0)
        assert before
        assert await mark.bounding_box() == before, name


async def test_the_menus_are_pages_without_script(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    await api.make_folder("Asia")
    await api.make_folder("Europe")
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        await visitor.open("/")
        heads = page.locator("tbody h2")
        for button, names in (
            ("Pin to the top", ["Europe", "Asia"]),
            ("Unpin", ["Asia", "Europe"]),
        ):
            await page.get_by_label("Menu of the folder Europe").click()
            await expect(page.get_by_role("heading", name="Europe", level=1)).to_be_visible()
            await page.get_by_role("button", name=button).click()
            await expect(heads).to_have_text(names)
        await page.get_by_label("Menu of the folder Asia").click()
        await page.get_by_role("link", name="Rename folder").click()
        await page.get_by_label("Name", exact=True).fill("Africa")
        await page.get_by_role("button", name="Save").click()
        await expect(heads).to_have_text(["Africa", "Europe"])
