"""The list of shortcuts tells the truth: it is walked, and each key is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from support.service import data

if TYPE_CHECKING:
    import re
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from support.console import Visitor
    from support.service import Api


class Desk:
    """A browser with folders, audiences and people in front of it."""

    def __init__(self, visitor: Visitor, audience_id: str) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.audience = f"/audiences/{audience_id}"

    async def press(self, *keys: str, at: str | None = None) -> Page:
        """Presses the keys one after the other, on a page that is opened for it."""
        if at is not None:
            await self.visitor.open(at)
        for key in keys:
            await self.page.keyboard.press(key)
        return self.page

    def selected(self) -> Any:
        return self.page.locator("[data-rows] tbody .check:checked")

    async def sees(self, dialog: str | re.Pattern[str]) -> None:
        await expect(self.page.get_by_role("dialog", name=dialog)).to_be_visible()

    async def is_at(self, path: str) -> None:
        await expect(self.page).to_have_url(self.visitor.address + path)


async def _finds(desk: Desk) -> None:
    await desk.press("Control+k", at="/jobs")
    await desk.sees("Find or do")


async def _lists(desk: Desk) -> None:
    await desk.press("?", at="/jobs")
    await desk.sees("Keyboard shortcuts")


async def _searches(desk: Desk) -> None:
    for path, field in (("/", "Find an audience"), (desk.audience, "Search people")):
        page = await desk.press("/", at=path)
        await expect(page.get_by_role("searchbox", name=field)).to_be_focused()


async def _closes(desk: Desk) -> None:
    page = await desk.press("j", "Enter", at=desk.audience)
    panel = page.get_by_role("complementary", name="Person")
    await expect(panel).to_be_visible()
    await desk.press("Escape")
    await expect(panel).to_have_count(0)
    await desk.press("?", "Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


def _goes(letter: str, path: str) -> Callable[[Desk], Awaitable[None]]:
    async def go(desk: Desk) -> None:
        await desk.press("g", letter, at="/settings")
        await desk.is_at(path)

    return go


async def _steps(desk: Desk) -> None:
    page = await desk.press("j", "j", at="/")
    rows = page.locator("[data-rows] [data-open]")
    await expect(rows.nth(1)).to_be_focused()
    await desk.press("k")
    await expect(rows.nth(0)).to_be_focused()


async def _opens(desk: Desk) -> None:
    await desk.press("j", "Enter", at="/")
    await desk.is_at(desk.audience)


async def _selects(desk: Desk) -> None:
    for path in ("/", desk.audience):
        await desk.press("j", "x", at=path)
        await expect(desk.selected()).to_have_count(1)
        await desk.press("x")
        await expect(desk.selected()).to_have_count(0)


async def _selects_to_here(desk: Desk) -> None:
    for path in ("/", desk.audience):
        await desk.press("j", "x", "j", "j", "Shift+X", at=path)
        await expect(desk.selected()).to_have_count(3)


async def _selects_all(desk: Desk) -> None:
    for path, count in (("/", 4), (desk.audience, 50)):
        await desk.press("Control+a", at=path)
        await expect(desk.selected()).to_have_count(count)
    await expect(desk.page.locator("[data-told]")).to_have_text("All 60 selected")


async def _turns_pages(desk: Desk) -> None:
    page = await desk.press("n", at=desk.audience)
    await expect(page.locator("[data-rows] tbody tr")).to_have_count(10)
    await desk.press("p")
    await expect(page.locator("[data-rows] tbody tr")).to_have_count(50)


async def _creates(desk: Desk) -> None:
    await desk.press("c", at="/")
    await desk.sees("New audience")


async def _fills(desk: Desk) -> None:
    for path, keys in (("/", ("j", "f")), (desk.audience, ("f",))):
        await desk.press(*keys, at=path)
        await desk.is_at(f"{desk.audience}/fill")


async def _renames(desk: Desk) -> None:
    await desk.press("j", "e", at="/")
    await desk.sees("Rename audience")
    page = await desk.press("e", at=desk.audience)
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()


async def _moves(desk: Desk) -> None:
    for path, keys in (("/", ("j", "m")), (desk.audience, ("m",))):
        await desk.press(*keys, at=path)
        await desk.sees("Move Engineers")


async def _exports(desk: Desk) -> None:
    await desk.press("j", "d", at="/")
    await desk.sees("Export Engineers")
    page = await desk.press("d", at=desk.audience)
    await expect(page.locator("form[data-export]")).to_be_visible()


async def _deletes(desk: Desk) -> None:
    for path, keys in (("/", ("j", "Delete")), (desk.audience, ("Delete",))):
        await desk.press(*keys, at=path)
        await desk.sees("Delete Engineers?")


async def _moves_selected(desk: Desk) -> None:
    await desk.press("j", "x", "j", "x", "m", at="/")
    await desk.sees("Move 2 audiences")
    await desk.press("j", "x", "m", at=desk.audience)
    await desk.sees("Move 1 person")


async def _exports_selected(desk: Desk) -> None:
    await desk.press("j", "x", "d", at=desk.audience)
    await desk.sees("Export 1 person")


async def _deletes_selected(desk: Desk) -> None:
    await desk.press("j", "x", "j", "x", "Delete", at="/")
    await desk.sees("Delete 2 audiences?")
    page = await desk.press("j", "x", "Delete", at=desk.audience)
    await expect(page.get_by_text("1 person removed")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("1 person put back")).to_be_visible()


# What the list says, and what must be so.
CHECKS: dict[tuple[str, str], Callable[[Desk], Awaitable[None]]] = {
    ("Find or do", "Ctrl K"): _finds,
    ("Shortcuts", "?"): _lists,
    ("Search this page", "/"): _searches,
    ("Close, go back", "Esc"): _closes,
    ("Audiences", "G A"): _goes("a", "/"),
    ("People", "G P"): _goes("p", "/people"),
    ("Jobs", "G J"): _goes("j", "/jobs"),
    ("Keys", "G K"): _goes("k", "/keys"),
    ("Next, previous row", "J K"): _steps,
    ("Open", "Enter"): _opens,
    ("Select", "X"): _selects,
    ("Select from here to there", "Shift X"): _selects_to_here,
    ("Select all", "Ctrl A"): _selects_all,
    ("Older, newer page", "N P"): _turns_pages,
    ("Create", "C"): _creates,
    ("Fill", "F"): _fills,
    ("Rename", "E"): _renames,
    ("Move to a folder", "M"): _moves,
    ("Export", "D"): _exports,
    ("Delete", "Del"): _deletes,
    ("Move", "M"): _moves_selected,
    ("Export people", "D"): _exports_selected,
    ("Delete, take out", "Del"): _deletes_selected,
}


async def test_every_shortcut_of_the_list_does_what_it_says(visitor: Visitor, api: Api) -> None:
    for name in ("Lima", "Oslo", "Osaka"):
        await api.make_audience(name)
    await api.make_folder("Europe")
    engineers = await api.make_audience("Engineers")
    people = [{"name": f"Person {n:02}", "email": f"p{n}@x.example"} for n in range(60)]
    path = f"audiences/{engineers['id']}/prospects"
    assert data(await api.post(path, json={"prospects": people}))["added"] == 60
    page = visitor.page
    await visitor.open("/")
    await page.keyboard.press("?")
    await visitor.check_accessible()
    await visitor.picture("shortcuts")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts").get_by_role("listitem")
    told = [
        (
            await each.locator("> span").first.inner_text(),
            " ".join(await each.locator("kbd").all_inner_texts()),
        )
        for each in await listed.all()
    ]
    assert told == list(CHECKS)
    desk = Desk(visitor, engineers["id"])
    for check in CHECKS.values():
        await check(desk)


async def test_no_letter_acts_while_somebody_types(visitor: Visitor, api: Api) -> None:
    await api.make_audience("Engineers")
    page = visitor.page
    await visitor.open("/")
    await page.keyboard.press("/")
    await page.keyboard.type("cfemdxjk?")
    await expect(page.get_by_role("searchbox", name="Find an audience")).to_have_value("cfemdxjk?")
    await expect(page.get_by_role("dialog")).to_have_count(0)
