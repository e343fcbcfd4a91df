"""People who are chosen in a table: removed and put back, moved, copied, some of them and all who match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.prospects import join_many, make_many
from support.search import write_texts
from support.service import data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api


async def _make(api: Api, count: int = 3, name: str = "Engineers") -> Any:
    audience = await api.make_audience(name)
    people = [
        {"name": f"Person {n:03}", "email": f"{name}{n}@people.example".lower(), "title": "CTO"}
        for n in range(count)
    ]
    if not count:
        return audience
    path = f"audiences/{audience['id']}/prospects"
    assert data(await api.post(path, json={"prospects": people}))["added"] == count
    return audience


async def _count(api: Api, audience: Any) -> int:
    return data(await api.get(f"audiences/{audience['id']}"))["prospectCount"]


def _rows(page: Page) -> Any:
    return page.locator("[data-rows] tbody tr")


async def test_some_are_removed_and_put_back(visitor: Visitor, api: Api) -> None:
    audience, page = await _make(api, 6), visitor.page
    await visitor.open(f"/audiences/{audience['id']}")
    await expect(page.locator(".bulk")).to_be_hidden()
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("Shift+X")
    await expect(page.locator("[data-told]")).to_have_text("3 selected")
    await visitor.check_accessible()
    await page.get_by_role("button", name="Remove").click()
    await expect(_rows(page)).to_have_count(3)
    await expect(page.locator(".facts").first).to_contain_text("3 people")
    assert await _count(api, audience) == 3
    await page.get_by_role("button", name="Undo").click()
    await expect(_rows(page)).to_have_count(6)
    assert await _count(api, audience) == 6


async def test_some_are_moved_to_a_new_audience(visitor: Visitor, api: Api) -> None:
    audience, page = await _make(api, 4), visitor.page
    await api.make_audience("Taken")
    await visitor.open(f"/audiences/{audience['id']}")
    await page.get_by_label("Select Person 000").click()
    await page.get_by_label("Select Person 001").click(modifiers=["Shift"])
    await page.locator("button[value=move]").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name="Move 2 people")).to_be_visible()
    await visitor.check_accessible()
    await (
        dialog.get_by_label("To a new one, called")
        .or_(dialog.get_by_label("Or to a new one, called"))
        .fill("Taken")
    )
    visitor.expected.append("409")
    await dialog.get_by_role("button", name="Move").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("name is taken")
    await dialog.get_by_label("Or to a new one, called").fill("Fresh")
    await dialog.get_by_role("button", name="Move").click()
    await expect(page.get_by_text("2 people moved to Fresh")).to_be_visible()
    await expect(_rows(page)).to_have_count(2)
    found = data(await api.get("audiences"))["items"]
    assert {each["name"]: each["prospectCount"] for each in found} == {
        "Engineers": 2,
        "Fresh": 2,
        "Taken": 0,
    }


async def test_some_are_copied_to_an_audience_that_is_searched(visitor: Visitor, api: Api) -> None:
    audience, page = await _make(api, 2), visitor.page
    other = await _make(api, 1, "Sales, Berlin")
    await api.make_audience("Marketing")
    await visitor.open(f"/audiences/{audience['id']}")
    await page.get_by_label("Select this page").check()
    await page.get_by_role("button", name="Copy").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("radio")).to_have_count(2)
    await dialog.get_by_label("Find an audience").last.fill("berl")
    await expect(dialog.get_by_role("radio")).to_have_count(1)
    await dialog.get_by_label("Sales, Berlin").check()
    await dialog.get_by_role("button", name="Copy").click()
    await expect(page.get_by_text("2 people copied to Sales, Berlin")).to_be_visible()
    assert (await _count(api, audience), await _count(api, other)) == (2, 3)


async def test_all_who_match_are_moved_however_many(visitor: Visitor, api: Api, pool: Pool) -> None:
    audience, page = await _make(api, 0), visitor.page
    target = await api.make_audience("Everybody")
    await join_many(pool, api, audience["id"], await make_many(pool, api, 30_000))
    await write_texts(pool, api)
    await visitor.open(f"/audiences/{audience['id']}?hasEmail=false")
    await expect(page.locator(".pager")).to_contain_text("50 of 10,000+ that match, of 30,000")
    await page.keyboard.press("Control+a")
    await expect(page.locator("[data-told]")).to_have_text("All 10,000+ selected")
    await visitor.picture("audience-all")
    await page.locator("button[value=move]").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name="Move all 10,000+ people")).to_be_visible()
    await dialog.get_by_label("Everybody").check()
    await dialog.get_by_role("button", name="Move").click()
    told = page.get_by_text("30,000 people moved to Everybody")
    await expect(told).to_be_visible(timeout=30_000)
    assert (await _count(api, audience), await _count(api, target)) == (0, 30_000)


async def test_all_who_match_are_removed_once_somebody_is_sure(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await _make(api, 60), visitor.page
    await write_texts(pool, api)
    await visitor.open(f"/audiences/{audience['id']}?q=person+00")
    await page.get_by_label("Select this page").check()
    await page.get_by_text("Select all 10 that match").click()
    await page.get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Remove all 10 people from this audience?")
    await visitor.check_accessible()
    await page.keyboard.press("Escape")
    assert await _count(api, audience) == 60
    await page.get_by_role("button", name="Remove").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("10 people taken out")).to_be_visible()
    assert await _count(api, audience) == 50


async def test_an_audience_is_emptied_once_its_name_is_typed(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await _make(api, 0, "Many"), visitor.page
    await join_many(pool, api, audience["id"], await make_many(pool, api, 1_001))
    await visitor.open(f"/audiences/{audience['id']}")
    await page.get_by_label("More for this audience").click()
    await page.get_by_role("link", name="Empty").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Type the name to confirm").fill("Few")
    visitor.expected.append("400")
    await dialog.get_by_role("button", name="Empty audience").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("is not typed as it is")
    assert await _count(api, audience) == 1_001
    await dialog.get_by_label("Type the name to confirm").fill("Many")
    await dialog.get_by_role("button", name="Empty audience").click()
    await expect(page.get_by_role("heading", name="Nobody is in here yet")).to_be_visible()
    assert await _count(api, audience) == 0


async def _saved(page: Page, press: Any) -> list[str]:
    """The lines of the file that pressing something brings."""
    async with page.expect_download() as downloading:
        await press.click()
    download = await downloading.value
    assert download.suggested_filename == "Engineers.csv"
    return (await download.path()).read_text("utf-8-sig").splitlines()


async def test_some_are_exported_alone_and_so_are_all_who_match(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    audience, page = await _make(api, 12), visitor.page
    await write_texts(pool, api)
    await visitor.open(f"/audiences/{audience['id']}?columns=title")
    await page.get_by_label("Select Person 003").check()
    await page.get_by_label("Select Person 010").check()
    # D is for those who are selected, and else for everybody.
    await page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Export 2 people")
    await visitor.check_accessible()
    await visitor.picture("audience-export")
    await dialog.get_by_label("Only the columns shown").check()
    lines = await _saved(page, dialog.get_by_role("button", name="Export"))
    assert lines == ["name,title", "Person 003,CTO", "Person 010,CTO"]
    await expect(dialog).to_be_hidden()
    await expect(page.locator("[data-told]")).to_have_text("2 selected")
    await visitor.open(f"/audiences/{audience['id']}?q=person+00")
    await page.keyboard.press("Control+a")
    await page.locator("button[value=export]").click()
    dialog = page.get_by_role("dialog", name="Export all 10 people")
    lines = await _saved(page, dialog.get_by_role("button", name="Export"))
    assert len(lines) == 11


async def test_who_may_only_look_exports_without_script(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    audience = await _make(api, 4)
    may = [Permission.AUDIENCES_READ, Permission.PROSPECTS_READ]
    reader = await make_tenant(pool, may, groups=[api.tenant.account_group_id])
    async with visiting(browser, address, pool, reader, java_script_enabled=False) as visitor:
        page = visitor.page
        await visitor.open(f"/audiences/{audience['id']}?columns=title")
        await page.get_by_label("Select Person 002").check()
        await page.get_by_role("button", name="Export selected people").click()
        await page.get_by_label("Only the columns shown").check()
        button = page.get_by_role("button", name="Export", exact=True)
        assert await _saved(page, button) == ["name,title", "Person 002,CTO"]
    blind = await make_tenant(
        pool, [Permission.AUDIENCES_READ], groups=[api.tenant.account_group_id]
    )
    async with visiting(browser, address, pool, blind) as visitor:
        visitor.expected.append("403")
        answer = await visitor.open(f"/audiences/{audience['id']}/export")
        assert answer.status == 403


async def test_without_script_they_are_removed_and_moved(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    audience = await _make(api, 5)
    target = await api.make_audience("Target")
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        await visitor.open(f"/audiences/{audience['id']}")
        await page.get_by_label("Select Person 000").check()
        await page.get_by_role("button", name="Remove").click()
        await expect(page.get_by_text("1 person taken out")).to_be_visible()
        await page.get_by_label("Select Person 001").check()
        await page.get_by_text("Select all 4").click()
        await page.locator("button[value=move]").click()
        await page.get_by_label("Target").check()
        await page.get_by_role("button", name="Move", exact=True).click()
        await expect(page.get_by_text("4 people moved to Target")).to_be_visible()
    assert (await _count(api, audience), await _count(api, target)) == (0, 4)


async def test_everybody_is_shown_searched_and_copied(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    await _make(api, 55)
    target, page = await _make(api, 1, "Others"), visitor.page
    await write_texts(pool, api)
    await visitor.open("/people")
    await expect(page.locator(".facts")).to_contain_text("56 people are known")
    await expect(_rows(page)).to_have_count(50)
    await visitor.check_accessible()
    await visitor.picture("people")
    for gone in ("Move", "Remove"):
        await expect(page.locator(".bulk").get_by_text(gone)).to_have_count(0)
    await page.keyboard.press("/")
    await page.keyboard.type("person 01")
    await expect(_rows(page)).to_have_count(10)
    await page.get_by_label("Select this page").check()
    await page.get_by_role("button", name="Copy").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Others").check()
    await dialog.get_by_role("button", name="Copy").click()
    await expect(page.get_by_text("10 people copied to Others")).to_be_visible()
    assert await _count(api, target) == 11


async def test_a_key_that_may_not_change_people_is_refused(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    audience = await _make(api, 2)
    may = [Permission.AUDIENCES_READ, Permission.PROSPECTS_READ]
    reader = await make_tenant(pool, may, groups=[api.tenant.account_group_id])
    ids = [each["id"] for each in await api.all_items(f"audiences/{audience['id']}/prospects")]
    async with visiting(browser, address, pool, reader) as visitor:
        visitor.expected.append("403")
        await visitor.open(f"/audiences/{audience['id']}")
        for what in ("remove", "move", "copy"):
            status = await visitor.page.evaluate(
                "([path, body]) => fetch(path, {method: 'POST', body: new URLSearchParams(body)})"
                ".then((answer) => answer.status)",
                [
                    f"/audiences/{audience['id']}/people",
                    {"do": what, "person": ids[0], "target": audience["id"]},
                ],
            )
            assert status == 403
    assert await _count(api, audience) == 2
