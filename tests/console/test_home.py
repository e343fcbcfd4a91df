"""Home: its figures, its table in every order, and what is done with audiences and folders there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.service import make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

SCRIPT = "<script>alert(1)</script>"
LONG = "Long " * 39 + "name"
RIGHT_TO_LEFT = "قائمة المدراء التنفيذيين"
EMOJI = "Rockets \U0001f680"
ROWS = "email\nann@a.example\nnobody\nann@a.example\nbo@a.example\n"


async def _in_folder(api: Api, name: str, folder: Any, type_: str = "on_demand") -> Any:
    made = await api.make_audience(name, type_)
    await api.post(f"audiences/{made['id']}/move-to-folder", json={"folderId": folder["id"]})
    return made


def _row(page: Page, name: str) -> Any:
    return page.locator("tr[data-id]", has=page.get_by_role("link", name=name, exact=True))


def _folder(page: Page, name: str) -> Any:
    return page.locator(f'tbody[data-name="{name}"]')


async def _picks(page: Page, *names: str) -> None:
    for name in names:
        await page.get_by_label(f"Select {name}", exact=True).check()


async def test_a_new_account_group_is_told_where_to_begin(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/")
    await expect(page.get_by_role("heading", name="No audience yet")).to_be_visible()
    sample = page.get_by_role("link", name="Take the sample")
    address = await sample.get_attribute("href")
    answer = await page.request.get(visitor.address + str(address))
    assert (await answer.text()).startswith("bioguide_id,")
    await visitor.check_accessible()


async def test_it_shows_figures_and_audiences_by_folder(
    visitor: Visitor, api: Api, worker: object
) -> None:
    europe, pinned = await api.make_folder("Europe"), await api.make_folder("Pinned")
    await api.patch(f"audiences/folders/{pinned['id']}", json={"isPinned": True})
    for name in (SCRIPT, LONG, RIGHT_TO_LEFT, EMOJI):
        await _in_folder(api, name, europe)
    await _in_folder(api, "First", pinned)
    await api.import_file(ROWS, "With refused rows")
    page = visitor.page
    await visitor.open("/")
    await expect(page.get_by_text("6 audiences in 2 folders")).to_be_visible()
    figures = page.get_by_role("region", name="Figures")
    await expect(figures).to_contain_text("People known2")
    await expect(figures).to_contain_text("+2 in 30 days")
    await expect(figures).to_contain_text("Rows read in 30 days4")
    await expect(figures.locator("li")).to_have_text(
        ["2 added", "0 already members", "1 duplicate", "1 invalid", "0 over limit"]
    )
    refused = figures.get_by_role("link", name="See 1 refused row")
    assert "?outcome=invalid" in str(await refused.get_attribute("href"))
    await expect(page.locator("tbody h2")).to_have_text(["Pinned", "Europe", "No folder"])
    names = await _folder(page, "Europe").locator("[data-open]").all_inner_texts()
    assert names == [EMOJI, RIGHT_TO_LEFT, LONG, SCRIPT]
    row = _row(page, "With refused rows")
    await expect(row).to_contain_text("1 file")
    await expect(row).to_contain_text("+2")
    known = figures.get_by_role("img", name="People known over 30 days: from 0 to 2")
    await expect(known).to_be_visible()
    await expect(row.locator(".spark")).to_be_visible()
    await visitor.check_accessible()
    await visitor.picture("home")


async def test_audiences_are_found_while_typing_and_sorted(visitor: Visitor, api: Api) -> None:
    for name in ("Beta", "alpha", "Gamma"):
        await api.make_audience(name)
    page = visitor.page
    await visitor.open("/?sort=name")
    names = page.locator("tr[data-id] [data-open]:visible")
    await expect(names).to_have_text(["alpha", "Beta", "Gamma"])
    await page.keyboard.press("/")
    await page.keyboard.type("ALPH")
    await expect(names).to_have_text(["alpha"])
    await expect(page).to_have_url(f"{visitor.address}/?sort=name&q=ALPH")
    await page.keyboard.type("x")
    await expect(page.get_by_text("No name has “ALPHx” in it.")).to_be_visible()
    await visitor.open("/?source=combination")
    await expect(page.get_by_text("None was filled from this source.")).to_be_visible()
    visitor.expected.append("400")
    await visitor.open("/?sort=offset")
    await expect(page.get_by_text("must be folder, size or name")).to_be_visible()


async def test_an_audience_is_created_and_renamed(visitor: Visitor, api: Api) -> None:
    await api.make_audience("Taken")
    page = visitor.page
    await visitor.open("/")
    await page.keyboard.press("c")
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()
    await page.get_by_label("Name", exact=True).fill("taken")
    await page.get_by_label("Description").fill("kept")
    visitor.expected.append("409")
    await page.get_by_role("button", name="Create audience").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is already an audience named")
    await visitor.check_accessible()
    await expect(page.get_by_label("Description")).to_have_value("kept")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Taken", exact=True).last.focus()
    await page.keyboard.press("e")
    await page.get_by_label("Name", exact=True).fill(f"Renamed {SCRIPT}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"Saved Renamed {SCRIPT}")).to_be_visible()
    await expect(_row(page, f"Renamed {SCRIPT}").get_by_role("link").first).to_be_focused()


async def test_an_audience_moves_by_drag(visitor: Visitor, api: Api) -> None:
    europe = await api.make_folder("Europe")
    await api.make_folder("Watched", "monitoring")
    await _in_folder(api, "Stays", europe)
    await api.make_audience("Goes")
    page = visitor.page
    await visitor.open("/")
    watched = _folder(page, "Watched")
    await _row(page, "Goes").drag_to(watched.locator("tr.group"))
    await expect(watched.locator("tr[data-id]")).to_have_count(0)
    await _row(page, "Goes").drag_to(_folder(page, "Europe").locator("tr.group"))
    await expect(page.get_by_text("Moved Goes to Europe")).to_be_visible()
    await expect(_folder(page, "Europe").locator("[data-open]")).to_have_text(["Goes", "Stays"])


async def test_several_move_by_keyboard(visitor: Visitor, api: Api) -> None:
    for name in ("Asia", "Europe"):
        await api.make_folder(name)
    await api.make_folder("Watched", "monitoring")
    for name in ("One", "Two", "Three"):
        await api.make_audience(name)
    page = visitor.page
    await visitor.open("/")
    for key in ("j", "x", "j", "x"):
        await page.keyboard.press(key)
    await expect(page.get_by_role("region", name="Selected audiences")).to_be_visible()
    await visitor.check_accessible()
    await page.keyboard.press("m")
    dialog = page.get_by_role("dialog", name="Move 2 audiences")
    await expect(dialog.get_by_role("radio")).to_have_count(3)
    await expect(dialog.get_by_role("radio", name="Asia")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Moved 2 audiences to Europe")).to_be_visible()
    moved = _folder(page, "Europe").locator("[data-open]")
    await expect(moved).to_have_text(["Three", "Two"])


async def test_a_large_audience_is_deleted_only_by_its_name(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    made = await api.make_audience("Everybody")
    async with pool.acquire() as connection:
        await connection.execute(
            "UPDATE audiences SET prospect_count = 1001 WHERE id = $1", bytes.fromhex(made["id"])
        )
    page = visitor.page
    await visitor.open("/")
    await page.get_by_label("Menu of Everybody").click()
    await page.get_by_role("link", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete Everybody?")
    await expect(dialog).to_contain_text("The 1,001 people in it stay known")
    await visitor.check_accessible()
    await dialog.get_by_role("link", name="Keep it").click()
    await expect(dialog).to_be_hidden()
    await page.get_by_role("link", name="Everybody", exact=True).last.focus()
    await page.keyboard.press("Delete")
    await dialog.get_by_label("Type Everybody").fill("Somebody")
    visitor.expected.append("422")
    await dialog.get_by_role("button", name="Delete audience").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("type Everybody to delete it")
    await dialog.get_by_label("Type Everybody").fill("everybody")
    await dialog.get_by_role("button", name="Delete audience").click()
    await expect(page.get_by_text("Deleted Everybody")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Main")).not_to_contain_text("Everybody")
    assert (await api.get(f"audiences/{made['id']}")).status_code == 404


async def test_folders_are_made_renamed_pinned_and_deleted(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    await _in_folder(api, "Inside", await api.make_folder("Asia"))
    await visitor.open("/")
    await page.get_by_role("link", name="New folder").click()
    await page.get_by_label("Name", exact=True).fill("Europe")
    await page.get_by_role("button", name="Create folder").click()
    heads = page.locator("tbody h2")
    await expect(heads).to_have_text(["Asia", "Europe"])
    await page.get_by_label("Menu of the folder Europe").click()
    await page.get_by_role("button", name="Pin to the top").click()
    await expect(heads).to_have_text(["Europe", "Asia"])
    await page.get_by_label("Menu of the folder Europe").click()
    await page.get_by_role("link", name="Rename folder").click()
    await page.get_by_label("Name", exact=True).fill("Africa")
    await page.get_by_role("button", name="Save").click()
    await expect(heads).to_have_text(["Africa", "Asia"])
    await page.get_by_label("Menu of the folder Asia").click()
    await page.get_by_role("link", name="Delete folder").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Its 1 audience stays, in no folder.")
    await page.get_by_role("button", name="Delete folder").click()
    await expect(heads).to_have_text(["Africa", "No folder"])


async def test_it_works_without_script(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    await api.make_folder("Europe")
    for name in ("One", "Two"):
        await api.make_audience(name)
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        visitor.expected.append("409")
        await visitor.open("/")
        await _picks(page, "One", "Two")
        await page.get_by_role("button", name="Move", exact=True).click()
        await page.get_by_role("radio", name="Europe").check()
        await page.get_by_role("button", name="Move", exact=True).click()
        await expect(page.get_by_text("Moved 2 audiences to Europe")).to_be_visible()
        await expect(_folder(page, "Europe").locator("[data-open]")).to_have_text(["Two", "One"])
        await page.get_by_role("link", name="New audience").click()
        await page.get_by_label("Name", exact=True).fill("one")
        await page.get_by_label("Description").fill("kept")
        await page.get_by_role("button", name="Create audience").click()
        await expect(page.get_by_role("alert")).to_contain_text("already an audience named")
        await expect(page.get_by_label("Description")).to_have_value("kept")
        await page.get_by_role("link", name="Cancel").click()
        await page.get_by_label("Menu of Two").click()
        await page.get_by_role("link", name="Delete", exact=True).click()
        await page.get_by_role("button", name="Delete audience").click()
        await expect(page.get_by_text("Deleted Two")).to_be_visible()
        await page.get_by_label("Find an audience", exact=True).fill("on")
        await page.keyboard.press("Enter")
        await expect(page.locator("tr[data-id] [data-open]")).to_have_text(["One"])


async def test_it_fits_a_narrow_screen(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    europe = await api.make_folder(LONG)
    for name in (SCRIPT, LONG, RIGHT_TO_LEFT):
        await _in_folder(api, name, europe)
    narrow = {"width": 360, "height": 780}
    async with visiting(browser, address, pool, api.tenant, viewport=narrow) as visitor:
        await visitor.open("/")
        assert not await visitor.is_wider_than_the_screen()
        await visitor.check_accessible()
        await visitor.page.get_by_label(f"Menu of {SCRIPT}").click()
        await visitor.page.get_by_role("link", name="Move to a folder").click()
        await expect(visitor.page.get_by_role("dialog")).to_be_visible()
        assert not await visitor.is_wider_than_the_screen()


async def test_what_a_key_may_not_do_is_not_offered_and_refused(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    made = await api.make_audience("Seen")
    groups = [api.tenant.account_group_id]
    reader = await make_tenant(pool, [Permission.AUDIENCES_READ], groups=groups)
    async with visiting(browser, address, pool, reader) as visitor:
        page = visitor.page
        await visitor.open("/")
        await expect(page.get_by_role("main").get_by_text("Seen")).to_be_visible()
        for name in ("New audience", "New folder", "Take the sample"):
            await expect(page.get_by_role("link", name=name)).to_have_count(0)
        await expect(page.get_by_role("checkbox")).to_have_count(0)
        await expect(page.get_by_text("People known")).to_have_count(0)
        await visitor.check_accessible()
        visitor.expected.append("403")
        answer = await visitor.open(f"/audiences/delete?id={made['id']}")
        assert answer.status == 403
    writer = await make_tenant(pool, [Permission.AUDIENCES_WRITE], groups=groups)
    async with visiting(browser, address, pool, writer) as visitor:
        page = visitor.page
        await visitor.open("/")
        await expect(page.get_by_text("This key may not read audiences.")).to_be_visible()
        await expect(page.get_by_text("Seen")).to_have_count(0)
        visitor.expected.append("403")
        answer = await visitor.open(f"/audiences/edit?id={made['id']}")
        assert answer.status == 403
        assert "Seen" not in await answer.text()


async def test_nothing_of_another_account_group_is_touched(
    visitor: Visitor, stranger: Api, api: Api
) -> None:
    theirs = await stranger.make_audience("Theirs")
    folder = await stranger.make_folder("Their folder")
    ours = await api.make_audience("Ours")
    request = visitor.page.request
    form = {"id": theirs["id"], "sure": "yes", "name": "Taken over", "folder": "none"}
    headers = {"origin": visitor.address}
    for path in ("delete", "edit", "move"):
        answer = await request.post(
            f"{visitor.address}/audiences/{path}", form=form, headers=headers
        )
        assert answer.status == 404
    answer = await request.post(
        f"{visitor.address}/audiences/move",
        form={"id": ours["id"], "folder": folder["id"]},
        headers=headers,
    )
    assert answer.status == 404
    for path in (f"?folder={folder['id']}", f"audiences/move?id={theirs['id']}"):
        assert (await request.get(f"{visitor.address}/{path}")).status == 404
    assert (await stranger.get(f"audiences/{theirs['id']}")).json()["data"]["name"] == "Theirs"


async def test_a_dropped_file_is_uploaded_and_led_on(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    await api.make_audience("One")
    await visitor.open("/")
    drop = """([name, text]) => {
        const files = new DataTransfer();
        files.items.add(new File([text], name, { type: "text/csv" }));
        dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
    }"""
    visitor.expected.append("400")
    await page.evaluate(drop, ["broken.xlsx", "PK nothing"])
    await expect(page.get_by_role("alert")).to_contain_text("broken.xlsx was not taken.")
    await page.evaluate(drop, ["people.csv", ROWS])
    await page.wait_for_url("**/fill?upload=*")
    await expect(page.get_by_role("main")).to_contain_text("4 rows")


async def test_an_audience_is_exported_by_its_row(visitor: Visitor, api: Api) -> None:
    made = await api.make_audience("Engineers")
    people = [{"name": "Ann", "email": "ann@a.example"}]
    await api.post(f"audiences/{made['id']}/prospects", json={"prospects": people})
    page = visitor.page
    await visitor.open("/")
    await page.keyboard.press("j")
    await page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Export Engineers")
    async with page.expect_download() as downloading:
        await dialog.get_by_role("button", name="Export").click()
    assert (await downloading.value).suggested_filename == "Engineers.csv"
    await expect(dialog).to_be_hidden()
