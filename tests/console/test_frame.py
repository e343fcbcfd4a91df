"""What stands around each page: the folders of the navigation, and what a browser has to load."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from playwright.async_api import expect

import houselist.console

if TYPE_CHECKING:
    from playwright.async_api import Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

STATIC = Path(houselist.console.__file__).parent / "static"
HOME, LOADED = 150_000, 80_000
# Elements of Home with as many audiences as there may be, and those that are laid out at first.
ELEMENTS, LAID_OUT = 5_000, 2_500
_HEIGHTS = "(rows) => rows.map((each) => Math.round(each.getBoundingClientRect().height))"
_COUNT = """() => {
    const all = [...document.querySelectorAll("*")];
    const seen = all.filter((each) => each.checkVisibility({ contentVisibilityAuto: true }));
    return [all.length, seen.length];
}"""


async def _in_folder(api: Api, name: str, folder: Any) -> Any:
    made = await api.make_audience(name)
    await api.post(f"audiences/{made['id']}/move-to-folder", json={"folderId": folder["id"]})
    return made


def _summary(page: Page, name: str) -> Any:
    return page.get_by_role("navigation", name="Main").locator("summary", has_text=name)


async def test_a_folder_is_fetched_when_it_is_opened_and_stays_open(
    visitor: Visitor, api: Api
) -> None:
    europe = await api.make_folder("Europe")
    for number in range(21):
        await _in_folder(api, f"Town {number:02}", europe)
    page = visitor.page
    navigation = page.get_by_role("navigation", name="Main")
    towns = navigation.get_by_role("link", name="Town")
    await visitor.open("/settings")
    # What is closed is not on the page at all.
    assert "Town" not in await (await page.request.get(page.url)).text()
    await page.route("**/navigation?*", lambda route: route.abort())
    visitor.expected.append("ERR_FAILED")
    async with page.expect_event("requestfailed"):
        await _summary(page, "Europe").click()
    await expect(towns).to_have_count(0)
    await _summary(page, "Europe").click()
    await page.unroute("**/navigation?*")
    await _summary(page, "Europe").click()
    await expect(towns).to_have_count(20)
    await expect(towns.first).to_have_text("Town 200")
    await expect(navigation.get_by_role("link", name="All 21")).to_be_visible()
    await visitor.check_accessible()
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    for opened in (False, True):
        await _summary(page, "Europe").click()
        await expect(towns).to_have_count(20 if opened else 0)
    assert asked == []
    await visitor.open("/keys")
    await expect(towns).to_have_count(20)
    await navigation.get_by_role("link", name="All 21").click()
    await expect(page.get_by_role("heading", name="Europe", level=1)).to_be_visible()


async def test_the_folder_of_the_audience_that_is_looked_at_is_open(
    visitor: Visitor, api: Api
) -> None:
    europe, asia = await api.make_folder("Europe"), await api.make_folder("Asia")
    lisbon = await _in_folder(api, "Lisbon", europe)
    await _in_folder(api, "Osaka", asia)
    page = visitor.page
    await visitor.open(f"/audiences/{lisbon['id']}")
    navigation = page.get_by_role("navigation", name="Main")
    here = navigation.get_by_role("link", name="Lisbon")
    await expect(here).to_have_attribute("aria-current", "page")
    await expect(navigation.get_by_role("link", name="Osaka")).to_have_count(0)


async def test_home_is_light_with_as_many_audiences_as_there_may_be(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    group = bytes.fromhex(api.tenant.account_group_id)
    for number in range(100):
        folder = await api.make_folder(f"Region {number:03} of the world")
        await pool.execute(
            """
            INSERT INTO audiences (account_group_id, id, name, name_key, type, folder_id, created_at,
                prospect_count)
            SELECT $1, substr(sha256(convert_to($3 || n, 'UTF8')), 1, 12), $3 || n, $3 || n,
                'on_demand', $2, now(), n
            FROM generate_series(1, 100) AS n
            """,
            group,
            bytes.fromhex(folder["id"]),
            f"heads of engineering in region {number:03}, quarter ",
        )
    page = visitor.page
    await visitor.open("/")
    await expect(page.get_by_text("10,000 audiences in 100 folders")).to_be_visible()
    cookies = await page.context.cookies()
    async with _client(visitor, cookies) as client, client.stream("GET", "/") as answer:
        assert answer.headers["content-encoding"] == "gzip"
        sent = b"".join([each async for each in answer.aiter_raw()])
    assert b"10,000 audiences" in gzip.decompress(sent)
    assert len(sent) <= HOME
    elements, laid_out = await page.evaluate(_COUNT)
    assert elements <= ELEMENTS
    assert laid_out <= LAID_OUT
    # What is not laid out yet is as high as it will be, so that nothing moves later.
    for width in (360, 1440):
        await page.set_viewport_size({"width": width, "height": 900})
        for rows in ("tr[data-id]", "tbody.bare"):
            assert len(set(await page.locator(rows).evaluate_all(_HEIGHTS))) == 1, (rows, width)
    # The last of them are there all the same.
    await page.get_by_role("link", name="Show 100 audiences").last.click()
    last = page.locator('tbody[data-name^="Region 099"]')
    await expect(last.locator("tr[data-id]")).to_have_count(100)


def _client(visitor: Visitor, cookies: Any) -> httpx.AsyncClient:
    kept = {each["name"]: each["value"] for each in cookies}
    headers = {"sec-fetch-site": "same-origin", "accept": "text/html", "accept-encoding": "gzip"}
    return httpx.AsyncClient(base_url=visitor.address, cookies=kept, headers=headers, timeout=30)


async def test_all_scripts_and_styles_of_the_pages_are_small(visitor: Visitor, api: Api) -> None:
    """More than any one page loads: all of them, the API reference's own aside."""
    page, sent = visitor.page, 0
    await visitor.open("/")
    source = await page.locator("script[type=module]").first.get_attribute("src")
    folder = str(source).rpartition("/")[0]
    async with _client(visitor, []) as client:
        for file in STATIC.iterdir():
            if file.suffix in (".js", ".css") and not file.name.startswith("reference."):
                async with client.stream("GET", f"{folder}/{file.name}") as answer:
                    assert answer.status_code == 200
                    sent += sum([len(each) async for each in answer.aiter_raw()])
    assert 10_000 < sent <= LOADED


async def test_no_byte_in_a_search_makes_a_page_fail(visitor: Visitor, api: Api) -> None:
    """A null byte is text that PostgreSQL does not take, and %ff none that is UTF-8."""
    await api.make_audience("There")
    request = visitor.page.request
    for byte in ("%00", "%ff", "%ed%a0%80"):
        for path in (f"?q={byte}", f"?q=the{byte}", f"fill?source=combine&find={byte}"):
            answer = await request.get(f"{visitor.address}/{path}")
            assert answer.status in (200, 400), path
        answer = await request.get(
            f"{visitor.address}/palette?q=t{byte}", headers={"Houselist-Part": "1"}
        )
        assert answer.status in (200, 400), byte
