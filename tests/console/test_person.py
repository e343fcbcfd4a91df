"""One person: what is known, where it came from, and changing, merging, moving and copying them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from houselist.console.person_fields import EDITED, LABELS
from houselist.people.fields import PATHS
from support.console import visiting
from support.service import data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

HOSTILE = "<script>alert(1)</script>\"'&" + "x" * 200
FILE = (
    "First Name,Last Name,E-mail,Title,Company,Event\n"
    "Ada,Stone,ada@stone.example,Head of Data,Northwind,DevOps Days\n"
    "Ada L.,Stone,ada.stone@old.example,Chief,Northwind,\n"
)


@pytest.fixture
async def people(api: Api, worker: None) -> list[Any]:
    """Ada twice, by two addresses, from a file."""
    job = await api.import_file(FILE, "Founders")
    path = f"audiences/{job['audienceId']}/prospects"
    found = data(await api.get(path))["items"]
    return sorted(found, key=lambda each: each["email"], reverse=True)


def test_each_field_has_a_label() -> None:
    assert set(LABELS) == set(PATHS)
    assert set(PATHS) - set(EDITED) == {"publicIdentifier"}


async def test_each_value_leads_to_where_it_came_from(
    visitor: Visitor, api: Api, people: list[Any]
) -> None:
    ada = people[0]
    changed = await api.patch(
        f"prospects/{ada['id']}", json={"location": "Bern", "about": "a" * 999}
    )
    data(changed)
    page = visitor.page
    await visitor.open(f"/people/{ada['id']}")
    await expect(page).to_have_title("Ada Stone · Houselist")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada Stone")
    row = page.locator(".rows > div")
    await expect(row.filter(has_text="E-mail").get_by_role("link").first).to_have_attribute(
        "href", "mailto:ada@stone.example"
    )
    await expect(row.filter(has_text="LinkedIn").first).to_contain_text("Unknown")
    await expect(row.filter(has_text="Event")).to_contain_text("DevOps Days")
    await expect(page.get_by_text("Also unknown: Industry")).to_be_visible()
    await page.get_by_label("Location comes from source").click()
    source = page.locator(".origins li:target")
    await expect(source).to_contain_text("Written with a key")
    await expect(source).to_contain_text("by key a test's key")
    await page.get_by_label("Title comes from source").click()
    await expect(page.locator(".origins li:target")).to_contain_text(", row 1")
    await expect(page.locator(".holds a")).to_have_text("Founders")
    await page.get_by_text("Show all").click()
    await expect(page.get_by_text("a" * 999)).to_be_visible()
    await visitor.check_accessible()
    await visitor.picture("person")


async def test_the_form_changes_what_was_changed_alone(
    visitor: Visitor, api: Api, people: list[Any]
) -> None:
    ada, page = people[0], visitor.page
    await visitor.open(f"/people/{ada['id']}")
    await page.get_by_role("link", name="Edit").click()
    await expect(page.get_by_role("textbox", name="First name")).to_be_focused()
    await visitor.check_accessible()
    # Somebody else changes another field meanwhile.
    data(await api.patch(f"prospects/{ada['id']}", json={"headline": "Kept"}))
    await page.get_by_label("Title").fill("")
    await page.get_by_label("About").fill("first\n  second")
    await page.get_by_label("Event").fill(HOSTILE)
    await page.get_by_label("Its name").fill("a.b")
    await page.get_by_label("Its value").fill("c")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    now = data(await api.get(f"prospects/{ada['id']}"))
    assert now["title"] is None
    assert (now["headline"], now["about"]) == ("Kept", "first\n  second")
    assert now["attributes"] == {"Event": HOSTILE, "a.b": "c"}
    # With nothing changed, nothing is written.
    await page.get_by_role("link", name="Edit").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Nothing was changed")).to_be_visible()
    assert data(await api.get(f"prospects/{ada['id']}")) == now


async def test_a_refusal_is_told_at_its_field_and_nothing_is_lost(
    visitor: Visitor, people: list[Any]
) -> None:
    ada, other = people
    page = visitor.page
    await visitor.open(f"/people/{ada['id']}?do=edit")
    await page.get_by_label("Title").fill("Kept as typed")
    await page.get_by_label("E-mail").fill("no address")
    visitor.expected += ["400", "409"]
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await expect(page.get_by_label("Title")).to_have_value("Kept as typed")
    await visitor.check_accessible()
    await page.get_by_label("E-mail").fill(other["email"])
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("E-mail is that of another person")).to_be_visible()
    await page.get_by_role("link", name="merge the two").click()
    await expect(page.get_by_text("This can't be undone.")).to_be_visible()


async def test_two_people_become_one(visitor: Visitor, api: Api, people: list[Any]) -> None:
    ada, other = people
    page = visitor.page
    await visitor.open(f"/people/{ada['id']}")
    await page.get_by_role("link", name="Merge").click()
    await page.get_by_role("searchbox", name="Who is the same person?").fill("stone")
    await page.get_by_role("link", name="Ada L. Stone").click()
    await expect(page.get_by_role("row", name="Title Head of Data Chief")).to_be_visible()
    await visitor.check_accessible()
    await visitor.picture("person-merge")
    await page.get_by_label("Ada L. Stone").check()
    await page.get_by_role("button", name="Merge into one person").click()
    await expect(page).to_have_url(f"{visitor.address}/people/{other['id']}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada L. Stone")
    await expect(page.get_by_text("Merged with another person")).to_be_visible()
    assert data(await api.get(f"prospects/{other['id']}"))["title"] == "Chief"


async def test_somebody_is_copied_to_an_audience(
    visitor: Visitor, api: Api, people: list[Any]
) -> None:
    target = await api.make_audience("Of Böblingen")
    page = visitor.page
    await visitor.open(f"/people/{people[0]['id']}")
    await page.get_by_role("link", name="Copy", exact=True).click()
    await expect(page.get_by_role("button", name="Founders")).to_be_hidden()
    await page.get_by_role("searchbox").fill("BÖB")
    await visitor.check_accessible()
    await page.get_by_role("button", name="Of Böblingen").click()
    await expect(page.get_by_text("Added to the audience")).to_be_visible()
    assert data(await api.get(f"audiences/{target['id']}"))["prospectCount"] == 1


async def test_hostile_names_stay_text(visitor: Visitor, api: Api) -> None:
    audience = await api.make_audience("مجموعة " + HOSTILE[:100])
    hostile = {
        "name": HOSTILE,
        "title": "مهندس 👩🏽‍💻",
        "email": "a@b.example",
        "attributes": {HOSTILE[:150]: "javascript:alert(1)", "web": "https://x.example/?q=<b>"},
        "company": {"website": "javascript:alert(1)", "name": "Ⓧ" * 200},
    }
    path = f"audiences/{audience['id']}/prospects"
    assert data(await api.post(path, json={"prospects": [hostile]}))["invalid"] == []
    found = data(await api.get(path))["items"][0]
    page = visitor.page
    for action in ("", "?do=edit", "?do=copy", "?do=merge"):
        await visitor.open(f"/people/{found['id']}{action}")
        await expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        assert not await visitor.is_wider_than_the_screen()
    await visitor.open(f"/people/{found['id']}")
    assert await page.locator('[href^="javascript:" i]').count() == 0
    link = page.get_by_role("link", name="x.example/?q=<b>")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_a_key_that_may_only_read_is_offered_no_change(
    browser: Browser, address: str, pool: Pool, api: Api, people: list[Any]
) -> None:
    group = [api.tenant.account_group_id]
    reader = await make_tenant(pool, ["prospects:read"], groups=group)
    async with visiting(browser, address, pool, reader) as visitor:
        page, path = visitor.page, f"/people/{people[0]['id']}"
        await visitor.open(f"{path}?do=edit")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Ada Stone")
        for name in ("Edit", "Merge", "Copy", "Move", "Save"):
            await expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
            await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        # What the key may not read of jobs is not told.
        await expect(page.locator(".origins a")).to_have_count(0)
        answer = await page.request.post(
            visitor.address + path,
            form={"title": "x", "_was.title": ""},
            headers={"origin": visitor.address},
        )
        assert answer.status == 403


async def test_whoever_is_not_of_the_group_is_not_found(visitor: Visitor, stranger: Api) -> None:
    audience = await stranger.make_audience("Elsewhere")
    path = f"audiences/{audience['id']}/prospects"
    data(await stranger.post(path, json={"prospects": [{"email": "x@y.example"}]}))
    found = data(await stranger.get(path))["items"][0]
    visitor.expected.append("404")
    for id_ in (found["id"], "0" * 24, "nonsense"):
        answer = await visitor.open(f"/people/{id_}")
        assert answer.status == 404
        await expect(visitor.page.get_by_text("There is nobody with this id.")).to_be_visible()


async def test_all_of_it_works_without_scripts_on_a_narrow_screen(
    browser: Browser, address: str, pool: Pool, api: Api, people: list[Any]
) -> None:
    ada = people[0]
    options: Any = {"viewport": {"width": 360, "height": 780}, "java_script_enabled": False}
    async with visiting(browser, address, pool, api.tenant, **options) as visitor:
        page = visitor.page
        await visitor.open(f"/people/{ada['id']}")
        await page.get_by_role("link", name="Edit").click()
        await page.get_by_label("Title").fill("Owner")
        await page.get_by_label("E-mail").fill("no address")
        visitor.expected.append("400")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_label("Title")).to_have_value("Owner")
        await page.get_by_label("E-mail").fill("new@stone.example")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".rows > div").filter(has_text="Title")).to_contain_text("Owner")
        await page.get_by_role("link", name="Merge").click()
        await page.get_by_role("searchbox").fill("stone")
        await page.get_by_role("button", name="Search", exact=True).click()
        await page.get_by_role("link", name="Ada L. Stone").click()
        await page.get_by_role("button", name="Merge into one person").click()
        await expect(page.get_by_text("Merged with another person")).to_be_visible()
        # The id of who went leads to who stayed.
        await visitor.open(f"/people/{people[1]['id']}")
        assert page.url.endswith(ada["id"])


async def test_the_page_fits_a_narrow_screen(
    browser: Browser, address: str, pool: Pool, api: Api, people: list[Any]
) -> None:
    narrow = {"width": 360, "height": 780}
    async with visiting(browser, address, pool, api.tenant, viewport=narrow) as visitor:
        for action in ("", "?do=edit", f"?do=merge&with={people[1]['id']}", "?do=copy"):
            await visitor.open(f"/people/{people[0]['id']}{action}")
            assert not await visitor.is_wider_than_the_screen()
            await visitor.check_accessible()
        await visitor.picture("person-narrow")
