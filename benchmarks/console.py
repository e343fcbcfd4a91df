"""The console's pages: server time against the bare SQL, sizes, and what Chromium's trace tells."""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
from playwright.async_api import async_playwright

import houselist.console
from benchmarks.processes import serving
from benchmarks.search import write_texts
from houselist import config
from houselist.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page

    from benchmarks.dataset import DataSet

_RATE = "1000000/second"
_STATIC = Path(houselist.console.__file__).parent / "static"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_TRACED = ["devtools.timeline", "loading", "toplevel", "blink.user_timing", "rail"]
_SETTLED = 500  # milliseconds that a page is watched after its load
_BLANK = "about:blank"


def _paths(data: DataSet) -> dict[str, str]:
    audience = f"/audiences/{data.audience}"
    return {
        "home": "/",
        "people": "/people",
        "audience": audience,
        "audience, by name": f"{audience}?sort=name",
        "audience, searched": f"{audience}?q=stone",
        "person": f"/people/{(1).to_bytes(12, 'big').hex()}",
        "jobs": "/jobs",
        "job": f"/jobs/{data.audience}",
        "fill": f"{audience}/fill",
        "keys": "/keys",
        "settings": "/settings",
        "reference": "/docs",
    }


async def measure(dsn: str, data: DataSet, rounds: int) -> dict[str, Any]:
    """Figures of every page, and of what all pages load."""
    await write_texts(dsn, bytes.fromhex(data.group))
    own = [each for each in _STATIC.iterdir() if not each.name.startswith("reference.")]
    loaded = [each for each in own if each.suffix in (".js", ".css")]
    with serving("houselist.app:from_environment", dsn, HOUSELIST_RATE_LIMIT=_RATE) as (port, _):
        url = f"http://127.0.0.1:{port}"
        cookie = _sign_in(url, data.token)
        seen = await _in_browser(url, cookie, _paths(data))
    return {
        "scriptAndStyleBytes": sum(len(gzip.compress(each.read_bytes())) for each in loaded),
        "pages": await _in_process(dsn, cookie, _paths(data), rounds),
        "browser": seen,
    }


def _sign_in(url: str, token: str) -> str:
    answer = httpx.post(f"{url}/sign-in", data={"key": token}, headers={"origin": url})
    return answer.cookies["houselist_session"]


async def _in_process(
    dsn: str, cookie: str, paths: dict[str, str], rounds: int
) -> dict[str, dict[str, float]]:
    """Milliseconds of each page in this process, and of its statements alone on one connection."""
    app = create_app(config.load({"HOUSELIST_RATE_LIMIT": "off"}), dsn)
    headers = {
        "cookie": f"houselist_session={cookie}",
        "sec-fetch-site": "same-origin",
        "accept-encoding": "gzip",
    }
    transport = httpx.ASGITransport(app)
    bare = await asyncpg.connect(dsn, server_settings={"jit": "off"})
    found: dict[str, dict[str, float]] = {}
    async with (
        app.lifespan(),
        httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client,
    ):
        for name, path in paths.items():
            answer = await client.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            with _recording() as statements:
                await client.get(path)
            whole, alone = list[float](), list[float]()
            for _ in range(4 * rounds):
                whole.append(await _timed(lambda path=path: client.get(path)))
                alone.append(await _timed(lambda known=statements: _replay(bare, known)))
            async with client.stream("GET", path) as sent:
                size = sum([len(each) async for each in sent.aiter_raw()])
            page, sql = statistics.median(whole) * 1e3, statistics.median(alone) * 1e3
            found[name] = {"millis": page, "sqlMillis": sql, "ratio": page / sql, "bytes": size}
    await bare.close()
    return found


@contextmanager
def _recording():
    """What asyncpg is asked to run within the block: statements with their arguments."""
    statements: list[tuple[str, tuple[object, ...]]] = []
    original = asyncpg.Connection._execute  # noqa: SLF001 - all ways to a statement lead here

    async def execute(self, query, args, *rest, **more):
        statements.append((query, tuple(args)))
        return await original(self, query, args, *rest, **more)

    asyncpg.Connection._execute = execute  # noqa: SLF001 - likewise
    try:
        yield statements
    finally:
        asyncpg.Connection._execute = original  # noqa: SLF001 - likewise


async def _replay(bare: asyncpg.Connection, statements: list[tuple[str, tuple[object, ...]]]):
    for query, arguments in statements:
        await bare.fetch(query, *arguments)


async def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


async def _in_browser(url: str, cookie: str, paths: dict[str, str]) -> dict[str, dict[str, float]]:
    """What Chromium's trace tells of each page, its files cached, as on any second page."""
    found: dict[str, dict[str, float]] = {}
    async with async_playwright() as playwright:
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=program, args=_FLAGS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_cookies([{"name": "houselist_session", "value": cookie, "url": url}])
        page = await context.new_page()
        for name, path in paths.items():
            await page.goto(url + path)
            await page.goto(_BLANK)
            await browser.start_tracing(page=page, categories=_TRACED)
            await page.goto(url + path)
            await page.wait_for_timeout(_SETTLED)
            trace = json.loads(await browser.stop_tracing())["traceEvents"]
            found[name] = await _told(page, trace, url + path)
        await browser.close()
    return found


async def _told(page: Page, trace: list[dict[str, Any]], address: str) -> dict[str, float]:
    asked = [
        each["args"]["data"]["requestId"]
        for each in trace
        if each["name"] == "ResourceSendRequest" and each["args"]["data"]["url"] == address
    ]
    answered = next(
        each
        for each in trace
        if each["name"] == "ResourceReceiveResponse"
        and each["args"]["data"]["requestId"] == asked[-1]
    )
    thread, since = (answered["pid"], answered["tid"]), answered["ts"]
    later = [each for each in trace if each.get("ts", 0) >= since]
    painted = min(each["ts"] for each in later if each["name"] == "firstPaint")
    tasks = [
        each.get("dur", 0)
        for each in later
        if each["name"].endswith("RunTask") and (each["pid"], each["tid"]) == thread
    ]
    shifts = [each["args"]["data"]["score"] for each in later if each["name"] == "LayoutShift"]
    return {
        "firstPaintMillis": (painted - since) / 1e3,
        "longestTaskMillis": max(tasks, default=0) / 1e3,
        "layoutShift": sum(shifts),
        "elements": await page.evaluate("document.querySelectorAll('*').length"),
    }


def show(figures: dict[str, Any], line: Callable[..., None]) -> None:
    """Prints them beside what is wanted."""
    print("\nThe console")
    size = figures["scriptAndStyleBytes"] / 1e3
    line("script and style of all pages, kB gzipped", size, "<= 80", size <= 80)
    for name, page in figures["pages"].items():
        seen = figures["browser"][name]
        print(
            f"  {name}: {page['millis']:.1f} ms, SQL {page['sqlMillis']:.1f} ms,"
            f" {page['bytes'] / 1e3:.1f} kB gzipped, {seen['elements']:,} elements"
        )
        line("    times the bare SQL", page["ratio"], "<= 5.00", page["ratio"] <= 5)
        if name == "home":
            size = page["bytes"] / 1e3
            line("    kB gzipped", size, "<= 150", size <= 150)
        paint, task = seen["firstPaintMillis"], seen["longestTaskMillis"]
        line("    first paint after the answer, ms", paint, "<= 200", paint <= 200)
        line("    longest task, ms", task, "<= 50", task <= 50)
        line("    layout shift", seen["layoutShift"], "0", seen["layoutShift"] == 0)
