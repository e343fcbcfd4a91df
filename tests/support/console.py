"""A browser at the console: signed in, watched for complaints, and judged for accessibility."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import axe_playwright_python
from playwright.async_api import async_playwright, expect

from houselist.keys import sessions_store as sessions
from houselist.keys import tokens
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Page, Response

    from support.service import Tenant

# The shell is the browser without its own windows, which takes a third of the processor time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
# Milliseconds, longer than anything takes; a machine that runs other tests too is slow.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
]
PICTURES = Path(__file__).parents[2] / "build" / "console"
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
# Only what is wrong is described, without a selector for it, and styles are not fetched once more:
# half of the time.
_RUN_AXE = """
(rules) => axe.run(document, {
  runOnly: rules, resultTypes: ["violations"], preload: false, selectors: false
})"""
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# By theme. The second is looked at by the rules that see colours, for it is nothing else.
_RULES: dict[Literal["light", "dark"], Any] = {
    "light": {"type": "tag", "values": _TAGS},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
_HEAR_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def make_link(pool: db.Pool, tenant: Tenant) -> str:
    """The path that signs a browser in with the tenant's key, once."""
    token = tokens.new_token(tokens.LINK)
    async with db.transaction(pool) as connection:
        digest = tokens.digest(token)
        await sessions.add(connection, tenant.key_id, digest, timedelta(minutes=5), is_link=True)
    return f"/sign-in?link={token}"


async def sign_in(context: BrowserContext, address: str, pool: db.Pool, tenant: Tenant) -> None:
    """With a link, without a look at the page that it leads to."""
    link = address + await make_link(pool, tenant)
    answer = await context.request.get(link, max_redirects=0)
    assert answer.status == 303


@dataclass
class Visitor:
    """A browser's page, and what was wrong with it: `expected` complaints are left out."""

    page: Page
    address: str
    expected: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Response:
        """Goes to a path of the console."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        return answer

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda failure: self.complaints.append(str(failure)))
        page.on("request", self._see)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _see(self, request: Any) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:", "about:")):
            self.elsewhere.append(request.url)

    def check(self) -> None:
        """That nothing was complained of, and no other host was asked."""
        found = [
            each for each in self.complaints if not any(part in each for part in self.expected)
        ]
        assert found == []
        assert self.elsewhere == []

    async def check_accessible(self, *themes: Literal["light", "dark"]) -> None:
        """That axe finds nothing wrong with the page as it is, nor with the dark theme's colours."""
        for scheme in themes or _RULES:
            # Without motion, no colour is half way between the two.
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = await _violations(self.page, _RULES[scheme])
            assert found == [], scheme
        await self.page.emulate_media(color_scheme=None, reduced_motion=None)

    async def picture(self, name: str) -> None:
        """Keeps a picture of the page, for people to look at: build/console."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png")

    async def is_wider_than_the_screen(self) -> bool:
        """Whether the page scrolls sideways."""
        return await self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )


async def _violations(page: Page, rules: Any) -> list[str]:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE)
    found = await page.evaluate(_RUN_AXE, rules)
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@asynccontextmanager
async def visiting(
    browser: Browser, address: str, pool: db.Pool, tenant: Tenant | None, **options: Any
) -> AsyncIterator[Visitor]:
    """A visitor with cookies of its own, signed in as `tenant`. `options` are Playwright's."""
    context: BrowserContext = await browser.new_context(
        **{
            "viewport": {"width": 1440, "height": 900},
            "color_scheme": "light",
            # Else colours are judged half-way from one theme to the other.
            "reduced_motion": "reduce",
            **options,
        }
    )
    context.set_default_timeout(PATIENCE)
    await context.add_init_script(_HEAR_POLICY)
    page = await context.new_page()
    visitor = Visitor(page, address)
    visitor.watch(page)
    try:
        if tenant is not None:
            await sign_in(context, address, pool, tenant)
        yield visitor
    finally:
        await context.close()
    visitor.check()
