"""What the notice after a move takes back, to the letter; and what it does not offer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.service import data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api


async def _in_folder(api: Api, name: str, folder: Any) -> Any:
    made = await api.make_audience(name)
    await api.post(f"audiences/{made['id']}/move-to-folder", json={"folderId": folder["id"]})
    return made


async def _folders(api: Api) -> dict[str, str | None]:
    """In which folder each audience is, by their names."""
    found = data(await api.get("audiences/navigation"))
    inside = {one["name"]: each["name"] for each in found["folders"] for one in each["audiences"]}
    return inside | {each["name"]: None for each in found["ungroupedAudiences"]}


async def _members(api: Api, audience: Any) -> list[str]:
    found = await api.all_items(f"audiences/{audience['id']}/prospects")
    return sorted(each["name"] for each in found)


async def _people(api: Api, audience: Any, *names: str) -> list[str]:
    """Adds people of these names; their ids."""
    people = [{"name": name, "email": f"{name}@x.example".lower()} for name in names]
    path = f"audiences/{audience['id']}/prospects"
    data(await api.post(path, json={"prospects": people}))
    return [each["id"] for each in await api.all_items(path) if each["name"] in names]


async def _pick(page: Page, *names: str) -> None:
    for name in names:
        await page.get_by_label(f"Select {name}", exact=True).check()


async def _move_ann(visitor: Visitor, source: Any) -> None:
    """Moves her from one audience to the one called Target."""
    page = visitor.page
    await visitor.open(f"/audiences/{source['id']}")
    await _pick(page, "Ann")
    await page.locator("button[value=move]").click()
    await page.get_by_label("Target").check()
    await page.get_by_role("button", name="Move", exact=True).click()


async def test_audiences_go_back_to_the_folders_that_they_came_from(
    visitor: Visitor, api: Api
) -> None:
    asia, europe = await api.make_folder("Asia"), await api.make_folder("Europe")
    await _in_folder(api, "Osaka", asia)
    await _in_folder(api, "Oslo", europe)
    await api.make_audience("Lima")
    before, page = await _folders(api), visitor.page
    await visitor.open("/?sort=name")
    await _pick(page, "Osaka", "Lima")
    await page.keyboard.press("m")
    await page.get_by_role("radio", name="Europe").check()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Moved 2 audiences to Europe")).to_be_visible()
    assert await _folders(api) == dict.fromkeys(before, "Europe")
    # What stands around the table has changed with it.
    await expect(page.get_by_role("navigation", name="Main")).not_to_contain_text("No folder")
    # A notice stays for whoever points at it.
    await page.get_by_text("Moved 2 audiences to Europe").hover()
    await visitor.check_accessible()
    await visitor.picture("home-undo")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("2 audiences moved back")).to_be_visible()
    await expect(page).to_have_url(f"{visitor.address}/?sort=name")
    assert await _folders(api) == before


async def test_an_audience_moved_from_its_own_page_goes_back(visitor: Visitor, api: Api) -> None:
    await api.make_folder("Asia")
    osaka = await api.make_audience("Osaka")
    page = visitor.page
    await visitor.open(f"/audiences/{osaka['id']}")
    await page.keyboard.press("m")
    await expect(page.get_by_role("radio", name="Asia")).to_be_focused()
    await page.keyboard.press("Enter")
    crumbs = page.get_by_role("navigation", name="Breadcrumb")
    await expect(crumbs).to_contain_text("Asia")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("1 audience moved back")).to_be_visible()
    await expect(crumbs).not_to_contain_text("Asia")


async def test_a_folder_that_is_gone_takes_nothing_back(visitor: Visitor, api: Api) -> None:
    asia = await api.make_folder("Asia")
    await _in_folder(api, "Osaka", asia)
    page = visitor.page
    await visitor.open("/")
    await page.get_by_role("main").get_by_role("link", name="Osaka", exact=True).focus()
    await page.keyboard.press("m")
    await page.get_by_role("radio", name="No folder").check()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Moved Osaka out of folders")).to_be_visible()
    await api.delete(f"audiences/folders/{asia['id']}")
    visitor.expected.append("404")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("That can't be undone any more.")).to_be_visible()


async def test_people_go_back_and_who_was_in_both_stays_in_both(visitor: Visitor, api: Api) -> None:
    source, target = await api.make_audience("Source"), await api.make_audience("Target")
    await _people(api, source, "Ann", "Bo", "Cy")
    await _people(api, target, "Bo", "Di")
    page = visitor.page
    await visitor.open(f"/audiences/{source['id']}?sort=name")
    await _pick(page, "Ann", "Bo")
    await page.locator("button[value=move]").click()
    await page.get_by_label("Target").check()
    await page.get_by_role("button", name="Move", exact=True).click()
    await expect(page.get_by_text("2 people moved to Target")).to_be_visible()
    assert await _members(api, source) == ["Cy"]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("2 people put back, as the newest")).to_be_visible()
    await expect(page).to_have_url(f"{visitor.address}/audiences/{source['id']}?sort=name")
    assert await _members(api, source) == ["Ann", "Bo", "Cy"]
    assert await _members(api, target) == ["Bo", "Di"]


async def test_one_person_goes_back_from_the_panel(visitor: Visitor, api: Api) -> None:
    source, target = await api.make_audience("Source"), await api.make_audience("Target")
    (ann,) = await _people(api, source, "Ann")
    page, told = visitor.page, "1 person put back, as the newest"
    await visitor.open(f"/audiences/{source['id']}?person={ann}&do=move")
    panel = page.get_by_role("complementary", name="Ann")
    await panel.get_by_role("button", name="Target").click()
    await expect(page.get_by_text("Moved to Target")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text(told)).to_be_visible()
    assert (await _members(api, source), await _members(api, target)) == (["Ann"], [])
    await visitor.open(f"/audiences/{source['id']}?person={ann}")
    await panel.get_by_label("More for this person").click()
    await panel.get_by_role("button", name="Remove from this audience").click()
    await expect(page.get_by_text("Removed from this audience")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text(told)).to_be_visible()
    assert await _members(api, source) == ["Ann"]


async def test_without_script_the_notice_has_a_form(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    source, target = await api.make_audience("Source"), await api.make_audience("Target")
    await _people(api, source, "Ann", "Bo")
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        await _move_ann(visitor, source)
        assert await _members(api, target) == ["Ann"]
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_text("1 person put back, as the newest")).to_be_visible()
        await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
        assert (await _members(api, source), await _members(api, target)) == (["Ann", "Bo"], [])


async def test_an_undo_is_not_offered_to_who_may_not_do_all_of_it(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    source, target = await api.make_audience("Source"), await api.make_audience("Target")
    await _people(api, source, "Ann")
    await _people(api, target, "Ann")
    may = [Permission.AUDIENCES_READ, Permission.AUDIENCES_WRITE, Permission.PROSPECTS_READ]
    mover = await make_tenant(pool, may, groups=[api.tenant.account_group_id])
    async with visiting(browser, address, pool, mover) as visitor:
        page = visitor.page
        await _move_ann(visitor, source)
        await expect(page.get_by_text("1 person moved to Target")).to_be_visible()
        await expect(page.get_by_role("button", name="Undo")).to_have_count(0)


async def test_a_forged_undo_leads_nowhere(visitor: Visitor, api: Api, stranger: Api) -> None:
    page = visitor.page
    theirs, folder = await stranger.make_audience("Theirs"), await api.make_folder("Ours")
    for forged in ("/keys/0/revoke?x=1", "https://elsewhere.example/audiences/move-back?was=1"):
        pairs = {"houselist_said": "Done", "houselist_undo": forged}
        cookies: list[Any] = [
            {"name": name, "value": value.replace("?", "%3F"), "url": visitor.address}
            for name, value in pairs.items()
        ]
        await page.context.add_cookies(cookies)
        await visitor.open("/settings")
        await expect(page.get_by_text("Done", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    headers = {"origin": visitor.address}
    for was, status in (
        (f"{folder['id']}.{theirs['id']}", 404),
        (f"none.{theirs['id']}", 404),
        ("none", 400),
        ("x.y", 404),
        (".".join(["none", *[theirs["id"]] * 101]), 400),
    ):
        answer = await page.request.post(
            f"{visitor.address}/audiences/move-back", form={"was": was}, headers=headers
        )
        assert answer.status == status, was
    assert (await stranger.get(f"audiences/{theirs['id']}")).json()["data"]["folderId"] is None
