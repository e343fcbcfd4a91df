"""The page at /docs: its files are our own, its policy is strict, and it works in a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.async_api import async_playwright, expect

from support.listening import free_port, granian
from support.service import error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

BUILD = Path(__file__).parents[2] / "build"
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
]
KINDS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}


async def test_the_page_asks_for_nothing_from_elsewhere(anybody: httpx.AsyncClient) -> None:
    response = await anybody.get("/docs")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "//" not in response.text.replace("<!doctype html>", "")
    policy = response.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "<script>" not in response.text


@pytest.mark.parametrize("name", KINDS)
async def test_its_files_are_served_with_their_types(anybody: httpx.AsyncClient, name: str) -> None:
    response = await anybody.get(f"/docs/assets/{name}")
    assert response.status_code == 200
    assert response.headers["content-type"] == KINDS[name]
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert len(response.content) > 100


@pytest.mark.parametrize(
    "name",
    [
        "asyncapi-web-component.js",
        "page.html",
        "..%2f__init__.py",
        "%2e%2e/page.py",
        "../page.py",
        "x",
    ],
)
async def test_no_other_file_is_served(anybody: httpx.AsyncClient, name: str) -> None:
    error(await anybody.get(f"/docs/assets/{name}"), 404, "NOT_FOUND")


@pytest.fixture(scope="module")
def address(dsn: str) -> Iterator[str]:
    """The service in a process of its own, as the HTTP server runs it: `http://127.0.0.1:port`."""
    port = free_port()
    environment = {**os.environ, "HOUSELIST_DATABASE_URL": dsn}
    command = granian("houselist.app:from_environment", port)
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the server stopped at its start"
        try:
            httpx.get(f"{address}/healthz")
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError("the server did not answer within 20 s")


class Watched:
    """What a page did: where its requests went, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda failure: self.complaints.append(str(failure)))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt-get install chromium")
async def test_in_a_browser_it_shows_and_calls_the_api(address: str, api: Any) -> None:
    BUILD.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 1600})
        watched = Watched(page)
        await page.goto(f"{address}/docs")
        await expect(page.locator(".info .title")).to_contain_text("Houselist")
        await expect(page.locator("#operations-Audiences-getAudience")).to_be_visible()
        assert await page.locator(".opblock").count() >= 20
        await page.screenshot(path=BUILD / "docs.png")
        await _authorize(page, api.tenant.token)
        answer = await _try_list_accounts(page)
        assert api.tenant.account_group_id in answer
        await page.screenshot(path=BUILD / "docs-called.png")
        await browser.close()
    assert watched.complaints == []
    assert watched.requests
    elsewhere = [url for url in watched.requests if not url.startswith((f"{address}/", "data:"))]
    assert elsewhere == []


async def _authorize(page: Page, token: str) -> None:
    await page.get_by_role("button", name="Authorize").first.click()
    await page.locator(".auth-container input").fill(token)
    await page.locator(".auth-btn-wrapper button.authorize").click()
    await page.locator(".auth-btn-wrapper button.btn-done").click()


async def _try_list_accounts(page: Page) -> str:
    """Calls GET /v1/accounts from the page; the body of the answer as it is shown."""
    block = page.locator("#operations-Accounts-listAccounts")
    await block.locator(".opblock-summary-control").click()
    await block.get_by_role("button", name="Try it out").click()
    # What is filled in beforehand would be sent: nothing that is made up may stand there.
    assert await block.locator("input").input_value() == ""
    await block.get_by_role("button", name="Execute").click()
    shown = block.locator(".live-responses-table .response-col_description code").first
    await expect(shown).to_contain_text("success")
    return await shown.inner_text()
