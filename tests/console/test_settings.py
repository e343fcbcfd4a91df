"""Settings: choices of the browser, and what the account group has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from houselist.connections import store as connections
from houselist.connections.shapes import Stored
from houselist.console.keys_shown import ends_after, permissions
from houselist.console.pages.settings import Meter
from houselist.credits import store as credits_
from houselist.permissions import Permission
from houselist.postgres import db
from support.console import visiting
from support.schedules import make_watched, put
from support.service import data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from support.console import Visitor
    from support.service import Api

HOSTILE = "<img src=x onerror=alert(1)>" + "y" * 170


async def _connect(pool: db.Pool, api: Api) -> bytes:
    group = bytes.fromhex(api.tenant.account_group_id)
    account = f"account-{api.tenant.account_group_id}"
    new = Stored(
        "unipile", "https://api1.unipile.example", account, "v1", b"sealed", {"profiles": 80}, 1
    )
    async with db.transaction(pool) as connection:
        await connections.save(connection, group, new, "The account works.")
        await connections.spend(connection, group, "profiles", 80, 80)
        await credits_.change_plan(connection, group, max_results=2_500, metered=True)
        await credits_.grant(connection, group, 1_234, None)
    return group


async def test_it_shows_what_the_account_group_has(
    visitor: Visitor, pool: db.Pool, api: Api
) -> None:
    page = visitor.page
    await visitor.open("/settings")
    await expect(page.get_by_text("No provider is connected.")).to_be_visible()
    audience = await make_watched(pool, api, HOSTILE)
    data(await put(api, audience, every="week"))
    await _connect(pool, api)
    await visitor.open("/settings")
    await expect(page.get_by_text("Unipile")).to_be_visible()
    budget = page.locator(".settings .full")
    await expect(budget).to_contain_text("80 of 80, used up")
    await expect(page.get_by_text("1,234", exact=True)).to_be_visible()
    await expect(page.get_by_text("2,500", exact=True)).to_be_visible()
    await expect(page.get_by_text("1 of 10,000")).to_be_visible()
    await expect(page.get_by_role("main").get_by_text(HOSTILE)).to_be_visible()
    await expect(page.get_by_text("Every week, next")).to_be_visible()
    assert not await visitor.is_wider_than_the_screen()
    await visitor.check_accessible()
    await visitor.picture("settings")


async def test_choices_are_kept_for_the_browser_without_scripts_too(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    narrow = {"width": 360, "height": 780}
    async with visiting(
        browser, address, pool, api.tenant, viewport=narrow, java_script_enabled=False
    ) as visitor:
        page = visitor.page
        await visitor.open("/settings")
        assert not await visitor.is_wider_than_the_screen()
        await page.get_by_role("main").get_by_label("Dark").check()
        await page.get_by_label("Single letters").uncheck()
        await page.get_by_role("button", name="Save").click()
        root = page.locator("html")
        await expect(root).to_have_attribute("data-theme", "dark")
        await expect(root).to_have_attribute("data-keys", "off")
        await page.get_by_role("main").get_by_label("System").check()
        await page.get_by_label("Single letters").check()
        await page.get_by_role("button", name="Save").click()
        assert await root.get_attribute("data-theme") is None
        assert await root.get_attribute("data-keys") is None


async def test_letters_that_are_off_do_nothing(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/settings")
    await page.get_by_label("Single letters").uncheck()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved for this browser")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog", name="Find or do")).to_be_visible()


async def test_a_key_that_may_not_read_jobs_sees_the_browsers_choices_alone(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    group = [api.tenant.account_group_id]
    await _connect(pool, api)
    reader = await make_tenant(pool, ["audiences:read"], groups=group)
    async with visiting(browser, address, pool, reader) as visitor:
        await visitor.open("/settings")
        await expect(visitor.page.locator(".settings h2")).to_have_text(["This browser"])


def test_permissions_are_told_in_few_words() -> None:
    assert permissions(Permission) == "All"
    assert permissions(["prospects:read", "audiences:write", "audiences:read"]) == (
        "Read and write audiences, read people"
    )
    assert permissions([]) == "Nothing"


def test_a_key_ends_after_its_last_day() -> None:
    assert ends_after("", None) is None
    assert ends_after("2027-02-28", None) == "2027-03-01T00:00:00.000Z"
    with pytest.raises(ValueError, match="Invalid isoformat"):
        ends_after("soon", None)


def test_a_meter_is_full_at_its_limit() -> None:
    assert Meter("x", 5, None, "").share == 0
    assert Meter("x", 5, 10, "").share == 50
    assert Meter("x", 0, 0, "").is_full
