"""The API reference at /docs: all that the document says, found, tried, and read without a session."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from markupsafe import Markup
from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.openapi import ALL, DOCUMENT, SCHEMAS
from support.service import error, make_tenant

if TYPE_CHECKING:
    from typing import Any

    import httpx
    from playwright.async_api import Browser, Locator, Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

NARROW = {"width": 360, "height": 780}
OURS = re.compile(r'(?:src|href|action|formaction)="([^"]*)"')


async def test_the_page_asks_for_nothing_from_elsewhere(anybody: httpx.AsyncClient) -> None:
    response = await anybody.get("/docs")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    addresses = OURS.findall(response.text)
    assert len(addresses) > 100
    assert [each for each in addresses if not re.match(r"/(?!/)|#", each)] == []
    policy = response.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "<script>" not in response.text
    assert " style=" not in response.text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("console.js", "text/javascript; charset=utf-8"),
        ("console.css", "text/css; charset=utf-8"),
        ("reference.js", "text/javascript; charset=utf-8"),
        ("reference.css", "text/css; charset=utf-8"),
    ],
)
async def test_its_files_are_served_with_their_types(
    anybody: httpx.AsyncClient, name: str, kind: str
) -> None:
    (address,) = {
        each
        for each in OURS.findall((await anybody.get("/docs")).text)
        if each.endswith(f"/{name}")
    }
    response = await anybody.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == kind
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert len(response.content) > 100


@pytest.mark.parametrize(
    "name",
    ["frame.html", "../assets.py", "..%2f__init__.py", "%2e%2e/assets.py", "console.py", "x"],
)
async def test_no_other_file_is_served(anybody: httpx.AsyncClient, name: str) -> None:
    files = [each for each in OURS.findall((await anybody.get("/docs")).text) if "/static/" in each]
    folder = files[0].rpartition("/")[0]
    error(await anybody.get(f"{folder}/{name}"), 404, "NOT_FOUND")
    error(await anybody.get(f"/docs/{name}"), 404, "NOT_FOUND")


async def test_it_says_all_that_the_document_says(anybody: httpx.AsyncClient) -> None:
    page = (await anybody.get("/docs")).text
    for path, method, operation in (each.values for each in ALL):
        name = operation["operationId"]
        said = _entry(page, name)
        assert f"{method.upper()} {path}" in said
        assert operation["summary"] in said
        for parameter in operation["parameters"]:
            assert parameter["name"] in said or parameter["name"] == "traceparent", name
        for status, response in operation["responses"].items():
            assert f" {status} " in f" {said} ", name
            if status >= "400":
                codes = next(iter(response["content"].values()))["examples"]
                assert [code for code in codes if code not in said] == []
        for permission in Permission:
            is_said = f"Needs the permission {permission} ." in said
            assert is_said == (f"`{permission}`" in operation["description"]), name
    for name, schema in SCHEMAS.items():
        fields = schema.get("properties", {})
        if "properties" in schema and "traceId" not in fields:
            said = _entry(page, f"shape-{name}")
            assert [field for field in fields if field not in said] == [], name
    for heading in re.findall(r"^## (.+)$", DOCUMENT["info"]["description"], re.MULTILINE):
        assert f"<h3>{heading}</h3>" in page


def _entry(page: str, name: str) -> str:
    """What stands in one entry, as text."""
    whole = next(each for each in page.split("<details") if f' id="{name}"' in each)
    apart = whole.split("</details>")[0].replace("<", " <")
    return " ".join(Markup(" <details" + apart).striptags().split())


async def test_every_link_within_leads_somewhere(anybody: httpx.AsyncClient) -> None:
    page = (await anybody.get("/docs")).text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    wanted = {each[1:] for each in OURS.findall(page) if each.startswith("#")}
    assert len(wanted) > 50
    assert wanted - set(ids) == set()


def _opened(page: Page, name: str) -> Locator:
    return page.locator(f"details.op:has(#{name})")


async def test_it_lists_the_account_groups_with_the_session(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    await visitor.open("/docs")
    await expect(page).to_have_title(re.compile("^API reference"))
    assert await page.locator("details.op:has(.verb)").count() == len(ALL)
    block = _opened(page, "listAccounts")
    await block.locator("summary").click()
    await expect(page).to_have_url(re.compile("#listAccounts$"))
    # A form is there once its operation is opened.
    await page.locator("details.op").evaluate_all("all => all.forEach((op) => { op.open = true; })")
    await expect(page.locator("[data-try-form]")).to_have_count(0)
    # What is filled in beforehand would be sent: nothing that is made up may stand there.
    fields = page.locator("form[data-try] :is(input:not([type=file]), textarea)")
    assert await fields.count() > 100
    values = await fields.evaluate_all("all => all.map((each) => [each.name, each.value])")
    assert {tuple(each) for each in values if each[1]} == {
        ("accountGroupId", api.tenant.account_group_id)
    }
    await block.get_by_role("button", name="Send").click()
    await expect(block.locator("[data-answer]")).to_contain_text("200 OK")
    answer = json.loads(await block.locator("[data-answer] code").inner_text())
    assert api.tenant.account_group_id in json.dumps(answer["data"])
    assert answer["traceId"] in await block.locator("[data-answer] .small").inner_text()
    await visitor.picture("reference-tried")


async def test_what_is_tried_is_done(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    await visitor.open("/docs#createAudience")
    block = _opened(page, "createAudience")
    await block.get_by_role("button", name="Put in the example").click()
    example = json.loads(await block.get_by_label("Body, as JSON").input_value())
    await block.get_by_role("button", name="Send").click()
    await expect(block.locator("[data-answer]")).to_contain_text("201 Created")
    audience = json.loads(await block.locator("[data-answer] code").inner_text())["data"]
    assert audience["name"] == example["name"]
    assert (await api.get(f"audiences/{audience['id']}")).status_code == 200
    # The same again: refused, in the API's words.
    visitor.expected.append("409")
    await block.get_by_role("button", name="Send").click()
    await expect(block.locator("[data-answer]")).to_contain_text("409 Conflict")
    await expect(block.locator("[data-answer] code")).to_contain_text("CONFLICT")


async def test_files_are_sent_and_saved(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    audience = await api.make_audience("To export")
    await visitor.open("/docs#uploadFile")
    block = _opened(page, "uploadFile")
    people = b"First Name,Last Name\nMaria,Cantwell\nAmy,Klobuchar\n"
    await block.get_by_label("File required").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": people}
    )
    await block.get_by_role("button", name="Send").click()
    await expect(block.locator("[data-answer] code")).to_contain_text('"rowCount": 2')

    await visitor.open("/docs?from=upload#exportAudience")
    block = _opened(page, "exportAudience")
    await block.get_by_label("audienceId").fill(audience["id"])
    await block.get_by_label("format").select_option("csv")
    await block.get_by_label("fields").fill("name,email")
    await block.get_by_role("button", name="Send").click()
    await expect(block.locator("[data-answer] code")).to_contain_text("name,email")
    await block.get_by_label("format").select_option("parquet")
    await block.get_by_role("button", name="Send").click()
    async with page.expect_download() as saved:
        await block.get_by_role("link", name=re.compile("^Save ")).click()
    assert (await saved.value).suggested_filename == "To export.parquet"


async def test_it_is_found_as_one_types(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/docs")
    await page.keyboard.press("/")
    await page.keyboard.type("move-to-folder")
    await expect(page.locator(".entry:visible")).to_have_count(1)
    await expect(page.locator("#found")).to_have_text("1 found")
    await expect(page).to_have_url(re.compile(r"\?q=move-to-folder$"))
    await expect(page.get_by_role("heading", name="Schedules")).to_be_hidden()
    await page.get_by_role("searchbox", name="Search the reference").fill(
        "INSUFFICIENT_credits startJob"
    )
    await expect(page.get_by_role("heading", name="Start a prospecting job")).to_be_visible()
    await page.get_by_role("searchbox", name="Search the reference").fill("no such thing <b>x</b>")
    await expect(page.get_by_text("Nothing here has all of these words.")).to_be_visible()
    await page.get_by_role("link", name="Show all").click()
    await expect(page.locator("details.op:visible:has(.verb)")).to_have_count(len(ALL))
    # A link to what a search hides shows it.
    await page.get_by_role("searchbox", name="Search the reference").fill("move-to-folder")
    await page.evaluate("location.hash = 'shape-Prospect'")
    await expect(_opened(page, "shape-Prospect")).to_be_visible()


async def test_without_script_it_is_searched_by_the_server(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        await visitor.open("/docs")
        await page.get_by_role("searchbox", name="Search the reference").fill("Move-to-FOLDER")
        await page.keyboard.press("Enter")
        await expect(page.locator(".entry:visible")).to_have_count(1)
        await expect(page).to_have_title(re.compile("^“Move-to-FOLDER”: API reference"))
        await page.get_by_text("Move an audience to a folder").click()
        await expect(page.locator("#moveToFolder")).to_be_visible()
        await expect(page.get_by_role("button", name="Send")).to_have_count(0)
        await visitor.open("/docs#getAudience")
        await expect(page.locator("#getAudience")).to_be_visible()


async def test_what_the_key_may_not_do_is_not_offered(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    reader = await make_tenant(
        pool, [Permission.AUDIENCES_READ], groups=[api.tenant.account_group_id]
    )
    async with visiting(browser, address, pool, reader) as visitor:
        page = visitor.page
        await visitor.open("/docs#createAudience")
        await expect(_opened(page, "createAudience")).to_contain_text("it lacks audiences:write.")
        await page.locator("details.op").evaluate_all(
            "all => all.forEach((op) => { op.open = true; })"
        )
        await expect(page.locator("[data-try-form]")).to_have_count(0)
        tried = await page.locator("form[data-try]").evaluate_all(
            "all => all.map((each) => each.dataset.method + ' ' + each.dataset.path)"
        )
    of_reader = {"audiences:read", None}
    assert sorted(tried) == sorted(
        f"{method.upper()} {path}"
        for path, method, each in (one.values for one in ALL)
        if _permission(each) in of_reader
    )


def _permission(operation: dict[str, Any]) -> str | None:
    found = re.search(r"Permission: `([^`]+)`", operation["description"])
    return found[1] if found else None


async def test_without_a_session_it_is_read_and_leads_to_signing_in(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    async with visiting(browser, address, pool, None) as visitor:
        page = visitor.page
        await visitor.open("/docs?q=export")
        await expect(page.get_by_label("Navigation", exact=True)).to_have_count(0)
        await expect(page.locator("form[data-try]")).to_have_count(0)
        await _keep(page, "exportAudience")
        await visitor.check_accessible()
        await page.get_by_role("link", name="Sign in to try it").first.click()
        await page.get_by_label("API key").fill(api.tenant.token)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{address}/docs")
        await expect(page.get_by_label("Navigation", exact=True)).to_be_visible()


async def test_reading_it_does_not_count_as_guessing_keys(anybody: httpx.AsyncClient) -> None:
    for _ in range(80):
        assert (await anybody.get("/docs?q=export")).status_code == 200


@pytest.mark.parametrize(
    "viewport", [{"width": 1440, "height": 900}, NARROW], ids=["wide", "narrow"]
)
async def test_all_of_it_is_accessible_and_fits(
    browser: Browser, address: str, pool: Pool, api: Api, viewport: dict[str, int]
) -> None:
    async with visiting(browser, address, pool, api.tenant, viewport=viewport) as visitor:
        page = visitor.page
        await visitor.open("/docs")
        await visitor.picture(f"reference-{viewport['width']}")
        await page.locator("details.op").evaluate_all("all => all.forEach((e) => (e.open = true))")
        assert not await visitor.is_wider_than_the_screen()
        await _keep(page, "startJob", "uploadFile", "exportAudience", "shape-JobStart", "paging")
        await visitor.check_accessible()


async def _keep(page: Page, *names: str) -> None:
    """Takes out all other entries: they are made alike, and axe would look at them for minutes."""
    await page.evaluate(
        """(kept) => {
            for (const entry of document.querySelectorAll(".entry")) {
                if (!kept.some((name) => entry.querySelector(`#${name}`))) entry.remove();
            }
        }""",
        list(names),
    )
