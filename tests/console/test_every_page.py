"""Every page that can be opened, by the console's table: what holds for all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.async_api import expect

from houselist.console.routes import PAGES
from houselist.permissions import Permission
from support.console import visiting
from support.service import data, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from houselist.postgres.db import Pool
    from support.service import Api, Tenant

HOSTILE = (
    '<img src=x onerror="window.harmed=1">',
    "“Q3”</script><script>window.harmed=1</script>",
    "مصطفى محمود عبد الله",
    "Ada 👩🏽‍🚀🏳️‍🌈 Lovelace",
    "W" * 200,
    "{{ 7 * 7 }}' OR 1=1; --",
)
# What a script asks for and puts into a page, so no page itself.
PARTS = {"/filling", "/navigation", "/palette", "/audiences/rows"}
# Pages that are about what their query names.
QUERIES = {
    "/audiences/menu": "?id={audienceId}",
    "/folders/menu": "?id={folderId}",
    "/audiences/edit": "?id={audienceId}",
    "/audiences/move": "?id={audienceId}",
    "/audiences/delete": "?id={audienceId}",
    "/folders/edit": "?id={folderId}",
    "/folders/delete": "?id={folderId}",
}
OPENED = sorted({each.path for each in PAGES if each.method == "GET"} - PARTS)
_LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"]*)"')
# What is in one is no link until a script has made one of it.
_TEMPLATE = re.compile(r"<template\b.*?</template>", re.DOTALL)


@dataclass
class Place:
    """An account group in which every page has something to show. `ids`: of the paths' parameters."""

    api: Api
    ids: dict[str, str]

    @property
    def tenant(self) -> Tenant:
        return self.api.tenant

    def path(self, template: str) -> str:
        """The address of a page. Raises KeyError for a parameter that nothing is known of."""
        whole = template + QUERIES.get(template, "")
        return re.sub(r"\{(\w+)\}", lambda found: self.ids[found[1]], whole)


@pytest.fixture
async def place(api: Api, worker: None) -> Place:
    """Names that would do harm if they could, everywhere people can write some."""
    folder = await api.make_folder(HOSTILE[0])
    audiences = [await api.make_audience(name, description=name) for name in HOSTILE]
    moved = f"audiences/{audiences[0]['id']}/move-to-folder"
    data(await api.post(moved, json={"folderId": folder["id"]}))
    rows = [
        f'"{name}","{name}","{name}","hostile-{n}"'
        for n, name in enumerate(each.replace('"', '""') for each in HOSTILE)
    ]
    header = "Full Name,Title,Company,LinkedIn slug"
    mapping = {"Full Name": "name", "Title": "title", "Company": "company.name"}
    columns = {**mapping, "LinkedIn slug": "publicIdentifier"}
    upload = await api.upload("\n".join([header, *rows, ",,,"]))
    started = await api.start(
        type="file_upload",
        uploadId=upload["uploadId"],
        audienceId=audiences[0]["id"],
        columns=columns,
    )
    job = await api.finished(started["jobId"])
    assert job["counts"]["added"] == len(HOSTILE), job
    people = data(await api.get(f"audiences/{audiences[0]['id']}/prospects"))["items"]
    ids = {
        "audienceId": audiences[0]["id"],
        "folderId": folder["id"],
        "jobId": job["jobId"],
        "prospectId": people[0]["id"],
        "uploadId": upload["uploadId"],
        "keyId": api.tenant.key_id.hex(),
    }
    return Place(api, ids)


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without script."""
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin", "origin": address}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
        yield client


async def _sign_in(client: httpx.AsyncClient, tenant: Tenant) -> None:
    client.cookies.clear()
    answer = await client.post("/sign-in", data={"key": tenant.token, "next": "/"})
    assert answer.status_code == 303


async def _is_page(client: httpx.AsyncClient, path: str) -> bool:
    async with client.stream("GET", path) as answer:
        assert answer.status_code == 200, path
        return answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("template", OPENED)
async def test_a_page_is_whole_in_both_themes_and_on_a_phone(
    template: str, place: Place, browser: Browser, pool: Pool, client: httpx.AsyncClient
) -> None:
    path = place.path(template)
    await _sign_in(client, place.tenant)
    if not await _is_page(client, path):
        return
    async with visiting(browser, str(client.base_url), pool, place.tenant) as visitor:
        page = visitor.page
        await visitor.open(path)
        await expect(page.locator("h1")).to_have_count(1)
        assert (await page.title()).endswith(" · Houselist")
        await _shorten(page)
        await visitor.check_accessible()
        await _check_preferences(page)
        await page.set_viewport_size({"width": 360, "height": 780})
        await visitor.check_accessible("light")  # the colours are those of before
        assert not await visitor.is_wider_than_the_screen()
        await _check_print(page)
        assert await page.evaluate("window.harmed") is None


async def _shorten(page: Page) -> None:
    """Leaves some of many entries that are made alike: axe would look at all of them for minutes."""
    await page.evaluate(
        "[...document.querySelectorAll('.entry')].slice(20).forEach((each) => each.remove())"
    )


async def _check_preferences(page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce", forced_colors="none")
    moving = await page.evaluate("document.getAnimations().map((each) => each.animationName)")
    assert moving == []
    await page.emulate_media(reduced_motion="no-preference")


async def _check_print(page: Page) -> None:
    await page.emulate_media(media="print")
    for chrome in (".side", ".top"):
        await expect(page.locator(chrome)).to_be_hidden()
    await expect(page.locator("h1")).to_be_visible()
    await page.emulate_media(media="screen")


async def test_no_link_is_dead_and_what_is_not_offered_is_refused(
    place: Place, pool: Pool, client: httpx.AsyncClient
) -> None:
    """With a key of all permissions, and with keys that lack one each."""
    for lacking in (None, *Permission):
        has = [each for each in Permission if each != lacking]
        tenant = await make_tenant(pool, has, groups=[place.tenant.account_group_id])
        await _sign_in(client, tenant)
        answered: dict[str, int] = {}
        for each in PAGES:
            path = place.path(each.path)
            if each.permission is not None and each.permission == lacking:
                form = {} if each.method == "GET" else {"data": {"x": "y"}}
                answer = await client.request(each.method, path, **form)
                assert (answer.status_code, lacking in answer.text) == (403, True), path
            elif each.method == "GET" and each.path not in PARTS:
                await _follow_links(client, path, answered)
        assert len(answered) > 4
        dead = [each for each in answered.items() if each[1] >= 400]
        assert dead == [], lacking


async def _follow_links(client: httpx.AsyncClient, path: str, answered: dict[str, int]) -> None:
    """Adds how each link of a page is answered, fragments aside."""
    page = await client.get(path)
    # A page may need more than its own permission; then no link may lead to it.
    assert page.status_code in (200, 403), path
    for link in _LINK.findall(_TEMPLATE.sub("", page.text)):
        address = unescape(link).partition("#")[0]
        if address not in answered:
            async with client.stream("GET", address) as answer:
                answered[address] = answer.status_code
