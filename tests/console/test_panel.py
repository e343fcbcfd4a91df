"""The side panel beside a table: opened, changed and closed without leaving the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from support.console import visiting
from support.service import data

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api


async def _make_people(api: Api) -> Any:
    audience = await api.make_audience("Founders")
    people = [{"name": f"Person {n}", "email": f"p{n}@stone.example"} for n in range(3)]
    path = f"audiences/{audience['id']}/prospects"
    data(await api.post(path, json={"prospects": people}))
    return audience


async def test_it_opens_changes_and_closes_beside_the_table(visitor: Visitor, api: Api) -> None:
    audience, page = await _make_people(api), visitor.page
    await visitor.open(f"/audiences/{audience['id']}")
    link = page.get_by_role("link", name="Person 1")
    await link.click()
    panel = page.locator("#person")
    await expect(panel.get_by_role("heading", name="Person 1")).to_be_visible()
    await expect(panel).to_be_focused()
    await expect(panel.locator(".holds a")).to_have_text("Founders")
    await visitor.check_accessible()
    await visitor.picture("panel")
    await panel.get_by_role("link", name="Edit").click()
    await panel.get_by_label("Title").fill("Owner")
    await panel.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    await expect(panel.locator(".rows")).to_contain_text("Owner")
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(link).to_be_focused()
    await page.go_back()
    await expect(panel).to_be_visible()
    await panel.get_by_label("More for this person").click()
    await panel.get_by_role("button", name="Remove from this audience").click()
    await expect(page.get_by_text("Removed from this audience")).to_be_visible()
    assert data(await api.get(f"audiences/{audience['id']}"))["prospectCount"] == 2


async def test_it_fills_a_narrow_screen(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    audience = await _make_people(api)
    narrow = {"width": 360, "height": 780}
    async with visiting(browser, address, pool, api.tenant, viewport=narrow) as visitor:
        await visitor.open(f"/audiences/{audience['id']}")
        await visitor.page.get_by_role("link", name="Person 1").click()
        panel = visitor.page.locator("#person")
        await expect(panel).to_be_visible()
        box = await panel.bounding_box()
        assert box is not None
        assert (box["x"], box["width"]) == (0, 360)
        assert not await visitor.is_wider_than_the_screen()
        await visitor.check_accessible()
        await panel.get_by_label("Close person").click()
        await expect(panel).to_have_count(0)
